import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.errors import InfeasibleError, ValueOutOfRangeError
from lodestock.world.biproportional import fit


def test_two_by_two_has_the_closed_form_of_its_odds_ratio():
    # Prior odds ratio (1*4)/(2*2) = 1, so the fit is r c' / total: 30*40/100 = 12, 30*60/100 = 18, 28, 42.
    table = fit(
        np.array([[1.0, 2.0], [2.0, 4.0]]), rows=np.array([30.0, 70.0]), columns=np.array([40.0, 60.0])
    ).table
    assert table == pytest.approx(np.array([[12.0, 18.0], [28.0, 42.0]]), rel=1e-9)


def test_a_prior_that_meets_the_margins_comes_back():
    prior = np.array([[5.0, 0.0, 1.0], [0.0, 3.0, 2.0]])
    fitted = fit(prior, rows=prior.sum(1), columns=prior.sum(0))
    assert fitted.table == pytest.approx(prior, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 12))
def test_margins_hold_and_odds_ratios_are_those_of_the_prior(seed: int, n: int):
    rng = np.random.default_rng(seed)
    prior = rng.uniform(0.1, 1.0, (n, n))
    rows = rng.uniform(0.1, 10.0, n)
    columns = rng.dirichlet(np.ones(n)) * rows.sum()
    table = fit(prior, rows=rows, columns=columns).table
    assert table.sum(1) == pytest.approx(rows, rel=1e-8)
    assert table.sum(0) == pytest.approx(columns, rel=1e-8)
    # T = a prior b leaves every odds ratio unchanged.
    odds = table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0])
    assert odds == pytest.approx(prior[0, 0] * prior[1, 1] / (prior[0, 1] * prior[1, 0]), rel=1e-6)


def test_zeros_of_the_prior_stay_zero():
    prior = np.array([[1.0, 0.0], [1.0, 1.0]])
    table = fit(prior, rows=np.array([3.0, 7.0]), columns=np.array([5.0, 5.0])).table
    assert table[0, 1] == 0.0
    assert table == pytest.approx(np.array([[3.0, 0.0], [2.0, 5.0]]))


def test_unequal_totals_are_refused_with_both_numbers():
    with pytest.raises(ValueOutOfRangeError, match=r"row sums add to 10 t, column sums to 9 t"):
        fit(np.ones((2, 2)), rows=np.array([4.0, 6.0]), columns=np.array([4.0, 5.0]))


def test_a_country_without_any_route_is_named():
    with pytest.raises(InfeasibleError, match=r"CUB \(4 t offered\)"):
        fit(
            np.array([[0.0, 0.0], [1.0, 1.0]]),
            rows=np.array([4.0, 6.0]),
            columns=np.array([5.0, 5.0]),
            row_names=("CUB", "CHL"),
        )


def test_margins_that_no_table_can_meet_name_the_clash():
    # Row a reaches only column x, which needs 5 of a's 8.
    with pytest.raises(InfeasibleError, match=r"a .*clash with"):
        fit(
            np.array([[1.0, 0.0], [1.0, 1.0]]),
            rows=np.array([8.0, 2.0]),
            columns=np.array([5.0, 5.0]),
            row_names=("a", "b"),
            column_names=("x", "y"),
            sweeps=500,
        )


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_a_bad_number_is_refused(bad: float):
    with pytest.raises(ValueOutOfRangeError, match="negative or non-finite"):
        fit(np.array([[bad, 1.0], [1.0, 1.0]]), rows=np.ones(2), columns=np.ones(2))


def test_nothing_to_move_gives_an_empty_table():
    assert not fit(np.ones((2, 2)), rows=np.zeros(2), columns=np.zeros(2)).table.any()
