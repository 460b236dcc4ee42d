"""From claims to what may be said of them: all that code alone can check, in order, each drop with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.change import Statement
from checks.finding import Evidence
from checks.inference.cap import Grounded
from checks.inference.claims import LONGEST_WHY, Claim
from checks.inference.exist import Existence, statements_in
from checks.inference.ground import Ground, Place
from checks.inference.guard import is_about_marker, line_in, prose_in, said
from checks.inference.model import Dropped
from checks.inference.quote import one_blank
from checks.inference.reach import why_untested_is_not_said
from checks.inference.reading import Reading

PATTERN = 400  # characters of the quote that are kept of a claim that was dropped
LEAST_SENTENCE = 8  # characters
OF_MARKER, EMPTY, UNSAID = "about the mark of a secret", "says nothing", "sentence not in the author's text"


@dataclass(frozen=True)
class Sieve:
    """Holds claims of a change against its code, its graph and its texts."""

    ground: Ground
    statements: Sequence[Statement]

    def held(self, reading: Reading, claim: Claim) -> Grounded | Dropped:
        """Return a claim with its place and what bears it out, or at which step it failed."""
        if not one_blank(claim.why):
            return dropped(claim, EMPTY)
        if is_about_marker(claim.why, claim.input, claim.quote):
            return dropped(claim, OF_MARKER)
        place = self.ground.place_of(claim, with_comments=not reading.TRAITS.is_security)
        if isinstance(place, str):
            return dropped(claim, place)
        evidence: list[Evidence] = []
        if reading.TRAITS.sees_statements:
            sentence = self._sentence(claim)
            if sentence is None:
                return dropped(claim, UNSAID)
            evidence.append(sentence)
        if reading.TRAITS.is_about_tests and (reason := why_untested_is_not_said(self.ground, place)):
            return dropped(claim, reason)
        return self._with_names(claim, place, evidence)

    def _with_names(self, claim: Claim, place: Place, evidence: list[Evidence]) -> Grounded | Dropped:
        existence = Existence(self.ground.code, place)
        for named in statements_in(claim):
            held = existence.held(named)
            if held.evidence is None:
                return dropped(claim, held.reason)
            evidence.append(held.evidence)
        return Grounded(claim, place, tuple(evidence))

    def _sentence(self, claim: Claim) -> Evidence | None:
        wanted = one_blank(claim.said).lower()
        if len(wanted) < LEAST_SENTENCE:
            return None
        for statement in self.statements:
            if wanted in one_blank(prose_in(statement.text, len(statement.text) + 1)).lower():
                return Evidence("claim", "", 0, f"{line_in(statement.origin)}: {said(claim.said, LONGEST_WHY)}")
        return None


def dropped(claim: Claim, reason: str) -> Dropped:
    """Return a claim that is not said, made plain: it is kept, and shown to the next model as a mistake."""
    return Dropped(claim.slug, reason, said(claim.why, LONGEST_WHY), said(claim.quote, PATTERN))
