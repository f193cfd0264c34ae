import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.risk.tables import governance_table, supply_table, trade_table

from lodestock.errors import FileFormatError, UnknownNameError, ValueOutOfRangeError
from lodestock.risk.geopolrisk import COPPER_REFERENCE_CF, geopolrisk, midpoint, risk_by_year, risk_factor

GOVERNANCE = governance_table({"AUS": 1.0, "BRA": 0.0, "CHN": -0.5, "DEU": 0.5, "FRA": 0.5})
# g = (2.5 - PS)/5: AUS 0.3, BRA 0.5, CHN 0.6, DEU 0.4, FRA 0.4


def one(table: pl.DataFrame, perspective: str) -> dict:
    rows = table.filter(pl.col("perspective") == perspective)
    assert rows.height == 1
    return rows.row(0, named=True)


def test_risk_factor_is_clipped_to_its_scale():
    assert risk_factor([2.5, 0.0, -2.5, 4.0, -4.0]).tolist() == pytest.approx([0, 0.5, 1, 0, 1], abs=1e-12)


def test_hand_worked_country():
    # HHI of 60, 30, 10 = 0.46. Germany makes 10, imports 20 from AUS and 10 from CHN:
    # (20 * 0.3 + 10 * 0.6) / (10 + 30) = 0.3; score 0.46 * 0.3 = 0.138; 2 USD/kg -> CF 0.276 / reference
    supply = supply_table({"CHN": 60.0, "AUS": 30.0, "DEU": 10.0})
    trade = trade_table([("AUS", "DEU", 20.0), ("CHN", "DEU", 10.0)], usd_per_t=2000.0)
    row = one(geopolrisk(supply, trade, GOVERNANCE), "DEU")
    assert row["hhi"] == pytest.approx(0.46, rel=1e-12)
    assert row["import_risk"] == pytest.approx(0.3, rel=1e-12)
    assert row["score"] == pytest.approx(0.138, rel=1e-12)
    assert row["usd_per_kg"] == pytest.approx(2.0, rel=1e-12)
    assert row["cf"] == pytest.approx(0.276 / COPPER_REFERENCE_CF, rel=1e-12)
    assert midpoint(row["cf"], 3.0) == pytest.approx(3 * row["cf"], rel=1e-12)


def test_the_reference_is_a_named_input():
    supply, trade = supply_table({"AUS": 1.0}), trade_table([("AUS", "DEU", 1.0)], usd_per_t=1000.0)
    row = one(geopolrisk(supply, trade, GOVERNANCE, reference_cf=0.5), "DEU")
    assert row["cf"] == pytest.approx(row["score"] * 1.0 / 0.5, rel=1e-12)
    with pytest.raises(ValueOutOfRangeError, match="reference factor"):
        geopolrisk(supply, trade, GOVERNANCE, reference_cf=0.0)


def test_a_set_is_its_members_sum_and_trade_inside_it_is_home():
    # Members take 30 from CHN and 5 from each other: (30 * 0.6) / (10 home + 30); the 5 are neither.
    supply = supply_table({"CHN": 90.0, "DEU": 10.0})
    trade = trade_table([("CHN", "DEU", 20.0), ("CHN", "FRA", 10.0), ("DEU", "FRA", 5.0)])
    row = one(geopolrisk(supply, trade, GOVERNANCE, {"both": ("DEU", "FRA")}), "both")
    assert (row["imports_t"], row["home_t"]) == (30.0, 10.0)
    assert row["import_risk"] == pytest.approx(18.0 / 40.0, rel=1e-12)
    assert row["cf"] is None, "without values there is no unit price, and no zero in its place"


def test_home_supply_alone_has_no_import_risk():
    supply, trade = supply_table({"AUS": 5.0}), trade_table([("AUS", "DEU", 1.0)])
    row = one(geopolrisk(supply, trade, GOVERNANCE), "AUS")
    assert row["import_risk"] == 0.0
    assert row["score"] == 0.0


def test_a_net_exporter_with_large_output_has_small_import_risk():
    # Defect 1 of the public package: output in another unit than trade made this 0.35.
    supply = supply_table({"AUS": 1000.0, "CHN": 1000.0})
    trade = trade_table([("CHN", "AUS", 12.0), ("AUS", "DEU", 600.0)])
    assert one(geopolrisk(supply, trade, GOVERNANCE), "AUS")["import_risk"] < 0.05


def test_units_scale_out():
    supply = supply_table({"CHN": 60.0, "DEU": 10.0})
    trade = trade_table([("CHN", "DEU", 10.0)])
    in_kg = geopolrisk(
        supply.with_columns(pl.col("t") * 1000.0), trade.with_columns(pl.col("t") * 1000.0), GOVERNANCE
    )
    assert one(in_kg, "DEU")["score"] == pytest.approx(
        one(geopolrisk(supply, trade, GOVERNANCE), "DEU")["score"]
    )


@settings(max_examples=40, deadline=None)
@given(st.floats(-2.0, 2.0), st.floats(0.01, 0.5))
def test_risk_rises_as_a_partner_gets_worse(ps, fall):
    supply, trade = supply_table({"AUS": 50.0, "BRA": 50.0}), trade_table([("AUS", "DEU", 7.0)])
    better, worse = (
        one(geopolrisk(supply, trade, governance_table({"AUS": x})), "DEU")["score"] for x in (ps, ps - fall)
    )
    assert worse >= better


def test_every_pair_asked_for_is_answered():
    # Defect 2: an error ended the loop in silence. Three importers and two producers give five results.
    supply = supply_table({"AUS": 50.0, "BRA": 50.0})
    trade = trade_table([("AUS", "DEU", 1.0), ("AUS", "FRA", 1.0), ("BRA", "CHN", 1.0)])
    found = geopolrisk(supply, trade, GOVERNANCE)["perspective"].to_list()
    assert sorted(found) == ["AUS", "BRA", "CHN", "DEU", "FRA"]


def test_missing_governance_is_a_marked_assumption():
    supply, trade = supply_table({"AUS": 1.0}), trade_table([("AUS", "DEU", 3.0), ("OTH", "DEU", 1.0)])
    row = one(geopolrisk(supply, trade, GOVERNANCE), "DEU")
    assert row["assumed_governance"] == pytest.approx(0.25)
    # (3 * 0.3 + 1 * 0.5) / 4
    assert row["import_risk"] == pytest.approx(0.35, rel=1e-12)


def test_governance_of_the_last_published_year_is_carried_and_named():
    table = pl.concat([governance_table({"AUS": 1.0}, 2020), governance_table({"AUS": 0.0}, 2022)])
    by_year = {row["year"]: row for row in risk_by_year(table, [2019, 2021, 2024]).iter_rows(named=True)}
    assert [by_year[y]["governance_year"] for y in (2019, 2021, 2024)] == [2020, 2020, 2022]
    assert [by_year[y]["g"] for y in (2019, 2021, 2024)] == pytest.approx([0.3, 0.3, 0.5])


def test_a_market_without_output_has_no_score_instead_of_a_zero():
    empty = geopolrisk(supply_table({"AUS": 0.0}), trade_table([("AUS", "DEU", 3.0)]), GOVERNANCE)
    assert empty.is_empty()


def test_a_company_counts_what_it_buys_at_home_as_home():
    supply = supply_table({"CHN": 50.0, "DEU": 50.0})
    trade = trade_table([("CHN", "maker", 1.0), ("DEU", "maker", 3.0)])
    row = one(geopolrisk(supply, trade, GOVERNANCE, {"maker": ("DEU",)}, home_output=False), "maker")
    assert (row["imports_t"], row["home_t"]) == (1.0, 3.0)
    assert row["import_risk"] == pytest.approx(0.6 / 4.0, rel=1e-12)


@pytest.mark.parametrize("column", ["t", "usd"])
def test_bad_trade_is_refused(column):
    bad = trade_table([("AUS", "DEU", 1.0)]).with_columns(pl.lit(math.nan).alias(column))
    with pytest.raises(ValueOutOfRangeError, match="trade, row 1"):
        geopolrisk(supply_table({"AUS": 1.0}), bad, GOVERNANCE)


def test_a_table_without_a_needed_column_is_refused():
    with pytest.raises(FileFormatError, match="political_stability"):
        geopolrisk(
            supply_table({"AUS": 1.0}),
            trade_table([("AUS", "DEU", 1.0)]),
            GOVERNANCE.drop("political_stability"),
        )


def test_an_unknown_code_is_named_with_the_nearest():
    supply, trade = supply_table({"AUS": 1.0}), trade_table([("AUZ", "DEU", 1.0)])
    with pytest.raises(UnknownNameError, match="AUZ") as caught:
        geopolrisk(supply, trade, GOVERNANCE, known=["AUS", "DEU"])
    assert caught.value.nearest == "AUS"
    assert geopolrisk(supply, trade, GOVERNANCE)["assumed_governance"].max() == 1.0, "else it is marked"
