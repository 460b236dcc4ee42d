"""Signs as the App, and mints the tokens of its installations. No token leaves this module in a text or an error."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from bot.events import Repo
from bot.github.asks import APP, NOBODY, Ask, Caller
from bot.github.errors import Unauthorised
from bot.github.fields import Fields

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

BACK, AHEAD = 60, 540  # seconds around now that a signature is good for: GitHub takes ten minutes at most
SIGNATURE_KEPT = 480.0  # seconds
SPARE = 360.0  # seconds that a token must still be good for when it is handed out; the port promises five minutes
SKEW = 5.0  # seconds that clocks may differ before a signature is made anew for it

Call = Callable[[Ask, Caller], Awaitable[Fields]]
Key = tuple[int, int]  # installation, repository (0: all of the installation's, with all its permissions)


@dataclass(frozen=True)
class _Token:
    secret: str = field(repr=False)
    expires: float  # by GitHub's clock


@dataclass(frozen=True)
class _Signature:
    secret: str = field(repr=False)
    made: float  # by our clock
    skew: float


class Tokens:
    """The secrets by which requests are made, each kept for as long as it is good."""

    def __init__(
        self, app_id: int, private_key: str, *, clock: Callable[[], float], now: Callable[[], float], call: Call
    ) -> None:
        self._app_id = app_id
        self._private_key = private_key
        self._clock = clock
        self._now = now
        self._call = call
        self._signature: _Signature | None = None
        self._kept: dict[Key, _Token] = {}
        self._minting: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def of(self, caller: Caller) -> str:
        """Return what to put into the `authorization` header, "" for nobody."""
        if caller == NOBODY:
            return ""
        if caller == APP:
            return self._signed()
        return await self._token((caller.installation, 0))

    async def for_git(self, repo: Repo) -> str:
        """Return a token that may read one repository's contents and nothing else."""
        return await self._token((repo.installation, repo.id))

    def renew(self, caller: Caller, refused: str) -> bool:
        """Forget a secret that GitHub refused; returns whether another one may do better.

        A token may have been revoked. A signature is made anew only if GitHub's clock turned out to differ from ours.
        """
        if caller == NOBODY:
            return False
        if caller == APP:
            made, self._signature = self._signature, None
            return made is not None and abs(self._now() - self._clock() - made.skew) > SKEW
        key = (caller.installation, 0)
        if key in self._kept and self._kept[key].secret == refused:
            del self._kept[key]
        return True

    async def _token(self, key: Key) -> str:
        lock = self._minting.setdefault(key, asyncio.Lock())
        async with lock:  # who comes second takes what the first one minted
            kept = self._kept.get(key)
            if kept is None or kept.expires - self._now() < SPARE:
                self._kept = {key: each for key, each in self._kept.items() if each.expires > self._now()}
                kept = self._kept[key] = await self._minted(key)
            return kept.secret

    async def _minted(self, key: Key) -> _Token:
        installation, repository = key
        wanted: dict[str, Any] = {}
        if repository:
            wanted = {"repository_ids": [repository], "permissions": {"contents": "read"}}
        path = "/app/installations/{installation_id}/access_tokens"
        # minting twice does no harm: it is repeated like a read
        ask = Ask("POST", path, {"installation_id": installation}, body=wanted or None, is_safe=True)
        answer = await self._call(ask, APP)
        secret = answer.text("token")
        if not re.fullmatch(r"[!-~]+", secret):  # it goes into a header; of its form nothing else is promised
            raise answer.wrong("the answer's token cannot be one")
        return _Token(secret, answer.moment("expires_at").timestamp())

    def _signed(self) -> str:
        made = self._signature
        if made is None or self._clock() - made.made > SIGNATURE_KEPT:
            made = self._signature = self._new_signature()
        return made.secret

    def _new_signature(self) -> _Signature:
        import jwt
        from cryptography.exceptions import UnsupportedAlgorithm

        now = int(self._now())
        claims = {"iss": str(self._app_id), "iat": now - BACK, "exp": now + AHEAD}
        try:
            secret = jwt.encode(claims, _loaded(self._private_key), algorithm="RS256")
        except (ValueError, TypeError, UnsupportedAlgorithm, jwt.PyJWTError):
            raise Unauthorised("the App's private key is no RSA key in PEM form") from None
        return _Signature(secret, self._clock(), self._now() - self._clock())


@lru_cache(maxsize=1)
def _loaded(private_key: str) -> RSAPrivateKey:
    """Return the key ready to sign with: checking one takes 28 ms, and a process has one."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # lazily: 60 ms
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(private_key.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("another kind of key")
    return key
