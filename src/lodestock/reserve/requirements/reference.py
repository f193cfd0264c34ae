"""Published shortfalls to compare with: a CSV of material, unit, quantity and musd."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from lodestock.errors import FileFormatError
from lodestock.table_file import Row, make_all, read_rows

REQUIRED = ("material", "unit", "quantity")
OPTIONAL = ("musd",)


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
    return make_all(read_rows(path, REQUIRED, OPTIONAL, others=True), _row)


def _row(row: Row) -> Published:
    quantity = _number(row, "quantity")
    if quantity is None:
        raise FileFormatError("no quantity", where=row.where)
    return Published(row.needed("material"), row.needed("unit"), quantity, _number(row, "musd"), row.line)


def _number(row: Row, column: str) -> float | None:
    """Number of a cell in which commas may part thousands; None where it is empty."""
    cells = {**row.cells, column: row.text(column).replace(",", "")}
    return replace(row, cells=cells).optional_number(column)
