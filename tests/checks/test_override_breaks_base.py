"""Overrides that no longer fit, and the many that still do."""

from __future__ import annotations

import pytest

from checks.constraint import override_breaks_base
from checks.finding import Finding, Severity
from tests.checks.constraint_runs import findings, fired, lines_of

TASK = "class Task:\n    def run(self, n):\n        return n\n\n    def start(self):\n        return self.run(1)\n"
LOUD = "from jobs.task import Task\n\n\nclass Loud(Task):\n    def run(self, n):\n        return n * 2\n"
TREE = {"jobs/__init__.py": "", "jobs/task.py": TASK, "jobs/loud.py": LOUD}
WIDER = TASK.replace("run(self, n)", "run(self, n, how=None)")


def told(after: dict[str, str], before: dict[str, str] | None = None, **renamed: str) -> list[Finding]:
    base = {**TREE, **(before or {})}
    head = {path: text for path, text in {**base, **after}.items() if text != "gone"}
    return findings(override_breaks_base, base, head, {"/".join(k.split("__")) + ".py": v for k, v in renamed.items()})


def test_the_inherited_call_that_fails_is_shown_and_blocks() -> None:
    after = TASK.replace("run(self, n)", "run(self, n, how)").replace("(1)", "(1, 2)")
    (finding,) = told({"jobs/task.py": after})
    assert (finding.severity, finding.path, finding.line) == (Severity.BLOCK, "jobs/task.py", 2)
    assert lines_of(finding) == ["jobs/task.py:6"]
    assert lines_of(finding, "definition") == ["jobs/loud.py:5"]
    assert finding.message.startswith(
        "`run` changed, and `Loud.run` in jobs/loud.py overrides it: a call with 2 values"
    )


def test_a_call_below_a_condition_fails_too() -> None:
    task = WIDER.replace("        return self.run(1)", "        if self:\n            return self.run(1, how=2)")
    (finding,) = told({"jobs/task.py": task})
    assert (finding.severity, lines_of(finding)) == (Severity.BLOCK, ["jobs/task.py:7"])


def test_without_a_call_on_the_base_it_is_a_warning() -> None:
    quiet = {"jobs/task.py": TASK.partition("    def start")[0]}
    (finding,) = told({"jobs/task.py": quiet["jobs/task.py"].replace("self, n", "self, n, how")}, quiet)
    assert finding.severity is Severity.WARN


def test_a_parameter_put_before_another_is_a_warning() -> None:
    before = {
        "jobs/task.py": "class Task:\n    def run(self, n, loud=False): ...\n",
        "jobs/loud.py": LOUD.replace("self, n", "self, n, loud=False"),
    }
    (finding,) = told({"jobs/task.py": before["jobs/task.py"].replace("self, n", "self, how, n")}, before)
    assert finding.severity is Severity.WARN
    assert "`how` stands where the override takes `n`" in finding.message
    assert told({"jobs/task.py": before["jobs/task.py"].replace("n, loud", "number, loud")}, before) == []


def test_a_method_between_two_is_told_once() -> None:
    middle = LOUD.replace("(self, n)", "(self, n, how)")
    last = "from jobs.loud import Loud\n\n\nclass Last(Loud):\n    def run(self, n):\n        return n\n"
    (finding,) = told({"jobs/loud.py": middle}, {"jobs/last.py": last})
    assert "overrides it" in finding.message


def test_a_call_on_a_parameter_of_the_type_is_a_warning() -> None:
    use = "from jobs.task import Task\n\n\ndef go(task: Task):\n    return task.run(1, how=2)\n"
    (finding,) = told({"jobs/task.py": WIDER, "jobs/use.py": use})
    assert finding.severity is Severity.WARN
    assert lines_of(finding) == ["jobs/use.py:5"]


def test_many_overrides_are_one_finding() -> None:
    more = {f"jobs/loud{n}.py": LOUD for n in range(7)}
    (finding,) = told({"jobs/task.py": TASK.replace("self, n", "self, n, how").replace("(1)", "(1, 2)")}, more)
    assert "as 7 others do" in finding.message
    assert len(lines_of(finding, "definition")) == 5


@pytest.mark.parametrize(
    "after",
    [
        pytest.param({"jobs/task.py": WIDER}, id="an optional parameter that nobody passes"),
        pytest.param(
            {"jobs/task.py": WIDER, "jobs/use.py": "from jobs.task import Task\n\nTask().run(1, how=2)\n"},
            id="passed to an instance of the base itself",
        ),
        pytest.param(
            {"jobs/task.py": WIDER, "jobs/loud.py": LOUD.replace("return n * 2", "return super().run(n, how=3)")},
            id="passed to super",
        ),
        pytest.param(
            {
                "jobs/task.py": WIDER.replace("(1)", "(1, how=2)"),
                "jobs/loud.py": LOUD + "\n    def start(self):\n        return self.run(2)\n",
            },
            id="passed by a method that the subclass overrides too",
        ),
        pytest.param(
            {"jobs/task.py": WIDER.replace("(1)", "(1, how=2)"), "jobs/loud.py": LOUD.replace("n)", "n, **more)")},
            id="the override takes anything",
        ),
        pytest.param(
            {
                "jobs/task.py": WIDER.replace("(1)", "(1, how=2)"),
                "jobs/loud.py": LOUD.replace("(self, n)", "(*all, **k)"),
            },
            id="the override has no receiver of its own",
        ),
        pytest.param(
            {
                "jobs/task.py": WIDER.replace("(1)", "(1, how=2)"),
                "jobs/loud.py": LOUD.replace("    def run", "    @wraps(Task.run)\n    def run"),
            },
            id="the override is decorated",
        ),
        pytest.param(
            {
                "jobs/task.py": WIDER.replace("(1)", "(1, how=2)"),
                "jobs/loud.py": LOUD.replace("    def run", "    @property\n    def run"),
            },
            id="a property",
        ),
        pytest.param(
            {
                "jobs/task.py": WIDER.replace(
                    "        return self.run(1)",
                    "        try:\n            return self.run(1, how=2)\n"
                    "        except TypeError:\n            return 0",
                )
            },
            id="the caller knows that it may not fit",
        ),
        pytest.param({"jobs/loud.py": LOUD.replace("(self, n)", "(self, number)")}, id="another name"),
        pytest.param({"jobs/loud.py": LOUD.replace("(self, n)", "(self, n: int) -> int")}, id="types"),
        pytest.param({"jobs/loud.py": LOUD.replace("def run(self, n)", "def walk(self, n, how)")}, id="another method"),
        pytest.param(
            {"jobs/loud.py": LOUD.replace("def run(self, n)", "def __init__(self, n, how)")}, id="a constructor"
        ),
        pytest.param(
            {"jobs/loud.py": LOUD.replace("self, n", "self").replace("return n * 2", "raise NotImplementedError")},
            id="it is not meant to be called",
        ),
        pytest.param({"jobs/other.py": LOUD.replace("(Task)", "")}, id="no override at all"),
    ],
)
def test_what_fits_or_hurts_nobody_is_not_told(after: dict[str, str]) -> None:
    assert told(after) == []


UNFIT = LOUD.replace("(self, n)", "(self, n, how)")


@pytest.mark.parametrize(
    ("before", "after", "renamed"),
    [
        ({"jobs/loud.py": UNFIT}, {"jobs/loud.py": UNFIT.replace("how", "why")}, {}),
        ({"jobs/loud.py": UNFIT}, {"jobs/loud.py": "gone", "jobs/shout.py": UNFIT + "\n# moved\n"}, {}),
        (
            {"jobs/loud.py": UNFIT},
            {"jobs/loud.py": "gone", "jobs/shout.py": UNFIT},
            {"jobs__shout": "jobs/loud.py"},
        ),
        (
            {"jobs/loud.py": UNFIT},
            {"jobs/loud.py": UNFIT.replace("Loud", "Shout") + "\n\nclass Loud(Shout):\n    pass\n"},
            {},
        ),
    ],
    ids=["renamed parameter", "moved to a new file", "renamed file", "a class put between"],
)
def test_what_was_unfit_before_is_not_told(
    before: dict[str, str], after: dict[str, str], renamed: dict[str, str]
) -> None:
    assert told(after, before, **renamed) == []


ASYNC = {
    "jobs/task.py": "class Task:\n    async def run(self):\n        return 1\n\n"
    "    async def start(self):\n        return await self.run()\n",
    "jobs/loud.py": "from jobs.task import Task\n\n\nclass Loud(Task):\n    async def run(self):\n        return 2\n",
}


@pytest.mark.parametrize(
    ("loud", "lines"),
    [
        ("    def run(self):\n        return 2\n", [5]),
        ("    def run(self):\n        return super().run()\n", []),
        ("    def run(self):\n        raise OSError\n", []),
        ("    def run(self):\n        print(2)\n", [5]),
        ("    def run(self) -> Awaitable[int]:\n        return 2\n", []),
        ("    async def run(self):\n        yield 2\n", []),
        ("    @asyncio.coroutine\n    def run(self):\n        return 2\n", []),
    ],
)
def test_an_override_that_is_awaited_must_give_something_to_await(loud: str, lines: list[int]) -> None:
    text = ASYNC["jobs/loud.py"].partition("    async def")[0] + loud
    assert [one.line for one in told({"jobs/loud.py": text}, ASYNC)] == lines


def test_a_coroutine_in_place_of_a_hook_that_is_not_awaited() -> None:
    before = {"jobs/task.py": TASK.replace("return self.run(1)", "self.run(1)")}
    (finding,) = told({"jobs/loud.py": LOUD.replace("def run", "async def run")}, before)
    assert "coroutine" in finding.message
    handed = {"jobs/task.py": TASK}
    assert told({"jobs/loud.py": LOUD.replace("def run", "async def run")}, handed) == []


def test_overloads_conditions_and_stubs() -> None:
    twice = LOUD.replace(
        "    def run(self, n):", "    if Task:\n        def run(self): ...\n    def run(self, n, how):"
    )
    assert told({"jobs/loud.py": twice}) == []
    abstract = {"jobs/task.py": TASK.replace("    def run", "    @abstractmethod\n    def run")}
    assert [one.line for one in told({"jobs/loud.py": UNFIT}, abstract)] == [5]


def test_a_test_that_expects_it_is_left_alone() -> None:
    before = {"jobs/task.py": TASK.partition("    def start")[0]}
    use = (
        "import pytest\nfrom jobs.task import Task\n\n\ndef test_it(task: Task):\n    with pytest.raises(TypeError):\n"
        "        task.run(1, 2)\n"
    )
    after = {"jobs/task.py": before["jobs/task.py"].replace("self, n", "self, n, how=1"), "tests/test_it.py": use}
    assert told(after, before) == []


def test_examples_of_other_languages_are_not_covered() -> None:
    assert fired(override_breaks_base, {"a.ts": "class A {}\n"}, {"a.ts": "class A { run() {} }\n"}) == []
