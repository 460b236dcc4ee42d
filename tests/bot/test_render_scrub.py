"""No form of a verdict shows a secret, wherever in the verdict it stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.render.json_format import render_json
from bot.render.markdown import render_finding, render_markdown
from bot.render.sarif import render_sarif
from bot.render.scrub import LOOKED_AT, SHOWN, scrubbed
from bot.render.text import render_text
from checks.finding import Disposition, Evidence, Suggestion
from checks.verdict import CheckRun, CheckStatus, Coverage, Overall, PathNote, Silenced, Verdict
from models.patch import Tried
from tests.bot.verdicts import BAD, BROKEN_CALL, FIX, UNUSED, WRITTEN, finding

# Put together here so that no scanner takes this file for a leak.
TOKEN = "ghp" + "_" + "16C7e42F292c6912E7710c838347Ae178B4a"
KIND = "RSA PRIVATE" + " KEY-----"
KEY = "\n".join([f"-----BEGIN {KIND}", *["MIIEpAIBAAKCAQEA" + "q7" * 24] * 12, f"-----END {KIND}"])
FORMS: tuple[Callable[[Verdict], str], ...] = (render_text, render_markdown, render_json, render_sarif)


def verdict_with(secret: str) -> Verdict:
    leaky = finding(
        path=f"{secret.splitlines()[0]}.py",
        message=f"look: {secret}",
        symbol=secret,
        text=secret,
        evidence=(Evidence("quote", f"dir/{secret}", 1, f"token = '{secret}'"),),
        suggestion=Suggestion(1, 1, f"token = '{secret}'\n", Disposition.SAFE, "ruff"),
    )
    return replace(
        BAD,
        repository=secret,
        subject=secret,
        one_liner=secret,
        findings=(leaky,),
        coverage=Coverage((secret,), (PathNote(secret, secret),), (PathNote(secret, secret, True),)),
        checks=(CheckRun("ty", CheckStatus.FAILED, 0, secret, (secret,)),),
        silenced=(Silenced(leaky, secret),),
        notes=(secret,),
    )


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("secret", [TOKEN, KEY], ids=["token", "key"])
def test_no_form_shows_a_secret(form: Callable[[Verdict], str], secret: str) -> None:
    shown = form(verdict_with(secret))
    for part in secret.splitlines()[1:-1] or [secret]:
        assert part not in shown
    assert "[secret: " in shown.replace("\\", "")


def test_old_lines_of_a_fix_are_scrubbed_too() -> None:
    shown = render_text(replace(BAD, findings=(UNUSED,)), quotes={UNUSED.fingerprint: f"import os  # {TOKEN}\n"})
    assert TOKEN not in shown
    assert "[secret: " in shown


def test_a_comment_on_one_line_is_scrubbed() -> None:
    assert TOKEN not in render_finding(finding(message=TOKEN))


def test_a_suggestion_with_a_secret_is_no_longer_the_proven_one() -> None:
    (found,) = scrubbed(verdict_with(TOKEN)).findings
    assert found.suggestion is None


@pytest.mark.parametrize("before", [0, SHOWN - 10, SHOWN - len(TOKEN), LOOKED_AT - 10])
def test_a_secret_is_not_shown_in_part_where_a_long_text_is_cut(before: int) -> None:
    long = f"{' ' * before}{TOKEN} {'y ' * SHOWN}"
    (found,) = scrubbed(replace(BAD, findings=(finding(message=long),))).findings
    assert TOKEN[:8] not in found.message
    assert len(found.message) <= SHOWN + 3


def test_what_holds_no_secret_stays_as_it_is() -> None:
    assert scrubbed(BAD) == BAD
    assert json.loads(render_json(BAD))["findings"][1]["suggestion"]["replacement"] == FIX.replacement


def test_a_line_that_holds_a_secret_is_quoted_by_nobody() -> None:
    password = "correct horse battery staple"
    quote = Evidence("quote", "conf.py", 3, f"password = '{password}'")
    secret = replace(BROKEN_CALL, slug="secret-added", path="conf.py", line=3, end_line=3, evidence=())
    echo = replace(BROKEN_CALL, path="conf.py", line=3, end_line=3, evidence=(quote,), message=f"`{password}` is odd")
    verdict = Verdict(
        repository="r",
        subject="s",
        base="b",
        head="h",
        overall=Overall.REQUEST_CHANGES,
        one_liner="",
        findings=(secret, echo),
        coverage=Coverage(("conf.py",)),
        checks=(),
        silent=(echo,),
        silenced=(Silenced(echo, "because"),),
    )
    assert password not in repr(scrubbed(verdict))
    assert len(scrubbed(verdict).findings) == 2


def test_what_was_tried_and_fell_shows_no_secret() -> None:
    assert WRITTEN.provenance is not None
    leaky = replace(WRITTEN.provenance, tried=(Tried(TOKEN, "infilled", 1.0, f"it brings {TOKEN}"),), notes=(TOKEN,))
    verdict = replace(BAD, findings=(replace(UNUSED, suggestion=replace(WRITTEN, provenance=leaky)),))
    for form in FORMS:
        assert TOKEN not in form(verdict)
    (kept,) = scrubbed(verdict).findings
    assert kept.suggestion is not None
    assert kept.suggestion.replacement == WRITTEN.replacement
