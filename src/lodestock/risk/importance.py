"""What a material means to an economy: EI of the EU method and v of the US method, from end uses."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lodestock.risk import assumptions, inputs
from lodestock.risk.disruption_potential import vulnerability_ratio
from lodestock.risk.eu_criticality import economic_importance

LARGEST_UNKNOWN = 0.5
"""EI stays open when more than this share of use has no sector with a published value added."""


@lru_cache(maxsize=1)
def sector_value_added() -> dict[str, float]:
    """Value added by NACE division, EUR m: the most frequent figure printed beside the sector's name."""
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = load_table("eu_study_uses").drop_nulls(["sector", "value_added_meur"])
    counted = (
        rows.group_by(pl.col("sector").str.slice(0, 3), "value_added_meur")
        .len()
        .sort("len", "value_added_meur", descending=True)
    )
    found: dict[str, float] = {}
    for sector, value, _ in counted.iter_rows():
        found.setdefault(sector, value)
    return found


@lru_cache(maxsize=1)
def _uses() -> dict[str, tuple[tuple[float, float], ...]]:
    from lodestock.data.snapshot import load_table

    added = sector_value_added()
    found: dict[str, list[tuple[float, float]]] = {}
    for row in load_table("end_uses").iter_rows(named=True):
        value = row["value_added_meur"] or added.get((row["sector"] or "")[:3], 0.0)
        found.setdefault(row["material"], []).append((row["value"], value))
    return {
        name: tuple((share / sum(s for s, _ in rows), value) for share, value in rows)
        for name, rows in found.items()
    }


def uses_of(material: str) -> tuple[tuple[float, float], ...]:
    """(share of use, value added of its sector) of every application; 0 where the sector has none."""
    return _uses().get(material, ())


def eu_importance(material: str, substitution: float) -> float | None:
    """Economic importance EI for the European Union; None when most uses have no known sector."""
    uses = uses_of(material)
    if not uses or sum(share for share, added in uses if added == 0.0) > LARGEST_UNKNOWN:
        return None
    A, Q = np.array(uses).T
    return float(economic_importance(A, Q, substitution, inputs.largest_value_added()))


def vulnerability(material: str, members: tuple[str, ...], year: int) -> float:
    r"""Ratio v of the US method: expenditure of the members' sectors on a material over their operating
    profit.

    Expenditure is use at the reference price, split by end use. Value added by sector is published for the
    European Union; it is scaled to the members by GDP, and profit is an assumed share of it. 0 when the
    members use nothing.
    """
    from lodestock.world.cache import load_world

    world = load_world(material, year)
    inside = np.isin(world.countries, members)
    spent = float(world.use.quantity[inside].sum()) * world.reference_price[world.last_stage]
    gdp, european = _gdp(members), _gdp(inputs.members_of("EU27"))
    uses = [(share, added) for share, added in uses_of(material) if added > 0.0]
    if not uses or spent <= 0.0:
        return 0.0
    A, Q = np.array(uses).T
    VA = Q * 1e6 * gdp / european
    profit = VA * assumptions.value("profit_share_of_value_added", material)
    return vulnerability_ratio(VA, A * spent, profit, gdp)


@lru_cache(maxsize=16)
def _gdp(members: tuple[str, ...]) -> float:
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = load_table("countries").filter(pl.col("country").is_in(list(members)))
    return max(float(rows["gdp_usd"].sum()), 1.0)
