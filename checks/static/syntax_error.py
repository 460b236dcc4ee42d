"""A file that parsed at base no longer does, or a conflict marker was left in it.

What it finds. Syntax errors that the change introduces, in any language that has a grammar here and no engine of its
own: Go, Java, Ruby, PHP, Lua, Rust, Kotlin, Swift, Scala, C#, Zig, CSS, JSON, TOML, YAML and HCL. And the three marks
of a merge conflict, all added by the change, in any file.

Why it matters. The file cannot be compiled, loaded or read as it is.

When it stays silent. Files that base could not parse either; what only a grammar that is often wrong complains of (how
often each is, is measured in `checks.static.syntax_languages`): then brackets that do not balance have to bear it out;
templates, JSON with comments, and files that tests keep because they are broken. Python, JavaScript and TypeScript are
left to ruff and oxlint, which know the newest syntax and report under the same slug; C, C++, shell and HTML to nobody.
Conflict markers in documentation, patches and test data, and in strings of files that parse.

How to fix. Complete the edit, or finish the merge.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.static.changed_lines import source_of
from checks.static.syntax_conflict import conflict_in
from checks.static.syntax_data import error_in
from checks.static.syntax_languages import Trust, name_of, trust_in
from checks.static.syntax_places import is_made_broken, is_template
from kb.diff import FileDiff
from kb.redact import redact
from kb.source import Source
from kb.syntax.languages import language_of
from kb.syntax.parse import Tree, Trouble, Unparsed, parse, troubles_in, unbalanced_in

SLUG = "syntax-error"
CONFLICT = "conflict-marker-left"

RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="A file that parsed before the change does not parse after it.",
        why="It cannot be compiled, loaded or read as it is.",
        fix="Complete the edit at the line named.",
    ),
    Rule(
        CONFLICT,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="The change adds the three markers of a merge conflict.",
        why="Both sides of an unfinished merge are in the file.",
        fix="Finish the merge: keep what belongs and remove the markers.",
    ),
)

_GO = 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("hi")\n}\n'

EXAMPLES = (
    Example(
        "a bracket is not closed",
        before={"main.go": _GO},
        after={"main.go": _GO.replace('("hi")', '("hi"')},
        fires=((SLUG, "main.go", 6),),
    ),
    Example(
        "a comma is missing in JSON",
        before={"package.json": '{\n  "name": "x",\n  "private": true\n}\n'},
        after={"package.json": '{\n  "name": "x"\n  "private": true\n}\n'},
        fires=((SLUG, "package.json", 2),),
    ),
    Example(
        "a conflict is left",
        before={"Makefile": "all:\n\techo a\n"},
        after={"Makefile": "all:\n<<<<<<< HEAD\n\techo a\n=======\n\techo b\n>>>>>>> topic\n"},
        fires=((CONFLICT, "Makefile", 2),),
    ),
    Example(
        "the file was broken before",
        before={"main.go": _GO.replace('("hi")', '("hi"')},
        after={"main.go": _GO.replace('("hi")', '("hello"')},
    ),
    Example(
        "comments in a JSON file that may have them",
        before={"tsconfig.json": '{\n  "files": []\n}\n'},
        after={"tsconfig.json": '{\n  // none yet\n  "files": [],\n}\n'},
    ),
    Example(
        "a template",
        before={"chart/values.yaml": "a: 1\n"},
        after={"chart/values.yaml": "{{- if .Values.on }}\na: 1\n{{- end }}\n"},
    ),
    Example(
        "documentation about conflicts",
        after={"docs/merging.md": "Text.\n\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> topic\n"},
    ),
)


@dataclass(frozen=True, slots=True)
class _Fault:
    """Where a file is broken, what is said about it, and whether that is beyond doubt."""

    line: int
    end_line: int
    said: str
    sure: bool


def covers(path: str) -> bool:
    """Return True: a conflict marker can be left in any text."""
    return True


def reads(path: str) -> bool:
    """Return whether a file of this name is parsed here, and what the parser says about it believed."""
    language = language_of(path)
    return language is not None and trust_in(language) is not Trust.NEVER


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the files that the change breaks, each once."""
    settings = knowledge.settings
    found = []
    for file in change.files:
        if not settings.is_ignored(file.path) and not settings.is_generated(file.path):
            finding = _fault_of(change, file)
            if finding is not None:
                found.append(finding)
    return Report(tuple(found))


def _fault_of(change: Change, file: FileDiff) -> Finding | None:
    source = source_of(change, file, Side.RIGHT)
    if source is None or not file.hunks or is_made_broken(file.path):
        return None
    language = language_of(source.path, source.data[:256])
    tree = _tree(source, language)
    conflict = conflict_in(source, file)
    if conflict is not None and (tree is None or tree.root_node.has_error):
        return _finding(source, CONFLICT, _Fault(*conflict, "A merge conflict is left here", sure=True))
    if language is None or tree is None or not tree.root_node.has_error or is_template(source):
        return None
    base = source_of(change, file, Side.LEFT)
    if base is not None and language_of(base.path, base.data[:256]) != language:
        base = None
    fault = _fault(source, tree, language, base)
    return _finding(source, SLUG, _moved(fault, file)) if fault is not None else None


def _fault(source: Source, tree: Tree, language: str, base: Source | None) -> _Fault | None:
    """Return what is wrong with a file whose tree has errors, if it can be believed and base did not have it."""
    trust = trust_in(language)
    base_tree = _tree(base, language) if base is not None else None
    if trust is Trust.NEVER or (base is not None and (base_tree is None or base_tree.root_node.has_error)):
        return None
    if trust is Trust.PARSER:
        error = error_in(source.text, source.path, language)
        if error is None or (base is not None and error_in(base.text, base.path, language)):
            return None
        return _Fault(error[0], error[0], f"This is not valid {name_of(language)}: {error[1]}", sure=True)
    open_now = unbalanced_in(tree)
    agreed = bool(open_now) and not (base_tree is not None and unbalanced_in(base_tree))
    if not agreed and (trust is Trust.SECOND_SIGN or base is None):
        return None
    sure = agreed or trust is Trust.ALWAYS
    troubles = troubles_in(tree)
    return _told(source, troubles[0], language, dict(open_now), sure=sure) if troubles else None


def _told(source: Source, trouble: Trouble, language: str, unbalanced: dict[str, int], *, sure: bool) -> _Fault:
    first = source.line_of(trouble.span.start)
    last = source.line_of(max(trouble.span.start, trouble.span.end - 1))
    if trouble.missing:
        said = f"`{trouble.missing}` is missing"
    elif unbalanced:
        bracket, count = next(iter(unbalanced.items()))
        closer = {"(": ")", "[": "]", "{": "}"}[bracket]
        said = f"a `{bracket}` is not closed" if count > 0 else f"a `{closer}` closes nothing"
    else:
        said = "the parser stops here"
    return _Fault(first, last, f"This is not valid {name_of(language)}: {said}", sure)


def _moved(fault: _Fault, file: FileDiff) -> _Fault:
    """Return the fault on the added line that it most likely comes from: in its region, else the last one before."""
    inside = [n for n in file.added if fault.line <= n <= fault.end_line]
    before = [n for n in file.added if n < fault.line]
    line = min(inside) if inside else max(before, default=fault.line)
    return _Fault(line, line, fault.said, fault.sure)


def _tree(source: Source, language: str | None) -> Tree | None:
    try:
        return parse(source.data, language) if language else None
    except Unparsed:
        return None


def _finding(source: Source, slug: str, fault: _Fault) -> Finding:
    quoted = redact(source.line(fault.line).strip())[:200]
    return Finding(
        check=SLUG,
        slug=slug,
        severity=Severity.BLOCK if fault.sure else Severity.WARN,
        confidence=Confidence.HIGH if fault.sure else Confidence.MEDIUM,
        path=source.path,
        line=fault.line,
        end_line=fault.end_line,
        message=f"{fault.said}.",
        text=quoted,
        evidence=(Evidence("quote", source.path, fault.line, quoted or "(an empty line)"),),
    )
