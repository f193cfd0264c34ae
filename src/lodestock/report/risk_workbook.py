"""Supply risk as an Excel workbook: one sheet per method."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lodestock.report.rows_workbook import write_rows_workbook
from lodestock.risk.rows import METHOD_ROWS, UNITS

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
    about = [
        ("perspective", f"{assessment.perspective}: {', '.join(assessment.members)}"),
        ("year", str(assessment.year)),
        ("draws", f"{assessment.draws}, seed {assessment.seed}"),
        *README,
        *((f"no result: {name}", why) for name, why in assessment.failures.items()),
    ]
    sheets = {method: rows_of(assessment) for method, rows_of in METHOD_ROWS.items()}
    return write_rows_workbook(path, about, sheets, UNITS)
