"""Code of a kind that reviewers of this repository have objected to again and again.

What it finds.
New matches of the repository's own learned rules. A comment that recurred on three pull requests or more becomes a
proposed rule, a pattern of code or a module that is not to be imported; a maintainer enables it with
`/prudent rules enable`. Every finding's slug is `learned-` and the rule's own.

Why it matters.
What reviewers write for the fourth time they need not write by hand, and a new author is told before the review.

When it stays silent.
Where the match was there at base, and for rules that are only proposed: those are recorded, not posted, so that
`/prudent rules` can say what they would have found. Without a memory of the repository there are no rules.

How to fix.
Do as the comments that are quoted ask. `/prudent rules disable` switches a rule off, `/prudent rules drop` for good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.knowledge import Knowledge
from checks.learned.rule_engine import RuleEngine
from checks.static.engine import Diagnostic
from checks.static.engine_check import review_with
from checks.static.isolation import TimedOut
from kb.errors import NotChecked
from kb.memory.model import LearnedRule, Recollection, RuleState
from kb.memory.promote_body import BadRule, Body, Forbidden, Pattern, is_about, kind_of, read_body, written

SLUG = "learned-rule"
PREFIX = "learned-"
MOST_RULES = 100
EXAMPLES_SHOWN = 3
RULES = (
    Rule(
        SLUG,
        Severity.WARN,
        Confidence.MEDIUM,
        finds="Code of a kind that reviewers of this repository have objected to on several pull requests.",
        why="What reviewers write again and again they need not write by hand.",
        fix="Do as the comments that are quoted ask.",
    ),
)
_ENGINE = RuleEngine(frozenset())


def _remembered(state: RuleState, body: Body) -> Recollection:
    rule = LearnedRule(
        1,
        "example",
        "log-not-print",
        kind_of(body),
        written(body),
        "use the logger, not print",
        ("pull/3 shop/cart.py: use the logger, not print",),
        state,
        "ada",
        0.0,
    )
    return Recollection("example", "", rules=(rule,))


_PRINT = Pattern("python", "print($$$Z)", "call", "shop")
_BEFORE = {"shop/cart.py": "def add(item):\n    return [item]\n"}
_AFTER = {"shop/cart.py": "def add(item):\n    print(item)\n    return [item]\n"}
EXAMPLES = (
    Example(
        "a rule that a maintainer has enabled matches a new line",
        before=_BEFORE,
        after=_AFTER,
        memory=lambda commits: _remembered(RuleState.ENABLED, _PRINT),
        fires=(("learned-log-not-print", "shop/cart.py", 2),),
    ),
    Example(
        "a module that is not to be imported in a folder",
        before=_BEFORE,
        after={"shop/cart.py": "import requests.adapters\n\n\ndef add(item):\n    return [item]\n"},
        memory=lambda commits: _remembered(RuleState.ENABLED, Forbidden("python", "requests", "shop")),
        fires=(("learned-log-not-print", "shop/cart.py", 1),),
    ),
    Example(
        "the rule is only proposed",
        before=_BEFORE,
        after=_AFTER,
        memory=lambda commits: _remembered(RuleState.PROPOSED, _PRINT),
    ),
    Example(
        "the match was there before",
        before=_AFTER,
        after={"shop/cart.py": "def add(item):\n    print(item)\n    return [item, item]\n"},
        memory=lambda commits: _remembered(RuleState.ENABLED, _PRINT),
    ),
    Example(
        "the rule is about another folder",
        before={"tools/cart.py": _BEFORE["shop/cart.py"]},
        after={"tools/cart.py": _AFTER["shop/cart.py"]},
        memory=lambda commits: _remembered(RuleState.ENABLED, _PRINT),
    ),
)


def covers(path: str) -> bool:
    """Return whether a rule can be about a file of this name."""
    return _ENGINE.covers(path)


def reads(path: str) -> bool:
    """Return that no file counts as read: only what a rule names is looked at."""
    return False


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return what the rules of the repository match at head and did not match at base; raises NotChecked.

    A rule that is only proposed never keeps the others from being run: nobody has asked for it yet.
    """
    recollection = knowledge.memory()
    known = _known(recollection.rules if recollection is not None else ())
    enabled = {slug: each for slug, each in known.items() if each[0].state is RuleState.ENABLED}
    try:
        return _run(known, change, knowledge)
    except TimedOut:
        raise
    except NotChecked:
        if len(enabled) == len(known):
            raise
        return _run(enabled, change, knowledge)


def _run(known: Known, change: Change, knowledge: Knowledge) -> Report:
    if not known:
        return Report()
    engine = RuleEngine(frozenset(known), bodies=tuple((slug, body) for slug, (_, body) in known.items()))
    rules = tuple(_rule(slug, rule) for slug, (rule, _) in known.items())
    return review_with(
        engine, rules, change, knowledge, slug=SLUG, keep=partial(_keep, known), place=partial(_place, known)
    )


Known = Mapping[str, tuple[LearnedRule, Body]]  # by the slug of findings


def _known(rules: Sequence[LearnedRule]) -> Known:
    """Return the rules that are run; one whose body is not of the closed form is none."""
    found: dict[str, tuple[LearnedRule, Body]] = {}
    for rule in sorted(rules, key=lambda one: (one.state is not RuleState.ENABLED, one.slug))[:MOST_RULES]:
        if rule.state in (RuleState.ENABLED, RuleState.PROPOSED):
            try:
                found[f"{PREFIX}{rule.slug}"] = (rule, read_body(rule.kind, rule.body))
            except BadRule:
                continue
    return found


def _rule(slug: str, rule: LearnedRule) -> Rule:
    first = RULES[0]
    return replace(first, slug=slug, codes=(slug,), silent=rule.state is not RuleState.ENABLED)


def _keep(known: Known, change: Change, said: Diagnostic, rule: Rule) -> bool:
    return is_about(known[rule.slug][1], said.path)


def _place(known: Known, change: Change, said: Diagnostic, finding: Finding) -> Finding:
    """Return the finding with what reviewers said, and where, in place of the engine's words."""
    rule, body = known[finding.slug]
    what = f"import {body.module}" if isinstance(body, Forbidden) else body.pattern.replace("$$$Z", "...")
    quoted = tuple(Evidence("memory", "", 0, example) for example in rule.examples[:EXAMPLES_SHOWN])
    return replace(
        finding,
        message=f"Reviewers here have objected to `{what}` before: {rule.message}",
        evidence=(Evidence("rule", said.path, said.line, f"learned rule {rule.slug}: {what}"), *quoted),
    )
