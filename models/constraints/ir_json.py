"""A ConstraintIR as JSON and back. What is read is checked as strictly as anything that comes from outside."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any, Final, TypeVar, cast

from kb.errors import UserError
from models.constraints.ir import (
    VERSION,
    Constraint,
    ConstraintIR,
    Grammar,
    HoleSpec,
    Inhabitants,
    Kind,
    Pattern,
    Preferences,
    Priority,
    Schema,
    Words,
)
from models.constraints.model import Domain

_FORMS: Final[Mapping[str, Callable[..., Constraint]]] = {
    "grammar": Grammar,
    "schema": Schema,
    "pattern": Pattern,
    "words": Words,
    "inhabitants": Inhabitants,
    "preferences": Preferences,
}
_NAMES: Final = {form: name for name, form in _FORMS.items()}
_Record = TypeVar("_Record")
_Member = TypeVar("_Member")
LARGEST: Final = 2_000_000  # characters of JSON that are read


class BadConstraints(UserError):
    """A text is no ConstraintIR; the message says where it is wrong."""


def to_json(ir: ConstraintIR, *, indent: int | None = None) -> str:
    """Return an IR as JSON text, keys sorted: equal content gives equal text."""
    made = {
        "version": ir.version,
        "hole": asdict(ir.hole),
        "constraints": [constraint_data(one) for one in ir.constraints],
        "names": None if ir.names is None else list(ir.names),
        "feasibility": ir.feasibility,
        "notes": list(ir.notes),
    }
    return json.dumps(made, ensure_ascii=False, sort_keys=True, indent=indent)


def constraint_data(one: Constraint) -> dict[str, Any]:
    """Return a constraint as what `json` can write."""
    return {"form": _NAMES[type(one)], **asdict(one), "priority": one.priority.name.lower()}


def canonical(one: Constraint) -> str:
    """Return the content of a constraint as one text, `why` left out: it says nothing about what is allowed."""
    data = constraint_data(one)
    del data["why"]
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


def from_json(text: str) -> ConstraintIR:
    """Return the IR that a JSON text holds; raises BadConstraints for anything else."""
    if len(text) > LARGEST:
        raise BadConstraints(f"larger than {LARGEST:,} characters")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadConstraints(f"no JSON: {error}") from error
    if not isinstance(data, dict):
        raise BadConstraints("the outermost value is no object")
    if data.get("version") != VERSION:
        raise BadConstraints(f"version {data.get('version')!r}, and this program reads version {VERSION}")
    unknown = sorted(set(data) - {"version", "hole", "constraints", "names", "feasibility", "notes"})
    if unknown:
        raise BadConstraints(f"unknown key {unknown[0]!r}")
    names = data.get("names")
    feasibility = data.get("feasibility", 1.0)
    if not isinstance(feasibility, (int, float)) or isinstance(feasibility, bool) or not 0 <= feasibility <= 1:
        raise BadConstraints("feasibility is no number from 0 to 1")
    rows = data.get("constraints", [])
    if not isinstance(rows, list):
        raise BadConstraints("constraints is no list")
    return ConstraintIR(
        hole=_made(HoleSpec, data.get("hole"), "hole"),
        constraints=tuple(_constraint(row, f"constraints[{at}]") for at, row in enumerate(rows)),
        names=None if names is None else _strings(names, "names"),
        feasibility=float(feasibility),
        notes=_strings(data.get("notes", []), "notes"),
    )


def _constraint(row: object, where: str) -> Constraint:
    if not isinstance(row, dict):
        raise BadConstraints(f"{where} is no object")
    form = _FORMS.get(str(row.get("form")))
    if form is None:
        raise BadConstraints(f"{where}.form is {row.get('form')!r}, and there are {', '.join(_FORMS)}")
    return _made(form, {key: value for key, value in row.items() if key != "form"}, where)


def _made(form: Callable[..., _Record], data: object, where: str) -> _Record:
    """Return a record made of a JSON object, every field of it checked."""
    if not isinstance(data, dict):
        raise BadConstraints(f"{where} is no object")
    known = {one.name: one for one in fields(cast("type[Any]", form))}
    for key in data:
        if key not in known:
            raise BadConstraints(f"{where} has an unknown key {key!r}")
    values = {key: _value(str(known[key].type), value, f"{where}.{key}") for key, value in data.items()}
    try:
        return form(**values)
    except TypeError as error:
        missing = str(error).rpartition("argument")[2].strip("s: ")
        raise BadConstraints(f"{where} lacks {missing}") from error


def _value(wanted: str, value: object, where: str) -> object:
    if wanted == "Kind":
        return _member({one.value: one for one in Kind}, value, where)
    if wanted == "Domain":
        return _member({one.value: one for one in Domain}, value, where)
    if wanted == "Priority":
        return _member({one.name.lower(): one for one in Priority}, value, where)
    if wanted == "tuple[str, ...]":
        return _strings(value, where)
    if wanted == "tuple[tuple[str, float], ...]":
        return _weights(value, where)
    kinds: Mapping[str, type] = {"str": str, "int": int, "bool": bool}
    if type(value) is not kinds[wanted]:
        raise BadConstraints(f"{where} is no {wanted}")
    return value


def _member(found: Mapping[str, _Member], value: object, where: str) -> _Member:
    if not isinstance(value, str) or value not in found:
        raise BadConstraints(f"{where} is {value!r}, and there are {', '.join(found)}")
    return found[value]


def _strings(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadConstraints(f"{where} is no list of strings")
    return tuple(value)


def _weights(value: object, where: str) -> tuple[tuple[str, float], ...]:
    found = []
    for one in value if isinstance(value, list) else [None]:
        pair = one if isinstance(one, list) and len(one) == 2 else (None, None)
        if not isinstance(pair[0], str) or not isinstance(pair[1], (int, float)) or isinstance(pair[1], bool):
            raise BadConstraints(f"{where} is no list of [word, nats]")
        found.append((pair[0], float(pair[1])))
    return tuple(found)
