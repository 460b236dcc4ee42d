"""The whole path on slips: a package with one thing broken is reviewed as a change, and the patch is looked at.

*Original* means that the patched file says what it said before the slip. *Other* is proven and says something else:
whether it is as good only a person can tell. *Wrong* is a patch that does not hold what every patch has to hold; there
must be none. *Silent* is a finding without a patch, *unseen* a slip that no check found.
"""

from __future__ import annotations

import ast
import difflib
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.evaluation.journal import Row
from bot.evaluation.mutants import LANGUAGE, Mutant
from bot.evaluation.sources import files_in, parsed
from bot.pipeline import Options, change_of, review
from bot.sources import Sources, open_sources
from checks.finding import Finding, Severity
from checks.suggest import Writer
from checks.workspace import open_workspace
from kb.errors import UserError
from kb.repository import Repository
from kb.source import Source
from models.constraints.names import unbound_in
from models.mask.model import Hole, Scale, Strategy

_GIT = ("-c", "core.hooksPath=/dev/null", "-c", "user.name=eval", "-c", "user.email=eval@localhost")


@dataclass(frozen=True)
class Yard:
    """An open repository of one package, and what reviews of changes to it need."""

    repository: Repository
    sources: Sources
    writer: Callable[[], Writer]
    cache: Path


@contextmanager
def yard_of(package: Path, folder: Path, cache: Path, writer: Callable[[], Writer]) -> Iterator[Yard]:
    """Open a repository made of a package's Python files in `folder`, which is empty or was made by this before."""
    if not (folder / ".git").exists():
        _commit(files_in(package), folder)
    with Repository.open(folder) as repository, open_sources(repository, cache) as sources:
        yield Yard(repository, sources, writer, cache)


def _commit(files: Iterable[tuple[str, bytes]], folder: Path) -> None:
    for name, data in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for words in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", "As published"]):
        done = subprocess.run(["git", *_GIT, *words], cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise UserError(f"git {words[0]} failed in {folder}: {done.stderr.strip()[-200:]}")


def repaired(mutant: Mutant, yard: Yard) -> Row:
    """Return what a review says about a slip, and what became of the patch that it shows."""
    began = time.monotonic()
    about = {"kind": mutant.kind, "package": mutant.function.path.split("/")[0]}
    comparison = yard.repository.compare_patch(_patch(mutant), "slip.patch")
    with open_workspace(yard.cache) as workspace:
        verdict = review(change_of(comparison, "eval"), workspace, Options(), yard.sources, writer=yard.writer())
    loud = [one for one in verdict.findings if one.severity is not Severity.INFO and one.path == mutant.function.path]
    shown = [one for one in loud if one.suggestion is not None]
    seconds = {"seconds": round(time.monotonic() - began, 3)}
    if not loud:
        return {**about, **seconds, "became": "unseen", "slug": ""}
    if not shown:
        return {**about, **seconds, "became": "silent", "slug": loud[0].slug}
    best = min((_became(mutant, one) for one in shown), key=lambda row: _ORDER.index(str(row["became"])))
    return {**about, **seconds, **best}


_ORDER = ("wrong", "original", "other")  # of several patches: a wrong one counts first


def _became(mutant: Mutant, finding: Finding) -> Row:
    """Return what a shown patch makes of the file."""
    suggestion = finding.suggestion
    assert suggestion is not None  # noqa: S101 (asked for by the caller)
    source = mutant.source
    span = source.span_of_lines(suggestion.line, suggestion.end_line)
    text = suggestion.replacement.encode()
    patched = source.data[: span.start] + text + source.data[span.end :]
    said = {"slug": finding.slug, "origin": suggestion.origin, "patch": suggestion.replacement}
    wrong = faults_of(source, suggestion.line, suggestion.end_line, text)
    if wrong:
        return {**said, "became": "wrong", "why": wrong}
    return {**said, "became": "original" if _same(patched, mutant.function.data) else "other"}


def faults_of(source: Source, first: int, last: int, text: bytes) -> str:
    """Return why a replacement of whole lines is none that may be shown; "" if nothing speaks against it."""
    if not 1 <= first <= last <= source.line_count:
        return "it does not apply"
    span = source.span_of_lines(first, last)
    old = source.data[span.start : span.end]
    patched = source.data[: span.start] + text + source.data[span.end :]
    if parsed(patched) is None:
        return "it does not parse"
    if text == old:
        return "it changes nothing"
    hole = Hole(span, "module", Scale.BLOCK, Strategy.STATEMENTS, b"", old)
    unbound = unbound_in(source, LANGUAGE, hole, text, None)
    return f"it uses {', '.join(unbound)}, which nothing binds" if unbound else ""


def _same(one: bytes, other: bytes) -> bool:
    first, second = parsed(one), parsed(other)
    return first is not None and second is not None and ast.dump(first) == ast.dump(second)


def _patch(mutant: Mutant) -> bytes:
    """Return a slip as a patch to the package as it is."""
    before, after = (_lines(data) for data in (mutant.function.data, mutant.data))
    path = mutant.function.path
    diff = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in diff).encode()


def _lines(data: bytes) -> list[str]:
    """Return lines as git counts them: `str.splitlines` knows more line ends."""
    return re.findall(r"[^\n]*\n|[^\n]+", data.decode())


def by_package(mutants: Sequence[Mutant], packages: Sequence[Path]) -> Iterator[tuple[Path, list[Mutant]]]:
    """Yield each package with the mutants of its files."""
    for package in packages:
        names = {name for name, _ in files_in(package)}
        found = [mutant for mutant in mutants if mutant.function.path in names]
        if found:
            yield package, found
