"""The compiler's errors that need no package's types to be certain, and what they mean here."""

from __future__ import annotations

import re

from checks.check import Example, Rule
from checks.finding import Confidence, Severity

NOT_FOUND = frozenset({"TS2307", "TS2792", "TS2882"})
NOT_EXPORTED = frozenset({"TS2305", "TS2614", "TS2724", "TS1192"})
NOT_PUBLIC = frozenset({"TS2459", "TS2460"})  # declared in the module and not exported
NOT_MODULE = frozenset({"TS2306"})  # the file is there and exports nothing any more
NAMES = frozenset({"TS2304", "TS2552", "TS2503", "TS18004", "TS2662", "TS2663"})
ARGUMENTS = frozenset({"TS2554", "TS2555", "TS2556"})
MEMBERS = frozenset({"TS2339", "TS2551", "TS2694"})
OVERRIDES = frozenset({"TS2515", "TS2654", "TS4113", "TS4117"})
CONSTANTS = frozenset({"TS2588"})

QUOTED = re.compile(r"'([^']*)'")


def _codes(codes: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(codes))


RULES: tuple[Rule, ...] = (
    Rule(
        "import-resolves-nowhere",
        Severity.BLOCK,
        Confidence.HIGH,
        "Imports a file of this repository that does not exist, or a name that it does not export.",
        "The module cannot be compiled, or fails when it is loaded.",
        "Correct the import, or restore what it names.",
        _codes(NOT_FOUND | NOT_EXPORTED | NOT_PUBLIC | NOT_MODULE),
    ),
    Rule(
        "undefined-name",
        Severity.BLOCK,
        Confidence.HIGH,
        "Uses a name whose declaration or import the change removed or forgot.",
        "The code cannot be compiled, or throws a ReferenceError.",
        "Declare or import the name, or remove its last uses.",
        _codes(NAMES),
    ),
    Rule(
        "call-does-not-fit-signature",
        Severity.BLOCK,
        Confidence.HIGH,
        "Calls a function of this repository with a number of arguments that it does not take.",
        "The code cannot be compiled; a missing argument is `undefined` when it runs.",
        "Give the arguments that the function asks for.",
        _codes(ARGUMENTS),
    ),
    Rule(
        "attribute-not-on-type",
        Severity.BLOCK,
        Confidence.HIGH,
        "Uses a member of a class, interface, enum or module of this repository that the change removed.",
        "The code cannot be compiled; what it reads is `undefined` when it runs.",
        "Use what took the member's place, or restore it.",
        _codes(MEMBERS),
    ),
    Rule(
        "override-breaks-base",
        Severity.BLOCK,
        Confidence.HIGH,
        "A class no longer fits the class it extends: an abstract member is missing, or an override overrides nothing.",
        "The code cannot be compiled.",
        "Add the member, or follow the base class.",
        _codes(OVERRIDES),
    ),
    Rule(
        "constant-reassigned",
        Severity.BLOCK,
        Confidence.HIGH,
        "Assigns to a variable that was declared with `const`.",
        "The assignment throws a TypeError when it runs.",
        "Declare the variable with `let`, or assign to another one.",
        _codes(CONSTANTS),
    ),
)

_LOAD = "export function load(name: string): string {\n  return name\n}\n"
_USE = "import { load } from './load'\n\nexport const one = load('a')\n"
_SHAPE = "export class Shape {\n  area(): number {\n    return 1\n  }\n}\n"
_AREA = "import { Shape } from './shape'\n\nexport const area = new Shape().area()\n"
EXAMPLES: tuple[Example, ...] = (
    Example(
        "an exported function is renamed and one importer is forgotten",
        {"src/load.ts": _LOAD.replace("load", "loadOne"), "src/use.ts": _USE},
        {"src/load.ts": _LOAD, "src/use.ts": _USE},
        fires=(("import-resolves-nowhere", "src/load.ts", 1),),
    ),
    Example(
        "an exported function is renamed with its importers",
        {
            "src/load.ts": _LOAD.replace("load", "loadOne"),
            "src/use.ts": _USE.replace("load(", "loadOne(").replace("{ load }", "{ loadOne }"),
        },
        {"src/load.ts": _LOAD, "src/use.ts": _USE},
    ),
    Example(
        "a required parameter is added and one caller is forgotten",
        {"src/load.ts": _LOAD.replace("name: string)", "name: string, size: number)"), "src/use.ts": _USE},
        {"src/load.ts": _LOAD, "src/use.ts": _USE},
        fires=(("call-does-not-fit-signature", "src/load.ts", 1),),
    ),
    Example(
        "an optional parameter is added",
        {"src/load.ts": _LOAD.replace("name: string)", "name: string, size?: number)"), "src/use.ts": _USE},
        {"src/load.ts": _LOAD, "src/use.ts": _USE},
    ),
    Example(
        "an import is removed and its last use is not",
        {"src/load.ts": _LOAD, "src/use.ts": "export const one = load('a')\n"},
        {"src/load.ts": _LOAD, "src/use.ts": _USE},
        fires=(("undefined-name", "src/use.ts", 1),),
    ),
    Example(
        "a new file forgets an import that every other file has",
        {"src/load.ts": _LOAD, "src/use.ts": _USE, "src/new.ts": "export const two = load('b')\n"},
        {"src/load.ts": _LOAD, "src/use.ts": _USE},
        fires=(("undefined-name", "src/new.ts", 1),),
    ),
    Example(
        "a file is moved and one importer is forgotten",
        {"src/new/load.ts": _LOAD, "src/use.ts": _USE},
        {"src/load.ts": _LOAD, "src/use.ts": _USE},
        fires=(("import-resolves-nowhere", "src/new/load.ts", 1),),
    ),
    Example(
        "a method is renamed and one caller is forgotten",
        {"src/shape.ts": _SHAPE.replace("area", "size"), "src/use.ts": _AREA},
        {"src/shape.ts": _SHAPE, "src/use.ts": _AREA},
        fires=(("attribute-not-on-type", "src/shape.ts", 2),),
    ),
    Example(
        "an abstract method is added and a subclass lacks it",
        {
            "src/base.ts": "export abstract class Base {\n  abstract size(): number\n}\n",
            "src/use.ts": "import { Base } from './base'\n\nexport class One extends Base {}\n",
        },
        {
            "src/base.ts": "export abstract class Base {\n}\n",
            "src/use.ts": "import { Base } from './base'\n\nexport class One extends Base {}\n",
        },
        fires=(("override-breaks-base", "src/base.ts", 2),),
    ),
    Example(
        "a file that cannot be parsed is left to the checks of syntax",
        {"src/load.ts": _LOAD.replace("}\n", ""), "src/use.ts": _USE},
        {"src/load.ts": _LOAD, "src/use.ts": _USE},
    ),
    Example(
        "packages, assets and globals that are not in the repository",
        {
            "src/use.ts": "import { ref } from 'vue'\nimport './style.css'\nimport raw from './text?raw'\n"
            "import config from 'virtual:config'\n\ndescribe(raw, () => ref(config, __DEV__))\n",
        },
    ),
    Example(
        "a file that another part of the build writes",
        {
            ".gitignore": "src/schema.ts\n",
            "src/use.ts": "import { schema } from './schema'\nimport { api } from './generated/api'\n\nschema(api)\n",
        },
    ),
)
