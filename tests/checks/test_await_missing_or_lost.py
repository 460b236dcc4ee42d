"""Coroutines that callers do not await, and all the ways in which they are awaited after all."""

from __future__ import annotations

import pytest

from checks.constraint import await_missing_or_lost
from checks.finding import Confidence, Finding, Severity
from tests.checks.constraint_runs import findings, lines_of

LOAD = "def load(name):\n    return name\n"
USE = "from shop.rows import load\n\n\ndef show(name):\n    print(load(name).upper())\n"
TREE = {"shop/__init__.py": "", "shop/rows.py": LOAD, "shop/page.py": USE}
ASYNC = {
    **TREE,
    "shop/rows.py": "async " + LOAD,
    "shop/page.py": "from shop.rows import load\n\n\nasync def show(name):\n    print(await load(name))\n",
}


def told(before: dict[str, str], after: dict[str, str], **renamed: str) -> list[Finding]:
    head = {path: text for path, text in {**before, **after}.items() if text != "gone"}
    moved = {f"shop/{new}.py": f"shop/{old}.py" for new, old in renamed.items()}
    return findings(await_missing_or_lost, before, head, moved)


def used_as(line: str, before: str = LOAD, after: str = "async " + LOAD) -> list[Finding]:
    """Return what is said when a caller that stays as it is uses a function that becomes something else."""
    use = f"import asyncio\nimport inspect\nfrom shop.rows import load\n\n\nasync def show(name):\n    {line}\n"
    return told({**TREE, "shop/rows.py": before, "shop/page.py": use}, {"shop/rows.py": after})


@pytest.mark.parametrize(
    "line", ["load(name)", "load(name).upper()", "if load(name): pass", "if name:\n        load(name)", "load(name)[0]"]
)
def test_a_plain_use_of_what_is_a_coroutine_now_blocks(line: str) -> None:
    (finding,) = used_as(line)
    assert (finding.severity, finding.path, finding.line) == (Severity.BLOCK, "shop/rows.py", 1)
    assert lines_of(finding) == [f"shop/page.py:{8 if 'if name' in line else 7}"]


def test_a_function_that_ensures_something_else_is_one_like_others() -> None:
    before = {"a.py": "def ensure_echo(on):\n    print(on)\n\n\ndef run():\n    ensure_echo(1)\n"}
    (one,) = told(before, {"a.py": "async " + before["a.py"]})
    assert one.severity is Severity.BLOCK


@pytest.mark.parametrize("line", ["return load(name)", "print(load(name))", "row = load(name)"])
def test_what_is_handed_on_by_a_line_that_is_as_it_was_is_a_warning(line: str) -> None:
    assert [one.severity for one in used_as(line)] == [Severity.WARN]


@pytest.mark.parametrize(
    "line",
    [
        "await load(name)",
        "found = load(name)\n    if inspect.isawaitable(found):\n        await found",
        "return await maybe_await(load(name))",
        "return load",
        "try:\n        load(name)\n    except Exception:\n        pass",
    ],
)
def test_uses_that_await_or_look_first(line: str) -> None:
    assert used_as(line) == []


@pytest.mark.parametrize(
    "before",
    [
        "def load(name) -> Awaitable[str]:\n    return name\n",
        "def load(name):\n    return asyncio.ensure_future(name)\n",
        "async def make(name):\n    return name\n\n\ndef load(name):\n    return make(name)\n",
        "@wrapped\ndef load(name):\n    return name\n",
        "def load(name):\n    yield name\n",
        "def load(name):\n    raise NotImplementedError\n",
        "if A:\n    def load(name):\n        return name\nelse:\n    load = None\n",
        "if A:\n    def load(name):\n        return name\n",
    ],
)
def test_functions_of_which_one_cannot_say(before: str) -> None:
    after = before.replace("def load", "async def load")
    assert used_as("print(load(name))", before, after) == []


def test_a_new_line_may_hand_the_coroutine_on() -> None:
    use = "from shop.rows import load\n\n\ndef show(name):\n    run(load(name))\n"
    assert told(TREE, {"shop/rows.py": "async " + LOAD, "shop/page.py": use}) == []


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (LOAD, [Severity.BLOCK]),
        ("def load(name) -> str:\n    return name\n", [Severity.BLOCK]),
        ("def load(name) -> Awaitable[str]:\n    return name\n", []),
        ("def load(name):\n    return client.get(name)\n", []),
        ("def load(name):\n    return asyncio.ensure_future(name)\n", []),
        ("def load(name):\n    yield name\n", []),
        ("load = wrapped(name)\n", []),
        ("def load(name):\n    raise NotImplementedError\n", []),
    ],
)
def test_what_is_a_coroutine_no_longer(after: str, said: list[Severity]) -> None:
    assert [one.severity for one in told(ASYNC, {"shop/rows.py": after})] == said


def test_a_body_that_stays_returns_what_was_awaited_before() -> None:
    body = "def load(name):\n    rows = list(fetch(name))\n    return pick(rows)\n"
    before = {**ASYNC, "shop/rows.py": "async " + body}
    (finding,) = told(before, {"shop/rows.py": body})
    assert lines_of(finding) == ["shop/page.py:5"]
    assert told(before, {"shop/rows.py": body.replace("pick(rows)", "pick(rows, 1)")}) == []


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("load(name)", [6]),
        ("await load(name)", []),
        ("rows = load(name)", []),
        ("asyncio.run(load(name))", []),
        ("[load(n) for n in name]", []),
        ("return load(name)", []),
        ("load", []),
        ("lambda: load(name)", []),
        ("with pytest.warns(RuntimeWarning): load(name)", []),
    ],
)
def test_a_new_call_must_not_be_thrown_away(line: str, lines: list[int]) -> None:
    after = {"shop/page.py": ASYNC["shop/page.py"] + f"    {line}\n"}
    assert [one.line for one in told(ASYNC, after)] == lines


@pytest.mark.parametrize(
    "rows",
    [
        "async def load(name):\n    yield name\n",
        "@job\nasync def load(name):\n    return name\n",
        "from asyncio import sleep as load\n",
        "try:\n    from fast import load\nexcept ImportError:\n    async def load(name):\n        return name\n",
    ],
)
def test_calls_that_may_not_give_a_coroutine(rows: str) -> None:
    before = {**ASYNC, "shop/rows.py": rows}
    assert told(before, {"shop/page.py": ASYNC["shop/page.py"] + "    load(name)\n"}) == []


def test_what_was_thrown_away_before_is_not_told_where_it_moved() -> None:
    lost = {**ASYNC, "shop/page.py": ASYNC["shop/page.py"] + "    load(name)\n"}
    deeper = ASYNC["shop/page.py"] + "    if name:\n        load(name)\n"
    assert told(lost, {"shop/page.py": deeper}) == []
    assert told(lost, {"shop/page.py": ASYNC["shop/page.py"], "shop/more.py": lost["shop/page.py"]}) == []


def test_renamed_and_moved_files() -> None:
    use = USE.replace("rows", "lines")
    (finding,) = told(
        TREE, {"shop/rows.py": "gone", "shop/lines.py": "async " + LOAD, "shop/page.py": use}, lines="rows"
    )
    assert (finding.path, finding.line) == ("shop/lines.py", 1)
    (finding,) = told(TREE, {"shop/rows.py": "gone", "shop/lines.py": "async " + LOAD, "shop/page.py": use})
    assert lines_of(finding) == ["shop/page.py:5"]


def test_methods_called_on_self_and_of_a_known_class() -> None:
    text = "class Row:\n    def load(self):\n        return 1\n\n    def show(self):\n        return self.load() + 1\n"
    (finding,) = told({"a.py": text}, {"a.py": text.replace("def load", "async def load")})
    assert (finding.severity, finding.line, lines_of(finding)) == (Severity.BLOCK, 2, ["a.py:6"])
    hook = text.replace("        return 1\n", "        pass\n")
    assert told({"a.py": hook}, {"a.py": hook.replace("def load", "async def load")}) == []


ROW = "class Row:\n    async def load_all(self):\n        return 1\n"
SHOW = "import a\n\n\nasync def show(row):\n    print(await row.load_all())\n"


def test_a_method_on_a_value_of_unknown_type_is_likely_meant_where_no_other_has_its_name() -> None:
    before, plain = {"a.py": ROW, "b.py": SHOW}, ROW.replace("async ", "")
    (finding,) = told(before, {"a.py": plain})
    assert (finding.severity, finding.confidence) == (Severity.WARN, Confidence.LOW)
    assert lines_of(finding) == ["b.py:5"]
    (finding,) = told(
        {"a.py": plain, "b.py": SHOW.replace("print(await row.load_all())", "row.load_all().x")}, {"a.py": ROW}
    )
    assert lines_of(finding) == ["b.py:5"]
    assert told({**before, "b.py": SHOW.replace("import a", "import db")}, {"a.py": plain}) == []
    assert told({**before, "c.py": ROW.replace("Row", "Line")}, {"a.py": plain}) == []
    assert told({"a.py": plain, "b.py": SHOW.replace("await ", "")}, {"a.py": ROW}) == []
    assert told({"a.py": plain, "b.py": SHOW}, {"a.py": ROW}) == []
