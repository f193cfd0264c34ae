"""Rows of a table while it is filled."""

from __future__ import annotations

from typing import Any

from lodestock.scenario.outcome import CASE_TABLES

Rows = dict[str, list[Any]]


def empty_rows(name: str) -> Rows:
    """Columns of a case table without rows."""
    return {column: [] for column in CASE_TABLES[name]}


def add_row(rows: Rows, **values: Any) -> None:
    """Append one row."""
    for column, value in values.items():
        rows[column].append(value)
