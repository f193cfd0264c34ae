"""Producers cut into blocks of tonnes: nothing is lost, and earlier instruments keep covering every part."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.small import HERE, SLOPE, A, B, pair

from lodestock.market import constant_elasticity_supply
from lodestock.policy.accounts import account
from lodestock.policy.blocks import clip_supply
from lodestock.policy.book import PARTIES
from lodestock.policy.instruments import apply
from lodestock.policy.solve import solve_network
from lodestock.policy.terms import Amount, ContractForDifference, ProductionSubsidy


@given(
    cut=st.floats(1.0, 140.0),
    elasticity=st.just(0.0) | st.floats(0.01, 2.0),
    price=st.just(0.0) | st.floats(0.001, 1000.0),
    shutdown=st.just(0.0) | st.floats(0.01, 0.6),
)
def test_blocks_at_one_price_add_up_to_the_whole(cut, elasticity, price, shutdown):
    def curve(names):
        return constant_elasticity_supply(
            names, 0, 100.0, 100.0, elasticity, 150.0, shutdown_low=0.5 * shutdown, shutdown_high=shutdown
        )

    low, high = np.array([0.0, cut]), np.array([cut, np.inf])
    parts = clip_supply(curve(["first", "rest"]), low, high, np.zeros(2))
    whole = curve(["whole"]).quantity(np.array([price]))[0]
    assert parts.quantity(np.full(2, price)).sum() == pytest.approx(whole, rel=1e-9, abs=1e-9)
    assert parts.quantity(np.full(2, price))[0] <= cut * (1.0 + 1e-9)


def test_the_area_beside_the_blocks_is_that_of_the_whole():
    def curve(names):
        return constant_elasticity_supply(
            names, 0, 100.0, 100.0, 0.5, 150.0, shutdown_low=0.2, shutdown_high=0.4
        )

    parts = clip_supply(
        curve(["first", "rest"]), np.array([0.0, 60.0]), np.array([60.0, np.inf]), np.zeros(2)
    )
    for price in (30.0, 36.0, 80.0, 500.0):
        both = parts.integral(np.full(2, price)).sum()
        assert both == pytest.approx(curve(["whole"]).integral(np.array([price]))[0], rel=1e-12)


def test_a_contract_on_some_tonnes_leaves_a_subsidy_on_all():
    # every tonne gets 10, the first 120 t also the gap to 130: the first part runs to min(120, 130 + 10), the
    # rest supplies p + 10 - 120 > 0 only above p = 110
    subsidy = ProductionSubsidy(**HERE, producers=A, payers=B, amount=Amount(usd_per_t=10.0))
    named = {**HERE, "name": "contract"}
    contract = ContractForDifference(
        **named, producers=A, payers=B, strike=Amount(usd_per_t=130.0), volume_t=120.0
    )
    equilibrium = solve_network(apply(pair(), [subsidy, contract]))
    assert equilibrium.solution.status == "solved"
    assert equilibrium.level[0] == pytest.approx(120.0, rel=1e-7)
    p_b = 1e4 / 120.0
    p_a = p_b - SLOPE * 20.0
    assert equilibrium.price == pytest.approx([p_a, p_b], rel=1e-7)
    accounts = account(equilibrium)
    assert accounts.surplus_residual <= 1e-9
    assert accounts.money_residual <= 1e-9
    paid = accounts.surplus[0, 1, PARTIES.index("treasury")]
    assert paid == pytest.approx(-120.0 * (10.0 + 130.0 - p_a), rel=1e-7)
