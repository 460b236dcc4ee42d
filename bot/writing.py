"""What writes patches: the model in use, loaded when the first finding wants it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from checks.suggest import Writer
from kb.errors import StoreError

if TYPE_CHECKING:
    from models.fetch import Progress
    from models.model import Model


def writer_of(
    asked: str | None = None,
    *,
    repository: str = "",
    environ: Mapping[str, str] = os.environ,
    fetch: bool = True,
    progress: Progress | None = None,
    seconds: float = 30.0,
    seed: int = 0,
) -> Writer | None:
    """Return what writes patches with the model in use, or the one asked for; None where models are switched off.

    `repository`: whose refused patches count against their like. `fetch`: bring the model here first if it is not.
    Raises UserError where what is said names no model.
    """
    from models.catalogue_kept import read_kept
    from models.chosen import NONE, choice_of, file_of, our_means

    means = our_means(environ)
    choice = choice_of(asked, environ, read_kept(means.data))
    if choice.name == NONE:
        return None
    if choice.path is not None:
        file_of(choice, means)  # a file that is not there is said before anything is reviewed

    def load() -> Model:
        from models.chosen import open_model

        return open_model(asked, environ=environ, means=means, fetch=fetch, progress=progress)

    return Writer(load, seed=seed, seconds=seconds, failures=partial(refused_in, repository, environ))


def _now() -> datetime:
    return datetime.now(UTC)


def refused_in(
    repository: str, environ: Mapping[str, str], now: Callable[[], datetime] = _now
) -> tuple[tuple[str, str], ...]:
    """Return slug and lines of patches that people of a repository refused, or that failed; none without a store."""
    if not repository:
        return ()
    from kb.outcomes.store import open_store  # where it is used: it brings the database

    try:
        with closing(open_store(environ.get("PRUDENT_STORE"))) as store:
            return store.failed_patches(repository, now())
    except StoreError:
        return ()  # the log says what is wrong with it, when the verdict is written there


def writer_with(path: Path, refused: tuple[tuple[str, str], ...] = ()) -> Writer:
    """Return what writes patches with the model in a file; `refused` as in `refused_in`."""

    def load() -> Model:
        from models.errors import ModelError
        from models.llama import load

        try:
            return load(path)
        except ModelError as error:  # a review says it in public: where the file lies is nobody's business
            raise type(error)(str(error).replace(str(path), path.name)) from error

    return Writer(load, failures=lambda: refused)


def model_file(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file of the model in use; None where models are switched off. Raises ModelMissing, BadModelFile."""
    from models.catalogue_kept import read_kept
    from models.chosen import NONE, choice_of, file_of, our_means

    means = our_means(environ)
    choice = choice_of(None, environ, read_kept(means.data))
    return None if choice.name == NONE else file_of(choice, means, fetch=False)
