"""A repository of the fake GitHub: its git, who may do what, its pull requests and checks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from tests.world import payloads
from tests.world.gitdir import ZERO, Files, GitDir
from tests.world.locked import locked
from tests.world.records import RANKS, CheckRun, CheckSuite, Post, Remark, User

if TYPE_CHECKING:
    from tests.world.pull import Pull
    from tests.world.world import World


class Repository:
    """One repository. Everything that moves a branch goes through `move`, as if it were pushed."""

    def __init__(self, world: World, owner: User, name: str, *, is_private: bool, parent: Repository | None) -> None:
        self.world = world
        self.id = world.next_small_id()
        self.owner = owner
        self.name = name
        self.git = GitDir(world.folder / owner.login / f"{name}.git")
        self.is_private = is_private
        self.parent = parent
        self.default_branch: str = parent.default_branch if parent else "main"
        self.roles: dict[User, str] = {owner: "admin"}
        self.pulls: dict[int, Pull] = {}
        self.suites: dict[int, CheckSuite] = {}
        self.runs: dict[int, CheckRun] = {}
        self.posts: list[Post] = []
        self.made = self.pushed = world.clock.now()
        self.is_deleted = False

    @property
    def full_name(self) -> str:
        """Return "owner/name"."""
        return f"{self.owner.login}/{self.name}"

    @property
    def clone_url(self) -> str:
        """Return where git finds it; a token goes in as the password of x-access-token."""
        return f"{self.world.url}/{self.full_name}.git"

    # ---- who may do what

    @locked
    def give(self, who: User, right: str) -> None:
        """Give somebody a right: none, read, triage, write, maintain or admin."""
        assert right in RANKS
        self.roles[who] = right

    # ---- what people do with git

    def tip(self, branch: str | None = None) -> str:
        """Return a branch's tip."""
        sha = self.git.tip(branch or self.default_branch)
        assert sha, f"no branch {branch}"
        return sha

    @locked
    def commit(
        self,
        files: Files | None = None,
        message: str = "Change",
        *,
        branch: str | None = None,
        by: User | None = None,
        renames: Mapping[str, str] | None = None,
    ) -> str:
        """Commit files (None deletes one) on a branch, push it, and return the commit; a new branch begins empty."""
        who, on = by or self.owner, branch or self.default_branch
        tip = self.git.tip(on)
        parents = [tip] if tip else []
        made = self.git.commit(
            files or {}, message, self.world.clock.now(), parents=parents, author=who.ident, renames=renames
        )
        self.move(on, made, who)
        return made

    @locked
    def branch(self, name: str, at: str | None = None, *, by: User | None = None) -> str:
        """Make a branch at a commit, or at the default branch's tip."""
        sha = at or self.tip()
        self.move(name, sha, by or self.owner)
        return sha

    @locked
    def move(self, branch: str, sha: str | None, by: User) -> None:
        """Push: point a branch at a commit (None deletes it), whatever it was, and tell everybody."""
        before = self.git.tip(branch)
        self.git.move(f"refs/heads/{branch}", sha)
        self.was_pushed(branch, before, sha, by)

    def was_pushed(self, branch: str, before: str | None, after: str | None, by: User) -> None:
        """Take note of a branch that moved: pull requests follow, webhooks go out."""
        if before == after:
            return
        self.pushed = self.world.clock.now()
        self.world.hooks.send(self, "push", payloads.push(self, branch, before or ZERO, after or ZERO, by))
        if after is not None:
            suite = self.suite_of(after)
            self.world.hooks.send(self, "check_suite", payloads.check_suite(self, suite, "requested", by))
        for pull in self.world.pulls_from(self, branch):
            if after is None:
                pull.close(by)
            else:
                pull.head_moved(after, by)
        for pull in list(self.pulls.values()):
            if pull.is_open and pull.base_ref == branch and after and self.git.contains(pull.head, after):
                pull.was_merged(after, by)

    @locked
    def open_pull(
        self,
        by: User,
        files: Files | None = None,
        *,
        branch: str | None = None,
        base: str | None = None,
        title: str = "Change",
        body: str = "",
        draft: bool = False,
        fork: Repository | None = None,
        renames: Mapping[str, str] | None = None,
    ) -> Pull:
        """Open a pull request; with `files`, from a new branch (of a fork) with one commit on the base's tip."""
        from tests.world.pull import Pull

        number = self.world.numbered(self)
        source, onto = fork or self, base or self.default_branch
        name = branch or f"change-{number}"
        if files is not None or renames:
            start = self.tip(onto)
            if fork:
                fork.fetch(self)
            made = source.git.commit(
                files or {}, title, self.world.clock.now(), parents=[start], author=by.ident, renames=renames
            )
            source.move(name, made, by)
        pull = Pull(self, number, by, source, name, onto, title=title, body=body, is_draft=draft)
        self.pulls[number] = pull
        pull.opened()
        return pull

    @locked
    def fork(self, by: User, name: str | None = None) -> Repository:
        """Return a new fork under somebody's account; the App is not installed on it."""
        made = self.world.create(by, name or self.name, parent=self)
        made.fetch(self)
        made.git.move(f"refs/heads/{self.default_branch}", self.tip())
        return made

    def fetch(self, other: Repository) -> None:
        """Take over every object of another repository."""
        self.git.git("fetch", "-q", str(other.git.path), "+refs/heads/*:refs/world/fetched/*")
        for ref in self.git.refs("refs/world/fetched/"):
            self.git.move(ref, None)

    @locked
    def rename_branch(self, old: str, new: str, by: User | None = None) -> None:
        """Rename a branch; pull requests onto it follow, as on GitHub."""
        sha = self.tip(old)
        self.git.move(f"refs/heads/{new}", sha)
        self.git.move(f"refs/heads/{old}", None)
        if self.default_branch == old:
            self.default_branch = new
            self.git.git("symbolic-ref", "HEAD", f"refs/heads/{new}")
        for pull in self.pulls.values():
            if pull.base_ref == old and pull.is_open:
                pull.retarget(new, by or self.owner)

    @locked
    def revert(self, pull: Pull, by: User) -> str:
        """Undo a merged pull request on its base branch, with git's own words; returns the new commit."""
        assert pull.merge_commit
        merged = self.git.commit_of(pull.merge_commit)
        subject = merged.message.split("\n")[0]
        merge = f", reversing\nchanges made to {merged.parents[0]}" if len(merged.parents) > 1 else ""
        text = f'Revert "{subject}"\n\nThis reverts commit {merged.sha}{merge}.'
        tip = self.tip(pull.base_ref)
        made = self.git.undo(merged.sha, tip, text, self.world.clock.now(), by.ident)
        self.move(pull.base_ref, made, by)
        return made

    @locked
    def delete(self) -> None:
        """Delete the repository: pull requests from it lose their head repository, and stay readable."""
        self.is_deleted = True
        for pull in self.world.every_pull():
            if pull.head_repo is self:
                pull.head_repo = None

    # ---- what the App makes

    def suite_of(self, head: str) -> CheckSuite:
        """Return the App's check suite on a commit, made where there is none."""
        for suite in self.suites.values():
            if suite.head == head:
                return suite
        tips = [ref.removeprefix("refs/heads/") for ref, sha in self.git.refs().items() if sha == head]
        made = CheckSuite(self.world.next_id(), head, tips[0] if tips else None, self.world.clock.now())
        self.suites[made.id] = made
        return made

    def checks_on(self, head: str) -> list[CheckRun]:
        """Return the check runs of a commit, newest first."""
        return sorted((run for run in self.runs.values() if run.head == head), key=lambda run: -run.id)

    @locked
    def press(self, run: CheckRun, identifier: str, by: User) -> None:
        """Press a button on a check run; there must be one, and the run must have ended."""
        assert run.status == "completed", "buttons show when a run has ended"
        assert identifier in [action["identifier"] for action in run.actions], f"no button {identifier}"
        self.world.hooks.send(self, "check_run", payloads.check_run(self, run, "requested_action", by, identifier))

    @locked
    def rerun(self, run: CheckRun, by: User) -> None:
        """Press "Re-run" on a check run: only its suite changes."""
        self.world.hooks.send(self, "check_run", payloads.check_run(self, run, "rerequested", by))
        run.suite.status = "queued"

    @locked
    def rerun_all(self, head: str, by: User) -> None:
        """Press "Re-run all checks" on a commit."""
        suite = self.suite_of(head)
        self.world.hooks.send(self, "check_suite", payloads.check_suite(self, suite, "rerequested", by))
        suite.status = "queued"

    def post(self, kind: str, text: str, about: object, pull: Pull | None = None) -> None:
        """Remember that the App made something visible; what changes before it is read is one thing."""
        for each in self.posts:
            if each.kind == kind and each.about is about and not each.read and kind in ("edit", "check"):
                each.text = text
                return
        self.posts.append(Post(kind, text, about, pull))

    def since(self, moment: datetime) -> list[Remark]:
        """Return the comments of all conversations edited since a moment."""
        return [remark for pull in self.pulls.values() for remark in pull.remarks if remark.edited >= moment]
