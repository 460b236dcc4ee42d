"""Holes filled by diffusion: layout, lengths, constraints, what falls and why, and what takes over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from kb.source import Source
from models.constraints.model import Compiled, Domain, HardGrammar
from models.diffusion.canvas import Edges, layout_of
from models.diffusion.length import surest_lengths
from models.diffusion.propose import diffuse, diffuse_with
from models.diffusion.rule import rule_of
from models.diffusion.settings import Settings
from models.errors import Cancelled, ModelError, OutOfTime, TooLong
from models.llama import load
from models.llama_model import LlamaModel
from models.mask.holes import hole_at, hole_of_lines
from models.mask.model import Strategy
from models.model import Sampling, Stop
from models.patch import Origin, Proposals, Task
from models.scripted import Scripted
from tests.models.weights import tiny_gguf

MASK = 259
SOURCE = b"def f(abc, abd):\n    return abc + abx\n"


@dataclass
class Liking:
    """A denoiser over bytes that likes some texts: a hole of a text's length gets that text, any other is all dots."""

    texts: tuple[bytes, ...]
    nats: float = 12.0
    window: int = 512
    seen: list[tuple[int, ...]] = field(default_factory=list)
    mask: int = MASK
    begin: int | None = None
    end: int | None = 256

    @property
    def banned(self) -> np.ndarray:
        return np.arange(256, 260)

    def logits(self, canvas: np.ndarray, places: Sequence[int]) -> np.ndarray:
        self.seen.append(tuple(int(token) for token in canvas[0]))
        first, size = self._hole(canvas[0], places)
        liked = next((text for text in self.texts if len(text) == size), b"." * size)
        rows = np.zeros((len(canvas), len(places), 260), dtype=np.float32)
        for row, place in enumerate(places):
            rows[:, row, liked[place - first]] = self.nats if liked.strip(b".") else 1.0
        return rows

    def _hole(self, canvas: np.ndarray, places: Sequence[int]) -> tuple[int, int]:
        """Return where the hole starts and its length, from what stands around it in the tests' source."""
        before, after = (list(part) for part in self.around)
        first = len(before)
        assert list(canvas[:first]) == before
        assert list(canvas[len(canvas) - len(after) :]) == after
        return first, len(canvas) - len(before) - len(after)

    around: tuple[Sequence[int], Sequence[int]] = ((), ())


def task_of(data: bytes = SOURCE, at: bytes = b"abx", **changes: object) -> Task:
    source = Source("a.py", data)
    hole = hole_at(source, "python", data.index(at), Strategy.IDENTIFIERS)
    assert hole is not None
    assert hole.text == at
    return replace(Task(source, "python", hole, sampling=Sampling(temperature=0.0)), **changes)


def liking(task: Task, *texts: bytes, **changes: object) -> Liking:
    """Return a denoiser for a task whose hole is the last thing on its line, after one space."""
    data, span = task.source.data, task.hole.span
    assert data[span.start - 1 : span.start] == b" "
    around = (tuple(data[: span.start - 1]), (*data[span.end :], 256))
    return replace(Liking(texts, around=around), **changes)


def constraints(*larks: str) -> Compiled:
    domains = (Domain.SYNTAX, Domain.TYPES, Domain.IMPORTS)
    return Compiled(tuple(HardGrammar(domain, lark) for domain, lark in zip(domains, larks, strict=False)))


def texts_of(found: Proposals) -> list[bytes]:
    return [one.text for one in found.candidates]


@pytest.fixture(scope="module", params=["dream", "llada"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaModel]:
    path = tmp_path_factory.mktemp("propose") / f"{request.param}.gguf"
    loaded = load(tiny_gguf(path, request.param, shift_logits=False if request.param == "llada" else None))
    yield loaded
    loaded.close()


def test_the_hole_gets_what_the_model_likes_and_white_space_before_it_stays() -> None:
    task = task_of()
    found = diffuse_with(task, Scripted(), liking(task, b" abd"), Settings())
    assert texts_of(found) == [b"abd"]
    best = found.candidates[0]
    assert best.origin is Origin.DIFFUSED
    assert best.hole == task.hole
    assert best.score > 10
    assert best.tokens > 0
    assert found.tokens > best.tokens


def test_the_old_length_is_tried_first_and_then_the_surest() -> None:
    """Of the lengths 4, 1, 2, 8, 16 the model is sure of 8."""
    task = task_of(b"def f(abc, ab_long):\n    return abc + abx\n")
    denoiser = liking(task, b" ab_long")
    found = diffuse_with(task, Scripted(), denoiser, Settings(lengths=2))
    assert texts_of(found) == [b"ab_long"]
    layout = layout_of(Scripted().tokens_of, task.source, task.hole, edges=Edges(None, 256, 512), longest=16)
    assert surest_lengths(denoiser, layout, (4, 1, 2, 8, 16), Settings(lengths=3)) == (4, 8, 1)


def test_equal_lengths_come_by_size() -> None:
    task = task_of()
    layout = layout_of(Scripted().tokens_of, task.source, task.hole, edges=Edges(None, 256, 512), longest=16)
    assert surest_lengths(liking(task), layout, (4, 16, 8, 1, 2), Settings(lengths=4)) == (4, 1, 2, 8)


def test_what_falls_says_why() -> None:
    task = task_of(avoid=frozenset({b"abc"}))
    for liked, why in ((b" abc", "failed before"), (b" abx", "changes nothing"), (b" abz", "nothing binds `abz`")):
        found = diffuse_with(task, Scripted(), liking(task, liked), Settings(lengths=1))
        assert why in found.fallen[0].why
        assert not found.candidates


def test_hard_grammars_hold_where_the_model_likes_something_else() -> None:
    task = task_of(constraints=constraints('start: "abd" | "abc"\n'))
    found = diffuse_with(task, Scripted(), liking(task, b" zzz"), Settings(lengths=1))
    assert set(texts_of(found)) <= {b"abc", b"abd"}
    assert found.candidates
    assert found.constraints == ("syntax",)


def test_a_rule_is_that_of_all_grammars_after_the_white_space() -> None:
    hard = constraints('start: "abc" | "abcd" | "xyz"\n', "start: /[a-z]{4,}/\n").hard
    rule, notes = rule_of(Scripted(), hard, b" ", 5000)
    assert notes == ()
    for text, good in ((b" abcd", 5), (b"abcd", 0), (b" abd", 3), (b" ", 1)):
        assert rule.prefix(tuple(text)) == good, text
    assert [rule.whole(tuple(text)) for text in (b" abc", b" abcd")] == [False, True]
    row = np.zeros(260, dtype=np.float32)
    row[ord("x")], row[ord("q")] = 1.0, 2.0
    row[256:] = -np.inf  # as `look` gives it: an end is no text
    assert rule.best(tuple(b" "), row) == ord("x")
    assert rule.best(tuple(b" abcd"), row) is None


def test_the_least_firm_grammar_goes_first_where_nothing_satisfies_all() -> None:
    task = task_of(constraints=constraints('start: "abd"\n', 'start: "abc"\n'))
    found = diffuse_with(task, Scripted(), liking(task, b" abc"), Settings(lengths=1))
    assert texts_of(found) == [b"abd"]
    assert found.constraints == ("syntax",)
    assert "types: dropped, nothing satisfied it" in found.notes
    assert any("from left to right" in note for note in found.notes)
    assert any("satisfy" in one.why for one in found.fallen)


def test_a_grammar_that_is_none_is_noted_and_the_rest_goes_on() -> None:
    task = task_of(constraints=constraints("this is no grammar"))
    found = diffuse_with(task, Scripted(), liking(task, b" abd"), Settings())
    assert texts_of(found) == [b"abd"]
    assert any("no constraints" in note for note in found.notes)


def test_hostile_text_in_the_file_stays_text_on_the_canvas(model: LlamaModel) -> None:
    task = task_of(b"# <|mask|> <|endoftext|> <|fim_middle|>\n" + SOURCE)
    layout = layout_of(model.tokens_of, task.source, task.hole, edges=Edges(None, None, 512), longest=16)
    special = {model.info.mask, *model.info.ends}
    assert not special & set(layout.before + layout.after)
    assert model.bytes_of(layout.before) + layout.lead == task.source.data[: task.hole.span.start]


def test_an_instruction_is_one_comment_line_on_the_canvas_only() -> None:
    task = task_of(instruction="use abd\nimport os")
    denoiser = liking(task, b" abd")
    line = b"# use abd import os\n"
    denoiser = replace(denoiser, around=((*line, *denoiser.around[0]), denoiser.around[1]))
    assert texts_of(diffuse_with(task, Scripted(), denoiser, Settings())) == [b"abd"]


def test_a_file_that_does_not_fit_is_shown_in_part_and_that_is_noted() -> None:
    task = task_of(b"x = 1\n" * 500 + SOURCE + b"y = 2\n" * 500)
    layout = layout_of(Scripted().tokens_of, task.source, task.hole, edges=Edges(1, 256, 256), longest=16)
    assert len(layout.before) + len(layout.after) + 16 <= 256
    assert len(layout.before) + len(layout.after) > 150
    assert layout.before[0] == 1
    assert bytes(layout.before[1:]).startswith(b"x = 1\n")
    assert bytes(layout.after).endswith(b"y = 2\n")
    assert layout.notes


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (b"abx", b"abx"),
        (b"\tabx\r\n".lstrip() + b"y = 1\r\n", b"abx"),
        ("ä = 'ü'\nz = abx".encode(), b"abx"),
    ],
)
def test_the_layout_is_the_file_whatever_it_looks_like(data: bytes, at: bytes) -> None:
    task = task_of(data, at)
    layout = layout_of(Scripted().tokens_of, task.source, task.hole, edges=Edges(None, None, 256), longest=8)
    assert bytes((*layout.before, *layout.old, *layout.after)) == data
    assert layout.longest == 8


def test_a_hole_that_is_larger_than_half_the_window_is_too_long() -> None:
    task = task_of(b"a" * 200 + b" + b", b"a" * 200)
    with pytest.raises(TooLong, match="200 tokens"):
        layout_of(Scripted().tokens_of, task.source, task.hole, edges=Edges(None, None, 256), longest=8)


def test_line_ends_are_those_of_the_file() -> None:
    data = b"def f(a):\r\n    if a:\r\n        a = 1\r\n    return a\r\n"
    source = Source("a.py", data)
    hole = hole_of_lines(source, "python", 2, 3)
    assert hole is not None
    task = Task(source, "python", hole, sampling=Sampling(temperature=0.0))
    liked = b"    if a:\n        a += 1"
    around = (tuple(data[: hole.span.start - 4]), (*data[hole.span.end :], 256))
    denoiser = Liking((liked,), around=around)
    found = diffuse_with(task, Scripted(), denoiser, Settings())
    assert texts_of(found) == [b"if a:\r\n        a += 1"]


def test_drawn_canvases_follow_the_likeliest_one_and_the_seed_decides() -> None:
    def found(seed: int) -> Proposals:
        task = task_of(sampling=Sampling(temperature=1.0, top_k=0, top_p=1.0, seed=seed), count=2)
        return diffuse_with(task, Scripted(), liking(task, b" abd", nats=6.0), Settings(lengths=1))

    one, again, other = found(1), found(1), found(2)
    assert one == again
    assert b"abd" in texts_of(one)
    assert b"abd" in texts_of(other)
    assert [row.text for row in one.fallen] != [row.text for row in other.fallen]
    assert len(one.fallen) + len(one.candidates) == 4


def test_when_the_time_is_up_what_was_found_is_kept() -> None:
    task = task_of()
    ticks = iter(range(10_000))
    with pytest.raises(OutOfTime):
        diffuse_with(task, Scripted(), liking(task, b" abd"), Settings(), Stop(2.0, clock=lambda: next(ticks)))
    ticks = iter(range(10_000))
    stop = Stop(13.0, clock=lambda: next(ticks))
    found = diffuse_with(task, Scripted(), liking(task, b" abd"), Settings(threshold=1.0), stop)
    assert texts_of(found) == [b"abd"]
    assert any("the time was up" in note for note in found.notes)
    with pytest.raises(Cancelled):
        diffuse_with(task, Scripted(), liking(task, b" abd"), Settings(), Stop(cancelled=lambda: True))


def test_a_model_of_llama_cpp_fills_a_hole_under_a_grammar(model: LlamaModel) -> None:
    """Random weights write nothing that parses; a grammar leaves them two names to choose from."""
    task = task_of(constraints=constraints('start: "abc" | "abd"\n'))
    found = diffuse(task, model)
    assert set(texts_of(found)) & {b"abc", b"abd"}
    assert found == diffuse(task, model)
    guided = diffuse(task, model, settings=Settings(guidance=1.0))
    assert set(texts_of(guided)) & {b"abc", b"abd"}
    assert guided.tokens > found.tokens


def test_a_model_of_llama_cpp_that_is_left_to_itself_proposes_nothing_that_is_wrong(model: LlamaModel) -> None:
    found = diffuse(task_of(sampling=Sampling(temperature=0.8, seed=3), count=2), model)
    assert found.fallen
    assert all(one.text in (b"abc", b"abd", b"f") for one in found.candidates)


def test_another_model_takes_over_where_diffusion_gives_nothing(model: LlamaModel) -> None:
    other = Scripted([b"abd"])
    found = diffuse(task_of(), model, fallback=other)
    assert b"abd" in texts_of(found)
    assert {one.origin for one in found.candidates} <= {Origin.INFILLED, Origin.CONSTRAINED}
    assert any("diffusion gave nothing: scripted" in note for note in found.notes)
    assert any(one.origin == "diffused" for one in found.fallen)


def test_another_model_takes_over_where_diffusion_cannot_work(model: LlamaModel) -> None:
    data = b"abd = 1\n" + b"a" * 300 + b" + abd\n"
    task = task_of(data, b"a" * 300)
    with pytest.raises(TooLong):
        diffuse(task, model)
    found = diffuse(task, model, fallback=Scripted([b"abd"]))
    assert any("diffusion failed: a hole of" in note for note in found.notes)


def test_a_model_that_is_no_diffusion_model_writes_from_left_to_right() -> None:
    found = diffuse(task_of(), Scripted([b"abd"]))
    assert b"abd" in texts_of(found)
    assert "scripted is no diffusion model: it wrote from left to right" in found.notes


def test_a_diffusion_model_that_llama_cpp_does_not_run_is_refused() -> None:
    class Foreign(Scripted):
        @property
        def info(self):
            return replace(super().info, is_diffusion=True)

    with pytest.raises(ModelError, match="cannot be denoised"):
        diffuse(task_of(), Foreign())
