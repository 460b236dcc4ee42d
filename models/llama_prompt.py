"""Reading a prompt once: what a context or a snapshot holds of it is not read again.

Prompts are cut into chunks at the same places every time, and only whole chunks are taken over, so the numbers do not
depend on what was read before.
"""

from __future__ import annotations

from models.llama_context import CHUNK, Context
from models.llama_state import Snapshot, Snapshots, common
from models.model import Stop

_WORTH_KEEPING = CHUNK  # tokens; fewer are read faster than a file is found


def read_prompt(
    context: Context, prompt: tuple[int, ...], *, can_forget: bool, snapshots: Snapshots | None, stop: Stop
) -> None:
    """Make a context hold exactly the prompt and the logits after it; raises Cancelled, OutOfTime, ModelError."""
    held = usable(context.tokens, prompt, can_forget=can_forget)
    if held == len(prompt) and context.row is not None:
        context.keep(held)
        return
    if held == len(prompt):
        held = max(0, (held - 1) // CHUNK * CHUNK) if can_forget else 0
    if snapshots is not None and len(prompt) >= _WORTH_KEEPING:
        held = _taken_over(context, prompt, held, can_forget, snapshots)
        if held == len(prompt):
            return
    context.keep(held)
    context.read(prompt[len(context.tokens) :], stop)
    if snapshots is not None and len(prompt) - held >= _WORTH_KEEPING and context.row is not None:
        snapshots.keep(Snapshot(context.tokens, context.row, context.state()))


def usable(held: tuple[int, ...], prompt: tuple[int, ...], *, can_forget: bool) -> int:
    """Return how many tokens of what a context holds can stay: all of them, or whole chunks."""
    if held == prompt:
        return len(prompt)
    if not can_forget:
        return len(held) if held == prompt[: len(held)] and len(held) % CHUNK == 0 else 0
    return min(common(held, prompt), len(prompt) - 1) // CHUNK * CHUNK


def _taken_over(context: Context, prompt: tuple[int, ...], held: int, can_forget: bool, snapshots: Snapshots) -> int:
    """Restore the best snapshot if it holds more than the context does; returns how many tokens can stay."""
    snapshot = snapshots.best(prompt, held, CHUNK)
    if snapshot is None or len(snapshot.tokens) > context.cells:
        return held
    if not can_forget and snapshot.tokens != prompt:
        return held
    if not context.restore(snapshot.state, snapshot.tokens, snapshot.row):
        snapshots.discard(snapshot)
        return 0
    return usable(context.tokens, prompt, can_forget=can_forget)
