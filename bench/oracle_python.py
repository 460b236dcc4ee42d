"""Python links held against an independent oracle: an index made by scip-python, which has a type checker inside.

    scip-python index . --project-name NAME --output index.scip      (in the folder; npm, about 2 GB and 50 s)
    python -m bench.oracle_python FOLDER index.scip

A site counts if the oracle leads to a definition inside the folder. Right means the same definition. Sites at which
we have an edge and the oracle has none at all are counted apart: neither right nor wrong.
"""

from __future__ import annotations

import argparse
import ast
import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.scip_index import ScipIndex, read_index
from kb.facts.extract import facts_of
from kb.facts.model import Call, Facts, Use
from kb.graph.model import Edge, EdgeKind, LinkedFile, Unknown
from kb.graph.python import PythonLinker
from kb.source import Source
from kb.view import Entry, blob_id

PRECISION, RECALL = 0.95, 0.92  # of calls, recall on function and class targets


class Folder:
    """A folder as a `kb.graph.tree.Tree`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        paths = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts]
        self.entries = {
            name: Entry(name, 0o100644, blob_id(name.encode()))
            for name in (str(path.relative_to(root)) for path in paths)
        }
        self._facts: dict[str, Facts] = {}

    def facts(self, path: str) -> Facts:
        """Return the facts of a file."""
        if path not in self._facts:
            self._facts[path] = facts_of(path, self.data(path))
        return self._facts[path]

    def data(self, path: str) -> bytes:
        """Return a file's bytes."""
        return (self._root / path).read_bytes() if path in self.entries else b""


@dataclass
class Tally:
    """What came out for one kind of edge."""

    right: Counter[str] = field(default_factory=Counter)  # by kind of target
    wrong: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    outside: int = 0  # our edge, where the oracle leads out of the folder
    alone: int = 0  # our edge, where the oracle says nothing
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, outcome: Counter[str], kind: str, reason: str, example: str) -> None:
        """Count a site and keep an example of why it was not right."""
        outcome[kind] += 1
        if outcome is not self.right:
            self.reasons[reason] += 1
            self.examples.setdefault(reason, []).append(example)


class Comparison:
    """Our links of one folder beside the oracle's."""

    def __init__(self, folder: Folder, index: ScipIndex) -> None:
        self.index, self.tree = index, folder
        self.paths = sorted(path for path in folder.entries if path in index.paths and path.endswith(".py"))
        for path in self.paths:
            folder.facts(path)
        gc.collect()
        gc.disable()  # as the index does while it links
        begun = time.process_time()
        linker = PythonLinker(folder)
        self.linked: dict[str, LinkedFile] = {path: linker.link(path) for path in self.paths}
        self.seconds = time.process_time() - begun
        gc.enable()
        self.lines: dict[int, set[tuple[str, int]]] = {}
        self.names: dict[int, str] = {}
        for path, one in self.linked.items():
            for node in one.nodes:
                if node.path == path:
                    self.names[node.id] = node.qualified.rpartition(".")[2]
                    self.lines[node.id] = {(path, node.line)}
            ids = {node.qualified: node.id for node in one.nodes if node.path == path}
            for row in folder.facts(path).definitions:
                self.lines[ids[row.qualified]].add((path, row.line))
        self.tallies = {kind: Tally() for kind in ("calls", "inherits", "imports", "uses")}

    def run(self) -> None:
        """Compare every file."""
        for path in self.paths:
            self._compare(path)

    def _compare(self, path: str) -> None:
        source = Source(path, self.tree.data(path))
        edges: dict[tuple[str, int], list[Edge]] = {}
        for edge in self.linked[path].edges:
            edges.setdefault((edge.kind, edge.line if edge.kind is EdgeKind.INHERITS else edge.start), []).append(edge)
        unknown = {(row.start, row.chain): row for row in self.linked[path].unknowns}
        calls = _callees(source)
        for call in self.tree.facts(path).calls:
            where = calls.get((call.start, call.end))
            if where is not None:
                found = self._named(edges.get((EdgeKind.CALLS, call.start), []), call.chain)
                self._site("calls", source, where, found, call, unknown)
        for row in self.tree.facts(path).imports:
            if row.name not in ("", "*"):
                found = [e for e in edges.get((EdgeKind.IMPORTS, row.start), []) if self.names.get(e.dst)]
                self._site("imports", source, row.start, found, None, {})
        for use in self.tree.facts(path).uses:
            if not set("()[]^?<") & set(use.chain) and source.data.startswith(use.chain.encode(), use.start):
                last = use.chain.rpartition(".")[2]
                found = self._named(edges.get((EdgeKind.USES, use.start), []), use.chain)
                self._site(
                    "uses", source, use.start + len(use.chain.encode()) - len(last.encode()), found, use, unknown
                )
        for name_start, positions in _bases(source):
            found = edges.get((EdgeKind.INHERITS, source.line_of(name_start)), [])
            for where in positions:
                self._site("inherits", source, where, found, None, {}, several=True)

    def _named(self, edges: list[Edge], chain: str) -> list[Edge]:
        """Return those edges of one place that belong to the last name of a chain."""
        last = chain.rpartition(".")[2]
        return [edge for edge in edges if self.names.get(edge.dst) == last] or (edges if "." not in chain else [])

    def _site(
        self,
        kind: str,
        source: Source,
        where: int,
        found: list[Edge],
        row: Call | Use | None,
        unknown: dict[tuple[int, str], Unknown],
        *,
        several: bool = False,
    ) -> None:
        tally = self.tallies[kind]
        line = source.line_of(where) - 1
        column = len(source.data[source.starts[line] : where].decode("utf-8", "replace"))
        symbol = self.index.at.get((source.path, line, column), "")
        target = self.index.defined.get(symbol)
        inner = symbol.rpartition("().")[2]  # parameters and local variables are no nodes of ours
        if (
            target is None
            or symbol.startswith(f"{source.path} local")
            or symbol.endswith("/__init__:")
            or (inner and inner != symbol and not inner.endswith(("#", "().")))
        ):
            if found and not several:
                tally.outside += bool(symbol) and target is None
                tally.alone += not symbol
            return
        what = _kind(symbol)
        text = f"{source.path}:{line + 1} {source.line(line + 1).strip()[:90]}"
        wanted = (target[0], target[1] + 1)
        owner = self.index.defined.get(symbol.partition("#")[0] + "#") if symbol.endswith("#__init__().") else None
        either = {wanted, (owner[0], owner[1] + 1)} if owner else {wanted}
        if any(self.lines.get(edge.dst, set()) & either for edge in found):
            tally.note(tally.right, what, "", text)
        elif found and not several:
            said = sorted({f"{path}:{line}" for edge in found for path, line in self.lines.get(edge.dst, ())})
            tally.note(tally.wrong, what, f"wrong {what}", f"{text} ours {said[:2]} theirs {wanted}")
        else:
            lost = unknown.get((row.start, row.chain)) if row else None
            shape = _shape(row.chain) if row else "name"
            tally.note(tally.lost, what, f"{lost.reason if lost else 'nothing said'} {shape} {what}", text)


def _callees(source: Source) -> dict[tuple[int, int], int]:
    """Return where the called name of each call stands, by the call's span; all byte offsets."""
    found = {}
    for node in _nodes(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            span = _offset(source, node.lineno, node.col_offset), _offset(source, node.end_lineno, node.end_col_offset)
            found[span] = _name_of(source, node.func)
    return found


def _bases(source: Source) -> Iterator[tuple[int, list[int]]]:
    """Yield where each class's name stands and where those of its bases do."""
    for node in _nodes(source):
        if isinstance(node, ast.ClassDef):
            at = source.data.find(b"class", _offset(source, node.lineno, node.col_offset)) + 5
            bases = [_name_of(source, base) for base in node.bases if isinstance(base, ast.Name | ast.Attribute)]
            yield source.data.find(node.name.encode(), at), bases


def _nodes(source: Source) -> Iterator[ast.AST]:
    try:
        return ast.walk(ast.parse(source.data))
    except (SyntaxError, ValueError):
        return iter(())


def _name_of(source: Source, node: ast.Name | ast.Attribute) -> int:
    if isinstance(node, ast.Name):
        return _offset(source, node.lineno, node.col_offset)
    return _offset(source, node.end_lineno, node.end_col_offset) - len(node.attr.encode())


def _offset(source: Source, line: int | None, column: int | None) -> int:
    return source.starts[(line or 1) - 1] + (column or 0)


def _kind(symbol: str) -> str:
    if symbol.endswith("().") or symbol.endswith("#"):
        return "class" if symbol.endswith(("#", "#__init__().")) else "function"
    return "module" if symbol.endswith(":") else "variable"


def _shape(chain: str) -> str:
    """Return a chain with its names left out, to group what looks alike: `self.x.f()` is `self._._`."""
    root, dot, rest = chain.partition(".")
    head = root if root in ("self", "cls", "super()", "?") else "name" + ("()" if "()" in root else "")
    return (
        head
        + dot
        + ".".join("_" + "".join(sign for sign in part if sign in "()[]^") for part in rest.split(".") if part)
    )


def main(arguments: list[str]) -> int:
    """Print the comparison; return 1 if a gate does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("index", type=Path)
    parser.add_argument("--examples", type=int, default=0, help="how many examples of each reason to print")
    options = parser.parse_args(arguments)
    compared = Comparison(Folder(options.folder), read_index(options.index))
    compared.run()
    facts = [compared.tree.facts(path) for path in compared.paths]
    edges = sum(len(one.edges) for one in compared.linked.values())
    print(f"{len(facts)} files, {sum(one.lines for one in facts):,} lines, {edges:,} edges")
    print(f"linked in {compared.seconds:.2f} s of processor time, from facts")
    for kind, tally in compared.tallies.items():
        _print_tally(kind, tally, options.examples)
    calls = compared.tallies["calls"]
    precision, recall = _precision(calls), _recall(calls, ("function", "class"))
    held = precision >= PRECISION and recall >= RECALL
    print(f"gate: precision of calls {precision:.3f} >= {PRECISION}, recall {recall:.3f} >= {RECALL}: {held}")
    return 0 if held else 1


def _precision(tally: Tally) -> float:
    right = tally.right.total()
    return right / max(1, right + tally.wrong.total())


def _recall(tally: Tally, kinds: tuple[str, ...]) -> float:
    right = sum(tally.right[kind] for kind in kinds)
    return right / max(1, right + sum(tally.wrong[kind] + tally.lost[kind] for kind in kinds))


def _print_tally(kind: str, tally: Tally, examples: int) -> None:
    sites = tally.right.total() + tally.wrong.total() + tally.lost.total()
    every = _recall(tally, ("function", "class", "variable", "module"))
    firm = _recall(tally, ("function", "class"))
    print(
        f"\n{kind}: {sites:,} sites, precision {_precision(tally):.3f}, recall {every:.3f},"
        f" of functions and classes {firm:.3f}"
    )
    print(f"  edges where the oracle leads outside {tally.outside:,}, where it says nothing {tally.alone:,}")
    for reason, count in tally.reasons.most_common(10):
        print(f"  {count:6,} {reason}")
        for example in tally.examples[reason][:examples]:
            print(f"           {example}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
