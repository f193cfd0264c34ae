"""Markets at the edge: nothing to trade, nothing to sell, ties, kinks, and markets without an equilibrium."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lodestock.errors import InfeasibleError
from lodestock.market import (
    assemble,
    columns,
    concatenate_activities,
    concatenate_curves,
    constant_elasticity_supply,
    constant_elasticity_use,
    extend,
    fixed_use,
    levy,
    linear_supply,
    linear_use,
    no_curves,
    sink,
    solve,
    source,
    trade,
)
from lodestock.market.extend import activities_of

PAIR = ("seller", "buyer")
SUPPLY = linear_supply(["supply"], 0, 1.0, 1.0)
USE = linear_use(["use"], 1, 10.0, 1.0)


def pair(curves, *, capacity=np.inf, slope=0.1, floors=None, injection=None):
    return assemble(PAIR, trade(["arc"], 0, 1, 1.0, slope, capacity), curves, floors, injection=injection)


def test_all_supply_removed_leaves_users_at_their_choke_price():
    solution = solve(pair(concatenate_curves([USE])))
    assert solution.is_solved
    assert solution.price[1] == pytest.approx(10.0)
    assert solution.curve_quantity == pytest.approx([0.0])


def test_a_stranded_producer_shows_the_price_at_which_it_would_start_again():
    mine = constant_elasticity_supply(["mine"], 0, 10.0, 5.0, 0.5, np.inf, 0.4, 0.7)
    market = assemble(PAIR, trade(["arc"], 0, 1, 1.0, 0.1, 0.0), mine, price_scale=5.0, quantity_scale=10.0)
    solution = solve(market)
    assert solution.is_solved
    assert solution.price == pytest.approx([2.0, 5.0])
    assert solution.curve_quantity == pytest.approx([0.0])


def test_a_ban_is_a_capacity_of_zero():
    solution = solve(pair(concatenate_curves([SUPPLY, USE]), capacity=0.0))
    assert solution.is_solved
    assert solution.level == pytest.approx([0.0])
    assert solution.price == pytest.approx([1.0, 10.0])


def test_isolated_nodes_and_empty_markets():
    curves = concatenate_curves([SUPPLY, USE])
    market = assemble((*PAIR, "nobody"), trade(["arc"], 0, 1, 1.0, 0.1), curves)
    assert solve(market).is_solved
    nothing = solve(assemble(("nobody",), columns([], [], 0.0, 0.0), no_curves()))
    assert nothing.is_solved
    assert nothing.certificate.worst_element == "none"


def test_equal_costs_and_parallel_routes():
    # two ways from seller to buyer at the same cost: prices are unique, the split is not
    arcs = trade(["one", "two", "via", "on"], [0, 0, 0, 2], [1, 1, 2, 1], [1.0, 1.0, 0.5, 0.5], 0.0)
    solution = solve(assemble((*PAIR, "hub"), arcs, concatenate_curves([SUPPLY, USE])))
    assert solution.price == pytest.approx([5.0, 6.0, 5.5])
    assert solution.level[:3].sum() == pytest.approx(4.0)


@pytest.mark.parametrize("slope", [0.0, 0.1])
def test_a_floor_above_every_price_users_pay_is_unenforceable(slope):
    floors = levy("floor", charged=[0], reference={1: 1.0}, floor=12.0, cap=50.0)
    solution = solve(pair(concatenate_curves([SUPPLY, USE]), slope=slope, floors=floors))
    assert solution.is_solved
    assert solution.certificate.levies[0].status == "unenforceable"
    assert solution.price[1] == pytest.approx(10.0)


def test_a_floor_nobody_trades_under_is_slack_or_unenforceable_but_solved():
    floors = levy("floor", reference={1: 1.0}, floor=3.0, cap=2.0)
    solution = solve(pair(concatenate_curves([SUPPLY, USE]), floors=floors))
    assert solution.certificate.levies[0].status == "slack"


def test_corners_of_curves_are_solved_exactly():
    # supply stands at its capacity of 3, use 10 - p: p = 7, in the middle of a corner of another curve
    curves = concatenate_curves([linear_supply(["s"], 0, 1.0, 1.0, 3.0), linear_use(["d"], 0, 10.0, 1.0)])
    exact = solve(assemble(("m",), columns([], [], 0.0, 0.0), curves))
    assert exact.price == pytest.approx([7.0], rel=1e-12)
    at_corner = concatenate_curves([linear_supply(["s"], 0, 1.0, 1.0, 3.0), linear_use(["d"], 0, 7.0, 1.0)])
    assert solve(assemble(("m",), columns([], [], 0.0, 0.0), at_corner)).price == pytest.approx([4.0])


def test_prices_of_very_different_size_in_one_market():
    # copper at 1e4 with 2e7 t and a by-product at 3e7 with 40 t
    curves = concatenate_curves(
        [
            constant_elasticity_supply(["ore"], 0, 2e7, 5e3, 0.3, 2.4e7, 0.4, 0.7),
            constant_elasticity_use(["copper"], 1, 2e7, 1e4, 0.3, choke_multiple=10.0),
            constant_elasticity_use(["rare"], 2, 40.0, 3e7, 0.3, choke_multiple=10.0),
        ]
    )
    smelter = columns(["smelter"], [[(0, -1.0, -1.0), (1, 1.0, 1.0), (2, 2e-6, 2e-6)]], 4e3, 1e3 / 2e7)
    market = assemble(
        ("ore", "copper", "rare"),
        smelter,
        curves,
        price_scale=[5e3, 1e4, 3e7],
        quantity_scale=[2e7, 2e7, 40.0],
    )
    solution = solve(market)
    assert solution.certificate.worst < 1e-10
    assert solution.curve_quantity[2] == pytest.approx(2e-6 * solution.level[0], rel=1e-9)


@pytest.mark.parametrize(
    ("market", "amount"),
    [
        (lambda: pair(fixed_use(["need"], 1, 5.0)), "buyer 5 t"),
        (
            lambda: pair(
                concatenate_curves([linear_supply(["s"], 0, 1.0, 1.0, 3.0), fixed_use(["need"], 1, 5.0)])
            ),
            "buyer 2 t",
        ),
        (lambda: pair(concatenate_curves([SUPPLY, USE]), capacity=1.0, injection=[0.0, -4.0]), "buyer 3 t"),
    ],
)
def test_withdrawals_that_cannot_be_served_are_named_with_their_amount(market, amount):
    with pytest.raises(InfeasibleError, match="short at any price") as caught:
        solve(market())
    assert amount in str(caught.value)
    assert "seller" not in str(caught.value)


def test_users_who_never_leave_need_a_supply():
    with pytest.raises(InfeasibleError, match="buyer"):
        solve(pair(constant_elasticity_use(["need"], 1, 5.0, 10.0, 0.3)))


def test_a_loop_that_earns_without_limit_is_not_solved_and_says_where():
    arcs = trade(["there", "back"], [0, 1], [1, 0], [1.0, -2.0], 0.0)
    solution = solve(assemble(PAIR, arcs, concatenate_curves([SUPPLY, USE])))
    assert solution.status == "not_solved"
    assert "activity" in solution.certificate.worst_element
    assert len(solution.steps) > 1


def test_every_single_source_removed_is_solved_without_a_negative_price(random_market):
    market = random_market(11, countries=5)
    for j in np.flatnonzero(market.curves.sign > 0):
        keep = np.where(np.arange(len(market.curves)) == j, 0.0, 1.0)[:, None]
        curves = replace(market.curves, a1=market.curves.a1 * keep, a2=market.curves.a2 * keep)
        solution = solve(replace(market, curves=curves))
        assert solution.is_solved
        assert (solution.price >= 0.0).all()
    for k in range(market.activities):
        capacity = market.capacity.copy()
        capacity[k] = 0.0
        assert solve(replace(market, capacity=capacity), audit=False).is_solved


def test_flat_blocks_meet_flat_blocks():
    activities = concatenate_activities(
        [source(["s"], 0, 2.0, 0.0, 100.0), trade(["arc"], 0, 1, 1.0, 0.0), sink(["d"], 1, -5.0, 0.0, 30.0)]
    )
    solution = solve(assemble(PAIR, activities, no_curves()))
    assert solution.price == pytest.approx([2.0, 3.0])
    assert solution.level == pytest.approx([30.0, 30.0, 30.0])
    assert solution.capacity_rent == pytest.approx([0.0, 0.0, 2.0])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    friction=st.sampled_from([0.0, 0.1]),
    closed=st.floats(0.0, 1.0),
    levies=st.booleans(),
    twins=st.integers(0, 6),
)
def test_closed_routes_isolated_nodes_and_twins_are_solved(
    random_market, seed, friction, closed, levies, twins
):
    # any share of the routes closed, nodes nothing touches, routes that cost the same as another one
    market = random_market(seed, friction=friction, levies=levies)
    rng = np.random.default_rng(seed)
    shut = rng.random(market.activities) < closed
    market = replace(market, capacity=np.where(shut, 0.0, market.capacity))
    market = extend(market, nodes=["nowhere", "nobody"])
    own = activities_of(market)
    copied = rng.integers(0, market.activities, twins)
    entries = [np.arange(own.pointer[k], own.pointer[k + 1]) for k in copied]
    twin = columns(
        [f"twin {at}" for at in range(twins)],
        [
            list(zip(own.node[at].tolist(), own.quantity[at].tolist(), own.money[at].tolist(), strict=True))
            for at in entries
        ],
        own.cost[copied],
        own.slope[copied],
        own.capacity[copied],
    )
    solution = solve(extend(market, activities=twin))
    assert solution.is_solved
    assert not solution.level[: len(shut)][shut].any()
    assert solution.certificate.money_identity < 1e-9
    assert (solution.price >= 0.0).all()


def test_everything_closed_leaves_every_node_alone(random_market):
    market = random_market(3, levies=False)
    alone = solve(replace(market, capacity=np.zeros(market.activities)))
    assert alone.is_solved
    # users at their choke price, mines where they would start again
    assert alone.curve_quantity == pytest.approx(np.zeros(len(market.curves)), abs=1e-9)
