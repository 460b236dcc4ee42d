"""`prudent setup` from the form to the files, with a person at a browser and the fake GitHub behind it."""

from __future__ import annotations

import html
import http.client
import json
import re
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from click.testing import CliRunner, Result

from bot.cli import setup
from bot.cli.setup_files import prepare, write
from bot.cli.setup_page import Catcher, form
from bot.github.manifest import manifest
from kb.errors import PrudentError, UserError
from tests.world.world import World


def get(address: str, path: str, host: str | None = None) -> tuple[int, str]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.fixture
def catching() -> Iterator[tuple[Catcher, list[str]]]:
    """Run a catcher in a thread; the list gets the code."""
    codes: list[str] = []
    with Catcher("the-state") as catcher:
        made = form("https://github.com", None, manifest(public_url=None, redirect_url=catcher.address), "the-state")
        thread = threading.Thread(target=lambda: codes.append(catcher.wait(made, 20)))
        thread.start()
        yield catcher, codes
        if not codes:
            get(catcher.address, "/created?state=the-state&code=end")
        thread.join(5)
        assert not thread.is_alive()


def test_the_page_hands_the_manifest_to_github(catching: tuple[Catcher, list[str]]) -> None:
    catcher, _ = catching
    status, page = get(catcher.address, "/")
    assert status == 200
    action = re.search(r'<form action="([^"]+)" method="post">', page)
    value = re.search(r'name="manifest" value="([^"]+)"', page)
    assert action
    assert value
    assert html.unescape(action[1]) == "https://github.com/settings/apps/new?state=the-state"
    assert json.loads(html.unescape(value[1]))["default_permissions"]["checks"] == "write"


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/created?code=abc&state=another", None, 403),
        ("/created?code=abc", None, 403),
        ("/created?state=the-state", None, 400),
        ("/created?state=the-state&code=a%20b", None, 400),
        ("/created?state=the-state&code=abc", "evil.example", 403),
        ("/favicon.ico", None, 404),
        ("/created/?code=abc&state=the-state", None, 404),
    ],
)
def test_what_is_not_from_our_form_is_not_taken(
    path: str, host: str | None, status: int, catching: tuple[Catcher, list[str]]
) -> None:
    catcher, codes = catching
    assert get(catcher.address, path, host)[0] == status
    assert catcher.code is None
    assert codes == []


def test_the_code_that_comes_with_our_state_is_taken(catching: tuple[Catcher, list[str]]) -> None:
    catcher, codes = catching
    status, page = get(catcher.address, "/created?code=a1-B_2&state=the-state")
    assert status == 200
    assert "terminal" in page
    for _ in range(100):
        if codes:
            break
        time.sleep(0.02)
    assert codes == ["a1-B_2"]


def test_nobody_comes() -> None:
    with Catcher("s") as catcher, pytest.raises(UserError, match="nothing came"):
        catcher.wait("page", 0.0)


def test_an_organisations_form() -> None:
    page = form("https://ghe.example.com", "octo-org", {"name": '"><script>'}, "s")
    assert 'action="https://ghe.example.com/organizations/octo-org/settings/apps/new?state=s"' in page
    assert "<script>" not in page


class Browser:
    """A person who opens the page that is announced, presses the button, and is led back by GitHub."""

    def __init__(self, world: World, port: int) -> None:
        self.world, self.port = world, port
        self.thread = threading.Thread(target=self._go)

    def _go(self) -> None:
        for _ in range(200):
            try:
                _, page = get(f"http://127.0.0.1:{self.port}", "/")
                break
            except OSError:
                time.sleep(0.02)
        state = re.search(r"state=([\w-]+)", page)
        value = re.search(r'name="manifest" value="([^"]+)"', page)
        assert state
        assert value
        sent: dict[str, Any] = json.loads(html.unescape(value[1]))
        self.world.app.manifests["c0de"] = sent
        back = urlsplit(sent["redirect_url"])
        get(f"{back.scheme}://{back.netloc}", f"{back.path}?{urlencode({'code': 'c0de', 'state': state[1]})}")


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def run(*arguments: str) -> Result:
    return CliRunner().invoke(setup.command, arguments)


def test_from_the_button_to_the_files(world: World, tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "secrets"
    person = Browser(world, port)
    person.thread.start()
    result = run(
        "--github-url", world.url, "--port", str(port), "--to", str(folder), "--url", "https://prudent.example"
    )
    person.thread.join(10)
    assert result.exit_code == 0, result.output
    assert f"Open http://127.0.0.1:{port}/ in a browser" in result.output
    assert (folder / "app.pem").read_text() == world.app.private_key
    assert (folder / "app.env").read_text().splitlines() == [
        f"PRUDENT_APP_ID={world.app.id}",
        f"PRUDENT_PRIVATE_KEY_FILE={folder}/app.pem",
        f"PRUDENT_WEBHOOK_SECRET={world.app.webhook_secret}",
        f"PRUDENT_GITHUB_URL={world.url}",
    ]
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "prudent doctor --app" in result.output
    for secret in (world.app.webhook_secret, "BEGIN RSA", "c0de"):
        assert secret not in result.output


def test_what_is_written_is_what_the_app_reads(world: World, tmp_path: Path) -> None:
    from bot.web.settings import settings_from

    world.app.manifests["c0de"] = {}
    assert run("--github-url", world.url, "--to", str(tmp_path), "--manual", "c0de").exit_code == 0
    environ = dict(line.split("=", 1) for line in (tmp_path / "app.env").read_text().splitlines())
    settings = settings_from(environ)
    assert (settings.app_id, settings.private_key) == (world.app.id, world.app.private_key)
    assert settings.webhook_secrets == (world.app.webhook_secret,)


def test_the_whole_address_may_be_given(world: World, tmp_path: Path) -> None:
    world.app.manifests["c0de"] = {}
    address = "http://127.0.0.1:1/created?code=c0de&state=page"
    result = run("--github-url", world.url, "--to", str(tmp_path / "new"), "--manual", address)
    assert result.exit_code == 0, result.output
    assert "set the webhook's URL" in result.output


def test_an_app_without_a_webhook_secret_is_given_one(world: World, tmp_path: Path) -> None:
    world.app.manifests["c0de"] = {}
    world.app.webhook_secret = ""
    assert run("--github-url", world.url, "--to", str(tmp_path), "--manual", "c0de").exit_code == 0
    assert len(world.app.webhook_secret) == 64
    assert f"PRUDENT_WEBHOOK_SECRET={world.app.webhook_secret}\n" in (tmp_path / "app.env").read_text()


def failure(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, PrudentError), result.output
    return str(result.exception)


def test_a_code_that_was_used_is_said(world: World, tmp_path: Path) -> None:
    said = failure("--github-url", world.url, "--to", str(tmp_path), "--manual", "used")
    assert said == "GitHub does not know this code: it is good once and for an hour"


def test_a_github_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    said = failure("--github-url", f"http://127.0.0.1:{free_port()}", "--to", str(tmp_path), "--manual", "s3cret")
    assert said.startswith("GitHub did not hand over the App (POST /app-manifests/{code}/conversions: ConnectError")
    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--org", "a/b"), "--org is the organisation's name"),
        (("--url", "http://prudent.example"), "--url is no address"),
        (("--url", "https://u:p@prudent.example"), "--url is no address"),
        (("--github-url", "ghe.example.com"), "--github-url is no address"),
        (("--manual", "a b"), "--manual takes the code"),
    ],
)
def test_bad_arguments_are_one_clear_line(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    text = failure("--to", str(tmp_path), *arguments)
    assert text.startswith(said)
    assert "\n" not in text


@pytest.mark.parametrize("name", ["app.pem", "app.env"])
def test_files_are_not_overwritten_unless_told(name: str, world: World, tmp_path: Path) -> None:
    (tmp_path / name).write_text("precious")
    world.app.manifests["c0de"] = {}
    arguments = ("--github-url", world.url, "--to", str(tmp_path), "--manual", "c0de")
    assert f"has {name} already" in failure(*arguments)
    assert "c0de" in world.app.manifests, "nothing was asked of GitHub"
    assert run(*arguments, "--force").exit_code == 0
    assert (tmp_path / name).read_text() != "precious"


def test_a_link_in_the_way_is_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "app.pem").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"app\.pem already"):
        prepare(tmp_path, force=False)
    place = prepare(tmp_path, force=True)
    write(place, app="1", key="KEY", secret="s" * 16, api_url=None)
    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / "app.pem").read_text() == "KEY\n"


def test_a_folder_that_cannot_be_used_is_said_before_github_is_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written to" in failure("--to", str(tmp_path / "file" / "below"), "--manual", "c0de")
    assert "--to" in failure("--to", str(tmp_path / "two words"), "--manual", "c0de")


def test_half_a_write_leaves_what_was_there(tmp_path: Path) -> None:
    place = prepare(tmp_path, force=False)
    write(place, app="1", key="OLD", secret="s" * 16, api_url=None)
    place.settings.unlink()
    place.settings.mkdir()  # cannot be replaced by a file
    with pytest.raises(OSError, match="directory"):
        write(place, app="2", key="NEW", secret="s" * 16, api_url=None)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["app.env", "app.pem"]


def test_a_page_for_another_machine(tmp_path: Path) -> None:
    page = tmp_path / "register.html"
    result = run("--page", str(page), "--org", "octo-org", "--to", str(tmp_path))
    assert result.exit_code == 0
    assert "prudent setup --manual CODE" in result.output
    assert "/organizations/octo-org/settings/apps/new" in page.read_text()
    assert "--page cannot be written" in failure("--page", str(tmp_path / "no" / "page.html"))


def test_a_port_that_is_taken_is_said() -> None:
    with Catcher("s") as taken, pytest.raises(UserError, match="use --port"):
        Catcher("s", int(taken.address.rsplit(":", 1)[1]))
