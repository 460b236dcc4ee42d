"""What the code around a hole demands of what is written into it, as data: nothing here is compiled yet.

A ConstraintIR is a hole and a list of constraints on it. Each says what kind of demand it is, which domain it works
in, how much it weighs against others, and why it is there. `ir_json` writes and reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from models.constraints.model import Domain

VERSION = 1  # of what is written; raise it with every change that an older reader would misread


class Kind(StrEnum):
    """What a constraint keeps from going wrong."""

    SYNTACTIC = "syntactic"
    TYPE_SAFETY = "type-safety"
    SEMANTIC = "semantic"
    ARCHITECTURAL = "architectural"
    OPERATIONAL = "operational"
    SECURITY = "security"


class Priority(IntEnum):
    """Which of two constraints gives way where both cannot hold: the one with the lower number."""

    HINT = 10
    PREFERRED = 30
    WANTED = 60
    REQUIRED = 100


@dataclass(frozen=True)
class HoleSpec:
    """The hole: where it is, what stands in it, and what is known of its place."""

    path: str
    language: str
    start: int  # bytes
    end: int
    kind: str  # the grammar's name of the node
    scale: str
    node_class: str  # which of the grammars: expression, statements, identifier, ...
    indent: str = ""
    is_inline: bool = False  # statements that stand behind the colon of their header
    is_bracketed: bool = False  # a bracket around it lets it go over lines
    text: str = ""  # what stands there now, at most `LONGEST_TEXT` characters
    symbol: str = ""
    wanted: str = ""  # the type that the place asks for, as it is written somewhere; "" if not known
    is_async: bool = False  # whether one may await there


LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Demand:
    """What all constraints have."""

    kind: Kind
    domain: Domain
    priority: Priority
    why: str  # for people: "names in scope at src/a.py:12"


@dataclass(frozen=True)
class Grammar(Demand):
    """The text is one node of a class of a language; or what a Lark grammar says, where there is one."""

    language: str = ""
    node_class: str = ""
    indent: str = ""
    unit: str = " "
    is_inline: bool = False
    is_bracketed: bool = False
    lark: str = ""


@dataclass(frozen=True)
class Schema(Demand):
    """The text is a JSON value that a JSON schema allows; the schema as JSON text."""

    schema: str = "{}"


@dataclass(frozen=True)
class Pattern(Demand):
    """The text matches a regular expression, in llguidance's dialect, from start to end."""

    regex: str = ""


@dataclass(frozen=True)
class Words(Demand):
    """A vocabulary: names in the place of `role` are of it. `roots` are modules in the imports domain."""

    role: str = "names"  # names | modules
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inhabitants(Demand):
    """What is in scope and has the wanted type: names, members of names, and calls (written as `name(`)."""

    type: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preferences(Demand):
    """Words, and by how many nats each is made likelier."""

    words: tuple[tuple[str, float], ...] = ()


Constraint = Grammar | Schema | Pattern | Words | Inhabitants | Preferences


@dataclass(frozen=True)
class ConstraintIR:
    """All constraints on one hole."""

    hole: HoleSpec
    constraints: tuple[Constraint, ...] = ()
    names: tuple[str, ...] | None = None  # all names bound at the place; None where that is not known
    feasibility: float = 1.0  # 0..1: how likely it is that anything sensible satisfies all of it
    notes: tuple[str, ...] = ()
    version: int = field(default=VERSION)
