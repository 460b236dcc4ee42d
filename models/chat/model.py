"""What a model that answers questions is to the rest of the program, and the values that cross to it.

The answer to an `Ask` is data that satisfies a JSON schema, or an error of `models.chat.errors`: never prose, never a
part of an answer. Who makes the question has put every untrusted text between fences and taken its secrets out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.model import NEVER, Stop


@dataclass(frozen=True)
class Ask:
    """One question.

    `system` and `shared` come first and are equal for many questions, so that providers can keep them read:
    `system` says what is to be done, `shared` holds the context, `question` what differs.
    """

    system: str
    question: str
    schema: Mapping[str, Any]  # JSON schema of the answer, an object
    name: str  # of the answer's type, [a-z_]+: the tool's or the schema's name
    shared: str = ""
    most: int = 4096  # tokens of the answer, thinking included
    thinking: int = 0  # tokens that may be spent on thinking first; 0: none
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Usage:
    """Tokens of one or several calls; `read` and `written` are of the provider's prompt cache, and not in `input`."""

    input: int = 0
    output: int = 0
    read: int = 0
    written: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Return the sum."""
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.read + other.read,
            self.written + other.written,
        )

    @property
    def total(self) -> int:
        """Return all tokens that went in or came out."""
        return self.input + self.output + self.read + self.written


@dataclass(frozen=True)
class Price:
    """Millionths of a US dollar (micros) per token, times 1,000: so that a price of $0.80 a million is 800."""

    input: int = 0
    output: int = 0
    read: int = 0
    written: int = 0

    def micros(self, usage: Usage) -> int:
        """Return what a usage costs in micros, rounded up."""
        milli = (
            usage.input * self.input
            + usage.output * self.output
            + usage.read * self.read
            + usage.written * self.written
        )
        return -(-milli // 1000)


@dataclass(frozen=True)
class Reply:
    """An answer that satisfies the question's schema. `attempts` counts every call that was made for it."""

    data: Mapping[str, Any]
    usage: Usage  # of all attempts
    provider: str  # the name in the configuration: "anthropic", "local"
    model: str
    ms: int
    micros: int = 0  # what it cost, all attempts
    attempts: int = 1
    is_cached: bool = False  # asked before: nothing was sent


@dataclass(frozen=True)
class Purpose:
    """What a question is asked for: under this it is counted, and capped."""

    role: str  # "find", "verify", "deep", "triage"
    repository: str = ""
    subject: str = ""  # "pull/12"


class Chat(Protocol):
    """A model that answers. Any thread may call it."""

    @property
    def name(self) -> str:
        """Return what to call it in reports: "anthropic/claude-sonnet-4-5", "local/Qwen2.5-Coder-7B"."""
        ...

    @property
    def context(self) -> int:
        """Return how many tokens a question and its answer may have together."""
        ...

    def tokens(self, text: str) -> int:
        """Return how many tokens a text has: exactly where the tokenizer is here, else an estimate not too low."""
        ...

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        """Return an answer that satisfies the schema; raises ChatError, Cancelled, OutOfTime."""
        ...

    def close(self) -> None:
        """Let go of connections and memory."""
        ...


@dataclass(frozen=True)
class Spent:
    """One call as the ledger keeps it, whether it was answered or not. `at` is seconds since the epoch, UTC."""

    purpose: Purpose
    provider: str
    model: str
    usage: Usage
    micros: int
    at: float
    ms: int
    ended: str  # "answered", or the class of the error: "RateLimited"


@dataclass(frozen=True)
class Caps:
    """Hard caps; None: no cap. Money in micros. A call whose worst case would cross one is not made."""

    call_tokens: int | None = None
    pull_tokens: int | None = None
    pull_micros: int | None = None
    repository_month_micros: int | None = None
    month_micros: int | None = None
    month_tokens: int | None = None


class Ledger(Protocol):
    """Counts what is spent and says when enough is. Kept in the outcomes store; threads and processes share it."""

    def room(self, purpose: Purpose, worst: Usage, worst_micros: int) -> str:
        """Return "" if a call of this size may be made, else which cap stands against it, for people."""
        ...

    def note(self, spent: Spent) -> None:
        """Count a call."""
        ...


@dataclass(frozen=True)
class Free:
    """A ledger that caps nothing and remembers what it was told: for tests and for models that cost nothing."""

    spent: list[Spent] = field(default_factory=list)

    def room(self, purpose: Purpose, worst: Usage, worst_micros: int) -> str:
        """Return ""."""
        return ""

    def note(self, spent: Spent) -> None:
        """Remember a call."""
        self.spent.append(spent)
