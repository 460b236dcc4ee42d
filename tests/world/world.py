"""The whole state of the fake GitHub. Tests make people and repositories here; the server reads and changes it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.world import payloads
from tests.world.app import PERMISSIONS, TOKEN_LIFE, App, Installation, Token, Viewer, token_text
from tests.world.clock import Clock
from tests.world.errors import Denied, unauthorised
from tests.world.faults import Faults
from tests.world.gitdir import Files, Ident
from tests.world.hooks import Hooks
from tests.world.limits import Limits
from tests.world.locked import locked
from tests.world.pull import Pull
from tests.world.records import RANKS, CheckRun, User
from tests.world.repository import Repository


@dataclass(frozen=True)
class Asked:
    """One request that the fake answered (status 0: it dropped the connection)."""

    method: str
    path: str
    status: int
    by: str
    seconds: float
    query: str = ""
    body: object = field(default=None, repr=False)


class World:
    """One GitHub. `lock` is held by whoever reads or changes it; `url` is where the server listens."""

    def __init__(self, folder: Path, url: str = "http://127.0.0.1:1") -> None:
        self.folder = folder
        self.url = url
        self.lock = threading.RLock()
        self.clock = Clock()
        self.born = self.clock.now()
        self._ids = itertools.count(3_000_000_001)  # GitHub's have left 32 bits behind
        self._small_ids = itertools.count(1001)  # those of people, repositories and installations have not
        self._numbers: dict[int, int] = {}
        self.users: dict[str, User] = {}
        self.ghost = self._user("ghost")
        self.web_flow = self._user("web-flow")
        self.web_flow.mail = "noreply@github.com"
        self.app = App(self._user("prudent[bot]", "Bot"), self._user("makers", "Organization"))
        self.repositories: dict[int, Repository] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token | User] = {}
        self.hooks = Hooks(self)
        self.faults = Faults()
        self.limits = Limits(self.clock)
        self.requests: list[Asked] = []
        self.violations: list[str] = []

    @property
    def world(self) -> World:
        """Return this: what `locked` asks for."""
        return self

    # ---- making things

    def next_id(self) -> int:
        """Return a number that nothing else has; it takes more than 32 bits."""
        return next(self._ids)

    def next_small_id(self) -> int:
        """Return a number for a person, a repository or an installation."""
        return next(self._small_ids)

    def numbered(self, repo: Repository) -> int:
        """Return a repository's next issue number."""
        self._numbers[repo.id] = self._numbers.get(repo.id, 0) + 1
        return self._numbers[repo.id]

    def _user(self, login: str, type_: str = "User") -> User:
        made = self.users[login.lower()] = User(self.next_small_id(), login, type_)
        return made

    @locked
    def person(self, login: str) -> User:
        """Return the person with a login, made where there is none."""
        return self.users.get(login.lower()) or self._user(login)

    @locked
    def organization(self, login: str) -> User:
        """Return the organisation with a login, made where there is none; it can own repositories."""
        return self.users.get(login.lower()) or self._user(login, "Organization")

    @locked
    def bot(self, login: str) -> User:
        """Return another App's bot."""
        return self.users.get(login.lower()) or self._user(login, "Bot")

    @locked
    def repository(
        self,
        full_name: str,
        files: Files | None = None,
        *,
        private: bool = False,
        install: bool = True,
        message: str = "Begin",
    ) -> Repository:
        """Return a new repository with one commit of `files` (None: empty) whose owner has the App, unless told not."""
        owner, _, name = full_name.partition("/")
        made = self.create(self.person(owner), name, is_private=private)
        if install and not any(i.account is made.owner and not i.is_removed for i in self.installations.values()):
            self.install(made.owner)
        if files is not None:
            made.commit(files, message)
        return made

    @locked
    def create(
        self, owner: User, name: str, *, is_private: bool = False, parent: Repository | None = None
    ) -> Repository:
        """Return a new, empty repository."""
        made = Repository(self, owner, name, is_private=is_private, parent=parent)
        self.repositories[made.id] = made
        return made

    def person_token(self, who: User) -> str:
        """Return a personal token."""
        text = f"ghp_{self.next_id():036d}"
        self.tokens[text] = who
        return text

    # ---- the App's installations

    @locked
    def install(
        self,
        account: User,
        repositories: Iterable[Repository] | None = None,
        permissions: dict[str, str] | None = None,
    ) -> Installation:
        """Install the App on an account, on all of its repositories or on some."""
        chosen = None if repositories is None else {repo.id for repo in repositories}
        rights = dict(PERMISSIONS if permissions is None else permissions)
        made = Installation(self.next_small_id(), account, self.clock.now(), rights, self.app.events, chosen)
        self.installations[made.id] = made
        self.hooks.tell(made, "installation", payloads.installation(self, made, "created"))
        return made

    @locked
    def suspend(self, installation: Installation, *, back: bool = False) -> None:
        """Suspend an installation, or take that back."""
        installation.is_suspended = not back
        action = "unsuspend" if back else "suspend"
        self.hooks.tell(installation, "installation", payloads.installation(self, installation, action))

    @locked
    def remove(self, installation: Installation) -> None:
        """Uninstall the App: its tokens are worth nothing from now on."""
        payload = payloads.installation(self, installation, "deleted")
        installation.is_removed = True
        self.hooks.tell(installation, "installation", payload)

    @locked
    def take_away(self, installation: Installation, *repositories: Repository) -> None:
        """Take repositories from an installation."""
        kept = {repo.id for repo in self.covered(installation)} - {repo.id for repo in repositories}
        installation.repositories = kept
        payload = payloads.installation_repositories(self, installation, list(repositories), "removed")
        self.hooks.tell(installation, "installation_repositories", payload)

    @locked
    def revoke(self, installation: Installation, permission: str, level: str = "none") -> None:
        """Lower a permission of an installation; tokens that exist lose it too."""
        if level == "none":
            installation.permissions.pop(permission, None)
        else:
            installation.permissions[permission] = level

    def covered(self, installation: Installation) -> list[Repository]:
        """Return the repositories that an installation has."""
        return [
            repo
            for repo in self.repositories.values()
            if repo.owner is installation.account
            and not repo.is_deleted
            and (installation.repositories is None or repo.id in installation.repositories)
        ]

    def installation_of(self, repo: Repository) -> Installation | None:
        """Return the installation that has a repository, or None."""
        live = [each for each in self.installations.values() if not each.is_removed]
        return next((each for each in live if repo in self.covered(each)), None)

    def mint(
        self, of: Installation, permissions: dict[str, str], repositories: set[int] | None, *, stateless: bool = True
    ) -> Token:
        """Return a new token; what is asked for has been checked."""
        text = token_text(self.app, stateless=stateless)
        made = Token(text, of, permissions, repositories, self.clock.now() + TOKEN_LIFE)
        self.tokens[text] = made
        return made

    def viewer(self, scheme: str, secret: str) -> Viewer:
        """Return who a credential stands for; raises the 401 or 403 of one that is not taken."""
        if secret.startswith("ey"):
            self.app.verify(secret, self.clock)
            return Viewer("app", self.app.bot)
        known = self.tokens.get(secret)
        if isinstance(known, User):
            return Viewer("person", known)
        if known is None or known.expires <= self.clock.now() or known.installation.is_removed:
            raise unauthorised()
        if known.installation.is_suspended:
            raise Denied(403, "This installation has been suspended")
        return Viewer("installation", self.app.bot, known)

    @locked
    def expire_tokens(self) -> None:
        """Let every installation token end now, an hour early."""
        for token in self.tokens.values():
            if isinstance(token, Token):
                token.expires = self.clock.now() - timedelta(seconds=1)

    # ---- finding things

    def find(self, owner: str, name: str) -> Repository | None:
        """Return the repository of a name, or None."""
        wanted = f"{owner}/{name}".lower()
        live = (repo for repo in self.repositories.values() if not repo.is_deleted)
        return next((repo for repo in live if repo.full_name.lower() == wanted), None)

    def every_pull(self) -> Iterator[Pull]:
        """Yield all pull requests."""
        for repo in self.repositories.values():
            yield from repo.pulls.values()

    def pulls_from(self, repo: Repository, branch: str) -> list[Pull]:
        """Return the open pull requests whose head is a branch."""
        return [p for p in self.every_pull() if p.head_repo is repo and p.head_ref == branch and p.is_open]

    def user_of(self, ident: Ident) -> User | None:
        """Return whose mail address it is, or None."""
        return next((user for user in self.users.values() if user.email == ident.email), None)

    def rank(self, repo: Repository, login: str) -> str:
        """Return somebody's right; everybody reads what is public."""
        who = self.users.get(login.lower())
        given = repo.roles.get(who, "none") if who else "none"
        return given if repo.is_private or RANKS.index(given) > 1 else "read"

    # ---- what a story asks at its end

    def unread(self) -> list[str]:
        """Return what the App posted anywhere and nobody read, as text; reading is `Pull.unread`."""
        return [
            f"{repo.full_name}: {post.kind}: {post.text[:200]!r}"
            for repo in self.repositories.values()
            for post in repo.posts
            if not post.read
        ]

    def assert_all_read(self) -> None:
        """Raise AssertionError for anything that was posted and that the story did not look at."""
        assert not self.unread(), "posted, and nobody looked: " + "; ".join(self.unread())

    def stuck_checks(self) -> list[CheckRun]:
        """Return check runs that have not ended."""
        return [run for repo in self.repositories.values() for run in repo.runs.values() if run.status != "completed"]

    def asked(self, method: str = "", part: str = "") -> list[Asked]:
        """Return the requests so far, of a method and with a part in their path."""
        return [each for each in self.requests if each.method.startswith(method) and part in each.path]
