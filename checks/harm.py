"""What speaks against showing a patch that is proven: it makes the program less careful than it was.

Checks tell that a finding is gone and none is new, not that what a line guarded is still guarded. And whoever writes a
pull request chooses the names that a patch can be made of. So a patch is not shown, however sure everything else is of
it, if it silences a checker, takes away a guard, turns a condition round, switches something protective off, or brings
in the name of something destructive that the line did not speak of, or a name that looks like another. Read as words
without comments, not as a tree: what fools this in honest code only causes silence, and silence is cheap.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from models.choose.spelling import words_of

_NEGATION = re.compile(r"\bis\s+not\b|\bnot\s+in\b|\bnot\b|!==?|(?<![\w)\]])!")
_SILENCES = re.compile(
    r"\b(?:noqa|nosec|nosemgrep|lgtm|nolint|nosonar|istanbul)\b|\b(?:pragma|prudent|pylint|mypy|pyright|ruff|ty)\s*:|\btype\s*:\s*ignore"
    r"|@ts-\w+|\b(?:eslint|oxlint|tslint|biome)-\w+|/prudent\b",
    re.IGNORECASE,
)
_STRING = r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
_NAME = re.compile(r"[^\W\d]\w*")
_SETTING = re.compile(r"([^\W\d]\w*)[\"']?\s*(?:[=:]|=>)\s*(\w+)")
_GUARDS: Mapping[str, str] = MappingProxyType(  # word -> what it counts as
    {
        **{word: word for word in ("assert", "await", "if", "raise", "throw", "try", "except", "catch", "finally")},
        **{"elif": "if", "unless": "if", "with": "with"},
    }
)
_WANTED: Mapping[str, frozenset[str]] = MappingProxyType(  # findings that are about a guard itself
    {
        "await-missing-or-lost": frozenset({"await"}),
        "stop-iteration-in-generator": frozenset({"raise"}),
    }
)
_PROTECTS = frozenset(
    {"auth", "authenticate", "authenticated", "authorize", "authorized", "cert", "certificate", "certs", "check"}
    | {"checked", "csrf", "encrypt", "encrypted", "escape", "escaped", "guard", "hmac", "hostname", "httponly"}
    | {"permission", "permissions", "permit", "permitted", "protect", "protected", "reject", "sanitize", "sanitized"}
    | {"secure", "signature", "ssl", "strict", "tls", "unauthorized", "valid", "validate", "validated", "validation"}
    | {"verified", "verify"}
)
_LOOSENS = frozenset(
    {"allow", "anonymous", "bypass", "debug", "disable", "disabled", "force", "insecure", "shell", "skip", "trust"}
    | {"unsafe"}
)
_DESTROYS = frozenset(
    {"bypass", "delete", "destroy", "disable", "disabled", "erase", "eval", "exec", "insecure", "kill", "popen"}
    | {"chmod", "chown", "marshal", "pickle", "spawn", "subprocess", "urlopen"}
    | {"purge", "rmtree", "sudo", "superuser", "system", "truncate", "unlink", "unsafe", "unverified", "wipe"}
)
_OFF = frozenset({"false", "none", "null", "undefined", "nil", "off", "no", "0"})
_ON = frozenset({"true", "on", "yes", "1"})


def harm_in(before: str, after: str, *, said: str = "", slug: str = "", comment: str = "#") -> str:
    """Return why a patch from `before` to `after` is not to be shown, "" if nothing speaks against it.

    `said` is the code that the finding speaks of, where a patch is put elsewhere (an import); `slug` is the finding's;
    `comment` begins a comment in this language.
    """
    if Counter(_SILENCES.findall(after)) - Counter(_SILENCES.findall(before)):
        return "it brings in what tells a checker to be silent"
    before, after, said = (_code(text, comment) for text in (before, after, said))
    lost = _guards_in(before) - _guards_in(after)
    for guard in sorted(lost):
        if guard not in _WANTED.get(slug, ()):
            return f"it takes `{guard}` away"
    if why := _turned(before, after):
        return why
    told = f"{before}\n{said}"
    return _switched(before, after) or _unprotected(before, after) or _destructive(told, after) or _forged(told, after)


def _code(text: str, comment: str) -> str:
    """Return a text without its comments; what looks like one inside a string stays."""
    return re.sub(f"({_STRING})|{re.escape(comment)}[^\n]*", lambda match: match[1] or "", text)


def _guards_in(text: str) -> Counter[str]:
    return Counter(_GUARDS[word] for word in _NAME.findall(text) if word in _GUARDS)


def _turned(before: str, after: str) -> str:
    """Return whether a negation goes, or one comes that turns a condition round; `x is not None` only adds one."""
    old, new = (_NEGATION.findall(text) for text in (before, after))
    alone = [sum(one in ("not", "!") for one in found) for found in (old, new)]
    if len(new) < len(old):
        return "it takes a negation away"
    return "it turns a condition round" if alone[0] != alone[1] else ""


def _switched(before: str, after: str) -> str:
    for name, value in sorted(set(_SETTING.findall(after)) - set(_SETTING.findall(before))):
        words = set(words_of(name))
        if (words & _PROTECTS and value.lower() in _OFF) or (words & _LOOSENS and value.lower() in _ON):
            return f"it sets `{name}` to `{value}`"
    return ""


def _unprotected(before: str, after: str) -> str:
    lost = _words_in(before, _PROTECTS) - _words_in(after, _PROTECTS)
    return f"it drops what speaks of `{min(lost)}`" if lost else ""


def _destructive(before: str, after: str) -> str:
    named = _words_in(re.sub(_STRING, "", before), _DESTROYS)  # what only a string says was not spoken of
    new = _words_in(re.sub(_STRING, "", after), _DESTROYS).keys() - named.keys()
    return f"it brings in `{min(new)}`" if new else ""


def _forged(before: str, after: str) -> str:
    """Return whether a name comes that mixes Latin letters with those of other alphabets: it looks like another."""
    for name in sorted(set(_NAME.findall(after)) - set(_NAME.findall(before))):
        latin = {unicodedata.name(one, "").startswith("LATIN ") for one in name if one.isalpha()}
        if len(latin) > 1:
            return f"`{name}` mixes alphabets"
    return ""


def _words_in(text: str, wanted: frozenset[str]) -> Counter[str]:
    return Counter(word for name in _NAME.findall(text) for word in words_of(name) if word in wanted)
