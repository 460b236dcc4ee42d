"""Constraints on a hole as text for people."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.render.escape import printable
from kb.source import Source
from models.constraints.ir import Constraint, ConstraintIR, Grammar, Pattern, Preferences, Schema
from models.constraints.model import Compiled

_WIDEST = 60  # characters of a hole's text that are shown
_LISTED = 12  # words of a vocabulary that are shown


def summary_of(ir: ConstraintIR, made: Compiled, source: Source) -> str:
    """Return what is demanded of a hole in one line."""
    domains = ",".join(one.domain.value for one in made.hard) or "none"
    names = "unknown" if ir.names is None else str(len(ir.names))
    return f"{source.line_of(ir.hole.start)}: {ir.hole.node_class}  {domains}  {names} names  {_text(ir.hole.text)}"


def page_of(ir: ConstraintIR, made: Compiled, source: Source) -> str:
    """Return all that is demanded of a hole, and why."""
    spec = ir.hole
    inside = f" in {printable(spec.symbol)}" if spec.symbol else ""
    lines = [f"{printable(spec.path)}:{source.line_of(spec.start)} {spec.node_class} ({spec.kind}){inside}"]
    lines += [f"  stands there  {_text(spec.text)}"]
    lines += [f"  wanted type   {printable(spec.wanted)}"] if spec.wanted else []
    lines += [f"  names         {'not knowable' if ir.names is None else f'{len(ir.names)} in scope'}"]
    lines += [f"  feasible      {ir.feasibility:.2f}", f"  intensity     {made.intensity.value}"]
    for one in ir.constraints:
        lines.append(f"  {one.kind.value}, {one.domain.value}, {one.priority.name.lower()}: {printable(one.why)}")
        lines.append(f"      {printable(_content(one))}")
    lines += [f"  note: {printable(note)}" for note in made.notes]
    return "\n".join(lines)


def _content(one: Constraint) -> str:
    if isinstance(one, Grammar):
        return f"{one.language} {one.node_class}" + (", over several lines" if one.is_bracketed else "")
    if isinstance(one, Schema):
        return json.dumps(json.loads(one.schema))
    if isinstance(one, Pattern):
        return one.regex
    if isinstance(one, Preferences):
        return _list([f"{word} {nats:+g}" for word, nats in one.words])
    return _list(one.words)


def _list(words: Sequence[str]) -> str:
    more = f" and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return (", ".join(words[:_LISTED]) + more) or "none"


def _text(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= _WIDEST else line[: _WIDEST - 3] + "..."
