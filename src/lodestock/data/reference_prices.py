"""The price a contained tonne is measured against, by material, stage of the flow and year."""

from __future__ import annotations

import polars as pl


def reference_prices(prices: pl.DataFrame) -> pl.DataFrame:
    """Preferred annual prices for flows of each stage.

    A flow of the mine stage is measured against the mine price where the material has one in any year, else
    against the refined price; every other stage against the refined price, else the mine price.

    Parameters
    ----------
    prices : the table ``prices``.

    Returns
    -------
    columns material, flow (``mine`` or ``other``), year, price (USD per t contained).
    """
    annual = prices.filter((pl.col("frequency") == "annual") & pl.col("preferred") & (pl.col("value") > 0))
    by_stage = annual.select("material", "stage", year=pl.col("period").cast(pl.Int64), price="value")
    stages = by_stage.group_by("material").agg(
        has_mine=(pl.col("stage") == "mine").any(), has_refined=(pl.col("stage") == "refined").any()
    )
    used = stages.select(
        "material",
        mine=pl.when("has_mine").then(pl.lit("mine")).otherwise(pl.lit("refined")),
        other=pl.when("has_refined").then(pl.lit("refined")).otherwise(pl.lit("mine")),
    ).unpivot(on=["mine", "other"], index="material", variable_name="flow", value_name="stage")
    return (
        used.join(by_stage, on=["material", "stage"], how="inner")
        .select("material", "flow", "year", "price")
        .sort("material", "flow", "year")
    )


def flow_of(stage: pl.Expr) -> pl.Expr:
    """The ``flow`` that a stage is measured as."""
    return pl.when(stage == "mine").then(pl.lit("mine")).otherwise(pl.lit("other"))
