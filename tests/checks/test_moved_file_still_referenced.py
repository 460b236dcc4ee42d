"""Paths in configuration and documents that lose what they led to; and all the words that only look like paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.check import Example
from checks.constraint import moved_file_still_referenced
from checks.constraint.path_formats import Format, format_of
from checks.constraint.path_mentions import mentions_in
from checks.finding import Finding
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.workspace import open_workspace
from tests.checks.trees import change_of
from tests.strategies import texts, unhurried

Tree = Mapping[str, str | bytes | None]


@pytest.fixture
def knowledge(tmp_path: Path) -> Iterator[Knowledge]:
    with open_workspace(tmp_path) as workspace:
        yield Knowledge(workspace)


def found(knowledge: Knowledge, before: Tree, after: Tree, renamed: Mapping[str, str] | None = None) -> list[Finding]:
    return list(moved_file_still_referenced.run(change_of(before, after, renamed), knowledge).findings)


@pytest.mark.parametrize("example", moved_file_still_referenced.EXAMPLES, ids=lambda example: example.name)
def test_the_examples(knowledge: Knowledge, example: Example) -> None:
    said = found(knowledge, example.before, example.after)
    assert [(one.slug, one.path, one.line) for one in said] == list(example.fires)


GONE = {
    "tools/run.py": "x",
    "docs/guide.md": "x",
    "docs/part.rst": "x",
    "app/cli.py": "x",
    "run.sh": "x",
    "conf/a.yml": "x",
}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (".github/workflows/ci.yml", "      - run: python tools/run.py --all"),
        (".github/workflows/ci.yml", "      - run: python -m app.cli sell"),
        (".github/workflows/ci.yml", "        with: { config: ./conf/a.yml }"),
        (".gitlab-ci.yml", "  script: ./run.sh"),
        ("package.json", '  "scripts": {"lint": "node x && tools/run.py"}'),
        ("package.json", '  "files": ["docs/guide.md"],'),
        ("pyproject.toml", 'readme = "docs/guide.md"'),
        ("pyproject.toml", 'shop = "app.cli:main"'),
        ("setup.cfg", "license_files = run.sh"),
        ("setup.py", "    long_description=open('docs/guide.md').read(),"),
        ("setup.py", "    entry_points={'console_scripts': ['shop = app.cli:main']},"),
        ("MANIFEST.in", "include run.sh"),
        ("Dockerfile", "COPY conf/a.yml /etc/shop/a.yml"),
        ("docker/Dockerfile", "COPY ../conf/a.yml ."),
        ("docker-compose.yml", "      - ./conf/a.yml:/etc/shop/a.yml:ro"),
        ("Makefile", "\tpython tools/run.py"),
        ("Makefile", "all: docs/guide.md"),
        ("ci/test.sh", "source ../run.sh"),
        ("CODEOWNERS", "/docs/guide.md @someone"),
        ("README.md", "See [the guide](docs/guide.md#start) first."),
        ("README.md", '<a href="./docs/guide.md">guide</a>'),
        ("docs/index.md", "[guide]: guide.md"),
        ("mkdocs.yml", "nav: [Guide: guide.md]"),
        ("docs/index.rst", ".. include:: part.rst"),
        ("docs/index.rst", ".. literalinclude:: ../tools/run.py"),
        ("docs/api.rst", ".. automodule:: app.cli"),
        ("tox.ini", "commands = python {toxinidir}/x.py tools/run.py"),
    ],
)
def test_a_reference_that_is_left_behind(knowledge: Knowledge, path: str, line: str) -> None:
    text = f"{line}\n"
    (one,) = found(knowledge, {**GONE, path: text}, {path: text})
    assert (one.path, one.line) == (path, 1)
    assert one.evidence[0].text == line.strip()
    kept = {**GONE, path: text}
    assert found(knowledge, {**kept, "other/run.py": "x"}, kept) == [], "it still leads somewhere"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (".github/workflows/ci.yml", "      # python tools/run.py"),
        (".github/workflows/ci.yml", "      - run: python x.py  # was tools/run.py"),
        (".github/workflows/ci.yml", "      - run: curl https://example.com/tools/run.py"),
        (".github/workflows/ci.yml", "      - run: python ${{ github.workspace }}/tools/run.py"),
        (".github/workflows/ci.yml", "      - run: make > tools/run.py"),
        (".github/workflows/ci.yml", "      - run: tools/run.py*"),
        (".github/workflows/ci.yml", "    paths-ignore: [tools/run.py]"),
        ("pyproject.toml", 'exclude = ["tools/run.py"]'),
        ("pyproject.toml", 'omit = "tools/run.py"'),
        ("pyproject.toml", '[tool.ruff.lint.per-file-ignores]\n"tools/run.py" = ["E501"]'),
        ("pyproject.toml", 'version_file = "tools/run.py"'),
        ("setup.py", "x = 'run.sh'"),
        ("package.json", '  "name": "tools/run.py",'),
        ("Makefile", "tools/run.py: schema.json"),
        ("Makefile", "\tmkdir -p docs && touch docs/guide.md"),
        ("ci/test.sh", 'if [ -f tools/run.py ]; then echo "x"; fi'),
        ("ci/test.sh", 'python "$ROOT"/tools/run.py'),
        ("README.md", "The file tools/run.py was here, and `[x](docs/guide.md)` is how to link it."),
        ("README.md", "<!-- [x](docs/guide.md) -->"),
        ("README.md", "```\n[x](docs/guide.md)\n```"),
        ("README.md", "[x](https://example.com/docs/guide.md) [y](/docs/guide.md)"),
        ("CHANGES.md", "[x](docs/guide.md)"),
        ("docs/releases/1.0.md", "[x](../guide.md)"),
        ("docs/index.rst", "The file tools/run.py"),
        ("tests/data/ci/.gitlab-ci.yml", "  script: ./run.sh"),
        ("vendor/x/Makefile", "\tpython tools/run.py"),
        ("shop/settings.yml", "run: tools/run.py"),
        ("template/Makefile", "\tpython {{ name }} tools/run.py"),
    ],
)
def test_what_only_looks_like_a_reference_or_may_be_absent(knowledge: Knowledge, path: str, line: str) -> None:
    text = f"{line}\n"
    assert found(knowledge, {**GONE, path: text}, {path: text}) == []


def test_the_new_path_is_named_and_the_move_is_evidence(knowledge: Knowledge) -> None:
    makefile = "all:\n\tpython tools/run.py\n"
    (one,) = found(
        knowledge,
        {"Makefile": makefile, "tools/run.py": "x\n"},
        {"Makefile": makefile, "bin/run.py": "x\n"},
        {"bin/run.py": "tools/run.py"},
    )
    assert one.message == "`tools/run.py` still names `tools/run.py`, which this change moves to `bin/run.py`."
    assert [(evidence.kind, evidence.path) for evidence in one.evidence] == [
        ("quote", "Makefile"),
        ("related", "bin/run.py"),
    ]


def test_a_folder_that_is_gone(knowledge: Knowledge) -> None:
    text = 'testpaths = "src/tests"\n'
    (one,) = found(knowledge, {"pytest.ini": text, "src/tests/a.py": "x", "src/tests/b.py": "x"}, {"pytest.ini": text})
    assert "`src/tests`, which this change removes" in one.message
    assert (
        found(
            knowledge,
            {"pytest.ini": text, "src/tests/a.py": "x", "src/tests/b.py": "x"},
            {"pytest.ini": text, "src/tests/b.py": "x"},
        )
        == []
    )


def test_a_file_and_those_that_name_it_may_move_together(knowledge: Knowledge) -> None:
    link = "[next](two.md)\n"
    moved = {"new/one.md": "docs/one.md", "new/two.md": "docs/two.md"}
    assert (
        found(knowledge, {"docs/one.md": link, "docs/two.md": "x"}, {"new/one.md": link, "new/two.md": "x"}, moved)
        == []
    )
    (one,) = found(
        knowledge, {"docs/one.md": link, "docs/two.md": "x"}, {"new/one.md": link}, {"new/one.md": "docs/one.md"}
    )
    assert one.path == "new/one.md"


def test_what_the_change_writes_itself_is_its_business(knowledge: Knowledge) -> None:
    hook = "File('guide/about.md', source='ABOUT.md')\n"
    before = {"mkdocs.yml": "nav:\n  - About: guide/about.md\n", "docs/guide/about.md": "x", "docs/hooks.py": ""}
    after = {"mkdocs.yml": before["mkdocs.yml"], "ABOUT.md": "x", "docs/hooks.py": hook}
    assert found(knowledge, before, after) == []
    added = "all:\n\tgit rm tools/run.py\n\tpython tools/run.py\n"
    assert found(knowledge, {"Makefile": "all:\n", "tools/run.py": "x"}, {"Makefile": added}) == []


@pytest.mark.parametrize(
    "after",
    [
        {"app/cli/__init__.py": "x"},
        {"app/cli.pyx": "x"},
        {"src/app/cli.py": "x"},
        {"app/cli/main.py": "x"},
        {".gitignore": "/app/cli.py\n"},
    ],
)
def test_a_module_may_be_there_in_another_way(knowledge: Knowledge, after: Tree) -> None:
    entry = {"setup.cfg": "console_scripts =\n  shop = app.cli:main\n"}
    assert found(knowledge, {**entry, "app/cli.py": "x"}, {**entry, **after}) == []
    assert len(found(knowledge, {**entry, "app/cli.py": "x"}, entry)) == 1


def test_what_lies_below_a_submodule_is_not_known(knowledge: Knowledge) -> None:
    text = "all:\n\tpython tools/run.py\n"
    change = change_of({"Makefile": text, "tools/run.py": "x"}, {"Makefile": text, "tools": "x"})
    assert moved_file_still_referenced.run(change, knowledge).findings == ()


def test_settings_say_which_files_do_not_count(tmp_path: Path) -> None:
    text = "all:\n\tpython tools/run.py\n"
    change = change_of({"a/Makefile": text, "tools/run.py": "x"}, {"a/Makefile": text})
    with open_workspace(tmp_path) as workspace:
        assert moved_file_still_referenced.run(change, Knowledge(workspace)).findings
        for settings in (Settings(ignored=("a/**",)), Settings(generated=("Makefile",))):
            assert moved_file_still_referenced.run(change, Knowledge(workspace, settings)).findings == ()


def test_unreadable_and_huge_files_are_passed_over(knowledge: Knowledge) -> None:
    for data in (None, b"\tpython tools/run.py\n" * 60_000, b"\xff\xfe\n"):
        assert found(knowledge, {"Makefile": data, "tools/run.py": "x"}, {"Makefile": data}) == []


def test_at_most_ten_are_named(knowledge: Knowledge) -> None:
    makefiles = {f"{n}/Makefile": "\tpython tools/run.py\n" for n in range(20)}
    assert len(found(knowledge, {**makefiles, "tools/run.py": "x"}, makefiles)) == 10


@given(st.sampled_from(Format), st.lists(texts, max_size=8).map("\n".join))
@unhurried
def test_no_text_is_too_odd_to_be_looked_through(format: Format, text: str) -> None:
    for mention in mentions_in(format, text):
        assert 1 <= mention.line <= len(text.splitlines())
        assert mention.word


@pytest.mark.parametrize(
    "line", ["a/" * 40_000, "cp a/b " * 280, " " * 1900 + "a/b", "[" * 1900, "a: " * 600, "-" * 1999]
)
def test_long_lines_cost_little(line: str) -> None:
    for format in Format:
        list(mentions_in(format, f"{line}\n" * 60))


def test_formats_go_by_the_name() -> None:
    assert format_of("a/pyproject.toml") is Format.KEYS
    assert format_of(".github/workflows/x.yaml") is Format.KEYS
    assert format_of("src/a.py") is None
    assert format_of("docs/changes/1.rst") is None
