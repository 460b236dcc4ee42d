"""The tasks of single-line infilling: one line of a solved problem taken out, its tests kept.

The data (HumanEval single-line infilling, Bavarian et al. 2022, arXiv:2207.14255) are given once by the user, copied
into the cache with their licence, and known by their digest from then on. They are never part of the package.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import random
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.evaluation.sandbox import Exam
from kb.errors import UserError
from kb.source import Source
from models.mask.holes import hole_of_lines
from models.mask.model import Hole

LANGUAGE = "python"
PLACEHOLDER = b"..."  # what stands in the hole while it is looked for: a statement that says nothing of what was there
_MOST_BYTES = 64 * 2**20
_FIELDS = ("task_id", "entry_point", "prompt", "suffix", "canonical_solution", "test")


@dataclass(frozen=True)
class LineTask:
    """One line to be filled in. `problem` is what tasks are clustered by: lines of one problem hang together."""

    name: str  # "HumanEval/0/L3"
    problem: str  # "HumanEval/0"
    entry_point: str
    prefix: str
    suffix: str
    gold: str  # the line that was there, its indentation and line end included
    test: str

    @property
    def exam(self) -> Exam:
        """Return the test that a candidate has to pass."""
        return Exam(self.entry_point, self.filled(self.gold.strip().encode()).decode(), self.test)

    @property
    def indent(self) -> str:
        """Return the white space before the line, which is given: a hole of ours begins after it."""
        return self.gold[: len(self.gold) - len(self.gold.lstrip())]

    def filled(self, text: bytes) -> bytes:
        """Return the whole program with `text` where the line's code was."""
        return b"".join([self.prefix.encode(), self.indent.encode(), text, b"\n", self.suffix.encode()])

    @property
    def source(self) -> Source:
        """Return the program as a proposer sees it: what was in the hole is not in it."""
        return Source(f"{self.problem.replace('/', '_')}.py", self.filled(PLACEHOLDER))

    @property
    def hole(self) -> Hole | None:
        """Return the hole, None where the line was no whole statement (the head of a loop, part of a list)."""
        source = self.source
        try:
            ast.parse(source.data)  # not by the tree: that forgives a body without its head
        except (SyntaxError, ValueError):
            return None
        line = self.prefix.count("\n") + 1
        found = hole_of_lines(source, LANGUAGE, line, line)
        return found if found is not None and found.text == PLACEHOLDER else None


@dataclass(frozen=True)
class Data:
    """The tasks of a file that was read, and what the file was."""

    name: str
    sha256: str
    tasks: tuple[LineTask, ...]


def data_from(given: Path | None, cache: Path) -> Data:
    """Return the data at `given`, which are copied to the folder `cache`, or those that were copied there before.

    Raises UserError, in one line, for data that are missing, broken, foreign, changed, or without their licence.
    """
    if given is None:
        return _kept(cache)
    data = _read(given)
    found = Data(given.name, hashlib.sha256(data).hexdigest(), tasks_in(data, given.name))
    licences = sorted(path for path in given.absolute().parent.iterdir() if "LICEN" in path.name.upper())
    if not licences:
        raise UserError(f"there is no licence beside {given}: put its LICENSE file there, it is kept with the data")
    cache.mkdir(parents=True, exist_ok=True)
    _write(cache / "LICENSE", _read(licences[0]))
    _write(cache / "tasks.jsonl.gz", data)
    _write(cache / "source.json", json.dumps({"name": found.name, "sha256": found.sha256}).encode())
    return found


def _kept(cache: Path) -> Data:
    try:
        said = json.loads((cache / "source.json").read_bytes())
        name, sha256 = str(said["name"]), str(said["sha256"])
    except FileNotFoundError:
        raise UserError(
            "no data yet: give HumanEval's single-line infilling tasks (.jsonl.gz) once by --data"
        ) from None
    except (OSError, ValueError, TypeError, KeyError):
        raise UserError(f"{cache / 'source.json'} cannot be read: give the data again by --data") from None
    data = _read(cache / "tasks.jsonl.gz")
    if hashlib.sha256(data).hexdigest() != sha256:
        raise UserError(f"the copy of {name} in {cache} was changed: give the data again by --data")
    return Data(name, sha256, tasks_in(data, name))


def tasks_in(data: bytes, name: str) -> tuple[LineTask, ...]:
    """Return the tasks of a gzipped file of JSON lines; raises UserError naming the file and the line that is wrong."""
    try:
        unpacker = zlib.decompressobj(wbits=31)
        text = unpacker.decompress(data, _MOST_BYTES)
    except zlib.error as error:
        raise UserError(f"{name} is no gzip file: {error}") from error
    if not unpacker.eof:
        raise UserError(f"{name} is cut short, or unpacks to more than {_MOST_BYTES // 2**20} MB")
    tasks = [_task(line, name, number) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not tasks:
        raise UserError(f"{name} holds no task")
    if len({task.name for task in tasks}) != len(tasks):
        raise UserError(f"{name} has two tasks of one name")
    return tuple(tasks)


def _task(line: bytes, name: str, number: int) -> LineTask:
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise ValueError("no object")
        values = [row[field] for field in _FIELDS]
        if not all(isinstance(value, str) for value in values):
            raise ValueError("a field that is no text")
    except (ValueError, KeyError, RecursionError) as error:
        said = f"no field {error}" if isinstance(error, KeyError) else str(error)
        raise UserError(f"{name}, line {number}, is no single-line infilling task: {said}") from error
    identity, entry_point, prefix, suffix, gold, test = values
    _, _, rest = identity.partition("/")
    if not rest or gold.count("\n") != 1 or not gold.endswith("\n") or not prefix.endswith("\n"):
        raise UserError(f"{name}, line {number}: {identity[:80]!r} is no single-line infilling task")
    return LineTask(rest, rest.rpartition("/")[0] or rest, entry_point, prefix, suffix, gold, test)


def chosen(tasks: Sequence[LineTask], limit: int | None, seed: int) -> list[LineTask]:
    """Return at most `limit` tasks, as many of one problem as of another, drawn by the seed, in their own order."""
    rng = random.Random(seed)  # noqa: S311 (a sample, no secret)
    of_problem: dict[str, list[LineTask]] = {}
    for task in tasks:
        of_problem.setdefault(task.problem, []).append(task)
    for lines in of_problem.values():
        rng.shuffle(lines)
    depth = max(map(len, of_problem.values()), default=0)
    drawn = [lines[turn] for turn in range(depth) for lines in of_problem.values() if turn < len(lines)]
    taken = {task.name for task in drawn[:limit]}
    return [task for task in tasks if task.name in taken]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > _MOST_BYTES:
        raise UserError(f"{path} is larger than {_MOST_BYTES // 2**20} MB")
    return data


def _write(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise UserError(f"{path} cannot be written: {error.strerror}") from error
