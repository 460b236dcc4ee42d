"""All ways of filling a hole in their order: what can be listed first, then what the model writes.

What is listed is cheap, and mostly right where it fits: a few names, one operator. The model writes where nothing that
is listed stands up to judgement, where more than a statement is open, where somebody says what is wanted, or where
what was listed has failed before. A diffusion model fills the hole in its own way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from models.confidence import edit_size
from models.errors import Cancelled, ModelError
from models.mask.model import Scale
from models.model import NEVER, Model, ModelInfo, Stop
from models.patch import Candidate, Proposals, Task, Tried

UNASKED = 6.0  # nats over what stands there, where nothing says that it is wrong: see docs/evaluation.md
_LARGE = (Scale.BLOCK, Scale.BODY)
WRITERS = 1_000_000_000  # parameters from which a model without FIM tokens is asked to write
_NO_REASON = f"not {UNASKED:g} nats likelier than what stands there, and nothing says that it is wrong"
_JUDGED = 24  # of the candidates that are listed; the others are less likely than so many


@dataclass(frozen=True)
class _Sound:
    """Candidates against which nothing speaks, and those against which something does."""

    candidates: tuple[Candidate, ...]
    fallen: tuple[Tried, ...]


def propose(task: Task, model: Model, stop: Stop = NEVER) -> Proposals:
    """Return candidates against which nothing speaks, the firmest ground first, then the likeliest; raises ModelError.

    Where nothing says that something is wrong and nobody says what is wanted, only what is far likelier than what
    stands there is returned. Where the model fails and something was found before, the failure is a note.
    """
    if model.info.is_diffusion:
        if not task.hole.kind:
            return Proposals()  # see _wants_writing
        from models.diffusion.propose import diffuse

        return _merged(task, [diffuse(task, model, stop)])
    from models.choose.propose import choose

    listed = choose(task, model, stop)
    sound = _sound(task, listed.candidates[:_JUDGED], stop)
    first = Proposals(sound.candidates, (*listed.fallen, *sound.fallen), listed.tokens, notes=listed.notes)
    if not _wants_writing(task, sound.candidates):
        return _merged(task, [first])
    if not (can_write(model.info) or task.instruction):
        note = f"{model.info.name} was asked for an order only: it is small, and not trained to fill in"
        return _merged(task, [replace(first, notes=(*first.notes, note))])
    from models.infill.propose import infill

    return _merged(task, [first, _written(infill, task, model, stop, bool(sound.candidates))])


def can_write(info: ModelInfo) -> bool:
    """Return whether it is worth while to have a model write: it was trained to fill in, or is not small."""
    return info.fim is not None or info.parameters >= WRITERS


def order_of(candidate: Candidate) -> tuple[object, ...]:
    """Return the sort key of candidates: ground, likelihood, the smaller edit, place, text."""
    before, after = (text.decode("utf-8", "replace") for text in (candidate.hole.text, candidate.text))
    size = edit_size(before, after)
    return candidate.ground, -candidate.score, size, candidate.hole.span.start, candidate.text


def _is_asked_for(task: Task) -> bool:
    """Return whether a change is wanted at all: a finding says that something is wrong, or a person says what to do."""
    return bool(task.wrong.get("slug") or task.instruction)


def _wants_writing(task: Task, sound: tuple[Candidate, ...]) -> bool:
    if not task.hole.kind:
        return False  # some lines of a statement: no grammar derives them, and no judgement would take them
    return not sound or bool(task.instruction or task.avoid) or task.hole.scale in _LARGE


def _written(
    infill: Callable[[Task, Model, Stop], Proposals], task: Task, model: Model, stop: Stop, has_others: bool
) -> Proposals:
    """Return what the model writes; its failure is a note where there are others."""
    try:
        return infill(task, model, stop)
    except Cancelled:
        raise
    except ModelError as reason:
        if not has_others:
            raise
        return Proposals(notes=(f"nothing was written: {reason}",))


def _sound(task: Task, candidates: tuple[Candidate, ...], stop: Stop) -> _Sound:
    """Judge candidates in their order until there are as many as are wanted."""
    from models.judge import judge

    kept: list[Candidate] = []
    fallen: list[Tried] = []
    for one in candidates:
        stop.check()
        if len(kept) == task.count:
            break
        reasons = judge(task.source, task.language, one.hole, one.text, task.code)
        if reasons:
            text = one.text.decode("utf-8", "replace")
            fallen.append(Tried(text, str(one.origin), one.score, "; ".join(reasons)))
        else:
            kept.append(one)
    return _Sound(tuple(kept), tuple(fallen))


def _merged(task: Task, parts: list[Proposals]) -> Proposals:
    """Return all proposals in one order, of several that make the same file the first."""
    data = task.source.data
    made: dict[bytes, Candidate] = {}
    unasked: list[Tried] = []
    for one in sorted((one for part in parts for one in part.candidates), key=order_of):
        span = one.hole.span
        result = data[: span.start] + one.text + data[span.end :]
        if result == data or one.text in task.avoid:
            continue
        if _is_asked_for(task) or one.score >= UNASKED:
            made.setdefault(result, one)
        else:
            unasked.append(Tried(one.text.decode("utf-8", "replace"), str(one.origin), one.score, _NO_REASON))
    return Proposals(
        tuple(made.values())[: task.count],
        (*(one for part in parts for one in part.fallen), *unasked),
        sum(part.tokens for part in parts),
        tuple(dict.fromkeys(one for part in parts for one in part.constraints)),
        tuple(dict.fromkeys(one for part in parts for one in part.notes)),
    )
