"""What constraints cost a decoder: tokens a second, microseconds a token, and what drafting from the old text saves.

    python bench/bench_constrained.py [MODEL.gguf]

1. The same holes are written with and without Python's grammar by a real model, one text after the other and eight
   side by side; what is timed is the writing alone, the prompt aside. The gate is the ratio of tokens a second.
2. Real code is written over a vocabulary of 151,936 tokens (the model's own and pairs of its words) by a model that
   knows the next token, and is wrong at one place in ten: what constraints take per token. The gate is the median.
   Then a mask is computed and applied at every token all the same: what a token costs where one is needed.
3. A body is written again, with and without the body as its draft, one word of which was changed.

Rates are of this process's own processor time, which is the same on a machine that is shared.
"""

from __future__ import annotations

import inspect
import statistics
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 (the script's own folder comes first)

from kb.source import Source, Span  # noqa: E402
from models.constraints.grammars.python import statements_grammar  # noqa: E402
from models.constraints.model import Compiled, Domain, HardGrammar, Intensity  # noqa: E402
from models.infill.decode import Page, Writing, write  # noqa: E402
from models.infill.masks import gates_of, mask_of, masked  # noqa: E402
from models.infill.stats import Meter  # noqa: E402
from models.infill.window import Window, window_of  # noqa: E402
from models.llama import load  # noqa: E402
from models.mask.holes import holes_in  # noqa: E402
from models.mask.model import Hole, Scale, Strategy  # noqa: E402
from models.model import NEVER, Model, ModelInfo, Sampling, Stop  # noqa: E402

if TYPE_CHECKING:
    from llguidance import LLTokenizer

MODEL = ROOT / ".venv/models/SmolLM2-135M-Instruct.Q4_1.gguf"
VOCABULARY = 151_936  # of Qwen2.5-Coder
HOLES, WINDOW, ROOM = 6, 160, 48
WRONG = 10  # one place in so many is guessed wrong first
MODULES = (textwrap, tempfile, inspect)


def gate(name: str, value: float, unit: str, bar: str, ok: bool, size: str) -> None:
    """Print one line of the report."""
    print(f"{'ok  ' if ok else 'MISS'} {name}: {value:,.3g} {unit} (bar {bar}; {size})", flush=True)


def told(name: str, value: str, size: str) -> None:
    """Print one line that no gate is on."""
    print(f"     {name}: {value} ({size})", flush=True)


@dataclass
class Timed:
    """A model that counts the processor's seconds between reading a prompt and the end of its branches."""

    model: Model
    seconds: float = 0.0

    @property
    def info(self) -> ModelInfo:
        """Return what is known about the model."""
        return self.model.info

    def tokens_of(self, text: bytes) -> tuple[int, ...]:
        """Return the model's tokens."""
        return self.model.tokens_of(text)

    def bytes_of(self, tokens: Sequence[int]) -> bytes:
        """Return the model's text."""
        return self.model.bytes_of(tokens)

    def masks(self) -> LLTokenizer:
        """Return the model's tokenizer."""
        return self.model.masks()

    def close(self) -> None:
        """Leave the model open: it is somebody else's."""

    @contextmanager
    def branches(self, prompt: Sequence[int], count: int = 1, *, room: int, stop: Stop = NEVER) -> Iterator[Any]:
        """Branch a prompt, and time what is done with the branches."""
        with self.model.branches(prompt, count, room=room, stop=stop) as opened:
            began = time.process_time()
            yield opened
            self.seconds += time.process_time() - began


@dataclass(frozen=True)
class Place:
    """A body of a real function that is written anew."""

    source: Source
    hole: Hole
    window: Window
    grammar: Compiled = field(default_factory=Compiled)


def places(model: Model, count: int) -> list[Place]:
    """Return bodies of functions of Python's own library, five to twenty lines long."""
    found = []
    for module in MODULES:
        path = Path(str(inspect.getsourcefile(module)))
        source = Source(path.name, path.read_bytes())
        for hole in holes_in(source, "python", Strategy.BODY):
            if 5 <= hole.text.count(b"\n") <= 20 and b'"""' not in hole.text:
                lark = statements_grammar(hole.indent.decode())
                grammar = Compiled((HardGrammar(Domain.SYNTAX, lark),), (), Intensity.STANDARD)
                found.append(Place(source, hole, window_of(source, hole, WINDOW, model.tokens_of), grammar))
    return found[:: max(1, len(found) // count)][:count]


def rate_of(model: Model, rows: Sequence[Place], texts: int, *, held: bool) -> tuple[float, list[Page]]:
    """Return tokens a second over all places, and the pages."""
    timed, pages = Timed(model), []
    for row in rows:
        hole = replace(row.hole, scale=Scale.BODY)
        writing = Writing(
            row.window,
            hole,
            "python",
            tuple(range(texts)),
            Sampling(temperature=0.6),
            ROOM,
            constraints=row.grammar if held else None,
        )
        pages.append(write(timed, writing))
    return sum(page.stats.tokens for page in pages) / timed.seconds, pages


def speed(model: Model) -> None:
    """Compare writing with and without a grammar."""
    rows = places(model, HOLES)
    rate_of(model, rows[:1], 1, held=True)  # the tokenizer's tables are made here
    for texts in (1, 8):
        some = rows if texts == 1 else rows[: HOLES // 2]
        free, _ = rate_of(model, some, texts, held=False)
        held, pages = rate_of(model, some, texts, held=True)
        stats = sum((page.stats for page in pages[1:]), pages[0].stats)
        size = f"{stats.tokens} tokens, {len(some)} bodies x {texts}, {free:.0f} -> {held:.0f} tok/s, {model.info.name}"
        gate(
            f"constrained / free tokens per second, {texts} at once",
            held / free,
            "x",
            ">= 0.9",
            held >= 0.9 * free,
            size,
        )
        cost = f"p50 {stats.us_p50:.0f} us, p99 {stats.us_p99:.0f} us, {stats.masks_per_token:.3f} masks a token"
        told("constraints per token", cost, f"{stats.chosen} tokens, {model.info.vocabulary:,} in the vocabulary")


_WRITING = Writing(
    Window(b"", b""),
    Hole(Span(0, 0), "block", Scale.BODY, Strategy.BODY, b"", b""),
    "python",
    (0,),
    Sampling(temperature=0.0),
    2 * ROOM,
)


class Words:
    """A vocabulary of any size for llguidance: a model's own tokens, then pairs of its words."""

    def __init__(self, model: Model, size: int) -> None:
        own = [model.bytes_of((token,)) for token in range(model.info.vocabulary)]
        self.eos_token_id = min(model.info.ends)
        self.bos_token_id = None
        self.special_token_ids = [at for at, text in enumerate(own) if not text]
        self.tokens = [text or b"<special %d>" % at for at, text in enumerate(own)]
        plain = sorted({text for text in own if text.strip().isalpha() and len(text) < 9})
        random, known = np.random.default_rng(0), set(self.tokens)
        while len(self.tokens) < size:
            first, second = random.integers(0, len(plain), 2)
            text = plain[first] + plain[second].strip()
            if text not in known:
                known.add(text)
                self.tokens.append(text)
        self._model = model

    def __call__(self, text: bytes) -> list[int]:
        """Return the model's own tokens."""
        return list(self._model.tokens_of(text))


class Knowing:
    """A model of a large vocabulary that likes one text, and finds another token likelier at one place in ten."""

    def __init__(self, words: Words, text: Sequence[int]) -> None:
        from llguidance import LLTokenizer, TokenizerWrapper

        self._tokenizer = LLTokenizer(TokenizerWrapper(words), eos_token=words.eos_token_id)
        self._words, self._text = words, tuple(text)
        random = np.random.default_rng(1)
        self._noise = random.standard_normal((8, VOCABULARY), dtype=np.float32)
        self._wrong = random.integers(0, VOCABULARY, len(text))
        self.info = ModelInfo("known", "", "none", "none", 0, 1 << 20, VOCABULARY, ends=frozenset([words.eos_token_id]))

    def tokens_of(self, text: bytes) -> tuple[int, ...]:
        """Return tokens of the real vocabulary."""
        return tuple(self._words(text))

    def bytes_of(self, tokens: Sequence[int]) -> bytes:
        """Return the text of tokens."""
        return b"".join(self._words.tokens[token] for token in tokens if token not in self._words.special_token_ids)

    def masks(self) -> LLTokenizer:
        """Return the tokenizer with its tables."""
        return self._tokenizer

    def branches(
        self, prompt: Sequence[int], count: int = 1, *, room: int, stop: Stop = NEVER
    ) -> AbstractContextManager[Any]:
        """Return one branch that knows what comes next."""
        return _known(self)

    def close(self) -> None:
        """Have nothing to free."""

    def row(self, at: int) -> np.ndarray:
        """Return the logits (V,) at one place of the text."""
        made: np.ndarray = self._noise[at % len(self._noise)].copy()
        made[self._text[at] if at < len(self._text) else self._words.eos_token_id] += 14.0
        if at % WRONG == WRONG - 1:
            made[self._wrong[at % len(self._wrong)]] += 16.0
        return made


@contextmanager
def _known(model: Knowing) -> Iterator[Any]:
    class Branch:
        at = 0

        def logits(self, branch: int) -> np.ndarray:
            return model.row(self.at)

        def advance(self, tokens: Mapping[int, Sequence[int]]) -> dict[int, np.ndarray]:
            rows = []
            for _ in tokens[0]:
                self.at += 1
                rows.append(model.row(self.at))
            return {0: np.stack(rows)}

    yield Branch()


def large(model: Model) -> None:
    """Time constraints over a vocabulary as large as that of today's models."""
    words = Words(model, VOCABULARY)
    times: list[float] = []
    alone: list[float] = []
    masks = chosen = 0
    for place in places(model, HOLES):
        text = model.tokens_of(place.hole.text)
        known = Knowing(words, text)
        writing = Writing(
            Window(b"", b"\n"),
            replace(place.hole, scale=Scale.BODY),
            "python",
            (0,),
            Sampling(temperature=0.2),
            len(text) + 8,
            constraints=place.grammar,
        )
        stats = write(known, writing).stats
        times += stats.us
        masks, chosen = masks + stats.masks, chosen + stats.chosen
        alone += every_mask(known, place, text)
    size = f"{chosen} tokens, {VOCABULARY:,} in the vocabulary, Python's whole grammar, 1 of {WRONG} guesses wrong"
    middle, high = statistics.median(times), float(np.quantile(times, 0.99))
    gate("constraints per token, p50", middle, "us", "<= 200 us", middle <= 200, size)
    told("constraints per token, p99", f"{high:,.0f} us, {masks / chosen:.3f} masks a token", size)
    middle, high = statistics.median(alone), float(np.quantile(alone, 0.99))
    told("a mask computed and applied at every token", f"p50 {middle:,.0f} us, p99 {high:,.0f} us", size)


def every_mask(known: Knowing, place: Place, text: Sequence[int]) -> list[float]:
    """Return the microseconds in which a mask is computed and applied, at each token of a text."""
    gates = gates_of(known.masks(), place.grammar.hard, b"", Meter(1e9))
    found = []
    for at, token in enumerate(text):
        row = known.row(at)
        began = time.perf_counter_ns()
        masked(row, [mask_of(gates.matchers[0], VOCABULARY)])
        found.append((time.perf_counter_ns() - began) / 1000)
        if not gates.admits(token):
            break
        gates.take((token,))
    return found


def drafting(model: Model) -> None:
    """Compare writing with a draft, right or right but for one word, to writing without one."""
    rows = [
        replace(_WRITING, window=place.window, hole=replace(place.hole, scale=Scale.BODY))
        for place in places(model, HOLES)
    ]
    plain = Timed(model)
    pages = [write(plain, row) for row in rows]
    for name, change in (("right", lambda text: text), ("right but for one word", _changed)):
        timed, kept, guessed, other = Timed(model), 0, 0, 0
        for row, page in zip(rows, pages, strict=True):
            found = write(timed, replace(row, draft=change(page.texts[0].text)))
            kept, guessed = kept + found.stats.kept, guessed + found.stats.drafted
            other += found.texts[0].text != page.texts[0].text
        size = (
            f"{sum(page.stats.tokens for page in pages)} tokens, {len(rows)} bodies, {kept} of {guessed} guesses right"
        )
        told(f"with a draft that is {name}", f"{plain.seconds / timed.seconds:.2f} x as fast", size)
        if other:
            told("texts that a draft changed", f"{other}", "reading several tokens at once rounds otherwise")


def _changed(text: bytes) -> bytes:
    """Return a text with the word in its middle replaced."""
    words = text.split(b" ")
    words[len(words) // 2] = b"replaced"
    return b" ".join(words)


def main(arguments: Sequence[str]) -> int:
    """Run all measurements on one model."""
    model = load(Path(arguments[0]) if arguments else MODEL)
    try:
        speed(model)
        large(model)
        drafting(model)
    finally:
        model.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
