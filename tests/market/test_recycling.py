"""Scrap that follows use: two and three periods by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.market import (
    Recycling,
    assemble,
    columns,
    concatenate_curves,
    linear_supply,
    linear_use,
    minimum_share,
    periods,
    set_apart,
    solve,
    stack,
    welfare,
    with_recycling,
)

EXACT = {"rel": 1e-8, "abs": 1e-8}
TERMS = {"name": "recycling", "node": "metal", "uses": ("use",), "collectable": 0.4, "lag": 1}


def years(count: int):
    """Primary supply p, use 10 - p behind a column: alone p = 5 and 5 are used."""
    curves = concatenate_curves([linear_supply(["mine"], 0, 0.0, 1.0), linear_use(["users"], 0, 10.0, 1.0)])
    market = assemble(("metal",), columns([], [], 0.0, 0.0), curves, price_scale=5.0, quantity_scale=5.0)
    return stack(set_apart(market, [1], ["works gate"], ["use"]), periods("2025", count))


def solved(count: int, past_use=0.0, **terms):
    horizon = with_recycling(years(count), Recycling(**{**TERMS, **terms}), past_use)
    solution = solve(horizon.market)
    assert solution.is_solved
    return horizon, solution


def test_all_scrap_is_collected_and_its_owners_earn_the_rest():
    # 2025: 5 used, 2 of it scrap in 2026, of which half becomes 1 metal: 2 p + 1 = 10
    horizon, solution = solved(2, yield_=0.5, cost=1.0)
    assert horizon.price(solution, "metal") == pytest.approx([5.0, 4.5], **EXACT)
    assert horizon.level(solution, "recycling") == pytest.approx([0.0, 1.0], **EXACT)
    # p - v / 0.5 - 1 = 0
    assert horizon.price(solution, "recycling scrap")[1] == pytest.approx(1.75, **EXACT)
    assert welfare(horizon.market, solution).residual < 1e-9


def test_secondary_supply_answers_to_its_price():
    # z = p - 4: p + (p - 4) = 10 - p, z = 2/3 of at most 2; scrap is free
    horizon, solution = solved(2, cost=4.0, slope=1.0)
    assert horizon.price(solution, "metal")[1] == pytest.approx(14 / 3, **EXACT)
    assert horizon.level(solution, "recycling")[1] == pytest.approx(2 / 3, **EXACT)


def test_owners_ask_a_price_and_keep_what_nobody_pays_for():
    # z = p - 4 - 0.1: 3 p = 14.1; the rest stays in the pool
    horizon, solution = solved(3, cost=4.0, slope=1.0, owner_price=0.1, past_use=5.0)
    z = 14.1 / 3 - 4.1
    assert horizon.level(solution, "recycling") == pytest.approx([z, z, z], **EXACT)
    use = horizon.level(solution, "use")
    held = np.cumsum([0.4 * 5.0 - z, 0.4 * use[0] - z, 0.4 * use[1] - z])
    assert horizon.level(solution, "recycling held") == pytest.approx(held, **EXACT)
    assert horizon.price(solution, "recycling scrap") == pytest.approx([0.1, 0.1, 0.1], **EXACT)


def test_a_pool_decays():
    horizon, solution = solved(2, cost=20.0, owner_price=0.1, opening=4.0, decay=0.25)
    use = horizon.level(solution, "use")
    assert horizon.level(solution, "recycling held") == pytest.approx([4.0, 3.0 + 0.4 * use[0]], **EXACT)


def test_scrap_waits_for_the_lag():
    # lag 2: the third year gets 0.4 * 5, the first two the use before the horizon, oldest first
    horizon, solution = solved(3, lag=2, past_use=[1.0, 2.0])
    assert horizon.level(solution, "recycling") == pytest.approx(
        [0.4, 0.8, 0.4 * horizon.level(solution, "use")[0]], **EXACT
    )


def test_users_do_not_pay_for_what_they_leave_behind():
    with_pool, solution = solved(2, cost=1.0)
    alone = solve(years(2).market)
    assert with_pool.price(solution, "metal")[0] == pytest.approx(alone.price[0], **EXACT)


def test_recycled_content_can_be_mandated():
    # 2026: 2 of scrap at a cost of 4 plus slope 1; a quarter of use must be recycled: z = u / 4
    horizon = with_recycling(years(2), Recycling(**{**TERMS, "cost": 4.0, "slope": 1.0}))
    recycled, used = horizon.find("activity", "recycling")[1], horizon.find("activity", "use")[1]
    market = minimum_share(horizon.market, "content", counted={recycled: 1.0}, base={used: 1.0}, share=0.25)
    solution = solve(market)
    # p + r = 4 + z, u = 10 - p - r/4, p + z = u, z = u/4: p = 3u/4, r = 4 + u/4 - 3u/4
    u = (10 - 1.0) / (1 + 0.75 - 0.125)
    assert solution.level[[recycled, used]] == pytest.approx([u / 4, u], **EXACT)
    assert solution.price[-1] == pytest.approx(4 - u / 2, **EXACT)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"yield_": 1.2}, "yield is 1.2"),
        ({"collectable": -0.1}, "collectable is -0.1"),
        ({"lag": 0}, "lag is 0"),
        ({"uses": ()}, "number of uses is 0"),
        ({"opening": np.nan}, "opening is nan"),
    ],
)
def test_terms_are_checked(terms, words):
    with pytest.raises(ValueOutOfRangeError, match=words) as caught:
        Recycling(**{**TERMS, **terms})
    assert "recycling" in str(caught.value)


def test_past_use_and_names_are_checked():
    with pytest.raises(ConflictError, match="oldest first"):
        with_recycling(years(2), Recycling(**TERMS), [1.0, 2.0])
    with pytest.raises(ValueOutOfRangeError, match="past use"):
        with_recycling(years(2), Recycling(**TERMS), -1.0)
    with pytest.raises(UnknownNameError, match="use"):
        with_recycling(years(2), Recycling(**{**TERMS, "uses": ("uses",)}))
