"""A patch file as a tree: HEAD with the patch applied, and what the patch's own text says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from kb.errors import BadPatch
from kb.git import Git, GitFailed, one_line
from kb.view import shown

_MAILBOX = re.compile(rb"From \S+ .*\d\d:\d\d:\d\d")
_HEADERS = re.compile(rb"(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*Subject:", re.IGNORECASE)


@dataclass(frozen=True)
class Patched:
    """The tree after a patch, and (origin, text) of every mail it came in."""

    tree: str
    messages: tuple[tuple[str, str], ...]


def apply_patch(scratch: Git, base: str, data: bytes, name: str) -> Patched:
    """Return the tree that `data` makes of the tree `base`; raises BadPatch with what git complains of."""
    label = shown(name)
    if not data.strip():
        raise BadPatch(f"{label} is empty")
    folder = Path(scratch.environment["GIT_DIR"]) / "patch"
    folder.mkdir(exist_ok=True)
    diffs, messages = _unpacked(scratch, folder, data, label)
    git = scratch.with_index(folder / "index")
    git.run("read-tree", base)
    for number, diff in enumerate(diffs, 1):
        _apply(git, diff, f"{label}, patch {number} of {len(diffs)}" if len(diffs) > 1 else label)
    return Patched(git.run("write-tree", "--missing-ok").decode().strip(), messages)


def _unpacked(git: Git, folder: Path, data: bytes, label: str) -> tuple[list[bytes], tuple[tuple[str, str], ...]]:
    """Return the diffs in a file, in order, and the messages of the mails that carry them."""
    mails = [data]
    if _MAILBOX.match(data):
        mails = _split(git, folder, data, label)
    elif not _HEADERS.match(data):
        return [data], ()
    diffs, messages = [], []
    for mail in mails:
        message, diff = folder / "message", folder / "diff"
        try:
            said = git.run("mailinfo", "--encoding=UTF-8", str(message), str(diff), stdin=mail)
        except GitFailed as error:
            raise BadPatch(f"{label}: {error}") from error
        subject = re.search(rb"^Subject: (.*)$", said, re.MULTILINE)
        text = b"\n\n".join([subject[1] if subject else b"", message.read_bytes()])
        messages.append(("patch header", text.decode("utf-8", "replace").strip()))
        if b"\n" in diff.read_bytes():
            diffs.append(diff.read_bytes())
    if not diffs:
        raise BadPatch(f"{label}: the mail holds no patch")
    return diffs, tuple(messages)


def _split(git: Git, folder: Path, data: bytes, label: str) -> list[bytes]:
    try:
        count = int(git.run("mailsplit", "--keep-cr", f"-o{folder}", "-d6", stdin=data))
    except GitFailed as error:
        raise BadPatch(f"{label}: {error}") from error
    return [(folder / f"{number:06}").read_bytes() for number in range(1, count + 1)]


def _apply(git: Git, diff: bytes, label: str) -> None:
    """Apply one diff to the index: as it is, or without the carriage returns that a mail program added."""
    failures = []
    for text in dict.fromkeys([diff, diff.replace(b"\r\n", b"\n")]):
        code, _, said = git.ask("apply", "--cached", "--whitespace=nowarn", "-", stdin=text)
        if code == 0:
            return
        failures.append(one_line(said))
    hint = "; make it with git diff --binary" if "without full index line" in failures[0] else ""
    raise BadPatch(f"{label}: {failures[0]}{hint}")
