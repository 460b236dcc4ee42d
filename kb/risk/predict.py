"""How risky a change is by a trained model, in plain Python: nothing of what trained it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kb.history.past import History
from kb.risk.explain import Factor, factors_of
from kb.risk.features import FILE_NAMES, Features, Surroundings, Touched, counted, features_of
from kb.risk.features_graph import FileNode
from kb.risk.labels import is_judged
from kb.risk.model import RiskModel
from kb.risk.past import MinedPast

_ADDED, _REMOVED, _HUNKS = (FILE_NAMES.index(name) for name in ("added", "removed", "hunks"))


@dataclass(frozen=True)
class Predicted:
    """A score is how likely it is, 0..1, that a fix will be needed within a year; a rank, how many were less risky.

    `rank` is among the repository's own earlier changes, 0..1. `files` has every source file that is no test.
    """

    score: float
    rank: float
    factors: tuple[Factor, ...]
    files: Mapping[str, float]
    features: Features


class Predictor:
    """A model with the past of one commit: made once, asked about changes to that commit."""

    def __init__(
        self,
        model: RiskModel,
        history: History,
        *,
        accepted: Mapping[str, Sequence[float]] | None = None,
        message: Callable[[str], str] | None = None,
        more: Mapping[str, FileNode] | None = None,
    ) -> None:
        """Take what is known at a commit.

        Args:
            model: What was learnt.
            history: The commits that lead to it.
            accepted: By path, when findings were accepted there (seconds since 1970).
            message: Tells what a commit says, so that fixes made after the training count too.
            more: Files that the model has not seen, see `kb.risk.features_graph.file_nodes`.
        """
        self._model = model
        past = MinedPast(history, model.fixes, model.at, message)
        self._known = Surroundings(past, model.graph.with_files(more or {}), accepted or {})
        self._now = history.known.newest

    def predicted(self, files: Sequence[Touched]) -> Predicted:
        """Return how risky a change is; nothing, surely, if it touches no source but tests."""
        features = features_of(files, self._known, self._now)
        judged = {one.path for one in files if is_judged(one.path)}
        if not judged:
            return Predicted(0.0, 0.0, (), {}, features)
        scorer = self._model.change
        raw = scorer.raw(features.change)
        places = {path: self.of_row(features.files[path]) for path in sorted(judged)}
        factors = factors_of(scorer, features)
        return Predicted(scorer.probability(raw), scorer.rank(raw), factors, places, features)

    def of_hunk(self, features: Features, path: str, added: int, removed: int) -> float:
        """Return the score, 0..1, of a part of a file of a change: as if the file had been changed there alone."""
        row = list(features.files[path])
        for at, count in ((_ADDED, added), (_REMOVED, removed), (_HUNKS, 1)):
            row[at] = counted(count)
        return self.of_row(row)

    def of_row(self, row: Sequence[float]) -> float:
        """Return the score of a file's numbers."""
        return self._model.file.probability(self._model.file.raw(row))
