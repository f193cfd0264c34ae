r"""What the closure of a strait or canal does to the trade of one material.

Of the flow X from country i to j the tonnes that pass chokepoint k are held up. Where another way is left the
delay is the longer voyage, :math:`w = (D_{ij}^{-k} - D_{ij}) / v`; where none is left the goods wait as long
as the closure lasts. The weekly model has one home: the countries on the side that ships more,

.. math:: H_k = \{ i : \textstyle\sum_{j \notin H_k} X_{ij} [i \to j \text{ passes } k] > 0 \} ,

grown from the largest exporter through k; what the other side ships back is left alone. A destination loses
the share of what it gets from H that passes k, in steps of a quarter. The cost of the longer way is not
counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.world.model import World
from lodestock.world.seas import KM_PER_WEEK, load_seas, voyages

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
LEAST_SHARE_OF_TRADE = 0.01
"""Chokepoints that less of the trade of a stage passes are left out."""
STEPS = 4
"""Shares of destinations are rounded to one part in so many."""
COASTS = 2
"""Countries with the nearest ports, whose stability sets the probability of a closure."""


@dataclass(frozen=True)
class HeldUp:
    """Destinations that lose the same share of what they get from home, for so many weeks."""

    destinations: tuple[str, ...]
    share: float
    weeks: float
    """Delay of the detour; infinite where no other way is left."""


@dataclass(frozen=True)
class Corridor:
    """A chokepoint as one material sees it."""

    chokepoint: str
    name: str
    tonnes: float
    """Trade of the stage that passes it in the base year, t, both ways."""
    share_of_trade: float
    home: tuple[str, ...]
    held_up: tuple[HeldUp, ...]
    coasts: tuple[str, ...]


def corridors(world: World, stage: str) -> tuple[Corridor, ...]:
    """Chokepoints that the trade of a stage passes, the largest tonnage first."""
    from lodestock.data.snapshot import load_table

    flows = world.flows[stage].copy()
    np.fill_diagonal(flows, 0.0)
    way = voyages(tuple(world.countries))
    names = dict(load_table("chokepoints").select("chokepoint_id", "name").rows())
    trade = float(flows.sum())
    found = []
    for row, chokepoint in enumerate(load_seas().chokepoints):
        through = np.where(way.passes[row], flows, 0.0)
        tonnes = float(through.sum())
        if tonnes < LEAST_SHARE_OF_TRADE * trade or trade <= 0:
            continue
        home = shipping_side(through)
        found.append(
            Corridor(
                chokepoint,
                str(names[chokepoint]),
                tonnes,
                tonnes / trade,
                tuple(c for c, inside in zip(world.countries, home, strict=True) if inside),
                _held_up(world, flows, through, way.detour_km[row], home),
                nearest_coasts(chokepoint),
            )
        )
    return tuple(sorted(found, key=lambda one: -one.tonnes))


def home_of(world: World, stage: str, chokepoint: str) -> tuple[str, ...]:
    """Countries on the side that ships more through a chokepoint; none where nothing passes."""
    flows = world.flows[stage].copy()
    np.fill_diagonal(flows, 0.0)
    row = load_seas().chokepoints.index(chokepoint)
    home = shipping_side(np.where(voyages(tuple(world.countries)).passes[row], flows, 0.0))
    return tuple(c for c, inside in zip(world.countries, home, strict=True) if inside)


def held_up_from(
    world: World, stage: str, chokepoint: str, exporters: Sequence[str], home: Sequence[str]
) -> tuple[HeldUp, ...]:
    """What a closure holds up of the flow from a given home, counting what the exporters ship."""
    way = voyages(tuple(world.countries))
    row = load_seas().chokepoints.index(chokepoint)
    flows = world.flows[stage].copy()
    np.fill_diagonal(flows, 0.0)
    ships = np.isin(world.countries, exporters)
    through = np.where(way.passes[row] & ships[:, None], flows, 0.0)
    return _held_up(world, flows, through, way.detour_km[row], np.isin(world.countries, home))


def shipping_side(through: FloatArray) -> BoolArray:
    """Countries on the side that ships more: the largest exporter first, then whoever ships across to others.

    ``through`` are tonnes from row to column; the result is never the whole world.
    """
    home = np.zeros(len(through), dtype=bool)
    order = np.argsort(-through.sum(axis=1))
    for row in order:
        if through[row].sum() <= 0:
            break
        out, from_home = through[row, ~home].sum(), through[home, row].sum()
        if out > from_home:
            home[row] = True
    return home


def _held_up(
    world: World, flows: FloatArray, through: FloatArray, detour_km: FloatArray, home: BoolArray
) -> tuple[HeldUp, ...]:
    """Destinations by rounded share, apart for those with another way and those without."""
    sent = flows[home][:, ~home].sum(axis=0)
    passing, longer = through[home][:, ~home], detour_km[home][:, ~home]
    away = np.array(world.countries)[~home]
    groups: dict[tuple[float, bool], list[tuple[str, float, float]]] = {}
    for column, country in enumerate(away):
        tonnes = passing[:, column]
        total = float(tonnes.sum())
        if total <= 0 or sent[column] <= 0:
            continue
        share = max(1, round(STEPS * total / sent[column])) / STEPS
        open_way = np.isfinite(longer[:, column])
        around = float(tonnes[open_way].sum()) >= 0.5 * total
        weeks = np.inf
        if around:
            weeks = float(np.average(longer[open_way, column], weights=tonnes[open_way]) / KM_PER_WEEK)
        groups.setdefault((share, around), []).append((str(country), total, weeks))
    return tuple(
        HeldUp(
            tuple(country for country, _, _ in members),
            share,
            float(np.average([w for _, _, w in members], weights=[t for _, t, _ in members]))
            if around
            else np.inf,
        )
        for (share, around), members in sorted(groups.items(), reverse=True)
    )


def nearest_coasts(chokepoint: str) -> tuple[str, ...]:
    """Countries whose ports lie nearest to a chokepoint."""
    import polars as pl

    from lodestock.data.snapshot import load_table
    from lodestock.world.seas import great_circle

    seas = load_seas()
    here = seas.position[[seas.point(chokepoint)]]
    ports = load_table("ports").drop_nulls("country")
    apart = great_circle(ports.select("latitude", "longitude").to_numpy(), here)[:, 0]
    near = ports.with_columns(km=pl.Series(apart)).sort("km")["country"].to_list()
    return tuple(dict.fromkeys(str(country) for country in near))[:COASTS]
