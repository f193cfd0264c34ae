"""The observations of an episode: a CSV of single cited facts.

Columns: ``date`` (see dates.py), ``series``, ``low``, ``high``, ``unit``, ``kind`` (price, quantity or
ratio), ``source``, and ``market`` (home or abroad) or ``place`` (a country; with
``FOB`` before it, abroad).
Optional: ``episode`` (rows of others are skipped), ``weight`` (normal, thin, secondary, lower-bound),
``note``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lodestock.disruption.dates import Span, read_span
from lodestock.disruption.given import mentions
from lodestock.errors import FileFormatError, UnitError, UnknownNameError, ValueOutOfRangeError
from lodestock.table_file import Row, make_all, read_rows

KINDS = ("price", "quantity", "ratio")
OWN = ("home", "domestic")
"""Places that mean the home country without naming it."""
MARKETS = ("home", "abroad", "product")
WEIGHTS = {"normal": 1.0, "secondary": 0.5, "thin": 0.0, "lower-bound": 0.5}
"""Weight in the error of level; thin quotes count for sign, rank and band only."""
NEEDED = ("date", "series", "low", "high", "unit", "kind", "source")
OPTIONAL = ("market", "place", "episode", "weight")


@dataclass(frozen=True)
class Point:
    """One cited fact; ``low`` and ``high`` differ where the source states a range."""

    span: Span
    series: str
    market: str
    place: str
    low: float
    high: float
    unit: str
    kind: str
    weight: str
    source: str

    @property
    def key(self) -> tuple[str, str]:
        """Series and market: the points that can be compared with each other."""
        return (self.series, self.place or self.market)

    @property
    def middle(self) -> float:
        """Mean of the range."""
        return 0.5 * (self.low + self.high)


def market_of(place: str, home: Iterable[str]) -> str:
    """Market of a place: home when it names a home country, in whole words, and is not FOB, else abroad.

    A country's name inside the longer name of another one does not count: Guinea in Papua New Guinea.
    """
    from lodestock.data.catalog import country_names

    if place.upper().startswith("FOB"):
        return "abroad"
    if place.casefold() in OWN:
        return "home"
    homes = tuple(name for name in home if name)
    longer = [name for name in country_names().values() if name not in homes]
    rest = place
    for name in longer:
        if any(one.casefold() in name.casefold() for one in homes):
            rest = re.sub(rf"\b{re.escape(name)}\b", " ", rest, flags=re.IGNORECASE)
    return "home" if mentions(rest, homes) or country_of_port(place) in homes else "abroad"


def country_of_port(place: str) -> str | None:
    """Country of the port that a place begins with, such as Shanghai; None where no port or several fit."""
    from lodestock.data.catalog import fold

    words = fold(place).split()
    for count in range(len(words), 0, -1):
        found = _ports().get(" ".join(words[:count]), set())
        if found:
            return next(iter(found)) if len(found) == 1 else None
    return None


@lru_cache(maxsize=1)
def _ports() -> dict[str, set[str]]:
    """Countries by the folded name of their ports."""
    from lodestock.data.catalog import fold
    from lodestock.data.snapshot import load_table

    found: dict[str, set[str]] = {}
    for name, country in load_table("ports").select("name", "country").iter_rows():
        if name and country:
            found.setdefault(fold(str(name)), set()).add(str(country))
    return found


def read_points(path: Path, episode: str, home_names: Iterable[str]) -> tuple[Point, ...]:
    """Read and check the points of one episode.

    Raises
    ------
    FileFormatError
        A column is missing, a number or date cannot be read.
    UnitError
        A series mixes units.
    """
    homes = tuple(home_names)
    rows = read_rows(path, NEEDED, OPTIONAL, others=True)
    if not {"market", "place"} & set(rows[0].cells):
        raise FileFormatError("no column 'market' or 'place'", where=str(path))
    mine = [row for row in rows if row.cells.get("episode", episode) == episode]
    if not mine:
        raise FileFormatError(f"no row of episode {episode!r}", where=str(path))
    points = make_all(mine, lambda row: _point(row, homes))
    units: dict[tuple[str, str], str] = {}
    for point in points:
        first = units.setdefault(point.key, point.unit)
        if point.unit != first:
            raise UnitError(
                f"series {point.series!r} mixes {first} and {point.unit}",
                where=path.name,
                hint="convert them, or give them different series names",
            )
    return points


def _point(row: Row, homes: tuple[str, ...]) -> Point:
    low = row.number("low")
    high = row.number("high", low)
    kind = row.text("kind")
    if kind not in KINDS:
        raise UnknownNameError("kind", kind, KINDS, where=row.where)
    if kind != "quantity" and low <= 0:
        raise ValueOutOfRangeError(f"{kind} of {low}", where=row.where, allowed="above 0")
    place = row.text("place")
    market = row.text("market") or market_of(place, homes)
    if market not in MARKETS:
        raise UnknownNameError("market", market, MARKETS, where=row.where)
    source = row.text("source")
    weight = row.text("weight") or ("lower-bound" if "(above)" in source else "normal")
    if weight not in WEIGHTS:
        raise UnknownNameError("weight", weight, WEIGHTS, where=row.where)
    span = read_span(row.needed("date"), row.where)
    return Point(
        span,
        row.text("series"),
        market,
        place,
        low,
        high,
        row.text("unit"),
        kind,
        weight,
        source,
    )
