"""From the shipped snapshot to the plain tables of ``tables.py``."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.risk.names import ONLY_SOURCED, SOURCED_AS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

STAGES = ("mine", "refined")
STUDY_YEARS = (2016, 2020)
"""Window of the EU study of 2023: mean of these years, both included."""


@lru_cache(maxsize=4)
def supply() -> pl.DataFrame:
    """Output by market, country and year (``tables.SUPPLY``), with ``low``, ``high`` and ``status``.

    A withheld figure is the middle of its interval; ``status`` says so. Published world totals are left out.
    """
    import polars as pl

    from lodestock.data.snapshot import load_table

    middle = (pl.col("low") + pl.col("high")) / 2.0
    rows = (
        load_table("production")
        .filter(pl.col("preferred") & (pl.col("country") != "WLD") & pl.col("stage").is_in(STAGES))
        .with_columns(t=pl.coalesce("value", middle))
    )
    return (
        rows.filter(pl.col("t").is_not_null())
        .select(
            *("material", "stage", "country", "year", "t"),
            low=pl.coalesce("low", "t"),
            high=pl.coalesce("high", "t"),
            status="status",
        )
        .sort("material", "stage", "country", "year")
    )


@lru_cache(maxsize=4)
def trade() -> pl.DataFrame:
    """Observed trade (``tables.TRADE``) with ``low`` and ``high``, t contained; mine and refined stage."""
    import polars as pl

    from lodestock.data.snapshot import load_table

    return (
        load_table("trade")
        .filter(pl.col("preferred") & pl.col("stage").is_in(STAGES) & pl.col("value").is_not_null())
        .group_by("material", "stage", "exporter", "importer", "year")
        .agg(
            t=pl.col("value").sum(),
            usd=pl.col("value_usd").fill_null(0.0).sum(),
            low=pl.coalesce("low", "value").sum(),
            high=pl.coalesce("high", "value").sum(),
        )
    )


@lru_cache(maxsize=1)
def governance() -> pl.DataFrame:
    """Governance by country and year (``tables.GOVERNANCE``); years with all six indicators."""
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = load_table("governance")
    name = next(
        item for item in rows["indicator"].unique().to_list() if item.startswith("political-stability")
    )
    stability = pl.col("value").filter(pl.col("indicator") == name)
    return (
        rows.group_by("country", "year")
        .agg(
            political_stability=stability.first(),
            mean_of_six=pl.col("value").mean(),
        )
        .filter(pl.col("political_stability").is_not_null())
        .sort("country", "year")
    )


def governance_weights(first_year: int, last_year: int) -> pl.DataFrame:
    """Governance weight W of the EU method by country: mean of the years of a window.

    Years after the last published one take that one.
    """
    import polars as pl

    table = governance()
    last = int(table["year"].max())  # type: ignore[arg-type]
    window = table.filter(pl.col("year").is_between(min(first_year, last), min(last_year, last)))
    return window.group_by("country").agg(weight=(2.0 * (2.5 - pl.col("mean_of_six").mean())).clip(0.0, 10.0))


@lru_cache(maxsize=2)
def study_shares(supply_of: str) -> pl.DataFrame:
    """Published shares of the EU study under its own names (``tables.SHARES`` with low and high).

    ``supply_of`` is ``world`` or ``eu``; stages are E and P; a missing trade parameter is 1. A material
    without sourcing shares of its own at a stage takes those of the name in ``names.SOURCED_AS``: the study
    publishes them once for a group, or under another name than the world shares.
    """
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = (
        load_table("eu_study_shares")
        .filter(pl.col("supply") == supply_of)
        .select(
            *(pl.col("published_name").alias("material"), pl.col("published_stage").alias("stage")),
            *("country", "share"),
            pl.col("trade_parameter").fill_null(1.0),
            low="share_low",
            high="share_high",
        )
    )
    if supply_of == "world":
        return rows
    own = rows.select("material", "stage").unique()
    shared = pl.DataFrame(list(SOURCED_AS.items()), ["name", "material"], orient="row")
    lent = (
        rows.join(shared, on="material")
        .with_columns(material=pl.col("name"))
        .select(rows.columns)
        .join(own, on=["material", "stage"], how="anti")
    )
    return pl.concat([rows.filter(~pl.col("material").is_in(ONLY_SOURCED)), lent])


@lru_cache(maxsize=1)
def study_uses() -> pl.DataFrame:
    """Published uses of the EU study (``tables.USES``); an application without a sector has value added 0."""
    import polars as pl

    from lodestock.data.snapshot import load_table

    return load_table("eu_study_uses").select(
        pl.col("published_name").alias("material"),
        "end_use",
        "share",
        value_added=pl.col("value_added_meur").fill_null(0.0),
    )


def largest_value_added() -> float:
    """Largest value added of any sector in the study, EUR m: the scale of economic importance."""
    return float(study_uses()["value_added"].max())  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def reference_prices(year: int) -> dict[tuple[str, str], float]:
    """Preferred annual price by material and stage, USD per t contained; only where one is published."""
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = load_table("prices").filter(
        pl.col("preferred") & (pl.col("frequency") == "annual") & (pl.col("period") == str(year))
    )
    found = rows.filter(pl.col("value") > 0).select("material", "stage", "value")
    return {(material, stage): value for material, stage, value in found.iter_rows()}


@lru_cache(maxsize=8)
def published_us_reliance(year: int) -> dict[str, str]:
    """Net import reliance of the United States as published: a percentage, a bound, or ``E`` for a net
    exporter.

    The newest year up to ``year``; a material with several forms takes the highest. Withheld figures are
    left out.
    """
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = load_table("import_reliance").filter(
        pl.col("preferred") & (pl.col("year") <= year) & pl.col("value").is_not_null()
    )
    newest = rows.filter(pl.col("year") == pl.col("year").max().over("material")).sort("value", "status")
    found = {}
    for row in newest.iter_rows(named=True):
        exporter = row["status"] == "less_than" and row["value"] == 0
        found[row["material"]] = "E" if exporter else f"{row['published_value']} %"
    return found


def members_of(name: str) -> tuple[str, ...]:
    """Countries meant by a country code or name, a named set (EU27), or codes joined by commas.

    Raises
    ------
    UnknownNameError
        Neither a set nor a country; names the nearest one.
    """
    from lodestock.data.catalog import country_names, country_sets, fold, resolve_country

    sets = {fold(key): members for key, members in country_sets().items()}
    sets |= {"eu": sets["eu27"], "european union": sets["eu27"]}
    found: list[str] = []
    for part in (piece.strip() for piece in name.split(",")):
        if fold(part) in sets:
            found += sets[fold(part)]
            continue
        try:
            found.append(resolve_country(part))
        except UnknownNameError:
            known = [*country_names().values(), *country_names(), *country_sets()]
            raise UnknownNameError("country or set of countries", part, known) from None
    return tuple(sorted(set(found)))


def check_year(year: int, years: Sequence[int], what: str) -> int:
    """Return the year if there are data for it.

    Raises
    ------
    ValueOutOfRangeError
        Names the years that have data.
    """
    if year not in years:
        span = f"{min(years)} to {max(years)}" if len(years) > 6 else ", ".join(map(str, sorted(years)))
        raise ValueOutOfRangeError(f"no {what} for {year}", allowed=span)
    return year
