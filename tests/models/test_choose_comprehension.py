"""A comprehension over a misspelt name: the word stands twice in it, bound once and unbound once."""

from __future__ import annotations

from models.choose.kinds import Way
from tests.models.choosing import Opened, task_of

WRONG = {"slug": "undefined-name", "name": "basket", "names": "basket"}


def test_only_the_place_that_nothing_binds_is_mended() -> None:
    text = "def first_of(baskets):\n    return [basket for basket in basket]\n"
    lines = Opened(task_of(text, "a.py", 2, WRONG)).lines([Way.NAMES])
    assert lines[0] == "return [basket for basket in baskets]"


def test_all_places_that_nothing_binds_are_mended_at_once() -> None:
    text = "def first_of(baskets):\n    return basket[0] + basket[1]\n"
    lines = Opened(task_of(text, "a.py", 2, WRONG)).lines([Way.NAMES])
    assert lines[0] == "return baskets[0] + baskets[1]"
