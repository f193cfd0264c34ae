"""Published shortfalls to compare with: a CSV of material, unit, quantity and musd."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

from lodestock.errors import FileFormatError, ValueOutOfRangeError, nearest_name

REQUIRED = ("material", "unit", "quantity")
OPTIONAL = ("musd",)
LARGEST_FILE = 5_000_000


@dataclass(frozen=True)
class Published:
    """One published row; quantity in ``unit``, value in million dollars of the publication."""

    material: str
    unit: str
    quantity: float
    musd: float | None
    line: int


def read_published(path: Path) -> tuple[Published, ...]:
    """Read a file of published shortfalls.

    Raises
    ------
    FileFormatError
        Missing, unreadable, too large, without a needed column or without rows.
    ValueOutOfRangeError
        A quantity or value that is no number from zero up; names file and line.
    """
    where = str(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FileFormatError("the reference file is larger than 5 MB", where=where)
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileFormatError(f"the reference file cannot be read ({error.strerror})", where=where) from error
    except UnicodeDecodeError as error:
        raise FileFormatError("the reference file is not UTF-8 text", where=where) from error
    rows = csv.DictReader(io.StringIO(text, newline=""))
    header = [name for name in (rows.fieldnames or []) if name]
    for column in REQUIRED:
        if column not in header:
            near = nearest_name(column, header)
            raise FileFormatError(
                f"no column {column!r}",
                where=where,
                allowed=", ".join((*REQUIRED, *OPTIONAL)),
                hint=f"is it {near!r}?" if near else "",
            )
    found = tuple(_row(row, where, rows.line_num) for row in rows)
    if not found:
        raise FileFormatError("the reference file has no rows", where=where)
    return found


def _row(row: dict[str, str | None], where: str, line: int) -> Published:
    place = f"{where}, line {line}"
    name, unit = ((row.get(key) or "").strip() for key in ("material", "unit"))
    if not name or not unit:
        raise FileFormatError("no material or no unit", where=place)
    quantity = _number(row.get("quantity"), "quantity", place)
    if quantity is None:
        raise FileFormatError("no quantity", where=place)
    return Published(name, unit, quantity, _number(row.get("musd"), "musd", place), line)


def _number(text: str | None, column: str, where: str) -> float | None:
    cell = (text or "").strip().replace(",", "")
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise ValueOutOfRangeError(f"{cell!r} in column {column}", where=where, allowed="a number from 0 up")
    return value
