"""The deep mode: much more of the repository is read, part by part, and passes are shown notes that quote it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from checks.change import Change
from checks.check import Unseen
from checks.context.deep import notes_piece, read_deeply
from checks.context.deep_ask import MOST_ANSWER, SAYS
from checks.context.deep_parts import Part, deep_parts
from checks.context.model import Context
from checks.inference.asking import Asking
from checks.inference.fence import Fence
from checks.inference.guard import said
from checks.inference.model import Reader, Role
from checks.inference.prompt import plain_rows, text_of
from checks.inference.repeated import Secrets
from kb.graph.code import Code
from models.errors import ModelError

INSTRUCTIONS = 800  # tokens of the question beside the change and the part
LEAST_PART = 500  # tokens


@dataclass(frozen=True)
class Deepened:
    """Contexts with notes in them, what was not read for the notes, and what people are told."""

    contexts: tuple[Context, ...]
    unseen: tuple[Unseen, ...] = ()
    notes: tuple[str, ...] = ()


def deepened(
    change: Change,
    code: Code | None,
    score: Callable[[str, str], float | None] | None,
    contexts: Sequence[Context],
    room: int,
    *,
    reader: Reader,
    asking: Asking,
    fence: Fence,
    clean: Callable[[str], str],
    secrets: Secrets,
) -> Deepened:
    """Return the contexts with notes of at most `room` tokens on what surrounds the change; raises Cancelled.

    Where nobody reads deeply the contexts stay as they are, and people are told why.
    """
    plain = Deepened(tuple(contexts))
    if not contexts or not contexts[0].pieces:
        return plain
    about = "\n".join(map(text_of, contexts[0].pieces))
    try:
        chat = asking.chat(Role.DEEP)
    except ModelError as error:
        return replace(plain, notes=(f"not read deeply: {error}",))
    most = min(chat.context, reader.deep_tokens)
    part = most - chat.tokens(about) - MOST_ANSWER - INSTRUCTIONS
    if part < LEAST_PART:
        return replace(plain, notes=(f"not read deeply: {most:,} tokens are too few for it",))
    parts = [_plain(one) for one in deep_parts(change, code, score, chat.tokens, part, clean=clean)]
    found = read_deeply(
        parts,
        chat,
        asking.purpose(Role.DEEP),
        about=about,
        fence=fence.mark,
        budget_tokens=reader.deep_tokens,
        notes_tokens=room,
        checkpoint=reader.checkpoint,
        stop=asking.stop,
        seed=reader.seed,
        plain=lambda text: "" if secrets.are_in(text) else said(text, SAYS),
    )
    asking.count(found.usage, found.micros, found.calls, chat.name)
    told = f"read deeply: {found.read} of {found.parts} parts, {len(found.notes)} notes"
    piece = notes_piece(found.notes, chat.tokens, room)
    made = [replace(one, pieces=(*one.pieces, piece)) for one in contexts] if piece else contexts
    return Deepened(tuple(made), found.unseen, (told, *found.troubles))


def _plain(part: Part) -> Part:
    """Return a part as it may be shown: with nothing that its paths and documents hide."""
    return replace(part, pieces=tuple((path, plain_rows(path, text)) for path, text in part.pieces))
