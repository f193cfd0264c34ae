"""Shipments that take time."""

from __future__ import annotations

import numpy as np
import pytest

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.market import (
    assemble,
    columns,
    concatenate_curves,
    linear_supply,
    linear_use,
    periods,
    solve,
    solve_rolling,
    stack,
    with_transit,
)

EXACT = {"rel": 1e-9, "abs": 1e-9}


def sea(count: int, first: str = "2025", **terms):
    """Supply p - 1 at one end, use 10 - p at the other, nothing between them but ships."""
    curves = concatenate_curves([linear_supply(["mine"], 0, 1.0, 1.0), linear_use(["works"], 1, 10.0, 1.0)])
    market = assemble(
        ("port", "home"), columns([], [], 0.0, 0.0), curves, price_scale=5.0, quantity_scale=5.0
    )
    return with_transit(stack(market, periods(first, count)), ["ship"], ["port"], ["home"], **terms)


def test_what_leaves_now_arrives_later_at_a_price_with_interest():
    # sold in 2026 for p' = 1.1 (p + 1): p - 1 = 10 - 1.1 (p + 1), 2.1 p = 9.9
    horizon = sea(2, lag=1, cost=1.0, interest=0.1)
    solution = solve(horizon.market)
    p = 9.9 / 2.1
    assert horizon.price(solution, "port")[0] == pytest.approx(p, **EXACT)
    assert horizon.price(solution, "home")[1] == pytest.approx(1.1 * (p + 1), **EXACT)
    assert horizon.level(solution, "ship") == pytest.approx([p - 1, 0.0], **EXACT)
    # in 2025 nothing can arrive and users stand at their choke price
    assert horizon.price(solution, "home")[0] == pytest.approx(10.0, **EXACT)


def test_two_quarters_on_the_way_cost_half_a_year_and_lose_some():
    horizon = sea(3, "2025-Q1", lag=2, cost=1.0, interest=0.21, loss=0.19)
    solution = solve(horizon.market)
    # half a year: interest 10 %, loss 10 %. Per quarter p - 1 over four leaves and 0.9 of it arrives:
    # 0.9 (p - 1) = 10 - p', 0.9 / 1.1 p' = p + 1
    sent = horizon.level(solution, "ship")
    p, arrived = horizon.price(solution, "port")[0], horizon.price(solution, "home")[2]
    assert sent == pytest.approx([(p - 1) / 4, 0.0, 0.0], **EXACT)
    assert 0.9 / 1.1 * arrived == pytest.approx(p + 1, **EXACT)
    assert 0.9 * (p - 1) == pytest.approx(10 - arrived, **EXACT)


def test_what_was_on_the_way_arrives_first():
    horizon = sea(3, lag=2, on_the_way=[[3.0], [4.0]])
    solution = solve(horizon.market)
    assert horizon.price(solution, "home")[:2] == pytest.approx([7.0, 6.0], **EXACT)


def test_capacity_and_slope_are_rates_per_year():
    horizon = sea(2, "2025-Q1", lag=1, capacity=2.0)
    assert horizon.level(solve(horizon.market), "ship")[0] == pytest.approx(0.5, **EXACT)
    # p' = p + 0.5 z with z per year: 10 - z = 1 + z + 0.5 z
    soft = sea(2, "2025-Q1", lag=1, slope=0.5)
    assert soft.level(solve(soft.market), "ship")[0] == pytest.approx(9 / 2.5 / 4, **EXACT)


def test_ships_sail_on_expected_prices_in_a_rolling_horizon():
    # the usual price at home is 5: p + 1 = 5, 3 leave; they arrive and fetch what users pay for 3
    horizon = sea(2, lag=1, cost=1.0)
    rolling = solve_rolling(horizon, expect="usual-price")
    assert horizon.level(rolling, "ship") == pytest.approx([3.0, 0.0], **EXACT)
    assert horizon.price(rolling, "home")[1] == pytest.approx(7.0, **EXACT)


def test_a_lag_longer_than_the_horizon_sends_nothing():
    horizon = sea(2, lag=5, on_the_way=1.0)
    assert horizon.level(solve(horizon.market), "ship") == pytest.approx([0.0, 0.0])


def test_terms_are_checked():
    with pytest.raises(ValueOutOfRangeError, match="lag is 0"):
        sea(2, lag=0)
    with pytest.raises(ValueOutOfRangeError, match="ship @ 2025"):
        sea(2, lag=1, loss=np.nan)
    with pytest.raises(UnknownNameError, match="port"):
        with_transit(sea(2, lag=1), ["other"], ["ports"], ["home"], lag=1)
