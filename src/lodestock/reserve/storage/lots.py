"""The file of lots: one row per lot, good rows kept, bad rows named with file and line.

Columns: ``lot``, ``material``, ``form``, ``site``, ``tonnes`` (gross), ``assay`` (share of the material),
``date_in``, ``date_inspected`` (empty: at intake), ``container`` (empty: none), ``value_usd``. Dates are ISO.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError, ValueOutOfRangeError
from lodestock.reserve.storage.forms import StorageForm, containers, storage_forms
from lodestock.table_file import Rejected, Row, keep_good, read_rows

COLUMNS = {
    "lot": "name of the lot, once per file",
    "material": "material as lodestock list materials names it, or any published name",
    "form": "row of the storage forms (lodestock reserve storage --forms)",
    "site": "where it lies",
    "tonnes": "gross weight, t",
    "assay": "share of the material in the lot, in its own basis (an oxide counts its element), 0 to 1",
    "date_in": "day of intake, YYYY-MM-DD",
    "date_inspected": "day of the last inspection; empty: at intake",
    "container": "argon, sealed, drum, bag ...; empty: none",
    "value_usd": "value today, USD",
}
OPTIONAL = ("date_inspected", "container")
LARGEST_FILE = 200_000_000
MOST_TONNES = 1e9
MOST_USD = 1e13


@dataclass(frozen=True)
class Lot:
    """One lot as read."""

    lot: str
    material: str
    form: StorageForm
    site: str
    tonnes: float
    assay: float
    date_in: date
    date_inspected: date
    container: str
    value_usd: float
    line: int

    @property
    def contained_t(self) -> float:
        """Tonnes of the material itself."""
        return self.tonnes * self.assay


@dataclass(frozen=True)
class LotFile:
    """Lots that can be used, in file order, and rows that cannot."""

    path: str
    lots: tuple[Lot, ...]
    rejected: tuple[Rejected, ...]


def read_lots(path: Path, today: date) -> LotFile:
    """Read a file of lots as of ``today``.

    Raises
    ------
    FileFormatError
        The file is missing, unreadable, too large, without a needed column or without rows. A row that is
        wrong alone is no error of the file: it is returned as rejected.
    """
    needed = [column for column in COLUMNS if column not in OPTIONAL]
    rows = read_rows(path, needed, OPTIONAL, others=True, largest=LARGEST_FILE)
    seen: dict[str, int] = {}

    def lot(row: Row) -> Lot:
        made = _lot(row, today)
        if made.lot in seen:
            raise ConflictError(f"lot {made.lot} stands in line {seen[made.lot]} too")
        seen[made.lot] = row.line
        return made

    return LotFile(str(path), *keep_good(rows, lot))


def _lot(row: Row, today: date) -> Lot:
    from lodestock.data.catalog import resolve_material

    name = row.needed("lot")
    for column in ("material", "form", "site"):
        if not row.text(column):
            raise FileFormatError(f"lot {name} has no {column}", where=row.where)
    material = resolve_material(row.text("material"), where=row.where)
    known = storage_forms()
    if row.text("form") not in known:
        raise UnknownNameError("storage form", row.text("form"), known, where=row.where)
    form = known[row.text("form")]
    if material not in form.materials:
        raise ConflictError(
            f"lot {name}: {form.form} is no form of {material}", allowed=", ".join(form.materials)
        )
    container = row.text("container") or "none"
    if container not in containers():
        raise UnknownNameError("container", container, containers(), where=row.where)
    date_in = _date(row.text("date_in"), "date_in", today)
    last = row.text("date_inspected")
    inspected = _date(last, "date_inspected", today) if last else date_in
    if inspected < date_in:
        raise ConflictError(f"lot {name} was inspected on {inspected}, before it came in on {date_in}")
    return Lot(
        lot=name,
        material=material,
        form=form,
        site=row.text("site"),
        tonnes=_above_zero(row, "tonnes", MOST_TONNES),
        assay=_above_zero(row, "assay", 1.0),
        date_in=date_in,
        date_inspected=inspected,
        container=container,
        value_usd=row.number("value_usd", high=MOST_USD),
        line=row.line,
    )


def _above_zero(row: Row, column: str, high: float) -> float:
    value = row.number(column, high=high)
    if value == 0.0:
        raise ValueOutOfRangeError(f"0 in column {column}", where=row.where, allowed=f"above 0 to {high:g}")
    return value


def _date(text: str, column: str, today: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ValueOutOfRangeError(f"{text!r} in column {column}", allowed="YYYY-MM-DD") from error
    if found > today:
        raise ValueOutOfRangeError(f"{found} in column {column}", allowed=f"a day up to {today}")
    return found
