"""GitHub's example payloads of the events that the App gets, and what is made of them."""

from __future__ import annotations

import copy
import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[1] / "data" / "github" / "examples.json.gz"


def examples() -> dict[str, list[dict[str, Any]]]:
    """Return event name -> payloads, fresh: tests may change them."""
    return copy.deepcopy(_examples())


def example(event: str, action: str | None = None, number: int = -1) -> dict[str, Any]:
    """Return one example of an event and action; the last is the newest."""
    return [payload for payload in examples()[event] if payload.get("action") == action][number]


def pull_comment(text: str = "/prudent review") -> dict[str, Any]:
    """Return an `issue_comment` on a pull request, of which GitHub publishes no example."""
    payload = example("issue_comment", "created")
    here = payload["repository"]["url"]
    page = f"{payload['repository']['html_url']}/pull/{payload['issue']['number']}"
    there = f"{here}/pulls/{payload['issue']['number']}"
    payload["issue"]["pull_request"] = {"url": there, "html_url": page, "diff_url": f"{page}.diff"}
    payload["issue"]["pull_request"] |= {"patch_url": f"{page}.patch", "merged_at": None}
    payload["comment"]["body"] = text
    payload["installation"] = {"id": 7, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uNw=="}
    return payload


@cache
def _examples() -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = json.loads(gzip.decompress(EXAMPLES.read_bytes()))
    return loaded
