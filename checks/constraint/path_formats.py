"""Which files name paths of the repository, and how."""

from __future__ import annotations

import re
from enum import StrEnum

from checks.static.engine_check import is_test_data


class Format(StrEnum):
    """How a file names paths."""

    KEYS = "keys"  # YAML, TOML, INI: `key: word`
    JSON = "json"
    COMMANDS = "commands"  # make, shell, Dockerfile
    OWNERS = "owners"  # a path, then who owns it
    MANIFEST = "manifest"  # MANIFEST.in
    PYTHON = "python"  # setup.py and the like: quoted words
    MARKDOWN = "markdown"  # links
    RST = "rst"  # directives that read a file


_CI = r"gitlab-ci|travis|appveyor|azure-pipelines[\w.-]*|cirrus|mkdocs|readthedocs|pre-commit-(?:config|hooks)|codecov"
_SERVICES = r"docker-compose[\w.-]*|compose|Taskfile|action|render"
_JSON = r"package|composer|tsconfig[\w.-]*|jsconfig|angular|project|nx|turbo|lerna|deno|jsr|vercel"
_BY_PATH = tuple(
    (format, re.compile(pattern, re.IGNORECASE))
    for format, pattern in (
        (Format.MANIFEST, r"(^|/)MANIFEST\.in$"),
        (Format.PYTHON, r"(^|/)(setup|noxfile)\.py$"),
        (Format.JSON, rf"(^|/)({_JSON})\.jsonc?$"),
        (Format.KEYS, r"(^|/)(pyproject|Cargo|netlify|pixi|fly|wrangler|book|hatch)\.toml$"),
        (Format.KEYS, r"(^|/)(setup\.cfg|tox\.ini|pytest\.ini|mypy\.ini|\.coveragerc|\.flake8)$"),
        (Format.KEYS, r"^\.(github|circleci)/.*\.ya?ml$"),
        (Format.KEYS, rf"(^|/)\.?({_CI}|{_SERVICES})\.ya?ml$"),
        (Format.OWNERS, r"^(\.github/|docs/)?CODEOWNERS$"),
        (Format.COMMANDS, r"(^|/)(GNUmakefile|Makefile|Justfile|Procfile|Jenkinsfile|Earthfile|[^/]+\.mk)$"),
        (Format.COMMANDS, r"(^|/)((Dockerfile|Containerfile)[\w.-]*|[^/]+\.(dockerfile|sh|bash))$"),
        (Format.MARKDOWN, r"\.(md|markdown|mdx)$"),
        (Format.RST, r"\.rst$"),
    )
)
_PAST = (
    r"change[sd]?|change_?log\w*|news\w*|history|releas\w*|whats_?new|migrat\w+|upgrad\w+|blog|posts?|adr|decisions?|rfcs?"
    r"|proposals?|peps?|archived?|legacy|old|roadmap|todo|announce\w*|meetings?|minutes|patches"
)
_HISTORY = re.compile(rf"(^|[/_.-])({_PAST})([/_.-]|$)", re.IGNORECASE)


def format_of(path: str) -> Format | None:
    """Return how a file names paths; None for one that is not meant to, that speaks of the past, or is test data."""
    if is_test_data(path):
        return None
    found = next((format for format, pattern in _BY_PATH if pattern.search(path)), None)
    if found in (Format.MARKDOWN, Format.RST) and _HISTORY.search(path):
        return None
    return found
