"""The question of a pass: what a model is told, the code between fences, and how long its answer may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from checks.change import Change, Statement
from checks.context.model import Budget, Context, Kind, Piece
from checks.inference.asking import size_of
from checks.inference.claims import MOST_CLAIMS, schema_of
from checks.inference.enrich import Added
from checks.inference.fence import Fence
from checks.inference.guard import cut, line_in, prose_in, without_markup
from checks.inference.model import Enrichment
from checks.inference.passes import READINGS
from checks.inference.reading import Reading
from kb.syntax.languages import language_of
from models.chat.model import Ask

ANSWER, LEAST_ANSWER = 1_500, 400  # tokens that are asked for, and without which no question is put
FENCES = 150  # tokens of marks and titles around what is shown
ADDED_SHARE = 0.08  # of all tokens, for what is added to the code
NOTES = 0.5  # of the share for signatures that the notes of a deep reading take
STATEMENTS = 2_400  # characters of the author's text
_STATEMENT = 1_200  # of one of its texts
HEADING = "## "
DOCUMENTS = frozenset({".md", ".markdown", ".mdx", ".rst", ".txt", ".adoc", ".asc", ".html", ".htm"})

SYSTEM = """\
You read one change to a program and report defects that it brings, through the schema alone.
{about}

How to report:
- An empty list is a good answer, and the usual one. Report only what you would stake your name on: what fails, and how.
- At most {most} claims, the worst first, one for each defect. Only what this change causes, in the lines shown.
- `path` is the file's path as shown. `quote` is copied word for word from lines of head (no sign, or `+`) without the
  number and the bar: one to six lines, as few as say where it is, enough to be found at one place of the file.
- `why` says in one or two plain sentences what fails and how. No praise, no advice, no links, no markup.
- `input` is a concrete input, state or order of events that shows it: values, not kinds of values. If you cannot name
  one, say nothing of the defect.
- `names`: only where the claim stands on a name being undefined, unused, never called or missing. All the code is
  indexed; such statements are checked, and you see a part of it: what is not shown to you may well be there.
- `confidence`: high only if the lines shown prove it."""


@dataclass(frozen=True)
class Frame:
    """What all questions of one change have in common. `tokens` is how many a question and its answer may have."""

    change: Change
    fence: Fence
    tokens: int
    count: Callable[[str], int]
    is_deep: bool = False  # half of the share for signatures is left for notes

    @property
    def system(self) -> str:
        """Return what every pass is told first."""
        return SYSTEM.format(about=self.fence.about, most=MOST_CLAIMS)

    @property
    def budget(self) -> Budget:
        """Return the budget of a context: the shares of the code shrink where instructions need more than theirs."""
        plain = Budget(self.tokens)
        longest = max(READINGS, key=lambda one: len(one.TASK))
        schema = schema_of(longest.KINDS, [kind.value for kind in Enrichment], with_sentence=True)
        blank = Ask(system=self.system, question=longest.TASK, schema=schema, name="claims")
        added = int(ADDED_SHARE * self.tokens) + self._said_tokens
        needed = size_of(blank, self.count) + FENCES + LEAST_ANSWER + added
        rest = max(plain.rest, needed / max(self.tokens, 1))
        scale = max(0.0, 1.0 - rest) / (plain.full + plain.ring)
        ring = plain.ring * scale * (1.0 - NOTES * self.is_deep)
        return replace(plain, full=plain.full * scale, ring=ring, rest=min(rest, 1.0))

    @property
    def _said_tokens(self) -> int:
        """How many tokens the author's text may have."""
        return min(STATEMENTS // 3, self.tokens // 12)

    @property
    def notes_tokens(self) -> int:
        """Return how many tokens notes of a deep reading may have."""
        return int(self.budget.ring_tokens * NOTES / (1.0 - NOTES)) if self.is_deep else 0

    def ask(self, reading: Reading, context: Context, added: Sequence[Added]) -> Ask | None:
        """Return the question of a pass about one context; None where it leaves no room for an answer."""
        code = self.code_of(context, with_prose=not reading.TRAITS.is_security)
        shared = "\n\n".join([code, *(self._addition(one) for one in added if not one.slug)])
        question = self._question(reading, added)
        labels = tuple(one.kind.value for one in added)
        schema = schema_of(reading.KINDS, labels, with_sentence=reading.TRAITS.sees_statements)
        name = reading.SLUG.replace("-", "_")
        ask = Ask(system=self.system, shared=shared, question=question, schema=schema, name=name)
        most = min(ANSWER, self.tokens - size_of(ask, self.count))
        return replace(ask, most=most) if most >= LEAST_ANSWER else None

    def code_of(self, context: Context, *, with_prose: bool = True) -> str:
        """Return a context between fences; without prose, what may speak for the change is left out."""
        pieces = [piece for piece in context.pieces if with_prose or is_plain_code(piece)]
        text = "\n".join(text_of(piece) for piece in pieces)
        return f"The change and what it touches:\n{self.fence.around(text)}"

    def _addition(self, added: Added) -> str:
        return f"{added.title}\n{self.fence.around(added.text)}"

    def _question(self, reading: Reading, added: Sequence[Added]) -> str:
        parts = [reading.TASK, *(self._addition(one) for one in added if one.slug)]
        if reading.TRAITS.sees_statements:
            text = statements_in(self.change.statements, 3 * self._said_tokens)
            parts.append(f"What the author says of the change:\n{self.fence.around(text)}")
        if added:
            parts.append("In `cites`, name each addition to the code that a claim stands on; an empty list for none.")
        return "\n\n".join(parts)


def text_of(piece: Piece) -> str:
    """Return a piece as it is shown: its path holds no token of a template, and a document nothing that it hides."""
    if piece.kind is Kind.NOTES:  # a model wrote it after reading what anybody may have written
        return "\n".join(line_in(row) for row in piece.text.split("\n"))
    return plain_rows(piece.path, piece.text)


def plain_rows(path: str, text: str) -> str:
    """Return numbered rows of a file under their heading as they are shown, as many as there were."""
    rows = text.split("\n")
    head = [line_in(rows[0])] if rows[0].startswith(HEADING) else []
    rest = rows[len(head) :]
    return "\n".join([*head, *(_without_markup(rest) if is_prose(path) else rest)])


def is_plain_code(piece: Piece) -> bool:
    """Return whether a piece is of a program or its data, and nobody's words about it.

    In a language that we cannot parse nobody can tell comments from the rest.
    """
    is_parsed = language_of(piece.path) is not None
    return is_parsed and piece.kind not in (Kind.NOTES, Kind.GUIDE) and not is_prose(piece.path)


def is_prose(path: str) -> bool:
    """Return whether a file at this path is a document that people read."""
    return PurePosixPath(path).suffix.lower() in DOCUMENTS


def _without_markup(rows: Sequence[str]) -> list[str]:
    """Return numbered rows without comments and pictures, also those that go over several."""
    parted = [row.partition("|") if "|" in row else ("", "", row) for row in rows]
    texts = without_markup(tuple(text for _, _, text in parted))
    return [f"{number}{bar}{text}" for (number, bar, _), text in zip(parted, texts, strict=True)]


def statements_in(statements: Sequence[Statement], most: int = STATEMENTS) -> str:
    """Return the author's texts as a model may read them, the first ones first, in at most so many characters."""
    shown = [prose_in(statement.text, _STATEMENT) for statement in statements]
    return cut("\n\n".join(text.strip() for text in shown if text.strip()), most) or "(nothing)"
