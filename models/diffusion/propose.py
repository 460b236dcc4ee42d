"""Fills a hole by a diffusion model: an experimental proposer beside infill, behind the same interface.

What comes out is judged, scored and proven like any other candidate. Where denoising gives nothing, the same model
writes from left to right, then without the least firm grammars, then another model that continues texts takes over,
if there is one; each is noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from kb.syntax.parse import Unparsed
from models.constraints.model import HardGrammar
from models.diffusion.canvas import Edges, Layout, layout_of
from models.diffusion.denoise import denoise, read
from models.diffusion.length import lengths_of, surest_lengths
from models.diffusion.rule import rule_of
from models.diffusion.settings import Denoiser, Rule, Settings
from models.errors import Cancelled, ModelError, OutOfTime, Unsatisfiable
from models.infill.draw import derived
from models.infill.ending import cut_to_whole
from models.infill.fim import opening_line
from models.judge import why_not
from models.mask.model import Scale
from models.model import NEVER, Model, Stop
from models.patch import Candidate, Origin, Proposals, Task, Tried

WINDOW = 1024  # tokens shown at most: each step reads all of them, and llama.cpp copies the logits of all
LONGEST = MappingProxyType({Scale.EXPRESSION: 16, Scale.STATEMENT: 32, Scale.BLOCK: 128, Scale.BODY: 256})  # masks
_ROUNDS = 4  # canvases of one length: the likeliest, then drawn ones
_BUDGET_US = 5000.0  # of a grammar for one token, where the constraints do not say
_SPARE = 256  # tokens: the instruction has at most 200 characters
_BYTES_PER_TOKEN = 16  # more than code has


def diffuse(
    task: Task,
    model: Model,
    stop: Stop = NEVER,
    *,
    settings: Settings = Settings(),  # noqa: B008 (frozen)
    fallback: Model | None = None,
) -> Proposals:
    """Return what a diffusion model writes into a hole, the likeliest first.

    `fallback` is a model that continues texts, asked where denoising gives nothing. A model that is no diffusion
    model is asked to continue at once. Raises ModelError where neither can work.
    """
    if not model.info.is_diffusion:
        return _continued(task, model, stop, f"{model.info.name} is no diffusion model: it wrote from left to right")
    try:
        found = _on_llama(task, model, settings, stop)
    except (Cancelled, OutOfTime):
        raise
    except ModelError as reason:
        if fallback is None:
            raise
        found = Proposals(notes=(f"diffusion failed: {reason}",))
    if found.candidates or fallback is None:
        return found
    more = _continued(task, fallback, stop, f"diffusion gave nothing: {fallback.info.name} wrote from left to right")
    return replace(
        more,
        fallen=found.fallen + more.fallen,
        tokens=found.tokens + more.tokens,
        notes=tuple(dict.fromkeys(found.notes + more.notes)),
    )


def diffuse_with(task: Task, model: Model, denoiser: Denoiser, settings: Settings, stop: Stop = NEVER) -> Proposals:
    """Return what a denoiser writes into a hole; `model` is asked for tokens and their text only.

    `settings` apart from the temperature and the seed, which are the task's: the first canvas of each length takes the
    likeliest tokens, the others are drawn. A score is the difference of two log-likelihoods in the order of writing
    (`Filling.nats`), of the text and of what stands there. Raises ModelError.
    """
    opening = opening_line(task.language, task.instruction)
    edges = Edges(denoiser.begin, denoiser.end, denoiser.window, opening)
    longest = LONGEST[task.hole.scale]
    layout = layout_of(model.tokens_of, task.source, task.hole, edges=edges, longest=longest)
    attempt = _Attempt(task, model, denoiser, settings, layout, notes=list(layout.notes))
    if task.instruction.strip() and not opening:
        attempt.notes.append(f"the instruction was left out: no comment line in {task.language}")
    try:
        attempt.run(stop)
    except OutOfTime:
        if not attempt.found:
            raise
        attempt.notes.append(f"the time was up after {len(attempt.found) + len(attempt.fallen)} canvases")
    return attempt.proposals()


def _on_llama(task: Task, model: Model, settings: Settings, stop: Stop) -> Proposals:
    from models.llama_diffusion import opened
    from models.llama_model import LlamaModel

    if not isinstance(model, LlamaModel):
        raise ModelError(f"{model.info.name} cannot be denoised: it is not run by llama.cpp")
    window, sequences = _window(task, model), 2 if settings.guidance else 1
    with opened(model.loaded, window=window, sequences=sequences, stop=stop) as denoiser:
        return diffuse_with(task, model, denoiser, settings, stop)


def _window(task: Task, model: Model) -> int:
    """Return how many tokens the canvas needs at most: memory for logits is taken for all of them."""
    data, spare = task.source.data, 2 * LONGEST[task.hole.scale] + _SPARE
    most = min(WINDOW, model.info.context)
    near = len(data) <= _BYTES_PER_TOKEN * most
    return min(most, len(model.tokens_of(data)) + len(model.tokens_of(task.hole.text)) + spare) if near else most


def _continued(task: Task, model: Model, stop: Stop, note: str) -> Proposals:
    from models.infill.propose import infill

    found = infill(task, model, stop)
    return replace(found, notes=(note, *found.notes))


@dataclass
class _Attempt:
    """One hole while it is being filled."""

    task: Task
    model: Model
    denoiser: Denoiser
    settings: Settings
    layout: Layout
    found: dict[bytes, Candidate] = field(default_factory=dict)
    fallen: list[Tried] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    active: tuple[str, ...] = ()
    tokens: int = 0
    nats: float = 0.0  # of what stands there

    def run(self, stop: Stop) -> None:
        """Try lengths, and ways of writing them, until there are enough candidates or one way gave some."""
        old = self.layout.old
        if old:
            canvas = self.layout.canvas(len(old), self.denoiser.mask)
            seen = read(self.denoiser, canvas, self.settings, old, stop=stop)
            self.nats, self.tokens = seen.nats, seen.decoded
        lengths = lengths_of(len(old), self.layout.longest)
        lengths = surest_lengths(self.denoiser, self.layout, lengths, self.settings, stop=stop)
        for settings, hard, note in self._ways():
            self.notes += [note] if note else []
            self.active = tuple(dict.fromkeys(one.domain.value for one in hard))
            budget = self.task.constraints.intensity.budget_us if self.task.constraints else 0
            try:
                rule, dropped = rule_of(self.model, hard, self.layout.lead, budget or _BUDGET_US)
            except Unsatisfiable as reason:
                self.notes.append(f"no constraints: {reason}")
                continue
            self.notes += dropped
            self._fill_all(lengths, settings, rule, stop)
            if self.found:
                return

    def _ways(self) -> Iterator[tuple[Settings, tuple[HardGrammar, ...], str]]:
        """Yield how to write, under which grammars, and what to note about it."""
        hard = self.task.constraints.hard if self.task.constraints else ()
        yield self.settings, hard, ""
        in_order = replace(self.settings, block=1)
        if self.settings.block != 1:
            yield in_order, hard, "denoising gave nothing: the same model wrote from left to right"
        for count in range(len(hard) - 1, -1, -1):
            yield in_order, hard[:count], f"{hard[count].domain.value}: dropped, nothing satisfied it"

    def _fill_all(self, lengths: tuple[int, ...], settings: Settings, rule: Rule, stop: Stop) -> None:
        """Fill each length once by the likeliest tokens, then by drawn ones, until there are enough candidates."""
        drawing = self.task.sampling
        for number in range(_ROUNDS if drawing.temperature > 0 else 1):
            for length in lengths:
                if len(self.found) >= self.task.count:
                    return
                seed = derived(drawing.seed, number, length)
                sampling = replace(drawing, seed=seed, temperature=drawing.temperature if number else 0.0)
                self._fill(length, replace(settings, sampling=sampling), rule, stop)

    def _fill(self, length: int, settings: Settings, rule: Rule, stop: Stop) -> None:
        canvas = self.layout.canvas(length, self.denoiser.mask)
        try:
            filling = denoise(self.denoiser, canvas, settings, rule=rule, stop=stop)
        except Unsatisfiable as reason:
            self.fallen.append(Tried("", Origin.DIFFUSED.value, 0.0, str(reason)))
            return
        self.tokens += filling.decoded
        whole = self.model.bytes_of(filling.tokens)[len(self.layout.lead) :]
        text = self._cut(whole, filling.tokens)
        why = why_not(self.task, text, self.found)
        if text != whole and not why:
            tokens = tuple(self.model.tokens_of(self.layout.lead + text))
            canvas = self.layout.canvas(len(tokens), self.denoiser.mask)
            filling = read(self.denoiser, canvas, settings, tokens, stop=stop)
            self.tokens += filling.decoded
        score = filling.nats - self.nats
        if why:
            self.fallen.append(Tried(text.decode("utf-8", "replace"), Origin.DIFFUSED.value, score, why))
            return
        note = f"{len(filling.tokens)} masks, {filling.steps} steps"
        sampling = settings.sampling
        self.found[text] = Candidate(self.task.hole, text, Origin.DIFFUSED, score, filling.decoded, note, sampling.seed)

    def _cut(self, text: bytes, tokens: tuple[int, ...]) -> bytes:
        """Return what of a text is a whole node with the file's line ends, all of it where nothing is."""
        data, lead = self.task.source.data, len(self.layout.lead)
        ends = (len(self.model.bytes_of(tokens[:count])) - lead for count in range(1, len(tokens)))
        marks = tuple(end for end in ends if end > 0)
        if b"\r\n" in data and data.count(b"\r\n") == data.count(b"\n"):
            text, marks = text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), ()
        try:
            return cut_to_whole(self.task.source, self.task.language, self.task.hole, text, marks) or text
        except Unparsed:
            return text

    def proposals(self) -> Proposals:
        """Return the candidates, the likeliest first, ties by text."""
        made = sorted(self.found.values(), key=lambda one: (-one.score, one.text))
        return Proposals(tuple(made), tuple(self.fallen), self.tokens, self.active, tuple(dict.fromkeys(self.notes)))
