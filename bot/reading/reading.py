"""The review itself, in the process that reads what strangers wrote: from a request to an answer."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from bot.pipeline import Options, change_of, review
from bot.reading.model import Reading, Request, Unread
from bot.reading.piped import Pipe
from bot.reading.reader import reader_in
from bot.remembering import FiledMemory
from bot.render.escape import printable
from bot.render.scrub import scrubbed
from bot.sources import open_sources
from bot.writing import writer_with
from checks.change import Change, Statement
from checks.verdict import Coverage, Overall, Verdict
from checks.workspace import open_workspace
from kb.errors import BadSettings, EmptyRange, NoCommonAncestor, UserError
from kb.git_range import LONGEST_MESSAGE
from kb.redact import redact
from kb.repository import Repository

NOTHING = "Nothing to review: the target branch has all of these commits."


def answer_to(request: Request, pipe: Pipe | None = None) -> Reading | Unread:
    """Return the verdict on a pull request's head, or why there is none; bugs are raised.

    `pipe` leads to who may ask models; None: nobody may.
    """
    try:
        with Repository.open(Path(request.mirror)) as repository:
            return Reading(scrubbed(_verdict(request, repository, pipe)))
    except (BadSettings, NoCommonAncestor) as error:
        return Unread(_shown(error), ours=False)
    except UserError as error:
        return Unread(f"the mirror cannot be read: {_shown(error)}", ours=True, again=True)


def _verdict(request: Request, repository: Repository, pipe: Pipe | None) -> Verdict:
    try:
        comparison = repository.compare(f"{request.target}...{request.head}")
    except EmptyRange:
        return _empty(request, repository.merge_base(request.target, request.head))
    change = change_of(replace(comparison, subject=request.subject), request.repository)
    change = _with_words(replace(change, rules=repository.view(request.target)), request)
    cache = Path(request.cache) if request.cache else None
    memory = FiledMemory(request.recollection)
    with open_workspace(cache) as workspace, open_sources(repository, cache) as found:
        sources = replace(found, memory=memory, notes=memory.notes)
        writer = writer_with(Path(request.model), request.refused) if request.model else None
        reader = reader_in(request.inference, pipe, cache, os.environ)
        return review(change, workspace, Options(), sources, writer=writer, reader=reader)


def _with_words(change: Change, request: Request) -> Change:
    """Return the change with what its author says about it in the pull request, first."""
    said = (("pull request title", request.title), ("pull request description", request.body))
    words = tuple(Statement(origin, text[:LONGEST_MESSAGE]) for origin, text in said if text.strip())
    return replace(change, statements=(*words, *change.statements))


def _empty(request: Request, base: str) -> Verdict:
    """Return the verdict on no change: nothing was seen, so nothing is approved."""
    return Verdict(
        repository=request.repository,
        subject=request.subject,
        base=base,
        head=request.head,
        overall=Overall.COMMENT,
        one_liner=NOTHING,
        findings=(),
        coverage=Coverage(),
        checks=(),
    )


def _shown(error: UserError) -> str:
    return printable(redact(str(error)))[:500]
