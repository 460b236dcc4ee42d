"""Schemas of answers, and whether an answer satisfies one.

Providers, llguidance and strict tool calls each take a part of JSON schema. This is what all of them take, and nothing
else is a schema here: objects whose properties are all required and that allow no others, arrays, strings, integers,
numbers, booleans, enums of strings, `const`, and `["string", "null"]` for what may be missing.

pydantic-core does the checking, strictly: "1" is no integer, 1.0 is none either, a lone surrogate is no text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from models.chat.errors import BadAnswer

if TYPE_CHECKING:
    from pydantic_core import CoreSchema, SchemaValidator, ValidationError

_NOTES = frozenset({"title", "description"})
_KEYWORDS = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems"},
    "string": {"enum", "const", "minLength", "maxLength"},
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "boolean": set[str](),
    "null": set[str](),
}
_LIMITS = {
    "minLength": "letters, at least:",
    "maxLength": "letters, at most:",
    "minItems": "entries, at least:",
    "maxItems": "entries, at most:",
    "minimum": "at least:",
    "maximum": "at most:",
}
_SHOWN = 3  # faults named in one error
_MOST = 1 << 22  # bytes of an answer; no answer of ours comes near


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raise ValueError, naming the place, if this is no schema that every provider takes."""
    if schema.get("type") != "object":
        raise ValueError("the schema of an answer is an object's")
    _check(schema, "answer")


def answer_in(text: str | bytes, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer that a JSON text holds; raises BadAnswer if it is none, or does not satisfy the schema.

    The error says where and how, never what stands there.
    """
    from pydantic_core import ValidationError

    if len(text) > _MOST:
        raise BadAnswer(f"the answer has {len(text)} characters")
    validator = _validator(json.dumps(schema))
    try:
        found: dict[str, Any] = validator.validate_json(text)
    except ValidationError as error:
        raise BadAnswer(_said(error)) from None  # its text quotes the answer
    return found


def answer_of(data: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return data as the answer that it is once it was sent as JSON; raises BadAnswer as `answer_in` does."""
    try:
        return answer_in(json.dumps(data, allow_nan=False), schema)
    except (TypeError, ValueError):
        raise BadAnswer("the answer is no JSON") from None


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the types that a schema allows."""
    said = schema["type"]
    return (said,) if isinstance(said, str) else tuple(said)


def unlimited(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema without the limits that strict providers refuse: they are told in words, and checked here."""
    found = {name: value for name, value in schema.items() if name not in _LIMITS}
    limits = [f"{_LIMITS[name]} {schema[name]}" for name in _LIMITS if name in schema]
    if limits:
        found["description"] = ". ".join([*([schema["description"]] if "description" in schema else []), *limits])
    if "properties" in schema:
        found["properties"] = {name: unlimited(child) for name, child in schema["properties"].items()}
    if "items" in schema:
        found["items"] = unlimited(schema["items"])
    if "null" in types_of(schema) and len(types_of(schema)) > 1:
        kind = next(one for one in types_of(schema) if one != "null")
        described = {"description": found.pop("description")} if "description" in found else {}
        return {"anyOf": [{**found, "type": kind}, {"type": "null"}], **described}
    return found


def _said(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    if faults and faults[0]["type"] == "json_invalid":
        return "the answer is no JSON, or is cut off"
    said = []
    for fault in faults[:_SHOWN]:
        is_extra = fault["type"] == "extra_forbidden"  # its last part is a key that somebody else wrote
        place = ".".join(str(part) for part in (fault["loc"][:-1] if is_extra else fault["loc"]))
        said.append(f"{place or 'answer'}: {fault['type']}")
    more = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return f"the answer does not satisfy the schema: {', '.join(said)}{more}"


def _check(schema: Mapping[str, Any], place: str) -> None:
    kinds = types_of(schema) if "type" in schema else ()
    if not kinds or set(kinds) - set(_KEYWORDS) or len(set(kinds) - {"null"}) != 1:
        raise ValueError(f"{place}: a schema has one type, and may have null beside it")
    kind = next(one for one in kinds if one != "null")
    unknown = sorted(set(schema) - _NOTES - {"type"} - _KEYWORDS[kind])
    if unknown:
        raise ValueError(f"{place}: not every provider takes {', '.join(unknown)} of {kind}")
    if kind == "object":
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or sorted(schema.get("required", ())) != sorted(properties):
            raise ValueError(f"{place}: all properties are required, and there are no others")
        for name, child in properties.items():
            _check(child, f"{place}.{name}")
    if kind == "array":
        if "items" not in schema:
            raise ValueError(f"{place}: an array says what its items are")
        _check(schema["items"], f"{place}[]")
    words = (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else []))
    if any(not isinstance(word, str) for word in words) or schema.get("enum") == []:
        raise ValueError(f"{place}: an enum lists strings")


@lru_cache(maxsize=64)
def _validator(schema: str) -> SchemaValidator:
    from pydantic_core import SchemaValidator

    read = json.loads(schema)
    check_schema(read)
    return SchemaValidator(_core(read))


def _core(schema: Mapping[str, Any]) -> CoreSchema:
    """Return a schema in pydantic-core's words."""
    from pydantic_core import core_schema as core

    kinds = types_of(schema)
    kind = next(one for one in kinds if one != "null")
    found: CoreSchema
    if kind == "object":
        fields = {name: core.typed_dict_field(_core(child)) for name, child in schema["properties"].items()}
        found = core.typed_dict_schema(fields, strict=True, extra_behavior="forbid", total=True)
    elif kind == "array":
        least, most = schema.get("minItems"), schema.get("maxItems")
        found = core.list_schema(_core(schema["items"]), min_length=least, max_length=most, strict=True)
    elif kind == "string":
        found = _words(schema)
    elif kind == "integer":
        found = core.int_schema(strict=True, ge=schema.get("minimum"), le=schema.get("maximum"))
    elif kind == "number":
        least, most = schema.get("minimum"), schema.get("maximum")
        found = core.float_schema(strict=True, ge=least, le=most, allow_inf_nan=False)
    else:
        found = core.bool_schema(strict=True)
    return core.nullable_schema(found) if "null" in kinds else found


def _words(schema: Mapping[str, Any]) -> CoreSchema:
    from pydantic_core import core_schema as core

    if "const" in schema:
        return core.literal_schema([schema["const"]])
    if "enum" in schema:
        return core.literal_schema(list(schema["enum"]))
    return core.str_schema(strict=True, min_length=schema.get("minLength"), max_length=schema.get("maxLength"))
