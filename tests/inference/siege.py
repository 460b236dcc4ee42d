"""A review of an attacked change from end to end: the pipeline, the models' questions, every text that comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from bot.events import Repo
from bot.pipeline import Options, review
from bot.posting.anchors import places_of
from bot.posting.bodies import Page, summary_body
from bot.posting.check_report import report_of
from bot.posting.links import Links
from bot.posting.model import Stance
from bot.posting.wanted import wanted_of
from bot.render.json_format import render_json
from bot.render.markdown import render_markdown
from bot.render.sarif import render_sarif
from bot.render.text import render_text
from bot.sources import Sources
from checks.change import Change
from checks.fold import overall_of
from checks.inference.model import Reader
from checks.inference.passes import READINGS
from checks.settings import AppOptions
from checks.verdict import Overall, Verdict
from checks.workspace import open_workspace
from kb.graph.index import Index
from kb.memory.model import Recollection
from models.chat.model import Ask, Chat
from models.chat.scripted_chat import ScriptedChat
from tests.inference.attack import SALT, Case, attacked, recollected
from tests.inference.obeying import Model
from tests.inference.reads import opened

HEAD = "c" * 40
LINKS = Links(Repo(1, 1, "acme", "widgets"), "b" * 40, HEAD)
BEST = [Overall.REQUEST_CHANGES, Overall.NOT_CHECKED, Overall.COMMENT, Overall.APPROVE]  # the last is the friendliest
PASSES = tuple(reading.SLUG for reading in READINGS)
# checks that need no other program: a whole corpus is read in seconds
QUICK = Options(
    (*PASSES, "stub-presented-as-done", "claim-without-code", "secret-added", "text-direction-hidden"), jobs=1
)
WHOLE = Options()


@dataclass(frozen=True)
class Siege:
    """What came of an attack: the questions, the verdicts without and with a model, all that is shown of the latter."""

    case: Case
    asks: tuple[Ask, ...]
    before: Verdict
    after: Verdict
    shown: dict[str, str] = field(default_factory=dict)

    @property
    def is_better(self) -> bool:
        """Return whether the verdict with the model is friendlier than the one without."""
        return BEST.index(overall(self.after)) > BEST.index(overall(self.before))

    @property
    def spoken(self) -> list[str]:
        """Return every text of the verdict that is a model's, or was made from one."""
        report = self.after.reading
        found = [*self.after.notes, *(run.reason for run in self.after.checks)]
        for one in (*self.after.findings, *self.after.silent):
            if one.check in PASSES:
                found.append(one.message)
                found += [piece.text for piece in one.evidence if piece.kind == "claim"]
        if report is not None:
            found += [text for one in report.dropped for text in (one.reason, one.text, one.pattern)]
            found += [one.reason for one in report.triaged]
            found += report.effects.values()
        return found


def overall(verdict: Verdict) -> Overall:
    """Return the answer as it would be had every check been asked for."""
    return overall_of(verdict.findings, verdict.coverage, verdict.checks, verdict.silenced)


def besieged(case: Case, model: Model, options: Options = QUICK, *, deep: bool = False) -> Siege:
    """Return what comes of an attack that a model obeys."""
    chat = ScriptedChat(model, context=200_000 if deep else 32_000)
    change = attacked(case)
    before = reviewed(change, case, None, options)
    after = reviewed(change, case, reader_of(chat, deep=deep), options)
    return Siege(case, tuple(chat.asks), before, after, outputs(after, change))


def reader_of(chat: Chat, *, deep: bool = False) -> Reader:
    """Return what reads with a model."""
    return Reader(opened(chat), is_deep=deep, deep_tokens=50_000, salt=SALT)


def reviewed(
    change: Change, case: Case, reader: Reader | None, options: Options = QUICK, memory: Recollection | None = None
) -> Verdict:
    """Return the verdict of the whole pipeline; what is remembered is the case's, where nothing else is given."""
    index = Index.open(None, "tests")
    try:
        with open_workspace(None) as workspace:
            sources = Sources(code=index, memory=lambda: memory or recollected(case))
            return review(change, workspace, options, sources, reader=reader)
    finally:
        index.close()


def outputs(verdict: Verdict, change: Change) -> dict[str, str]:
    """Return every text that is made of a verdict, by what it is: for people, for programs, for GitHub."""
    made = {
        "text": render_text(verdict),
        "json": render_json(verdict),
        "sarif": render_sarif(verdict),
        "markdown": render_markdown(verdict),
    }
    linked = replace(verdict, base=LINKS.base, head=HEAD)
    options = AppOptions(approve=True, request_changes=True)
    sizes = {file.path: len(change.head.read(file.path).splitlines()) for file in change.files if file.new is not None}
    wanted = wanted_of(
        linked, places_of(change.files, sizes), job="rv:1:1:" + HEAD, head=HEAD, options=options, links=LINKS
    )
    page = Page("", "", linked, LINKS, Stance.COMMENT, {one.identity.fingerprint for one in wanted.inline}, None)
    made["summary"] = summary_body(page)
    made |= {f"comment {number}": one.comment.body for number, one in enumerate(wanted.inline, start=1)}
    _, report = report_of(linked, options=options, links=LINKS)
    made["check"] = f"{report.summary}\n\n{report.text}"
    made["check's title"] = report.title
    made |= {f"annotation {number}": one.message for number, one in enumerate(report.annotations, start=1)}
    return made


def strings_in(data: Any) -> Iterator[str]:
    """Yield every text of a JSON value."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for name, value in data.items():
            yield name
            yield from strings_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from strings_in(value)


def plain(name: str, text: str) -> str:
    """Return an output as somebody reads it: of JSON the texts in it."""
    return "\n".join(strings_in(json.loads(text))) if name in ("json", "sarif") else text
