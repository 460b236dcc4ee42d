"""Our check run on a head: opened once when a review is queued, closed whatever becomes of the review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.events import Repo
from bot.github.errors import Forbidden, GitHubError, Gone, Unreachable
from bot.github.model import Report
from bot.posting.check_report import RERUN
from bot.workflow.parts import Parts
from kb.outcomes.app import OpenCheck

TITLE = "Reviewing"
OPENING = timedelta(seconds=30)  # after which a request that was not answered will not be any more
LEFT = timedelta(hours=1)  # for which a check run that cannot be closed is tried again
UNANSWERED = "unanswered"  # the result of an attempt that ended with an error


@dataclass(frozen=True)
class Ending:
    """How a check run ends."""

    conclusion: str
    report: Report


def plain(conclusion: str, title: str, summary: str = "") -> Ending:
    """Return an ending that needs no report."""
    return Ending(conclusion, Report(title, summary or title, buttons=(RERUN,)))


async def open_check(parts: Parts, repo: Repo, number: int, job: str, head: str) -> None:
    """Create the check run of a review, once: whenever the process dies, and however many deliveries ask for it."""
    key = f"check:{job}"
    before = await parts.ask(parts.store.attempt, key, parts.now())
    if before.result not in (None, UNANSWERED):
        return
    await parts.ask(parts.store.check_opening, _open(repo, number, job, head, parts))
    found = None
    if not before.is_first:  # the request may have been sent: look before it is sent again
        found = next((run.id for run in await parts.github.checks_on(repo, head) if run.review == job), None)
        if found is None and before.result is None and await _is_young(parts, key):
            raise Unreachable("another delivery opens this check run now")
    try:
        check = found or await parts.github.create_check(repo, head, review=job, title=TITLE)
    except GitHubError:
        await parts.ask(parts.store.attempted, key, UNANSWERED)
        raise
    await parts.ask(parts.store.check_opened, job, check)
    await parts.ask(parts.store.attempted, key, str(check))


async def _is_young(parts: Parts, key: str) -> bool:
    """Return whether whoever began an attempt, and has not told how it ended, may still wait for GitHub's answer."""
    made = next((each.at for each in await parts.ask(parts.store.attempts, key) if each.key == key), parts.now())
    return parts.now() - made < OPENING


def _open(repo: Repo, number: int, job: str, head: str, parts: Parts) -> OpenCheck:
    return OpenCheck(
        review=job,
        installation=repo.installation,
        repository_id=repo.id,
        owner=repo.owner,
        name=repo.name,
        host=repo.host,
        number=number,
        head=head,
        check=None,
        at=parts.now(),
    )


async def close_check(parts: Parts, job: str, ending: Ending) -> bool:
    """Complete the check run of a review; returns whether one was open, and is not any more.

    What cannot be closed because the repository or the permission is gone is tried once more at once (raises
    Unreachable), then by the watchdog, and forgotten after an hour: nobody sees it any more.
    """
    closed = False
    for opened in await parts.ask(parts.store.open_checks, review=job):
        repo, again = repo_of(opened), False
        try:
            if check := opened.check or await _sent(parts, repo, opened):
                again = not (await parts.ask(parts.store.attempt, f"close:{job}", parts.now())).is_first
                await parts.github.finish_check(repo, check, ending.conclusion, ending.report, again=again)
                closed = True
        except (Gone, Forbidden) as error:
            if not again:
                raise Unreachable(f"the check run cannot be closed: {error}") from error
            if parts.now() - opened.at < LEFT:
                continue
        await parts.ask(parts.store.check_closed, job)
    return closed


async def _sent(parts: Parts, repo: Repo, opened: OpenCheck) -> int | None:
    """Return the check run whose creation was asked for and never answered."""
    return next((r.id for r in await parts.github.checks_on(repo, opened.head) if r.review == opened.review), None)


def repo_of(opened: OpenCheck) -> Repo:
    """Return the repository that a check run was opened in."""
    return Repo(opened.installation, opened.repository_id, opened.owner, opened.name, opened.host)
