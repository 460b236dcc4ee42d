"""Opens who is asked for each role, once: a model is loaded once, a breaker is one for all roles."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from kb.errors import UserError
from models.chat.answers import Cache
from models.chat.breaker import Breakers
from models.chat.chain import Link, chain
from models.chat.config import Config, Provider
from models.chat.errors import NoReader
from models.chat.model import Ask, Chat, Ledger, Price, Purpose, Reply
from models.errors import ModelError, ModelMissing
from models.model import NEVER, Stop

_SMALL = 400_000_000  # bytes of a file that cannot hold a billion parameters


class Desk:
    """Chats by role. Chats that `open` gives stay open until the desk is closed; any thread may open."""

    def __init__(
        self,
        config: Config,
        ledger: Ledger,
        cache: Cache | None = None,
        *,
        environ: Mapping[str, str],
        breakers: Breakers | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._config, self._ledger, self._cache, self._environ = config, ledger, cache, environ
        self._breakers, self._sleep = breakers or Breakers(), sleep
        self._lock = threading.Lock()
        self._opened: dict[str, Chat | NoReader] = {}

    def open(self, role: str) -> Chat:
        """Return who is asked for a role; raises NoReader, in a line for people, where there is nobody."""
        return self._chain(role, is_lent=True)

    def open_for_good(self, role: str) -> Chat:
        """Return who is asked for a role; closing that Chat closes its providers. Raises NoReader."""
        return self._chain(role, is_lent=False)

    def close(self) -> None:
        """Close all that was opened."""
        with self._lock:
            for chat in self._opened.values():
                if not isinstance(chat, NoReader):
                    chat.close()
            self._opened.clear()

    def _chain(self, role: str, *, is_lent: bool) -> Chat:
        links, missing = list[Link](), list[NoReader]()
        for provider in self._config.providers_of(role):
            chat = self._chat(provider)
            if isinstance(chat, NoReader):
                missing.append(chat)
                continue
            breaker = self._breakers.of(provider.name)
            price = provider.price or Price()
            links.append(Link(_Lent(chat) if is_lent else chat, price, breaker, provider.thinking))
        if not links:
            raise NoReader(str(missing[0]) if missing else f"no model is configured for {role}")
        return chain(links, ledger=self._ledger, cache=self._cache, sleep=self._sleep)

    def _chat(self, provider: Provider) -> Chat | NoReader:
        with self._lock:
            if provider.name not in self._opened:
                try:
                    self._opened[provider.name] = _opened(provider, self._environ)
                except NoReader as error:
                    self._opened[provider.name] = error
            return self._opened[provider.name]


class _Lent:
    """A Chat whose closing is somebody else's business."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    @property
    def name(self) -> str:
        """Return its name."""
        return self._chat.name

    @property
    def context(self) -> int:
        """Return its context."""
        return self._chat.context

    def tokens(self, text: str) -> int:
        """Return its count."""
        return self._chat.tokens(text)

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        """Return its answer."""
        return self._chat.ask(ask, purpose, stop=stop)

    def close(self) -> None:
        """Do nothing."""


def _opened(provider: Provider, environ: Mapping[str, str]) -> Chat:
    """Return a provider's Chat; raises NoReader where it is a local model that is not there, or too small."""
    if provider.kind == "local":
        return _local(provider, environ)
    price = provider.price or Price()
    if provider.kind == "anthropic":
        from models.chat.anthropic_chat import CONTEXT, AnthropicChat

        return AnthropicChat(
            provider.secret,
            model=provider.model,
            url=provider.url,
            name=provider.name,
            context=provider.context or CONTEXT,
            price=price,
        )
    from models.chat.openai_chat import CONTEXT as OPENAI_CONTEXT
    from models.chat.openai_chat import OpenAIChat

    return OpenAIChat(
        provider.secret,
        model=provider.model,
        url=provider.url,
        name=provider.name,
        context=provider.context or OPENAI_CONTEXT,
        price=price,
    )


def local_file(provider: Provider, environ: Mapping[str, str]) -> Path:
    """Return the file of a local model without loading it; raises NoReader where it is not there, or too small."""
    from models.catalogue_kept import read_kept
    from models.chat.local_chat import LEAST
    from models.chosen import NONE, choice_of, file_of, our_means
    from models.gguf import read_header

    means = our_means(environ)
    choice = choice_of(provider.model or None, environ, read_kept(means.data))
    if choice.name == NONE:
        raise NoReader("models are switched off")
    # a review says it in public: where the file lies is nobody's business
    who = choice.path.name if choice.path is not None else choice.name
    small = f"no model large enough: {who} ranks and patches, it does not review (1B parameters are needed)"
    try:
        path = file_of(choice, means, fetch=False)
        if read_header(path).parameters < LEAST:
            raise NoReader(small)
    except ModelMissing as error:
        is_small = choice.entry is not None and 0 < choice.entry.size < _SMALL
        raise NoReader(small if is_small else str(error).replace(str(choice.path), who)) from error
    except UserError as error:
        raise NoReader(str(error).replace(str(choice.path), who)) from error
    return path


def _local(provider: Provider, environ: Mapping[str, str]) -> Chat:
    path = local_file(provider, environ)  # before anything is imported that only loading it needs
    from models.chat.local_chat import LocalChat, check_large_enough
    from models.chat.voice import PLAIN
    from models.chosen import open_model, our_means
    from models.llama_chat import voice_of
    from models.llama_model import LlamaModel

    try:
        model = open_model(provider.model or None, environ=environ, means=our_means(environ), fetch=False)
        check_large_enough(model.info)
        voice = voice_of(model) if isinstance(model, LlamaModel) else PLAIN
    except NoReader:
        raise
    except ModelError as error:  # a review says it in public: where the file lies is nobody's business
        raise NoReader(str(error).replace(str(path), path.name)) from error
    return LocalChat(model, voice, name=provider.name, context=provider.context)
