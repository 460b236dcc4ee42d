"""Whether a test that the change brings runs into a place, by the calls that the graph knows."""

from __future__ import annotations

from checks.inference.exist import UNCHECKED
from checks.inference.ground import Ground, Place
from checks.static.tests_in import is_test_file
from kb.graph.model import EdgeKind, node_id
from kb.graph.queries import Route, walk
from kb.graph.queries_find import is_test_path

CALLS = 3  # from a test to the code that it is for; further away it is for something else
NO_TESTS, TESTED, A_TEST = "the repository has no tests", "a test of the change reaches it", "it is a test"


def why_untested_is_not_said(ground: Ground, place: Place) -> str:
    """Return why nobody may say that a place is without a test; "" if it may be said."""
    if is_test(place.path):
        return A_TEST
    if not any(is_test(path) for path in ground.change.head.entries):
        return NO_TESTS
    if ground.code is None:
        return UNCHECKED
    return TESTED if _is_reached(ground, place) else ""


def is_test(path: str) -> bool:
    """Return whether a file at this path holds tests, by the usual names."""
    return is_test_file(path) or is_test_path(path)


def _is_reached(ground: Ground, place: Place) -> bool:
    code = ground.code
    here = node_id(place.path, place.symbol)
    start = code.graph.nodes([here]).get(here) if code is not None else None
    if code is None or start is None or not place.symbol:
        return False
    callers = walk(code.graph, [start], Route((EdgeKind.CALLS, EdgeKind.USES), back=True), depth=CALLS)
    return any(
        is_test(step.node.path) and ground.is_changed(step.node.path, step.node.line, step.node.end_line)
        for step in callers.steps
    )
