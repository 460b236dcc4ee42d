"""Fetches what a review needs into a bare mirror, and keeps the mirrors within their room."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.events import Repo
from bot.mirrors import folder, room
from bot.mirrors.causes import cause_of, is_damage
from bot.mirrors.locks import Lock, LockTimeout, locked, use_of
from bot.mirrors.model import Fetched, NotFetched, Pruned, Why
from bot.mirrors.remote import Ran, Stopped, fetch_command, protocol_of, run, with_token
from bot.render.escape import encodable
from kb.git import Git, find_git

SECONDS = 900.0  # for one fetch; the first one of a large repository takes minutes
PATIENCE = 300.0  # seconds to wait for another fetch into the same mirror
LOCAL_SECONDS = 120.0  # for a git command that only looks at the mirror
MOST_PACKS = 50  # every fetch adds one, and git looks through all of them for each object
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
# What git check-ref-format refuses in a name; "*" and ":" would mean something to fetch.
_NO_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^[/.]|[/.]$|^@$")
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)


@dataclass(frozen=True)
class _Asked:
    """One fetch: where from, into which refs, under which lock."""

    url: str
    number: int
    head: str
    base_ref: str
    git: Git  # speaks to the mirror, with the token
    plain: Git  # speaks to the mirror, without it
    lock: Lock

    @property
    def target(self) -> str:
        return f"refs/prudent/targets/{self.number}"

    @property
    def refspecs(self) -> tuple[str, str]:
        # a name of our own for each: the branch "a" may become "a/b", which as files cannot stand side by side
        return (
            f"+refs/heads/{self.base_ref}:{self.target}",
            f"+refs/pull/{self.number}/head:refs/prudent/pulls/{self.number}",
        )


class Mirrors:
    """The mirrors below one folder. Several workers on one disk may share it."""

    def __init__(
        self,
        root: Path,
        *,
        git_url: str,
        limit_gb: float,
        clock: Callable[[], float] = time.time,
        seconds: float = SECONDS,
        patience: float = PATIENCE,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """`git_url` is the web address ("https://github.com"), `limit_gb` what all mirrors together may take.

        Raises UserError for an address that is neither https nor on this machine.
        """
        protocol_of(git_url)
        self._root, self._url = root, git_url.rstrip("/")
        self._limit = round(limit_gb * 2**30)
        self._clock, self._seconds, self._patience = clock, seconds, patience
        self._environment = environment

    def path_of(self, repo: Repo) -> Path:
        """Return where the mirror of a repository is, or will be."""
        return self._root / f"{repo.installation}-{repo.id}"

    async def fetch(self, repo: Repo, number: int, head: str, base_ref: str, token: str) -> Fetched | NotFetched:
        """Bring the target branch and a pull request's head; raises UserError if there is no git, nothing else.

        The head that is asked for is what comes, also where the pull request has moved on, if the server still has it.
        Every head is kept, so that a later one can be compared with it. A mirror that git cannot use is made anew once.
        """
        if not (_NAME.fullmatch(repo.owner) and _NAME.fullmatch(repo.name)) or repo.name in (".", ".."):
            return NotFetched("that is no name of a repository", Why.GONE)
        if not _ID.fullmatch(head) or not is_branch_name(base_ref) or number < 1:
            return NotFetched("that is no pull request, branch or commit", Why.GONE)
        mirror = self.path_of(repo)
        try:
            await asyncio.to_thread(self._prepare)
            async with locked(mirror, self._patience) as lock:
                url = f"{self._url}/{repo.owner}/{repo.name}.git"
                plain = self._git().at(mirror, cwd=self._root)
                asked = _Asked(
                    url, number, head, base_ref, with_token(plain, self._url, token, self._environment), plain, lock
                )
                return await self._fetched(mirror, asked)
        except LockTimeout:
            return NotFetched(f"another fetch of it takes longer than {self._patience:.0f} s", Why.BUSY)
        except OSError as error:
            what = "no room for it" if error.errno in _DISK else f"the folder of mirrors: {error.strerror}"
            return NotFetched(what, Why.DISK)

    async def remove(self, installation: int, repositories: Sequence[int] = ()) -> tuple[str, ...]:
        """Remove an installation's mirrors, or those of some repositories of it; returns the folders that went.

        One that is fetched into or read now stays, and goes by its age. Raises OSError.
        """
        names = {f"{installation}-{repository}" for repository in repositories}
        found = await asyncio.to_thread(room.mirrors_in, self._root)
        mine = [one for one in found if one.name in names or (not names and one.name.startswith(f"{installation}-"))]
        return tuple([one.name for one in mine if await asyncio.to_thread(room.removed, one)])

    async def prune(self) -> Pruned:
        """Remove what was not used for long, then what was used least recently until the rest fits its room.

        A mirror that is fetched into or read now stays. Mirrors of many packs are packed anew. Raises OSError.
        """
        outcome = await asyncio.to_thread(room.pruned, self._root, self._limit, self._clock())
        for mirror in await asyncio.to_thread(room.mirrors_in, self._root):
            if folder.packs_of(mirror) > MOST_PACKS:
                await self._repack(mirror)
        return outcome

    def _prepare(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        home = self._root / ".home"
        if not (home / ".gitconfig").is_file():
            home.mkdir(exist_ok=True)
            # git before 2.38 heeds this in a file only; mirrors may lie on a volume of another owner
            (home / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")

    def _git(self) -> Git:
        return find_git(self._root / ".home", self._root)

    async def _fetched(self, mirror: Path, asked: _Asked) -> Fetched | NotFetched:
        if asked.lock.unfinished:
            await asyncio.to_thread(folder.sweep, mirror)
        is_new = await asyncio.to_thread(_made, mirror)
        self._mark_used(mirror)
        outcome = await self._tried(mirror, asked)
        if not is_new and is_damage(outcome):
            await asyncio.to_thread(_taken_away, mirror)
            is_new = await asyncio.to_thread(_made, mirror)
            outcome = await self._tried(mirror, asked)
        if is_new and isinstance(outcome, NotFetched):
            await asyncio.to_thread(room.forget, mirror)
        return outcome

    async def _tried(self, mirror: Path, asked: _Asked) -> Fetched | NotFetched:
        failed = await self._network(mirror, asked, *asked.refspecs)
        if failed is not None:
            return failed
        has = await self._local(asked, "rev-parse", "--verify", "--quiet", f"{asked.head}^{{commit}}")
        kept = f"refs/prudent/heads/{asked.head}"
        if has.code:  # it was pushed over since, or never was in this pull request
            failed = await self._network(mirror, asked, f"+{asked.head}:{kept}")
            if failed is not None:
                return failed
        return await self._checked(mirror, asked, kept)

    async def _network(self, mirror: Path, asked: _Asked, *refspecs: str) -> NotFetched | None:
        """Return why a fetch failed, None if it did not."""
        packs = mirror / "objects/pack"

        def too_much() -> bool:
            return folder.size_of(packs) > self._limit

        command = fetch_command(asked.url, *refspecs)
        ran = await run(asked.git, *command, seconds=self._seconds, lock=asked.lock.handle, too_much=too_much)
        if ran.stopped is None and ran.code == 0 and not too_much():
            return None
        await asyncio.to_thread(folder.sweep, mirror)
        if ran.stopped is Stopped.TIME:
            return NotFetched(f"it took longer than {self._seconds:.0f} s", Why.UNREACHABLE)
        if ran.stopped is Stopped.SIZE or ran.code == 0:
            return NotFetched(f"it is larger than {self._limit / 2**30:.3g} GB", Why.DISK)
        return cause_of(ran.err)

    async def _checked(self, mirror: Path, asked: _Asked, kept: str) -> Fetched | NotFetched:
        """Return the mirror once what will be read is known to be there: histories, trees, and that files exist."""
        found = await self._local(asked, "rev-parse", "--verify", f"{asked.target}^{{commit}}")
        target = found.out.decode("ascii", "replace").strip()
        kept_now = await self._local(asked, "update-ref", kept, asked.head)
        base = await self._local(asked, "merge-base", target, asked.head)  # 1: they share no history
        trees = (target, asked.head, *base.out.decode("ascii", "replace").split())
        seen = await self._local(asked, "rev-list", "--objects", "--no-walk", "--quiet", *trees)
        for ran, fine in ((found, (0,)), (kept_now, (0,)), (base, (0, 1)), (seen, (0,))):
            if ran.stopped or ran.code not in fine:
                return cause_of(ran.err)
        return Fetched(mirror, asked.head, target)

    async def _local(self, asked: _Asked, *args: str) -> Ran:
        return await run(asked.plain, *args, seconds=LOCAL_SECONDS, lock=asked.lock.handle)

    def _mark_used(self, mirror: Path) -> None:
        use_of(mirror).touch(0o600)
        now = self._clock()
        os.utime(use_of(mirror), (now, now))

    async def _repack(self, mirror: Path) -> None:
        """Make one pack of many; not now if somebody else is at work in it, and no harm if it fails."""
        git = self._git().at(mirror, cwd=self._root)
        try:
            async with locked(mirror, 0) as lock:
                for step in (("pack-refs", "--all"), ("repack", "-a", "-d", "-k", "-q")):
                    ran = await run(git, *step, seconds=self._seconds, lock=lock.handle)
                    if ran.stopped or ran.code:
                        await asyncio.to_thread(folder.sweep, mirror)
        except LockTimeout:
            return


def is_branch_name(name: str) -> bool:
    """Return whether git takes this for a branch's name, and for nothing more where a refspec is expected."""
    return bool(name) and not _NO_REF.search(name) and encodable(name) == name


def _made(mirror: Path) -> bool:
    """Make the mirror if it is not there, and return whether it was made."""
    if mirror.is_dir():
        return False
    folder.make(mirror)
    return True


def _taken_away(mirror: Path) -> None:
    folder.delete(folder.take_away(mirror))
