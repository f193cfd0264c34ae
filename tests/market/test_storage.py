"""Storage and periods: what may rise, what a full warehouse earns, and who is wrong about the future."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.market import (
    Horizon,
    assemble,
    carry,
    columns,
    concatenate_activities,
    concatenate_curves,
    levy,
    linear_supply,
    linear_use,
    periods,
    solve,
    solve_rolling,
    stack,
    storage,
    trade,
)
from lodestock.market.periods import Periods, lasting

EXACT = {"rel": 1e-9, "abs": 1e-9}
ONE = columns([], [], 0.0, 0.0)


def season(intercept: float, choke: float = 10.0):
    """Supply p - intercept, use choke - p."""
    curves = concatenate_curves(
        [linear_supply(["supply"], 0, intercept, 1.0), linear_use(["use"], 0, choke, 1.0)]
    )
    return assemble(("good",), ONE, curves, price_scale=5.0, quantity_scale=5.0)


def seasons(*intercepts: float, **terms) -> Horizon:
    horizon = stack([season(c) for c in intercepts], periods("2025", len(intercepts)))
    return carry(horizon, ["store"], ["good"], **terms) if terms else horizon


# ---- two periods ----


def test_stored_goods_earn_interest_and_holding_cost_and_nothing_more():
    # supply p - 0 then p - 4, use 10 - p: alone 5 and 7. Stored z: 2 p1 = 10 + z, 2 p2 = 14 - z;
    # p2 / 1.1 = p1 + 0.5: 14 - z = 1.1 (10 + z) + 1.1, z = 1.9 / 2.1
    horizon = seasons(0.0, 4.0, holding_cost=0.5, interest=0.1)
    solution = solve(horizon.market)
    z = 1.9 / 2.1
    assert horizon.level(solution, "store") == pytest.approx([z, 0.0], **EXACT)
    assert horizon.price(solution, "good") == pytest.approx([(10 + z) / 2, (14 - z) / 2], **EXACT)
    assert horizon.quantity(solution, "supply") == pytest.approx([5 + z / 2, 3 - z / 2], **EXACT)


def test_what_is_lost_in_store_has_to_be_paid_by_the_price():
    # 0.8 p2 = p1, 2 p1 = 10 + z, 2 p2 = 14 - 0.8 z: 0.8 (14 - 0.8 z) = 10 + z
    horizon = seasons(0.0, 4.0, loss=0.2)
    solution = solve(horizon.market)
    z = 1.2 / 1.64
    assert horizon.level(solution, "store")[0] == pytest.approx(z, **EXACT)
    assert horizon.price(solution, "good") == pytest.approx([(10 + z) / 2, (14 - 0.8 * z) / 2], **EXACT)


def test_a_full_warehouse_earns_the_rest_of_the_rise():
    # room for 0.4: p1 = 5.2, p2 = 6.8, rent 6.8 / 1.1 - 5.2 - 0.5
    horizon = seasons(0.0, 4.0, holding_cost=0.5, interest=0.1, capacity=0.4)
    solution = solve(horizon.market)
    assert horizon.price(solution, "good") == pytest.approx([5.2, 6.8], **EXACT)
    assert solution.capacity_rent == pytest.approx([6.8 / 1.1 - 5.7], **EXACT)


def test_nothing_is_stored_towards_a_lower_price():
    horizon = seasons(4.0, 0.0, interest=0.0)
    solution = solve(horizon.market)
    assert horizon.level(solution, "store") == pytest.approx([0.0, 0.0], abs=1e-12)
    assert horizon.price(solution, "good") == pytest.approx([7.0, 5.0], **EXACT)


def test_dearer_room_is_a_slope():
    # 2 p1 = 10 + z, 2 p2 = 14 - z, p2 = p1 + 0.5 z: 2 = 1.5 z
    horizon = seasons(0.0, 4.0, slope=0.5)
    assert horizon.level(solve(horizon.market), "store")[0] == pytest.approx(4 / 3, **EXACT)


def test_opening_stock_is_supply_and_a_closing_value_keeps_some():
    # one period, 2 there at the start, worth 6.05 in a year at 10 %: 5.5 now; supply p, use 10 - p:
    # p = 5.5 and 2 p + 2 - 10 = 3 held back
    horizon = carry(
        stack(season(0.0), periods("2025", 1)),
        ["store"],
        ["good"],
        interest=0.1,
        opening=2.0,
        closing_value=6.05,
    )
    solution = solve(horizon.market)
    assert horizon.price(solution, "good") == pytest.approx([5.5], **EXACT)
    assert horizon.level(solution, "store") == pytest.approx([3.0], **EXACT)


# ---- length of a period ----


def test_a_quarter_is_a_quarter_of_a_year():
    # the same market in four quarters: prices of the year, a quarter of its quantities
    year = solve(season(0.0))
    horizon = stack(season(0.0), periods("2025-Q1", 4))
    solution = solve(horizon.market)
    assert horizon.prices(solution) == pytest.approx(np.full((4, 1), year.price[0]), **EXACT)
    used = horizon.quantity(solution, "use")
    assert used == pytest.approx(np.full(4, year.curve_quantity[1] / 4), **EXACT)
    assert horizon.per_year(used) == pytest.approx(np.full(4, year.curve_quantity[1]), **EXACT)


def test_interest_and_loss_compound_over_a_year():
    quarters = periods("2025-Q1", 4)
    assert np.prod(1.0 + quarters.compounded(0.1)) == pytest.approx(1.1)
    assert np.prod(1.0 - quarters.lost(0.2)) == pytest.approx(0.8)
    # storing from quarter to quarter costs a quarter of the yearly holding cost
    horizon = carry(
        stack([season(0.0), season(4.0)], Periods(("a", "b"), np.array([0.25, 0.25]))),
        ["s"],
        ["good"],
        holding_cost=0.4,
        interest=0.1,
    )
    one, two = horizon.price(solve(horizon.market), "good")
    assert two / 1.1**0.25 - one == pytest.approx(0.1, **EXACT)


@pytest.mark.parametrize(
    ("first", "years", "names"),
    [
        ("2025", 1.0, ("2025", "2026")),
        ("2025-Q3", 0.25, ("2025-Q3", "2025-Q4", "2026-Q1")),
        ("2025-11", 1 / 12, ("2025-11", "2025-12", "2026-01")),
    ],
)
def test_periods_are_named_by_the_calendar(first, years, names):
    made = periods(first, len(names))
    assert made.names == names
    assert made.years == pytest.approx(np.full(len(names), years))


def test_a_market_in_rates_lasts(random_market):
    # half a year of everything: the same prices, half the levels
    market = random_market(2)
    year, half = solve(market, audit=False), solve(lasting(market, 0.5), audit=False)
    assert half.price == pytest.approx(year.price, rel=1e-8)
    assert half.level == pytest.approx(year.level / 2, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: periods("2025-Q5", 1), "2025-Q5"),
        (lambda: periods("2025", 0), "0 periods"),
        (lambda: Periods(("a", "a"), np.ones(2)), "unique"),
        (lambda: Periods(("a",), np.zeros(1)), "above 0"),
        (lambda: stack([season(0.0)], periods("2025", 2)), "1 markets"),
        (lambda: seasons(0.0, 4.0, loss=1.0), "store @ 2025"),
        (lambda: seasons(0.0, 4.0, interest=-1.0), "interest"),
        (lambda: storage(["s"], 0, 1, loss=np.nan), "loss"),
    ],
)
def test_what_cannot_be_is_refused(make, words):
    with pytest.raises((ConflictError, ValueOutOfRangeError), match=words):
        make()


def test_names_that_do_not_exist_are_answered_with_the_nearest():
    horizon = seasons(0.0, 4.0, interest=0.1)
    solution = solve(horizon.market)
    with pytest.raises(UnknownNameError, match="store"):
        horizon.level(solution, "stor")
    with pytest.raises(UnknownNameError, match="good"):
        horizon.price(solution, "goods")
    other = assemble(("bad",), ONE, linear_use(["use"], 0, 1.0, 1.0))
    with pytest.raises(ConflictError, match="other nodes"):
        stack([season(0.0), other], periods("2025", 2))
    with pytest.raises(ConflictError, match="store"):
        carry(horizon, ["store"], ["good"])


# ---- no-arbitrage on random paths ----


@settings(max_examples=25, deadline=None)
@given(
    intercepts=st.lists(st.floats(0.0, 6.0), min_size=2, max_size=6),
    cost=st.floats(0.0, 1.0),
    interest=st.floats(0.0, 0.2),
    loss=st.floats(0.0, 0.2),
    room=st.sampled_from([0.2, 1.0, np.inf]),
)
def test_no_arbitrage_over_time(intercepts, cost, interest, loss, room):
    horizon = seasons(*intercepts, holding_cost=cost, interest=interest, loss=loss, capacity=room)
    solution = solve(horizon.market)
    assert solution.is_solved
    price, held = horizon.price(solution, "good"), horizon.level(solution, "store")[:-1]
    gain = (1 - loss) / (1 + interest) * price[1:] - price[:-1] - cost
    full = held >= room * (1 - 1e-9)
    assert (gain[~full] <= 1e-6).all()
    assert gain[(held > 1e-6) & ~full] == pytest.approx(0.0, abs=1e-6)


# ---- rolling ----


def test_rolling_and_foresight_agree_when_nothing_changes():
    horizon = seasons(2.0, 2.0, 2.0, 2.0, holding_cost=0.1, interest=0.05)
    foresight = solve(horizon.market)
    for expect in ("last-price", "mean-price"):
        rolling = solve_rolling(horizon, expect=expect)
        assert rolling.is_solved
        assert rolling.price == pytest.approx(foresight.price, **EXACT)
        assert rolling.level == pytest.approx(foresight.level, abs=1e-8)


def test_a_window_as_long_as_the_horizon_has_foresight():
    horizon = seasons(0.0, 4.0, 1.0, 5.0, holding_cost=0.1, interest=0.05)
    foresight = solve(horizon.market)
    rolling = solve_rolling(horizon, window=4)
    assert rolling.price == pytest.approx(foresight.price, **EXACT)
    assert len(rolling.windows) == 4
    assert rolling.worst <= 1e-8


def test_those_who_expect_what_will_be_make_it_so():
    # one period at a time, but told the prices of foresight: the same path (room has a slope, so that the
    # quantity is determined by the expected price)
    horizon = seasons(0.0, 4.0, 1.0, 5.0, slope=0.3, interest=0.05)
    foresight = solve(horizon.market)
    rolling = solve_rolling(horizon, expect=horizon.prices(foresight))
    assert rolling.price == pytest.approx(foresight.price, rel=1e-7)
    assert rolling.level == pytest.approx(foresight.level, abs=1e-7)
    assert rolling.curve_quantity == pytest.approx(foresight.curve_quantity, rel=1e-7)


def test_those_who_expect_the_last_price_store_too_late():
    # 2026 is dear (7), then cheap again (5). Expecting the last price, nobody stores for 2026; in 2027 they
    # expect 7 and put away all that keeps the price at 7: 2 p - 10 = 4 (supply p, use 10 - p)
    horizon = seasons(0.0, 4.0, 0.0, 0.0, interest=0.0, capacity=10.0)
    rolling = solve_rolling(horizon)
    # the usual price 5 is expected first; 5 is the price: nothing is gained by storing
    assert rolling.price[:3] == pytest.approx([5.0, 7.0, 7.0], **EXACT)
    assert horizon.level(rolling, "store")[2] == pytest.approx(4.0, **EXACT)
    # in 2028 those 4 come out and nothing follows: 2 p + 4 = 10
    assert rolling.price[3] == pytest.approx(3.0, **EXACT)
    assert [window.first for window in rolling.windows] == [0, 1, 2, 3]
    foresight = solve(horizon.market)
    assert horizon.price(foresight, "good")[0] > 5.0


@settings(max_examples=25, deadline=None)
@given(
    intercepts=st.lists(st.floats(0.0, 6.0), min_size=2, max_size=6),
    expect=st.sampled_from(["last-price", "usual-price", "mean-price"]),
    window=st.integers(1, 3),
    loss=st.floats(0.0, 0.2),
)
def test_every_window_is_certified_and_nothing_gets_lost_between_them(intercepts, expect, window, loss):
    horizon = seasons(*intercepts, interest=0.05, loss=loss, slope=0.1, opening=0.5)
    rolling = solve_rolling(horizon, window=window, expect=expect)
    assert rolling.is_solved
    assert rolling.worst <= 1e-8
    held = horizon.level(rolling, "store")
    came = np.concatenate([[0.5], (1 - loss) * held[:-1]])
    supply, use = horizon.quantity(rolling, "supply"), horizon.quantity(rolling, "use")
    assert supply + came == pytest.approx(use + held, abs=1e-6)


def test_two_periods_are_decided_at_once():
    horizon = seasons(0.0, 4.0, 0.0, 4.0, holding_cost=0.5, interest=0.1)
    rolling = solve_rolling(horizon, window=2, step=2, expect="usual-price")
    alone = seasons(0.0, 4.0, holding_cost=0.5, interest=0.1)
    pair = solve(alone.market).price
    # the usual price of 5 does not pay for storing beyond each pair
    assert rolling.price == pytest.approx(np.tile(pair, 2), **EXACT)
    assert [window.taken for window in rolling.windows] == [2, 2]


def test_levies_and_arcs_roll_too(random_market):
    # a horizon without links: each window is the one-period market
    market = random_market(4)
    alone = solve(market)
    horizon = stack(market, periods("2030", 2))
    rolling = solve_rolling(horizon)
    for t in range(2):
        assert rolling.price[horizon.node[t]] == pytest.approx(alone.price, rel=1e-8)
    assert horizon.levy(rolling, "floor 0") == pytest.approx(np.full(2, alone.levy[0]), rel=1e-7, abs=1e-9)


def test_rolling_refuses_what_it_cannot_cut():
    horizon = seasons(0.0, 4.0)
    with pytest.raises(ValueOutOfRangeError, match="window"):
        solve_rolling(horizon, window=1, step=2)
    with pytest.raises(UnknownNameError, match="last-price"):
        solve_rolling(horizon, expect="last-prices")
    with pytest.raises(ConflictError, match="expected prices"):
        solve_rolling(horizon, expect=np.zeros((1, 1)))
    from dataclasses import replace

    from lodestock.market.extend import extend

    loan = extend(horizon.market, activities=columns(["loan"], [[(1, -1.0, -1.0), (0, 1.0, 1.0)]], 0.0, 0.1))
    with pytest.raises(ConflictError, match="loan"):
        solve_rolling(replace(horizon, market=loan))
    both = extend(
        horizon.market, levies=levy("mean", reference={0: 0.5, 1: 0.5}, floor=1.0, cap=1.0, charged=())
    )
    with pytest.raises(ConflictError, match="mean"):
        solve_rolling(replace(horizon, market=both))


def test_trade_and_storage_together():
    # a seller that has everything in 2025 and a buyer that needs all of it later: the price at the buyer is
    # that at the seller plus freight in each period, and grows with interest between them
    curves = concatenate_curves([linear_supply(["supply"], 0, 1.0, 1.0), linear_use(["use"], 1, 10.0, 1.0)])
    arcs = concatenate_activities([trade(["arc"], 0, 1, 1.0, 0.0)])
    market = assemble(("seller", "buyer"), arcs, curves)
    idle = assemble(("seller", "buyer"), arcs, linear_use(["use"], 1, 10.0, 1.0))
    horizon = carry(stack([market, idle], periods("2025", 2)), ["depot"], ["seller"], interest=0.1)
    solution = solve(horizon.market)
    # p - 1 = (10 - p - 1) + (10 - 1.1 p - 1): 3.1 p = 19
    p = 19 / 3.1
    assert horizon.prices(solution) == pytest.approx(np.array([[p, p + 1], [1.1 * p, 1.1 * p + 1]]), **EXACT)
