import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.risk.tables import shares_table

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.risk.eu_criticality import (
    concentrations,
    economic_importance,
    governance_weight,
    group_mean,
    import_reliance,
    importance,
    is_critical,
    rounded,
    share_flag,
    supply_risk,
    weighted_hhi,
)

fractions = st.floats(0.0, 1.0)


def test_hand_worked_supply_risk():
    # World: 0.8 and 0.2 with W 5 and 2, t 1.2 and 0.8: 0.64*5*1.2 + 0.04*2*0.8 = 3.904
    # Sourcing: 0.5 and 0.5: 0.25*5*1.2 + 0.25*2*0.8 = 1.9. IR 0.6: 3.904*0.3 + 1.9*0.7 = 2.5012
    # EoL 0.1, SI 0.9: 2.5012 * 0.9 * 0.9 = 2.025972
    world = weighted_hhi([0.8, 0.2], [5.0, 2.0], [1.2, 0.8])
    sourcing = weighted_hhi([0.5, 0.5], [5.0, 2.0], [1.2, 0.8])
    assert world == pytest.approx(3.904, rel=1e-12)
    assert sourcing == pytest.approx(1.9, rel=1e-12)
    assert supply_risk(world, sourcing, 0.6, 0.1, 0.9).item() == pytest.approx(2.025972, rel=1e-12)
    assert supply_risk(world, 0.0, 0.6, 0.1, 0.9, "GSonly").item() == pytest.approx(3.16224, rel=1e-12)
    assert supply_risk(0.0, sourcing, 0.6, 0.1, 0.9, "EUonly").item() == pytest.approx(1.539, rel=1e-12)


def test_scale_of_the_governance_weight():
    assert governance_weight([2.5, 0.0, -2.5]).tolist() == [0.0, 5.0, 10.0]
    # One supplier with an estimate of -0.3, t 1, EoL 0.01, SI 1: 2*(2.8)*0.99 = 5.544, printed as 5.5
    only = weighted_hhi([1.0], governance_weight([-0.3]), [1.0])
    assert rounded(supply_risk(only, 0.0, 1.0, 0.01, 1.0, "GSonly").item()) == 5.5


def test_hand_worked_import_reliance():
    assert import_reliance(80.0, 20.0, 40.0) == pytest.approx(0.6, rel=1e-12)
    assert import_reliance(5.0, 20.0, 40.0) == 0.0, "a net exporter counts as zero, not as negative"
    assert import_reliance(5.0, 0.0, 0.0) == 1.0
    with pytest.raises(ValueOutOfRangeError, match="imports"):
        import_reliance(float("nan"), 0.0, 1.0)


def test_hand_worked_economic_importance():
    # 0.6 * 100 + 0.4 * 50 = 80 of 200 -> 4.0; SI 0.9 -> 3.6
    assert economic_importance([0.6, 0.4], [100.0, 50.0], 0.9, 200.0).item() == pytest.approx(3.6, rel=1e-12)
    uses = pl.DataFrame(
        {"material": "m", "end_use": ["a", "b"], "share": [0.6, 0.4], "value_added": [100.0, 0.0]}
    )
    row = importance(uses, 200.0).row(0, named=True)
    assert row["ei_before_substitution"] == pytest.approx(3.0, rel=1e-12)
    assert row["without_value"] == pytest.approx(0.4)


def test_thresholds_apply_after_rounding_halves_up():
    assert rounded(0.95) == 1.0
    assert rounded(0.9499) == 0.9
    assert is_critical(0.95, 2.75)
    assert not is_critical(0.9499, 2.75)
    assert not is_critical(0.95, 2.7499)


def test_nothing_is_rounded_before_the_threshold():
    # Members 0.94 and 0.94 round to 0.9 each; their mean 0.94 must not become 0.9 and then something else.
    assert group_mean([0.94, 0.98]) == pytest.approx(0.96, rel=1e-12)
    assert is_critical(group_mean([0.94, 0.98]), 3.0)


def test_a_group_is_the_mean_of_its_members():
    assert group_mean([1.0, 2.0, 6.0]) == pytest.approx(3.0, rel=1e-12)
    with pytest.raises(ValueOutOfRangeError):
        group_mean([])
    with pytest.raises(ValueOutOfRangeError):
        group_mean([1.0, float("nan")])


def test_splitting_the_rows_of_a_country_changes_nothing():
    weight = pl.DataFrame({"country": ["AUS", "CHN"], "weight": [2.0, 5.0]})
    whole = shares_table([("m", "mine", "CHN", 0.8, 1.2), ("m", "mine", "AUS", 0.2, 1.0)])
    split = shares_table(
        [("m", "mine", "CHN", 0.5, 1.2), ("m", "mine", "CHN", 0.3, 1.2), ("m", "mine", "AUS", 0.2, 1.0)]
    )
    a, b = concentrations(whole, weight), concentrations(split, weight)
    assert a["weighted_hhi"][0] == pytest.approx(0.64 * 5 * 1.2 + 0.04 * 2, rel=1e-12)
    assert b["weighted_hhi"][0] == pytest.approx(a["weighted_hhi"][0], rel=1e-12)


def test_an_unknown_weight_is_neutral_and_counted():
    row = concentrations(
        shares_table([("m", "mine", "OTH", 0.5, 1.0), ("m", "mine", "AUS", 0.5, 1.0)]),
        pl.DataFrame({"country": ["AUS"], "weight": [2.0]}),
    ).row(0, named=True)
    assert row["assumed_weight"] == pytest.approx(0.5)
    assert row["weighted_hhi"] == pytest.approx(0.25 * 5 + 0.25 * 2, rel=1e-12)


def test_shares_that_do_not_add_up_are_flagged():
    assert share_flag(1.02) == ""
    assert share_flag(0.09) == "shares add to 0.09"
    assert share_flag(1.3) == "shares add to 1.30"
    with pytest.raises(ValueOutOfRangeError, match="add to zero"):
        concentrations(
            shares_table([("m", "mine", "AUS", 0.0, 1.0)]),
            pl.DataFrame({"country": ["AUS"], "weight": [2.0]}),
        )


@pytest.mark.parametrize("share", [-0.1, 1.2, float("nan"), None])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueOutOfRangeError, match="shares, row 1"):
        concentrations(
            pl.DataFrame(
                {
                    "material": "m",
                    "stage": "mine",
                    "country": "AUS",
                    "share": [share],
                    "trade_parameter": 1.0,
                },
                schema_overrides={"share": pl.Float64},
            ),
            pl.DataFrame({"country": ["AUS"], "weight": [2.0]}),
        )


def test_two_trade_parameters_of_one_supplier_are_refused():
    rows = [("m", "mine", "CHN", 0.5, 1.0), ("m", "mine", "CHN", 0.3, 1.2)]
    with pytest.raises(ValueOutOfRangeError, match="two trade parameters"):
        concentrations(shares_table(rows), pl.DataFrame({"country": ["CHN"], "weight": [5.0]}))


def test_an_unknown_basis_names_the_known_ones():
    with pytest.raises(UnknownNameError, match="GSonly"):
        supply_risk(1.0, 1.0, 0.5, 0.0, 1.0, "GS")


@given(fractions, fractions, fractions, st.floats(0, 10), st.floats(0, 10))
def test_recycling_and_substitution_lower_it_and_the_blend_stays_between(ir, eol, si, world, sourcing):
    full = supply_risk(world, sourcing, ir, 0.0, 1.0).item()
    assert min(world, sourcing) - 1e-9 <= full <= max(world, sourcing) + 1e-9
    assert supply_risk(world, sourcing, ir, eol, si).item() <= full + 1e-12


@given(st.floats(0.01, 0.49), st.floats(0.01, 0.49))
def test_a_merger_of_suppliers_raises_it(a, b):
    rest = 1.0 - a - b
    before = weighted_hhi([a, b, rest], [5.0, 5.0, 5.0], [1.0, 1.0, 1.0])
    assert weighted_hhi([a + b, rest], [5.0, 5.0], [1.0, 1.0]) > before
