"""How a model is spoken to: the turns of its chat template, in tokens.

A template's own tokens are put in as ids. What stands between them is tokenised as plain text, so nothing that somebody
wrote can end a turn or begin one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Part = int | str  # a token of the template, or plain text


@dataclass(frozen=True)
class Voice:
    """What a model's file says of how to speak to it: its template's text, and its special tokens by their text."""

    template: str = ""
    specials: Mapping[str, int] = field(default_factory=dict)


PLAIN = Voice()


def turns(voice: Voice, system: str, question: str) -> tuple[Part, ...]:
    """Return a conversation up to where the answer begins; as headings and text where the template is unknown."""
    for marks, written in _KNOWN:
        if marks[0] in voice.template and all(mark in voice.specials for mark in marks):
            return written(tuple(voice.specials[mark] for mark in marks), system, question)
    return (f"# Task\n\n{system}\n\n# Question\n\n{question}\n\n# Answer\n\n",)


def _chatml(marks: tuple[int, ...], system: str, question: str) -> tuple[Part, ...]:
    start, end = marks
    return (
        *(start, f"system\n{system}", end, "\n"),
        *(start, f"user\n{question}", end, "\n"),
        *(start, "assistant\n"),
    )


def _llama3(marks: tuple[int, ...], system: str, question: str) -> tuple[Part, ...]:
    start, end, over = marks
    return (
        *(start, "system", end, f"\n\n{system}", over),
        *(start, "user", end, f"\n\n{question}", over),
        *(start, "assistant", end, "\n\n"),
    )


def _gemma(marks: tuple[int, ...], system: str, question: str) -> tuple[Part, ...]:
    start, end = marks
    return start, f"user\n{system}\n\n{question}", end, "\n", start, "model\n"


_KNOWN: tuple[tuple[tuple[str, ...], Callable[[tuple[int, ...], str, str], tuple[Part, ...]]], ...] = (
    (("<|im_start|>", "<|im_end|>"), _chatml),
    (("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"), _llama3),
    (("<start_of_turn>", "<end_of_turn>"), _gemma),
)
