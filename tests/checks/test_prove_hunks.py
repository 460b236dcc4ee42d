"""Hunks of a patched head are what a diff of base and patched head would allow."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from checks.patched import with_replacement
from kb.diff import Hunk


@st.composite
def heads(draw: st.DrawFn) -> tuple[list[str], list[str], list[Hunk]]:
    """Draw a base, a head, and the hunks between them."""
    base, head, hunks = [], [], []
    for number in range(draw(st.integers(1, 5))):
        kept = [f"k{number}.{n}" for n in range(draw(st.integers(1, 3)))]
        base += kept
        head += kept
        old, new = draw(st.integers(0, 2)), draw(st.integers(0, 2))
        if old or new:
            old_start, new_start = len(base) + bool(old), len(head) + bool(new)
            base += [f"o{number}.{n}" for n in range(old)]
            head += [f"n{number}.{n}" for n in range(new)]
            hunks.append(Hunk(old_start, old, new_start, new))
    return base, head, hunks


def rebuilt(base: list[str], patched: list[str], hunks: tuple[Hunk, ...]) -> list[str]:
    """Return base with each hunk's old lines replaced by the patched file's lines."""
    lines, at = [], 1
    for hunk in hunks:
        first = hunk.old_start if hunk.old_length else hunk.old_start + 1
        lines += base[at - 1 : first - 1]
        new = hunk.new_start if hunk.new_length else hunk.new_start + 1
        lines += patched[new - 1 : new - 1 + hunk.new_length]
        at = first + hunk.old_length
    return lines + base[at - 1 :]


@given(heads(), st.data())
def test_hunks_after_a_patch_rebuild_the_patched_file(
    drawn: tuple[list[str], list[str], list[Hunk]], data: st.DataObject
) -> None:
    base, head, hunks = drawn
    assert rebuilt(base, head, tuple(hunks)) == head
    first = data.draw(st.integers(1, len(head)))
    last = data.draw(st.integers(first, len(head)))
    new = [f"p{n}" for n in range(data.draw(st.integers(0, 3)))]
    patched = head[: first - 1] + new + head[last:]
    result = with_replacement(hunks, first, last, len(new))
    assert rebuilt(base, patched, result) == patched
    for before, after in pairwise(result):
        assert before.new_start + before.new_length <= after.new_start + (not after.new_length)
