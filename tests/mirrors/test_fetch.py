"""What a fetch brings, and what it says when it brings nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.events import Repo as Named
from bot.mirrors import Mirrors, NotFetched, Why, compare, text_at
from kb.errors import NoCommonAncestor, UserError
from tests.mirrors.projects import Project, fetched, refused
from tests.mirrors.served import TOKEN, Served, serving

pytestmark = pytest.mark.asyncio


async def test_a_head_comes_with_the_target_and_all_their_history(project: Project, mirrors: Mirrors) -> None:
    head = project.pull(1, {"b.py": "x = 1\n"})
    project.work.git("checkout", "-q", "main")
    target = project.work.commit({"c.py": "y = 2\n"}, "Go on")
    project.point("refs/heads/main", target)
    found = await fetched(mirrors, project, 1, head)
    assert (found.head, found.target, found.path) == (head, target, mirrors.path_of(project.named))
    compared = compare(found.path, found.target, found.head)
    assert (compared.base, [file.path for file in compared.files]) == (project.base, ["b.py"])


async def test_a_head_that_only_a_fork_has_comes_by_the_pull_requests_own_ref(
    project: Project, mirrors: Mirrors
) -> None:
    head = project.pull(5, {"fork.py": "x = 1\n"})
    assert project.bare.git("for-each-ref", "--contains", head, "--format=%(refname)") == "refs/pull/5/head"
    found = await fetched(mirrors, project, 5, head)
    assert text_at(found.path, head, "fork.py") == b"x = 1\n"


async def test_a_head_stays_when_its_fork_and_then_its_ref_are_gone(project: Project, mirrors: Mirrors) -> None:
    head = project.pull(5, {"fork.py": "x = 1\n"})
    found = await fetched(mirrors, project, 5, head)
    project.bare.git("update-ref", "-d", "refs/pull/5/head")
    assert (await refused(mirrors, project, 5, head)).kind is Why.GONE
    assert [file.path for file in compare(found.path, found.target, head).files] == ["fork.py"]


async def test_the_head_asked_for_comes_though_the_pull_request_moved_on(project: Project, mirrors: Mirrors) -> None:
    old = project.pull(1, {"b.py": "x = 1\n"})
    new = project.pull(1, {"b.py": "x = 2\n"})
    assert (await fetched(mirrors, project, 1, old)).head == old
    assert (await fetched(mirrors, project, 1, new)).head == new
    assert text_at(mirrors.path_of(project.named), old, "b.py") == b"x = 1\n"


async def test_a_head_that_the_server_threw_away_is_gone(project: Project, mirrors: Mirrors) -> None:
    old = project.pull(1, {"b.py": "x = 1\n"})
    new = project.pull(1, {"b.py": "x = 2\n"})
    project.bare.git("prune", "--expire=now")
    assert (await refused(mirrors, project, 1, old)).kind is Why.GONE
    assert (await fetched(mirrors, project, 1, new)).head == new


async def test_a_head_that_was_fetched_survives_its_force_push(project: Project, mirrors: Mirrors) -> None:
    old = project.pull(1, {"b.py": "x = 1\n"})
    await fetched(mirrors, project, 1, old)
    new = project.pull(1, {"b.py": "x = 2\n"})
    project.bare.git("prune", "--expire=now")
    await fetched(mirrors, project, 1, new)
    found = await fetched(mirrors, project, 1, old)
    assert [file.path for file in compare(found.path, found.target, old).files] == ["b.py"]


async def test_a_pull_request_of_four_hundred_files_is_whole(project: Project, mirrors: Mirrors) -> None:
    head = project.pull(1, {f"d{n % 7}/f{n}.py": f"x = {n}\n" for n in range(400)})
    found = await fetched(mirrors, project, 1, head)
    assert len(compare(found.path, found.target, found.head).files) == 400


async def test_a_base_without_any_file_is_a_base(project: Project, mirrors: Mirrors) -> None:
    project.work.git("checkout", "-q", "--orphan", "bare")
    project.work.git("rm", "-q", "-rf", ".")
    empty = project.work.commit({}, "Nothing yet")
    project.point("refs/heads/bare", empty)
    head = project.pull(1, {"first.py": "x = 1\n"}, on="bare")
    found = await fetched(mirrors, project, 1, head, "bare")
    assert [file.path for file in compare(found.path, found.target, head).files] == ["first.py"]


async def test_a_head_without_common_history_comes_and_cannot_be_compared(project: Project, mirrors: Mirrors) -> None:
    project.work.git("checkout", "-q", "--orphan", "alien")
    head = project.work.commit({"alien.py": "x = 1\n"}, "From elsewhere")
    project.point("refs/pull/1/head", head)
    found = await fetched(mirrors, project, 1, head)
    with pytest.raises(NoCommonAncestor):
        compare(found.path, found.target, found.head)


async def test_a_head_that_the_target_has_already_changes_nothing(project: Project, mirrors: Mirrors) -> None:
    project.point("refs/pull/1/head", project.base)
    found = await fetched(mirrors, project, 1, project.base)
    compared = compare(found.path, found.target, found.head)
    assert (compared.base, compared.files) == (project.base, ())


async def test_a_huge_file_comes_and_is_not_diffed(project: Project, mirrors: Mirrors) -> None:
    head = project.pull(1, {"huge.txt": b"line\n" * 1_200_000, "b.py": "x = 1\n"})
    found = await fetched(mirrors, project, 1, head)
    files = {file.path: file for file in compare(found.path, found.target, head).files}
    assert (files["huge.txt"].unread, files["b.py"].unread) == ("larger than 5 MB", "")
    assert text_at(found.path, head, "huge.txt") is None


async def test_a_repository_larger_than_all_the_room_is_ended_and_leaves_nothing(
    project: Project, served: Served, tmp_path: Path
) -> None:
    head = project.pull(1, {"noise.bin": random.Random(1).randbytes(3_000_000)})
    small = Mirrors(tmp_path / "small", git_url=served.url, limit_gb=0.001)
    answer = await refused(small, project, 1, head)
    assert (answer.kind, answer.reason) == (Why.DISK, "it is larger than 0.001 GB")
    assert not small.path_of(project.named).exists()


async def test_what_is_not_there_is_gone(project: Project, mirrors: Mirrors) -> None:
    head = project.pull(1, {"b.py": "x = 1\n"})
    assert "pull request" in (await refused(mirrors, project, 2, head)).reason
    assert "branch" in (await refused(mirrors, project, 1, head, "develop")).reason
    assert "commit" in (await refused(mirrors, project, 1, "1" * 40)).reason
    elsewhere = await mirrors.fetch(Named(3, 8, "acme", "nothing"), 1, head, "main", TOKEN)
    assert elsewhere == NotFetched("the repository is not there", Why.GONE)
    assert list(mirrors.path_of(project.named).parent.glob("3-*")) == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Why.DENIED),
        (403, Why.DENIED),
        (404, Why.GONE),
        (410, Why.GONE),
        (451, Why.GONE),
        (429, Why.UNREACHABLE),
        (500, Why.UNREACHABLE),
        (502, Why.UNREACHABLE),
    ],
)
async def test_each_status_has_its_meaning(
    project: Project, mirrors: Mirrors, served: Served, status: int, kind: Why
) -> None:
    head = project.pull(1, {"b.py": "x = 1\n"})
    await fetched(mirrors, project, 1, head)
    served.status = status
    assert (await refused(mirrors, project, 1, head)).kind is kind
    served.status = 0
    assert len(list((mirrors.path_of(project.named) / "objects/pack").glob("*.pack"))) == 1, "the mirror was kept"


async def test_a_wrong_token_is_denied(project: Project, mirrors: Mirrors) -> None:
    head = project.pull(1, {"b.py": "x = 1\n"})
    answer = await refused(mirrors, project, 1, head, token="ghs_" + "0" * 36)
    assert answer == NotFetched("the token is refused", Why.DENIED)


async def test_a_redirect_is_not_followed_and_carries_no_token(
    project: Project, mirrors: Mirrors, served: Served, tmp_path: Path
) -> None:
    head = project.pull(1, {"b.py": "x = 1\n"})
    with serving(tmp_path / "thief") as thief:
        served.status, served.location = 301, f"{thief.url}/acme/widgets.git/info/refs?service=git-upload-pack"
        assert (await refused(mirrors, project, 1, head)).kind is Why.GONE
        assert thief.seen == []


async def test_nobody_at_the_address_is_unreachable(project: Project, tmp_path: Path) -> None:
    nowhere = Mirrors(tmp_path / "m", git_url="http://127.0.0.1:9", limit_gb=1.0)
    assert (await refused(nowhere, project, 1, project.base)).kind is Why.UNREACHABLE


async def test_a_connection_that_ends_inside_a_pack_is_unreachable(
    project: Project, mirrors: Mirrors, served: Served
) -> None:
    head = project.pull(1, {"noise.bin": random.Random(1).randbytes(200_000)})
    served.cut = 50_000
    assert (await refused(mirrors, project, 1, head)).kind is Why.UNREACHABLE
    served.cut = 0
    assert (await fetched(mirrors, project, 1, head)).head == head


@pytest.mark.parametrize(
    "url", ["http://example.com", "file:///tmp", "ssh://example.com", "https://u:p@example.com", ""]
)
async def test_only_https_and_this_machine_are_spoken_to(url: str, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        Mirrors(tmp_path, git_url=url, limit_gb=1.0)


@pytest.mark.parametrize(
    "name", ["a$(touch${IFS}x)", "-x", "--upload-pack=touch", "a;b", "'\"", "a/b/c", "ümläut", "@a"]
)
async def test_a_branch_of_an_odd_name_is_only_a_name(
    project: Project, mirrors: Mirrors, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    project.point(f"refs/heads/{name}", project.base)
    head = project.pull(1, {"b.py": "x = 1\n"})
    assert (await fetched(mirrors, project, 1, head, name)).target == project.base
    assert not (tmp_path / "x").exists()


async def test_a_branch_may_become_a_folder_of_branches(project: Project, mirrors: Mirrors) -> None:
    head = project.pull(1, {"b.py": "x = 1\n"})
    project.point("refs/heads/a", project.base)
    await fetched(mirrors, project, 1, head, "a")
    project.bare.git("update-ref", "-d", "refs/heads/a")
    project.point("refs/heads/a/b", project.base)
    assert (await fetched(mirrors, project, 1, head, "a/b")).target == project.base


@pytest.mark.parametrize(
    "name", ["", "a:b", "a*", "+a", "a b", "a..b", "../x", "a.lock", "/a", "a\nb", "a\udc80", "^a"]
)
async def test_what_is_no_branch_is_not_asked_for(
    project: Project, mirrors: Mirrors, served: Served, name: str
) -> None:
    served.seen.clear()
    answer = await mirrors.fetch(project.named, 1, project.base, name, TOKEN)
    assert isinstance(answer, NotFetched)
    assert answer.kind is Why.GONE
    assert served.seen == [] or name == "+a"


@pytest.mark.parametrize("owner", ["../..", "a/b", "", "a b", "-c x", "a?b"])
async def test_what_is_no_repository_is_not_asked_for(mirrors: Mirrors, served: Served, owner: str) -> None:
    answer = await mirrors.fetch(Named(3, 8, owner, "widgets"), 1, "1" * 40, "main", TOKEN)
    assert isinstance(answer, NotFetched)
    assert served.seen == []
