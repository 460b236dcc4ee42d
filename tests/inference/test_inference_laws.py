"""A reader that cannot make a finding up: whatever a model answers, what is said stands in the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.finding import Confidence, Severity
from checks.inference.claims import Named, Says
from checks.inference.guard import lines_in
from checks.inference.logic_error import KINDS
from checks.inference.model import Reader
from checks.inference.reading import STANDS, told
from checks.verdict import CheckStatus
from models.chat.model import Ask
from tests.inference.reads import opened, read, says, scripted

BEFORE = {
    "shop/a.py": "def total(rows):\n    return sum(rows)\n",
    "shop/b.py": "from shop.a import total\n\n\ndef bill(rows):\n    return total(rows)\n",
    "src/c.ts": "export const rate = (x: number) => x * 2\n",
}
AFTER = {
    **BEFORE,
    "shop/a.py": "def total(rows):\n    # all\n    kept = [row for row in rows if row]\n    return sum(kept, 1)\n",
    "src/c.ts": "export const rate = (x: number) => x * 3\n",
}
LINES = [line for text in AFTER.values() for line in text.split("\n")]
WORDS = [
    "total",
    "rows",
    "kept",
    "x",
    "rate",
    "nothing",
    "`kept` is never used.",
    "`total` is not defined.",
    "",
    "[secret: x]",
]

quotes = st.one_of(
    st.sampled_from(LINES),
    st.lists(st.sampled_from(LINES), max_size=3).map("\n".join),
    st.text(max_size=40),
)
claims = st.builds(
    told,
    st.one_of(st.sampled_from([*AFTER, "nowhere.py", ""]), st.text(max_size=20)),
    quotes,
    st.sampled_from(KINDS),
    st.one_of(st.sampled_from(WORDS), st.text(max_size=60)),
    st.one_of(st.sampled_from(["total([1])", "", "n/a"]), st.text(max_size=30)),
    names=st.lists(st.builds(Named, st.sampled_from(WORDS), st.sampled_from(Says)), max_size=2),
    confidence=st.sampled_from(Confidence),
)
verdicts = st.builds(lambda refuted, because: {**STANDS, "refuted": refuted, "because": because}, st.booleans(), quotes)
PLACES = {(path, at): line.strip() for path, text in AFTER.items() for at, line in enumerate(lines_in(text), start=1)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(claims, max_size=4), verdicts)
def test_whatever_a_model_answers_what_is_said_stands_in_the_code(
    answer: list[dict[str, Any]], verdict: Mapping[str, Any]
) -> None:
    chat = scripted(says({"logic-error": answer}, verdict))
    found = read(BEFORE, AFTER, chat, reader=Reader(opened(chat), passes=("logic-error",), salt=b"tests"))
    assert [run.status for run in found.runs] == [CheckStatus.OK]
    assert len(found.findings) + len(found.report.dropped) == len(answer)
    for one in found.findings:
        shown = [PLACES[one.path, at] for at in range(one.line, one.end_line + 1)]
        assert one.text == "\n".join(shown)
        assert one.evidence
        assert one.severity is not Severity.BLOCK
        assert one.confidence is not Confidence.HIGH
        assert one.silent or one.severity is Severity.WARN
        assert "\n" not in one.message


def test_the_same_answers_bring_the_same_findings() -> None:
    answer = [told("shop/a.py", "return sum(kept, 1)", "wrong-value", "One too many.", "total([])")]
    runs = []
    for _ in range(2):
        chat = scripted(says({"logic-error": answer}))
        found = read(BEFORE, AFTER, chat)
        runs.append((found, [(ask.system, ask.shared, ask.question) for ask in chat.asks]))
    assert runs[0] == runs[1]


def test_a_fault_of_ours_leaves_the_passes_unchecked_and_raises_nothing() -> None:
    def broken(ask: Ask) -> Mapping[str, Any]:
        raise RuntimeError("a fault\nof ours")

    found = read(BEFORE, AFTER, scripted(broken))
    assert [(run.status, run.reason) for run in found.runs[:3]] == [
        (CheckStatus.FAILED, "RuntimeError: a fault of ours")
    ] * 3
    assert found.runs[0].missed == ("shop/a.py", "src/c.ts")
    assert not found.findings
