"""Learns a repository's risk model from its own past, or says that there is too little of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.errors import UserError
from kb.risk.features import CHANGE_NAMES, CHANGE_SIZES, DAY, FILE_NAMES, FILE_SIZES, Features
from kb.risk.features_graph import FileGraph
from kb.risk.fit import Fitted, Table, fitted
from kb.risk.labels import is_judged
from kb.risk.mined import Labels, Mined, labels_of
from kb.risk.model import FORMAT, RiskModel

FEWEST = 30  # changes that brought a defect
GAP = 90 * DAY  # a younger change has not had the time to be found out, and is not learnt from
MOST_FIXES = 4_000  # ids that are kept, the newest first
FRONT = 12  # digits of an id that are kept


class NotEnough(UserError):
    """The repository's past is too short to learn a risk from."""


@dataclass(frozen=True)
class Trained:
    """A model, and how it did: see `measured` for the figures that the store keeps beside it."""

    model: RiskModel
    change: Fitted
    file: Fitted
    changes: int
    bad: int

    @property
    def version(self) -> str:
        """Return the format of the body and the commit that it was learnt up to."""
        return f"{FORMAT} {self.model.tip[:FRONT]}"

    @property
    def measured(self) -> dict[str, Any]:
        """Return the figures as plain values. Areas are under the ROC curve, on changes later than what was learnt."""
        found = {"changes": self.changes, "bad": self.bad}
        for name, one in (("change", self.change), ("file", self.file)):
            figures = {"kind": one.scorer.kind, "area": round(one.area, 4), "size_area": round(one.size_area, 4)}
            found |= {name: {**figures, "brier": round(one.brier, 4), "tried": one.tried}}  # type: ignore[dict-item]
        return found


def trained(
    found: Mined,
    rows: Mapping[int, Features],
    graph: FileGraph,
    *,
    until: int | None = None,
    also_bad: Sequence[str] = (),
    seed: int = 0,
) -> Trained:
    """Return the model that the changes before number `until` teach (None: all); raises NotEnough.

    Args:
        found: The repository's past.
        rows: `rows_of` it, with this graph.
        graph: The files of the tree that the model is for.
        until: No change from there on, and no fix, is heard of.
        also_bad: Ids of changes that outcomes say were bad: merged, and taken back later.
        seed: Of what is drawn by lot in fitting trees.
    """
    end = len(found.changes) if until is None else until
    newest = max((one.at for one in found.changes[:end]), default=0)
    numbers = [one for one in sorted(rows) if one < end and found.changes[one].at <= newest - GAP]
    named = frozenset(also_bad)
    told = frozenset(at for at in numbers if found.changes[at].oid in named)
    bad = len((labels_of(found.changes, found.blames, end).changes | told).intersection(numbers))
    if bad < FEWEST:
        raise NotEnough(f"not enough history: {bad} fix-inducing commits, {FEWEST} needed")
    change = fitted(_change_table(found, rows, numbers, end, told), seed)
    file = fitted(_file_table(found, rows, numbers, end, told), seed)
    if change is None or file is None:
        raise NotEnough(f"not enough history: {bad} fix-inducing commits, but too close together to try a model on")
    fixes = [one.oid[:FRONT] for one in found.commits if one.oid in found.fixes][:MOST_FIXES]
    tip = found.changes[end - 1]
    model = RiskModel(tip.oid, newest, change.scorer, file.scorer, frozenset(fixes), graph)
    return Trained(model, change, file, len(numbers), bad)


def _change_table(
    found: Mined, rows: Mapping[int, Features], numbers: Sequence[int], end: int, told: frozenset[int]
) -> Table:
    def known(row: int) -> list[bool]:
        return bad_at(numbers[row] if row < len(numbers) else end)

    def bad_at(until: int) -> list[bool]:
        labels = labels_of(found.changes, found.blames, until)
        return [one in labels.changes or one in told for one in numbers]

    at, lines = [found.changes[one].at for one in numbers], [rows[one].lines for one in numbers]
    values = [rows[one].change for one in numbers]
    return Table(CHANGE_NAMES, frozenset(CHANGE_SIZES), values, at, lines, bad_at(end), known)


def _file_table(
    found: Mined, rows: Mapping[int, Features], numbers: Sequence[int], end: int, told: frozenset[int]
) -> Table:
    """Return one row for each source file of each change; outcomes speak of whole changes and so do not count here."""
    places = [(one, path) for one in numbers for path in sorted(rows[one].files) if is_judged(path)]
    sizes = {(one, file.path): file.lines for one in numbers for file in found.changes[one].files}

    def bad_at(until: int) -> list[bool]:
        labels: Labels = labels_of(found.changes, found.blames, until)
        return [place in labels.files for place in places]

    def known(row: int) -> list[bool]:
        return bad_at(places[row][0] if row < len(places) else end)

    values = [rows[one].files[path] for one, path in places]
    at, lines = [found.changes[one].at for one, _ in places], [sizes[place] for place in places]
    return Table(FILE_NAMES, frozenset(FILE_SIZES), values, at, lines, bad_at(end), known)
