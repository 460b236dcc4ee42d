"""What can go wrong between us and GitHub, by what the caller must do about it.

GitHubError
|-- Wait             ask again after `seconds`: a rate limit, primary or secondary
|-- Unreachable      time-out, connection lost, 5xx: it is not known whether a write was done
|-- Gone             404, 410: the pull request, comment, repository or installation is not there (any more)
|-- Forbidden        403: the App, or its installation, lacks a permission, or is suspended
|-- Unauthorised     401: the App's key or its token is not accepted
|-- Refused          422, 409, 406: GitHub does not take this; its texts are in `reasons`
`-- Unexpected       anything else, an answer that is not what the API describes among it
"""

from __future__ import annotations

from kb.errors import PrudentError


class GitHubError(PrudentError):
    """A request did not succeed; the text names method, path and status, never a token or a body."""


class Wait(GitHubError):
    """A rate limit was reached; ask again after `seconds`."""

    def __init__(self, text: str, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


class Unreachable(GitHubError):
    """GitHub did not answer, or with 5xx. A write may have been done: look before it is repeated."""


class Gone(GitHubError):
    """It is not there, or not for us."""


class Forbidden(GitHubError):
    """A permission is missing."""


class Unauthorised(GitHubError):
    """The key or the token is not accepted."""


class Refused(GitHubError):
    """GitHub does not take the request as it is."""

    def __init__(self, text: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.reasons = reasons


class Unexpected(GitHubError):
    """GitHub answered with something that its API does not describe."""
