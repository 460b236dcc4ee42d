"""Where an import goes that is missing, and when the slip is in the import itself."""

from __future__ import annotations

import pytest

from models.choose.kinds import Way
from models.choose.propose import choose
from models.scripted import Scripted
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
WRONG = {"slug": "undefined-name", "name": "Request", "names": "Request"}
MENDED = [REQUEST.replace("Reuqest", "Request"), REQUEST.replace("Request", "Reuqest")]


@pytest.mark.parametrize("right", MENDED)
def test_between_an_import_and_its_only_use_the_likelier_spelling_decides(right: str) -> None:
    """Which of the two is the slip no rule can know: both stand on the same ground."""
    opened = Opened(task_of(REQUEST, "a.py", 3, WRONG))
    found = choose(opened.task, Scripted([right.encode()])).candidates
    assert opened.made(found[0]) == right
    assert [one.ground for one in found if opened.made(one) in MENDED] == [1, 1]


def test_a_member_that_other_lines_use_is_what_was_meant() -> None:
    wrong = {"slug": "attribute-not-on-type", "name": "compiel", "names": "compiel", "want": "compile"}
    made = Opened(task_of("import re\nX = re.compiel('a')\n", "a.py", 2, wrong)).lines([Way.ATTRIBUTES])
    assert made[0] == "X = re.compile('a')"
