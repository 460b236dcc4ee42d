"""Who sent a delivery: GitHub signs its bytes with the App's webhook secret."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "X-Hub-Signature-256"
_PREFIX = "sha256="


def signature_of(secret: str, body: bytes) -> str:
    """Return what GitHub puts into the header X-Hub-Signature-256 for this body (HMAC-SHA-256, RFC 2104)."""
    return _PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(signature: str, body: bytes, secrets: Sequence[str]) -> bool:
    """Return whether one of the secrets made this signature of the bytes as they came.

    All secrets are tried and each comparison takes the same time, so that an answer's time tells nothing of them.
    """
    given = signature.encode("utf-8", "surrogateescape")
    matches = [hmac.compare_digest(signature_of(secret, body).encode(), given) for secret in secrets]
    return any(matches)
