"""How the fake refuses, in GitHub's words."""

from __future__ import annotations

from typing import Any

INTEGRATION = "Resource not accessible by integration"
DOCS = "https://docs.github.com/rest"


class Denied(Exception):
    """A request is refused: status, message, and what stands under "errors"."""

    def __init__(self, status: int, message: str, errors: list[Any] | None = None) -> None:
        super().__init__(f"{status} {message} {errors or ''}")
        self.status = status
        self.message = message
        self.errors = errors

    def body(self) -> dict[str, Any]:
        """Return the answer's body."""
        told: dict[str, Any] = {"message": self.message, "documentation_url": DOCS, "status": str(self.status)}
        return {**told, "errors": self.errors} if self.errors else told


def missing() -> Denied:
    """Return the 404 that also hides what is not for the asker."""
    return Denied(404, "Not Found")


def forbidden() -> Denied:
    """Return the 403 of a missing permission."""
    return Denied(403, INTEGRATION)


def unauthorised(message: str = "Bad credentials") -> Denied:
    """Return the 401 of a token or key that is not accepted."""
    return Denied(401, message)


def unprocessable(*texts: str) -> Denied:
    """Return the 422 whose errors are plain texts, as reviews have them."""
    return Denied(422, "Unprocessable Entity", list(texts))


def invalid(resource: str, field: str, code: str, message: str = "") -> Denied:
    """Return the 422 whose errors name a field."""
    error = {"resource": resource, "field": field, "code": code}
    return Denied(422, "Validation Failed", [{**error, "message": message} if message else error])


def too_long(resource: str, text: str | None, limit: int = 65_536) -> None:
    """Refuse a body of more characters than GitHub takes."""
    if text is not None and len(text) > limit:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {limit} characters)")
