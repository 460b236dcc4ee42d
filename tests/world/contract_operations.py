"""Which REST operation a method and a path are, and what the OpenAPI document says about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

# May hold slashes; every other parameter is one segment.
WIDE = {"path": ".+", "basehead": ".+", "ref": ".+"}
# Answers a diff or a patch to an Accept that says so (docs, "Media types"); the document describes its JSON only.
UNDESCRIBED_TEXT = frozenset({"pulls/get"})


@dataclass(frozen=True)
class Operation:
    """One operation of the document, and the path parameters of one request, decoded."""

    method: str
    template: str
    values: Mapping[str, str]
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return GitHub's name for it, such as "pulls/create-review"."""
        return str(self._described["operationId"])

    @property
    def needs_body(self) -> bool:
        """Return whether a request without a body is refused."""
        return bool(self._described.get("requestBody", {}).get("required"))

    @property
    def request_schema(self) -> Mapping[str, Any] | None:
        """Return the schema of the request's body; None where none is taken."""
        body: Mapping[str, Any] | None = self._described.get("requestBody")
        return None if body is None else body["content"]["application/json"]["schema"]

    @property
    def statuses(self) -> tuple[str, ...]:
        """Return the statuses that GitHub says it answers with."""
        return tuple(self._described["responses"])

    @property
    def has_text_form(self) -> bool:
        """Return whether an Accept header can ask for text in place of JSON."""
        forms = self._resolved(self._described["responses"].get("200", {})).get("content", {})
        return self.name in UNDESCRIBED_TEXT or any(not form.endswith("json") for form in forms)

    def answer(self, status: int) -> Mapping[str, Any] | None:
        """Return the schema of an answer's body, {} for an answer without one, None for one that is not described."""
        described = self._described["responses"].get(str(status))
        if described is None:
            return None
        content = self._resolved(described).get("content", {})
        schema: Mapping[str, Any] = content.get("application/json", {}).get("schema", {})
        return schema

    def parameters(self, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Return (name, schema) of the parameters in "path" or "query"."""
        for parameter in map(self._resolved, self._described.get("parameters", [])):
            if parameter["in"] == place:
                yield parameter["name"], parameter["schema"]

    def pointer(self, part: str, name: str = "") -> str:
        """Return the place of a schema in the document as a URL's fragment: of a parameter, body or answer."""
        here: Any = self._described[part]
        start = ["paths", self.template, self.method, part]
        if part == "parameters":
            number = next(i for i, one in enumerate(here) if self._resolved(one)["name"] == name)
            return self._pointed(here[number], [*start, str(number)], ["schema"])
        inside = ["content", "application/json", "schema"]
        return self._pointed(here[name], [*start, name], inside) if name else self._pointed(here, start, inside)

    def _pointed(self, node: Mapping[str, Any], at: list[str], inside: list[str]) -> str:
        parts = node["$ref"].removeprefix("#/").split("/") if "$ref" in node else at
        return "/" + "/".join(_escaped(part) for part in [*parts, *inside])

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in node:
            return node
        _, section, name = node["$ref"].removeprefix("#/").split("/")
        found: Mapping[str, Any] = self.document["components"][section][name]
        return found

    @property
    def _described(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.document["paths"][self.template][self.method]
        return found


def operation_of(document: Mapping[str, Any], method: str, path: str) -> Operation | None:
    """Return the operation that a request is for, the most literal path first; None where there is none."""
    for template, pattern in _patterns(tuple(document["paths"])):
        if method.lower() in document["paths"][template] and (match := pattern.fullmatch(path)):
            values = {name: unquote(value) for name, value in match.groupdict().items()}
            return Operation(method.lower(), template, values, document)
    return None


@cache
def _patterns(templates: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    # "{" sorts after letters: /issues/comments/{id} is tried before /issues/{number}/comments
    return [(template, re.compile(_pattern(template))) for template in sorted(templates, key=_order)]


def _order(template: str) -> tuple[int, str]:
    return (any(f"{{{name}}}" in template.rsplit("/", 1)[-1] for name in WIDE), template)


def _pattern(template: str) -> str:
    parts = re.split(r"\{(\w+)\}", template)
    named = (f"(?P<{part}>{WIDE.get(part, '[^/]+')})" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    return "".join(named)


def _escaped(part: str) -> str:
    return quote(part.replace("~", "~0").replace("/", "~1"), safe="~")
