"""Contracts for difference whose payment is capped; the algebra stands beside each test."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.market import (
    Budget,
    assemble,
    columns,
    concatenate_curves,
    concatenate_levies,
    levy,
    linear_supply,
    linear_use,
    solve_within_budgets,
)

CLOSE = {"rel": 1e-7, "abs": 1e-7}


def producers(*strikes: float, lower: float = 0.0, use: float = 10.0):
    """One producer p - 1 per strike and one without a contract, use ``use`` - p."""
    names = [f"held {at}" for at in range(len(strikes))]
    curves = concatenate_curves(
        [linear_supply([*names, "other"], 0, 1.0, 1.0), linear_use(["use"], 0, use, 1.0)]
    )
    contracts = concatenate_levies(
        [
            levy(
                f"contract {at}",
                reference={0: 1.0},
                floor=strike,
                lower=lower,
                self_response=1.0,
                charged_curves=[at],
                curve_weights=-1.0,
            )
            for at, strike in enumerate(strikes)
        ]
    )
    return assemble(("market",), columns([], [], 0.0, 0.0), curves, contracts)


def test_a_budget_that_suffices_changes_nothing():
    # the holder sees 8: 7 + (p - 1) = 10 - p, p = 2, payment 6 * 7 = 42
    found = solve_within_budgets(producers(8.0), [Budget("fund", (0,), 42.1)])
    assert found.solution.price == pytest.approx([2.0], **CLOSE)
    (use,) = found.budgets
    assert (use.share, use.paid, use.is_binding) == (1.0, pytest.approx(42.0), False)
    assert found.solves == 2


def test_a_budget_that_binds_pays_a_share():
    # own price P = p + s (8 - p) and (P - 1) + (p - 1) = 10 - p: P = 12 - 2 p.
    # payment (P - p)(P - 1) = (12 - 3 p)(11 - 2 p) = 15: 6 p^2 - 57 p + 117 = 0, p = 3, P = 6, s = 3/5
    found = solve_within_budgets(producers(8.0), [Budget("fund", (0,), 15.0)])
    assert found.solution.price == pytest.approx([3.0], **CLOSE)
    assert found.solution.curve_price[0] == pytest.approx(6.0, **CLOSE)
    (use,) = found.budgets
    assert (use.share, use.paid) == (pytest.approx(0.6), pytest.approx(15.0))
    assert use.is_binding
    assert found.solution.certificate.worst <= 1e-8


def test_without_money_nothing_is_paid():
    # 2 (p - 1) = 10 - p
    found = solve_within_budgets(producers(8.0), [Budget("fund", (0,), 0.0)])
    assert found.solution.price == pytest.approx([4.0], **CLOSE)
    assert found.budgets[0].paid == pytest.approx(0.0, abs=1e-9)
    assert not str(found.budgets[0].paid).startswith("-")


def test_a_two_way_contract_that_takes_money_in_needs_none():
    # strike 3: 2 + (p - 1) = 10 - p, p = 4.5; 1.5 on 2 units flow back
    found = solve_within_budgets(producers(3.0, lower=-np.inf), [Budget("fund", (0,), 1.0)])
    assert found.solution.price == pytest.approx([4.5], **CLOSE)
    assert found.budgets[0].paid == pytest.approx(-3.0)
    assert found.budgets[0].share == 1.0


def test_a_two_way_contract_that_pays_out_is_capped_like_a_one_way_one():
    one = solve_within_budgets(producers(8.0), [Budget("fund", (0,), 15.0)])
    two = solve_within_budgets(producers(8.0, lower=-np.inf), [Budget("fund", (0,), 15.0)])
    assert two.solution.price == pytest.approx(one.solution.price, **CLOSE)


def test_contracts_share_one_budget_in_proportion():
    # two equal holders of strike 8 and a budget B: P = p + s (8 - p), 2 (P - 1) + p - 1 = 10 - p:
    # P = (13 - 2 p)/2; at p = 2.5: P = 4, each is paid 1.5 * 3, together 9, s = 1.5/5.5
    found = solve_within_budgets(producers(8.0, 8.0), [Budget("fund", (0, 1), 9.0)])
    assert found.solution.price == pytest.approx([2.5], **CLOSE)
    assert found.budgets[0].share == pytest.approx(1.5 / 5.5)


def test_two_budgets_settle_together():
    # the same two holders with 4.5 each are in the same place
    found = solve_within_budgets(producers(8.0, 8.0), [Budget("a", (0,), 4.5), Budget("b", (1,), 4.5)])
    assert found.solution.price == pytest.approx([2.5], **CLOSE)
    assert [use.paid for use in found.budgets] == pytest.approx([4.5, 4.5], **CLOSE)


def test_a_larger_budget_moves_the_price_no_further_up():
    prices = [
        solve_within_budgets(producers(8.0), [Budget("fund", (0,), amount)]).solution.price[0]
        for amount in (1.0, 5.0, 20.0, 40.0)
    ]
    assert all(later < earlier for earlier, later in pairwise(prices))


@pytest.mark.parametrize(
    ("budgets", "error", "words"),
    [
        ([Budget("fund", (0,), -1.0)], ValueOutOfRangeError, "amount is -1"),
        ([Budget("fund", (3,), 1.0)], ConflictError, "unknown contract index 3"),
        ([Budget("a", (0,), 1.0), Budget("b", (0,), 1.0)], ConflictError, "two budgets"),
    ],
)
def test_budgets_are_checked(budgets, error, words):
    with pytest.raises(error, match=words):
        solve_within_budgets(producers(8.0), budgets)


def test_a_floor_levy_is_no_contract():
    market = assemble(
        ("m",),
        columns(["in"], [[(0, 1.0, 1.0)]], 1.0, 0.0),
        linear_use(["use"], 0, 10.0, 1.0),
        levy("floor", charged=[0], reference={0: 1.0}, floor=2.0, cap=5.0),
    )
    with pytest.raises(ConflictError, match="no contract for difference"):
        solve_within_budgets(market, [Budget("fund", (0,), 1.0)])
