"""Vectors of texts and of code: the mean of word vectors that come with an installed package. No network, no model.

The words and their vectors are those of the package wordllama (32,000 pieces of words, 256 numbers each); nothing else
of it is used, and it is not imported. Texts are data: a piece that the vocabulary calls special is read as its letters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

PACKAGE = "wordllama"
WORDS = ("tokenizers", "l2_supercat_tokenizer_config.json")
VECTORS = ("weights", "l2_supercat_256.safetensors")
METHOD = 1  # how words become a vector; counted up whenever vectors change, so that old ones are not compared
WIDTH = 256
MOST = 2_000  # characters of one text that are read
_BATCH = 512  # texts at once: 512 of 60 words are 30 MB of vectors

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_+")


class Embedder:
    """Makes vectors. Vectors are comparable only if they were made under one `name`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.name = name

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows, one a text: (n, 256). A text without a word has a row of zeros, like nothing.

        The first call reads the words from disk (about 0.1 s); a text takes about 20 us.
        """
        import numpy as np

        rows = np.zeros((len(texts), WIDTH), np.float32)
        for start in range(0, len(texts), _BATCH):
            self._fill(rows[start : start + _BATCH], texts[start : start + _BATCH])
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)  # (n, 1)
        np.divide(rows, lengths, out=rows, where=lengths > 0)
        return rows

    def _fill(self, rows: NDArray[np.float32], texts: Sequence[str]) -> None:
        import numpy as np

        words = _words(self._folder)  # one text after the other: a batch would begin threads of its own
        numbers = [words.encode(worded(text), add_special_tokens=False).ids for text in texts]
        counts = np.array([len(ids) for ids in numbers])
        if not counts.any():
            return
        pieces = np.concatenate([np.array(ids, np.int64) for ids in numbers])  # (pieces,)
        read = _table(self._folder)[pieces]  # (pieces, 256)
        filled = np.flatnonzero(counts)
        starts = np.concatenate(([0], np.cumsum(counts[filled])[:-1]))
        rows[filled] = np.add.reduceat(read, starts, axis=0)


@lru_cache(maxsize=1)
def _words(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    words = Tokenizer.from_file(str(folder.joinpath(*WORDS)))
    words.no_truncation()
    words.no_padding()
    words.encode_special_tokens = True  # as text: "<s>" in somebody's code is three letters, no token
    return words


@lru_cache(maxsize=1)
def _table(folder: Path) -> NDArray[np.float32]:
    import numpy as np
    from safetensors.numpy import load_file

    (table,) = load_file(folder.joinpath(*VECTORS)).values()
    return np.asarray(table, np.float32)  # (32000, 256)


def open_embedder() -> Embedder | None:
    """Return the embedder of the installed package; None where it is not installed whole."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0])
    try:
        name = f"{PACKAGE}-{version(PACKAGE)}/{METHOD}"
    except PackageNotFoundError:
        return None
    if not all(folder.joinpath(*parts).is_file() for parts in (WORDS, VECTORS)):
        return None
    return Embedder(folder, name)


def worded(text: str) -> str:
    """Return the start of a text with identifiers as words: `isEmptyList` and `is_empty_list` read alike."""
    start = text[:MOST].encode("utf-8", "replace").decode()  # a lone surrogate is no text to the tokeniser
    return " ".join(_BOUNDARY.sub(" ", start).lower().split())
