"""A pull request: where its branches are, and what people do to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.world import payloads
from tests.world.conversation import Conversation
from tests.world.diffs import Changed, changes
from tests.world.gitdir import Files, GitDir
from tests.world.locked import locked
from tests.world.placing import place_again
from tests.world.records import CheckRun, Note, Post, User, node_id
from tests.world.suggestions import applied, thread_of

if TYPE_CHECKING:
    from tests.world.repository import Repository


class Pull(Conversation):
    """One pull request. `head_repo` is None once the fork is deleted; `base` is the target's tip as last looked at."""

    def __init__(
        self,
        repo: Repository,
        number: int,
        author: User,
        head_repo: Repository,
        head_ref: str,
        base_ref: str,
        *,
        title: str,
        body: str,
        is_draft: bool,
    ) -> None:
        super().__init__(repo)
        self.id = repo.world.next_id()
        self.number = number
        self.author = author
        self.head_repo: Repository | None = head_repo
        self.head_owner = head_repo.owner
        self.head_ref = head_ref
        self.base_ref = base_ref
        self.title = title
        self.body = body
        self.is_draft = is_draft
        self.is_open = True
        self.labels: list[str] = []
        self.made = self.updated = repo.world.clock.now()
        self.closed: datetime | None = None
        self.merged: datetime | None = None
        self.merged_by: User | None = None
        self.merge_commit: str | None = None
        self.head = head_repo.tip(head_ref)
        self.base = repo.tip(base_ref)
        self.heads: list[str] = []
        self.is_mergeable = True

    @property
    def node(self) -> str:
        """Return the global node id."""
        return node_id("PR", self.id)

    @locked
    def files(self) -> list[Changed]:
        """Return what GitHub shows as changed."""
        return changes(self.repo.git, self.base, self.head)

    @locked
    def commits(self) -> list[str]:
        """Return the commits between the base and the head, oldest first."""
        return self.repo.git.commits(self.base, self.head)

    @locked
    def commits_ever(self) -> set[str]:
        """Return every commit that was ever part of this."""
        return {sha for head in self.heads for sha in self.repo.git.commits(self.base, head)} | set(self.heads)

    # ---- the branch moves

    @locked
    def push(
        self,
        files: Files | None = None,
        message: str = "More",
        *,
        by: User | None = None,
        renames: Mapping[str, str] | None = None,
    ) -> str:
        """Push one more commit and return it."""
        assert self.head_repo, "the fork is deleted"
        return self.head_repo.commit(files, message, branch=self.head_ref, by=by or self.author, renames=renames)

    @locked
    def amend(self, files: Files, *, by: User | None = None) -> str:
        """Replace the last commit by one that also has these files."""
        who, git = by or self.author, self._git
        old = git.commit_of(self.head)
        moment = self.world.clock.now()
        step = git.commit(files, old.message, moment, parents=[self.head], author=who.ident)
        tree = git.commit_of(step).tree
        made = git.commit_tree(tree, old.message, moment, parents=old.parents, author=old.author, committer=who.ident)
        return self.force(made, by=who)

    @locked
    def squash(self, message: str = "Squashed", *, by: User | None = None) -> str:
        """Make one commit of all."""
        start = self.repo.git.merge_base(self.base, self.head)
        who, tree = by or self.author, self._git.commit_of(self.head).tree
        parents = [start] if start else []
        made = self._git.commit_tree(tree, message, self.world.clock.now(), parents=parents, author=who.ident)
        return self.force(made, by=who)

    @locked
    def rebase(self, *, by: User | None = None) -> str:
        """Put the commits onto the base branch's tip."""
        who, onto = by or self.author, self.repo.tip(self.base_ref)
        self._fetched()
        for commit in self.repo.git.commits(onto, self.head):
            if len(self.repo.git.commit_of(commit).parents) < 2:
                onto = self._git.replay(commit, onto, self.world.clock.now(), who.ident)
        return self.force(onto, by=who)

    @locked
    def merge_base_in(self, *, by: User | None = None) -> str:
        """Merge the base branch into this one."""
        self._fetched()
        who, text = by or self.author, f"Merge branch '{self.base_ref}' into {self.head_ref}"
        onto = self.repo.tip(self.base_ref)
        made = self._git.merge(self.head, onto, text, self.world.clock.now(), who.ident)
        assert made, "the base does not merge cleanly"
        return self.force(made, by=who)

    @locked
    def force(self, sha: str, *, by: User | None = None) -> str:
        """Push any commit, whatever the branch was."""
        assert self.head_repo, "the fork is deleted"
        self.head_repo.move(self.head_ref, sha, by or self.author)
        return sha

    @property
    def _git(self) -> GitDir:
        assert self.head_repo, "the fork is deleted"
        return self.head_repo.git

    def _fetched(self) -> None:
        if self.head_repo and self.head_repo is not self.repo:
            self.head_repo.fetch(self.repo)

    # ---- what GitHub does then

    def opened(self) -> None:
        """Take note of the first head, and tell the App."""
        assert self.base != self.head, "no commits between base and head"
        self._look(self.head)
        self._tell("opened", self.author)

    def head_moved(self, sha: str, by: User) -> None:
        """Follow the branch: refs, base, threads, webhook."""
        before = self.head
        self._look(sha)
        self._tell("synchronize", by, before=before, after=sha)

    def _look(self, sha: str) -> None:
        self.head = sha
        self.base = self.repo.git.tip(self.base_ref) or self.base
        self.heads.append(sha)
        if self.head_repo and self.head_repo is not self.repo:
            self.repo.git.git("fetch", "-q", str(self.head_repo.git.path), f"+{sha}:refs/pull/{self.number}/head")
        else:
            self.repo.git.move(f"refs/pull/{self.number}/head", sha)
        text = f"Merge {sha} into {self.base}"
        flow = self.world.web_flow.ident
        made = self.repo.git.merge(self.base, sha, text, self.world.clock.now(), flow)
        self.repo.git.move(f"refs/pull/{self.number}/merge", made)
        self.is_mergeable = made is not None
        for thread in self.threads:
            place_again(self, thread)

    def _tell(self, action: str, by: User, **more: Any) -> None:
        self.updated = self.world.clock.now()
        self.world.hooks.send(self.repo, "pull_request", payloads.pull_request(self, action, by, **more))

    # ---- what people do to it

    @locked
    def close(self, by: User) -> None:
        """Close it without merging."""
        self.is_open, self.closed = False, self.world.clock.now()
        self._tell("closed", by)

    @locked
    def reopen(self, by: User) -> None:
        """Open it again; its head is the branch's tip now."""
        assert self.head_repo
        assert not self.merged
        self.is_open, self.closed = True, None
        self._look(self.head_repo.tip(self.head_ref))
        self._tell("reopened", by)

    @locked
    def ready(self, by: User) -> None:
        """Mark a draft as ready for review."""
        self.is_draft = False
        self._tell("ready_for_review", by)

    @locked
    def to_draft(self, by: User) -> None:
        """Make it a draft."""
        self.is_draft = True
        self._tell("converted_to_draft", by)

    @locked
    def rename(self, title: str, by: User) -> None:
        """Give it another title."""
        old, self.title = self.title, title
        self._tell("edited", by, changes={"title": {"from": old}})

    @locked
    def retarget(self, base: str, by: User) -> None:
        """Give it another base branch."""
        old = {"ref": {"from": self.base_ref}, "sha": {"from": self.base}}
        self.base_ref = base
        self.base = self.repo.tip(base)
        for thread in self.threads:
            place_again(self, thread)
        self._tell("edited", by, changes={"base": old})

    @locked
    def merge(self, by: User, method: str = "merge") -> str:
        """Merge it (merge, squash or rebase) and return the commit on the base branch."""
        git, moment, tip = self.repo.git, self.world.clock.now(), self.repo.tip(self.base_ref)
        if method == "rebase":
            made = tip
            for commit in git.commits(tip, self.head):
                made = git.replay(commit, made, moment, self.world.web_flow.ident)
        else:
            text = f"Merge pull request #{self.number} from {self.head_owner.login}/{self.head_ref}\n\n{self.title}"
            both = git.merge(tip, self.head, text, moment, by.ident)
            assert both, "it does not merge cleanly"
            made = (
                both
                if method == "merge"
                else git.commit_tree(
                    git.commit_of(both).tree,
                    f"{self.title} (#{self.number})",
                    moment,
                    parents=[tip],
                    author=self.author.ident,
                    committer=self.world.web_flow.ident,
                )
            )
        self.is_open = False
        self.repo.move(self.base_ref, made, by)
        self.was_merged(made, by)
        return made

    def was_merged(self, commit: str, by: User) -> None:
        """Take note of a merge, by the button or by a push that brought the head."""
        self.is_open, self.merged, self.merged_by, self.merge_commit = False, self.world.clock.now(), by, commit
        self.closed = self.merged
        self._tell("closed", by)

    def commit_suggestion(self, note: Note, by: User, *, message: str = "") -> str:
        """Press "Commit suggestion": one commit by `web-flow`, the suggester as co-author; returns it."""
        return self.commit_suggestions([note], by, message=message or f"Update {thread_of(note).spot.path}")

    @locked
    def commit_suggestions(self, notes: list[Note], by: User, *, message: str = "") -> str:
        """Press "Commit suggestions" for several at once: one commit."""
        assert self.head_repo, "the fork is deleted"
        contents = applied(self, notes)
        trailers = {f"Co-authored-by: {n.author.login} <{n.author.email}>" for n in notes if n.author is not by}
        text = "\n".join([message or "Apply suggestions from code review", "", *sorted(trailers)])
        flow = self.world.web_flow.ident
        made = self._git.commit(
            contents, text, self.world.clock.now(), parents=[self.head], author=by.ident, committer=flow
        )
        self.head_repo.move(self.head_ref, made, by)
        return made

    # ---- what the story looks at

    @locked
    def unread(self, *kinds: str) -> list[Post]:
        """Return what the App posted here since it was last asked (of some kinds), oldest first: it is read now."""
        found = [p for p in self.repo.posts if not p.read and self._is_here(p) and (not kinds or p.kind in kinds)]
        for post in found:
            post.read = True
        return found

    def _is_here(self, post: Post) -> bool:
        return post.pull is self or (isinstance(post.about, CheckRun) and post.about.head in self.heads)

    def checks(self) -> list[CheckRun]:
        """Return the check runs on the head, newest first."""
        return self.repo.checks_on(self.head)
