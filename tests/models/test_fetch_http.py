"""Large files over a bad network: whatever breaks, what is kept in the end is what the server has."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from models.fetch_http import Unreachable, Web, download, page_at, shown_address, stated
from tests.models.range_server import Served, Server, serving

WEB = Web(timeout=5.0, attempts=4, pause=lambda seconds: None)
BODY = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def clean(server: Server) -> None:
    server.pages.clear()
    server.asked.clear()


def fetched(server: Server, served: Served, target: Path, *, size: int = 0, web: Web = WEB) -> bytes:
    server.pages["/file"] = served
    download(server.url("/file"), target, web, size=size)
    return target.read_bytes()


@settings(max_examples=40)
@given(
    body=some.binary(min_size=1, max_size=4000),
    cuts=some.lists(some.integers(0, 1500), max_size=6),
    ranges=some.booleans(),
)
def test_whatever_is_cut_the_file_is_whole(server: Server, body: bytes, cuts: list[int], ranges: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        served = Served(body, ranges=ranges, cuts=list(cuts))
        assert fetched(server, served, Path(folder) / "file", web=Web(attempts=10, pause=lambda seconds: None)) == body


def test_it_goes_on_where_the_connection_broke(server: Server, tmp_path: Path) -> None:
    assert fetched(server, Served(BODY, cuts=[1000, 500]), tmp_path / "file") == BODY
    assert [asked.range for asked in server.asked] == ["", "bytes=1000-", "bytes=1500-"]


def test_it_goes_on_where_an_earlier_run_stopped(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "file"
    with pytest.raises(Unreachable):
        fetched(server, Served(BODY, cuts=[700, 0, 0, 0, 0]), target)
    assert target.read_bytes() == BODY[:700]
    assert fetched(server, Served(BODY), target, size=len(BODY)) == BODY
    assert server.asked[-1].range == "bytes=700-"


def test_a_file_that_changed_meanwhile_is_begun_again(server: Server, tmp_path: Path) -> None:
    old = Served(b"a" * 900, cuts=[300], headers={"ETag": '"old"'})
    server.pages["/file"] = old
    new = Served(b"b" * 900, headers={"ETag": '"new"'})

    def swap(done: int, of: int) -> None:
        if done == 300:
            server.pages["/file"] = new

    download(server.url("/file"), tmp_path / "file", WEB, watch=swap)
    assert (tmp_path / "file").read_bytes() == new.body


def test_what_is_longer_than_the_file_is_begun_again(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"x" * 20_000)
    assert fetched(server, Served(BODY), target, size=len(BODY)) == BODY
    target.write_bytes(b"x" * 20_000)
    assert fetched(server, Served(BODY), target) == BODY  # the server says 416


def test_what_is_whole_is_not_asked_for(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(BODY)
    assert fetched(server, Served(BODY), tmp_path / "file", size=len(BODY)) == BODY
    assert server.asked == []


def test_more_than_was_announced_is_not_written(server: Server, tmp_path: Path) -> None:
    assert len(fetched(server, Served(BODY), tmp_path / "file", size=100)) == 100


def test_a_part_that_was_not_asked_for_is_not_taken(server: Server, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="another part"):
        fetched(server, Served(BODY, cuts=[100], shifted=7), tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY[:100]


def test_a_server_that_recovers_is_asked_again(server: Server, tmp_path: Path) -> None:
    assert fetched(server, Served(BODY, failures=[503, 429]), tmp_path / "file") == BODY


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_what_stays_refused_is_asked_for_once(status: int, server: Server, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=f"/file: {status}"):
        fetched(server, Served(failures=[status] * 9), tmp_path / "file")
    assert len(server.asked) == 1


def test_a_server_that_only_fails_is_given_up(server: Server, tmp_path: Path) -> None:
    pauses: list[float] = []
    with pytest.raises(Unreachable, match="500"):
        fetched(server, Served(failures=[500] * 9), tmp_path / "file", web=Web(attempts=3, pause=pauses.append))
    assert len(server.asked) == 3
    assert pauses == sorted(pauses)


def test_silence_is_given_up(server: Server, tmp_path: Path) -> None:
    gate = threading.Event()
    with pytest.raises(Unreachable, match="in time"):
        fetched(
            server, Served(BODY, gate=gate), tmp_path / "file", web=Web(timeout=0.1, attempts=2, pause=lambda s: None)
        )
    gate.set()


def test_nobody_there_is_said_at_once(tmp_path: Path) -> None:
    with serving() as gone:
        pass
    with pytest.raises(Unreachable, match="cannot be reached"):
        download(gone.url("/file"), tmp_path / "file", WEB)
    assert not (tmp_path / "file").exists()


def test_redirects_are_followed_with_the_range(server: Server, tmp_path: Path) -> None:
    server.pages["/here"] = Served(status=302, headers={"Location": "/file"})
    server.pages["/file"] = Served(BODY, cuts=[100])
    download(server.url("/here"), tmp_path / "file", WEB)
    assert (tmp_path / "file").read_bytes() == BODY
    assert server.asked[-1].range == "bytes=100-"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_no_redirect_leads_away_from_the_web(target: str, server: Server, tmp_path: Path) -> None:
    server.pages["/file"] = Served(status=302, headers={"Location": target})
    with pytest.raises(Unreachable):
        download(server.url("/file"), tmp_path / "file", WEB)
    assert not (tmp_path / "file").exists()


def test_credentials_stay_with_their_host(server: Server, tmp_path: Path) -> None:
    server.pages["/one"] = Served(status=302, headers={"Location": "/two"})
    server.pages["/two"] = Served(status=302, headers={"Location": server.url("/file", "localhost")})
    server.pages["/file"] = Served(BODY)
    download(server.url("/one").replace("//", "//ada:p%40ss@"), tmp_path / "file", WEB)
    sent = {asked.path: asked.headers.get("Authorization") for asked in server.asked}
    assert sent == {"/one": "Basic YWRhOnBAc3M=", "/two": "Basic YWRhOnBAc3M=", "/file": None}


def test_no_password_is_shown(server: Server, tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as caught:
        download(server.url("/none?token=secret").replace("//", "//ada:secret@"), tmp_path / "file", WEB)
    assert "secret" not in str(caught.value)
    assert shown_address("https://a:b@host/x?y#z") == "https://host/x"


def test_other_kinds_of_addresses_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        page_at("data:text/plain,x", WEB)


def test_a_page_that_was_cut_is_read_again(server: Server) -> None:
    server.pages["/page"] = Served(b"<html>whole</html>", "text/html; charset=utf-8", cuts=[6])
    page = page_at(server.url("/page"), WEB)
    assert (page.body, page.kind) == (b"<html>whole</html>", "text/html")


def test_what_a_hub_states_is_taken_from_the_first_answer(server: Server) -> None:
    digest = "ab" * 32
    server.pages["/a"] = Served(
        status=302, headers={"Location": "/b", "X-Linked-Size": "77", "X-Linked-ETag": f'"{digest}"'}
    )
    server.pages["/b"] = Served(BODY, headers={"X-Linked-ETag": '"no checksum"'})
    said = stated(server.url("/a"), WEB)
    assert (said.size, said.sha256) == (77, digest)
    assert stated(server.url("/b"), WEB).size == len(BODY)
    assert stated(server.url("/b"), WEB).sha256 == ""


def test_a_server_that_goes_away_and_comes_back_is_met_again(tmp_path: Path) -> None:
    """Before anything has come, nobody there is an answer; afterwards it is a disturbance."""
    first, second = ExitStack(), ExitStack()
    server = first.enter_context(serving())
    server.pages["/file"] = Served(BODY, cuts=[300])
    address, waits = server.url("/file"), iter(("goes", "comes"))

    def wait(seconds: float) -> None:
        first.close()
        if next(waits) == "comes":
            second.enter_context(serving(server.port)).pages["/file"] = Served(BODY)

    with second:
        download(address, tmp_path / "file", Web(attempts=3, pause=wait))
    assert (tmp_path / "file").read_bytes() == BODY
    with pytest.raises(Unreachable, match="cannot be reached"):
        download(address, tmp_path / "other", Web(attempts=3, pause=wait))  # without waiting: there is no third wait
