"""Secrets that no single pattern finds: private key blocks, AWS key pairs, passwords in URLs."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from itertools import zip_longest

from kb.secret_formats import Secret, Strength

_MARK = re.compile(r"-----(BEGIN|END) (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_BETWEEN = re.compile(r"""(?:\\[nrt]|[\s"'`,;\\<>])+""")
_LINES = re.compile(r"(?:(?:\\[nrt]|[\s\"'`,;\\])*(?:[A-Za-z0-9+/]{16,}={0,2}))*")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}")
_LONGEST_KEY = 16_000
_SHORTEST_LINE = 40
_SHORTEST_KEY = 60  # an Ed25519 key is 64 characters of base 64
_STARTS = (b"\x30", b"openssh-key-v1\0", b"\x95", b"\x94", b"\xc5")  # DER, OpenSSH, OpenPGP

_AWS_ID = re.compile(r"(?<![A-Za-z0-9])A(?:KIA|SIA)[A-Z2-7]{16}(?![A-Za-z0-9])")
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=_-])")
_AWS_REACH = 400  # characters around the id: a few lines of a settings file

_URL = re.compile(
    r"\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|oracle|clickhouse|cockroachdb)(?:\+\w{1,20})?://"
    r"[^\s:@/\"'`]{1,60}:(?P<secret>[^\s:@/\"'`]{8,100})@(?P<host>[A-Za-z0-9.-]{1,200})"
)


def private_keys_in(text: str) -> Iterator[Secret]:
    """Yield every private key block with a real body; an encrypted key is only `likely` to matter."""
    for begin, end in _blocks(text):
        if end is None:
            continue
        body = text[begin.end() : end.start()]
        opened = _opened(body)
        if "ENCRYPTED" in begin[0] + body[:200] or b"bcrypt" in opened:
            yield Secret("encrypted private key", begin.start(), end.end(), Strength.LIKELY)
        elif opened.startswith(_STARTS):
            yield Secret("private key", begin.start(), end.end(), Strength.CERTAIN)


def key_blocks_in(text: str) -> Iterator[Secret]:
    """Yield whatever looks like a private key block, cut off or not: what must not be shown."""
    for begin, end in _blocks(text):
        after = end or _LINES.match(text, begin.end(), begin.end() + _LONGEST_KEY)
        yield Secret("private key", begin.start(), after.end() if after else begin.end(), Strength.CERTAIN)


def _blocks(text: str) -> Iterator[tuple[re.Match[str], re.Match[str] | None]]:
    """Yield every opening line of a key with the closing line that comes next, if one does soon."""
    marks = list(_MARK.finditer(text))
    for begin, after in zip_longest(marks, marks[1:]):
        if begin is not None and begin[1] == "BEGIN":
            closes = after is not None and after[1] == "END" and after.start() - begin.end() <= _LONGEST_KEY
            yield begin, after if closes else None


def _opened(body: str) -> bytes:
    """Return the first bytes that a key's body stands for, nothing if it is no real body."""
    lines = [line for line in _BETWEEN.split(body) if _BASE64.fullmatch(line)]
    joined = "".join(lines)
    if len(joined) < _SHORTEST_KEY or len(lines[0]) < _SHORTEST_LINE or len(set(joined)) < 20:
        return b""
    try:
        return b64decode(joined[: min(96, len(joined) // 4 * 4)])
    except ValueError:
        return b""


def aws_pairs_in(text: str) -> Iterator[Secret]:
    """Yield AWS secret keys: forty characters of base 64 close to an access key id."""
    after = 0  # where two ids stand close together, what the first one found is not looked at again
    for found in _AWS_ID.finditer(text):
        for match in _AWS_SECRET.finditer(text, max(after, found.start() - _AWS_REACH), found.end() + _AWS_REACH):
            after = match.end()
            if all(re.search(kind, match[0]) for kind in ("[a-z]", "[A-Z]", "[0-9]")):
                yield Secret("AWS secret key", match.start(), match.end(), Strength.CERTAIN)


def aws_ids_in(text: str) -> Iterator[Secret]:
    """Yield AWS access key ids: no secrets by themselves, but not to be shown either."""
    for match in _AWS_ID.finditer(text):
        yield Secret("AWS access key id", match.start(), match.end(), Strength.LIKELY)


def passwords_in_urls(text: str) -> Iterator[Secret]:
    """Yield the passwords of database URLs that name a host on a network."""
    if "://" not in text:
        return
    for match in _URL.finditer(text):
        if "." in match["host"] and not match["host"].startswith("127."):
            yield Secret("password in a URL", match.start("secret"), match.end("secret"), Strength.LIKELY)
