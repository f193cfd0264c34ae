"""Synthetic worlds for benchmarks: countries and stages, random costs, a zone with floors.

Every case is made from a seed with numpy's default generator, so that a case is the same everywhere.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.market import (
    Market,
    assemble,
    concatenate_activities,
    concatenate_curves,
    concatenate_levies,
    constant_elasticity_supply,
    constant_elasticity_use,
    levy,
    process,
    trade,
)

ZONE_SHARE = 0.4


def random_world(
    countries: int,
    stages: int,
    seed: int,
    *,
    density: float = 0.2,
    friction: float = 0.1,
    floors: tuple[float, float] | None = (0.95, 1.25),
    reference: str = "hub",
    duties: bool = False,
    cap: float = 1.0,
) -> Market:
    """Return a world of ``countries`` x ``stages`` nodes with mines, processing, trade and use.

    Parameters
    ----------
    density : share of the country pairs that may trade at each stage.
    friction : slope of trade and processing, in price unit per quantity unit; 0 for constant cost.
    floors : range of the zone floors as multiples of the zone's mean base price; None for no levies.
    reference : "hub" for one levy per stage on the zone's mean price, "importer" for one levy per member node.
    duties : also put ad-valorem duties of up to 15 % on a third of the arcs.
    cap : largest levy as a multiple of the stage's base price.
    """
    rng = np.random.default_rng(seed)
    n = countries * stages
    node = np.arange(n).reshape(stages, countries)
    base_price = np.array([1.0 + 0.8 * stage for stage in range(stages)])
    spread = rng.uniform(0.9, 1.1, (stages, countries))
    price = base_price[:, None] * spread
    names = tuple(f"s{stage}c{c}" for stage in range(stages) for c in range(countries))

    size = rng.lognormal(0.0, 1.0, countries)
    output = size / size.mean()
    need = rng.lognormal(0.0, 1.0, countries)
    need = need / need.sum() * output.sum()
    yield_ = rng.uniform(0.75, 0.97, stages)
    curves = [
        constant_elasticity_supply(
            [f"mine {name}" for name in names[:countries]],
            node[0],
            output,
            price[0],
            rng.uniform(0.15, 0.5, countries),
            output * rng.uniform(1.05, 1.6, countries),
            0.4,
            0.7,
        )
    ]
    through = 1.0
    for stage in range(1, stages):
        through *= yield_[stage]
    final = stages - 1
    curves.append(
        constant_elasticity_use(
            [f"use {name}" for name in names[final * countries :]],
            node[final],
            need * through,
            price[final],
            rng.uniform(0.15, 0.5, countries),
            backstops=[(0.2, 1.5, 3.0), (0.3, 2.0, 6.0)],
            choke_multiple=10.0,
        )
    )
    parts = []
    for stage in range(1, stages):
        margin = price[stage] - price[stage - 1] / yield_[stage]
        plant = output.sum() * rng.dirichlet(np.full(countries, 0.6)) * 1.5 + 1e-3
        cost = np.minimum(margin, 0.8) * rng.uniform(0.3, 0.9, countries)
        slope = np.full(countries, friction) if friction else np.zeros(countries)
        parts.append(
            process(
                [f"process {names[k]}" for k in node[stage]],
                node[stage - 1],
                node[stage],
                cost,
                slope,
                plant,
                yield_=yield_[stage],
            )
        )
    place = rng.uniform(0.0, 1.0, (countries, 2))
    distance = np.hypot(*(place[:, None, :] - place[None, :, :]).transpose(2, 0, 1))
    arcs_from, arcs_to = [], []
    for stage in range(stages):
        open_ = (rng.random((countries, countries)) < density) & ~np.eye(countries, dtype=bool)
        # a ring keeps every stage connected
        ring = np.arange(countries)
        open_[ring, np.roll(ring, 1)] = True
        i, j = np.nonzero(open_)
        arcs_from.append(node[stage][i])
        arcs_to.append(node[stage][j])
        freight = 0.03 + 0.12 * distance[i, j]
        duty = np.where(rng.random(len(i)) < 1 / 3, rng.uniform(0.0, 0.15, len(i)), 0.0) if duties else 0.0
        parts.append(
            trade(
                [f"{names[a]}>{names[b]}" for a, b in zip(node[stage][i], node[stage][j], strict=True)],
                node[stage][i],
                node[stage][j],
                freight,
                friction,
                duty=duty,
            )
        )
    activities = concatenate_activities(parts)
    levies = None
    if floors is not None:
        zone = rng.permutation(countries)[: max(1, round(ZONE_SHARE * countries))]
        member = np.zeros(countries, dtype=bool)
        member[zone] = True
        levies = _zone_levies(
            member,
            node,
            np.concatenate(arcs_from),
            np.concatenate(arcs_to),
            price,
            rng,
            floors,
            reference,
            cap,
            parts,
        )
    return assemble(
        names,
        activities,
        concatenate_curves(curves),
        levies,
        price_scale=np.repeat(base_price, countries),
        quantity_scale=1.0,
    )


def _zone_levies(member, node, origin, destination, price, rng, floors, reference, cap, parts):  # type: ignore[no-untyped-def]
    countries = member.size
    offset = sum(len(part) for part in parts) - len(origin)
    # processing columns come first only if no trade precedes them; arcs are appended after all of them
    into_zone = member[destination % countries] & ~member[origin % countries]
    stage_of = origin // countries
    made = []
    for stage in range(node.shape[0]):
        arcs = np.flatnonzero(into_zone & (stage_of == stage)) + offset
        mean = price[stage][member].mean()
        if reference == "hub":
            weights = dict.fromkeys(node[stage][member].tolist(), 1.0 / member.sum())
            made.append(
                levy(
                    f"zone stage {stage}",
                    charged=arcs,
                    reference=weights,
                    floor=mean * rng.uniform(*floors),
                    cap=cap * mean,
                )
            )
            continue
        for importer in node[stage][member]:
            own = arcs[destination[arcs - offset] == importer]
            made.append(
                levy(
                    f"importer {importer}",
                    charged=own,
                    reference={int(importer): 1.0},
                    floor=mean * rng.uniform(*floors),
                    cap=cap * mean,
                )
            )
    return concatenate_levies(made)


def disturbed(market: Market, seed: int, *, outage: float = 0.3, spread: float = 0.1) -> Market:
    """Return the market with some mine curves cut and all activity costs moved by up to ``spread``."""
    rng = np.random.default_rng(seed)
    curves = market.curves
    supply = curves.sign > 0
    cut = np.where(supply & (rng.random(len(curves)) < 0.1), 1.0 - outage, 1.0)[:, None]
    return replace(
        market,
        curves=replace(curves, a1=curves.a1 * cut, a2=curves.a2 * cut),
        cost=market.cost * rng.uniform(1.0 - spread, 1.0 + spread, market.activities),
    )
