"""Names, calls and imports that no longer fit together, anywhere in the tree: found by ty.

What it finds. Undefined names, calls that do not fit the signature, imports of what is not there, and
attributes that the change removes while they are used or that nothing in the tree defines; in files the
change did not touch as well.
Why it matters. Each raises an error when it runs, and those in untouched files are the ones nobody sees.
When it stays silent. On other people's packages; in code that expects the error; where a `try`, a
type-checking block or an ignore comment says that it is known; where no changed definition explains
what broke in an unchanged line; on modules that are built later.
How to fix. Change the caller together with what it calls, or keep the old name or signature working.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from checks.change import Change
from checks.check import Report
from checks.finding import Finding, Side
from checks.knowledge import Knowledge, Limits
from checks.static.engine import Diagnostic, Installed
from checks.static.engine_check import review_with
from checks.static.isolation import run_isolated
from checks.static.programs import find_program, version_of
from checks.static.python_once import each_once
from checks.static.ty_causes import Causes
from checks.static.ty_examples import EXAMPLES as EXAMPLES
from checks.static.ty_roots import PYTHON, roots_of, write_config
from checks.static.ty_rules import RULES as RULES
from kb.errors import NotChecked

SLUG = "ty"
CODES = tuple(code for rule in RULES for code in rule.codes)
ARGUMENTS = ("check", "--exit-zero", "--no-progress", "--color", "never", "--output-format", "sarif")


class Ty:
    """The engine: ty on a whole tree, with our config and no packages but the standard library."""

    name = "ty"
    whole_tree = True
    how_to_get = "pip install ty==0.0.104"
    config_id = hashlib.sha256("\0".join((*ARGUMENTS, *CODES, PYTHON, "2")).encode()).hexdigest()[:16]

    def find(self) -> Installed | None:
        """Return the ty that is installed with Prudent, or the one on PATH."""
        program = find_program("ty")
        return Installed(program, version_of(program)) if program else None

    def covers(self, path: str) -> bool:
        """Return whether this is Python source with a name that survives JSON; templates of it are not."""
        return path.endswith((".py", ".pyi")) and path.isprintable() and "{" not in path

    def run(
        self, installed: Installed, folder: Path, files: Sequence[str], *, home: Path, limits: Limits
    ) -> tuple[Diagnostic, ...]:
        """Return ty's diagnostics about every file below the folder."""
        config, environment = write_config(home, folder, roots_of(files), CODES)
        places = ("--project", str(folder), "--config-file", str(config), "--python", str(environment))
        argv = [str(installed.program), *ARGUMENTS, *places, "."]
        return _read(run_isolated(argv, cwd=folder, home=home, limits=limits, ok=(0,)), folder)


ENGINE = Ty()


def covers(path: str) -> bool:
    """Return whether ty reads files of this name."""
    return ENGINE.covers(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return what the change breaks anywhere in the tree; raises NotChecked where ty cannot run."""
    causes = Causes(change)
    report = review_with(
        ENGINE, RULES, change, knowledge, slug=SLUG, keep=causes.keep, place=causes.place, in_dark=causes.in_dark
    )
    return replace(report, findings=each_once(_merged(report.findings)))


def _merged(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return one finding for each broken definition, with every broken line as evidence."""
    kept: dict[tuple[str, str, int, Side], Finding] = {}
    for finding in findings:
        key = (finding.slug, finding.path, finding.line, finding.side)
        first = kept.get(key)
        callers = tuple(e for e in finding.evidence if e.kind == "caller")
        kept[key] = replace(first, evidence=first.evidence + callers) if first and callers else first or finding
    return tuple(_counted(finding) for finding in kept.values())


def _counted(finding: Finding) -> Finding:
    more = sum(e.kind == "caller" for e in finding.evidence) - 1
    if more < 1:
        return finding
    places = "another place" if more == 1 else f"{more} other places"
    return replace(finding, message=f"{finding.message}, and at {places}")


def _read(printed: bytes, folder: Path) -> tuple[Diagnostic, ...]:
    """Return the results in ty's SARIF; raises NotChecked if this is not it."""
    root = folder.resolve()
    try:
        return tuple(_diagnostic(row, root) for run in json.loads(printed)["runs"] for row in run["results"])
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise NotChecked("ty printed what is not its SARIF format") from error


def _diagnostic(row: Mapping[str, Any], root: Path) -> Diagnostic:
    place = row["locations"][0]["physicalLocation"]
    region = place["region"]
    path = Path(unquote(urlsplit(place["artifactLocation"]["uri"]).path, errors="surrogateescape"))
    return Diagnostic(
        code=row["ruleId"],
        path=path.relative_to(root).as_posix(),
        line=region["startLine"],
        end_line=region["endLine"],
        message=row["message"]["text"],
        column=region["startColumn"],
    )
