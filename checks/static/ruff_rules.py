"""Which of ruff's rules we use, under which slug, and how sure each is: mistakes only, never style."""

from __future__ import annotations

from checks.check import Rule
from checks.finding import Confidence, Severity
from checks.static.ruff_slips import SLIPS

CERTAIN, SURE = (Severity.BLOCK, Confidence.HIGH), (Severity.WARN, Confidence.HIGH)


def _rule(slug: str, grade: tuple[Severity, Confidence], codes: str, finds: str, why: str, fix: str) -> Rule:
    return Rule(slug, grade[0], grade[1], finds, why, fix, tuple(codes.split()))


ERRORS = (
    _rule(
        "syntax-error",
        CERTAIN,
        "invalid-syntax F404 F407 F621 F622 F701 F702 F704 F706 F707 PLE0115 PLE0117 PLE0118 PLE1142 PLE1700",
        "Python code that does not compile.",
        "The module cannot be imported at all.",
        "Mend the syntax at the place shown.",
    ),
    _rule(
        "undefined-name",
        CERTAIN,
        "F821",
        "A name that no assignment, import, parameter or builtin defines.",
        "The line raises NameError when it runs.",
        "Import or define the name, or correct its spelling.",
    ),
    _rule(
        "type-only-import-used-at-run-time",
        SURE,
        "TC004",
        "A name that is imported for type checkers only and used by code that runs.",
        "The line raises NameError when it runs.",
        "Move the import out of the `if TYPE_CHECKING` block, or quote the annotation.",
    ),
    _rule(
        "used-before-assignment",
        SURE,
        "F823",
        "A local variable that is read before the function assigns it.",
        "The assignment makes the name local, so the read raises UnboundLocalError.",
        "Assign it first, or rename one of the two.",
    ),
    _rule(
        "call-does-not-fit-signature",
        CERTAIN,
        "PLE1132",
        "A call that gives the same keyword argument twice.",
        "The call raises TypeError.",
        "Give the argument once.",
    ),
    _rule(
        "format-does-not-fit-arguments",
        CERTAIN,
        "F501 F502 F503 F505 F506 F507 F508 F509 F521 F524 F525 PLE1300 PLE1307",
        "A format string whose placeholders do not fit the arguments beside it.",
        "Formatting raises an error instead of making the text.",
        "Make placeholders and arguments agree in number, name and type.",
    ),
    _rule(
        "duplicate-base-class",
        CERTAIN,
        "PLE0241",
        "A class that lists the same base twice.",
        "The class statement raises TypeError when the module is imported.",
        "List the base once.",
    ),
    _rule(
        "log-call-does-not-fit-format",
        SURE,
        "PLE1205 PLE1206",
        "A logging call with more or fewer arguments than its format has placeholders.",
        "The message is lost and a traceback is printed in its place.",
        "Make placeholders and arguments agree in number.",
    ),
    _rule(
        "format-argument-unused",
        SURE,
        "F504 F522 F523",
        "An argument that its format string never uses.",
        "The text lacks what somebody meant to put into it, often because a placeholder is misspelt.",
        "Use the argument in the format, or drop it.",
    ),
    _rule(
        "undefined-export",
        SURE,
        "F822",
        "A name in `__all__` that the module does not define.",
        "`from module import *` raises AttributeError.",
        "Define the name, or take it out of `__all__`.",
    ),
    _rule(
        "init-returns-value",
        SURE,
        "PLE0100 PLE0101",
        "An `__init__` that returns or yields a value.",
        "Making an instance raises TypeError.",
        "Take the value out of the return, or use a class method.",
    ),
    _rule(
        "special-method-with-wrong-shape",
        SURE,
        "PLE0302 PLE0303 PLE0304 PLE0305 PLE0307 PLE0308 PLE0309",
        "A special method whose parameters or result are not what Python asks for.",
        "The operator or builtin that calls it raises TypeError.",
        "Give the method the parameters and the result type that its protocol has.",
    ),
    _rule(
        "assigned-outside-slots",
        SURE,
        "PLE0237",
        "An attribute that is assigned and is not among the class's `__slots__`.",
        "The assignment raises AttributeError.",
        "Add the attribute to `__slots__`.",
    ),
    _rule(
        "raises-what-is-no-exception",
        SURE,
        "F901 B016",
        "A raise of `NotImplemented` or of a literal.",
        "Only exceptions can be raised: TypeError is what callers will see.",
        "Raise an exception, such as NotImplementedError.",
    ),
    _rule(
        "except-catches-nothing",
        SURE,
        "B029 B030",
        "An except clause for an empty tuple, for something that is no exception, or for `A or B`.",
        "The exceptions it was written for pass it by.",
        "Name the exceptions, several of them as a tuple.",
    ),
    _rule(
        "duplicate-except",
        SURE,
        "B025",
        "Two except clauses of one try for the same exception.",
        "The second one never runs.",
        "Merge them, or name the exception that was meant.",
    ),
    _rule(
        "wrong-argument-to-builtin",
        SURE,
        "PLE1507 PLW1501 RUF016 RUF064",
        "A bad mode for open, a name for getenv that is no text, a bad index, a permission that is not octal.",
        "The call raises an error, or sets permissions that nobody meant.",
        "Pass a value of the kind that the call takes.",
    ),
    _rule(
        "log-extra-clashes",
        SURE,
        "G101",
        "A key in a logging call's `extra` that every log record already has.",
        "The call raises KeyError.",
        "Use another key.",
    ),
    _rule(
        "singledispatch-on-wrong-kind",
        SURE,
        "PLE1519 PLE1520",
        "`singledispatch` on a method, or `singledispatchmethod` on a function.",
        "It dispatches on the wrong argument.",
        "Use the other decorator of the two.",
    ),
    _rule(
        "stop-iteration-in-generator",
        SURE,
        "PLR1708",
        "A generator that raises StopIteration.",
        "Python turns it into RuntimeError.",
        "Use return.",
    ),
)

RULES = ERRORS + SLIPS
