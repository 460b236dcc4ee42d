"""Second readings: which claims are read again, and what is left of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.inference.asking import Asking, size_of
from checks.inference.cap import Grounded, finding_of
from checks.inference.fence import Fence
from checks.inference.ground import Ground
from checks.inference.held import dropped
from checks.inference.model import Dropped, Role
from checks.inference.under_way import Pass
from checks.inference.verify import FEWER, Shown, shown_for, verify_ask
from models.chat.errors import BadRequest, NoReader, Unreachable
from models.chat.model import Ask
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
        try:
            ask, shown = self._question(one)
            answer = self.asking.ask(Role.VERIFY, ask).data
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

    def _question(self, one: Grounded) -> tuple[Ask, Shown]:
        """Return the question about a claim, with as much code as the model takes; raises ModelError."""
        chat = self.asking.chat(Role.VERIFY)
        for most in FEWER:
            shown = shown_for(self.ground, one.place, most)
            ask = verify_ask(self.ground, self.fence, one.claim, one.place, shown)
            if size_of(ask, chat.tokens) + ask.most <= chat.context:
                return ask, shown
        raise BadRequest(f"a context of {chat.context} tokens is too small for a second reading")


def _rank(one: Grounded, of: Pass) -> tuple[object, ...]:
    finding = finding_of(one, of.reading.RULES[0])
    return (finding.silent, finding.severity.rank, one.claim.confidence.rank, finding.path, finding.line, finding.slug)
