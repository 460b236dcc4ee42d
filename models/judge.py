"""The cheap judgement on a text for a hole, before anything is proven: why it cannot be right, as far as that is seen.

Syntax (does the file still parse the same around it), names (does something bind all it uses), and the calls in it
(can a call of this shape succeed, where the function that is called is known). Milliseconds; a proof follows for what
passes, so nothing is asked here that a proof has to ask again at more cost.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

from kb.facts.extract import facts_of
from kb.facts.model import Call, Definition, Flag, Kind, Parameter, ParameterKind, Signature
from kb.source import Source
from kb.syntax.parse import Unparsed
from models.constraints.names import names_at, unbound_in
from models.mask.splice import faults_in, spliced

if TYPE_CHECKING:
    from kb.graph.code import Code
    from models.constraints.names import Name
    from models.mask.model import Hole
    from models.patch import Task

_UNSURE = Flag.VARIADIC.value | Flag.OVERLOAD.value | Flag.CONDITIONAL.value


def judge(source: Source, language: str, hole: Hole, text: bytes, code: Code | None = None) -> tuple[str, ...]:
    """Return why a text cannot stand in a hole, one clause each; empty if nothing speaks against it.

    `code` is the graph of the tree that the file belongs to; without it only the file's own functions are known.
    """
    try:
        if faults := faults_in(source, language, hole, text):
            return faults
    except Unparsed as reason:
        return (f"the file cannot be parsed: {reason}",)
    if unbound := unbound_in(source, language, hole, text, code):
        return tuple(f"nothing binds `{name}`" for name in unbound)
    return tuple(dict.fromkeys(_misfits(source, language, hole, text, code)))


def why_not(task: Task, text: bytes, found: Container[bytes]) -> str:
    """Return why a text that was written for a task is no candidate, "" if it is one; `found` are those before it."""
    if not text.strip():
        return "nothing was written"
    if text in task.avoid:
        return "it failed before"
    if text == task.hole.text:
        return "it changes nothing"
    if text in found:
        return "written twice"
    return "; ".join(judge(task.source, task.language, task.hole, text, task.code))


def _misfits(source: Source, language: str, hole: Hole, text: bytes, code: Code | None) -> Iterator[str]:
    """Yield what is wrong with calls in the text; only Python binds arguments strictly without a type checker."""
    if language != "python" or b"(" not in text:
        return
    patched = Source(source.path, spliced(source, hole, text))
    facts = facts_of(patched.path, patched.data)
    end = hole.span.start + len(text)
    for call in facts.calls:
        if not (hole.span.start <= call.start and call.end <= end) or not call.chain.isidentifier():
            continue
        names = names_at(patched, language, call.start, code)
        name = None if names is None else names.get(call.chain)
        if name is None or name.kind != Kind.FUNCTION.value:
            continue
        rows = [row for row in facts.definitions if row.name_start in name.starts]
        rows = rows or list(_imported(source, hole, name, code))
        if len(rows) != 1 or rows[0].decorators or rows[0].flags & _UNSURE or rows[0].signature is None:
            continue
        if _newly_awaited(patched.data[: call.start], hole, call) and not rows[0].flags & Flag.ASYNC:
            yield f"`{call.chain}` is no coroutine"
        if why := misfit(rows[0].signature, call):
            yield f"`{call.chain}` {why}"


def _newly_awaited(before: bytes, hole: Hole, call: Call) -> bool:
    """Return whether a call is awaited that is not in what stands there now."""
    name = re.escape(call.chain.encode())
    return bool(re.search(rb"\bawait\s*\Z", before)) and not re.search(rb"\bawait\s+" + name + rb"\s*\(", hole.text)


def _imported(source: Source, hole: Hole, name: Name, code: Code | None) -> tuple[Definition, ...]:
    """Return what defines an imported function; only imports before the hole are where they were."""
    if code is None or not name.starts or name.starts[0] >= hole.span.start:
        return ()
    nodes = code.resolve(source.path, name.starts[0]).nodes
    return code.definitions(nodes[0]) if len(nodes) == 1 else ()


def misfit(signature: Signature, call: Call) -> str:
    """Return why a call that passes no receiver along cannot succeed, "" if it can; stars may hold anything."""
    placed = [p for p in signature.parameters if p.kind in (ParameterKind.POSITIONAL_ONLY, ParameterKind.EITHER)]
    kinds = {parameter.kind for parameter in signature.parameters}
    if call.positional > len(placed) and ParameterKind.REST not in kinds:
        return f"takes {len(placed)} arguments by position, not {call.positional}"
    named = {p.name for p in signature.parameters if p.kind in (ParameterKind.EITHER, ParameterKind.KEYWORD_ONLY)}
    for word in call.keywords:
        if word not in named and ParameterKind.KEYWORDS not in kinds:
            return f"has no parameter `{word}`"
        if word in {p.name for p in placed[: call.positional] if p.kind is ParameterKind.EITHER}:
            return f"is given `{word}` twice"
    given = {p.name for p in placed[: call.positional]} | set(call.keywords)
    lacking = [p.name for p in signature.parameters if _is_needed(p, call) and p.name not in given]
    return f"is not given `{lacking[0]}`" if lacking else ""


def _is_needed(parameter: Parameter, call: Call) -> bool:
    """Return whether a call fails without a value for it that can be seen."""
    if parameter.optional or parameter.kind in (ParameterKind.REST, ParameterKind.KEYWORDS):
        return False
    may_be_starred = call.star and parameter.kind is not ParameterKind.KEYWORD_ONLY
    return not may_be_starred and not (call.double_star and parameter.kind is not ParameterKind.POSITIONAL_ONLY)
