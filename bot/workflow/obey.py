"""What each command does, and the text that answers it. Doing a command twice is doing it once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, assert_never

from bot.audit import finding_of
from bot.commands import answers, rules
from bot.commands.config import config
from bot.commands.explain import explain, explain_slug, fix
from bot.commands.history import history_of
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
    RuleAction,
    Rules,
    Status,
    Undismiss,
)
from bot.events import Commented, Repo
from bot.github.errors import Forbidden, Refused
from bot.github.model import Thread
from bot.jobs.port import Jobs, Json
from bot.posting.markers import digest_of, identity_in
from bot.posting.model import Identity
from bot.workflow.fixes import post_fixes
from bot.workflow.ground import mirror_with
from bot.workflow.ids import review_prefix, subject_of
from bot.workflow.parts import Parts
from bot.workflow.read import settings_text
from bot.workflow.silence import dismissal_of
from checks import registry
from checks.finding import Disposition, Finding
from kb.memory.model import RuleState
from kb.outcomes.app import Dismissal, DismissalSource
from kb.outcomes.audit import Became
from kb.outcomes.past import PastFinding

SETTLED = (Became.FIXED, Became.DISMISSED, Became.SILENCED)


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

    def __init__(self, jobs: Jobs, parts: Parts) -> None:
        self._jobs, self._parts = jobs, parts

    async def obey(self, event: Commented, command: Command, *, mark: str) -> Json:
        """Do what a command asks, once per mark; returns its answer as `done` makes it."""
        match command:
            case Dismiss():
                return await self._dismiss(event, command, mark)
            case Undismiss():
                return await self._undismiss(event, command, mark)
            case Fix():
                return await self._fix(event, command, mark)
            case Pause():
                return await self._pause(event)
            case Resume():
                return await self._resume(event)
            case Explain():
                return await self._explain(event, command)
            case History():
                text = await self._ask(history_of, self._parts.store, event.repo.identity, event.number, command)
                return done(text)
            case Status():
                return await self._status(event)
            case Rules():
                return await self._rules(event, command)
            case Config():
                return await self._config(event)
            case Help():
                return done(answers.help_text())
            case Review():
                return done("", review=True)
            case _:
                assert_never(command)

    @property
    def _ask(self) -> Callable[..., Awaitable[Any]]:
        return self._parts.ask

    async def _meant(self, event: Commented, name: str | None) -> PastFinding | str:
        """Return the finding that is meant on this pull request, or what is wrong with the name."""
        store, repository, subject = self._parts.store, event.repo.identity, subject_of(event.number)
        if name is None:
            thread = await self._thread(event, lambda one: one.comment == event.reply_to)
            identity = identity_in(thread.body, thread.path) if thread else None
            name = identity.fingerprint if identity else None
        found = await self._ask(store.finding, repository, name, subject=subject) if name else ()
        meant = answers.chosen(name or "", found)
        return meant or answers.which(name, found, await self._ask(store.standing, repository, subject))

    async def _thread(self, event: Commented, is_meant: Callable[[Thread], bool]) -> Thread | None:
        state = await self._parts.github.state(event.repo, event.number)
        return next(filter(is_meant, state.threads), None)

    async def _dismiss(self, event: Commented, command: Dismiss, mark: str) -> Json:
        meant = await self._meant(event, command.finding)
        if isinstance(meant, str):
            return done(meant, ok=False)
        identity, source, store = identity_from(meant), DismissalSource.COMMAND, self._parts.store
        asked = dismissal_of(event.repo, event.number, identity, event.sender, source, command.reason, self._parts)
        await self._ask(store.dismiss, asked, mark=mark)
        await self._resolve(event, identity)
        held = await self._held(event, identity.fingerprint)
        return done(answers.dismissed(held[0] if held else asked), review=True)

    async def _resolve(self, event: Commented, identity: Identity) -> None:
        """Resolve the thread of a dismissed finding where we may: it must not hold up a merge."""

        def is_meant(thread: Thread) -> bool:
            said = identity_in(thread.body, thread.path)
            return said is not None and said.fingerprint == identity.fingerprint and not thread.is_resolved

        thread = await self._thread(event, is_meant)
        if thread is not None and thread.can_resolve:
            try:
                await self._parts.github.resolve_thread(event.repo, thread.node)
            except (Forbidden, Refused):
                return

    async def _held(self, event: Commented, name: str) -> list[Dismissal]:
        """Return the dismissals that a fingerprint, its first digits, or a slug names."""
        held = await self._ask(self._parts.store.dismissals, event.repo.identity)
        return [one for one in held if one.fingerprint.startswith(name) or one.slug == name]

    async def _undismiss(self, event: Commented, command: Undismiss, mark: str) -> Json:
        name, parts = command.finding, self._parts
        before = await self._ask(parts.store.attempt, mark, parts.now())
        if before.result:  # it was begun, and what it takes back may be gone from the dismissals by now
            fingerprint, _, text = before.result.partition(" ")
            return await self._undone(event, fingerprint, text, mark)
        if name is None:
            thread = await self._thread(event, lambda one: one.comment == event.reply_to)
            identity = identity_in(thread.body, thread.path) if thread else None
            name = identity.fingerprint if identity else ""
        meant = await self._held(event, name) if name else []
        if len({one.fingerprint for one in meant}) != 1:
            held = meant or await self._ask(parts.store.dismissals, event.repo.identity)
            return done(answers.not_dismissed(name or "It", held), ok=False)
        text = answers.undismissed(meant[0])
        await self._ask(parts.store.attempted, mark, f"{meant[0].fingerprint} {text}")
        return await self._undone(event, meant[0].fingerprint, text, mark)

    async def _undone(self, event: Commented, fingerprint: str, text: str, mark: str) -> Json:
        asked = {"by": event.sender.login, "by_id": event.sender.id, "at": self._parts.now(), "mark": mark}
        await self._ask(self._parts.store.undismiss, event.repo.identity, fingerprint, **asked)
        return done(text, review=True)

    async def _fix(self, event: Commented, command: Fix, mark: str) -> Json:
        meant = await self._meant(event, command.finding)
        if isinstance(meant, str):
            return done(meant, ok=False)
        pull = await self._parts.github.pull(event.repo, event.number)
        suggestion = meant.finding.suggestion
        is_safe = suggestion is not None and suggestion.disposition == Disposition.SAFE
        fits = is_safe and meant.head == pull.head and meant.became not in SETTLED
        if fits and await post_fixes(self._parts, event.repo, pull, [finding_of(meant.finding)], mark):
            return done("The proven suggestion stands on its lines.")
        return done(fix(meant, head=pull.head, lines=None), ok=is_safe, review=is_safe and meant.head != pull.head)

    async def _pause(self, event: Commented) -> Json:
        who = event.sender.login
        await self._ask(self._parts.store.pause, event.repo.identity, event.number, who)
        return done(answers.paused(who))

    async def _resume(self, event: Commented) -> Json:
        store, repository = self._parts.store, event.repo.identity
        was_paused = (await self._ask(store.pull, repository, event.number)).paused_by is not None
        await self._ask(store.pause, repository, event.number, None)
        return done(answers.resumed(was_paused), review=was_paused)

    async def _explain(self, event: Commented, command: Explain) -> Json:
        meant = await self._meant(event, command.finding)
        if not isinstance(meant, str):
            mark = meant.finding.fingerprint
            trail = await self._ask(self._parts.store.outcomes, event.repo.identity, subject_of(event.number), mark)
            return done(explain(meant, trail))
        about = explain_slug(command.finding) if command.finding else None
        return done(about or meant, ok=about is not None)

    async def _status(self, event: Commented) -> Json:
        store, repository, subject = self._parts.store, event.repo.identity, subject_of(event.number)
        pull = await self._parts.github.pull(event.repo, event.number)
        text = answers.status(
            await self._ask(store.pull, repository, event.number),
            await self._ask(store.last_audit, repository, subject),
            head=pull.head,
            jobs=await self._jobs.find(review_prefix(event.repo, event.number), active=False),
            standing=await self._ask(store.standing, repository, subject),
        )
        return done(text)

    async def _rules(self, event: Commented, command: Rules) -> Json:
        """List the learned rules, change one's state, or let a slug speak again; names may carry our prefix."""
        store, repository, who = self._parts.store, event.repo.identity, event.sender
        at = self._parts.now()
        if command.action is RuleAction.VOICE:
            await self._ask(store.voice, repository, command.slug, by=who.login, by_id=who.id, at=at)
            return done(rules.voiced(command.slug, who.login, at))
        known = await self._ask(store.rules, repository)
        state = rules.state_after(command.action)
        if state is None:
            return done(rules.rules(known))
        named = {one.slug for one in known if one.state is not RuleState.RETIRED or state is RuleState.RETIRED}
        names = (command.slug, command.slug.removeprefix("learned-"))
        slug = next((name for name in names if name in named), None)
        before = await self._ask(store.set_rule, repository, slug, state, by=who.login, at=at) if slug else None
        if before is None:
            return done(rules.unknown(command.slug, known), ok=False)
        return done(rules.changed(command, before))

    async def _config(self, event: Commented) -> Json:
        pull = await self._parts.github.pull(event.repo, event.number)
        path, target = await mirror_with(self._parts, event.repo, pull, pull.base)
        text = await self._ask(settings_text, path, target)
        return done(config(text, target, registry.slugs()))
