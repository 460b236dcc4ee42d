"""The engine ast-grep: our rules, copies of the files under names of ours, its JSON read back.

The files are copied because the copy can be made harmless: no name that looks like an option, no ignore
file or sgconfig.yml beside it, no comment that switches a rule off, no byte that is not UTF-8. Every
replacement keeps the length, so that offsets into the copy are offsets into the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from checks.knowledge import Limits
from checks.static.engine import Diagnostic, Installed
from checks.static.isolation import run_isolated
from checks.static.programs import find_program, version_of
from kb.errors import NotChecked
from kb.source import Edit, Source, Span

RULES_FOLDER = Path(__file__).parent / "rules"
READING = "1"  # changes with how this module prepares files or reads answers
# JavaScript and TSX share one grammar; .ts needs its own, since `<T>x` is a cast there and a tag elsewhere.
GRAMMAR = {".py": "py", ".js": "tsx", ".jsx": "tsx", ".mjs": "tsx", ".cjs": "tsx", ".tsx": "tsx"} | dict.fromkeys(
    (".ts", ".mts", ".cts"), "ts"
)
GRAMMARS = frozenset(GRAMMAR.values())
SUPPRESSION, DISARMED = b"ast-grep-ignore", b"ast-grep-lgnore"
TWIN = "--"
INDIRECT = "-by-name"  # ends the code of a rule that follows a value through a variable
RULE_BREAK = "---\n"
LONGEST_LINE = 5_000  # bytes
RuleFiles = Callable[[Collection[str]], dict[str, str]]
OPTIONS = tuple(f"--no-ignore={kind}" for kind in ("hidden", "dot", "exclude", "global", "parent", "vcs"))
ARGUMENTS = ("scan", "--config", "sgconfig.yml", "--json=stream", "--color=never", "--threads=4", *OPTIONS, "files")
STACK = {"RUST_MIN_STACK": str(128 * 2**20)}  # for each thread: text of a thousand parts is a tree as deep
CONFIG = "ruleDirs: [rules]\nutilDirs: [shared]\n"


@dataclass(frozen=True)
class AstGrep:
    """The engine: ast-grep with our rules. `codes` are the ids that a rule's match may come under."""

    codes: frozenset[str]
    name: str = field(default="ast-grep", init=False)
    whole_tree: bool = field(default=False, init=False)
    how_to_get: str = field(default="pip install ast-grep-cli==0.51.1", init=False)

    @cached_property
    def config_id(self) -> str:
        """Return a digest of every rule and of how answers are read."""
        digest = hashlib.sha256(READING.encode())
        for name, text in sorted(rule_files(GRAMMARS).items()):
            digest.update(f"\0{name}\0{text}".encode())
        return digest.hexdigest()[:16]

    def find(self) -> Installed | None:
        """Return the ast-grep that is installed with Prudent, or the one on PATH."""
        program = find_program("ast-grep")
        return Installed(program, version_of(program)) if program else None

    def covers(self, path: str) -> bool:
        """Return whether there are rules for files of this name; declarations and bundles hold no code of anybody's."""
        suffix = PurePosixPath(path).suffix.lower()
        return suffix in GRAMMAR and not path.lower().endswith((".d.ts", ".d.mts", ".d.cts", ".min.js"))

    def run(
        self, installed: Installed, folder: Path, files: Sequence[str], *, home: Path, limits: Limits
    ) -> tuple[Diagnostic, ...]:
        """Return every match of every rule in the files, of the costly rules only in files that people wrote."""
        sources = [Source(path, (folder / path).read_bytes()) for path in files]
        dense = [source for source in sources if is_dense(source.data)]
        plain = [source for source in sources if not is_dense(source.data)]
        said = {*self._scan(installed, plain, home / "plain", limits, rule_files)}
        said |= {*self._scan(installed, dense, home / "dense", limits, direct_rule_files)}
        return tuple(sorted(said, key=lambda d: (d.path, d.line, d.column, d.code, d.end_line)))

    def _scan(
        self, installed: Installed, sources: Sequence[Source], home: Path, limits: Limits, rules: RuleFiles
    ) -> list[Diagnostic]:
        if not sources:
            return []
        copies = {f"files/{number}.{_grammar(source.path)}": source for number, source in enumerate(sources)}
        for name, text in {**rules({_grammar(s.path) for s in sources}), "sgconfig.yml": CONFIG}.items():
            _write(home / name, text.encode())
        for name, source in copies.items():
            _write(home / name, harmless(source.data))
        argv = [str(installed.program), *ARGUMENTS]
        printed = run_isolated(argv, cwd=home, home=home, limits=limits, ok=(0,), env=STACK)
        try:
            rows = [json.loads(line) for line in printed.splitlines()]
            said = [_diagnostic(row, copies[PurePosixPath(row["file"]).as_posix()]) for row in rows]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise NotChecked("ast-grep printed what is not its JSON format") from error
        return [one for one in said if one.code in self.codes]


def is_dense(data: bytes) -> bool:
    """Return whether a file has a line that no person wrote: a bundle, a table, a sentence of a hostile mind."""
    return max(map(len, data.split(b"\n"))) > LONGEST_LINE


def rule_files(grammars: Collection[str]) -> dict[str, str]:
    """Return the rule files for these grammars by their path below the engine's home: each costs time to read."""
    files: dict[str, str] = {}
    for path in sorted(RULES_FOLDER.glob("*/*.yml")):
        kind = "shared" if path.parent.name == "shared" else "rules"
        text = path.read_text("utf-8")
        if "language: Python" in text:
            made = {"py": text}
        else:
            twin = re.sub(r"\bjs-(?=[a-z])", "ts-", text.replace("language: Tsx", "language: TypeScript"))
            made = {"tsx": text, "ts": twin}
        for grammar in made.keys() & set(grammars):
            files[f"{kind}/{grammar}-{path.name}"] = _renamed(made[grammar], kind, grammar)
    return files


def direct_rule_files(grammars: Collection[str]) -> dict[str, str]:
    """Return the rule files without the rules that follow variables: in a bundle all are called `e` and `t`."""
    return {
        name: RULE_BREAK.join(rule for rule in text.split(RULE_BREAK) if f"{INDIRECT}{TWIN}" not in rule)
        for name, text in rule_files(grammars).items()
    }


def _renamed(text: str, kind: str, grammar: str) -> str:
    """Return a rule file whose ids say the grammar: ids must differ, codes are the same in each language."""
    return re.sub(r"(?m)^id: (\S+)$", rf"id: \1{TWIN}{grammar}", text) if kind == "rules" else text


def _grammar(path: str) -> str:
    return GRAMMAR[PurePosixPath(path).suffix.lower()]


def harmless(data: bytes) -> bytes:
    """Return bytes of the same length that are UTF-8 and hold no comment that the engine obeys."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = b"\n\n\n" + data[3:]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape")
        data = re.sub("[\udc80-\udcff]", "?", text).encode()
    return data.replace(SUPPRESSION, DISARMED)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _diagnostic(row: Mapping[str, Any], source: Source) -> Diagnostic:
    start, end = row["range"]["byteOffset"]["start"], row["range"]["byteOffset"]["end"]
    line = source.line_of(start)
    return Diagnostic(
        code=row["ruleId"].rpartition(TWIN)[0],
        path=source.path,
        line=line,
        end_line=max(line, source.line_of(max(start, end - 1))),
        message=row["message"],
        column=start - source.starts[line - 1] + 1,
        edits=_edits(row, source),
    )


def _edits(row: Mapping[str, Any], source: Source) -> tuple[Edit, ...]:
    """Return the rule's fix. One that removes a statement takes its line along, or is none if more stands there."""
    if row.get("replacement") is None:
        return ()
    place, text = row["replacementOffsets"], row["replacement"].encode()
    span = Span(place["start"], place["end"])
    if text:
        return (Edit(span, text),)
    line = source.span_of_lines(source.line_of(span.start), source.line_of(max(span.start, span.end - 1)))
    around = source.data[line.start : span.start] + source.data[span.end : line.end]
    return () if around.strip() else (Edit(line, b""),)
