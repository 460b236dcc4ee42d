"""What each command does, and the text that answers it. Doing a command twice is doing it once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bot.audit import finding_of
from bot.commands import answers
from bot.commands.model import (
    Command,
    Config,
    Dismiss,
    Explain,
    Fix,
    Help,
    History,
    Pause,
    Resume,
    Review,
    Status,
    Undismiss,
)
from bot.events import Commented, Repo
from bot.jobs.port import Json
from bot.posting.markers import digest_of, identity_in
from bot.posting.model import Identity
from bot.workflow.fixes import post_fixes
from bot.workflow.ids import subject_of
from bot.workflow.parts import Parts
from bot.workflow.silence import dismissal_of
from checks.finding import Finding
from kb.outcomes.app import DismissalSource
from kb.outcomes.past import PastFinding


def done(text: str, *, ok: bool = True, review: bool = False) -> Json:
    """Return a command's answer: its text, whether it did what was asked, and whether to review the head now."""
    return {"text": text, "ok": ok, "review": review}


async def findings_now(parts: Parts, repo: Repo, number: int, head: str) -> list[Finding]:
    """Return what the last review of this head posted and nobody has dismissed since."""
    last = await parts.ask(parts.store.last_audit, repo.identity, subject_of(number))
    if last is None or last.head != head:
        return []
    standing = await parts.ask(parts.store.standing, repo.identity, subject_of(number))
    return [finding_of(one.finding) for one in standing]


def identity_from(past: PastFinding) -> Identity:
    """Return what makes a finding of the past the same one now."""
    logged = past.finding
    return Identity(logged.fingerprint, logged.slug, logged.likeness, logged.path, digest_of(logged.symbol))


class Obeying:
    """Obeys commands: the store, the jobs and GitHub are asked, `bot.commands.answers` writes."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def obey(self, event: Commented, command: Command, *, mark: str) -> Json:
        """Do what a command asks, once per mark; returns its answer as `done` makes it."""
        match command:
            case Dismiss():
                return await self._dismiss(event, command, mark)
            case Undismiss():
                return await self._undismiss(event, command, mark)
            case Fix():
                return await self._fix(event, command, mark)
            case Pause() | Resume():
                return await self._pause(event, paused=isinstance(command, Pause))
            case Explain():
                return await self._explain(event, command)
            case History():
                return await self._history(event, command)
            case Status():
                return await self._status(event)
            case Config():
                return await self._config(event)
            case Help():
                return done(answers.help_text())
            case Review():
                return done("", review=True)
            case _:
                assert_never(command)

    async def _meant(self, event: Commented, name: str | None) -> PastFinding | str:
        """Return the finding that is meant on this pull request, or what is wrong with the name."""
        if name is None:
            identity = await self._of_thread(event)
            if identity is None:
                return answers.which_finding()
            name = identity.fingerprint
        found = await self._parts.ask(
            self._parts.store.finding, event.repo.identity, name, subject=subject_of(event.number)
        )
        marks = {one.finding.fingerprint for one in found}
        if len(marks) == 1:
            return next(iter(found))
        return answers.several(name, found) if marks else answers.no_such_finding(name)

    async def _of_thread(self, event: Commented) -> Identity | None:
        if event.reply_to is None:
            return None
        state = await self._parts.github.state(event.repo, event.number)
        thread = next((one for one in state.threads if one.comment == event.reply_to), None)
        return identity_in(thread.body, thread.path) if thread else None

    async def _dismiss(self, event: Commented, command: Dismiss, mark: str) -> Json:
        meant = await self._meant(event, command.finding)
        if isinstance(meant, str):
            return done(meant, ok=False)
        asked = dismissal_of(
            event.repo,
            event.number,
            identity_from(meant),
            event.sender,
            DismissalSource.COMMAND,
            command.reason,
            self._parts,
        )
        await self._parts.ask(self._parts.store.dismiss, asked, mark=mark)
        return done(answers.dismissed(meant, command.reason), review=True)

    async def _undismiss(self, event: Commented, command: Undismiss, mark: str) -> Json:
        meant = await self._meant(event, command.finding)
        if isinstance(meant, str):
            return done(meant, ok=False)
        parts, who = self._parts, event.sender
        undone = await parts.ask(
            parts.store.undismiss,
            event.repo.identity,
            meant.finding.fingerprint,
            by=who.login,
            by_id=who.id,
            at=parts.now(),
            mark=mark,
        )
        return done(answers.undismissed(meant, undone), ok=undone, review=undone)

    async def _fix(self, event: Commented, command: Fix, mark: str) -> Json:
        meant = await self._meant(event, command.finding)
        if isinstance(meant, str):
            return done(meant, ok=False)
        pull = await self._parts.github.pull(event.repo, event.number)
        if meant.head != pull.head:
            return done(answers.head_moved(meant), ok=False, review=True)
        posted = await post_fixes(self._parts, event.repo, pull, [finding_of(meant.finding)], mark)
        return done(answers.fixed(meant, posted=bool(posted)), ok=bool(posted))

    async def _pause(self, event: Commented, *, paused: bool) -> Json:
        by = event.sender.login if paused else None
        await self._parts.ask(self._parts.store.pause, event.repo.identity, event.number, by)
        return done(answers.paused(event.sender.login) if paused else answers.resumed(), review=not paused)

    async def _explain(self, event: Commented, command: Explain) -> Json:
        meant = await self._meant(event, command.finding)
        if isinstance(meant, str):
            return done(meant, ok=False)
        return done(answers.explained(meant))

    async def _history(self, event: Commented, command: History) -> Json:
        parts, repository = self._parts, event.repo.identity
        if command.slug is not None:
            findings: Sequence[PastFinding] = await parts.ask(parts.store.findings, repository, slug=command.slug)
            return done(answers.findings_table(findings))
        number = command.number or (None if command.path else event.number)
        subject = None if number is None else subject_of(number)
        audits = await parts.ask(parts.store.audits, repository, path=command.path, subject=subject)
        found = await parts.ask(parts.store.findings, repository, path=command.path, subject=subject)
        return done(answers.history(audits, found))

    async def _status(self, event: Commented) -> Json:
        parts, repository = self._parts, event.repo.identity
        pull = await parts.github.pull(event.repo, event.number)
        record = await parts.ask(parts.store.pull, repository, event.number)
        last = await parts.ask(parts.store.last_audit, repository, subject_of(event.number))
        checks = await parts.ask(parts.store.open_checks, prefix=f"rv:{event.repo.id}:{event.number}:")
        return done(answers.status(pull.head, record, last, running=[check.head for check in checks]))

    async def _config(self, event: Commented) -> Json:
        from bot.workflow.post import mirror_with
        from bot.workflow.read import settings_text

        pull = await self._parts.github.pull(event.repo, event.number)
        path, target = await mirror_with(self._parts, event.repo, pull, pull.base)
        text = await self._parts.ask(settings_text, path, target)
        return done(answers.config(text, target))
