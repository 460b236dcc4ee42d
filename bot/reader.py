"""Who reads a change on the command line: the models of the operator's configuration, opened when they are first asked.

The configuration is the operator's and never the repository's: a file that PRUDENT_INFERENCE names, or `inference.toml`
in the data folder, else what the environment has a key for.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from checks.inference.model import Enrichment, Reader
from kb.errors import UserError
from kb.folders import data_folder
from kb.view import shown
from models.model import NEVER, Stop

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from kb.outcomes.store import OutcomeStore
    from models.chat.config import Config

NONE, FILE = "none", "inference.toml"
LARGEST = 2**20  # bytes of a configuration
SALT_BYTES = 32
JOBS = 4  # questions that are put at once


def reader_of(
    repository: str,
    subject: str,
    *,
    environ: Mapping[str, str] = os.environ,
    cache: Path | None = None,
    deep: bool = False,
    stop: Stop = NEVER,
    problem: Callable[[str], None] = lambda text: None,
) -> Reader | None:
    """Return who reads a change of a repository; None where the operator has switched that off.

    Nothing is opened, loaded or asked before the first question. Raises UserError for a configuration that is none.

    Args:
        repository: Under which name it is counted.
        subject: Which line of work, likewise.
        environ: Where the configuration is named, and the keys are.
        cache: Folder that keeps answers; None: they are not kept.
        deep: Read much more of the repository than usual, whatever the configuration says.
        stop: When to give up.
        problem: Is told what cannot be counted.
    """
    config = config_of(environ)
    if config is None:
        return None
    from bot.spending import StoreLedger
    from kb.cache import Cache
    from models.chat.desk import Desk

    ledger = StoreLedger(partial(_store, environ), config.caps, lambda: datetime.now(UTC), problem)
    desk = Desk(config, ledger, Cache(cache / "answers") if cache else None, environ=environ)
    return Reader(
        open=lambda role: desk.open(role.value),
        seconds=config.read.seconds,
        tokens=config.read.tokens,
        is_deep=deep or config.read.deep,
        deep_tokens=config.read.deep_tokens,
        enrich=frozenset(Enrichment(name) for name in config.read.enrich),
        checkpoint=Cache(cache / "deep") if cache else None,
        stop=stop,
        salt=salt_in(data_folder()),
        jobs=JOBS,
    )


def config_of(environ: Mapping[str, str]) -> Config | None:
    """Return the operator's configuration; None where nobody is to read. Raises UserError, one line."""
    from models.chat.config import parse_config

    chosen = environ.get("PRUDENT_INFERENCE", "").strip()
    if chosen.lower() == NONE:
        return None
    path = Path(chosen).expanduser() if chosen else data_folder() / FILE
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        if chosen:
            raise UserError(f"PRUDENT_INFERENCE: there is no file {shown(str(path))}") from None
        return _usual(environ)
    except OSError as error:
        raise UserError(f"{shown(str(path))} cannot be read: {error.strerror}") from None
    if len(data) > LARGEST:
        raise UserError(f"{shown(str(path))}: larger than {LARGEST // 2**20} MB")
    return parse_config(data, environ, str(path))


def _usual(environ: Mapping[str, str]) -> Config | None:
    """Return what holds where nobody said anything; None where models of this machine are switched off."""
    from models.catalogue_kept import read_kept
    from models.chat.config import parse_config
    from models.chosen import NONE as NO_MODEL
    from models.chosen import choice_of, our_means

    config = parse_config(None, environ, "the environment")
    if any(one.kind != "local" for one in config.providers):
        return config
    choice = choice_of(None, environ, read_kept(our_means(environ).data))
    return None if choice.name == NO_MODEL else config


def salt_in(folder: Path) -> bytes:
    """Return the secret of this installation that fences are made from, made by the first who asks.

    It lets an answer be found again by its question. Where none can be kept, each run has its own.
    """
    path = folder / "fences"
    with suppress(OSError):
        if len(held := path.read_bytes()) == SALT_BYTES:
            return held
    made = secrets.token_bytes(SALT_BYTES)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".fences")  # private: mode 0600
        with os.fdopen(handle, "wb") as file:
            file.write(made)
        Path(name).replace(path)
        return path.read_bytes()  # of two that made one, the last
    return made


def _store(environ: Mapping[str, str]) -> AbstractContextManager[OutcomeStore]:
    from kb.outcomes.store import open_store  # where it is used: it brings the database

    return open_store(environ.get("PRUDENT_STORE"))
