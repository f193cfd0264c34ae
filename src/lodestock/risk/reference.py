"""The reference file of published results that ``lodestock risk validate`` reads.

One row per material or group: published SR and EI, and per stage the basis, SR, import reliance, recycling
rate and substitution indices where they are published. A blank is a figure that was not published.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lodestock.errors import ConflictError, FileFormatError, UnknownNameError
from lodestock.risk.eu_criticality import BASES
from lodestock.table_file import Row, make_all, read_rows

STAGES = ("E", "P")
REQUIRED = ("material", "sr", "ei")
OPTIONAL = (
    *("stage_used", "stages", "supply_used_E", "sr_E", "supply_used_P", "sr_P"),
    *("si_ei", "si_sr", "ir_E_pct", "ir_P_pct", "eol_rir_pct", "fixed"),
)


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
    found = make_all(read_rows(path, REQUIRED, OPTIONAL, others=True), _row)
    seen: dict[str, int] = {}
    for item in found:
        if item.material in seen:
            raise ConflictError(
                f"{item.material} stands in lines {seen[item.material]} and {item.line}", where=where
            )
        seen[item.material] = item.line
    return found


def _row(row: Row) -> Published:
    material = row.needed("material")
    sr, ei = (row.optional_number(name, high=100.0) for name in ("sr", "ei"))
    if sr is None or ei is None:
        raise FileFormatError("sr and ei are needed in every row", where=row.where)
    basis = {stage: row.text(f"supply_used_{stage}") for stage in STAGES if row.text(f"supply_used_{stage}")}
    for stage, name in basis.items():
        if name not in BASES:
            raise UnknownNameError("basis", name, BASES, where=f"{row.where}, column supply_used_{stage}")
    reliance = {stage: row.optional_number(f"ir_{stage}_pct", high=100.0) for stage in STAGES}
    by_stage = {stage: row.optional_number(f"sr_{stage}", high=100.0) for stage in STAGES}
    recycling = row.optional_number("eol_rir_pct", high=100.0)
    return Published(
        material=material,
        sr=sr,
        ei=ei,
        stage_used=row.text("stage_used"),
        basis=basis,
        sr_by_stage={stage: value for stage, value in by_stage.items() if value is not None},
        import_reliance={stage: value / 100.0 for stage, value in reliance.items() if value is not None},
        recycling_rate=None if recycling is None else recycling / 100.0,
        si_ei=row.optional_number("si_ei", high=1.0),
        si_sr=row.optional_number("si_sr", high=1.0),
        line=row.line,
    )
