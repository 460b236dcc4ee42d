"""The texts that people read: what they say, and that no text of a repository does anything in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.posting.anchors import Anchors, from_patches
from bot.posting.bodies import Delta, delta_body, fixed_body
from bot.posting.check_report import report_of
from bot.posting.model import Stance, Wanted
from bot.posting.plan import Context, plan
from bot.posting.wanted import wanted_of
from bot.render.markdown import LIMIT
from checks.finding import Disposition, Evidence, Suggestion
from checks.settings import AppOptions
from checks.verdict import CheckRun, CheckStatus, Coverage, PathNote, Verdict
from tests.bot.test_render_markdown import OWN_TAGS, outside_code
from tests.bot.verdicts import BAD, CLEAN, finding, with_findings
from tests.posting.standings import HEAD, LINKS, NEXT, Pull
from tests.posting.test_sameness import identity, standing
from tests.strategies import unhurried, verdicts

JOB = "rv:2:1:" + HEAD


OWN_LINK = re.compile(r"\]\(https://github\.com/octo/app/blob/[0-9a-f]{40,64}/[\w./~%-]+(?:#L\d+(?:-L\d+)?)?\)")


SHOWS_A = from_patches({"a.py": "@@ -1,2 +1,3 @@\n a\n+b\n c\n"})


EVERYWHERE = from_patches({"src/app/views.py": "@@ -1,200 +1,200 @@\n" + " x\n" * 200})


SUMMARY = """\
### Changes requested

1 blocking finding, 1 remark; 2 of 4 files fully reviewed.

1 block · 0 warn · 1 info

**On changed lines**

- **info** `unused-import` at [`a.py:1`](https://github.com/octo/app/blob/cccc/a.py#L1) (`bbbbbbbb`): \
`os` is imported and never used.

**Not on changed lines, or too many for comments**

---
**block** `call-does-not-fit-signature` at \
[`src/app/views.py:12`](https://github.com/octo/app/blob/cccc/src/app/views.py#L12-L14) in `View.save`, also `ruff`

`save()` now needs a `user` that its caller in `mail.py` does not pass: it raises TypeError when it runs.

<details><summary>Evidence (2)</summary>

- engine `src/app/mail.py:40`: `` ty missing-argument: no argument for parameter `user` ``
- caller `src/app/mail.py:40`: `save(draft)`

</details>

<sub>finding `aaaaaaaa`</sub>

---
- 2 of 4 files reviewed; 1 partly: `big.py` (larger than 5 MB); 1 skipped: `uv.lock` (generated).
- Not checked by tsc (did not run): tsc is not installed; 1 file not seen by it.
- 1 finding silenced by comments in the code.
- prudent.toml changed: the old rules applied

<sub>prudent 0.1.0, ruff 0.17.5</sub>

<sub>Comment `/prudent help` to see what can be asked.</sub>"""


COMMENT = """\
**info** `unused-import` at `a.py:1`

`os` is imported and never used.

```suggestion
import sys
```"""


def wanted(verdict: Verdict, anchors: Anchors = SHOWS_A, options: AppOptions | None = None) -> Wanted:
    return wanted_of(verdict, anchors, job=JOB, head=HEAD, options=options or AppOptions(), links=LINKS)


def summary(verdict: Verdict, anchors: Anchors = SHOWS_A) -> str:
    made = plan(Pull().posted, wanted(verdict, anchors), Context(verdict, LINKS, lambda _: False)).review
    assert made is not None
    return made.body


def visible(body: str) -> str:
    return "\n".join(line for line in body.splitlines() if not line.startswith("<!--")).replace(HEAD, "cccc")


def test_a_first_summary_reads_like_this() -> None:
    assert visible(summary(BAD)) == SUMMARY


def test_a_comment_on_a_line_reads_like_this() -> None:
    (inline,) = wanted(BAD).inline
    assert visible(inline.comment.body) == COMMENT
    assert (inline.comment.path, inline.comment.start_line, inline.comment.line, inline.comment.side) == (
        "a.py",
        1,
        2,
        "RIGHT",
    )


def test_a_fixed_comment_reads_like_this() -> None:
    said = visible(fixed_body(standing(identity()), NEXT))
    assert said == "**Fixed** as of `dddddddddd`: `odd` is no longer found here."


@pytest.mark.parametrize(
    ("new", "stance", "link", "line"),
    [
        (1, Stance.COMMENT, "https://x/1", "1 new finding at `cccccccccc`. See the [summary](https://x/1)."),
        (2, Stance.REQUEST_CHANGES, "", "Changes requested. 2 new findings at `cccccccccc`. See the summary."),
        (0, Stance.APPROVE, "", "Approved. See the summary."),
    ],
)
def test_a_later_review_is_one_line(new: int, stance: Stance, link: str, line: str) -> None:
    assert delta_body("j", HEAD, new=new, stance=stance, link=link).splitlines()[1:] == [line]


def test_a_difference_is_one_sentence() -> None:
    assert Delta().sentence == ""
    assert Delta(2, 1, 3, 1).sentence == "Since the last review: 2 fixed, 1 new, 3 unchanged, 1 dismissed."
    assert Delta(unseen=1200).sentence == "Since the last review: 1,200 not looked for this time."


def test_a_clean_summary_does_not_speak_of_approval_unless_it_is_one() -> None:
    def headed(options: AppOptions) -> str:
        pull = Pull()
        first = plan(pull.posted, wanted(BAD), Context(BAD, LINKS, lambda _: False))
        pull.apply(first)
        clean = replace(CLEAN, head=NEXT)
        pull.apply(plan(pull.posted, wanted(clean, options=options), Context(clean, LINKS, lambda _: True)))
        return next(line for line in pull.reviews[0].body.splitlines() if line.startswith("###"))

    assert headed(AppOptions()) == "### No findings"
    assert headed(AppOptions(approve=True)) == "### Approved"


def all_texts(verdict: Verdict, anchors: Anchors) -> Iterable[str]:
    yield summary(verdict, anchors) if verdict.findings else ""
    yield from (inline.comment.body for inline in wanted(verdict, anchors).inline)
    report = report_of(verdict, options=AppOptions(), links=LINKS)[1]
    yield report.summary
    yield report.text


@settings(unhurried, max_examples=60)
@given(verdicts)
def test_no_text_of_a_repository_does_anything(verdict: Verdict) -> None:
    paths = {f.path: "@@ -1 +1,99 @@\n a\n" + "+b\n" * 98 for f in verdict.findings}
    for body in all_texts(verdict, from_patches(paths)):
        body.encode("utf-8")
        assert len(body) <= LIMIT
        outside = OWN_TAGS.sub("", OWN_LINK.sub("]", outside_code(re.sub(r"(?m)^<!-- prudent:\w+ .* -->$", "", body))))
        assert not re.search(r"<[a-zA-Z/!]", outside)
        assert not re.search(r"(?<!\\)\]\(", outside)
        assert not re.search(r"@\w|\w://", outside)
        assert not re.search(r"(?m)^\s*/[A-Za-z]", body)
        assert not re.search(r"(?m)^.+<!--", body), "a marker of ours stands alone on its line"


def test_a_summary_is_cut_between_findings_and_its_coverage_stays() -> None:
    long = [finding(path=f"{n}.py", message="word " * 190, fingerprint=f"{n:016x}") for n in range(90)]
    body = summary(with_findings(*long, max_findings=90))
    shown = body.count("**block**")
    assert LIMIT * 0.8 < len(body) <= LIMIT
    assert f"**{90 - shown} more** not shown here." in body
    assert body.count("<details>") == body.count("</details>") == shown
    assert "- 2 of 4 files reviewed;" in body


def test_the_worst_of_everything_still_fits() -> None:
    nasty = "@`<![" * 600
    worst = finding(
        path=nasty,
        symbol=nasty,
        message=nasty,
        evidence=tuple(Evidence("quote", nasty, 1, nasty) for _ in range(12)),
        suggestion=Suggestion(1, 1, "x" * 100_000, Disposition.SAFE, "ruff"),
    )
    notes = tuple(PathNote(f"{nasty}{n}", f"{n}{nasty}") for n in range(20))
    verdict = with_findings(
        *[replace(worst, fingerprint=f"{n:016x}") for n in range(12)],
        one_liner=nasty,
        coverage=Coverage((), notes, notes),
        checks=tuple(CheckRun(f"check-{n}", CheckStatus.FAILED, 0, nasty) for n in range(50)),
        notes=(nasty,) * 50,
        max_findings=1000,
    )
    for body in all_texts(verdict, EVERYWHERE):
        assert len(body) <= LIMIT


def test_a_secret_in_a_finding_is_in_no_text() -> None:
    secret = "ghp_" + "a1B2" * 9
    told = finding(
        path="a.py",
        line=1,
        end_line=1,
        message=f"uses {secret}",
        symbol=secret,
        text=secret,
        evidence=(Evidence("quote", "a.py", 1, secret),),
        suggestion=Suggestion(1, 1, f"{secret}\n", Disposition.SAFE, "ruff"),
    )
    report = report_of(with_findings(told), options=AppOptions(), links=LINKS)[1]
    texts = [*all_texts(with_findings(told), SHOWS_A), report.title, *(one.message for one in report.annotations)]
    assert not [text for text in texts if secret in text]
