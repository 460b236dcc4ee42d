"""Reads a SARIF 2.1.0 report: foreign bytes in, plain results out. Nothing in the report is trusted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.errors import UserError
from kb.redact import redact
from kb.view import shown

MAX_BYTES = 64 * 2**20
_LEVELS = ("error", "warning", "note")
_LONGEST = 500  # characters of any text taken over


@dataclass(frozen=True, slots=True)
class Result:
    """One result that its tool stands by: not suppressed, not passed, not known from an earlier baseline."""

    tool: str
    version: str
    rule: str
    level: str  # "error", "warning" or "note"
    message: str
    uri: str  # as written, see checks.static.sarif_place
    base: str  # the name of the folder that the URI counts from, "" if it gives none
    line: int  # 0 where it names no line
    end_line: int
    is_new: bool  # the tool compared with its own baseline and calls this new
    identity: str  # what the tool gives to follow the result over versions, "" if nothing


@dataclass(frozen=True, slots=True)
class Run:
    """One tool's run: its results, and the folders that URIs may count from."""

    results: tuple[Result, ...]
    bases: Mapping[str, str]


def read_report(path: Path) -> tuple[Run, ...]:
    """Return every run of a report; raises UserError naming the file where it is not SARIF 2.1.0."""
    name = shown(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"{name}: cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise UserError(f"{name}: larger than {MAX_BYTES // 2**20} MB")
    return runs_in(data, name)


def runs_in(data: bytes, name: str) -> tuple[Run, ...]:
    """Return every run of a report's bytes; raises UserError with `name` where they are not SARIF 2.1.0."""
    try:
        report = json.loads(data)
    except RecursionError as error:
        raise UserError(f"{name}: not SARIF: nested too deep") from error
    except ValueError as error:
        raise UserError(f"{name}: not JSON: {shown(str(error))[:200]}") from error
    if not isinstance(report, dict) or not isinstance(report.get("runs"), list):
        raise UserError(f"{name}: not SARIF: it has no list of runs")
    if report.get("version") != "2.1.0":
        raise UserError(f"{name}: SARIF version {shown(str(report.get('version')))[:40]}; only 2.1.0 can be read")
    return tuple(_run(_map(run)) for run in report["runs"])


def _run(run: Mapping[str, Any]) -> Run:
    bases = _map(run.get("originalUriBaseIds"))
    return Run(tuple(_results(run)), {name: _text(_map(base).get("uri")) for name, base in bases.items()})


def _results(run: Mapping[str, Any]) -> Iterator[Result]:
    tool = _map(run.get("tool"))
    driver = _map(tool.get("driver"))
    components = [driver, *map(_map, _list(tool.get("extensions")))]
    artifacts = [_map(_map(one).get("location")) for one in _list(run.get("artifacts"))]
    for result in map(_map, _list(run.get("results"))):
        rule = _rule_of(result, components)
        level = _level_of(result, rule)
        places = [_map(_map(one).get("physicalLocation")) for one in _list(result.get("locations"))]
        if not places or level not in _LEVELS or _is_dropped(result):
            continue
        region = _map(places[0].get("region"))
        where = _artifact(_map(places[0].get("artifactLocation")), artifacts)
        line = _number(region.get("startLine"))
        yield Result(
            tool=_line(_text(driver.get("name")) or "unknown tool"),
            version=_line(_text(driver.get("semanticVersion")) or _text(driver.get("version"))),
            rule=_line(_text(result.get("ruleId")) or _text(rule.get("id"))),
            level=level,
            message=_message_of(result, rule),
            uri=_text(where.get("uri")),
            base=_text(where.get("uriBaseId")),
            line=line,
            end_line=max(line, _number(region.get("endLine"))),
            is_new=result.get("baselineState") == "new",
            identity=_identity_of(result),
        )


def _is_dropped(result: Mapping[str, Any]) -> bool:
    """Return whether the tool itself says that this is no problem, an old one, or one that was accepted."""
    if result.get("kind", "fail") != "fail" or result.get("baselineState") in ("unchanged", "absent"):
        return True
    return any(_map(one).get("status", "accepted") == "accepted" for one in _list(result.get("suppressions")))


def _rule_of(result: Mapping[str, Any], components: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return what the tool says about the result's rule, by index or by id; empty if nothing."""
    reference = _map(result.get("rule"))
    component = _at(components, _map(reference.get("toolComponent")).get("index", 0))
    rules = [_map(one) for one in _list(component.get("rules"))]
    rule = _at(rules, result.get("ruleIndex", reference.get("index")))
    name = result.get("ruleId", reference.get("id"))
    if rule or not name:
        return rule
    return next((one for one in rules if one.get("id") == name), {})


def _level_of(result: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    return _text(result.get("level")) or _text(_map(rule.get("defaultConfiguration")).get("level")) or "warning"


def _message_of(result: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    """Return the message as one line of plain text: placeholders filled in, links' addresses and secrets gone."""
    message = _map(result.get("message"))
    named = _map(_map(rule.get("messageStrings")).get(_text(message.get("id"))))
    text = (
        _text(message.get("text")) or _text(named.get("text")) or _text(_map(rule.get("shortDescription")).get("text"))
    )
    arguments = [_text(one) for one in _list(message.get("arguments"))]
    filled = re.sub(r"\{(\d{1,3})\}", lambda m: arguments[int(m[1])] if int(m[1]) < len(arguments) else m[0], text)
    return _line(re.sub(r"\[([^\[\]]{1,200})\]\([^()\s]{1,2000}\)", r"\1", redact(filled[:20_000]))) or "no message"


def _artifact(location: Mapping[str, Any], artifacts: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return location if location.get("uri") else _at(artifacts, location.get("index"))


def _identity_of(result: Mapping[str, Any]) -> str:
    marks = _map(result.get("fingerprints")) or _map(result.get("partialFingerprints"))
    return _line(" ".join(f"{key}={value}" for key, value in sorted(marks.items()) if isinstance(value, str)))


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else 0


def _at(values: list[Mapping[str, Any]], index: object) -> Mapping[str, Any]:
    return values[index] if isinstance(index, int) and 0 <= index < len(values) else {}


def _line(text: str) -> str:
    """Return text on one line without control characters or lone surrogates, cut to a length people read."""
    spaced = " ".join(text.split())
    kept = "".join(c for c in spaced if c.isprintable())
    return kept if len(kept) <= _LONGEST else kept[: _LONGEST - 1] + "…"
