"""Every request to the fake passes here: credential, limits, contract, permission, operation, ETag, faults."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.world import contract, graph, rest_app, rest_checks, rest_comments, rest_pulls, rest_reviews
from tests.world.app import Viewer
from tests.world.errors import Denied, missing, unauthorised
from tests.world.faults import Fault
from tests.world.limits import Refusal
from tests.world.operation import Answer, Call, Operation
from tests.world.world import Asked

if TYPE_CHECKING:
    from tests.world.world import World

OPERATIONS: tuple[Operation, ...] = (
    *rest_app.OPERATIONS,
    *rest_reviews.OPERATIONS,
    *rest_comments.OPERATIONS,
    *rest_checks.OPERATIONS,
    *rest_pulls.OPERATIONS,
    *rest_pulls.LAST,
)
GRAPHQL = ("/graphql", "/api/graphql")
NOBODY = "nobody"


@dataclass(frozen=True)
class Request:
    """One HTTP request, read whole."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """What goes back; `drop`: nothing does, the connection ends."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    drop: bool = False
    delay: float = 0.0


class Gateway:
    """Answers requests to a world's API, one at a time."""

    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, request: Request) -> Response:
        """Answer a request, with what goes wrong on the way, and remember it."""
        began = time.monotonic()
        path = request.path.removeprefix("/api/v3")
        body = _decoded(request.body)
        with self.world.lock:
            self.world.violations += _violations(request, path, body)
            fault = self.world.faults.meet(request.method, path, request.body.decode("utf-8", "replace"))
        if fault:
            time.sleep(fault.lag)
        if fault and fault.status is not None and not fault.after:
            response, who = _refused(fault, fault.status), "fault"
        elif fault and fault.drop and not fault.after:
            response, who = Response(0, {}, b""), "fault"
        else:
            with self.world.lock:
                response, who = self._answered(request, path, body)
        response = _spoilt(response, fault)
        asked = Asked(
            request.method,
            path,
            0 if response.drop else response.status,
            who,
            time.monotonic() - began,
            "&".join(f"{k}={v}" for k, v in request.query.items()),
            body,
        )
        self.world.requests.append(asked)
        return response

    def _answered(self, request: Request, path: str, body: Any) -> tuple[Response, str]:
        who = NOBODY
        try:
            operation, values = _operation(request.method, path)
            viewer = self._viewer(request, path)
            who = viewer.label()
            if refused := self.world.limits.refusal(who, request.method, makes_content=_makes_content(operation, body)):
                return _limited(refused, path), who
            answer = self._done(request, path, operation, values, viewer, body)
        except Denied as denied:
            answer = Answer(denied.status, denied.body())
        return self._sent(request, path, answer, who), who

    def _viewer(self, request: Request, path: str) -> Viewer:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if not secret:
            if path.startswith("/app-manifests/"):
                return Viewer("person", self.world.ghost)
            raise unauthorised("Requires authentication")
        return self.world.viewer(scheme, secret)

    def _done(
        self,
        request: Request,
        path: str,
        operation: Operation | None,
        values: Mapping[str, str],
        viewer: Viewer,
        body: Any,
    ) -> Answer:
        world = self.world
        if path in GRAPHQL:
            return graph.answer(world, viewer, body if isinstance(body, dict) else {})
        if operation is None:
            raise missing()
        if body is not None and not isinstance(body, dict):
            raise Denied(400, "Problems parsing JSON")
        call = Call(world, viewer, values, request.query, body or {}, request.headers, path)
        call.allow(operation.needs)
        done = operation.run(call)
        if done.status < 300:
            text = f"the fake's own answer to {request.method} {path}: "
            world.violations += [
                text + v for v in contract.check_response(request.method, path, done.status, done.body)
            ]
        return done

    def _sent(self, request: Request, path: str, answer: Answer, who: str) -> Response:
        """Turn an answer into bytes, with an ETag; what the asker has already costs nothing of its hour."""
        world = self.world
        if isinstance(answer.body, str):
            body = answer.body.encode("utf-8", "surrogateescape")
        else:
            body = b"" if answer.status == 204 else json.dumps(answer.body).encode()
        headers = {**_JSON, **answer.headers}
        if request.method == "GET" and answer.status == 200:
            headers["etag"] = f'W/"{hashlib.sha256(who.encode() + body).hexdigest()}"'
            if request.headers.get("if-none-match", "") == headers["etag"]:
                return Response(304, {**headers, **world.limits.headers(who)}, b"")
        if who != NOBODY and path != "/rate_limit":
            world.limits.spend(who)
        resource = "graphql" if path in GRAPHQL else "core"
        return Response(answer.status, {**headers, **world.limits.headers(who, resource)}, body)


_JSON = {"content-type": "application/json; charset=utf-8", "x-github-media-type": "github.v3; format=json"}


def _operation(method: str, path: str) -> tuple[Operation | None, Mapping[str, str]]:
    for operation in OPERATIONS:
        if operation.method == method and (found := operation.pattern.match(path)):
            return operation, {name: unquote(value) for name, value in found.groupdict().items()}
    return None, {}


def _makes_content(operation: Operation | None, body: Any) -> bool:
    return operation.makes_content if operation else "mutation" in str(body)[:200]


def _decoded(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _violations(request: Request, path: str, body: Any) -> list[str]:
    """Return what GitHub would not understand of a request."""
    if path in GRAPHQL:
        told = body if isinstance(body, dict) else {}
        return contract.check_graphql(told.get("query") or "", told.get("variables") or {})
    return contract.check_request(request.method, path, request.query, body)


def _limited(refused: Refusal, path: str) -> Response:
    """Return the answer to a request over a limit: GraphQL says it with status 200 where the hour is used up."""
    told: dict[str, Any] = {"message": refused.message, "documentation_url": "https://docs.github.com/rest"}
    status = refused.status
    if path in GRAPHQL and refused.is_primary:
        status, told = 200, {"errors": [{"type": "RATE_LIMITED", "message": refused.message}]}
    return Response(status, {**_JSON, **refused.headers}, json.dumps(told).encode())


def _refused(fault: Fault, status: int) -> Response:
    body = fault.body if fault.body is not None else {"message": "Server Error"}
    return Response(status, {**_JSON, **fault.headers}, json.dumps(body).encode())


def _spoilt(response: Response, fault: Fault | None) -> Response:
    """Do to a response what a fault says."""
    if fault is None:
        return response
    if fault.then:
        fault.then()
    if fault.after and fault.status is not None:
        response = _refused(fault, fault.status)
    if fault.truncate is not None:
        response = replace(response, body=response.body[: fault.truncate])
    return replace(response, drop=fault.drop, delay=fault.delay)
