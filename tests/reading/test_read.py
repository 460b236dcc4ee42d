"""What the reading process answers, asked as the worker asks it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.reading.model import Reading, Request, Unread
from bot.reading.read import read
from checks.settings_file import PATH as SETTINGS
from checks.verdict import CheckStatus, Overall, Verdict
from tests.kb.tokens import GITHUB
from tests.reading.changes import BROKEN, Pull

pytestmark = pytest.mark.asyncio


async def verdict_on(request: Request) -> Verdict:
    answer = await read(request, seconds=60, megabytes=4000)
    assert isinstance(answer, Reading), answer
    return answer.verdict


async def reason_for(request: Request) -> Unread:
    answer = await read(request, seconds=60, megabytes=4000)
    assert isinstance(answer, Unread), answer
    return answer


async def test_a_pull_request_is_read_like_a_range(tmp_path: Path) -> None:
    pull = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": BROKEN}, message="Add f")
    verdict = await verdict_on(pull.request())
    assert (verdict.repository, verdict.subject) == ("github.com/acme/widgets", "pull/12")
    assert (verdict.base, verdict.head) == (pull.target, pull.head)
    assert [(f.slug, f.path, f.line) for f in verdict.findings] == [("undefined-name", "b.py", 2)]
    assert verdict.findings[0].evidence
    assert (verdict.overall, verdict.coverage.reviewed) == (Overall.REQUEST_CHANGES, ("b.py",))
    assert not [run for run in verdict.checks if run.status in (CheckStatus.FAILED, CheckStatus.TIMED_OUT)]


async def test_the_merge_base_is_what_it_is_compared_with(tmp_path: Path) -> None:
    pull = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": "y = 1\n"})
    pull.repo.git("checkout", "-q", "main")
    request = replace(pull.request(), target=pull.repo.commit({"c.py": BROKEN}, "Go on"))
    pull.request()
    verdict = await verdict_on(request)
    assert (verdict.base, verdict.coverage.reviewed) == (pull.target, ("b.py",))


async def test_title_and_description_are_claims(tmp_path: Path) -> None:
    pull = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": "y = 1\n"}, message="Add y")
    said = await verdict_on(pull.request(title="Add tests for y", body="Adds docs for y."))
    claims = [finding.message.split(" says")[0] for finding in said.findings if finding.slug == "claim-without-code"]
    assert sorted(claims) == ["Pull request description", "Pull request title"]


async def test_the_settings_of_the_target_branch_apply(tmp_path: Path) -> None:
    """The pull request parted before undefined-name was switched off, and tries to switch everything off itself."""
    pull = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": BROKEN, SETTINGS: "[review]\nignore = ['**']\n"})
    pull.repo.git("checkout", "-q", "main")
    target = pull.repo.commit({SETTINGS: "[severity]\nundefined-name = 'info'\n"}, "Rule")
    verdict = await verdict_on(replace(pull.request(), target=target))
    assert [(finding.slug, finding.severity.value) for finding in verdict.findings] == [("undefined-name", "info")]
    assert any("the settings of the target branch applied" in note for note in verdict.notes)


async def test_broken_settings_on_the_target_branch_are_the_maintainers(tmp_path: Path) -> None:
    pull = Pull(tmp_path, {SETTINGS: "[review]\nignroe = []\n"}, {"b.py": BROKEN})
    answer = await reason_for(pull.request())
    assert not answer.ours
    assert "prudent.toml:2: review.ignroe" in answer.reason


async def test_broken_settings_in_the_pull_request_are_a_note(tmp_path: Path) -> None:
    pull = Pull(tmp_path, {"a.py": "x = 1\n"}, {SETTINGS: "[review]\nignroe = []\n"})
    verdict = await verdict_on(pull.request())
    assert any("the new settings cannot be used" in note for note in verdict.notes)


async def test_a_head_that_the_target_has_is_nothing_to_review_and_no_approval(tmp_path: Path) -> None:
    pull = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": "y = 1\n"})
    verdict = await verdict_on(replace(pull.request(), target=pull.head))
    assert (verdict.overall, verdict.findings, verdict.base) == (Overall.COMMENT, (), pull.head)
    assert verdict.one_liner.startswith("Nothing to review")


async def test_histories_that_never_met_are_the_repositorys(tmp_path: Path) -> None:
    pull = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": "y = 1\n"})
    pull.repo.git("checkout", "-q", "--orphan", "alien")
    head = pull.repo.commit({"c.py": "z = 1\n"}, "From elsewhere")
    answer = await reason_for(replace(pull.request(), head=head))
    assert not answer.ours
    assert "share no history" in answer.reason


@pytest.mark.parametrize("field", ["mirror", "head", "target"])
async def test_a_mirror_that_lacks_what_is_asked_for_is_ours(tmp_path: Path, field: str) -> None:
    request = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": "y = 1\n"}).request()
    wrong = str(tmp_path / "none") if field == "mirror" else "1" * 40
    answer = await reason_for(replace(request, **{field: wrong}))
    assert (answer.ours, answer.again) == (True, True)
    assert answer.reason.startswith("the mirror cannot be read: ")


async def test_a_damaged_mirror_is_never_a_clean_one(tmp_path: Path) -> None:
    request = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": "y = 1\n"}).request()
    objects = [path for path in (Path(request.mirror) / "objects").glob("??/*") if path.is_file()]
    assert len(objects) > 3
    for path in objects:
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:10])
    assert (await reason_for(request)).ours


async def test_a_secret_does_not_leave_the_process(tmp_path: Path) -> None:
    pull = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": f'TOKEN = "{GITHUB}"\n'}, message=f"Use {GITHUB}")
    verdict = await verdict_on(pull.request(title=f"Adds tests for {GITHUB}", body=f"Adds docs for `{GITHUB}`."))
    assert "secret-added" in [finding.slug for finding in verdict.findings]
    assert GITHUB not in repr(verdict)


async def test_a_path_that_is_no_text_crosses_as_escapes(tmp_path: Path) -> None:
    verdict = await verdict_on(Pull(tmp_path, {"a.py": "x = 1\n"}, {"caf\udce9.py": BROKEN}).request())
    named = [*verdict.coverage.reviewed, *(note.path for note in verdict.coverage.partial)]
    assert named == ["caf\\xe9.py"]


@pytest.mark.slow
async def test_a_repository_that_looks_like_us_is_not_imported(tmp_path: Path) -> None:
    evil = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    names = ["bot.py", "sitecustomize.py", "bot/__init__.py", "msgspec.py", "conftest.py", "setup.py", "ruff.py"]
    pull = Pull(tmp_path, {"a.py": "x = 1\n"}, dict.fromkeys(names, evil))
    await verdict_on(pull.request())
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
async def test_two_readings_at_once_share_one_cache_and_agree(tmp_path: Path) -> None:
    before = {f"pkg/m{n}.py": f"def f{n}(a):\n    return a\n" for n in range(150)}
    pull = Pull(
        tmp_path, before, {"pkg/m0.py": "def f0(a, b):\n    return a\n", "use.py": "import pkg.m0\npkg.m0.f0(1)\n"}
    )
    request = pull.request()
    verdicts = await asyncio.gather(*(verdict_on(request) for _ in range(3)))
    first = verdicts[0]
    assert [finding.slug for finding in first.findings] == ["call-does-not-fit-signature"]
    for verdict in verdicts:
        assert [finding.fingerprint for finding in verdict.findings] == [f.fingerprint for f in first.findings]
        assert {run.status for run in verdict.checks} <= {CheckStatus.OK, CheckStatus.SKIPPED}


async def test_without_a_cache_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    request = replace(Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": BROKEN}).request(), cache="")
    assert (await verdict_on(request)).findings
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not (tmp_path / "cache").exists()


async def test_a_damaged_memory_is_a_note_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "memory").write_bytes(b"no memory")
    pull = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": BROKEN})
    verdict = await verdict_on(replace(pull.request(), recollection=str(tmp_path / "memory")))
    assert verdict.findings
    assert any("memory takes no part" in note for note in verdict.notes)
    assert str(tmp_path) not in repr(verdict.notes)
