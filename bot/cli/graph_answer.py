"""What `prudent graph` writes: rows of places with words, as text for people and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from bot.render.escape import cut, encodable, printable
from kb.graph.code import Code
from kb.redact import redact

SCHEMA = "prudent.graph/1"


@dataclass(frozen=True)
class Row:
    """One line of an answer. `quoted` asks for the source line below it; `fields` are what JSON says."""

    path: str
    line: int
    words: str
    fields: dict[str, Any]
    depth: int = 1
    quoted: bool = True


@dataclass(frozen=True)
class Answer:
    """An answer to one question. `said` is its first line, `notes` what must be known beside the rows."""

    query: str
    said: str
    rows: tuple[Row, ...]
    truncated: bool = False
    notes: tuple[str, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)


def as_text(answer: Answer, code: Code, width: int) -> str:
    """Return an answer as lines for a person, each at most `width` columns where that can be."""
    lines = [printable(answer.said)]
    for row in answer.rows:
        indent = "  " * row.depth
        place = f"{row.path}:{row.line}" if row.line else row.path
        lines.append(f"{indent}{printable(place)}  {printable(row.words)}".rstrip())
        text = _source_line(code, row) if row.quoted else ""
        if text:
            lines.append(cut(f"{indent}    {printable(text)}", width))
    if answer.truncated:
        lines.append("There is more than this: see --limit.")
    return "\n".join([*lines, *(printable(note) for note in answer.notes)])


def as_json(answer: Answer, code: Code) -> str:
    """Return an answer as JSON: schema, query, tree, results, and what the query adds."""
    results = []
    for row in answer.rows:
        place: dict[str, Any] = {"path": row.path, "line": row.line, "depth": row.depth}
        results.append({**place, **row.fields, **({"text": _source_line(code, row)} if row.quoted else {})})
    head = {"schema": SCHEMA, "query": answer.query, "tree": code.view.id}
    tail = {"results": results, "truncated": answer.truncated}
    return json.dumps(_clean({**head, **answer.fields, **tail}), indent=2)


def _source_line(code: Code, row: Row) -> str:
    """Return the line of source a row points to, without what could be a secret; "" for none."""
    return redact(code.source(row.path).line(row.line).strip()) if row.path and row.line else ""


def _clean(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {_clean(name): _clean(one) for name, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value
