"""Security holes and certain mistakes, found by rules of our own over the syntax tree of a changed file.

What it finds. Data of a request that reaches SQL, a shell, a path, an address or code; protections that
are switched off (certificates, signatures, escaping, host keys); secrets made or kept in weak ways;
debuggers left in; and calls that cannot do what they were written for.
Why it matters. Each is either a way in for an attacker or code that never works.
When it stays silent. In tests, examples, scripts and migrations where the rule is about what strangers
can send; where a condition, a name or a call shows that the value was looked at; on constants.
How to fix. Every rule says how; where one fix is certain it is offered.
"""

from __future__ import annotations

import re

from checks.change import Change
from checks.check import Report, Rule
from checks.finding import Confidence, Severity
from checks.knowledge import Knowledge
from checks.static.ast_grep_engine import INDIRECT, LONGEST_LINE, AstGrep
from checks.static.ast_grep_examples import EXAMPLES as EXAMPLES
from checks.static.ast_grep_rules import ANYWHERE, CODES, NEVER_IN_SCRIPTS, SETTINGS
from checks.static.ast_grep_rules import RULES as RULES
from checks.static.engine import Diagnostic
from checks.static.engine_check import is_test, review_with

SLUG = "ast-grep"
ENGINE = AstGrep(CODES)
ASIDE = frozenset(
    {"example", "examples", "demo", "demos", "sample", "samples", "doc", "docs", "docs_src", "tutorial", "tutorials"}
    | {"playground", "playgrounds", "sandbox", "snippets", "migrations", "upgrades", "alembic", "benchmark", "bench"}
    | {
        "benchmarks",
        "benches",
        "fuzz",
        "mocks",
        "__mocks__",
        "stubs",
        "typings",
        "cypress",
        "stories",
        "testsuite",
        "testutils",
        "testlib",
    }
)
SCRIPTS = frozenset({"script", "scripts", "tool", "tools", "tooling", "build", "ci", "release", "dev", "admin", "etc"})
SETTINGS_FILES = frozenset({"settings.py", "base.py", "common.py", "prod.py", "production.py"})
BUILD_FILES = re.compile(
    r"^(setup|conftest|noxfile|tasks|fabfile|dodo|release|gulpfile|gruntfile|make)\b", re.IGNORECASE
)
EXCUSED = re.compile(r"#\s*(nosec\b|noqa:\s*S\d|nosemgrep|lgtm)|//\s*(eslint-disable|nosemgrep|lgtm)")


def covers(path: str) -> bool:
    """Return whether there are rules for files of this name."""
    return ENGINE.covers(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return what our rules match at head and did not match at base; raises NotChecked."""
    return review_with(ENGINE, RULES, change, knowledge, slug=SLUG, keep=_keep, severity=_grade)


def _keep(change: Change, said: Diagnostic, rule: Rule) -> bool:
    """Return whether a match in such a file would be worth a person's time."""
    *folders, name = said.path.lower().split("/")
    is_aside = bool(ASIDE.intersection(folders))
    if rule.slug in ANYWHERE:  # in a folder of tests only what is a test by its own name: the rest is input
        is_written = len(change.source(said.path).line(said.line)) < LONGEST_LINE
        return is_written and not is_aside and (not is_test(said.path) or is_test(name))
    if is_aside or is_test(said.path):
        return False
    if rule.slug == SETTINGS and name not in SETTINGS_FILES:
        return False
    in_script = bool(SCRIPTS.intersection(folders)) or any(folder.startswith(".") for folder in folders)
    return rule.slug not in NEVER_IN_SCRIPTS or not (in_script or BUILD_FILES.match(name))


def _grade(change: Change, said: Diagnostic, rule: Rule) -> tuple[Severity, Confidence]:
    """Return the rule's own grade, lower where a variable stands between or the author excused the line."""
    if EXCUSED.search(change.source(said.path).line(said.line)):
        return Severity.INFO, Confidence.MEDIUM
    if said.code.endswith(INDIRECT) and rule.severity is Severity.BLOCK:
        return Severity.WARN, Confidence.MEDIUM
    return rule.severity, rule.confidence
