"""The word that makes a statement of an expression which does nothing alone: `raise`, `throw`, `assert`, `return`."""

from __future__ import annotations

from collections.abc import Iterator

from models.choose.site import Choice, Ground, Site, bytes_of, word_of

_COMPARED = frozenset({"comparison_operator", "binary_expression"})


def keywords(site: Site) -> Iterator[Choice]:
    """Yield the statements in the hole with the word that they may lack."""
    for node in site.nodes:
        if node.type == "raise_statement" and word_of(node).split("(")[0] in (
            "raise StopIteration",
            "raise StopIteration ",
        ):
            yield site.choice(node, "return", "a generator ends by returning", Ground.KNOWN)
        if node.type != "expression_statement" or not node.named_children:
            continue
        inner = node.named_children[0]
        if site.is_python and inner.type == "call" and _is_exception(word_of(inner)):
            yield site.choice(node, b"raise " + bytes_of(node), "raised", Ground.KNOWN)
        elif site.is_script and inner.type == "new_expression" and _is_exception(word_of(inner)[4:]):
            yield site.choice(node, b"throw " + bytes_of(node), "thrown", Ground.KNOWN)
        elif site.is_python and inner.type in _COMPARED:
            yield site.choice(node, b"assert " + bytes_of(node), "asserted", Ground.POSSIBLE)
            yield site.choice(node, b"return " + bytes_of(node), "returned", Ground.POSSIBLE)
            if b"==" in bytes_of(node):
                yield site.choice(node, bytes_of(node).replace(b"==", b"=", 1), "assigned", Ground.POSSIBLE)


def _is_exception(text: str) -> bool:
    """Return whether a call makes an exception, by the usual endings of their names."""
    name = text.split("(")[0].strip().rpartition(".")[2]
    return name.endswith(("Error", "Exception", "Warning")) and name[:1].isupper()
