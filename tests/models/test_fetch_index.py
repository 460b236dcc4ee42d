"""Where packages come from: pip's settings, and the pages of indexes in both their forms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import ModelMissing
from models.fetch_http import Page, Unreachable, Web
from models.fetch_index import Indexes, Wheel, files_on, find_wheel, pip_indexes, run_pip
from tests.models.range_server import Served, Server, serving

WEB = Web(attempts=2, timeout=5.0, pause=lambda seconds: None)
DIGEST = "cd" * 32
WHEEL = "big_model-1.0-py3-none-any.whl"
JSON = "application/vnd.pypi.simple.v1+json"
HELP = """
  -i, --index-url <url>       Base URL of the Python
                              Package Index (default
                              https://index.example/simple). This should
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def pip_that_says(listed: str, *, helps: str = HELP) -> object:
    return lambda *arguments: listed if arguments == ("config", "list") else helps


def test_settings_of_pip_are_taken_the_nearer_before_the_farther() -> None:
    listed = (
        "global.index-url='https://global/simple'\nglobal.extra-index-url='\\nhttps://one\\nhttps://two'\n"
        ":env:.cert='/ca.pem'\ninstall.index-url='https://install/simple'\nglobal.timeout='60'\nnot a line\n"
    )
    found = pip_indexes({"PIP_FIND_LINKS": "/wheels /more"}, pip=pip_that_says(listed))
    assert found.simple == ("https://install/simple", "https://one", "https://two")
    assert (found.links, found.cafile) == (("/wheels", "/more"), "/ca.pem")


def test_without_settings_the_index_is_what_pip_says_in_its_help() -> None:
    assert pip_indexes({}, pip=pip_that_says("")).simple == ("https://index.example/simple",)


def test_the_environment_needs_no_pip() -> None:
    asked = pip_indexes({"PIP_INDEX_URL": "https://mirror/simple"}, pip=lambda *arguments: "")
    assert asked.simple == ("https://mirror/simple",)
    with pytest.raises(ModelMissing, match="PIP_INDEX_URL"):
        pip_indexes({}, pip=lambda *arguments: "")


def test_no_index_leaves_folders() -> None:
    found = pip_indexes({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}, pip=pip_that_says(""))
    assert (found.simple, found.links) == ((), ("/wheels",))


def test_the_real_pip_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nextra-index-url = https://extra/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    found = pip_indexes({})
    assert "https://extra/simple" in found.simple
    assert found.simple[0] != "https://extra/simple"  # pip's own index comes first
    assert run_pip("no-such-command") == ""


def json_page(*rows: object) -> bytes:
    return json.dumps({"files": rows}).encode()


def row(name: str, url: str, **more: object) -> dict[str, object]:
    return {"filename": name, "url": url, "hashes": {"sha256": DIGEST}, **more}


def test_a_page_as_json(server: Server) -> None:
    rows = [row("big_model-1.0.tar.gz", "x.tar.gz"), row(WHEEL, "../../files/w.whl#frag", size=77)]
    server.pages["/simple/big-model/"] = Served(json_page(*rows), JSON)
    found = find_wheel("Big.Model", "1.0", Indexes((server.url("/simple"),)), WEB)
    assert found == Wheel(WHEEL, server.url("/files/w.whl"), DIGEST, 77)
    assert JSON in server.asked[0].headers["Accept"]


def test_a_page_as_html(server: Server) -> None:
    newer = '<a href="big_model-2.0-py3-none-any.whl">y</a>'
    page = f'<base href="/other/"><a href="{WHEEL}#sha256={DIGEST}">x</a><a>no</a>{newer}'
    server.pages["/simple/big-model/"] = Served(page.encode(), "text/html")
    found = find_wheel("big_model", "1.0", Indexes((server.url("/simple/"),)), WEB)
    assert found == Wheel(WHEEL, server.url(f"/other/{WHEEL}"), DIGEST)


def test_a_wheel_for_any_platform_comes_first(server: Server) -> None:
    rows = [row("big_model-1.0-cp311-cp311-linux.whl", "a.whl"), row(WHEEL, "b.whl")]
    server.pages["/simple/big-model/"] = Served(json_page(*rows), JSON)
    assert find_wheel("big-model", "1.0", Indexes((server.url("/simple"),)), WEB).name == WHEEL
    only = Page(json_page(rows[0]), JSON, "http://host/")
    assert [wheel.address for wheel in files_on(only)] == ["http://host/a.whl"]


def test_the_next_index_is_asked_when_one_lacks_it(server: Server) -> None:
    server.pages["/two/big-model/"] = Served(json_page(row(WHEEL, "w.whl")), JSON)
    indexes = Indexes((server.url("/one"), server.url("/two")))
    assert find_wheel("big-model", "1.0", indexes, WEB).address == server.url("/two/big-model/w.whl")
    with pytest.raises(Unreachable, match=r"big-model 9\.9 cannot be had: .*404"):
        find_wheel("big-model", "9.9", indexes, WEB)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"files": 3}', b'{"files": [3]}', b'{"files": [{"filename": "x"}]}'])
def test_a_damaged_page_is_no_wheel(body: bytes, server: Server) -> None:
    server.pages["/simple/big-model/"] = Served(body, JSON)
    with pytest.raises(Unreachable, match="not the page of a package index"):
        find_wheel("big-model", "1.0", Indexes((server.url("/simple"),)), WEB)


def test_nothing_on_the_web_leads_to_a_file_of_ours(server: Server) -> None:
    server.pages["/simple/big-model/"] = Served(json_page(row(WHEEL, f"file:///{WHEEL}")), JSON)
    with pytest.raises(Unreachable):
        find_wheel("big-model", "1.0", Indexes((server.url("/simple"),)), WEB)


def test_a_password_of_an_index_is_for_its_own_host(server: Server) -> None:
    mine = server.url("/simple").replace("//", "//ada:pass@")
    server.pages["/simple/big-model/"] = Served(json_page(row(WHEEL, "w.whl")), JSON)
    assert find_wheel("big-model", "1.0", Indexes((mine,)), WEB).address.startswith("http://ada:pass@127.0.0.1")
    assert "Authorization" in server.asked[0].headers
    server.pages["/simple/big-model/"] = Served(json_page(row(WHEEL, "https://elsewhere/w.whl")), JSON)
    assert find_wheel("big-model", "1.0", Indexes((mine,)), WEB).address == "https://elsewhere/w.whl"


def test_folders_of_wheels_and_indexes_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / WHEEL).write_bytes(b"12345")
    in_folder = find_wheel("big-model", "1.0", Indexes(links=(str(tmp_path),)), WEB)
    assert in_folder == Wheel(WHEEL, (tmp_path / WHEEL).as_uri(), size=5)
    page = tmp_path / "simple/big-model/index.html"
    page.parent.mkdir(parents=True)
    page.write_text(f'<a href="../../{WHEEL}#sha256={DIGEST}">x</a>')
    in_index = find_wheel("big-model", "1.0", Indexes(((tmp_path / "simple").as_uri(),)), WEB)
    assert (in_index.address, in_index.sha256) == ((tmp_path / WHEEL).as_uri(), DIGEST)
    with pytest.raises(Unreachable):
        find_wheel("other", "1.0", Indexes(((tmp_path / "simple").as_uri(),), (str(tmp_path / "none"),)), WEB)
