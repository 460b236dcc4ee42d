"""Gets pages and large files over HTTP: goes on where a connection broke, and gives up with one clear line.

The standard library's client is enough: it follows redirects and heeds proxies. What it lacks is here: a file that
ends too early is not whole, credentials stay with the host they are for, and nothing leads from the network to a file.
"""

from __future__ import annotations

import base64
import email.message
import functools
import http.client
import re
import ssl
import time
import urllib.error
import urllib.request
import urllib.response
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit, urlunsplit

from models.errors import ModelMissing

CHUNK = 2**18  # bytes
PAGE_LIMIT = 64 * 2**20  # bytes: the longest page of an index has a few
PAGE_SECONDS = 10.0  # without a byte of a page: whoever waits for a review should not wait for a wall

Answer = http.client.HTTPResponse | urllib.response.addinfourl
Watch = Callable[[int, int], None]  # bytes that are here, and of how many (0 where that is not known)


class Unreachable(ModelMissing):
    """A server cannot be reached, or does not have what was asked for."""


@dataclass(frozen=True)
class Web:
    """How the network is used. `attempts`: how often in a row nothing may arrive before we give up."""

    cafile: str | None = None  # certificates to trust instead of the system's
    timeout: float = 30.0  # seconds without a byte of a file
    attempts: int = 5
    pause: Callable[[float], None] = time.sleep
    headers: Mapping[str, str] = field(default_factory=dict)  # sent to the host that is asked, not to where it leads


@dataclass(frozen=True)
class Page:
    """An answer that was read whole."""

    body: bytes
    kind: str  # its content type, without parameters
    address: str  # where it was in the end


@dataclass(frozen=True)
class Stated:
    """What a server says about a file before it sends it; empty where it says nothing."""

    size: int = 0
    sha256: str = ""


def page_at(address: str, web: Web, *, accept: str = "*/*") -> Page:
    """Return a page; raises Unreachable. `file:` addresses are read from the disk."""
    tried, web = 0, replace(web, timeout=min(web.timeout, PAGE_SECONDS))
    while True:
        try:
            with _opened(address, web, {"Accept": accept}) as answer:
                body = answer.read(PAGE_LIMIT)
                if len(body) < min(_length(answer, 0), PAGE_LIMIT):
                    raise http.client.IncompleteRead(body, _length(answer, 0) - len(body))
                return Page(body, answer.headers.get_content_type(), answer.url)
        except (OSError, http.client.HTTPException) as error:
            tried, reason = tried + 1, _reason(error)
            if tried >= web.attempts or not _may_pass(error):
                raise Unreachable(f"{shown_address(address)}: {reason}") from error
            web.pause(_seconds(tried))


def download(address: str, target: Path, web: Web, *, size: int = 0, watch: Watch = lambda done, of: None) -> None:
    """Write what is at an address to a file, going on at its end if there is something in it already.

    `size` is how many bytes it has, 0 where that is not known; more are never written. Raises Unreachable, with what
    has arrived kept, and OSError where the disk takes no more.
    """
    idle, best, tag = 0, 0, ""
    while True:
        have = target.stat().st_size if target.exists() else 0
        if size and have > size:  # not ours: begin again
            target.unlink()
            continue
        if size and have == size:
            return
        try:
            with _opened(address, web, _range(have, tag)) as answer:
                tag = answer.headers.get("ETag", "")
                start = _start(answer, have)
                size = size or _length(answer, start)
                _copy(answer, target, start, size, watch)
        except urllib.error.HTTPError as error:
            if error.code == 416 and have:  # there is no byte after what we have: it is another file
                target.unlink()
            elif not _may_pass(error):
                raise Unreachable(f"{shown_address(address)}: {_reason(error)}") from error
            reason = _reason(error)
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
            if not _may_pass(error, met=best > 0):
                raise Unreachable(f"{shown_address(address)}: {_reason(error)}") from error
            reason = _reason(error)
        else:
            reason = "the connection ended too early"
            if not size or target.stat().st_size >= size:
                return
        now = target.stat().st_size if target.exists() else 0
        idle, best = 0 if now > max(best, have) else idle + 1, max(best, now)
        if idle >= web.attempts:
            raise Unreachable(f"{shown_address(address)}: {reason}")
        web.pause(_seconds(idle))


def stated(address: str, web: Web) -> Stated:
    """Return what a hub says of a file without sending it: its size and checksum are in the answer that leads on.

    The names of these headers are the hub's. Raises Unreachable.
    """
    seen: list[email.message.Message] = []
    try:
        with _opened(address, web, {}, method="HEAD", seen=seen) as answer:
            seen.append(answer.headers)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{shown_address(address)}: {_reason(error)}") from error
    size, digest = "", ""
    for headers in seen:
        size = size or headers.get("X-Linked-Size", "")
        digest = digest or headers.get("X-Linked-ETag", "").strip('"')
    size = size or seen[-1].get("Content-Length", "")
    is_sha256 = len(digest) == 64 and all(c in "0123456789abcdef" for c in digest)
    return Stated(int(size) if size.isascii() and size.isdigit() else 0, digest if is_sha256 else "")


def shown_address(address: str) -> str:
    """Return an address without its user, password, query and fragment, for messages."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


class _Redirect(urllib.request.HTTPRedirectHandler):
    """Follows only to HTTP, never from HTTPS to less, and takes down what was said on the way."""

    def __init__(self, seen: list[email.message.Message]) -> None:
        self._seen = seen

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        self._seen.append(headers)
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if after.scheme not in ("http", "https") or (before.scheme, after.scheme) == ("https", "http"):
            raise urllib.error.HTTPError(newurl, 400, "it leads somewhere unsafe", headers, fp)
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None and before.netloc == after.netloc and before.scheme == after.scheme:
            for name, value in req.unredirected_hdrs.items():
                following.add_unredirected_header(name, value)
        if following is not None:
            following.method = req.get_method()
        return following


def _opened(
    address: str,
    web: Web,
    headers: Mapping[str, str],
    *,
    method: str = "GET",
    seen: list[email.message.Message] | None = None,
) -> Answer:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https", "file"):
        raise urllib.error.URLError(f"addresses that begin with {parts.scheme or 'nothing'}: are not fetched")
    user, at, host = parts.netloc.rpartition("@")
    request = urllib.request.Request(urlunsplit(parts._replace(netloc=host)), headers=dict(headers), method=method)  # noqa: S310
    request.add_header("Accept-Encoding", "identity")  # what is counted is what is kept
    request.add_header("User-Agent", "prudent")
    for name, value in web.headers.items():
        request.add_unredirected_header(name, value)
    if at:
        credentials = base64.b64encode(unquote(user).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {credentials}")
    secure = urllib.request.HTTPSHandler(context=_trusting(web.cafile))
    opener = urllib.request.build_opener(secure, _Redirect([] if seen is None else seen))
    answer: Answer = opener.open(request, timeout=web.timeout)
    return answer


@functools.lru_cache(maxsize=4)
def _trusting(cafile: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=cafile)  # reads some hundred certificates


def _range(have: int, tag: str) -> dict[str, str]:
    if not have:
        return {}
    return {"Range": f"bytes={have}-"} | ({"If-Range": tag} if tag and not tag.startswith("W/") else {})


def _start(answer: Answer, have: int) -> int:
    """Return where in the file the answer begins: at 0 where the server does not know ranges, at most at `have`."""
    if answer.status != 206:
        return 0
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    if found is None or int(found[1]) > have:
        raise http.client.HTTPException("another part was sent than was asked for")
    return int(found[1])


def _length(answer: Answer, start: int) -> int:
    said = answer.headers.get("Content-Length", "")
    return start + int(said) if said.isascii() and said.isdigit() else 0


def _copy(answer: Answer, target: Path, start: int, size: int, watch: Watch) -> None:
    with target.open("r+b" if target.exists() else "w+b") as file:
        file.seek(start)
        file.truncate()
        done = start
        watch(done, size)
        while block := answer.read(min(CHUNK, size - done) if size else CHUNK):
            file.write(block)
            done += len(block)
            watch(done, size)


def _may_pass(error: Exception, *, met: bool = False) -> bool:
    """Return whether it may be otherwise in a moment; a file that is not there and a name nobody knows stay so.

    `met`: something has come from there in this run, so that not being able to connect is no answer for good.
    """
    if isinstance(error, urllib.error.HTTPError):
        return error.code in (408, 416, 425, 429) or error.code >= 500
    if isinstance(error, urllib.error.URLError):
        return met or isinstance(error.reason, ConnectionResetError | ConnectionAbortedError | BrokenPipeError)
    return not isinstance(error, ssl.SSLCertVerificationError | FileNotFoundError | PermissionError)


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        error.close()  # it is an answer, and holds its connection
        return f"{error.code} {error.reason}"
    if isinstance(error, TimeoutError) or (
        isinstance(error, urllib.error.URLError) and isinstance(error.reason, TimeoutError)
    ):
        return "no answer in time"
    if isinstance(error, urllib.error.URLError):
        return f"cannot be reached: {error.reason}"
    return str(error) or type(error).__name__


def _seconds(tried: int) -> float:
    return min(0.25 * 2.0**tried, 8.0)
