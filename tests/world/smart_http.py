"""git over HTTP: `git http-backend` behind the credentials that GitHub asks for."""

from __future__ import annotations

import base64
import binascii
import os
import re
import subprocess
import time
from typing import TYPE_CHECKING

from tests.world.app import Viewer
from tests.world.errors import Denied
from tests.world.gateway import Request, Response
from tests.world.gitdir import ENVIRONMENT
from tests.world.world import Asked

if TYPE_CHECKING:
    from tests.world.repository import Repository
    from tests.world.world import World

PATH = re.compile(
    r"^/(?P<owner>[^/]+)/(?P<name>[^/]+?)(?:\.git)?/(?P<rest>info/refs|git-upload-pack|git-receive-pack)$"
)
ASK = {"www-authenticate": 'Basic realm="GitHub"', "content-type": "text/plain"}


def is_git(path: str) -> bool:
    """Return whether a path is git's."""
    return PATH.match(path) is not None


def answer(world: World, request: Request) -> Response:
    """Answer git. Without a token that covers the repository nothing is told, of public ones neither."""
    began = time.monotonic()
    with world.lock:
        fault = world.faults.meet(request.method, request.path)
    if fault and (fault.status is not None or fault.drop):
        response, who = Response(fault.status or 0, ASK, b"", drop=fault.drop), "fault"
    else:
        response, who = _answered(world, request)
        if fault and fault.truncate is not None:
            response = Response(response.status, response.headers, response.body[: fault.truncate], delay=fault.delay)
    query = "&".join(f"{name}={value}" for name, value in request.query.items())
    status = 0 if response.drop else response.status
    world.requests.append(Asked(request.method, request.path, status, who, time.monotonic() - began, query))
    return response


def _answered(world: World, request: Request) -> tuple[Response, str]:
    found = PATH.match(request.path)
    assert found
    try:
        viewer = _viewer(world, request)
    except Denied as denied:
        return Response(denied.status, ASK, b"denied"), "nobody"
    writes = "git-receive-pack" in (found["rest"], request.query.get("service"))
    with world.lock:
        repo = world.find(found["owner"], found["name"])
        if repo is None or not _may(world, viewer, repo, "read"):
            return Response(404, ASK, b"Repository not found."), viewer.label()
        if writes and not _may(world, viewer, repo, "write"):
            return Response(403, ASK, b"Permission denied."), viewer.label()
        before = repo.git.refs() if found["rest"] == "git-receive-pack" else {}
    response = _backend(repo, request, found["rest"], viewer)
    if found["rest"] == "git-receive-pack":
        _note_push(world, repo, before, viewer)
    return response, viewer.label()


def _viewer(world: World, request: Request) -> Viewer:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(text).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Denied(401, "Bad credentials") from None
    if scheme.lower() != "basic" or name != "x-access-token" or not secret:
        raise Denied(401, "Bad credentials")
    return world.viewer(scheme, secret)


def _may(world: World, viewer: Viewer, repo: Repository, level: str) -> bool:
    if viewer.token is None:
        return world.rank(repo, viewer.user.login) in (
            ("write", "maintain", "admin") if level == "write" else ("read", "triage", "write", "maintain", "admin")
        )
    token = viewer.token
    covered = repo in world.covered(token.installation) and (
        token.repositories is None or repo.id in token.repositories
    )
    return covered and viewer.may("contents", level)


def _backend(repo: Repository, request: Request, rest: str, viewer: Viewer) -> Response:
    environment = {
        **ENVIRONMENT,
        "GIT_PROJECT_ROOT": str(repo.git.path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{rest}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": "&".join(f"{name}={value}" for name, value in request.query.items()),
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_USER": viewer.user.login,
        "REMOTE_ADDR": "127.0.0.1",
        "PATH": os.environ.get("PATH", ""),
    }
    done = subprocess.run(["git", "http-backend"], input=request.body, capture_output=True, env=environment)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, colon, value in (line.partition(":") for line in head.decode("latin-1").split("\r\n"))
        if colon
    }
    status = int(headers.pop("status", "200").split(" ")[0])
    return Response(status if head else 500, headers, body)


def _note_push(world: World, repo: Repository, before: dict[str, str], viewer: Viewer) -> None:
    with world.lock:
        after = repo.git.refs()
        for ref in sorted(before.keys() | after.keys()):
            if before.get(ref) != after.get(ref):
                repo.was_pushed(ref.removeprefix("refs/heads/"), before.get(ref), after.get(ref), viewer.user)
