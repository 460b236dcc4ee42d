"""A secret is committed.

What it finds. A line that the change adds holds a token, private key or password that works for whoever reads it:
a known format with its prefix, length, alphabet and, where the format carries one, checksum (GitHub, npm, PyPI,
Slack, Stripe, AWS and about forty more), a private key with a real body, a database URL with its password, or a
value that looks drawn by a machine under a name like `api_key`.

Why it matters. Whoever can read the repository, its forks or its history can use the secret. Deleting the line
later does not help.

When it stays silent. Placeholders, vendors' documented example keys, key blocks in comments, other scanners' marks;
test and example files and documentation, unless a checksum proves a token real; keys of web clients, which are public;
secrets that the changed files already had at base; encrypted private keys and AWS key ids without their key. The text
of a secret never appears in a finding: only its kind, place, length and a salted hash.

How to fix. Revoke the secret where it was issued, then read it from the environment or a secret store.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from functools import cache

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.static.changed_lines import source_of
from checks.static.secret_places import (
    Place,
    is_called_example,
    is_documented,
    is_placeholder,
    is_public_key,
    is_public_search,
    is_waived,
    place_of,
)
from kb.diff import FileDiff
from kb.redact import secrets_in
from kb.secret_formats import Secret, Strength
from kb.source import Source
from kb.syntax.symbols import enclosing_symbol

SLUG = "secret-added"

RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="The change adds a token, private key or password that works for whoever reads it.",
        why="The history keeps it: everyone who can read the repository or a fork can use it.",
        fix="Revoke it where it was issued, then read it from the environment or a secret store.",
    ),
)

# Made for these examples from the letters of a sentence; the pieces are joined here so that no scanner, ours
# included, takes this file for a leak.
_GITHUB = "ghp" + "_" + "Pr0dentN3verPrint5ASecretsOwnT" + "{checksum}"
_SLACK = "xox" + "b-204875931046-7420916358207-" + "qT7vB2nXw9LkD4hZc6RmJ8sY"
_SETTINGS = "import os\n\nNAME = 'prudent'\n"

EXAMPLES = (
    Example(
        "a Slack bot token in the settings",
        before={"app/settings.py": _SETTINGS},
        after={"app/settings.py": _SETTINGS + f"SLACK = '{_SLACK}'\n"},
        fires=((SLUG, "app/settings.py", 4),),
    ),
    Example(
        "a random value under a telling name",
        before={"app/client.py": "import http.client\n"},
        after={"app/client.py": 'import http.client\n\napi_key = "' + "mQ7xV2pLz9KdT4" + 'hWc6RnJ8sYbF3g"\n'},
        fires=((SLUG, "app/client.py", 3),),
    ),
    Example(
        "the token is read from the environment",
        before={"app/settings.py": _SETTINGS},
        after={"app/settings.py": _SETTINGS + "SLACK = os.environ['SLACK_TOKEN']\n"},
    ),
    Example(
        "a placeholder and a token whose checksum is wrong",
        before={"app/settings.py": _SETTINGS},
        after={
            "app/settings.py": _SETTINGS
            + "GITHUB = 'ghp"
            + "_abcdefghijklmnopqrstuvwxyz0123456789'\n"
            + f"OTHER = '{_GITHUB.format(checksum='000000')}'\n"
            + "api_key = 'your-api-key-goes-here-please'\n"
        },
    ),
    Example(
        "a token in a test",
        before={"tests/test_slack.py": "import app\n"},
        after={"tests/test_slack.py": f"import app\n\n\ndef test_it():\n    assert app.ask('{_SLACK}')\n"},
    ),
    Example(
        "a secret that was already there moves",
        before={"app/settings.py": f"SLACK = '{_SLACK}'\n" + _SETTINGS},
        after={"app/settings.py": _SETTINGS + f"SLACK = '{_SLACK}'\n"},
    ),
)

_GRADES = {
    (Strength.VERIFIED, Place.CODE): (Severity.BLOCK, Confidence.HIGH),
    (Strength.VERIFIED, Place.SHOW): (Severity.WARN, Confidence.HIGH),
    (Strength.VERIFIED, Place.TEST): (Severity.INFO, Confidence.MEDIUM),
    (Strength.CERTAIN, Place.CODE): (Severity.BLOCK, Confidence.HIGH),
    (Strength.LIKELY, Place.CODE): (Severity.WARN, Confidence.MEDIUM),
}
_BEFORE, _AFTER = 120, 40  # characters: what introduces the secret, and the host after a password
_AROUND = 300  # characters: the settings object that a key stands in
_COMMENTS = ("*", "//", "#", "-- ", "<!--")
_LONG_LINE = 500  # characters: longer ones are bundled or minified code


def covers(path: str) -> bool:
    """Return True: a secret can stand in any text."""
    return True


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the secrets on added lines that base did not have."""

    @cache
    def base_text() -> str:
        sources = (source_of(change, file, Side.LEFT) for file in change.files)
        return "\n".join(_compact(source.text) for source in sources if source)

    settings = knowledge.settings
    found: list[Finding] = []
    for file in change.files:
        if file.added and not settings.is_ignored(file.path) and not settings.is_generated(file.path):
            found += _secrets_of(change, file, base_text)
    return Report(tuple(found))


def _secrets_of(change: Change, file: FileDiff, base_text: Callable[[], str]) -> Iterator[Finding]:
    source = source_of(change, file, Side.RIGHT)
    if source is None:
        return
    text, place = source.text, place_of(file.path)
    for secret in secrets_in(text):
        if (secret.strength, place) not in _GRADES:
            continue
        first = text.count("\n", 0, secret.start) + 1
        lines = range(first, first + text.count("\n", secret.start, secret.end) + 1)
        if file.added.isdisjoint(lines) or _is_harmless(source, secret, first):
            continue
        if _compact(text[secret.start : secret.end]) not in base_text():
            yield _finding(change, source, secret, first)


def _is_harmless(source: Source, secret: Secret, line: int) -> bool:
    """Return whether the text or its surroundings say that this is no working secret, or a public one."""
    token = source.text[secret.start : secret.end]
    if is_documented(token) or is_waived(source.line(line)) or secret.kind == "encrypted private key":
        return True
    around = source.text[max(0, secret.start - _BEFORE) : secret.start] + source.text[secret.end : secret.end + _AFTER]
    if secret.strength is not Strength.VERIFIED and is_called_example(around):
        return True
    if secret.kind == "private key":
        return source.line(line).lstrip().startswith(_COMMENTS)  # a sample in a comment
    settings = source.text[max(0, secret.start - _AROUND) : secret.end + _AROUND]
    if secret.kind == "Google API key" and is_public_key(source.path, settings):
        return True
    if secret.strength is Strength.LIKELY and (len(source.line(line)) > _LONG_LINE or is_public_search(settings)):
        return True
    return secret.strength is not Strength.VERIFIED and is_placeholder(token)


def _finding(change: Change, source: Source, secret: Secret, line: int) -> Finding:
    token = source.text[secret.start : secret.end]
    severity, confidence = _GRADES[secret.strength, place_of(source.path)]
    mark = _mark(change.repository, secret.kind, token)
    sure = ", its checksum is right" if secret.strength is Strength.VERIFIED else ""
    article = "An" if secret.kind[0] in "AEOaeo" or secret.kind.startswith("npm") else "A"
    said = f"{article} {secret.kind} is committed here ({len(token)} characters{sure})"
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=severity,
        confidence=confidence,
        path=source.path,
        line=line,
        end_line=line,
        message=f"{said}. Revoke it: the history keeps it.",
        text=mark,
        symbol=enclosing_symbol(source, line),
        evidence=(
            Evidence("secret", source.path, line, f"{secret.kind}, {len(token)} characters, salted hash {mark}"),
        ),
    )


def _mark(repository: str, kind: str, token: str) -> str:
    """Return 12 hex digits that tell this secret from others and do not give it away.

    The salt is the repository's identity with the kind: a check may not touch the disk for a random one, and the
    fingerprint has to be the same on every machine.
    """
    salt = hashlib.sha256(f"{SLUG}\0{repository}\0{kind}".encode("utf-8", "surrogateescape")).digest()
    return hmac.new(salt, _compact(token).encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:12]


def _compact(text: str) -> str:
    return re.sub(r"\s+", "", text)
