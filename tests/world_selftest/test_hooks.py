"""Webhooks: what is sent when, signed, once, and again when asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.world.hooks import signature
from tests.world.world import World
from tests.world_selftest.asking import Asker, changed, opened, signed


@dataclass
class Listener:
    """An App that only notes what it was sent; answers with `status`."""

    url: str = ""
    status: int = 202
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def listener(world: World) -> Iterator[Listener]:
    made = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    world.app.webhook_url = made.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks/github"
    yield made
    world.hooks.close()
    server.shutdown()
    server.server_close()
    thread.join(5)


def events(listener: Listener) -> list[str]:
    return [headers["x-github-event"] for headers, _ in listener.got]


def test_each_delivery_is_signed_named_and_in_order(world: World, listener: Listener) -> None:
    _, pull = opened(world)
    pull.push({"b.py": "x\n"})
    pull.comment(world.person("bob"), "/prudent help")
    world.hooks.wait()
    names = [name for name in events(listener) if name not in ("push", "check_suite")]
    assert names == ["installation", "pull_request", "pull_request", "issue_comment"]
    assert len({headers["x-github-delivery"] for headers, _ in listener.got}) == len(listener.got)
    for headers, body in listener.got:
        assert headers["x-hub-signature-256"] == signature(world.app.webhook_secret, body)
        assert headers["user-agent"].startswith("GitHub-Hookshot/")
    assert all(delivery.is_ok for delivery in world.hooks.deliveries)


def test_synchronize_says_from_where_to_where(world: World) -> None:
    _, pull = opened(world)
    before = pull.head
    pull.amend({"a.py": changed(20, 21)})
    told = world.hooks.last("pull_request", "synchronize").payload
    assert (told["before"], told["after"]) == (before, pull.head)
    assert world.hooks.last("push").payload["forced"]


def test_an_organisations_repository_names_it(world: World) -> None:
    world.organization("acme")
    _, pull = opened(world)
    pull.comment(world.person("bob"), "hi")
    assert world.hooks.last("issue_comment").payload["organization"]["login"] == "acme"
    assert world.hooks.last("installation").payload["sender"]["login"] == "ghost"


def test_what_is_edited_and_deleted_is_told(world: World) -> None:
    _, pull = opened(world)
    bob = world.person("bob")
    remark, thread = pull.comment(bob, "one"), pull.remark_on(bob, "a.py", 20, "two")
    whole = pull.remark_on(bob, "a.py", None, "about the file")
    assert (whole.is_file, whole.line) == (True, None)
    pull.edit(remark, bob, "uno")
    assert world.hooks.last("issue_comment", "edited").payload["changes"] == {"body": {"from": "one"}}
    pull.edit(thread.notes[0], bob, "due")
    assert world.hooks.last("pull_request_review_comment", "edited").payload["comment"]["body"] == "due"
    pull.delete(remark, bob)
    pull.delete(thread.notes[0], bob)
    assert world.hooks.last("issue_comment", "deleted").payload["comment"]["id"] == remark.id
    assert (pull.remarks, pull.threads) == ([], [whole])


def test_held_deliveries_go_late_twice_and_in_any_order(world: World, listener: Listener) -> None:
    _, pull = opened(world)
    world.hooks.wait()
    world.hooks.hold()
    listener.got.clear()
    pull.push({"b.py": "x\n"})
    pull.close(pull.author)
    closed, moved = (world.hooks.last("pull_request", action) for action in ("closed", "synchronize"))
    assert listener.got == []
    assert [world.hooks.deliver(each) for each in (closed, moved)] == [202, 202]
    assert world.hooks.deliver(world.hooks.last("pull_request", "closed")) == 202  # again: the same guid
    guids = [headers["x-github-delivery"] for headers, _ in listener.got]
    assert guids == [closed.guid, moved.guid, closed.guid]
    world.hooks.release()
    world.hooks.wait()
    assert all(each.status_code for each in world.hooks.deliveries)


def test_what_failed_is_remembered_three_days_and_sent_again_on_request(world: World, listener: Listener) -> None:
    listener.status = 503
    opened(world)
    world.hooks.wait()
    app = Asker(world, signed(world))
    failed = app.get("/app/hook/deliveries?status=failure&per_page=100").json()
    assert {each["event"] for each in failed} >= {"installation", "pull_request"}
    one = next(each for each in failed if each["event"] == "pull_request")
    assert (one["status_code"], one["redelivery"], one["status"] == "OK") == (503, False, False)
    listener.status = 202
    assert app.post(f"/app/hook/deliveries/{one['id']}/attempts").status_code == 202
    world.hooks.wait()
    again = app.get("/app/hook/deliveries").json()[0]
    assert (again["guid"], again["redelivery"], again["status"]) == (one["guid"], True, "OK")
    assert again["id"] != one["id"]
    world.clock.advance(3 * 86_400 + 1)
    app = Asker(world, signed(world))
    assert app.get("/app/hook/deliveries").json() == []
    assert app.post(f"/app/hook/deliveries/{one['id']}/attempts").status_code == 404


def test_deliveries_come_in_pages_with_a_cursor(world: World, listener: Listener) -> None:
    _, pull = opened(world)
    for number in range(4):
        pull.comment(world.person("bob"), str(number))
    world.hooks.wait()
    app, seen, path = Asker(world, signed(world)), [], "/app/hook/deliveries?per_page=3"
    while path:
        answer = app.get(path)
        seen += [each["id"] for each in answer.json()]
        path = answer.links.get("next", {}).get("url", "").removeprefix(world.url)
    assert seen == sorted((each.id for each in world.hooks.deliveries), reverse=True)


def test_an_app_that_does_not_listen_fails_its_deliveries(world: World) -> None:
    world.app.webhook_url = "http://127.0.0.1:9/closed"
    opened(world)
    world.hooks.wait()
    assert {each.status for each in world.hooks.deliveries} == {"failed to connect to host"}


def test_only_what_the_app_may_read_and_where_it_is_installed_is_sent(world: World) -> None:
    elsewhere = world.repository("other/lib", {"a": "1\n"}, install=False)
    elsewhere.open_pull(world.person("ada"), {"a": "2\n"})
    assert world.hooks.deliveries == []
    repo, pull = opened(world)
    of = world.installation_of(repo)
    assert of
    world.revoke(of, "issues")
    pull.comment(world.person("bob"), "unheard")
    assert "issue_comment" not in {each.event for each in world.hooks.deliveries}
    world.suspend(of)
    count = len(world.hooks.deliveries)
    pull.push({"b.py": "x\n"})
    assert len(world.hooks.deliveries) == count
    world.suspend(of, back=True)
    world.take_away(of, repo)
    assert world.hooks.last("installation_repositories", "removed").payload["repositories_removed"][0]["id"] == repo.id
    world.remove(of)
    assert world.hooks.last("installation", "deleted").installation == of.id


def test_forged_and_broken_bytes_can_be_sent(world: World, listener: Listener) -> None:
    assert world.hooks.post("pull_request", b'{"action": "ope', secret="wrong", guid="g1") == 202
    headers, body = listener.got[0]
    assert (headers["x-github-delivery"], body) == ("g1", b'{"action": "ope')
    assert headers["x-hub-signature-256"] != signature(world.app.webhook_secret, body)


def test_a_function_can_take_deliveries(world: World) -> None:
    got: list[str] = []

    def take(headers: dict[str, str], body: bytes) -> int:
        got.append(headers["X-GitHub-Event"])
        return 202

    world.hooks.receiver = take
    world.hooks.ping()
    world.hooks.wait()
    assert got == ["ping"]
