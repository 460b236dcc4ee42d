"""Which enumerations can mend what: the one table that knows the slugs of checks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Way(StrEnum):
    """One kind of enumeration."""

    NAMES = "names"  # another name that is bound there
    ATTRIBUTES = "attributes"  # another member of what the dot follows, or a name taken from `self`
    IMPORTS = "imports"  # the name is imported
    MODULES = "modules"  # an import's module or member is one that exists
    ARGUMENTS = "arguments"  # order, keywords, number
    AWAITS = "awaits"
    OPERATORS = "operators"
    NEGATION = "negation"
    LITERALS = "literals"
    GUARDS = "guards"
    KEYWORDS = "keywords"  # a statement's word is missing: `raise`, `throw`


EVERY_WAY = tuple(Way)
_LOGIC = (Way.OPERATORS, Way.NEGATION, Way.LITERALS)
_SWITCH = (Way.LITERALS,)  # a value that turns something off or on

WAYS: Mapping[str, tuple[Way, ...]] = MappingProxyType(
    {
        "undefined-name": (Way.IMPORTS, Way.NAMES, Way.ATTRIBUTES),
        "undefined-export": (Way.LITERALS,),
        "used-before-assignment": (Way.NAMES,),
        "removed-symbol-still-used": (Way.NAMES, Way.ATTRIBUTES, Way.IMPORTS, Way.MODULES, Way.ARGUMENTS),
        "attribute-not-on-type": (Way.ATTRIBUTES,),
        "import-resolves-nowhere": (Way.MODULES,),
        "moved-file-still-referenced": (Way.MODULES,),
        "call-does-not-fit-signature": (Way.ARGUMENTS,),
        "wrong-argument-to-builtin": (Way.ARGUMENTS, Way.LITERALS, Way.NAMES),
        "promise-arguments-wrong": (Way.ARGUMENTS,),
        "number-argument-out-of-range": (Way.ARGUMENTS, Way.LITERALS),
        "min-max-swapped": (Way.ARGUMENTS,),
        "await-missing-or-lost": (Way.AWAITS,),
        "await-forgotten": (Way.AWAITS,),
        "is-with-literal": (Way.OPERATORS,),
        "assignment-in-condition": (Way.OPERATORS,),
        "annotation-for-assignment": (Way.OPERATORS,),
        "double-sign-for-increment": (Way.OPERATORS,),
        "loop-counts-the-wrong-way": (Way.OPERATORS,),
        "negation-of-left-operand": (Way.OPERATORS, Way.NEGATION),
        "chained-comparison": (Way.OPERATORS,),
        "index-as-truth": (Way.GUARDS,),
        "unsafe-optional-chaining": (Way.GUARDS,),
        "length-below-zero": _LOGIC,
        "comparison-with-negative-zero": (Way.LITERALS,),
        "comparison-without-effect": (Way.OPERATORS, Way.KEYWORDS),
        "condition-always-same": _LOGIC,
        "assertion-always-true": _LOGIC,
        "constant-comparison": _LOGIC,
        "constant-binary-expression": _LOGIC,
        "erasing-operation": _LOGIC,
        "self-comparison": (Way.NAMES, Way.ATTRIBUTES),
        "self-assignment": (Way.NAMES, Way.ATTRIBUTES),
        "operand-assigned-twice": (Way.OPERATORS, Way.NAMES),
        "same-key-in-every-turn": (Way.NAMES,),
        "loop-variable-hides-name": (Way.NAMES,),
        "variable-never-assigned": (Way.NAMES,),
        "raises-what-is-no-exception": (Way.NAMES,),
        "except-catches-nothing": (Way.NAMES,),
        "exception-never-raised": (Way.KEYWORDS,),
        "error-not-thrown": (Way.KEYWORDS,),
        "stop-iteration-in-generator": (Way.KEYWORDS,),
        "invalid-typeof": (Way.LITERALS,),
        "duplicate-key": (Way.LITERALS,),
        "duplicate-case": (Way.LITERALS,),
        "duplicate-enum-value": (Way.LITERALS,),
        "format-does-not-fit-arguments": (Way.ARGUMENTS, Way.NAMES),
        "log-call-does-not-fit-format": (Way.ARGUMENTS,),
        "tls-verification-off": _SWITCH,
        "jwt-not-verified": _SWITCH,
        "template-escaping-off": _SWITCH,
        "debug-server": _SWITCH,
        "debug-setting-on": _SWITCH,
    }
)


def ways_of(wrong: Mapping[str, str]) -> tuple[Way, ...]:
    """Return what may mend what is wrong: everything where nothing is known of it, nothing for another defect."""
    slug = wrong.get("slug", "")
    return WAYS.get(slug, ()) if slug else EVERY_WAY


def is_mendable(slug: str) -> bool:
    """Return whether anything is known that could mend findings of a slug."""
    return slug in WAYS
