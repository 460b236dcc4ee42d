"""One compilation of a whole tree, and what the compiler prints about it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.knowledge import Limits
from checks.static.engine import Diagnostic, Installed
from checks.static.engine_check import is_test_data
from checks.static.isolation import run_isolated
from checks.static.tsc_config import config_of, is_config
from checks.static.tsc_rules import RULES
from kb.errors import NotChecked

LINE = re.compile(r"^(?P<path>.+?)\((?P<line>\d+),(?P<column>\d+)\): error (?P<code>TS\d+): (?P<message>.*)$")
NO_PLACE = re.compile(r"^error (?P<code>TS\d+): (?P<message>.*)$")
# The compiler stops at errors of shape, in whichever file, before it looks at any meaning.
SHAPE = re.compile(r"^TS(?:1\d{3}|8\d{3}|17\d{3}|18\d{3})$")
MEANING = frozenset(code for rule in RULES for code in rule.codes) | {"TS2322", "TS2345", "TS2580", "TS2582", "TS2591"}
MOST_ROUNDS = 3
MEMORY_SHARE = 0.8  # of the limit, at which the compiler starts to collect harder


@dataclass(frozen=True)
class Program:
    """A tree's files, and where they lie; files that cannot be parsed leave it round by round."""

    root: Path
    files: tuple[str, ...]


def compiled(
    installed: Installed, folder: Path, files: Sequence[str], *, home: Path, limits: Limits
) -> tuple[Diagnostic, ...]:
    """Return what the compiler says about a tree; raises NotChecked.

    A file with a syntax error would hide every other error of the tree, so such files are left out. What
    is wrong with them is told by other checks; what others import from them is unknown here.
    """
    root = folder.resolve()
    program = Program(root, tuple(path for path in files if not is_config(path) and not is_test_data(path)))
    for round_number in range(MOST_ROUNDS):
        said = _once(installed, program, files, home=home, limits=limits)
        if not _stopped_at_shape(said):
            return tuple(said)
        program = _without({one.path for one in said}, program, files, home / f"tree{round_number}")
    return ()


def _stopped_at_shape(said: Sequence[Diagnostic]) -> bool:
    return any(SHAPE.match(one.code) for one in said) and not any(one.code in MEANING for one in said)


def _once(
    installed: Installed, program: Program, tree: Sequence[str], *, home: Path, limits: Limits
) -> list[Diagnostic]:
    if not program.files:
        return []
    config = home / "tsconfig.json"
    config.write_text(config_of(program.root, tree, program.files))
    argv = [str(installed.program), "--project", str(config), "--pretty", "false"]
    memory = f"{int(limits.memory_bytes * MEMORY_SHARE) // 2**20}MiB"
    printed = run_isolated(argv, cwd=home, home=home, limits=limits, ok=(0, 1, 2), env={"GOMEMLIMIT": memory})
    return _read(printed, program, home)


def _read(printed: bytes, program: Program, home: Path) -> list[Diagnostic]:
    """Return the diagnostics in the compiler's output; raises NotChecked if this is not it."""
    known = frozenset(program.files)
    said = []
    lines = [line.rstrip("\r") for line in printed.decode("utf-8", "replace").split("\n")]
    _refuse_other_formats(lines[0])
    for line in lines:  # what does not match continues a message: it may quote a text with line ends
        if found := LINE.match(line):
            full = os.path.normpath(home.resolve() / found["path"])
            path = os.path.relpath(full, program.root)
            if path in known:
                at = int(found["line"])
                message = found["message"].replace(f"{program.root}/", "")
                said.append(Diagnostic(found["code"], path, at, at, message, int(found["column"])))
    return said


def _refuse_other_formats(first: str) -> None:
    """Raise NotChecked unless the first line of the output is a diagnostic of a file, or there is none."""
    if problem := NO_PLACE.match(first):
        raise NotChecked(f"tsc refused its configuration: {problem['code']} {problem['message'][:120]}")
    if first and not LINE.match(first):
        raise NotChecked("tsc printed what is not its format")


def _without(broken: set[str], program: Program, tree: Sequence[str], place: Path) -> Program:
    """Return the program without some files, in a folder of its own that shares the others' bytes."""
    for path in (*program.files, *(path for path in tree if is_config(path))):
        if path in broken:
            continue
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(program.root / path, target)
        except OSError:
            shutil.copyfile(program.root / path, target)
    place.mkdir(parents=True, exist_ok=True)
    return Program(place.resolve(), tuple(path for path in program.files if path not in broken))
