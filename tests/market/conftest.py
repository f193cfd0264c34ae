"""Small markets whose answers are known by hand, and a generator of random ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lodestock.market import (
    Market,
    assemble,
    columns,
    concatenate_activities,
    concatenate_curves,
    concatenate_levies,
    constant_elasticity_supply,
    constant_elasticity_use,
    levy,
    linear_supply,
    linear_use,
    process,
    sink,
    source,
    trade,
)
from lodestock.market.certificate import gross_throughput

Build = Callable[..., Market]


@pytest.fixture
def floor_or_purchase() -> Build:
    """A zone and the rest of the world, one good: the case CE2 of the model notes.

    Zone: use 100 - 2p, supply p - 10. Abroad: supply 4(q - 5), use max(20 - q, 0). Freight 1.
    """

    def build(floor: float | None = None, *, buy_at: float | None = None, tariff: float = 0.0) -> Market:
        curves = concatenate_curves(
            [
                linear_use(["zone use"], 0, choke=50.0, slope=0.5),
                linear_supply(["zone supply"], 0, intercept=10.0, slope=1.0),
                linear_use(["foreign use"], 1, choke=20.0, slope=1.0),
                linear_supply(["foreign supply"], 1, intercept=5.0, slope=0.25),
            ]
        )
        parts = [trade(["import"], 1, 0, cost=1.0, slope=0.0, tariff=tariff)]
        if buy_at is not None:
            parts.append(sink(["purchase"], 0, cost=-buy_at, slope=0.0))
        levies = None
        if floor is not None:
            levies = levy("zone floor", charged=[0], reference={0: 1.0}, floor=floor, cap=50.0)
        return assemble(("zone", "abroad"), concatenate_activities(parts), curves, levies)

    return build


@pytest.fixture
def two_refiners() -> Build:
    """World ore, a zone refiner that needs less of it and a foreign one: the case CE1 of the model notes.

    Ore supply (w - 2)/0.02. Zone refiner: 1.0 ore + cost; foreign: 1.5 ore + 8. Use (100 - p)/0.1 in the
    zone, (100 - p)/0.6 abroad. Freight 1 into the zone; ore trades freely.
    """

    def build(floor: float, *, zone_cost: float = 20.0, cap: float = 12.0, slope: float = 0.0) -> Market:
        curves = concatenate_curves(
            [
                linear_supply(["ore supply"], 0, intercept=2.0, slope=0.02),
                linear_use(["zone use"], 1, choke=100.0, slope=0.1),
                linear_use(["foreign use"], 2, choke=100.0, slope=0.6),
            ]
        )
        activities = concatenate_activities(
            [
                process(["zone refining"], 0, 1, cost=zone_cost, slope=slope),
                process(["foreign refining"], 0, 2, cost=8.0, slope=slope, yield_=1.0 / 1.5),
                trade(["import"], 2, 1, cost=1.0, slope=slope),
            ]
        )
        floors = levy("floor", charged=[2], reference={1: 1.0}, floor=floor, cap=cap)
        return assemble(("ore", "zone", "abroad"), activities, curves, floors)

    return build


@pytest.fixture
def random_market() -> Build:
    """Random two-stage worlds of a few countries with every kind of element."""

    def build(
        seed: int,
        *,
        countries: int = 4,
        friction: float = 0.1,
        levies: bool = True,
        wedges: bool = True,
        linear: bool = False,
    ) -> Market:
        rng = np.random.default_rng(seed)
        n = 2 * countries
        ore, metal = np.arange(countries), np.arange(countries, n)
        output = rng.lognormal(0.0, 1.0, countries)
        need = rng.dirichlet(np.ones(countries)) * output.sum() * 0.9
        price_ore, price_metal = rng.uniform(0.8, 1.2, countries), rng.uniform(2.4, 3.2, countries)
        if linear:
            curves = concatenate_curves(
                [
                    linear_supply(_names("mine", ore), ore, 0.4, price_ore / output, output * 1.4),
                    linear_use(_names("use", metal), metal, 6.0, 3.0 / need),
                ]
            )
        else:
            curves = concatenate_curves(
                [
                    constant_elasticity_supply(
                        _names("mine", ore), ore, output, price_ore, 0.4, 1.3 * output, 0.3, 0.6
                    ),
                    constant_elasticity_use(
                        _names("use", metal),
                        metal,
                        need,
                        price_metal,
                        0.3,
                        backstops=[(0.3, 1.5, 3.0)],
                        choke_multiple=8.0,
                    ),
                ]
            )
        parts = [
            process(
                _names("refine", metal),
                ore,
                metal,
                rng.uniform(0.4, 1.2, countries),
                friction,
                rng.dirichlet(np.ones(countries)) * output.sum() * 1.6,
                yield_=0.9,
            ),
            source(_names("stock", metal), metal, rng.uniform(3.0, 4.0, countries), friction, 0.2),
            columns(
                ["byproduct"],
                [[(0, -1.0, -1.0), (int(metal[0]), 0.5, 0.5), (int(metal[1]), 0.3, 0.3)]],
                0.5,
                0.2,
            ),
        ]
        first_arc = sum(len(part) for part in parts)
        origin, destination = [], []
        for stage in (ore, metal):
            i, j = np.nonzero(~np.eye(countries, dtype=bool) & (rng.random((countries, countries)) < 0.8))
            origin.append(stage[i])
            destination.append(stage[j])
        i, j = np.concatenate(origin), np.concatenate(destination)
        duty = np.where(rng.random(len(i)) < 0.3, 0.1, 0.0) if wedges else 0.0
        capacity = np.where(rng.random(len(i)) < 0.2, rng.uniform(0.0, 0.3, len(i)), np.inf)
        freight = rng.uniform(0.02, 0.2, len(i))
        names = [f"arc {a}-{b}" for a, b in zip(i, j, strict=True)]
        parts.append(trade(names, i, j, freight, friction, capacity, duty=duty))
        made = []
        if levies:
            members = np.arange(countries // 2)
            for stage in (ore, metal):
                inside = np.isin(j, stage[members]) & ~np.isin(i, stage[members])
                made.append(
                    levy(
                        f"floor {stage[0]}",
                        charged=np.flatnonzero(inside) + first_arc,
                        reference=dict.fromkeys(stage[members].tolist(), 1.0 / len(members)),
                        floor=float((1.0 if stage is ore else 2.8) * rng.uniform(0.9, 1.5)),
                        cap=4.0,
                    )
                )
        return assemble(
            [f"node {k}" for k in range(n)],
            concatenate_activities(parts),
            curves,
            concatenate_levies(made),
            price_scale=np.concatenate([price_ore, price_metal]),
            quantity_scale=float(output.mean()),
        )

    return build


@pytest.fixture
def assert_same_equilibrium() -> Callable[..., None]:
    """Compare two points of a market where something passes: elsewhere prices and levies are intervals."""

    def compare(market: Market, one, other, *, rel: float = 1e-7) -> None:  # type: ignore[no-untyped-def]
        moved = np.minimum(*(gross_throughput(market, at.price, at.level, at.levy) for at in (one, other)))
        alive = moved > 1e-6 * market.quantity_scale
        assert one.price[alive] == pytest.approx(other.price[alive], rel=rel)
        assert one.level == pytest.approx(other.level, abs=1e-5)

    return compare


def _names(kind: str, nodes: np.ndarray) -> list[str]:
    return [f"{kind} {node}" for node in nodes]
