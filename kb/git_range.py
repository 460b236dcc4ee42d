"""Which two commits are meant: names to commits, merge bases, the default branch, what commits say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.errors import EmptyRange, NoCommonAncestor, UnknownRevision
from kb.git import Git, GitFailed
from kb.git_scratch import Source
from kb.view import shown

GUESSES = ("main", "master", "trunk", "develop")
MOST_MESSAGES = 250
LONGEST_MESSAGE = 2**16


@dataclass(frozen=True)
class Range:
    """Two commits, the first an ancestor of the second, and what line of work the second is."""

    base: str
    head: str
    subject: str


def commit_of(source: Source, revision: str) -> str:
    """Return the id of the commit a revision names; raises UnknownRevision."""
    if not revision or revision.startswith("-") or "\0" in revision:
        raise UnknownRevision(f"{shown(revision)!r} is not a revision")
    code, out, _ = source.git.ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    oid = out.decode("ascii", "replace").strip()
    if code or not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", oid):
        unborn = revision == "HEAD" and not has_commits(source)
        raise UnknownRevision("the repository has no commits yet" if unborn else f"{shown(revision)}: no such commit")
    return oid


def has_commits(source: Source) -> bool:
    """Return whether HEAD names a commit, be it one that git cannot read."""
    return source.git.ask("rev-parse", "--verify", "--quiet", "HEAD")[0] == 0


def default_branch(source: Source) -> str | None:
    """Return the ref that work is merged into: origin's HEAD, else the first usual name that exists."""
    guesses = [f"refs/remotes/origin/{name}" for name in GUESSES] + [f"refs/heads/{name}" for name in GUESSES]
    code, out, _ = source.git.ask("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    if code == 0:
        guesses.insert(0, out.decode("utf-8", "surrogateescape").strip())
    known = source.git.run("for-each-ref", "--format=%(refname)", "refs/remotes/origin", *guesses[-len(GUESSES) :])
    names = set(known.decode("utf-8", "surrogateescape").splitlines())
    return next((guess for guess in guesses if guess in names), None)


def branch_of(source: Source) -> str | None:
    """Return the short name of the branch HEAD is on; None when it is detached."""
    code, out, _ = source.git.ask("symbolic-ref", "--quiet", "--short", "HEAD")
    return out.decode("utf-8", "surrogateescape").strip() if code == 0 else None


def range_of(source: Source, scratch: Git, spec: str | None) -> Range:
    """Return the commits a spec means: `A..B`, `A...B`, `A`, or None for all since the default branch."""
    if spec is None:
        return _since_default(source, scratch)
    dots = "..." if "..." in spec else ".."
    left, _, right = spec.partition(dots)
    base, head = commit_of(source, left or "HEAD"), commit_of(source, right or "HEAD")
    start = merge_base(source, scratch, base, head)
    if start == head:
        raise EmptyRange(f"{shown(spec)}: {shown(left or 'HEAD')} already contains {shown(right or 'HEAD')}")
    return Range(start, head, spec)


def _since_default(source: Source, scratch: Git) -> Range:
    head = commit_of(source, "HEAD")
    default = default_branch(source)
    if default is None:
        raise EmptyRange("no default branch to compare with: name a range such as HEAD~1..HEAD")
    short = default.removeprefix("refs/heads/").removeprefix("refs/remotes/")
    start = merge_base(source, scratch, commit_of(source, default), head)
    branch = branch_of(source)
    if start == head:
        where = "HEAD is" if branch == short else f"HEAD is already in {short}"
        text = f"{where} {short} itself" if branch == short else where
        raise EmptyRange(f"{shown(text)}: nothing to compare; name a range such as HEAD~1..HEAD")
    return Range(start, head, branch or head[:12])


def merge_base(source: Source, scratch: Git, one: str, other: str) -> str:
    """Return the best common ancestor of two commits (git's first); raises NoCommonAncestor."""
    try:
        found = scratch.run("merge-base", one, other, ok=(0, 1)).decode().split()
    except GitFailed as error:
        raise GitFailed(f"git cannot read the history: {error}") from error
    if found:
        return found[0]
    if source.is_shallow:
        raise NoCommonAncestor("the clone is shallow and lacks the merge base: run git fetch --unshallow")
    raise NoCommonAncestor(f"{one[:12]} and {other[:12]} share no history")


def messages_between(scratch: Git, base: str, head: str) -> tuple[tuple[str, str], ...]:
    """Return (origin, text) of the newest commits after base up to head, oldest first."""
    out = scratch.run(
        "log",
        "-z",
        f"--max-count={MOST_MESSAGES}",
        "--no-color",
        "--no-notes",
        "--no-decorate",
        "--encoding=UTF-8",
        "--format=%H%n%B",
        f"{base}..{head}",
        "--",
    )
    records = (record.decode("utf-8", "replace").partition("\n") for record in out.split(b"\0") if record)
    return tuple((f"commit {oid[:12]}", text.strip()[:LONGEST_MESSAGE]) for oid, _, text in records)[::-1]


def first_commit(source: Source, scratch: Git) -> str | None:
    """Return the oldest commit without a parent that HEAD descends from; None if history is cut or absent."""
    if source.is_shallow:
        return None
    try:
        head = commit_of(source, "HEAD")
        roots = scratch.run("rev-list", "--max-parents=0", head).decode().split()
    except (UnknownRevision, GitFailed):
        return None
    return roots[-1] if roots else None


def normalised_url(url: str) -> str:
    """Return what is the same in every spelling of a remote's address: host and path; "" for a local folder."""
    url = url.strip()
    if match := re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/]*@)?([^/@]*)(/.*)?", url, re.DOTALL):
        host, path = match[1].lower(), match[2] or ""
        host = re.sub(r":\d*$", "", host)  # a port belongs to the protocol
    elif match := re.fullmatch(r"(?:[^/:]*@)?([^/:@]+):(?!//)(.*)", url, re.DOTALL):
        host, path = match[1].lower(), "/" + match[2].lstrip("/")
    else:
        return ""
    if not host:  # file:///...
        return ""
    return host + re.sub(r"(\.git)?/*$", "", re.split(r"[?#]", path)[0].rstrip("/"))
