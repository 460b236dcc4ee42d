"""How names are found in each of the other languages, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Rules:
    """One language's rules of scope.

    `group` are the languages that see each other's names. `members`: a bare name in a class's body may be a member of
    the class, of its bases or of a class around it. `apart`: functions and variables have names of their own, so that
    a local variable hides no function. `overloads`: functions of one name differ in their parameters. `shared`: what
    other files of the same package, folder or module define is visible. `strict`: functions are members of classes
    only, so that what a class may inherit from outside the tree hides nothing but members.
    """

    group: str
    this: tuple[str, ...] = ()
    own_type: tuple[str, ...] = ()  # words for the class around
    parent: tuple[str, ...] = ()  # words for its base
    members: bool = False
    apart: bool = False
    overloads: bool = False
    shared: bool = False
    strict: bool = False


RULES: Mapping[str, Rules] = MappingProxyType(
    {
        "c": Rules("c", shared=True),
        "cpp": Rules("c", this=("this",), members=True, overloads=True, shared=True),
        "csharp": Rules(
            "csharp", this=("this",), parent=("base",), members=True, overloads=True, shared=True, strict=True
        ),
        "go": Rules("go", shared=True),
        "java": Rules(
            "jvm",
            this=("this",),
            parent=("super",),
            members=True,
            apart=True,
            overloads=True,
            shared=True,
            strict=True,
        ),
        "kotlin": Rules("jvm", this=("this",), parent=("super",), members=True, overloads=True, shared=True),
        "php": Rules("php", this=("$this",), own_type=("self", "static"), parent=("parent",), apart=True, shared=True),
        "ruby": Rules("ruby", this=("self",), members=True, shared=True),
        "rust": Rules("rust", this=("self",), own_type=("Self",)),
        "swift": Rules(
            "swift", this=("self",), own_type=("Self",), parent=("super",), members=True, overloads=True, shared=True
        ),
        "zig": Rules("zig", members=True),
    }
)
