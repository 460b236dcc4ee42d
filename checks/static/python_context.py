"""Where in a Python file a line stands, told from indentation: cheap, and good for broken files too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.source import Source

EXPECTS_ERROR = re.compile(
    r"\b(raises|assert_?raises\w*|warns|assert_?warns\w*|suppress|deprecated_call|xfail)\b", re.I
)
TYPES_ONLY = re.compile(r"^(el)?if\s+\(?\s*((\w+\.)?TYPE_CHECKING|MYPY)\b")
GUARD = re.compile(r"^(try|except|except\*|finally)\b")
EXCUSE = re.compile(
    r"#\s*(noqa|type:\s*ignore|ty:\s*ignore|pyright:\s*ignore|pyre-|pylint:\s*disable|mypy:\s*ignore)", re.I
)


def headers(source: Source, line: int) -> Iterator[str]:
    """Yield the text of the statements that a line is nested in, innermost first, each on one line.

    The first text is the line itself, with what its own statement had before it.
    """
    text = source.line(line)
    yield text.strip()
    depth = _indent(text)
    tail = ""
    for number in range(line - 1, 0, -1):
        above = source.line(number)
        stripped = above.strip()
        if not stripped or stripped.startswith("#"):
            continue
        indent = _indent(above)
        if tail and indent == depth and not stripped.startswith((")", "]", "}")):
            yield stripped + tail
            tail = ""
        elif indent < depth:
            depth = indent
            if stripped.startswith((")", "]", "}")):
                tail = " " + stripped
            else:
                yield stripped
        if not depth and not tail:
            return


def expects_error(source: Source, line: int) -> bool:
    """Return whether a line is in a block, or an argument, that expects the code to fail."""
    return any(EXPECTS_ERROR.search(header) for header in headers(source, line))


def is_for_types_only(source: Source, line: int) -> bool:
    """Return whether a line runs under a type checker only."""
    return source.path.endswith(".pyi") or any(TYPES_ONLY.match(header) for header in headers(source, line))


def is_guarded(source: Source, line: int) -> bool:
    """Return whether a line is in a `try` statement: what fails there may be meant to."""
    return any(GUARD.match(header) for header in list(headers(source, line))[1:])


def is_in_function(source: Source, line: int) -> bool:
    """Return whether a line runs only when a function is called."""
    return any(re.match(r"(async\s+)?def\b", header) for header in list(headers(source, line))[1:])


def is_excused(source: Source, line: int) -> bool:
    """Return whether a comment on the line tells some checker to look away."""
    return EXCUSE.search(source.line(line)) is not None


def is_in_annotation(source: Source, line: int, column: int) -> bool:
    """Return whether a name stands in an annotation or a string, which need not be evaluated."""
    before = source.line(line)[: column - 1]
    if before.count('"') % 2 or before.count("'") % 2:
        return True
    if re.match(
        r"\s*(if|elif|else|for|while|with|try|except|class|lambda|match|case|return|async\s+(for|with))\b", before
    ):
        return False
    return re.search(r"(->|\b\w+\s*:)[^=()]*$", before) is not None


def has_lazy_annotations(source: Source) -> bool:
    """Return whether the file asks for annotations that are never evaluated."""
    return re.search(rb"^from __future__ import .*\bannotations\b", source.data, re.M) is not None


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
