"""A stream of pull requests whose defects are known, to be reviewed twice: does the second time know the first?

Four kinds. *Noise* gives a loop the name of what it loops over, which the people of this made-up shop find fine, and
dismiss every time. *Defect* uses a name that nothing binds. *Back* takes back a fix that history holds, in the shop
and, where a repository is given, in that one: its own fixes, undone on its newest commit. *Clean* adds a function and a
test of it. The second time all names are others, and every pull request is a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.evaluation.forge import Forge
from kb.history.fixes import is_fix
from kb.history.model import LoggedCommit
from kb.repository import Repository

DAY = 86_400
BEGAN = 1_700_000_000  # seconds since 1970: when the shop was opened
NOUNS = ("basket", "voucher", "parcel", "invoice", "refund", "ticket")
OTHER_NOUNS = ("crate", "coupon", "pallet", "receipt", "credit", "ballot")
NOTES = "eval-notes.md"  # what is left of a change whose author takes the fault out of it
MOST_FILES, MOST_LINES = 4, 24  # of a fix that is taken back


class Kind(StrEnum):
    """What is planted."""

    NOISE = "noise"
    DEFECT = "defect"
    BACK = "back"
    CLEAN = "clean"


@dataclass(frozen=True)
class Planted:
    """One pull request: what is wrong with its head, which commit is the evidence, and what its author pushes then."""

    kind: Kind
    name: str
    base: str
    head: str
    mended: str  # head of the push that mends it; "" where there is nothing to mend
    slugs: tuple[str, ...]  # any of which tells of the defect
    evidence: str = ""  # commit that has to be named


@dataclass(frozen=True)
class Shop:
    """The made-up repository: its newest commit, and its fixes as (file, faulty text, id of the fix)."""

    tip: str
    fixes: tuple[tuple[str, str, str], ...]


def open_shop(forge: Forge) -> Shop:
    """Commit the shop: modules with a fault each, then one fix after the other."""
    files = {path: text for noun in NOUNS for path, text in _module(noun, is_faulty=True).items()}
    tip = forge.commit({**files, "README.md": "A shop.\n"}, "Open the shop", parent=None, at=BEGAN)
    fixes = []
    for number, noun in enumerate(NOUNS, start=1):
        (path, faulty), (_, right) = _first(_module(noun, is_faulty=True)), _first(_module(noun, is_faulty=False))
        message = f"Fix the last {noun} being lost"
        tip = forge.commit({path: right}, message, parent=tip, at=BEGAN + number * DAY)
        fixes.append((path, faulty, tip))
    return Shop(tip, tuple(fixes))


def planted(forge: Forge, shop: Shop, turn: int) -> Iterator[Planted]:
    """Yield the pull requests of one turn, 0 or 1, the kinds in rotation."""
    at = BEGAN + (100 + 100 * turn) * DAY
    for number, noun in enumerate(OTHER_NOUNS if turn else NOUNS):
        yield _noise(forge, shop, noun, at + number * DAY)
        yield _defect(forge, shop, noun, at + number * DAY)
        yield _back(forge, shop, number, at + number * DAY)
        yield _clean(forge, shop, noun, at + number * DAY)


def mined(forge: Forge, repository: Repository, tip: str, limit: int, turn: int) -> Iterator[Planted]:
    """Yield pull requests that take back a repository's own fixes, the newest first, at most `limit`."""
    commits = repository.commits()
    logged = repository.log([repository.merge_base(tip, tip)], most=4_000)
    found = 0
    for commit in logged.commits:
        if found == limit:
            return
        if not _is_small(commit) or not is_fix(commits.message(commit.oid)):
            continue
        at = logged.commits[0].at + (1 + turn) * DAY
        head = forge.revert(commit.oid, logged.commits[0].oid, "Simplify", at=at)
        lines = commits.patches([commit.oid], [change.path for change in commit.changes]).get(commit.oid, ())
        if head is not None and 0 < sum(len(hunk.new) + len(hunk.old) for hunk in lines) <= MOST_LINES:
            found += 1
            tip_id = logged.commits[0].oid
            name = f"back-{commit.oid[:10]}"
            mended = forge.commit({NOTES: "Simplified.\n"}, "Simplify", parent=tip_id, at=at + 60)
            yield Planted(Kind.BACK, name, tip_id, head, mended, ("fixed-before-and-back",), commit.oid)


def _is_small(commit: LoggedCommit) -> bool:
    code = [change for change in commit.changes if change.path.endswith((".py", ".js", ".ts"))]
    is_tests = all("test" in change.path for change in code)
    return len(commit.parents) == 1 and 0 < len(commit.changes) <= MOST_FILES and bool(code) and not is_tests


def _first(files: Mapping[str, str]) -> tuple[str, str]:
    return next(iter(files.items()))


def _module(noun: str, *, is_faulty: bool) -> dict[str, str]:
    """Return a module, with its fault or without, and its tests."""
    last = f"len({noun}s) - 1" if is_faulty else f"len({noun}s)"
    edge = "<" if is_faulty else "<="
    code = f'''"""Every {noun} of the shop."""


def worth_of({noun}s, limit):
    """Return what all {noun}s are worth, up to a limit."""
    total = 0
    for index in range({last}):
        if {noun}s[index].price {edge} limit:
            total += {noun}s[index].price * {noun}s[index].count
    return total


def named(name, {noun}s):
    """Return the first {noun} of a name."""
    for {noun} in {noun}s:
        if {noun}.name == name:
            return {noun}
    return None
'''
    tests = f'''"""Tests of every {noun}."""

from shop.{noun} import named, worth_of


def test_nothing_is_worth_nothing():
    assert worth_of([], 10) == 0


def test_a_name_that_nobody_has():
    assert named("x", []) is None
'''
    return {f"shop/{noun}.py": code, f"tests/test_{noun}.py": tests}


def _noise(forge: Forge, shop: Shop, noun: str, at: int) -> Planted:
    path = f"shop/{noun}_list.py"
    text = f'''"""Lists of {noun}s."""


def names_of({noun}s):
    """Return the names of {noun}s."""
    names = []
    for {noun}s in {noun}s:
        names.append({noun}s.name)
    return names
'''
    test = f'''"""Lists."""

from shop.{noun}_list import names_of


def test_lists_of_{noun}s():
    assert names_of([]) == []
'''
    files = {path: text, f"tests/test_{noun}_list.py": test}
    head = forge.commit(files, f"List {noun}s", parent=shop.tip, at=at)
    return Planted(Kind.NOISE, f"noise-{noun}", shop.tip, head, "", ("loop-variable-hides-name",))


def _defect(forge: Forge, shop: Shop, noun: str, at: int) -> Planted:
    path, body = f"shop/{noun}_label.py", f'"""Labels of {noun}s."""\n\n\ndef label_of({noun}):\n'
    faulty = f"{body}    return {noun}_titel.strip()\n"
    right = f"{body}    return {noun}.title.strip()\n"
    test = {
        f"tests/test_{noun}_label.py": f'"""Labels."""\n\nfrom shop.{noun}_label import label_of\n\n\n'
        f"def test_labels_of_{noun}s():\n    assert label_of(label_of)\n"
    }
    head = forge.commit({path: faulty, **test}, f"Label {noun}s", parent=shop.tip, at=at)
    mended = forge.commit({path: right, **test}, f"Label {noun}s", parent=shop.tip, at=at + 60)
    return Planted(Kind.DEFECT, f"defect-{noun}", shop.tip, head, mended, ("undefined-name",))


def _back(forge: Forge, shop: Shop, number: int, at: int) -> Planted:
    path, faulty, fix = shop.fixes[number % len(shop.fixes)]
    head = forge.commit({path: faulty}, "Tidy up", parent=shop.tip, at=at)
    mended = forge.commit({NOTES: "Tidied up.\n"}, "Tidy up", parent=shop.tip, at=at + 60)
    return Planted(Kind.BACK, f"back-{number}", shop.tip, head, mended, ("fixed-before-and-back",), fix)


def _clean(forge: Forge, shop: Shop, noun: str, at: int) -> Planted:
    path = f"shop/{noun}_count.py"
    code = f'"""Counts of {noun}s."""\n\n\ndef count_of({noun}s):\n    """Return how many {noun}s there are."""\n'
    code += f"    return len({noun}s)\n"
    test = f'"""Counts."""\n\nfrom shop.{noun}_count import count_of\n\n\n'
    test += f"def test_counts_of_{noun}s():\n    assert count_of([1, 2]) == 2\n"
    files = {path: code, f"tests/test_{noun}_count.py": test}
    head = forge.commit(files, f"Count {noun}s", parent=shop.tip, at=at)
    return Planted(Kind.CLEAN, f"clean-{noun}", shop.tip, head, "", ())
