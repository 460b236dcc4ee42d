"""`prudent setup`: registers a GitHub App, and writes its key and settings."""

from __future__ import annotations

import asyncio
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import click

from bot.github.manifest import GITHUB
from kb.errors import PrudentError, UserError

if TYPE_CHECKING:
    from bot.cli.setup_files import Place

LONGEST = 1800  # seconds to wait for somebody at a browser; GitHub's code is good for an hour


@click.command(name="setup")
@click.option("--org", "organisation", metavar="NAME", help="Register the App for an organisation, not for yourself.")
@click.option("--url", "public_url", metavar="URL", help="Where GitHub will reach `prudent serve`: https://HOST.")
@click.option(
    "--github-url", "api_url", metavar="URL", default=GITHUB, help="The API of your GitHub: https://HOST/api/v3."
)
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Folder for the key and the settings.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the page on this machine.")
@click.option("--page", type=click.Path(path_type=Path), help="Only write the page, to open it on another machine.")
@click.option("--manual", "code", metavar="CODE", help="Go on with the code in the address that GitHub led to.")
def command(
    organisation: str | None,
    public_url: str | None,
    api_url: str,
    folder: Path | None,
    force: bool,
    port: int,
    page: Path | None,
    code: str | None,
) -> None:
    """Register a GitHub App with exactly the permissions that are needed, and write its key and settings.

    Without a browser on this machine: --page FILE, open that file elsewhere, press its button, and then
    --manual CODE with the code in the address that GitHub leads to (that page does not open, which is fine).
    """
    from bot.cli.setup_files import prepare
    from kb.folders import data_folder

    api_url = api_url.rstrip("/")
    _check_addresses(organisation, public_url, api_url)
    if page is not None:
        _write_page(page, organisation, public_url, api_url)
        return
    place = prepare(folder or data_folder() / "app", force=force)
    found = _code_in(code) if code else _code_from_browser(organisation, public_url, api_url, port)
    _finish(found, place, public_url, api_url)


def _check_addresses(organisation: str | None, public_url: str | None, api_url: str) -> None:
    if organisation is not None and not re.fullmatch(r"[A-Za-z0-9-]{1,100}", organisation):
        raise UserError("--org is the organisation's name as in its address, such as octo-org")
    for option, url in (("--url", public_url), ("--github-url", api_url)):
        if url is None:
            continue
        parts = urlsplit(url)
        is_here = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if not parts.hostname or parts.username or parts.query or not (parts.scheme == "https" or is_here):
            raise UserError(f"{option} is no address like https://HOST")


def _code_from_browser(organisation: str | None, public_url: str | None, api_url: str, port: int) -> str:
    from bot.cli.setup_page import CREATED, Catcher, form
    from bot.github.manifest import manifest, web_address

    state = secrets.token_urlsafe(32)
    with Catcher(state, port) as catcher:
        made = manifest(public_url=public_url, redirect_url=f"{catcher.address}{CREATED}")
        click.echo(f"Open {catcher.address}/ in a browser on this machine (Ctrl-C to stop).")
        return catcher.wait(form(web_address(api_url), organisation, made, state), LONGEST)


def _write_page(page: Path, organisation: str | None, public_url: str | None, api_url: str) -> None:
    from bot.cli.setup_page import form
    from bot.github.manifest import manifest, web_address

    made = manifest(public_url=public_url, redirect_url="http://127.0.0.1:1/created")  # nothing listens there
    try:
        page.write_text(form(web_address(api_url), organisation, made, "page"), encoding="utf-8")
    except OSError as error:
        raise UserError(f"--page cannot be written ({error.strerror})") from None
    click.echo("Open that page in any browser and press its button. GitHub then leads to an address that does not")
    click.echo("open; copy what stands behind code= in it, and run within the hour: prudent setup --manual CODE")


def _code_in(given: str) -> str:
    """Return the code, which may be given as the whole address that GitHub led to."""
    from bot.cli.setup_page import CODE

    code = parse_qs(urlsplit(given).query).get("code", [given])[0]
    if not CODE.fullmatch(code):
        raise UserError("--manual takes the code in the address that GitHub led to: what stands behind code=")
    return code


def _finish(code: str, place: Place, public_url: str | None, api_url: str) -> None:
    from bot.cli.setup_files import write

    made = asyncio.run(_convert(code, api_url))
    try:
        write(
            place,
            app=made["id"],
            key=made["pem"],
            secret=made["webhook_secret"],
            api_url=None if api_url == GITHUB else api_url,
        )
    except OSError as error:
        raise PrudentError(
            f"the App {made['slug']} is registered, but its key could not be written ({error.strerror}): "
            f"generate another at {made['html_url']}, or delete the App and run prudent setup again"
        ) from None
    for line in _next_steps(made, place, public_url):
        click.echo(line)


async def _convert(code: str, api_url: str) -> dict[str, str]:
    from bot.github.client import GitHubClient
    from bot.github.errors import GitHubError, Gone, Refused

    async with GitHubClient(0, "", base_url=api_url) as github:
        try:
            made = await github.convert_manifest(code)
        except (Gone, Refused):
            raise UserError("GitHub does not know this code: it is good once and for an hour") from None
        except GitHubError as error:
            raise PrudentError(f"GitHub did not hand over the App ({error})") from None
    if made["webhook_secret"]:
        return made
    return {**made, "webhook_secret": await _new_secret(made, api_url)}


async def _new_secret(made: dict[str, str], api_url: str) -> str:
    """Give the App a webhook secret: GitHub makes none where the form names no webhook."""
    from bot.github.client import GitHubClient
    from bot.github.errors import GitHubError

    secret = secrets.token_hex(32)
    async with GitHubClient(int(made["id"]), made["pem"], base_url=api_url) as github:
        try:
            await github.set_hook_secret(secret)
        except GitHubError:
            click.echo("The webhook's secret could not be set: copy it from the settings into the App's page.")
    return secret


def _next_steps(made: dict[str, str], place: Place, public_url: str | None) -> list[str]:
    from bot.github.manifest import HOOK_PATH

    lines = [
        f"Registered {made['slug']}, App {made['id']}: {made['html_url']}",
        f"Its key:      {place.key}",
        f"Its settings: {place.settings}",
        "",
        "Next:",
    ]
    if public_url is None:
        lines.append(f"- in the App's settings, set the webhook's URL to https://YOUR-HOST{HOOK_PATH} and activate it")
    return [
        *lines,
        f"- install it on repositories: {made['html_url']}/installations/new",
        f"- start it: set -a; . {place.settings}; set +a; prudent serve",
        "- check it: prudent doctor --app",
    ]
