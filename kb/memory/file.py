"""A recollection as a file, for the process that may not open the store: written whole, read with suspicion.

Layout: a line that names the format, then three numbers of 8 bytes (the header's length, the matrices' length, a CRC-32
of both), then the header in MessagePack, then the matrices as half floats, one after the other. The matrices are
mapped, not read: a hundred thousand lessons are 100 MB.
"""

from __future__ import annotations

import math
import mmap
import os
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from struct import Struct as Packed
from typing import TYPE_CHECKING, Any

import msgspec

from kb.memory.model import Earlier, LearnedRule, Lesson, Mistake, Recollection, Trust
from kb.view import shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = b"prudent.recollection/1\n"
MOST_HEADER = 512 * 2**20  # bytes
MOST_ROWS = 1_000_000
MOST_WIDTH = 4_096
MATRICES = ("vectors", "code_vectors", "mistake_vectors")
_NUMBERS = Packed("<QQQ")
_HALF = 2  # bytes


class _Header(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """All of a recollection but its matrices; `shapes` are theirs, (0, 0) for none."""

    repository: str
    embedder: str
    lessons: tuple[Lesson, ...]
    mistakes: tuple[Mistake, ...]
    trust: dict[str, Trust]
    rules: tuple[LearnedRule, ...]
    here: tuple[Earlier, ...]
    elsewhere: tuple[Earlier, ...]
    risk: dict[str, Any] | None
    now: float
    shapes: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]


class _Damaged(Exception):
    """The file is not what was written; the text says how."""


def write_recollection(recollection: Recollection, path: Path) -> None:
    """Write a recollection for this user alone; a reader sees all of it or none. Raises OSError."""
    import numpy as np

    matrices = [getattr(recollection, name) for name in MATRICES]
    kept = [b"" if matrix is None else np.ascontiguousarray(matrix, "<f2").tobytes() for matrix in matrices]
    shapes = [(0, 0) if matrix is None else matrix.shape for matrix in matrices]
    values = {f.name: getattr(recollection, f.name) for f in fields(recollection) if f.name not in MATRICES}
    header = msgspec.msgpack.encode([*({**values, "shapes": shapes}[name] for name in _Header.__struct_fields__)])
    crc = 0
    for part in (header, *kept):
        crc = zlib.crc32(part, crc)
    numbers = _NUMBERS.pack(len(header), sum(map(len, kept)), crc)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # private: mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines((FORMAT, numbers, header, *kept))
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def read_recollection(path: Path) -> tuple[Recollection | None, str]:
    """Return what was written; where it cannot be used, None and one sentence about why. Never raises."""
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return _read(data), ""
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except ValueError:  # an empty file cannot be mapped
        reason = "it is empty"
    except _Damaged as error:
        reason = str(error)
    return None, f"what is remembered of this repository cannot be read ({shown(reason)}): memory takes no part"


def _read(data: mmap.mmap) -> Recollection:
    start = len(FORMAT) + _NUMBERS.size
    if len(data) < start or data[: len(FORMAT)] != FORMAT:
        raise _Damaged("it is no recollection, or another version's")
    length, size, crc = _NUMBERS.unpack(data[len(FORMAT) : start])
    if length > MOST_HEADER or len(data) != start + length + size:
        raise _Damaged("its size is wrong")
    with memoryview(data) as view, view[start:] as body:
        if zlib.crc32(body) != crc:
            raise _Damaged("its bytes are not those that were written")
    try:
        header = msgspec.msgpack.decode(data[start : start + length], type=_Header)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _Damaged(f"its header: {error}") from None
    return _recollection(header, _matrices(header, data, start + length, size))


def _matrices(header: _Header, data: mmap.mmap, start: int, size: int) -> dict[str, NDArray[np.float16] | None]:
    """Return the matrices, mapped; raises _Damaged if their shapes do not fit the lessons or the bytes."""
    lengths = (len(header.lessons), len(header.lessons), len(header.mistakes))
    for (rows, width), length in zip(header.shapes, lengths, strict=True):
        fits = 0 < width <= MOST_WIDTH and rows == length <= MOST_ROWS
        if not fits and (rows, width) != (0, 0):
            raise _Damaged("its matrices do not fit its lessons")
    if sum(rows * width for rows, width in header.shapes) * _HALF != size:
        raise _Damaged("its matrices are cut off")
    found: dict[str, NDArray[np.float16] | None] = {}
    for name, (rows, width) in zip(MATRICES, header.shapes, strict=True):
        found[name] = _matrix(data, start, rows, width) if width else None
        start += rows * width * _HALF
    return found


def _matrix(data: mmap.mmap, start: int, rows: int, width: int) -> NDArray[np.float16]:
    import numpy as np

    return np.frombuffer(data, "<f2", rows * width, start).reshape(rows, width)


def _recollection(header: _Header, matrices: Mapping[str, NDArray[np.float16] | None]) -> Recollection:
    if not math.isfinite(header.now):
        raise _Damaged("it was made at no time")
    return Recollection(
        repository=header.repository,
        embedder=header.embedder,
        lessons=header.lessons,
        vectors=matrices["vectors"],
        code_vectors=matrices["code_vectors"],
        mistakes=header.mistakes,
        mistake_vectors=matrices["mistake_vectors"],
        trust=header.trust,
        rules=header.rules,
        here=header.here,
        elsewhere=header.elsewhere,
        risk=header.risk,
        now=header.now,
    )
