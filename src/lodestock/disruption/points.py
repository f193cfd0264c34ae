"""The observations of an episode: a CSV of single cited facts.

Columns: ``date`` (see dates.py), ``series``, ``low``, ``high``, ``unit``, ``kind`` (price, quantity or
ratio), ``source``, and ``market`` (home or abroad) or ``place`` (a country; with
``FOB`` before it, abroad).
Optional: ``episode`` (rows of others are skipped), ``weight`` (normal, thin, secondary, lower-bound),
``note``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lodestock.disruption.dates import Span, read_span
from lodestock.errors import FileFormatError, UnitError, UnknownNameError, ValueOutOfRangeError

KINDS = ("price", "quantity", "ratio")
MARKETS = ("home", "abroad", "product")
WEIGHTS = {"normal": 1.0, "secondary": 0.5, "thin": 0.0, "lower-bound": 0.5}
"""Weight in the error of level; thin quotes count for sign, rank and band only."""
NEEDED = ("date", "series", "low", "high", "unit", "kind", "source")


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
    """Market of a place: home when it names a home country and is not FOB, else abroad."""
    if place.upper().startswith("FOB"):
        return "abroad"
    return "home" if any(name and name.lower() in place.lower() for name in home) else "abroad"


def read_points(path: Path, episode: str, home_names: Iterable[str]) -> tuple[Point, ...]:
    """Read and check the points of one episode.

    Raises
    ------
    FileFormatError
        A column is missing, a number or date cannot be read.
    UnitError
        A series mixes units.
    """
    if not path.is_file():
        raise FileFormatError(
            "no such file", where=str(path.name), hint="name it in the key points of the episode"
        )
    homes = tuple(home_names)
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        header = reader.fieldnames or []
        missing = [name for name in NEEDED if name not in header]
        if missing or not {"market", "place"} & set(header):
            raise FileFormatError(
                f"no column {(missing or ['market'])[0]!r}",
                where=path.name,
                allowed=", ".join((*NEEDED, "market or place")),
            )
        rows = [
            (line, row) for line, row in enumerate(reader, start=2) if row.get("episode", episode) == episode
        ]
    points = tuple(_point(row, f"{path.name} line {line}", homes) for line, row in rows)
    if not points:
        raise FileFormatError(f"no row of episode {episode!r}", where=path.name)
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


def _point(row: dict[str, str], where: str, homes: tuple[str, ...]) -> Point:
    try:
        low, high = float(row["low"]), float(row["high"])
    except ValueError:
        raise FileFormatError(
            f"low {row['low']!r}, high {row['high']!r}", where=where, allowed="numbers"
        ) from None
    if not 0 <= low <= high < float("inf"):
        raise ValueOutOfRangeError(f"range {low} to {high}", where=where, allowed="0 <= low <= high")
    kind = row["kind"].strip()
    if kind not in KINDS:
        raise UnknownNameError("kind", kind, KINDS, where=where)
    if kind != "quantity" and low <= 0:
        raise ValueOutOfRangeError(f"{kind} of {low}", where=where, allowed="above 0")
    place = (row.get("place") or "").strip()
    market = (row.get("market") or "").strip() or market_of(place, homes)
    if market not in MARKETS:
        raise UnknownNameError("market", market, MARKETS, where=where)
    weight = (row.get("weight") or "").strip() or ("lower-bound" if "(above)" in row["source"] else "normal")
    if weight not in WEIGHTS:
        raise UnknownNameError("weight", weight, WEIGHTS, where=where)
    span = read_span(row["date"], where)
    return Point(
        span,
        row["series"].strip(),
        market,
        place,
        low,
        high,
        row["unit"].strip(),
        kind,
        weight,
        row["source"],
    )
