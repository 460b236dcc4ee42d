"""Models that llama.cpp runs: `load` a GGUF file. Nothing of llama.cpp or numpy is imported before that."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import BadModelFile, OutOfMemory
from models.gguf import GgufHeader, read_header
from models.gguf_digest import sha256_of
from models.model import NEVER, Stop

if TYPE_CHECKING:
    from models.llama_loaded import Handles, Loaded
    from models.llama_model import LlamaModel

_SNAPSHOT_FORMAT = "1"


@dataclass(frozen=True)
class LoadOptions:
    """How a model is loaded; None leaves the choice to what is found."""

    gpu_layers: int | None = None  # None: as many as fit into the GPU's free memory
    threads: int | None = None  # None: what is fastest, found by measuring
    memory_bytes: int | None = None  # for the file and a context; None: what the machine has
    snapshots: Path | None = None  # where read prompts are kept; None: nowhere
    snapshot_bytes: int = 1 << 30  # in that folder, over all models


def load(path: Path, *, options: LoadOptions = LoadOptions(), stop: Stop = NEVER) -> LlamaModel:
    """Load a GGUF file, mapped into memory.

    Raises ModelMissing where llama.cpp is, BadModelFile, naming the file, where it is damaged or none that llama.cpp
    knows, OutOfMemory where it does not fit, Cancelled, OutOfTime.
    """
    from models.llama_library import library
    from models.llama_loaded import Loaded
    from models.llama_memory import bytes_of_context, check_fits, machine_bytes

    header = read_header(path)
    library()
    limit = machine_bytes() if options.memory_bytes is None else options.memory_bytes
    check_fits(header, bytes_of_context(header, 256, 256, 1), limit)
    sha256 = sha256_of(path, stop=stop)
    stop.check()
    loaded = Loaded(header, partial(_handles, header, options))
    try:
        return _model(loaded, sha256, options, limit)
    except BaseException:
        loaded.close()
        raise


def _model(loaded: Loaded, sha256: str, options: LoadOptions, limit: int) -> LlamaModel:
    from models.llama_model import Bounds, LlamaModel
    from models.llama_state import Snapshots

    snapshots = None
    if options.snapshots is not None:
        snapshots = Snapshots(options.snapshots, options.snapshot_bytes, loaded.call(partial(_guards, sha256)))
    return LlamaModel(loaded, sha256, Bounds(limit, snapshots))


def _handles(header: GgufHeader, options: LoadOptions) -> Handles:
    """Load the file, on the thread that will own it; raises BadModelFile, OutOfMemory."""
    from models.llama_library import library, listening
    from models.llama_loaded import Handles
    from models.llama_memory import devices, gpu_layers_for
    from models.llama_threads import fastest_threads

    llama = library()
    params = llama.llama_model_default_params()
    layers = options.gpu_layers
    if layers is None:
        layers = gpu_layers_for(header, devices()) if llama.llama_supports_gpu_offload() else 0
    params.n_gpu_layers, params.load_mode = layers, llama.LLAMA_LOAD_MODE_MMAP
    with listening() as said:
        model = llama.llama_model_load_from_file(os.fsencode(header.path), params)
    if not model:
        reason = next((line for line in reversed(said) if "error" in line), "llama.cpp gave no reason")
        short = any("alloc" in line or "out of memory" in line for line in said)
        raise (OutOfMemory if short else BadModelFile)(f"{header.path} cannot be loaded: {reason}")
    vocab = llama.llama_model_get_vocab(model)
    if not llama.llama_model_has_decoder(model) or llama.llama_vocab_n_tokens(vocab) < 2:
        llama.llama_model_free(model)
        raise BadModelFile(f"{header.path} is a {header.architecture} model, which writes no text")
    # Off a GPU it is not faster, and it rounds the cache's numbers otherwise for every number of threads.
    flash = llama.LLAMA_FLASH_ATTN_TYPE_AUTO if layers else llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
    handles = Handles(model, vocab, threads=options.threads or 1, gpu_layers=layers, flash=int(flash))
    if options.threads is None and layers <= header.layers:
        handles = replace(handles, threads=fastest_threads(handles, os.cpu_count() or 1))
    return handles


def _guards(sha256: str, handles: Handles) -> list[str]:
    """Return everything on which a snapshot's bytes depend."""
    import hashlib

    from models.llama_library import library

    llama = library()
    words = hashlib.sha256()
    for token in range(llama.llama_vocab_n_tokens(handles.vocab)):
        text = llama.llama_vocab_get_text(handles.vocab, token) or b""
        words.update(len(text).to_bytes(4, "little") + text)
    version = f"{llama.__version__} {llama.llama_version().decode()} {llama.llama_print_system_info().decode()}"
    return [_SNAPSHOT_FORMAT, sha256, version, words.hexdigest(), str(handles.gpu_layers), str(handles.flash)]
