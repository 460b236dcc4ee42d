"""What GitHub would not take: requests, answers, webhooks and GraphQL queries against slices of its own contract.

The slices lie in tests/data/github/. Every function returns the violations as texts, none when all is well. They are
GitHub's word, except where its description leaves something out: rules of ours are in `contract_rules.py`, changes of
the description in `contract_meaning.py`, each with its source. Request bodies are closed: a misspelt field is a
violation here, while GitHub would drop it silently.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from tests.world.contract_meaning import as_meant
from tests.world.contract_operations import Operation, operation_of
from tests.world.contract_rules import EMPTY, RULES, query_rules

DATA = Path(__file__).parents[1] / "data" / "github"
Query = Mapping[str, str]


def check_request(method: str, path: str, query: Query | None = None, body: Any = None) -> list[str]:
    """Return what is wrong with a request; `path` is without host and query, `body` the decoded JSON or None."""
    found = operation_of(_openapi(), method, path)
    if found is None:
        return [f"{method.upper()} {path}: GitHub has no such operation (or it is not in the slice: see cut.py)"]
    said = [*_path(found), *_query(found, query or {}), *_body(found, body)]
    if isinstance(body, dict):
        said += RULES.get((found.method, found.template), EMPTY)(body)
    return [f"{found.name}: {text}" for text in said]


def check_response(method: str, path: str, status: int, body: Any = None) -> list[str]:
    """Return what is wrong with an answer. `body`: decoded JSON, None for none, text for a media type of text."""
    found = operation_of(_openapi(), method, path)
    if found is None:
        return [f"{method.upper()} {path}: GitHub has no such operation (or it is not in the slice: see cut.py)"]
    return [f"{found.name} {status}: {text}" for text in _answer(found, status, body)]


def check_webhook(event: str, payload: Any) -> list[str]:
    """Return what is wrong with a webhook's payload; `event` is what X-GitHub-Event says."""
    schemas = _webhook_schemas()
    action = payload.get("action") if isinstance(payload, dict) else None
    name = next((n for n in (f"{event}${action}", f"{event}$event") if n in schemas), None)
    if name is None:
        return [f"{event}: GitHub has no such event with action {action!r} (or it is not in the slice: see cut.py)"]
    return [f"{name}: {text}" for text in _said(_webhook_validator(name), payload)]


def check_graphql(query: str, variables: Mapping[str, Any] | None = None) -> list[str]:
    """Return what is wrong with a GraphQL document and its variables; unknown variables are a violation too."""
    from graphql.execution.values import get_variable_values

    said, defined = _graphql_document(query)
    if said:
        return list(said)
    unknown = sorted(set(variables or {}) - {node.variable.name.value for node in defined})
    values = get_variable_values(graphql_schema(), defined, dict(variables or {}))
    wrong = [error.message for error in values] if isinstance(values, list) else []
    return [f"graphql: {text}" for text in wrong + [f"variable ${name} is not declared" for name in unknown]]


@lru_cache(maxsize=256)  # validating takes milliseconds, and the App asks few questions
def _graphql_document(query: str) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return what is wrong with a document, and the variables that its one operation declares."""
    from graphql import GraphQLError, OperationDefinitionNode, parse, validate

    try:
        document = parse(query)
    except GraphQLError as error:
        return (f"graphql: {error.message}",), ()
    if errors := validate(graphql_schema(), document):
        return tuple(f"graphql: {error.message}" for error in errors), ()
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1:
        return (f"graphql: one operation is expected, not {len(operations)}",), ()
    return (), tuple(operations[0].variable_definitions or ())


@cache
def graphql_schema() -> Any:
    """Return the slice of GitHub's schema as a `graphql.GraphQLSchema`, to validate against or to execute on."""
    from graphql import build_schema

    return build_schema((DATA / "schema.graphql").read_text("utf-8"), assume_valid=True, assume_valid_sdl=True)


def _path(found: Operation) -> Iterator[str]:
    for name, schema in found.parameters("path"):
        yield from _coerced(found, name, schema, found.values.get(name, ""))


def _query(found: Operation, query: Query) -> Iterator[str]:
    known = dict(found.parameters("query"))
    for name, value in query.items():
        if name not in known:
            yield f"unknown query parameter {name!r}"
        else:
            yield from _coerced(found, name, known[name], value)
    yield from query_rules(query)


def _coerced(found: Operation, name: str, schema: Mapping[str, Any], text: str) -> Iterator[str]:
    """Return what is wrong with a parameter, which is text in a URL whatever its type."""
    value: Any = text
    kind = schema.get("type")
    if kind in ("integer", "number") and text.lstrip("-").isdigit():
        value = int(text)
    elif kind == "boolean" and text in ("true", "false"):
        value = text == "true"
    pointer = found.pointer("parameters", name)
    for said in _said(_openapi_validator(pointer), value):
        yield f"parameter {name!r}: {said}"


def _body(found: Operation, body: Any) -> Iterator[str]:
    wanted = found.request_schema
    if wanted is None:
        if body not in (None, {}):
            yield "a body is sent where none is taken"
        return
    if body is None:
        if found.needs_body:
            yield "the body is missing"
        return
    yield from _said(_openapi_validator(found.pointer("requestBody")), body)


def _answer(found: Operation, status: int, body: Any) -> Iterator[str]:
    described = found.answer(status)
    if status in (204, 205, 304):
        if body not in (None, ""):
            yield "an answer without a body has one"
    elif described is not None and isinstance(body, str) and found.has_text_form:
        return  # a diff, a patch or raw contents, asked for by Accept
    elif described is not None and described != {} and (status, body) != (202, None):
        yield from _said(_openapi_validator(found.pointer("responses", str(status))), body)
    elif described is None and status < 400:
        yield f"GitHub does not answer so; it answers {', '.join(found.statuses)}"
    elif described is None and not (isinstance(body, dict) and isinstance(body.get("message"), str)):
        yield "an error's body has a message"


def _said(validator: Any, value: Any) -> list[str]:
    """Return the validator's errors, each with its place; of a choice, what is wrong with the nearest branch."""
    from jsonschema.exceptions import best_match

    errors = []
    for error in validator.iter_errors(value):
        nearest = best_match([error]) or error
        place = "".join(f"[{part!r}]" if isinstance(part, int) else f".{part}" for part in nearest.absolute_path)
        errors.append(f"{place or 'value'}: {_short(nearest.message)}")
    return errors


def _short(message: str) -> str:
    return message if len(message) <= 300 else f"{message[:100]} ... {message[-150:]}"  # it quotes the value


@cache
def _openapi() -> dict[str, Any]:
    """Return the slice as it is meant, with its request bodies closed."""
    document: dict[str, Any] = _load("openapi.json.gz")
    as_meant(document)
    return document


@cache
def _openapi_validator(pointer: str) -> Any:
    from openapi_schema_validator import OAS30WriteValidator, oas30_format_checker

    registry = _registry("openapi", _openapi())
    schema = {"$ref": f"openapi#{pointer}"}
    return OAS30WriteValidator(schema, registry=registry, format_checker=oas30_format_checker)


@cache
def _webhook_validator(name: str) -> Any:
    from jsonschema import Draft7Validator

    registry = _registry("webhooks", _load("webhooks.json.gz"))
    schema = {"$ref": f"webhooks#/definitions/{name}"}
    return Draft7Validator(schema, registry=registry, format_checker=Draft7Validator.FORMAT_CHECKER)


@cache
def _webhook_schemas() -> frozenset[str]:
    return frozenset(_load("webhooks.json.gz")["definitions"])


def _registry(name: str, document: dict[str, Any]) -> Any:
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7, DRAFT202012

    draft = DRAFT202012 if name == "openapi" else DRAFT7
    return Registry().with_resource(name, Resource(contents=document, specification=draft))


@cache
def _load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(gzip.decompress((DATA / name).read_bytes()))
    return document
