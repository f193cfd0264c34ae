"""Everything a solved scenario says: one frozen value, from which reports and files are made.

Every table exists with its columns even when it has no rows. A case without an equilibrium has no numbers,
only the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lodestock.policy.terms import Instrument, Shock
from lodestock.scenario.resolved import ResolvedScenario

if TYPE_CHECKING:
    import polars as pl

Columns = Mapping[str, str]
TEXT, NUMBER, FLAG, COUNT = "text", "number", "flag", "count"

LABEL_COLUMNS: dict[str, str] = {
    "metric": TEXT,
    "material": TEXT,
    "stage": TEXT,
    "market": TEXT,
    "country": TEXT,
    "party": TEXT,
    "unit": TEXT,
}
"""What a headline number is about; empty text where a part does not apply (see `metrics.py`)."""

CASE_TABLES: dict[str, dict[str, str]] = {
    "prices": {
        "material": TEXT,
        "stage": TEXT,
        "country": TEXT,
        "inside": FLAG,
        "home": FLAG,
        "base_usd_per_t": NUMBER,
        "usd_per_t": NUMBER,
        "change": NUMBER,
        "market_usd_per_t": NUMBER,
    },
    "reference_prices": {
        "material": TEXT,
        "stage": TEXT,
        "market": TEXT,
        "base_usd_per_t": NUMBER,
        "usd_per_t": NUMBER,
        "change": NUMBER,
    },
    "quantities": {
        "material": TEXT,
        "stage": TEXT,
        "country": TEXT,
        "kind": TEXT,
        "base_t": NUMBER,
        "t": NUMBER,
    },
    "shortage": {
        "material": TEXT,
        "country": TEXT,
        "use_base_t": NUMBER,
        "wanted_t": NUMBER,
        "use_t": NUMBER,
        "shortage_t": NUMBER,
        "shortage_share": NUMBER,
    },
    "flows": {
        "material": TEXT,
        "stage": TEXT,
        "exporter": TEXT,
        "importer": TEXT,
        "kind": TEXT,
        "base_t": NUMBER,
        "t": NUMBER,
        "base_status": TEXT,
    },
    "domestic": {"material": TEXT, "stage": TEXT, "country": TEXT, "base_t": NUMBER, "t": NUMBER},
    "gap": {
        "material": TEXT,
        "market": TEXT,
        "item": TEXT,
        "detail": TEXT,
        "t": NUMBER,
        "last_t": NUMBER,
    },
    "levies": {
        "name": TEXT,
        "instrument": TEXT,
        "kind": TEXT,
        "material": TEXT,
        "stage": TEXT,
        "zone": TEXT,
        "status": TEXT,
        "reason": TEXT,
        "rate_usd_per_t": NUMBER,
        "ad_valorem": NUMBER,
        "reference_price": NUMBER,
        "floor": NUMBER,
        "cap": NUMBER,
        "charged_t": NUMBER,
        "revenue_usd": NUMBER,
    },
    "rents": {
        "name": TEXT,
        "instrument": TEXT,
        "kind": TEXT,
        "material": TEXT,
        "stage": TEXT,
        "country": TEXT,
        "party": TEXT,
        "shared": FLAG,
        "limit_t": NUMBER,
        "used_t": NUMBER,
        "rent_usd_per_t": NUMBER,
        "usd": NUMBER,
    },
    "payments": {
        "name": TEXT,
        "instrument": TEXT,
        "kind": TEXT,
        "material": TEXT,
        "stage": TEXT,
        "country": TEXT,
        "party": TEXT,
        "usd": NUMBER,
    },
    "surplus": {
        "material": TEXT,
        "country": TEXT,
        "party": TEXT,
        "base_usd": NUMBER,
        "usd": NUMBER,
        "change_usd": NUMBER,
    },
    "other_equilibrium": {
        "material": TEXT,
        "stage": TEXT,
        "item": TEXT,
        "name": TEXT,
        "usd_per_t": NUMBER,
        "other_usd_per_t": NUMBER,
        "status": TEXT,
        "other_status": TEXT,
    },
    "periods": {
        "material": TEXT,
        "period": TEXT,
        "stage": TEXT,
        "market": TEXT,
        "usd_per_t": NUMBER,
        "change": NUMBER,
        "output_t": NUMBER,
        "use_t": NUMBER,
        "wanted_t": NUMBER,
        "stock_t": NUMBER,
        "reserve_t": NUMBER,
        "reserve_usd_per_t": NUMBER,
        "levy_usd_per_t": NUMBER,
        "levy_status": TEXT,
        "levy_usd": NUMBER,
        "in_force": TEXT,
        "p10_usd_per_t": NUMBER,
        "p90_usd_per_t": NUMBER,
        "p10_short_t": NUMBER,
        "p90_short_t": NUMBER,
    },
    "metrics": {**LABEL_COLUMNS, "value": NUMBER},
}
"""Columns of every table of a case. Prices in USD per t contained, quantities in t contained per year, money
in USD per year, changes and shares as fractions."""

OUTCOME_TABLES: dict[str, dict[str, str]] = {
    "draws": {"draw": COUNT, **LABEL_COLUMNS, "value": NUMBER},
    "draw_inputs": {"draw": COUNT, "input": TEXT, "position": NUMBER},
    "bands": {
        **LABEL_COLUMNS,
        "central": NUMBER,
        "p10": NUMBER,
        "p50": NUMBER,
        "p90": NUMBER,
        "draws": COUNT,
    },
    "tornado": {
        **LABEL_COLUMNS,
        "central": NUMBER,
        "input": TEXT,
        "input_label": TEXT,
        "input_unit": TEXT,
        "low": NUMBER,
        "high": NUMBER,
        "value_at_low": NUMBER,
        "value_at_high": NUMBER,
        "swing": NUMBER,
        "rank": COUNT,
    },
    "sources": {
        "source_id": TEXT,
        "publisher": TEXT,
        "title": TEXT,
        "licence_id": TEXT,
        "vintage": TEXT,
        "url_or_doi": TEXT,
        "attribution": TEXT,
        "materials": TEXT,
    },
    "assumptions": {
        "material": TEXT,
        "name": TEXT,
        "applies_to": TEXT,
        "low": NUMBER,
        "central": NUMBER,
        "high": NUMBER,
        "value": NUMBER,
        "unit": TEXT,
        "reason": TEXT,
        "source": TEXT,
    },
    "adjustments": {
        "material": TEXT,
        "kind": TEXT,
        "stage": TEXT,
        "country": TEXT,
        "partner": TEXT,
        "observed": NUMBER,
        "fitted": NUMBER,
        "unit": TEXT,
        "reason": TEXT,
    },
}
"""Columns of the tables that belong to the outcome as a whole."""


@dataclass(frozen=True, eq=False)
class CaseOutcome:
    """One case: what was applied, whether it solved, and its tables (columns in CASE_TABLES)."""

    name: str
    title: str
    note: str
    status: str
    """solved or not_solved."""
    reason: str
    """Why not, where it did not; also what a reader should know of a solution (several equilibria)."""
    instruments: tuple[Instrument, ...]
    shocks: tuple[Shock, ...]
    prices: pl.DataFrame
    reference_prices: pl.DataFrame
    quantities: pl.DataFrame
    shortage: pl.DataFrame
    flows: pl.DataFrame
    domestic: pl.DataFrame
    gap: pl.DataFrame
    levies: pl.DataFrame
    rents: pl.DataFrame
    payments: pl.DataFrame
    surplus: pl.DataFrame
    other_equilibrium: pl.DataFrame
    """What is shown beside a second equilibrium, where one was found: reference prices and levies."""
    metrics: pl.DataFrame
    certificate: Mapping[str, Any]
    steps: tuple[str, ...]
    periods: pl.DataFrame = field(default_factory=lambda: frame(CASE_TABLES["periods"]))
    """Path over the periods of the scenario; no rows without them."""
    idle: tuple[str, ...] = ()
    """Sentences on export controls and duties that change nothing, and why."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """A scenario, its cases, its uncertainty and where everything came from (columns in OUTCOME_TABLES)."""

    name: str
    title: str
    question: str
    resolved: ResolvedScenario
    base_year: int
    materials: tuple[str, ...]
    zone: tuple[str, ...]
    zone_name: str | None
    home: tuple[str, ...]
    """Countries whose export controls are in force; empty without any."""
    cases: Mapping[str, CaseOutcome]
    """``baseline``, ``scenario``, ``do-nothing`` where it differs from both, then the alternatives."""
    draws: pl.DataFrame
    draw_inputs: pl.DataFrame
    draws_asked: int
    draws_failed: int
    draw_failures: tuple[str, ...]
    """Reasons of failed draws, each once with its count."""
    bands: pl.DataFrame
    tornado: pl.DataFrame
    sources: pl.DataFrame
    assumptions: pl.DataFrame
    adjustments: pl.DataFrame
    run: Mapping[str, Any] = field(default_factory=dict)


def frame(columns: Columns, rows: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """Table with the given columns, in their order; no rows when ``rows`` is None."""
    import polars as pl

    kinds: dict[str, type[pl.DataType]] = {
        TEXT: pl.String,
        NUMBER: pl.Float64,
        FLAG: pl.Boolean,
        COUNT: pl.Int64,
    }
    schema = {name: kinds[kind] for name, kind in columns.items()}
    return pl.DataFrame({name: (rows or {}).get(name, []) for name in columns}, schema=schema)
