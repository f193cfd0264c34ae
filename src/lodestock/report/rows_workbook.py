"""Rows as an Excel workbook: a README and one sheet per table, headings, a row of units, values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lodestock.report.writing import write_whole

Row = Mapping[str, Any]


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
