"""The answers: what a command and what is known make of it, as Markdown. Pure; nothing foreign in them is active.

`history`, `explain`, `fix`, `rules` and `config` have files of their own.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import MISSING, fields

from bot.commands.model import Command, Rules
from bot.commands.parse import VERBS
from bot.commands.phrases import DIGITS, bullets, code, commit, fitted, listed, moment_of, prose, word
from bot.github.model import Right
from bot.jobs.port import Job, JobState
from kb.outcomes.app import Dismissal, PullRecord
from kb.outcomes.past import PastAudit, PastFinding

_PLACEHOLDERS = {"finding": "FINDING", "reason": "REASON", "path": "PATH", "slug": "SLUG", "number": "#PR"}
_STATES = {
    JobState.WAITING: "A review waits for its turn.",
    JobState.RUNNING: "A review is running.",
    JobState.FAILED: "The last review failed; `/prudent review` tries again.",
    JobState.POISONED: "The last review broke down again and again; `/prudent review` tries once more.",
}


def usage_of(kind: type[Command]) -> str:
    """Return a verb with what it takes, from the command's own fields."""
    verb = next(verb for verb, known in VERBS.items() if known is kind)
    if kind is Rules:
        return f"{verb} {Rules.takes}"
    names = [(_PLACEHOLDERS[field.name], field.default is not MISSING) for field in fields(kind)]
    if names and all(is_optional for _, is_optional in names):
        return f"{verb} [{' | '.join(name for name, _ in names)}]"
    return " ".join([verb, *(name for name, _ in names)])


def help_text() -> str:
    """Return what can be asked, and by whom."""
    rows = [
        f"| `/prudent {usage_of(kind).replace('|', chr(92) + '|')}` | {inspect.getdoc(kind)} | {_who(kind)} |\n"
        for kind in VERBS.values()
    ]
    head = "| write | what it does | who may |\n| --- | --- | --- |\n"
    return (
        f"{head}{''.join(rows)}\nA command begins a line. FINDING is a finding's slug, or six or more digits of the"
        " number that `/prudent status` shows with it; in an answer to one of our comments it can be left out. REASON"
        " is the rest of the line."
    )


def _who(kind: type[Command]) -> str:
    return "triage, or the author" if kind.needs is Right.READ else f"{kind.needs.value}"


def paused(by: str) -> str:
    """Return that pushes are not reviewed any more."""
    return f"Paused by {code(by)}: pushes are not reviewed until `/prudent resume`. `/prudent review` still works."


def resumed(was_paused: bool) -> str:
    """Return that pushes are reviewed again, beginning with the head."""
    return "Resumed: the head is being reviewed." if was_paused else "It was not paused; pushes are reviewed."


def dismissed(held: Dismissal) -> str:
    """Return who silenced the finding and why, from the dismissal that holds: said twice, it is the same."""
    name = f"{code(held.slug)} at {code(held.path)} ({code(held.fingerprint[:DIGITS])})"
    back = code(f"/prudent undismiss {held.fingerprint[:DIGITS]}")
    return (
        f"Dismissed by {code(held.by)} on {moment_of(held.at)}: {name} stays silent in this repository.\n\n"
        f"Reason: {prose(held.reason, 500)}\n\n{back} takes that back."
    )


def undismissed(held: Dismissal) -> str:
    """Return that a finding is told again, and who had silenced it."""
    return (
        f"{code(held.slug)} at {code(held.path)} ({code(held.fingerprint[:DIGITS])}) is no longer dismissed: the next"
        f" review tells it if it is still there. It was dismissed by {code(held.by)} on {moment_of(held.at)}."
    )


def not_dismissed(name: str, held: Sequence[Dismissal]) -> str:
    """Return that nothing of this name is dismissed, and what is."""
    names = [f"{code(d.slug)} at {code(d.path)} ({code(d.fingerprint[:DIGITS])})" for d in held[:10]]
    if not names:
        return f"{code(name)} is not dismissed; nothing is in this repository."
    more = f"- and {len(held) - 10:,} more\n" if len(held) > 10 else ""
    return fitted(f"{code(name)} is not dismissed. These are:\n\n", [*bullets(names), more])


def chosen(name: str, found: Sequence[PastFinding]) -> PastFinding | None:
    """Return the newest of findings that are all the same one; None if there are none, or several."""
    return found[0] if len({past.finding.fingerprint for past in found}) == 1 else None


def which(name: str | None, found: Sequence[PastFinding], standing: Sequence[PastFinding]) -> str:
    """Return that a name means no finding or several, and which could be meant.

    Args:
        name: What was written; None: nothing, and not in a thread of ours.
        found: What it could mean.
        standing: What stands on this pull request.
    """
    if len(found) > 1 and name is not None:
        newest = {past.finding.fingerprint: past for past in reversed(found)}
        return fitted(f"{code(name)} could be any of these; write more of the number:\n\n", listed([*newest.values()]))
    said = "Say which finding" if name is None else f"No finding here is called {code(name)}"
    if not standing:
        return f"{said}; none is open on this pull request."
    return fitted(f"{said}. Open on this pull request:\n\n", listed(standing))


def status(
    record: PullRecord,
    last: PastAudit | None,
    *,
    head: str,
    jobs: Sequence[Job],
    standing: Sequence[PastFinding],
) -> str:
    """Return where a pull request's reviews stand.

    Args:
        record: What is remembered of it.
        last: Its last review, if there was one.
        head: Its head now.
        jobs: Its reviews that wait, run or ended, oldest first.
        standing: What was posted and is open.
    """
    lines = []
    if last is None:
        lines.append("No review has ended yet.")
    else:
        fresh = "this is the head" if last.head == head else f"the head is {commit(head)} now"
        lines.append(f"Last review: {commit(last.head)} on {moment_of(last.at)} ({fresh}).")
        lines.append(f"It said **{word(last.overall)}**: {prose(last.one_liner)}")
        lines.append(seen_by(last))
    now = {job.state for job in jobs}
    lines += [text for state, text in _STATES.items() if state in now and (state in _GOING or jobs[-1].state is state)]
    if record.paused_by is not None:
        lines.append(f"Paused by {code(record.paused_by)}: pushes are not reviewed until `/prudent resume`.")
    if standing:
        lines.append(f"{len(standing):,} open:")
    return fitted("", bullets(lines), "".join(f"  {item}" for item in listed(standing)))


_GOING = (JobState.WAITING, JobState.RUNNING)


def seen_by(audit: PastAudit) -> str:
    """Return how many files a review saw."""
    parts = [f"{audit.reviewed:,} reviewed", f"{audit.partial:,} partly", f"{audit.skipped:,} skipped"]
    return f"Files: {', '.join(part for part in parts if not part.startswith('0 ')) or 'none changed'}."
