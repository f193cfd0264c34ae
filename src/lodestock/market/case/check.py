"""Check a case against the tables of its format: errors name file and key, value, allowed, nearest name."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lodestock.errors import (
    ConflictError,
    FileFormatError,
    LodestockError,
    UnknownNameError,
    ValueOutOfRangeError,
)
from lodestock.market.case.field import Field, Table
from lodestock.market.case.fields import LISTS, TOP, is_by_kind
from lodestock.market.case.horizon_fields import PERIOD_TABLE

Names = Mapping[str, frozenset[str]]
Values = dict[str, Any]

LARGEST = 1e100
"""Size of a number beyond which squares of it leave what a computer can count."""
MOST_COUNTED = 100_000
"""Largest whole number, such as a lag in periods."""


def checked(document: object, where: str) -> Values:
    """Return the document with every default filled in; raise for the first thing that does not fit."""
    if not isinstance(document, Mapping):
        raise FileFormatError(f"holds {_kind_of(document)}", where=where, allowed="an object")
    known = ["$schema", *TOP, *LISTS, "periods"]
    for key in document:
        if key not in known:
            raise UnknownNameError("key", key, known, where=where)
    names = _names(document)
    values = _object({key: document[key] for key in TOP if key in document}, TOP, names, where)
    for key in LISTS:
        values[key] = _list(document.get(key, []), key, names, where)
        _require_unique(key, values[key], where)
        if key == "nodes" and not values[key]:
            raise ConflictError("a case without nodes", where=f"{where}: nodes", allowed="at least one node")
    values["periods"] = None
    if document.get("periods") is not None:
        values["periods"] = _object(document["periods"], PERIOD_TABLE, names, f"{where}: periods")
    if values["periods"] is None:
        for key in ("changes", "stores", "policy_stocks", "shipments", "recycling"):
            if values[key]:
                raise ConflictError(
                    f"{key} without periods", where=f"{where}: {key}", allowed="give periods too"
                )
    return values


def checked_element(element: object, key: str, names: Names, where: str) -> Values:
    """Return one element of a list with its defaults; ``where`` is the path of the element."""
    tables = LISTS[key][1]
    if not is_by_kind(tables):
        return _object(element, tables, names, where)  # type: ignore[arg-type]
    if not isinstance(element, Mapping):
        raise FileFormatError(f"holds {_kind_of(element)}", where=where, allowed="an object")
    if "kind" not in element:
        raise LodestockError("kind is missing", where=where, allowed=", ".join(tables))
    kind = element["kind"]
    if not isinstance(kind, str) or kind not in tables:
        raise UnknownNameError("kind", kind, tables, where=f"{where}.kind")
    table: Table = tables[kind]  # type: ignore[assignment]
    body = {name: value for name, value in element.items() if name != "kind"}
    return {"kind": kind, **_object(body, table, names, where)}


def names_of(values: Mapping[str, Any]) -> Names:
    """Return the names of elements by kind of element; a tariff-rate quota makes two activities."""
    return _names(values)


def _names(document: Mapping[str, Any]) -> Names:
    found: dict[str, frozenset[str]] = {}
    lists = (("nodes", "node"), ("curves", "curve"), ("activities", "activity"), ("levies", "levy"))
    for key, kind in lists:
        names: list[str] = []
        elements = document.get(key, [])
        for element in elements if isinstance(elements, Sequence) else ():
            name = element.get("name") if isinstance(element, Mapping) else None
            if isinstance(name, str):
                split = element.get("kind") == "tariff_rate_quota"
                names += [f"{name} within quota", f"{name} beyond quota"] if split else [name]
        found[kind] = frozenset(names)
    return found


def _list(elements: object, key: str, names: Names, where: str) -> list[Values]:
    if not isinstance(elements, list | tuple):
        raise FileFormatError(f"holds {_kind_of(elements)}", where=f"{where}: {key}", allowed="a list")
    return [
        checked_element(element, key, names, f"{where}: {key}[{at}]") for at, element in enumerate(elements)
    ]


def _require_unique(key: str, elements: Sequence[Values], where: str) -> None:
    seen: set[str] = set()
    for at, element in enumerate(elements):
        name = element.get("name")
        if name in seen:
            raise ConflictError(
                f"two elements are called {name!r}",
                where=f"{where}: {key}[{at}].name",
                allowed="unique names",
            )
        if name is not None:
            seen.add(name)


def _object(value: object, table: Table, names: Names, where: str) -> Values:
    if not isinstance(value, Mapping):
        raise FileFormatError(f"holds {_kind_of(value)}", where=where, allowed="an object")
    for key in value:
        if key not in table:
            raise UnknownNameError("key", key, table, where=where)
    filled: Values = {}
    for key, field in table.items():
        if key in value:
            filled[key] = CHECKS[field.kind](value[key], field, names, _inside(where, key))
        elif field.required:
            raise LodestockError(f"{key} is missing", where=where, allowed=field.description)
        else:
            filled[key] = field.default
    return filled


def _text(value: object, field: Field, names: Names, where: str) -> str:
    if not isinstance(value, str):
        raise FileFormatError(f"{_shown(value)} is {_kind_of(value)}", where=where, allowed="text")
    if field.required and not value.strip():
        raise ValueOutOfRangeError("empty text", where=where, allowed=field.description)
    return value


def _number(value: object, field: Field, names: Names, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FileFormatError(f"{_shown(value)} is {_kind_of(value)}", where=where, allowed=_range(field))
    number = float(min(max(value, -sys.float_info.max), sys.float_info.max))
    if abs(number) > LARGEST:
        raise ValueOutOfRangeError(
            f"value is {number:g}", where=where, allowed=f"at most {LARGEST:g} in size"
        )
    good = math.isfinite(number)
    if field.low is not None:
        good &= number > field.low if field.above else number >= field.low
    if field.high is not None:
        good &= number <= field.high
    if not good:
        raise ValueOutOfRangeError(f"value is {number:g}", where=where, allowed=_range(field))
    return number


def _limit(value: object, field: Field, names: Names, where: str) -> float | None:
    return None if value is None else _number(value, field, names, where)


def _integer(value: object, field: Field, names: Names, where: str) -> int:
    number = _number(value, field, names, where)
    if number > MOST_COUNTED:
        raise ValueOutOfRangeError(
            f"value is {number:g}", where=where, allowed=f"a whole number up to {MOST_COUNTED:,}"
        )
    if number != int(number):
        raise ValueOutOfRangeError(f"value is {number:g}", where=where, allowed="a whole number")
    return int(number)


def _flag(value: object, field: Field, names: Names, where: str) -> bool:
    if not isinstance(value, bool):
        raise FileFormatError(f"{_shown(value)} is {_kind_of(value)}", where=where, allowed="true or false")
    return value


def _choice(value: object, field: Field, names: Names, where: str) -> str:
    if value not in field.choices:
        raise UnknownNameError("value", value, field.choices, where=where)
    return str(value)


def _known(kind: str) -> Callable[[object, Field, Names, str], str]:
    def check(value: object, field: Field, names: Names, where: str) -> str:
        text = _text(value, field, names, where)
        if text not in names[kind]:
            raise UnknownNameError(kind, text, names[kind], where=where)
        return text

    return check


def _several(one: str) -> Callable[[object, Field, Names, str], tuple[Any, ...]]:
    def check(value: object, field: Field, names: Names, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise FileFormatError(f"holds {_kind_of(value)}", where=where, allowed="a list")
        if not value and field.required:
            raise ValueOutOfRangeError("an empty list", where=where, allowed="at least one")
        return tuple(CHECKS[one](item, field, names, f"{where}[{at}]") for at, item in enumerate(value))

    return check


def _weights(value: object, field: Field, names: Names, where: str) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise FileFormatError(
            f"holds {_kind_of(value)}", where=where, allowed="an object of names and numbers"
        )
    if not value and field.required:
        raise ValueOutOfRangeError("an empty object", where=where, allowed="at least one name")
    return {
        _known(field.of)(name, field, names, where): _number(weight, field, names, f"{where}[{name!r}]")
        for name, weight in value.items()
    }


def _settings(value: object, field: Field, names: Names, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise FileFormatError(
            f"holds {_kind_of(value)}", where=where, allowed="an object with at least one key"
        )
    return dict(value)


ENTRY: Table = {
    "node": Field("node", "Node."),
    "quantity": Field("number", "Delivered (+) or taken (-) per unit of level.", "1"),
    "money": Field("limit", "The same for money; null: the quantity.", "1", None),
}
SEGMENT: Table = {
    "from": Field("number", "Own price from which it holds; the first is 0.", "P", low=0.0),
    "a1": Field("number", "First coefficient.", default=0.0),
    "e1": Field("number", "First exponent.", default=0.0),
    "a2": Field("number", "Second coefficient.", default=0.0),
    "e2": Field("number", "Second exponent.", default=0.0),
}
BACKSTOP: Table = {
    "share": Field("number", "Share of use.", "1", low=0.0, high=1.0),
    "multiple_low": Field("number", "Multiple at which it begins to leave.", "1", low=1.0),
    "multiple_high": Field("number", "Multiple at which it has left.", "1", low=1.0),
}
PARTS: Mapping[str, tuple[str, Table]] = {
    "entries": ("entry", ENTRY),
    "segments": ("segment", SEGMENT),
    "backstops": ("backstop", BACKSTOP),
}
"""Compound fields: the kind of one part, and its table."""


def _part(table: Table) -> Callable[[object, Field, Names, str], Values]:
    return lambda value, field, names, where: _object(value, table, names, where)


CHECKS: dict[str, Callable[[Any, Field, Names, str], Any]] = {
    "text": _text,
    "number": _number,
    "limit": _limit,
    "integer": _integer,
    "flag": _flag,
    "choice": _choice,
    "node": _known("node"),
    "activity": _known("activity"),
    "curve": _known("curve"),
    "levy": _known("levy"),
    "nodes": _several("node"),
    "activities": _several("activity"),
    "levies": _several("levy"),
    "numbers": _several("number"),
    "texts": _several("text"),
    "weights": _weights,
    "settings": _settings,
    **{kind: _several(part) for kind, (part, _) in PARTS.items()},
    **{part: _part(table) for part, table in PARTS.values()},
}


def _inside(where: str, key: str) -> str:
    return f"{where}.{key}" if ": " in where else f"{where}: {key}"


def _range(field: Field) -> str:
    if field.low is None and field.high is None:
        return "a finite number"
    parts = []
    if field.low is not None:
        parts.append(f"above {field.low:g}" if field.above else f"at least {field.low:g}")
    if field.high is not None:
        parts.append(f"at most {field.high:g}")
    return "a finite number, " + ", ".join(parts)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list | tuple) else "an object"
