"""The arguments of a call in another order, with one less, one more, or one by another name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.facts.model import ParameterKind
from models.choose.names import MOST
from models.choose.signatures import CALLS, Called, called_by
from models.choose.site import Choice, Ground, Site, bytes_of, span_of, word_of
from models.choose.spelling import by_likeness, is_slip, words_of

if TYPE_CHECKING:
    from kb.syntax.parse import Node

_CALLS = 4  # in one hole that are looked at
_MANY = 8  # arguments; a longer list is left alone
_LOOSE = frozenset({"list_splat", "dictionary_splat", "spread_element"})


@dataclass(frozen=True)
class _Given:
    """The arguments of one call."""

    list: Node
    arguments: tuple[Node, ...]

    @property
    def positional(self) -> tuple[Node, ...]:
        return tuple(one for one in self.arguments if one.type != "keyword_argument" and one.type not in _LOOSE)

    @property
    def keywords(self) -> dict[str, Node]:
        named = [one for one in self.arguments if one.type == "keyword_argument"]
        return {word_of(name): one for one in named if (name := one.child_by_field_name("name")) is not None}

    @property
    def is_open(self) -> bool:
        return any(one.type in _LOOSE for one in self.arguments)


def arguments(site: Site) -> Iterator[Choice]:
    """Yield changes of the arguments of the calls in the hole."""
    calls = [node for node in site.nodes if node.type in CALLS and _given(node) is not None]
    for call in calls[:_CALLS]:
        given = _given(call)
        if given is None:
            continue
        called = called_by(site, call)
        if called is not None:
            yield from _keywords(given, called)
            yield from _added(site, given, called)
        if len(given.arguments) <= _MANY:
            yield from _dropped(given, called, bool(site.wrong("slug")))
            yield from _swapped(given)


def _given(call: Node) -> _Given | None:
    found = call.child_by_field_name("arguments")
    if found is None or found.type not in ("argument_list", "arguments"):
        return None
    return _Given(found, tuple(one for one in found.named_children if one.type != "comment"))


def _swapped(given: _Given) -> Iterator[Choice]:
    """Yield the list with two arguments without a name exchanged."""
    placed = given.positional
    for i, one in enumerate(placed):
        for other in placed[i + 1 :]:
            if bytes_of(one) != bytes_of(other):
                yield _exchanged(given, one, other)


def _exchanged(given: _Given, one: Node, other: Node) -> Choice:
    data, base = bytes_of(given.list), given.list.start_byte
    a, b = (one.start_byte - base, one.end_byte - base), (other.start_byte - base, other.end_byte - base)
    text = data[: a[0]] + data[b[0] : b[1]] + data[a[1] : b[0]] + data[a[0] : a[1]] + data[b[1] :]
    return Choice(span_of(given.list), text, f"`{_short(one)}` and `{_short(other)}` change places")


def _dropped(given: _Given, called: Called | None, is_blamed: bool) -> Iterator[Choice]:
    """Yield the list without one argument: what no parameter takes first."""
    surplus = _surplus(given, called)
    for one in given.arguments:
        ground = Ground.NEAR if one in surplus else Ground.POSSIBLE
        if one in surplus or (called is None and is_blamed):
            yield Choice(span_of(given.list), _without(given, one), f"without `{_short(one)}`", ground)


def _surplus(given: _Given, called: Called | None) -> list[Node]:
    """Return the arguments that no parameter takes."""
    if called is None or given.is_open:
        return []
    extra = [] if called.takes_any_keyword else [n for k, n in given.keywords.items() if k not in called.keywords]
    twice = {p.name for p in called.positional[: len(given.positional)]}
    extra += [node for name, node in given.keywords.items() if name in twice and name in called.keywords]
    if len(given.positional) > len(called.positional) and not called.takes_rest:
        extra += list(given.positional)
    return extra


def _without(given: _Given, gone: Node) -> bytes:
    """Return the list's source without an argument and the comma that goes with it."""
    data, base = bytes_of(given.list), given.list.start_byte
    at = given.arguments.index(gone)
    if at + 1 < len(given.arguments):
        start, end = gone.start_byte, given.arguments[at + 1].start_byte
    elif at:
        start, end = given.arguments[at - 1].end_byte, gone.end_byte
    else:
        start, end = gone.start_byte, gone.end_byte
        rest = data[end - base :].lstrip()
        end = given.list.end_byte - 1 if rest.startswith(b",") else end
    return data[: start - base] + data[end - base :]


def _keywords(given: _Given, called: Called) -> Iterator[Choice]:
    """Yield parameters' names in place of keywords that no parameter has."""
    for said, node in given.keywords.items():
        name = node.child_by_field_name("name")
        if name is None or said in called.keywords:
            continue
        taken = {p.name for p in called.positional[: len(given.positional)]} | given.keywords.keys()
        free = called.keywords - taken
        only = called.required & free
        for word in by_likeness(said, free)[:MOST]:
            sure = Ground.KNOWN if only == {word} or is_slip(said, word) else Ground.POSSIBLE
            yield Choice(span_of(name), word.encode(), f"`{called.name}` calls it `{word}`", sure)


def _added(site: Site, given: _Given, called: Called) -> Iterator[Choice]:
    """Yield the list with what is missing: a name in scope that is called as the parameter is."""
    if given.is_open:
        return
    taken = {p.name for p in called.positional[: len(given.positional)]} | given.keywords.keys()
    lacking = [p for p in called.parameters if p.name in called.required - taken]
    known = site.names_at(given.list.start_byte) if lacking else None
    if not lacking or known is None:
        return
    parameter = lacking[0]
    is_next = len(given.positional) < len(called.positional) and called.positional[len(given.positional)] == parameter
    is_next = is_next and not given.keywords
    near = sorted(
        (name for name, row in known.items() if row.origin != "builtin" and not row.is_later),
        key=lambda name: (name != parameter.name, -_shared(name, parameter.name), name),
    )
    for name in near[:MOST]:
        same = (
            Ground.KNOWN
            if name == parameter.name
            else Ground.NEAR
            if _shared(name, parameter.name)
            else Ground.POSSIBLE
        )
        if is_next or parameter.kind is ParameterKind.POSITIONAL_ONLY:
            yield _with(given, name.encode(), f"with `{name}` for `{parameter.name}`", same)
        if parameter.name in called.keywords and site.is_python:
            yield _with(given, f"{parameter.name}={name}".encode(), f"with `{parameter.name}={name}`", same)


def _shared(one: str, other: str) -> int:
    return len(set(words_of(one)) & set(words_of(other)))


def _with(given: _Given, text: bytes, note: str, ground: Ground) -> Choice:
    """Return the list with one argument more at its end."""
    data, base = bytes_of(given.list), given.list.start_byte
    at = given.arguments[-1].end_byte - base if given.arguments else 1
    joined = b", " + text if given.arguments else text
    return Choice(span_of(given.list), data[:at] + joined + data[at:], note, ground)


def _short(node: Node) -> str:
    text = " ".join(word_of(node).split())
    return text if len(text) <= 40 else f"{text[:37]}..."
