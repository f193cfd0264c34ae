"""Goods told apart by origin: closed forms where demand and substitution elasticities are equal, and limits.

With eta = sigma a variety's sales depend on its own delivered price only: x = x0 P^-sigma. Base prices are 1.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.errors import LodestockError, ValueOutOfRangeError
from lodestock.market import constant_elasticity_supply, constant_elasticity_use
from lodestock.market.armington import ArmingtonMarket, Controls, Routes, no_controls
from lodestock.market.armington_newton import solve_armington
from lodestock.market.gsim import gsim_price_change

EPSILON = 0.7


def market(flow, sigma=3.0, eta=None, epsilon=EPSILON, price=1.0):
    flow = np.asarray(flow, dtype=float)
    origins, destinations = flow.shape
    origin, destination = np.nonzero(flow)
    return ArmingtonMarket(
        origins=[f"o{i}" for i in range(origins)],
        destinations=[f"d{j}" for j in range(destinations)],
        supply=constant_elasticity_supply(
            [f"s{i}" for i in range(origins)],
            np.arange(origins),
            flow.sum(axis=1),
            price,
            epsilon,
            1e9,
            shutdown_low=1e-6,
            shutdown_high=2e-6,
        ),
        demand=constant_elasticity_use(
            [f"u{j}" for j in range(destinations)],
            np.arange(destinations),
            flow.sum(axis=0),
            price,
            sigma if eta is None else eta,
            choke_multiple=1e6,
            choke_from=5e5,
            low_multiple=1e-6,
        ),
        supply_price=np.full(origins, price),
        use_price=np.full(destinations, price),
        routes=Routes(
            origin,
            destination,
            flow[origin, destination],
            *(np.zeros(len(origin)) for _ in range(2)),
            np.ones(len(origin)),
        ),
        controls=no_controls(len(origin), destinations),
        substitution=sigma,
    )


def changed(base, **routes):
    return replace(base, routes=replace(base.routes, **routes))


def test_without_a_shock_nothing_moves():
    base = market([[5.0, 2.0], [1.0, 8.0]], eta=0.4)
    found = solve_armington(base, base)
    assert found.is_solved
    np.testing.assert_allclose(found.supply_price, 1.0, atol=1e-9)
    np.testing.assert_allclose(found.flow, base.routes.flow, rtol=1e-9)


def test_tariff_by_hand():
    base = market([[6.0], [4.0]])
    rate = np.array([0.0, 0.25])
    found = solve_armington(changed(base, ad_valorem=rate), base)
    # S0 p^eps = x0 ((1 + a) p)^-sigma
    np.testing.assert_allclose(found.supply_price, (1 + rate) ** (-3.0 / (EPSILON + 3.0)), rtol=1e-8)


def test_added_amount_moves_the_delivered_price():
    base = market([[6.0], [4.0]])
    found = solve_armington(changed(base, added=np.array([0.0, 0.5])), base)
    p = found.supply_price[1]
    assert p**EPSILON == pytest.approx((p + 0.5) ** -3.0, rel=1e-8)


def test_ban_by_hand():
    base = market([[6.0], [4.0]])
    found = solve_armington(changed(base, open_share=np.array([1.0, 0.0])), base)
    # P^(1-sigma) = theta of the variety that is left
    assert found.is_solved
    assert found.use_price[0] == pytest.approx(0.6 ** (1 / (1 - 3.0)), rel=1e-6)
    assert found.flow[1] == 0.0


def test_limit_by_hand():
    base = market([[6.0], [4.0]])
    share = 0.3
    limit = Controls(
        ["quota"],
        np.array([[0.0, 1.0]]),
        np.array([share * 4.0]),
        np.zeros((1, 1)),
        np.array([-np.inf]),
        np.array([np.inf]),
    )
    found = solve_armington(replace(base, controls=limit), base)
    assert found.is_solved
    assert found.flow[1] == pytest.approx(share * 4.0, rel=1e-8)
    # rent = delivered price share^(-1/sigma) less price at origin share^(1/eps)
    assert found.amount[0] == pytest.approx(share ** (-1 / 3.0) - share ** (1 / EPSILON), rel=1e-7)


def test_a_limit_above_the_flow_has_no_rent():
    base = market([[6.0], [4.0]])
    limit = Controls(
        ["quota"],
        np.array([[0.0, 1.0]]),
        np.array([5.0]),
        np.zeros((1, 1)),
        np.array([-np.inf]),
        np.array([np.inf]),
    )
    found = solve_armington(replace(base, controls=limit), base)
    assert found.amount[0] == 0.0
    np.testing.assert_allclose(found.flow, base.routes.flow, rtol=1e-8)


def test_floor_by_hand():
    base = market([[6.0], [4.0]])
    floor, sigma = 1.1, 3.0
    control = Controls(
        ["floor"],
        np.array([[0.0, 1.0]]),
        np.array([np.inf]),
        np.ones((1, 1)),
        np.array([floor]),
        np.array([50.0]),
    )
    found = solve_armington(replace(base, controls=control), base)
    delivered = ((floor ** (1 - sigma) - 0.6) / 0.4) ** (1 / (1 - sigma))
    assert found.is_solved
    assert found.use_price[0] == pytest.approx(floor, rel=1e-9)
    # p^eps = P^-sigma
    assert found.amount[0] == pytest.approx(delivered - delivered ** (-sigma / EPSILON), rel=1e-7)


def test_a_floor_out_of_reach_ends_at_the_cap():
    base = market([[6.0], [4.0]])
    control = Controls(
        ["floor"],
        np.array([[0.0, 1.0]]),
        np.array([np.inf]),
        np.ones((1, 1)),
        np.array([1.1]),
        np.array([0.05]),
    )
    found = solve_armington(replace(base, controls=control), base)
    assert found.is_solved
    assert found.amount[0] == pytest.approx(0.05)
    assert found.use_price[0] < 1.1


def test_small_tariffs_agree_with_the_log_linear_model():
    flow = np.array([[5.0, 2.0, 1.0], [1.0, 8.0, 2.0], [3.0, 0.5, 4.0]])
    epsilon, eta = np.array([0.5, 1.2, 2.0]), np.array([0.3, 0.8, 1.1])
    base = market(flow, sigma=4.2, eta=eta, epsilon=epsilon)
    rates = 1e-5 * np.array([[0.0, 3.0, 0.0], [2.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    found = solve_armington(changed(base, ad_valorem=rates.ravel()), base, tolerance=1e-13)
    expected = gsim_price_change(flow, epsilon, eta, 4.2, np.log1p(rates))
    np.testing.assert_allclose(np.log(found.supply_price), expected, rtol=2e-4)


def test_larger_substitution_comes_nearer_to_one_price():
    flow = np.array([[4.0, 2.0], [2.0, 4.0]])
    gaps = []
    for sigma in (2.0, 6.0, 20.0):
        base = market(flow, sigma=sigma, eta=0.4)
        supply = replace(
            base.supply,
            a1=base.supply.a1 * np.array([[0.5], [1.0]]),
            a2=base.supply.a2 * np.array([[0.5], [1.0]]),
        )
        found = solve_armington(replace(base, supply=supply), base)
        assert found.is_solved
        gaps.append(found.use_price[0] - found.use_price[1])
    assert gaps[0] > gaps[1] > gaps[2] > 0.0


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_random_shocks_are_certified_or_say_so(data):
    size = data.draw(st.integers(2, 5))
    number = st.floats(0.1, 10.0)
    flow = np.array(
        data.draw(st.lists(st.lists(number, min_size=size, max_size=size), min_size=size, max_size=size))
    )
    base = market(
        flow, sigma=data.draw(st.floats(1.5, 10.0)), eta=data.draw(st.floats(0.05, 1.0)), price=1000.0
    )
    shut = np.ones(flow.size)
    shut[data.draw(st.integers(0, flow.size - 1))] = 0.0
    rates = np.array(data.draw(st.lists(st.floats(-0.2, 1.0), min_size=flow.size, max_size=flow.size)))
    found = solve_armington(changed(base, ad_valorem=rates, open_share=shut), base)
    assert found.is_solved
    shipped = np.bincount(base.routes.origin, found.flow)
    np.testing.assert_allclose(shipped, found.supply, rtol=1e-7)
    # what is spent on varieties is what the composite costs
    spent = np.bincount(base.routes.destination, found.flow * found.delivered_price)
    np.testing.assert_allclose(spent, found.use * found.use_price, rtol=1e-6)


def test_bad_markets_are_named():
    base = market([[6.0], [4.0]])
    with pytest.raises(ValueOutOfRangeError, match="substitution"):
        solve_armington(replace(base, substitution=1.0), base)
    with pytest.raises(ValueOutOfRangeError, match="o1-d0"):
        solve_armington(changed(base, ad_valorem=np.array([0.0, -1.0])), base)
    open_base = replace(base, supply=replace(base.supply, a1=2.0 * base.supply.a1))
    with pytest.raises(LodestockError, match="base year"):
        solve_armington(base, open_base)


def test_a_destination_left_with_a_twentieth_of_its_goods():
    base = market([[0.125, 0.11], [1.0, 2.0]], sigma=8.0, eta=0.125, price=1000.0)
    cut = changed(base, ad_valorem=np.array([0.0, 1.0, 0.0, 0.0]), open_share=np.array([1.0, 1.0, 1.0, 0.0]))
    found = solve_armington(cut, base)
    assert found.is_solved
    spent = np.bincount(base.routes.destination, found.flow * found.delivered_price)
    np.testing.assert_allclose(spent, found.use * found.use_price, rtol=1e-6)
