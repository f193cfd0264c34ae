"""Commercial stocks by country: as published where somebody publishes them, else days of use as assumed.

Only the United States publish year-end stocks of many materials (USGS Mineral Commodity Summaries): those of
producers, consumers and exchange warehouses, added up. Everywhere else the range ``stock_days`` stands in.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lodestock.world.model import World

FloatArray = NDArray[np.float64]
PUBLISHER = "USA"


def held(world: World, stage: str) -> FloatArray:
    """Commercial stock at a stage, t, (country,), published figures in place of assumed ones."""
    stock = world.stock[stage].held
    found = published(world.material, stage, world.base_year)
    if found is None or PUBLISHER not in world.countries:
        return stock
    stock = stock.copy()
    stock[world.index(PUBLISHER)] = found
    return stock


@lru_cache(maxsize=256)
def published(material: str, stage: str, year: int) -> float | None:
    """Stock at the end of a year in the United States, t contained; None where nothing is published."""
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = load_table("us_salient").filter(
        (pl.col("flow") == "stocks")
        & (pl.col("material") == material)
        & (pl.col("stage") == stage)
        & (pl.col("year") == year)
    )
    if rows.is_empty() or rows["value"].null_count():
        return None
    return float(rows["value"].sum())
