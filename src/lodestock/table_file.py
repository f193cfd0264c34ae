"""Tables that users bring: one reader, so that every command takes the same files and refuses them alike.

Comma, semicolon or tab; UTF-8 with or without a byte-order mark, or what spreadsheets call Unicode text;
names of columns in any case. A row that is wrong does not cost the others: ``keep_good`` sets it aside with
its reason.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lodestock.errors import (
    FileFormatError,
    LodestockError,
    RejectedRowsError,
    UnknownNameError,
    ValueOutOfRangeError,
    nearest_name,
)

LARGEST = 20_000_000
"""Bytes, unless the caller expects more."""
DELIMITERS = ",;\t"
Made = TypeVar("Made")


@dataclass(frozen=True)
class Row:
    """One row of a file; cells by column, without blanks around them."""

    line: int
    where: str
    cells: Mapping[str, str]
    surplus: int = 0
    """Cells with text beyond the last column."""

    def text(self, column: str) -> str:
        """Return a cell, empty where the row or the file has none."""
        return self.cells.get(column, "")

    def needed(self, column: str) -> str:
        """Return a cell that may not be empty.

        Raises
        ------
        FileFormatError
            It is empty.
        """
        if not self.text(column):
            raise FileFormatError(f"no {column}", where=self.where)
        return self.text(column)

    def number(self, column: str, low: float = 0.0, high: float = math.inf) -> float:
        """Return a finite number from ``low`` to ``high``.

        Raises
        ------
        ValueOutOfRangeError
            It is empty, no number, or outside.
        """
        try:
            value = float(self.text(column))
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and low <= value <= high):
            limit = f"of at least {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
            raise ValueOutOfRangeError(
                f"{self.text(column)!r} in column {column}",
                where=self.where,
                allowed=f"a number {limit}, with a decimal point and no separators",
            )
        return value

    def optional_number(self, column: str, low: float = 0.0, high: float = math.inf) -> float | None:
        """Return the number, or None where the cell is empty."""
        return self.number(column, low, high) if self.text(column) else None


@dataclass(frozen=True)
class Rejected:
    """A row that cannot be used, and why."""

    row: Row
    reason: str

    @property
    def line(self) -> int:
        """Line of the file."""
        return self.row.line


def read_rows(
    path: Path,
    required: Collection[str],
    optional: Collection[str] = (),
    *,
    others: bool = False,
    largest: int = LARGEST,
) -> tuple[Row, ...]:
    """Read the rows of a table; rows without any text are passed over.

    Parameters
    ----------
    required, optional : columns by name. Other columns are refused, or left out where ``others`` is true.

    Raises
    ------
    FileFormatError
        The file is missing, unreadable, too large, no text, without a needed column or without rows, or has a
        column twice.
    UnknownNameError
        A column that is not known.
    """
    where = str(path)
    text = _decoded(path, largest)
    known = {name.casefold(): name for name in (*required, *optional)}
    delimiter = _delimiter(text.partition("\n")[0], known)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = _header(next(reader, []), known, required, where, others=others)
        rows = tuple(
            _row(cells, header, reader.line_num, where)
            for cells in reader
            if any(cell.strip() for cell in cells)
        )
    except csv.Error as error:
        raise FileFormatError(f"no CSV ({error})", where=f"{where}, line {reader.line_num}") from error
    if not rows:
        raise FileFormatError("the file has no rows", where=where)
    return rows


def make_all(rows: Collection[Row], make: Callable[[Row], Made]) -> tuple[Made, ...]:
    """Make something of every row; the first one that cannot be used raises."""
    return tuple(_made(row, make) for row in rows)


def keep_good(
    rows: Collection[Row], make: Callable[[Row], Made]
) -> tuple[tuple[Made, ...], tuple[Rejected, ...]]:
    """Make something of every row; set aside those that cannot be used."""
    good: list[Made] = []
    bad: list[Rejected] = []
    for row in rows:
        try:
            good.append(_made(row, make))
        except LodestockError as error:
            bad.append(Rejected(row, reason_of(error)))
    return tuple(good), tuple(bad)


def name_rejected(path: Path, rejected: Sequence[Rejected], total: int) -> None:
    """Say which rows were left out, once everything else is done.

    Raises
    ------
    RejectedRowsError
        There is one at least.
    """
    if rejected:
        raise RejectedRowsError(str(path), [(row.line, row.reason) for row in rejected], total)


def _made(row: Row, make: Callable[[Row], Made]) -> Made:
    if row.surplus:
        raise FileFormatError(
            f"{row.surplus} more cells than columns",
            where=row.where,
            hint="a text that holds the separator stands in quotes",
        )
    return make(row)


def reason_of(error: LodestockError) -> str:
    """Return the message of an error in one line, without its place."""
    parts = [error.problem, f"allowed: {error.allowed}" if error.allowed else "", error.hint]
    return "; ".join(part for part in parts if part)


def _decoded(path: Path, largest: int) -> str:
    where = str(path)
    try:
        if path.stat().st_size > largest:
            raise FileFormatError(f"the file is larger than {largest / 1e6:g} MB", where=where)
        data = path.read_bytes()
    except OSError as error:
        raise FileFormatError(f"the file cannot be read ({error.strerror})", where=where) from error
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError(
            "the file is not UTF-8 text", where=where, hint="save it as CSV UTF-8"
        ) from error
    if "\0" in text:
        raise FileFormatError("the file is not text", where=where)
    return text


def _delimiter(header: str, known: Collection[str]) -> str:
    """Return the sign that splits the header into most known columns, the comma first."""

    def found(sign: str) -> int:
        return sum(cell.strip().strip('"').casefold() in known for cell in header.split(sign))

    return max(DELIMITERS, key=found)


def _header(
    cells: list[str], known: Mapping[str, str], required: Collection[str], where: str, *, others: bool
) -> tuple[str, ...]:
    """Return the names of the columns as they are known; empty for a column that is left out."""
    allowed = tuple(known.values())
    names = []
    for cell in (cell.strip() for cell in cells):
        name = known.get(cell.casefold(), "")
        if cell and not name and not others:
            raise UnknownNameError("column", cell, allowed, where=where)
        if name in names and name:
            raise FileFormatError(f"column {name!r} stands twice", where=where)
        names.append(name)
    for column in required:
        if column not in names:
            near = nearest_name(column, [cell for cell in cells if cell.strip().casefold() not in known])
            raise FileFormatError(
                f"no column {column!r}",
                where=where,
                allowed=", ".join(allowed),
                hint=f"is it {near!r}?" if near else "",
            )
    return tuple(names)


def _row(cells: list[str], header: tuple[str, ...], line: int, where: str) -> Row:
    named = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name}
    surplus = sum(bool(cell.strip()) for cell in cells[len(header) :])
    return Row(line, f"{where}, line {line}", named, surplus)
