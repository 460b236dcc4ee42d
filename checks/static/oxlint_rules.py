"""What oxlint is asked for, and what its words mean here: bugs only, never style.

The rules with code that shows them lie in `oxlint_errors`, `oxlint_logic` and `oxlint_calls`.
"""

from __future__ import annotations

import json

from checks.check import Example, Rule
from checks.finding import Confidence, Severity
from checks.static import oxlint_calls, oxlint_errors, oxlint_logic
from checks.static.oxlint_lint import accepted

PARSE = "parse"  # our code for what oxlint reports without one: the file is not the language
EARLY = "early"  # the same for code that has the right shape and may still not be loaded
NOT_EXPORTED = "import(named)"
UNDEFINED = ("eslint(no-undef)", "react(jsx-no-undef)")

SYNTAX = Rule(
    "syntax-error",
    Severity.BLOCK,
    Confidence.HIGH,
    "A file can no longer be parsed or loaded.",
    "Nothing in the file can run.",
    "Correct the syntax at the line given.",
    (PARSE, EARLY),
)
UNDEFINED_NAME = Rule(
    "undefined-name",
    Severity.BLOCK,
    Confidence.HIGH,
    "Uses a name whose declaration or import the change removed.",
    "The code throws a ReferenceError when it gets there.",
    "Declare or import the name again, or remove its last uses.",
    UNDEFINED,
)
RESOLVES_NOWHERE = Rule(
    "import-resolves-nowhere",
    Severity.BLOCK,
    Confidence.HIGH,
    "Imports a name that the imported file of this repository does not export.",
    "Loading the module fails.",
    "Export the name, or import what took its place.",
    (NOT_EXPORTED,),
)

LINTS = (*oxlint_errors.LINTS, *oxlint_logic.LINTS, *oxlint_calls.LINTS)
FILE_RULES: tuple[Rule, ...] = (SYNTAX, UNDEFINED_NAME, *(lint.rule for lint in LINTS))
TREE_RULES: tuple[Rule, ...] = (RESOLVES_NOWHERE,)
RULES: tuple[Rule, ...] = (*FILE_RULES, *TREE_RULES)

# Oxlint marks the first of two places as well: the later one is what the change brought.
LAST_PLACE = frozenset(
    {"eslint(no-const-assign)", "eslint(no-class-assign)", "eslint(no-dupe-keys)", "eslint(no-dupe-class-members)"}
    | {"eslint(no-dupe-else-if)", "eslint(no-duplicate-case)", "typescript(no-duplicate-enum-values)", EARLY}
)
PLUGINS = ("import", "node", "oxc", "promise", "react", "typescript", "unicorn")
ENVIRONMENTS = ("browser", "builtin", "commonjs", "jest", "mocha", "node", "serviceworker", "vitest", "worker")


def config_for(rules: tuple[Rule, ...]) -> str:
    """Return oxlint's configuration that turns on these rules and nothing else."""
    codes = [code for rule in rules for code in rule.codes if "(" in code]
    chosen: dict[str, object] = {_name(code): "error" for code in codes}
    return json.dumps(
        {
            "plugins": PLUGINS,
            "categories": {"correctness": "off"},
            "rules": chosen,
            "env": dict.fromkeys(ENVIRONMENTS, True),
        },
        sort_keys=True,
    )


def _name(code: str) -> str:
    plugin, rule = code.rstrip(")").split("(")
    return rule if plugin == "eslint" else f"{'react' if plugin == 'react-hooks' else plugin}/{rule}"


_LOAD = "export function load() {\n  return 1\n}\n"
_USE = "import { load } from './load.js'\n\nexport const one = load()\n"
EXAMPLES: tuple[Example, ...] = (
    *(lint.fires for lint in LINTS),
    accepted("code that throws nothing", oxlint_errors.LINTS),
    accepted("conditions and keys that are meant", oxlint_logic.LINTS),
    accepted("calls that do something", oxlint_calls.LINTS),
    Example(
        "a brace is lost",
        {"src/a.js": "export function f() {\n  return 1\n\nexport const a = 2\n"},
        {"src/a.js": "export function f() {\n  return 1\n}\n\nexport const a = 2\n"},
        fires=(("syntax-error", "src/a.js", 4),),
    ),
    Example(
        "await in a function that is not async",
        {"src/a.js": "export function f() {\n  await g()\n}\n"},
        fires=(("syntax-error", "src/a.js", 2),),
    ),
    Example(
        "an import is removed and its last use is not",
        {"src/a.js": "export function run() {\n  return load()\n}\n", "src/load.js": _LOAD},
        {
            "src/a.js": "import { load } from './load.js'\n\nexport function run() {\n  return load()\n}\n",
            "src/load.js": _LOAD,
        },
        fires=(("undefined-name", "src/a.js", 2),),
    ),
    Example(
        "globals of a test runner and of a bundler",
        {"src/a.test.js": "describe('a', () => {\n  it('works', () => expect(__DEV__).toBe(true))\n})\n"},
    ),
    Example(
        "an exported function is renamed and one importer is forgotten",
        {"src/load.js": _LOAD.replace("load", "loadOne"), "src/use.js": _USE},
        {"src/load.js": _LOAD, "src/use.js": _USE},
        fires=(("import-resolves-nowhere", "src/load.js", 1),),
    ),
    Example(
        "an exported function is renamed with its importers",
        {
            "src/load.js": _LOAD.replace("load", "loadOne"),
            "src/use.js": _USE.replace("{ load }", "{ loadOne as load }"),
        },
        {"src/load.js": _LOAD, "src/use.js": _USE},
    ),
    Example(
        "a module that passes on a package's exports",
        {
            "src/all.js": "export * from 'preact'\n",
            "src/use.js": "import { h } from './all.js'\n\nexport const a = h\n",
        },
    ),
)
