"""How much of the program is missing between two texts."""

from __future__ import annotations

from dataclasses import dataclass

from kb.syntax.opening import Kinds, Opens, Place, is_block, is_statement, kinds_of, opens, path_to
from kb.syntax.parse import errors_in, parse
from models.mask.model import Scale


@dataclass(frozen=True, slots=True)
class _Read:
    """How the grammar reads a probe: with how many errors, as what, and whether as a value (or a body, statements)."""

    errors: int
    scale: Scale | None
    is_sure: bool


def scale_between(prefix: bytes, suffix: bytes, language: str) -> Scale:
    """Return the scale of the hole between two texts, told from them alone; raises Unparsed where there is no tree.

    A name, a statement and a body are put there in turn: the one that the grammar reads with the fewest errors
    decides. Where it is the only statement of a function, the whole body is missing; the only one of another block,
    that block.
    """
    kinds = kinds_of(language)
    name = b"probed"
    while name in prefix or name in suffix:
        name += b"d"
    value, statement = (text.encode().replace(b"NAME", name) for text in (kinds.a_value, kinds.a_statement))
    probes = dict.fromkeys((value, statement, b"{" + statement + b"}", b"{}"))
    reads = [_read(prefix, probe, suffix, language, kinds) for probe in probes]
    fewest = min(one.errors for one in reads)
    best = [one for one in reads if one.errors == fewest and one.scale is not None]
    for one in sorted(best, key=lambda read: not read.is_sure):
        if one.scale is not None:
            return one.scale
    return Scale.STATEMENT if _is_between_lines(prefix, suffix) else Scale.EXPRESSION


def _read(prefix: bytes, probe: bytes, suffix: bytes, language: str, kinds: Kinds) -> _Read:
    data = prefix + probe + suffix
    start, end = len(prefix), len(prefix) + len(probe)
    tree = parse(data, language)
    path = path_to(tree, start, end)
    filling = [place for place in path if (place.start, place.end_in(data)) == (start, end)]
    scale = _scale_of(path, filling, kinds)
    is_value = any(place.kind in kinds.expressions for place in filling)
    return _Read(len(errors_in(tree)), scale, scale is not Scale.EXPRESSION or is_value)


def _scale_of(path: list[Place], filling: list[Place], kinds: Kinds) -> Scale | None:
    if not filling:
        return None
    statement = next((place for place in filling if is_statement(place, kinds)), None)
    if statement is None:
        if any(_is_body(place, kinds) for place in filling):
            return Scale.BODY
        return Scale.BLOCK if any(is_block(place, kinds) for place in filling) else Scale.EXPRESSION
    around = statement.parent
    if around is None or around.parent is None or _has_others(around, statement, kinds):
        return Scale.STATEMENT
    above = around.parent
    return Scale.BODY if _is_body(around, kinds) or _is_body(above, kinds) else Scale.BLOCK


def _has_others(around: Place, statement: Place, kinds: Kinds) -> bool:
    return any(one != statement.node and one.type not in kinds.comments for one in around.node.named_children)


def _is_body(place: Place, kinds: Kinds) -> bool:
    return bool(opens(place, kinds) & {Opens.BODY, Opens.CLASS_BODY})


def _is_between_lines(prefix: bytes, suffix: bytes) -> bool:
    """Return whether nothing else stands on the lines where the hole begins and ends."""
    before = prefix[prefix.rfind(b"\n") + 1 :]
    after = suffix.partition(b"\n")[0]
    return not before.strip() and not after.strip()
