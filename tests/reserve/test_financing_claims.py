"""Calls on a short stock, runs, broken promises to buy back: who gets what, who gains by what."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.errors import LodestockError, UnknownNameError, ValueOutOfRangeError
from lodestock.reserve.financing.buyback import (
    Buyback,
    buyback_loss,
    expected_loss_comonotone,
    expected_loss_independent,
)
from lodestock.reserve.financing.calls import allot, gain_from_asking_more
from lodestock.reserve.financing.measures import tail_mean
from lodestock.reserve.financing.run import run_risk

numbers = st.lists(st.floats(0, 100), min_size=4, max_size=4).map(np.array)


@settings(deadline=None)
@given(
    st.sampled_from(["pro_rata", "pro_rata_calls", "tier", "auction", "first_come"]),
    st.floats(0, 300),
    numbers,
    numbers,
    numbers,
)
def test_all_is_given_until_stock_or_calls_end(rule, stock, calls, entitlement, order):
    order = np.round(order / 50)
    given_t = allot(rule, stock, calls, entitlement, tier=order, bid=order, arrival=order).t
    assert np.all(given_t >= 0)
    assert np.all(given_t <= calls * (1 + 1e-12))
    assert given_t.sum() == pytest.approx(min(stock, calls.sum()), abs=1e-9)


def test_pro_rata_by_hand():
    # entitlements 1:1:2, stock 80, calls 10, 50, 60: the first is served, 70 left go 1:2
    given_t = allot("pro_rata", 80.0, np.array([10.0, 50, 60]), np.array([1.0, 1, 2])).t
    np.testing.assert_allclose(given_t, [10, 70 / 3, 140 / 3])


def test_tiers_come_in_order():
    given_t = allot("tier", 70.0, np.array([50.0, 50, 50]), np.array([1.0, 1, 1]), tier=np.array([2, 1, 2])).t
    np.testing.assert_allclose(given_t, [10, 50, 10])


def test_an_auction_takes_one_price_from_the_best_bid_left_out():
    found = allot(
        "auction", 60.0, np.array([50.0, 50, 50]), np.array([1.0, 1, 1]), bid=np.array([5.0, 9.0, 2.0])
    )
    np.testing.assert_allclose(found.t, [10, 50, 0])
    assert found.price == 5.0  # the second bidder is not served in full, its bid sets the price


@settings(deadline=None)
@given(st.sampled_from(["pro_rata", "tier"]), st.floats(1, 100), numbers, numbers)
def test_asking_for_more_gains_nothing_under_entitlements(rule, stock, needs, entitlement):
    gain = gain_from_asking_more(rule, stock, needs, entitlement, 0, tier=np.array([1, 1, 2, 2]), steps=7)
    assert gain == pytest.approx(0.0, abs=1e-9)


def test_asking_for_more_pays_when_shares_follow_calls():
    # two members need 50 each of 50: honest 25; asking for 500 brings 50 * 500 / 550 = 45.45
    needs, alike = np.array([50.0, 50.0]), np.array([1.0, 1.0])
    assert gain_from_asking_more("pro_rata_calls", 50.0, needs, alike, 0) == pytest.approx(
        50 * 500 / 550 - 25
    )


def test_members_run_when_first_come_is_first_served():
    # three members, one lot, certain need: running is as good as it gets at once; holding costs little
    found = run_risk(3, 1.0, 0.9, value=100.0, holding=1.0)
    assert found.runs
    # all run: each holds a third of a lot
    assert found.served_run == pytest.approx(1 / 3)


def test_nobody_runs_on_reserved_shares():
    found = run_risk(5, 2.0, 0.5, value=100.0, holding=1.0, rule="pro_rata")
    assert found.runners == (0,)


def test_nobody_runs_when_holding_costs_more_than_the_need_is_worth():
    # a lot called early is worth p v = 20 < 30
    assert run_risk(5, 2.0, 0.2, value=100.0, holding=30.0).runners == (0,)


def test_served_share_without_a_run_is_the_binomial_mean():
    # E[min(needs, S)] / E[needs] with n = 4, p = 0.5, S = 2
    n, p, lots = 4, 0.5, 2
    met = sum(comb(n, k) * p**k * (1 - p) ** (n - k) * min(k, lots) for k in range(n + 1))
    found = run_risk(n, lots, p, value=1.0, holding=10.0)
    assert found.served_calm == pytest.approx(met / (n * p))


def promise(correlation: float, members: int = 1) -> Buyback:
    return Buyback(
        t=np.full((members, 1), 1.0),
        promised_price=np.array([100.0]),
        price=np.array([100.0]),
        drift=np.array([-0.1]),
        volatility=np.array([0.5]),
        default_probability=np.full(members, 0.1),
        correlation=correlation,
    )


@pytest.mark.parametrize(
    ("correlation", "closed"), [(0.0, expected_loss_independent), (1.0, expected_loss_comonotone)]
)
def test_expected_loss_meets_its_closed_form(correlation, closed):
    found = buyback_loss(promise(correlation), draws=200_000, rng=np.random.default_rng(1))
    exact = closed(100.0, 100.0, -0.1, 0.5, 0.1)
    assert found.mean == pytest.approx(exact, abs=4 * found.standard_error)
    assert found.default_share == pytest.approx(0.1, abs=0.004)


def test_wrong_way_risk_raises_the_tail_and_not_the_rate_of_default():
    found = [
        buyback_loss(promise(rho, 12), draws=40_000, rng=np.random.default_rng(7)) for rho in (0.0, 0.4, 0.8)
    ]
    tails = [one.tail(0.05) for one in found]
    assert tails[0] * 1.2 < tails[1]
    assert tails[1] * 1.2 < tails[2]
    for one in found:
        assert one.default_share == pytest.approx(0.1, abs=0.01)


def test_without_default_nothing_is_lost():
    safe = Buyback(
        t=np.ones((2, 1)),
        promised_price=np.array([100.0]),
        price=np.array([50.0]),
        drift=np.array([0.0]),
        volatility=np.array([0.3]),
        default_probability=np.zeros(2),
        correlation=0.9,
    )
    assert buyback_loss(safe, draws=100, rng=np.random.default_rng(1)).mean == 0.0


def test_tail_mean_takes_the_last_value_in_part():
    # worst 0.25 of ten values 1..10 is 2.5 values: (10 + 9 + 8/2) / 2.5
    assert tail_mean(np.arange(1.0, 11.0), 0.25) == pytest.approx((10 + 9 + 4) / 2.5)
    assert tail_mean(np.arange(1.0, 11.0), 1.0) == pytest.approx(5.5)


def test_bad_input_is_named():
    one = np.array([1.0])
    with pytest.raises(UnknownNameError, match="pro_rata"):
        allot("prorata", 1.0, one, one)
    with pytest.raises(LodestockError, match="sort"):
        allot("tier", 1.0, one, one)
    with pytest.raises(ValueOutOfRangeError, match="stock"):
        allot("pro_rata", -1.0, one, one)
    with pytest.raises(ValueOutOfRangeError, match="correlation"):
        buyback_loss(promise(1.5), draws=1, rng=np.random.default_rng(1))
    with pytest.raises(ValueOutOfRangeError, match="tail"):
        tail_mean(np.array([]), 0.05)
    with pytest.raises(ValueOutOfRangeError, match="members"):
        run_risk(0, 1.0, 0.5, value=1.0, holding=1.0)
