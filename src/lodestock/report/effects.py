"""What a measure changes against doing nothing, on the side that applies it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.frames import last_stage, shortage_by_side, surplus_by_party, with_side
from lodestock.report.sides import sides

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Case, Outcome

CONTROLS = ("ExportBan", "ExportQuota", "ExportLicence", "ExportTax")
"""Instruments that others apply; everything else is a response, so a measure that can be judged."""
SUPPLY_KINDS = ("production", "processing", "secondary")


@dataclass(frozen=True)
class Totals:
    """One case on one side: net surplus change (USD), shortage (t) and output by material (t)."""

    net_usd: float
    shortage_t: dict[str, float]
    output_t: dict[str, float]
    price_change: dict[str, float]


def has_response(outcome: Outcome) -> bool:
    """Whether the scenario holds a measure beyond shocks and other countries' export controls."""
    return any(type(term).__name__ not in CONTROLS for term in outcome.resolved.case.instruments)


def reference_case(outcome: Outcome) -> str:
    """Return the case that shows doing nothing: ``do-nothing`` where it was solved, else the baseline."""
    case = outcome.cases.get("do-nothing")
    return "do-nothing" if case is not None and case.status == "solved" else "baseline"


def totals(outcome: Outcome, case: Case) -> Totals:
    """Add up one case on the first side; output is what the side makes at the stage of use."""
    market = sides(outcome)[0].market
    party = surplus_by_party(outcome, case).filter(pl.col("side") == market)
    quantities = with_side(outcome, case.quantities).filter(
        (pl.col("side") == market) & pl.col("kind").is_in(SUPPLY_KINDS)
    )
    output, missing, change = {}, {}, {}
    for material in outcome.materials:
        stage = last_stage(case, material)
        made = quantities.filter((pl.col("material") == material) & (pl.col("stage") == stage))
        output[material] = float(made["t"].sum())
        short = shortage_by_side(outcome, case, material).filter(pl.col("side") == market)
        missing[material] = float(short["shortage_t"].sum())
        price = case.reference_prices.filter(
            (pl.col("material") == material) & (pl.col("stage") == stage) & (pl.col("market") == market)
        )["change"]
        change[material] = float(price[0]) if len(price) else 0.0
    return Totals(float(party["change_usd"].sum()), missing, output, change)


def net_band(outcome: Outcome, market: str) -> dict[str, float] | None:
    """Return the band of a side's net surplus change, added over its parties draw by draw."""
    rows = outcome.draws.filter(
        (pl.col("metric") == "surplus_change")
        & (pl.col("material") == "")
        & (pl.col("market") == market)
        & (pl.col("country") == "")
        & (pl.col("party") != "")
    )
    if rows.is_empty():
        return None
    net = rows.group_by("draw").agg(pl.col("value").sum())["value"]
    low, middle, high = (float(net.quantile(q, "linear") or 0.0) for q in (0.1, 0.5, 0.9))
    return {"p10": low, "p50": middle, "p90": high, "central": middle}
