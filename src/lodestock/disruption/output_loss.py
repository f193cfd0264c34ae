r"""Output lost where the material is used, by end use, sector and country, in USD with a band.

A country that uses less than it would at base prices loses the part that cannot be substituted; a tonne that
is missing in end use e is worth the value added that rests on it,

.. math::
    m_{ct} &= (d_{ct} - u_{ct})^+, \qquad B = \sum_e s_e b_e, \qquad
    h_{ct} = \frac{(m_{ct} - g_t B\,d_{ct})^+}{1 - g_t B} \\
    \text{loss}_{ce} &= \Delta \sum_t \bigl(\phi\, m_{ct} + (1 - \phi)\, h_{ct}\bigr)\,
    s_e (1 - g_t b_e)\, v_e, \qquad v_e = \rho \, \frac{V_e}{s_e\, U_{EU}}

with d the base use times what events call for, s the share of an end use, b the share of it that a back-stop
serves in the end, g the part of the way there that users have gone by then, V value added of its sector in
the EU27 (Eurostat, through the EU criticality study), U the use of the EU27. Who goes without first is not
observed: with :math:`\phi = 1` all uses give up the same share, as under contracts and allocation; with 0
those with a substitute give up first, as where the price decides. rho is the share of a sector's value added
that rests on products with the material; nobody publishes it. Both ranges are assumptions. The band takes
both low values with the 10th percentile of the tonnes over the draws, and both high ones with the 90th.
Second-round effects through other sectors are not in it.
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
ALIKE = (0.0, 0.5, 1.0)
"""phi, the share that all uses give up alike: low, central, high; assumption."""
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
    countries, alike, after_substitutes = _tonnes(path, world)
    least = 1e-9 * float(world.use.quantity.sum())
    found = []
    for end in world.use.end_uses:
        if end.name not in worth:
            continue
        first, second = (
            end.share * (sums[0] - end.backstop_share * sums[1]) for sums in (alike, after_substitutes)
        )
        tonnes = [
            np.quantile(phi * first + (1.0 - phi) * second, level, axis=0)
            for phi, level in zip(ALIKE, (0.1, 0.5, 0.9), strict=True)
        ]
        for column, country in enumerate(countries):
            lost = [float(each[column]) for each in tonnes]
            if lost[2] > least:
                usd = (rho * worth[end.name] * t for rho, t in zip(RESTING_SHARE, lost, strict=True))
                found.append(LostOutput(country, end.name, sectors[end.name], lost[1], *usd))
    return tuple(sorted(found, key=lambda row: -row.central_usd))


def _tonnes(path: Path, world: World) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """Countries, and the sums over time of (m, g m) and of (h, g h), t, (2, draw, country)."""
    base = path.base
    covered = sum(end.share * end.backstop_share for end in world.use.end_uses)
    abroad = _sums(path.use, base.use * path.called_for[:, :, None], path.adapted[:, :, None], covered)
    at_home = _sums(path.home_use, base.home_use * path.called_for_home, path.adapted_home, covered)
    kept = (path.home_use / np.maximum(path.called_for_home, 1e-300)).min(axis=1)
    if float(np.median(kept)) > (1.0 - NOTICEABLE) * base.home_use:
        at_home = np.zeros_like(at_home)
    if base.stage == world.last_stage:
        joined = path.dt * np.concatenate([abroad, at_home[..., None]], axis=3)
        return (*base.countries, "+".join(base.home)), joined[0], joined[1]
    assert world.process is not None
    made = float(world.process.output.sum()) / float((world.process.output / world.process.yield_).sum())
    share = made * world.use.quantity / world.use.quantity.sum()
    everybody = path.dt * (abroad.sum(axis=3) + at_home)[..., None] * share
    return tuple(world.countries), everybody[0], everybody[1]


def _sums(use: FloatArray, wanted: FloatArray, adapted: FloatArray, covered: float) -> FloatArray:
    """Sums over time of m, g m and h, g h, rates as given: (2 rules, 2, draw, ...)."""
    missing = np.maximum(wanted - use, 0.0)
    hard = np.maximum(missing - adapted * covered * wanted, 0.0) / np.maximum(1.0 - adapted * covered, 1e-9)
    return np.stack([[each.sum(axis=1), (adapted * each).sum(axis=1)] for each in (missing, hard)])


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
