"""The answers to `explain` and `fix`: all about one finding, and the suggestion that was proven for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.audit import finding_of
from bot.commands.phrases import (
    DIGITS,
    PATH_SHOWN,
    bullets,
    code,
    commit,
    fitted,
    moment_of,
    named,
    prose,
    pull_request,
    word,
)
from bot.reference import Topic, contract_of, topic_of
from bot.render.escape import commands_a_bot, cut, fence_for, printable
from bot.render.markdown import SUGGESTION_LIMIT, render_finding
from checks.finding import Disposition
from kb.errors import UserError
from kb.outcomes.audit import Became, LoggedSuggestion
from kb.outcomes.past import PastFinding, PastOutcome
from kb.redact import redact

_SETTLED = (Became.FIXED, Became.DISMISSED, Became.SILENCED)


def explain(past: PastFinding, trail: Sequence[PastOutcome]) -> str:
    """Return a finding with its evidence, what became of it, and the contract of the check that found it."""
    finding = past.finding
    told = f"on {pull_request(past.subject)} at {commit(past.head)}, {moment_of(past.at)}"
    shown = replace(finding_of(finding), slug=cut(printable(redact(finding.slug)), PATH_SHOWN))
    head = render_finding(shown, with_suggestion=False).removeprefix("---\n")
    head += f"\nTold {told}; number {code(finding.fingerprint[:DIGITS])}; now: **{word(past.became)}**.\n\n"
    said = [
        f"{word(outcome.kind)} on {moment_of(outcome.at)}"
        + (f" at {commit(outcome.head)}" if outcome.head else "")
        + (f": {prose(outcome.detail)}" if outcome.detail else "")
        for outcome in trail
    ]
    return fitted(head, [*bullets(said), *_contract(finding.slug, finding.check)])


def explain_slug(slug: str) -> str | None:
    """Return what a check or a rule is about, for a slug that no finding here had; None if there is none."""
    pieces = list(_contract(slug))
    return fitted("", pieces) if pieces else None


def fix(past: PastFinding, *, head: str, lines: tuple[int, int] | None) -> str:
    """Return the proven suggestion for a finding, or why there is none.

    Args:
        past: The finding.
        head: The pull request's head now: a proof is of one head.
        lines: First and last line of the thread that is answered: only there GitHub can commit it. None elsewhere.
    """
    finding = past.finding
    suggestion = finding.suggestion
    if past.became in _SETTLED:
        return f"{named(finding)} is {past.became}: there is nothing to fix."
    if suggestion is None or suggestion.disposition != Disposition.SAFE or not _can_be_shown(suggestion):
        return f"There is no proven suggestion for {named(finding)}: only what was proven on the whole change is shown."
    if past.head != head:
        return (
            f"The suggestion for {named(finding)} was proven at {commit(past.head)}, and the head is {commit(head)}"
            " now: `/prudent review` proves it again."
        )
    text = suggestion.replacement.replace("\r\n", "\n")
    text += "\n" if text and not text.endswith("\n") else ""
    fence = fence_for(text)
    proof = ", ".join(word(name) for name, holds in suggestion.proof.items() if holds)
    proven = f"\nProven: {proof}." if proof else ""
    if lines == (suggestion.line, suggestion.end_line):
        return f"For {named(finding)}:\n\n{fence}suggestion\n{text}{fence}\n{proven}".rstrip("\n")
    what = f"Instead of lines {suggestion.line} to {suggestion.end_line} of {code(finding.path)}"
    return f"For {named(finding)}. {what}:\n\n{fence}\n{text}{fence}\n{proven}".rstrip("\n")


def _can_be_shown(suggestion: LoggedSuggestion) -> bool:
    text = suggestion.replacement
    return len(text) <= SUGGESTION_LIMIT and not commands_a_bot(text) and redact(text) == text


def _contract(slug: str, check: str = "") -> Iterator[str]:
    from checks.registry import DESCRIBED  # imports every check

    try:
        topic = topic_of(slug, DESCRIBED)
    except UserError:
        return
    yield f"\n**What {code(topic.slug)} is**\n\n"
    for heading, text in _sections(topic, check):
        yield f"{heading}{redact(text)}\n\n"


def _sections(topic: Topic, by: str) -> Iterator[tuple[str, str]]:
    """Yield headings and texts of ours, of the check that found it where that is known, else of all that can."""
    reports = topic.entry.reports if topic.entry else ()
    reports = tuple(report for report in reports if by == report[0].SLUG) or reports
    for check, rule in reports:
        if check is not topic.check:
            said = " ".join(text for text in (rule.finds, rule.why, rule.fix) if text)
            yield "", f"Reported by `{check.SLUG}`. {said}"
    if topic.check is not None and (not reports or any(check is topic.check for check, _ in reports)):
        contract = contract_of(topic.check)
        yield "", contract.title
        yield from ((f"*{heading}.* ", text) for heading, text in contract.sections)
