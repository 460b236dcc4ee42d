"""What ruff says and we do not repeat, or say more softly: excused, meant, or beyond what it can know."""

from __future__ import annotations

import re

from checks.change import Change
from checks.static.engine import Diagnostic
from checks.static.engine_check import is_test
from checks.static.python_context import (
    expects_error,
    has_lazy_annotations,
    is_for_types_only,
    is_in_annotation,
)
from checks.static.ty_tree import Tree
from kb.errors import CorruptObject
from kb.source import Source

NOQA = re.compile(r"#\s*(?P<file>(?:ruff|flake8)\s*:\s*)?noqa(?P<codes>\s*:\s*[A-Z]+\d+(?:[\s,]+[A-Z]+\d+)*)?", re.I)
NAME = re.compile(r"`([^`]+)`")
PUT_IN_PLACE = frozenset({"_", "__", "ngettext", "get_ipython", "reveal_type", "reveal_locals"})  # by gettext, tools
OF_PYTHON_2 = frozenset(
    {"unicode", "long", "xrange", "basestring", "raw_input", "unichr", "execfile", "reload", "cmp", "reduce"}
    | {"file", "buffer", "intern", "apply", "coerce", "WindowsError"}
)
PYTHON_2 = re.compile(
    r"""^\s*(print\s+["'\w%]|exec\s+["'\w]|raise\s+[\w.]+\s*,|except\s+[\w.]+\s*,\s*\w+\s*:)|\bur["']|\b0[0-7]{3}\b|<>|\b\d+[lL]\b|^[^#"'`]*`[^`]*`"""
)
WRONG_BY_NAME = re.compile(r"bad|invalid|broken|syntax|py2|python2|error", re.I)
TEMPLATE = re.compile(r"\{%|\{\{\s*\w+|\}\}|<%|\{#")
NEEDS_NEWEST = re.compile(
    r"(requires|python)[-_]?(python|requires)?[\"']?\s*=\s*[\"'][^\"'<]*(>=?|\^|~=)\s*3\.(1[4-9]|[2-9]\d)"
)
MUTATES = (
    r"\b{0}\s*(\.(append|extend|add|update|pop|insert|remove|clear|setdefault|discard|popitem)\("
    r"|\[[^\]]*\]\s*=[^=]|\+=)"
)


def excused_at_base(change: Change, said: Diagnostic, source: Source) -> bool:
    """Return whether a `noqa` that base already had covers the line; one that came with the change does not."""
    file = change.by_path.get(said.path)
    if file is None or file.old is None:
        return False
    try:
        base = change.base_source(file.old_path)
    except (KeyError, CorruptObject):
        return False
    if any(match.group("file") and _covers(match, said.code) for match in NOQA.finditer(base.text)):
        return True
    line = source.line(said.line)
    if not excused_now(line, said.code):
        return False
    old = file.to_old(said.line)
    return old is not None or line.strip() in {text.strip() for text in base.text.splitlines()}


def excused_now(line: str, code: str) -> bool:
    """Return whether the line itself carries a `noqa` for this code."""
    return any(not match.group("file") and _covers(match, code) for match in NOQA.finditer(line))


def is_on_purpose(said: Diagnostic, source: Source) -> bool:
    """Return whether the code is likely meant so, or whether ruff cannot know enough to say it."""
    if said.code == "invalid-syntax":
        return _is_not_our_python(said, source)
    if said.code != "PT010" and expects_error(source, said.line):
        return True
    if is_doubtful(said, source) and excused_now(source.line(said.line), said.code):
        return True
    doubt = DOUBTS.get(said.code)
    return doubt is not None and doubt(said, source)


def is_put_off(base: Tree, source: Source, said: Diagnostic) -> bool:
    """Return whether the name stands where the only Pythons of the repository, 3.14 and later, do not look at it."""
    if said.code == "F821" and not is_in_annotation(source, said.line, said.column):
        return False
    return any(
        NEEDS_NEWEST.search(base.source(path).text)
        for path in ("pyproject.toml", "setup.cfg", "setup.py")
        if path in base.view.entries
    )


def is_doubtful(said: Diagnostic, source: Source) -> bool:
    """Return whether a certain kind of error is less than certain here: it might never be evaluated."""
    if said.code != "F821":
        return False
    lazily = has_lazy_annotations(source) and is_in_annotation(source, said.line, said.column)
    quoted = source.line(said.line)[: said.column - 1].rstrip("[(, |").endswith(('"', "'"))
    return lazily or quoted or name_in(said) in OF_PYTHON_2 or is_for_types_only(source, said.line)


def _covers(match: re.Match[str], code: str) -> bool:
    listed = match.group("codes")
    return not listed or any(code.upper().startswith(one) for one in re.findall(r"[A-Z]+\d+", listed.upper()))


def name_in(said: Diagnostic) -> str:
    """Return the first name that a message quotes, "" if there is none."""
    found = NAME.search(said.message)
    return found.group(1) if found else ""


def _is_not_our_python(said: Diagnostic, source: Source) -> bool:
    """Return whether a file that does not parse is a template, Python 2, or wrong so that a test can see it."""
    name = source.path.rsplit("/", 1)[-1]
    fed_to_a_test = is_test(source.path) and WRONG_BY_NAME.search(name) is not None
    template = any(TEMPLATE.search(source.line(line)) for line in range(said.line - 1, said.line + 2))
    return fed_to_a_test or template or bool(PYTHON_2.search(source.line(said.line)))


def _is_put_in_place(said: Diagnostic, source: Source) -> bool:
    of_sphinx = source.path.endswith("conf.py") and name_in(said) == "tags"
    return of_sphinx or name_in(said) in PUT_IN_PLACE


def _may_be_exported(said: Diagnostic, source: Source) -> bool:
    """A package's `__all__` may name submodules, and a module's `__getattr__` may answer for any name."""
    return source.path.endswith(("__init__.py", "__init__.pyi")) or b"__getattr__" in source.data


def _is_registered_or_imported(said: Diagnostic, source: Source) -> bool:
    """A decorator may have kept the first definition; imports are repeated, and fixtures become parameters."""
    if not re.match(rf"\s*(async\s+def|def|class)\s+{re.escape(name_in(said))}\b", source.line(said.line)):
        return True
    first = re.search(r"from line (\d+)", said.message)
    return first is not None and source.line(int(first.group(1)) - 1).strip().startswith(("@", ")"))


def _is_idiom(said: Diagnostic, source: Source) -> bool:
    """`x != x` asks for NaN, and tests of `==` compare a thing with itself."""
    return is_test(source.path) or bool(re.search(r"[=!]=", said.message))


def _is_timed(said: Diagnostic, source: Source) -> bool:
    return "bench" in source.path.lower()


def _is_never_changed(said: Diagnostic, source: Source) -> bool:
    """A mutable default does harm where the function changes it."""
    named = re.search(r"(\w+)\s*(:[^=]*)?=\s*$", source.line(said.line)[: said.column - 1])
    if named is None:
        return True
    changes = re.compile(MUTATES.format(re.escape(named.group(1))))
    outer = len(source.line(said.line)) - len(source.line(said.line).lstrip())
    for number in range(said.line + 1, source.line_count + 1):
        text = source.line(number)
        if text.strip() and not text.strip().startswith((")", "#")) and len(text) - len(text.lstrip()) <= outer:
            return True
        if changes.search(text):
            return False
    return True


DOUBTS = {
    "F821": _is_put_in_place,
    "F822": _may_be_exported,
    "F811": _is_registered_or_imported,
    "PLR0124": _is_idiom,
    "B015": _is_timed,
    "B006": _is_never_changed,
}
