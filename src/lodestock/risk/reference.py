"""The reference file of published results that ``lodestock risk validate`` reads.

One row per material or group: published SR and EI, and per stage the basis, SR, import reliance, recycling
rate and substitution indices where they are published. A blank is a figure that was not published.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from lodestock.errors import (
    ConflictError,
    FileFormatError,
    UnknownNameError,
    ValueOutOfRangeError,
    nearest_name,
)
from lodestock.risk.eu_criticality import BASES

STAGES = ("E", "P")
REQUIRED = ("material", "sr", "ei")
OPTIONAL = (
    *("stage_used", "stages", "supply_used_E", "sr_E", "supply_used_P", "sr_P"),
    *("si_ei", "si_sr", "ir_E_pct", "ir_P_pct", "eol_rir_pct", "fixed"),
)
LARGEST_FILE = 5_000_000
"""Bytes; a table of results has a few kilobytes."""


@dataclass(frozen=True)
class Published:
    """What the study prints for one material or group; None where it prints nothing."""

    material: str
    sr: float
    ei: float
    stage_used: str
    basis: dict[str, str]
    """Basis by stage, for stages with a published basis."""
    sr_by_stage: dict[str, float]
    import_reliance: dict[str, float]
    recycling_rate: float | None
    si_ei: float | None
    si_sr: float | None
    line: int


def read_reference(path: Path) -> tuple[Published, ...]:
    """Read a reference file.

    Raises
    ------
    FileFormatError
        The file is missing, too large, no UTF-8 CSV, without rows or without a needed column.
    ValueOutOfRangeError, UnknownNameError, ConflictError
        A number is no number or out of range, a basis is unknown, a material stands twice.
    """
    where = str(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FileFormatError("the reference file is larger than 5 MB", where=where)
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileFormatError(f"the reference file cannot be read ({error.strerror})", where=where) from error
    except UnicodeDecodeError as error:
        raise FileFormatError("the reference file is not UTF-8 text", where=where) from error
    rows = csv.DictReader(text.splitlines())
    header = [name for name in (rows.fieldnames or []) if name]
    for column in REQUIRED:
        if column not in header:
            near = nearest_name(column, header)
            raise FileFormatError(
                f"no column {column!r}",
                where=where,
                allowed=", ".join((*REQUIRED, *OPTIONAL)),
                hint=f"is it {near!r}?" if near else "",
            )
    found = [_row(row, f"{where}, line {rows.line_num}", rows.line_num) for row in rows]
    if not found:
        raise FileFormatError("the reference file has no rows", where=where)
    seen: dict[str, int] = {}
    for item in found:
        if item.material in seen:
            raise ConflictError(
                f"{item.material} stands in lines {seen[item.material]} and {item.line}", where=where
            )
        seen[item.material] = item.line
    return tuple(found)


def _row(row: dict[str, str | None], where: str, line: int) -> Published:
    def cell(name: str) -> str:
        return (row.get(name) or "").strip()

    def number(name: str, high: float) -> float | None:
        if not cell(name):
            return None
        try:
            value = float(cell(name))
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and 0 <= value <= high):
            raise ValueOutOfRangeError(
                f"{cell(name)!r} in column {name}", where=where, allowed=f"a number, 0 to {high:g}, or blank"
            )
        return value

    if not cell("material"):
        raise FileFormatError("no material", where=where)
    sr, ei = number("sr", 100.0), number("ei", 100.0)
    if sr is None or ei is None:
        raise FileFormatError("sr and ei are needed in every row", where=where)
    basis = {stage: cell(f"supply_used_{stage}") for stage in STAGES if cell(f"supply_used_{stage}")}
    for stage, name in basis.items():
        if name not in BASES:
            raise UnknownNameError("basis", name, BASES, where=f"{where}, column supply_used_{stage}")
    reliance = {stage: number(f"ir_{stage}_pct", 100.0) for stage in STAGES}
    by_stage = {stage: number(f"sr_{stage}", 100.0) for stage in STAGES}
    recycling = number("eol_rir_pct", 100.0)
    return Published(
        material=cell("material"),
        sr=sr,
        ei=ei,
        stage_used=cell("stage_used"),
        basis=basis,
        sr_by_stage={stage: value for stage, value in by_stage.items() if value is not None},
        import_reliance={stage: value / 100.0 for stage, value in reliance.items() if value is not None},
        recycling_rate=None if recycling is None else recycling / 100.0,
        si_ei=number("si_ei", 1.0),
        si_sr=number("si_sr", 1.0),
        line=line,
    )
