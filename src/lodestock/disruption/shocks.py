"""The plausible shocks to one material: producers out, exports stopped, corridors closed, combinations.

The yearly probability of each is an assumption: from 1 % for the most stable country to 10 % for the least,
by rank of political stability (World Bank), the same for an outage, a stop by decree and, by the mean of the
two nearest coasts, the closure of a strait; for two at once the product, as if they were independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lodestock.disruption.base import REST
from lodestock.disruption.corridors import Corridor, corridors
from lodestock.world.model import World

LEAST, MOST = 0.01, 0.10
"""Yearly probability of a shock in the most and in the least stable country, assumed."""
MIDDLING_RANK = 50.0
"""Rank of a country that the governance table does not hold."""
PAIRED_PRODUCERS = 3
"""Of the largest producers, every two are taken out together."""
SMALL = 0.005
"""Producers and exporters below this share of world output are no shock of their own."""


@dataclass(frozen=True)
class Part:
    """One event of a shock."""

    type: str
    share: float | None = None
    destinations: tuple[str, ...] = ()
    weeks: float | None = None
    """How long it lasts; as long as the shock when None."""


@dataclass(frozen=True)
class Shock:
    """One shock: what happens, in which countries, and how likely it is in a year."""

    name: str
    kind: str
    """producer, export stop, corridor or combination."""
    countries: tuple[str, ...]
    """Home of the weekly model: where it happens, or the side of the corridor that ships."""
    parts: tuple[Part, ...]
    probability: float


def shocks_of(world: World, stage: str, top: int) -> tuple[Shock, ...]:
    """Top producers out, top exporters closed by decree, every corridor closed, and combinations.

    Combined are every two of the largest three producers, the two largest corridors that ship from the same
    side as the first producer with an outage of it.
    """
    output = world.available(stage)
    flows = world.flows[stage]
    exports = flows.sum(axis=1) - np.diag(flows)
    named = np.array([country != REST for country in world.countries])
    rank = stability(world.countries)
    chance = {country: _probability(value) for country, value in rank.items()}

    def largest(array: np.ndarray) -> list[str]:
        order = np.argsort(-np.where(named, array, 0.0))[:top]
        return [world.countries[k] for k in order if array[k] > SMALL * output.sum()]

    producers, exporters = largest(output), largest(exports)
    ways = corridors(world, stage)
    found = [Shock(f"{c} out", "producer", (c,), (Part("outage", 1.0),), chance[c]) for c in producers]
    found += [
        Shock(f"{c} stops exports", "export stop", (c,), (Part("export_stop"),), chance[c]) for c in exporters
    ]
    found += [_closed(way) for way in ways]
    found += [
        Shock(f"{a} and {b} out", "combination", (a, b), (Part("outage", 1.0),), chance[a] * chance[b])
        for a, b in combinations(producers[:PAIRED_PRODUCERS], 2)
    ]
    if producers:
        first = producers[0]
        found += [_with_outage(world, stage, way, first, chance) for way in ways if first in way.home][:2]
    return tuple(found)


def _closed(way: Corridor) -> Shock:
    parts = tuple(
        Part("closure", group.share, group.destinations, None if np.isinf(group.weeks) else group.weeks)
        for group in way.held_up
    )
    rank = stability(way.coasts)
    likely = float(np.mean([_probability(value) for value in rank.values()])) if rank else LEAST
    return Shock(f"{way.name} closed", "corridor", way.home, parts, likely)


def _with_outage(
    world: World, stage: str, way: Corridor, producer: str, chance: Mapping[str, float]
) -> Shock:
    closed = _closed(way)
    output = world.available(stage)
    home = sum(float(output[world.index(country)]) for country in way.home)
    out = Part("outage", float(output[world.index(producer)]) / home)
    return Shock(
        f"{producer} out and {closed.name}",
        "combination",
        way.home,
        (out, *closed.parts),
        chance[producer] * closed.probability,
    )


def _probability(rank: float) -> float:
    return LEAST + (MOST - LEAST) * (1.0 - rank / 100.0)


def stability(countries: Sequence[str]) -> dict[str, float]:
    """Percentile rank of political stability in the latest year, 100 the most stable."""
    import polars as pl

    from lodestock.data.snapshot import load_table

    table = load_table("governance").filter(pl.col("indicator") == "political-stability-no-violence")
    latest = table.filter(pl.col("year") == pl.col("year").max()).select("country", "rank").rows()
    known = {str(country): float(rank) for country, rank in latest if rank is not None}
    return {country: known.get(country, MIDDLING_RANK) for country in countries}
