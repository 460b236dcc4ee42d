"""Files that are no plain code of their language: templates, and what tests keep because it is broken."""

from __future__ import annotations

import re

from checks.static.engine_check import is_test, is_test_data
from kb.source import Source

_BROKEN = re.compile(
    r"invalid|broken|malformed|corrupt|unpars|syntax|(?:^|[^a-z])(?:bad|errors?|fail\w*|wrong)(?![a-z])"
)
_TEST_NAME = re.compile(
    r"(?:^|/)(?:test_[^/]*|[^/]*_test\.\w+|[^/]*(?:Test|Tests|Spec|IT)\.\w+|[^/]*[._-](?:test|spec)\.\w+)$"
)
_EXPRESSION = re.compile(rb"\{\{|\{%|<%|\{#|%\}|@@\w+@@")
_GITHUB = re.compile(rb"\$\{\{.*?\}\}")
_TEMPLATE_PATH = re.compile(
    r"\{\{|\{%|cookiecutter|\.(?:j2|jinja2?|tmpl|tpl|erb|mustache|hbs|in|template)(?:\.|$)|(?:^|/)templates?/"
)


def is_made_broken(path: str) -> bool:
    """Return whether a file may well be wrong on purpose: test data, or named for being broken."""
    if is_test_data(path) or _BROKEN.search(path.lower()):
        return True
    return is_test(path) and not _TEST_NAME.search(path)


def is_template(source: Source) -> bool:
    """Return whether something fills the file in before its language is read."""
    if _TEMPLATE_PATH.search(source.path):
        return True
    data = _GITHUB.sub(b"x", source.data)
    marks = _EXPRESSION.search(data) if source.path.endswith((".yaml", ".yml", ".json", ".toml")) else None
    return marks is not None or b"{% " in data or b"<%= " in data
