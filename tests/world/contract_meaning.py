"""Where GitHub's OpenAPI description says less, or more narrowly, than what GitHub does: changed as it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NULL = {"enum": [None], "nullable": True}
REPLY = ("/repos/{owner}/{repo}/pulls/{pull_number}/comments", "post")


def as_meant(document: dict[str, Any]) -> None:
    """Change the document in place: what may be null, what is needed for a reply, and no unknown fields in requests."""
    schemas = document["components"]["schemas"]
    _loosen(document)
    for name in ("pull-request", "pull-request-simple"):
        head = schemas[name]["properties"]["head"]["properties"]
        for gone in ("repo", "user"):  # null after a fork or an account was deleted: the webhook schema says so
            head[gone] = {"anyOf": [head[gone], NULL]}
    for name in ("pull-request-review-comment", "review-comment"):
        for place in ("line", "position"):  # null once the comment is outdated: the webhook schema says so
            if place in schemas.get(name, {}).get("properties", {}):
                schemas[name]["properties"][place]["nullable"] = True
    for template, methods in document["paths"].items():
        for method, operation in methods.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if (template, method) == REPLY:
                    content["schema"] = _reply_or_comment(content["schema"])
                _close(content["schema"], schemas)


def _loosen(node: Any) -> None:
    """Let a nullable enumeration be null (a check run's conclusion), and several branches of a choice hold at once.

    GitHub's own example answers need both: a check run in progress, a user that is "private" and "public".
    """
    if isinstance(node, list):
        for value in node:
            _loosen(value)
    elif isinstance(node, dict):
        if node.get("nullable") is True and isinstance(node.get("enum"), list) and None not in node["enum"]:
            node["enum"].append(None)
        if isinstance(node.get("oneOf"), list):
            node["anyOf"] = node.pop("oneOf")
        for value in node.values():
            _loosen(value)


def _reply_or_comment(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with the prose of `in_reply_to`: with it, all parameters other than body are ignored."""
    choice = [{"required": ["in_reply_to"]}, {"required": ["commit_id", "path"]}]
    return {**schema, "required": ["body"], "anyOf": choice}


def _close(schema: Any, named: Mapping[str, Any]) -> None:
    """Refuse unknown fields, in place; parts of a choice stay open, since they only say what goes together."""
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        _close(named[schema["$ref"].rsplit("/", 1)[-1]], named)
    if schema.get("type") == "object" and "properties" in schema:
        schema.setdefault("additionalProperties", False)
        for inner in schema["properties"].values():
            _close(inner, named)
    _close(schema.get("items"), named)
