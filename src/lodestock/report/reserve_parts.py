"""What the pages and workbooks of the reserve's tables share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lodestock.report.drawing import draw
from lodestock.report.figure import Figure
from lodestock.report.html import render_page
from lodestock.report.numbers import ABSENT
from lodestock.report.table import Column, Table, table
from lodestock.report.writing import write_whole

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """One section of a page: a heading, sentences, figures and tables."""

    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Any, ...] = ()
    tables: tuple[Table, ...] = ()
    wrap: bool = False


@dataclass(frozen=True)
class Content:
    """A page before it is drawn."""

    title: str
    question: str
    stamp: str
    lead: tuple[str, ...]
    parts: tuple[Part, ...] = field(default_factory=tuple)


def page(content: Content) -> str:
    """Return the page as self-contained HTML."""
    figures: list[Figure] = [figure for part in content.parts for figure in part.figures]
    drawn = draw(figures)
    parts = tuple(
        replace(part, figures=tuple(drawn[figure.key] for figure in part.figures)) for part in content.parts
    )
    return render_page(
        "reserve_tables.html.j2",
        {
            "title": content.title,
            "question": content.question,
            "stamp": content.stamp,
            "lead": content.lead,
            "sections": parts,
        },
    )


def headings(row: Row) -> dict[str, str]:
    """Column to heading: words, without the unit that stands below."""
    plain = {name: name.removesuffix("_usd").removesuffix("_t").replace("_", " ") for name in row}
    return {name: (text or name)[:1].upper() + (text or name)[1:] for name, text in plain.items()}


def rows_table(
    key: str,
    title: str,
    rows: Sequence[Row],
    names: Mapping[str, str],
    units: Mapping[str, str],
    note: str = "",
) -> Table:
    """A table of some columns of rows: ``names`` maps a column to its heading."""
    columns = [
        Column(heading, units.get(name, ""), numeric=_numeric(rows, name)) for name, heading in names.items()
    ]
    cells = [[_text(row[name]) for name in names] for row in rows]
    return table(key, title, columns, cells, note)


def _numeric(rows: Sequence[Row], name: str) -> bool:
    known = [row[name] for row in rows if row[name] not in (None, "")]
    return bool(known) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in known)


def _text(value: object) -> str:
    if value is None or value == "":
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        rounded = float(f"{value:.3g}")
        return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:,.3g}"
    return str(value)


def write_rows_workbook(
    path: Path,
    about: Sequence[tuple[str, str]],
    sheets: Mapping[str, Sequence[Row]],
    units: Mapping[str, str],
) -> Path:
    """Write rows as a workbook, whole or not at all: a README and one sheet per table.

    Row 1 holds headings, row 2 units, then values; an empty cell is a value that does not exist.

    Raises
    ------
    LodestockError
        The file cannot be written.
    """
    return write_whole(path, lambda draft: _fill(draft, about, sheets, units), "workbook")


def _fill(
    draft: Path,
    about: Sequence[tuple[str, str]],
    sheets: Mapping[str, Sequence[Row]],
    units: Mapping[str, str],
) -> None:
    import xlsxwriter

    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(draft), options) as workbook:
        head = workbook.add_format({"bold": True, "bottom": 1})
        unit = workbook.add_format({"italic": True, "font_color": "#55626E", "bottom": 2})
        text = workbook.add_format({"num_format": "@"})
        readme = workbook.add_worksheet("README")
        readme.set_column(0, 0, 22)
        readme.set_column(1, 1, 110)
        for number, (name, value) in enumerate(about):
            readme.write_string(number, 0, name, head)
            readme.write_string(number, 1, value)
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for column, heading in enumerate(rows[0] if rows else ()):
                sheet.set_column(column, column, max(11, min(40, len(heading) + 3)))
                sheet.write_string(0, column, heading, head)
                sheet.write_string(1, column, units.get(heading, ""), unit)
            sheet.freeze_panes(2, 1)
            for number, row in enumerate(rows, start=2):
                for column, value in enumerate(row.values()):
                    _cell(sheet, number, column, value, text)


def _cell(sheet: Any, number: int, column: int, value: object, text: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(number, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(number, column, value)
    else:
        sheet.write_string(number, column, str(value), text)
