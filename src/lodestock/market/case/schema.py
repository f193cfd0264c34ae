"""JSON Schema and Markdown of the format, both from its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lodestock.market.case.check import PARTS
from lodestock.market.case.field import Field, Table
from lodestock.market.case.fields import LISTS, TOP, is_by_kind
from lodestock.market.case.horizon_fields import PERIOD_TABLE


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a case, for editors and other programs."""
    properties: dict[str, Any] = {"$schema": {"type": "string"}}
    properties.update({key: _field(field) for key, field in TOP.items()})
    for key, (description, tables) in LISTS.items():
        properties[key] = {"type": "array", "description": description, "items": _items(tables)}
    properties["periods"] = {"anyOf": [_table(PERIOD_TABLE), {"type": "null"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lodestock market case",
        "type": "object",
        "properties": properties,
        "required": [key for key, field in TOP.items() if field.required] + ["nodes"],
        "additionalProperties": False,
    }


def reference() -> str:
    """Return the tables of the format as Markdown."""
    parts = [_markdown("The case", "", TOP)]
    for key, (description, tables) in LISTS.items():
        if is_by_kind(tables):
            parts.append(f"### `{key}`\n\n{description} `kind` says which.\n")
            parts += [_markdown(f"`{kind}`", "", table, level=4) for kind, table in tables.items()]  # type: ignore[arg-type]
        else:
            parts.append(_markdown(f"`{key}`", description, tables))  # type: ignore[arg-type]
    parts.append(_markdown("`periods`", "One object, or left out for a single period.", PERIOD_TABLE))
    parts += [_markdown(f"Each of `{kind}`", "", table, level=3) for kind, (_, table) in PARTS.items()]
    return "\n".join(parts)


def _items(tables: Mapping[str, Table] | Table) -> dict[str, Any]:
    if not is_by_kind(tables):
        return _table(tables)  # type: ignore[arg-type]
    return {"oneOf": [_table(table, kind) for kind, table in tables.items()]}  # type: ignore[arg-type]


def _table(table: Table, kind: str = "") -> dict[str, Any]:
    properties = {key: _field(field) for key, field in table.items()}
    required = [key for key, field in table.items() if field.required]
    if kind:
        properties = {"kind": {"const": kind}, **properties}
        required = ["kind", *required]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _field(field: Field) -> dict[str, Any]:
    schema = _shape(field)
    unit = f" Unit: {field.unit}." if field.unit else ""
    schema["description"] = f"{field.description}{unit}"
    if not field.required:
        schema["default"] = list(field.default) if isinstance(field.default, tuple) else field.default
    return schema


def _shape(field: Field) -> dict[str, Any]:
    kind = field.kind
    if kind in ("number", "limit", "integer"):
        schema: dict[str, Any] = {"type": "integer" if kind == "integer" else "number"}
        if kind == "limit":
            schema["type"] = ["number", "null"]
        if field.low is not None:
            schema["exclusiveMinimum" if field.above else "minimum"] = field.low
        if field.high is not None:
            schema["maximum"] = field.high
        return schema
    if kind == "flag":
        return {"type": "boolean"}
    if kind == "choice":
        return {"enum": list(field.choices)}
    if kind in PARTS:
        items: dict[str, Any] = _table(PARTS[kind][1])
    elif kind == "numbers":
        items = _shape(Field("number", "", low=field.low, high=field.high, above=field.above))
    elif kind in ("nodes", "activities", "levies", "texts"):
        items = {"type": "string"}
    elif kind == "weights":
        return {"type": "object", "additionalProperties": {"type": "number"}}
    elif kind == "settings":
        return {"type": "object", "minProperties": 1}
    else:
        return {"type": "string", **({"minLength": 1} if field.required else {})}
    return {"type": "array", "items": items, **({"minItems": 1} if field.required else {})}


def _markdown(heading: str, text: str, table: Table, *, level: int = 3) -> str:
    lines = [f"{'#' * level} {heading}\n"]
    if text:
        lines.append(f"{text}\n")
    lines += ["| key | type | unit | default | meaning |", "|---|---|---|---|---|"]
    for key, field in table.items():
        cells = (f"`{key}`", _type(field), field.unit, _default(field), field.description)
        lines.append(("| " + " | ".join(cells) + " |").replace("|  |", "| |").replace("|  |", "| |"))
    return "\n".join(lines) + "\n"


def _type(field: Field) -> str:
    if field.kind == "choice":
        return ", ".join(f"`{choice}`" for choice in field.choices)
    if field.kind == "limit":
        return f"{_number('number', field)}, or null"
    if field.kind in ("number", "integer"):
        return _number("whole number" if field.kind == "integer" else "number", field)
    words = {
        "flag": "true or false",
        "node": "name of a node",
        "activity": "name of an activity",
        "curve": "name of a curve",
        "nodes": "list of nodes",
        "activities": "list of activities",
        "levies": "list of contracts",
        "numbers": "list of numbers",
        "texts": "list of texts",
        "settings": "object",
    }
    if field.kind == "weights":
        return f"object: {field.of} and number"
    return words.get(field.kind, f"list of {field.kind}" if field.kind in PARTS else field.kind)


def _number(word: str, field: Field) -> str:
    if field.low is not None and field.low == field.high:
        return f"{word}, {field.low:g}"
    parts = [word]
    if field.low is not None:
        parts.append(f"above {field.low:g}" if field.above else f"at least {field.low:g}")
    if field.high is not None:
        parts.append(f"at most {field.high:g}")
    return ", ".join(parts)


def _default(field: Field) -> str:
    if field.required:
        return "required"
    if field.default is None:
        return "null"
    if isinstance(field.default, bool):
        return "true" if field.default else "false"
    if isinstance(field.default, float):
        return f"{field.default:g}"
    return f"`{field.default}`" if isinstance(field.default, str) and field.default else "empty"
