"""Pages, ETags, rate limits, faults, and what is remembered of requests."""

from __future__ import annotations

import httpx
import pytest

from tests.world.server import Dropped, application
from tests.world.world import World
from tests.world_selftest.asking import LINES, Asker, installed, opened, signed

R = "/repos/acme/widgets"


def test_lists_come_in_pages_with_links(world: World) -> None:
    repo, pull = opened(world)
    for number in range(5):
        pull.comment(world.person("bob"), f"comment {number}")
    asker = installed(world, repo)
    seen, path = [], f"{R}/issues/1/comments?per_page=2"
    while path:
        answer = asker.get(path)
        seen.append([each["body"][-1] for each in answer.json()])
        path = answer.links.get("next", {}).get("url", "").removeprefix(world.url)
    assert seen == [["0", "1"], ["2", "3"], ["4"]]
    middle = asker.get(f"{R}/issues/1/comments?per_page=2&page=2").links
    assert set(middle) == {"first", "prev", "next", "last"}
    assert set(asker.get(f"{R}/issues/1/comments?per_page=2").links) == {"next", "last"}
    assert set(asker.get(f"{R}/issues/1/comments?per_page=2&page=3").links) == {"first", "prev"}
    assert asker.get(f"{R}/issues/1/comments").links == {}


def test_a_page_has_at_most_a_hundred(world: World) -> None:
    repo, _ = opened(world, {f"{n}.py": "x\n" for n in range(130)})
    asker = installed(world, repo)
    sizes = [
        len(asker.get(f"{R}/pulls/1/files?{query}").json()) for query in ("", "per_page=100", "per_page=100&page=2")
    ]
    assert sizes == [30, 100, 30]


def test_comments_since_a_moment(world: World) -> None:
    repo, pull = opened(world)
    old = pull.comment(world.person("bob"), "old")
    world.clock.advance(60)
    since = world.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    pull.comment(world.person("bob"), "new")
    asker = installed(world, repo)
    assert [c["body"] for c in asker.get(f"{R}/issues/1/comments?since={since}").json()] == ["new"]
    pull.edit(old, world.person("bob"), "edited")
    assert [c["body"] for c in asker.get(f"{R}/issues/1/comments?since={since}").json()] == ["edited", "new"]


def test_what_has_not_changed_costs_nothing(world: World) -> None:
    repo, pull = opened(world)
    asker = installed(world, repo)
    first = asker.get(f"{R}/pulls/1")
    again = asker.get(f"{R}/pulls/1", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"]
    pull.push({"b.py": "x\n"})
    assert asker.get(f"{R}/pulls/1", headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_an_hours_requests_can_be_used_up(world: World) -> None:
    repo, _ = opened(world)
    world.limits.primary = 3
    asker = installed(world, repo)
    answers = [asker.get(R) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 403]
    assert [a.headers["x-ratelimit-remaining"] for a in answers] == ["2", "1", "0", "0"]
    reset = int(answers[-1].headers["x-ratelimit-reset"])
    assert 0 < reset - world.clock.now().timestamp() <= 3600
    world.clock.advance(3601)
    assert Asker(world, signed(world)).get("/app").status_code == 200
    world.limits.exhaust(30)
    assert Asker(world, signed(world)).get("/app").status_code == 403
    world.clock.advance(31)
    assert Asker(world, signed(world)).get("/app").status_code == 200


@pytest.mark.parametrize("after", [None, 7])
def test_the_secondary_limit_is_said_with_and_without_a_wait(world: World, after: int | None) -> None:
    repo, _ = opened(world)
    asker = installed(world, repo)
    world.limits.slow_down(status=429, retry_after=after)
    answer = asker.get(R)
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, str(after) if after else None)
    assert "secondary rate limit" in answer.json()["message"]
    assert "x-ratelimit-remaining" not in answer.headers
    assert asker.get(R).status_code == 200


def test_graphql_says_with_status_200_that_the_hour_is_used_up(world: World) -> None:
    repo, _ = opened(world)
    asker = installed(world, repo)
    world.limits.exhaust(60)
    answer = asker.post("/graphql", query="query { viewer { login } }")
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (200, "0")
    assert answer.json()["errors"][0]["type"] == "RATE_LIMITED"


def test_eighty_contents_a_minute(world: World) -> None:
    repo, pull = opened(world)
    world.limits.keeps_secondary = True
    asker = installed(world, repo)
    codes = [asker.post(f"{R}/issues/1/comments", body="x").status_code for _ in range(81)]
    assert codes == [201] * 80 + [403]
    world.clock.advance(61)
    assert asker.post(f"{R}/issues/1/comments", body="x").status_code == 201
    pull.unread()


def test_a_fault_can_refuse_lose_or_cut(world: World) -> None:
    repo, pull = opened(world)
    asker = installed(world, repo)
    comments = f"{R}/issues/1/comments"
    world.faults.add("POST", "/comments$", status=502)
    assert asker.post(comments, body="never made").status_code == 502
    world.faults.add("POST", "/comments$", status=502, after=True)
    assert asker.post(comments, body="made, and nobody told").status_code == 502
    world.faults.add("POST", "/comments$", drop=True, after=True)
    with pytest.raises(httpx.RemoteProtocolError):
        asker.post(comments, body="made too")
    world.faults.add("GET", "/pulls/1$", truncate=20, skip=1)
    assert [len(asker.get(f"{R}/pulls/1").content) == 20 for _ in range(3)] == [False, True, False]
    killed: list[str] = []
    world.faults.add("GET", "/pulls/1$", delay=0.05, then=lambda: killed.append("now"))
    assert asker.get(f"{R}/pulls/1").status_code == 200
    assert killed == ["now"]
    assert [post.text for post in pull.unread()] == ["made, and nobody told", "made too"]
    posted = world.asked("POST", comments)
    assert [each.status for each in posted] == [502, 502, 0]
    assert posted[0].body == {"body": "never made"}


def test_faults_are_met_in_order_and_end(world: World) -> None:
    repo, _ = opened(world)
    asker = installed(world, repo)
    world.faults.add("*", R, status=500, times=2)
    assert [asker.get(R).status_code for _ in range(3)] == [500, 500, 200]
    world.faults.add("*", R, status=500, times=99)
    world.faults.clear()
    assert asker.get(R).status_code == 200


def test_a_request_that_a_fault_answers_is_held_to_the_contract_too(world: World) -> None:
    repo, _ = opened(world)
    world.faults.add("POST", "/comments$", status=502)
    assert installed(world, repo).post(f"{R}/issues/1/comments", boddy="x").status_code == 502
    assert "boddy" in " ".join(world.violations)
    world.violations.clear()


@pytest.mark.asyncio
async def test_the_fake_can_be_asked_without_a_socket(world: World) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application(world)), base_url=world.url) as client:
        headers = {"authorization": f"Bearer {signed(world)}"}
        assert (await client.get("/app", headers=headers)).json()["slug"] == "prudent"
        world.faults.add("GET", "/app$", drop=True)
        with pytest.raises(Dropped):
            await client.get("/app", headers=headers)


def test_an_unknown_operation_is_no_operation_of_githubs(world: World) -> None:
    repo, _ = opened(world)
    assert installed(world, repo).get(f"{R}/nonsense").status_code == 404
    assert "no such operation" in world.violations.pop()


def test_a_diff_past_the_limits_is_refused_whole_but_listed_by_file(world: World) -> None:
    repo, _ = opened(world, {f"{n:03}.py": "x\n" for n in range(301)})
    asker = installed(world, repo)
    accept = {"accept": "application/vnd.github.diff"}
    answer = asker.get(f"{R}/pulls/1", headers=accept)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (406, "too_large")
    assert len(asker.get(f"{R}/pulls/1/files?per_page=100&page=4").json()) == 1
    repo.open_pull(world.person("ada"), {"a.py": LINES + "more\n"})
    assert "+more" in asker.get(f"{R}/pulls/2", headers=accept).text


def test_patches_are_left_out_of_large_and_binary_files_and_renames(world: World) -> None:
    many, binary = "".join(f"{n}\n" for n in range(3_100)), bytes(range(256))
    repo = world.repository("acme/widgets", {"a.py": LINES})
    repo.open_pull(world.person("ada"), {"big.txt": many, "b.bin": binary, "c.py": "x\n"}, renames={"a.py": "z.py"})
    files = {each["filename"]: each for each in installed(world, repo).get(f"{R}/pulls/1/files").json()}
    assert {name: "patch" in each for name, each in files.items()} == {
        "big.txt": False,
        "b.bin": False,
        "c.py": True,
        "z.py": False,
    }
    assert (files["z.py"]["status"], files["z.py"]["previous_filename"]) == ("renamed", "a.py")
    assert files["big.txt"]["additions"] == 3_100
    assert files["c.py"]["patch"] == "@@ -0,0 +1 @@\n+x"


def test_contents_history_and_compare(world: World) -> None:
    repo, pull = opened(world)
    asker = installed(world, repo)
    raw = asker.get(f"{R}/contents/a.py?ref={pull.head}", headers={"accept": "application/vnd.github.raw+json"})
    assert raw.text.count("new 20") == 1
    assert asker.get(f"{R}/contents/a.py").json()["encoding"] == "base64"
    assert asker.get(f"{R}/contents/none.py").status_code == 404
    repo.commit({"b.py": "x\n"})
    told = asker.get(f"{R}/compare/main...{pull.head}").json()
    assert (told["status"], told["ahead_by"], told["behind_by"]) == ("diverged", 1, 1)
    assert [each["filename"] for each in told["files"]] == ["a.py"]
    assert [each["sha"] for each in asker.get(f"{R}/pulls/1/commits").json()] == [pull.head]
    assert [each["number"] for each in asker.get(f"{R}/commits/{pull.head}/pulls").json()] == [1]
