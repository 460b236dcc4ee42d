"""Which slugs are of security: no model silences their findings, and the pass for it is compared with them."""

from __future__ import annotations

from functools import cache

_OWN = frozenset({"security-hole", "secret-added", "text-direction-hidden"})
FOREIGN = ("sarif-", "learned-")  # other tools' findings and rules learnt here: of what kind they are, nobody says


@cache
def security_slugs() -> frozenset[str]:
    """Return the slugs of every rule of ours that is of security."""
    from checks.static import ast_grep_crypto, ast_grep_injection, ast_grep_web

    rules = (*ast_grep_injection.RULES, *ast_grep_web.RULES, *ast_grep_crypto.RULES)
    return _OWN | frozenset(rule.slug for rule in rules)


def is_of_security(slug: str) -> bool:
    """Return whether findings of a slug are of security, or may be."""
    return slug in security_slugs() or slug.startswith(FOREIGN)
