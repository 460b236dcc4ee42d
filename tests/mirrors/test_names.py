"""Which names of branches are passed on to git."""

from __future__ import annotations

import subprocess

from hypothesis import given
from hypothesis import strategies as st

from bot.mirrors.mirrors import is_branch_name


@given(st.text(st.sampled_from("ab./@{~^:?*[\\ -\x01\x7f\n") | st.characters(codec="utf-8"), max_size=8))
def test_no_name_passes_that_git_refuses(name: str) -> None:
    if not is_branch_name(name):
        return
    assert subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False).returncode == 0


@given(st.text("abzA09-_#%/", min_size=1, max_size=12).filter(lambda name: "//" not in name))
def test_ordinary_names_pass(name: str) -> None:
    assert is_branch_name(f"a{name}z")
