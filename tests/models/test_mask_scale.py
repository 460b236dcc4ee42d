"""The scale of a hole, told from the text before and after it."""

from __future__ import annotations

import pytest

from kb.source import Source
from kb.syntax.parse import Unparsed
from models.mask.holes import holes_in
from models.mask.model import Scale, Strategy
from models.mask.scale import scale_between
from tests.models.mask_samples import SAMPLES

CASES = [
    ("python", b"def f(a):\n    ", b"\n", Scale.BODY),
    ("python", b"class A:\n    ", b"\n\n\nx = 1\n", Scale.BODY),
    ("python", b"def f(a):\n    x = 1\n    ", b"\n    return x\n", Scale.STATEMENT),
    ("python", b"def f(a):\n    if a:\n        ", b"\n    return a\n", Scale.BLOCK),
    ("python", b"x = ", b"\n", Scale.EXPRESSION),
    ("python", b"x = f(a, ", b")\n", Scale.EXPRESSION),
    ("python", b"if ", b":\n    pass\n", Scale.EXPRESSION),
    ("python", b"x = 1\n", b"", Scale.STATEMENT),
    ("python", b"", b"", Scale.STATEMENT),
    ("javascript", b"function f(a) ", b"\n", Scale.BODY),
    ("javascript", b"function f(a) {\n  ", b"\n}\n", Scale.BODY),
    ("javascript", b"function f(a) {\n  x();\n  ", b"\n  return a;\n}\n", Scale.STATEMENT),
    ("javascript", b"const x = ", b";\n", Scale.EXPRESSION),
    ("typescript", b"function f(a: ", b"): void {}\n", Scale.EXPRESSION),
    ("typescript", b"function f(a: number): void ", b"\n", Scale.BODY),
    ("go", b"package a\n\nfunc f(a int) bool ", b"\n", Scale.BODY),
    ("java", b"class A {\n  int f() {\n    g();\n    ", b"\n    return 1;\n  }\n}\n", Scale.STATEMENT),
    ("rust", b"fn f() -> u8 {\n    g();\n    let x = ", b";\n    x\n}\n", Scale.EXPRESSION),
    ("json", b'{"a": ', b"}", Scale.EXPRESSION),
]


@pytest.mark.parametrize(("language", "prefix", "suffix", "scale"), CASES)
def test_the_scale_between_two_texts(language: str, prefix: bytes, suffix: bytes, scale: Scale) -> None:
    assert scale_between(prefix, suffix, language) is scale


@pytest.mark.parametrize("language", SAMPLES)
def test_it_agrees_with_what_was_opened(language: str) -> None:
    """A single statement may be read as the whole of its block, a last value as a statement: both are."""
    source = Source("sample", SAMPLES[language])
    agreed = total = 0
    for strategy in (Strategy.BODY, Strategy.STATEMENTS, Strategy.EXPRESSIONS):
        for hole in holes_in(source, language, strategy):
            told = scale_between(source.data[: hole.span.start], source.data[hole.span.end :], language)
            alike = {Scale.BLOCK: Scale.STATEMENT}.get(told, told)
            agreed += alike is hole.scale
            total += 1
    assert agreed >= 0.7 * total


def test_a_text_that_cannot_be_parsed_has_no_scale() -> None:
    with pytest.raises(Unparsed, match="larger than 5 MB"):
        scale_between(b"x = 1\n" * 900_000, b"", "python")
