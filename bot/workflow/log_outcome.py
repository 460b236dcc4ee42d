"""The step `log`: the verdict goes into the outcomes store, with what became of earlier findings and suggestions."""

from __future__ import annotations

from bot.audit import audit_of
from bot.events import Repo
from bot.github.model import Pull
from bot.jobs.port import Json
from bot.mirrors import CommitNote, commits_between, text_at
from bot.mistakes import mistakes_in, was_told
from bot.workflow.ground import landed_in
from bot.workflow.ids import subject_of
from bot.workflow.parts import Parts
from bot.workflow.wire import pull_from, read, repo_from
from checks.verdict import Verdict
from kb.outcomes.app import Note
from kb.outcomes.audit import Became, LoggedSuggestion
from kb.outcomes.past import PastFinding

WEB_FLOW = "noreply@github.com"  # who commits what is accepted in the browser
BY_TRAILER, BY_CONTENT = "committed in the browser, with us as co-author", "the file has the suggested text now"


class Logging:
    """The step that logs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def log(self, job: str, repo_json: Json, pull_json: Json, verdict_json: Json) -> Json:
        """Log the verdict once, under the job's id; returns the audit's id."""
        parts, repo, pull = self._parts, repo_from(repo_json), pull_from(pull_json)
        verdict = read(verdict_json, Verdict)
        await self._note_committed(repo, pull, verdict)
        now = parts.now()
        audit = audit_of(verdict, now=now)
        landed = landed_in(parts.mirrors.path_of(repo))
        logged = await parts.ask(parts.store.log, audit, landed=landed, spooled=job)
        mistakes = mistakes_in(verdict, now)
        # once: a mistake that is told again counts again
        if mistakes and (await parts.ask(parts.store.attempt, f"mistakes:{job}", now)).is_first:
            await parts.ask(parts.store.note_mistakes, repo.identity, mistakes, now)
        if was_told(verdict):
            await parts.ask(parts.store.heed_checklists, repo.identity, now)
        await parts.ask(parts.store.learn, repo.identity, now)
        return logged

    async def _note_committed(self, repo: Repo, pull: Pull, verdict: Verdict) -> None:
        """Note which suggestions were taken over since the last review: before the log calls their findings fixed."""
        parts, subject = self._parts, subject_of(pull.number)
        last = await parts.ask(parts.store.last_audit, repo.identity, subject)
        if last is None or last.head == pull.head:
            return
        here = {finding.fingerprint for finding in (*verdict.findings, *(s.finding for s in verdict.silenced))}
        standing = await parts.ask(parts.store.standing, repo.identity, subject)
        asked = [one for one in standing if one.finding.suggestion and one.finding.fingerprint not in here]
        if not asked:
            return
        mirror = parts.mirrors.path_of(repo)
        commits = await parts.ask(commits_between, mirror, last.head, pull.head)
        bot = (await parts.github.app()).bot_login
        for one in asked:
            text = await parts.ask(text_at, mirror, pull.head, one.finding.path)
            if how := _taken_over(one, text, commits, bot):
                mark = one.finding.fingerprint
                note = Note(repo.identity, subject, mark, Became.COMMITTED, pull.head, how, parts.now())
                await parts.ask(parts.store.note, note, mark=f"committed:{subject}:{one.audit}:{mark}")


def _taken_over(one: PastFinding, text: bytes | None, commits: tuple[CommitNote, ...], bot: str) -> str:
    """Return how a suggestion was taken over, "" if it was not: its text must be there, its finding gone."""
    suggestion = one.finding.suggestion
    if suggestion is None or text is None or not _has(text, suggestion):
        return ""
    for commit in commits:
        if one.finding.path in commit.paths and commit.email == WEB_FLOW and _names(commit, bot):
            return BY_TRAILER
    return BY_CONTENT


def _names(commit: CommitNote, bot: str) -> bool:
    return any(key.lower() == "co-authored-by" and bot.lower() in value.lower() for key, value in commit.trailers)


def _has(text: bytes, suggestion: LoggedSuggestion) -> bool:
    """Return whether a file holds a suggestion's lines; one that deletes lines leaves nothing to be found."""
    wanted = suggestion.replacement.replace("\r\n", "\n").strip("\n")
    return bool(wanted.strip()) and wanted in text.decode("utf-8", "replace").replace("\r\n", "\n")
