"""What is hidden in our texts: HTML comments that tell a later run what was said and by which review.

Read them only in texts that GitHub says are ours. They are read leniently: what does not parse is not there. Nothing
in them can end the comment early: every value is cut to letters, digits and a few signs.

    <!-- prudent:finding fp= like= sym= slug= check= base= head= -->   first in each comment on a line
    <!-- prudent:fixed head= -->                                       in one whose finding is gone
    <!-- prudent:review head= job= -->                                 first in the review that is the summary
    <!-- prudent:state head= job= stance= was= now= -->                in it: what was known before and is now
    <!-- prudent:delta head= job= -->                                  first in every later review
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.posting.model import Identity, Stance
from checks.finding import Finding, likeness_of

MOST_KNOWN = 200  # findings that a summary remembers: 49 characters each, twice
_MARKER = r"(?m)^<!-- prudent:(?:{kind}) ([^<>\n]*) -->[ \t\r]*$"
_FIELD = re.compile(r"([a-z]+)=(\S*)")
_ODD = re.compile(r"[^0-9A-Za-z._:~-]")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_DIGEST = re.compile(r"[0-9a-f]{8}")
_NONE = "0" * 16


@dataclass(frozen=True)
class Known:
    """A finding as a summary remembers it: path and symbol are digests, as `digest_of` makes them."""

    fingerprint: str
    likeness: str
    symbol: str
    path: str


@dataclass(frozen=True)
class Mark:
    """What one comment's marker says. `check`, `base` and `head` are those of the review that posted it."""

    identity: Identity
    check: str
    base: str
    head: str
    is_fixed: bool


@dataclass(frozen=True)
class State:
    """What a summary says it was made from. `was` is None where nothing is known of a review before."""

    job: str
    head: str
    stance: Stance
    was: tuple[Known, ...] | None
    now: tuple[Known, ...]


def digest_of(text: str) -> str:
    """Return 8 hex digits that stand for a path or a symbol; "" for ""."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8] if text else ""


def symbol_key(symbol: str) -> str:
    """Return a symbol's digest; one that is a digest already stays as it is."""
    return symbol if _DIGEST.fullmatch(symbol) else digest_of(symbol)


def identity_of(finding: Finding) -> Identity:
    """Return what makes a finding the same one later."""
    return Identity(finding.fingerprint, finding.slug, likeness_of(finding), finding.path, digest_of(finding.symbol))


def plain(value: str) -> str:
    """Return a value as a marker can hold it; review ids and commits stay as they are."""
    return _ODD.sub("_", value)[:200]


def finding_marker(identity: Identity, *, check: str, base: str, head: str) -> str:
    """Return the first line of a comment on a line."""
    return _marker(
        "finding",
        fp=identity.fingerprint,
        like=identity.likeness,
        sym=symbol_key(identity.symbol),
        slug=identity.slug,
        check=check,
        base=base,
        head=head,
    )


def fixed_marker(head: str) -> str:
    """Return the line that says a comment's finding is gone since a head."""
    return _marker("fixed", head=head)


def mark_in(body: str, path: str) -> Mark | None:
    """Return what a comment of ours on a line of `path` says it is about; None if it is about no finding."""
    fields = _fields(body, "finding")
    if fields is None or not _FINGERPRINT.fullmatch(fields.get("fp", "")):
        return None
    like, symbol = fields.get("like", ""), fields.get("sym", "")
    identity = Identity(
        fields["fp"],
        fields.get("slug", ""),
        like if _FINGERPRINT.fullmatch(like) else "",
        path,
        symbol if _DIGEST.fullmatch(symbol) else "",
    )
    fixed = _fields(body, "fixed") is not None
    return Mark(identity, fields.get("check", ""), fields.get("base", ""), fields.get("head", ""), fixed)


def identity_in(body: str, path: str) -> Identity | None:
    """Return which finding a comment of ours on a line of `path` is about; None if it is about none."""
    mark = mark_in(body, path)
    return mark.identity if mark else None


def review_marker(job: str, head: str) -> str:
    """Return the first line of the summary. It stays when the summary is edited: it says who posted it."""
    return _marker("review", head=head, job=job)


def delta_marker(job: str, head: str) -> str:
    """Return the first line of a review that follows the summary."""
    return _marker("delta", head=head, job=job)


def job_in(body: str) -> str:
    """Return the id of the review that posted this text; "" if it does not say."""
    return (_fields(body, "review|delta") or {}).get("job", "")


def is_summary(body: str) -> bool:
    """Return whether this is the text of a summary."""
    return _fields(body, "review") is not None


def start_of(body: str) -> str:
    """Return the first line of a summary as it was posted; "" if this is none."""
    found = _search(body, "review")
    return found[0].rstrip() if found else ""


def state_marker(state: State) -> str:
    """Return the line of a summary that remembers what it was made from."""
    was = {} if state.was is None else {"was": _known(state.was)}
    return _marker(
        "state", most=None, head=state.head, job=state.job, stance=state.stance, **was, now=_known(state.now)
    )


def state_in(body: str) -> State | None:
    """Return what a summary was made from; None if it does not say."""
    fields = _fields(body, "state")
    if fields is None:
        return None
    stance = fields.get("stance", "")
    was = _read_known(fields["was"]) if "was" in fields else None
    return State(
        fields.get("job", ""),
        fields.get("head", ""),
        Stance(stance) if stance in list(Stance) else Stance.COMMENT,
        was,
        _read_known(fields.get("now", "")),
    )


def known_of(identity: Identity) -> Known:
    """Return a finding as a summary remembers it."""
    symbol = symbol_key(identity.symbol)
    return Known(identity.fingerprint, identity.likeness, symbol, digest_of(identity.path))


def _known(findings: Iterable[Known]) -> str:
    widths = (16, 16, 8, 8)
    rows = ((k.fingerprint, k.likeness, k.symbol, k.path) for k in list(findings)[:MOST_KNOWN])
    return ".".join(
        "".join((part or _NONE)[:width].rjust(width, "0") for part, width in zip(row, widths, strict=True))
        for row in rows
    )


def _read_known(text: str) -> tuple[Known, ...]:
    rows = [row for row in text.split(".")[:MOST_KNOWN] if re.fullmatch(r"[0-9a-f]{48}", row)]
    return tuple(Known(row[:16], _or_none(row[16:32]), _or_none(row[32:40]), row[40:]) for row in rows)


def _or_none(digits: str) -> str:
    return digits if digits.strip("0") else ""


def _marker(kind: str, *, most: int | None = 200, **fields: str) -> str:
    values = " ".join(f"{name}={_ODD.sub('_', value)[:most]}" for name, value in fields.items())
    return f"<!-- prudent:{kind} {values} -->"


def _search(body: str, kind: str) -> re.Match[str] | None:
    return re.search(_MARKER.format(kind=kind), body)


def _fields(body: str, kind: str) -> dict[str, str] | None:
    found = _search(body, kind)
    return dict(_FIELD.findall(found[1])) if found else None
