"""What tests of enumeration share: a file with one line opened, in a small tree, and the files that come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from kb.graph.code import Code
from kb.graph.index import Index
from kb.source import Source
from kb.syntax.languages import language_of
from models.choose.kinds import Way
from models.choose.propose import listed_for
from models.mask.holes import hole_of_lines
from models.patch import Candidate, Task
from tests.kb.graph_worlds import view_of


@dataclass(frozen=True)
class Opened:
    """A task, and what a candidate makes of its file."""

    task: Task

    def made(self, candidate: Candidate) -> str:
        """Return the whole file with a candidate in it."""
        span = candidate.hole.span
        data = self.task.source.data
        return (data[: span.start] + candidate.text + data[span.end :]).decode("utf-8", "surrogateescape")

    def listed(self, ways: Sequence[Way] | None = None) -> list[str]:
        """Return the files that can come of it, in order."""
        return [self.made(one) for one in listed_for(self.task, ways)]

    def lines(self, ways: Sequence[Way] | None = None) -> list[str]:
        """Return only what differs of each of these files: its lines that the file has not, joined."""
        old = self.task.source.text.splitlines()
        return [
            "⏎".join(line.strip() for line in made.splitlines() if line.strip() and line not in old)
            for made in self.listed(ways)
        ]


def _new_lines(text: str, old: Sequence[str]) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and line not in old]


@contextmanager
def opened(
    files: Mapping[str, str], path: str, line: int, wrong: Mapping[str, str] | None = None, *, graph: bool = True
) -> Iterator[Opened]:
    """Give a line of a file as a task, with the graph of the tree or without one."""
    index = Index.open(None, "test")
    try:
        code: Code | None = index.code(view_of(files)) if graph else None
        yield Opened(task_of(files[path], path, line, wrong, code))
    finally:
        index.close()


def task_of(text: str, path: str, line: int, wrong: Mapping[str, str] | None = None, code: Code | None = None) -> Task:
    """Return a line of a file as a task; the whole statement is its hole."""
    source = Source(path, text.encode("utf-8", "surrogateescape"))
    language = language_of(path)
    assert language is not None
    hole = hole_of_lines(source, language, line, line)
    assert hole is not None
    return Task(source, language, hole, code, wrong=wrong or {})
