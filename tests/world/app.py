"""The App as GitHub knows it: its key, its installations, their tokens; and who is behind a request."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.world.clock import Clock
from tests.world.errors import unauthorised
from tests.world.records import User

TOKEN_LIFE = timedelta(hours=1)
JWT_LIFE = 600  # seconds that `exp` may lie ahead
LEVELS = ("none", "read", "write", "admin")
PERMISSIONS = {"metadata": "read", "contents": "read", "pull_requests": "write", "checks": "write", "issues": "read"}
EVENTS = (
    "pull_request",
    "issue_comment",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "check_run",
    "check_suite",
    "push",
)


@cache
def _keys() -> tuple[str, str]:
    """Return (private, public) PEM: made once, a key costs a tenth of a second."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def covers(held: str | None, needed: str) -> bool:
    """Return whether a level of a permission includes another."""
    return LEVELS.index(held or "none") >= LEVELS.index(needed)


@dataclass(eq=False)
class App:
    """The App's registration."""

    bot: User
    owner: User
    id: int = 12345
    slug: str = "prudent"
    name: str = "Prudent"
    client_id: str = "Iv23liPrudentWorld"
    webhook_secret: str = "It's a Secret to Everybody"
    webhook_url: str = ""
    permissions: dict[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    events: tuple[str, ...] = EVENTS
    manifests: dict[str, dict[str, Any]] = field(default_factory=dict)  # code -> manifest, until it is converted

    @property
    def private_key(self) -> str:
        """Return the key that the App signs with, PEM."""
        return _keys()[0]

    def verify(self, token: str, clock: Clock) -> None:
        """Raise the 401 of a JWT that GitHub does not take."""
        try:
            claims = jwt.decode(token, _keys()[1], algorithms=["RS256"], options=_UNTIMED)
        except jwt.PyJWTError:
            raise unauthorised("A JSON web token could not be decoded") from None
        now = clock.now().timestamp()
        issued, ends = claims.get("iat"), claims.get("exp")
        if not isinstance(ends, int) or ends <= now:
            raise unauthorised("'Expiration time' claim ('exp') must be a numeric value in the future")
        if ends > now + JWT_LIFE:
            raise unauthorised("'Expiration time' claim ('exp') is too far in the future")
        if not isinstance(issued, int) or issued > now:
            raise unauthorised("'Issued at' claim ('iat') must be an Integer in the past")
        if str(claims.get("iss")) not in (str(self.id), self.client_id):
            raise unauthorised("'Issuer' claim ('iss') must be an Integer")


_UNTIMED: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_iss": False}


@dataclass(eq=False)
class Installation:
    """The App on one account. `repositories` None means all of the account's."""

    id: int
    account: User
    made: datetime
    permissions: dict[str, str]
    events: tuple[str, ...]
    repositories: set[int] | None = None
    is_suspended: bool = False
    is_removed: bool = False


@dataclass(eq=False)
class Token:
    """An installation's token, perhaps narrowed to some repositories and permissions."""

    text: str
    installation: Installation
    permissions: dict[str, str]
    repositories: set[int] | None
    expires: datetime

    def level(self, permission: str) -> str:
        """Return what this token may do now: never more than its installation, which may have lost rights since."""
        held = [self.permissions.get(permission, "none"), self.installation.permissions.get(permission, "none")]
        return min(held, key=LEVELS.index)


def token_text(app: App, *, stateless: bool) -> str:
    """Return a new token of either of the forms that GitHub gives: opaque, about 520 or exactly 40 characters."""
    if not stateless:
        return f"ghs_{secrets.token_hex(18)}"
    parts = (secrets.token_urlsafe(60), secrets.token_urlsafe(210), secrets.token_urlsafe(110))
    return f"ghs_{app.id}_{'.'.join(parts)}"


@dataclass(frozen=True, eq=False)
class Viewer:
    """Who asks: the App itself (a JWT), an installation (a token), or a person (a personal token)."""

    kind: str  # app | installation | person
    user: User
    token: Token | None = None
    rights: dict[str, str] = field(default_factory=dict)  # a person's, by permission

    def may(self, permission: str, level: str) -> bool:
        """Return whether a permission is held at a level."""
        held = self.token.level(permission) if self.token else self.rights.get(permission)
        return covers(held, level)

    def label(self) -> str:
        """Return a name for the log of requests that gives no secret away."""
        return f"installation {self.token.installation.id}" if self.token else self.kind
