"""Between the graph's records and the rows of its embedded store."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from kb.graph.model import Asked, Edge, EdgeKind, LinkedFile, Miss, Node, NodeKind, Sure, Unknown, Want, node_id

EDGE_KINDS, NODE_KINDS, SURES = tuple(EdgeKind), tuple(NodeKind), tuple(Sure)
EDGE_NUMBER = {kind: number for number, kind in enumerate(EDGE_KINDS)}
NODE_NUMBER = {kind: number for number, kind in enumerate(NODE_KINDS)}
SURE_NUMBER = {sure: number for number, sure in enumerate(SURES)}
OUTSIDE = NODE_NUMBER[NodeKind.IMPORT]
BATCH = 512  # ids in one question; a few sizes only, so that prepared statements are used again

Rest = tuple[tuple[Miss, ...], tuple[Unknown, ...], tuple[Asked, ...]]
_rest: msgspec.msgpack.Decoder[Rest] = msgspec.msgpack.Decoder(Rest)
_encode = msgspec.msgpack.Encoder().encode
_ESCAPED = b"j"  # starts what msgpack cannot hold: text with lone surrogates, from paths that are no UTF-8
_COMPRESSED = b"x"  # as zlib itself starts
_LONG = 4_000  # bytes: from here on, the same paths are named again and again


def raw(text: str) -> bytes:
    """Return text as the bytes that are stored; any text goes through unharmed."""
    return text.encode("utf-8", "surrogatepass")


def cooked(data: bytes) -> str:
    """Return the text that `raw` stored."""
    return data.decode("utf-8", "surrogatepass")


def packed(linked: LinkedFile) -> bytes:
    """Return what is only read for a whole file: misses, unknowns and questions."""
    rest = (linked.misses, linked.unknowns, sorted(linked.asked))
    try:
        data = _encode(rest)
    except UnicodeEncodeError:
        data = _ESCAPED + json.dumps(rest).encode()
    return zlib.compress(data, 1) if len(data) > _LONG else data


def unpacked(data: bytes) -> Rest:
    """Return what `packed` stored; raises ValueError or zlib.error if it was damaged."""
    if data.startswith(_COMPRESSED):
        data = zlib.decompress(data)
    if not data.startswith(_ESCAPED):
        return _rest.decode(data)
    misses, unknowns, asked = json.loads(data[1:])
    return (
        tuple(Miss(Want(row[0]), *row[1:]) for row in misses),
        tuple(Unknown(*row) for row in unknowns),
        tuple(Asked(*row) for row in asked),
    )


def tail_of(qualified: str) -> bytes:
    """Return a name's words from the last to the first, joined by dots."""
    return raw(".".join(reversed(qualified.split("."))) if "." in qualified else qualified)


def node_rows(file: int, nodes: Collection[Node]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of table `node`."""
    for id, _path, qualified, kind, line, end_line, flags in nodes:
        yield id, file, tail_of(qualified), NODE_NUMBER[kind], line, end_line, int(flags)


def node_of(row: Sequence[Any]) -> Node:
    """Return the node in (id, path, tail, kind, line, end_line, flags)."""
    id, path, tail, kind, line, end_line, flags = row
    path = "" if kind == OUTSIDE else cooked(path)
    return Node(id, path, ".".join(reversed(cooked(tail).split("."))), NODE_KINDS[kind], line, end_line, flags)


def edge_rows(edges: Collection[Edge]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of table `edge`."""
    for src, kind, dst, line, start, sure, shape, flags in edges:
        yield src, EDGE_NUMBER[kind], dst, start, line, SURE_NUMBER[sure], raw(shape), int(flags)


def edge_of(row: Sequence[Any]) -> Edge:
    """Return the edge in a row of table `edge`."""
    src, kind, dst, start, line, sure, shape, flags = row
    return Edge(src, EDGE_KINDS[kind], dst, line, start, SURES[sure], shape.decode("utf-8", "surrogatepass"), flags)


def order_from(edge: Edge) -> tuple[Any, ...]:
    """Return the key by which edges that leave nodes are in order."""
    src, kind, dst, line, start, sure, shape, flags = edge
    return src, EDGE_NUMBER[kind], dst, start, line, SURE_NUMBER[sure], raw(shape), flags


def order_to(edge: Edge) -> tuple[Any, ...]:
    """Return the key by which edges that arrive at nodes are in order."""
    src, kind, dst, *rest = order_from(edge)
    return dst, kind, src, *rest


def order_named(node: Node) -> tuple[Any, ...]:
    """Return the key by which nodes of several files are in order."""
    return raw(node.path), node.line, raw(node.qualified)


def order_inside(node: Node) -> tuple[Any, ...]:
    """Return the key by which the nodes of one file are in order."""
    return node.path, node.line, node.qualified


def question_id(question: Asked) -> int:
    """Return the number under which a question is stored."""
    return node_id(question.path, question.name)


def batches(ids: Collection[int]) -> Iterator[list[int]]:
    """Yield the ids in ascending order in a few fixed sizes; the last one is repeated to fill up."""
    ordered = sorted(set(ids))
    for at in range(0, len(ordered), BATCH):
        chunk = ordered[at : at + BATCH]
        size = next(size for size in (1, 4, 16, 64, 256, BATCH) if len(chunk) <= size)
        yield chunk + chunk[-1:] * (size - len(chunk))
