"""Holds call edges of TypeScript against the TypeScript compiler: how many are right, how many are found.

    python bench/oracle_typescript.py FOLDER_OF_SOURCES --typescript FOLDER_OF_THE_NPM_PACKAGE [--show N]

For every call and `new` the compiler is asked which definition its callee's name has. Those whose definition lies among
the sources are compared with ours. A right edge leads to that definition (for `new`, to its class or constructor), or
behind it: where the name is a variable, to the function whose signature the compiler takes for the call.
Gate: of the edges at such places at least 95 % are right, and of those to functions, methods and classes at least 70 %
are found. Needs node; the sources are only read.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kb.facts.extract import facts_of
from kb.facts.model import Facts
from kb.graph.javascript import JavaScriptLinker
from kb.graph.model import Edge, EdgeKind, LinkedFile, Unknown
from kb.view import Entry, blob_id

PRECISION, RECALL = 0.95, 0.70
SUFFIXES = (".ts", ".tsx", ".mts", ".cts")
GATED = ("function", "method", "class")
PROGRAM = """
const ts = require(process.argv[2]), path = require("path");
const root = process.argv[3], files = JSON.parse(require("fs").readFileSync(0, "utf8"));
const program = ts.createProgram(files.map((f) => path.join(root, f)), {
  target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true, noEmit: true, strict: true, skipLibCheck: true, jsx: ts.JsxEmit.Preserve,
  experimentalDecorators: true, types: [],
});
const checker = program.getTypeChecker(), K = ts.SyntaxKind;
const kinds = {
  [K.FunctionDeclaration]: "function", [K.MethodDeclaration]: "method", [K.MethodSignature]: "method",
  [K.ClassDeclaration]: "class", [K.ClassExpression]: "class", [K.GetAccessor]: "property",
  [K.PropertyDeclaration]: "property", [K.PropertySignature]: "property", [K.PropertyAssignment]: "property",
  [K.VariableDeclaration]: "variable", [K.Parameter]: "parameter", [K.BindingElement]: "variable",
};
const bytes = (file, at) => Buffer.byteLength(file.text.slice(0, at));
function target(name) {
  let symbol = checker.getSymbolAtLocation(name);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  return (symbol && symbol.declarations) || [];
}
function told(declaration) {
  const file = declaration.getSourceFile(), name = declaration.name || declaration;
  let kind = kinds[declaration.kind] || "other";
  const value = declaration.initializer;
  if (kind === "variable" && value && (ts.isArrowFunction(value) || ts.isFunctionExpression(value))) kind = "function";
  return [path.relative(root, file.fileName), bytes(file, name.getStart(file)), kind];
}
const found = [];
for (const one of files) {
  const file = program.getSourceFile(path.join(root, one));
  const visit = (node) => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      let name = node.expression;
      while (ts.isParenthesizedExpression(name) || ts.isNonNullExpression(name)) name = name.expression;
      if (ts.isPropertyAccessExpression(name)) name = name.name;
      if (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) {
        const signature = checker.getResolvedSignature(node), chosen = signature && signature.declaration;
        const runs = chosen && chosen.getSourceFile().fileName.startsWith(root) ? [told(chosen)] : [];
        found.push([one, bytes(file, name.getStart(file)), name.text, target(name).map(told), runs]);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
}
process.stdout.write(JSON.stringify(found));
"""


class Call(NamedTuple):
    """One call as the compiler sees it: place, name, the places of its definitions with their kind, and what runs."""

    path: str
    start: int
    name: str
    targets: tuple[tuple[str, int, str], ...]
    runs: tuple[tuple[str, int, str], ...]  # the signature that was chosen: what is behind a variable


class Folder:
    """The sources below a folder, as linkers read them."""

    def __init__(self, root: Path) -> None:
        paths = [path for path in root.rglob("*") if path.is_file() and path.suffix in (*SUFFIXES, ".json", ".js")]
        names = {path: path.relative_to(root) for path in paths}
        self._files = {name.as_posix(): path for path, name in names.items() if "node_modules" not in name.parts}
        self._facts: dict[str, Facts] = {}
        self.entries: Mapping[str, Entry] = {
            name: Entry(name, 0o100644, blob_id(path.read_bytes())) for name, path in self._files.items()
        }

    def facts(self, path: str) -> Facts:
        """Return the facts of a file."""
        if path not in self._facts:
            self._facts[path] = facts_of(path, self.data(path))
        return self._facts[path]

    def data(self, path: str) -> bytes:
        """Return a file's bytes."""
        return self._files[path].read_bytes() if path in self._files else b""


def asked_of_compiler(root: Path, package: Path, files: list[str]) -> list[Call]:
    """Return every call of the files with its definitions among all files the compiler knows."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "oracle.cjs"
        program.write_text(PROGRAM)
        command = ["node", "--max-old-space-size=4096", str(program), str(package.resolve()), str(root.resolve())]
        done = subprocess.run(command, input=json.dumps(files), capture_output=True, text=True, check=True)
    return [
        Call(path, at, name, tuple(map(tuple, targets)), tuple(map(tuple, runs)))
        for path, at, name, targets, runs in json.loads(done.stdout)
    ]


class Comparison:
    """Our call edges beside the compiler's answers."""

    def __init__(self, tree: Folder, linked: Mapping[str, LinkedFile]) -> None:
        self.right: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.behind: Counter[str] = Counter()  # leads to what is behind the variable that the compiler stops at
        self.lost: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = defaultdict(list)
        self._edges: dict[tuple[str, int], list[Edge]] = defaultdict(list)
        self._uses: dict[tuple[str, int], list[Edge]] = defaultdict(list)  # a constructor may be a base's
        self._unknown: dict[tuple[str, int], Unknown] = {}
        self._places: dict[int, set[tuple[str, int]]] = defaultdict(set)
        for path, one in linked.items():
            by_name = {node.qualified: node.id for node in one.nodes if node.path == path}
            for row in tree.facts(path).definitions:
                self._places[by_name[row.qualified]].add((path, row.name_start))
                if row.name == "constructor":  # `new C()` is a call of the class to the compiler
                    owners = [d for d in tree.facts(path).definitions if d.inner == row.scope]
                    self._places[by_name[row.qualified]] |= {(path, owner.name_start) for owner in owners}
            for edge in one.edges:
                if edge.kind is EdgeKind.CALLS:
                    self._edges[path, edge.start].append(edge)
                elif edge.kind is EdgeKind.USES:
                    self._uses[path, edge.start].append(edge)
            for unknown in one.unknowns:
                self._unknown[path, unknown.start] = unknown

    def add(self, call: Call, ours: frozenset[str]) -> None:
        """Compare one call; those that lead out of our files are left out."""
        targets = {(path, start): kind for path, start, kind in call.targets if path in ours}
        if not targets:
            return
        kind = next(iter(targets.values()))
        edges = self._edges.get((call.path, call.start), [])
        if not edges:
            unknown = self._unknown.get((call.path, call.start))
            reason = f"{unknown.reason}: {_shape(unknown.chain)}" if unknown is not None else "not a call to us"
            self.lost[kind] += 1
            if kind in GATED:
                self.reasons[reason] += 1
                self.examples[reason].append(f"{call.path}@{call.start} {unknown.chain if unknown else call.name}")
        elif any(self._places[edge.dst] & targets.keys() for edge in (*edges, *self._uses[call.path, call.start])):
            self.right[kind] += 1
        elif any(self._places[edge.dst] & {one[:2] for one in call.runs} for edge in edges):
            self.behind[kind] += 1
        else:
            self.wrong[kind] += 1
            self.examples["wrong"].append(f"{call.path}@{call.start} {call.name} {edges[0].sure} is {sorted(targets)}")


def _shape(chain: str) -> str:
    """Return what a chain looks like, names left out."""
    root = chain.partition(".")[0]
    kept = root if root in ("this", "super", "?") else "x"
    return kept + "".join(".y" if part else "" for part in chain.split(".")[1:]) + ("()" if "()" in chain else "")


def main(argv: list[str]) -> int:
    """Print precision and recall by kind of definition; returns 1 if a gate is not met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--typescript", type=Path, required=True)
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args(argv)
    tree = Folder(options.root)
    files = sorted(path for path in tree.entries if path.endswith(SUFFIXES))
    before = time.perf_counter()
    linker = JavaScriptLinker(tree)
    linked = {path: linker.link(path) for path in files}
    took = time.perf_counter() - before
    compared = Comparison(tree, linked)
    for call in asked_of_compiler(options.root, options.typescript, files):
        compared.add(call, frozenset(files))
    return _report(options.root, tree, files, took, compared, options.show)


def _report(root: Path, tree: Folder, files: list[str], took: float, found: Comparison, show: int) -> int:
    lines = sum(tree.facts(path).lines for path in files)
    print(f"{root}: {len(files)} files, {lines} lines, facts and links in {took:.1f} s")
    for kind in sorted({*found.right, *found.behind, *found.wrong, *found.lost}):
        counts = f"right {found.right[kind]:6} behind {found.behind[kind]:5} wrong {found.wrong[kind]:5}"
        print(f"  {kind:10} {counts} lost {found.lost[kind]:6}")
    right, wrong = found.right.total() + found.behind.total(), found.wrong.total()
    precision = right / max(1, right + wrong)
    got = sum(found.right[kind] + found.behind[kind] for kind in GATED)
    counted = (found.right, found.behind, found.wrong, found.lost)
    recall = got / max(1, sum(counts[kind] for counts in counted for kind in GATED))
    every = right / max(1, right + wrong + found.lost.total())
    print(f"  precision {precision:.3f}, recall of functions, methods and classes {recall:.3f}, of all {every:.3f}")
    for reason, count in found.reasons.most_common(10):
        print(f"  lost {count:5}  {reason}")
        for line in found.examples[reason][:show]:
            print(f"      {line}")
    for line in found.examples["wrong"][: show * 5]:
        print(f"  wrong  {line}")
    return 0 if precision >= PRECISION and recall >= RECALL else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
