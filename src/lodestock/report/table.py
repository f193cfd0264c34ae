"""A table as a reader sees it: caption, columns with units, cells as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """Text of a cell, with a link where it has one (``#...`` inside the page, or a citation)."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Column:
    """Heading, unit and whether the column holds numbers (set to the right)."""

    name: str
    unit: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first cell of a row is its heading."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


def table(
    key: str,
    title: str,
    columns: Sequence[Column | str],
    rows: Sequence[Sequence[str | Cell]],
    note: str = "",
) -> Table:
    """Build a table; a plain string as column is a column of words, a plain string as cell has no link.

    Raises
    ------
    ValueError
        A row has more or fewer cells than there are columns.
    """
    head = tuple(Column(c, numeric=False) if isinstance(c, str) else c for c in columns)
    body = tuple(tuple(Cell(c) if isinstance(c, str) else c for c in row) for row in rows)
    wrong = [number for number, row in enumerate(body) if len(row) != len(head)]
    if wrong:
        raise ValueError(
            f"table {key}: row {wrong[0]} has {len(body[wrong[0]])} cells for {len(head)} columns"
        )
    return Table(key, title, head, body, note)
