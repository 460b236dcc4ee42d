"""`.github/prudent.toml`: what it can say, and how it complains."""

from __future__ import annotations

import pytest

from checks.finding import Severity
from checks.settings import AppOptions, Settings
from checks.settings_file import parse_settings
from kb.errors import BadSettings

SLUGS = frozenset({"undefined-name", "mutable-default", "stub-presented-as-done"})


def test_an_empty_file_is_the_defaults() -> None:
    assert parse_settings(b"", SLUGS) == Settings(origin=".github/prudent.toml")


def test_everything_that_can_be_set() -> None:
    settings = parse_settings(
        b"""
[review]
ignore = ["docs/**"]
generated = ["*.gen.ts"]
max_findings = 5
[checks]
enable = ["stub-presented-as-done"]
disable = ["mutable-default"]
[severity]
undefined-name = "warn"
[[path]]
globs = ["tests/**"]
disable = ["undefined-name"]
[[path]]
globs = ["lib/**"]
severity = { undefined-name = "info" }
""",
        SLUGS,
    )
    assert settings.is_ignored("docs/a.md")
    assert settings.is_ignored("a/node_modules/b.js")
    assert settings.is_generated("web/x.gen.ts")
    assert settings.max_findings == 5
    assert settings.is_disabled("mutable-default", "a.py")
    assert settings.is_disabled("undefined-name", "tests/a.py")
    assert not settings.is_disabled("undefined-name", "a.py")
    assert settings.severity_of("undefined-name", "a.py", Severity.BLOCK) is Severity.WARN
    assert settings.severity_of("undefined-name", "lib/a.py", Severity.BLOCK) is Severity.INFO
    assert settings.enable == ("stub-presented-as-done",)


def test_what_the_app_does_is_set_in_a_table_of_its_own() -> None:
    assert parse_settings(b"", SLUGS).app == AppOptions()
    written = b"""
[app]
drafts = true
bots = true
request_changes = true
approve = true
max_comments = 0
not_checked = "failure"
ignore_authors = ["renovate[bot]"]
ignore_labels = ["no-review"]
"""
    assert parse_settings(written, SLUGS).app == AppOptions(
        drafts=True,
        bots=True,
        request_changes=True,
        approve=True,
        max_comments=0,
        not_checked="failure",
        ignore_authors=("renovate[bot]",),
        ignore_labels=("no-review",),
    )


def test_a_layer_may_import_those_below_it_unless_it_says_which() -> None:
    settings = parse_settings(
        b"""
[[layer]]
name = "web"
globs = ["web/**"]
[[layer]]
name = "jobs"
globs = ["jobs/**"]
imports = ["web"]
[[layer]]
name = "store"
globs = ["store/**"]
""",
        SLUGS,
    )
    assert [(layer.name, layer.imports) for layer in settings.layers] == [
        ("web", ("jobs", "store")),
        ("jobs", ("web",)),
        ("store", ()),
    ]
    layer = settings.layer_of("jobs/a/b.py")
    assert layer is not None
    assert layer.name == "jobs"
    assert settings.layer_of("setup.py") is None


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[layer]\n", 1, "two brackets: one block for each layer"),
        ("layer = ['a']\n", 1, "two brackets"),
        ("[[layer]]\nname = 'a'\n", 1, "needs globs"),
        ("[[layer]]\nglobs = ['a']\n", 1, "a name of its own"),
        ("[[layer]]\nname = ''\nglobs = ['a']\n", 2, "must be a name, not ''"),
        ("[[layer]]\nname = 'a'\nglobs = ['a']\n[[layer]]\nname = 'a'\nglobs = ['b']\n", 5, "of its own"),
        ("[[layer]]\nname = 'web'\nglobs = ['a']\nimports = ['wed']\n", 4, 'did you mean "web"?'),
        ("[[layer]]\nname = 'web'\nglobs = ['a']\nimport = ['web']\n", 4, 'did you mean "imports"?'),
        ("[reviw]\n", 1, 'unknown table "reviw"; did you mean "review"?'),
        ("\n[review]\nignored = []\n", 3, 'unknown key "ignored"; did you mean "ignore"?'),
        ("[review]\nmax_findings = 0\n", 2, "must be a number from 1 to 1000, not 0"),
        ("[review]\nmax_findings = true\n", 2, "must be a number"),
        ("[review]\nignore = 'docs'\n", 2, "must be a list of texts"),
        ("[checks]\ndisable = ['undefined-nam']\n", 2, 'did you mean "undefined-name"?'),
        ("[checks]\ndisable = ['zzz']\n", 2, "`prudent checks` lists them"),
        ("[severity]\nundefined-name = 'fatal'\n", 2, 'must be "block", "warn" or "info"'),
        ("[severity]\nnope = 'warn'\n", 2, 'no check is called "nope"'),
        ("[[path]]\nglobs = ['a']\n\n[[path]]\nglobs = ['b']\nlevel = 1\n", 6, 'unknown key "level"'),
        ("[[path]]\ndisable = []\n", 1, "needs globs"),
        ("[path]\nglobs = []\n", 1, "two brackets"),
        ("review = 3\n", 1, "must be a table"),
        ("[app]\napprove = 1\n", 2, "must be true or false, not 1"),
        ("[app]\nmax_comments = 26\n", 2, "must be a number from 0 to 25, not 26"),
        ("[app]\nmax_comments = -1\n", 2, "must be a number from 0 to 25, not -1"),
        ("[app]\nnot_checked = 'success'\n", 2, 'must be "neutral" or "failure"'),
        ("[app]\nnot_checked = []\n", 2, 'must be "neutral" or "failure"'),
        ("[app]\nignore_authors = 'bob'\n", 2, "must be a list of texts"),
        ("[app]\naprove = true\n", 2, 'did you mean "approve"?'),
        ("[[path]]\nglobs = ['a']\nseverity = 'warn'\n", 3, "must be a table"),
    ],
)
def test_a_mistake_is_one_line_that_names_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(BadSettings) as caught:
        parse_settings(text.encode(), SLUGS)
    message = str(caught.value)
    assert message.startswith(f".github/prudent.toml:{line}: ")
    assert says in message
    assert "\n" not in message


def test_broken_toml_names_its_line() -> None:
    with pytest.raises(BadSettings, match=r"prudent\.toml:2: not valid TOML"):
        parse_settings(b"[review]\nignore = [\n", SLUGS)
    with pytest.raises(BadSettings, match=r"prudent\.toml:2: not valid TOML: Expected"):
        parse_settings(b"[review]\nignore : 3\n[checks]\n", SLUGS)


def test_bytes_that_are_not_text_name_their_line() -> None:
    with pytest.raises(BadSettings, match=r"prudent\.toml:2: not UTF-8"):
        parse_settings(b"[review]\n# \xff\n", SLUGS)


def test_slugs_of_sarif_reports_are_anybodys() -> None:
    assert parse_settings(b"[checks]\ndisable = ['sarif-bandit-b101']", SLUGS).disable == ("sarif-bandit-b101",)
