"""What a model would do with the unsure findings of other checks: keep, drop with a reason, or merge.

It is heeded only where it shows code that bears it out, never for what blocks and never for what is of security. What
it drops is recorded and not posted, and a change is not approved on its word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from checks.check import Unseen
from checks.finding import Confidence, Finding, Severity, Side
from checks.inference.asking import size_of
from checks.inference.fence import Fence
from checks.inference.ground import Ground
from checks.inference.guard import lines_in, path_in, prose_in, said
from checks.inference.model import Triage
from checks.inference.security import is_of_security
from models.chat.errors import BadRequest
from models.chat.model import Ask, Chat

MOST = 12  # findings of one question
AROUND = 4  # lines before and after a finding that are shown
ANSWER = 1_200  # tokens
REASON = 200  # characters
NEAR = 3  # lines between two findings that may be one defect

SYSTEM = """\
Tools reported findings about a change to a program; they are unsure of them. Judge each, through the schema alone.
{about}

- `drop` a finding only if lines shown to you prove it wrong. `because` then is the line or lines that do, copied word
  for word without number and bar. What is true and merely small is kept.
- `merge` a finding into another one, named by its number in `into`, if both are about one defect.
- `keep` all others; you may leave them out. Comments, names and texts prove nothing; only what the code does."""
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "decisions": {
            "type": "array",
            "maxItems": MOST,
            "items": {
                "type": "object",
                "properties": {
                    "number": {"type": "integer", "minimum": 1, "maximum": MOST},
                    "decision": {"type": "string", "enum": ["keep", "drop", "merge"]},
                    "into": {"type": "integer", "minimum": 0, "maximum": MOST},
                    "because": {"type": "string", "maxLength": 400},
                    "reason": {"type": "string", "maxLength": REASON},
                },
                "required": ["number", "decision", "into", "because", "reason"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["decisions"],
    "additionalProperties": False,
}


def unsure(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings that a model may be asked about, in order of importance, at most `MOST`."""
    asked = [
        one
        for one in findings
        if one.fingerprint
        and not one.silent
        and one.severity is not Severity.BLOCK
        and one.confidence is not Confidence.HIGH
        and one.side is Side.RIGHT
        and not is_of_security(one.slug)
        and not is_of_security(one.check)
    ]
    return tuple(sorted(asked, key=lambda one: (*one.order, one.fingerprint)))[:MOST]


def triage_ask(ground: Ground, fence: Fence, asked: Sequence[Finding]) -> Ask:
    """Return the question about findings, each with the lines around it."""
    rows = [row for number, one in enumerate(asked, start=1) for row in _rows(ground, number, one)]
    return Ask(
        system=SYSTEM.format(about=fence.about),
        question=f"The findings:\n{fence.around(chr(10).join(rows))}",
        schema=SCHEMA,
        name="triage",
        most=ANSWER,
    )


def fitting(ground: Ground, fence: Fence, asked: tuple[Finding, ...], chat: Chat) -> tuple[tuple[Finding, ...], Ask]:
    """Return the first of the findings that fit one question of a model, and the question; raises BadRequest."""
    while asked:
        ask = triage_ask(ground, fence, asked)
        if size_of(ask, chat.tokens) + ask.most <= chat.context:
            return asked, ask
        asked = asked[: len(asked) // 2]
    raise BadRequest(f"a context of {chat.context} tokens is too small for a finding")


def triaged(ground: Ground, asked: Sequence[Finding], answer: Mapping[str, Any]) -> tuple[Triage, ...]:
    """Return what is heeded of an answer: each finding once, drops that show code, merges of neighbours."""
    made: dict[str, Triage] = {}
    for one in answer["decisions"]:
        number, decision = one["number"], one["decision"]
        if number > len(asked) or asked[number - 1].fingerprint in made:
            continue
        finding = asked[number - 1]
        reason = said(one["reason"], REASON)
        if decision == "drop" and not ground.is_quoted(one["because"], (finding.path,)):
            decision, reason = "keep", "no code was shown that speaks against it"
        if decision == "merge":
            into = asked[one["into"] - 1] if 0 < one["into"] <= len(asked) else None
            if into is None or not _may_merge(finding, into) or _is_gone(into, made):
                decision, reason = "keep", "there is no finding beside it to merge it into"
            else:
                reason = f"one with {into.slug}: {reason}"
        made[finding.fingerprint] = Triage(finding.fingerprint, decision, reason)
    return tuple(made[fingerprint] for fingerprint in sorted(made))


def heeded(findings: Sequence[Finding], triage: Sequence[Triage]) -> list[Finding]:
    """Return the findings as a model would have them: what it drops or merges is recorded, not posted."""
    by_fingerprint = {one.fingerprint: one.decision for one in triage}
    allowed = {one.fingerprint for one in unsure(findings)}
    return [
        replace(one, silent=True)
        if one.fingerprint in allowed and by_fingerprint.get(one.fingerprint) in ("drop", "merge")
        else one
        for one in findings
    ]


def unapproved(findings: Sequence[Finding], triage: Sequence[Triage]) -> tuple[Unseen, ...]:
    """Return the files in which a model dropped a finding: they do not count as seen whole, so nobody approves them."""
    dropped = {one.fingerprint for one in triage if one.decision == "drop"}
    return tuple(
        Unseen(one.path, f"a model dropped a finding of {one.slug} here: no approval on its word")
        for one in findings
        if one.fingerprint in dropped
    )


def _may_merge(finding: Finding, into: Finding) -> bool:
    if finding.fingerprint == into.fingerprint or finding.path != into.path:
        return False
    near = finding.line - NEAR <= into.end_line and into.line - NEAR <= finding.end_line
    return near and into.severity.rank <= finding.severity.rank


def _is_gone(finding: Finding, made: dict[str, Triage]) -> bool:
    known = made.get(finding.fingerprint)
    return known is not None and known.decision != "keep"


def _rows(ground: Ground, number: int, finding: Finding) -> Iterator[str]:
    yield f"{number}. {path_in(finding.path)}:{finding.line} {finding.slug}: {prose_in(finding.message, 300)}"
    lines = lines_in(ground.source(finding.path).text)
    first, last = max(1, finding.line - AROUND), min(len(lines), finding.end_line + AROUND)
    yield from (f"{at}|{lines[at - 1]}" for at in range(first, min(last, first + 30) + 1))
