import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checks.change import Change
from checks.check import Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.knowledge import Knowledge, Limits
from checks.settings import Settings
from checks.static.engine import Diagnostic, Installed
from checks.static.engine_check import is_test, is_test_data, review_with
from checks.static.isolation import run_isolated
from checks.workspace import open_workspace
from kb.errors import NotChecked
from kb.source import Edit, Span
from tests.checks.trees import change_of

RULES = (
    Rule("bad-word", Severity.WARN, Confidence.HIGH, "It finds bad words.", codes=("bad", "BAD")),
    Rule("syntax-error", Severity.BLOCK, Confidence.HIGH, "It finds what does not parse.", codes=("broken",)),
)
PROGRAM = """
import json, pathlib, sys
said = []
for name in sys.argv[1:]:
    for number, line in enumerate(pathlib.Path(name).read_text().split("\\n"), 1):
        for word in line.split():
            if word in ("bad", "BAD", "odd", "broken"):
                said.append([word, name, number, f"the word `{word}`"])
print(json.dumps(said))
"""


@dataclass
class Words:
    """A real program that reports words: an engine as small as one can be."""

    program: Path
    whole_tree: bool = False
    name: str = "words"
    how_to_get: str = "nowhere"
    config_id: str = "1"
    runs: list[list[str]] = field(default_factory=list)
    installed: bool = True

    def find(self) -> Installed | None:
        return Installed(self.program, "1.0") if self.installed else None

    def covers(self, path: str) -> bool:
        return path.endswith(".txt")

    def run(
        self, installed: Installed, folder: Path, files: Sequence[str], *, home: Path, limits: Limits
    ) -> tuple[Diagnostic, ...]:
        self.runs.append(list(files))
        argv = [sys.executable, "-I", str(installed.program), *files]
        said = json.loads(run_isolated(argv, cwd=folder, home=home, limits=limits, ok=(0,)))
        related = (Evidence("related", "x.txt", 1, "see there"),)
        edits = (Edit(Span(0, 1), b"\xff"),)
        return tuple(Diagnostic(c, p, n, n, m, related=related, edits=edits) for c, p, n, m in said)


@pytest.fixture
def words(tmp_path: Path) -> Words:
    program = tmp_path / "words.py"
    program.write_text(PROGRAM)
    return Words(program)


def review(
    engine: Words,
    change: Change,
    cache: Path | None = None,
    settings: Settings | None = None,
    **hooks: Callable[..., object],
) -> Report:
    with open_workspace(cache) as workspace:
        knowledge = Knowledge(workspace, settings or Settings())
        return review_with(engine, RULES, change, knowledge, slug="words", **hooks)  # type: ignore[arg-type]


def places(report: Report) -> list[tuple[str, str, int]]:
    return [(f.slug, f.path, f.line) for f in report.findings]


def test_what_is_new_is_told_with_its_evidence(words: Words) -> None:
    report = review(words, change_of({"a.txt": "bad\n"}, {"a.txt": "bad\n  BAD one\n"}))
    (finding,) = report.findings
    assert (finding.check, finding.slug, finding.path, finding.line) == ("words", "bad-word", "a.txt", 2)
    assert finding.text == "BAD one"
    assert finding.evidence == (
        Evidence("engine", "a.txt", 2, "words BAD: the word `BAD`"),
        Evidence("related", "x.txt", 1, "see there"),
    )
    assert finding.edits == (Edit(Span(0, 1), b"\xff"),)
    assert finding.fix_origin == "words"


def test_codes_without_a_rule_are_dropped(words: Words) -> None:
    assert places(review(words, change_of({}, {"a.txt": "odd\n"}))) == []


def test_an_engine_of_files_is_given_changed_files_only(words: Words) -> None:
    review(
        words,
        change_of({"a.txt": "x", "same.txt": "bad", "b.py": ""}, {"a.txt": "y", "same.txt": "bad", "b.py": "bad"}),
    )
    assert words.runs == [["a.txt"], ["a.txt"]]


def test_an_engine_of_trees_is_given_all_files_and_told_of_untouched_ones(words: Words) -> None:
    words.whole_tree = True
    seen = review(words, change_of({"a.txt": "x", "same.txt": "bad"}, {"a.txt": "bad", "same.txt": "bad"}))
    assert sorted(words.runs) == [["a.txt", "same.txt"], ["a.txt", "same.txt"]]
    assert places(seen) == [("bad-word", "a.txt", 1)]


def test_nothing_to_look_at_runs_nothing_even_without_the_engine(words: Words) -> None:
    words.installed = False
    assert review(words, change_of({"a.py": ""}, {"a.py": "bad"})) == Report()


def test_a_missing_engine_is_told_with_how_to_get_it(words: Words) -> None:
    words.installed = False
    with pytest.raises(NotChecked, match="words is not installed: nowhere"):
        review(words, change_of({}, {"a.txt": "bad"}))


def test_an_engine_that_fails_is_told(words: Words) -> None:
    words.program.write_text("raise SystemExit(3)")
    with pytest.raises(NotChecked, match="exit code 3"):
        review(words, change_of({}, {"a.txt": "bad"}))


def test_added_deleted_and_renamed_files(words: Words) -> None:
    before = {"gone.txt": "bad\n", "old.txt": "x\nBAD\ny\n"}
    after = {"added.txt": "BAD\n", "new.txt": "x\nBAD\ny\n"}
    assert places(review(words, change_of(before, after, {"new.txt": "old.txt"}))) == [("bad-word", "added.txt", 1)]


@pytest.mark.parametrize("path", ["node_modules/a.txt", "tests/data/a.txt", "x/fixtures/a.txt"])
def test_ignored_files_and_test_data_are_not_told(words: Words, path: str) -> None:
    assert places(review(words, change_of({}, {path: "bad"}))) == []


def test_generated_files_are_not_told(words: Words) -> None:
    settings = Settings(generated=("*.gen.txt",))
    assert places(review(words, change_of({}, {"a.gen.txt": "bad"}), settings=settings)) == []


def test_a_file_that_did_not_parse_at_base_has_nothing_to_be_compared_with(words: Words) -> None:
    assert places(review(words, change_of({"a.txt": "broken\n"}, {"a.txt": "bad\n"}))) == []
    assert places(review(words, change_of({"a.txt": "x\n"}, {"a.txt": "broken\n"}))) == [("syntax-error", "a.txt", 1)]


def test_a_file_that_cannot_be_read_on_one_side_is_unseen_and_not_judged(words: Words) -> None:
    report = review(words, change_of({"a.txt": None, "b.txt": ""}, {"a.txt": "bad", "b.txt": "bad"}))
    assert [note.path for note in report.unseen] == ["a.txt"]
    assert places(report) == [("bad-word", "b.txt", 1)]


def test_answers_are_kept_by_content(words: Words, tmp_path: Path) -> None:
    change = change_of({"a.txt": "x"}, {"a.txt": "bad"})
    first = review(words, change, tmp_path / "cache")
    assert len(words.runs) == 2
    assert review(words, change, tmp_path / "cache") == first
    assert len(words.runs) == 2
    review(words, change_of({"a.txt": "x"}, {"a.txt": "BAD"}), tmp_path / "cache")
    assert len(words.runs) == 3


@pytest.mark.parametrize("what", ["version", "config", "name"])
def test_another_engine_or_config_is_asked_anew(words: Words, tmp_path: Path, what: str) -> None:
    change = change_of({}, {"a.txt": "bad"})
    review(words, change, tmp_path / "cache")
    if what == "config":
        words.config_id = "2"
    elif what == "name":
        words.name = "others"
    else:
        words.find = lambda: Installed(words.program, "2.0")  # type: ignore[method-assign]
    review(words, change, tmp_path / "cache")
    assert len(words.runs) == 2


def test_a_damaged_answer_is_asked_for_again(words: Words, tmp_path: Path) -> None:
    change = change_of({}, {"a.txt": "bad"})
    first = review(words, change, tmp_path)
    for path in (tmp_path / "engines").rglob("*"):
        if path.is_file():
            path.write_bytes(b"garbage")
    assert review(words, change, tmp_path) == first
    assert len(words.runs) == 2


def test_hooks_see_only_what_is_new(words: Words) -> None:
    seen: list[int] = []

    def keep(change: Change, said: Diagnostic, rule: Rule) -> bool:
        seen.append(said.line)
        return said.line != 2

    def place(change: Change, said: Diagnostic, finding: Finding) -> Finding | None:
        return None if said.line == 3 else finding

    def severity(change: Change, said: Diagnostic, rule: Rule) -> tuple[Severity, Confidence]:
        return Severity.INFO, Confidence.LOW

    change = change_of({"a.txt": "bad\n"}, {"a.txt": "bad\nbad\nbad\nbad\n"})
    report = review(words, change, keep=keep, place=place, severity=severity)
    assert sorted(seen) == [2, 3, 4]
    assert [(f.line, f.severity, f.confidence) for f in report.findings] == [(4, Severity.INFO, Confidence.LOW)]


@pytest.mark.parametrize(
    ("path", "said"),
    [("tests/data/a.py", True), ("test/fixtures/a.py", True), ("src/data/a.py", False), ("tests/test_a.py", False)],
)
def test_folders_of_test_data(path: str, said: bool) -> None:
    assert is_test_data(path) is said


@pytest.mark.parametrize(
    ("path", "said"),
    [("tests/a.py", True), ("a/test_b.py", True), ("b_test.go", True), ("x.spec.ts", True), ("src/contest.py", False)],
)
def test_tests_are_known_by_their_paths(path: str, said: bool) -> None:
    assert is_test(path) is said
