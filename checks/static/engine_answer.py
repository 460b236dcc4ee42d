"""What an engine says about one tree: asked once, kept by the digest of all that the answer depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from checks.finding import Evidence
from checks.knowledge import Knowledge
from checks.static.engine import Diagnostic, Engine, Installed
from checks.static.isolation import kill_running
from kb.source import Edit, Span
from kb.view import View

FORMAT = 1  # changes with what `_encoded` writes


@dataclass(frozen=True)
class Answer:
    """The diagnostics about one tree, and the files the engine could not be given."""

    diagnostics: tuple[Diagnostic, ...] = ()
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Question:
    """One engine, one view, and the files of it that the engine is to look at."""

    engine: Engine
    installed: Installed
    view: View
    paths: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return the digest of the engine's version, our config, and the files' names and contents."""
        engine = [FORMAT, self.engine.name, self.installed.version, self.engine.config_id]
        files = [[path, self.view.entries[path].oid] for path in sorted(self.paths)]
        return "engine " + hashlib.sha256(json.dumps([engine, files]).encode()).hexdigest()


def answers(questions: Sequence[Question], knowledge: Knowledge) -> list[Answer]:
    """Return the answers in the order of the questions, asked at the same time; raises NotChecked."""
    with ThreadPoolExecutor(max(1, len(questions))) as pool:
        waiting = [pool.submit(answer, question, knowledge) for question in questions]
        try:
            return [one.result() for one in waiting]
        except KeyboardInterrupt:
            kill_running()
            raise


def answer(question: Question, knowledge: Knowledge) -> Answer:
    """Return the cached answer, or run the engine and remember what it says; raises NotChecked."""
    if not question.paths:
        return Answer()
    workspace = knowledge.workspace
    known = workspace.cached(question.key)
    found = _decoded(known) if known is not None else None
    if found is not None:
        return found
    folder = workspace.folder_of(question.view, question.paths)
    files = [path for path in question.paths if (folder / path).is_file()]
    home = workspace.scratch(question.engine.name)
    run = question.engine.run
    said = run(question.installed, folder, files, home=home, limits=knowledge.limits) if files else ()
    made = Answer(said, frozenset(question.paths) - frozenset(files))
    workspace.remember(question.key, _encoded(made))
    return made


def _encoded(made: Answer) -> bytes:
    rows = [
        {
            "at": [d.code, d.path, d.line, d.end_line, d.message, d.column],
            "related": [[e.kind, e.path, e.line, e.text] for e in d.related],
            "edits": [[e.span.start, e.span.end, e.text.decode("latin-1")] for e in d.edits],
        }
        for d in made.diagnostics
    ]
    return json.dumps({"rows": rows, "missing": sorted(made.missing)}).encode()


def _decoded(data: bytes) -> Answer | None:
    """Return a remembered answer; None if this is not one, which costs a run of the engine."""
    try:
        held = json.loads(data)
        return Answer(tuple(_diagnostic(**row) for row in held["rows"]), frozenset(held["missing"]))
    except (ValueError, TypeError, KeyError):
        return None


def _diagnostic(
    at: tuple[str, str, int, int, str, int],
    related: list[tuple[str, str, int, str]],
    edits: list[tuple[int, int, str]],
) -> Diagnostic:
    evidence = tuple(Evidence(*fields) for fields in related)
    changes = tuple(Edit(Span(start, end), text.encode("latin-1")) for start, end, text in edits)
    return Diagnostic(*at, related=evidence, edits=changes)
