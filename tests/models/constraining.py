"""What the tests of constraints share: holes in marked text, and grammars asked directly."""

from __future__ import annotations

from collections.abc import Mapping

from kb.graph.code import Code
from kb.source import Source, Span
from models.constraints.check import satisfies
from models.constraints.compile import compiled
from models.constraints.extract import extract
from models.constraints.ir import ConstraintIR, HoleSpec
from models.constraints.model import Compiled, Domain, HardGrammar, Intensity
from models.mask.model import Hole, Scale, Strategy

PATHS: Mapping[str, str] = {
    "python": "a.py", "javascript": "a.js", "typescript": "a.ts", "tsx": "a.tsx", "go": "a.go", "rust": "a.rs",
    "json": "a.json",
}  # fmt: skip


def marked(
    text: str, kind: str = "call", scale: Scale = Scale.EXPRESSION, strategy: Strategy = Strategy.EXPRESSIONS,
    language: str = "python", symbol: str = "",
) -> tuple[Source, Hole]:  # fmt: skip
    """The file without `<<` and `>>`, and the hole that they enclose."""
    before, _, rest = text.partition("<<")
    old, _, after = rest.partition(">>")
    start = len(before.encode())
    line = before.rpartition("\n")[2]
    indent = line[: len(line) - len(line.lstrip())].encode()
    hole = Hole(Span(start, start + len(old.encode())), kind, scale, strategy, indent, old.encode(), symbol)
    return Source(PATHS[language], (before + old + after).encode()), hole


def ir_of(text: str, code: Code | None = None, language: str = "python", **words: object) -> ConstraintIR:
    source, hole = marked(text, language=language, **words)
    return extract(source, language, hole, code)


def demanded(text: str, code: Code | None = None, language: str = "python", **words: object) -> Compiled:
    return compiled(ir_of(text, code, language, **words), Intensity.FULL)


def takes(lark: str, text: str | bytes) -> bool:
    """Whether a grammar accepts a text."""
    data = text.encode() if isinstance(text, str) else text
    reasons = satisfies(Compiled(hard=(HardGrammar(Domain.SYNTAX, lark),)), data)
    assert not any("grammar is none" in reason or "not decided" in reason for reason in reasons), reasons
    return not reasons


SPEC = HoleSpec("a.py", "python", 0, 1, "identifier", "expression", "expression", text="x")
