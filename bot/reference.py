"""What there is to know about every check and every rule, gathered from the checks themselves."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checks.check import Described, Example, Rule
from checks.finding import Confidence, Severity
from checks.static.engine import Engine
from kb.errors import UserError
from kb.syntax.languages import LANGUAGES, language_of

HEADINGS = ("What it finds", "Why it matters", "When it stays silent", "How to fix")
ANY_LANGUAGE = "any"

_PROBES = ("a{}", "tests/test_a{}", "tests/a.test{}")  # some checks look at tests only
_DIALECTS = {"tsx": "typescript"}
_AKIN = {"typescript": "javascript", "tsx": "javascript"}  # one rule speaks of all of them

_HEADING = re.compile(rf"(?m)^({'|'.join(HEADINGS)})[.:](?:\s+|$)")


@dataclass(frozen=True)
class Contract:
    """A check's docstring in its parts: one sentence, then text by heading."""

    title: str
    sections: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Entry:
    """One slug that a finding can have, and every check that reports it, each by its own rule."""

    slug: str
    reports: tuple[tuple[Described, Rule], ...]

    @property
    def rule(self) -> Rule:
        """Return the rule that speaks for the slug: a posted one before a silent one, then the worst."""
        rules = [rule for _, rule in self.reports]
        return min(rules, key=lambda rule: (rule.silent, rule.severity.rank, rule.confidence.rank))

    @property
    def severity(self) -> Severity:
        """Return the worst severity that a posted finding of this slug has by default."""
        return self.rule.severity

    @property
    def confidence(self) -> Confidence:
        """Return how sure the rule is that speaks for the slug."""
        return self.rule.confidence

    @property
    def posted(self) -> bool:
        """Return whether findings are posted, not only recorded."""
        return not self.rule.silent

    @property
    def checks(self) -> tuple[str, ...]:
        """Return the slugs of the checks that report it."""
        return tuple(dict.fromkeys(check.SLUG for check, _ in self.reports))

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages it is about."""
        found = {name for check, rule in self.reports for name in _languages_of_rule(check, rule)}
        return (ANY_LANGUAGE,) if ANY_LANGUAGE in found else tuple(sorted(found))


@dataclass(frozen=True)
class Topic:
    """What a word given to `prudent explain` stands for: a check, a rule's slug, or both at once."""

    slug: str
    check: Described | None
    entry: Entry | None

    @property
    def is_own(self) -> bool:
        """Return whether one check of ours, and no other, reports this slug."""
        return self.check is not None and self.entry is not None and len(self.entry.reports) == 1

    @property
    def examples(self) -> tuple[tuple[Described, Example], ...]:
        """Return the examples that show it, each with its check."""
        if self.entry is not None:
            return examples_of(self.entry)
        return tuple((self.check, example) for example in self.check.EXAMPLES) if self.check else ()


def entries(checks: Iterable[Described]) -> tuple[Entry, ...]:
    """Return every slug that the checks can report, in alphabetical order."""
    found: dict[str, list[tuple[Described, Rule]]] = {}
    for check in checks:
        for rule in check.RULES:
            found.setdefault(rule.slug, []).append((check, rule))
    return tuple(Entry(slug, tuple(found[slug])) for slug in sorted(found))


def rules_by_slug(checks: Iterable[Described]) -> dict[str, Rule]:
    """Return the rule that speaks for each slug."""
    return {entry.slug: entry.rule for entry in entries(checks)}


def topic_of(word: str, checks: Sequence[Described]) -> Topic:
    """Return what a slug, or an engine's own name for a rule, stands for; raises UserError with the nearest."""
    by_slug = {entry.slug: entry for entry in entries(checks)}
    by_check = {check.SLUG: check for check in checks}
    codes = {code.lower(): entry.slug for entry in by_slug.values() for _, rule in entry.reports for code in rule.codes}
    slug = word if word in by_slug or word in by_check else codes.get(word.lower(), word)
    if slug.startswith("sarif-"):
        slug = "sarif-report"  # the slugs of other tools' findings are theirs; the check that reads them is ours
    elif slug.startswith("learned-"):
        slug = "learned-rule"  # a repository's own
    if slug in by_slug or slug in by_check:
        return Topic(slug, by_check.get(slug), by_slug.get(slug))
    near = difflib.get_close_matches(word.lower(), sorted({*by_slug, *by_check}), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else "`prudent checks` lists all"
    raise UserError(f"no check or rule is called {word!r}; {hint}")


def contract_of(check: Described) -> Contract:
    """Return the check's docstring in its parts, each paragraph on one line."""
    title, _, rest = (check.__doc__ or "").strip().partition("\n")
    parts = _HEADING.split(rest)[1:]
    sections = [(heading, _reflowed(text)) for heading, text in zip(parts[::2], parts[1::2], strict=True)]
    return Contract(title.strip(), tuple(sections))


def engine_of(check: Described) -> Engine | None:
    """Return the engine behind a check, None for our own checks."""
    engine: Engine | None = getattr(check, "ENGINE", None)
    return engine


def examples_of(entry: Entry) -> tuple[tuple[Described, Example], ...]:
    """Return the examples that show a slug: those where it fires, and for our own checks the silent ones too."""
    return tuple(
        (check, example)
        for check in {check.SLUG: check for check, _ in entry.reports}.values()
        for example in check.EXAMPLES
        if any(slug == entry.slug for slug, _, _ in example.fires) or _is_own_near_miss(check, entry.slug, example)
    )


def languages_of(check: Described) -> tuple[str, ...]:
    """Return the languages whose files a check looks at, "any" if it looks at every file."""
    if check.covers("folder/name.of-no-language"):
        return (ANY_LANGUAGE,)
    covered = {
        _DIALECTS.get(name, name)
        for name, language in LANGUAGES.items()
        if any(check.covers(form.format(extension)) for form in _PROBES for extension in language.extensions)
    }
    return tuple(sorted(covered))


def _is_own_near_miss(check: Described, slug: str, example: Example) -> bool:
    return slug == check.SLUG and not example.fires


def _languages_of_rule(check: Described, rule: Rule) -> tuple[str, ...]:
    """Return the languages of one rule: of an engine for many, those akin to what its examples show."""
    covered = languages_of(check)
    if rule.slug == check.SLUG:
        return covered
    paths = {path for example in check.EXAMPLES for slug, path, _ in example.fires if slug == rule.slug}
    shown = {_AKIN.get(language, language) for path in paths if (language := language_of(path)) is not None}
    return tuple(name for name in covered if _AKIN.get(name, name) in shown) or covered


def _reflowed(text: str) -> str:
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]
    text = "\n\n".join(part for part in paragraphs if part)
    return text[:1].upper() + text[1:]
