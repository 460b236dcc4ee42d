"""Trained risk models of repositories: kept one after the other, the newest in use; and what outcomes teach them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from json import JSONDecodeError
from typing import Any

from sqlmodel import Session, col, select

from kb.outcomes.audit import Became
from kb.outcomes.opened import Opened
from kb.outcomes.rows import OutcomeRow, PullRow, RiskRow
from kb.outcomes.storable import key

MOST_KEPT = 5  # models of one repository; older ones are deleted


@dataclass(frozen=True)
class KeptRisk:
    """A model as it was kept: its body is `kb.risk.model`'s, `measured` how it did on changes it had not seen."""

    version: str
    at: datetime
    body: Mapping[str, Any]
    measured: Mapping[str, Any]


class RiskStore(Opened):
    """The part of the outcomes store that keeps risk models."""

    def keep_risk(
        self, repository: str, version: str, body: Mapping[str, Any], measured: Mapping[str, Any], at: datetime
    ) -> None:
        """Keep a model; it is in use from now on."""
        with self._writing() as session:
            keep(session, repository, KeptRisk(version, at, body, measured))

    def risk_of(self, repository: str) -> KeptRisk | None:
        """Return the model in use; None if none was trained."""
        with self._reading() as session:
            return newest(session, repository)

    def reverted_merges(self, repository: str) -> tuple[str, ...]:
        """Return the commits that pull requests were merged as which were taken back later, in order."""
        with self._reading() as session:
            return reverted(session, repository)


def keep(session: Session, repository: str, risk: KeptRisk) -> None:
    """Add a model, and delete those that nobody will ask for."""
    repository = key(repository)
    row = RiskRow(
        repository=repository, version=risk.version, at=risk.at, body=dict(risk.body), measured=dict(risk.measured)
    )
    session.add(row)
    session.flush()
    query = select(RiskRow).where(RiskRow.repository == repository).order_by(col(RiskRow.id).desc())
    for old in session.exec(query.offset(MOST_KEPT)).all():
        session.delete(old)


def newest(session: Session, repository: str) -> KeptRisk | None:
    """Return the model that was kept last; None too where its body is damaged: then there is none until the next."""
    query = select(RiskRow).where(RiskRow.repository == key(repository)).order_by(col(RiskRow.id).desc()).limit(1)
    try:
        row = session.exec(query).first()
    except JSONDecodeError:  # the column's own decoder: a risk only orders, and no review fails for it
        return None
    return None if row is None else KeptRisk(row.version, row.at, row.body, row.measured)


def reverted(session: Session, repository: str) -> tuple[str, ...]:
    """Return the merge commits of changes of which it was noted that they were taken back."""
    repository = key(repository)
    noted = select(OutcomeRow.subject).where(
        OutcomeRow.repository == repository, OutcomeRow.kind == Became.REVERTED.value
    )
    numbers = {subject.rpartition("/")[2] for subject in session.exec(noted).all()}
    pulls = select(PullRow).where(PullRow.repository == repository, col(PullRow.merge_commit).is_not(None))
    rows = session.exec(pulls).all()
    return tuple(sorted(row.merge_commit for row in rows if row.merge_commit and str(row.number) in numbers))
