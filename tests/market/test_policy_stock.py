"""A policy stock over two and three periods; the algebra stands beside each test."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.market import (
    PolicyStock,
    assemble,
    columns,
    concatenate_curves,
    linear_supply,
    linear_use,
    periods,
    solve,
    solve_rolling,
    stack,
    stock_path,
    with_policy_stock,
)

EXACT = {"rel": 1e-8, "abs": 1e-8}
TERMS = {"name": "reserve", "node": "good", "buy_price": 5.0, "release_price": 6.0}


def years(*chokes: float):
    """Supply p and use choke - p in each year: alone the price is half the choke."""
    markets = [
        assemble(
            ("good",),
            columns([], [], 0.0, 0.0),
            concatenate_curves([linear_supply(["supply"], 0, 0.0, 1.0), linear_use(["use"], 0, choke, 1.0)]),
            price_scale=5.0,
            quantity_scale=5.0,
        )
        for choke in chokes
    ]
    return stack(markets, periods("2025", len(chokes)))


def path(*chokes: float, rolling: bool = False, **terms):
    stock = PolicyStock(**{**TERMS, **terms})
    horizon = with_policy_stock(years(*chokes), stock)
    solution = solve_rolling(horizon) if rolling else solve(horizon.market)
    assert solution.is_solved
    return horizon.price(solution, "good"), stock_path(horizon, solution, stock)


def test_bought_at_the_buy_price_released_at_the_trigger():
    # 2025 alone 4: holding it at 5 takes 2 * 5 - 8 = 2. 2026 alone 6.5: holding it at 6 takes 13 - 12 = 1
    price, stock = path(8.0, 13.0)
    assert price == pytest.approx([5.0, 6.0], **EXACT)
    assert stock.bought == pytest.approx([2.0, 0.0], **EXACT)
    assert stock.released == pytest.approx([0.0, 1.0], **EXACT)
    assert stock.held == pytest.approx([2.0, 1.0], **EXACT)
    assert stock.value == pytest.approx([6.0, 6.0], **EXACT)
    assert stock.scarcity == pytest.approx([0.0, 0.0], **EXACT)
    assert (stock.spent.sum(), stock.earned.sum()) == pytest.approx((10.0, 6.0), **EXACT)
    assert stock.budget_left is None


def test_what_a_tonne_more_is_worth_when_the_stock_runs_out():
    # 2026 alone 8: holding 6 would take 4, there are 2: 2 p = 16 - 2, p = 7 = value
    price, stock = path(8.0, 16.0)
    assert price == pytest.approx([5.0, 7.0], **EXACT)
    assert stock.released == pytest.approx([0.0, 2.0], **EXACT)
    assert stock.value == pytest.approx([6.0, 7.0], **EXACT)
    assert stock.scarcity == pytest.approx([0.0, 1.0], **EXACT)


def test_patience_buys_more_and_holds_back():
    # value the same in both years: p1 = v - 1, p2 = v; 2 (v - 1) - 8 = 16 - 2 v: v = 6.5, 3 units
    price, stock = path(8.0, 16.0, patience=1.0)
    assert price == pytest.approx([5.5, 6.5], **EXACT)
    assert stock.bought == pytest.approx([3.0, 0.0], **EXACT)
    # 2 in stock, both years above the trigger: the rule releases at once, patience evens prices out
    at_once, _ = path(14.0, 16.0, opening=2.0)
    assert at_once == pytest.approx([6.0, 8.0], **EXACT)
    # 2 v = 14 - a = 16 - (2 - a): a = 0, all is kept for the dearer year
    held, _ = path(14.0, 16.0, opening=2.0, patience=1.0)
    assert held == pytest.approx([7.0, 7.0], **EXACT)
    # with 4 both years get some: a = 1 and 3
    both, stock = path(14.0, 16.0, opening=3.0, patience=1.0)
    assert both == pytest.approx([6.75, 6.75], **EXACT)
    assert stock.released == pytest.approx([0.5, 2.5], **EXACT)


def test_a_discount_makes_the_agency_hold_back_less():
    # opening 3, weight 0.9: v1 - 6 = 0.9 (v2 - 6); 2 v1 = 14 - a, 2 v2 = 16 - 3 + a
    price, stock = path(14.0, 16.0, opening=3.0, patience=0.9)
    # (14 - a)/2 - 6 = 1 - a/2; 0.9 ((13 + a)/2 - 6) = 0.9 (0.5 + a/2): 1 - 0.45 = a (0.5 + 0.45)
    a = 0.55 / 0.95
    assert stock.released == pytest.approx([a, 3.0 - a], **EXACT)
    assert price == pytest.approx([7 - a / 2, 6.5 + a / 2], **EXACT)


def test_a_budget_is_spent_at_the_buy_price_first_come():
    # alone 4 in both years, 2 bought at 5 takes 10 of 15; the last 5 buy 1: 2 p = 8 + 1
    price, stock = path(8.0, 8.0, budget=15.0)
    assert price == pytest.approx([5.0, 4.5], **EXACT)
    assert stock.bought == pytest.approx([2.0, 1.0], **EXACT)
    assert stock.budget_left == pytest.approx([5.0, 0.0], **EXACT)
    # the buyer would pay 5 (2 - value) = 4.5
    assert stock.budget_value == pytest.approx([1.0, 1.1], **EXACT)
    assert stock.spent.sum() <= 15.0


def test_a_full_store_buys_no_more():
    # room for 1: 2 p = 8 + 1, and the value falls to p + 1
    price, stock = path(8.0, 8.0, room=1.0)
    assert stock.bought == pytest.approx([1.0, 0.0], **EXACT)
    assert price == pytest.approx([4.5, 4.0], **EXACT)
    assert stock.value[0] == pytest.approx(5.5, **EXACT)
    # later the store stays full: any value from the price to the price plus the gap keeps it so
    assert 4.0 - 1e-6 <= stock.value[1] <= 5.0 + 1e-6


def test_what_is_lost_cannot_be_released():
    # 2 bought, half of it left: 2 p = 16 - 1
    price, stock = path(8.0, 16.0, loss=0.5)
    assert stock.released == pytest.approx([0.0, 1.0], **EXACT)
    assert price == pytest.approx([5.0, 7.5], **EXACT)


def test_rates_bound_what_moves_in_a_year():
    price, stock = path(8.0, 16.0, buy_rate=0.5, release_rate=0.25, opening=1.0)
    assert stock.bought == pytest.approx([0.5, 0.0], **EXACT)
    assert stock.released == pytest.approx([0.0, 0.25], **EXACT)
    assert price == pytest.approx([4.25, 7.875], **EXACT)
    assert stock.held == pytest.approx([1.5, 1.25], **EXACT)


def test_a_little_friction_moves_prices_a_little():
    exact, one = path(8.0, 13.0, 8.0, budget=15.0)
    near, two = path(8.0, 13.0, 8.0, budget=15.0, friction=1e-4)
    assert near == pytest.approx(exact, abs=1e-3)
    assert two.held == pytest.approx(one.held, abs=1e-2)
    assert two.budget_left == pytest.approx(one.budget_left, abs=1e-2)
    # 2 p - 8 = b at p = 5 - f (b + held): dearer room buys less
    _, dear = path(8.0, friction=0.5)
    # v = 6 - 0.5 q, p = v - 1 - 0.5 b with q = b: p = 5 - b, 2 p - 8 = b
    assert dear.bought == pytest.approx([2 / 3], **EXACT)


def test_three_years_of_buying_and_selling():
    # 4, 6.5, 4 alone: buys 2, sells 1, buys 2 again
    price, stock = path(8.0, 13.0, 8.0)
    assert price == pytest.approx([5.0, 6.0, 5.0], **EXACT)
    assert stock.held == pytest.approx([2.0, 1.0, 3.0], **EXACT)


@settings(max_examples=20, deadline=None)
@given(
    chokes=st.lists(st.floats(6.0, 20.0), min_size=1, max_size=5),
    opening=st.floats(0.0, 3.0),
    patience=st.sampled_from([0.0, 0.5, 0.95]),
    budget=st.sampled_from([None, 3.0, 20.0]),
)
def test_a_stock_balances_and_keeps_its_prices(chokes, opening, patience, budget):
    price, stock = path(*chokes, opening=opening, patience=patience, budget=budget)
    before = np.concatenate([[opening], stock.held[:-1]])
    assert stock.held == pytest.approx(before + stock.bought - stock.released, abs=1e-6)
    assert (
        price[stock.bought > 1e-6] <= np.maximum(5.0, stock.value[stock.bought > 1e-6] - 1.0) + 1e-6
    ).all()
    assert (price[stock.released > 1e-6] >= 6.0 - 1e-6).all()
    if budget is not None:
        assert 5.0 * stock.bought.sum() <= budget + 1e-6


def test_the_rule_does_not_look_ahead():
    # without patience a rolling horizon decides as one with foresight does
    terms = {"opening": 1.0, "budget": 15.0}
    foresight, one = path(8.0, 13.0, 16.0, 8.0, **terms)
    rolling, two = path(8.0, 13.0, 16.0, 8.0, rolling=True, **terms)
    assert rolling == pytest.approx(foresight, **EXACT)
    assert two.held == pytest.approx(one.held, abs=1e-7)
    assert two.budget_left == pytest.approx(one.budget_left, abs=1e-7)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"release_price": 5.0}, "release price is 5"),
        ({"buy_price": -1.0}, "buy price is -1"),
        ({"buy_price": 0.0, "budget": 1.0}, "buy price is 0"),
        ({"opening": 2.0, "room": 1.0}, "opening is 2"),
        ({"patience": 1.5}, "patience is 1.5"),
        ({"budget": np.inf}, "budget is inf"),
        ({"loss": 1.0}, "loss is 1"),
        ({"buy_rate": np.nan}, "buy rate is nan"),
    ],
)
def test_terms_are_checked(terms, words):
    with pytest.raises(ValueOutOfRangeError, match=words) as caught:
        PolicyStock(**{**TERMS, **terms})
    assert "reserve" in str(caught.value)


def test_names_are_checked():
    with pytest.raises(UnknownNameError, match="good"):
        with_policy_stock(years(8.0), PolicyStock(**{**TERMS, "node": "goods"}))
    with pytest.raises(ConflictError, match="reserve"):
        with_policy_stock(with_policy_stock(years(8.0), PolicyStock(**TERMS)), PolicyStock(**TERMS))
