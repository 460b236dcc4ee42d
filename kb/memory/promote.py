"""From remarks that say one thing to a proposed rule: the code that they were about has one shape, or one import.

A rule is proposed only if its pattern is in every example, can be read alone, and is rare in the tree at base: what
stands everywhere is this repository's way of writing, whatever was said about it thrice.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from kb.errors import CorruptObject
from kb.memory.model import LearnedRule, RuleState
from kb.memory.promote_alike import Remark, has_recurred, said, words_of
from kb.memory.promote_body import BadRule, Body, Forbidden, Pattern, is_about, kind_of, written
from kb.memory.promote_shape import Shape, common_shape, matches, shapes_in, stands_alone
from kb.redact import redact
from kb.syntax.languages import language_of
from kb.syntax.parse import Unparsed, parse, walk
from kb.view import View

RARE = 0.005  # share of a language's lines that a pattern may match at base
RARE_FILES = 0.05  # share of its files that may import a module which is to be forbidden
MOST_BYTES, SECONDS = 4_000_000, 8.0  # of files at base that are looked through
MOST_EXAMPLES = 12
LONGEST_SLUG, LONGEST_MESSAGE = 40, 200  # characters

_FAMILY = {"python": "python"} | dict.fromkeys(("javascript", "typescript", "tsx"), "javascript")
_PYTHON_IMPORT = re.compile(r"\s*(?:import\s+([\w.]+)(?:\s+as\s+\w+)?|from\s+([\w.]+)\s+import\b.*)\s*", re.ASCII)
_SCRIPT_IMPORT = re.compile(r"""\s*(?:import\b.*?|.*?\brequire\()\s*["']([^"'./][^"']*)["']\)?\s*;?\s*""")


@dataclass(frozen=True)
class Proposal:
    """What a rule would look for, and the remarks that ask for it."""

    body: Body
    remarks: tuple[Remark, ...]


def proposal_of(
    remarks: Sequence[Remark], base: View | None, *, clock: Callable[[], float] = time.monotonic
) -> Proposal | None:
    """Return what remarks of one kind propose; None where their code shares nothing that can be looked for.

    Args:
        remarks: What was said alike (`promote_alike.kind_around`), the most central first.
        base: The tree in which the rule must be rare; None: it is not looked at.
        clock: Seconds; looking through the tree ends after SECONDS, and what was seen by then decides.
    """
    by_family: dict[str, list[Remark]] = {}
    for remark in remarks:
        family = _FAMILY.get(language_of(remark.path) or "")
        if family is not None:
            by_family.setdefault(family, []).append(remark)
    for family, members in sorted(by_family.items(), key=lambda each: (-len(each[1]), each[0])):
        body = _body(family, members) if has_recurred(members) else None
        if body is not None and _can_be_kept(body) and (base is None or is_rare(body, base, clock)):
            return Proposal(body, tuple(members))
    return None


def can_propose(remark: Remark) -> bool:
    """Return whether a rule could be made of a remark: its file is of a language that rules are made for."""
    return (language_of(remark.path) or "") in _FAMILY


def rule_of(proposal: Proposal) -> LearnedRule:
    """Return a proposal as a rule, named and worded after its remarks; raises BadRule for an odd body."""
    remarks, body = proposal.remarks, proposal.body
    first, newest = remarks[0], max(remark.at for remark in remarks)
    message = redact(said(first.text))[:LONGEST_MESSAGE]
    examples = tuple(dict.fromkeys(redact(remark.example) for remark in remarks))[:MOST_EXAMPLES]
    slug, kind = _slug_of(remarks), kind_of(body)
    return LearnedRule(
        0, first.repository, slug, kind, written(body), message, examples, RuleState.PROPOSED, "", newest
    )


def _can_be_kept(body: Body) -> bool:
    try:
        return bool(written(body))
    except BadRule:
        return False


def is_rare(body: Body, base: View, clock: Callable[[], float] = time.monotonic) -> bool:
    """Return whether a rule matches little of what it is about at base: RARE of the lines, or RARE_FILES, or once."""
    end, lines, files, hits, read = clock() + SECONDS, 0, 0, [0], 0
    for path in _spread(path for path in base.entries if base.entries[path].is_file):
        language = language_of(path)
        if _FAMILY.get(language or "") != body.language or not is_about(body, path) or language is None:
            continue
        try:
            data = base.read(path)
        except (KeyError, CorruptObject):
            continue
        read += len(data)
        if read > MOST_BYTES or clock() > end:
            break
        lines, files = lines + data.count(b"\n") + 1, files + 1
        hits.append(len(_lines_hit(body, data, language)))
    if isinstance(body, Forbidden):  # of what is imported, a file has one line however much it uses it
        return sum(map(bool, hits)) <= max(1, RARE_FILES * files)
    return sum(hits) <= max(1, RARE * lines)


def _spread(paths: Iterable[str]) -> list[str]:
    """Return paths in an order in which the first ones are of all folders."""
    ordered = sorted(paths)
    return [ordered[at] for step in range(7) for at in range(step, len(ordered), 7)]


def _lines_hit(body: Body, data: bytes, language: str) -> set[int]:
    if isinstance(body, Forbidden):
        text = data.decode("utf-8", "replace").splitlines()
        return {number for number, line in enumerate(text) if _is_within(_module_in(line, body.language), body.module)}
    shape = _shape_of(body, language)
    if shape is None:
        return set()
    try:
        tree = parse(data, language)
    except Unparsed:
        return set()
    return {node.start_point[0] for node in walk(tree) if node.type == shape.kind and matches(shape, node, data)}


def _body(family: str, remarks: Sequence[Remark]) -> Body | None:
    """Return what the code of every remark has in common, as the body of a rule."""
    folder = _folder_of([remark.path for remark in remarks])
    modules = {_module_in(line, family) for remark in remarks for line in [remark.code.strip()]}
    if len(modules) == 1 and (module := modules.pop()):
        return Forbidden(family, module, folder)
    shared = common_shape([shapes_in(remark.code, _grammar(remark.path)) for remark in remarks])
    if shared is None or not all(_is_alone(shared, remark.path) for remark in remarks):
        return None
    return Pattern(family, shared.pattern, shared.kind, folder)


def _is_alone(shape: Shape, path: str) -> bool:
    try:
        return stands_alone(shape, _grammar(path))
    except Unparsed:
        return False


def _shape_of(body: Pattern, language: str) -> Shape | None:
    """Return the shape that a pattern is, read in a language: its holes are names that nobody writes."""
    text = re.sub(r"\$\$\$[A-Z]", "PRUDENT_MANY", body.pattern)
    text = re.sub(r"\$([A-Z])", r"PRUDENT_HOLE_\1", text)
    found = next((shape for shape in shapes_in(text, language) if shape.kind == body.kind), None)
    return None if found is None else _with_holes(found)


def _with_holes(shape: Shape) -> Shape:
    if shape.text == "PRUDENT_MANY":
        return Shape("", True, "", shape.gap, hole=1, many=True)
    if shape.text.startswith("PRUDENT_HOLE_") and len(shape.text) == len("PRUDENT_HOLE_A"):
        return Shape("", True, "", shape.gap, hole=ord(shape.text[-1]) - ord("A") + 1)
    children = tuple(_with_holes(child) for child in shape.children)
    return Shape(shape.kind, shape.is_named, shape.text, shape.gap, children)


def _grammar(path: str) -> str:
    """Return the grammar for a file: the engine reads JavaScript with that of TSX."""
    language = language_of(path) or ""
    return "tsx" if language == "javascript" else language


def _module_in(line: str, family: str) -> str:
    """Return the module that a line of code imports, "" if it is no import of one module."""
    found = (_PYTHON_IMPORT if family == "python" else _SCRIPT_IMPORT).fullmatch(line)
    return next((group for group in found.groups() if group), "") if found else ""


def _is_within(module: str, forbidden: str) -> bool:
    return module == forbidden or module.startswith((f"{forbidden}.", f"{forbidden}/"))


def _folder_of(paths: Sequence[str]) -> str:
    """Return the deepest folder that holds every path, "" for the top."""
    folders = [PurePosixPath(path).parts[:-1] for path in paths]
    shared = []
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "/".join(shared)


def _slug_of(remarks: Sequence[Remark]) -> str:
    """Return a name made of the words that most of the remarks share, in the order of the first."""
    shared = [frozenset(words_of(remark.text)) for remark in remarks]
    telling = dict.fromkeys(words_of(remarks[0].text))
    common = [word for word in telling if 2 * sum(word in words for words in shared) > len(shared)] or [*telling]
    kept = [re.sub(r"[^a-z0-9]+", "-", word.replace("_", "-")).strip("-") for word in common]
    slug = ""
    for word in kept:
        longer = f"{slug}-{word}".strip("-")
        if not word or len(longer) > LONGEST_SLUG or longer.count("-") > 3:
            break
        slug = longer
    return slug or "rule"
