"""Which model is in use, and the one function that opens it.

What is asked for on the command line counts first, then PRUDENT_MODEL, then what `prudent models use` wrote down, then
the default. "none" switches models off: everything that needs one says nothing then.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kb.folders import cache_folder, data_folder
from kb.view import shown
from models.catalogue import CATALOGUE, DEFAULT, Entry, entry_named
from models.catalogue_kept import Kept, read_kept
from models.catalogue_source import path_of
from models.errors import ModelMissing
from models.model import NEVER, Model, Stop
from models.presets import MODELS, Machine, Preset, preset_for, this_machine

if TYPE_CHECKING:
    from models.fetch import Means, Progress
    from models.llama import LoadOptions

NONE = "none"
AUTO = "auto"
VARIABLE = "PRUDENT_MODEL"


@dataclass(frozen=True)
class Choice:
    """A model that was chosen: one that can be fetched, or a file; neither of them where models are switched off."""

    entry: Entry | None
    path: Path | None
    why: str  # where it was said: "--model", "PRUDENT_MODEL", "prudent models use", "default"

    @property
    def name(self) -> str:
        """Return what to call it."""
        return self.entry.name if self.entry else shown(str(self.path)) if self.path else NONE


def choice_of(
    asked: str | None, environ: Mapping[str, str], kept: Kept, *, machine: Callable[[], Machine] = this_machine
) -> Choice:
    """Return which model is in use; raises UserError where what was said names none."""
    for said, why in ((asked, "--model"), (environ.get(VARIABLE), VARIABLE), (kept.use, "prudent models use")):
        if said:
            return named(said, why, machine=machine)
    return Choice(entry_named(DEFAULT), None, "default")


def named(said: str, why: str, *, machine: Callable[[], Machine] = this_machine) -> Choice:
    """Return what a name, a preset, "auto", a source or a path stands for; raises UserError where it is none of them.

    A name counts before a file that is called the same; `./name` is always the file.
    """
    if said == NONE:
        return Choice(None, None, why)
    if said == "default":
        return Choice(entry_named(DEFAULT), None, why)
    if said in (AUTO, *MODELS):
        preset = preset_for(machine()) if said == AUTO else Preset(said)
        return Choice(entry_named(MODELS[preset]), None, why)
    is_name = any(said in (entry.name, entry.source) for entry in CATALOGUE) or said.startswith(("pypi:", "hf:"))
    if not is_name and (os.sep in said or said.endswith(".gguf") or Path(said).exists()):
        return Choice(None, path_of(said).absolute(), why)
    return Choice(entry_named(said), None, why)


def our_means(environ: Mapping[str, str]) -> Means:
    """Return how models are fetched and where they lie, as the environment says."""
    from models.fetch import means_of

    return means_of(environ, cache=cache_folder(), data=data_folder())


def open_model(
    asked: str | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    means: Means | None = None,
    fetch: bool = True,
    progress: Progress | None = None,
    options: LoadOptions | None = None,
    stop: Stop = NEVER,
) -> Model:
    """Load the model that is in use, or the one that is asked for.

    `fetch`: bring it here first if it is not; `progress` is told how far that is. Raises ModelMissing (switched off,
    not here, not to be had, no llama.cpp), BadModelFile, OutOfMemory, each with one line that says what to do.
    """
    means = means or our_means(environ)
    kept = read_kept(means.data)
    path = file_of(choice_of(asked, environ, kept), means, fetch=fetch, progress=progress)
    from models.gguf_digest import sha256_of
    from models.llama import LoadOptions, load

    options = options or LoadOptions(snapshots=means.cache / "prefixes")
    if options.threads is None and kept.threads:
        options = replace(options, threads=kept.threads.get(sha256_of(path, stop=stop)))
    return load(path, options=options, stop=stop)


def file_of(choice: Choice, means: Means, *, fetch: bool = True, progress: Progress | None = None) -> Path:
    """Return the file of a model that was chosen, fetching it if that is wanted; raises ModelMissing, BadModelFile."""
    from models.fetch import fetch as bring
    from models.fetch import fetched, quiet

    if choice.path is not None:
        if not choice.path.is_file():
            raise ModelMissing(f"there is no file {choice.name} (said by {choice.why})")
        return choice.path
    if choice.entry is None:
        raise ModelMissing(f"models are switched off by {choice.why}")
    if fetch:
        return bring(choice.entry, means, progress=progress or quiet)
    path = fetched(choice.entry, means)
    if path is None:
        raise ModelMissing(f"{choice.name} is not here yet: prudent models pull {choice.name}")
    return path
