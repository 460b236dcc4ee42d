"""Paths of the repository that stand in configuration, build files, CI and documents.

Only places where a path is meant to lead somewhere: not comments, not lists of what to ignore, not outputs. A word is
looked at whole; one that a variable, a glob or an address runs into is no path of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checks.constraint.path_formats import Format


@dataclass(frozen=True)
class Mention:
    """A word that names a path, or a module, and the line it stands on."""

    line: int
    word: str
    is_module: bool = False


LONGEST_LINE = 2000
_KEYS_ABOVE = 4
_LINES_ABOVE = 200
_KEY_WITHIN = 200  # characters of a line

_WORD = re.compile(r"[^\s\"'`,;()\[\]{}<>|&=]+")
_RUNS_ON = "{(*[$"  # after a word: only a part of a path stands here
_RUNS_IN = "}$)*]"
_NO_PATH = re.compile(r"[*?$%\\!^~#]|://|^-|^\+|@")
_FILE_NAME = re.compile(r"(?:\./)?[\w+-][\w.+-]*\.[A-Za-z]\w{0,9}")
_RUN_MODULE = re.compile(r"(?<=\s-m\s)([A-Za-z_]\w*(?:\.\w+)+)(?![\w./-])")
_ENTRY_POINT = re.compile(r"(?<![\w./:@-])([A-Za-z_]\w*(?:\.\w+)+)(?=:[A-Za-z_][\w.]*(?:[\s\"',;\])]|$))")

_LINK = re.compile(
    r"\]\(\s*<?([^\s()<>]+)>?(?:\s[^)]*)?\)|^\s{0,3}\[[^\]]+\]:\s*<?([^\s<>]+)|\b(?:src|href)=[\"']([^\"']+)"
)
_DIRECTIVES = "include|literalinclude|image|figure|automodule"
_DIRECTIVE = re.compile(rf"\s*\.\.\s+(?:\|[^|]*\|\s+)?({_DIRECTIVES})::\s*(\S+)\s*$|\s+:(file):\s*(\S+)\s*$")

_KEY = re.compile(r"(?:-\s+)?[\"']?([\w./@-]+(?: [\w./@-]+)*)[\"']?\s*(?::(?=\s|$|[\"'\[{])|=(?!=))")
_TABLE = re.compile(r"\[+([^\]\"']+)\]+\s*$")
_MAY_BE_ABSENT = re.compile(
    r"ignor|exclud|omit|skip|without|per.?file|dest|target|write|generat|artifact|cache|report|upload|redirect|alias|moved"
    r"|legacy|deprecat|remov|clean|coverage|junit|log|url|repositor|homepage|description|version_file|title|filter"
    r"|(?:^|[_-])out(?:put)?(?:[_-]?(?:file|dir))?$|results?$|^(?:name|if|key|keywords|classifiers|labels?|pattern|paths)$",
    re.IGNORECASE,
)
_MAKES = re.compile(
    r"(?:>>?|\b(?:touch|mkdir|rm|tee|curl|wget|git|test|unlink|cp|mv|ln|install)\b.*|\[\[?\s.*|\s-[oOefd]|--(?:out|dest|target|exclude|ignore"
    r"|omit|skip|junit|report|cov|log)[\w-]*[ =:])\s*[\"']?$"
)  # fmt: skip
_PATH_KEY = re.compile(
    r"(?:^|[._-])(?:main|module|browser|types|typings|bin|files?|exports?|import|require|default|readme|licen[cs]e(?:[._-]?files?)?"
    r"|path|scripts?|entry|src|source|requirements?|include|extends|config(?:uration)?|dockerfile|nav|template|package-data)$",
    re.IGNORECASE,
)
_TAKES_FILE = re.compile(
    r"(?:^|\s)(?:COPY|ADD|include|source|python3?|bash|sh|node|-r|-c|--config|--file|--requirement)[ =]+$"
)
_OPENS = re.compile(r"(?:open|read\w*|Path)\(\s*[\"']$")


def mentions_in(format: Format, text: str) -> Iterator[Mention]:
    """Yield what a text of this format names, in order of place; a word may come twice."""
    lines = text.splitlines()
    if format is Format.MARKDOWN:
        yield from _linked(lines)
    elif format is Format.RST:
        yield from _read_by_directives(lines)
    else:
        yield from _configured(format, lines)


def _linked(lines: Sequence[str]) -> Iterator[Mention]:
    fence = ""
    for number, line in enumerate(lines, 1):
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~"):
            fence = "" if fence == mark else fence or mark
        elif not fence and "<!--" not in line and len(line) <= LONGEST_LINE:
            for found in _LINK.finditer(re.sub(r"`[^`]*`", "", line)):
                word = re.split("[#?]", next(filter(None, found.groups())))[0]
                if word and not re.match(r"[/{$%]|\w+:", word):  # a leading slash is that of a site
                    yield Mention(number, word)


def _read_by_directives(lines: Sequence[str]) -> Iterator[Mention]:
    for number, line in enumerate(lines, 1):
        if (found := _DIRECTIVE.match(line)) and len(line) <= LONGEST_LINE:
            word = found[2] or found[4]
            if "://" not in word:
                yield Mention(number, word, is_module=found[1] == "automodule")


def _configured(format: Format, lines: Sequence[str]) -> Iterator[Mention]:
    is_keyed = format in (Format.KEYS, Format.JSON)
    heads = [_head_of(line) for line in lines] if is_keyed else []
    for number, line in enumerate(lines, 1):
        code = _without_comment(format, line)
        if not code or len(code) > LONGEST_LINE or "{{" in code.replace("${{", "") or "{%" in code:
            continue
        words = [*_words_in(format, code), *_modules_in(code)]
        keys = _keys_of(heads, number) if words and is_keyed else ()
        if any(_MAY_BE_ABSENT.search(key) for key in keys):
            continue
        for word, at in words:
            if at < 0:
                yield Mention(number, word, is_module=True)
            elif "/" in word or _is_file(format, keys, code, at):
                yield Mention(number, word)


def _without_comment(format: Format, line: str) -> str:
    if format is Format.JSON:
        return "" if line.lstrip().startswith(("//", "/*", "*")) else line.rstrip()
    if re.match(r"\s*(?:#|;|@?echo\b|LABEL\b)", line):
        return ""
    return re.split(r"\s#(?:\s|$)", line, maxsplit=1)[0].rstrip()


def _words_in(format: Format, code: str) -> Iterator[tuple[str, int]]:
    """Yield the words that may be paths, with their places: those with a slash, and names of files."""
    for found in _WORD.finditer(code):
        before, after = code[: found.start()], code[found.end() :]
        if (after[:1] in _RUNS_ON and after) or (before[-1:] in _RUNS_IN and before) or _NO_PATH.search(found[0]):
            continue
        word = found[0].partition(":")[0].rstrip(".")
        if word.startswith("/") and format is not Format.OWNERS:  # a place on the machine, not in the repository
            continue
        is_path = "/" in word.strip("/") or _FILE_NAME.fullmatch(word)
        if is_path and not _MAKES.search(before) and not _is_made(format, code, found.group(), after):
            yield word, found.start()


def _modules_in(code: str) -> Iterator[tuple[str, int]]:
    for pattern in (_RUN_MODULE, _ENTRY_POINT):
        for found in pattern.finditer(code):
            yield found[1], -1


def _is_made(format: Format, code: str, word: str, after: str) -> bool:
    """Return whether a word is what a rule of a makefile makes: `word: prerequisites`."""
    is_first = format is Format.COMMANDS and not code[:1].isspace()
    return is_first and (word.endswith(":") or re.match(r"[^=]*(?<!:):(?![=:/])", after) is not None)


def _is_file(format: Format, keys: Sequence[str], code: str, at: int) -> bool:
    """Return whether a name without a folder, at this place, is that of a file."""
    before = code[:at]
    if format in (Format.KEYS, Format.JSON):
        return any(_PATH_KEY.search(key) for key in keys) or _TAKES_FILE.search(before) is not None
    if format is Format.MANIFEST:
        return re.match(r"\s*include\s", code) is not None
    if format is Format.PYTHON:
        return _OPENS.search(before) is not None
    return format is Format.COMMANDS and _TAKES_FILE.search(before) is not None


def _head_of(line: str) -> tuple[int, str] | None:
    """Return the indentation and the key that a line begins with, -1 and the name for a table."""
    text = line[:_KEY_WITHIN].lstrip()
    if (table := _TABLE.match(text)) is not None:
        return -1, table[1]
    found = _KEY.match(text)
    return (len(line) - len(line.lstrip()), found[1]) if found is not None else None


def _keys_of(heads: Sequence[tuple[int, str] | None], number: int) -> tuple[str, ...]:
    """Return the keys a line lies under, its own first: by indentation and tables, as people write them."""
    keys: list[str] = []
    limit = _KEY_WITHIN
    for head in reversed(heads[max(0, number - _LINES_ABOVE) : number]):
        if head is None or head[0] >= limit:
            continue
        limit = head[0]
        keys.append(head[1])
        if limit < 0 or len(keys) == _KEYS_ABOVE:
            break
    return tuple(keys)
