"""Slash commands and replies: who may, what is done, and the one reply and reaction that answer."""

from __future__ import annotations

from bot.commands.model import Misread, Review
from bot.commands.parse import parse
from bot.commands.phrases import prose
from bot.commands.reply import wont_fix
from bot.commands.rights import allowed, too_often
from bot.events import Commented
from bot.github.errors import Gone, Refused
from bot.github.model import Reaction, Right
from bot.jobs.port import Jobs, Json
from bot.posting.markers import identity_in
from bot.workflow.arrive import Arriving
from bot.workflow.asker import CLOSED, answer_key, asked_by
from bot.workflow.calls import Caller, step
from bot.workflow.obey import Obeying
from bot.workflow.parts import Parts
from bot.workflow.silence import dismissal_of
from bot.workflow.wire import read, to_json
from kb.outcomes.app import DismissalSource

IN_VAIN = "refused too often, and told so"
WORKING = "Reviewing the head of this pull request."


class Commanding:
    """The steps that answer people, registered once per worker."""

    def __init__(self, jobs: Jobs, parts: Parts, arriving: Arriving) -> None:
        self._parts, self._arriving = parts, arriving
        self._obeying = Obeying(jobs, parts)
        self._may = step(jobs, "may", self._may_they)
        self._obey = step(jobs, "obey", self._obeyed)
        self._reply = step(jobs, "reply", self._replied)
        self._react = step(jobs, "react", self._reacted)
        self._wont_fix = step(jobs, "wont-fix", self._heeded)

    async def commented(self, call: Caller, event: Commented) -> str:
        """Obey a comment's commands, or heed a reply that says won't fix; returns what was done."""
        said = to_json(event)
        asked = parse(event.body)
        if not asked:
            if event.reply_to is not None and wont_fix(event.body):
                return await self._heed_reply(call, said)
            return "nothing asked"
        if why := await call(self._may, said):
            if why != IN_VAIN:
                await call(self._react, said, Reaction.CONFUSED.value)
            return f"refused: {why}"
        texts, understood = [], True
        for number, command in enumerate(asked):
            if isinstance(command, Misread):
                texts.append(command.text)
                understood = False
            elif isinstance(command, Review):
                texts.append(WORKING)
            else:
                done = await call(self._obey, said, number)
                texts.append(done["text"])
                understood = understood and done["ok"]
                if done.get("review"):
                    asked = (*asked, Review())
        reply = await call(self._reply, said, "\n\n".join(texts))
        await call(self._react, said, (Reaction.DONE if understood else Reaction.CONFUSED).value)
        if any(isinstance(command, Review) for command in asked):
            answer = {"comment": reply, "in_review": event.in_review, "text": "\n\n".join(texts)}
            queued = await self._arriving.ask_review(call, event.repo, event.number, asked_by(event), answer)
            if queued == "closed":
                await call(self._reply, said, "\n\n".join([*texts, CLOSED]))
        return ", ".join(type(command).__name__.lower() for command in asked)

    async def _heed_reply(self, call: Caller, said: Json) -> str:
        heeded = await call(self._wont_fix, said)
        if heeded:
            await call(self._react, said, Reaction.DONE.value)
        return "dismissed" if heeded else "a reply by somebody who may not dismiss, or to nothing of ours"

    async def _may_they(self, said: Json) -> Json:
        """Return why somebody may not have a command obeyed, "" if they may.

        Who was refused too often is not looked at for a while: strangers must not spend our share of requests.
        """
        event, parts = read(said, Commented), self._parts
        prefix = f"refused:{event.repo.id}:{event.sender.id}:"
        if too_often([one.at for one in await parts.ask(parts.store.attempts, prefix)], parts.now()):
            return IN_VAIN
        if why := await self._refusal(event):
            await parts.ask(parts.store.attempt, f"{prefix}{event.comment}", parts.now())
        return why

    async def _refusal(self, event: Commented) -> str:
        """Return what forbids a comment's commands, "" if nothing: the rights of each, and how many there were."""
        parts = self._parts
        right = await parts.github.right_of(event.repo, event.sender)
        is_author = False
        if right is Right.NONE or not right.covers(Right.TRIAGE):
            is_author = (await parts.github.pull(event.repo, event.number)).author.id == event.sender.id
        for command in parse(event.body):
            needed = command if not isinstance(command, Misread) else None
            if needed is not None and (why := allowed(needed, right, is_author=is_author)):
                return why
            if needed is None and not (is_author or right.covers(Right.TRIAGE)):
                return "Only people of this repository are answered."
        prefix = f"cmd:{event.repo.id}:{event.sender.id}:"
        own = f"{prefix}{event.comment}"
        times = [one.at for one in await parts.ask(parts.store.attempts, prefix) if one.key != own]
        if why := too_often(times, parts.now()):
            return why
        await parts.ask(parts.store.attempt, own, parts.now())
        return ""

    async def _obeyed(self, said: Json, number: int) -> Json:
        """Do what the comment's command of this number asks; doing it twice is doing it once."""
        event = read(said, Commented)
        command = parse(event.body)[number]
        if isinstance(command, Misread):
            return {"text": command.text, "ok": False}
        try:
            return await self._obeying.obey(event, command, mark=f"cmd:{event.comment}:{number}")
        except Refused as refused:
            return {
                "text": f"GitHub did not take it: {prose(refused.reasons[0] if refused.reasons else str(refused))}",
                "ok": False,
            }

    async def _replied(self, said: Json, text: str) -> Json:
        """Answer a comment once: with a marker, so that an answer whose receipt was lost is found again."""
        event, parts = read(said, Commented), self._parts
        marker = f"<!-- prudent:reply to={event.comment} -->"
        body = f"{marker}\n{text}"
        key = answer_key(event.repo.id, event.comment)
        before = await parts.ask(parts.store.attempt, key, parts.now())
        reply = int(before.result) if before.result else None
        if reply is None and not before.is_first:
            since = (await parts.ask(parts.store.attempts, key))[0].at
            ours = await parts.github.replies_since(event.repo, event.number, since, in_review=event.in_review)
            reply = next((number for number, written in ours if written.startswith(marker)), None)
        if reply is not None:
            await parts.github.edit_comment(event.repo, reply, body, in_review=event.in_review)
        else:
            to = (event.reply_to or event.comment) if event.in_review else None
            reply = await parts.github.reply(event.repo, event.number, body, in_reply_to=to)
        await parts.ask(parts.store.attempted, key, str(reply))
        return reply

    async def _reacted(self, said: Json, reaction: str) -> Json:
        event = read(said, Commented)
        try:
            await self._parts.github.react(event.repo, event.comment, Reaction(reaction), in_review=event.in_review)
        except Gone:  # the comment was deleted meanwhile
            return False
        return True

    async def _heeded(self, said: Json) -> Json:
        """Dismiss the finding of the thread that a reply says won't fix about, if its writer may."""
        event, parts = read(said, Commented), self._parts
        if not (await parts.github.right_of(event.repo, event.sender)).covers(Right.WRITE):
            return False
        state = await parts.github.state(event.repo, event.number)
        thread = next((one for one in state.threads if one.comment == event.reply_to), None)
        identity = identity_in(thread.body, thread.path) if thread else None
        if identity is None:
            return False
        reason = "said in a reply that it is not to be fixed"
        source = DismissalSource.REPLY
        asked = dismissal_of(event.repo, event.number, identity, event.sender, source, reason, parts)
        await parts.ask(parts.store.dismiss, asked, mark=f"{DismissalSource.REPLY}:{event.reply_to}:{event.sender.id}")
        return True
