"""What a person reads on a terminal: what matters first, and nothing that the terminal obeys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render.escape import columns
from bot.render.quotes import quotes_of
from bot.render.text import render_text
from checks.change import Change
from checks.finding import Disposition, Evidence, Severity, Side
from checks.inference.report import Report
from checks.verdict import CheckRun, CheckStatus, Coverage, Overall, PathNote, Silenced, Verdict
from kb.view import Entry, Overlay
from models.chat.model import Usage
from tests.bot.verdicts import BAD, CLEAN, FIX, QUOTES, READING, UNUSED, WRITTEN, finding, with_findings
from tests.strategies import unhurried, verdicts

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
WHOLE = """\
Changes requested: 1 blocking finding, 1 remark; 2 of 4 files fully reviewed.

src/app/views.py:12  block  call-does-not-fit-signature  aaaaaaaa
  `save()` now needs a `user` that its caller in `mail.py` does not pass: it
  raises TypeError when it runs.
    engine src/app/mail.py:40:
      ty missing-argument: no argument for parameter `user`
    caller src/app/mail.py:40: save(draft)
    also reported by ruff

a.py:1  info  unused-import  bbbbbbbb
  `os` is imported and never used.
  proven fix (ruff):
    -import os
     import sys

2 of 4 files reviewed; 1 partly: big.py (larger than 5 MB); 1 skipped: uv.lock
  (generated).
Not checked by tsc (did not run): tsc is not installed; 1 file not seen by it.
1 finding silenced by comments in the code.
prudent.toml changed: the old rules applied
"""


class Head:
    """A view of one file."""

    id = "head"

    @property
    def entries(self) -> Mapping[str, Entry]:
        return {"a.py": Entry("a.py", 0o100644, "0" * 40)}

    def read(self, path: str) -> bytes:
        return {"a.py": b"import os\r\nimport sys\r\n"}[path]

    def size(self, path: str) -> int:
        return len(self.read(path))


def test_a_verdict_with_findings_reads_like_this() -> None:
    assert render_text(BAD, quotes=QUOTES) == WHOLE


def test_a_clean_approval_takes_two_lines() -> None:
    assert render_text(CLEAN) == (
        "Approved: Nothing to say about 2 files; everything was checked.\n2 of 2 files reviewed.\n"
    )


def test_an_answer_that_is_no_answer_does_not_look_like_one() -> None:
    broken = CheckRun("ty", CheckStatus.TIMED_OUT, 0, "no answer within 9 s", ("a.py",))
    verdict = replace(CLEAN, overall=Overall.NOT_CHECKED, one_liner="Not checked: ty did not finish.", checks=(broken,))
    text = render_text(verdict)
    assert text.startswith("Not checked: ty did not finish.\n")
    assert "Not checked by ty (timed out): no answer within 9 s; 1 file not seen by it." in text


@settings(unhurried, max_examples=80)
@given(verdicts, st.sampled_from((20, 40, 80, 200)))
def test_no_text_of_a_repository_reaches_the_terminal_raw(verdict: Verdict, width: int) -> None:
    plain = render_text(verdict, width=width)
    assert all(character.isprintable() for line in plain.split("\n") for character in line)
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufe00-\ufe0f]", plain)
    coloured = render_text(verdict, width=width, colour=True)
    assert COLOUR.sub("", coloured) == plain
    plain.encode("utf-8")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_keep_to_the_width_unless_one_word_is_wider(width: int) -> None:
    for line in render_text(BAD, width=width, quotes=QUOTES).splitlines():
        assert columns(line) <= width or len(line.split()) <= 3, line


def test_wide_characters_count_twice() -> None:
    lines = render_text(with_findings(finding(message="漢字 " * 30)), width=40).splitlines()
    assert max(columns(line) for line in lines if "漢" in line) <= 40


def test_findings_are_grouped_by_severity_in_the_order_given() -> None:
    mixed = [finding(path=f"{n}.py", severity=s) for n, s in enumerate((Severity.INFO, Severity.BLOCK, Severity.INFO))]
    places = re.findall(r"(?m)^(\d)\.py:", render_text(with_findings(*mixed)))
    assert places == ["1", "0", "2"]


def test_more_findings_than_people_read_are_counted() -> None:
    text = render_text(with_findings(*[finding(path=f"{n}.py") for n in range(9)], max_findings=4))
    assert len(re.findall(r"(?m)^\d\.py:", text)) == 4
    assert "5 more (--format json has them all)" in text


def test_many_skipped_files_are_grouped_by_reason_and_counted() -> None:
    skipped = tuple(PathNote(f"{n}.lock", "generated", True) for n in range(3000))
    text = render_text(replace(CLEAN, coverage=Coverage(("a.py",), (), (*skipped, PathNote("b", "binary")))), width=200)
    assert "1 of 3,002 files reviewed; 3,001 skipped: 0.lock, 1.lock, 2.lock, 3.lock, 4.lock and 2,995 more" in text
    assert "(generated), b (binary)." in text


def test_a_base_line_is_marked_as_such() -> None:
    assert "src/app/views.py:12 (base)  block" in render_text(with_findings(finding(side=Side.LEFT)))


def test_only_a_proven_fix_is_shown() -> None:
    for disposition in (Disposition.DISPLAY, Disposition.UNSAFE):
        unproven = replace(UNUSED, suggestion=replace(FIX, disposition=disposition))
        assert "import sys" not in render_text(with_findings(unproven), quotes=QUOTES)


def test_without_the_old_lines_the_fix_says_which_it_replaces() -> None:
    text = render_text(with_findings(UNUSED))
    assert "  proven fix of lines 1-2 (ruff):\n    +import sys\n" in text


def test_a_long_line_of_code_is_cut() -> None:
    quote = Evidence("quote", "a.py", 1, "x" * 1_000_000)
    text = render_text(with_findings(finding(evidence=(quote,))), width=80)
    assert max(len(line) for line in text.splitlines()) <= 80


def test_evidence_does_not_repeat_what_the_finding_says() -> None:
    engine = Evidence("engine", "a.py", 3, "ruff F821: Undefined name `x`")
    elsewhere = replace(engine, path="b.py")
    named = finding(path="a.py", line=3, message="Undefined name `x`", evidence=(engine, elsewhere), also=())
    assert "\n  Undefined name `x`\n    engine: ruff F821\n    engine b.py:3: ruff F821\n" in render_text(
        with_findings(named)
    )


def test_many_pieces_of_evidence_are_counted() -> None:
    callers = tuple(Evidence("caller", "a.py", n, "f()") for n in range(1, 12))
    assert "    and 3 more\n" in render_text(with_findings(finding(evidence=callers)))


def test_quotes_are_the_lines_at_head() -> None:
    change = Change("r", "main", "b", "h", Overlay(Head(), {}), Head(), ())
    missing = replace(UNUSED, path="gone.py", fingerprint="d" * 16)
    on_base = replace(UNUSED, side=Side.LEFT, fingerprint="e" * 16)
    quotes = quotes_of(with_findings(UNUSED, finding(), missing, on_base), change)
    assert quotes == {"b" * 16: "import os\r\nimport sys\r\n"}
    assert "    -import os\n     import sys\n" in render_text(with_findings(UNUSED), quotes=quotes)


def test_a_patch_by_a_model_says_by_which_and_at_what_risk() -> None:
    shown = render_text(replace(BAD, findings=(replace(UNUSED, suggestion=WRITTEN),)))
    assert "proven patch of lines 1-2 (SmolLM2, risk 0.12)" in shown


def test_what_models_cost_and_did_not_say_is_told_in_one_sentence() -> None:
    text = " ".join(render_text(replace(BAD, reading=READING), width=200).split())
    assert text.endswith(
        "Read by anthropic/some-model: 3 calls, 4,290 tokens, $0.0123; 4 claims, 3 of them not said"
        " (2 refuted, 1 quote not in head)."
    )
    free = replace(READING, micros=0, dropped=(), claims=1)
    assert "4,290 tokens, no cost; 1 claim." in " ".join(render_text(replace(BAD, reading=free), width=200).split())
    kept = replace(READING, calls=0, usage=Usage(), micros=0, dropped=(), claims=1)
    assert "asked before, nothing was sent; 1 claim." in " ".join(render_text(replace(BAD, reading=kept)).split())


def test_nothing_is_said_of_models_that_were_not_asked() -> None:
    assert "Read by" not in render_text(replace(BAD, reading=Report()))


def test_what_memory_holds_back_is_counted_by_itself() -> None:
    text = render_text(replace(BAD, silenced=(Silenced(UNUSED, "like 3", held=True), Silenced(UNUSED, "no", "ann"))))
    assert "1 finding held back: like others that maintainers dismissed here." in text
    assert "1 finding dismissed by maintainers." in text
    assert "silenced by comments" not in text


def test_why_no_model_read_it_is_told_once() -> None:
    why = "not run: no model large enough"
    runs = tuple(CheckRun(slug, CheckStatus.SKIPPED, 0, why) for slug in ("logic-error", "security-hole"))
    text = render_text(replace(CLEAN, checks=runs, reading=Report()))
    assert text.count(why) == 1
    nothing_to_read = (CheckRun("logic-error", CheckStatus.SKIPPED, 0, "no changed file for it"),)
    assert "No model" not in render_text(replace(CLEAN, checks=nothing_to_read, reading=Report()))
    assert "No model" not in render_text(replace(CLEAN, checks=runs))
