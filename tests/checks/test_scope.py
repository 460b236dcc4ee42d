"""What is reviewed, and what is set aside with a reason."""

from __future__ import annotations

from checks.check import Report, Unseen
from checks.registry import CHECKS
from checks.scope import coverage_of, scoped, without_reader
from checks.settings import Settings
from checks.verdict import CheckRun, CheckStatus, PathNote
from kb.diff import FileDiff, Status
from kb.view import SUBMODULE, SYMLINK, Entry
from tests.checks.planted import Planted, added, change_adding
from tests.checks.trees import change_of


def diff(path: str, *, mode: int = 0o100644, **more: object) -> FileDiff:
    return FileDiff(Status.MODIFIED, Entry(path, mode, "1"), Entry(path, mode, "2"), **more)  # type: ignore[arg-type]


def left_out(file: FileDiff, settings: Settings | None = None) -> PathNote | None:
    change = change_adding({})
    reviewed, notes = scoped(type(change)(**{**change.__dict__, "files": (file,)}), settings or Settings())
    assert len(reviewed.files) + len(notes) == 1
    return notes[0] if notes else None


def test_what_cannot_be_read_is_left_out_with_its_reason() -> None:
    assert left_out(diff("a", mode=SYMLINK)) == PathNote("a", "symbolic link")
    assert left_out(diff("a", mode=SUBMODULE)) == PathNote("a", "submodule: its content is not in this repository")
    assert left_out(diff("a.png", binary=True)) == PathNote("a.png", "binary")
    assert left_out(diff("a.py", unread="larger than 5 MB")) == PathNote("a.py", "larger than 5 MB")


def test_a_deleted_binary_needs_no_reading() -> None:
    assert left_out(FileDiff(Status.DELETED, Entry("a.png", 0o100644, "1"), None, binary=True)) is None


def test_only_what_the_maintainers_named_is_left_out_by_choice() -> None:
    settings = Settings(ignored=("docs/**",), generated=("*.gen.ts",))
    assert left_out(diff("docs/a.py"), settings) == PathNote("docs/a.py", "ignored path", chosen=True)
    assert left_out(diff("a.gen.ts"), settings) == PathNote("a.gen.ts", "generated file", chosen=True)
    assert left_out(diff("node_modules/a.js")) == PathNote("node_modules/a.js", "ignored path")
    assert left_out(diff("web/package-lock.json")) == PathNote("web/package-lock.json", "generated file")
    assert left_out(diff("a.py"), settings) is None


def test_every_file_ends_in_one_list_with_all_its_reasons() -> None:
    change = change_adding({"a.py": "x\n", "b.py": "y\n", "c.py": "z\n"})
    runs = [
        CheckRun("ruff", CheckStatus.OK, 1),
        CheckRun("ty", CheckStatus.TIMED_OUT, 1, "slow", ("a.py", "b.py")),
        CheckRun("tsc", CheckStatus.SKIPPED, 0, "no changed file for it"),
    ]
    notes = [Unseen("a.py", "nested too deeply"), Unseen("a.py", "nested too deeply")]
    coverage = coverage_of(change, [PathNote("d.png", "binary")], runs, notes)
    assert coverage.reviewed == ("c.py",)
    both = PathNote("a.py", "ty did not run; nested too deeply")
    assert coverage.partial == (both, PathNote("b.py", "ty did not run"))
    assert coverage.skipped == (PathNote("d.png", "binary"),)
    assert added("a.py", "x\n").path == "a.py"


def test_a_language_that_no_check_reads_is_seen_in_part_only() -> None:
    change = change_adding({"a.py": "x\n", "b.cobol": "y\n", "README.md": "z\n", "LICENSE": "l\n"})
    python = Planted(lambda change: Report(), "python", takes=lambda path: path.endswith(".py"))
    anything = Planted(lambda change: Report(), "secrets")
    (unseen,) = without_reader(change, [python, anything])
    assert unseen.path == "b.cobol"
    assert "no check reads this language" in unseen.reason


def test_a_name_that_keeps_a_file_from_an_engine_is_told() -> None:
    change = change_adding({"new\nline.py": "x\n", "b c.py": "y\n"})
    engine = Planted(lambda change: Report(), "engine", takes=lambda p: p.endswith(".py") and p.isprintable())
    assert [(u.path, u.reason) for u in without_reader(change, [engine])] == [
        ("new\nline.py", "its name keeps it from engine")
    ]


def test_a_check_of_any_text_says_itself_what_it_understands() -> None:
    change = change_adding({"a.go": "x\n", "a.cobol": "y\n"})
    assert [unseen.path for unseen in without_reader(change, CHECKS)] == ["a.cobol"]


def test_a_bundle_of_long_lines_is_left_out() -> None:
    long, short = "a=1;" * 3_000 + "\n", "a = 1;\n" * 3_000
    reviewed, notes = scoped(change_adding({"a.js": long, "b.js": short, "c.py": long}), Settings())
    assert notes == (PathNote("a.js", "minified file"),)
    assert [file.path for file in reviewed.files] == ["b.js", "c.py"]


def test_what_git_attributes_at_base_call_generated_is_left_out_by_choice() -> None:
    marks = (
        "# ours\n*.gen.py linguist-generated=true\n/vendored/** linguist-vendored -diff\n*.py linguist-vendored=false\n"
    )
    after = {"a.gen.py": "x\n", "vendored/b.py": "x\n", "c.py": "x\n"}
    reviewed, notes = scoped(change_of({".gitattributes": marks}, {".gitattributes": marks, **after}), Settings())
    assert [(note.path, note.chosen) for note in notes] == [("a.gen.py", True), ("vendored/b.py", True)]
    assert [file.path for file in reviewed.files] == ["c.py"]
    at_head_only = scoped(change_of({}, {".gitattributes": marks, **after}), Settings())
    assert at_head_only[1] == ()
