"""`prudent explain`: what a check or a rule finds, why, when it stays silent, with its examples."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from bot.cli.terminal import width_of

if TYPE_CHECKING:
    from bot.reference import Entry, Topic
    from checks.check import Described, Example, Rule

SCHEMA = "prudent.explain/1"


@click.command(name="explain")
@click.argument("slug")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
def command(slug: str, form: str) -> None:
    """Print the contract and the examples of a check or a rule.

    SLUG is what a finding or `prudent checks` shows; an engine's own name for a rule (F821) is understood too.
    Examples of secrets hold made-up ones: those are left out, so that no log of ours looks like a leak.
    """
    from bot.output import write_output
    from bot.reference import topic_of
    from checks.registry import DESCRIBED
    from kb.redact import redact

    topic = topic_of(slug, DESCRIBED)
    if form == "json":
        text = json.dumps(_each_text(_as_json(topic), redact), indent=2) + "\n"
    elif form == "markdown":
        text = redact(_as_markdown(topic))
    else:
        text = redact("\n".join(_as_text(topic, width_of(sys.stdout, os.environ))) + "\n")
    write_output(text, None)


def _as_markdown(topic: Topic) -> str:
    from bot.docs import check_page, entry_page

    pages = [check_page(topic.check)] if topic.check else []
    return "\n".join([*pages, *([entry_page(topic.entry)] if topic.entry and not topic.is_own else [])])


def _as_text(topic: Topic, width: int) -> Iterator[str]:
    from bot.reference import contract_of, engine_of
    from bot.render.escape import wrapped

    yield topic.slug
    if topic.check:
        contract = contract_of(topic.check)
        yield from wrapped(contract.title, width)
        for heading, text in contract.sections:
            yield from ("", f"{heading}:")
            for paragraph in text.split("\n\n"):
                yield from wrapped(paragraph, width, indent="  ")
    if topic.entry:
        for check, rule in topic.entry.reports:
            yield from _rule_lines(check, rule, width, brief=check is topic.check and engine_of(check) is None)
        for _, example in topic.examples:
            yield from _example_lines(example, "" if topic.is_own else topic.slug)
    elif topic.check:
        yield from ("", f"Rules ({len(topic.check.RULES)}; `prudent explain RULE` tells more):")
        for rule in sorted(topic.check.RULES, key=lambda rule: rule.slug):
            yield from wrapped(f"{rule.slug} ({rule.severity.value}): {rule.finds}", width, indent="  ", hang="    ")


def _rule_lines(check: Described, rule: Rule, width: int, *, brief: bool) -> Iterator[str]:
    """Yield one rule; `brief` where the contract has said what it finds and why already."""
    from bot.docs import facts_of
    from bot.render.escape import wrapped

    yield ""
    yield from wrapped(f"Reported by {check.SLUG}: {', '.join(facts_of(rule))}.", width, hang="  ")
    for label, text in (("", rule.finds), ("Why: ", rule.why), ("Fix: ", rule.fix)):
        if text and not brief:
            yield from wrapped(label + text, width, indent="  ")


def _example_lines(example: Example, only: str) -> Iterator[str]:
    from bot.docs import changed_files
    from bot.render.escape import code_lines, printable

    yield from ("", f"Example: {printable(example.name)}")
    if example.statement != "Change":
        yield from ("  commit message", *(f"    | {line}" for line in code_lines(example.statement)))
    for path, _, text in changed_files(example, only):
        yield from (f"  {printable(path)}", *(f"    | {line}" for line in code_lines(text)))
    fires = [f"{slug} at {printable(path)}:{line}" for slug, path, line in example.fires if only in ("", slug)]
    yield f"  fires: {'; '.join(fires)}" if fires else "  stays silent"
    if example.fixed is not None:
        yield from ("  after the fix", *(f"    | {line}" for line in code_lines(example.fixed)))


def _as_json(topic: Topic) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "slug": topic.slug,
        "check": _check_json(topic.check) if topic.check else None,
        "rule": _entry_json(topic.entry) if topic.entry else None,
        "examples": [_example_json(check, example) for check, example in topic.examples],
    }


def _each_text(node: object, change: Callable[[str], str]) -> object:
    if isinstance(node, str):
        return change(node)
    if isinstance(node, list):
        return [_each_text(child, change) for child in node]
    if isinstance(node, dict):
        return {key: _each_text(child, change) for key, child in node.items()}
    return node


def _check_json(check: Described) -> dict[str, Any]:
    from bot.reference import contract_of, engine_of, languages_of

    contract, engine = contract_of(check), engine_of(check)
    return {
        "title": contract.title,
        "sections": dict(contract.sections),
        "engine": engine.name if engine else None,
        "languages": list(languages_of(check)),
        "rules": sorted(rule.slug for rule in check.RULES),
    }


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "severity": entry.severity.value,
        "confidence": entry.confidence.value,
        "posted": entry.posted,
        "languages": list(entry.languages),
        "reported_by": [
            {
                "check": check.SLUG,
                "codes": list(rule.codes),
                "severity": rule.severity.value,
                "confidence": rule.confidence.value,
                "posted": not rule.silent,
                "finds": rule.finds,
                "why": rule.why,
                "fix": rule.fix,
            }
            for check, rule in entry.reports
        ],
    }


def _example_json(check: Described, example: Example) -> dict[str, Any]:
    return {
        "check": check.SLUG,
        "name": example.name,
        "statement": example.statement,
        "before": dict(example.before),
        "after": dict(example.after),
        "fires": [{"slug": slug, "path": path, "line": line} for slug, path, line in example.fires],
        "fixed": example.fixed,
    }
