"""The same defect before and now: exact first, then alike; one to one, whatever the order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.posting.markers import digest_of, identity_of, known_of
from bot.posting.model import Identity, Standing
from bot.posting.sameness import dismissed, dismissed_of, known_again, matched
from checks.finding import Finding, fingerprint_of, likeness_of, with_fingerprints
from tests.bot.verdicts import finding
from tests.strategies import unhurried


def identity(text: str = "x = 1", path: str = "a.py", symbol: str = "f", slug: str = "odd") -> Identity:
    return identity_of(defect(text, path, symbol, slug))


def defect(text: str = "x = 1", path: str = "a.py", symbol: str = "f", slug: str = "odd", line: int = 1) -> Finding:
    made = finding(slug=slug, path=path, symbol=symbol, text=text, line=line)
    return replace(made, fingerprint=fingerprint_of(made, path))


def standing(of: Identity, comment: int = 1, **fields: bool) -> Standing:
    flags = {"is_resolved": False, "is_fixed": False, "is_pending": False, "can_resolve": True} | fields
    return Standing(of, f"T{comment}", comment, "", **flags)


def test_likeness_is_rule_and_text_and_nothing_else() -> None:
    one = likeness_of(defect())
    assert one == likeness_of(defect("x  =\n 1", "b.py", "g", line=9))
    assert one != likeness_of(defect(slug="even"))
    assert one != likeness_of(defect("x = 2"))
    assert likeness_of(defect("  ")) == ""
    assert len(one) == 16
    assert set(one) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("now", "renamed", "head_paths", "same"),
    [
        (identity(), {}, {"a.py"}, True),
        (identity(symbol="g"), {}, {"a.py"}, True),  # the function was renamed
        (identity(path="b.py"), {"a.py": "b.py"}, {"b.py"}, True),  # the file was
        (identity(path="b.py", symbol="g"), {"a.py": "b.py"}, {"b.py"}, True),  # both were
        (identity(path="b.py", symbol="g"), {}, {"b.py"}, True),  # the file is gone
        (identity(path="b.py"), {}, {"a.py", "b.py"}, False),  # another file has the same
        (identity(path="c.py"), {"a.py": "b.py"}, {"b.py", "c.py"}, False),  # it went elsewhere
        (identity(path="b.py"), {"a.py": "b.py"}, {"a.py", "b.py"}, False),  # a copy is another file
        (identity(path="b.py"), {}, set(), False),  # nothing is known of the head's files
        (identity("x = 2"), {}, {"a.py"}, False),
        (identity(slug="even"), {}, {"a.py"}, False),
    ],
)
def test_what_is_known_again(now: Identity, renamed: dict[str, str], head_paths: set[str], same: bool) -> None:
    before = identity()
    expected = {now.fingerprint} if same else set()
    assert set(matched([standing(before)], [now], renamed, head_paths)) == expected
    assert set(known_again([known_of(before)], [now], renamed, head_paths)) == expected
    assert set(dismissed_of([now], [before], renamed, head_paths)) == expected


def test_a_definition_that_moved_is_known_again_once_it_is_gone_from_where_it_was() -> None:
    before, now = standing(identity()), identity(path="b.py")
    paths = {"a.py", "b.py"}
    assert matched([before], [now], {}, paths) == {}
    assert matched([before], [now], {}, paths, is_fixed=lambda _: True) == {now.fingerprint: before}
    nameless = standing(identity(symbol=""))
    assert matched([nameless], [identity(path="b.py", symbol="")], {}, paths, is_fixed=lambda _: True) == {}


def test_what_has_no_text_is_only_known_exactly() -> None:
    before = standing(identity(""))
    assert matched([before], [identity("", symbol="g")], {}, {"a.py"}) == {}
    assert matched([before], [identity("")], {}, {"a.py"}) == {identity("").fingerprint: before}


def test_the_open_thread_is_meant_where_an_older_one_was_resolved() -> None:
    old, new = standing(identity(), 1, is_resolved=True, is_fixed=True), standing(identity(), 2)
    for threads in ([old, new], [new, old]):
        assert matched(threads, [identity()], {}, {"a.py"}) == {identity().fingerprint: new}
        # The older one is not left over for another finding that is alike.
        assert identity(symbol="g").fingerprint not in matched(
            threads, [identity(), identity(symbol="g")], {}, {"a.py"}
        )


def test_a_dismissal_speaks_of_its_finding_by_name_or_by_digest() -> None:
    now = identity(path="b.py")
    renamed = {"a.py": "b.py"}
    asked = identity()
    assert dismissed(now, [asked], renamed) == asked
    assert dismissed(now, [replace(asked, symbol="f")], renamed) is not None
    assert dismissed(now, [asked], {}) is None
    assert dismissed(now, [], renamed) is None


def test_of_two_equal_findings_a_dismissal_silences_one() -> None:
    asked, other = identity(symbol="f"), identity(symbol="g")
    assert dismissed_of([asked, other], [asked], {}, {"a.py"}) == {asked.fingerprint: asked}


texts = st.sampled_from(["x = 1", "y = 2", ""])
paths = st.sampled_from(["a.py", "b.py", "c.py", "d.py"])
symbols = st.sampled_from(["", "f", "g"])
many = st.lists(st.tuples(texts, paths, symbols), max_size=8)


def found(rows: list[tuple[str, str, str]]) -> list[Identity]:
    """Return what a review would find: equal ones in one place are told apart by their order."""
    findings = [defect(text, path, symbol, line=at + 1) for at, (text, path, symbol) in enumerate(rows)]
    return [identity_of(one) for one in with_fingerprints(findings, {})]


def stood(rows: list[tuple[str, str, str]]) -> list[Standing]:
    return [standing(one, number) for number, one in enumerate(found(rows))]


@unhurried
@given(rows=many, renamed=st.dictionaries(paths, paths), head=st.sets(paths))
def test_what_did_not_change_is_itself(
    rows: list[tuple[str, str, str]], renamed: dict[str, str], head: set[str]
) -> None:
    before = stood(rows)
    again = matched(before, [one.identity for one in before], renamed, head)
    assert again == {one.identity.fingerprint: one for one in before}


@unhurried
@given(before=many, now=many, renamed=st.dictionaries(paths, paths), head=st.sets(paths), data=st.data())
def test_pairs_are_one_to_one_and_do_not_depend_on_the_order(
    before: list[tuple[str, str, str]],
    now: list[tuple[str, str, str]],
    renamed: dict[str, str],
    head: set[str],
    data: st.DataObject,
) -> None:
    threads, findings = stood(before), found(now)
    pairs = matched(threads, findings, renamed, head)
    assert len({one.comment for one in pairs.values()}) == len(pairs)
    assert set(pairs) <= {one.fingerprint for one in findings}
    for mark, one in pairs.items():
        mine = next(finding for finding in findings if finding.fingerprint == mark)
        assert mark == one.identity.fingerprint or mine.likeness == one.identity.likeness != ""
    shuffled = matched(data.draw(st.permutations(threads)), data.draw(st.permutations(findings)), renamed, head)
    assert {mark: one.identity for mark, one in shuffled.items()} == {mark: one.identity for mark, one in pairs.items()}
    remembered = known_again([known_of(one.identity) for one in threads], findings, renamed, head)
    assert {m: k.fingerprint for m, k in remembered.items()} == {m: s.identity.fingerprint for m, s in pairs.items()}


@unhurried
@given(rows=many)
def test_a_file_renamed_there_and_back_keeps_its_findings(rows: list[tuple[str, str, str]]) -> None:
    """The thread stays as it was posted; each push is compared with it anew."""
    before = stood(rows)
    away = found([(text, f"new/{path}", symbol) for text, path, symbol in rows])
    there = {path: f"new/{path}" for _, path, _ in rows}
    named = {one.identity.likeness for one in before} - {""}
    gone = matched(before, away, there, set(there.values()))
    assert len(gone) == sum(one.likeness in named for one in away)
    back = matched(before, found(rows), {new: old for old, new in there.items()}, set(there))
    assert len(back) == len(before)


@unhurried
@given(count=st.integers(0, 5), left=st.integers(0, 5))
def test_equal_defects_are_counted(count: int, left: int) -> None:
    before, now = stood([("x = 1", "a.py", "f")] * count), found([("x = 1", "a.py", "f")] * left)
    assert len(matched(before, now, {}, {"a.py"})) == min(count, left)


def test_a_digest_stands_for_a_symbol() -> None:
    assert identity().symbol == digest_of("f")
    assert identity(symbol="").symbol == ""
