"""A price band with finite means: closed forms where they exist, and what they say."""

from itertools import product
from math import exp, inf, log, sqrt

import numpy as np
import pytest

from lodestock.errors import ConflictError, LodestockError
from lodestock.reserve.price_band import PriceBand, Walk, floor_lost, peg_cash_first, ruin


def floor_band(cash: float = 40.0) -> PriceBand:
    return PriceBand(floor=1.0, ceiling=inf, cash=cash, stock=0.0, depth=100.0)


@pytest.mark.parametrize("drift", [-0.2, 0.0, 0.1])
def test_a_floor_meets_the_first_passage_of_brownian_motion(drift):
    # room a = ln 1.1 + 40 / 100 = 0.495
    walk = Walk(price=1.1, drift=drift, volatility=0.4)
    found = ruin(floor_band(), walk, years=3.0, paths=20_000, rng=np.random.default_rng(3), steps_a_year=12)
    exact = floor_lost(floor_band(), walk, 3.0)
    assert found.probability == pytest.approx(exact, abs=4 * found.standard_error)
    assert found.cash_out == found.probability


def test_a_floor_meets_the_reflection_of_a_coin_walk():
    walk = Walk(price=1.0, volatility=0.4, steps="coin")
    found = ruin(floor_band(), walk, years=1.0, paths=20_000, rng=np.random.default_rng(4))
    assert found.probability == pytest.approx(
        floor_lost(floor_band(), walk, 1.0), abs=4 * found.standard_error
    )


def test_reflection_by_counting_every_path():
    # 52 steps a year cannot be listed; the rule behind it can: 6 tosses, lowest point at -3 or less
    from lodestock.reserve.price_band import _coin_reaches

    reached = sum(min(np.cumsum(path)) <= -3 for path in product((-1, 1), repeat=6))
    assert _coin_reaches(6, 3) == pytest.approx(reached / 64)


def test_a_floor_with_finite_cash_is_lost_for_certain_without_upward_drift():
    walk = Walk(price=1.1, drift=0.0, volatility=0.4)
    assert floor_lost(floor_band(), walk, inf) == 1.0
    assert floor_lost(floor_band(), walk, 1e6) == pytest.approx(1.0, abs=1e-3)
    # with drift mu: exp(-2 mu a / sigma^2)
    up = Walk(price=1.1, drift=0.1, volatility=0.4)
    room = log(1.1) + 0.4
    assert floor_lost(floor_band(), up, inf) == pytest.approx(exp(-2 * 0.1 * room / 0.16))
    assert floor_lost(floor_band(), up, 1e5) == pytest.approx(exp(-2 * 0.1 * room / 0.16))


def test_more_cash_holds_longer():
    walk = Walk(price=1.1, volatility=0.4)
    lost = [floor_lost(floor_band(cash), walk, 5.0) for cash in (0.0, 20.0, 80.0, 320.0)]
    assert lost == sorted(lost, reverse=True)
    assert lost[0] > 0.8 > 0.1 > lost[-1]


@pytest.mark.parametrize("drift", [0.0, -0.3])
def test_a_peg_is_a_gamblers_ruin(drift):
    # one step is 100 * 0.4 * sqrt(1/52) = 5.547 t; cash of 3.5 steps, stock of 6.5 steps
    size = 0.4 * sqrt(1 / 52)
    band = PriceBand(floor=1.0, ceiling=1.0, cash=3.5 * 100 * size, stock=6.5 * 100 * size, depth=100.0)
    walk = Walk(price=1.0, drift=drift, volatility=0.4, steps="coin")
    found = ruin(band, walk, years=40.0, paths=4000, rng=np.random.default_rng(5))
    assert found.probability == 1.0
    fall = 0.5 - 0.5 * drift / 52 / size
    error = sqrt(0.25 / 4000)
    assert found.cash_out == pytest.approx(peg_cash_first(4, 7, fall), abs=4 * error)
    assert found.cash_out + found.stock_out == pytest.approx(1.0)


def test_gamblers_ruin_limits():
    assert peg_cash_first(3, 1) == pytest.approx(1 / 4)
    # a drift that vanishes leads back to the fair coin
    assert peg_cash_first(4, 7, 0.5 + 1e-9) == pytest.approx(7 / 11, rel=1e-6)
    assert peg_cash_first(4, 7, 0.6) > peg_cash_first(4, 7, 0.5) > peg_cash_first(4, 7, 0.4)


def test_a_ceiling_fails_with_finite_stock_even_where_the_band_earns():
    # buys at 0.9, sells at 1.1: every round trip earns, but the stock is a walk that meets its end
    band = PriceBand(floor=0.9, ceiling=1.1, cash=50.0, stock=20.0, depth=100.0)
    walk = Walk(price=1.0, volatility=0.4)
    soon, late = (
        ruin(band, walk, years=years, paths=1000, rng=np.random.default_rng(6), steps_a_year=26).probability
        for years in (2.0, 40.0)
    )
    assert soon < late
    assert late > 0.85


def test_reversion_holds_a_band_longer():
    band = PriceBand(floor=0.8, ceiling=1.25, cash=20.0, stock=20.0, depth=100.0)
    lost = [
        ruin(
            band,
            Walk(price=1.0, volatility=0.25, reversion=speed),
            years=5.0,
            paths=1000,
            rng=np.random.default_rng(7),
        ).probability
        for speed in (0.0, 4.0)
    ]
    assert lost[1] < 0.7 * lost[0]


def test_a_band_that_cannot_be_is_named():
    with pytest.raises(ConflictError, match="above the ceiling"):
        floor_lost(PriceBand(floor=2.0, ceiling=1.0, cash=1, stock=1, depth=1), Walk(price=1.5), 1.0)
    with pytest.raises(ConflictError, match="outside the band"):
        floor_lost(floor_band(), Walk(price=0.5), 1.0)
    with pytest.raises(LodestockError, match="cash"):
        floor_lost(floor_band(-1.0), Walk(price=1.5), 1.0)
    with pytest.raises(ConflictError, match="closed form"):
        floor_lost(floor_band(), Walk(price=1.5, reversion=1.0), 1.0)


def test_a_price_that_falls_for_sure_is_lost_when_it_gets_there():
    # room 0.495; a fall of 0.2 a year gets there after 2.48 years, whatever little noise there is
    for sigma in (0.0, 1e-3, 0.01):
        walk = Walk(price=1.1, drift=-0.2, volatility=sigma)
        assert floor_lost(floor_band(), walk, 2.0) == pytest.approx(0.0, abs=1e-6)
        assert floor_lost(floor_band(), walk, 3.0) == pytest.approx(1.0, abs=1e-6)
