"""Changes in memory read by a model that answers as it is told to, with a real index of their code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from checks.change import Change, Statement
from checks.finding import Confidence, Evidence, Finding, Severity, with_fingerprints
from checks.inference.model import Read, Reader, Role
from checks.inference.passes import READINGS
from checks.inference.reading import STANDS
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.workspace import open_workspace
from kb.graph.code import Code
from kb.graph.index import Index
from kb.memory.model import Recollection
from models.chat.model import Ask, Chat
from models.chat.scripted_chat import ScriptedChat
from tests.checks.trees import change_of

PASSES = {reading.SLUG.replace("-", "_"): reading.SLUG for reading in READINGS}
NOTHING: Mapping[str, Any] = {"claims": []}
KEEP: Mapping[str, Any] = {"decisions": []}
Texts = Mapping[str, str | bytes | None]

BEFORE = {"shop/pages.py": "def page(rows, size):\n    return rows[:size]\n"}
AFTER = {"shop/pages.py": "def page(rows, size):\n    return rows[: size - 1]\n"}
LINE = "return rows[: size - 1]"


def says(
    claims: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    verdict: Mapping[str, Any] = STANDS,
    triage: Mapping[str, Any] = KEEP,
) -> Callable[[Ask], Mapping[str, Any]]:
    """Return a script: claims by the slug of their pass, one verdict on every claim, one triage."""
    by_slug = claims or {}

    def answer(ask: Ask) -> Mapping[str, Any]:
        if ask.name == "refutation":
            return verdict
        if ask.name == "triage":
            return triage
        fields = ask.schema["properties"]["claims"]["items"]["properties"]
        more = {"cites": []} if "cites" in fields else {}
        return {"claims": [{**claim, **more, **claim} for claim in by_slug.get(PASSES[ask.name], ())]}

    return answer


def scripted(answers: Callable[[Ask], Mapping[str, Any]], context: int = 32_000) -> ScriptedChat:
    """Return a model that answers by a script."""
    return ScriptedChat(answers, context=context)


def opened(chat: Chat) -> Callable[[Role], Chat]:
    """Return what opens one model for every role."""
    return lambda role: chat


def change_with(before: Texts, after: Texts, statement: str = "") -> Change:
    """Return the change between two trees, with a text that speaks about it."""
    change = change_of(before, after)
    return replace(change, statements=(Statement("commit 1a2b3c4", statement),)) if statement else change


def read(
    before: Texts,
    after: Texts,
    chat: Chat,
    *,
    statement: str = "",
    findings: Sequence[Finding] = (),
    settings: Settings | None = None,
    memory: Recollection | None = None,
    with_code: bool = True,
    reader: Reader | None = None,
    clock: Callable[[], float] = lambda: 0.0,
) -> Read:
    """Return what reading the change between two trees brings."""
    from checks.inference.read import read_change

    change = change_with(before, after, statement)
    made = reader or Reader(opened(chat), salt=b"tests")
    index = Index.open(None, "tests")
    try:
        with open_workspace(None) as workspace:
            knowledge = Knowledge(workspace, settings or Settings(), code=index, memory=lambda: memory)
            code: Code | None = index.change(change.base, change.head, change.identity).head if with_code else None
            return read_change(change, findings, knowledge, code, None, made, clock)
    finally:
        index.close()


def places(found: Read) -> list[tuple[str, str, int]]:
    """Return (slug, path, line) of what was said."""
    return sorted((one.slug, one.path, one.line) for one in found.findings)


def reasons(found: Read) -> list[tuple[str, str]]:
    """Return (slug, reason) of what was not said, each once."""
    return sorted({(one.slug, one.reason) for one in found.report.dropped})


def unsure_findings() -> list[Finding]:
    """Return what another check says and is unsure of: a model is asked about it."""
    made = Finding(
        "undefined-name",
        "undefined-name",
        Severity.WARN,
        Confidence.MEDIUM,
        "config.py",
        1,
        1,
        "Name `rows` may be empty",
        text="LIMIT = 10",
        evidence=(Evidence("quote", "config.py", 1, "LIMIT = 10"),),
    )
    return with_fingerprints([made], {})
