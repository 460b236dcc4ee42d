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


def _example(name: str, files: Mapping[str, str]) -> Example:
    fires = tuple(
        (mark[1], path, number)
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (mark := MARK.search(line))
    )
    return Example(name, after=files, fires=fires)


ASIDE = {
    "scripts/release.py": 'import os\n\n\ndef tag(name):\n    os.system(f"git tag {name}")\n',
    "examples/app.py": "app.run(debug=True)\n",
    "tests/test_client.py": "def test_client(client):\n    requests.get(url, verify=False)\n",
    "shop/migrations/0001_rename.py": "def run(op, old):\n    op.execute(f\"UPDATE t SET a = '{old}'\")\n",
    "tests/format/debugger.js": "debugger\n",
    "shop/settings_local.py": 'DEBUG = True\nROOT_URLCONF = "shop.urls"\n',
}
LEFT_IN = "def total(items):\n    breakpoint()\n    return sum(items)\n"
UNPACKED = "import tarfile\n\nwith tarfile.open(path) as archive:\n    archive.extractall(folder)\n"

EXAMPLES = (
    _example("text that becomes code, in Python", ast_grep_injection_py.FILES),
    _example("what strangers can do to a web application in Python", ast_grep_web_py.FILES),
    _example("secrets, certificates and files in Python", ast_grep_crypto_py.FILES),
    _example("calls that cannot do their work, in Python", ast_grep_mistakes_py.FILES),
    _example("text that becomes code, in JavaScript and TypeScript", ast_grep_injection_js.FILES),
    _example("what strangers can do to a web application in JavaScript and TypeScript", ast_grep_web_js.FILES),
    _example("secrets, certificates and files in JavaScript and TypeScript", ast_grep_crypto_js.FILES),
    _example("calls that cannot do their work, in JavaScript and TypeScript", ast_grep_mistakes_js.FILES),
    Example("scripts, examples, tests, migrations and local settings", after=ASIDE),
    Example(
        "a breakpoint is taken out",
        after={"shop/total.py": LEFT_IN},
        fires=(("debugger-left-in", "shop/total.py", 2),),
        fixed="def total(items):\n    return sum(items)\n",
    ),
    Example(
        "an archive is extracted with the filter for data",
        after={"shop/unpack.py": UNPACKED},
        fires=(("archive-extracted-unfiltered", "shop/unpack.py", 4),),
        fixed=UNPACKED.replace("(folder)", '(folder, filter="data")'),
    ),
)
