"""Imports against a direction, declared or implied."""

from __future__ import annotations

import pytest

from checks.constraint import circular_or_layer_crossed
from checks.constraint.circular_or_layer_crossed import FEWEST_FILES
from checks.finding import Finding, Severity
from checks.settings import Layer, Settings
from tests.checks.constraint_runs import findings, lines_of

LAYERS = Settings(
    layers=(Layer("web", ("web/**",), ("store",)), Layer("store", ("store/**",), ()), Layer("jobs", ("jobs/**",), ()))
)
TREE = {
    "web/__init__.py": "",
    "web/pages.py": "from store.rows import load\n\nTITLE = 'Shop'\n",
    "store/__init__.py": "",
    "store/rows.py": "def load():\n    return []\n",
    "jobs/__init__.py": "",
    "jobs/nightly.py": "import store.rows\n",
    "shared/names.py": "NAME = 1\n",
}


def told(after: dict[str, str], settings: Settings | None = LAYERS, **renamed: str) -> list[Finding]:
    head = {path: text for path, text in {**TREE, **after}.items() if text != "gone"}
    moved = {new.replace("__", "/") + ".py": f"{old}.py" for new, old in renamed.items()}
    return findings(circular_or_layer_crossed, TREE, head, moved, settings)


@pytest.mark.parametrize(
    "text",
    [
        "from web.pages import TITLE\n",
        "from web import pages\n",
        "import web.pages\n",
        "import sys\nfrom web import pages as p\n",
    ],
)
def test_an_import_of_a_layer_that_may_not_be_imported(text: str) -> None:
    (finding,) = told({"store/rows.py": text})
    assert (finding.severity, finding.path) == (Severity.BLOCK, "store/rows.py")
    assert finding.message.startswith("`store` may import nothing, not `web`")
    assert lines_of(finding, "import") == [f"store/rows.py:{finding.line}"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("web/more.py", "from store.rows import load\n"),
        ("web/more.py", "from web.pages import TITLE\n"),
        ("store/rows.py", "def load():\n    from web.pages import TITLE\n"),
        ("store/rows.py", "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from web.pages import TITLE\n"),
        ("store/rows.py", "try:\n    from web.pages import TITLE\nexcept ImportError:\n    TITLE = ''\n"),
        ("store/rows.py", "from shared.names import NAME\n"),
        ("store/rows.py", "from elsewhere.pages import TITLE\n"),
        ("shared/names.py", "from web.pages import TITLE\n"),
        ("store/tests/test_rows.py", "from web.pages import TITLE\n"),
        ("jobs/nightly.py", "import store.rows\nfrom store.rows import load\n"),
        ("store/rows.py", "from web.pages import (\n"),
    ],
)
def test_imports_that_are_allowed_deferred_or_were_there(path: str, text: str) -> None:
    assert told({path: text}) == []


def test_a_file_that_moves_into_a_layer_brings_nothing_new() -> None:
    assert told({"jobs/nightly.py": "gone", "jobs/daily.py": TREE["jobs/nightly.py"]}, jobs__daily="jobs/nightly") == []


def test_other_languages_have_layers_too() -> None:
    tree = {"web/a.ts": "export const a = 1\n", "store/b.ts": "export const b = 1\n"}
    after = {**tree, "store/b.ts": "import { a } from '../web/a'\nexport const b = a\n"}
    (finding,) = findings(circular_or_layer_crossed, tree, after, settings=LAYERS)
    assert (finding.path, finding.line) == ("store/b.ts", 1)
    typed = {**tree, "store/b.ts": "import type { a } from '../web/a'\nexport const b = 1\n"}
    assert findings(circular_or_layer_crossed, tree, typed, settings=LAYERS) == []


def implied(users: int, back: int = 0, text: str = "from app import page1\n") -> list[Finding]:
    before = {
        **{f"app/page{n}.py": "from core.rows import load\n" for n in range(users)},
        **{f"core/old{n}.py": "from app import page0\n" for n in range(back)},
        "app/__init__.py": "",
        "core/__init__.py": "",
        "core/rows.py": "def load():\n    return []\n",
    }
    return findings(circular_or_layer_crossed, before, {**before, "core/rows.py": text})


def test_a_direction_that_was_always_held_is_recorded_and_not_posted() -> None:
    (finding,) = implied(FEWEST_FILES)
    assert (finding.severity, finding.silent, finding.line) == (Severity.INFO, True, 1)
    assert lines_of(finding, "related") == ["app/page0.py:1"]


def test_a_direction_that_few_hold_or_somebody_broke_is_none() -> None:
    assert implied(FEWEST_FILES - 1) == []
    assert implied(FEWEST_FILES, back=1) == []
    assert implied(FEWEST_FILES, text="from core import old\n") == []


def test_looking_at_imports_is_not_reading_a_file() -> None:
    assert circular_or_layer_crossed.covers("a.rb")
    assert not circular_or_layer_crossed.reads("a.rb")
