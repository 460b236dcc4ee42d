"""`prudent review` from its arguments to its exit code, on real repositories."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.cli.main import main
from kb.secret_formats import base62_checksum
from tests.repos import ENVIRONMENT, Repo

ROOT = Path(__file__).parents[2]
PRUDENT = Path(sys.executable).with_name("prudent")
BROKEN = "def f():\n    return undefined_thing\n"
FINE = "def f():\n    return 1\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def prudent(repo: Repo, capfd: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `prudent review` in the repository: (exit code, output, errors)."""

    def run(*args: str) -> tuple[int, str, str]:
        code = main(["review", "--repo", str(repo.root), *args])
        out, err = capfd.readouterr()
        return code, out, err

    return run


@pytest.fixture
def broken(repo: Repo) -> Repo:
    """Return a repository whose last commit uses a name that does not exist."""
    repo.commit({"a.py": FINE}, "Begin")
    repo.commit({"a.py": BROKEN}, "Change what f returns")
    return repo


def verdict_of(out: str) -> dict[str, Any]:
    verdict: dict[str, Any] = json.loads(out)
    jsonschema.validate(verdict, json.loads((ROOT / "docs/verdict.schema.json").read_text("utf-8")))
    return verdict


def test_a_break_is_found_blocks_and_exits_with_1(broken: Repo, prudent: Run) -> None:
    code, out, err = prudent("HEAD~1..HEAD", "--format", "json")
    verdict = verdict_of(out)
    assert (code, err) == (1, "")
    assert verdict["verdict"] == "request_changes"
    (finding,) = verdict["findings"]
    assert (finding["slug"], finding["path"], finding["line"]) == ("undefined-name", "a.py", 2)
    assert finding["also"], "both ruff and ty see it: one finding"
    assert finding["evidence"]


def test_a_clean_change_is_approved_and_exits_with_0(repo: Repo, prudent: Run) -> None:
    repo.commit({"a.py": FINE}, "Begin")
    repo.commit({"a.py": "def f():\n    return 2\n"}, "Return two")
    code, out, err = prudent("HEAD~1..HEAD", "--format", "json")
    assert (code, verdict_of(out)["verdict"], err) == (0, "approve", "")


def test_what_was_wrong_before_is_not_said(broken: Repo, prudent: Run) -> None:
    broken.commit({"a.py": "# a comment\n" + BROKEN + "\n\nx = 1\n"}, "Add a comment and a constant")
    code, out, _ = prudent("HEAD~1..HEAD", "--format", "json")
    assert (code, verdict_of(out)["findings"]) == (0, [])


@pytest.mark.parametrize(("fail_on", "code"), [("block", 1), ("warn", 1), ("never", 0)])
def test_fail_on(broken: Repo, prudent: Run, fail_on: str, code: int) -> None:
    assert prudent("HEAD~1..HEAD", "--fail-on", fail_on)[0] == code


def environment() -> dict[str, str]:
    """Return what a process of its own is told: where this test's folders are, too."""
    return {**ENVIRONMENT, **{name: value for name, value in os.environ.items() if name.startswith("PRUDENT_")}}


def test_scripts_may_already_ask_for_no_model(broken: Repo, prudent: Run) -> None:
    assert prudent("HEAD~1..HEAD", "--no-model")[0] == 1


def test_the_default_range_is_what_the_branch_adds(broken: Repo, prudent: Run) -> None:
    broken.git("checkout", "-q", "-b", "topic")
    broken.commit({"b.py": FINE}, "Add b")
    broken.git("checkout", "-q", "main")
    broken.commit({"c.py": BROKEN}, "Add c")
    broken.git("checkout", "-q", "topic")
    code, out, _ = prudent("--format", "json")
    assert (code, verdict_of(out)["coverage"]["reviewed"]) == (0, ["b.py"])


def test_staged_and_worktree(broken: Repo, prudent: Run) -> None:
    broken.write({"b.py": BROKEN})
    assert prudent("--staged")[0] == 2
    assert prudent("--worktree")[0] == 1
    broken.git("add", "b.py")
    code, out, _ = prudent("--staged", "--format", "json")
    assert (code, verdict_of(out)["coverage"]["reviewed"]) == (1, ["b.py"])


def test_a_patch_file_and_standard_input(broken: Repo, prudent: Run, tmp_path: Path) -> None:
    patch = broken.git("format-patch", "-1", "--stdout") + "\n"
    broken.git("reset", "-q", "--hard", "HEAD~1")
    path = tmp_path / "change.patch"
    path.write_text(patch)
    code, out, _ = prudent(str(path), "--format", "json")
    assert (code, verdict_of(out)["findings"][0]["slug"]) == (1, "undefined-name")
    command = [str(PRUDENT), "review", "-", "--repo", str(broken.root), "--format", "json"]
    done = subprocess.run(command, input=patch.encode(), capture_output=True, env=environment())
    assert done.returncode == 1
    assert verdict_of(done.stdout.decode())["subject"] == "standard input"


def test_output_is_a_whole_file(broken: Repo, prudent: Run, tmp_path: Path) -> None:
    path = tmp_path / "verdict.sarif"
    code, out, _ = prudent("HEAD~1..HEAD", "--format", "sarif", "--output", str(path))
    assert (code, out) == (1, "")
    assert json.loads(path.read_text())["version"] == "2.1.0"
    assert [p.name for p in tmp_path.iterdir() if "sarif" in p.name] == ["verdict.sarif"]


def test_only_the_checks_asked_for_run_and_it_is_no_approval(broken: Repo, prudent: Run) -> None:
    code, out, _ = prudent("HEAD~1..HEAD", "--checks", "secret-added", "--format", "json")
    verdict = verdict_of(out)
    assert (code, verdict["verdict"], verdict["findings"]) == (0, "comment", [])
    assert verdict["notes"] == ["only these were asked for: secret-added"]


def test_a_report_of_another_tool_is_read_and_can_be_asked_for_alone(
    broken: Repo, prudent: Run, tmp_path: Path
) -> None:
    report = tmp_path / "bandit.sarif"
    place = {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 2}}
    result = {"ruleId": "B9", "message": {"text": "Odd."}, "locations": [{"physicalLocation": place}]}
    run = {"tool": {"driver": {"name": "Bandit"}}, "results": [result]}
    report.write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    code, out, _ = prudent("HEAD~1..HEAD", "--sarif", str(report), "--checks", "sarif-bandit-b9", "--format", "json")
    assert (code, [f["slug"] for f in verdict_of(out)["findings"]]) == (0, ["sarif-bandit-b9"])


def test_every_run_is_logged(broken: Repo, prudent: Run, capfd: pytest.CaptureFixture[str]) -> None:
    prudent("HEAD~1..HEAD")
    assert main(["export", "outcomes"]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    (audit,) = [row for row in rows if row["kind"] == "audit"]
    assert (audit["overall"], audit["counts"]["block"]) == ("request_changes", 1)


def test_settings_come_from_base_and_a_change_to_them_is_told(broken: Repo, prudent: Run) -> None:
    broken.commit({"b.py": BROKEN, ".github/prudent.toml": "[checks]\ndisable = ['undefined-name']\n"}, "Add b")
    code, out, _ = prudent("HEAD~1..HEAD", "--format", "json")
    verdict = verdict_of(out)
    assert (code, [f["slug"] for f in verdict["findings"]]) == (1, ["undefined-name"])
    assert any("the settings at base applied" in note for note in verdict["notes"])
    broken.commit({"c.py": BROKEN}, "Add c")
    assert prudent("HEAD~1..HEAD")[0] == 0


def test_broken_settings_at_base_are_one_line_that_names_the_line(broken: Repo, prudent: Run) -> None:
    broken.commit({".github/prudent.toml": "[review]\nignroe = []\n"}, "Add settings")
    code, out, _ = prudent("HEAD~1..HEAD", "--format", "json")
    assert code == 0
    assert any("prudent.toml:2" in note for note in verdict_of(out)["notes"])
    broken.commit({"b.py": FINE}, "Add b")
    code, out, err = prudent("HEAD~1..HEAD")
    assert (code, out) == (2, "")
    assert err.startswith("prudent: .github/prudent.toml:2: review.ignroe: unknown key")
    assert err.count("\n") == 1


def test_an_ignore_comment_silences_and_is_counted(broken: Repo, prudent: Run) -> None:
    text = "def f():\n    return host_thing  # prudent: ignore[undefined-name] the host defines it\n"
    broken.commit({"b.py": text}, "Add b")
    code, out, _ = prudent("HEAD~1..HEAD", "--format", "json")
    verdict = verdict_of(out)
    assert (code, verdict["findings"], verdict["verdict"]) == (0, [], "comment")
    assert [(s["slug"], s["reason"]) for s in verdict["silenced"]] == [("undefined-name", "the host defines it")]


BAD_USAGE = [
    (["nowhere..HEAD"], "nowhere"),
    (["HEAD..HEAD"], ""),
    (["--staged", "--worktree"], "name one thing to review"),
    (["--checks", "nope", "HEAD~1..HEAD"], "no check is called 'nope'"),
    (["--format", "xml"], "xml"),
    (["--output=/nonexistent/folder/x", "HEAD~1..HEAD"], "cannot write"),
    (["--repo", "/nonexistent", "HEAD~1..HEAD"], "/nonexistent"),
    (["--upload-pack=x"], "upload-pack"),
    (["--sarif", "/nonexistent.sarif", "HEAD~1..HEAD"], "nonexistent.sarif"),
]


@pytest.mark.parametrize(("args", "says"), BAD_USAGE, ids=lambda v: v[0] if isinstance(v, list) else "")
def test_bad_input_is_one_line_and_exit_2(broken: Repo, prudent: Run, args: list[str], says: str) -> None:
    code, out, err = prudent(*args)
    assert (code, out) == (2, "")
    assert err.startswith("prudent: ")
    assert err.count("\n") == 1
    assert says in err


@pytest.mark.parametrize(
    ("args", "says"),
    [(["reviw"], "no such command: reviw; did you mean review?"), (["zzz"], "see prudent --help"), ([], "Usage")],
)
def test_a_command_that_does_not_exist(args: list[str], says: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert says in err


def test_help_and_version_are_no_errors(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--help"]) == 0
    assert "--staged" in capfd.readouterr().out
    assert main(["--version"]) == 0
    assert capfd.readouterr().out.startswith("prudent ")


def test_not_a_repository(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plain").mkdir()
    code = main(["review", "--repo", str(tmp_path / "plain")])
    err = capfd.readouterr().err
    assert (code, err.count("\n")) == (2, 1)
    assert "plain" in err


def test_a_patch_that_does_not_apply(broken: Repo, prudent: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.patch"
    path.write_text("--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n def g():\n-    return 7\n+    return 8\n")
    code, _, err = prudent(str(path))
    assert (code, err.count("\n")) == (2, 1)
    assert "a.py" in err


def test_a_binary_only_change_is_not_checked(repo: Repo, prudent: Run) -> None:
    repo.commit({"a.bin": bytes(range(256))}, "Begin")
    repo.commit({"a.bin": bytes(range(255, -1, -1))}, "Turn it round")
    code, out, _ = prudent("HEAD~1..HEAD", "--format", "json")
    verdict = verdict_of(out)
    assert (code, verdict["verdict"]) == (3, "not_checked")
    assert verdict["coverage"]["skipped"] == [{"path": "a.bin", "reason": "binary", "chosen": False}]


def test_huge_files_and_lines_are_said_and_the_rest_is_reviewed(broken: Repo, prudent: Run) -> None:
    files = {"huge.py": b"x = 1\n" * (50 * 2**20 // 6), "line.js": "var x = '" + "y" * 2**20 + "';\n", "b.py": BROKEN}
    broken.commit(files, "Add data")
    code, out, _ = prudent("HEAD~1..HEAD", "--format", "json")
    verdict = verdict_of(out)
    assert code == 1
    assert {f["path"] for f in verdict["findings"]} == {"b.py"}
    assert "huge.py" in {note["path"] for note in verdict["coverage"]["skipped"]}


def test_hostile_names_and_bytes(broken: Repo, prudent: Run) -> None:
    names = ["-rf.py", "new\nline.py", 'quo"te.py', "tab\t.py", "ünïcode.py", "a b/c d.py", "checks.py", "kb/git.py"]
    names += ["bot/__init__.py", "sitecustomize.py", "json.py", "click/__init__.py"]
    broken.commit(dict.fromkeys(names, BROKEN) | {"latin.py": b"# caf\xe9\nx = '\xff'\n"}, "Add names")
    raw = os.fsencode(broken.root) + b"/bad\xff.py"
    Path(os.fsdecode(raw)).write_bytes(BROKEN.encode())
    (broken.root / "loop").symlink_to("loop")
    broken.commit({}, "Add a name that is not text, and a loop")
    code, out, err = prudent("HEAD~2..HEAD", "--format", "json")
    verdict = verdict_of(out)
    assert (code, err) == (1, "")
    found = {f["path"] for f in verdict["findings"] if f["slug"] == "undefined-name"}
    partial = {note["path"] for note in verdict["coverage"]["partial"]}
    assert set(names) <= found, "no name keeps the graph from reading a file"
    assert {"new\nline.py", "tab\t.py"} <= partial, "some engines cannot be given such a name: that is said"
    assert {"path": "loop", "reason": "symbolic link", "chosen": False} in verdict["coverage"]["skipped"]
    for form in ("text", "sarif", "markdown"):
        assert prudent("HEAD~2..HEAD", "--format", form)[0] == 1


def test_a_repository_without_work_tree(broken: Repo, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken.git("clone", "-q", "--bare", str(broken.root), str(tmp_path / "bare.git"))
    assert main(["review", "--repo", str(tmp_path / "bare.git"), "main~1..main"]) == 1


def test_a_store_that_cannot_be_used_costs_a_line_not_the_verdict(
    broken: Repo, prudent: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store.db"
    store.write_bytes(b"this is not a database, and must be left as it is" * 100)
    before = store.read_bytes()
    monkeypatch.setenv("PRUDENT_STORE", f"sqlite:///{store}")
    code, out, err = prudent("HEAD~1..HEAD")
    assert code == 1
    assert "undefined-name" in out
    assert (err.startswith("prudent: "), err.count("\n")) == (True, 1)
    assert store.read_bytes() == before


def test_text_is_plain_where_it_is_not_a_terminal(broken: Repo, prudent: Run) -> None:
    code, out, err = prudent("HEAD~1..HEAD")
    assert (code, err) == (1, "")
    assert "\x1b" not in out
    assert "a.py:2" in out


def test_a_secret_is_never_printed(broken: Repo, prudent: Run, tmp_path: Path) -> None:
    payload = "R7tQ2mXw9LbK4vNc8YpZ3sHd6FgJ1a"
    secret = f"ghp_{payload}{base62_checksum(payload)}"
    broken.commit({"conf.py": f'TOKEN = "{secret}"\n'}, f"Use {secret}")
    for form in ("text", "json", "sarif", "markdown"):
        _, out, err = prudent("HEAD~1..HEAD", "--format", form)
        assert secret not in out + err
        assert "secret-added" in out
    kept = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and "repo" not in p.parts)
    assert secret.encode() not in kept


def interrupted(repo: Repo, signum: int, tmp_path: Path) -> subprocess.CompletedProcess[bytes]:
    """Review a change with an engine that never ends, and send a signal once it runs."""
    hang = tmp_path / "hang"
    hang.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\nsleep 60\n")
    hang.chmod(0o755)
    code = f"import tests.bot.hanging as h; h.run({str(hang)!r}, {str(repo.root)!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=ROOT
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signum)
    out, err = process.communicate(timeout=30)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_an_interrupt_is_clean_and_leaves_no_engine(broken: Repo, tmp_path: Path) -> None:
    done = interrupted(broken, signal.SIGINT, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"prudent: interrupted\n")
    deadline = time.monotonic() + 10  # a killed process is listed until its parent has taken note
    while str(tmp_path / "hang") in processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert str(tmp_path / "hang") not in processes()


def processes() -> str:
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
