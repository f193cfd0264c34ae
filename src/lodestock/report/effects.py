"""What a measure changes against doing nothing, on the side that applies it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.frames import last_stage, shortage_by_side, surplus_by_party, with_side
from lodestock.report.sides import sides

if TYPE_CHECKING:
    from lodestock.policy.terms import Instrument, Shock
    from lodestock.scenario.outcome import CaseOutcome, Outcome

CONTROLS = ("ExportBan", "ExportQuota", "ExportLicence", "ExportTax")
"""Instruments that others apply; everything else is a response, so a measure that can be judged."""
UNMOVED = 1e-6
"""Price change below which doing nothing is the undisturbed market."""
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
    return has_response_in(outcome.resolved.case.instruments)


def has_response_in(instruments: Iterable[Instrument]) -> bool:
    """Whether one of the instruments is a measure rather than an export control."""
    return any(type(term).__name__ not in CONTROLS for term in instruments)


def comparable(outcome: Outcome) -> list[str]:
    """Return the solved alternatives that face the scenario's own shocks and export controls.

    Only these may be called better or worse: another alternative asks another question.
    """
    faced = _faced(outcome.cases["scenario"])
    return [
        name
        for name, case in outcome.cases.items()
        if name not in ("baseline", "scenario", "do-nothing")
        and case.status == "solved"
        and _faced(case) == faced
    ]


def _faced(case: CaseOutcome) -> set[Instrument | Shock]:
    controls = {term for term in case.instruments if type(term).__name__ in CONTROLS}
    return controls | set(case.shocks)


def reference_case(outcome: Outcome) -> str:
    """Return the case that shows doing nothing: ``do-nothing`` where it differs from the baseline."""
    case = outcome.cases.get("do-nothing")
    if case is None or case.status != "solved":
        return "baseline"
    found = totals(outcome, case)
    still = abs(found.net_usd) < 1.0 and all(abs(x) < UNMOVED for x in found.price_change.values())
    return "baseline" if still else "do-nothing"


def totals(outcome: Outcome, case: CaseOutcome) -> Totals:
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
