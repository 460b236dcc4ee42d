"""From a comment's text to commands: verbs from a closed list, typed arguments, no options.

What is not understood becomes a `Misread` with the nearest that would be; its text is inert Markdown on one line.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import get_args

from bot.commands.model import (
    Command,
    Config,
    Dismiss,
    Explain,
    Fix,
    Help,
    History,
    Misread,
    Pause,
    Resume,
    Review,
    RuleAction,
    Rules,
    Status,
    Undismiss,
)
from bot.commands.reply import wont_fix as wont_fix
from bot.commands.visible import visible_lines
from bot.render.escape import cut, markdown_code, printable
from kb.redact import redact

LIMIT = 3  # commands in one comment
REASON_LIMIT = 500  # characters
LONGEST_LINE = 2_000  # characters that are looked at
LONGEST_PATH = 400
LONGEST_SLUG = 100

_COMMAND = re.compile(r"/prudent(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_DIGITS = re.compile(r"[0-9a-f]{6,16}")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|www\.|git@|mailto:|data:|javascript:", re.IGNORECASE)
_WORD = re.compile(r"""(?:"([^"]*)"|'([^']*)'|`([^`]*)`)(?=\s|$)|(\S+)""")
_ALSO_SAID = {  # what people write for a verb: the answer names the verb, it is not obeyed
    "again": "review",
    "close": "dismiss",
    "forget": "dismiss",
    "enable": "rules",
    "disable": "rules",
    "rule": "rules",
    "voice": "rules",
    "ignore": "dismiss",
    "log": "history",
    "recheck": "review",
    "rerun": "review",
    "settings": "config",
    "start": "resume",
    "stop": "pause",
    "suggest": "fix",
    "unignore": "undismiss",
    "what": "explain",
    "why": "explain",
    "wontfix": "dismiss",
}

VERBS: dict[str, type[Command]] = {kind.__name__.lower(): kind for kind in get_args(Command)}


def parse(body: str) -> tuple[Command | Misread, ...]:
    """Return the commands of a comment in order, at most `LIMIT`; one `Misread` says that there were more."""
    found: list[Command | Misread] = []
    for line in visible_lines(body):
        match = _COMMAND.fullmatch(line)
        if match is None:
            continue
        if len(found) == LIMIT:
            return (*found, Misread(f"Only the first {LIMIT} commands of a comment are read."))
        found.append(_command(match[1] or "help"))
    return tuple(found)


def _command(said: str) -> Command | Misread:
    if len(said) > LONGEST_LINE:
        return Misread("The line is too long for a command.")
    verb, _, rest = " ".join(said.split()).partition(" ")
    kind = VERBS.get(verb.lower())
    if kind is None:
        return Misread(f"There is no command {_shown(verb)}; {_nearest(verb)}")
    try:
        return _READERS[kind](rest)
    except _NotUnderstoodError as error:
        return Misread(f"`{verb.lower()}`: {error}.")


def _nearest(verb: str) -> str:
    said = verb.lower().strip(":,.!-/")
    near = [_ALSO_SAID.get(said, said)] if said in {*_ALSO_SAID, *VERBS} else []
    near = near or difflib.get_close_matches(said, VERBS, 1, 0.6)
    return f"did you mean `/prudent {near[0]}`?" if near else "`/prudent help` lists them."


class _NotUnderstoodError(Exception):
    """The arguments are not what the verb takes; the text says why."""


def _bare(kind: Callable[[], Command]) -> Callable[[str], Command]:
    def read(rest: str) -> Command:
        for word in _words(rest):
            raise _NotUnderstoodError(f"it takes nothing more, and {_shown(word)} follows")
        return kind()

    return read


def _one_finding(kind: Callable[[str | None], Command]) -> Callable[[str], Command]:
    def read(rest: str) -> Command:
        words = _words(rest)
        if len(words) > 1:
            raise _NotUnderstoodError(f"it takes one finding, and {_shown(words[1])} follows")
        return kind(_finding(words[0]) if words else None)

    return read


def _dismiss(rest: str) -> Command:
    first = _WORD.match(rest)
    finding = None
    if first is not None and _is_finding(word := _text_of(first)):
        finding, rest = word.lower(), rest[first.end() :].strip()
    if rest.startswith("--"):
        raise _NotUnderstoodError("there are no options: write the reason as it is")
    reason = redact("".join(c for c in rest if c.isprintable()))
    if not re.search(r"\w", reason):
        raise _NotUnderstoodError("say why, such as `/prudent dismiss 3fa09c it is set by the plugin`")
    if len(reason) > REASON_LIMIT:
        raise _NotUnderstoodError(f"the reason has {len(reason)} characters; {REASON_LIMIT} are kept")
    return Dismiss(finding, reason)


def _history(rest: str) -> Command:
    words = _words(rest)
    if not words:
        return History()
    if len(words) > 1:
        raise _NotUnderstoodError(f"it takes one path, slug or number, and {_shown(words[1])} follows; quote blanks")
    (word,) = words
    if re.fullmatch(r"#[1-9][0-9]{0,9}", word):
        return History(number=int(word[1:]))
    if word.startswith("#") or re.fullmatch(r"[0-9]{1,10}", word):
        raise _NotUnderstoodError(f"write a pull request as `#12`, not {_shown(word)}")
    if _is_known_slug(word.lower()):
        return History(slug=word.lower())
    return History(path=_path(word))


def _rules(rest: str) -> Command:
    words = _words(rest)
    if not words:
        return Rules()
    said, *names = (word.lower() for word in words)
    action = next((one for one in RuleAction if one == said and one is not RuleAction.LIST), None)
    if action is None:
        known = ", ".join(f"`{one}`" for one in RuleAction if one is not RuleAction.LIST)
        raise _NotUnderstoodError(f"{_shown(words[0])} is nothing that can be done with a rule; {known} are")
    if len(names) != 1:
        raise _NotUnderstoodError(f"`{action}` takes one slug, such as `/prudent rules {action} use-the-logger`")
    if not _SLUG.fullmatch(names[0]) or len(names[0]) > LONGEST_SLUG:
        raise _NotUnderstoodError(f"{_shown(words[1])} is not a slug; `/prudent rules` lists them")
    if action is RuleAction.VOICE and not _is_known_slug(names[0]):
        raise _NotUnderstoodError(f"no finding can have the slug {_shown(words[1])}")
    return Rules(action, names[0])


def _path(word: str) -> str:
    parts = word.removeprefix("./").rstrip("/").split("/")
    if len(word) > LONGEST_PATH or not word.isprintable() or "\\" in word:
        raise _NotUnderstoodError(f"{_shown(word)} is not a path of a repository")
    if word.startswith(("/", "~")) or any(part in ("", ".", "..") for part in parts):
        raise _NotUnderstoodError(f"write the path from the repository's top folder, not {_shown(word)}")
    return "/".join(parts)


def _finding(word: str) -> str:
    lower = word.lower()
    if _DIGITS.fullmatch(lower) or (_SLUG.fullmatch(lower) and len(lower) <= LONGEST_PATH and "-" in lower):
        return lower
    raise _NotUnderstoodError(
        f"{_shown(word)} is not a finding: write its slug, or six or more digits of the number that"
        " `/prudent status` shows"
    )


def _is_finding(word: str) -> bool:
    return _DIGITS.fullmatch(word.lower()) is not None or _is_known_slug(word.lower())


def _is_known_slug(word: str) -> bool:
    """Return whether a finding can have this slug: what else has hyphens may be a path, or part of a reason."""
    if not _SLUG.fullmatch(word):
        return False
    if word.startswith(("sarif-", "learned-")):
        return True
    from checks.registry import slugs  # imports every check: 0.2 s, once

    return word in slugs()


def _words(rest: str) -> list[str]:
    words = [_text_of(match) for match in _WORD.finditer(rest)]
    for word in words:
        if word.startswith("-"):
            raise _NotUnderstoodError(f"there are no options such as {_shown(word)}")
        if _URL.match(word) or "://" in word:
            raise _NotUnderstoodError("it takes no address")
    return words


def _text_of(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None)


def _shown(word: str) -> str:
    return markdown_code(cut(printable(redact(word)), 60))


_READERS: dict[type[Command], Callable[[str], Command]] = {
    Review: _bare(Review),
    History: _history,
    Explain: _one_finding(Explain),
    Dismiss: _dismiss,
    Undismiss: _one_finding(Undismiss),
    Fix: _one_finding(Fix),
    Pause: _bare(Pause),
    Resume: _bare(Resume),
    Status: _bare(Status),
    Rules: _rules,
    Config: _bare(Config),
    Help: _bare(Help),
}
