"""Wherever countries are listed: single names, sets such as ``EU27``, zones, ``all``, and ``all-but``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError
from lodestock.scenario.names import Names

ALL = "all"
ALL_BUT = "all-but"
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class CountryList:
    """What a file says: names to include, and names to leave out of everybody (``all-but``)."""

    names: tuple[str, ...] = ()
    all_but: tuple[str, ...] | None = None


def parse_countries(raw: object) -> CountryList:
    """Parse ``China``, ``[USA, EU27]`` or ``{all-but: [CHN]}``; ``all-but`` may also stand inside the list.

    Raises
    ------
    FileFormatError
        Anything else, such as a number or a nested list.
    ConflictError
        An empty list.
    """
    if isinstance(raw, str):
        raw = [raw]
    if isinstance(raw, Mapping):
        return CountryList(all_but=_excluded(raw))
    if not isinstance(raw, Iterable):
        raise FileFormatError(f"{raw!r} is not a list of countries", allowed=_ALLOWED)
    names: list[str] = []
    excluded: tuple[str, ...] | None = None
    for item in raw:
        if isinstance(item, Mapping):
            if excluded is not None:
                raise ConflictError("all-but stands twice in one list", hint="write one all-but list")
            excluded = _excluded(item)
        elif isinstance(item, str) and 0 < len(item.strip()) <= MAX_NAME:
            names.append(item.strip())
        else:
            raise FileFormatError(f"{str(item)[:60]!r} is not a country", allowed=_ALLOWED)
    if not names and excluded is None:
        raise ConflictError("the list of countries is empty", allowed=_ALLOWED)
    return CountryList(tuple(names), excluded)


_ALLOWED = "a country (China or CHN), a set (EU27), a zone of this file, all, or {all-but: [CHN]}"


def _excluded(raw: Mapping[object, object]) -> tuple[str, ...]:
    keys = [key for key in raw if key != ALL_BUT]
    if keys or not raw:
        raise UnknownNameError("key in a list of countries", keys[0] if keys else "{}", [ALL_BUT])
    inner = parse_countries(raw[ALL_BUT])
    if inner.all_but is not None:
        raise ConflictError("all-but stands inside all-but", hint="list the countries to leave out")
    return inner.names


def expand(
    countries: CountryList, names: Names, zones: Mapping[str, tuple[str, ...]], *, where: str = ""
) -> tuple[str, ...]:
    """Return the ISO 3166 alpha-3 codes meant, sorted.

    ``all`` and ``all-but`` range over every country of the table and the pooled remainder ``OTH``.

    Raises
    ------
    UnknownNameError
        A name that is no country, set or zone.
    ConflictError
        ``all-but`` leaves nobody.
    """
    members: set[str] = set()
    for name in countries.names:
        members.update(_one(name, names, zones, where))
    if countries.all_but is not None:
        left_out: set[str] = set()
        for name in countries.all_but:
            left_out.update(_one(name, names, zones, where))
        members.update(set(names.countries) - left_out)
    if not members:
        raise ConflictError("all-but leaves no country", where=where, hint="leave out fewer countries")
    return tuple(sorted(members))


def _one(name: str, names: Names, zones: Mapping[str, tuple[str, ...]], where: str) -> Iterable[str]:
    if name in zones:
        return zones[name]
    if name.casefold() == ALL:
        return names.countries
    in_set = names.set_members(name)
    if in_set is not None:
        return in_set
    code = names.country(name)
    if code is None:
        known = [*zones, *names.sets, *names.countries, *names.countries.values(), ALL]
        raise UnknownNameError("country, set or zone", name, known, where=where)
    return (code,)
