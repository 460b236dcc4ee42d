"""Reads `.github/prudent.toml`: unknown keys and bad values are one clear error that names the line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from typing import Any

from checks.finding import Severity
from checks.settings import GENERATED, IGNORED, MOST_COMMENTS, AppOptions, Layer, PathRule, Settings
from kb.errors import BadSettings

PATH = ".github/prudent.toml"

# What may stand in the file: table -> key -> the kind of value. Adding a key here is adding a setting.
_KEYS: Mapping[str, Mapping[str, str]] = {
    "review": {"ignore": "globs", "generated": "globs", "max_findings": "count"},
    "checks": {"enable": "slugs", "disable": "slugs"},
    "severity": {"*": "severity"},
    "path": {"globs": "globs", "disable": "slugs", "severity": "severities"},
    "layer": {"name": "name", "globs": "globs", "imports": "names"},
    "app": {
        "drafts": "switch",
        "bots": "switch",
        "request_changes": "switch",
        "approve": "switch",
        "max_comments": "few",
        "not_checked": "conclusion",
        "ignore_authors": "names",
        "ignore_labels": "names",
    },
}


def _is_count(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


# Kinds of values that are taken as they are: what fits, and how that is said.
_PLAIN: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "count": (lambda value: _is_count(value, 1, 1000), "a number from 1 to 1000"),
    "few": (lambda value: _is_count(value, 0, MOST_COMMENTS), f"a number from 0 to {MOST_COMMENTS}"),
    "switch": (lambda value: isinstance(value, bool), "true or false"),
    "conclusion": (lambda value: value in ("neutral", "failure"), '"neutral" or "failure"'),
    "name": (lambda value: isinstance(value, str) and bool(value.strip()), "a name"),
}


def parse_settings(data: bytes, slugs: Collection[str], *, origin: str = PATH) -> Settings:
    """Return the settings in a TOML file; raises BadSettings with `origin:line` and what to do."""
    text = _decoded(data, origin)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(str(error), text, origin) from None
    reader = _Reader(text, origin, slugs)
    for table in document:
        reader.known(table, _KEYS, (table,), "table")
    review = reader.table(document, "review")
    checks = reader.table(document, "checks")
    severity = reader.table(document, "severity")
    rules = reader.blocks(document, "path", "one block for each set of paths")
    layers = reader.blocks(document, "layer", "one block for each layer, from the top down")
    return Settings(
        enable=checks.get("enable", ()),
        disable=checks.get("disable", ()),
        severity=tuple(severity.items()),
        paths=tuple(reader.path_rule(rule, number) for number, rule in enumerate(rules)),
        ignored=IGNORED + review.get("ignore", ()),
        generated=GENERATED + review.get("generated", ()),
        max_findings=review.get("max_findings", 20),
        layers=reader.layers(layers),
        origin=origin,
        app=AppOptions(**reader.table(document, "app")),
    )


def _not_toml(message: str, text: str, origin: str) -> BadSettings:
    what, _, where = message.partition(" (at ")
    found = re.search(r"line (\d+)", where)
    line = int(found.group(1)) if found else max(1, len(text.splitlines()))
    return BadSettings(f"{origin}:{line}: not valid TOML: {what}")


def _decoded(data: bytes, origin: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadSettings(f"{origin}:{line}: not UTF-8 text") from None


class _Reader:
    def __init__(self, text: str, origin: str, slugs: Collection[str]) -> None:
        self.lines = text.splitlines()
        self.origin = origin
        self.slugs = slugs

    def table(self, document: Mapping[str, Any], name: str) -> dict[str, Any]:
        value = document.get(name, {})
        if not isinstance(value, dict):
            raise self.error((name,), f"must be a table: [{name}]")
        return self._values(value, (name,), _KEYS[name])

    def blocks(self, document: Mapping[str, Any], name: str, what: str) -> list[dict[str, Any]]:
        found = document.get(name, [])
        if not isinstance(found, list) or not all(isinstance(block, dict) for block in found):
            raise self.error((name,), f"write [[{name}]] with two brackets: {what}")
        return found

    def path_rule(self, rule: Mapping[str, Any], number: int) -> PathRule:
        values = self._with_globs(rule, "path", number)
        return PathRule(values["globs"], values.get("disable", ()), values.get("severity", ()))

    def layers(self, blocks: list[dict[str, Any]]) -> tuple[Layer, ...]:
        """Return the layers; one that does not say what it imports may import all those below it."""
        read = [self._with_globs(block, "layer", number) for number, block in enumerate(blocks)]
        names = [values.get("name", "") for values in read]
        for number, (name, values) in enumerate(zip(names, read, strict=True)):
            if not name or name in names[:number]:
                raise self.error(("layer", "name"), "each layer needs a name of its own", number)
            for other in values.get("imports", ()):
                if other not in names:
                    near = difflib.get_close_matches(other, names, 1)
                    advice = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(names)}"
                    raise self.error(("layer", "imports"), f'no layer is called "{other}"; {advice}', number)
        return tuple(
            Layer(name, values["globs"], values.get("imports", tuple(names[number + 1 :])))
            for number, (name, values) in enumerate(zip(names, read, strict=True))
        )

    def _with_globs(self, block: Mapping[str, Any], table: str, number: int) -> dict[str, Any]:
        values = self._values(block, (table,), _KEYS[table], number)
        if not values.get("globs"):
            raise self.error((table,), 'needs globs, such as globs = ["tests/**"]', number)
        return values

    def _values(
        self, table: Mapping[str, Any], place: tuple[str, ...], keys: Mapping[str, str], number: int = 0
    ) -> dict[str, Any]:
        values = {}
        for key, value in table.items():
            if "*" in keys:
                self._slug(key, (*place, key), number)
            else:
                self.known(key, keys, (*place, key), "key", number)
            values[key] = self._value(keys.get(key, keys.get("*", "")), value, (*place, key), number)
        return values

    def known(self, key: str, keys: Collection[str], place: tuple[str, ...], noun: str, number: int = 0) -> None:
        if key not in keys:
            near = difflib.get_close_matches(key, keys, 1)
            advice = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(keys)}"
            raise self.error(place, f'unknown {noun} "{key}"; {advice}', number)

    def _value(self, kind: str, value: object, place: tuple[str, ...], number: int) -> object:
        if kind in _PLAIN:
            fits, what = _PLAIN[kind]
            if not fits(value):
                raise self.error(place, f"must be {what}, not {value!r}", number)
            return value
        if kind == "severity":
            return self._severity(value, place, number)
        if kind == "severities":
            if not isinstance(value, dict):
                raise self.error(place, 'must be a table, such as severity = { slug = "info" }', number)
            for slug in value:
                self._slug(slug, place, number)
            return tuple((slug, self._severity(v, place, number)) for slug, v in value.items())
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(place, f'must be a list of texts, such as ["..."], not {value!r}', number)
        if kind == "slugs":
            for slug in value:
                self._slug(slug, place, number)
        return tuple(value)

    def _severity(self, value: object, place: tuple[str, ...], number: int) -> Severity:
        if value not in list(Severity):
            raise self.error(place, f'must be "block", "warn" or "info", not {value!r}', number)
        return Severity(str(value))

    def _slug(self, slug: str, place: tuple[str, ...], number: int) -> None:
        if slug in self.slugs or slug.startswith(("sarif-", "learned-")):
            return
        near = difflib.get_close_matches(slug, sorted(self.slugs), 1)
        advice = f'did you mean "{near[0]}"?' if near else "`prudent checks` lists them"
        raise self.error(place, f'no check is called "{slug}"; {advice}', number)

    def error(self, place: tuple[str, ...], what: str, number: int = 0) -> BadSettings:
        line = _line_of(self.lines, place, number)
        return BadSettings(f"{self.origin}:{line}: {'.'.join(place)}: {what}")


def line_of(text: str, place: tuple[str, ...], number: int = 0) -> int:
    """Return the 1-based line of a settings file on which a key stands; `number` counts the blocks of an array."""
    return _line_of(text.splitlines(), place, number)


def _line_of(lines: list[str], place: tuple[str, ...], number: int) -> int:
    """Return the line on which a key stands: tomllib keeps no positions, so look for header and key.

    `number` counts the blocks of an array of tables. Falls back to the header's line, then to 1.
    """
    table, key = place[0], place[-1]
    header = re.compile(rf"\s*\[\[?\s*[\"']?{re.escape(table)}[\"']?\s*[\].]")
    name = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    inside, seen, at = False, -1, 1
    for line_number, line in enumerate(lines, 1):
        if re.match(r"\s*\[", line):
            inside = bool(header.match(line))
            seen += inside
            if inside and seen <= number:
                at = line_number
            continue
        alone = len(place) == 1 and re.match(rf"\s*[\"']?{re.escape(table)}[\"']?\s*[=.]", line)
        if alone or (inside and seen == number and len(place) > 1 and name.match(line)):
            return line_number
    return at
