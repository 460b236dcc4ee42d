"""The shape of a check: a module that satisfies `Check`, listed in `checks.registry.CHECKS`.

File order in a check's module: docstring contract, `SLUG`, `RULES`, `EXAMPLES`, `covers`, `run`, private
functions. The docstring's headings: What it finds. Why it matters. When it stays silent. How to fix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from checks.change import Change
from checks.finding import Confidence, Finding, Severity

if TYPE_CHECKING:
    from checks.knowledge import Knowledge
    from kb.memory.model import Recollection


@dataclass(frozen=True)
class Rule:
    """One kind of finding a check can report. An engine's check has many, our own checks have one.

    `codes` are the engine's own names for it. Several engines may share a slug: that is how one defect
    reported twice becomes one finding. `silent` rules are recorded, not posted, until promoted.
    """

    slug: str
    severity: Severity
    confidence: Confidence
    finds: str  # one sentence: what it finds
    why: str = ""  # one sentence: why it matters
    fix: str = ""  # one sentence: how to mend it
    codes: tuple[str, ...] = ()
    silent: bool = False


@dataclass(frozen=True)
class Example:
    """A change and what must be said about it: a test and a piece of documentation at once.

    `before` and `after` map paths to file text and are whole trees: a file that `after` lacks is deleted.
    `fires` lists (slug, path, line); empty means it must stay silent. `statement` is the commit message.
    `fixed` is the text of the one file in `fires` after the suggestion. `sarif` is a report that is read in.
    `history` are whole trees that were committed before `before`, the oldest first; `messages` is what those commits
    say. `memory` makes what is remembered of the ids of all commits, those of `history` first, the change's last.
    """

    name: str
    after: Mapping[str, str]
    before: Mapping[str, str] = field(default_factory=dict)
    fires: tuple[tuple[str, str, int], ...] = ()
    statement: str = "Change"
    fixed: str | None = None
    sarif: str = ""
    history: tuple[Mapping[str, str], ...] = ()
    messages: tuple[str, ...] = ()
    memory: Callable[[Sequence[str]], Recollection] | None = None


@dataclass(frozen=True)
class Unseen:
    """A file that a check should have looked at and could not, or only in part."""

    path: str
    reason: str


@dataclass(frozen=True)
class Report:
    """What one check brought back."""

    findings: tuple[Finding, ...] = ()
    unseen: tuple[Unseen, ...] = ()


class Described(Protocol):
    """A module that says what it finds: what there is to explain, to list and to switch off about a check."""

    __doc__: str | None

    @property
    def SLUG(self) -> str:
        """Return the check's name."""
        ...

    @property
    def RULES(self) -> tuple[Rule, ...]:
        """Return the kinds of finding it reports."""
        ...

    @property
    def EXAMPLES(self) -> tuple[Example, ...]:
        """Return its tests and documentation."""
        ...

    def covers(self, path: str) -> bool:
        """Return whether a file at this path is one the check would look at."""
        ...


class Check(Described, Protocol):
    """A module that looks at a change. It opens nothing and awaits nothing: it is handed what it needs."""

    def run(self, change: Change, knowledge: Knowledge) -> Report:
        """Return what is true at head and was not at base; raises NotChecked where it cannot run."""
        ...
