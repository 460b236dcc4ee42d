"""What a pass answers: claims, typed and bounded. A claim is what a model says; nothing of it is believed yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from checks.finding import Confidence

MOST_CLAIMS = 6  # in one answer: who says more says noise
MOST_NAMES = 4
LONGEST_QUOTE, LONGEST_WHY, LONGEST_INPUT, LONGEST_PATH = 800, 400, 300, 400


class Says(StrEnum):
    """What a claim says of a name; all but `none` are checked against the graph."""

    NONE = "none"
    UNDEFINED = "undefined"
    UNUSED = "unused"
    NEVER_CALLED = "never called"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Named:
    """A name that a claim stands on, and what it says of it."""

    name: str
    says: Says


@dataclass(frozen=True)
class Claim:
    """One thing that a pass says is wrong. All texts are the model's own; `said` is a sentence of the author's."""

    slug: str
    path: str
    quote: str
    kind: str
    why: str
    input: str  # what shows it: "an empty list", "two requests at once"; "" if none was named
    names: tuple[Named, ...] = ()
    confidence: Confidence = Confidence.LOW
    said: str = ""
    cites: tuple[str, ...] = ()  # what of the context it stands on beside the code: "memory", "guides"


def schema_of(kinds: Sequence[str], cites: Sequence[str] = (), *, with_sentence: bool = False) -> dict[str, Any]:
    """Return the JSON schema of a pass's answer: at most `MOST_CLAIMS` claims of these kinds.

    `cites` are the labels of what was added to the context; with a sentence, each claim quotes the author's text too.
    """
    name = _object({"name": _text(120), "says": {"type": "string", "enum": [one.value for one in Says]}})
    fields: dict[str, Any] = {
        "path": _text(LONGEST_PATH),
        "quote": _text(LONGEST_QUOTE),
        "kind": {"type": "string", "enum": list(kinds)},
        "why": _text(LONGEST_WHY),
        "input": _text(LONGEST_INPUT),
        "names": {"type": "array", "items": name, "maxItems": MOST_NAMES},
        "confidence": {"type": "string", "enum": [one.value for one in Confidence]},
    }
    if with_sentence:
        fields["sentence"] = _text(LONGEST_WHY)
    if cites:
        fields["cites"] = {"type": "array", "items": {"type": "string", "enum": list(cites)}, "maxItems": len(cites)}
    return _object({"claims": {"type": "array", "items": _object(fields), "maxItems": MOST_CLAIMS}})


def claims_in(answer: Mapping[str, Any], slug: str) -> tuple[Claim, ...]:
    """Return the claims of an answer that satisfies the schema."""
    return tuple(
        Claim(
            slug=slug,
            path=one["path"].strip(),
            quote=one["quote"],
            kind=one["kind"],
            why=one["why"],
            input=one["input"].strip(),
            names=tuple(Named(named["name"].strip(), Says(named["says"])) for named in one["names"]),
            confidence=Confidence(one["confidence"]),
            said=one.get("sentence", ""),
            cites=tuple(dict.fromkeys(one.get("cites", ()))),
        )
        for one in answer["claims"]
    )


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest}


def _object(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(fields),
        "additionalProperties": False,
    }
