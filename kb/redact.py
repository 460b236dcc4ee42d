"""Every secret found in a text, and the text without them."""

from __future__ import annotations

from collections.abc import Iterable

from kb.secret_formats import Secret, Strength, known_secrets_in, look_alikes_in
from kb.secret_keys import aws_ids_in, aws_pairs_in, key_blocks_in, passwords_in_urls, private_keys_in
from kb.secret_names import named_secrets_in


def secrets_in(text: str) -> tuple[Secret, ...]:
    """Return the secrets of a text in order, none overlapping another; where two meet, the surer one."""
    kept: list[Secret] = []
    for secret in _in_order([*private_keys_in(text), *known_secrets_in(text), *aws_pairs_in(text), *_guesses_in(text)]):
        if not kept or kept[-1].end <= secret.start:
            kept.append(secret)
        elif kept[-1].strength is Strength.LIKELY and secret.strength is not Strength.LIKELY:
            kept[-1] = secret
    return tuple(kept)


def redact(text: str) -> str:
    """Return the text with everything that could be a secret replaced by `[secret: KIND]`.

    Wider than `secrets_in`: tokens with a wrong checksum, key blocks that are cut off and key ids go as well.
    """
    while (without := _without_secrets(text)) != text:
        text = without  # what is left may only now stand apart from its neighbour
    return text


def taken_from(text: str) -> tuple[str, ...]:
    """Return what `redact` takes out of a text at first sight, in order."""
    found, at = [], 0
    for secret in _suspects_in(text):
        if secret.start >= at:
            found.append(text[secret.start : secret.end])
        at = max(at, secret.end)
    return tuple(found)


def _without_secrets(text: str) -> str:
    pieces, at = [], 0
    for secret in _suspects_in(text):
        if secret.start >= at:
            pieces += [text[at : secret.start], f"[secret: {secret.kind}]"]
        at = max(at, secret.end)
    return "".join([*pieces, text[at:]])


def _suspects_in(text: str) -> list[Secret]:
    keys = [*key_blocks_in(text), *aws_ids_in(text), *aws_pairs_in(text)]
    return _in_order([*keys, *look_alikes_in(text), *_guesses_in(text)])


def _guesses_in(text: str) -> list[Secret]:
    return [*passwords_in_urls(text), *named_secrets_in(text)]


def _in_order(found: Iterable[Secret]) -> list[Secret]:
    return sorted(found, key=lambda s: (s.start, -s.end, s.kind))
