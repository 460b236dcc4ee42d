"""The law of planning: nothing lost and nothing doubled, whatever dies and whoever meddles."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.posting.markers import identity_in
from bot.posting.model import Stance
from checks.settings import AppOptions
from tests.posting.reviews import review, verdict_of
from tests.posting.standings import ANN, HEAD, NEXT, Pull
from tests.posting.test_plan import said_in
from tests.strategies import unhurried

numbers = st.sets(st.integers(0, 7))


pushes = st.lists(
    st.fixed_dictionaries(
        {
            "found": numbers,
            "silenced": numbers,
            "unseen": st.sampled_from(["", "", "partial", "broken"]),
            "deaths": st.lists(st.integers(0, 6), max_size=3),
            "resolves": st.sets(st.integers(0, 10), max_size=2),
            "may_resolve": st.booleans(),
        }
    ),
    max_size=5,
)


options = st.builds(
    AppOptions, request_changes=st.booleans(), approve=st.booleans(), max_comments=st.sampled_from([0, 1, 3, 10])
)


@settings(unhurried, max_examples=120)
@given(pushes=pushes, options=options)
def test_any_pushes_deaths_and_people_nothing_lost_and_nothing_doubled(
    pushes: list[dict[str, object]], options: AppOptions
) -> None:
    """`review` checks after every push that planning again does nothing, and that dying on the way changed nothing."""
    pull = Pull()
    open_before: set[str] = set()
    for job, push in enumerate(pushes):
        found, silenced = push["found"], push["silenced"]
        assert isinstance(found, set)
        assert isinstance(silenced, set)
        pull.may_resolve = bool(push["may_resolve"])
        for at in push["resolves"]:  # type: ignore[attr-defined]
            if at < len(pull.threads) and not pull.threads[at].is_resolved:
                pull.resolve(pull.threads[at].comment, ANN)
        verdict = verdict_of(
            found,
            silenced,
            head=(HEAD, NEXT)[job % 2],
            partial=push["unseen"] == "partial",
            broken=push["unseen"] == "broken",
        )
        told = len(pull.written)
        review(pull, verdict, f"rv:{job}", options, push["deaths"])  # type: ignore[arg-type]
        fresh = said_in(pull)[len([b for b in pull.written[:told] if identity_in(b, "")]) :]
        assert len(set(fresh)) == len(fresh), "said twice in one review"
        assert not set(fresh) & open_before, "said again while it stood"
        present = {one.fingerprint for one in verdict.findings}
        assert set(fresh) <= present
        if present:
            assert pull.reviews, "findings, and nothing is said"
            summary = pull.reviews[0].body
            assert all(one.message in summary for one in verdict.findings), "a finding is nowhere"
        for _, stance, commit in pull.posted.stances:
            if stance is Stance.APPROVE:
                assert commit == pull.head
                assert not present
                assert push["unseen"] == ""
        kept = {identity.fingerprint for one in pull.threads if (identity := identity_in(one.body, one.path))}
        open_before = present | (open_before & kept if push["unseen"] else set())
