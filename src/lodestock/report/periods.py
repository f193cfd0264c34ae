"""The path over the periods of a scenario, as a table beside the year that is evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from lodestock.report.frames import base_price, last_stage
from lodestock.report.names import capital, material_name, stage_name
from lodestock.report.numbers import mass, percent, price
from lodestock.report.sides import sides
from lodestock.report.table import Column, Table, table

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

UNBROKEN = "\N{NON-BREAKING HYPHEN}"


def period_table(outcome: Outcome) -> Table | None:
    """Price, use and stock on the first side, period by period; None where the scenario has no periods."""
    case, side = outcome.cases["scenario"], sides(outcome)[0]
    if case.periods.is_empty():
        return None
    rows = []
    reserve = float(case.periods["reserve_t"].sum()) > 0.0
    levied = case.periods["levy_status"].null_count() < case.periods.height
    banded = case.periods["p10_usd_per_t"].null_count() < case.periods.height
    for material in outcome.materials:
        stage = last_stage(case, material)
        here = case.periods.filter(
            (pl.col("material") == material) & (pl.col("stage") == stage) & (pl.col("market") == side.market)
        )
        unit = base_price(outcome, material)
        for row in here.to_dicts():
            short = max(float(row["wanted_t"]) - float(row["use_t"]), 0.0)
            rows.append(
                [
                    f"{capital(material_name(material))}, {stage_name(stage)}",
                    row["period"].replace("-", UNBROKEN),
                    row["in_force"] or "nothing",
                    price(float(row["usd_per_t"]), unit),
                    *([_range(row, unit)] if banded else []),
                    percent(float(row["change"])),
                    *([_levy(row, unit)] if levied else []),
                    mass(float(row["output_t"])),
                    mass(short),
                    mass(float(row["stock_t"])),
                    *([mass(float(row["reserve_t"]))] if reserve else []),
                ]
            )
    columns: list[Column | str] = [
        *("On", "Period", "In force"),
        Column(f"Price {side.where}", "USD"),
        *([Column("10 % to 90 % of draws", "USD")] if banded else []),
        Column("Change", "% of base"),
        *([Column("Levy", "USD")] if levied else []),
        Column("Output", "t a year"),
        Column("Without", "t a year"),
        Column("In stock at the end", "t"),
    ]
    if reserve:
        columns.append(Column("In reserve at the end", "t"))
    return table("periods", "Period by period", columns, rows, _note(outcome))


def _range(row: dict[str, Any], unit: float) -> str:
    low, high = row["p10_usd_per_t"], row["p90_usd_per_t"]
    if low is None:
        return ""
    ends = (price(float(low), unit), price(float(high), unit))
    return "held" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _levy(row: dict[str, Any], unit: float) -> str:
    if row["levy_status"] is None:
        return ""
    rate = price(float(row["levy_usd_per_t"]), unit)
    return rate if row["levy_status"] == "enforced" else f"{rate}, {row['levy_status']}"


def _note(outcome: Outcome) -> str:
    plan = outcome.resolved.periods
    know = "expect the last price to stay"
    if plan is not None and plan.foresight == "perfect":
        know = "know the prices to come"
    return (
        "Output and use are rates per year. Stock is what the trade can part with; holders of it"
        f" {know}, which is one of two extremes. Surpluses above are those of the year evaluated."
    )
