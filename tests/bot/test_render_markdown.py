"""A review body that GitHub takes, in which no text of the repository does anything."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.render.markdown import LIMIT, marker_of, render_finding, render_markdown
from checks.finding import Disposition, Evidence, Side, Suggestion
from checks.verdict import CheckRun, CheckStatus, Coverage, PathNote, Verdict
from tests.bot.verdicts import BAD, CLEAN, FIX, UNUSED, WRITTEN, finding, with_findings
from tests.strategies import unhurried, verdicts

OWN_TAGS = re.compile(r"</?(?:details|summary|sub)>|<br>")
WHOLE = """\
<!-- prudent:review head=cccccccccccccccccccccccccccccccccccccccc -->
### Changes requested

1 blocking finding, 1 remark; 2 of 4 files fully reviewed.

1 block · 0 warn · 1 info

---
**block** `call-does-not-fit-signature` at `src/app/views.py:12` in `View.save`, also `ruff`

`save()` now needs a `user` that its caller in `mail.py` does not pass: it raises TypeError when it runs.

<details><summary>Evidence (2)</summary>

- engine `src/app/mail.py:40`: `` ty missing-argument: no argument for parameter `user` ``
- caller `src/app/mail.py:40`: `save(draft)`

</details>

---
**info** `unused-import` at `a.py:1`

`os` is imported and never used.

```suggestion
import sys
```

---
- 2 of 4 files reviewed; 1 partly: `big.py` (larger than 5 MB); 1 skipped: `uv.lock` (generated).
- Not checked by tsc (did not run): tsc is not installed; 1 file not seen by it.
- 1 finding silenced by comments in the code.
- prudent.toml changed: the old rules applied

<sub>prudent 0.1.0, ruff 0.17.5</sub>"""


def outside_code(markdown: str) -> str:
    """Return the body without code spans and fenced blocks."""
    text = re.sub(r"(?ms)^(`{3,})suggestion\n.*?^\1$", "", markdown)
    return re.sub(r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)", "", text)


def test_a_verdict_with_findings_reads_like_this() -> None:
    assert render_markdown(BAD) == WHOLE


def test_a_clean_approval_is_short() -> None:
    assert len(render_markdown(CLEAN).splitlines()) <= 9


@settings(unhurried, max_examples=80)
@given(verdicts)
def test_no_text_of_a_repository_does_anything(verdict: Verdict) -> None:
    body = render_markdown(verdict)
    body.encode("utf-8")
    assert len(body) <= LIMIT
    marker, _, rest = body.partition("\n")
    assert marker == marker_of(verdict.head)
    outside = OWN_TAGS.sub("", outside_code(rest))
    assert not re.search(r"<[a-zA-Z/!]", outside)
    assert not re.search(r"(?<!\\)\]\(", outside)
    assert not re.search(r"@\w|\w://", outside)
    assert not re.search(r"(?m)^\s*/[A-Za-z]", body)


@settings(unhurried, max_examples=30)
@given(verdicts)
def test_the_coverage_is_always_there(verdict: Verdict) -> None:
    assert re.search(r"(?m)^- (No files changed\.|[\d,]+ of [\d,]+ files? reviewed)", render_markdown(verdict))


def test_a_body_is_cut_between_findings_and_says_how_many_are_left() -> None:
    long = [finding(path=f"{n}.py", message="word " * 190, fingerprint=f"{n:016x}") for n in range(90)]
    body = render_markdown(with_findings(*long, max_findings=90))
    shown = body.count("**block**")
    assert LIMIT * 0.8 < len(body) <= LIMIT
    assert f"**{90 - shown} more** not shown here." in body
    assert body.count("<details>") == body.count("</details>") == shown
    assert "- 2 of 4 files reviewed;" in body


def test_no_more_findings_than_the_settings_say() -> None:
    body = render_markdown(with_findings(*[finding()] * 9, max_findings=4))
    assert body.count("**block**") == 4
    assert "**5 more** not shown here." in body


def test_the_worst_of_everything_still_fits() -> None:
    nasty = "@`<![" * 600
    worst = finding(
        path=nasty,
        symbol=nasty,
        message=nasty,
        evidence=tuple(Evidence("quote", nasty, 1, nasty) for _ in range(12)),
        suggestion=Suggestion(1, 1, "x" * 100_000, Disposition.SAFE, "ruff"),
    )
    notes = tuple(PathNote(f"{nasty}{n}", f"{n}{nasty}") for n in range(100))
    verdict = with_findings(
        *[worst] * 6,
        one_liner=nasty,
        coverage=Coverage((), notes, notes),
        checks=tuple(CheckRun(f"check-{n}", CheckStatus.FAILED, 0, nasty) for n in range(50)),
        notes=(nasty,) * 50,
        versions={nasty: nasty},
    )
    body = render_markdown(verdict)
    assert len(body) <= LIMIT
    assert "**block**" in body
    assert re.search(r"- 0 of 200 files reviewed", body)


def test_evidence_and_versions_say_nothing_twice() -> None:
    engine = Evidence("engine", "a.py", 3, "ruff F821: Undefined name `x`")
    named = finding(path="a.py", line=3, message="Undefined name `x`", evidence=(engine,))
    body = render_markdown(with_findings(named, versions={"ruff": "ruff 0.17.5"}))
    assert "- engine: `ruff F821`\n" in body
    assert "<sub>ruff 0.17.5</sub>" in body


@pytest.mark.parametrize("disposition", [Disposition.DISPLAY, Disposition.UNSAFE])
def test_only_a_safe_suggestion_can_be_clicked(disposition: Disposition) -> None:
    unsafe = replace(UNUSED, suggestion=replace(FIX, disposition=disposition))
    assert "suggestion" not in render_markdown(with_findings(unsafe))


@pytest.mark.parametrize(
    ("replacement", "block"),
    [
        ("", "```suggestion\n```"),
        ("\n", "```suggestion\n\n```"),
        ("a\r\nb\r\n", "```suggestion\na\nb\n```"),
        ("no end", "```suggestion\nno end\n```"),
        ('"""\n```\nx\n```\n"""\n', '````suggestion\n"""\n```\nx\n```\n"""\n````'),
    ],
)
def test_a_suggestion_holds_exactly_its_lines(replacement: str, block: str) -> None:
    fixed = replace(UNUSED, suggestion=replace(FIX, replacement=replacement))
    assert f"\n{block}\n" in render_finding(fixed)


@pytest.mark.parametrize(
    "replacement", ["/approve\n", "@dependabot merge\n", "<!-- prudent:review head=1 -->\n", "\u202e\n"]
)
def test_a_suggestion_that_does_more_than_replace_is_left_out(replacement: str) -> None:
    assert "suggestion" not in render_finding(replace(UNUSED, suggestion=replace(FIX, replacement=replacement)))


def test_a_line_of_the_base_file_is_marked() -> None:
    assert "`src/app/views.py:12` (base)" in render_finding(finding(side=Side.LEFT))


@pytest.mark.parametrize("head", ["main --> <b>", "x\ny", "\udcff", ""])
def test_the_marker_stays_a_comment(head: str) -> None:
    assert re.fullmatch(r"<!-- prudent:review head=[0-9A-Za-z._]* -->", marker_of(head))


def test_a_patch_by_a_model_says_by_which_and_at_what_risk() -> None:
    shown = render_markdown(replace(BAD, findings=(replace(UNUSED, suggestion=WRITTEN),)))
    assert "<sub>Proposed by `SmolLM2`, proven; risk 0.12</sub>" in shown
