"""The report's table of a second equilibrium, beside the one the report is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lodestock.report.frames import case_title
from lodestock.report.names import capital, material_name, stage_name
from lodestock.report.numbers import ABSENT, price
from lodestock.report.sides import price_sides
from lodestock.report.table import Column, Table, table

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome


def other_equilibrium_table(outcome: Outcome) -> Table | None:
    """Reference prices and levies of both equilibria, case by case; None where only one was found."""
    label = {side.market: side.label for side in price_sides(outcome)}
    rows = []
    for name, case in outcome.cases.items():
        for row in case.other_equilibrium.iter_rows(named=True):
            if row["item"] == "levy":
                what = f"levy, {row['name']}"
            elif row["name"] in label:
                what = f"price, {label[row['name']]}"
            else:
                continue
            values = row["usd_per_t"], row["other_usd_per_t"]
            largest = max((abs(value) for value in values if value is not None), default=0.0)
            rows.append(
                [
                    case_title(outcome, name),
                    f"{capital(material_name(row['material']))}, {stage_name(row['stage'])}",
                    what,
                    _said(values[0], row["status"], largest),
                    _said(values[1], row["other_status"], largest),
                ]
            )
    if not rows:
        return None
    columns = (
        "Case",
        "Material and stage",
        "What",
        Column("Shown"),
        Column("The other one"),
    )
    note = (
        "Shown: the equilibrium with the smallest levies on the path from free trade. The other one is found "
        "from levies at their caps. Both clear every market to the same tolerance; which of them comes about "
        "the model does not say."
    )
    return table("other-equilibrium", "Two equilibria", columns, rows, note)


def _said(value: float | None, status: str, largest: float) -> str:
    number = ABSENT if value is None else price(value, largest)
    return f"{number} ({status})" if status else number
