"""Signatures: GitHub's own example, both secrets while one is changed, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.signature import is_signed, signature_of
from tests.web.deliveries import OLD_SECRET, SECRET

BODY = b'{"zen": "Design for failure."}'


def test_the_example_in_githubs_documentation() -> None:
    """ "Validating webhook deliveries": secret "It's a Secret to Everybody", payload "Hello, World!"."""
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signature_of("It's a Secret to Everybody", b"Hello, World!") == expected
    assert is_signed(expected, b"Hello, World!", ["It's a Secret to Everybody"])


def test_either_secret_is_good_while_one_is_changed() -> None:
    for secret in (SECRET, OLD_SECRET):
        assert is_signed(signature_of(secret, BODY), BODY, (SECRET, OLD_SECRET))
    assert not is_signed(signature_of(OLD_SECRET, BODY), BODY, (SECRET,))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        signature_of(SECRET, BODY)[:-1],
        signature_of(SECRET, BODY).removeprefix("sha256="),
        signature_of(SECRET, BODY).upper(),
        signature_of(SECRET, BODY) + " ",
        "sha1=" + "0" * 40,
        "sha256=\udcff\xe4",
    ],
)
def test_anything_else_is_not(signature: str) -> None:
    assert not is_signed(signature, BODY, (SECRET,))


def test_without_a_secret_nothing_is_signed() -> None:
    assert not is_signed(signature_of("", BODY), BODY, ())


@given(st.binary(), st.binary(), st.text())
def test_a_signature_is_of_one_body_and_of_one_secret(body: bytes, other: bytes, secret: str) -> None:
    signature = signature_of(SECRET, body)
    assert is_signed(signature, body, (SECRET,))
    assert is_signed(signature, other, (SECRET,)) == (other == body)
    assert is_signed(signature, body, (secret,)) == (secret == SECRET)
