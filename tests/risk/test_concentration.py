import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.risk.tables import supply_table

from lodestock.errors import FileFormatError, ValueOutOfRangeError
from lodestock.risk.concentration import (
    by_owner,
    concentration,
    herfindahl,
    shares_of,
    top_share,
    without_largest,
)

quantities = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=12)


def test_equal_shares_give_one_over_n():
    # n equal suppliers: n (1/n)^2 = 1/n
    assert herfindahl([0.2] * 5) == pytest.approx(1 / 5, rel=1e-12)


def test_hand_worked_market():
    # 60, 30, 10: 0.36 + 0.09 + 0.01 = 0.46; without the largest 0.4, with 20 spare elsewhere 0.6
    q = [60.0, 30.0, 10.0]
    assert herfindahl(shares_of(q)) == pytest.approx(0.46, rel=1e-12)
    assert top_share(shares_of(q), 1) == pytest.approx(0.6, rel=1e-12)
    assert top_share(shares_of(q), 3) == pytest.approx(1.0, rel=1e-12)
    assert without_largest(q) == pytest.approx(0.4, rel=1e-12)
    assert without_largest(q, [99.0, 15.0, 5.0]) == pytest.approx(0.6, rel=1e-12)


def test_table_says_the_same_as_the_functions():
    row = concentration(supply_table({"AUS": 60.0, "BRA": 30.0, "CHL": 10.0})).row(0, named=True)
    assert row["hhi"] == pytest.approx(0.46, rel=1e-12)
    assert row["top1_country"] == "AUS"
    assert (row["top1"], row["top3"], row["n_minus_1"]) == pytest.approx((0.6, 1.0, 0.4), rel=1e-12)
    assert (row["suppliers"], row["t"]) == (3, 100.0)


@given(quantities)
def test_between_one_over_n_and_one(q):
    assert 1 / len(q) - 1e-12 <= herfindahl(shares_of(q)) <= 1 + 1e-12


@given(quantities, st.floats(1e-6, 1e6))
def test_units_do_not_matter(q, scale):
    assert herfindahl(shares_of(np.array(q) * scale)) == pytest.approx(herfindahl(shares_of(q)), rel=1e-9)


def test_a_merger_raises_it_by_twice_the_product():
    # (a + b)^2 - a^2 - b^2 = 2 a b
    assert herfindahl([0.5, 0.5]) - herfindahl([0.3, 0.2, 0.5]) == pytest.approx(2 * 0.3 * 0.2, rel=1e-12)


def test_rows_of_one_country_are_one_supplier():
    whole = supply_table({"AUS": 60.0, "BRA": 40.0})
    split = pl.concat([supply_table({"AUS": 25.0, "BRA": 40.0}), supply_table({"AUS": 35.0})])
    assert concentration(split)["hhi"][0] == pytest.approx(concentration(whole)["hhi"][0], rel=1e-12)


def test_ownership_moves_output_and_keeps_the_total():
    # Half of the 60 in COD belongs to CHN: 30, 30, 40 -> 0.09 + 0.09 + 0.16
    owned = pl.DataFrame(
        {"material": ["m"], "stage": ["mine"], "country": ["COD"], "owner": ["CHN"], "share": [0.5]}
    )
    moved = by_owner(supply_table({"COD": 60.0, "AUS": 40.0}), owned)
    assert moved["t"].sum() == pytest.approx(100.0)
    assert concentration(moved)["hhi"][0] == pytest.approx(0.34, rel=1e-12)


def test_owners_of_more_than_everything_are_refused():
    row = {"material": "m", "stage": "mine", "country": "COD"}
    owned = pl.DataFrame([{**row, "owner": "CHN", "share": 0.8}, {**row, "owner": "CHE", "share": 0.3}])
    with pytest.raises(ValueOutOfRangeError, match=r"add to 1\.1"):
        by_owner(supply_table({"COD": 60.0}), owned)


def test_zero_output_is_named():
    with pytest.raises(ValueOutOfRangeError, match="output of m mine 2024 is zero"):
        concentration(supply_table({"AUS": 0.0}))
    with pytest.raises(ValueOutOfRangeError, match="zero"):
        shares_of([0.0, 0.0])


@pytest.mark.parametrize("shares", [[0.5, 0.4], [0.7, 0.6], [1.2, -0.2], [float("nan"), 1.0]])
def test_shares_that_are_none_are_refused(shares):
    with pytest.raises(ValueOutOfRangeError):
        herfindahl(shares)


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf"), None])
def test_a_bad_cell_is_named_by_row_and_column(bad):
    with pytest.raises(ValueOutOfRangeError, match="supply, row 2") as caught:
        concentration(supply_table({"AUS": 1.0, "BRA": bad}))
    assert "'t'" in str(caught.value)


def test_a_missing_column_names_the_nearest():
    with pytest.raises(FileFormatError, match="no column 'country'") as caught:
        concentration(supply_table({"AUS": 1.0}).rename({"country": "county"}))
    assert "county" in str(caught.value)
