"""Smart HTTP for the emulator, which has none: git's own `http-backend` on bare repositories, behind tokens."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Container

from starlette.requests import Request
from starlette.responses import Response


async def serve_git(request: Request, root: str, tokens: Container[str]) -> Response:
    """Answer a fetch; 401 without a token that is known, as GitHub asks for one."""
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    _, _, token = base64.b64decode(given if kind.lower() == "basic" else "").decode().partition(":")
    if token not in tokens:
        return Response(status_code=401, headers={"www-authenticate": 'Basic realm="GitHub"'})
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": root,
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PATH_INFO": request.url.path,
        "QUERY_STRING": request.url.query,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "HTTP_GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
    }
    pipe = asyncio.subprocess.PIPE
    backend = await asyncio.create_subprocess_exec("git", "http-backend", stdin=pipe, stdout=pipe, env=environment)
    said, _ = await backend.communicate(await request.body())
    head, _, body = said.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n"))
    status = int(headers.pop("Status", "200").split()[0])
    return Response(body, status, headers)
