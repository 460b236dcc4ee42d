"""The models of a worker: opened once, asked through a broker by the reading processes, counted in the store.

Hosted models are asked from here, where their keys are. A model of this machine is loaded by the reading process, as it
is for patches: text that strangers wrote meets native code only where there is no secret to be had, and tokens are
counted exactly without asking anybody.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.logs import log
from bot.reading.broker import Broker
from bot.reading.model import Hosted, Inference, Local
from bot.spending import StoreLedger
from checks.inference.model import Role
from kb.cache import Cache
from models.chat.config import Config, Provider
from models.chat.desk import Desk, local_file
from models.chat.errors import NoReader
from models.chat.model import Chat, Purpose

if TYPE_CHECKING:
    from kb.outcomes.store import OutcomeStore

LOCAL = "local"  # the kind of provider that is not asked from here
ROLES = tuple(role.value for role in Role)
SURE = 0.9  # of a tokenizer's ratio on the sample: other texts have more tokens
SAMPLE = "def total(prices: list[int], rates: dict[str, float]) -> float:\n    return sum(prices) * rates['at']\n" * 20


class Models:
    """The models of one configuration. Any thread may use it."""

    def __init__(
        self,
        config: Config,
        environ: Mapping[str, str],
        *,
        store: OutcomeStore,
        cache: str,
        secret: str,
        now: Callable[[], datetime],
    ) -> None:
        """Keep what models there are, and where they are counted; `secret` is the App's: fences are made from it."""
        self._config, self._environ = config, environ
        ledger = StoreLedger(lambda: nullcontext(store), config.caps, now, _not_counted)
        answers = Cache(Path(cache) / "answers") if cache else None
        self._desk = Desk(_hosted_of(config), ledger, answers, environ=environ)
        self._salt = hmac.digest(secret.encode(), b"prudent fences", hashlib.sha256).hex()

    def told(self) -> Inference:
        """Return what a reading process is told of them; looks at model files, and may ask a server near by."""
        read, missing = self._config.read, dict[str, None]()
        hosted = [told for role in ROLES if (told := self._hosted(role, missing))]
        local = [here for one in self._config.providers if one.kind == LOCAL if (here := self._local(one, missing))]
        return Inference(
            hosted=tuple(hosted),
            local=tuple(local),
            local_first=tuple(role for role in ROLES if self._begins_here(role)),
            missing="" if hosted or local else next(iter(missing), ""),
            seconds=read.seconds,
            tokens=read.tokens,
            is_deep=read.deep,
            deep_tokens=read.deep_tokens,
            enrich=tuple(sorted(read.enrich)),
            salt=self._salt,
        )

    def broker(self, repository: str, subject: str) -> Broker:
        """Return who answers the questions of one review."""
        return Broker(self._desk.open, frozenset(ROLES), Purpose("", repository, subject))

    def close(self) -> None:
        """Let go of connections."""
        self._desk.close()

    def _hosted(self, role: str, missing: dict[str, None]) -> Hosted | None:
        if not any(one.kind != LOCAL for one in self._config.providers_of(role)):
            return None
        try:
            chat = self._desk.open(role)
        except NoReader as error:
            missing[str(error)] = None
            return None
        return Hosted(role, chat.name, chat.context, _bytes_per_token(chat))

    def _local(self, provider: Provider, missing: dict[str, None]) -> Local | None:
        roles = tuple(role for role in ROLES if provider in self._config.providers_of(role))
        try:
            path = local_file(provider, self._environ)
        except NoReader as error:
            missing[str(error)] = None
            return None
        return Local(provider.name, str(path), roles, provider.context or 0)

    def _begins_here(self, role: str) -> bool:
        first = next(iter(self._config.providers_of(role)), None)
        return first is not None and first.kind == LOCAL


def _hosted_of(config: Config) -> Config:
    """Return the configuration without the models of this machine."""
    hosted = tuple(one for one in config.providers if one.kind != LOCAL)
    names = {one.name for one in hosted}
    roles = {role: tuple(one.name for one in config.providers_of(role) if one.name in names) for role in ROLES}
    return replace(config, providers=hosted, roles=roles)


def _bytes_per_token(chat: Chat) -> float:
    """Return by how many bytes a reading process counts a token, rather too few."""
    return SURE * len(SAMPLE.encode()) / max(1, chat.tokens(SAMPLE))


def _not_counted(reason: str) -> None:
    log("spending").warning("not counted", reason=reason)
