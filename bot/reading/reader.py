"""Who reads a change in the reading process: models behind the pipe, and those that are loaded here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.reading.model import Inference
from bot.reading.piped import Pipe, PipedChat
from checks.inference.model import Enrichment, Reader, Role
from kb.cache import Cache
from models.chat.config import Config, Provider
from models.chat.desk import Desk
from models.chat.errors import ChatError, NoReader, OverBudget
from models.chat.model import Ask, Chat, Free, Price, Purpose, Reply
from models.model import NEVER, Stop

JOBS = 4  # questions that are put at once


def reader_in(
    inference: Inference | None, pipe: Pipe | None, cache: Path | None, environ: Mapping[str, str]
) -> Reader | None:
    """Return who reads, by what the operator's configuration says; None where nobody is to."""
    if inference is None or pipe is None:
        return None
    return Reader(
        open=_Chats(inference, pipe, environ).open,
        seconds=inference.seconds,
        tokens=inference.tokens,
        is_deep=inference.is_deep,
        deep_tokens=inference.deep_tokens,
        enrich=frozenset(Enrichment(name) for name in inference.enrich),
        checkpoint=Cache(cache / "deep") if cache is not None else None,
        salt=bytes.fromhex(inference.salt),
        jobs=JOBS,
    )


class OneOf:
    """A Chat that asks the next where one fails. What is retried, counted and capped was so behind each."""

    def __init__(self, chats: Sequence[Chat]) -> None:
        """Keep whom to ask, in order; one at least."""
        self._chats = tuple(chats)

    @property
    def name(self) -> str:
        """Return the name of who is asked first."""
        return self._chats[0].name

    @property
    def context(self) -> int:
        """Return the context of who is asked first."""
        return self._chats[0].context

    def tokens(self, text: str) -> int:
        """Return how many tokens a text has for who is asked first."""
        return self._chats[0].tokens(text)

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        """Return the first answer there is; raises what the first failed by, and OverBudget, Cancelled, OutOfTime."""
        first: ChatError | None = None
        for chat in self._chats:
            try:
                return chat.ask(ask, purpose, stop=stop)
            except OverBudget:
                raise
            except ChatError as error:
                first = first or error
        raise first or NoReader("nobody is configured for this role")

    def close(self) -> None:
        """Close them all."""
        for chat in self._chats:
            chat.close()


class _Chats:
    """Opens who answers for a role; a model of this machine is loaded once for all of its roles."""

    def __init__(self, inference: Inference, pipe: Pipe, environ: Mapping[str, str]) -> None:
        self._inference, self._pipe = inference, pipe
        # what is asked here costs nothing, so it is neither capped nor counted
        self._desk = Desk(_config_of(inference), Free(), environ=environ)

    def open(self, role: Role) -> Chat:
        """Return who answers for a role; raises NoReader."""
        found = self._inference
        chats: list[Chat] = [
            PipedChat(self._pipe, one.role, one.name, one.context, one.bytes_per_token)
            for one in found.hosted
            if one.role == role.value
        ]
        local = [one for one in found.local if role.value in one.roles]
        if local and (not chats or role.value in found.local_first):
            chats.insert(0, self._desk.open(role.value))
        elif local:
            chats.append(_Lazy(f"{local[0].name}/{Path(local[0].path).stem}", lambda: self._desk.open(role.value)))
        if not chats:
            raise NoReader(found.missing or "nobody is configured for this role")
        return chats[0] if len(chats) == 1 else OneOf(chats)


class _Lazy:
    """A model that is loaded when it is first asked: after others, and most often never."""

    def __init__(self, name: str, load: Callable[[], Chat]) -> None:
        self._name, self._load = name, load

    @property
    def name(self) -> str:
        """Return its name."""
        return self._name

    @property
    def context(self) -> int:
        """Return its context."""
        return self._load().context

    def tokens(self, text: str) -> int:
        """Return its count."""
        return self._load().tokens(text)

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        """Return its answer."""
        return self._load().ask(ask, purpose, stop=stop)

    def close(self) -> None:
        """Do nothing: the process ends with the review."""


def _config_of(inference: Inference) -> Config:
    """Return the models of this machine as a configuration of their own."""
    providers = tuple(
        Provider(one.name, "local", one.path, context=one.context or None, price=Price()) for one in inference.local
    )
    roles = {role.value: tuple(one.name for one in inference.local if role.value in one.roles) for role in Role}
    return Config(providers, roles)
