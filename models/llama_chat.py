"""What a GGUF file says of how its model is spoken to."""

from __future__ import annotations

from models.chat.voice import Voice
from models.llama_library import library
from models.llama_loaded import Handles
from models.llama_model import LlamaModel

_SPECIAL = 1 << 3 | 1 << 4  # of llama_token_attr: control tokens, and those that a vocabulary calls user-defined


def voice_of(model: LlamaModel) -> Voice:
    """Return the chat template of a model's file and its special tokens; raises ModelError once it was closed."""
    template = model.loaded.header.metadata.get("tokenizer.chat_template", "")
    return Voice(template if isinstance(template, str) else "", model.loaded.call(_specials))


def _specials(handles: Handles) -> dict[str, int]:
    llama, found = library(), dict[str, int]()
    for token in range(int(llama.llama_vocab_n_tokens(handles.vocab))):
        if llama.llama_vocab_get_attr(handles.vocab, token) & _SPECIAL:
            text = (llama.llama_vocab_get_text(handles.vocab, token) or b"").decode("utf-8", "replace")
            found.setdefault(text, token)
    return found
