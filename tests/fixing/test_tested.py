"""The user's own tests, run on a copy of the patched tree."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.fixing.tested import Suite, copy_tree
from checks.change import Change
from checks.knowledge import Limits
from checks.patched import patched
from kb.errors import UserError
from kb.source import Edit, Source, Span
from models.edit import patch_of
from tests.checks.planted import change_adding

CHANGE = change_adding({"a.py": "x = 1\n", "sub/run.sh": "exit 0\n"})


@pytest.fixture
def scratch(tmp_path: Path) -> Callable[[str], Path]:
    return lambda name: Path(tempfile.mkdtemp(prefix=name, dir=tmp_path))


def with_x(value: str) -> Change:
    patch = patch_of(Source("a.py", b"x = 1\n"), (Edit(Span(4, 5), value.encode()),))
    assert patch is not None
    return patched(CHANGE, patch)


def suite_of(command: str, scratch: Callable[[str], Path], **limits: float) -> Suite:
    return Suite(command, CHANGE.head, scratch, os.defpath, replace(Limits(seconds=20.0), **limits))


def test_a_patch_stands_while_the_command_ends_well(scratch: Callable[[str], Path], tmp_path: Path) -> None:
    passes = suite_of("! grep -q 'x = 3' a.py && sh sub/run.sh", scratch)
    assert passes(with_x("2"))
    assert not passes(with_x("3"))
    assert list(tmp_path.iterdir()) == [], "nothing of the copies is left"


def test_a_command_that_fails_on_the_tree_as_it_is_proves_nothing(scratch: Callable[[str], Path]) -> None:
    with pytest.raises(UserError, match=r"--run-tests fails without any patch, so it can prove none: .*exit code 1"):
        suite_of("grep -q 'x = 2' a.py", scratch)(with_x("2"))
    with pytest.raises(UserError, match="exit code 127"):
        suite_of("no-such-program", scratch)(with_x("2"))


def test_what_takes_too_long_has_failed(scratch: Callable[[str], Path]) -> None:
    assert not suite_of("grep -q 'x = 1' a.py || sleep 60", scratch, seconds=1.0)(with_x("2"))


def test_tests_cannot_change_what_others_see(scratch: Callable[[str], Path]) -> None:
    """What a run writes is gone for the next: the tree as it is would fail otherwise."""
    passes = suite_of("test ! -e made && echo 'x = 9' > a.py && touch made", scratch)
    assert passes(with_x("2"))
    assert passes(with_x("3"))
    assert CHANGE.head.read("a.py") == b"x = 1\n"


def test_tests_have_no_network_and_an_environment_of_their_own(
    scratch: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "s3cret")
    assert suite_of('test -z "$SECRET_TOKEN" && test "$HOME" != "$PWD"', scratch)(with_x("2"))


def test_a_tree_is_copied_with_its_modes_and_without_links(tmp_path: Path, repo: object) -> None:
    from kb.repository import Repository
    from tests.repos import Repo

    assert isinstance(repo, Repo)
    repo.write({"run.sh": "exit 0\n", "a.py": "x = 1\n"})
    (repo.root / "run.sh").chmod(0o755)
    (repo.root / "link").symlink_to("/etc/hostname")
    repo.commit()
    with Repository.open(repo.root) as opened:
        copy_tree(opened.view("HEAD"), tmp_path / "copy")
    assert sorted(one.name for one in (tmp_path / "copy").iterdir()) == ["a.py", "run.sh"]
    assert os.access(tmp_path / "copy/run.sh", os.X_OK)
    assert not os.access(tmp_path / "copy/a.py", os.X_OK)
