"""The methods on the shipped snapshot: perspectives, years, peers' defects, forward look."""

import polars as pl
import pytest

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.risk import inputs
from lodestock.risk.assess import assess, trend
from lodestock.risk.controls import restrictions, trade_parameter
from lodestock.risk.expected_loss import Cut, expected_loss, material_loss, probability
from lodestock.risk.geopolrisk import geopolrisk
from lodestock.risk.market import snapshot_markets, study_risk_markets
from lodestock.risk.measures import NAMES, compare_measures
from lodestock.risk.outlook import later_market, outlook, with_outlook
from lodestock.risk.what_if import Effect, effects

SOME = ["cobalt", "gallium", "germanium", "indium", "lithium", "copper"]


@pytest.fixture(scope="module")
def european():
    return assess("EU27", 2024, SOME, draws=200, seed=1)


@pytest.fixture(scope="module")
def scores():
    return geopolrisk(inputs.supply(), inputs.trade(), inputs.governance())


def test_every_material_asked_for_is_answered_at_every_stage(european):
    assert {row.material for row in european.materials} == set(SOME)
    assert len(european.stages) == 9, "germanium, gallium and indium have one stage, the others two"
    assert not european.failures


def test_minor_metals_that_the_public_package_lacks_have_scores(european):
    # Defect 4: no gallium, indium or germanium. Their trade is not observed, and the rows say so.
    rows = {row.material: row for row in european.stages}
    for name in ("gallium", "indium"):
        assert 0.0 < rows[name].geopolrisk < 1.0
        assert rows[name].geopolrisk_basis == "estimated flows"
    assert rows["copper"].geopolrisk_basis == "observed trade"


def test_the_riskier_stage_is_reported_with_its_name(european):
    cobalt = next(row for row in european.materials if row.material == "cobalt")
    by_stage = {row.stage: row.sr for row in european.stages if row.material == "cobalt"}
    assert cobalt.stage == max(by_stage, key=lambda stage: by_stage[stage])
    assert cobalt.sr == max(by_stage.values())


def test_bands_hold_the_central_value(european):
    for row in european.materials:
        assert row.band.p10 <= row.sr * 1.1
        assert row.band.p90 >= row.sr * 0.9


def test_no_number_is_nan_and_fractions_are_fractions(scores):
    for name in ("hhi", "import_risk", "score", "assumed_governance"):
        assert scores[name].is_finite().all()
        assert scores[name].is_between(0.0, 1.0).all()
    known = scores.filter(pl.col("cf").is_not_null())
    assert known["cf"].is_finite().all()


def test_the_union_is_its_members_sum(scores):
    members = inputs.members_of("EU27")
    assert len(members) == 27
    union = geopolrisk(inputs.supply(), inputs.trade(), inputs.governance(), {"EU27": members})
    cell = {"material": "copper", "stage": "refined", "year": 2022}
    row = union.filter(**cell).row(0, named=True)
    outside = (
        inputs.trade()
        .filter(**cell)
        .filter(pl.col("importer").is_in(list(members)) & ~pl.col("exporter").is_in(list(members)))
    )
    made = inputs.supply().filter(**cell).filter(pl.col("country").is_in(list(members)))
    assert row["imports_t"] == pytest.approx(outside["t"].sum(), rel=1e-12)
    assert row["home_t"] == pytest.approx(made["t"].sum(), rel=1e-12)


def test_production_and_trade_share_their_basis(scores):
    # Defect 3: gross ore mass gave copper of 2021 the price of concentrate, 3 USD/kg; it was about 9.
    world = scores.filter(material="copper", stage="refined", year=2021).filter(pl.col("imports_t") > 1000)
    assert 9.3 / 2 < world["usd_per_kg"].median() < 9.3 * 2
    mine = scores.filter(material="copper", stage="mine", year=2021).filter(pl.col("imports_t") > 1000)
    assert 9.3 / 2 < mine["usd_per_kg"].median() < 9.3 * 2


def test_the_largest_net_exporters_have_small_import_risk(scores):
    # Defect 1, on real data: home output and imports in one unit.
    rows = scores.filter(stage="mine", year=2022)
    for material, country in (("copper", "CHL"), ("iron", "AUS"), ("nickel", "IDN"), ("potash", "CAN")):
        assert rows.filter(material=material, perspective=country)["import_risk"][0] < 0.05


def test_any_country_group_or_list_is_a_perspective():
    assert inputs.members_of("eu") == inputs.members_of("EU27")
    assert inputs.members_of("Germany") == ("DEU",)
    assert inputs.members_of("DEU, France") == ("DEU", "FRA")
    with pytest.raises(UnknownNameError, match="Germany"):
        inputs.members_of("Germny")


def test_years_without_data_are_refused():
    with pytest.raises(ValueOutOfRangeError, match="no production for 1999"):
        assess("EU27", 1999, ["gallium"])
    with pytest.raises(UnknownNameError, match="gallium"):
        assess("EU27", 2024, ["galium"])


def test_export_controls_raise_the_trade_parameter():
    members = inputs.members_of("EU27")
    # China licenses gallium since August 2023 and barred it from the United States in December 2024.
    assert restrictions(2024, members)["gallium", "CHN"] == 1.1
    assert restrictions(2024, ("USA",))["gallium", "CHN"] == 1.5
    assert ("gallium", "CHN") not in restrictions(2022, members)
    assert trade_parameter("gallium", "refined", "CHN", members, 2024, european=True) > 1.0
    assert trade_parameter("gallium", "refined", "DEU", members, 2024, european=True) == 0.8


def test_the_study_markets_cover_the_whole_study():
    found = study_risk_markets()
    assert len({market.material for market in found}) == 87
    assert all(market.sr >= 0 for market in found)


def test_trend_has_a_row_per_year():
    rows = [row for row in trend(["gallium"]) if row["stage"] == "refined"]
    assert [row["year"] for row in rows] == sorted(row["year"] for row in rows)
    assert len(rows) >= 4


def test_probability_by_hand():
    # 2 * 0.03 * 0.6 * 3 = 0.108
    assert probability(0.6, restricted=True, base=0.03, multiple=3.0) == pytest.approx(0.108, rel=1e-12)
    assert probability(0.6, restricted=False, base=0.03, multiple=3.0) == pytest.approx(0.036, rel=1e-12)
    assert probability(1.0, restricted=True, base=0.5, multiple=3.0) == 1.0


def test_expected_loss_by_hand_leaves_unsolved_cuts_out():
    cuts = [
        Cut("m", "mine", "CHN", 0.6, 0.1, 50.0, 0.2, 1.0),
        Cut("m", "mine", "AUS", 0.3, 0.01, 200.0, 0.1, 0.5),
        Cut("m", "mine", "BRA", 0.1, 0.5, None, None, None, "no equilibrium"),
    ]
    assert expected_loss(cuts) == pytest.approx(7.0, rel=1e-12)


def test_a_cut_of_the_largest_supplier_costs_and_a_reserve_softens_it():
    members = ("JPN",)
    bare = material_loss("gallium", members)
    held = material_loss("gallium", members, reserve_t=30.0)
    first = bare.cuts[0]
    assert (first.country, first.stage) == ("CHN", "refined")
    assert first.price_rise > 0.2
    assert first.shortage_share > 0.0
    assert bare.expected_loss_usd == pytest.approx(sum(c.probability * c.loss_usd for c in bare.cuts))
    assert held.worst_loss_usd < bare.worst_loss_usd


def test_four_measures_are_compared_on_one_scale():
    found = {effect.case: effect for effect in compare_measures("cobalt", inputs.members_of("EU27"))}
    assert tuple(found) == NAMES
    assert found["recycling"].reduction > 0
    assert found["reserve"].reduction == pytest.approx(0.0, abs=1e-12), "a stock changes nobody's share"
    assert found["reserve"].expected_loss_usd < found["reserve"].expected_loss_before_usd
    assert found["reserve"].loss_avoided_per_dollar > 0


def test_measures_need_use_of_the_material():
    with pytest.raises(ConflictError, match="use no"):
        compare_measures("gadolinium", ("NRU",))


def test_risk_per_dollar_by_hand():
    effect = Effect(
        *("c", "t", "m", "mine", "mine", 3.0, 2.0, 0.5, 0.4, 0.3, 0.2, 0.9, 0.8),
        cost_usd=5e8,
        public_usd=0.0,
        expected_loss_before_usd=4e8,
        expected_loss_usd=3e8,
    )
    # One point for 500 million: 0.2 per 100 million; 100 million avoided for 500 million
    assert effect.per_dollar == pytest.approx(0.2, rel=1e-12)
    assert effect.loss_avoided_per_dollar == pytest.approx(0.2, rel=1e-12)


def test_a_shipped_scenario_moves_risk():
    from lodestock.scenario.load import load_scenario
    from lodestock.scenario.run import run_scenario

    outcome = run_scenario(load_scenario("gallium-germanium-export-ban"), draws=0)
    found = effects(outcome, inputs.members_of("EU27"))
    assert {effect.material for effect in found} == {"gallium", "germanium"}
    ban = next(e for e in found if e.case == "scenario" and e.material == "gallium")
    before = snapshot_markets(inputs.members_of("EU27"), 2024, ["gallium"])[0]
    assert ban.sr_before == pytest.approx(before.sr, rel=0.02), "the base of a scenario is the base year"
    assert ban.sr != pytest.approx(ban.sr_before, rel=1e-3)


def test_an_unchanged_outlook_changes_nothing():
    members = inputs.members_of("EU27")
    market = snapshot_markets(members, 2024, ["cobalt"])[0]
    same = later_market(market, {"OTH": 1.0}, 1.0, members)
    assert same.sr == pytest.approx(market.sr, rel=1e-9)
    grown = later_market(market, {"OTH": 2.0}, 2.0, members)
    assert grown.hhi == pytest.approx(market.hhi, rel=1e-12), "growth alike for all moves no share"


def test_outlook_answers_for_every_year_and_stage():
    members = inputs.members_of("EU27")
    markets = snapshot_markets(members, 2024, ["cobalt", "lithium"])
    found = outlook(markets, members)
    assert len(found) == 2 * 2 * 3
    assert {row.year for row in found} == {2030, 2035, 2040}
    with pytest.raises(UnknownNameError, match="NZE"):
        outlook(markets, members, (2030,), "NZ")
    with pytest.raises(UnknownNameError, match="supply outlook"):
        with_outlook(["gallium"], asked=True)
    assert with_outlook(["gallium", "cobalt"], asked=False) == ["cobalt"]


def test_known_owners_raise_concentration_where_they_are_listed():
    rows = {(row.material, row.stage): row for row in assess("EU27", 2024, ["nickel", "gallium"]).stages}
    # Three quarters of Indonesian nickel go to its largest rival, so output by owner is more concentrated.
    assert rows["nickel", "refined"].hhi_by_owner > rows["nickel", "refined"].hhi
    assert rows["gallium", "refined"].hhi_by_owner is None
