"""From constraints to grammars: what is kept, what is made again, and which constraint gives way."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.constraints.check import grammar_fault, satisfies
from models.constraints.compile import Compiler, compiled
from models.constraints.gbnf import gbnf_of
from models.constraints.ir import (
    Constraint,
    ConstraintIR,
    Grammar,
    Inhabitants,
    Kind,
    Pattern,
    Preferences,
    Priority,
    Schema,
    Words,
)
from models.constraints.model import Compiled, Domain, Intensity
from models.mask.model import Scale, Strategy
from tests.models.constraining import SPEC, demanded, ir_of

TEXT = "import os\ndef f(alpha, beta):\n    return <<alpha>>\n"


def words(*texts: str, priority: Priority = Priority.REQUIRED, why: str = "names") -> Words:
    return Words(Kind.TYPE_SAFETY, Domain.TYPES, priority, why, words=texts)


def grammar(**said: object) -> Grammar:
    return Grammar(
        Kind.SYNTACTIC, Domain.SYNTAX, Priority.REQUIRED, "g", language="python", node_class="expression", **said
    )  # type: ignore[arg-type]


def likes(nats: float, *texts: str, priority: Priority = Priority.PREFERRED) -> Preferences:
    rows = tuple((text, nats) for text in texts)
    return Preferences(Kind.SEMANTIC, Domain.SEMANTICS, priority, f"likes {nats}", words=rows)


def made(*constraints: Constraint, intensity: Intensity = Intensity.FULL) -> Compiled:
    return Compiler().compiled(ConstraintIR(SPEC, constraints), intensity)


def test_a_text_is_checked_without_a_model():
    found = demanded(TEXT)
    assert [one.domain for one in found.hard] == [Domain.SYNTAX, Domain.TYPES]
    assert satisfies(found, b"beta.gamma(alpha)") == ()
    assert satisfies(found, b"gamma") == ("types: at byte 1, after 'g', 'amma' may not stand",)
    assert satisfies(found, b"alpha +")[0] == "syntax: at byte 7, it may not end here"
    assert len(satisfies(found, b"(")) == 2
    assert {"alpha", "beta", "os"} <= found.names


def test_where_names_are_bound_on_the_way_no_vocabulary_is_held_to():
    found = demanded("def f(a):\n    return <<(b := a) + b>>\n")
    assert satisfies(found, b"(c := a) + c") == ()
    assert [one.domain for one in found.hard] == [Domain.SYNTAX]


def test_bytes_that_are_no_text_are_answered():
    assert satisfies(demanded(TEXT), b"\xff\xfe\x00") != ()
    assert satisfies(Compiled(), b"\xff") == ()


INTENSITIES = {
    Intensity.NONE: (0, False),
    Intensity.SYNTAX_ONLY: (1, False),
    Intensity.STANDARD: (2, False),
    Intensity.FULL_HARD: (2, False),
    Intensity.FULL: (2, True),
    Intensity.EXHAUSTIVE: (2, True),
}


@pytest.mark.parametrize("intensity", INTENSITIES)
def test_intensity_chooses_the_domains(intensity):
    found = compiled(ir_of(TEXT), intensity)
    assert (len(found.hard), bool(found.soft)) == INTENSITIES[intensity]
    assert found.intensity is intensity


def test_equal_content_is_compiled_once_whatever_its_order():
    compiler = Compiler()
    ir = ir_of(TEXT)
    first = compiler.compiled(ir)
    rng = random.Random(1)
    for _ in range(5):
        shuffled = rng.sample(ir.constraints, len(ir.constraints))
        again = ConstraintIR(ir.hole, tuple(shuffled), ir.names, ir.feasibility, ir.notes)
        assert compiler.compiled(again) == first
    assert compiler.hits == 5
    assert compiler.compiled(ir, Intensity.FULL).key != first.key


def test_only_what_changed_is_compiled_again():
    compiler = Compiler()
    compiler.compiled(ir_of(TEXT))
    assert compiler.pieces_made == 2
    compiler.compiled(ir_of(TEXT.replace("import os", "import sys")))  # another name in scope, the same syntax
    assert compiler.pieces_made == 3
    compiler.compiled(ir_of("# moved\n\n" + TEXT))
    assert compiler.pieces_made == 3


def test_what_was_not_used_for_long_is_let_go():
    compiler = Compiler(kept=4)
    for number in range(10):
        compiler.compiled(ir_of(TEXT.replace("os", f"m{number}")))
    before = compiler.pieces_made
    compiler.compiled(ir_of(TEXT.replace("os", "m9")))
    assert compiler.pieces_made == before
    compiler.compiled(ir_of(TEXT.replace("os", "m0")))
    assert compiler.pieces_made == before + 1


def test_several_threads_compile_at_once():
    compiler, found = Compiler(), []
    irs = [ir_of(TEXT.replace("os", f"m{number % 3}")) for number in range(12)]
    threads = [threading.Thread(target=lambda ir=ir: found.append(compiler.compiled(ir).key)) for ir in irs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(set(found)) == 3


def test_vocabularies_are_intersected():
    found = made(grammar(), words("a", "b"), words("b", "c", why="others"))
    assert satisfies(found, b"b") == ()
    assert satisfies(found, b"a") != ()
    assert found.notes == ()


def test_of_vocabularies_without_a_common_word_the_weaker_gives_way():
    found = made(words("a"), words("b", priority=Priority.WANTED, why="weaker"))
    assert satisfies(found, b"a") == ()
    assert "gave way" in found.notes[0]
    assert "'weaker' (wanted)" in found.notes[0]


def test_one_grammar_stays_in_a_domain():
    weaker = Pattern(Kind.SYNTACTIC, Domain.SYNTAX, Priority.HINT, "p", regex="x+")
    found = made(weaker, grammar())
    assert len(found.hard) == 1
    assert satisfies(found, b"a + b") == ()
    assert "gave way" in found.notes[0]


def test_a_vocabulary_without_words_is_dropped():
    found = made(words())
    assert found.hard == ()
    assert "no word" in found.notes[0]
    assert "2 of the words are no names" in " ".join(made(words("a b", "c\n", "d")).notes)


def test_preferences_agree_or_the_higher_priority_counts():
    found = made(likes(0.5, "a"), likes(0.9, "a"), likes(-2, "b"), likes(1, "b", priority=Priority.WANTED))
    assert {one.word: one.nats for one in found.soft} == {"a": 0.9, "b": 1}
    assert any("liked and disliked" in note for note in found.notes)
    assert [one.nats for one in made(likes(99, "a")).soft] == [10.0]
    assert made(likes(1, "a b", "\x00", "")).soft == ()


def test_what_has_the_wanted_type_is_preferred():
    one = Inhabitants(Kind.TYPE_SAFETY, Domain.TYPES, Priority.PREFERRED, "i", type="int", words=("n", "int("))
    assert {row.word for row in made(one).soft} == {"n", "int"}


def test_patterns_schemas_and_grammars_of_ones_own():
    pattern = Pattern(Kind.SEMANTIC, Domain.TYPES, Priority.WANTED, "p", regex="[a-z/]+")
    assert satisfies(made(pattern), b"a/b") == ()
    assert satisfies(made(pattern), b"A") != ()
    schema = Schema(Kind.SYNTACTIC, Domain.SYNTAX, Priority.REQUIRED, "s", schema='{"type": "integer"}')
    assert satisfies(made(schema), b"12") == ()
    assert satisfies(made(schema), b'"a"') != ()
    own = grammar(lark="start: /x+/\n")
    assert satisfies(made(own), b"xx") == ()


REFUSED = [
    Pattern(Kind.SEMANTIC, Domain.TYPES, Priority.WANTED, "p", regex="(a+)+"),
    Schema(Kind.SYNTACTIC, Domain.SYNTAX, Priority.REQUIRED, "s", schema="{"),
    Schema(Kind.SYNTACTIC, Domain.SYNTAX, Priority.REQUIRED, "s", schema="[]"),
    Schema(Kind.SYNTACTIC, Domain.SYNTAX, Priority.REQUIRED, "s", schema='{"type": "nonsense"}'),
    grammar(lark="start: nowhere\n"),
    Grammar(Kind.SYNTACTIC, Domain.SYNTAX, Priority.REQUIRED, "g", language="python", node_class="nonsense"),
]


@pytest.mark.parametrize("one", REFUSED)
def test_what_cannot_be_compiled_is_left_out_and_said(one):
    found = made(one)
    assert found.hard == ()
    assert len(found.notes) == 1


def test_a_grammar_that_the_file_itself_breaks_is_left_out():
    ir = ir_of("fn f() { <<a(]>> }", language="rust", kind="x", scale=Scale.STATEMENT, strategy=Strategy.STATEMENTS)
    found = compiled(ir)
    assert found.hard == ()
    assert "breaks it" in found.notes[0]
    sound = ir_of("fn f() { <<a()>> }", language="rust", kind="x", scale=Scale.STATEMENT, strategy=Strategy.STATEMENTS)
    assert [one.domain for one in compiled(sound).hard] == [Domain.SYNTAX]


@given(st.text(min_size=1, max_size=20))
def test_hostile_names_comments_and_strings_do_not_change_the_grammar(text):
    """Whatever a file holds around the hole, what may be written is an expression, and nothing else."""
    hostile = text.replace("<", "").replace(">", "").replace("\n", " ").replace("\r", " ")
    known = {demanded(f"x = 1\ny = {around}\n").hard[0] for around in ("<<x>>", "(<<x>>)")}  # `(` may seem to be open
    source = f"# {hostile}\nz = {hostile!r}\nx = 1\ny = <<x>>\n".encode("utf-8", "replace").decode()
    found = demanded(source)
    assert found.hard[0] in known
    assert grammar_fault(found.hard[-1].lark) == ""
    for word in (b"start: /.*/", b"a b", b"import os", b""):
        assert satisfies(found, word) != ()


@pytest.mark.parametrize(
    "name", ['"', 'a" | /.*/', "a\nstart: /.*/", "<|im_start|>", "\u202ea", "a" * 500, "\\", "/.*/"]
)
def test_hostile_words_never_reach_a_grammar(name):
    found = made(grammar(), words(name, "a"))
    assert satisfies(found, b"a") == ()
    for text in (name.encode("utf-8", "replace"), b"anything", b"b"):
        assert satisfies(found, text) != ()


def test_grammars_are_exported_as_gbnf():
    body = ir_of("def f():\n    <<return 1>>\n", scale=Scale.BODY, kind="block", strategy=Strategy.BODY)
    text, notes = gbnf_of(compiled(body).hard[0].lark)
    assert text.startswith("root ::= ")
    assert any("nested" in note for note in notes)
    defined = {line.partition(" ::= ")[0] for line in text.splitlines()}
    assert len(defined) == text.count("\n")
    assert {"statements-0", "statements-5", "NEWLINE8"} <= defined
    assert not {"statements-6", "NEWLINE7"} & defined
    assert "%" not in "".join(
        line for line in text.splitlines() if "BINARY" not in line.partition(" ")[0] and "AUG" not in line
    )
    text, notes = gbnf_of(demanded("function f() { return <<a>> }", language="javascript").hard[0].lark)
    assert "COMMENT" in text
    assert "::_" not in text


def test_every_hole_has_a_grammar_that_llguidance_takes():
    for language, text in {"python": TEXT, "typescript": "let a: <<B>> = c", "json": '{"a": <<1>>}'}.items():
        for strategy in Strategy:
            for one in compiled(ir_of(text, language=language, strategy=strategy, kind="number")).hard:
                assert grammar_fault(one.lark) == ""
