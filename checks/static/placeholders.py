"""Functions whose body does nothing yet, or answers the same whatever it is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from kb.source import Source, Span
from kb.syntax.comments import comment_spans
from kb.syntax.symbols import Definition, definitions

MARKED = re.compile(
    r"\b(?:todo|fixme|xxx)\b|not\s+(?:yet\s+)?implemented|unimplemented|implement\s+(?:me|this)", re.IGNORECASE
)
_ON_PURPOSE = re.compile(
    r"subclass|overrid|overload|no-?op\b|does? nothing|do nothing|nothing to|on purpose|intentional|hook"
    r"|abstract|interface|default|always|extension point|deprecated|backwards?.compat|unsupported|not supported",
    re.IGNORECASE,
)
_DOCSTRING = re.compile(r"\s*[rRuUbB]{0,2}(\"\"\"|'''|\"|')(?:(?!\1).|\\.)*\1\s*;?", re.DOTALL)
_EMPTY = {
    "python": re.compile(r"pass|\.\.\.|return(?:\s+None)?"),
    "braces": re.compile(r"(?:return(?:\s+(?:null|undefined|nil))?;?)?"),
}
_NOT_DONE = r"[^\"'`]*(?:not (?:yet )?implemented|unimplemented|todo)[^\"'`]*"
_RAISES = re.compile(
    r"raise\s+NotImplementedError(?:\(.*\))?|todo!\(.*\);?|unimplemented!\(.*\);?|TODO\(.*\)"
    r"|throw\s+new\s+(?:NotImplementedException|NotImplementedError)\(.*\);?"
    rf"|(?:throw\s+new\s+\w*(?:Error|Exception)|panic)\(\s*[\"'`]{_NOT_DONE}[\"'`]\s*\);?",
    re.IGNORECASE | re.DOTALL,
)
_JUDGES = re.compile(
    r"_{0,2}(?:(?:validate|verify|authenticate|authorize|authorise)(?:_|[A-Z]|$)|is_?(?:valid|allowed|authori[sz]ed|authenticated)"
    r"|has_?permission|(?:verify|validate)\w*(?:signature|token|password))"
)
_ENCODES = re.compile(r"_{0,2}(?:encrypt|decrypt|sanitize|sanitise|escape|hash_?password|redact)(?:_|[A-Z]|$)")
_YES = re.compile(r"return\s+(?:True|true);?")
_SAME = re.compile(r"return\s+(\w+);?")


PROMISING = re.compile(
    r"(?<![A-Za-z])(?:validate|verify|authenti|authori[sz]|is_?(?:valid|allowed)|has_?permission|(?:en|de)crypt|saniti"
    r"|escape|hash_?password|redact)",
    re.IGNORECASE,
)
STUBBY = re.compile(rf"\bpass\b|\.\.\.|{MARKED.pattern}|todo!|NotImplemented", re.IGNORECASE)


@dataclass(frozen=True)
class Placeholder:
    """A definition whose body does nothing yet; `answer` is what it always returns, "" if nothing."""

    definition: Definition
    code: str
    answer: str = ""
    is_marked: bool = False


def placeholders_in(source: Source, language: str) -> Iterator[Placeholder]:
    """Yield the functions and methods of a file that only hold a place; not those that say they do so on purpose.

    Left out are decorated functions, functions within functions or conditions, functions defined twice, and methods
    of a class that has bases or others extend, or that merely raise or pass: an interface, a hook.
    """
    known = definitions(source)
    groups = {definition.qualified: definition for definition in known if definition.kind == "class"}
    names = Counter(definition.qualified for definition in known)
    for definition in known:
        owner = definition.qualified.rpartition(".")[0]
        if definition.kind == "class" or definition.decorators or names[definition.qualified] > 1:
            continue
        if (owner and owner not in groups) or (not owner and re.match(r"\s", source.line(definition.line))):
            continue
        placeholder = _placeholder(source, definition, language)
        if placeholder is None:
            continue
        if owner and (_is_extended(source, groups[owner]) or not (placeholder.is_marked or placeholder.answer)):
            continue
        yield placeholder


def _placeholder(source: Source, definition: Definition, language: str) -> Placeholder | None:
    if definition.body is None:
        return None
    whole = source.data[definition.span.start : definition.span.end].decode("utf-8", "replace")
    if len(whole) > 4000 or _ON_PURPOSE.search(whole):
        return None
    code, comments = _without_comments(source, definition, definition.body)
    is_marked = bool(MARKED.search(comments))
    if _RAISES.fullmatch(code):
        return Placeholder(definition, code, is_marked=is_marked)
    empty = _EMPTY["python" if language == "python" else "braces"]
    if empty.fullmatch(code) and (is_marked or (language == "python" and not code.startswith("return"))):
        return Placeholder(definition, code or comments.strip(), is_marked=is_marked)
    parameters = _parameters(source, Span(definition.span.start, definition.body.start))
    same = _SAME.fullmatch(code)
    if parameters and _YES.fullmatch(code) and _JUDGES.match(definition.name):
        return Placeholder(definition, code, answer=code.removeprefix("return").strip(" ;"), is_marked=is_marked)
    if same and same[1] in parameters and _ENCODES.match(definition.name):
        return Placeholder(definition, code, answer=same[1], is_marked=is_marked)
    return None


def _without_comments(source: Source, definition: Definition, body: Span) -> tuple[str, str]:
    """Return a body's code, without braces and docstring, and its comments."""
    first, last = definition.span.start, definition.span.end
    code, comments, at = b"", b"", body.start
    for span in comment_spans(source):
        if first <= span.start and span.end <= last:
            comments += source.data[span.start : span.end] + b"\n"
            if span.start >= at:
                code += source.data[at : span.start]
                at = span.end
    code += source.data[at : body.end]
    text = code.decode("utf-8", "replace").strip()
    text = (
        text[1:-1].strip() if text.startswith("{") and text.endswith("}") else _DOCSTRING.sub("", text, count=1).strip()
    )
    return text, comments.decode("utf-8", "replace")


def _parameters(source: Source, header: Span) -> frozenset[str]:
    head = source.data[header.start : header.end].decode("utf-8", "replace")
    inside = re.search(r"\(([^()]*)\)", head)
    names = re.findall(r"(?:^|,)\s*(\w+)", inside[1]) if inside else []
    return frozenset(names) - {"self", "cls", "this"}


def _is_extended(source: Source, owner: Definition) -> bool:
    """Return whether a class has bases, is named like a base, or is extended in this file."""
    end = owner.body.start if owner.body else owner.span.end
    header = source.data[owner.span.start : end].decode("utf-8", "replace")
    if re.search(
        r"\(\s*(?!object\s*\)|\))|\bextends\b|\bimplements\b|\binterface\b|\btrait\b|\babstract\b|:\s*\w+\s*\{", header
    ):
        return True
    if re.search(
        r"base|abstract|mixin|interface|protocol|null|noop|dummy|fake|mock|stub|allow|default",
        owner.name,
        re.IGNORECASE,
    ):
        return True
    return bool(
        re.search(
            rf"\(\s*(?:\w+\s*,\s*)*{re.escape(owner.name)}\s*[,)]\s*:?|\bextends\s+{re.escape(owner.name)}\b",
            source.text,
        )
    )
