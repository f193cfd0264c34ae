"""The parts of the net benefit add up, at an equilibrium and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lodestock.market import assemble, change_in_total, linear_use, solve, trade, welfare
from lodestock.market.welfare import account


@pytest.mark.parametrize("friction", [0.1, 0.0])
@pytest.mark.parametrize("seed", range(8))
def test_parts_add_up_to_the_net_benefit(random_market, seed, friction):
    market = random_market(seed, friction=friction)
    rng = np.random.default_rng(seed)
    curves = replace(
        market.curves,
        price_weight=rng.uniform(0.9, 1.1, len(market.curves)),
        price_shift=rng.uniform(-0.1, 0.1, len(market.curves)),
    )
    market = replace(market, curves=curves, injection=rng.uniform(0.0, 0.1, market.nodes))
    solution = solve(market, audit=False)
    assert solution.is_solved
    parts = welfare(market, solution)
    assert parts.residual < 1e-9
    assert parts.total == pytest.approx(parts.net_benefit, rel=1e-9)
    assert solution.certificate.money_identity < 1e-9
    assert solution.certificate.mass_identity < 1e-9


def test_away_from_equilibrium_the_identity_fails(random_market):
    market = random_market(1)
    solution = solve(market, audit=False)
    off = account(market, solution.price * 1.05, solution.level, solution.levy)
    assert off.residual > 1e-4


def test_change_in_total_is_the_triangle_of_a_tariff(floor_or_purchase):
    # a tariff of 0.8 cuts imports by 0.8 * 3 * 5/8 = 1.5: the loss is 0.8 * 1.5 / 2, beside the revenue
    before, after = floor_or_purchase(), floor_or_purchase(tariff=0.8)
    one, two = solve(before), solve(after)
    revenue = 0.8 * two.level[0]
    assert change_in_total(before, one, after, two) + revenue == pytest.approx(-0.8 * 1.5 / 2, rel=1e-9)


def test_the_equilibrium_without_wedges_has_the_largest_net_benefit(random_market):
    market = random_market(2, wedges=False, levies=False)
    best = welfare(market, solve(market)).net_benefit
    for seed in range(5):
        taxed = replace(
            market, cost=market.cost + np.random.default_rng(seed).uniform(0.0, 0.3, market.activities)
        )
        solution = solve(taxed)
        # judged with the true costs
        here = welfare(taxed, solution).net_benefit + float((taxed.cost - market.cost) @ solution.level)
        assert here <= best + 1e-9


def test_users_without_a_choke_price_are_marked_and_only_change_counts(random_market):
    from lodestock.market import assemble, columns, concatenate_curves, constant_elasticity_use, linear_supply

    curves = concatenate_curves(
        [linear_supply(["s"], 0, 0.0, 1.0), constant_elasticity_use(["d"], 0, 8.0, 1.0, 0.5)]
    )
    market = assemble(("m",), columns([], [], 0.0, 0.0), curves)
    solution = solve(market)
    # p = 8 p^-0.5: p = 4
    assert solution.price == pytest.approx([4.0], rel=1e-9)
    parts = welfare(market, solution)
    assert parts.is_relative.tolist() == [False, True]
    dearer = replace(market, curves=replace(curves, price_shift=np.array([0.0, -1.0])))
    later = welfare(dearer, solve(dearer))
    assert later.curve_surplus[1] < parts.curve_surplus[1]


def test_parts_add_up_where_next_to_nothing_happens():
    # two users at their choke prices, far above the scale of the market's prices, and one flow of nothing
    users = linear_use(["near", "far"], [0, 1], choke=[1.0, 5e4], slope=1.0)
    market = assemble(
        *(["near", "far"], trade(["arc"], [0], [1], 5e4 - 1.0, 1.0), users),
        price_scale=[1.0, 1.0],
        quantity_scale=[1.0, 1.0],
    )
    solution = solve(market)
    off = replace(solution, level=solution.level + 1e-13)
    assert welfare(market, off).residual <= 1e-9
