"""The order of a review: what memory holds back, what models find, and what neither can do to the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.pipeline import Options, change_of, review
from bot.sources import Sources
from checks.finding import Severity
from checks.inference.model import Reader, Role
from checks.inference.reading import told
from checks.verdict import CheckStatus, Overall, Verdict
from checks.workspace import open_workspace
from kb.memory.embed import open_embedder
from kb.memory.model import LIFE, Earlier, Fate, Lesson, Recollection, Signal
from kb.repository import Repository
from models.chat.errors import ChatError, NoReader, OverBudget, RateLimited
from models.chat.model import Ask, Chat
from models.chat.scripted_chat import ScriptedChat
from tests.inference.reads import says
from tests.repos import Repo

NOW = 1_800_000_000.0
BEFORE = "def page(rows, size):\n    return rows[:size]\n"
AFTER = "def page(rows, size):\n    return rows[: size - 1]\n"
WHY = "The slice ends one row early, so the last row of every page is lost."
CLAIM = told("pages.py", "return rows[: size - 1]", "wrong-value", WHY, "page([1, 2, 3], 2) gives [1]")
FOUND = says({"logic-error": [CLAIM]})


@pytest.fixture
def pages(repo: Repo) -> Repo:
    repo.commit({"pages.py": BEFORE, "use.py": "from pages import page\n\nprint(page([1], 1))\n"}, "Begin")
    repo.commit({"pages.py": AFTER}, "Cut pages")
    return repo


def reader(answers: Callable[[Ask], Mapping[str, Any]] | Sequence[ChatError]) -> Reader:
    chat = ScriptedChat(answers)
    return Reader(lambda role: chat, salt=b"tests")


def reviewed(
    repo: Repo,
    reads: Reader | None,
    memory: Recollection | None = None,
    checks: tuple[str, ...] = ("logic-error", "undefined-name"),
) -> Verdict:
    with Repository.open(repo.root) as repository, open_workspace(None) as workspace:
        change = change_of(repository.compare("HEAD~1..HEAD"), "tests")
        options = Options(checks)
        sources = Sources(memory=lambda: memory, commits=repository.commits())
        return review(change, workspace, options, sources, reader=reads)


def remembering(fate: Fate, count: int) -> Recollection:
    """Return a memory of people who said the same of what models had found `count` times."""
    embedder = open_embedder()
    assert embedder is not None
    one = Lesson(
        id=0,
        repository="tests",
        fingerprint="",
        about="",
        check="logic-error",
        slug="logic-error",
        severity="warn",
        path="pages.py",
        symbol="page",
        text=WHY,
        code="return rows[: size - 1]",
        fate=fate,
        signal=Signal.DISMISSED,
        by="ada",
        by_id=1,
        subject="",
        evidence="",
        reason="on purpose",
        at=NOW - 1000,
        expires=NOW + LIFE,
    )
    lessons = tuple(
        replace(
            one, id=n, fingerprint=f"{n:016x}", about=f"about{n}", subject=f"pull/{n}", evidence=f"pull/{n} at 1a2b3c4"
        )
        for n in range(1, count + 1)
    )
    texts = embedder.vectors([lesson.text for lesson in lessons]).astype("float16")
    codes = embedder.vectors([lesson.code for lesson in lessons]).astype("float16")
    return Recollection("tests", embedder.name, lessons, texts, codes, now=NOW)


def slugs(verdict: Verdict) -> list[str]:
    return [finding.slug for finding in verdict.findings]


def runs(verdict: Verdict) -> dict[str, CheckStatus]:
    return {run.slug: run.status for run in verdict.checks}


def test_what_a_model_finds_is_a_finding_like_any_other(pages: Repo) -> None:
    verdict = reviewed(pages, reader(FOUND))
    (found,) = verdict.findings
    assert (found.slug, found.path, found.line, found.symbol) == ("logic-error", "pages.py", 2, "page")
    assert len(found.fingerprint) == 16
    assert found.evidence
    assert verdict.reading is not None
    assert verdict.reading.claims == 1
    again = reviewed(pages, reader(FOUND))
    assert again.findings[0].fingerprint == found.fingerprint


def test_nobody_reads_where_nobody_was_asked_to(pages: Repo) -> None:
    verdict = reviewed(pages, None)
    assert verdict.findings == ()
    assert verdict.reading is None
    assert "logic-error" not in runs(verdict)
    asked = ScriptedChat(FOUND)
    only = reviewed(pages, Reader(lambda role: asked), checks=("undefined-name",))
    assert (only.reading, asked.asks) == (None, [])


def test_settings_and_comments_hold_for_what_models_find(repo: Repo) -> None:
    settings = '[severity]\nlogic-error = "info"\n'
    repo.commit({"pages.py": BEFORE, ".github/prudent.toml": settings}, "Begin")
    repo.commit({"pages.py": AFTER}, "Cut pages")
    assert [one.severity for one in reviewed(repo, reader(FOUND)).findings] == [Severity.INFO]
    silent = AFTER.replace("- 1]", "- 1]  # prudent: ignore[logic-error] the last row is a sum")
    repo.commit({"pages.py": BEFORE}, "Back")
    repo.commit({"pages.py": silent}, "Cut pages")
    verdict = reviewed(repo, reader(FOUND))
    assert slugs(verdict) == []
    assert [(one.reason, one.held) for one in verdict.silenced] == [("the last row is a sum", False)]


def test_what_is_like_three_that_were_dismissed_is_held_back_and_told_so(pages: Repo) -> None:
    verdict = reviewed(pages, reader(FOUND), remembering(Fate.DISMISSED, 3))
    assert slugs(verdict) == []
    (held,) = verdict.silenced
    assert held.held
    assert "pull/1" in held.reason
    assert slugs(reviewed(pages, reader(FOUND), remembering(Fate.DISMISSED, 2))) == ["logic-error"]


def test_what_is_like_three_that_were_accepted_cites_them(pages: Repo) -> None:
    (found,) = reviewed(pages, reader(FOUND), remembering(Fate.ACCEPTED, 3)).findings
    assert any(piece.kind == "memory" and "pull/" in piece.text for piece in found.evidence)
    (plain,) = reviewed(pages, reader(FOUND)).findings
    assert found.confidence.rank < plain.confidence.rank


@pytest.mark.parametrize("error", [RateLimited("too many calls"), OverBudget("the cap of the month")])
def test_a_pass_that_was_not_answered_is_never_clean(pages: Repo, error: ChatError) -> None:
    verdict = reviewed(pages, reader([error] * 20))
    assert runs(verdict)["logic-error"] is not CheckStatus.OK
    assert verdict.overall is not Overall.APPROVE
    assert not verdict.coverage.is_full


def test_without_anybody_to_ask_the_review_is_what_it_was(pages: Repo) -> None:
    def nobody(role: Role) -> Chat:
        raise NoReader("no model large enough")

    verdict, plain = reviewed(pages, Reader(nobody)), reviewed(pages, None)
    assert (verdict.overall, verdict.findings) == (plain.overall, plain.findings)
    assert verdict.coverage == plain.coverage
    (run,) = [run for run in verdict.checks if run.slug == "logic-error"]
    assert (run.status, run.reason) == (CheckStatus.SKIPPED, "not run: no model large enough")


def test_a_crash_while_reading_is_reported_and_the_rest_stands(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n"}, "Begin")
    repo.commit({"a.py": "x = undefined_name_here\n"}, "Break it")

    def crashes(role: Role) -> Chat:
        raise RuntimeError("a bug of ours")

    verdict = reviewed(repo, Reader(crashes))
    assert slugs(verdict) == ["undefined-name"]
    (run,) = [run for run in verdict.checks if run.slug == "logic-error"]
    assert (run.status, run.missed) == (CheckStatus.FAILED, ("a.py",))
    assert "a bug of ours" in run.reason


def test_a_clean_change_that_crashes_a_pass_is_not_checked(pages: Repo) -> None:
    def crashes(role: Role) -> Chat:
        raise RuntimeError("a bug of ours")

    assert reviewed(pages, Reader(crashes)).overall is Overall.NOT_CHECKED


def test_what_a_model_found_on_an_earlier_head_stands_while_no_model_reads(pages: Repo) -> None:
    first = reviewed(pages, reader(FOUND)).findings[0]
    head = pages.git("rev-parse", "HEAD")
    earlier = Earlier(
        1,
        "main",
        head,
        "comment",
        "1 warning in 1 file.",
        NOW - 1000,
        ("pages.py",),
        ((first.fingerprint, first.slug, first.path, first.message),),
    )
    memory = Recollection("tests", "", here=(earlier,), now=NOW)
    unread = reviewed(pages, None, memory, ())
    assert slugs(unread) == ["verdict-on-earlier-head"]
    assert first.message in unread.findings[0].message
    assert slugs(reviewed(pages, reader(says()), memory, ())) == []
    assert slugs(reviewed(pages, reader(FOUND), memory, ())) == ["logic-error"]
    assert slugs(reviewed(pages, None, memory, ("undefined-name",))) == []


def test_a_model_that_says_nothing_makes_no_verdict_better(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "other")
    repo.commit({"a.py": "x = 1\n"}, "Begin")
    repo.commit({"a.py": "x = undefined_name_here\n"}, "Break it")
    quiet = reviewed(repo, reader(says()))
    assert quiet.overall is Overall.REQUEST_CHANGES
    assert slugs(quiet) == ["undefined-name"]
