"""Allocation of supply to tiers: order, eligibility, carry, conservation, and the linear programme."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.reserve.requirements.allocation import allocate, allocate_by_programme

amounts = st.floats(0.0, 100.0).map(lambda value: round(value, 3))


def test_defence_is_served_first() -> None:
    # 10 of supply against demands 6, 5, 4: defence all, industry 4 of 5, essential none.
    short = allocate(np.array([[6.0], [5.0], [4.0]]), np.array([10.0]), np.array([0.0]))
    assert short[:, 0].tolist() == pytest.approx([0.0, 1.0, 4.0])


def test_unreliable_supply_serves_the_last_tier_only() -> None:
    # 10 from suppliers for the last tier cannot help defence.
    short = allocate(np.array([[6.0], [5.0], [4.0]]), np.array([0.0]), np.array([10.0]))
    assert short[:, 0].tolist() == pytest.approx([6.0, 5.0, 0.0])


def test_last_tier_uses_its_own_suppliers_first() -> None:
    # Reliable 5 goes to defence; the last tier takes its 4 from the unreliable.
    short = allocate(np.array([[5.0], [0.0], [4.0]]), np.array([5.0]), np.array([4.0]))
    assert short.sum() == pytest.approx(0.0)


def test_surplus_of_one_year_pays_for_a_later_one_with_carry_only() -> None:
    D = np.array([[1.0, 9.0], [0.0, 0.0], [0.0, 0.0]])
    R, S = np.array([6.0, 5.0]), np.zeros(2)
    assert allocate(D, R, S).sum() == pytest.approx(4.0)
    assert allocate(D, R, S, carry=True).sum() == pytest.approx(0.0)


def test_carry_does_not_reach_back() -> None:
    D = np.array([[9.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    assert allocate(D, np.array([5.0, 6.0]), np.zeros(2), carry=True).sum() == pytest.approx(4.0)


@settings(max_examples=40, deadline=None)
@given(
    demand=st.lists(amounts, min_size=12, max_size=12),
    supply=st.lists(amounts, min_size=8, max_size=8),
    carry=st.booleans(),
)
def test_greedy_fill_is_the_lexicographic_optimum(
    demand: list[float], supply: list[float], carry: bool
) -> None:
    D = np.array(demand).reshape(3, 4)
    R, S = np.array(supply[:4]), np.array(supply[4:])
    greedy = allocate(D, R, S, carry=carry).sum(axis=-1)
    assert greedy == pytest.approx(allocate_by_programme(D, R, S, carry=carry), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(demand=st.lists(amounts, min_size=12, max_size=12), supply=st.lists(amounts, min_size=8, max_size=8))
def test_served_and_short_add_up_and_more_supply_never_hurts(
    demand: list[float], supply: list[float]
) -> None:
    D = np.array(demand).reshape(3, 4)
    R, S = np.array(supply[:4]), np.array(supply[4:])
    short = allocate(D, R, S)
    assert (short >= 0).all()
    assert (short <= D + 1e-12).all()
    assert ((D - short).sum(axis=0) <= R + S + 1e-9).all()
    assert allocate(D, R + 1.0, S).sum() <= short.sum() + 1e-9
    assert allocate(D, R, S, carry=True).sum() <= short.sum() + 1e-9


def test_many_draws_at_once_are_each_alone() -> None:
    rng = np.random.default_rng(1)
    D, R, S = rng.random((5, 3, 4)), rng.random((5, 4)), rng.random((5, 4))
    together = allocate(D, R, S, carry=True)
    for n in range(5):
        assert together[n] == pytest.approx(allocate(D[n], R[n], S[n], carry=True))
