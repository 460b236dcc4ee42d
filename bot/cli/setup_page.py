"""A page on this machine that sends a manifest to GitHub, and catches the code that GitHub sends back.

It listens on 127.0.0.1 only. The code counts only with the random state that was sent along, and only at the address
that was asked for: another site in the same browser can neither guess the one nor read the other.
"""

from __future__ import annotations

import hmac
import json
import re
import time
from collections.abc import Mapping
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from kb.errors import UserError

CREATED = "/created"
CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")
TICK = 0.2  # seconds between looks at whether the time is over
PATIENCE = 10.0  # seconds that one browser may keep its request open
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:40em;margin:4em auto;padding:0 1em}button{font:inherit;padding:.5em 1em}"
)


def form(web: str, organisation: str | None, manifest: Mapping[str, Any], state: str) -> str:
    """Return a page with one button, which hands a manifest to GitHub."""
    owner = f"/organizations/{organisation}" if organisation else ""
    target = f"{web}{owner}/settings/apps/new?{urlencode({'state': state})}"
    value = escape(json.dumps(manifest), quote=True)
    return _page(
        "<p>This registers a GitHub App with the permissions that Prudent needs. GitHub shows them to you first, and "
        "lets you choose its name.</p>"
        f'<form action="{escape(target, quote=True)}" method="post">'
        f'<input type="hidden" name="manifest" value="{value}">'
        f"<button>Go on at {escape(urlsplit(web).netloc)}</button></form>"
    )


class _Server(ThreadingHTTPServer):
    """A thread a request: browsers open connections in advance, and send nothing over them."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser that went away is no news to who looks at the terminal."""


class Catcher:
    """Shows the form and waits for the code; a context manager."""

    def __init__(self, state: str, port: int = 0) -> None:
        self._state = state
        self._form = ""
        self.code: str | None = None
        try:
            self._server = _Server(("127.0.0.1", port), self._handler())
        except OSError as error:
            raise UserError(f"port {port} of 127.0.0.1 cannot be used ({error.strerror}); use --port") from None
        self._server.timeout = TICK

    def __enter__(self) -> Catcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    @property
    def address(self) -> str:
        """Return where the page is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def wait(self, page: str, seconds: float) -> str:
        """Show a page until GitHub has sent a code, and return that; raises UserError after `seconds`."""
        self._form = page
        end = time.monotonic() + seconds
        while self.code is None:
            if time.monotonic() >= end:
                raise UserError(f"nothing came from GitHub in {seconds / 60:.0f} minutes; run prudent setup again")
            self._server.handle_request()
        return self.code

    def answer(self, host: str, target: str) -> tuple[int, str]:
        """Return status and page for a GET; a good code is kept."""
        if host != urlsplit(self.address).netloc:
            return 403, _page("<p>This page is for this machine only.</p>")
        parts = urlsplit(target)
        if parts.path == "/":
            return 200, self._form
        if parts.path != CREATED:
            return 404, _page("<p>There is nothing here.</p>")
        said = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if not hmac.compare_digest(said.get("state", "").encode(), self._state.encode()):
            return 403, _page("<p>This did not come from the form of this run of prudent setup.</p>")
        if not CODE.fullmatch(said.get("code", "")):
            return 400, _page("<p>GitHub sent no code. Start again.</p>")
        self.code = said["code"]
        return 200, _page("<p>GitHub has registered the App. Go on in the terminal.</p>")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        catcher = self

        class Handler(BaseHTTPRequestHandler):
            timeout = PATIENCE
            server_version, sys_version = "prudent", ""

            def do_GET(self) -> None:
                status, page = catcher.answer(self.headers.get("Host", ""), self.path)
                body = page.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
                self.send_header("Cache-Control", "no-store")
                self.send_header("Referrer-Policy", "no-referrer")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Log nothing: the line would have the code."""

        return Handler


def _page(body: str) -> str:
    return f"<!doctype html><html lang=en><title>Prudent</title><style>{_STYLE}</style><h1>Prudent</h1>{body}</html>\n"
