"""The only addresses that our texts link to."""

from __future__ import annotations

import pytest

from bot.posting.links import Links
from checks.finding import Side
from tests.bot.verdicts import BROKEN_CALL, finding
from tests.posting.standings import HEAD, LINKS


def link(**fields: object) -> str:
    return LINKS.to_finding(finding(**{"path": "a.py", "line": 1, "end_line": 1} | fields))


def test_links_lead_to_lines_of_the_reviewed_states() -> None:
    assert link() == f"https://github.com/octo/app/blob/{HEAD}/a.py#L1"
    assert link(end_line=3) == f"https://github.com/octo/app/blob/{HEAD}/a.py#L1-L3"
    assert link(side=Side.LEFT) == f"https://github.com/octo/app/blob/{'b' * 40}/a.py#L1"
    assert link(path="a b)/ü?#.py") == f"https://github.com/octo/app/blob/{HEAD}/a%20b%29/%C3%BC%3F%23.py#L1"


@pytest.mark.parametrize(
    "path", ["../../settings", "a//b", "/a", "./a", "", "ghp_" + "a1B2" * 9 + ".py", "a/[secret: GitHub token].py"]
)
def test_what_cannot_be_written_safely_is_not_linked(path: str) -> None:
    assert link(path=path) == ""


def test_a_state_that_is_no_commit_is_not_linked() -> None:
    assert Links(LINKS.repo, "worktree", "x)[y](z").to_finding(BROKEN_CALL) == ""


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://github.com/Octo/App/pull/1#pullrequestreview-9", True),
        ("https://github.com/octo/app-evil/pull/1", False),
        ("https://github.com/octo/app/) [x](https://evil.example/", False),
        ("http://github.com/octo/app/pull/1", False),
        ("", False),
    ],
)
def test_only_an_address_in_the_repository_is_ours(url: str, own: bool) -> None:
    assert LINKS.to_own(url) == (url if own else "")
