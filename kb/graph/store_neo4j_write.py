"""Writing a graph to Neo4j: a small change in one transaction, a large one beside the old graph and then in its place.

Every function here runs inside a transaction that may be tried again, so it changes nothing but the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kb.graph.model import LinkedFile, NodeKind
from kb.graph.store_neo4j_rows import (
    EDGE_TYPES,
    batches,
    edge_row,
    file_row,
    id_key,
    link_rows,
    nameless_row,
    node_row,
    text_key,
)

if TYPE_CHECKING:
    from neo4j import ManagedTransaction

File = tuple[str, LinkedFile]  # with its blob id

_PUT_FILES = "UNWIND $rows AS row MERGE (f:SourceFile {key: row.key}) SET f += row"
_PUT_NODES = "UNWIND $rows AS row MERGE (n:Symbol {key: row.key}) SET n += row"
_MENTION = "UNWIND $rows AS row MERGE (n:Symbol {key: row.key}) ON CREATE SET n.id = row.id, n.graph = row.graph"
_PUT_EDGES = {
    kind: "UNWIND $rows AS row MATCH (a:Symbol {key: row[0]}) MATCH (b:Symbol {key: row[1]}) "
    f"CREATE (a)-[r:{name}]->(b) SET r = row[2]"
    for kind, name in EDGE_TYPES.items()
}
_PUT_LINKS = {
    "UNRESOLVED": "UNWIND $rows AS row MATCH (f:SourceFile {key: row.file}) MERGE (n:UnresolvedName {key: row.key}) "
    "ON CREATE SET n.graph = row.graph, n.name = row.name CREATE (f)-[:UNRESOLVED]->(n)",
    "ASKED": "UNWIND $rows AS row MATCH (f:SourceFile {key: row.file}) MERGE (n:Question {key: row.key}) "
    "ON CREATE SET n.graph = row.graph, n.module = row.module CREATE (f)-[:ASKED]->(n)",
    "NAMES": "UNWIND $rows AS row MATCH (f:SourceFile {key: row.file}) MATCH (n:Symbol {key: row.key}) "
    "CREATE (f)-[:NAMES]->(n)",
}
_CUT_LINKS = {
    name: f"UNWIND $rows AS file MATCH (f:SourceFile {{key: file}})-[r:{name}]->(n) DELETE r RETURN DISTINCT n.key"
    for name in _PUT_LINKS
}
_CUT_EDGES = "UNWIND $rows AS file MATCH (n:Symbol {file: file})-[r]->(m:Symbol) DELETE r RETURN DISTINCT m.key"
_OLD_NODES = "UNWIND $rows AS file MATCH (n:Symbol {file: file}) RETURN n.key, n.id"
_DROP_FILES = "UNWIND $rows AS file MATCH (f:SourceFile {key: file}) DETACH DELETE f"
_UNNAMED = (
    "UNWIND $rows AS key MATCH (n:Symbol {key: key}) WHERE n.kind = 'import' AND NOT (n)<-[:NAMES]-() "
    "RETURN n.key, n.id"
)
_DROP_LOOSE = {
    "Symbol": "UNWIND $rows AS key MATCH (n:Symbol {key: key}) WHERE n.kind IS NULL AND NOT (n)--() DELETE n",
    "Question": "UNWIND $rows AS key MATCH (n:Question {key: key}) WHERE NOT (n)--() DELETE n",
    "UnresolvedName": "UNWIND $rows AS key MATCH (n:UnresolvedName {key: key}) WHERE NOT (n)--() DELETE n",
}


class Loose(NamedTuple):
    """What may hang on nothing now that some files were taken out: keys by label, and symbols with their ids."""

    keys: dict[str, set[str]]
    symbols: dict[str, int]


def put(tx: ManagedTransaction, prefix: str, repository: str, files: Sequence[File]) -> None:
    """Add files of which nothing is there, except symbols that edges of other files lead to."""
    _run(tx, _PUT_FILES, [file_row(prefix, blob, linked) for blob, linked in files])
    nodes = {node.id: node for _, linked in files for node in linked.nodes}
    _run(tx, _PUT_NODES, [node_row(prefix, repository, node) for node in nodes.values()])
    edges = [edge for _, linked in files for edge in linked.edges]
    mentioned = {end for edge in edges for end in (edge.src, edge.dst)} - nodes.keys()
    _run(tx, _MENTION, [{"key": prefix + id_key(end), "id": end, "graph": prefix} for end in sorted(mentioned)])
    for kind, statement in _PUT_EDGES.items():
        _run(tx, statement, [edge_row(prefix, edge) for edge in edges if edge.kind == kind])
    links: dict[str, list[Any]] = {name: [] for name in _PUT_LINKS}
    for _, linked in files:
        for name, rows in link_rows(prefix, linked):
            links[name] += rows
    for name, statement in _PUT_LINKS.items():
        _run(tx, statement, links[name])


def take_out(tx: ManagedTransaction, prefix: str, paths: Collection[str]) -> Loose:
    """Cut all that leaves these files, and the files themselves; their symbols stay, for edges that lead to them."""
    files = [prefix + text_key(path) for path in paths]
    cut = {name: {row[0] for row in _run(tx, statement, files)} for name, statement in _CUT_LINKS.items()}
    keys = {"Question": cut["ASKED"], "UnresolvedName": cut["UNRESOLVED"], "Symbol": cut["NAMES"]}
    keys["Symbol"] |= {row[0] for row in _run(tx, _CUT_EDGES, files)}
    symbols = {row[0]: row[1] for row in _run(tx, _OLD_NODES, files)}
    _run(tx, _DROP_FILES, files)
    return Loose(keys, symbols)


def tidy(tx: ManagedTransaction, prefix: str, loose: Loose, files: Iterable[File]) -> None:
    """Drop what hangs on nothing after files were taken out and others put in; keep the ends of edges, unnamed."""
    there = {prefix + id_key(node.id) for _, linked in files for node in linked.nodes}
    vanished = {key: number for key, number in loose.symbols.items() if key not in there}
    vanished |= {row[0]: row[1] for row in _run(tx, _UNNAMED, sorted(loose.keys["Symbol"] - there))}
    _run(tx, _PUT_NODES, [nameless_row(prefix, number) for number in vanished.values()])
    keys = {**loose.keys, "Symbol": loose.keys["Symbol"] | vanished.keys()}
    for label, statement in _DROP_LOOSE.items():
        _run(tx, statement, sorted(keys[label]))


def row_count(linked: LinkedFile) -> int:
    """Return how many rows a file takes, about."""
    outside = sum(node.kind is NodeKind.IMPORT for node in linked.nodes)
    return 1 + len(linked.nodes) + len(linked.edges) + len(linked.asked) + len(linked.unknowns) + outside


def _run(tx: ManagedTransaction, statement: str, rows: Sequence[Any]) -> list[list[Any]]:
    """Run a statement on rows, a batch at a time, and return the records of all."""
    return [record for batch in batches(rows) for record in tx.run(statement, rows=batch).values()]
