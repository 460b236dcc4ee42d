"""A firing and a silent change for each of ruff's rules: tests and documentation."""

from __future__ import annotations

from checks.check import Example

FIRES = {  # slug -> code that is wrong once, on its last line unless LINES says otherwise
    "syntax-error": "def f(x):\n    retrun x",
    "undefined-name": "def area(r):\n    return math.pi * r",
    "used-before-assignment": "total = 0\n\n\ndef add():\n    print(total)\n    total = 1",
    "call-does-not-fit-signature": 'def f(**k): ...\n\n\nf(a=1, **{"a": 2})',
    "format-does-not-fit-arguments": 'print("%s of %s" % (1,))',
    "duplicate-base-class": "class A: ...\n\n\nclass B(A, A): ...",
    "log-call-does-not-fit-format": 'import logging\n\nlogging.warning("%s of %s", 1)',
    "format-argument-unused": 'print("{a}".format(a=1, b=2))',
    "undefined-export": '__all__ = ["f", "gone"]\n\n\ndef f(): ...',
    "init-returns-value": "class A:\n    def __init__(self):\n        return 1",
    "special-method-with-wrong-shape": "class A:\n    def __len__(self):\n        return -1",
    "assigned-outside-slots": 'class A:\n    __slots__ = ("x",)\n\n    def __init__(self):\n        self.y = 1',
    "raises-what-is-no-exception": "def f():\n    raise NotImplemented",
    "except-catches-nothing": "try:\n    print()\nexcept ():\n    raise",
    "duplicate-except": "try:\n    print()\nexcept KeyError:\n    print()\nexcept KeyError:\n    raise",
    "wrong-argument-to-builtin": 'file = open("a", "rwx")',
    "log-extra-clashes": 'import logging\n\nlogging.warning("x", extra={"name": 1})',
    "singledispatch-on-wrong-kind": (
        "from functools import singledispatch\n\n\nclass A:\n    @singledispatch\n    def f(self, x): ..."
    ),
    "stop-iteration-in-generator": "def f():\n    yield 1\n    raise StopIteration",
    "redefined-unused": "def test_a(): ...\n\n\ndef test_a(): ...",
    "duplicate-key": 'd = {"a": 1, "a": 2}',
    "same-key-in-every-turn": 'd = {"key": x for x in (1, 2)}',
    "assertion-always-true": 'def f(x):\n    assert (x, "must be set")',
    "condition-always-same": 'def f(x):\n    return x == 1 or "2"\n\n\ndef g(x):\n    return x or not x',
    "same-on-both-branches": "def f(x):\n    return 1 if x else 1",
    "is-with-literal": 'def f(x):\n    return x is "a"',
    "comparison-with-nan": 'def f(x):\n    return x == float("nan")',
    "self-comparison": "def f(x):\n    return x < x",
    "self-assignment": "def f(x):\n    x = x",
    "comparison-without-effect": "def f(x):\n    x == 1",
    "exception-never-raised": 'def f(x):\n    ValueError("x")',
    "annotation-for-assignment": 'def f(d, y):\n    d["x"]: y',
    "double-sign-for-increment": "def f(x):\n    ++x",
    "super-without-call": "class B(dict):\n    def get(self, key):\n        return super.get(key)",
    "lock-held-for-nothing": "import threading\n\n\ndef f():\n    with threading.Lock():\n        print()",
    "assignment-to-environ": "import os\n\nos.environ = {}",
    "assert-with-effect": "def f(x):\n    assert (y := x)\n    return y",
    "shared-mutable-value": "def f(x, seen=[]):\n    seen.append(x)\n    return seen",
    "loop-variable-captured": "calls = []\nfor x in range(3):\n    calls.append(lambda: x)",
    "loop-variable-hides-name": "def f(rows):\n    for rows in rows:\n        print(rows)",
    "iterator-used-twice": (
        "import itertools\n\nfor _, group in itertools.groupby([1]):\n    for _ in range(2):\n        list(group)"
    ),
    "error-swallowed-by-finally": "def f():\n    try:\n        print()\n    finally:\n        return 1",
    "task-may-vanish": "import asyncio\n\n\nasync def f(g):\n    asyncio.create_task(g())",
    "blocking-call-in-async": "import time\n\n\nasync def f():\n    time.sleep(1)",
    "await-forgotten": "import trio\n\n\nasync def f():\n    trio.sleep(1)",
    "strip-with-repeated-characters": 'def f():\n    return "http://x".strip("http://")',
    "python-version-compared-as-text": 'import sys\n\nnew = sys.version[:3] >= "3.8"',
    "text-direction-hidden": 'text = "\u202e"',
    "debugger-left-in": "def f():\n    breakpoint()",
    "empty-collection-searched": "def f(x):\n    return x in []",
    "default-factory-as-value": "from collections import defaultdict\n\nd = defaultdict(default_factory=list)",
    "raises-without-exception": "import pytest\n\n\ndef test_a():\n    with pytest.raises():\n        print()",
    "duplicate-test-case": 'import pytest\n\n\n@pytest.mark.parametrize("x", [1, 1])\ndef test_a(x): ...',
}
SILENT = {  # slug -> the nearest code that is right
    "syntax-error": "def f(x):\n    match x:\n        case 1:\n            return f'{\"a\"}'",
    "undefined-name": "from __future__ import annotations\n\nfrom math import *\n\n\ndef area(r):\n    return pi * r",
    "used-before-assignment": "total = 0\n\n\ndef add():\n    global total\n    print(total)\n    total = 1",
    "call-does-not-fit-signature": 'def f(**k): ...\n\n\nf(a=1, **{"b": 2})',
    "format-does-not-fit-arguments": 'print("%s of %s" % (1, 2))',
    "duplicate-base-class": "class A: ...\n\n\nclass B(A, dict): ...",
    "log-call-does-not-fit-format": 'import logging\n\nlogging.warning("%s of %s", 1, 2)',
    "format-argument-unused": 'print("{a}".format(a=1))',
    "undefined-export": '__all__ = ["f", "late"]\n\n\ndef f(): ...\n\n\ndef __getattr__(name): ...',
    "init-returns-value": "class A:\n    def __init__(self):\n        return None",
    "special-method-with-wrong-shape": "class A:\n    def __len__(self):\n        return 1",
    "assigned-outside-slots": 'class A:\n    __slots__ = ("x",)\n\n    def __init__(self):\n        self.x = 1',
    "raises-what-is-no-exception": "def f():\n    raise NotImplementedError",
    "except-catches-nothing": "try:\n    print()\nexcept (KeyError, ValueError):\n    raise",
    "duplicate-except": "try:\n    print()\nexcept KeyError:\n    print()\nexcept ValueError:\n    raise",
    "wrong-argument-to-builtin": 'file = open("a", "rb")',
    "log-extra-clashes": 'import logging\n\nlogging.warning("x", extra={"who": 1})',
    "singledispatch-on-wrong-kind": "from functools import singledispatch\n\n\n@singledispatch\ndef f(x): ...",
    "stop-iteration-in-generator": "def f():\n    yield 1\n    return",
    "redefined-unused": "def route(f):\n    return f\n\n\n@route\ndef page(): ...\n\n\n@route\ndef page(x): ...",
    "duplicate-key": 'd = {"a": 1, "A": 2}',
    "same-key-in-every-turn": 'd = {f"key{x}": x for x in (1, 2)}',
    "assertion-always-true": 'def f(x):\n    assert x, "must be set"',
    "condition-always-same": 'def f(x):\n    return x == 1 or x == "2"',
    "same-on-both-branches": "def f(x):\n    return 1 if x else 2",
    "is-with-literal": "def f(x):\n    return x is None",
    "comparison-with-nan": "import math\n\n\ndef f(x):\n    return math.isnan(x)",
    "self-comparison": "def is_nan(x):\n    return x != x",
    "self-assignment": "def f(self, x):\n    self.x = x",
    "comparison-without-effect": (
        "import pytest\n\n\ndef test_order():\n    with pytest.raises(TypeError):\n        object() < object()"
    ),
    "exception-never-raised": 'def f(x):\n    return ValueError("x")',
    "annotation-for-assignment": "def f(d, y):\n    x: int\n    x = y\n    return x",
    "double-sign-for-increment": "def f(x):\n    return -x",
    "super-without-call": "class B(dict):\n    def get(self, key):\n        return super().get(key)",
    "lock-held-for-nothing": "import threading\n\nLOCK = threading.Lock()\n\n\ndef f():\n    with LOCK: ...",
    "assignment-to-environ": 'import os\n\nos.environ["A"] = "1"',
    "assert-with-effect": "def f(x):\n    assert x == 1",
    "shared-mutable-value": "def f(x, seen=[]):\n    return x in seen or x",
    "loop-variable-captured": "calls = []\nfor x in range(3):\n    calls.append(lambda x=x: x)",
    "loop-variable-hides-name": "def f(rows):\n    for row in rows:\n        print(row)",
    "iterator-used-twice": "import itertools\n\nfor _, group in itertools.groupby([1]):\n    list(group)",
    "error-swallowed-by-finally": "def f():\n    try:\n        return 1\n    finally:\n        print()",
    "task-may-vanish": "import asyncio\n\n\nasync def f(g):\n    task = asyncio.create_task(g())\n    await task",
    "blocking-call-in-async": "import asyncio\n\n\nasync def f():\n    await asyncio.sleep(1)",
    "await-forgotten": "import trio\n\n\nasync def f():\n    await trio.sleep(1)",
    "strip-with-repeated-characters": 'def f():\n    return "(x)".strip("()")',
    "python-version-compared-as-text": "import sys\n\nnew = sys.version_info >= (3, 8)",
    "text-direction-hidden": 'text = "\\u202e"',
    "debugger-left-in": "def f(breakpoints):\n    return breakpoints",
    "empty-collection-searched": "def f(x):\n    return x in [1]",
    "default-factory-as-value": "from collections import defaultdict\n\nd = defaultdict(list)",
    "raises-without-exception": "import pytest\n\n\ndef test_a():\n    with pytest.raises(KeyError):\n        {}[1]",
    "duplicate-test-case": 'import pytest\n\n\n@pytest.mark.parametrize("x", [1, 2])\ndef test_a(x): ...',
}

LINES = {  # slug -> the line at fault, where it is not the last
    "used-before-assignment": 5,
    "undefined-export": 1,
    "except-catches-nothing": 3,
    "duplicate-except": 5,
    "singledispatch-on-wrong-kind": 5,
    "condition-always-same": 6,
    "shared-mutable-value": 1,
    "loop-variable-hides-name": 2,
    "assert-with-effect": 2,
    "lock-held-for-nothing": 5,
    "raises-without-exception": 5,
    "duplicate-test-case": 4,
    "super-without-call": 3,
}


def _examples() -> tuple[Example, ...]:
    firing = tuple(
        Example(
            f"{slug}: fires",
            {"code.py": text + "\n"},
            fires=((slug, "code.py", LINES.get(slug, text.count("\n") + 1)),),
        )
        for slug, text in FIRES.items()
    )
    silent = tuple(Example(f"{slug}: silent", {"code.py": text + "\n"}) for slug, text in SILENT.items())
    return firing + silent


EXAMPLES = _examples()
