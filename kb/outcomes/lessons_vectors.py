"""The vectors that lessons are kept with: made under one embedder's name, and never compared with another's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from sqlmodel import Session, col, select

from kb.outcomes.rows import LessonRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_RENEWED = 2_000  # lessons whose vectors are made anew at once: about 0.1 s
HALF = 2  # bytes


class Embeds(Protocol):
    """What turns texts into vectors (kb.memory.embed.Embedder)."""

    @property
    def name(self) -> str:
        """Return the version of the vectors."""
        ...

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows, (len(texts), D); a row of zeros where there is no word."""
        ...


def give_vectors(rows: Sequence[LessonRow], embedder: Embeds | None) -> None:
    """Set the vectors of lessons from their texts; without an embedder they have none."""
    if embedder is None or not rows:
        return
    texts = embedder.vectors([row.text for row in rows]).astype("<f2")
    codes = embedder.vectors([row.code for row in rows]).astype("<f2")
    for row, text, code in zip(rows, texts, codes, strict=True):
        row.embedder, row.vector, row.code_vector = embedder.name, text.tobytes(), code.tobytes()


def renew_vectors(session: Session, repository: str, embedder: Embeds | None) -> int:
    """Make the vectors anew that were made under another name, the newest first; returns how many."""
    if embedder is None:
        return 0
    query = (
        select(LessonRow)
        .where(LessonRow.repository == repository, LessonRow.embedder != embedder.name)
        .order_by(col(LessonRow.id).desc())
        .limit(MOST_RENEWED)
    )
    rows = list(session.exec(query))
    give_vectors(rows, embedder)
    session.add_all(rows)
    return len(rows)


def matrix_of(kept: Sequence[tuple[str, bytes]], texts: Sequence[str], embedder: Embeds) -> NDArray[np.float16]:
    """Return kept vectors as rows (N, D); those of another embedder are made anew from their texts, some of them.

    Args:
        kept: The embedder's name and the bytes of each.
        texts: What each was made from.
        embedder: Whose vectors are wanted.
    """
    import numpy as np

    width = next((len(data) // HALF for name, data in kept if name == embedder.name and data), 0)
    good = [name == embedder.name and len(data) == width * HALF > 0 for name, data in kept]
    anew = [at for at, is_good in enumerate(good) if not is_good][:MOST_RENEWED]
    made = embedder.vectors([texts[at] for at in anew]) if anew or not width else None
    width = width or (made.shape[1] if made is not None else 0)
    blank = bytes(width * HALF)
    data = b"".join(one[1] if is_good else blank for one, is_good in zip(kept, good, strict=True))
    rows = np.frombuffer(data, "<f2").reshape(len(kept), width).copy()
    if made is not None and anew:
        rows[anew] = made
    return rows
