"""Which of ty's rules we use: the hard ones, under the slugs that the other engines use too."""

from __future__ import annotations

from checks.check import Rule
from checks.finding import Confidence, Severity

RULES = (
    Rule(
        "undefined-name",
        Severity.BLOCK,
        Confidence.HIGH,
        "A name that is not defined where it is used.",
        "The line raises NameError when it runs.",
        "Import or define the name, or correct its spelling.",
        ("unresolved-reference",),
    ),
    Rule(
        "call-does-not-fit-signature",
        Severity.BLOCK,
        Confidence.HIGH,
        "A call that lacks an argument its function requires, or passes one that the function does not take.",
        "The call raises TypeError.",
        "Make the call and the signature agree: often a caller in another file was forgotten.",
        (
            "missing-argument",
            "too-many-positional-arguments",
            "unknown-argument",
            "parameter-already-assigned",
            "positional-only-parameter-as-kwarg",
        ),
    ),
    Rule(
        "import-resolves-nowhere",
        Severity.BLOCK,
        Confidence.HIGH,
        "An import of a module, or of a name from a module, that this repository does not have.",
        "The importing module cannot be imported.",
        "Correct the import: often something was moved or renamed and this place was forgotten.",
        ("import-not-found",),
    ),
    Rule(
        "attribute-not-on-type",
        Severity.BLOCK,
        Confidence.HIGH,
        "A use of an attribute that the change takes away, or that nothing in the repository ever defines.",
        "The line raises AttributeError when it runs.",
        "Keep the attribute, or change this use of it too.",
        ("missing-attribute",),
    ),
)
