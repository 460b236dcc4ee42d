"""What a Python project says about itself: where its source lies, what it needs, for which Python it is.

Project files are read as text, never executed: a `setup.py` is searched for what looks like the answer. What is found
this way is used to recognise, never to accuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.graph.python_distributions import modules_of, normalised
from kb.graph.tree import Tree

PROJECT_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
MAX_FILES = 200  # project and requirements files that are read; a tree with more is no project of its own
_QUOTED = r"""["']([^"'\n]{0,100})["']"""
_SOURCES = re.compile(
    r"""(?:package[_-]dir|where|from|pythonpath|package_dir)["']?\s*[=:]\s*(?:\{[^}\n]{0,200}|\[[^\]]{0,200}|"""
    + _QUOTED
    + ")"
)
_PLAIN_SOURCES = re.compile(r"^(?:package_dir|where|pythonpath)\s*=((?:\s*=?\s*[\w./-]+\n?){1,4})", re.M)
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(?=$|[<>=!~;@,(#\s])")
_PYTHON = re.compile(r"""(?:requires-python|python_requires|(?m:^)\s*python)\s*=\s*["']?\s*([^"'\n]{1,60})""")
_LOWEST = re.compile(r"(?:>=|\^|~=|==|>)\s*(\d+)\.(\d+)")


def source_folders(folder: str, data: bytes) -> Iterator[str]:
    """Yield the folders that a project file in `folder` names as places of source, whether they exist or not."""
    text = data.decode("utf-8", "replace")
    named = [word for match in _SOURCES.finditer(text) for word in re.findall(_QUOTED, match.group())]
    named += [word.lstrip("=") for match in _PLAIN_SOURCES.finditer(text) for word in match.group(1).split()]
    for word in named:
        path = word.strip().removeprefix("./").rstrip("/")
        if path and path != "." and ".." not in path.split("/") and not path.startswith("/"):
            yield f"{folder}{path}/"


def declared_modules(tree: Tree) -> frozenset[str]:
    """Return the top modules that the declared dependencies of all the tree's projects bring."""
    return frozenset(module for name in declared_distributions(tree) for module in modules_of(name))


def declared_distributions(tree: Tree) -> frozenset[str]:
    """Return the normalised names of everything that looks like a declared dependency, tools and extras included."""
    found: set[str] = set()
    for path in _declaring(tree):
        text = tree.data(path).decode("utf-8", "replace")
        last = path.rpartition("/")[2]
        words = text.splitlines() if last.endswith((".txt", ".in", ".cfg")) else re.findall(_QUOTED, text)
        if last.endswith((".toml", ".cfg")) or last == "Pipfile":
            words += re.findall(r"""^\s*["']?([A-Za-z0-9][\w.-]*)["']?\s*=""", text, re.M)
        if last.endswith((".yml", ".yaml")):
            words = re.findall(r"^\s*-\s*([A-Za-z0-9][\w.-]*)", text, re.M)
        found.update(normalised(match.group(1)) for word in words if (match := _REQUIREMENT.match(word)))
    return frozenset(found)


def declares_dependencies(tree: Tree) -> bool:
    """Return whether any file of the tree declares dependencies at all."""
    return any(
        re.search(rb"dependencies|install_requires|requires\s*=|packages\]", tree.data(path))
        if path.rpartition("/")[2] in PROJECT_FILES
        else True
        for path in _declaring(tree)
    )


def oldest_python(tree: Tree) -> tuple[int, int] | None:
    """Return the oldest Python that the project at the top of the tree supports, None if it does not say."""
    for name in (*PROJECT_FILES, "Pipfile"):
        if name in tree.entries:
            said = _PYTHON.search(tree.data(name).decode("utf-8", "replace"))
            lowest = _LOWEST.search(said.group(1)) if said else None
            if lowest:
                return int(lowest.group(1)[:3]), int(lowest.group(2)[:3])
    return None


def _declaring(tree: Tree) -> list[str]:
    """Return the paths of the files that declare dependencies, the topmost first."""
    paths = [path for path in tree.entries if _declares(path)]
    return sorted(paths, key=lambda path: (path.count("/"), path))[:MAX_FILES]


def _declares(path: str) -> bool:
    folder, _, last = path.rpartition("/")
    if last in PROJECT_FILES or last in ("Pipfile", "tox.ini"):
        return True
    if last in ("environment.yml", "environment.yaml", "conda.yml", "meta.yaml"):
        return True
    about = f"{folder.rpartition('/')[2]}/{last}".lower()
    return last.endswith((".txt", ".in")) and any(word in about for word in ("require", "constraint", "deps"))
