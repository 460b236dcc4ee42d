"""The graph store on a Neo4j server: the graphs of several repositories in one database, each on its own.

A reader sees the tree that is there when it asks, whole: see `kb.graph.store_neo4j_load`. What was written once is
never sent again, see `digests`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from kb.graph.lines import dump_of
from kb.graph.model import Asked, Edge, EdgeKind, LinkedFile, Miss, Node, Revision, Unknown
from kb.graph.store_neo4j_load import IN_ONE, Loader
from kb.graph.store_neo4j_rows import (
    EDGE_TYPES,
    SCHEMA,
    edge_of,
    graph_key,
    id_key,
    node_of,
    received,
    text_key,
)
from kb.graph.store_neo4j_server import Server, ServerSettings
from kb.graph.store_sqlite_rows import order_from, order_named, order_to, question_id, raw, unpacked

ASKED_AT_ONCE = 5_000  # keys in one question
_GRAPH = "MATCH (g:CodeGraph {key: $graph}) "
_EACH = f"{_GRAPH}UNWIND $keys AS part WITH g.prefix + part AS key "
_NODE = "RETURN n.id, n.path, n.qualified, n.kind, n.line, n.end_line, n.flags"
_NODES = f"{_EACH}MATCH (n:Symbol {{key: key}}) WHERE n.kind IS NOT NULL {_NODE}"
_NODES_IN = f"{_GRAPH}WITH g.prefix + $path AS file MATCH (n:Symbol {{file: file}}) {_NODE}"
_NAMED = f"{_GRAPH}MATCH (n:Symbol {{name: $last}}) WHERE n.graph = g.prefix AND n.kind IS NOT NULL {_NODE}"
_FILES = f"{_GRAPH}MATCH (f:SourceFile {{graph: g.prefix}}) RETURN f.path, "
_REST = f"{_EACH}MATCH (f:SourceFile {{key: key}}) RETURN f.path, f.rest"
_UNRESOLVED = f"{_EACH}MATCH (:UnresolvedName {{key: key}})<-[:UNRESOLVED]-(f:SourceFile) RETURN DISTINCT f.path"
_ASKING = f"{_EACH}MATCH (:Question {{key: key}})<-[:ASKED]-(f:SourceFile) RETURN DISTINCT f.path"
_MODULES = f"{_GRAPH}MATCH (q:Question {{graph: g.prefix}}) WHERE q.module IS NOT NULL RETURN DISTINCT q.module"
_OUTSIDE = f"{_GRAPH}WITH g.prefix + $path AS key MATCH (f:SourceFile {{key: key}})-[:NAMES]->(n:Symbol) {_NODE}"
_EDGE = "RETURN a.id, type(r), b.id, r.line, r.start, r.sure, r.shape, r.flags"


def open_store(settings: ServerSettings, repository: str) -> Neo4jStore:
    """Return the store of one repository with a connection of its own; raises Neo4jUnreachable, Neo4jRefused."""
    return Neo4jStore(Server(settings), repository)


class Neo4jStore:
    """A GraphStore on a server. `repository` is the name of the graph in it; the same in every clone.

    `in_one` is how many rows may be written in one transaction.
    """

    def __init__(self, server: Server, repository: str, *, in_one: int = IN_ONE) -> None:
        self._server, self._key = server, graph_key(repository)
        self._loader = Loader(server, repository, in_one)
        self._has_schema = False

    @property
    def revision(self) -> Revision | None:
        """Return which tree this is the graph of now; None where there is none."""
        rows = self._ask(f"{_GRAPH}WHERE g.tree IS NOT NULL RETURN g.tree, g.versions")
        return Revision(*rows[0]) if rows else None

    def files(self) -> Mapping[str, str]:
        """Return the blob id of every linked file by path, in order of path."""
        return self._by_path("f.blob")

    def digests(self) -> Mapping[str, str]:
        """Return a digest of all that linking each file brought: see `kb.graph.store_neo4j_rows.digest_of`."""
        return self._by_path("f.digest")

    def nodes(self, ids: Collection[int]) -> dict[int, Node]:
        """Return those of the nodes that exist."""
        return {row[0]: node_of(row) for row in self._ask_each(_NODES, map(id_key, ids))}

    def nodes_in(self, path: str) -> list[Node]:
        """Return the nodes of one file, in order of line, then name."""
        rows = self._ask(_NODES_IN, path=text_key(path))
        return sorted(map(node_of, rows), key=lambda node: (node.line, raw(node.qualified)))

    def nodes_named(self, name: str, limit: int = 100) -> list[Node]:
        """Return the nodes whose qualified name is `name` or ends with `.name`; for a file: whose path is `name`."""
        if not name:
            return []
        found = [node_of(row) for row in self._ask(_NAMED, last=text_key(name.rpartition(".")[2]))]
        named = [node for node in found if node.qualified == name or node.qualified.endswith(f".{name}")]
        named += [node for node in self.nodes_in(name) if not node.qualified]
        return sorted(named, key=order_named)[:limit]

    def edges_from(self, ids: Collection[int], kinds: Collection[EdgeKind] = (), limit: int = 0) -> list[Edge]:
        """Return the edges that leave any of the nodes, of these kinds (all if empty), at most `limit` (0: all)."""
        match = f"MATCH (a:Symbol {{key: key}})-[r:{_types(kinds)}]->(b:Symbol)"
        edges = self._edges(match, "a.id, r.kind, b.id", ids, limit)
        return sorted(edges, key=order_from)[: limit or None]

    def edges_to(self, ids: Collection[int], kinds: Collection[EdgeKind] = (), limit: int = 0) -> list[Edge]:
        """Return the edges that arrive at any of the nodes, as `edges_from` does."""
        match = f"MATCH (b:Symbol {{key: key}})<-[r:{_types(kinds)}]-(a:Symbol)"
        edges = self._edges(match, "b.id, r.kind, a.id", ids, limit)
        return sorted(edges, key=order_to)[: limit or None]

    def misses_in(self, paths: Collection[str]) -> dict[str, list[Miss]]:
        """Return the misses of each of these files, in order of place."""
        found = {path: list(misses) for path, (misses, _, _) in self._rest(paths).items()}
        return {path: found.get(path, []) for path in sorted(paths)}

    def unknowns_named(self, names: Collection[str], limit: int = 1000) -> list[tuple[str, Unknown]]:
        """Return (path, reference) for unresolved references with any of these last names, in order of place."""
        wanted = frozenset(names)
        paths = sorted((received(row[0]) for row in self._ask_each(_UNRESOLVED, map(text_key, wanted))), key=raw)
        found: list[tuple[str, Unknown]] = []
        for path in dict.fromkeys(paths):
            found += [(path, one) for one in self._rest((path,))[path][1] if one.name in wanted]
            if len(found) >= limit:
                break
        return found[:limit]

    def asking(self, questions: Collection[Asked]) -> set[str]:
        """Return the files whose linking asked any of these questions."""
        keys = (id_key(question_id(question)) for question in questions)
        return {received(row[0]) for row in self._ask_each(_ASKING, keys)}

    def module_questions(self) -> set[str]:
        """Return every module key that was asked for (`Asked("", key)`)."""
        return {received(row[0]) for row in self._ask(_MODULES)}

    def linked(self, path: str) -> LinkedFile | None:
        """Return what linking a file brought, as it was put in; None for a file that was not linked."""
        rest = self._rest((path,)).get(path)
        if rest is None:
            return None
        outside = [node_of(row) for row in self._ask(_OUTSIDE, path=text_key(path))]
        own = self.nodes_in(path)
        edges = sorted(self.edges_from([n.id for n in own]), key=lambda e: (e.start, e.kind, e.src, e.dst, e.shape))
        nodes = sorted([*own, *outside], key=lambda node: (node.path, node.line, node.qualified))
        misses, unknowns, asked = rest
        return LinkedFile(path, tuple(nodes), tuple(edges), misses, unknowns, frozenset(asked))

    def dump(self) -> Iterator[str]:
        """Yield one line per file, node, edge, miss and unknown, sorted: two equal graphs give equal lines."""
        return dump_of(self)

    def replace(self, linked: Iterable[tuple[str, LinkedFile]], gone: Collection[str], revision: Revision) -> None:
        """Put (blob id, linked file) in place of what those files had, drop the files that are gone; all or nothing.

        Raises Neo4jUnreachable, Neo4jRefused, ChangedMeanwhile: nothing has changed for readers then.
        """
        self.bring(linked, gone, revision, since=None)

    def bring(
        self,
        linked: Iterable[tuple[str, LinkedFile]],
        gone: Collection[str],
        revision: Revision,
        *,
        since: Revision | None,
        kept: Callable[[Collection[str]], Iterable[tuple[str, LinkedFile]]] | None = None,
    ) -> None:
        """Do what `replace` does, but only while the stored revision is `since`; else raise ChangedMeanwhile.

        `kept` gives the files that stay, without some paths, for a load; if it is None they are read from the server.
        """
        if not self._has_schema:
            for statement in SCHEMA:
                self._server.command(statement)
            self._has_schema = True
        self._loader.replace(linked, gone, revision, since, kept or self._kept)

    def clear(self) -> None:
        """Drop the graph of this repository; those of others stay."""
        self._loader.clear()

    def close(self) -> None:
        """Close the connection, also for other stores that were given the same one."""
        self._server.close()

    def _kept(self, without: Collection[str]) -> Iterator[tuple[str, LinkedFile]]:
        for path, blob in self.files().items():
            linked = None if path in without else self.linked(path)
            if linked is not None:
                yield blob, linked

    def _by_path(self, column: str) -> dict[str, str]:
        rows = self._ask(f"{_FILES}{column}")
        return dict(sorted(((received(path), value) for path, value in rows), key=lambda row: raw(row[0])))

    def _rest(self, paths: Collection[str]) -> dict[str, Any]:
        return {received(path): unpacked(data) for path, data in self._ask_each(_REST, map(text_key, paths))}

    def _edges(self, match: str, order: str, ids: Collection[int], limit: int) -> list[Edge]:
        text = f"{_EACH}{match} {_EDGE}"
        if limit:
            text += f" ORDER BY {order}, r.start, r.line, r.sure, r.shape, r.flags LIMIT {limit:d}"
        found: list[Edge] = []
        for keys in _parts(map(id_key, sorted(set(ids)))):
            found += map(edge_of, self._ask(text, keys=keys))
            if limit and len(found) >= limit:
                break
        return found

    def _ask_each(self, text: str, keys: Iterable[str]) -> list[list[Any]]:
        return [row for part in _parts(keys) for row in self._ask(text, keys=part)]

    def _ask(self, text: str, **values: str | Sequence[str]) -> list[list[Any]]:
        parameters: dict[str, Any] = {**values, "graph": self._key}
        return self._server.read(lambda tx: tx.run(text, parameters).values())


def _types(kinds: Collection[EdgeKind]) -> str:
    return "|".join(name for kind, name in EDGE_TYPES.items() if not kinds or kind in kinds)


def _parts(keys: Iterable[str]) -> Iterator[Sequence[str]]:
    waiting = iter(keys)
    while part := list(islice(waiting, ASKED_AT_ONCE)):
        yield part
