"""Second readings: which claims are read again, and what is left of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.inference.asking import Asking
from checks.inference.cap import Grounded, finding_of
from checks.inference.fence import Fence
from checks.inference.ground import Ground
from checks.inference.held import dropped
from checks.inference.model import Dropped, Role
from checks.inference.under_way import Pass
from checks.inference.verify import shown_for, verify_ask
from models.chat.errors import NoReader, Unreachable
from models.errors import ModelError

MOST = 10  # claims of one change that are read again; the worst first
NOT_VERIFIED, REFUTED, TOO_MANY = "not verified", "refuted", "too many claims"


@dataclass(frozen=True)
class Again:
    """Reads claims again, each by a question of its own."""

    ground: Ground
    fence: Fence
    asking: Asking
    clock: Callable[[], float]

    def chosen(self, grounded: Sequence[Grounded], passes: Mapping[str, Pass]) -> tuple[list[Grounded], list[Dropped]]:
        """Return the claims that are read again, the worst and surest first, and those that are too many."""
        order = sorted(grounded, key=lambda one: _rank(one, passes[one.claim.slug]))
        return order[:MOST], [dropped(one.claim, TOO_MANY) for one in order[MOST:]]

    def read(self, one: Grounded, of: Pass) -> Grounded | Dropped:
        """Return a claim that stands, or why it does not; a pass whose claim nobody could read again is not checked.

        A refutation that shows no code refutes nothing: the claim stands, and is doubted.
        """
        began = self.clock()
        shown = shown_for(self.ground, one.place)
        try:
            answer = self.asking.ask(Role.VERIFY, verify_ask(self.ground, self.fence, one.claim, one.place, shown)).data
        except ModelError as error:
            alone = isinstance(error, NoReader)  # somebody read the change, and nobody is there to read it again
            of.fail(Unreachable(f"no second reading: {error}") if alone else error, [one.place.path])
            return dropped(one.claim, NOT_VERIFIED)
        finally:
            of.seconds += self.clock() - began
        if not answer["refuted"]:
            return one
        if self.ground.is_quoted(answer["because"], shown.paths):
            return dropped(one.claim, REFUTED)
        return replace(one, is_doubted=True)


def _rank(one: Grounded, of: Pass) -> tuple[object, ...]:
    finding = finding_of(one, of.reading.RULES[0])
    return (finding.silent, finding.severity.rank, one.claim.confidence.rank, finding.path, finding.line, finding.slug)
