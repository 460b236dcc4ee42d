"""Where a quote stands in a file: whole or part lines, one after the other, equal up to white space."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from checks.inference.guard import lines_in
from kb.source import Source, Span
from kb.syntax.comments import comment_spans
from kb.syntax.languages import language_of
from kb.syntax.parse import Unparsed, parse, walk

Lines = Sequence[tuple[int, str]]  # line numbers of a file, and what stands there

MOST_LINES = 40  # from the first to the last line of a quote
LEAST = 3  # letters and digits; less is in every file
_NUMBERED = re.compile(r"^\s*[-+ ]?\s*\d+\s?[|:\t ]?\s?")
_WORD = re.compile(r"\w")
_LONE = (["string"], ["concatenated_string"], ["template_string"])


def places_of(quote: str, source: Source, *, with_comments: bool = True) -> list[tuple[int, int]]:
    """Return the first and last line of every place where a quote stands in a file, in order.

    It is looked for as the file has it, as a model was shown it (without secrets and what is hidden), and without
    comments. Numbers before lines are taken off if all lines have them. Too short a quote stands nowhere.
    """
    readings = (raw_lines, shown_lines, code_lines) if with_comments else (code_lines,)
    for wanted in _wordings(quote):
        for reading in readings:  # one after the other: to leave comments out takes parsing the file
            found = found_in(wanted, reading(source))
            if found:
                return found
    return []


def found_in(wanted: Sequence[str], lines: Lines) -> list[tuple[int, int]]:
    """Return the first and last line of every run of lines that holds the wanted ones.

    One may be a part of its line; of several, the first may begin within its line and the last may end within it.
    """
    size = len(wanted)
    found = []
    for at in range(len(lines) - size + 1):
        if _holds(wanted, lines, at) and lines[at + size - 1][0] - lines[at][0] < MOST_LINES:
            found.append((lines[at][0], lines[at + size - 1][0]))
    return found


@lru_cache(maxsize=256)
def raw_lines(source: Source) -> Lines:
    """Return the lines of a file that are not blank, white space as single blanks."""
    return _filled(source.text.split("\n"))


@lru_cache(maxsize=256)
def shown_lines(source: Source) -> Lines:
    """Return the lines of a file as models are shown them, white space as single blanks."""
    return _filled(lines_in(source.text))


@lru_cache(maxsize=256)
def code_lines(source: Source) -> Lines:
    """Return the lines of a file as models are shown them, without what only speaks to people.

    That is comments, and strings that stand alone as statements do; nothing is left out where it cannot be parsed.
    """
    spans = (*comment_spans(source), *_lone_strings(source))
    if not spans:
        return shown_lines(source)
    data = bytearray(source.data)
    for span in spans:
        data[span.start : span.end] = re.sub(rb"[^\n]", b" ", data[span.start : span.end])
    return _filled(lines_in(bytes(data).decode("utf-8", "replace")))


def _lone_strings(source: Source) -> Iterator[Span]:
    """Yield the strings that nothing reads: documentation, or a note in the form of one."""
    language = language_of(source.path, source.data[:256])
    if language is None:
        return
    try:
        tree = parse(source.data, language)
    except Unparsed:
        return
    for node in walk(tree):
        if node.type == "expression_statement" and [child.type for child in node.named_children] in _LONE:
            yield Span(node.start_byte, node.end_byte)


def one_blank(text: str) -> str:
    """Return the text with every run of white space as one blank, none at its ends."""
    return " ".join(text.split())


def _filled(lines: Sequence[str]) -> Lines:
    kept = ((number, one_blank(line)) for number, line in enumerate(lines, start=1))
    return tuple((number, line) for number, line in kept if line)


def _wordings(quote: str) -> list[list[str]]:
    """Return the lines that a quote may mean: as it stands, and without the numbers that stood before its lines."""
    lines = [line for line in quote.split("\n") if line.strip() and line.strip() not in ("...", "…", "```")]
    wordings = [[one_blank(line) for line in lines]]
    if lines and all(_NUMBERED.match(line) for line in lines):
        wordings.append([one_blank(_NUMBERED.sub("", line)) for line in lines])
    return [
        wording
        for wording in wordings
        if wording and all(wording) and sum(len(_WORD.findall(line)) for line in wording) >= LEAST
    ]


def _holds(wanted: Sequence[str], lines: Lines, at: int) -> bool:
    first = lines[at][1]
    if len(wanted) == 1:
        return _is_part(wanted[0], first)
    last = lines[at + len(wanted) - 1][1]
    if not (first.endswith(wanted[0]) and last.startswith(wanted[-1])):
        return False
    return all(lines[at + n][1] == wanted[n] for n in range(1, len(wanted) - 1))


def _is_part(text: str, line: str) -> bool:
    """Return whether a line holds a text, and not only as a part of a longer word."""
    at = line.find(text)
    while at >= 0:
        end = at + len(text)
        cut_before = at > 0 and _WORD.match(text[0]) and _WORD.match(line[at - 1])
        cut_after = end < len(line) and _WORD.match(text[-1]) and _WORD.match(line[end])
        if not cut_before and not cut_after:
            return True
        at = line.find(text, at + 1)
    return False
