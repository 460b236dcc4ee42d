"""What differs between two trees, file by file.

git pairs the files (renames and copies included); then the contents of all pairs are laid into two flat
trees under numbers for names, and git compares those. So no path, however odd, ever stands in a patch that
we parse, and what is too large or cannot be read is left out before git looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.diff import FileDiff, Status
from kb.errors import CorruptObject, UserError
from kb.git import Git, GitFailed, decoded
from kb.git_objects import Objects
from kb.git_patch import Content, contents_in
from kb.git_view import submodule_text
from kb.view import SUBMODULE, Entry

LARGEST = 5 * 2**20  # bytes of one file
BATCH = 32 * 2**20  # bytes compared by one git command: bounds the memory of a huge change
RENAME_LIMIT = 1000  # above this many files added or deleted git looks for exact renames only
_STATUS = {
    "A": Status.ADDED,
    "C": Status.COPIED,
    "D": Status.DELETED,
    "M": Status.MODIFIED,
    "R": Status.RENAMED,
    "T": Status.RETYPED,
}
_PATCH = (
    "diff-tree",
    "-p",
    "-U1",  # without any context git aligns lines otherwise than in the diffs that people see
    "--no-renames",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "--inter-hunk-context=0",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--full-index",
)


def compare_trees(git: Git, objects: Objects, base: str, head: str) -> tuple[FileDiff, ...]:
    """Return every file that differs between two trees, in the order of their paths."""
    files = list(_pairs(git, base, head))
    for at, content in _contents(git, objects, files).items():
        files[at] = replace(files[at], hunks=content.hunks, binary=content.binary, unread=content.unread)
    return tuple(files)


def _pairs(git: Git, base: str, head: str) -> Iterator[FileDiff]:
    listed = ("diff-tree", "-r", "-z", "--raw", "--no-rename-empty")
    try:
        raw = git.run(*listed, "-M", "-C", f"-l{RENAME_LIMIT}", base, head)
    except GitFailed:  # looking for similar files reads contents, and one of them may be corrupt
        raw = _exact_pairs(git, *listed, base, head)
    fields = iter(raw.split(b"\0")[:-1])
    for about in fields:
        old_mode, new_mode, old_oid, new_oid, letter = about.decode()[1:].split(" ")
        status = _STATUS[letter[0]]
        old_path = decoded(next(fields))
        new_path = decoded(next(fields)) if status in (Status.RENAMED, Status.COPIED) else old_path
        old = None if status is Status.ADDED else Entry(old_path, int(old_mode, 8), old_oid)
        new = None if status is Status.DELETED else Entry(new_path, int(new_mode, 8), new_oid)
        yield FileDiff(status, old, new)


def _exact_pairs(git: Git, *command: str) -> bytes:
    try:
        return git.run(*command, "--find-renames=100%")
    except GitFailed as error:
        raise UserError(f"git cannot compare the two trees: {error}") from error


@dataclass(frozen=True, slots=True)
class _Job:
    """Two contents to compare: the place of their file in the list, blob ids (None: no such side), bytes."""

    at: int
    old: str | None
    new: str | None
    weight: int


def _contents(git: Git, objects: Objects, files: Sequence[FileDiff]) -> dict[int, Content]:
    sides = {
        at: (_blob_of(git, file.old), _blob_of(git, file.new))
        for at, file in enumerate(files)
        if file.old is None or file.new is None or file.old.oid != file.new.oid
    }
    sizes = objects.sizes(oid for pair in sides.values() for oid in pair if oid)
    found: dict[int, Content] = {}
    jobs = []
    for at, (old, new) in sides.items():
        lengths = [sizes[oid] for oid in (old, new) if oid]
        known = [length for length in lengths if length is not None]
        if len(known) < len(lengths):
            found[at] = Content(unread="git cannot read it")
        elif max(known) > LARGEST:
            found[at] = Content(unread="larger than 5 MB")
        else:
            jobs.append(_Job(at, old, new, sum(known)))
    for batch in _batches(jobs):
        found.update(_compare(git, objects, batch))
    return found


def _blob_of(git: Git, entry: Entry | None) -> str | None:
    if entry is None or entry.mode != SUBMODULE:
        return entry.oid if entry else None
    return git.run("hash-object", "-w", "--stdin", stdin=submodule_text(entry.oid)).decode().strip()


def _batches(jobs: Sequence[_Job]) -> Iterator[list[_Job]]:
    batch: list[_Job] = []
    weight = 0
    for job in jobs:
        if batch and weight + job.weight > BATCH:
            yield batch
            batch, weight = [], 0
        batch.append(job)
        weight += job.weight
    if batch:
        yield batch


def _compare(git: Git, objects: Objects, jobs: Sequence[_Job]) -> dict[int, Content]:
    try:
        return _patched(git, jobs)
    except GitFailed:
        bad = {job.at for job in jobs if not _readable(objects, job)}
        if not bad:
            raise
    found = {at: Content(unread="git cannot read it") for at in bad}
    return found | _patched(git, [job for job in jobs if job.at not in bad])


def _patched(git: Git, jobs: Sequence[_Job]) -> dict[int, Content]:
    base = _tree(git, {job.at: job.old for job in jobs})
    head = _tree(git, {job.at: job.new for job in jobs})
    return {int(name): content for name, content in contents_in(git.run(*_PATCH, base, head)).items()}


def _tree(git: Git, blobs: Mapping[int, str | None]) -> str:
    records = "".join(f"100644 blob {oid}\t{at}\0" for at, oid in blobs.items() if oid)
    return git.run("mktree", "-z", "--missing", stdin=records.encode()).decode().strip()


def _readable(objects: Objects, job: _Job) -> bool:
    try:
        for oid in (job.old, job.new):
            if oid is not None:
                objects.read(oid)
    except CorruptObject:
        return False
    return True
