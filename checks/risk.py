"""How risky a change is here, by what its repository's past teaches: what to say first, and how long to look.

A risk finds nothing and changes no finding: it orders them, and says how much model time a change deserves. Where
there is no trained model, or no past, there is no risk, and everything is as it would be without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from checks.change import Change
from checks.finding import Finding, Side
from kb.diff import FileDiff
from kb.errors import NotChecked
from kb.memory.model import Fate, Lesson

if TYPE_CHECKING:
    from kb.graph.code import CodeSource
    from kb.history.model import HistorySource
    from kb.risk.explain import Factor
    from kb.risk.features_graph import FileNode
    from kb.risk.model import RiskModel

LEAST_EFFORT, USUAL_EFFORT, MOST_EFFORT = 0.5, 1.0, 2.0
MOST_HUNKS = 500  # of one change that get a score of their own
MOST_NEW = 20  # files that the model has not seen, and that the graph is asked about


@dataclass(frozen=True)
class HunkRisk:
    """Lines of a file at one side, first and last, and the score of what was done there, 0..1."""

    line: int
    end_line: int
    score: float


@dataclass(frozen=True)
class Risk:
    """How likely it is, 0..1, that a fix to this change will be needed within a year, and why.

    `rank` is the share of the repository's earlier changes that were less risky. `files` and `hunks` are by path, of
    source files that are no tests; hunks are of the head file.
    """

    score: float
    rank: float
    factors: tuple[Factor, ...] = ()
    files: Mapping[str, float] = field(default_factory=dict)
    hunks: Mapping[str, tuple[HunkRisk, ...]] = field(default_factory=dict)

    def at(self, path: str, line: int, side: Side = Side.RIGHT) -> float:
        """Return the score of a place: of its hunk, else of its file, 0.0 for what has none."""
        if side is Side.RIGHT:
            for hunk in self.hunks.get(path, ()):
                if hunk.line <= line <= hunk.end_line:
                    return hunk.score
        return self.files.get(path, 0.0)


def risk_of(
    change: Change,
    body: Mapping[str, Any] | None,
    history: HistorySource | None,
    code: CodeSource | None = None,
    score: Callable[[str, str], float | None] | None = None,
    *,
    accepted: Mapping[str, Sequence[float]] | None = None,
    message: Callable[[str], str] | None = None,
) -> Risk | None:
    """Return the risk of a change; None where nothing was learnt, or nothing is known of the past.

    Args:
        change: What is reviewed.
        body: The trained model, `Recollection.risk`.
        history: The past of the change's base.
        code: The graph, asked about files that the model has not seen; None: they have no neighbours.
        score: The salience of a path and a symbol.
        accepted: `accepted_in` the lessons.
        message: What a commit says (`CommitSource.message`), so that fixes after the training are known.
    """
    if body is None or history is None:
        return None
    from kb.risk.features import Touched
    from kb.risk.model import model_from
    from kb.risk.predict import Predictor

    model, past = model_from(body), history.history(change.base_id)
    if model is None or not past.commits:
        return None
    more = _unseen(change, model, code, score)
    predictor = Predictor(model, past, accepted=accepted, message=message, more=more)
    files = [
        Touched(one.path, one.old.path if one.old else "", len(one.added), len(one.removed), len(one.hunks))
        for one in change.files
    ]
    found = predictor.predicted(files)
    hunks: dict[str, tuple[HunkRisk, ...]] = {}
    left = MOST_HUNKS
    for one in change.files:
        if one.path in found.files and len(one.hunks) <= left:
            left -= len(one.hunks)
            hunks[one.path] = tuple(
                HunkRisk(
                    max(1, hunk.new_start),
                    max(1, hunk.new_start + hunk.new_length - 1),
                    predictor.of_hunk(found.features, one.path, hunk.new_length, hunk.old_length),
                )
                for hunk in one.hunks
            )
    return Risk(found.score, found.rank, found.factors, found.files, hunks)


def accepted_in(lessons: Iterable[Lesson]) -> dict[str, list[float]]:
    """Return by path when findings were accepted there, seconds since 1970, in order."""
    found: dict[str, list[float]] = {}
    for at, path in sorted((one.at, one.path) for one in lessons if one.fate is Fate.ACCEPTED):
        found.setdefault(path, []).append(at)
    return found


def ordered(findings: Iterable[Finding], risk: Risk | None) -> list[Finding]:
    """Return the findings in the order in which they are told: the worst and surest first, then the riskier place.

    Without a risk it is the usual order. The result does not depend on the order of what comes in.
    """
    if risk is None:
        return sorted(findings, key=lambda one: one.order)

    def key(one: Finding) -> tuple[int, int, float, str, int, str, str]:
        severity, confidence, path, line, slug, message = one.order
        return severity, confidence, -risk.at(one.path, one.line, one.side), path, line, slug, message

    return sorted(findings, key=key)


def effort(risk: Risk | None) -> float:
    """Return by what the seconds and tokens that a change gets are multiplied: 0.5 for the least risky, 2 for the most.

    A change of middling rank, and one of unknown risk, gets 1.
    """
    if risk is None:
        return USUAL_EFFORT
    span: float = (MOST_EFFORT / LEAST_EFFORT) ** risk.rank
    return min(MOST_EFFORT, max(LEAST_EFFORT, LEAST_EFFORT * span))


def _unseen(
    change: Change,
    model: RiskModel,
    code: CodeSource | None,
    score: Callable[[str, str], float | None] | None,
) -> dict[str, FileNode]:
    """Return where in the graph at base those files lie that came after the model."""
    from kb.risk.features_graph import file_nodes
    from kb.risk.labels import is_code

    def is_new(file: FileDiff) -> bool:
        return file.old is not None and is_code(file.old.path) and file.old.path not in model.graph.nodes

    paths = [file.old_path for file in change.files if is_new(file)][:MOST_NEW]
    if code is None or not paths:
        return {}
    try:
        graph = code.change(change.base, change.head, change.identity).base.graph
    except NotChecked:
        return {}
    return file_nodes(graph, paths, lambda path: score(path, "") if score is not None else None)
