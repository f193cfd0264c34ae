"""Supply risk as an Excel workbook: one sheet per method, headings, a row of units, values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodestock.report.writing import write_whole
from lodestock.risk.rows import METHOD_ROWS, UNITS, Row

if TYPE_CHECKING:
    from lodestock.risk.assess import Assessment

README = (
    ("layout", "row 1 headings, row 2 units, then values; an empty cell is a value that does not exist"),
    ("quantities", "t of contained element; shares are fractions"),
    ("rank", "riskiest first by the method of the sheet"),
)


def write_risk_workbook(assessment: Assessment, path: Path) -> Path:
    """Write the workbook, whole or not at all, and return its path.

    Raises
    ------
    LodestockError
        The file cannot be written.
    """
    return write_whole(path, lambda draft: _fill(assessment, draft), "workbook")


def _fill(assessment: Assessment, draft: Path) -> None:
    import xlsxwriter

    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(draft), options) as workbook:
        head = workbook.add_format({"bold": True, "bottom": 1})
        unit = workbook.add_format({"italic": True, "font_color": "#55626E", "bottom": 2})
        text = workbook.add_format({"num_format": "@"})
        sheet = workbook.add_worksheet("README")
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 1, 100)
        about = [
            ("perspective", f"{assessment.perspective}: {', '.join(assessment.members)}"),
            ("year", str(assessment.year)),
            ("draws", f"{assessment.draws}, seed {assessment.seed}"),
            *README,
            *((f"no result: {name}", why) for name, why in assessment.failures.items()),
        ]
        for number, (name, value) in enumerate(about):
            sheet.write_string(number, 0, name, head)
            sheet.write_string(number, 1, value)
        for method, rows_of in METHOD_ROWS.items():
            _sheet(workbook.add_worksheet(method), rows_of(assessment), head, unit, text)


def _sheet(sheet: Any, rows: list[Row], head: Any, unit: Any, text: Any) -> None:
    names = list(rows[0]) if rows else []
    for column, name in enumerate(names):
        sheet.set_column(column, column, max(11, min(40, len(name) + 3)))
        sheet.write_string(0, column, name, head)
        sheet.write_string(1, column, UNITS.get(name, ""), unit)
    sheet.freeze_panes(2, 2)
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row.values()):
            if value is None:
                continue
            if isinstance(value, bool):
                sheet.write_boolean(number, column, value)
            elif isinstance(value, int | float):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, str(value), text)
