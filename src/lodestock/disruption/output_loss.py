r"""Output lost where the material is used, by end use, sector and country, in USD with a band.

A country that uses less than in the base year loses the part that cannot be substituted; a tonne that is
missing in end use e is worth the value added that rests on it,

.. math::
    \text{loss}_{ce} = \Delta \sum_t (d_{c} - u_{ct})^+ \, s_e (1 - b_e) \, v_e, \qquad
    v_e = \rho \, \frac{V_e}{s_e\, U_{EU}}

with s the share of an end use, b the share of it that a back-stop serves, V value added of its sector in the
EU27 (Eurostat, through the EU criticality study), U the use of the EU27 and rho the share of a sector's value
added that rests on products with the material. Nobody publishes rho: the band is its range, an assumption.
Second-round effects through other sectors are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.disruption.path import Path
from lodestock.world.model import World

RESTING_SHARE = (0.001, 0.01, 0.05)
"""rho: low, central, high; assumption."""
USD_PER_EUR = 1.0824
"""Mean of 2024, European Central Bank."""


@dataclass(frozen=True)
class LostOutput:
    """One country and end use: t of use lost beyond substitution in the run, and output lost, USD."""

    country: str
    end_use: str
    sector: str
    lost_use_t: float
    low_usd: float
    central_usd: float
    high_usd: float


def lost_output(path: Path, world: World) -> tuple[LostOutput, ...]:
    """Output lost abroad, largest first; end uses without a published sector are left out.

    Medians over the draws of the path.
    """
    worth, sectors = value_per_tonne(world)
    cut = np.maximum(path.base.use[None, None, :] - path.use, 0.0)
    missing = np.median(cut.sum(axis=1), axis=0) * path.dt
    found = []
    for country, tonnes in zip(path.base.countries, missing, strict=True):
        for end in world.use.end_uses:
            lost = float(tonnes) * end.share * (1.0 - end.backstop_share)
            if end.name not in worth or lost <= 1e-9 * float(path.base.use.sum()):
                continue
            low, central, high = (rho * worth[end.name] * lost for rho in RESTING_SHARE)
            found.append(LostOutput(country, end.name, sectors[end.name], lost, low, central, high))
    return tuple(sorted(found, key=lambda row: -row.central_usd))


def value_per_tonne(world: World) -> tuple[dict[str, float], dict[str, str]]:
    """V / (s U) in USD per t of use, and the sector, of every end use whose sector has a value.

    The study states V beside some materials only; a sector has the same one for all.
    """
    import polars as pl

    from lodestock.data.snapshot import load_table

    members = load_table("country_sets").filter(pl.col("set_name") == "EU27")["country"].to_list()
    use = sum(float(u) for c, u in zip(world.countries, world.use.quantity, strict=True) if c in set(members))
    everything = load_table("end_uses")
    added_by_sector = {
        str(sector): float(added)
        for sector, added in everything.drop_nulls("value_added_meur")
        .select("sector", "value_added_meur")
        .rows()
    }
    table = everything.filter(pl.col("material") == world.material)
    worth: dict[str, float] = {}
    sectors: dict[str, str] = {}
    for name, sector in table.select("end_use", "sector").rows():
        added = added_by_sector.get(str(sector))
        end = next((end for end in world.use.end_uses if end.name == name), None)
        if added is None or end is None or use * end.share <= 0:
            continue
        worth[str(name)] = added * 1e6 * USD_PER_EUR / (use * end.share)
        sectors[str(name)] = str(sector)
    return worth, sectors
