"""What the repository's own tools said about the lines that the change adds (`--sarif FILE`).

What it finds. Results of SARIF 2.1.0 reports, made by the user's own CI, that stand on lines the change adds or
changes; and, anywhere in a changed file, results that the tool itself compared with a baseline and calls new.

Why it matters. The repository chose these tools and their rules; what they say belongs into the same verdict.

When it stays silent. Results in files or on lines that the change does not touch; suppressed, passed and unchanged
results; results whose file cannot be told. Reports carry no base of their own, so nothing else can be called new.
A tool's error is a warning here, its note an info: only a repository's settings make one of them block. Every
finding's slug is `sarif-TOOL-RULE`.

How to fix. As the tool says. To silence a rule, disable its slug in the settings or suppress it in the tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.static.changed_lines import source_of
from checks.static.sarif_file import Result, Run, read_report
from checks.static.sarif_place import Places
from kb.diff import FileDiff
from kb.redact import redact
from kb.source import Source
from kb.syntax.symbols import enclosing_symbol

SLUG = "sarif-report"

RULES = (
    Rule(
        SLUG,
        Severity.WARN,
        Confidence.MEDIUM,
        finds="A tool of the repository's own CI reports a problem on a line that the change adds.",
        why="The repository chose the tool and its rules.",
        fix="Do as the tool says, or suppress the result in the tool.",
    ),
)

# What the examples below are reviewed with.
_BANDIT = """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Bandit"}}, "results": [
  {"ruleId": "B307", "level": "error", "message": {"text": "Use of eval."}, "locations": [{"physicalLocation":
    {"artifactLocation": {"uri": "app.py"}, "region": {"startLine": 2}}}]}]}]}"""

EXAMPLES = (
    Example(
        "a result on an added line",
        before={"app.py": "text = input()\n"},
        after={"app.py": "text = input()\nprint(eval(text))\n"},
        fires=(("sarif-bandit-b307", "app.py", 2),),
        sarif=_BANDIT,
    ),
    Example(
        "a result on a line that was there before",
        before={"app.py": "text = input()\nprint(eval(text))\n"},
        after={"app.py": "text = input()\nprint(eval(text))\nprint('done')\n"},
        sarif=_BANDIT,
    ),
)

_SEVERITIES = {"error": Severity.WARN, "warning": Severity.WARN, "note": Severity.INFO}
_LONGEST_SLUG = 60
_FEW_LINES = 5  # a result about more lines than this is about what its first line begins


def covers(path: str) -> bool:
    """Return True: a report may speak about any file."""
    return True


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return what the reports say about added lines; raises UserError for a file that is no SARIF report."""
    found: list[Finding] = []
    for path in knowledge.sarif:
        for one in read_report(path):
            found += _findings(change, one)
    return Report(tuple(dict.fromkeys(found)))


def _findings(change: Change, run: Run) -> Iterator[Finding]:
    places = Places.of(change.head.entries.keys(), run.bases, {(r.uri, r.base) for r in run.results})
    sources: dict[str, Source | None] = {}
    for result in run.results:
        path = places.path_of(result.uri, result.base)
        file = change.by_path.get(path) if path is not None else None
        if file is None or not _is_of_change(result, file):
            continue
        if file.path not in sources:
            sources[file.path] = source_of(change, file, Side.RIGHT)
        source = sources[file.path]
        if source is not None and result.line <= source.line_count:
            yield _finding(result, source)


def _is_of_change(result: Result, file: FileDiff) -> bool:
    if result.is_new or result.line in file.added:
        return True
    short = result.line > 0 and result.end_line - result.line < _FEW_LINES
    return short and not file.added.isdisjoint(range(result.line, result.end_line + 1))


def _finding(result: Result, source: Source) -> Finding:
    line = max(1, result.line)
    named = f"{result.tool} {result.version}".strip()
    return Finding(
        check=SLUG,
        slug=slug_of(result.tool, result.rule),
        severity=_SEVERITIES[result.level],
        confidence=Confidence.MEDIUM,
        path=source.path,
        line=line,
        end_line=min(max(line, result.end_line), max(line, source.line_count)),
        message=result.message,
        text=redact(result.identity or source.line(line)),
        symbol=enclosing_symbol(source, line),
        evidence=(Evidence("engine", source.path, line, f"{named}: {result.rule}" if result.rule else named),),
    )


def slug_of(tool: str, rule: str) -> str:
    """Return `sarif-TOOL-RULE` in kebab case; a long one is cut and ends with a digest of the whole."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", f"sarif-{tool}-{rule}")
    slug = re.sub(r"[^a-z0-9]+", "-", parted.lower()).strip("-")
    if len(slug) <= _LONGEST_SLUG:
        return slug
    return f"{slug[: _LONGEST_SLUG - 9].rstrip('-')}-{sha256(slug.encode()).hexdigest()[:8]}"
