"""Where a finding could be mended: at the caller that its evidence names, else where it stands."""

from __future__ import annotations

import pytest

from checks.finding import Evidence, Side
from checks.plan import names_in, site_at, sites_of
from kb.source import Source
from models.choose.propose import listed_for
from models.judge import judge
from models.patch import Task
from tests.checks.planted import change_adding, finding

SHOP = "def total(items):\n    if items:\n        return sum(itmes)\n    return 0\n"
USE = "from shop import total\n\nprint(total(1, 2))\n"
CHANGE = change_adding({"shop.py": SHOP, "use.py": USE, "notes.txt": "text\n", "empty.py": ""})


def test_a_finding_is_mended_where_it_stands() -> None:
    (site,) = sites_of(CHANGE, finding("undefined-name", "shop.py", 3, message="Undefined name `itmes`"))
    assert [hole.text for hole in site.holes] == [b"return sum(itmes)"]
    assert site.language == "python"
    assert site.wrong["slug"] == "undefined-name"
    assert (site.wrong["name"], site.wrong["line"], site.words) == ("itmes", "3", "shop.py:3")


def test_a_finding_about_a_definition_is_mended_at_its_caller() -> None:
    caller = Evidence("caller", "use.py", 3, "print(total(1, 2))")
    (site,) = sites_of(CHANGE, finding("call-does-not-fit-signature", "shop.py", 1, evidence=(caller,)))
    assert (site.source.path, site.holes[0].text) == ("use.py", b"print(total(1, 2))")


def test_of_a_compound_statement_the_line_is_opened_before_the_whole() -> None:
    (site,) = sites_of(CHANGE, finding("condition-always-same", "shop.py", 2))
    assert [hole.text for hole in site.holes] == [b"if items:", b"if items:\n        return sum(itmes)"]


@pytest.mark.parametrize(
    ("path", "line", "fields"),
    [
        ("shop.py", 2, {"side": Side.LEFT}),
        ("gone.py", 1, {}),
        ("notes.txt", 1, {}),
        ("shop.py", 40, {}),
        ("empty.py", 1, {}),
    ],
)
def test_where_nothing_can_be_opened_there_is_no_place(path: str, line: int, fields: dict[str, object]) -> None:
    assert sites_of(CHANGE, finding("undefined-name", path, line, **fields)) == ()


def test_names_are_those_that_the_finding_speaks_of_and_the_line_has() -> None:
    source = Source("a.py", b"area(1, widht=2)\n")
    said = finding("x", message="Argument `widht` does not match any known parameter of function `area` of `shapes`")
    assert names_in(said, source, 1, 1) == ("widht", "area")


def test_a_person_may_name_any_line() -> None:
    site = site_at(CHANGE, "shop.py", 3)
    assert site is not None
    assert site.wrong["slug"] == ""
    assert site_at(CHANGE, "shop.py", 99) is None
    with pytest.raises(KeyError):
        site_at(CHANGE, "gone.py", 1)


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("Module `typing` has no member `itmes`; `items` is what other lines use", "items"),
        ("`itmes` is gone and still used (use.py:3); renamed to `total_of`?", "total_of"),
        ("Undefined name `itmes`", ""),
        ("Undefined name `itmes`; `sum` or `items`", ""),
        ("Undefined name `itmes`; see `a b`", ""),
    ],
)
def test_what_is_meant_is_what_the_finding_says_is_meant(message: str, wanted: str) -> None:
    (site,) = sites_of(CHANGE, finding("undefined-name", "shop.py", 3, message=message))
    assert site.wrong["want"] == wanted


def test_a_decorator_is_mended_by_itself() -> None:
    """Its line is part of a statement: what is put there was judged as if it had to be the whole of it."""
    text = "from enum import IntEnum, unique\n\n\n@uniqque\nclass A(IntEnum):\n    B = 1\n"
    change = change_adding({"a.py": text})
    (site,) = sites_of(change, finding("undefined-name", "a.py", 4, message="Undefined name `uniqque`"))
    task = Task(site.source, site.language, site.holes[0], wrong=site.wrong)
    sound = [one for one in listed_for(task) if not judge(site.source, "python", one.hole, one.text)]
    assert (b"unique", 1) in [(one.text, one.ground) for one in sound]
