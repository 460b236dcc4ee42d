"""A git folder of our own that borrows a repository's objects: where all content is looked at.

Its config is ours, its object folder takes what we write (trees of a work tree, of a patch), and the
repository under review is never written to.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kb.errors import NotARepository
from kb.git import Git, GitFailed, decoded, one_line
from kb.view import shown

# What the source's config may say about how its work tree maps to blobs. Everything else is dropped.
_BOOLEAN = "true|false|yes|no|on|off|1|0"
_CARRIED = {
    "core.autocrlf": f"{_BOOLEAN}|input",
    "core.checkstat": "default|minimal",
    "core.eol": "lf|crlf|native",
    "core.filemode": _BOOLEAN,
    "core.ignorecase": _BOOLEAN,
    "core.precomposeunicode": _BOOLEAN,
    "core.symlinks": _BOOLEAN,
    "core.trustctime": _BOOLEAN,
    "extensions.objectformat": "sha1|sha256",
}
_OURS = {
    "core.repositoryformatversion": "1",
    "core.bare": "false",
    "core.compression": "0",
    "core.fsync": "none",
    "core.logallrefupdates": "false",
    "core.safecrlf": "false",
    "core.untrackedcache": "false",
    "index.sparse": "false",
}


@dataclass(frozen=True)
class Source:
    """The repository under review: where its parts lie, and its config as plain values."""

    git: Git  # speaks to it; for reading names only
    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    config: Mapping[str, str]  # the user's own settings, then the repository's

    @property
    def is_shallow(self) -> bool:
        """Return whether history was cut when this was cloned."""
        shallow = self.common_dir / "shallow"
        return shallow.is_file() and shallow.stat().st_size > 0


def find_source(git: Git, folder: Path) -> Source:
    """Return the repository that a folder is in or is; raises NotARepository."""
    if not folder.is_dir():
        raise NotARepository(f"{shown(str(folder))} is not a folder")
    here = Git(git.program, folder, git.environment)
    code, out, said = here.ask("rev-parse", "--is-inside-work-tree", "--is-bare-repository", "--absolute-git-dir")
    if code:
        why = one_line(said)
        plain = "not a git repository" in why
        name = shown(str(folder))
        raise NotARepository(f"{name} is not inside a git repository" if plain else f"{name}: {why}")
    inside, bare, raw = out.split(b"\n", 2)
    git_dir = _path(raw)
    work_tree = None
    if inside == b"true":
        work_tree = _path(here.run("rev-parse", "--show-toplevel"))
    elif bare == b"false" and git_dir.name == ".git":
        work_tree = git_dir.parent
    pointer = git_dir / "commondir"  # a linked work tree names the repository it belongs to
    common = (git_dir / _path(pointer.read_bytes())).resolve() if pointer.is_file() else git_dir
    at = git.at(git_dir, cwd=folder)
    config = _settings(_users_own(git).ask("config", "-z", "--global", "--list")[1])
    return Source(at, git_dir, common, work_tree, config | _settings(at.run("config", "-z", "--list")))


def _users_own(git: Git) -> Git:
    """Return a git that knows the user's own config file, which decides line ends and ignored files."""
    names = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL")
    own = {name: os.environ[name] for name in names if name in os.environ}
    return replace(git, environment={**git.environment, **own})


def _path(line: bytes) -> Path:
    return Path(os.fsdecode(line.removesuffix(b"\n")))


def _settings(listing: bytes) -> dict[str, str]:
    settings = {}
    for record in listing.split(b"\0")[:-1]:
        key, _, value = record.partition(b"\n")
        settings[decoded(key)] = decoded(value)
    return settings


def make_scratch(git: Git, source: Source, root: Path) -> Git:
    """Return a git that speaks to a new scratch folder under `root` with the source's objects in reach."""
    for name in ("objects/info", "refs", "info"):
        (root / name).mkdir(parents=True)
    (root / "HEAD").write_text("ref: refs/heads/none\n")
    (root / "objects/info/alternates").write_bytes(_quoted(source.common_dir / "objects") + b"\n")
    settings = {k: v for k, v in source.config.items() if k in _CARRIED and re.fullmatch(_CARRIED[k], v)}
    lines = [f"[{k.split('.')[0]}]\n\t{k.split('.')[1]} = {v}\n" for k, v in {**settings, **_OURS}.items()]
    (root / "config").write_text("".join(lines))
    for name in ("shallow", "info/exclude", "info/attributes"):
        if (source.common_dir / name).is_file():
            shutil.copyfile(source.common_dir / name, root / name)
    scratch = git.at(root, cwd=root)
    try:
        scratch.run("mktree")  # the empty tree, and the proof that git takes the folder for a repository
    except GitFailed as error:
        raise NotARepository(f"{shown(str(source.git_dir))}: git cannot use it: {error}") from error
    return scratch


def _quoted(path: Path) -> bytes:
    """Return a path as git's alternates file wants it: quoted as in C, so that any byte may occur."""
    raw = os.fsencode(path)
    return b'"' + b"".join(bytes([c]) if c in _PLAIN else b"\\%03o" % c for c in raw) + b'"'


_PLAIN = frozenset(b"/._-+" + b"".join(bytes(range(a, b + 1)) for a, b in ((48, 57), (65, 90), (97, 122))))
