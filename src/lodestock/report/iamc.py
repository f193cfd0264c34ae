"""The outcome in the IAMC data format: model, scenario, region, variable, unit, year, value.

Levels of a variable are separated by a vertical bar; a flow between two countries has the region
``exporter>importer``. Variables and regions are written beside the data as code lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from lodestock.report.names import PARTIES, capital, country_name, material_name

if TYPE_CHECKING:
    from lodestock.scenario.outcome import CaseOutcome, Outcome

COLUMNS = ("model", "scenario", "region", "variable", "unit", "year", "value")
TONNES, USD, USD_PER_TONNE, FRACTION = "t/yr", "USD_2024/yr", "USD_2024/t", "1"


@dataclass(frozen=True)
class Variable:
    """A family of variables: its first level, unit and meaning; material and stage follow as levels."""

    name: str
    unit: str
    description: str


PRICE = Variable("Price", USD_PER_TONNE, "Price per t of contained element")
SHORTAGE = Variable("Shortage", TONNES, "Use wanted at base prices less use, contained element")
FLOW = Variable("Trade", TONNES, "Flow from exporter to importer, contained element")
SURPLUS = Variable("Surplus Change", USD, "Change of surplus of a party against the base year")
LEVY = Variable("Levy Rate", USD_PER_TONNE, "Adjustable levy on imports of the zone")
REVENUE = Variable("Levy Revenue", USD, "Revenue of the adjustable levy")
QUANTITIES = {
    "production": Variable("Production", TONNES, "Primary output, contained element"),
    "processing": Variable("Refining", TONNES, "Output of refining, contained element"),
    "secondary": Variable("Secondary Supply", TONNES, "Output from old scrap, contained element"),
    "use": Variable("Use", TONNES, "Use, contained element"),
    "stock_draw": Variable("Stock Draw", TONNES, "Drawn from commercial stocks, contained element"),
    "stock_build": Variable("Stock Build", TONNES, "Added to commercial stocks, contained element"),
    "release": Variable("Reserve Release", TONNES, "Released from reserves, contained element"),
    "purchase": Variable("Reserve Purchase", TONNES, "Bought for reserves, contained element"),
    "stock_change": Variable("Base Stock Change", TONNES, "Change of stocks in the base year"),
}


def iamc_table(outcome: Outcome) -> pl.DataFrame:
    """Return the outcome in the seven columns of the format; unsolved cases have no rows."""
    parts = [
        _case_rows(outcome, case).with_columns(scenario=pl.lit(scenario_name(outcome, name)))
        for name, case in outcome.cases.items()
        if case.status == "solved"
    ]
    empty = pl.DataFrame(
        schema={"region": pl.String, "variable": pl.String, "unit": pl.String, "value": pl.Float64}
    ).with_columns(scenario=pl.lit("", dtype=pl.String))
    return (
        pl.concat(parts or [empty])
        .with_columns(
            model=pl.lit(f"Lodestock {version('lodestock')}"),
            year=pl.lit(outcome.resolved.evaluate_on.year, dtype=pl.Int64),
        )
        .select(COLUMNS)
        .sort(["scenario", "variable", "region"])
    )


def scenario_name(outcome: Outcome, case: str) -> str:
    """Return the scenario's own name, and for other cases ``name (case)``."""
    return outcome.name if case == "scenario" else f"{outcome.name} ({case})"


def _case_rows(outcome: Outcome, case: CaseOutcome) -> pl.DataFrame:
    country = pl.col("country").map_elements(country_name, return_dtype=pl.String)
    market = pl.col("market").replace_strict(_market_regions(outcome), return_dtype=pl.String)
    pair = pl.concat_str(
        [
            pl.col(column).map_elements(country_name, return_dtype=pl.String)
            for column in ("exporter", "importer")
        ],
        separator=">",
    )
    stage = pl.col("stage").str.to_titlecase()
    party = pl.col("party").replace_strict(
        {key: capital(word) for key, word in PARTIES.items()}, default=pl.col("party"), return_dtype=pl.String
    )
    parts = [
        _rows(case.prices, PRICE, country, "usd_per_t", stage),
        _rows(case.reference_prices, PRICE, market, "usd_per_t", stage),
        _rows(case.shortage, SHORTAGE, country, "shortage_t"),
        _rows(_by_pair(case.flows), FLOW, pair, "t", stage),
        _rows(case.surplus, SURPLUS, country, "change_usd", party),
    ]
    parts += [
        _rows(case.quantities.filter(pl.col("kind") == kind), variable, country, "t", stage)
        for kind, variable in QUANTITIES.items()
    ]
    zone = pl.lit(outcome.zone_name or "zone")
    parts += [
        _rows(case.levies, variable, zone, column, stage)
        for variable, column in ((LEVY, "rate_usd_per_t"), (REVENUE, "revenue_usd"))
    ]
    joined = pl.concat(parts)
    world = (
        joined.filter(
            ~pl.col("region").str.contains(">", literal=True)
            & ~pl.col("variable").str.starts_with(PRICE.name)
            & ~pl.col("variable").str.starts_with("Levy")
        )
        .group_by("variable", "unit")
        .agg(pl.col("value").sum())
        .select(pl.lit("World").alias("region"), "variable", "unit", "value")
    )
    return pl.concat([joined, world])


def _by_pair(flows: pl.DataFrame) -> pl.DataFrame:
    """Shipments and what leaks along the same route added up."""
    keys = ("material", "stage", "exporter", "importer")
    return flows.group_by(keys, maintain_order=True).agg(pl.col("t").sum())


def _rows(
    table: pl.DataFrame, variable: Variable, region: pl.Expr, value: str, *levels: pl.Expr
) -> pl.DataFrame:
    material = pl.col("material").map_elements(
        lambda name: capital(material_name(name)), return_dtype=pl.String
    )
    return table.select(
        region=region.cast(pl.String),
        variable=pl.concat_str([pl.lit(variable.name), material, *levels], separator="|"),
        unit=pl.lit(variable.unit),
        value=pl.col(value),
    ).filter(pl.col("value").is_not_null())


def _market_regions(outcome: Outcome) -> dict[str, str]:
    zone = outcome.zone_name or "Acting countries"
    home = ", ".join(country_name(country) for country in outcome.home)
    return {
        "world": "World",
        "inside": zone,
        "outside": f"Outside {zone}",
        "home": f"Home ({home})" if len(outcome.home) != 1 else f"Home market of {home}",
        "abroad": "Abroad",
    }


def code_lists(outcome: Outcome, table: pl.DataFrame) -> dict[str, str]:
    """Return ``variables.yaml`` and ``regions.yaml``: every variable with unit and meaning, every region."""
    import yaml

    families = {v.name: v for v in (PRICE, SHORTAGE, FLOW, SURPLUS, LEVY, REVENUE, *QUANTITIES.values())}
    variables = []
    for name, unit in table.select("variable", "unit").unique().sort("variable").iter_rows():
        family, *levels = name.split("|")
        meaning = f"{families[family].description}: {', '.join(levels)}"
        variables.append({name: {"description": meaning, "unit": unit}})
    codes = {
        country_name(code): code for code in outcome.cases["scenario"].prices["country"].unique().to_list()
    }
    plain = sorted(region for region in table["region"].unique().to_list() if ">" not in region)
    countries = [{region: {"iso3": codes[region]}} for region in plain if region in codes]
    groups = [region for region in plain if region not in codes]
    regions = [{"country": countries}, {"group": groups}]
    return {
        "variables.yaml": yaml.safe_dump(variables, sort_keys=False, allow_unicode=True, width=110),
        "regions.yaml": yaml.safe_dump(regions, sort_keys=False, allow_unicode=True, width=110),
    }


def write_iamc(outcome: Outcome, directory: Path) -> Path:
    """Write ``outcome.csv`` with its code lists into a folder and return the path of the data."""
    directory.mkdir(parents=True, exist_ok=True)
    table = iamc_table(outcome)
    path = directory / "outcome.csv"
    table.write_csv(path)
    for name, text in code_lists(outcome, table).items():
        (directory / name).write_text(text, encoding="utf-8")
    return path
