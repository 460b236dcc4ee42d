"""The answers to `rules`: the rules that comments have proposed, and what became of one that somebody speaks about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.commands.model import RuleAction, Rules
from bot.commands.phrases import bullets, code, fitted, moment_of, prose
from kb.memory.model import LearnedRule, RuleState
from kb.memory.promote_body import BadRule, Forbidden, read_body

EXAMPLES = 3
SHOWN = 120  # characters of a pattern, and of an example
_ORDER = (RuleState.PROPOSED, RuleState.ENABLED, RuleState.DISABLED)
_STATE_OF = {
    RuleAction.ENABLE: RuleState.ENABLED,
    RuleAction.DISABLE: RuleState.DISABLED,
    RuleAction.DROP: RuleState.RETIRED,
}


def state_after(action: RuleAction) -> RuleState | None:
    """Return the state that an action puts a rule into; None for those that change no rule."""
    return _STATE_OF.get(action)


def rules(known: Sequence[LearnedRule]) -> str:
    """Return the rules that are proposed, on or off, with what they were made of and what they hit."""
    shown = sorted(
        (rule for rule in known if rule.state in _ORDER), key=lambda rule: (_ORDER.index(rule.state), rule.slug)
    )
    if not shown:
        return (
            "There are no learned rules. One is proposed when comments on three pull requests ask for one thing about"
            " code of one shape."
        )
    head = (
        "A proposed rule is run and says nothing until `/prudent rules enable SLUG`; `disable` switches one off, `drop`"
        " ends it.\n\n"
    )
    return fitted(head, [_rule(rule) for rule in shown])


def changed(asked: Rules, before: LearnedRule) -> str:
    """Return what became of a rule; said twice, it is the same."""
    name = code(before.slug)
    if asked.action is RuleAction.ENABLE:
        slug = code(f"learned-{before.slug}")
        return (
            f"{name} is enabled: new code that looks like {_shape(before)} is told as {slug}."
            f" {code(f'/prudent rules disable {before.slug}')} takes that back."
        )
    if asked.action is RuleAction.DISABLE:
        back = code(f"/prudent rules enable {before.slug}")
        return f"{name} is disabled: it is not run any more. {back} brings it back."
    return f"{name} is dropped, and what it was made of proposes it no more."


def unknown(slug: str, known: Sequence[LearnedRule]) -> str:
    """Return that there is no such rule, and which there are."""
    names = bullets(code(rule.slug) for rule in known if rule.state in _ORDER)
    if not names:
        return f"There is no learned rule {code(slug)}; there are none at all."
    return fitted(f"There is no learned rule {code(slug)}. These are:\n\n", names)


def voiced(slug: str, by: str, at: datetime) -> str:
    """Return that a slug speaks again from now on."""
    return (
        f"{code(slug)} speaks again by the word of {code(by)}: what was dismissed before {moment_of(at)} no longer"
        " counts against it."
    )


def _rule(rule: LearnedRule) -> str:
    lines = [
        f"- **{rule.state}** {code(rule.slug)}: {_shape(rule)}. {prose(rule.message, SHOWN)}",
        f"  - {_hits(rule)}",
    ]
    lines += [f"  - from {prose(example, SHOWN)}" for example in rule.examples[:EXAMPLES]]
    if (left := len(rule.examples) - EXAMPLES) > 0:
        lines.append(f"  - and {left:,} more comments")
    return "\n".join(lines) + "\n"


def _hits(rule: LearnedRule) -> str:
    since = moment_of(datetime.fromtimestamp(rule.at, UTC))
    whose = f" by {code(rule.by)}" if rule.by else ""
    last = f", last on {moment_of(datetime.fromtimestamp(rule.last_hit, UTC))}" if rule.hits else ""
    times = f"{rule.hits:,} time" + ("" if rule.hits == 1 else "s")
    return f"{rule.state} since {since}{whose}; matched {times} in new code{last}"


def _shape(rule: LearnedRule) -> str:
    try:
        body = read_body(rule.kind, rule.body)
    except BadRule:
        return "a rule that cannot be read and is not run"
    where = f" below {code(body.folder)}" if body.folder else ""
    if isinstance(body, Forbidden):
        return f"an import of {code(body.module)}{where}"
    return f"{code(body.pattern, SHOWN)}{where}"
