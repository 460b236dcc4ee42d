"""New members that code which knew all the others does not know, and code that never knew them all."""

from __future__ import annotations

import pytest

from checks.constraint import enum_or_union_case_unhandled
from checks.finding import Confidence, Finding, Severity
from tests.checks.constraint_runs import findings, lines_of

ENUM = "from enum import Enum\n\n\nclass Color(Enum):\n    RED = 1\n    BLUE = 2\n    PINK = 3\n"
MORE = ENUM + "    GREEN = 4\n"
HEAD = "from paint.colors import Color\n\n\ndef price(color):\n"
CHAIN = (
    "    if color is Color.RED:\n        return 3\n    elif color == Color.BLUE:\n        return 4\n"
    "    elif color in (Color.PINK,):\n        return 5\n"
)
TABLE = "    return {Color.RED: 1, Color.BLUE: 2, Color.PINK: 3}[color]\n"
MATCH = (
    "    match color:\n        case Color.RED | Color.BLUE:\n            a = 1\n"
    "        case Color.PINK:\n            a = 2\n    return a\n"
)


def told(
    use: str,
    enum: str = ENUM,
    more: str = MORE,
    *,
    head: str = HEAD,
    changed: str | None = None,
    path: str = "paint/price.py",
) -> list[Finding]:
    """Return what is said when an enum gets more members, and a file that uses it stays or changes too."""
    before = {"paint/__init__.py": "", "paint/colors.py": enum, path: head + use}
    after = {**before, "paint/colors.py": more, path: head + (use if changed is None else changed)}
    return findings(enum_or_union_case_unhandled, before, after)


@pytest.mark.parametrize(("use", "line"), [(CHAIN, 5), (TABLE, 5), (MATCH, 5)])
def test_code_that_knew_every_member(use: str, line: int) -> None:
    (finding,) = told(use)
    assert (finding.severity, finding.path, finding.line) == (Severity.WARN, "paint/colors.py", 8)
    assert lines_of(finding) == [f"paint/price.py:{line}"]


def test_one_that_complains_is_surer() -> None:
    assert [one.confidence for one in told(CHAIN + "    raise ValueError(color)\n")] == [Confidence.HIGH]
    assert [one.confidence for one in told(MATCH)] == [Confidence.MEDIUM]


@pytest.mark.parametrize(
    "use",
    [
        CHAIN + "    return 6\n",
        CHAIN + "    else:\n        return 6\n",
        CHAIN.replace(" in (Color.PINK,)", " is Color.NONE"),
        CHAIN.replace("color in", "other in"),
        CHAIN.replace("color in (Color.PINK,)", "color is Color.PINK and day"),
        TABLE.replace("Color.PINK: 3", "**more"),
        TABLE.replace("Color.PINK: 3", "None: 3"),
        TABLE.replace(", Color.PINK: 3", ""),
        MATCH.replace("    return a", "        case _:\n            a = 3\n    return a"),
        MATCH.replace("case Color.PINK", "case Color.PINK if day"),
        MATCH.replace("case Color.PINK", "case other"),
        CHAIN.replace("Color.", "Colour.").replace("Colour.RED", "Colour.RED"),
    ],
)
def test_code_that_has_an_answer_for_others_or_never_knew_all(use: str) -> None:
    assert told(use) == []


@pytest.mark.parametrize(
    "changed",
    [
        CHAIN + "    elif color is Color.GREEN:\n        return 6\n",
        CHAIN.replace("(Color.PINK,)", "(Color.PINK, Color.GREEN)"),
        CHAIN + "    return 7\n",
        "    return 1\n",
    ],
)
def test_code_that_changed_along(changed: str) -> None:
    assert told(CHAIN, changed=changed) == []


@pytest.mark.parametrize(
    ("enum", "more"),
    [
        (ENUM, ENUM + "    ROSE = 3\n"),
        (ENUM, ENUM + "    ROSE = PINK\n"),
        (ENUM, ENUM + "    _missing = 4\n"),
        (ENUM, ENUM + "\n    def name_of(self):\n        return 1\n"),
        (ENUM, ENUM + "    weight: int\n"),
        (ENUM, MORE.replace("    RED = 1\n", "")),
        (ENUM.replace("(Enum)", "(Flag)"), MORE.replace("(Enum)", "(Flag)")),
        (ENUM.replace("(Enum)", "(IntFlag)"), MORE.replace("(Enum)", "(IntFlag)")),
        (ENUM.replace("(Enum)", ""), MORE.replace("(Enum)", "")),
        (ENUM.replace("(Enum)", "(str)"), MORE.replace("(Enum)", "(str)")),
        (ENUM, ENUM.replace("Enum\n", "Enum, auto\n") + "\nif auto:\n    class Color(Enum):\n        GREEN = 1\n"),
    ],
)
def test_changes_that_add_no_member(enum: str, more: str) -> None:
    assert told(CHAIN, enum, more) == []


@pytest.mark.parametrize("kind", ["(str, Enum)", "(IntEnum)", "(StrEnum)", "(enum.Enum)"])
def test_kinds_of_enums(kind: str) -> None:
    assert len(told(CHAIN, ENUM.replace("(Enum)", kind), MORE.replace("(Enum)", kind))) == 1


def test_other_names_of_members_need_not_be_known() -> None:
    enum = ENUM + "    ROSE = PINK\n"
    assert len(told(CHAIN, enum, enum + "    GREEN = 4\n")) == 1
    assert len(told(CHAIN.replace("PINK", "PINK, Color.ROSE"), enum, enum + "    GREEN = 4\n")) == 1


def test_values_that_are_counted_are_not_equal() -> None:
    enum = ENUM.replace("= 1", "= auto()").replace("= 2", "= auto()").replace("= 3", "= auto()")
    assert len(told(CHAIN, enum, enum + "    GREEN = auto()\n")) == 1


def test_an_enum_of_the_same_name_and_members_elsewhere_is_another() -> None:
    head = HEAD.replace(
        "from paint.colors import Color", "from paint import colors\nfrom ink import Color\n\nold = colors.Color"
    )
    assert told(CHAIN, head=head) == []
    own = ENUM + "\n\ndef price(color):\n"
    assert told(CHAIN, head=own) == []


def test_nested_enums_and_modules() -> None:
    nested = (
        "from enum import Enum\n\n\nclass Paint:\n    class Color(Enum):\n"
        "        RED = 1\n        BLUE = 2\n        PINK = 3\n"
    )
    head = HEAD.replace("import Color", "import Paint")
    (finding,) = told(CHAIN.replace("Color.", "Paint.Color."), nested, nested + "        GREEN = 4\n", head=head)
    assert finding.line == 9
    module = HEAD.replace("from paint.colors import Color", "from paint import colors")
    assert len(told(CHAIN.replace("Color.", "colors.Color."), head=module)) == 1


def test_two_members_are_not_enough_where_others_may_need_nothing() -> None:
    enum, more = ENUM.replace("    PINK = 3\n", ""), MORE.replace("    PINK = 3\n", "")
    two = "    if color is Color.RED:\n        a = 1\n    elif color is Color.BLUE:\n        a = 2\n"
    assert told(two, enum, more) == []
    assert len(told(two + "    else:\n        raise ValueError\n", enum, more)) == 1


def test_tests_may_know_what_they_like() -> None:
    assert told(TABLE, path="tests/test_price.py") == []


def test_several_places_and_several_members() -> None:
    (finding,) = told(CHAIN + "\n\ndef other(color):\n" + TABLE, more=MORE + "    GREY = 5\n")
    assert "`GREEN` and 1 more of `Color`" in finding.message
    assert len(lines_of(finding)) == 2


def test_a_renamed_file() -> None:
    before = {"paint/__init__.py": "", "paint/colors.py": ENUM, "paint/price.py": HEAD + CHAIN}
    after = {
        "paint/__init__.py": "",
        "paint/shades.py": MORE,
        "paint/price.py": HEAD.replace("colors", "shades") + CHAIN,
    }
    (finding,) = findings(enum_or_union_case_unhandled, before, after, {"paint/shades.py": "paint/colors.py"})
    assert (finding.path, finding.line) == ("paint/shades.py", 8)


STATE = "export enum State { Open = 'open', Closed = 'closed', Lost = 'lost' }\n"
SWITCH = (
    "import { State } from './state';\n\nexport function icon(state: State) {\n  switch (state) {\n"
    "    case State.Open:\n      return 1;\n    case State.Closed:\n      return 2;\n"
    "    case State.Lost:\n      return 3;\n"
    "  }\n}\n"
)
UNION = "export type State = 'open' | 'closed' | 'lost';\n"
WORDS = SWITCH.replace("State.Open", "'open'").replace("State.Closed", "'closed'").replace("State.Lost", "'lost'")


def typed(state: str, more: str, use: str) -> list[Finding]:
    before = {"src/state.ts": state, "src/icon.ts": use}
    return findings(enum_or_union_case_unhandled, before, {**before, "src/state.ts": more})


def test_typescript() -> None:
    assert len(typed(STATE, STATE.replace(" }", ", Merged = 'merged' }"), SWITCH)) == 1
    assert len(typed(UNION, UNION.replace(";", " | 'merged';"), WORDS)) == 1


@pytest.mark.parametrize(
    "use",
    [
        WORDS.replace("state: State", "state: Status"),
        WORDS.replace("'./state'", "'./other'"),
        WORDS.replace("  }\n}", "    default:\n      return 4;\n  }\n}"),
        WORDS.replace("  }\n}", "  }\n  return 4;\n}"),
        WORDS.replace("    case 'lost':\n      return 3;\n", ""),
        WORDS.replace("'lost'", "'gone'"),
    ],
)
def test_typescript_that_knows_others_or_is_of_another_type(use: str) -> None:
    assert typed(UNION, UNION.replace(";", " | 'merged';"), use) == []


def test_a_switch_over_another_enum_with_the_same_name_and_members() -> None:
    both = "import { State } from './other';\nimport { State as Mine } from './state';\n" + SWITCH.partition("\n")[2]
    assert typed(STATE, STATE.replace(" }", ", Merged = 'merged' }"), both) == []
    renamed = SWITCH.replace("import { State }", "import { State as S }").replace("State.", "S.")
    assert typed(STATE, STATE.replace(" }", ", Merged = 'merged' }"), renamed) == []


def test_typescript_enums_of_bits() -> None:
    bits = STATE.replace("'open'", "1 << 0").replace("'closed'", "1 << 1").replace("'lost'", "1 << 2")
    assert typed(bits, bits.replace(" }", ", Merged = 1 << 3 }"), SWITCH) == []
