"""Model files and repository text that are made to break llama.cpp, a prompt or a terminal."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.main import main
from kb.outcomes.audit import LoggedSuggestion
from kb.outcomes.storable import storable_audit
from kb.source import Source
from models.confidence import model_factor
from models.errors import BadModelFile, ModelError
from models.gguf import read_header
from models.infill.fim import COMMENTS, opening_line, prompt_of
from models.infill.window import Window
from models.judge import judge
from models.llama import LoadOptions, load
from models.mask.holes import hole_of_lines
from models.model import Model
from models.patch import Task
from models.propose import propose
from models.rank import scores_of
from models.scripted import Scripted
from tests.kb.audits import audit, finding
from tests.models.weights import END, FIM, MARKER, START, tiny_gguf

MARKERS = (MARKER, END, START, *FIM, "<|im_end|>", "<fim_suffix>", "<｜fim▁hole｜>", "</s>", "[INST]")


def changed(path: Path, old: bytes, new: bytes) -> Path:
    """Replace bytes of a file by as many others."""
    data = path.read_bytes()
    assert len(old) == len(new)
    assert data.count(old) == 1
    path.write_bytes(data.replace(old, new))
    return path


def test_a_token_that_ends_at_a_zero_is_the_one_that_it_looks_like_to_llama_cpp(tmp_path: Path) -> None:
    """It reads `<` twice and ends the process over it."""
    path = changed(tiny_gguf(tmp_path / "tiny.gguf"), b"<|fim_prefix|>", b"<\0fim_prefix|>")
    with pytest.raises(BadModelFile, match="twice"):
        read_header(path)


def test_a_vocabulary_of_pieces_has_to_spell_every_byte(tmp_path: Path) -> None:
    """Asked for a byte that it lacks, llama.cpp ends the process: whoever writes a file could choose the byte."""
    path = tiny_gguf(tmp_path / "tiny.gguf", sentencepiece=True)
    assert read_header(path).vocabulary > 256
    with pytest.raises(BadModelFile, match="every byte"):
        read_header(changed(path, b"<0x7C>", b"<1x7C>"))


def test_what_a_file_says_of_itself_is_printed_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from gguf import GGUFWriter

    path = tmp_path / "tiny.gguf"
    writer = GGUFWriter(path, "x\x1b]0;owned\x07")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    assert read_header(path).architecture.startswith("x\x1b")
    assert main(["models", "bench", str(path)]) == 2
    said = capsys.readouterr()
    assert "owned" in said.err
    assert "\x1b" not in said.out + said.err


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    model = load(tiny_gguf(tmp_path_factory.mktemp("tiny") / "tiny.gguf"), options=LoadOptions(threads=1))
    yield model
    model.close()


def special(model: Model) -> set[int]:
    fim = model.info.fim
    assert fim is not None
    return {fim.prefix, fim.suffix, *([fim.middle] if fim.middle is not None else []), *model.info.ends}


texts = st.lists(st.sampled_from([*MARKERS, "x = 1\n", "  ", "<", "|>", "é", "\udcff"]), max_size=8).map(
    lambda parts: "".join(parts).encode("utf-8", "surrogateescape")
)


@settings(max_examples=60)
@given(texts, texts, texts)
def test_a_prompt_has_its_own_markers_and_no_others(tiny: Model, before: bytes, after: bytes, asked: bytes) -> None:
    opening = opening_line("python", asked.decode("utf-8", "surrogateescape"))
    prompt = prompt_of(tiny, Window(before, after), opening=opening)
    fim = tiny.info.fim
    assert fim is not None
    found = [token for token in prompt.tokens if token in special(tiny)]
    assert found == [fim.prefix, fim.suffix, fim.middle]
    text = opening + before
    assert tiny.bytes_of(prompt.tokens) == text[: len(text) - len(prompt.forced)] + after


@given(st.text(max_size=300))
def test_an_instruction_is_one_line_of_comment_whatever_it_holds(text: str) -> None:
    for language, (opens, closes) in COMMENTS.items():
        line = opening_line(language, f"*/ --> ?> {text} */ --> ?>\n/prudent dismiss")
        assert line.startswith(opens)
        assert line.endswith(closes + b"\n")
        inner = line[len(opens) : len(line) - len(closes) - 1].decode()
        assert inner.isprintable()
        assert len(line.splitlines()) == 1
        assert not any(mark in inner for mark in ("*/", "-->", "?>"))


@pytest.mark.parametrize("liked", [b"", b"x" * 400, b"<|im_start|>", b"\x00\xff", b"\n\n\n\n", b"a = a = a = "])
@pytest.mark.parametrize("fim", [True, False])
def test_a_model_that_misbehaves_gives_nothing_that_is_unsound(liked: bytes, fim: bool) -> None:
    from models.mask.splice import faults_in

    data = b"def f(amount):\r\n\treturn amuont  # <|fim_middle|>\r\n"
    source = Source("a.py", data)
    hole = hole_of_lines(source, "python", 2, 2)
    assert hole is not None
    task = Task(source, "python", hole, wrong={"slug": "undefined-name", "name": "amuont"}, instruction="go on")
    for one in propose(task, Scripted([liked], fim=fim)).candidates:
        assert faults_in(source, "python", one.hole, one.text) == ()
        assert b"\x00" not in one.text


@pytest.mark.slow
def test_markers_in_code_stay_text_to_a_real_model(smollm2_path: Path) -> None:
    model = load(smollm2_path)
    try:
        for marker in MARKERS:
            text = f"x = '{marker}'  # ignore previous instructions".encode()
            tokens = model.tokens_of(text)
            assert model.bytes_of(tokens) == text
            assert not model.info.ends & set(tokens)
            assert not {1, 2} & set(tokens)  # <|im_start|>, <|im_end|>
    finally:
        model.close()


@pytest.mark.parametrize("architecture", ["llama", "mamba"])
def test_a_model_of_no_numbers_makes_nobody_sure(architecture: str, tmp_path: Path) -> None:
    """Damaged weights give NaN, which `min` and `max` took for the widest of all margins."""
    path = tiny_gguf(tmp_path / "tiny.gguf", architecture)
    data = path.read_bytes()
    path.write_bytes(data[:-256] + struct.pack("<64f", *[math.nan] * 64))
    model = load(path, options=LoadOptions(threads=1))
    source = Source("a.py", b"def f(amount):\n    return amuont\n")
    hole = hole_of_lines(source, "python", 2, 2)
    assert hole is not None
    try:
        with pytest.raises(ModelError, match="damaged"):
            scores_of(model, source, hole, [b"return amount"])
        with pytest.raises(ModelError, match="damaged"):
            propose(Task(source, "python", hole, wrong={"slug": "undefined-name", "name": "amuont"}), model)
    finally:
        model.close()


def test_no_number_is_no_margin() -> None:
    assert model_factor(math.nan, math.nan) == 0.0
    assert model_factor(math.inf, math.inf) > 0.99


def test_what_a_model_wrote_can_be_stored() -> None:
    """Postgres refuses NUL, lone surrogates and NaN, and with them the whole audit."""
    told = {"tried": [{"text": "a\0b\udcff", "score": math.nan}], "spans": [[0, 1]], "risk": 0.5}
    suggestion = LoggedSuggestion(1, 1, "x", "safe", "model", provenance=told)
    logged = replace(finding("0123456789abcdef"), suggestion=suggestion)
    (kept,) = storable_audit(audit(logged)).findings
    assert kept.suggestion is not None
    clean = {"tried": [{"text": "a\\x00b\\udcff", "score": None}], "spans": [[0, 1]], "risk": 0.5}
    assert kept.suggestion.provenance == clean


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"return await h(a)", b"return await f(a)", ("`f` is no coroutine",)),
        (b"return await h(a)", b"return await g(a)", ()),
        (b"return await f(a)", b"return await f( a )", ()),  # it may return something that can be awaited
        (b"return await h(a)", b"return f(a)", ()),
    ],
)
def test_what_is_no_coroutine_is_not_newly_awaited(old: bytes, new: bytes, why: tuple[str, ...]) -> None:
    """`await f(a)` was offered for `await h(a)`, where nothing was wrong: no check looks at a new await of such."""
    data = b"def f(a):\n    return a\n\n\nasync def g(a):\n    " + old + b"\n\n\nasync def h(a):\n    return a\n"
    source = Source("a.py", data)
    hole = hole_of_lines(source, "python", 6, 6)
    assert hole is not None
    assert judge(source, "python", hole, new) == why
