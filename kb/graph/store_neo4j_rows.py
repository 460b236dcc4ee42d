"""Between the graph's records and what Neo4j keeps: labels, keys, properties.

    (:CodeGraph {key, repository, prefix, tree, versions})      one for each repository
    (:SourceFile {key, graph, path, blob})                      a linked file
      -[:ASKED]-> (:Question)  -[:UNRESOLVED]-> (:UnresolvedName)  -[:NAMES]-> (:Symbol), a module outside the tree
    (:Symbol {key, graph, id, repository, path, qualified, name, kind, line, end_line, flags})
      -[:CALLS | IMPORTS | INHERITS | OVERRIDES | USES | DEFINES | EXPORTS {line, start, sure, shape, flags}]->

A key begins with its graph's prefix, which is new for every graph that is loaded whole: readers see the old graph
until the new one is complete. What an edge leads to is there: a symbol that nobody defined has no `kind`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from kb.graph.model import Edge, EdgeKind, LinkedFile, Node, NodeKind, Sure
from kb.graph.store_sqlite_rows import EDGE_NUMBER, packed, question_id

BATCH = 1000  # rows in one statement
LONGEST = 500  # characters of a text in an index: a server takes about 8,000 bytes
SCHEMA = tuple(
    f"CREATE CONSTRAINT prudent_{label} IF NOT EXISTS FOR (n:{label}) REQUIRE n.key IS UNIQUE"
    for label in ("CodeGraph", "SourceFile", "Symbol", "Question", "UnresolvedName")
) + tuple(
    f"CREATE INDEX prudent_{label}_{name} IF NOT EXISTS FOR (n:{label}) ON (n.{name})"
    for label, name in (
        ("SourceFile", "graph"),
        ("Symbol", "graph"),
        ("Symbol", "file"),
        ("Symbol", "name"),
        ("Question", "graph"),
        ("UnresolvedName", "graph"),
    )
)
EDGE_TYPES = {kind: kind.value.upper() for kind in EdgeKind}
_KINDS = {name: kind for kind, name in EDGE_TYPES.items()}
_UNSENDABLE = re.compile("[\x1a\ud800-\udfff]")  # lone surrogates have no UTF-8; \x1a begins an escape
_SENT = re.compile("\x1a([0-9a-f]{4})")

Row = dict[str, Any]


def sent(text: str) -> str:
    """Return text as the server can take it: what UTF-8 cannot hold is escaped, everything else is itself."""
    return _UNSENDABLE.sub(lambda match: f"\x1a{ord(match[0]):04x}", text)


def received(text: str) -> str:
    """Return the text that `sent` made fit."""
    return _SENT.sub(lambda match: chr(int(match[1], 16)), text)


def text_key(text: str) -> str:
    """Return text as it is looked up: itself, or for a very long one its beginning and a digest of it."""
    if len(text) <= LONGEST:
        return sent(text)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return sent(f"{text[:LONGEST]}\x1a{digest}")


def graph_key(repository: str) -> str:
    """Return the key of a repository's graph: short, whatever the repository is called."""
    return hashlib.blake2b(repository.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def id_key(number: int) -> str:
    """Return the end of a symbol's or question's key."""
    return f"{number:x}"


def file_row(prefix: str, blob: str, linked: LinkedFile) -> Row:
    """Return the properties of a SourceFile. `rest` is what is only ever read for a whole file."""
    return {
        "key": prefix + text_key(linked.path),
        "graph": prefix,
        "path": sent(linked.path),
        "blob": blob,
        "digest": digest_of(linked),
        "rest": packed(linked),
    }


def node_row(prefix: str, repository: str, node: Node) -> Row:
    """Return every property of a symbol, so that one that was there under another kind has nothing left of it."""
    return {
        "key": prefix + id_key(node.id),
        "graph": prefix,
        "id": node.id,
        "repository": sent(repository),
        "file": None if node.kind is NodeKind.IMPORT else prefix + text_key(node.path),
        "path": sent(node.path),
        "qualified": sent(node.qualified),
        "name": text_key(node.qualified.rpartition(".")[2]),
        "kind": node.kind.value,
        "line": node.line,
        "end_line": node.end_line,
        "flags": int(node.flags),
    }


def nameless_row(prefix: str, number: int) -> Row:
    """Return every property of a symbol that is referred to and that no file defines."""
    row: Row = dict.fromkeys(("repository", "file", "path", "qualified", "name", "kind", "line", "end_line", "flags"))
    return {**row, "key": prefix + id_key(number), "graph": prefix, "id": number}


def edge_row(prefix: str, edge: Edge) -> list[Any]:
    """Return (key of the source, key of the target, properties)."""
    properties = {
        "kind": EDGE_NUMBER[edge.kind],
        "line": edge.line,
        "start": edge.start,
        "sure": edge.sure.value,
        "shape": sent(edge.shape),
        "flags": int(edge.flags),
    }
    return [prefix + id_key(edge.src), prefix + id_key(edge.dst), properties]


def link_rows(prefix: str, linked: LinkedFile) -> Iterator[tuple[str, list[Row]]]:
    """Yield (statement's name, rows) for what hangs on a file: questions, unresolved names, modules outside."""
    file = prefix + text_key(linked.path)
    names = sorted({unknown.name for unknown in linked.unknowns})
    yield (
        "UNRESOLVED",
        [{"file": file, "key": prefix + text_key(name), "name": sent(name), "graph": prefix} for name in names],
    )
    questions = {question_id(asked): asked for asked in linked.asked}
    yield (
        "ASKED",
        [
            {
                "file": file,
                "key": prefix + id_key(number),
                "module": None if asked.path else sent(asked.name),
                "graph": prefix,
            }
            for number, asked in sorted(questions.items())
        ],
    )
    outside = [node.id for node in linked.nodes if node.kind is NodeKind.IMPORT]
    yield "NAMES", [{"file": file, "key": prefix + id_key(number), "graph": prefix} for number in outside]


def node_of(record: Collection[Any]) -> Node:
    """Return the node in (id, path, qualified, kind, line, end_line, flags)."""
    number, path, qualified, kind, line, end_line, flags = record
    return Node(number, received(path), received(qualified), NodeKind(kind), line, end_line, flags)


def edge_of(record: Collection[Any]) -> Edge:
    """Return the edge in (src, type, dst, line, start, sure, shape, flags)."""
    src, kind, dst, line, start, sure, shape, flags = record
    return Edge(src, _KINDS[kind], dst, line, start, Sure(sure), received(shape), flags)


def digest_of(linked: LinkedFile) -> str:
    """Return a digest of all that linking a file brought: equal ones need not be sent again."""
    plain = json.dumps([linked.path, [list(map(_plain, rows)) for rows in (linked.nodes, linked.edges)]])
    return hashlib.blake2b(plain.encode() + packed(linked), digest_size=16).hexdigest()


def batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield rows in lists of at most BATCH."""
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _plain(row: tuple[Any, ...]) -> list[Any]:
    """Return a row whose flags are a plain number, whatever made them."""
    return [*row[:-1], int(row[-1])]
