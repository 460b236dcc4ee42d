"""Which models are asked, for what, and how much they may cost: the operator's settings, as values and from TOML.

It is the operator's file, never a repository's. A key stands in an environment variable whose name the file has; so the
file may be shown to anybody.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kb.errors import BadSettings
from models.chat.config_values import Table, address, is_near, variable
from models.chat.model import Caps, Price
from models.chat.prices import PRICES

if TYPE_CHECKING:
    from models.chat.answers import Cache
    from models.chat.breaker import Breakers
    from models.chat.model import Chat, Ledger

KINDS = ("anthropic", "openai", "local")
ROLES = ("find", "verify", "deep", "triage")
ENRICHMENTS = ("verdicts", "neighbours", "findings", "constraints", "co-change", "drift", "guides", "mistakes")
OPENAI_MODEL = "gpt-6-sol"
_PROVIDER = ("name", "kind", "model", "url", "key", "context", "price", "thinking")
_PRICE = ("input", "output", "read", "written")
_CAPS = ("call_tokens", "pull_tokens", "pull_dollars", "repository_month_dollars", "month_dollars", "month_tokens")
_READ = ("tokens", "seconds", "deep", "deep_tokens", "enrich")


@dataclass(frozen=True)
class Provider:
    """Somebody who can be asked. `key` is the name of an environment variable, `secret` what it held; "": none needed.

    `model` "" is the local model in use. `price` None: nobody said.
    """

    name: str
    kind: str
    model: str = ""
    url: str = ""
    key: str = ""
    secret: str = field(default="", repr=False)
    context: int | None = None
    price: Price | None = None
    thinking: int = 0  # tokens that it may think before each answer, on top of the answer's own


@dataclass(frozen=True)
class Reading:
    """How much is read of a change."""

    tokens: int = 8_000
    seconds: float = 180.0
    deep: bool = False
    deep_tokens: int = 200_000
    enrich: tuple[str, ...] = ENRICHMENTS


@dataclass(frozen=True)
class Config:
    """All that the operator says about inference. A role that is not in `roles` asks all providers in order."""

    providers: tuple[Provider, ...]
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    caps: Caps = field(default_factory=Caps)
    read: Reading = field(default_factory=Reading)
    origin: str = "defaults"  # for people

    def providers_of(self, role: str) -> tuple[Provider, ...]:
        """Return who is asked for a role, in order."""
        names = self.roles.get(role)
        if names is None:
            return self.providers
        by_name = {one.name: one for one in self.providers}
        return tuple(by_name[name] for name in names if name in by_name)


def parse_config(data: bytes | None, environ: Mapping[str, str], origin: str = "models.toml") -> Config:
    """Return what a TOML file says; None where there is none: then what the environment has keys for.

    Raises BadSettings, in one line that names the key, for whatever cannot be held to.
    """
    if data is None:
        return Config(default_providers(environ))
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{origin}: no TOML: {error}") from None
    top = Table(document, origin, "")
    top.known("provider", "roles", "caps", "read")
    tables = top.tables("provider")
    providers = tuple(_provider(one, environ) for one in tables) or default_providers(environ)
    names = [one.name for one in providers]
    for table, name in zip(tables, names, strict=False):
        if names.count(name) > 1:
            raise table.wrong("name", f'there are two providers called "{name}"')
    roles = top.table("roles")
    roles.known(*ROLES)
    chosen = {role: roles.words(role, names, "provider") for role in ROLES if role in roles.values}
    config = Config(providers, chosen, _caps(top.table("caps")), _reading(top.table("read")), origin)
    _check_prices(config, top.table("caps"))
    return config


def default_providers(environ: Mapping[str, str]) -> tuple[Provider, ...]:
    """Return who is asked where nobody said: a hosted provider if there is a key for one, else the local model."""
    environment = Table({}, "the environment", "")
    if secret := environ.get("ANTHROPIC_API_KEY", "").strip():
        from models.chat.anthropic_chat import MODEL, URL

        url, model = environ.get("ANTHROPIC_BASE_URL") or URL, environ.get("ANTHROPIC_MODEL") or MODEL
        address(environment, "ANTHROPIC_BASE_URL", url, has_key=True)
        return (_checked(Provider("anthropic", "anthropic", model, url, "ANTHROPIC_API_KEY", secret), environment),)
    secret, url = environ.get("OPENAI_API_KEY", "").strip(), environ.get("OPENAI_BASE_URL", "").strip()
    if secret or url:
        from models.chat.openai_chat import URL as OPENAI

        model = environ.get("OPENAI_MODEL", "").strip() or ("" if url else OPENAI_MODEL)
        if not model:
            raise BadSettings("OPENAI_BASE_URL is set: say in OPENAI_MODEL which model of that server is to be asked")
        address(environment, "OPENAI_BASE_URL", url or OPENAI, has_key=bool(secret))
        key = "OPENAI_API_KEY" if secret else ""
        return (_checked(Provider("openai", "openai", model, url or OPENAI, key, secret), environment),)
    return (Provider("local", "local", price=Price()),)


def open_chat(
    config: Config,
    role: str,
    ledger: Ledger,
    cache: Cache | None = None,
    *,
    environ: Mapping[str, str],
    breakers: Breakers | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Chat:
    """Return who is asked for a role, as one Chat. Closing it closes its providers.

    `breakers` are shared by all that one process asks. Raises NoReader, in a line for people, where there is nobody.
    Whoever opens several roles of one configuration uses `models.chat.desk.Desk`, which loads a model once.
    """
    from models.chat.desk import Desk

    return Desk(config, ledger, cache, environ=environ, breakers=breakers, sleep=sleep).open_for_good(role)


def _provider(table: Table, environ: Mapping[str, str]) -> Provider:
    table.known(*_PROVIDER)
    kind = table.word("kind", KINDS)
    name = table.name("name", kind)
    model, url, key = table.text("model"), table.text("url"), table.text("key")
    secret = variable(table, "key", key, environ) if key else ""
    found = Provider(
        name,
        kind,
        model,
        url,
        key,
        secret,
        context=table.count("context", 512),
        price=_price(table.table("price")) if "price" in table.values else None,
        thinking=table.count("thinking", 0) or 0,
    )
    return _checked(found, table)


def _checked(found: Provider, table: Table) -> Provider:
    """Return a provider with what was left to its kind; raises BadSettings where it cannot be."""
    if found.kind == "local":
        for name in ("url", "key"):
            if getattr(found, name):
                raise table.wrong(name, "a local model has none")
        return replace(found, price=found.price or Price())
    if found.kind == "anthropic":
        from models.chat.anthropic_chat import MODEL, URL

        if not found.secret:
            raise table.wrong("key", "say in which environment variable the key is")
        found = replace(found, model=found.model or MODEL, url=found.url or URL)
    else:
        from models.chat.openai_chat import URL as OPENAI

        if not found.model:
            raise table.wrong("model", "say which model of the server is to be asked")
        found = replace(found, url=found.url or OPENAI)
        if found.url == OPENAI and not found.secret:
            raise table.wrong("key", "say in which environment variable the key is")
    address(table, "url", found.url, has_key=bool(found.secret))
    if found.price is None:
        found = replace(found, price=PRICES.get(found.model, Price() if is_near(found.url) else None))
    return found


def _price(table: Table) -> Price:
    """Return a price; what the provider's cache costs is the input's price and a quarter more where nobody said."""
    table.known(*_PRICE)
    given = {name: table.milli(name) for name in _PRICE}
    for name in ("input", "output"):
        if given[name] is None:
            raise table.wrong(name, "say how many dollars a million tokens cost")
    first = given["input"] or 0
    read, written = given["read"], given["written"]
    return Price(
        first, given["output"] or 0, first if read is None else read, first + first // 4 if written is None else written
    )


def _caps(table: Table) -> Caps:
    table.known(*_CAPS)
    return Caps(
        call_tokens=table.count("call_tokens", 1),
        pull_tokens=table.count("pull_tokens", 1),
        pull_micros=table.micros("pull_dollars"),
        repository_month_micros=table.micros("repository_month_dollars"),
        month_micros=table.micros("month_dollars"),
        month_tokens=table.count("month_tokens", 1),
    )


def _reading(table: Table) -> Reading:
    table.known(*_READ)
    usual = Reading()
    seconds = table.number("seconds", 1)
    return Reading(
        tokens=table.count("tokens", 1000) or usual.tokens,
        seconds=usual.seconds if seconds is None else seconds,
        deep=table.switch("deep", usual.deep),
        deep_tokens=table.count("deep_tokens", 1000) or usual.deep_tokens,
        enrich=table.words("enrich", ENRICHMENTS, "enrichment") if "enrich" in table.values else usual.enrich,
    )


def _check_prices(config: Config, caps: Table) -> None:
    """Raise BadSettings where money is capped and nobody said what a provider costs."""
    money = [name for name in _CAPS if name.endswith("dollars") and name in caps.values]
    for one in config.providers:
        if money and one.price is None:
            said = f'nobody said what "{one.name}" costs: give its price = {{input = ..., output = ...}}'
            raise caps.wrong(money[0], f"{said}, or cap tokens instead")
