"""Names of a JavaScript or TypeScript module that the change unbinds while the module goes on using them.

The linker leaves such names alone, for a global may have them. Where the module itself bound the name at base, and no
global that comes with the language or its hosts is called so, the name means nothing any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.constraint.places import SCRIPTS, Places, Spot, is_whole
from kb.diff import FileDiff
from kb.facts.model import Facts, Flag, Role

ROOT = re.compile(r"[.(\[^]")
UNUSED = Flag.GUARDED.value | Flag.FALLBACK.value | Flag.TYPING.value
OPEN = re.compile(rb"\bdeclare\s+global\b|\bglobalThis\b|@ts-nocheck")
_GLOBALS = """
alert addEventListener atob btoa caches cancelAnimationFrame cancelIdleCallback clearImmediate clearInterval
clearTimeout close confirm console createImageBitmap crypto customElements decodeURI decodeURIComponent dispatchEvent
document encodeURI encodeURIComponent escape eval event expect describe it test beforeAll beforeEach afterAll
afterEach vi jest exports external fetch find focus frames getComputedStyle getSelection global globalThis history
importScripts indexedDB innerHeight innerWidth isFinite isNaN length localStorage location matchMedia module moveTo
name navigator open opener origin parent parseFloat parseInt performance postMessage print process prompt
queueMicrotask removeEventListener reportError requestAnimationFrame requestIdleCallback require screen scroll
scrollTo self sessionStorage setImmediate setInterval setTimeout status stop structuredClone top undefined unescape
window assert suite context before after chai
"""
_CLASSES = """
AbortController AbortSignal AggregateError Array ArrayBuffer Atomics Attr BigInt BigInt64Array Blob Boolean
BroadcastChannel Buffer ByteLengthQueuingStrategy CharacterData ClipboardEvent Comment CompositionEvent
CompressionStream Crypto CryptoKey CustomEvent DataTransfer DataView Date Document DocumentFragment DragEvent Element
Error ErrorEvent EvalError Event EventSource EventTarget File FileList FileReader FinalizationRegistry Float32Array
Float64Array FocusEvent FormData Function Generator Headers History Image ImageData Infinity InputEvent Int16Array
Int32Array Int8Array IntersectionObserver Intl Iterator JSON JSX KeyboardEvent Location Map Math MessageChannel
MessageEvent MessagePort MouseEvent MutationObserver NaN Navigator Node NodeJS NodeList Notification Number Object
Option Path2D Performance PointerEvent Promise Proxy Range RangeError React ReadableStream Record ReferenceError
Reflect RegExp Request ResizeObserver Response Screen Selection Set ShadowRoot SharedArrayBuffer Storage String Symbol
SyntaxError Text TextDecoder TextEncoder Touch TouchEvent TransformStream TypeError UIEvent URIError URL
URLSearchParams Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly WebSocket
WheelEvent Window Worker WritableStream XMLHttpRequest Partial Required Readonly Pick Omit Exclude Extract NonNullable
Parameters ConstructorParameters ReturnType InstanceType ThisType Awaited Uppercase Lowercase Capitalize Uncapitalize
ArrayLike PromiseLike Iterable AsyncIterable Console
"""
GLOBALS = frozenset((_GLOBALS + _CLASSES).split())
PUT_IN_PLACE = ("__", "HTML", "SVG", "CSS", "DOM")  # how names begin that hosts and bundlers bring


@dataclass(frozen=True)
class Dangling:
    """A name that its module no longer binds, where it is still used, and the line of base that bound it."""

    name: str
    path: str
    lines: tuple[int, ...]
    bound_at: Spot


def dangling_in(places: Places, file: FileDiff) -> Iterator[Dangling]:
    """Yield the names that a changed module lost and still uses."""
    if file.old is None or file.new is None or not (file.path.endswith(SCRIPTS) and file.old_path.endswith(SCRIPTS)):
        return
    code = places.code
    if not is_whole(code.base, file.old_path) or not is_whole(code.head, file.path) or places.is_left_out(file.path):
        return
    before, now = code.base.facts(file.old_path), code.head.facts(file.path)
    still = _bound(now) | GLOBALS
    lost = {name: line for name, line in _bound_at_top(before).items() if name not in still}
    if not lost or not _is_module(now) or OPEN.search(code.head.source(file.path).data):
        return
    used = _used(now, frozenset(lost))
    for name, lines in used.items():
        kept = tuple(sorted(line for line in lines if places.must_work(file.path, line)))
        if kept and not name.startswith(PUT_IN_PLACE):
            yield Dangling(name, file.path, kept, Spot(file.old_path, lost[name]))


def _is_module(facts: Facts) -> bool:
    return bool(facts.imports or facts.exports)


def _bound_at_top(facts: Facts) -> dict[str, int]:
    """Return the lines that bind names for the whole file."""
    found = {row.name: row.line for row in facts.definitions if not row.scope and "." not in row.qualified}
    found |= {row.name: row.line for row in facts.bindings if not row.scope}
    return found | {row.alias or row.name: row.line for row in facts.imports if not row.scope}


def _bound(facts: Facts) -> set[str]:
    """Return every name that a file binds anywhere."""
    found = {row.name for row in facts.definitions} | {row.name for row in facts.bindings}
    return found | {row.alias or row.name for row in facts.imports}


def _used(facts: Facts, names: frozenset[str]) -> dict[str, set[int]]:
    """Return the lines at which code that runs reads or calls each of the names."""
    rows = [(row.chain, row.line, row.flags) for row in facts.calls]
    rows += [(row.chain, row.line, row.flags) for row in facts.uses if row.role is Role.READ]
    found: dict[str, set[int]] = {}
    for chain, line, flags in rows:
        root = ROOT.split(chain, maxsplit=1)[0]
        if root in names and not flags & UNUSED:
            found.setdefault(root, set()).add(line)
    return found
