"""Rules on text from outside that reaches a place where text becomes code."""

from __future__ import annotations

from checks.check import Rule
from checks.finding import Confidence, Severity

RULES = (
    Rule(
        "request-data-in-sql",
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Data of a request that becomes part of an SQL statement's text.",
        why="Whoever sends the request can read, change or delete what is in the database.",
        fix="Pass the value as a parameter; choose column names from a list of your own.",
        codes=("request-data-in-sql", "request-data-in-sql-by-name"),
    ),
    Rule(
        "sql-built-from-text",
        Severity.WARN,
        Confidence.MEDIUM,
        finds="A value spliced into an SQL statement where a parameter could stand: after a comparison or in quotes.",
        why="A quote in the value ends the text early; if a stranger can choose the value, it is an injection.",
        fix="Write a placeholder and pass the value as a parameter.",
        codes=("sql-built-from-text",),
    ),
    Rule(
        "request-data-in-shell",
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Data of a request that becomes part of a shell command.",
        why="Whoever sends the request can run any program on this machine.",
        fix="Run the program without a shell, its arguments as a list.",
        codes=("request-data-in-shell", "request-data-in-shell-by-name"),
    ),
    Rule(
        "shell-with-variable-text",
        Severity.WARN,
        Confidence.MEDIUM,
        finds="A shell command whose text is made with a variable.",
        why="A blank, quote or semicolon in the value changes the command.",
        fix="Run the program without a shell, its arguments as a list, or quote the value.",
        codes=("shell-with-variable-text",),
    ),
    Rule(
        "code-from-request-data",
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Data of a request that is evaluated, imported, unpickled or rendered as a template.",
        why="Whoever sends the request can run any code in this program.",
        fix="Parse the data as JSON, or look it up in a table of what is allowed.",
        codes=("code-from-request-data", "code-from-request-data-by-name"),
    ),
    Rule(
        "eval-of-input",
        Severity.WARN,
        Confidence.HIGH,
        finds="`eval` or `exec` of what is typed, sent or set from outside.",
        why="It runs whatever code the text holds.",
        fix="Use `ast.literal_eval`, `int` or `json.loads`.",
        codes=("eval-of-input",),
    ),
    Rule(
        "code-from-address-bar",
        Severity.WARN,
        Confidence.HIGH,
        finds="A part of the page's address that is run as code or written as HTML.",
        why="A link can run scripts in this page with the visitor's rights.",
        fix="Use `textContent`, or clean the text before it becomes HTML.",
        codes=("code-from-address-bar",),
    ),
    Rule(
        "html-built-from-text",
        Severity.WARN,
        Confidence.MEDIUM,
        finds="HTML made by splicing a text value, by its name somebody's own words, into a template.",
        why="Markup in the value becomes part of the page: a script of a stranger can run.",
        fix="Use `textContent` or elements, or escape the value.",
        codes=("html-built-from-text",),
    ),
    Rule(
        "unsafe-yaml-load",
        Severity.WARN,
        Confidence.HIGH,
        finds="`yaml.load` without a loader, or YAML read with a loader that builds any Python object.",
        why="Since PyYAML 6 a loader is required; with an unsafe one the text can run code.",
        fix="Use `yaml.safe_load`.",
        codes=("unsafe-yaml-load", "unsafe-yaml-loader"),
    ),
    Rule(
        "unpickled-from-network",
        Severity.WARN,
        Confidence.HIGH,
        finds="Bytes that come from a socket or a download and are unpickled.",
        why="Whoever sends the bytes can run any code in this program.",
        fix="Send JSON, or check a signature over the bytes first.",
        codes=("unpickled-from-network",),
    ),
)
