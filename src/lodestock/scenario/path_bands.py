"""How sure a path over the periods is: its prices and shortages under every draw, as bands beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lodestock.scenario.rows import Rows

if TYPE_CHECKING:
    import polars as pl

PLACE = ("material", "period", "stage", "market")
BANDS = ("p10_usd_per_t", "p90_usd_per_t", "p10_short_t", "p90_short_t")
Path = Mapping[tuple[str, ...], tuple[float, float]]
"""Price, USD/t, and use that prices keep away, t a year, by material, period, stage and market."""


def path_of(rows: Rows) -> Path:
    """Price and shortage of every row of the table ``periods``."""
    places = zip(*(rows[name] for name in PLACE), strict=True)
    numbers = zip(rows["usd_per_t"], rows["wanted_t"], rows["use_t"], strict=True)
    return {
        place: (price, max(wanted - use, 0.0))
        for place, (price, wanted, use) in zip(places, numbers, strict=True)
    }


def with_path_bands(table: pl.DataFrame, paths: Sequence[Path]) -> pl.DataFrame:
    """The table ``periods`` with the 10th and 90th percentile of its prices and shortages over the draws.

    Parameters
    ----------
    paths : of the draws whose path was solved; without any the table comes back as it is.
    """
    import polars as pl

    places = table.select(PLACE).rows()
    whole = [path for path in paths if all(place in path for place in places)]
    if not whole or not places:
        return table
    seen = np.array([[path[place] for place in places] for path in whole])
    low, high = np.quantile(seen, [0.1, 0.9], axis=0)
    columns = (low[:, 0], high[:, 0], low[:, 1], high[:, 1])
    return table.with_columns(*(pl.Series(name, values) for name, values in zip(BANDS, columns, strict=True)))
