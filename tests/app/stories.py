"""What stories are told with: waiting until the App has nothing to do, and reading what it said since the last time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import httpx

from tests.app import shop
from tests.app.running import Running, until
from tests.world.app import PERMISSIONS
from tests.world.pull import Pull
from tests.world.records import CheckRun, Post, Thread, User
from tests.world.repository import Repository
from tests.world.world import Asked, World

_WAITING = re.compile(r'(?m)^prudent_jobs_waiting\{queue="(?:inbox|reviews)"\} (\d+)\.0$')


@dataclass(frozen=True)
class Said:
    """What the App posted on a pull request since it was last asked, oldest first."""

    posts: tuple[Post, ...]

    @property
    def kinds(self) -> Counter[str]:
        """Return how many posts of each kind there are."""
        return Counter(post.kind for post in self.posts)

    def texts(self, kind: str) -> list[str]:
        """Return the texts of one kind."""
        return [post.text for post in self.posts if post.kind == kind]

    def only(self, kind: str) -> str:
        """Return the text of the one post of a kind."""
        (text,) = self.texts(kind)
        return text


def quiet(world: World, app: Running) -> None:
    """Wait until every webhook is delivered, and every job that came of them has ended."""

    def is_quiet() -> bool:
        world.hooks.wait()
        sent = len(world.hooks.deliveries)
        waiting = _WAITING.findall(httpx.get(f"{app.url}/metrics", timeout=30).text)
        assert len(waiting) == 2, "the metrics name other queues"
        world.hooks.wait()
        return waiting == ["0", "0"] and len(world.hooks.deliveries) == sent

    until(is_quiet, "an App without work")


def said(world: World, app: Running, pull: Pull) -> Said:
    """Return what the App said on a pull request, once it has nothing more to do."""
    quiet(world, app)
    return Said(tuple(pull.unread()))


def check_on(repo: Repository, head: str) -> CheckRun:
    """Return the newest check run on a commit, which has ended."""
    run = repo.checks_on(head)[0]
    assert run.status == "completed"
    return run


def thread_about(pull: Pull, slug: str) -> Thread:
    """Return the one thread of ours whose finding has a slug."""
    (found,) = threads_about(pull, slug)
    return found


def threads_about(pull: Pull, slug: str) -> list[Thread]:
    """Return the threads of ours whose finding has a slug, oldest first."""
    return [thread for thread in pull.threads if f" slug={slug} " in thread.notes[0].body]


def mark_of(thread: Thread) -> str:
    """Return the fingerprint of the finding that a thread of ours is about."""
    found = re.search(r" fp=([0-9a-f]{16}) ", thread.notes[0].body)
    assert found
    return found[1]


def became(app: Running, pull: Pull, thread: Thread | None = None) -> list[str]:
    """Return what became of a thread's finding, or of the whole change, oldest first."""
    with app.store() as store:
        mark = mark_of(thread) if thread else ""
        return [one.kind for one in store.outcomes(identity_of(pull.repo), f"pull/{pull.number}", mark)]


def identity_of(repo: Repository) -> str:
    """Return a repository's name in the store."""
    return f"{repo.world.url.removeprefix('http://')}#{repo.id}"


def dismissed_in(app: Running, repo: Repository) -> list[tuple[str, str, str]]:
    """Return (slug, who, how) of every dismissal of a repository, oldest first."""
    with app.store() as store:
        return [(one.slug, one.by, str(one.source)) for one in store.dismissals(identity_of(repo))]


def calls(world: World, since: int = 0) -> list[Asked]:
    """Return the requests that spent GitHub's rate limit after the first `since`; those of git are not among them."""
    return [asked for asked in world.requests[since:] if ".git/" not in asked.path]


def ask(world: World, app: Running, pull: Pull, by: User, text: str) -> Said:
    """Comment, and return what the App said then; the comment was answered once and has a reaction."""
    comment = pull.comment(by, text)
    now = said(world, app, pull)
    assert now.kinds["comment"] == 1
    assert now.kinds["reaction"] == 1
    assert [one.user for one in comment.reactions] == [world.app.bot]
    return now


def opened(
    world: World, app: Running, text: str = shop.THREE, *, settings: str | None = None, may_resolve: bool = False
) -> Pull:
    """Return a pull request whose first review is over and read."""
    files = {"shop.py": shop.BEFORE, "tax.py": "RATE = 20\n"}
    rights = PERMISSIONS | ({"contents": "write"} if may_resolve else {})
    world.install(world.person("acme"), permissions=rights)
    repo = world.repository("acme/widgets", files | ({".github/prudent.toml": settings} if settings else {}))
    pull = repo.open_pull(world.person("alice"), {"shop.py": text})
    first = said(world, app, pull)
    assert first.kinds["review"] == 1
    return pull


def assert_unchanged(now: Said, count: int = 3) -> None:
    """Assert that a push changed nothing but the head: the summary is edited, the check is done."""
    assert now.kinds == {"edit": 1, "check": 1}
    assert f"Since the last review: {count} unchanged." in now.only("edit")
