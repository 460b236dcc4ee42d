"""One bare git repository on disk, and what the fake asks of the real git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

Files = Mapping[str, str | bytes | None]
ZERO = "0" * 40
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
}
SETTINGS = (  # what GitHub allows a fetch, and nothing that runs behind a test's back
    ("uploadpack.allowAnySHA1InWant", "true"),
    ("uploadpack.allowFilter", "true"),
    ("gc.auto", "0"),
    ("receive.autogc", "false"),
    ("http.receivepack", "true"),
)


@dataclass(frozen=True)
class Ident:
    """Who a commit is by."""

    name: str
    email: str

    def line(self, moment: datetime) -> str:
        """Return "Name <mail> seconds +0000"."""
        return f"{self.name} <{self.email}> {int(moment.timestamp())} +0000"


@dataclass(frozen=True)
class Commit:
    """One commit as git tells it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Ident
    authored: str
    committer: Ident
    committed: str
    message: str


class GitDir:
    """A bare repository; every method runs git."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._bases: dict[tuple[str, str], str | None] = {}  # of commits, which never change
        self._between: dict[tuple[str | None, str], list[str]] = {}
        self._facts: dict[str, Commit] = {}
        self._commits: set[str] = set()
        if not path.exists():
            path.mkdir(parents=True)
            self.git("init", "-q", "--bare", "-b", "main")
            with (path / "config").open("a") as config:
                for name, value in SETTINGS:
                    section, key = name.split(".")
                    config.write(f"[{section}]\n\t{key} = {value}\n")

    def run(self, *args: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run git and return what it did, whatever that was."""
        command = ["git", "-c", "core.quotePath=false", *args]
        return subprocess.run(command, cwd=self.path, input=stdin, capture_output=True, env=ENVIRONMENT)

    def output(self, *args: str, stdin: bytes | None = None) -> bytes:
        """Run git and return its output; raises AssertionError where git fails."""
        done = self.run(*args, stdin=stdin)
        if done.returncode:
            raise AssertionError(f"git {args}: {done.stderr.decode('utf-8', 'replace')}")
        return done.stdout

    def git(self, *args: str, stdin: bytes | None = None) -> str:
        """Run git and return its output as text, without the last line break."""
        return self.output(*args, stdin=stdin).decode("utf-8", "surrogateescape").strip("\n")

    def resolve(self, name: str) -> str | None:
        """Return the commit that a name stands for, or None."""
        if name in self._commits:
            return name
        done = self.run("rev-parse", "--verify", "-q", f"{name}^{{commit}}")
        if done.returncode:
            return None
        self._commits.add(sha := done.stdout.decode().strip())
        return sha

    def tip(self, branch: str) -> str | None:
        """Return a branch's tip, or None where there is no such branch."""
        loose = self.path / "refs" / "heads" / branch
        if loose.is_file():  # without a process: every push asks this several times
            return loose.read_text().strip()
        return self.resolve(f"refs/heads/{branch}")

    def refs(self, prefix: str = "refs/heads/") -> dict[str, str]:
        """Return every ref under a prefix with what it points to."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)", prefix).splitlines()
        return {name: sha for name, _, sha in (line.partition(" ") for line in lines)}

    def move(self, ref: str, sha: str | None) -> None:
        """Point a ref somewhere, whatever it was; None deletes it."""
        if sha is None:
            self.run("update-ref", "-d", ref)
        else:
            self.git("update-ref", ref, sha)

    def contains(self, ancestor: str, commit: str) -> bool:
        """Return whether the first is an ancestor of the second, or it."""
        return self.run("merge-base", "--is-ancestor", ancestor, commit).returncode == 0

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two commits; None without a common history."""
        if (one, other) not in self._bases:
            done = self.run("merge-base", one, other)
            self._bases[one, other] = done.stdout.decode().split("\n")[0].strip() or None
        return self._bases[one, other]

    def commits(self, old: str | None, new: str) -> list[str]:
        """Return the commits that `new` has and `old` has not, oldest first."""
        if (old, new) not in self._between:
            listed = self.git("rev-list", "--reverse", "--topo-order", new, *([f"^{old}"] if old else []))
            self._between[old, new] = listed.split()
        return self._between[old, new]

    def read(self, commit: str, path: str) -> bytes | None:
        """Return a file's content at a commit, or None where there is none."""
        done = self.run("cat-file", "blob", f"{commit}:{path}")
        return done.stdout if done.returncode == 0 else None

    def commit_of(self, sha: str) -> Commit:
        """Return one commit's facts."""
        if sha in self._facts:
            return self._facts[sha]
        form = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
        fields = self.git("log", "-1", f"--format={form}", sha).split("\0")
        author, committer = Ident(fields[3], fields[4]), Ident(fields[6], fields[7])
        parents = tuple(fields[2].split())
        told = Commit(fields[0], fields[1], parents, author, fields[5], committer, fields[8], fields[9].strip("\n"))
        self._facts[sha] = told
        return told

    def commit(
        self,
        files: Files,
        message: str,
        moment: datetime,
        *,
        parents: Sequence[str],
        author: Ident,
        committer: Ident | None = None,
        renames: Mapping[str, str] | None = None,
    ) -> str:
        """Make a commit of changed files (None deletes one) on top of its first parent; no branch moves."""
        ref = "refs/world/made"
        stream = [f"commit {ref}\n", f"author {author.line(moment)}\n"]
        stream += [f"committer {(committer or author).line(moment)}\n", _data(message)]
        stream += [f"{'merge' if place else 'from'} {parent}\n" for place, parent in enumerate(parents)]
        stream += [f"R {_quoted(old)} {_quoted(new)}\n" for old, new in (renames or {}).items()]
        for path, content in files.items():
            stream += [f"D {_quoted(path)}\n"] if content is None else _blob(path, content)
        text = "".join(stream).encode("utf-8", "surrogateescape")
        self.output("fast-import", "--quiet", "--force", "--date-format=raw", stdin=text)
        sha = self.git("rev-parse", ref)
        self.move(ref, None)
        self._commits.add(sha)
        return sha

    def merge(self, ours: str, theirs: str, message: str, moment: datetime, by: Ident) -> str | None:
        """Merge two commits into a new one; None where they conflict."""
        tree = self._merged_tree(ours, theirs)
        return tree and self.commit_tree(tree, message, moment, parents=(ours, theirs), author=by)

    def replay(self, commit: str, onto: str, moment: datetime, by: Ident) -> str:
        """Return a commit's change made again on another parent, as `rebase` does."""
        old = self.commit_of(commit)
        tree = self._merged_tree(onto, commit, base=old.parents[0] if old.parents else None)
        assert tree, f"{commit} does not apply to {onto}"
        return self.commit_tree(tree, old.message, moment, parents=(onto,), author=old.author, committer=by)

    def undo(self, commit: str, onto: str, message: str, moment: datetime, by: Ident) -> str:
        """Return a commit that takes another's change (a merge's: against its first parent) back."""
        parent = self.commit_of(commit).parents[0]
        tree = self._merged_tree(onto, parent, base=commit)
        assert tree, f"{commit} cannot be reverted on {onto}"
        return self.commit_tree(tree, message, moment, parents=(onto,), author=by)

    def commit_tree(
        self,
        tree: str,
        message: str,
        moment: datetime,
        *,
        parents: Sequence[str],
        author: Ident,
        committer: Ident | None = None,
    ) -> str:
        """Make a commit of a tree that exists."""
        by = committer or author
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {author.line(moment)}", f"committer {by.line(moment)}", "", message, ""]
        return self.git("hash-object", "-t", "commit", "-w", "--stdin", stdin="\n".join(lines).encode())

    def _merged_tree(self, ours: str, theirs: str, base: str | None = None) -> str | None:
        """Merge with git's own three-way merge; a given base is had by grafting both sides onto it."""
        if base is not None:
            ours, theirs = self._grafted(ours, base), self._grafted(theirs, base)
        done = self.run("merge-tree", "--write-tree", "--no-messages", "--allow-unrelated-histories", ours, theirs)
        return done.stdout.decode().split("\n")[0] if done.returncode == 0 else None

    def _grafted(self, commit: str, base: str) -> str:
        if commit == base:
            return base
        ident = Ident("graft", "graft@example.com")
        tree = self.git("rev-parse", f"{commit}^{{tree}}")
        return self.commit_tree(tree, "graft", datetime(2026, 1, 1, tzinfo=UTC), parents=(base,), author=ident)


def _data(text: str) -> str:
    return f"data {len(text.encode('utf-8', 'surrogateescape'))}\n{text}\n"


def _blob(path: str, content: str | bytes) -> list[str]:
    text = content.decode("utf-8", "surrogateescape") if isinstance(content, bytes) else content
    return [f"M 100644 inline {_quoted(path)}\n", _data(text)]


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
