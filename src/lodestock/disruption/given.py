"""Values of an episode file, checked one by one: what was found, where, and what belongs there."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from lodestock.errors import FileFormatError, LodestockError, UnknownNameError, ValueOutOfRangeError


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """Keys and values; nothing given is no keys."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FileFormatError(f"{value!r} is not a mapping", where=where, allowed="key: value")
    return {str(key): one for key, one in value.items()}


def sequence(value: Any) -> list[Any]:
    """A list, or one thing as a list of one; nothing given is an empty list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def known_keys(row: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    """Raise at the first key that does not belong."""
    for key in row:
        if key not in known:
            raise UnknownNameError("key", key, known, where=where)


def number(value: Any, where: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number, written as one or as text; percentages and other words are refused."""
    if isinstance(value, bool):
        raise FileFormatError(f"{value!r} is not a number", where=where)
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise FileFormatError(f"{value!r} is not a number", where=where, allowed="such as 0.4") from None
    if not math.isfinite(found) or not low <= found <= high:
        raise ValueOutOfRangeError(f"{found:g}", where=where, allowed=f"{low:g} to {high:g}")
    return found


def whole(value: Any, where: str, *, low: int, high: int) -> int:
    """A whole number within limits."""
    found = number(value, where, low=low, high=high)
    if found != int(found):
        raise ValueOutOfRangeError(f"{found:g} is not a whole number", where=where)
    return int(found)


def day(value: Any, where: str) -> date:
    """A day, as YAML reads it or as text, YYYY-MM-DD."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise LodestockError(f"{value!r} is not a date", where=where, allowed="YYYY-MM-DD") from None


def countries(given: Any, where: str) -> tuple[str, ...]:
    """ISO 3166 alpha-3 of countries given by code, name or named set (EU27), each once, in their order."""
    from lodestock.data.catalog import country_names, country_sets, fold, resolve_country

    sets = {fold(name): members for name, members in country_sets().items()}
    sets |= {"eu": sets["eu27"], "european union": sets["eu27"]}
    found: list[str] = []
    for one in sequence(given):
        text = str(one).strip()
        if fold(text) in sets:
            found += sets[fold(text)]
            continue
        try:
            found.append(resolve_country(text))
        except UnknownNameError:
            known = (*country_names(), *country_names().values(), *country_sets())
            raise UnknownNameError("country", text, known, where=where) from None
    return tuple(dict.fromkeys(found))


def spellings(code: str) -> tuple[str, ...]:
    """Codes, name and other published names of a country, the three-letter code first."""
    from lodestock.data.snapshot import load_table

    table, names = load_table("country_aliases"), load_table("countries")
    own = names.filter(names["country"] == code).select("name", "iso2").row(0)
    aliases = table.filter(table["country"] == code)["alias"].to_list()
    return tuple(dict.fromkeys(str(text) for text in (code, *own, *aliases) if text))


def mentions(text: str, names: Iterable[str]) -> bool:
    """Whether a text names one of several in whole words; codes in capitals only as they stand."""
    return any(
        re.search(rf"\b{re.escape(name)}\b", text, flags=0 if name.isupper() else re.IGNORECASE)
        for name in names
        if name
    )
