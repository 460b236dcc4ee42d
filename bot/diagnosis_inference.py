"""Who reads changes here, and what that has cost this month: facts that `prudent doctor` prints. Nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from kb.errors import StoreError, UserError

if TYPE_CHECKING:
    from models.chat.config import Config, Provider

HINT = "docs/inference.md says which models can read changes, and how they are named"


@dataclass(frozen=True)
class Fact:
    """One thing that was looked at."""

    name: str
    ok: bool
    says: str
    hint: str = ""


def inference_facts(environ: Mapping[str, str], now: datetime) -> Iterator[Fact]:
    """Yield who reads changes, and what was spent on it."""
    from bot.reader import config_of

    try:
        config = config_of(environ)
    except UserError as error:
        yield Fact("readers", False, str(error), HINT)
        return
    if config is None:
        yield Fact("readers", True, "no model reads changes: switched off")
        return
    yield Fact("readers", True, _readers(config, environ), HINT)
    if spent := _spent(config, environ, now):
        yield Fact("spent", True, spent)


def _readers(config: Config, environ: Mapping[str, str]) -> str:
    """Return who is asked for each role, in order; why nobody is, where nobody can be."""
    from models.chat.config import ROLES

    by_role = {role: ", then ".join(_named(one, environ) for one in config.providers_of(role)) for role in ROLES}
    if len(set(by_role.values())) == 1:
        return by_role[ROLES[0]]
    return "; ".join(f"{role}: {names or 'nobody'}" for role, names in by_role.items())


def _named(provider: Provider, environ: Mapping[str, str]) -> str:
    from models.chat.desk import local_file
    from models.chat.errors import NoReader

    if provider.kind != "local":
        price = "" if provider.price else " (price unknown)"
        return f"{provider.name}/{provider.model}{price}"
    try:
        return f"{provider.name}/{local_file(provider, environ).stem}"
    except NoReader as error:
        return f"not {provider.name} ({error})"


def _spent(config: Config, environ: Mapping[str, str], now: datetime) -> str:
    """Return what was spent in this month, and what may be; "" where nothing was and nothing says."""
    from kb.outcomes.location import is_there, store_url

    address, cap = store_url(environ.get("PRUDENT_STORE")), config.caps.month_micros
    if not is_there(address):
        return ""
    from kb.outcomes.spending import dollars, month_of
    from kb.outcomes.store import open_store

    try:
        with open_store(address, patience=2.0) as store:
            sums = store.spent_since(month_of(now), now=now)
    except StoreError:
        return ""  # the store's own line says what is wrong with it
    calls, micros = sum(one.calls for one in sums), sum(one.micros for one in sums)
    if not calls and cap is None:
        return ""
    of = "" if cap is None else f" of {dollars(cap)}"
    return (
        f"{dollars(micros)}{of} in {calls} calls since {month_of(now):%Y-%m-%d}; `prudent history --spent` says on what"
    )
