"""A provider of models for the stories: it finds one defect in the shop, refutes nothing, and can be made to fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.app import shop
from tests.world.hosted import anthropic_wire
from tests.world.hosted.server import Answer, Asked, Hosted

KEY, VARIABLE = "key-1", "STORY_KEY"  # the one that the wire checks
QUOTE = "return sum(prices[1:])"
WHY = "The first price is left out."
CLEAN = shop.BEFORE + '\n\ndef count(prices):\n    """Return how many there are."""\n    return len(prices)\n'
CLAIM = {
    "path": "shop.py",
    "quote": QUOTE,
    "why": WHY,
    "input": "total([2, 3]) is 3",
    "names": [],
    "confidence": "high",
}
_CHECKING = threading.Lock()  # pydantic's validators of recursive types panic where two threads use them first
PRICE = "{ input = 3, output = 15 }"


def with_defect() -> str:
    """Return the shop with a defect that no rule sees."""
    assert shop.BEFORE.count("return sum(prices)\n") == 1
    return shop.BEFORE.replace("return sum(prices)\n", f"{QUOTE}\n")


def answered(asked: Asked) -> Answer:
    """Return what a model answers: the defect, where it is shown to who looks for such; what it claims stands."""
    with _CHECKING:
        anthropic_wire.check(asked)
    (tool,) = asked.body["tools"]
    return anthropic_wire.called(_filled(tool["input_schema"], str(asked.body["messages"])), name=tool["name"], size=60)


def config(hosted: Hosted, folder: Path, more: str = "", price: str = PRICE) -> str:
    """Write an operator's configuration that names a provider; returns the file's path."""
    path = folder / "inference.toml"
    provider = f'[[provider]]\nkind = "anthropic"\nmodel = "claude-sonnet-4-6"\nurl = "{hosted.url}"\n'
    path.write_text(f'{provider}key = "{VARIABLE}"\nprice = {price}\n{more}')
    return str(path)


@contextmanager
def provided(plan: Callable[[Asked], Answer] = answered) -> Iterator[Hosted]:
    """Yield a provider that answers by a plan."""
    with Hosted(plan) as hosted:
        yield hosted


class Gate:
    """Answers by a plan, but holds questions of one kind back until it is opened; `held` says that one waits."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self.held, self.open = threading.Event(), threading.Event()

    def __call__(self, asked: Asked) -> Answer:
        """Return the answer, later."""
        if not self._name or asked.body["tools"][0]["name"] == self._name:
            self.held.set()
            self.open.wait(60)
        return answered(asked)


def questions(hosted: Hosted) -> list[str]:
    """Return what was asked, one text each."""
    return [str(one.body["system"]) + str(one.body["messages"]) for one in hosted.asked]


def _filled(schema: Mapping[str, Any], shown: str) -> Any:
    """Return the least that satisfies a schema; the claim where a defect of its kind is looked for and shown."""
    kind = schema["type"]
    if kind == "object":
        return {name: _filled(child, shown) for name, child in schema["properties"].items()}
    if kind == "array":
        wanted = schema["items"].get("properties", {}) if schema["items"]["type"] == "object" else {}
        if "quote" in wanted and "wrong-value" in wanted.get("kind", {}).get("enum", ()) and QUOTE in shown:
            return [{**{name: _filled(child, shown) for name, child in wanted.items()}, **CLAIM, "kind": "wrong-value"}]
        return []
    if kind == "string":
        return schema.get("enum", [""])[0]
    return {"boolean": False, "integer": 0, "number": 0.0}[kind]
