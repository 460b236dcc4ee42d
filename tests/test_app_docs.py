"""docs/app.md says what the App is: its permissions, conclusions, buttons, settings and commands."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

from bot.cli.main import COMMANDS
from bot.commands.model import Command
from bot.github.manifest import OPTIONAL, PERMISSIONS
from bot.posting.check_report import DISMISS, FIX, RERUN
from checks.registry import slugs
from checks.settings import MOST_COMMENTS, AppOptions
from checks.settings_file import parse_settings
from tests.test_docs import FENCE

PAGE = (Path(__file__).parents[1] / "docs" / "app.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    rows = PAGE.partition(heading)[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_permissions_are_those_that_the_app_is_registered_with() -> None:
    rows = {cells[0].strip("`"): cells[2] for cells in table("| permission | for | needed |")}
    needed = {f"{name}: {level}" for name, level in PERMISSIONS.items()}
    assert {name for name, says in rows.items() if says == "yes"} == needed
    assert {name for name, says in rows.items() if says == "no"} == {f"{n}: {level}" for n, level in OPTIONAL.items()}


def test_buttons_and_limits_are_those_of_the_check_run() -> None:
    for button in (RERUN, FIX, DISMISS):
        assert f"*{button.label}*" in PAGE
    assert f"at most {AppOptions().max_comments} (`max_comments`)" in PAGE
    assert f"More than {MOST_COMMENTS} comments" in PAGE


def test_settings_and_commands_that_are_named_exist() -> None:
    known = {option.name for option in fields(AppOptions)}
    assert set(re.findall(r"`(\w+) = [\w\"]+`", PAGE)) <= known
    (shown,) = [text for kind, text in FENCE.findall(PAGE) if kind == "toml"]
    settings = parse_settings(shown.encode(), slugs())
    assert settings.app.ignore_labels == ("no-review",)
    assert settings.is_disabled("duplicate-key", "any.py")
    verbs = {command.__name__.lower() for command in get_args(Command)}
    assert set(re.findall(r"/prudent (\w+)", PAGE)) <= verbs
    assert set(re.findall(r"(?m)^prudent (\w+)", PAGE)) <= COMMANDS.keys()
