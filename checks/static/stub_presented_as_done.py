"""A placeholder body under a name that the change presents as finished.

What it finds.
A new function that does nothing yet (`pass`, `...`, `raise NotImplementedError`, a TODO,
`throw new Error("not implemented")`, `todo!()`, `panic("TODO")`) while a commit message says that it was
implemented or added; and a new function whose name promises work (`validate_token`, `verifySignature`,
`encrypt_file`) while its body returns a constant yes, or its argument unchanged.

Why it matters.
Callers rely on the name. A verification that always says yes is a hole that no test of the happy path shows.

When it stays silent.
For decorated and abstract functions, protocols, overloads, stub files, methods of classes that have or are
bases, hooks, tests, examples; when the docstring or a comment says that doing nothing is the point; when
the message itself speaks of a stub, a skeleton or a draft; when the function stood at base.

How to fix.
Finish the body, or say in the message and in the name that it is a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.static.changed_lines import changed_lines, source_of
from checks.static.claims import Claim, ClaimKind, claims_in
from checks.static.placeholders import PROMISING, STUBBY, Placeholder, placeholders_in
from kb.diff import FileDiff
from kb.source import Source
from kb.syntax.languages import language_of
from kb.syntax.symbols import definitions
from kb.view import shown

SLUG = "stub-presented-as-done"
RULES = (
    Rule(
        SLUG,
        Severity.WARN,
        Confidence.MEDIUM,
        finds="Finds a new function that does nothing yet although the change, or its own name, says that it does.",
        why="Callers rely on the name; a check that always says yes is a hole that no happy path shows.",
        fix="Finish the body, or say in the message and in the name that it is a placeholder.",
    ),
)

_PATH = "shop/export.py"
_SCRIPT = "src/token.ts"
EXAMPLES = (
    Example(
        "the message says implemented, the body is empty",
        after={_PATH: "def export_users(path):\n    pass\n"},
        statement="Implement user export to a file",
        fires=((SLUG, _PATH, 1),),
    ),
    Example(
        "the body raises, under a name that the message gives",
        after={_PATH: "def render(page):\n    raise NotImplementedError\n"},
        statement="Add `render()` for pages",
        fires=((SLUG, _PATH, 1),),
    ),
    Example(
        "a verification that always says yes",
        after={_SCRIPT: "export function verifyToken(token: string): boolean {\n  // TODO: verify\n  return true\n}\n"},
        fires=((SLUG, _SCRIPT, 1),),
    ),
    Example(
        "the message calls it a stub",
        after={_PATH: "def export_users(path):\n    pass\n"},
        statement="Add a stub of the user export",
    ),
    Example(
        "an interface, a hook, a subclass",
        after={
            _PATH: "from typing import Protocol\n\n\nclass UserExport(Protocol):\n    def export_users(self): ...\n\n"
            "\nclass Exporter:\n    def on_export_user(self):\n        pass\n\n    def sum(self):\n        return 1\n\n"
            "\nclass QuietExport(Exporter):\n    def export_users(self):\n        pass\n"
        },
        statement="Implement user export, `export_users` and `on_export_users`",
    ),
    Example(
        "doing nothing is the point, and says so",
        after={
            _PATH: 'def validate_user(user):\n    """Return True: every user is valid by default."""\n    return True\n'
        },
        statement="Add `validate_user()`",
    ),
    Example(
        "the message speaks of something else",
        after={_PATH: "def export_users(path):\n    pass\n"},
        statement="Add invoices",
    ),
    Example(
        "it stood at base",
        before={_PATH: "def export_users(path):\n    pass\n"},
        after={_PATH: "def export_users(path):\n    pass\n\n\ndef total():\n    return 1\n"},
        statement="Implement user export",
    ),
)

_LEFT_OUT = re.compile(
    r"(?:^|[/_.])(?:tests?|testing|specs?|examples?|docs?|fixtures?|mocks?|stubs?|fakes?|bench\w*|samples?|templates?|conftest"
    r"|playground|tutorials?|typings|types|interfaces?|protocols?|abc|base|migrations?)(?:[/_.]|$)|\.pyi$|\.d\.[cm]?ts$",
    re.IGNORECASE,
)
_HOOK = re.compile(
    r"_*(?:on|before|after|pre|post|handle|setup|teardown|set_up|tear_down|noop|close|dummy|fake|null)(?:_|[A-Z]|$)|__\w+__$"
)
_ADMITTED = re.compile(
    r"\bstub|skeleton|scaffold|placeholder|\bwip\b|\bdraft|not\s+(?:yet\s+)?implemented|NotImplemented|\babstract|\bprotocol"
    r"|\binterface|\btodo\b|\bno-?op\b|boilerplate|\bprototype|\bmock|\bhook",
    re.IGNORECASE,
)
_SMALL_WORDS = 3


def covers(path: str) -> bool:
    """Return whether placeholders in a file of this name would be presented as done."""
    return language_of(path) is not None and not _LEFT_OUT.search(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return one finding for each new placeholder that the change's text, or its own name, calls finished."""
    if any(_ADMITTED.search(statement.text) for statement in change.statements):
        return Report()
    claims = [claim for claim in claims_in(change.statements) if claim.kind is ClaimKind.FEATURE]
    files = (file for file in change.files if file.added and covers(file.path))
    return Report(tuple(finding for file in files for finding in _findings(change, file, claims)))


def _findings(change: Change, file: FileDiff, claims: Sequence[Claim]) -> Iterator[Finding]:
    # Parsing costs far more than asking first whether the added lines can hold anything of interest.
    sought = re.compile(f"{STUBBY.pattern}|{PROMISING.pattern}", re.IGNORECASE) if claims else PROMISING
    if not any(sought.search(text) for _, text in changed_lines(change, file, Side.RIGHT)):
        return
    head, language = source_of(change, file, Side.RIGHT), language_of(file.path)
    if head is None or language is None:
        return
    new = [p for p in placeholders_in(head, language) if p.definition.line in file.added]
    if not new:
        return
    base = source_of(change, file, Side.LEFT)
    known = {definition.name for definition in definitions(base)} if base is not None else set()
    for placeholder in new:
        name = placeholder.definition.name
        if name in known or _HOOK.match(name) or _was_moved(change, name):
            continue
        claim = next((claim for claim in claims if _names(claim.sentence, placeholder.definition.qualified)), None)
        if claim is not None or placeholder.answer:
            yield _finding(head, placeholder, claim)


def _was_moved(change: Change, name: str) -> bool:
    word = re.compile(rf"\b{re.escape(name)}\b")
    return any(word.search(text) for file in change.files for _, text in changed_lines(change, file, Side.LEFT))


def _names(sentence: str, qualified: str) -> bool:
    """Return whether a sentence names a symbol: as code, or by all the words that its name is made of."""
    name = qualified.rpartition(".")[2]
    if re.search(rf"`(?:[\w.]+\.)?{re.escape(name)}(?:\(\))?`|(?<![\w.]){re.escape(name)}\(\)", sentence):
        return True
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
    said = {_stem(word) for word in re.findall(r"[a-z]+", sentence.lower())}
    return len(words) > 1 and all(len(word) >= _SMALL_WORDS and _stem(word) in said for word in words)


def _stem(word: str) -> str:
    return re.sub(r"(?:ations?|ing|ed|es|s|e)$", "", word) if len(word) > _SMALL_WORDS + 1 else word


def _finding(head: Source, placeholder: Placeholder, claim: Claim | None) -> Finding:
    definition = placeholder.definition
    quote = Evidence(
        "quote", head.path, definition.line, shown(f"{head.line(definition.line).strip()} {placeholder.code}"[:200])
    )
    if placeholder.answer:
        said = f"`{definition.name}` promises work but always returns `{placeholder.answer}`."
    else:
        said = f"`{definition.name}` is presented as done, but its body is a placeholder."
    return Finding(
        SLUG,
        SLUG,
        RULES[0].severity,
        RULES[0].confidence,
        head.path,
        definition.line,
        definition.line,
        message=shown(said),
        text=f"{definition.name} {placeholder.code}",
        symbol=definition.qualified,
        evidence=(quote, claim.evidence) if claim is not None else (quote,),
    )
