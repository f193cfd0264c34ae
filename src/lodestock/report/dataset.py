"""The outcome as tables with a unit for every column: what the workbook, Parquet files and packages hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

DESCRIPTIONS = {
    "prices": "Price of contained element by material, stage and country, before and after.",
    "reference_prices": "Mean price of a market, weighted by what it takes up in the base year.",
    "quantities": "Output, refining, use, stocks, releases and purchases by country.",
    "shortage": "Use in the base year, wanted at base prices, and in the case.",
    "flows": "Trade between countries, open or leaking; base_status tells if the base flow was observed.",
    "domestic": "What a country takes from its own output.",
    "gap": "What was lost to a market, what closes the gap, and what gave way last.",
    "levies": "Adjustable levies, minimum prices and contracts: status, rate, price held, revenue.",
    "rents": "Quotas, licences, stocks and mandates: limit, use and what a tonne of it is worth.",
    "payments": "Money that instruments move into (plus) or out of (minus) a treasury, reserve or trade.",
    "surplus": "Surplus by country and party at base prices, after, and the change.",
    "other_equilibrium": "Reference prices and levies of a second equilibrium, where one was found.",
    "periods": "Price, output, use and stock by period and market, where the scenario has periods.",
    "metrics": "Headline numbers of each case.",
    "bands": "Headline numbers of the scenario with their spread over the draws.",
    "tornado": "Headline numbers with one input at the end of its range.",
    "draws": "Headline numbers of every draw.",
    "draw_inputs": "Position of every input in its range, by draw.",
    "sources": "Publications behind the base year.",
    "assumptions": "Ranges with reason and source; value is what the central solution used.",
    "adjustments": "Changes to published figures that make the base year add up.",
}
"""Tables in the order in which they are written."""

UNITS = {
    "base_usd_per_t": "USD/t",
    "usd_per_t": "USD/t",
    "market_usd_per_t": "USD/t",
    "other_usd_per_t": "USD/t",
    "rate_usd_per_t": "USD/t",
    "rent_usd_per_t": "USD/t",
    "reference_price": "USD/t",
    "floor": "USD/t",
    "cap": "USD/t",
    "change": "1",
    "ad_valorem": "1",
    "shortage_share": "1",
    "position": "-1 low, 0 central, +1 high",
    "base_t": "t/year",
    "t": "t/year",
    "last_t": "t/year",
    "use_base_t": "t/year",
    "wanted_t": "t/year",
    "use_t": "t/year",
    "shortage_t": "t/year",
    "charged_t": "t/year",
    "output_t": "t/year",
    "stock_t": "t",
    "reserve_t": "t",
    "reserve_usd_per_t": "USD/t",
    **dict.fromkeys(("p10_usd_per_t", "p90_usd_per_t", "levy_usd_per_t"), "USD/t"),
    "levy_usd": "USD/year",
    **dict.fromkeys(("p10_short_t", "p90_short_t"), "t/year"),
    "limit_t": "t/year",
    "used_t": "t/year",
    "revenue_usd": "USD/year",
    "usd": "USD/year",
    "base_usd": "USD/year",
    "change_usd": "USD/year",
    "draws": "count",
    "rank": "count",
    "draw": "number",
    **dict.fromkeys(("country", "exporter", "importer", "partner"), "ISO 3166 alpha-3"),
    **dict.fromkeys(("central", "p10", "p50", "p90", "value_at_low", "value_at_high", "swing"), "see unit"),
    **dict.fromkeys(("observed", "fitted"), "see unit"),
}
"""Unit by column; labels and text have none."""

VALUE_IN = {
    "metrics": {"value": "see unit"},
    "draws": {"value": "see unit"},
    "assumptions": dict.fromkeys(("low", "central", "high", "value"), "see unit"),
    "tornado": dict.fromkeys(("low", "high"), "see input_unit"),
}
"""Units of columns whose meaning depends on the table."""


@dataclass(frozen=True)
class DataTable:
    """A table with its description and the unit of every column ('' for labels)."""

    name: str
    description: str
    frame: pl.DataFrame
    units: tuple[str, ...]


def dataset(outcome: Outcome) -> Iterator[DataTable]:
    """Yield every table of an outcome; tables of cases carry the case's name in front."""
    from lodestock.report.weekly import weekly_tables

    for name, description in DESCRIPTIONS.items():
        frame = getattr(outcome, name, None)
        if not isinstance(frame, pl.DataFrame):
            frame = pl.concat(
                [
                    getattr(case, name).select(pl.lit(key).alias("case"), pl.all())
                    for key, case in outcome.cases.items()
                ]
            )
        own = VALUE_IN.get(name, {})
        units = tuple(own.get(column, UNITS.get(column, "")) for column in frame.columns)
        yield DataTable(name, description, frame, units)
    for name, description, frame, units in weekly_tables(outcome):
        yield DataTable(name, description, frame, units)
