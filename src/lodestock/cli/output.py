"""How commands speak: rows as a table, CSV or JSON, always as UTF-8."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from lodestock.errors import ConflictError, LodestockError

Row = Mapping[str, Any]

WIDEST_CELL = 72
"""Longer text is cut in a table; CSV and JSON carry all of it."""


class Format(StrEnum):
    """How rows are written."""

    table = "table"
    csv = "csv"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to write the rows.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]


def form_of(form: Format, *, json: bool) -> Format:
    """Return the form asked for by ``--format`` and ``--json`` together.

    Raises
    ------
    ConflictError
        CSV and JSON are both asked for.
    """
    if json and form is Format.csv:
        raise ConflictError("CSV and JSON are both asked for", hint="leave one of them out")
    return Format.json if json else form


def check_for_place(*paths: Path | None) -> None:
    """Refuse files and folders that cannot be written, before anything is computed.

    Raises
    ------
    LodestockError
        The nearest folder that exists may not be written into, or is a file.
    """
    for path in paths:
        if path is None:
            continue
        target = path.absolute()
        above = next(folder for folder in (target, *target.parents) if folder.exists())
        if above != target and not above.is_dir():
            raise LodestockError("cannot be written", where=str(path), hint=f"{above} is a file")
        if not os.access(above, os.W_OK):
            raise LodestockError("cannot be written", where=str(path), hint=f"{above} is read-only for you")


def speak_utf8() -> None:
    """Make stdout and stderr carry any name: UTF-8 when piped, replacement signs on a narrow terminal."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def echo_json(value: object) -> None:
    """Print one JSON document: keys in the order given, no NaN, characters as they are."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=_plain))


def echo_rows(rows: Sequence[Row], form: Format, *, shown: Sequence[str] = ()) -> None:
    """Print rows that share their columns. An unknown value is null in JSON and empty elsewhere.

    ``shown`` names the columns that a table shows, when not all; JSON and CSV carry every column.
    """
    if form is Format.json:
        echo_json([dict(row) for row in rows])
        return
    header = list(rows[0]) if rows else []
    if form is Format.table and shown:
        header = [name for name in shown if name in header]
    cells = [[_text(row[name], form) for name in header] for row in rows]
    typer.echo(_csv([header, *cells]) if form is Format.csv else _table(header, cells))


def readable(rows: Sequence[Row], form: Format) -> list[dict[str, Any]]:
    """Return rows with three significant digits in a terminal; JSON and CSV carry all."""
    if form is not Format.table:
        return [dict(row) for row in rows]
    return [
        {
            name: float(f"{value:.3g}") + 0.0 if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def say_written(workbook: Path | None, page: Path | None) -> None:
    """Print the paths of what was written beside the table."""
    for what, path in (("workbook", workbook), ("page", page)):
        if path is not None:
            typer.echo(f"{what}: {path}")


def _csv(lines: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(lines)
    return buffer.getvalue().rstrip("\n")


def _table(header: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """Align columns: numbers to the right, text to the left, two spaces between."""
    if not header:
        return "(no rows)"
    columns = list(zip(header, *cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    numeric = [all(_is_number(cell) for cell in column[1:] if cell) for column in columns]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in (header, *cells)
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _text(value: object, form: Format) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if form is Format.csv:
            return repr(value)
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.6g}"
    joint = ", " if form is Format.table else "|"
    text = joint.join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if form is Format.table and len(text) > WIDEST_CELL:
        return text[: WIDEST_CELL - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return text


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True


def _plain(value: object) -> object:
    """Turn NumPy scalars, arrays, dates and paths into what JSON knows."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
