"""What is hidden in our texts is read back as it was written, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.posting.markers import (
    MOST_KNOWN,
    Known,
    State,
    delta_marker,
    finding_marker,
    fixed_marker,
    identity_in,
    is_summary,
    job_in,
    mark_in,
    plain,
    review_marker,
    start_of,
    state_in,
    state_marker,
)
from bot.posting.model import Identity, Stance
from tests.strategies import texts, unhurried

JOB = "rv:77:12:" + "c" * 40 + ":4455~2"
ODD = Identity("0123456789abcdef", "unused-import", "fedcba9876543210", "a.py", "deadbeef")
digits = st.text("123456789abcdef", min_size=48, max_size=48)  # a digest of zeros stands for none
knowns = st.lists(digits.map(lambda d: Known(d[:16], d[16:32], d[32:40], d[40:])), max_size=5).map(tuple)


def test_the_markers_as_they_stand_in_bodies() -> None:
    assert finding_marker(ODD, check="ruff", base="b" * 40, head="c" * 40) == (
        "<!-- prudent:finding fp=0123456789abcdef like=fedcba9876543210 sym=deadbeef slug=unused-import check=ruff "
        f"base={'b' * 40} head={'c' * 40} -->"
    )
    assert fixed_marker("c0ffee") == "<!-- prudent:fixed head=c0ffee -->"
    assert review_marker("rv:1:2:abc", "abc") == "<!-- prudent:review head=abc job=rv:1:2:abc -->"
    assert delta_marker("rv:1:2:abc", "abc") == "<!-- prudent:delta head=abc job=rv:1:2:abc -->"


def test_what_is_written_is_read() -> None:
    body = f"{finding_marker(ODD, check='ruff', base='b' * 40, head='c' * 40)}\nText."
    mark = mark_in(body, "a.py")
    assert mark is not None
    assert (mark.identity, mark.check, mark.base, mark.head, mark.is_fixed) == (ODD, "ruff", "b" * 40, "c" * 40, False)
    assert identity_in(body, "a.py") == ODD
    again = mark_in(body.replace("Text.", fixed_marker("d")), "a.py")
    assert again is not None
    assert again.is_fixed
    review = f"{review_marker(JOB, 'c' * 40)}\nText."
    assert job_in(review) == JOB
    assert is_summary(review)
    assert start_of(review) == review_marker(JOB, "c" * 40)
    delta = f"{delta_marker(JOB, 'c' * 40)}\nText."
    assert job_in(delta) == JOB
    assert not is_summary(delta)
    assert plain(JOB) == JOB


def test_a_body_that_was_edited_above_or_got_other_line_ends_is_still_known() -> None:
    body = f"Somebody wrote here.\r\n{finding_marker(ODD, check='ruff', base='', head='')}\r\nText."
    assert identity_in(body, "a.py") == ODD


@unhurried
@given(was=st.one_of(st.none(), knowns), now=knowns, stance=st.sampled_from(Stance))
def test_a_state_is_read_as_it_was_written(
    was: tuple[Known, ...] | None, now: tuple[Known, ...], stance: Stance
) -> None:
    state = State(JOB, "c" * 40, stance, was, now)
    assert state_in(f"first\n{state_marker(state)}\nlast") == state


def test_a_finding_without_likeness_or_symbol_is_remembered_as_such() -> None:
    state = State(JOB, "c", Stance.COMMENT, (), (Known("1" * 16, "", "", "2" * 8),))
    assert state_in(state_marker(state)) == state


def test_a_summary_remembers_so_many_and_no_more() -> None:
    many = tuple(Known(f"{n:016x}", "1" * 16, "2" * 8, "3" * 8) for n in range(MOST_KNOWN + 5))
    marker = state_marker(State(JOB, "c", Stance.COMMENT, many, many))
    assert len(marker) < 20_200
    state = state_in(marker)
    assert state is not None
    assert state.now == many[:MOST_KNOWN]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "No marker.",
        "<!-- prudent:finding fp=0123456789ABCDEF -->",
        "<!-- prudent:finding fp=123 -->",
        "<!-- prudent:finding -->",
        "<!-- prudent:finding fp=0123456789abcdef",
        "> <!-- prudent:finding fp=0123456789abcdef -->",
        "text <!-- prudent:finding fp=0123456789abcdef -->",
        "&lt;!-- prudent:finding fp=0123456789abcdef --&gt;",
    ],
)
def test_what_is_no_marker_is_not_believed(body: str) -> None:
    assert mark_in(body, "a.py") is None


def test_fields_that_do_not_parse_are_not_there() -> None:
    mark = mark_in("<!-- prudent:finding fp=0123456789abcdef like=x sym=y slug= -->", "a.py")
    assert mark is not None
    assert mark.identity == Identity("0123456789abcdef", "", "", "a.py", "")
    state = state_in("<!-- prudent:state head=c job=j stance=SHOUT was=zz now=00.11 -->")
    assert state == State("j", "c", Stance.COMMENT, (), ())
    assert state_in("<!-- prudent:review head=c job=j -->") is None


@unhurried
@given(slug=texts, check=texts, job=texts, head=texts)
def test_no_value_ends_a_marker_early(slug: str, check: str, job: str, head: str) -> None:
    identity = Identity("0123456789abcdef", slug, "", "a.py", "")
    for marker in (
        finding_marker(identity, check=check, base=head, head=head),
        review_marker(job, head),
        state_marker(State(job, head, Stance.COMMENT, None, ())),
    ):
        assert marker.count("-->") == 1
        assert marker.endswith(" -->")
        assert "\n" not in marker
        assert marker.isascii()
