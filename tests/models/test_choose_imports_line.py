"""Where an import goes that is missing, and when the slip is in the import itself."""

from __future__ import annotations

import pytest

from models.choose.kinds import Way
from models.choose.propose import listed_for
from models.patch import Candidate
from tests.models.choosing import Opened, task_of


def first(text: str, line: int, name: str) -> str:
    """Return the file that comes of the first import for an undefined name."""
    wrong = {"slug": "undefined-name", "name": name, "names": name}
    return Opened(task_of(text, "a.py", line, wrong)).listed([Way.IMPORTS])[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import socket  # noqa: F401\n", "import socket  # noqa: F401\nimport typing\n"),
        ("import os\nimport uuid\nfrom a import b\n", "import os\nimport typing\nimport uuid\nfrom a import b\n"),
        ("import uuid\nfrom a import b\n", "import typing\nimport uuid\nfrom a import b\n"),
        ("from a import b\n", "from a import b\nimport typing\n"),
    ],
)
def test_an_import_goes_where_it_sorts_among_its_like(before: str, after: str) -> None:
    use = "x: typing.Any\n"
    assert first(before + use, before.count("\n") + 1, "typing") == after + use


REQUEST = "from a import Reuqest\n\nclass P(Request): ...\n"


def test_an_import_that_is_used_nowhere_and_a_slip_away_is_where_the_slip_is() -> None:
    assert first(REQUEST, 3, "Request") == REQUEST.replace("Reuqest", "Request")


def listed(text: str, line: int, name: str) -> list[Candidate]:
    wrong = {"slug": "undefined-name", "name": name, "names": name}
    return listed_for(task_of(text, "a.py", line, wrong), [Way.NAMES])


def test_a_name_that_is_only_imported_has_nothing_to_speak_for_it() -> None:
    assert {one.ground for one in listed(REQUEST, 3, "Request")} == {2}
    used = REQUEST + "x = Reuqest()\n"
    assert 1 in {one.ground for one in listed(used, 3, "Request")}


def test_a_member_that_other_lines_use_is_what_was_meant() -> None:
    wrong = {"slug": "attribute-not-on-type", "name": "compiel", "names": "compiel", "want": "compile"}
    made = Opened(task_of("import re\nX = re.compiel('a')\n", "a.py", 2, wrong)).lines([Way.ATTRIBUTES])
    assert made[0] == "X = re.compile('a')"
