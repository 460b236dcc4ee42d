"""What a change's statements claim, as data.

Statements are untrusted text: they are matched, never obeyed. A claim is read only where a sentence
plainly states one as done: verb first, no negation, no doubt, no future, no question. Everything that
is not the author's own prose is left out: quotes, code, trailers, checklists, lists made by squashing,
merges, reverts, releases and dependency bumps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from checks.change import Statement
from checks.finding import Evidence
from kb.view import shown

LONGEST = 20_000  # characters of one statement that are read
QUOTED = 160  # characters of a sentence that are repeated in evidence


class ClaimKind(StrEnum):
    """What a statement says was done."""

    TESTS = "tests"
    DOCS = "docs"
    FIX = "fix"
    REMOVAL = "removal"
    FEATURE = "feature"


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a sentence says was done; `name` is what it says it of: a dotted symbol, a kind of
    documentation, or ""."""

    kind: ClaimKind
    origin: str
    sentence: str
    name: str = ""

    @property
    def evidence(self) -> Evidence:
        """Return the sentence as evidence; a statement has no file, so path is "" and line 0."""
        quote = self.sentence if len(self.sentence) <= QUOTED else self.sentence[: QUOTED - 1] + "…"
        return Evidence("claim", "", 0, shown(f"{self.origin}: {quote}"))


_NOT_PROSE = re.compile(
    r"""\s*(?: > | \| | \#{1,6}\s | [-*]\s+\[.\]      # quotes, tables, headings, checklists
        | [A-Z][A-Za-z]+(?:-[A-Za-z]+)+:\s            # trailers
        | (?:from|to|subject|date|index|---|\+\+\+|@@)\b ) """,
    re.VERBOSE | re.IGNORECASE,
)
_NOT_ABOUT_ITSELF = re.compile(
    r"""\s*(?: merged?\b | revert | reland | re-?apply | backport | cherry | bump | fixup! | squash! | amend! | wip\b
        | release\b | version\b | v?\d+\.\d | prepare\b.*\brelease | \W*bump | \[.*?\]\s*$
        | (?:chore|build|ci|fix|deps?)\(deps[^)]*\) | update\ (?:dependenc|depend|all\ )
        | initial\ (?:commit|import) )""",
    re.VERBOSE | re.IGNORECASE,
)
_REVERTED = re.compile(r"\brevert(?:s|ed|ing)?\b", re.IGNORECASE)
_DOUBT = re.compile(
    r"""\b(?: will | would | should | shall | could | might | must | need(?:s|ed)? | want | plan\w* | going\ to | todo
        | fixme | wip | later | follow-?ups? | separate(?:ly)? | soon | another | future | previous(?:ly)? | already
        | if | unless | until | please | let'?s | try | tries | trying | attempt\w* | forgot\w* | missed | same\ as
        | upstream | supersede[sd]? | replaced\ by | partial(?:ly)? | stub\w* | skeleton | scaffold\w*
        | placeholder\w* | draft )\b | \?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|without|cannot|nothing|none|neither|nor|instead|rather|avoids?|stops?|n/a)\b|n['’]t\b",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"(?:\[[^\]]{1,40}\]\s*)?(?:[\w./,&*-]{1,40}(?:\([^)]{0,60}\))?!?:\s+)?")
_UNFINISHED = re.compile(r"(?:wip|todo|fixme|draft|xxx|hack)\b", re.IGNORECASE)
_BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)])\s+")
_PULL = re.compile(r"\s*\((?:#|gh-)\d+\)\s*$", re.IGNORECASE)

_START = r"(?:^|(?:[,;+&]|\band|\bthen)\s+)(?:also\s+)?"
_END = (
    r"(?=\s*(?:$|[,.;)]|\b(?:and|as|for|covering|that|which|verifying|pinning|accordingly)\b))"
    r"(?!\W*(?:no|none|not|n/a)\b)"
)
_NAME = r"(?:`(?P<quoted>[A-Za-z_][\w.]{2,80})(?:\(\))?`|(?P<called>[A-Za-z_][\w.]{2,80})\(\))"
_NOUN = (
    r"(?:(?:public|private|internal)\s+)?(?:function|method|class|helper|constant|property|attribute|module|option"
    r"|parameter|param|argument|setting|field|variable|decorator|fixture|alias)"
)
_MANY = (
    r"(?:(?:a|an|the|some|more|new|missing|few|several|unit|regression|integration|functional|basic|simple|additional"
    r"|extra|further|corresponding|failing|comprehensive|extensive|two|three|four|\d{1,3})\s+){0,4}"
)
# "Add a test for numpy" may be about a condition; several tests, or a regression test, are about tests.
_TESTS = (
    rf"(?:{_MANY}(?:tests|test\s+cases?|test\s+coverage)"
    rf"|{_MANY}(?:unit|regression|integration|functional|failing|new)\s+test){_END}"
)
_DOCS = (
    r"(?:(?:a|an|the|some|more|missing|user|api)\s+){0,2}"
    r"(?P<docs>docs?|documentation|docstrings?|readme(?:\.md|\.rst)?|changelog(?:\s+entry)?)" + _END
)
_ADD_WITH = r"^(?:add|implement|introduce|create)\w{0,2}\s[^,;]{1,100}?\s(?:with|and|plus|including|\+)\s+"
_BUG_IN = r"(?:(?:bug|crash|leak|race|regression|deadlock|error)\s+in\s+)?"
_OLD = r"(?:(?:the|an?|old|unused|deprecated|obsolete|legacy|dead)\s+){0,3}"
_PATTERNS = (
    (ClaimKind.TESTS, _START + r"(?:add(?:s|ed)?|wrote|writes?|includes?)\s+" + _TESTS),
    (ClaimKind.TESTS, _ADD_WITH + _TESTS),
    (ClaimKind.DOCS, _START + r"(?:updated?|updates|adds?|added|improves?|improved|extends?|wrote|writes?)\s+" + _DOCS),
    (ClaimKind.FIX, _START + r"fix(?:e[sd])?\s+(?:(?:an?|the)\s+)?" + _BUG_IN + _NAME),
    (
        ClaimKind.REMOVAL,
        rf"{_START}(?:removes?|removed|drops?|dropped|deletes?|deleted)\s+{_OLD}(?:{_NOUN}\s+)?{_NAME}(?:\s+{_NOUN})?{_END}",
    ),
)
_CLAIMS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)
_OF_SOMETHING = re.compile(r"\b(?:from|in|of|on|within|inside)\b", re.IGNORECASE)  # a part goes, the name may stay
_FEATURE = re.compile(r"(?:implement|add|introduce|support|complete|finish)(?:s|e?d)?\s+\S", re.IGNORECASE)
_INTO_TOOLING = re.compile(
    r"\b(?:ci|workflows?|tox|nox|pipeline|matri(?:x|ces)|job|sdist|wheel|makefile|sphinx|build|deploy\w*|badge)\b",
    re.IGNORECASE,
)


def claims_in(statements: Sequence[Statement]) -> tuple[Claim, ...]:
    """Return what the statements claim; nothing at all if one of them takes something back."""
    if any(_REVERTED.search(statement.text[:LONGEST]) for statement in statements):
        return ()
    found = [claim for statement in statements for claim in _claims_of(statement)]
    return tuple(dict.fromkeys(found))


def _claims_of(statement: Statement) -> Iterator[Claim]:
    for sentence in sentences_in(statement.text):
        if _FEATURE.match(sentence):
            yield Claim(ClaimKind.FEATURE, statement.origin, sentence)
        for kind, pattern in _CLAIMS:
            if kind in (ClaimKind.TESTS, ClaimKind.DOCS) and _INTO_TOOLING.search(sentence):
                continue
            for match in pattern.finditer(sentence):
                if _NEGATION.search(sentence, 0, match.start()):
                    continue
                if kind is ClaimKind.REMOVAL and _OF_SOMETHING.search(sentence, match.end()):
                    continue
                groups = match.groupdict()
                name = (groups.get("quoted") or groups.get("called") or groups.get("docs") or "").strip(".")
                yield Claim(kind, statement.origin, sentence, name)


def sentences_in(text: str) -> Iterator[str]:
    """Yield the sentences of a statement that say, in the author's own words, what was done."""
    subject, _, body = text[:LONGEST].strip().partition("\n")
    if _NOT_ABOUT_ITSELF.match(subject):
        return
    squashed = bool(_PULL.search(subject)) and any(line.startswith("* ") for line in body.splitlines())
    blocks = [_PULL.sub("", subject), *([] if squashed else _blocks(body))]
    for block in blocks:
        prefix = _PREFIX.match(block)
        if _UNFINISHED.match(block) or prefix is None:
            continue
        for sentence in re.split(r"(?<=[.!?;])\s+", block[prefix.end() :]):
            if sentence and not _DOUBT.search(sentence):
                yield sentence.strip()


def _blocks(body: str) -> Iterator[str]:
    """Yield paragraphs and list items, each on one line."""
    block: list[str] = []
    fenced = False
    for line in [*body.splitlines(), ""]:
        fence = line.lstrip().startswith(("```", "~~~"))
        fenced ^= fence
        bullet = _BULLET.match(line)
        stops = fence or fenced or not line.strip() or line.startswith(("    ", "\t")) or _NOT_PROSE.match(line)
        if (stops or bullet) and block:
            yield " ".join(block)
            block = []
        if not stops:
            block.append(line[bullet.end() :].strip() if bullet else line.strip())
