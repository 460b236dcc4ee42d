"""Which of the compiler's new errors are certain without any package's types, and where they belong."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checks.change import Change
from checks.check import Rule
from checks.finding import Evidence, Finding
from checks.static.engine import Diagnostic
from checks.static.oxlint_bindings import bindings_of
from checks.static.oxlint_causes import Causes, is_relative, resolved
from checks.static.oxlint_place import Failure, placed, touched_definition
from checks.static.tsc_imports import Imports
from checks.static.tsc_rules import (
    ARGUMENTS,
    CONSTANTS,
    MEMBERS,
    NAMES,
    NOT_EXPORTED,
    NOT_FOUND,
    NOT_MODULE,
    NOT_PUBLIC,
    OVERRIDES,
    QUOTED,
)
from kb.diff import FileDiff
from kb.errors import CorruptObject
from kb.source import Source

if TYPE_CHECKING:
    from kb.syntax.parse import Node

TYPED = (".ts", ".tsx", ".mts", ".cts")
MODULE_TYPE = re.compile(r"typeof import\(")
UNSURE_TYPE = re.compile(r"'(?:never|unknown|object|\{\}|any|void|undefined|null)'\.")
FROM = re.compile(r"""\bfrom\s*['"]([^'"]+)['"]|\brequire\(\s*['"]([^'"]+)['"]""")
MEMBER = re.compile(r"member (\S+) from class")
WORD = re.compile(r"[\w$#]+")
CALLS = ("call_expression", "new_expression")


@dataclass(frozen=True)
class Judge:
    """Decides about the errors of one change."""

    change: Change
    causes: Causes
    imports: Imports

    def keeps(self, change: Change, said: Diagnostic, rule: Rule) -> bool:
        """Return whether an error is certain, and the change's fault."""
        quoted = QUOTED.findall(said.message)
        if said.code in NOT_FOUND:
            return bool(quoted) and self.causes.lacks_module(said.path, said.line, quoted[0])
        if said.code in NOT_EXPORTED or said.code in NOT_PUBLIC:
            return self._lacks_export(said)
        if said.code in NOT_MODULE:
            return self._emptied(quoted) is not None
        if said.code in NAMES:
            return self._is_undefined(said, quoted)
        if said.code in CONSTANTS:
            return self._is_changed(said) and self._binds(said.path, quoted)
        if not said.path.endswith(TYPED):
            return said.code in MEMBERS and MODULE_TYPE.search(said.message) is not None and self._lost(quoted)
        if said.code in ARGUMENTS:
            return self._calls_what_changed(said)
        if said.code in MEMBERS:
            return self._lost(quoted) and UNSURE_TYPE.search(said.message) is None
        if said.code in OVERRIDES:
            return self._is_changed(said) or self._cause_of_override(said) is not None
        return False

    def place(self, change: Change, said: Diagnostic, finding: Finding) -> Finding | None:
        """Return the finding where a reader of the change can see its cause, None if there is no cause."""
        if said.code in NAMES:
            export = self._forgotten(said, QUOTED.findall(said.message))
            return replace(finding, evidence=(*finding.evidence, export)) if export is not None else finding
        failure = self._failure(said)
        return finding if failure is None else placed(self.causes, finding, failure)

    def _failure(self, said: Diagnostic) -> Failure | None:
        quoted = QUOTED.findall(said.message)
        if said.code in NOT_FOUND:
            removed = self.causes.removed_module(said.path, quoted[0])
            return Failure(quoted[0], "is still imported", removed.old_path if removed is not None else None)
        if said.code in NOT_EXPORTED or said.code in NOT_PUBLIC:
            name, specifier = self._imported(said)
            home = resolved(self.change.head, said.path, specifier) if is_relative(specifier) else None
            return Failure(name, "is still imported", home)
        if said.code in NOT_MODULE:
            return Failure(quoted[0], "exports nothing any more and is still imported", quoted[0])
        if said.code in ARGUMENTS:
            return Failure(self._callee(said) or "", "is still called with other arguments")
        if said.code in MEMBERS:
            return Failure(_member(said, quoted), "is still used")
        if said.code in OVERRIDES:
            return Failure(self._cause_of_override(said) or "", "does not fit a class that extends it")
        return None

    def _emptied(self, quoted: list[str]) -> FileDiff | None:
        """Return the changed file that a message calls no module; at base it was one."""
        file = self.change.by_path.get(quoted[0]) if quoted else None
        return file if file is not None and file.old is not None else None

    def _lacks_export(self, said: Diagnostic) -> bool:
        name, specifier = self._imported(said)
        if said.code in NOT_PUBLIC and is_relative(specifier):
            return resolved(self.change.head, said.path, specifier) is not None
        return self.causes.lacks_export(said.path, said.line, specifier, name)

    def _is_undefined(self, said: Diagnostic, quoted: list[str]) -> bool:
        """Return whether the change took away, or forgot, what declares a name; comments name types for readers."""
        if not quoted or self._is_in_comment(said):
            return False
        return self.causes.lost_here(said.path, quoted[0]) or self._forgotten(said, quoted) is not None

    def _is_in_comment(self, said: Diagnostic) -> bool:
        from kb.syntax.comments import comment_spans  # lazily: loads the grammars

        source = self._source(said.path)
        offset = source.offset_of(said.line, said.column)
        return any(span.start <= offset < span.end for span in comment_spans(source))

    def _forgotten(self, said: Diagnostic, quoted: list[str]) -> Evidence | None:
        """Return what a line that the change wrote should have imported, None if that is not sure."""
        if self.causes.lost_here(said.path, quoted[0]) or not self._is_changed(said):
            return None
        return self.imports.forgotten(said.path, quoted[0])

    def _lost(self, quoted: list[str]) -> bool:
        return any(name in self.causes.lost for name in quoted)

    def _binds(self, path: str, quoted: list[str]) -> bool:
        """Return whether a file itself declares the name: scripts without modules share theirs with all others."""
        return bool(quoted) and any(bound.name == quoted[0] for bound in bindings_of(self._source(path)))

    def _is_changed(self, said: Diagnostic) -> bool:
        return self.causes.is_new_line(said.path, said.line)

    def _calls_what_changed(self, said: Diagnostic) -> bool:
        callee = self._callee(said)
        if callee is None:
            return False
        return self._is_changed(said) or touched_definition(self.causes, callee) is not None

    def _cause_of_override(self, said: Diagnostic) -> str | None:
        """Return the first member that an error is about and that the change defines anew, or removed."""
        here = WORD.match(self._source(said.path).line(said.line)[said.column - 1 :])
        members: list[str] = [
            *MEMBER.findall(said.message),
            *QUOTED.findall(said.message)[2:],
            *([here[0]] if here else []),
        ]
        for name in members:
            if touched_definition(self.causes, name) is not None or name in self.causes.lost:
                return name
        return None

    def _callee(self, said: Diagnostic) -> str | None:
        """Return the name of what is called at the place of an error, None if it has none."""
        from kb.syntax.languages import language_of  # lazily: loads the grammars
        from kb.syntax.parse import Unparsed, parse, text_of

        source = self._source(said.path)
        try:
            root = parse(source.data, language_of(said.path) or "typescript").root_node
        except Unparsed:
            return None
        offset = source.offset_of(said.line, said.column)
        node: Node | None = root.descendant_for_byte_range(offset, offset)
        while node is not None and node.type not in CALLS:
            node = node.parent
        called = None
        if node is not None:
            called = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        if called is not None and called.type == "member_expression":
            called = called.child_by_field_name("property")
        return text_of(called) if called is not None and called.child_count == 0 else None

    def _imported(self, said: Diagnostic) -> tuple[str, str]:
        """Return the name and the module that a failing import names."""
        if said.code == "TS1192":  # its message has the file that was found, not what the import says
            found = FROM.search(self._source(said.path).line(said.line))
            return "default", (found[1] or found[2]) if found else ""
        module, _, rest = said.message.partition(" declares " if said.code in NOT_PUBLIC else " has no exported ")
        names, modules = QUOTED.findall(rest), QUOTED.findall(module)
        return (names[0] if names else ""), (modules[-1].strip('"') if modules else "")

    def _source(self, path: str) -> Source:
        try:
            return self.change.source(path)
        except (KeyError, CorruptObject):
            return Source(path, b"")


def _member(said: Diagnostic, quoted: list[str]) -> str:
    return quoted[-1] if said.code == "TS2694" else quoted[0]
