r"""How much a price moves within a year: from the snapshot's annual prices.

.. math:: \sigma_m = \mathrm{sd}\bigl(\ln P_{m,y} - \ln P_{m,y-1}\bigr)

over consecutive years of the preferred annual price at the stage, where there are at least four changes; else
the median over all materials that have them. Spikes within a year are not in annual means: a lower bound.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import median

import numpy as np

LEAST_CHANGES = 4


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str], float]:
    import polars as pl

    from lodestock.data.snapshot import load_table

    annual = load_table("prices").filter(
        (pl.col("frequency") == "annual") & pl.col("preferred") & (pl.col("value") > 0)
    )
    found = {}
    for (material, stage), rows in annual.sort("period").group_by(["material", "stage"], maintain_order=True):
        year = rows["period"].cast(pl.Int64).to_numpy()
        change = np.diff(np.log(rows["value"].to_numpy()))[np.diff(year) == 1]
        if len(change) >= LEAST_CHANGES:
            found[str(material), str(stage)] = float(change.std(ddof=1))
    return found


def volatility(material: str, stage: str) -> float:
    """Return the yearly volatility of a material's price, fraction."""
    known = _table()
    own = known.get((material, stage), known.get((material, "refined"), known.get((material, "mine"))))
    return median(known.values()) if own is None else own
