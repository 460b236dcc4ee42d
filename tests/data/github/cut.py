"""Cut the slices of GitHub's own contract that the tests hold us to, from the packages that publish it.

Run by hand: `.venv/bin/python tests/data/github/cut.py`. It needs npm and the network; no test does. What is cut:

openapi.json.gz    the REST operations of OPERATIONS with all schemas they lead to, without prose and examples
webhooks.json.gz   the JSON Schema (draft 7) of the payloads of EVENTS
examples.json.gz   GitHub's example payloads of EVENTS, word for word
schema.graphql     the GraphQL types of sdl.TYPES, their fields as far as they lead to each other
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sdl import slice_of

HERE = Path(__file__).resolve().parent
PACKAGES = {
    "@octokit/openapi@23.0.2": "package/generated/api.github.com.json",
    "@octokit/webhooks-schemas@7.6.1": "package/schema.json",
    "@octokit/webhooks-examples@7.6.1": "package/api.github.com/index.json",
    "@octokit/graphql-schema@15.26.1": "package/schema.graphql",
}
REPO = "/repos/{owner}/{repo}"
PULL = f"{REPO}/pulls/{{pull_number}}"
REVIEW = f"{PULL}/reviews/{{review_id}}"
OPERATIONS = {
    "/app": "get",
    "/app-manifests/{code}/conversions": "post",
    "/app/hook/config": "get patch",
    "/app/hook/deliveries": "get",
    "/app/hook/deliveries/{delivery_id}": "get",
    "/app/hook/deliveries/{delivery_id}/attempts": "post",
    "/app/installations": "get",
    "/app/installations/{installation_id}": "get",
    "/app/installations/{installation_id}/access_tokens": "post",
    "/installation/repositories": "get",
    "/rate_limit": "get",
    "/users/{username}": "get",
    REPO: "get",
    f"{REPO}/installation": "get",
    f"{REPO}/collaborators/{{username}}/permission": "get",
    f"{REPO}/contents/{{path}}": "get",
    f"{REPO}/compare/{{basehead}}": "get",
    f"{REPO}/commits": "get",
    f"{REPO}/commits/{{ref}}": "get",
    f"{REPO}/commits/{{commit_sha}}/pulls": "get",
    f"{REPO}/commits/{{ref}}/check-runs": "get",
    f"{REPO}/commits/{{ref}}/check-suites": "get",
    f"{REPO}/check-runs": "post",
    f"{REPO}/check-runs/{{check_run_id}}": "get patch",
    f"{REPO}/check-runs/{{check_run_id}}/annotations": "get",
    f"{REPO}/check-suites/{{check_suite_id}}": "get",
    f"{REPO}/check-suites/{{check_suite_id}}/check-runs": "get",
    f"{REPO}/issues/comments/{{comment_id}}": "get patch delete",
    f"{REPO}/issues/comments/{{comment_id}}/reactions": "get post",
    f"{REPO}/issues/{{issue_number}}/comments": "get post",
    f"{REPO}/pulls": "get",
    f"{REPO}/pulls/comments/{{comment_id}}": "get patch delete",
    f"{REPO}/pulls/comments/{{comment_id}}/reactions": "get post",
    PULL: "get",
    f"{PULL}/comments": "get post",
    f"{PULL}/commits": "get",
    f"{PULL}/files": "get",
    f"{PULL}/reviews": "get post",
    REVIEW: "get put delete",
    f"{REVIEW}/comments": "get",
    f"{REVIEW}/dismissals": "put",
    f"{REVIEW}/events": "post",
}
EVENTS = (
    "check_run",
    "check_suite",
    "installation",
    "installation_repositories",
    "issue_comment",
    "ping",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "push",
)
PROSE = frozenset({"description", "example", "examples", "externalDocs", "title", "tags", "summary"})


def main() -> int:
    """Fetch the packages into a scratch folder, cut the slices beside this file and say how large they are."""
    with tempfile.TemporaryDirectory() as scratch:
        openapi, schema, examples, sdl = (_member(Path(scratch), *item) for item in PACKAGES.items())
    _write("openapi.json.gz", openapi_slice(json.loads(openapi)))
    _write("webhooks.json.gz", webhooks_slice(json.loads(schema)))
    _write("examples.json.gz", {e["name"]: e["examples"] for e in json.loads(examples) if e["name"] in EVENTS})
    (HERE / "schema.graphql").write_text(slice_of(sdl.decode()))
    for path in sorted(HERE.iterdir()):
        print(f"{path.stat().st_size:8} {path.name}")
    return 0


def openapi_slice(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the wanted operations and what they refer to."""
    paths: dict[str, Any] = {}
    for path, methods in OPERATIONS.items():
        paths[path] = {method: _bare(document["paths"][path][method]) for method in methods.split()}
    kept: dict[str, Any] = {}
    for pointer in _closure(document, paths):
        section, name = pointer.removeprefix("#/components/").split("/")
        kept.setdefault(section, {})[name] = _bare(document["components"][section][name])
    return {"openapi": document["openapi"], "info": document["info"], "paths": paths, "components": kept}


def webhooks_slice(document: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with the definitions of the wanted events and what they refer to."""
    roots = {"oneOf": [{"$ref": f"#/definitions/{name}"} for name in sorted(_event_names(document))]}
    names = [pointer.removeprefix("#/definitions/") for pointer in _closure(document, roots)]
    definitions = {name: _bare(document["definitions"][name]) for name in names}
    return {"$schema": document["$schema"], **roots, "definitions": definitions}


def _event_names(document: dict[str, Any]) -> Iterator[str]:
    for event in EVENTS:
        yield next(name for name in (f"{event}_event", f"{event}$event") if name in document["definitions"])


def _closure(document: dict[str, Any], start: Any) -> list[str]:
    """Return every local pointer that is reachable, sorted."""
    seen: set[str] = set()
    waiting = list(_pointers(start))
    while waiting:
        pointer = waiting.pop()
        if pointer not in seen:
            seen.add(pointer)
            waiting += _pointers(_bare(_at(document, pointer)))
    return sorted(seen)


def _at(document: dict[str, Any], pointer: str) -> Any:
    found: Any = document
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def _pointers(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _pointers(value)
    elif isinstance(node, list):
        for value in node:
            yield from _pointers(value)


def _bare(node: Any, *, in_names: bool = False) -> Any:
    """Return a node without prose; under `properties` and its like the keys are names, not keywords."""
    if isinstance(node, list):
        return [_bare(value) for value in node]
    if not isinstance(node, dict):
        return node
    wanted: Iterable[tuple[str, Any]] = (
        node.items() if in_names else ((k, v) for k, v in node.items() if k not in PROSE and not k.startswith("x-"))
    )
    names = ("properties", "definitions", "patternProperties", "responses")
    return {key: _bare(value, in_names=not in_names and key in names) for key, value in wanted}


def _member(scratch: Path, package: str, member: str) -> bytes:
    """Return one file of a package, without unpacking the rest of it."""
    packed = subprocess.run(
        ["npm", "pack", package, "--silent", "--pack-destination", str(scratch)],
        check=True,
        capture_output=True,
        text=True,
    )
    with tarfile.open(scratch / packed.stdout.split()[-1]) as archive:
        found = archive.extractfile(member)
        if found is None:
            raise FileNotFoundError(f"{package} has no file {member}")
        return found.read()


def _write(name: str, data: Any) -> None:
    text = json.dumps(data, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    (HERE / name).write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    sys.exit(main())
