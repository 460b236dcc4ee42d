"""Why a model gave no answer. All of them mean "not checked", never "clean".

ChatError (a ModelError)
|-- NoReader       no model is configured, or none is large enough; the text is for people
|-- Unauthorised   the key is wrong or may not (401, 403): no retry
|-- BadRequest     the provider does not take the question (400, 404, 413, 422): no retry
|-- RateLimited    too many calls (429); `after` seconds, where it was said
|-- Overloaded     500, 502, 503, 504, 529, or overloaded in mid-stream; `after` as above
|-- Unreachable    no connection, or it broke, or it was too slow
|-- Refused        the model declined to answer
|-- BadAnswer      what came is no JSON, or does not satisfy the schema
|   `-- CutOff     it would have had more tokens than it may: asking again is no use
|-- OverBudget     a cap of the ledger stands against the call
`-- Open           its circuit breaker is open
"""

from __future__ import annotations

from models.chat.model import Usage
from models.errors import ModelError


class ChatError(ModelError):
    """No answer; the text says why in one line, and holds no key and nothing of the question.

    `usage` is what the attempt took before it failed, set by who knows it.
    """

    usage: Usage = Usage()


class NoReader(ChatError):
    """There is nobody to ask."""


class Unauthorised(ChatError):
    """The key is wrong, or may not do this."""


class BadRequest(ChatError):
    """The provider does not take the question."""


class RateLimited(ChatError):
    """Too many calls."""

    def __init__(self, text: str, after: float | None = None) -> None:
        """Keep how many seconds to wait, None where nobody said."""
        super().__init__(text)
        self.after = after


class Overloaded(ChatError):
    """The provider cannot now."""

    def __init__(self, text: str, after: float | None = None) -> None:
        """Keep how many seconds to wait, None where nobody said."""
        super().__init__(text)
        self.after = after


class Unreachable(ChatError):
    """There is no connection, or it broke."""


class Refused(ChatError):
    """The model declined."""


class BadAnswer(ChatError):
    """What came is no answer."""


class CutOff(BadAnswer):
    """What came ended before it was whole, for want of tokens."""


class OverBudget(ChatError):
    """A cap stands against the call."""


class Open(ChatError):
    """The provider failed too often lately."""
