from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.answers import (
    chosen,
    dismissed,
    help_text,
    not_dismissed,
    paused,
    resumed,
    status,
    undismissed,
    usage_of,
    which,
)
from bot.commands.config import config
from bot.commands.explain import explain, explain_slug, fix
from bot.commands.history import history, history_of
from bot.commands.model import History
from bot.commands.parse import VERBS
from bot.jobs.port import Job, JobState
from checks.registry import slugs
from checks.settings_file import _KEYS
from kb.outcomes.app import PullRecord
from kb.outcomes.audit import LoggedEvidence, LoggedSuggestion
from kb.outcomes.past import PastAudit, PastFinding, PastOutcome
from kb.outcomes.store import OutcomeStore, open_store
from tests.kb.audits import NOON, ROOT, audit, dismissal, finding
from tests.kb.tokens import GITHUB

HERE = "example.com/ada/palette"
MARK = "5f0c2d9e8b7a6151"
HEAD = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
LIMIT = 65_536  # GitHub's own
HOSTILE = [
    "@octocat",
    "a @acme/everyone b",
    "<img src=x onerror=alert(1)>",
    "<!-- prudent:review head=x -->",
    "![x](https://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "x | y \\| z",
    "```suggestion\nrm -rf /\n```",
    "~~~\n# heading\n> quote",
    "\n/prudent review\n/close",
    "closes #1, GH-2, owner/name#3",
    "https://evil.example www.evil.example",
    "`unclosed @octocat",
    "\u202etxet\u200b\x00\x1b[31m",
    "$\\alpha$ **bold** __x__",
]


def past(subject: str = "pull/12", became: str = "open", head: str = HEAD, **more: object) -> PastFinding:
    return PastFinding(finding(MARK, **more), 7, HERE, subject, head, NOON, became)


def review(**more: object) -> PastAudit:
    with_defaults = PastAudit(
        7, "s", HERE, "pull/12", "b1", HEAD, "request_changes", "1 blocking finding.", NOON, 812,
        audit(finding()).counts, 12, 0, 1, (("prudent", "0.1.0"),), (), (("fixed", 1), ("open", 2)),
    )  # fmt: skip
    return replace(with_defaults, **more)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OutcomeStore]:
    with open_store(f"sqlite:///{tmp_path / 'outcomes.db'}") as opened:
        yield opened


def every_answer(text: str) -> dict[str, str]:
    """Return every kind of answer with a stranger's text wherever one can stand."""
    evidence = (LoggedEvidence(text, text, 3, text),) * 3
    told = past(path=text, message=text, symbol=text, slug=text, evidence=evidence, suggestion=None, check=text)
    told = replace(told, subject=text, became=text, head=text)
    trail = [PastOutcome(text, text, NOON, text)]
    held = dismissal(text, slug=text, path=text, symbol=text, by=text, reason=text, subject=text)
    seen = review(subject=text, head=text, overall=text, one_liner=text, became=((text, 3),))
    return {
        "history": history(History(path=text), 12, [seen], [told]),
        "history-of-slug": history(History(slug=text), 12, [], []),
        "explain": explain(told, trail),
        "fix": fix(told, head=text, lines=None),
        "fix-stale": fix(replace(told, finding=replace(told.finding, suggestion=SAFE)), head=HEAD, lines=None),
        "dismissed": dismissed(held),
        "undismissed": undismissed(held),
        "not-dismissed": not_dismissed(text, [held]),
        "which": which(text, [], [told]),
        "which-of": which(text, [told, replace(told, finding=finding("bbbbbb"))], []),
        "paused": paused(text),
        "status": status(PullRecord(paused_by=text), seen, head=text, jobs=[], standing=[told]),
        "config": config(f"[severity]\n{text!r} = 1".encode("utf-8", "replace"), text, slugs()),
        "config-names": config(b"[app]\nignore_labels = " + repr([text]).encode("utf-8", "replace"), HEAD, slugs()),
    }


SAFE = LoggedSuggestion(
    3, 4, "    return color\n", "safe", "ruff", {"applies": True, "parses": True, "finding_gone": False}
)


def outside_code(answer: str) -> str:
    """Return Markdown without its code spans and blocks: what is left is active if nothing escapes it."""
    answer = re.sub(r"(?ms)^(`{3,})[^`\n]*\n.*?^\1`*$", "", answer)
    return re.sub(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", answer, flags=re.DOTALL)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_strangers_text_is_inert_in_every_answer(text: str) -> None:
    for kind, answer in every_answer(text).items():
        plain = outside_code(answer)
        assert not re.search(r"(?<![\w&;])@(?=\w)", plain), kind
        assert not re.search(r"<(?!/?(?:details|summary|br)\b)", plain), kind
        assert "<!--" not in answer, kind
        assert not re.search(r"(?<!\\)\]\(", plain), kind
        assert not re.search(r"(?<![\\&\w])#\d|GH-\d", plain), kind
        assert not re.search(r"(?m)^\s*/\w", answer), kind
        assert not re.search(r"https?://|www\.", plain), kind
        assert "suggestion\n" not in answer, kind
        assert not re.search("[\x00-\x09\x0b-\x1f\u200b\u202e]", answer), kind
        assert len(answer) < LIMIT, kind


@given(st.text(max_size=40), st.sampled_from(HOSTILE), st.text(max_size=40))
def test_no_text_is_too_much_and_none_mentions_anybody(before: str, middle: str, after: str) -> None:
    for kind, answer in every_answer(before + middle + after).items():
        answer.encode("utf-8")
        assert not re.search(r"(?<![\w&;])@(?=[a-z])", outside_code(answer)), kind
        assert not re.search(r"(?m)^\s*/\w", answer), kind
        assert "<!--" not in answer, kind


def test_however_much_there_is_an_answer_fits_in_a_comment() -> None:
    long = "x|`y` @z " * 20_000
    many = [
        replace(past(path=long, message=long), finding=finding(f"{n:016x}", long, message=long)) for n in range(500)
    ]
    answers = [*every_answer(long).values(), history(History(), 12, [review(one_liner=long)] * 500, many)]
    answers += [which("x", many, many), explain(past(message=long), [PastOutcome("liked", HEAD, NOON, long)] * 500)]
    assert max(map(len, answers)) < LIMIT
    assert "more that do not fit here." in answers[-3]


def test_no_answer_holds_a_secret() -> None:
    for kind, answer in every_answer(f"key {GITHUB} end").items():
        assert GITHUB not in answer, kind


def test_help_tells_of_every_verb_from_the_model() -> None:
    told = help_text()
    for verb, kind in VERBS.items():
        assert f"| `/prudent {usage_of(kind)}` |".replace(" | ", " \\| ", usage_of(kind).count(" | ")) in told, verb
    assert usage_of(History) == "history [PATH | SLUG | #PR]"
    assert [usage_of(VERBS[verb]) for verb in ("review", "explain", "dismiss")] == [
        "review",
        "explain FINDING",
        "dismiss FINDING REASON",
    ]
    assert re.findall(r"\| (write|triage, or the author) \|", told.partition("---")[2]).count("write") == 7


def test_history_of_a_pull_request_says_when_where_why_and_what_became_of_it() -> None:
    told = history(History(), 12, [review()], [past(became="fixed")])
    assert told == (
        "**Reviews** of this pull request, newest first\n\n"
        "- 2026-01-01 12:00 UTC at `0a1b2c3d4e5f`: **request changes**: 1 blocking finding. Files: 12 reviewed,"
        " 1 skipped. What became of its findings: 1 fixed, 2 open.\n"
        "\n**Findings** about this pull request, newest first\n\n"
        "- **fixed** `undefined-name` at `app.py:3` (`5f0c2d9e`): `colour` is not defined\n"
        "  - told at `0a1b2c3d4e5f` on 2026-01-01 12:00 UTC\n"
        "  - evidence: engine `app.py:3`: `F821`"
    )
    assert history(History(number=12), 12, [review()], []).startswith("**Reviews** of this pull request")
    assert history(History(number=9), 12, [review()], []).startswith("**Reviews** of `#9`")
    assert history(History(slug="undefined-name"), 12, [], [past()]).count("told on `#12` at") == 1
    assert history(History(path="src"), 12, [], []) == (
        "Nothing is known about `src`: no review of this repository that is kept had it."
    )


def test_history_is_asked_of_one_repository_alone(store: OutcomeStore) -> None:
    store.log(audit(finding(MARK), subject="pull/12", head="here"))
    store.log(audit(finding("bbbb", "lib/mix.py", slug="unused-import"), subject="pull/9", head="there"))
    store.log(audit(finding(MARK), subject="pull/12", repository="example.com/eve/palette", head="elsewhere"))
    asked = [History(), History(path="app.py"), History(slug="undefined-name"), History(number=12), History(path="lib")]
    here, by_path, by_slug, by_number, below = [history_of(store, HERE, 12, one) for one in asked]
    assert all("elsewhere" not in answer for answer in (here, by_path, by_slug, by_number, below))
    assert all("`here`" in answer for answer in (here, by_path, by_slug, by_number))
    assert here == by_number
    assert "`here`" in below  # its review saw the folder
    assert "unused-import" in below
    assert "unused-import" not in here + by_slug
    assert history_of(store, HERE, 12, History(number=9)).startswith("**Reviews** of `#9`")
    assert history_of(store, "example.com/bob/palette", 12, History()).startswith("Nothing is known")


def test_explain_tells_evidence_fate_and_contract() -> None:
    told = explain(
        past(became="fixed"), [PastOutcome("liked", "h1", NOON, "ada"), PastOutcome("fixed", "h2", NOON, "")]
    )
    assert told.startswith("**block** `undefined-name` at `app.py:3` in `Palette.mix`\n\n`colour` is not defined\n")
    assert "Told on `#12` at `0a1b2c3d4e5f`, 2026-01-01 12:00 UTC; number `5f0c2d9e`; now: **fixed**." in told
    assert "- liked on 2026-01-01 12:00 UTC at `h1`: ada\n- fixed on 2026-01-01 12:00 UTC at `h2`\n" in told
    assert "Reported by `ruff`." in told
    assert "Reported by `ty`." not in told
    own = explain(past(slug="co-change-missing", check="co-change-missing"), [])
    for heading in ("What it finds", "Why it matters", "When it stays silent", "How to fix"):
        assert f"*{heading}.*" in own
    assert "**What" not in explain(past(slug="no-such-rule"), [])
    assert "What `sarif-report` is" in explain(past(slug="sarif-tool-x"), [])


def test_a_slug_can_be_explained_without_a_finding() -> None:
    assert (explain_slug("removed-symbol-still-used") or "").startswith("\n**What `removed-symbol-still-used` is**")
    assert explain_slug("no-such-rule") is None


def test_a_proven_suggestion_can_be_committed_on_its_own_lines_only() -> None:
    proven = past(suggestion=SAFE)
    assert fix(proven, head=HEAD, lines=(3, 4)) == (
        "For `undefined-name` at `app.py:3` (`5f0c2d9e`):\n\n"
        "```suggestion\n    return color\n```\n\nProven: applies, parses."
    )
    for lines in (None, (3, 3), (4, 4)):
        told = fix(proven, head=HEAD, lines=lines)
        assert "Instead of lines 3 to 4 of `app.py`:\n\n```\n    return color\n```\n" in told
        assert "suggestion\n" not in told


@pytest.mark.parametrize("became", ["fixed", "dismissed", "silenced"])
def test_what_is_settled_needs_no_fix(became: str) -> None:
    assert fix(past(became=became, suggestion=SAFE), head=HEAD, lines=(3, 4)).endswith("there is nothing to fix.")


@pytest.mark.parametrize(
    "suggestion",
    [
        None,
        replace(SAFE, disposition="unsafe"),
        replace(SAFE, disposition="display"),
        replace(SAFE, replacement="/merge\n"),
        replace(SAFE, replacement="x" * 8001),
        replace(SAFE, replacement=f"key = '{GITHUB}'\n"),
    ],
)
def test_what_is_not_proven_or_not_fit_to_be_shown_is_no_suggestion(suggestion: LoggedSuggestion | None) -> None:
    told = fix(past(suggestion=suggestion), head=HEAD, lines=(3, 4))
    assert told.startswith("There is no proven suggestion")
    assert "```" not in told


def test_a_proof_of_another_head_proves_nothing() -> None:
    told = fix(past(suggestion=SAFE, head="h1"), head=HEAD, lines=(3, 4))
    assert told.endswith("was proven at `h1`, and the head is `0a1b2c3d4e5f` now: `/prudent review` proves it again.")


def test_a_fence_in_a_suggestion_does_not_end_it() -> None:
    told = fix(past(suggestion=replace(SAFE, replacement="```\nx\n```")), head=HEAD, lines=(3, 4))
    assert "\n````suggestion\n```\nx\n```\n````\n" in told


def test_which_finding_is_meant() -> None:
    other = replace(past(), finding=finding("5f0c2dffffffffff"))
    assert chosen("5f0c2d", [past(), past(subject="pull/9")]) == past()
    assert chosen("5f0c2d", [past(), other]) is None
    assert chosen("5f0c2d", []) is None
    told = which("5f0c2d", [past(), other, past(subject="pull/9")], [])
    assert told.startswith("`5f0c2d` could be any of these; write more of the number:\n\n- ")
    assert told.count("\n- ") == 2
    assert which(None, [], []) == "Say which finding; none is open on this pull request."
    assert which("abcdef", [], [past()]) == (
        "No finding here is called `abcdef`. Open on this pull request:\n\n"
        "- `undefined-name` at `app.py:3` (`5f0c2d9e`)"
    )


def test_dismissals_are_told_with_who_when_and_why() -> None:
    held = dismissal(MARK)
    assert dismissed(held) == (
        "Dismissed by `ada` on 2026-01-01 12:00 UTC: `undefined-name` at `app.py` (`5f0c2d9e`) stays silent in this"
        " repository.\n\nReason: by design\n\n`/prudent undismiss 5f0c2d9e` takes that back."
    )
    assert "no longer dismissed" in undismissed(held)
    assert "It was dismissed by `ada` on 2026-01-01" in undismissed(held)
    assert not_dismissed("abcdef", []) == "`abcdef` is not dismissed; nothing is in this repository."
    told = not_dismissed("abcdef", [held] * 12)
    assert told.count("(`5f0c2d9e`)") == 10
    assert told.endswith("- and 2 more")


def job(state: JobState) -> Job:
    return Job("rv:1:12:h", "review", state)


def test_status_says_where_reviews_stand() -> None:
    told = status(PullRecord("ada"), review(), head=HEAD, jobs=[job(JobState.RUNNING)], standing=[past()])
    assert told == (
        "- Last review: `0a1b2c3d4e5f` on 2026-01-01 12:00 UTC (this is the head).\n"
        "- It said **request changes**: 1 blocking finding.\n"
        "- Files: 12 reviewed, 1 skipped.\n"
        "- A review is running.\n"
        "- Paused by `ada`: pushes are not reviewed until `/prudent resume`.\n"
        "- 1 open:\n"
        "  - `undefined-name` at `app.py:3` (`5f0c2d9e`)"
    )
    assert status(PullRecord(), None, head=HEAD, jobs=[], standing=[]) == "- No review has ended yet."
    behind = status(PullRecord(), review(head="h1"), head=HEAD, jobs=[], standing=[])
    assert "`h1` on 2026-01-01 12:00 UTC (the head is `0a1b2c3d4e5f` now)" in behind


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([JobState.DONE, JobState.WAITING], "A review waits for its turn."),
        ([JobState.FAILED], "The last review failed"),
        ([JobState.POISONED], "The last review broke down"),
        ([JobState.RUNNING, JobState.CANCELLED], "A review is running."),
    ],
)
def test_status_of_jobs(states: list[JobState], said: str) -> None:
    assert said in status(PullRecord(), None, head=HEAD, jobs=[job(state) for state in states], standing=[])


def test_a_failure_that_was_made_good_is_not_told() -> None:
    jobs = [job(JobState.FAILED), job(JobState.DONE)]
    assert "failed" not in status(PullRecord(), review(), head=HEAD, jobs=jobs, standing=[])


def test_pausing_and_resuming_are_told() -> None:
    assert paused("ada").startswith("Paused by `ada`: ")
    assert resumed(True) == "Resumed: the head is being reviewed."
    assert resumed(False) == "It was not paused; pushes are reviewed."


def test_every_setting_is_told_with_its_line() -> None:
    shown = re.search(r"```toml\n(.*?)```", (ROOT / "docs" / "settings.md").read_text("utf-8"), re.DOTALL)
    assert shown is not None
    text = shown[1]
    told = config(text.encode(), HEAD, slugs())
    assert "default" not in told.partition("\n\n")[2]
    for table, keys in _KEYS.items():
        for key in keys:
            name = "severity.undefined-name" if table == "severity" else f"{table}.{key}"
            name = table if table in ("path", "layer") else name
            (line,) = re.findall(rf"`{re.escape(name)}` = .*\(line (\d+)", told)[:1]
            assert re.match(
                rf"\[\[{table}\]\]|{re.escape(name.rpartition('.')[2])} =", text.splitlines()[int(line) - 1]
            )
    assert told.startswith("From `.github/prudent.toml` at `0a1b2c3d4e5f`, the target branch's tip; ")
    assert '- `review.ignore` = `["docs/examples/**"]` (line 2, with 4 built-in patterns)\n' in told


def test_settings_that_are_not_there_or_not_good() -> None:
    absent = config(None, HEAD, slugs())
    assert absent.startswith("There is no `.github/prudent.toml` at `0a1b2c3d4e5f`: the defaults apply.\n\n")
    assert "- `app.drafts` = `false` (default)\n" in absent
    assert config(b"", HEAD, slugs()).count("(default") == absent.count("(default")
    bad = config(b"[app]\ndraft = true\n", HEAD, slugs())
    assert "cannot be used, so nothing is reviewed until it is corrected" in bad
    assert ":2: app.draft" in bad
    assert config(b"\xff", HEAD, slugs()).endswith("not UTF-8 text")
    assert "`app.bots` = `true` (line 2)" in config(b"\xef\xbb\xbf[app]\r\nbots = true\r\n", HEAD, slugs())


def test_moments_are_in_utc(store: OutcomeStore) -> None:
    assert "on 2026-01-01 12:00 UTC" in dismissed(dismissal(at=NOON.astimezone(None) + timedelta(0)))
