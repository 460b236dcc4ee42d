"""`prudent fix` from its arguments to the files on disk, on real repositories."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import main
from tests.repos import Repo

BAD_A = "def f(a):\n    if a is 3:\n        return 1\n    return 2\n"
BAD_B = "def g():\n    raise NotImplemented\n"
GOOD_A, GOOD_B = BAD_A.replace("is 3", "== 3"), BAD_B.replace("Implemented", "ImplementedError")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache that these tests share: what engines say of equal files is asked once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def bad(repo: Repo, kept: Path, own_folders: None, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Return a repository whose working tree has a mistake in each of two files, each with a fix that ruff knows."""
    monkeypatch.setenv("PRUDENT_CACHE", str(kept))
    repo.commit({"a.py": "def f(a):\n    return 2\n", "b.py": "def g():\n    pass\n"}, "Begin")
    repo.write({"a.py": BAD_A, "b.py": BAD_B})
    return repo


@pytest.fixture
def fix(bad: Repo, capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*args: str) -> tuple[int, str, str]:
        code = main(["fix", "--repo", str(bad.root), *args])
        out, err = capfd.readouterr()
        return code, out, err

    return run


def files(repo: Repo) -> tuple[str, str]:
    return (repo.root / "a.py").read_text("utf-8"), (repo.root / "b.py").read_text("utf-8")


def said(out: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(out)
    assert answer["schema"] == "prudent.fix/1"
    return answer


def test_a_patch_is_shown_with_its_proof_and_nothing_is_written(bad: Repo, fix: Run) -> None:
    code, out, err = fix("a.py:2")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "a.py:2",
        f"  warn  is-with-literal  {out.splitlines()[1].split()[-1]}",
        "  Use `==` to compare constant literals",
        "    @@ -1,4 +1,4 @@",
        "     def f(a):",
        "    -    if a is 3:",
        "    +    if a == 3:",
        "             return 1",
        "         return 2",
        "  proven (ruff): applies, only its range, parses, finding gone, none new",
        "  risk: the check's own fix",
        "",
        "nothing was changed; --apply writes a.py",
    ]
    assert files(bad) == (BAD_A, BAD_B)


def test_a_finding_of_a_review_is_fixed_by_the_first_digits_of_its_fingerprint(
    bad: Repo, fix: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    main(["review", "--repo", str(bad.root), "--worktree", "--format", "json", "--no-model"])
    verdict = json.loads(capfd.readouterr().out)
    by_slug = {one["slug"]: one["fingerprint"] for one in verdict["findings"]}
    code, out, _ = fix(by_slug["is-with-literal"][:7], "--apply", "--format", "json")
    answer = said(out)
    assert (code, answer["applied"], answer["transaction"]) == (0, True, 1)
    assert [one["fingerprint"] for one in answer["fixes"]] == [by_slug["is-with-literal"]]
    assert files(bad) == (GOOD_A, BAD_B)
    code, _, err = fix(by_slug["is-with-literal"])
    assert code == 2
    assert "mended, or never there" in err


def test_a_finding_of_a_committed_change_is_found_from_where_the_review_began(
    bad: Repo, fix: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    """HEAD is the default branch itself: without the store nobody would know what to compare with."""
    bad.commit(message="Break")
    main(["review", "--repo", str(bad.root), "HEAD~1..HEAD", "--format", "json", "--no-model"])
    verdict = json.loads(capfd.readouterr().out)
    fingerprint = next(one["fingerprint"] for one in verdict["findings"] if one["path"] == "b.py")
    assert fix("--all")[1] == "nothing was found that could be mended\n"
    code, _, _ = fix(fingerprint, "--apply")
    assert code == 0
    assert files(bad) == (BAD_A, GOOD_B)


def test_all_is_one_transaction_over_several_files(bad: Repo, fix: Run) -> None:
    code, out, _ = fix("--all", "--apply")
    assert code == 0
    assert out.splitlines()[-1] == "written: a.py, b.py; prudent fix --undo takes it back"
    assert files(bad) == (GOOD_A, GOOD_B)
    code, out, _ = fix("--undo")
    assert (code, out) == (0, "as before: a.py, b.py\n")
    assert files(bad) == (BAD_A, BAD_B)
    code, _, err = fix("--undo")
    assert (code, err) == (2, "prudent: there is nothing to undo in this working tree\n")


def test_the_diff_in_json_is_one_that_git_applies(bad: Repo, fix: Run) -> None:
    (bad.root / "a.py").write_text(BAD_A.rstrip("\n"), "utf-8")
    _, out, _ = fix("--all", "--format", "json")
    for one in said(out)["fixes"]:
        subprocess.run(["git", "apply", "-"], input=one["diff"].encode(), cwd=bad.root, check=True)
    assert files(bad) == (GOOD_A.rstrip("\n"), GOOD_B)


def test_undo_in_json(bad: Repo, fix: Run) -> None:
    fix("--all", "--apply")
    code, out, _ = fix("--undo", "--format", "json")
    assert (code, said(out)) == (0, {"schema": "prudent.fix/1", "undone": 1, "paths": ["a.py", "b.py"]})


def test_undo_refuses_where_a_file_was_edited_since(bad: Repo, fix: Run) -> None:
    fix("--all", "--apply")
    (bad.root / "b.py").write_text("mine\n", "utf-8")
    assert fix("--undo") == (2, "", "prudent: b.py was edited since: nothing was undone\n")
    assert files(bad) == (GOOD_A, "mine\n")


def test_the_users_tests_are_part_of_the_proof(bad: Repo, fix: Run) -> None:
    code, out, _ = fix("a.py:2", "--run-tests", "test -e a.py", "--format", "json")
    assert (code, said(out)["fixes"][0]["proof"]["tests"]) == (0, True)
    code, out, _ = fix("a.py:2", "--run-tests", "grep -q 'is 3' a.py", "--format", "json")
    assert (code, said(out)["fixes"]) == (1, [])
    code, _, err = fix("a.py:2", "--run-tests", "false")
    assert code == 2
    assert err == "prudent: --run-tests fails without any patch, so it can prove none: sh stopped with exit code 1\n"


def test_what_no_check_can_mend_is_said(bad: Repo, fix: Run) -> None:
    bad.write({"a.py": "def f(a):\n    return undefined_thing\n"})
    code, out, _ = fix("a.py:2", "--format", "json")
    answer = said(out)
    assert (code, answer["fixes"], answer["applied"]) == (1, [], False)
    (left,) = answer["left"]
    assert (left["slug"], left["path"], left["line"]) == ("undefined-name", "a.py", 2)
    assert left["why"] == "models are switched off by PRUDENT_MODEL"
    code, out, _ = fix("a.py:2", "--apply")
    assert code == 1
    assert out.splitlines()[-1] == "nothing was changed"


def test_a_place_without_a_model_has_no_patch(bad: Repo, fix: Run) -> None:
    code, out, _ = fix("a.py:1")
    assert code == 1
    assert "no patch: models are switched off by PRUDENT_MODEL" in out


def test_a_file_with_other_line_ends_on_disk_keeps_them(bad: Repo, fix: Run) -> None:
    bad.write({".gitattributes": "*.py text eol=crlf\n", "a.py": BAD_A.replace("\n", "\r\n")})
    assert fix("a.py:2", "--apply")[0] == 0
    assert (bad.root / "a.py").read_bytes() == GOOD_A.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "name one thing: a finding, PATH:LINE, --all, or --undo"),
        (["a.py:1", "--all"], "name one thing: a finding, PATH:LINE, --all, or --undo"),
        (["--undo", "--apply"], "--undo stands alone"),
        (["a.py"], "a.py is neither PATH:LINE nor the first four or more digits of a finding's fingerprint"),
        (["../x.py:1"], "../x.py lies outside the repository"),
        (["none.py:1"], "none.py is no file of the working tree that git would track"),
        (["a.py:99"], "a.py has no line 99"),
        (["abcdef"], "there is no finding abcdef in the working tree as it is: mended, or never there"),
        (["a.py:1", "--instruction", "x" * 501], "an instruction has at most 500 characters"),
        (["a.py:2", "--model", "no-such-model"], "no-such-model"),
    ],
)
def test_bad_input_is_one_line(fix: Run, arguments: list[str], why: str) -> None:
    code, out, err = fix(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("prudent: ")
    assert why in err
    assert err.count("\n") == 1


def test_a_bare_repository_is_never_written_to(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bare = Repo(tmp_path / "bare", bare=True)
    assert main(["fix", "--repo", str(bare.root), "--all"]) == 2
    assert "a bare repository is never written to" in capfd.readouterr().err


def test_a_clean_working_tree_has_nothing_to_mend(repo: Repo, capfd: pytest.CaptureFixture[str]) -> None:
    repo.commit({"a.py": "x = 1\n"})
    assert main(["fix", "--repo", str(repo.root), "--all", "--apply"]) == 0
    assert capfd.readouterr().out == "nothing was found that could be mended\n"


def test_a_symbolic_link_is_not_written_to(bad: Repo, fix: Run, tmp_path: Path) -> None:
    """The folder is replaced by a link between the proof and the writing: what lies behind it stays as it is."""
    from bot.fixing.journal import folder_of
    from bot.fixing.transaction import Rewrite, apply
    from kb.errors import UserError

    outside = tmp_path / "a.py"
    outside.write_text(BAD_A, "utf-8")
    (bad.root / "a.py").unlink()
    (bad.root / "a.py").symlink_to(outside)
    with pytest.raises(UserError, match="symbolic link"):
        apply(bad.root, [Rewrite("a.py", BAD_A.encode(), GOOD_A.encode())], folder_of(tmp_path / "d", bad.root))
    assert outside.read_text("utf-8") == BAD_A


def test_a_secret_beside_a_patch_is_not_printed(bad: Repo, fix: Run) -> None:
    from kb.secret_formats import base62_checksum

    body = "A" * 30
    secret = f"ghp_{body}{base62_checksum(body)}"
    bad.write({"a.py": f"TOKEN = '{secret}'\n" + BAD_A})
    for form in ("text", "json"):
        code, out, _ = fix("a.py:3", "--format", form)
        assert code == 0
        assert "a == 3" in out
        assert secret not in out


@pytest.mark.slow
def test_a_misspelt_name_is_mended_with_the_real_model_and_taken_back(bad: Repo, fix: Run, smollm2_path: Path) -> None:
    sums = "def total(values):\n    return sum(values)\n\n\ndef mean(values):\n    return {}(values) / len(values)\n"
    bad.write({"a.py": sums.format("totl")})
    answers = [fix("a.py:6", "--model", str(smollm2_path), "--format", "json") for _ in range(2)]
    (one,), (other,) = (said(out)["fixes"] for _, out, _ in answers)
    for fixed in (one, other):
        fixed["provenance"]["ms"] = 0
    assert one == other, "equal inputs and seed give an equal patch and record"
    assert one["replacement"] == "    return total(values) / len(values)\n"
    assert one["risk"] <= 0.2
    assert one["provenance"]["model"] == "SmolLM2-135M-Instruct"
    assert fix("--all", "--apply", "--model", str(smollm2_path))[0] == 0
    assert files(bad) == (sums.format("total"), GOOD_B)
    assert fix("--undo")[0] == 0
    assert files(bad) == (sums.format("totl"), BAD_B)
