"""The outcome as an Excel workbook: one sheet per table, headings, a row of units, values.

Codes are text cells, numbers are numbers, a missing value is an empty cell. Row 1 holds the headings, row 2
the units, and both stay in view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from lodestock.report.dataset import DataTable, dataset
from lodestock.report.words import Answer, answer

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from lodestock.scenario.outcome import Outcome

LEFT_OUT = ("draws", "draw_inputs", "domestic")
"""Tables of thousands of rows that nobody reads in a workbook; the Parquet files hold them."""
HAIR = 1e-3
"""Share of a stage's largest flow below which a flow is left out of the workbook."""


def write_workbook(outcome: Outcome, path: Path) -> Path:
    """Write the workbook and return its path."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(str(path), {**options, "strings_to_urls": False}) as workbook:
        workbook.set_properties({"title": outcome.title, "subject": outcome.question, "author": "Lodestock"})
        styles = {
            "head": workbook.add_format({"bold": True, "bottom": 1}),
            "unit": workbook.add_format({"italic": True, "font_color": "#55626E", "bottom": 2}),
            "text": workbook.add_format({"num_format": "@"}),
            "wrap": workbook.add_format({"text_wrap": True, "valign": "top"}),
        }
        tables = [_slim(table) for table in dataset(outcome) if table.name not in LEFT_OUT]
        _readme(workbook, styles, outcome, tables)
        if outcome.cases["scenario"].status == "solved":
            _answer(workbook, styles, answer(outcome))
        for table in tables:
            _sheet(workbook.add_worksheet(table.name), styles, table)
        _certificate(workbook, styles, outcome)
    return path


def _slim(table: DataTable) -> DataTable:
    """Return flows without hair: rows of at least ``HAIR`` of their stage's largest, before or after."""
    if table.name != "flows":
        return table
    size = pl.max_horizontal("base_t", "t")
    kept = table.frame.filter(
        (pl.col("case") != "baseline") & (size >= HAIR * size.max().over("material", "stage"))
    )
    note = f" Flows below {HAIR:.0e} of the largest of their stage are in the Parquet file."
    return replace(table, frame=kept, description=table.description + note)


def _readme(
    workbook: Workbook, styles: dict[str, Format], outcome: Outcome, tables: Sequence[DataTable]
) -> None:
    sheet = workbook.add_worksheet("README")
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 110, styles["wrap"])
    rows: list[tuple[str, str]] = [
        ("title", outcome.title),
        ("question", outcome.question),
        ("materials", ", ".join(outcome.materials)),
        ("base year", str(outcome.base_year)),
        ("zone", ", ".join(outcome.zone) or "none"),
        ("export control by", ", ".join(outcome.home) or "nobody"),
        ("quantities", "t of contained element per year; the basis of each material is in the report"),
        ("money", "US dollars of 2024; prices per t of contained element"),
        ("case", "baseline is the undisturbed market; scenario the question; others are alternatives"),
        ("layout", "row 1 headings, row 2 units, then values; an empty cell is a value that does not exist"),
    ]
    rows += [(f"case {name}", case.title or outcome.title) for name, case in outcome.cases.items()]
    rows += [(f"sheet {table.name}", table.description) for table in tables]
    rows.append(("not in here", f"{', '.join(LEFT_OUT)}: see the Parquet files"))
    rows.append(("sheet certificate", "Residuals and identities of every case."))
    rows += [(f"run: {name}", str(value)) for name, value in outcome.run.items()]
    for number, (name, value) in enumerate(rows):
        sheet.write_string(number, 0, name, styles["head"])
        sheet.write_string(number, 1, value)


def _answer(workbook: Workbook, styles: dict[str, Format], found: Answer) -> None:
    sheet = workbook.add_worksheet("answer")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 120, styles["wrap"])
    rows = [("Headline", found.headline)]
    if found.verdict is not None:
        rows += [(found.verdict.label, sentence) for sentence in found.verdict.sentences]
    rows += [(point.question, sentence) for point in found.points for sentence in point.sentences]
    for number, (question, sentence) in enumerate(rows):
        sheet.write_string(number, 0, question, styles["head"])
        sheet.write_string(number, 1, sentence)


def _sheet(sheet: Worksheet, styles: dict[str, Format], table: DataTable) -> None:
    frame = table.frame
    for column, name in enumerate(frame.columns):
        sheet.set_column(column, column, max(11, min(44, len(name) + 3)))
        sheet.write_string(0, column, name, styles["head"])
    for column, unit in enumerate(table.units):
        sheet.write_string(1, column, unit, styles["unit"])
    sheet.freeze_panes(2, 1)
    if frame.height:
        sheet.autofilter(1, 0, 1 + frame.height, len(frame.columns) - 1)
    for number, values in enumerate(frame.iter_rows(), start=2):
        for column, value in enumerate(values):
            _write(sheet, number, column, value, styles["text"])


def _write(sheet: Worksheet, row: int, column: int, value: Any, text: Format) -> None:
    if value is None or value != value:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value), text)


def _certificate(workbook: Workbook, styles: dict[str, Format], outcome: Outcome) -> None:
    sheet = workbook.add_worksheet("certificate")
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 2, 60)
    heads = ("case", "what", "value")
    for number, (texts, style) in enumerate(((heads, "head"), (("", "", "1"), "unit"))):
        for column, text in enumerate(texts):
            sheet.write_string(number, column, text, styles[style])
    sheet.freeze_panes(2, 0)
    rows = [
        (name, what, value)
        for name, case in outcome.cases.items()
        for what, value in {"status": case.status, **case.certificate}.items()
        if not isinstance(value, dict)
    ]
    for number, values in enumerate(rows, start=2):
        for column, value in enumerate(values):
            _write(sheet, number, column, value, styles["text"])
