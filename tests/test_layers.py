"""The direction of imports (bot > checks > models > kb), and who may speak to which library."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("kb", "models", "checks", "bot")  # each may import only itself and those before it
OWNERS = {  # library -> where it may be imported
    "tree_sitter": ("kb/syntax/",),
    "sqlmodel": ("kb/outcomes/", "kb/migrations/"),
    "sqlalchemy": ("kb/outcomes/", "kb/migrations/", "bot/jobs/"),
    "alembic": ("kb/outcomes/", "kb/migrations/"),
    "unidiff": ("kb/git_diff.py", "kb/git_patch.py"),
    "click": ("bot/cli/",),
    "msgspec": (
        "kb/facts/",
        "kb/graph/",
        "kb/history/",
        "kb/memory/",
        "bot/events.py",
        "bot/reading/",
        "bot/web/",
        "bot/workflow/",
    ),
    "githubkit": ("bot/github/client",),
    "httpx": ("bot/github/client",),
    "starlette": ("bot/web/",),
    "uvicorn": ("bot/web/",),
    "dbos": ("bot/jobs/",),
    "prometheus_client": ("bot/web/",),
    "structlog": ("bot/logs.py",),
    "neo4j": ("kb/graph/store_neo4j",),
    "rustworkx": ("kb/graph/",),
    "platformdirs": ("kb/folders.py",),
    "pathspec": ("checks/settings.py",),
    "llama_cpp": ("models/llama",),
    "llguidance": ("models/llama", "models/scripted", "models/model.py", "models/infill/", "models/constraints/"),
    "matplotlib": ("bot/evaluation/",),
    "anthropic": ("models/chat/",),
    "openai": ("models/chat/",),
    "tenacity": ("models/chat/",),
    "httpx2": ("models/chat/",),
    "pydantic_core": ("models/chat/",),
    "tokenizers": ("kb/memory/embed",),
    "safetensors": ("kb/memory/embed",),
    "sklearn": ("kb/risk/",),
    "threadpoolctl": ("kb/risk/",),
}


def imports_of(text: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def strays(path: str, text: str) -> list[str]:
    """Return what a file imports and may not."""
    layer = path.split("/")[0]
    above = set(LAYERS[LAYERS.index(layer) + 1 :])
    imported = imports_of(text)
    found = [f"{path} imports {name}" for name in sorted(imported & above)]
    for library, homes in OWNERS.items():
        if library in imported and not path.startswith(homes):
            found.append(f"{path} imports {library}")
    return found


def test_imports_point_one_way() -> None:
    files = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]
    assert len(files) > 20
    assert [s for path in files for s in strays(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("kb/git.py", "from checks.finding import Finding"),
        ("checks/runner.py", "import bot.pipeline"),
        ("kb/graph/queries.py", "from neo4j import GraphDatabase"),
        ("checks/scope.py", "def f():\n    import tree_sitter"),
        ("bot/pipeline.py", "from sqlmodel import Session"),
    ],
)
def test_a_planted_stray_is_found(path: str, text: str) -> None:
    assert strays(path, text)


def test_what_is_slow_to_import_is_imported_where_it_is_used() -> None:
    """`prudent review` on a small change takes under a second only because of this."""
    heavy = ("sqlmodel", "sqlalchemy", "alembic", "pydantic", "psycopg", "platformdirs", "hypothesis")
    heavy += ("neo4j", "numpy", "rustworkx", "dbos", "githubkit", "httpx", "starlette", "uvicorn", "structlog")
    code = f"import sys, bot.cli.review; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
