"""What TypeScript's compiler says about the whole tree at head and did not say at base.

What it finds. Breaks between files: an import of what is no longer there, a call that no longer fits its
function, a member that is gone, a class that no longer fits its base; also where the failing file is not
part of the change. And names whose declaration the change removed, or
whose import it forgot.
Why it matters. Tests that run one file at a time pass; the build, or the module that loads it, does not.
When it stays silent. On types that need a package to be installed, on modules that a build writes, on
assets, on names that a bundler or a test runner defines, on what was wrong before, and on what the
change does not explain. In plain JavaScript, on arguments: there they are all optional.
How to fix. The finding names the definition that was changed and the lines that still rely on it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from checks.change import Change
from checks.check import Report
from checks.knowledge import Knowledge, Limits
from checks.static.engine import Diagnostic, Installed
from checks.static.engine_check import review_with
from checks.static.oxlint_causes import Causes
from checks.static.oxlint_place import each_name_once, merged
from checks.static.tsc_config import OPTIONS, is_config
from checks.static.tsc_find import find_compiler, how_to_get
from checks.static.tsc_imports import Imports
from checks.static.tsc_judge import Judge
from checks.static.tsc_program import compiled
from checks.static.tsc_rules import EXAMPLES as EXAMPLES
from checks.static.tsc_rules import RULES as RULES

SLUG = "tsc"
READER = 3  # part of the cache key: changes when the output is read differently
OTHERS = frozenset({"node_modules", "bower_components", ".yarn"})  # folders of other people's code
SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")


class Tsc:
    """The engine: the native compiler with our configuration over every file of the tree."""

    name = "tsc"
    whole_tree = True
    config_id = hashlib.sha256(f"{READER} {json.dumps(OPTIONS, sort_keys=True)}".encode()).hexdigest()[:16]

    @property
    def how_to_get(self) -> str:
        """Return the command that installs the compiler where we look for it."""
        return how_to_get()

    def find(self) -> Installed | None:
        """Return the native compiler: ours, or one on PATH; never one of the reviewed repository."""
        return find_compiler()

    def covers(self, path: str) -> bool:
        """Return whether the compiler is given a file: sources, and the data that says how they are named."""
        return covers(path) or (is_config(path) and _is_ours(path))

    def run(
        self, installed: Installed, folder: Path, files: Sequence[str], *, home: Path, limits: Limits
    ) -> tuple[Diagnostic, ...]:
        """Return what the compiler says about the tree; raises NotChecked."""
        return compiled(installed, folder, files, home=home, limits=limits)


ENGINE = Tsc()


def covers(path: str) -> bool:
    """Return whether the check looks at a file of this name."""
    return path.endswith(SUFFIXES) and ".min." not in path and path.isprintable() and _is_ours(path)


def _is_ours(path: str) -> bool:
    return OTHERS.isdisjoint(path.split("/"))


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the breaks that the change causes; raises NotChecked."""
    if not any(covers(file.path) or covers(file.old_path) for file in change.files):
        return Report()
    judge = Judge(change, Causes(change), Imports(change.head))
    report = review_with(ENGINE, RULES, change, knowledge, slug=SLUG, keep=judge.keeps, place=judge.place)
    unseen = tuple(note for note in report.unseen if covers(note.path))
    return Report(each_name_once(merged(report.findings)), unseen)
