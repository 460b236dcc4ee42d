"""What git's complaint means. Its texts are git's own (LC_ALL=C); what the server said is never looked at or shown."""

from __future__ import annotations

import re

from bot.mirrors.model import Fetched, NotFetched, Why
from kb.git import one_line

KILLED = "git was killed, or had too little memory"
REFUSED = "git refuses an object of this repository"
# The first that matches tells. git 2.25 to 2.50 print these.
_CAUSES: tuple[tuple[str, Why, str], ...] = (
    (
        r"No space left on device|Disk quota exceeded|File too large|Read-only file system",
        Why.DISK,
        "no room for it",
    ),
    (r"died of signal 9|[Oo]ut of memory|Cannot allocate memory", Why.BUSY, KILLED),
    (r"fsck error", Why.DAMAGED, REFUSED),
    (r"couldn't find remote ref refs/pull/", Why.GONE, "the pull request is not there"),
    (r"couldn't find remote ref ", Why.GONE, "the target branch is not there"),
    (r"not our ref|unadvertised object|upload-pack: not our|no such remote ref", Why.GONE, "the commit is not there"),
    (r"could not read (Username|Password)|Authentication failed|error: 40[13]\b", Why.DENIED, "the token is refused"),
    (r"error: 3\d\d\b|redirect", Why.GONE, "the repository has moved"),
    (r"repository '[^']*' not found|error: (404|410|451)\b", Why.GONE, "the repository is not there"),
    (r"Operation too slow|transfer closed|Less than \d+ bytes/sec", Why.UNREACHABLE, "the transfer stalled"),
    (
        r"Could not resolve|Failed to connect|Connection (timed out|refused|reset)|Couldn't connect|"
        r"error: (429|5\d\d)\b|RPC failed|hung up|early EOF|unexpected disconnect|SSL|[Cc]ertificate|"
        r"Empty reply|Recv failure|Send failure|bad line length|not valid: is this a git repository|"
        r"protocol error|expected (flush|'?packfile)|invalid (server response|content-type)|curl \d+",
        Why.UNREACHABLE,
        "the server did not answer as git expects",
    ),
    (r"\A\S+ (fetch-pack: )?invalid index-pack output\Z", Why.BUSY, KILLED),  # it says what is wrong, unless killed
)


def cause_of(stderr: bytes) -> NotFetched:
    """Return why a fetch failed; what no known cause explains is put down to the mirror (DAMAGED)."""
    own = b"\n".join(line for line in stderr.splitlines() if not line.lstrip().startswith(b"remote:"))
    text = own.decode("utf-8", "replace").strip()
    for pattern, kind, reason in _CAUSES:
        if re.search(pattern, text):
            return NotFetched(reason, kind)
    return NotFetched(f"git cannot use the mirror: {one_line(own)[:200] or 'it was killed'}", Why.DAMAGED)


def is_damage(outcome: Fetched | NotFetched) -> bool:
    """Return whether making the mirror anew may help."""
    return isinstance(outcome, NotFetched) and outcome.kind is Why.DAMAGED and outcome.reason != REFUSED
