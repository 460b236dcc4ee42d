"""Writing texts: where they end, what a draft changes (nothing), and what a model that misbehaves can do (nothing)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.source import Source, Span
from models.constraints.model import Compiled, Domain, HardGrammar, Intensity, Preference
from models.errors import Cancelled, OutOfTime, Unsatisfiable
from models.infill.decode import Page, Writing, write
from models.infill.rules import Ended, Reasoning, is_repeating
from models.infill.window import Window
from models.llama import load
from models.llama_model import LlamaModel
from models.mask.model import Hole, Scale, Strategy
from models.model import Sampling, Stop
from models.scripted import Scripted
from tests.models.weights import tiny_gguf

COLD = Sampling(temperature=0.0)
NAMES = HardGrammar(Domain.SYNTAX, "start: NAME\nNAME: /[a-z_]+/\n")


def hole_of(text: bytes = b"old", scale: Scale = Scale.EXPRESSION, indent: bytes = b"    ") -> Hole:
    return Hole(Span(0, len(text)), "x", scale, Strategy.EXPRESSIONS, indent, text)


def page_of(
    model: Scripted | LlamaModel,
    *,
    prefix: bytes = b"def f(a):\n    return ",
    suffix: bytes = b"\n",
    hole: Hole | None = None,
    sampling: Sampling = COLD,
    seeds: tuple[int, ...] = (0,),
    room: int = 64,
    hard: tuple[HardGrammar, ...] = (),
    soft: tuple[Preference, ...] = (),
    draft: bytes = b"",
    reasoning: Reasoning | None = None,
    language: str = "python",
    stop: Stop | None = None,
) -> Page:
    constraints = Compiled(hard, soft, Intensity.FULL) if hard or soft else None
    writing = Writing(
        Window(prefix, suffix),
        hole or hole_of(),
        language,
        seeds,
        sampling,
        room,
        constraints=constraints,
        use_soft=bool(soft),
        draft=draft,
        reasoning=reasoning,
    )
    return write(model, writing, stop=stop or Stop())


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaModel]:
    model = load(tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", context=2048))
    yield model
    model.close()


@pytest.mark.parametrize(
    ("liked", "text", "ended"),
    [
        (b" return a + b", b"a + b", Ended.END),
        (b" return a + b)\n    x", b"a + b", Ended.LEFT),
        (b" return a + b\n    x = 1", b"a + b", Ended.LEFT),
        (b" return f(a,\n      b)\nx", b"f(a,\n      b)", Ended.LEFT),
        (b' return ")]}" + a)', b'")]}" + a', Ended.LEFT),
        (b" return a # )\n", b"a # )", Ended.LEFT),
    ],
)
def test_an_expression_ends_where_it_leaves_its_place(liked: bytes, text: bytes, ended: Ended) -> None:
    for fim in (True, False):
        written = page_of(Scripted([liked], fim=fim)).texts[0]
        assert (written.text, written.ended) == (text, ended)


@pytest.mark.parametrize(
    ("scale", "liked", "text"),
    [
        (Scale.STATEMENT, b"\n    if a:\n        b()\n    c()\n", b"if a:\n        b()"),
        (
            Scale.STATEMENT,
            b"\n    if a:\n        b()\n    else:\n        c()\n    d()",
            b"if a:\n        b()\n    else:\n        c()",
        ),
        (Scale.STATEMENT, b"\n    a()\n\ndef g():", b"a()"),
        (Scale.BLOCK, b"\n    a()\n    b()\n\n\ndef g():", b"a()\n    b()"),
        (Scale.BODY, b"\n    a()\n    b()\nx = 1", b"a()\n    b()"),
    ],
)
def test_statements_end_where_the_next_stands_and_blocks_where_the_indentation_does(
    scale: Scale, liked: bytes, text: bytes
) -> None:
    written = page_of(Scripted([liked]), prefix=b"def f(a):\n    ", hole=hole_of(scale=scale)).texts[0]
    assert written.text == text
    assert written.ended is Ended.LEFT


def test_a_block_of_braces_ends_at_the_brace_that_it_did_not_open() -> None:
    written = page_of(
        Scripted([b"\n  if (a) {\n    b();\n  }\n}\n"]),
        prefix=b"function f(a) {\n  ",
        hole=hole_of(scale=Scale.BODY, indent=b"  "),
        language="javascript",
    ).texts[0]
    assert written.text == b"if (a) {\n    b();\n  }"


def test_what_a_comment_holds_in_one_language_is_code_in_another() -> None:
    assert page_of(Scripted([b" return a // b)"])).texts[0].text == b"a // b"
    javascript = page_of(Scripted([b" return this.#a)"]), language="javascript").texts[0]
    assert javascript.text == b"this.#a"


def test_a_grammar_ends_a_text_and_forces_what_it_can() -> None:
    three = HardGrammar(Domain.TYPES, 'start: "left" | "right"\n')
    page = page_of(Scripted([b" return ratio"]), hard=(NAMES, three))
    assert page.texts[0].text == b"right"
    assert page.texts[0].ended is Ended.WHOLE
    assert page.stats.forced >= 4
    assert page.notes == ()


def test_under_a_grammar_a_text_ends_where_the_model_goes_on_with_the_suffix() -> None:
    page = page_of(Scripted([b" return total) * 2"], fim=False), suffix=b") * 2\n", hard=(NAMES,))
    assert (page.texts[0].text, page.texts[0].ended) == (b"total", Ended.SUFFIX)
    other = page_of(Scripted([b" return total\n    more"], fim=False), suffix=b"\n    less\n", hard=(NAMES,))
    assert (other.texts[0].text, other.texts[0].ended) == (b"total", Ended.SUFFIX)


def test_a_model_that_wants_what_no_grammar_allows_writes_the_likeliest_that_is_allowed() -> None:
    page = page_of(Scripted([b" return ***"]), hard=(HardGrammar(Domain.SYNTAX, 'start: "ab" | "b"\n'),))
    assert page.texts[0].text == b"ab"
    assert page.stats.masks >= 1


def test_an_unsatisfiable_grammar_leaves_a_text_stuck_and_a_broken_one_is_refused() -> None:
    never = HardGrammar(Domain.SYNTAX, "start: NEVER\nNEVER: /[a-z]/ & /[0-9]/\n")
    assert page_of(Scripted([b" return a"]), hard=(never,)).texts[0].ended is Ended.STUCK
    with pytest.raises(Unsatisfiable):
        page_of(Scripted([b" return a"]), hard=(HardGrammar(Domain.SYNTAX, "start: nowhere\n"),))


def test_a_grammar_that_leaves_nothing_is_dropped_and_said_so() -> None:
    digits = HardGrammar(Domain.IMPORTS, "start: /[0-9]+/\n")
    page = page_of(Scripted([b" return total"]), hard=(NAMES, digits))
    assert page.texts[0].text == b"total"
    assert page.notes == ("imports: dropped, left nothing that the others allow",)


def test_a_model_that_says_nothing_writes_nothing() -> None:
    for fim in (True, False):
        written = page_of(Scripted([], fim=fim)).texts[0]
        assert (written.text, written.ended) == (b"", Ended.END)


def test_a_model_that_repeats_itself_is_stopped() -> None:
    written = page_of(Scripted([b" return " + b"a + " * 200]), room=400).texts[0]
    assert written.ended is Ended.REPEATED
    assert len(written.text) < 60


def test_a_model_that_never_stops_is_stopped() -> None:
    endless = b" return " + "".join(f"v{number} + " for number in range(900)).encode()
    written = page_of(Scripted([endless]), room=50).texts[0]
    assert written.ended is Ended.FULL
    assert written.tokens <= 80


@pytest.mark.parametrize("tail", ["a", "ab", "abcdefgh", "x = 1\n"])
def test_repetition_is_four_times_the_same(tail: str) -> None:
    assert is_repeating([1, 2, *([ord(one) for one in tail] * 20)])
    assert not is_repeating([ord(one) for one in tail * 3])
    assert not is_repeating(list(range(100)))


class Sly(Scripted):
    """Likes a control token best (a FIM token that ends nothing), then bytes that are no UTF-8."""

    def __init__(self) -> None:
        super().__init__([b" return a"], fim=False)

    def logits_after(self, tokens: tuple[int, ...]) -> np.ndarray:
        row = super().logits_after(tokens)
        row[258] = 50.0
        row[0xC3] = 20.0
        row[:] = np.where(np.arange(len(row)) == 259, np.nan, row)
        return row


def test_control_tokens_and_numbers_that_are_none_are_never_written() -> None:
    written = page_of(Sly(), room=24).texts[0]
    assert set(written.text) == {0xC3}
    held = page_of(Sly(), room=24, hard=(NAMES,)).texts[0]
    assert held.text.decode().isidentifier()


@settings(max_examples=60, deadline=None)
@given(
    liked=st.text("ab =+\n()", min_size=1, max_size=40),
    draft=st.text("ab =+\n()", max_size=40),
    is_held=st.booleans(),
)
def test_a_draft_changes_nothing(liked: str, draft: str, is_held: bool) -> None:
    model = Scripted([b" return " + liked.encode()])
    grammar = (HardGrammar(Domain.SYNTAX, "start: /[ab =+]+/\n"),) if is_held else ()
    plain = page_of(model, hard=grammar)
    drafted = page_of(model, hard=grammar, draft=draft.encode())
    assert drafted.texts == plain.texts
    assert drafted.stats.kept <= drafted.stats.drafted


@pytest.mark.parametrize("temperature", [0.0, 0.8])
@pytest.mark.parametrize("is_held", [False, True])
def test_a_draft_changes_nothing_on_a_real_context(tiny: LlamaModel, temperature: float, is_held: bool) -> None:
    sampling = Sampling(temperature=temperature, seed=3)
    grammar = (HardGrammar(Domain.SYNTAX, "start: /[ -~]+/\n"),) if is_held else ()
    for seed in range(4):
        plain = page_of(tiny, sampling=sampling, seeds=(seed,), hard=grammar)
        likely = plain.texts[0].text[:9] + b"self if return ()" + plain.texts[0].text[5:]
        drafted = page_of(tiny, sampling=sampling, seeds=(seed,), hard=grammar, draft=likely)
        assert drafted.texts == plain.texts


def test_a_right_draft_is_kept() -> None:
    text = b"alpha + beta * gamma - delta / epsilon"
    page = page_of(Scripted([b" return " + text]), draft=text)
    assert page.texts[0].text == text
    assert page.stats.kept > 30


def test_texts_of_one_prompt_do_not_depend_on_how_many_there_are(tiny: LlamaModel) -> None:
    warm = Sampling(temperature=0.8)
    together = page_of(tiny, sampling=warm, seeds=(1, 2, 3, 4), room=24)
    alone = [page_of(tiny, sampling=warm, seeds=(seed,), room=24).texts[0] for seed in (1, 2, 3, 4)]
    assert list(together.texts) == alone
    assert len({written.text for written in alone}) > 1
    assert page_of(tiny, sampling=warm, seeds=(1, 2, 3, 4), room=24).texts == together.texts


def test_grammars_hold_whatever_a_random_model_wants(tiny: LlamaModel) -> None:
    hot = Sampling(temperature=3.0, top_k=0, top_p=1.0)
    grammar = HardGrammar(Domain.SYNTAX, 'start: ITEM ("," ITEM){2}\nITEM: /[a-z]{1,3}/\n')
    page = page_of(tiny, sampling=hot, seeds=tuple(range(8)), hard=(grammar,))
    for written in page.texts:
        if written.ended is not Ended.FULL:
            assert [part.isalpha() and len(part) <= 3 for part in written.text.split(b",")] == [True] * 3
    assert any(written.ended is not Ended.FULL for written in page.texts)
    assert len(page.stats.us) == page.stats.chosen > 0


class Torn(Scripted):
    """Finds `l` a little likelier than `r`, and that than `m`; goes on with whatever it has begun."""

    def logits_after(self, tokens: tuple[int, ...]) -> np.ndarray:
        row = super().logits_after(tokens)
        row[[ord("l"), ord("r"), ord("m")]] += [5.0, 4.0, 3.0]
        return row


def test_preferred_words_win_among_likely_ones() -> None:
    either = HardGrammar(Domain.SYNTAX, 'start: "left" | "right" | "middle"\n')
    found = []
    for soft in ((), (Preference(Domain.SEMANTICS, "right", 9.0),), (Preference(Domain.SEMANTICS, "left", -9.0),)):
        found.append(page_of(Torn(), hard=(either,), soft=soft).texts[0].text)
    weak = page_of(Torn(), hard=(either,), soft=(Preference(Domain.SEMANTICS, "right", 0.5),)).texts[0].text
    assert found == [b"left", b"right", b"right"]
    assert weak == b"left"


def test_reasoning_is_free_and_no_part_of_the_text() -> None:
    thoughts = Reasoning(b"<think>", b"</think>", most=60)
    model = Scripted([b"<think>It is) the sum.\n\nSo</think>", b"</think>\n    return total"])
    page = page_of(model, hard=(NAMES,), reasoning=thoughts)
    assert page.texts[0].text.startswith(b"total")
    assert page.texts[0].tokens > 30


def test_reasoning_that_does_not_end_is_ended_and_one_by_token_is_seen() -> None:
    endless = Scripted([b"<think>" + b"hmm " * 200, b"</think>\n    return total"])
    page = page_of(endless, hard=(NAMES,), reasoning=Reasoning(b"<think>", b"</think>", most=20))
    assert page.texts[0].text.startswith(b"total")
    by_token = Reasoning(close_token=258, most=3)
    held = page_of(Scripted([b" return total"], fim=False), hard=(NAMES,), reasoning=by_token)
    assert held.texts[0].text.isalpha()


def test_writing_stops_when_nobody_waits_for_it() -> None:
    with pytest.raises(Cancelled):
        page_of(Scripted([b" return a"]), stop=Stop(cancelled=lambda: True))
    with pytest.raises(OutOfTime):
        page_of(Scripted([b" return a"]), stop=Stop(deadline=0.0))


def test_a_prefix_that_no_grammar_can_say_is_not_healed_but_written_after() -> None:
    page = page_of(Scripted([b"\xff\xfetotal"], fim=False), prefix=b"x\xff\xfe", hard=(NAMES,))
    assert page.texts[0].text == b"total"


def test_the_file_is_not_what_a_source_of_an_odd_encoding_breaks(tiny: LlamaModel, tmp_path: Path) -> None:
    source = Source(str(tmp_path / "a.py"), "s = 'é日本'\r\n\tx = ".encode())
    page = page_of(tiny, prefix=source.data, suffix="\r\né".encode(), hard=(NAMES,), room=8)
    assert page.texts[0].text.decode().replace("_", "").isalpha()
