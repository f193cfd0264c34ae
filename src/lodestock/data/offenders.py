"""Rows that fail a check, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import polars as pl

from lodestock.data.schema import TABLES

Tables = Mapping[str, pl.DataFrame]

_SHOWN = 40


@dataclass(frozen=True)
class Offender:
    """One row that fails: which check, which table, which key, and what is wrong."""

    check: str
    table: str
    key: str
    problem: str


def offender_table(offenders: list[Offender]) -> str:
    """Offenders as aligned text, the first ``_SHOWN`` of them."""
    rows = [("check", "table", "key", "problem")]
    rows += [(item.check, item.table, item.key, item.problem) for item in offenders[:_SHOWN]]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join([*(row[column].ljust(widths[column]) for column in range(3)), row[3]]) for row in rows]
    if len(offenders) > _SHOWN:
        lines.append(f"... and {len(offenders) - _SHOWN} more")
    return "\n".join(lines)


@lru_cache(maxsize=8)
def curated_limits(name: str) -> pl.DataFrame:
    """A curated table of limits, as text."""
    path = resources.files("lodestock.data") / "curated" / name
    with resources.as_file(path) as file:
        return pl.read_csv(file, infer_schema_length=0)


def key_text(row: Mapping[str, object], columns: tuple[str, ...]) -> str:
    """Values of some columns of a row in one line."""
    return " ".join(str(row[column]) for column in columns)


def offending_rows(check: str, table: str, frame: pl.DataFrame, problem: str) -> Iterator[Offender]:
    """The first rows of a frame of offenders, one per line of the report."""
    for row in frame.head(_SHOWN).iter_rows(named=True):
        yield Offender(check, table, key_text(row, TABLES[table].keys), problem)
