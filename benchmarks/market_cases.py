"""Synthetic worlds for benchmarks: countries and stages, random costs, a zone with floors.

Every world is made from a seed with numpy's default generator, so that it is the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lodestock.market import (
    Activities,
    Changes,
    Levies,
    Market,
    assemble,
    carry,
    concatenate_activities,
    concatenate_curves,
    concatenate_levies,
    constant_elasticity_supply,
    constant_elasticity_use,
    edits,
    levy,
    linear_supply,
    linear_use,
    no_levies,
    periods,
    process,
    stack,
    trade,
)
from lodestock.market.extend import activities_of

ZONE_SHARE = 0.4
ZONE_OUTPUT = 0.3
"""Size of the members' mines and plants against the others': the zone depends on imports."""


@dataclass(frozen=True)
class Sizes:
    """How a world is drawn.

    Attributes
    ----------
    countries, stages : number of nodes is their product.
    density : share of the country pairs that may trade at each stage.
    friction : slope of trade and processing, price unit per quantity unit; 0 for constant cost.
    floors : range of the zone floors as multiples of the zone's mean base price.
    reference : ``hub`` for one levy per stage on the zone's mean price, ``importer`` for one per member node.
    duties : put ad-valorem duties of up to 15 % on a third of the arcs.
    cap : largest levy as a multiple of the stage's mean base price in the zone.
    linear : straight lines in place of constant elasticities, so that the world is a quadratic programme.
    """

    countries: int
    stages: int
    density: float = 0.2
    friction: float = 0.1
    floors: tuple[float, float] = (0.95, 1.25)
    reference: str = "hub"
    duties: bool = False
    cap: float = 1.0
    linear: bool = False


def random_world(sizes: Sizes, seed: int) -> Market:
    """Return a world: mines, processing from stage to stage, trade at each, use at the last, zone floors."""
    rng = np.random.default_rng(seed)
    C, S = sizes.countries, sizes.stages
    node = np.arange(C * S).reshape(S, C)
    stage_price = 1.0 + 0.8 * np.arange(S)
    price = stage_price[:, None] * rng.uniform(0.9, 1.1, (S, C))
    names = [f"stage {stage} country {c}" for stage in range(S) for c in range(C)]
    member = np.zeros(C, dtype=bool)
    member[rng.permutation(C)[: max(1, round(ZONE_SHARE * C))]] = True
    output = rng.lognormal(0.0, 1.0, C) * np.where(member, ZONE_OUTPUT, 1.0)
    output /= output.mean()
    yields = rng.uniform(0.75, 0.97, S)
    need = rng.lognormal(0.0, 1.0, C)
    need *= output.sum() * np.prod(yields[1:]) / need.sum()

    plants = _plants(rng, names, node, price, yields, output, member, sizes.friction)
    arcs, origin, destination = _arcs(rng, names, node, sizes)
    first_arc = sum(len(part) for part in plants)
    levies = _floors(rng, node, price, member, origin, destination, first_arc, sizes)
    return assemble(
        names,
        concatenate_activities([*plants, arcs]),
        _curves(rng, names, node, price, output, need, sizes.linear),
        levies,
        price_scale=np.repeat(stage_price, C),
        quantity_scale=1.0,
    )


def without_levies(market: Market) -> Market:
    """Return the market with its levies taken away."""
    return replace(market, levies=no_levies())


def disturbed(market: Market, seed: int, *, outage: float = 0.3, spread: float = 0.05) -> Market:
    """Return the market with a tenth of its mines cut by ``outage`` and costs moved by up to ``spread``."""
    rng = np.random.default_rng(seed)
    curves = market.curves
    hit = (curves.sign > 0) & (rng.random(len(curves)) < 0.1)
    kept = np.where(hit, 1.0 - outage, 1.0)[:, None]
    return replace(
        market,
        curves=replace(curves, a1=curves.a1 * kept, a2=curves.a2 * kept),
        cost=market.cost * rng.uniform(1.0 - spread, 1.0 + spread, market.activities),
    )


def over_months(world: Market, months: int, seed: int, *, interest: float = 0.05) -> Market:
    """Return a world over months: use, mines and costs vary, stores at every node join one to the next.

    Parameters
    ----------
    interest : per year. Warehouses hold up to 30 % of a month's throughput; room costs 1 % of the price a
        month, and more as they fill.
    """
    rng = np.random.default_rng(seed)
    curves = world.curves
    season = 1.0 + 0.15 * np.sin(2.0 * np.pi * np.arange(months) / 12.0)
    each = []
    for month in range(months):
        noise = rng.uniform(0.9, 1.1, len(curves)) * np.where(curves.sign < 0, season[month], 1.0)
        moved = replace(curves, a1=curves.a1 * noise[:, None], a2=curves.a2 * noise[:, None])
        each.append(replace(world, curves=moved, cost=world.cost * rng.uniform(0.97, 1.03, world.activities)))
    horizon = stack(each, periods("2025-01", months))
    stores = [f"store {name}" for name in world.node_names]
    joined = carry(
        horizon,
        stores,
        list(world.node_names),
        holding_cost=0.12 * world.price_scale,
        slope=1.2,
        capacity=0.3 / 12.0,
        interest=interest,
    )
    return joined.market


def many_materials(sizes: Sizes, materials: int, seed: int) -> Market:
    """Return independent worlds in one market, one component each."""
    worlds = [random_world(sizes, seed + number) for number in range(materials)]
    names = [[f"material {number} {name}" for name in w.node_names] for number, w in enumerate(worlds)]
    node = np.concatenate([[0], np.cumsum([w.nodes for w in worlds])])
    activity = np.concatenate([[0], np.cumsum([w.activities for w in worlds])])
    columns = [
        replace(
            activities_of(w),
            names=[f"material {i} {name}" for name in w.activity_names],
            node=w.entry_node + node[i],
        )
        for i, w in enumerate(worlds)
    ]
    curves = [
        replace(
            w.curves, names=[f"material {i} {name}" for name in w.curves.names], node=w.curves.node + node[i]
        )
        for i, w in enumerate(worlds)
    ]
    levies = [
        replace(
            w.levies,
            names=[f"material {i} {name}" for name in w.levies.names],
            charge_activity=w.levies.charge_activity + activity[i],
            reference_node=w.levies.reference_node + node[i],
        )
        for i, w in enumerate(worlds)
    ]
    return assemble(
        [name for part in names for name in part],
        concatenate_activities(columns),
        concatenate_curves(curves),
        concatenate_levies(levies),
        price_scale=np.concatenate([w.price_scale for w in worlds]),
        quantity_scale=np.concatenate([w.quantity_scale for w in worlds]),
    )


def monte_carlo(market: Market, count: int, seed: int) -> Changes:
    """Return scenarios: mines lost in part, a country's exports of a stage banned, floors and use moved.

    Every mine loses 20 to 100 % with probability 5 %; in every second scenario one country stops exporting at
    one stage; floors move by up to 10 %, use everywhere by up to 10 % and in each country by another 5 %.
    """
    rng = np.random.default_rng(seed)
    curves = market.curves
    supply, use = np.flatnonzero(curves.sign > 0), np.flatnonzero(curves.sign < 0)
    hit, mine = np.nonzero(rng.random((count, len(supply))) < 0.05)
    lost = edits(hit, supply[mine], rng.uniform(0.0, 0.8, len(hit)))
    world = rng.uniform(0.9, 1.1, (count, 1)) * rng.uniform(0.95, 1.05, (count, len(use)))
    moved = edits(np.arange(count)[:, None], use[None, :], world)
    scale = edits(
        np.concatenate([lost.scenario, moved.scenario]),
        np.concatenate([lost.index, moved.index]),
        np.concatenate([lost.value, moved.value]),
    )
    two = np.diff(market.entry_pointer) == 2
    arcs = np.flatnonzero(
        two & (market.entry_quantity[market.entry_pointer[:-1]] == -1.0) & (market.capacity == np.inf)
    )
    origin = market.entry_node[market.entry_pointer[arcs]]
    exporters = np.unique(origin)
    by_exporter = np.split(
        arcs[np.argsort(origin, kind="stable")], np.searchsorted(np.sort(origin), exporters[1:])
    )
    banning = np.flatnonzero(rng.random(count) < 0.5)
    chosen = rng.integers(len(exporters), size=len(banning))
    stopped = [by_exporter[e] for e in chosen]
    bans = edits(
        np.repeat(banning, [len(part) for part in stopped]), np.concatenate([*stopped, arcs[:0]]), 0.0
    )
    levies = market.levies
    floors = edits(
        np.arange(count)[:, None],
        np.arange(len(levies))[None, :],
        levies.floor * rng.uniform(0.9, 1.1, (count, len(levies))),
    )
    return Changes(count, capacity=bans, curve_scale=scale, floor=floors)


def _curves(rng, names, node, price, output, need, linear):  # type: ignore[no-untyped-def]
    C, last = node.shape[1], len(node) - 1
    mines, users = [f"mine {name}" for name in names[:C]], [f"use {name}" for name in names[last * C :]]
    supply_elasticity, use_elasticity = rng.uniform(0.15, 0.5, C), rng.uniform(0.15, 0.5, C)
    room = output * rng.uniform(1.05, 1.6, C)
    if linear:
        slope = price[0] / (supply_elasticity * output)
        choke = price[last] * (1.0 + 1.0 / use_elasticity)
        lines = linear_supply(mines, node[0], price[0] - slope * output, slope, room)
        return concatenate_curves([lines, linear_use(users, node[last], choke, (choke - price[last]) / need)])
    return concatenate_curves(
        [
            constant_elasticity_supply(mines, node[0], output, price[0], supply_elasticity, room, 0.4, 0.7),
            constant_elasticity_use(
                users,
                node[last],
                need,
                price[last],
                use_elasticity,
                backstops=[(0.2, 1.5, 3.0), (0.3, 2.0, 6.0)],
                choke_multiple=10.0,
            ),
        ]
    )


def _plants(rng, names, node, price, yields, output, member, friction) -> list[Activities]:  # type: ignore[no-untyped-def]
    C = node.shape[1]
    parts = []
    for stage in range(1, len(node)):
        share = rng.dirichlet(np.full(C, 0.6)) * np.where(member, ZONE_OUTPUT, 1.0)
        margin = np.minimum(price[stage] - price[stage - 1] / yields[stage], 0.8)
        parts.append(
            process(
                [f"process {names[n]}" for n in node[stage]],
                node[stage - 1],
                node[stage],
                margin * rng.uniform(0.3, 0.9, C),
                friction,
                1.5 * output.sum() * share / share.sum() + 1e-3,
                yield_=yields[stage],
            )
        )
    return parts


def _arcs(rng, names, node, sizes: Sizes):  # type: ignore[no-untyped-def]
    C = sizes.countries
    place = rng.uniform(0.0, 1.0, (C, 2))
    distance = np.hypot(*(place[:, None, :] - place[None, :, :]).transpose(2, 0, 1))
    origin, destination = [], []
    for stage in node:
        allowed = (rng.random((C, C)) < sizes.density) & ~np.eye(C, dtype=bool)
        # a ring keeps every stage connected
        allowed[np.arange(C), np.roll(np.arange(C), 1)] |= C > 1
        i, j = np.nonzero(allowed)
        origin.append(stage[i])
        destination.append(stage[j])
    i, j = np.concatenate(origin), np.concatenate(destination)
    duty = np.where(rng.random(len(i)) < 1 / 3, rng.uniform(0.0, 0.15, len(i)), 0.0) if sizes.duties else 0.0
    labels = [f"{names[a]} > {names[b]}" for a, b in zip(i, j, strict=True)]
    freight = 0.03 + 0.12 * distance[i % C, j % C]
    return trade(labels, i, j, freight, sizes.friction, duty=duty), i, j


def _floors(rng, node, price, member, origin, destination, first_arc, sizes: Sizes) -> Levies:  # type: ignore[no-untyped-def]
    C = sizes.countries
    entering = member[destination % C] & ~member[origin % C]
    made = []
    for stage, nodes in enumerate(node):
        arcs = np.flatnonzero(entering & (origin // C == stage))
        mean = price[stage][member].mean()
        inside = nodes[member]
        groups = [inside] if sizes.reference == "hub" else [np.array([n]) for n in inside]
        for group in groups:
            charged = arcs[np.isin(destination[arcs], group)] + first_arc
            reference = dict.fromkeys(group.tolist(), 1.0 / len(group))
            floor = mean * rng.uniform(*sizes.floors)
            name = f"stage {stage} levy {group[0]}"
            made.append(levy(name, charged=charged, reference=reference, floor=floor, cap=sizes.cap * mean))
    return concatenate_levies(made)
