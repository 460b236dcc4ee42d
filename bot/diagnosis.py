"""What is installed and reachable here: the facts that `prudent doctor` prints. Nothing is repaired."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bot.diagnosis_inference import inference_facts
from bot.reference import engine_of
from checks.check import Check
from checks.knowledge import Limits
from checks.static.isolation import run_isolated
from kb.errors import NotChecked, PrudentError, StoreError, UserError
from kb.folders import cache_folder, data_folder
from kb.git import find_git
from kb.migrations import REVISIONS
from kb.outcomes.location import shown_place, spool_file, store_url
from kb.syntax.languages import LANGUAGES
from kb.view import shown

OLDEST_GIT = (2, 25)


@dataclass(frozen=True)
class Item:
    """One thing that was looked at. `needed`: without it the main job, a review, cannot run."""

    section: str
    name: str
    ok: bool
    says: str
    hint: str = ""
    needed: bool = False


def diagnose(checks: tuple[Check, ...]) -> tuple[Item, ...]:
    """Return the state of everything Prudent uses; whatever is broken is reported, not raised."""
    return (*_programs(), *_engines(checks), _grammars(), _isolation(), *_models(), *_store(), *_folders())


def is_ready(items: tuple[Item, ...]) -> bool:
    """Return whether the main job can run."""
    return all(item.ok for item in items if item.needed)


def _programs() -> Iterator[Item]:
    python = sys.version.split()[0]
    yield Item("program", "prudent", True, version("prudent"))
    yield Item("program", "Python", True, f"{python} on {platform.system()} {platform.machine()}")
    yield _git()


def _git() -> Item:
    hint = f"install git {OLDEST_GIT[0]}.{OLDEST_GIT[1]} or newer"
    try:
        said = find_git(Path(tempfile.gettempdir()), Path(tempfile.gettempdir())).run("--version")
    except PrudentError as error:
        return Item("program", "git", False, str(error), hint, needed=True)
    found = re.search(rb"(\d+)\.(\d+)[.\w]*", said)
    recent = found is not None and (int(found[1]), int(found[2])) >= OLDEST_GIT
    says = found[0].decode() if found else shown(said.decode("utf-8", "replace"))
    return Item("program", "git", recent, says, "" if recent else hint, needed=True)


def _engines(checks: tuple[Check, ...]) -> Iterator[Item]:
    for check in checks:
        engine = engine_of(check)
        if engine is None:
            continue
        try:
            installed = engine.find()
        except NotChecked as error:
            yield Item("engine", check.SLUG, False, str(error), engine.how_to_get)
            continue
        if installed is None:
            yield Item("engine", check.SLUG, False, "not installed", engine.how_to_get)
        else:
            number = installed.version.removeprefix(engine.name).strip()
            yield Item("engine", check.SLUG, True, f"{number} ({shown(str(installed.program))})")


def _grammars() -> Item:
    from kb.syntax.parse import grammar_of

    broken = []
    for name in LANGUAGES:
        try:
            grammar_of(name)
        except (ImportError, AttributeError, NotChecked):
            broken.append(name)
    if broken:
        says = f"cannot be loaded: {', '.join(broken)}"
        return Item("syntax", "grammars", False, says, "install prudent again: pip install --force-reinstall prudent")
    return Item("syntax", "grammars", True, f"{len(LANGUAGES)} languages")


def _isolation() -> Item:
    """Look at the network from where an engine runs: only the loopback device may be there."""
    with tempfile.TemporaryDirectory(prefix="prudent-") as folder:
        place = Path(folder)
        try:
            said = run_isolated(["cat", "/proc/net/dev"], cwd=place, home=place, limits=Limits(seconds=10))
        except NotChecked:
            said = b""
    devices = re.findall(rb"(?m)^\s*([^\s:|]+):", said)
    if devices and set(devices) == {b"lo"}:
        return Item("engine", "isolation", True, "engines run without a network")
    hint = "allow unprivileged user namespaces (unshare --map-root-user --net must work)"
    return Item("engine", "isolation", False, "engines see the network; proxies point nowhere", hint)


def _models() -> Iterator[Item]:
    """Look at what suggests patches; reviews run without it."""
    from models.presets import GB, nvidia_bytes, usable_gpu_bytes

    yield _llama()
    gpu, there = usable_gpu_bytes(), nvidia_bytes()
    if gpu:
        yield Item("model", "GPU", True, f"{gpu / GB:.0f} GB, used by llama.cpp")
    elif there:
        says = f"{there / GB:.0f} GB, and llama.cpp was built without it"
        yield Item("model", "GPU", False, says, "build it again with CMAKE_ARGS=-DGGML_CUDA=ON: see docs/models.md")
    yield _model_in_use()
    for fact in inference_facts(os.environ, datetime.now(UTC)):
        yield Item("model", fact.name, fact.ok, fact.says, fact.hint)


def _llama() -> Item:
    from models.errors import ModelMissing
    from models.llama_library import library

    try:
        library()
    except ModelMissing as error:
        how = "pip install llama-cpp-python==0.3.36 (needs a C++ compiler, takes minutes)"
        return Item("model", "llama.cpp", False, str(error), how)
    return Item("model", "llama.cpp", True, f"llama-cpp-python {version('llama-cpp-python')}")


def _model_in_use() -> Item:
    from models.catalogue_kept import read_kept
    from models.chosen import choice_of, our_means
    from models.errors import ModelError
    from models.fetch import fetched
    from models.gguf import read_header

    try:
        means = our_means(os.environ)
        choice = choice_of(None, os.environ, read_kept(means.data))
        path = choice.path if choice.entry is None else fetched(choice.entry, means)
        if path is None:
            says = "is fetched when it is first needed" if choice.entry else f"switched off ({choice.why})"
            return Item("model", "in use", True, f"{choice.name}: {says}" if choice.entry else says)
        header = read_header(path)
    except (ModelError, UserError) as error:
        return Item("model", "in use", False, str(error), "prudent models list, then prudent models use NAME")
    named = f"{choice.name}: " if choice.entry else ""
    return Item("model", "in use", True, f"{named}{header.quantisation}, {shown(str(path))}")


def _store() -> Iterator[Item]:
    address = store_url()
    name = shown_place(address)
    sqlite = address.startswith("sqlite:///") and ":memory:" not in address
    file = Path(address.removeprefix("sqlite:///"))
    if sqlite and not file.exists():
        yield Item("store", "outcomes", True, f"{name}: does not exist yet, the first review makes it")
    else:
        yield _opened(name)
    spool = spool_file(address)
    if spool.exists() and spool.stat().st_size:
        yield Item(
            "store", "spool", False, f"audits wait in {shown(str(spool))}", "they move into the store once it opens"
        )


def _opened(name: str) -> Item:
    from kb.outcomes.store import open_store

    try:
        open_store(patience=2.0).close()
    except StoreError as error:
        return Item("store", "outcomes", False, str(error), "reviews still run; their audits are kept in a spool file")
    return Item("store", "outcomes", True, f"{name}: schema {REVISIONS[-1]}")


def _folders() -> Iterator[Item]:
    yield _folder("temporary files", Path(tempfile.gettempdir()), needed=True)
    yield _folder("data", data_folder())
    yield _folder("cache", cache_folder(), size=True)


def _folder(name: str, folder: Path, *, size: bool = False, needed: bool = False) -> Item:
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    usable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    says = shown(str(folder)) + (f", {_megabytes(folder)}" if size else "")
    hint = "" if usable else f"make {shown(str(there))} writable"
    return Item("folder", name, usable, says if usable else f"{says}: not writable", hint, needed=needed)


def _megabytes(folder: Path) -> str:
    total = 0
    for root, _, names in os.walk(folder):  # unreadable folders count nothing
        for name in names:
            try:
                total += (Path(root) / name).lstat().st_size
            except OSError:
                continue  # pruned by another process meanwhile
    return f"{total / 2**20:.1f} MB"
