"""The assumptions table: every number nobody publishes, with its range and its reason."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from lodestock.data.snapshot import SNAPSHOT_DIRECTORY
from lodestock.errors import FileFormatError, UnknownNameError, ValueOutOfRangeError
from lodestock.world.model import Assumption

LOG_SCALE_RATIO = 4.0
"""A range whose high is at least this many times its low is interpolated in logarithms."""


@dataclass(frozen=True)
class Row:
    """One row as written: what it applies to, and its range. Empty labels match everything."""

    name: str
    material: str
    """A material, a class of materials, or * for all."""
    stage: str
    end_use: str
    country: str
    low: float
    central: float
    high: float
    unit: str
    reason: str
    source: str


@dataclass(frozen=True)
class Book:
    """All rows, grouped by name, and the class of every material."""

    rows: Mapping[str, tuple[Row, ...]]
    material_class: Mapping[str, str]

    def lookup(
        self,
        name: str,
        *,
        material: str,
        stage: str | None = None,
        end_use: str | None = None,
        country: str | None = None,
        position: float = 0.0,
    ) -> Assumption:
        """Return the most specific row that applies, as an Assumption.

        A row for the material beats one for its class, which beats one for all; among these a row that names
        the country, then the end use, then the stage wins.

        Parameters
        ----------
        name : as in the table, for example ``supply_elasticity_short``.
        material : slug.
        stage, end_use, country : narrow the row; a row that names another one does not apply.
        position : where in the range, -1 low, 0 central, +1 high (see ``value_at``).

        Raises
        ------
        UnknownNameError
            No row of that name applies; names the nearest name.
        """
        if name not in self.rows:
            raise UnknownNameError("assumption", name, self.rows, where=f"world {material}")
        scope = {material: 3, self.material_class.get(material, ""): 2, "*": 1}
        best: tuple[tuple[int, int, int, int], Row] | None = None
        for row in self.rows[name]:
            if (
                row.material not in scope
                or row.stage not in ("", stage)
                or row.end_use not in ("", end_use)
                or row.country not in ("", country)
            ):
                continue
            rank = (scope[row.material], bool(row.country), bool(row.end_use), bool(row.stage))
            if best is None or rank > best[0]:
                best = (rank, row)
        if best is None:
            place = "/".join(part for part in (material, stage, end_use, country) if part)
            raise UnknownNameError("assumption", f"{name} for {place}", self.rows, where=f"world {material}")
        row = best[1]
        return Assumption(
            name=name,
            low=row.low,
            central=row.central,
            high=row.high,
            unit=row.unit,
            reason=row.reason,
            source=row.source,
            value=value_at(row.low, row.central, row.high, position),
            applies_to="/".join(part for part in (row.material, row.stage, row.end_use, row.country) if part),
        )

    def applies(self, name: str, material: str) -> tuple[Row, ...]:
        """All rows of a name written for this very material (countries, end uses), in file order."""
        return tuple(row for row in self.rows.get(name, ()) if row.material == material)


def value_at(low: float, central: float, high: float, position: float) -> float:
    """Value at a position of a range: -1 gives low, 0 central, +1 high.

    Between them linear, or in logarithms when the whole range is positive and spans a factor of
    ``LOG_SCALE_RATIO`` or more. A symmetric triangular position on [-1, 1] therefore gives a distribution
    whose median is the central value.
    """
    if not -1.0 <= position <= 1.0:
        raise ValueOutOfRangeError(f"position {position:g} in a range", allowed="-1 (low) to 1 (high)")
    end = high if position >= 0 else low
    weight = abs(position)
    if low > 0 and high / low >= LOG_SCALE_RATIO:
        return float(np.exp((1 - weight) * np.log(central) + weight * np.log(end)))
    return (1 - weight) * central + weight * end


@dataclass
class Ledger:
    """Looks rows up for one material and keeps what was used, for reports."""

    book: Book
    material: str
    draw: Mapping[str, float] = field(default_factory=dict)
    used: dict[str, Assumption] = field(default_factory=dict)

    def take(
        self, name: str, *, stage: str | None = None, end_use: str | None = None, country: str | None = None
    ) -> float:
        """Value of an assumption under the draw; records the row."""
        row = self.book.lookup(
            name,
            material=self.material,
            stage=stage,
            end_use=end_use,
            country=country,
            position=self.draw.get(name, 0.0),
        )
        key = "".join(f"[{part}]" for part in (stage, end_use, country) if part)
        self.used[name + key] = row
        return row.value

    def reason(self, name: str, *, end_use: str) -> str:
        """Reason of the row taken for an end use."""
        return self.used[f"{name}[{end_use}]"].reason


def lookup(
    name: str,
    *,
    material: str,
    stage: str | None = None,
    end_use: str | None = None,
    country: str | None = None,
) -> Assumption:
    """Look one assumption up in the shipped table; see ``Book.lookup``."""
    return load_book().lookup(name, material=material, stage=stage, end_use=end_use, country=country)


@lru_cache(maxsize=1)
def load_book() -> Book:
    """Read the shipped tables of assumptions and of material classes."""
    with (SNAPSHOT_DIRECTORY / "materials.csv").open(encoding="utf-8", newline="") as handle:
        classes = {row["material"]: row["material_class"] for row in csv.DictReader(handle)}
    with (SNAPSHOT_DIRECTORY / "assumptions.csv").open(encoding="utf-8", newline="") as handle:
        return read_book(csv.DictReader(handle), classes)


def read_book(records: csv.DictReader[str], material_class: Mapping[str, str]) -> Book:
    """Group records by name, checking that low <= central <= high and that each has unit, reason, source."""
    grouped: dict[str, list[Row]] = {}
    for line, record in enumerate(records, start=2):
        row = _row(record, line)
        grouped.setdefault(row.name, []).append(row)
    return Book({name: tuple(rows) for name, rows in grouped.items()}, dict(material_class))


def _row(record: Mapping[str, str], line: int) -> Row:
    where = f"assumptions.csv line {line}"
    try:
        low, central, high = (float(record[key]) for key in ("low", "central", "high"))
    except (KeyError, TypeError, ValueError) as error:
        raise FileFormatError(
            f"not three numbers low, central, high ({error})", where=where, allowed="numbers"
        ) from error
    if not low <= central <= high:
        raise ValueOutOfRangeError(
            f"{record['name']}: {low:g}, {central:g}, {high:g}", where=where, allowed="low <= central <= high"
        )
    labels = {key: (record.get(key) or "").strip() for key in ("stage", "end_use", "country")}
    return Row(
        name=record["name"],
        material=record["material"],
        stage=labels["stage"],
        end_use=labels["end_use"],
        country=labels["country"],
        low=low,
        central=central,
        high=high,
        unit=record["unit"],
        reason=record["reason"],
        source=record["source"],
    )
