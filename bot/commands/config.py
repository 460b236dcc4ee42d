"""The answer to `config`: every setting as it applies, and where its value comes from."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bot.commands.phrases import bullets, code, commit, fitted, prose
from checks.settings import GENERATED, IGNORED, AppOptions, Settings
from checks.settings_file import PATH, line_of, parse_settings
from kb.errors import BadSettings

SHOWN = 300  # characters of one value


@dataclass(frozen=True)
class _Setting:
    """One setting: where it stands in the file, its value, and the built-in patterns that it adds to."""

    place: tuple[str, ...]
    value: Any
    built_in: int = 0
    number: int = 0


def config(data: bytes | None, at: str, slugs: Collection[str]) -> str:
    """Return the effective settings.

    Args:
        data: The settings file at the target branch's tip; None where there is none.
        at: That commit.
        slugs: Every slug that a setting can name.
    """
    where = f"`{PATH}` at {commit(at)}"
    if data is None:
        return fitted(f"There is no {where}: the defaults apply.\n\n", bullets(_lines("", Settings())))
    try:
        settings = parse_settings(data, slugs)
    except BadSettings as error:
        return f"{where} cannot be used, so nothing is reviewed until it is corrected: {prose(str(error), 500)}"
    text = data.decode("utf-8-sig")
    head = f"From {where}, the target branch's tip; a pull request that changes the file is judged by this one.\n\n"
    return fitted(head, bullets(_lines(text, settings)))


def _lines(text: str, settings: Settings) -> Iterator[str]:
    document = tomllib.loads(text)
    for setting in _settings(settings):
        name = ".".join(setting.place)
        if _is_set(document, setting):
            origin = f"line {line_of(text, setting.place, setting.number)}"
            origin += f", with {setting.built_in} built-in patterns" if setting.built_in else ""
        else:
            origin = f"default: {setting.built_in} built-in patterns" if setting.built_in else "default"
        yield f"{code(name)} = {code(_written(setting.value), SHOWN)} ({origin})"


def _settings(settings: Settings) -> Iterator[_Setting]:
    yield _Setting(("review", "ignore"), settings.ignored[len(IGNORED) :], len(IGNORED))
    yield _Setting(("review", "generated"), settings.generated[len(GENERATED) :], len(GENERATED))
    yield _Setting(("review", "max_findings"), settings.max_findings)
    yield _Setting(("checks", "enable"), settings.enable)
    yield _Setting(("checks", "disable"), settings.disable)
    for slug, severity in settings.severity:
        yield _Setting(("severity", slug), severity.value)
    app: AppOptions = settings.app
    for name, value in asdict(app).items():
        yield _Setting(("app", name), value)
    for number, rule in enumerate(settings.paths):
        severities = {slug: severity.value for slug, severity in rule.severity}
        shown = {"globs": rule.globs, "disable": rule.disable, "severity": severities}
        yield _Setting(("path",), {name: value for name, value in shown.items() if value}, number=number)
    for number, layer in enumerate(settings.layers):
        yield _Setting(("layer",), asdict(layer), number=number)


def _is_set(document: dict[str, Any], setting: _Setting) -> bool:
    table, key = setting.place[0], setting.place[-1]
    return table in document and (len(setting.place) == 1 or key in document[table])


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
