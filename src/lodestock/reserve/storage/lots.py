"""The file of lots: one row per lot, good rows kept, bad rows named with file and line.

Columns: ``lot``, ``material``, ``form``, ``site``, ``tonnes`` (gross), ``assay`` (share of the material),
``date_in``, ``date_inspected`` (empty: at intake), ``container`` (empty: none), ``value_usd``. Dates are ISO.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lodestock.errors import (
    ConflictError,
    FileFormatError,
    LodestockError,
    UnknownNameError,
    ValueOutOfRangeError,
    nearest_name,
)
from lodestock.reserve.storage.forms import StorageForm, containers, storage_forms

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
class Rejected:
    """A row that cannot be used, and why."""

    line: int
    lot: str
    reason: str


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
    where = str(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FileFormatError("the file of lots is larger than 200 MB", where=where)
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileFormatError(f"the file of lots cannot be read ({error.strerror})", where=where) from error
    except UnicodeDecodeError as error:
        raise FileFormatError("the file of lots is not UTF-8 text", where=where) from error
    try:
        return _read(text, where, today)
    except csv.Error as error:
        raise FileFormatError(f"the file of lots is no CSV ({error})", where=where) from error


def _read(text: str, where: str, today: date) -> LotFile:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    _check_header([name for name in (reader.fieldnames or []) if name], where)
    lots: list[Lot] = []
    rejected: list[Rejected] = []
    seen: dict[str, int] = {}
    for row in reader:
        line = reader.line_num
        name = (row.get("lot") or "").strip()
        try:
            lot = _lot(row, today, line)
            if lot.lot in seen:
                raise ConflictError(f"lot {lot.lot} stands in line {seen[lot.lot]} too")
        except LodestockError as error:
            rejected.append(Rejected(line, name, str(error).replace("\n", ";")))
            continue
        seen[lot.lot] = line
        lots.append(lot)
    if not lots and not rejected:
        raise FileFormatError("the file of lots has no rows", where=where)
    return LotFile(where, tuple(lots), tuple(rejected))


def _check_header(header: list[str], where: str) -> None:
    for column in COLUMNS:
        if column not in header and column not in OPTIONAL:
            near = nearest_name(column, header)
            raise FileFormatError(
                f"no column {column!r}",
                where=where,
                allowed=", ".join(COLUMNS),
                hint=f"is it {near!r}?" if near else "",
            )


def _lot(row: dict[str, str | None], today: date, line: int) -> Lot:
    from lodestock.data.catalog import resolve_material

    def cell(name: str) -> str:
        return (row.get(name) or "").strip()

    if None in row:
        raise FileFormatError("more cells than columns")
    for name in ("lot", "material", "form", "site"):
        if not cell(name):
            raise FileFormatError(f"lot {cell('lot') or '(unnamed)'} has no {name}")
    material = resolve_material(cell("material"))
    known = storage_forms()
    if cell("form") not in known:
        raise UnknownNameError("storage form", cell("form"), known)
    form = known[cell("form")]
    if material not in form.materials:
        raise ConflictError(
            f"lot {cell('lot')}: {form.form} is no form of {material}", allowed=", ".join(form.materials)
        )
    container = cell("container") or "none"
    if container not in containers():
        raise UnknownNameError("container", container, containers())
    date_in = _date(cell("date_in"), "date_in", today)
    inspected = _date(cell("date_inspected"), "date_inspected", today) if cell("date_inspected") else date_in
    if inspected < date_in:
        raise ConflictError(f"lot {cell('lot')} was inspected on {inspected}, before it came in on {date_in}")
    return Lot(
        lot=cell("lot"),
        material=material,
        form=form,
        site=cell("site"),
        tonnes=_number(cell("tonnes"), "tonnes", 0.0, MOST_TONNES, above=True),
        assay=_number(cell("assay"), "assay", 0.0, 1.0, above=True),
        date_in=date_in,
        date_inspected=inspected,
        container=container,
        value_usd=_number(cell("value_usd"), "value_usd", 0.0, MOST_USD),
        line=line,
    )


def _number(text: str, column: str, low: float, high: float, *, above: bool = False) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and low <= value <= high and not (above and value == low)):
        start = "above" if above else "from"
        raise ValueOutOfRangeError(
            f"{text!r} in column {column}", allowed=f"a number {start} {low:g} to {high:g}"
        )
    return value


def _date(text: str, column: str, today: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ValueOutOfRangeError(f"{text!r} in column {column}", allowed="YYYY-MM-DD") from error
    if found > today:
        raise ValueOutOfRangeError(f"{found} in column {column}", allowed=f"a day up to {today}")
    return found
