"""The examples of our ast-grep rules: per topic and language one change that adds files.

Each file shows one rule: lines that end in `<- slug` are reported, all others are near misses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.check import Example
from checks.static import (
    ast_grep_crypto_js,
    ast_grep_crypto_py,
    ast_grep_injection_js,
    ast_grep_injection_py,
    ast_grep_mistakes_js,
    ast_grep_mistakes_py,
    ast_grep_web_js,
    ast_grep_web_py,
)

MARK = re.compile(r"<- ([a-z-]+)$")


def _example(name: str, files: Mapping[str, str], fixed: str | None = None) -> Example:
    fires = tuple(
        (mark[1], path, number)
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (mark := MARK.search(line))
    )
    return Example(name, after=files, fires=fires, fixed=fixed)


EXAMPLES = (
    _example("text that becomes code, in Python", ast_grep_injection_py.FILES),
    _example("what strangers can do to a web application in Python", ast_grep_web_py.FILES),
    _example("secrets, certificates and files in Python", ast_grep_crypto_py.FILES),
    _example("calls that cannot do their work, in Python", ast_grep_mistakes_py.FILES),
    _example("text that becomes code, in JavaScript and TypeScript", ast_grep_injection_js.FILES),
    _example("what strangers can do to a web application in JavaScript and TypeScript", ast_grep_web_js.FILES),
    _example("secrets, certificates and files in JavaScript and TypeScript", ast_grep_crypto_js.FILES),
    _example("calls that cannot do their work, in JavaScript and TypeScript", ast_grep_mistakes_js.FILES),
)
