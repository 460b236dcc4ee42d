"""What is added to the code that a pass is shown: each kind can be left out, and what it brought is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.change import Change
from checks.finding import Finding
from checks.inference.claims import Claim
from checks.inference.guard import path_in, prose_in
from checks.inference.model import Enrichment
from checks.knowledge import Knowledge
from kb.errors import CorruptObject, NotChecked
from kb.memory.model import Recollection

MOST_LINES = 12  # of one kind
NOTHING = "nothing to add"
GUIDES = 0.5  # of the room at most: they come last, and are the longest
LINE = 240  # characters
NEAR = 0.6  # cosine from which on earlier code is like what changes now
_ABOUT_TEXT = frozenset({"claim-without-code", "stub-presented-as-done", "claim-contradicted"})  # quote the author

# What the pass for security may be shown: nothing in which a stranger could speak for the change.
SAFE = frozenset({Enrichment.FINDINGS, Enrichment.CONSTRAINTS, Enrichment.MISTAKES})


@dataclass(frozen=True)
class Added:
    """One addition: what it is, a heading of ours, and text that is data like the code. `slug`: for one pass only."""

    kind: Enrichment
    title: str
    text: str
    slug: str = ""


@dataclass(frozen=True)
class Material:
    """What additions are made from."""

    change: Change
    findings: Sequence[Finding]
    knowledge: Knowledge
    recollection: Recollection | None


_Maker = Callable[[Material], Added | None]


def additions(
    material: Material, kinds: Iterable[Enrichment], slugs: Sequence[str], count: Callable[[str], int], room: int
) -> tuple[Added, ...]:
    """Return what is there to add, of the kinds that are wanted and in their order, in at most `room` tokens.

    Lists are cut at their end. Memory and history that cannot be read add nothing.
    """
    wanted = [kind for kind in Enrichment if kind in set(kinds)]
    made = [addition for kind in wanted if kind in _MAKERS and (addition := _MAKERS[kind](material)) is not None]
    if Enrichment.MISTAKES in wanted:
        made += _mistakes(material, slugs)
    if Enrichment.GUIDES in wanted:
        made += _guides(material, count, int(room * GUIDES))
    kept: list[Added] = []
    for one in made:
        short = _fitting(one, count, room)
        if short is not None:
            kept.append(short)
            room -= count(_shown(short))
    return tuple(kept)


def _fitting(added: Added, count: Callable[[str], int], room: int) -> Added | None:
    """Return an addition with as many of its first lines as fit; None if none does."""
    lines = added.text.split("\n")
    while lines:
        short = replace(added, text="\n".join(lines))
        if count(_shown(short)) <= room:
            return short
        lines.pop()
    return None


def _shown(added: Added) -> str:
    return f"{added.title}\n{added.text}\n"


def for_security(added: Iterable[Added], material: Material) -> tuple[Added, ...]:
    """Return the additions that the pass for security is shown: none that holds a text of the author's."""
    safe = [one for one in added if one.kind in SAFE]
    if not any(finding.check in _ABOUT_TEXT for finding in material.findings):
        return tuple(safe)
    findings = [finding for finding in material.findings if finding.check not in _ABOUT_TEXT]
    again = _findings(Material(material.change, findings, material.knowledge, material.recollection))
    return tuple(one for one in (again if one.kind is Enrichment.FINDINGS else one for one in safe) if one is not None)


def _listed(kind: Enrichment, title: str, lines: Iterable[str]) -> Added | None:
    shown = [f"- {prose_in(' '.join(line.split()), LINE)}" for line in lines if line.strip()][:MOST_LINES]
    return Added(kind, title, "\n".join(shown)) if shown else None


def _verdicts(material: Material) -> Added | None:
    if material.recollection is None or not material.recollection.here:
        return None
    last = material.recollection.here[0]
    lines = [f"at {last.head[:10]}: {last.one_liner}"]
    lines += [f"open then: {slug} in {path_in(path)}: {message}" for _, slug, path, message in last.standing]
    return _listed(Enrichment.VERDICTS, "What was said of an earlier state of this change:", lines)


def _neighbours(material: Material) -> Added | None:
    """Return the lessons about code like what changes: what people made of findings there."""
    known = material.recollection
    if known is None or known.code_vectors is None or not known.lessons:
        return None
    from kb.memory.embed import open_embedder
    from kb.memory.nearest import nearest

    embedder = open_embedder()
    texts = [text for text in (_added_text(material.change, file.path) for file in material.change.files[:20]) if text]
    if embedder is None or embedder.name != known.embedder or not texts:
        return None
    near = nearest(known.code_vectors, embedder.vectors(texts), most=3, least=NEAR)
    best = sorted({(-score, at) for row in near for at, score in row})
    lessons = list(dict.fromkeys(known.lessons[at] for _, at in best))
    lines = (f"{one.fate.value}: {one.slug} in {path_in(one.path)}: {one.text} ({one.reason})" for one in lessons)
    return _listed(Enrichment.NEIGHBOURS, "What people made of findings about code like this:", lines)


def _added_text(change: Change, path: str) -> str:
    file = change.by_path[path]
    if file.new is None or not file.added:
        return ""
    try:
        source = change.source(path)
    except (KeyError, CorruptObject):
        return ""
    return "\n".join(source.line(number) for number in sorted(file.added)[:60])


def _findings(material: Material) -> Added | None:
    said = [finding for finding in material.findings if not finding.silent]
    lines = (f"{path_in(one.path)}:{one.line} {one.slug}: {one.message}" for one in said)
    return _listed(Enrichment.FINDINGS, "What other checks report already; do not repeat it:", lines)


def _constraints(material: Material) -> Added | None:
    layers = material.knowledge.settings.layers
    lines = [
        f"layer {layer.name} ({', '.join(layer.globs)}) may import: {', '.join(layer.imports) or 'no other'}"
        for layer in layers
    ]
    return _listed(Enrichment.CONSTRAINTS, "Rules that the maintainers declared:", lines)


def _mistakes(material: Material, slugs: Sequence[str]) -> list[Added]:
    if material.recollection is None or not material.recollection.mistakes:
        return []
    from kb.memory.mistakes import checklist

    made = []
    for slug in slugs:
        lines = checklist(material.recollection, slug, MOST_LINES)
        listed = _listed(Enrichment.MISTAKES, "Claims of this kind that turned out wrong here before:", lines)
        if listed is not None:
            made.append(Added(listed.kind, listed.title, listed.text, slug))
    return made


def _co_change(material: Material) -> Added | None:
    from checks.context.co_change import co_changed

    if material.knowledge.history is None:
        return None
    try:
        history = material.knowledge.history.history(material.change.base_id)
    except NotChecked:
        return None
    lines = map(str, co_changed(material.change, history))
    return _listed(Enrichment.CO_CHANGE, "What used to change together with these files:", lines)


def _drift(material: Material) -> Added | None:
    from checks.context.drift import drifted

    lines = map(str, drifted(material.change, most=MOST_LINES))
    return _listed(Enrichment.DRIFT, "Versions that are named and differ from those pinned:", lines)


def _guides(material: Material, count: Callable[[str], int], room: int) -> list[Added]:
    from checks.context.guides import guides

    pieces = guides(material.change, count, room, clean=lambda text: prose_in(text, len(text)))
    text = "\n\n".join(piece.text for piece in pieces)
    return [Added(Enrichment.GUIDES, "What the repository asks of those who write for it:", text)] if text else []


_MAKERS: Mapping[Enrichment, _Maker] = {
    Enrichment.VERDICTS: _verdicts,
    Enrichment.NEIGHBOURS: _neighbours,
    Enrichment.FINDINGS: _findings,
    Enrichment.CONSTRAINTS: _constraints,
    Enrichment.CO_CHANGE: _co_change,
    Enrichment.DRIFT: _drift,
}


def effects_of(
    kinds: Iterable[Enrichment], added: Sequence[Added], claims: Iterable[Claim], said: Iterable[Claim]
) -> dict[str, str]:
    """Return for each kind that is wanted what it brought, for the log: how much it added, how many claims stand on it.

    What would have been claimed without it nobody knows.
    """
    if not added:
        return {}
    cited = Counter(label for claim in claims for label in claim.cites)
    kept = Counter(label for claim in said for label in claim.cites)
    found = {}
    for kind in sorted(kinds):
        size = sum(len(one.text) for one in added if one.kind is kind)
        stand = f"{size:,} characters; {cited[kind.value]} claims stand on it, {kept[kind.value]} of them said"
        found[kind.value] = stand if size else "nothing to add"
    return found
