"""What must not change an equilibrium: units, order, the start, splitting into components."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lodestock.market import (
    Activities,
    Levies,
    Market,
    PolicyStock,
    assemble,
    carry,
    concatenate_activities,
    concatenate_curves,
    concatenate_levies,
    periods,
    solve,
    stack,
    stock_path,
    trade,
    with_policy_stock,
)

CLOSE = {"rel": 1e-8, "abs": 1e-9}


def activities_of(market: Market) -> Activities:
    return Activities(
        market.activity_names,
        market.entry_pointer,
        market.entry_node,
        market.entry_quantity,
        market.entry_money,
        market.cost,
        market.slope,
        market.capacity,
    )


def in_other_units(market: Market, price: float, quantity: float) -> Market:
    """Return the same market with prices times ``price`` and quantities times ``quantity``."""
    curves, levies = market.curves, market.levies
    scaled = replace(
        curves,
        breaks=curves.breaks * price,
        a1=curves.a1 * quantity * price**-curves.e1,
        a2=curves.a2 * quantity * price**-curves.e2,
        price_shift=curves.price_shift * price,
    )
    return replace(
        market,
        curves=scaled,
        cost=market.cost * price,
        slope=market.slope * price / quantity,
        capacity=market.capacity * quantity,
        injection=market.injection * quantity,
        levies=replace(
            levies, floor=levies.floor * price, cap=levies.cap * price, lower=levies.lower * price
        ),
        price_scale=market.price_scale * price,
        quantity_scale=market.quantity_scale * quantity,
    )


@pytest.mark.parametrize(("price", "quantity"), [(1e5, 1.0), (1.0, 1e6), (3e-3, 7e-4)])
@pytest.mark.parametrize("seed", [0, 1])
def test_homogeneity_in_prices_and_quantities(random_market, seed, price, quantity):
    market = random_market(seed)
    base, other = solve(market, audit=False), solve(in_other_units(market, price, quantity), audit=False)
    assert other.is_solved
    assert other.price == pytest.approx(base.price * price, rel=1e-8)
    assert other.level == pytest.approx(base.level * quantity, rel=1e-8, abs=1e-9 * quantity)
    assert other.levy == pytest.approx(base.levy * price, rel=1e-8, abs=1e-9 * price)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_order_of_nodes_activities_and_curves_does_not_matter(random_market, seed):
    market = random_market(seed)
    rng = np.random.default_rng(seed)
    node, activity, curve = (
        rng.permutation(count) for count in (market.nodes, market.activities, len(market.curves))
    )
    place = np.argsort(node)
    entries = [np.arange(market.entry_pointer[k], market.entry_pointer[k + 1]) for k in activity]
    order = np.concatenate(entries)
    levies = market.levies
    curves = market.curves.select(curve)
    shuffled = replace(
        market,
        node_names=[market.node_names[n] for n in node],
        activity_names=[market.activity_names[k] for k in activity],
        entry_pointer=np.concatenate([[0], np.cumsum([len(part) for part in entries])]),
        entry_node=place[market.entry_node[order]],
        entry_quantity=market.entry_quantity[order],
        entry_money=market.entry_money[order],
        cost=market.cost[activity],
        slope=market.slope[activity],
        capacity=market.capacity[activity],
        curves=replace(curves, node=place[curves.node]),
        injection=market.injection[node],
        levies=replace(
            levies,
            charge_activity=np.argsort(activity)[levies.charge_activity],
            reference_node=place[levies.reference_node],
        ),
        price_scale=market.price_scale[node],
        quantity_scale=market.quantity_scale[node],
    )
    base, other = solve(market, audit=False), solve(shuffled, audit=False)
    assert other.price == pytest.approx(base.price[node], **CLOSE)
    assert other.level == pytest.approx(base.level[activity], **CLOSE)


def test_two_markets_side_by_side_are_solved_as_each_alone(random_market):
    one, two = random_market(3, levies=False), random_market(4, levies=False)
    second = activities_of(two)
    both = assemble(
        [f"one {name}" for name in one.node_names] + [f"two {name}" for name in two.node_names],
        concatenate_activities(
            [
                replace(activities_of(one), names=[f"one {name}" for name in one.activity_names]),
                replace(
                    second,
                    names=[f"two {name}" for name in two.activity_names],
                    node=second.node + one.nodes,
                ),
            ]
        ),
        concatenate_curves(
            [
                replace(one.curves, names=[f"one {name}" for name in one.curves.names]),
                replace(
                    two.curves,
                    names=[f"two {name}" for name in two.curves.names],
                    node=two.curves.node + one.nodes,
                ),
            ]
        ),
        concatenate_levies([]),
        price_scale=np.concatenate([one.price_scale, two.price_scale]),
        quantity_scale=np.concatenate([one.quantity_scale, two.quantity_scale]),
    )
    solution = solve(both)
    expected = np.concatenate([solve(one).price, solve(two).price])
    assert solution.price == pytest.approx(expected, **CLOSE)
    assert {step.component for step in solution.steps} == {0, 1}


def test_scales_are_only_units(random_market):
    market = random_market(5)
    coarse = replace(market, price_scale=market.price_scale * 3.0, quantity_scale=market.quantity_scale * 0.2)
    assert solve(coarse).price == pytest.approx(solve(market).price, rel=1e-7)


def test_left_out_scales_are_estimated(random_market):
    market = random_market(6)
    estimated = assemble(
        market.node_names, activities_of(market), market.curves, market.levies, injection=market.injection
    )
    assert solve(estimated).price == pytest.approx(solve(market).price, rel=1e-7)


def test_a_warm_start_reaches_the_same_point(random_market):
    for seed in range(4):
        market = random_market(seed)
        base = solve(market)
        moved = replace(market, cost=market.cost * 1.05)
        cold, warm = solve(moved), solve(moved, start=base)
        assert warm.price == pytest.approx(cold.price, rel=1e-7, abs=1e-8)
        again = solve(market, start=base)
        assert again.price == pytest.approx(base.price, **CLOSE)


def test_no_friction_is_the_limit_of_little_friction(random_market):
    exact = solve(random_market(7, friction=0.0, levies=False, wedges=False))
    near = solve(random_market(7, friction=1e-7, levies=False, wedges=False))
    assert near.curve_quantity == pytest.approx(exact.curve_quantity, rel=1e-5, abs=1e-5)


def test_a_second_arc_with_no_room_changes_nothing(random_market):
    market = random_market(8, levies=False)
    extra = trade(["closed"], 0, 1, 0.0, 0.1, 0.0)
    more = assemble(
        market.node_names,
        concatenate_activities([activities_of(market), extra]),
        market.curves,
        price_scale=market.price_scale,
        quantity_scale=market.quantity_scale,
    )
    assert solve(more).price == pytest.approx(solve(market).price, **CLOSE)


def test_a_horizon_is_homogeneous_too(random_market):
    # storage and a policy stock in other units of money and mass: the same path
    def path(price: float, quantity: float):
        market = in_other_units(random_market(2, levies=False), price, quantity)
        poor = replace(
            market, curves=replace(market.curves, a1=market.curves.a1 * 0.9, a2=market.curves.a2 * 0.9)
        )
        horizon = carry(
            stack([market, poor, market], periods("2025", 3)),
            ["store"],
            ["node 0"],
            holding_cost=0.01 * price,
            slope=0.1 * price / quantity,
            interest=0.05,
        )
        stock = PolicyStock(
            "reserve", "node 5", 2.6 * price, 3.0 * price, opening=0.2 * quantity, budget=price * quantity
        )
        horizon = with_policy_stock(horizon, stock)
        solution = solve(horizon.market)
        assert solution.is_solved
        found = stock_path(horizon, solution, stock)
        return horizon.prices(solution)[:, :8] / price, found.bought / quantity, found.released / quantity

    for one, other in zip(path(1.0, 1.0), path(1e4, 1e-3), strict=True):
        assert other == pytest.approx(one, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_order_does_not_matter_to_levies(random_market, seed):
    market = random_market(seed)
    levies = market.levies
    turned = levies_in_order(levies, np.arange(len(levies))[::-1])
    base, other = solve(market), solve(replace(market, levies=turned))
    assert other.levy == pytest.approx(base.levy[::-1], **CLOSE)
    assert other.multiple == base.multiple


def levies_in_order(levies: Levies, order: np.ndarray) -> Levies:
    place = np.argsort(order)
    return replace(
        levies,
        names=[levies.names[at] for at in order],
        charge_levy=place[levies.charge_levy],
        curve_levy=place[levies.curve_levy],
        reference_levy=place[levies.reference_levy],
        floor=levies.floor[order],
        cap=levies.cap[order],
        lower=levies.lower[order],
        self_response=levies.self_response[order],
    )
