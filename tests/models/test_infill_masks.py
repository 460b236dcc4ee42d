"""Gates: the token they leave is the likeliest that all grammars allow, however it was found, and none gets past."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.constraints.model import Domain, HardGrammar
from models.errors import Unsatisfiable
from models.infill.masks import gates_of, mask_of, masked
from models.infill.stats import Meter
from models.scripted import END, VOCABULARY, Scripted

WORDS = HardGrammar(Domain.SYNTAX, "start: WORD (SPACE WORD)*\nWORD: /[a-z]+/\nSPACE: / /\n")
THREE = HardGrammar(Domain.TYPES, 'start: "one" | "two" | "three"\n')
DIGITS = HardGrammar(Domain.IMPORTS, "start: /[0-9]+/\n")
MODEL = Scripted()


def row(**likes: float) -> np.ndarray:
    made = np.zeros(VOCABULARY, dtype=np.float32)
    for letter, value in likes.items():
        made[ord(letter)] = value
    return made


def meter(budget: float = 1e9) -> Meter:
    return Meter(budget, itertools.count(0, 1).__next__)


def slow_meter(budget: float) -> Meter:
    """A clock that moves a millisecond whenever it is asked."""
    return Meter(budget, itertools.count(0, 1_000_000).__next__)


def test_the_likeliest_token_that_all_allow_is_left() -> None:
    gates = gates_of(MODEL.masks(), (WORDS, THREE), b"", meter())
    assert gates.likeliest(row(A=9.0, q=8.0, t=3.0)) == ord("t")
    gates.take(b"t")
    assert gates.likeliest(row(o=5.0, h=4.0, w=3.0)) == ord("h")
    gates.take(b"h")
    assert gates.forced() == tuple(b"ree")
    gates.take(b"ree")
    assert gates.is_accepting
    assert gates.is_stopped
    assert not gates.admits(ord("e"))
    longer = gates_of(MODEL.masks(), (WORDS,), b"", meter())
    assert not longer.admits(END)
    longer.take(b"one")
    assert longer.admits(END)
    assert not longer.is_stopped


@settings(max_examples=20)
@given(
    seed=st.integers(0, 10**6),
    text=st.sampled_from((b"", b"t", b"th", b"tw")),
)
def test_time_decides_how_grammars_are_asked_and_not_what_they_answer(seed: int, text: bytes) -> None:
    line = np.random.default_rng(seed).integers(-4, 4, VOCABULARY).astype(np.float32)
    found = []
    for one in (meter(), slow_meter(1.0)):
        gates = gates_of(MODEL.masks(), (WORDS, THREE), b"", one)
        gates.take(text)
        one.costs = {"syntax": 0.0, "types": 500.0}
        one.begin()
        found.append(gates.likeliest(line))
    quick = gates_of(MODEL.masks(), (WORDS, THREE), b"", meter())
    quick.take(text)
    allowed = [token for token in range(VOCABULARY) if quick.admits(token)]
    best = max(allowed, key=lambda token: (line[token], -token))
    assert found == [best, best]


def test_masks_that_take_too_long_are_left_out_and_counted() -> None:
    one = slow_meter(1.0)
    one.costs = {"types": 500.0}
    gates = gates_of(MODEL.masks(), (WORDS, THREE), b"", one)
    one.begin()
    with one.working():
        assert gates.likeliest(row(t=9.0)) == ord("t")
    one.end()
    stats = one.stats()
    assert (stats.masks, stats.skipped_masks, stats.over) == (1, 1, 1)
    assert stats.checks > 0
    generous = meter()
    gates_of(MODEL.masks(), (WORDS, THREE), b"", generous).likeliest(row(t=9.0))
    assert (generous.stats().masks, generous.stats().skipped_masks) == (2, 0)


def test_where_nothing_is_left_the_last_grammar_goes_first_and_is_noted() -> None:
    gates = gates_of(MODEL.masks(), (WORDS, THREE, DIGITS), b"", meter())
    assert gates.likeliest(row(t=9.0, q=10.0)) == ord("t")
    assert gates.names == ["syntax", "types"]
    assert gates.notes == ["imports: dropped, left nothing that the others allow"]


@pytest.mark.parametrize("ask", [True, False])
def test_a_grammar_that_takes_too_much_gives_up_and_is_noted(ask: bool) -> None:
    rules = "".join(f's{at}: "a" | s{(at + 1) % 9} s{(at + 4) % 9} | s{(at + 2) % 9} s{at}\n' for at in range(9))
    wide = HardGrammar(Domain.TYPES, "start: s0\n" + rules)
    gates = gates_of(MODEL.masks(), (WORDS, wide), b"", meter(), items=60)
    for _ in range(8):
        if ask and not gates.admits(ord("a")):
            assert gates.likeliest(row(a=3.0)) == ord("a")
        gates.take(b"a")
    assert gates.names == ["syntax"]
    assert gates.notes[0].startswith("types: dropped, gave up: ")


def test_a_grammar_that_nothing_satisfies_leaves_nothing() -> None:
    never = HardGrammar(Domain.SYNTAX, "start: NEVER\nNEVER: /[a-z]/ & /[0-9]/\n")
    gates = gates_of(MODEL.masks(), (never,), b"", meter())
    assert gates.likeliest(row(a=3.0)) is None


def test_what_is_no_grammar_is_noted_and_refused_when_nothing_else_is_left() -> None:
    broken = HardGrammar(Domain.TYPES, "start: nowhere\n")
    gates = gates_of(MODEL.masks(), (WORDS, broken), b"", meter())
    assert gates.names == ["syntax"]
    assert gates.notes[0].startswith("types: dropped, ")
    with pytest.raises(Unsatisfiable, match="types: dropped"):
        gates_of(MODEL.masks(), (broken,), b"", meter())


@settings(max_examples=80)
@given(forced=st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40))
def test_forced_text_is_a_literal_whatever_it_says(forced: str) -> None:
    held = gates_of(MODEL.masks(), (THREE,), forced.encode(), meter())
    assert held.admitted(forced.encode() + b"two") == len(forced.encode()) + 3
    other = bytes([forced.encode()[0] ^ 1])
    assert not held.admits(other[0])
    held.take(forced.encode())
    assert not held.is_accepting
    assert held.admitted(b"four") == 0


@pytest.mark.parametrize(
    "forced",
    ['" | "x', "\\", "@hole", "%ignore /a/", "}\n{", "/* ", "%lark {", "\r\n\t", "ε → 日本"],
)
def test_forced_text_cannot_become_grammar(forced: str) -> None:
    held = gates_of(MODEL.masks(), (THREE,), forced.encode(), meter())
    assert held.admitted(forced.encode() + b"three") == len(forced.encode()) + 5


def test_without_grammars_only_the_forced_bytes_are_held_to() -> None:
    gates = gates_of(MODEL.masks(), (), b"abc", meter())
    assert gates.names == ["boundary"]
    assert not gates.admits(ord("z"))
    gates.take(b"abc")
    assert all(gates.admits(byte) for byte in b'z)\n"')


def test_forks_go_their_own_way() -> None:
    gates = gates_of(MODEL.masks(), (THREE,), b"", meter())
    other = gates.fork()
    gates.take(b"o")
    assert other.admits(ord("t"))
    assert not gates.admits(ord("t"))


@given(bits=st.lists(st.integers(0, 255), min_size=4, max_size=40), more=st.integers(0, 9))
def test_applying_masks_is_minus_infinity_where_any_bit_is_nought(bits: list[int], more: int) -> None:
    size = len(bits) * 8
    first, second = np.array(bits, dtype=np.uint8), np.array(bits[::-1], dtype=np.uint8)
    for length in (size - 5, size, size + more):
        logits = np.arange(length, dtype=np.float32)
        both = np.unpackbits(first & second, bitorder="little")
        wanted = [value if at < size and both[at] else -np.inf for at, value in enumerate(logits)]
        assert masked(logits, [first, second]).tolist() == wanted
        assert logits.tolist() == list(range(length))


def test_a_mask_says_what_asking_every_token_says() -> None:
    gates = gates_of(MODEL.masks(), (WORDS,), b"", meter())
    gates.take(b"ab")
    bits = np.unpackbits(mask_of(gates.matchers[0], VOCABULARY), bitorder="little")[:VOCABULARY]
    assert [bool(bit) for bit in bits] == [gates.admits(token) for token in range(VOCABULARY)]


def ticking(step: int) -> Iterator[int]:
    return itertools.count(0, step)


def test_stats_add_up_and_have_quantiles() -> None:
    one = Meter(2.0, ticking(1000).__next__)
    for _ in range(3):
        one.begin()
        with one.working():
            one.clock()
        one.end()
    stats = one.stats()
    assert stats.us == (2.0, 2.0, 2.0)
    assert (stats.us_p50, stats.us_p99, stats.over) == (2.0, 2.0, 0)
    both = stats + stats
    assert (both.chosen, len(both.us)) == (6, 6)
    assert (Meter(1.0).stats().us_p50, Meter(1.0).stats().masks_per_token) == (0.0, 0.0)
