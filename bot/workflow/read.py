"""The step `read`: fetch a head into the mirror, have it reviewed by a process without secrets, return the verdict."""

from __future__ import annotations

from pathlib import Path

from bot.dismissals import unread_verdict
from bot.events import Repo
from bot.github.errors import Gone, Unreachable
from bot.github.model import Pull
from bot.jobs.port import Json
from bot.logs import log
from bot.mirrors import Fetched, Why
from bot.reading.model import Request, Unread
from bot.workflow.ids import subject_of
from bot.workflow.parts import Parts
from bot.workflow.recalling import recalled
from bot.workflow.wire import pull_from, repo_from, to_json
from checks import registry
from checks.settings import Settings
from checks.settings_file import PATH as SETTINGS_PATH
from checks.settings_file import parse_settings
from checks.verdict import Verdict
from kb.errors import BadSettings, CorruptObject, UserError
from kb.repository import Repository

AGAIN_LATER = (Why.BUSY, Why.UNREACHABLE, Why.DISK, Why.DAMAGED)


class Reading:
    """The steps that read."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def unwanted(self, repo_json: Json, pull_json: Json) -> Json:
        """Return why people do not want this pull request reviewed now, "" if they do."""
        repo = repo_from(repo_json)
        record = await self._parts.ask(self._parts.store.pull, repo.identity, pull_json["number"])
        return f"Paused by {record.paused_by}" if record.paused_by else ""

    async def read(self, repo_json: Json, pull_json: Json, asked: bool) -> Json:
        """Return the verdict on a pull request's head and the tip it was read against, or why it is skipped.

        `asked`: somebody asked for this review, so nothing is skipped.
        """
        async with self._parts.room:
            return await self._read(repo_from(repo_json), pull_from(pull_json), asked)

    async def _read(self, repo: Repo, pull: Pull, asked: bool) -> Json:
        fetched = await fetch(self._parts, repo, pull)
        settings, problem = await self._parts.ask(settings_at, fetched.path, fetched.target)
        if not asked and (why := skipped(pull, settings)):
            return {"skip": why}
        if problem:
            verdict = unread_verdict(repo.identity, subject_of(pull.number), pull.head, problem)
        else:
            verdict = await self._verdict(repo, pull, fetched)
        return {"verdict": to_json(verdict), "target": fetched.target}

    async def _verdict(self, repo: Repo, pull: Pull, fetched: Fetched) -> Verdict:
        async with recalled(self._parts, repo.identity, subject_of(pull.number)) as recollection:
            return await self._answered(repo, pull, fetched, recollection)

    async def _answered(self, repo: Repo, pull: Pull, fetched: Fetched, recollection: str) -> Verdict:
        parts = self._parts
        refused = await parts.ask(parts.store.failed_patches, repo.identity, parts.now()) if parts.model else ()
        request = Request(
            mirror=str(fetched.path),
            repository=repo.identity,
            subject=subject_of(pull.number),
            target=fetched.target,
            head=pull.head,
            title=pull.title,
            body=pull.body,
            cache=self._parts.cache,
            model=parts.model,
            refused=refused,
            recollection=recollection,
        )
        answer = await self._parts.read(request)
        if isinstance(answer, Unread):
            log("read").warning("unread", repository=repo.identity, head=pull.head, ours=answer.ours)
            if answer.again:
                raise Unreachable(f"the mirror could not be read: {answer.reason}")
            return unread_verdict(repo.identity, request.subject, pull.head, answer.reason)
        return answer.verdict


async def fetch(parts: Parts, repo: Repo, pull: Pull) -> Fetched:
    """Return the mirror with a pull request's head in it; raises a GitHubError where there is none to be had."""
    token = await parts.github.token(repo)
    fetched = await parts.mirrors.fetch(repo, pull.number, pull.head, pull.base_ref, token)
    if isinstance(fetched, Fetched):
        return fetched
    log("fetch").warning(fetched.kind, repository=repo.identity, number=pull.number, reason=fetched.reason)
    if fetched.kind is Why.DENIED:  # by a token that GitHub has just given: ask what has changed
        await parts.github.pull(repo, pull.number)
    if fetched.kind is Why.DENIED or fetched.kind in AGAIN_LATER:
        # What git itself says of a mirror names folders of this machine: that is for the log.
        said = "git cannot use the mirror" if fetched.kind is Why.DAMAGED else fetched.reason
        raise Unreachable(f"the repository cannot be fetched now: {said}")
    raise Gone(f"the repository or the head cannot be fetched: {fetched.reason}")


def settings_at(mirror: Path, commit: str) -> tuple[Settings, str]:
    """Return the settings at the tip of the target branch, and what is wrong with them ("" if nothing is)."""
    with Repository.open(mirror) as repository:
        try:
            return parse_settings(repository.view(commit).read(SETTINGS_PATH), registry.slugs()), ""
        except KeyError:
            return Settings(), ""
        except (BadSettings, CorruptObject, UserError) as error:
            return Settings(), f"the settings on the target branch cannot be used: {error}"


def skipped(pull: Pull, settings: Settings) -> str:
    """Return why the repository's settings leave this pull request out, "" if they do not."""
    app = settings.app
    if pull.is_draft and not app.drafts:
        return "Draft: reviewed when it is marked ready"
    if pull.author.is_bot and not app.bots:
        return "Opened by a bot: left out by the settings"
    if pull.author.login.lower() in {login.lower() for login in app.ignore_authors}:
        return "Its author is left out by the settings"
    if {label.lower() for label in pull.labels} & {label.lower() for label in app.ignore_labels}:
        return "One of its labels leaves it out by the settings"
    return ""


def may_be_approved(repo: Repo, pull: Pull, settings: Settings) -> bool:
    """Return whether an approval is ours to give: never to a fork's change, nor to what is reviewed only when asked."""
    is_fork = (pull.head_repository or "").lower() != repo.full_name.lower()
    return settings.app.approve and not is_fork and not skipped(pull, settings)


def settings_text(mirror: Path, commit: str) -> bytes | None:
    """Return the settings file at the tip of the target branch as it is written; None where there is none."""
    with Repository.open(mirror) as repository:
        try:
            return repository.view(commit).read(SETTINGS_PATH)
        except (KeyError, CorruptObject, UserError):
            return None
