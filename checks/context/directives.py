"""Comments that programs read: they stay when comments are dropped, without the prose around them."""

from __future__ import annotations

import re

# What programs read in a comment of one line, each with the words that may follow. Prose after it is cut: a comment
# may be written by somebody who wants to talk to the model.
_CODE = r"[\w@.:=\[\]()|-][\w@/.:=\[\]()|-]*"
_CODES = _CODE + r"(?: *, *" + _CODE + r")*"
_WORDS = (
    r"type: *(?:\([^)]{0,80}\) *-> *)?" + _CODES,
    r"noqa\b(?:: *" + _CODES + r")?",
    r"nosec\b(?: +[BS]\d+)?|NOSONAR\b|NOLINT\w*(?:\([\w,.* -]+\))?|nolint(?::[\w,-]+)?",
    r"(?:pylint|pyright|mypy|ruff|flake8|isort|fmt|yapf|pragma|rubocop|typed|swiftlint|ktlint|phpcs|phpstan|scalafmt|tflint"
    r"|prudent|psalm|coding|language|tslint|jshint|jslint|globals?|exported|standard|oxlint|biome|deno-lint|codespell)"
    r"(?::|-|=) *[\w-]+ *(?:[=:\[(]? *" + _CODES + r")?",
    r"-\*- *coding: *[\w.-]+ *-\*-",
    r"frozen_string_literal: *\w+|encoding: *[\w-]+",
    r"@ts-(?:ignore|expect-error|nocheck|check)\b|@(?:flow|jsx\w*|(?:jest|vitest)-environment)(?: +[\w/.-]+)?",
    r"(?:eslint|stylelint|oxlint)-(?:disable|enable)(?:-next-line|-line)?(?: +" + _CODES + r")?",
    r"eslint(?:-env)? +" + _CODES,
    r"prettier-ignore|(?:istanbul|c8|v8) +ignore +\w+|biome-ignore +" + _CODES + r"|[#@]__(?:PURE|NO_SIDE_EFFECTS)__",
    r"webpack\w+: *[\"'\w/.-]+",
    r"shellcheck +\w+=[\w,/.-]+|clang-format +(?:on|off)|cspell: *\w+",
    r"go:(?:build|generate|embed|linkname|noinline|nosplit|noescape|norace|debug|wasmimport)\b"
    r"(?: +[\w!()./*-]+(?: *(?:&&|\|\|) *[\w!()./*-]+)*)?",
    r"\+build +[\w!,]+|export +\w+",
    r"<reference +(?:path|types|lib)=[\"'][\w@/.-]+[\"'] */>",
)
_DIRECTIVE = re.compile(r"(?P<open>#+|//+|/\*+!?|--|;+|<!--) *(?P<words>" + "|".join(_WORDS) + ")")
_CLOSERS = {"/*": " */", "<!": " -->"}


def directive_in(comment: str, is_first_line: bool) -> str:
    """Return the part of a comment that a program reads, fit to stand in its place; "" if none does.

    `is_first_line` says whether the comment begins the file: only there `#!` names an interpreter.
    """
    if is_first_line and comment.startswith("#!"):
        return comment.rstrip()
    found = _DIRECTIVE.match(comment)
    if found is None:
        return ""
    return found.group().rstrip() + _CLOSERS.get(found["open"][:2], "")
