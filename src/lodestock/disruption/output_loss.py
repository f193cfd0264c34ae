r"""Output lost where the material is used, by end use, sector and country, in USD with a band.

A country that uses less than it would at base prices loses the part that cannot be substituted; a tonne that
is missing in end use e is worth the value added that rests on it,

.. math::
    \text{loss}_{ce} = \Delta \sum_t (d_{ct} - u_{ct})^+ \, s_e (1 - b_e) \, v_e, \qquad
    v_e = \rho \, \frac{V_e}{s_e\, U_{EU}}

with d the base use times what events call for, s the share of an end use, b the share of it that a back-stop
serves, V value added of its sector in the EU27 (Eurostat, through the EU criticality study), U the use of the
EU27 and rho the share of a sector's value added that rests on products with the material. Nobody publishes
rho: its range is an assumption. The band takes the low rho with the 10th percentile of the tonnes over the
draws, and the high one with the 90th. Second-round effects through other sectors are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.path import Path
from lodestock.world.model import World

FloatArray = NDArray[np.float64]
RESTING_SHARE = (0.001, 0.01, 0.05)
"""rho: low, central, high; assumption."""
NOTICEABLE = 0.1
"""Fall of use at home from which it counts as output lost."""
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
    """Output lost abroad and at home, largest first; end uses without a published sector are left out.

    Home counts, its countries joined by ``+``, where its use falls by a tenth at some time: users who save a
    little because the price rises a little lose no output. In a run of ore what refiners lack is lost, by
    what it would have made, to all users of the refined material alike.
    """
    worth, sectors = value_per_tonne(world)
    countries, tonnes = _tonnes_lost(path, world)
    missing = np.quantile(tonnes, [0.1, 0.5, 0.9], axis=0)
    least = 1e-9 * float(world.use.quantity.sum())
    found = []
    for column, country in enumerate(countries):
        for end in world.use.end_uses:
            lost = missing[:, column] * end.share * (1.0 - end.backstop_share)
            if end.name not in worth or lost[1] <= least:
                continue
            low, central, high = (
                rho * worth[end.name] * float(tonne) for rho, tonne in zip(RESTING_SHARE, lost, strict=True)
            )
            found.append(LostOutput(country, end.name, sectors[end.name], float(lost[1]), low, central, high))
    return tuple(sorted(found, key=lambda row: -row.central_usd))


def _tonnes_lost(path: Path, world: World) -> tuple[tuple[str, ...], FloatArray]:
    """Countries and the use that they lose over the run, t, (draw, country)."""
    base = path.base
    abroad = np.maximum(base.use * path.called_for[:, :, None] - path.use, 0.0).sum(axis=1) * path.dt
    home = np.maximum(base.home_use * path.called_for_home - path.home_use, 0.0).sum(axis=1) * path.dt
    kept = (path.home_use / np.maximum(path.called_for_home, 1e-300)).min(axis=1)
    if float(np.median(kept)) > (1.0 - NOTICEABLE) * base.home_use:
        home = np.zeros_like(home)
    if base.stage == world.last_stage:
        return (*base.countries, "+".join(base.home)), np.column_stack([abroad, home])
    assert world.process is not None
    feed = float((world.process.output / world.process.yield_).sum())
    refined = (abroad.sum(axis=1) + home) * float(world.process.output.sum()) / feed
    share = world.use.quantity / world.use.quantity.sum()
    return tuple(world.countries), refined[:, None] * share[None, :]


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
