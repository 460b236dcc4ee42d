"""Ways of writing that a repository may hold to, and every case of them in one file.

A *case* is one place where a choice was made: a name of several words, an import of the repository's own, a message to
the log. Places where there was none to make (a name of one word, a method that a base class names) are no cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from checks.static.engine_check import is_test
from kb.facts.model import Definition, Facts, Flag, Kind
from kb.source import Source


class Convention(StrEnum):
    """What is chosen."""

    FUNCTION_NAMES = "names of functions"
    CLASS_NAMES = "names of classes"
    FILE_NAMES = "names of files"
    TEST_FILE_NAMES = "names of test files"
    HANDLERS = "what is caught"
    OWN_IMPORTS = "imports of the own package"
    MESSAGES = "how messages are written"
    LOG_ARGUMENTS = "what is handed to the log"
    ASSERTIONS = "how tests assert"


class Case(NamedTuple):
    """One choice: how, and on which line; `name` is what was defined, "" for other cases."""

    convention: Convention
    style: str
    line: int
    name: str = ""


_NAMES_HAVE_MEANING = ("go",)  # a capital letter exports
_SCRIPTS = ("javascript", "typescript", "tsx")
_PROGRAM = re.compile(
    r"(^|/)(scripts?|tools?|bin|examples?|benchmarks?|docs?|cli)(/|\.py$)|(^|/)(setup|conftest|noxfile|__main__)\.py$"
)
_HANDLER = re.compile(r"\s*except\b\s*(\*?\s*[^:#]*):")
_LOGGED = re.compile(
    r"(?:^|\.)_?(?:log|logger|logging)(?:\(\))?\.(?:debug|info|warn|warning|error|exception|critical)$", re.IGNORECASE
)
_LOG_LINE = re.compile(
    r"\b_?log(?:ger|ging)?\.(?:debug|info|warn|warning|error|exception|critical)\(\s*([rbuf]*)[\"'](.*)$", re.IGNORECASE
)
_ASSERT = re.compile(r"\s*assert\b(?!\s*[(=.]\s*$)")


def cases_in(source: Source, facts: Facts) -> Iterator[Case]:
    """Yield the cases of a file's content; those of its name are `name_cases`."""
    yield from _names(facts)
    if facts.language == "python":
        yield from _own_imports(source.path, facts)
        yield from _handlers(source)
        yield from _messages(source, facts)
        if is_test(source.path):
            yield from _assertions(source, facts)
    elif facts.language in _SCRIPTS and is_test(source.path):
        for call in facts.calls:
            root = re.split(r"[.(\[]", call.chain)[0]
            if root in ("expect", "assert") and "()" not in call.chain:
                yield Case(Convention.ASSERTIONS, f"{root}()", call.line)


def name_cases(path: str) -> Iterator[Case]:
    """Yield the cases that a file's name is."""
    name = path.rpartition("/")[2]
    stem, _, ending = name.partition(".")
    if is_test(path) and (style := _test_file_style(stem, ending)) is not None:
        yield Case(Convention.TEST_FILE_NAMES, style, 1, name)
    elif (style := style_of(stem, with_dashes=True)) is not None:
        yield Case(Convention.FILE_NAMES, style, 1, name)


def _test_file_style(stem: str, ending: str) -> str | None:
    if ending == "py":
        return "test_*.py" if stem.startswith("test_") else "*_test.py" if stem.endswith("_test") else None
    found = re.match(r"(test|spec)\.", ending)
    return f"*.{found[1]}.*" if found else None


def style_of(name: str, *, with_dashes: bool = False) -> str | None:
    """Return how a name joins its words; None for one word, capitals only, or a mixture."""
    plain = name.strip("_")
    if with_dashes and re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+", plain):
        return "kebab-case"
    if re.fullmatch(r"[a-z0-9]+(?:_[a-z0-9]+)+", plain):
        return "snake_case"
    if re.fullmatch(r"[a-z]+[a-z0-9]*[A-Z][A-Za-z0-9]*", plain):
        return "camelCase"
    if re.fullmatch(r"[A-Z][A-Z0-9]*[a-z][A-Za-z0-9]*", plain):
        return "PascalCase"
    return None


def _names(facts: Facts) -> Iterator[Case]:
    if facts.language in _NAMES_HAVE_MEANING:
        return
    with_bases = {row.qualified for row in facts.definitions if row.bases}
    for row in facts.definitions:
        if row.name.startswith("__"):
            continue
        if row.kind in (Kind.FUNCTION, Kind.METHOD) and not _is_named_elsewhere(row, with_bases):
            if (style := style_of(row.name)) in ("snake_case", "camelCase"):
                yield Case(Convention.FUNCTION_NAMES, style, row.line, row.name)
        elif row.kind is Kind.CLASS and not row.bases:
            plain = row.name.strip("_")
            style = style_of(row.name) or ("lowercase" if plain.islower() else None)
            if style is not None:
                yield Case(Convention.CLASS_NAMES, style, row.line, row.name)


def _is_named_elsewhere(row: Definition, with_bases: set[str]) -> bool:
    """Return whether a base class or the language may have chosen the name."""
    taken = Flag.OVERRIDE.value | Flag.TEST.value | Flag.DECLARED.value
    return bool(row.flags & taken or row.decorators) or row.qualified.rpartition(".")[0] in with_bases


def _own_imports(path: str, facts: Facts) -> Iterator[Case]:
    top = next((folder for folder in path.split("/")[:-1] if folder not in ("src", "lib")), "")
    for row in facts.imports:
        if row.level:
            yield Case(Convention.OWN_IMPORTS, "relative", row.line)
        elif top and row.module.partition(".")[0] == top:
            yield Case(Convention.OWN_IMPORTS, "absolute", row.line)


def _handlers(source: Source) -> Iterator[Case]:
    if b"except" not in source.data:
        return
    for number, text in enumerate(source.text.split("\n"), 1):
        if (found := _HANDLER.match(text)) is not None:
            caught = found[1].partition(" as ")[0].strip("* ()")
            style = "named exceptions"
            if not caught:
                style = "everything (`except:`)"
            elif caught in ("Exception", "BaseException"):
                style = "everything (`except Exception`)"
            yield Case(Convention.HANDLERS, style, number)


def _messages(source: Source, facts: Facts) -> Iterator[Case]:
    if is_test(source.path) or _PROGRAM.search(source.path):
        return
    for call in facts.calls:
        if call.flags & Flag.MAIN.value:
            continue
        if call.chain == "print" and "file" not in call.keywords:
            yield Case(Convention.MESSAGES, "print()", call.line)
        elif _LOGGED.search(call.chain):
            yield Case(Convention.MESSAGES, "a logger", call.line)
            if (found := _LOG_LINE.search(source.line(call.line))) is not None:
                yield from _log_argument(found[1], found[2], call.line, call.positional)


def _log_argument(prefix: str, rest: str, line: int, positional: int) -> Iterator[Case]:
    if "f" in prefix.lower():
        yield Case(Convention.LOG_ARGUMENTS, "f-strings", line)
    elif positional > 1 and "%" in rest:
        yield Case(Convention.LOG_ARGUMENTS, "arguments after the message", line)


def _assertions(source: Source, facts: Facts) -> Iterator[Case]:
    for call in facts.calls:
        if re.fullmatch(r"self\.assert[A-Z]\w*", call.chain):
            yield Case(Convention.ASSERTIONS, "self.assert...()", call.line)
    for number, text in enumerate(source.text.split("\n"), 1):
        if _ASSERT.match(text):
            yield Case(Convention.ASSERTIONS, "assert", number)
