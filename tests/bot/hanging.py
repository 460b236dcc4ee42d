"""Runs `prudent review` with one engine that never ends: what an interrupt is tried on."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.cli.main import main
from checks import registry
from checks.change import Change
from checks.check import Report, Rule
from checks.finding import Confidence, Severity
from checks.knowledge import Knowledge, Limits
from checks.static.engine import Diagnostic, Installed
from checks.static.engine_check import review_with
from checks.static.isolation import run_isolated
from tests.checks.planted import Planted

RULE = Rule("hangs", Severity.WARN, Confidence.LOW, "Finds nothing, for ever.", codes=("x",))


class Hanging:
    """An engine whose program is a script that sleeps."""

    name, whole_tree, how_to_get, config_id = "hanging", False, "nowhere", "1"

    def __init__(self, program: str) -> None:
        self.program = Path(program)

    def find(self) -> Installed:
        return Installed(self.program, "1")

    def covers(self, path: str) -> bool:
        return True

    def run(
        self, installed: Installed, folder: Path, files: Sequence[str], *, home: Path, limits: Limits
    ) -> tuple[Diagnostic, ...]:
        run_isolated([str(installed.program)], cwd=folder, home=home, limits=limits)
        return ()


def run(program: str, repository: str) -> None:
    """Review the last commit of a repository; never returns normally."""
    engine = Hanging(program)

    class Check(Planted):
        def run(self, change: Change, knowledge: Knowledge) -> Report:
            return review_with(engine, (RULE,), change, knowledge, slug="hanging")

    registry.CHECKS = (Check(lambda change: Report()),)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may have had it ignored
    sys.argv = ["prudent", "review", "HEAD~1..HEAD", "--repo", repository]
    sys.exit(main())
