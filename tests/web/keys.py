"""A private key for tests, made once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from tests.web.deliveries import APP, SECRET


@cache
def key(bits: int = 2048, password: bytes | None = None) -> str:
    """Return an RSA key as GitHub gives it: PKCS#1 in PEM."""
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    made = generate_private_key(65537, bits)
    return made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, lock).decode()


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the variables that an App cannot do without, and folders of its own."""
    return {
        "PRUDENT_APP_ID": str(APP),
        "PRUDENT_PRIVATE_KEY": key(),
        "PRUDENT_WEBHOOK_SECRET": SECRET,
        "PRUDENT_DATA": str(folder / "data"),
        "PRUDENT_CACHE": str(folder / "cache"),
        **more,
    }
