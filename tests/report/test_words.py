"""The first page: sentences checked against numbers of the synthetic outcome, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from tests.report.synthetic import case_of

from lodestock.data.catalog import country_sets
from lodestock.report.drivers import input_value
from lodestock.report.effects import comparable, has_response, totals
from lodestock.report.html import meta
from lodestock.report.names import members_in_sentence
from lodestock.report.sides import group_name, sides
from lodestock.report.tables import price_table
from lodestock.report.verdict import judge, levy_warnings, verdict
from lodestock.report.words import answer, headline
from lodestock.scenario.catalog_names import load_names
from lodestock.scenario.outcome import Outcome


def text_of(outcome: Outcome, key: str) -> str:
    point = next(point for point in answer(outcome).points if point.key == key)
    return " ".join(point.sentences).replace("\N{NO-BREAK SPACE}", " ")


def test_headline_names_price_and_shortage_abroad(ban: Outcome) -> None:
    # abroad: 160 + 80 + 60 + 30 + 12 = 342 t of use, of which 29 % go: 99 t
    found = headline(ban).replace("\N{NO-BREAK SPACE}", " ")
    assert found.startswith("Abroad, the gallium price rises by 180 % (band +110 % to +310 %)")
    assert "users there go short of 99 t, 29 % of their use" in found


def test_headline_of_two_materials_names_both(zone: Outcome) -> None:
    found = headline(zone).replace("\N{NO-BREAK SPACE}", " ")
    assert found.count("rises by 38 %") == 2
    assert "do without 24 t of gallium (7.0 %)" in found


def test_headline_of_many_materials_is_a_range(zone: Outcome) -> None:
    found = headline(replace(zone, materials=("gallium", "gallium", "neodymium-praseodymium")))
    expected = (
        "Inside the zone, the prices of 3 materials rise by 38 %; users there do without 7.0 % of their use."
    )
    assert found.replace("\N{NO-BREAK SPACE}", " ") == expected


def test_headline_against_a_shock_says_what_doing_nothing_gives(zone: Outcome) -> None:
    idle = replace(zone, materials=("gallium",), cases={**zone.cases, "do-nothing": zone.cases["scenario"]})
    assert "against +38\N{NO-BREAK SPACE}% without the measure" in headline(idle)


def test_prices_are_told_for_both_sides(ban: Outcome) -> None:
    found = text_of(ban, "prices")
    assert "from USD 450/kg to USD 1,260/kg" in found
    assert "at home (China) it falls by 28 %" in found
    assert "from USD 450/kg to USD 324/kg" in found


def test_a_side_whose_band_crosses_zero_is_uncertain(zone: Outcome) -> None:
    assert "outside the zone it may fall or rise: between −9.6 % and +2.4 %" in text_of(zone, "prices")


def test_shortage_lists_the_largest_gaps_with_their_share(ban: Outcome) -> None:
    # Japan: 29 % of 160 t = 46.4 t; the United States: 23.2 t; Germany: 17.4 t
    found = text_of(ban, "short")
    assert "Japan 46 t (29 %), the United States 23 t (29 %) and Germany 17 t (29 %)" in found
    assert "in China" not in found  # nobody is short at home


def test_payers_and_gainers_are_named_with_their_bands(ban: Outcome) -> None:
    # users abroad: -0.9 * 342 t * 450,000 USD/t * 1.8 = -USD 249 m; band half to 1.6 times that
    found = text_of(ban, "pays")
    losers = "users outside China USD 250 m (band USD 120 m to USD 400 m)"
    assert f"Losers, a year, against the undisturbed market: {losers}" in found
    assert "Winners: users in China" in found


def test_drivers_are_three_with_both_ends(ban: Outcome) -> None:
    found = text_of(ban, "drives")
    # central +180 %; the first input ends at 1.45 and 0.62 times that
    assert "short-run elasticity of use (0.1 gives +260 %, 0.5 gives +110 %)" in found
    assert found.count("gives") == 6


def test_without_draws_nothing_is_claimed_about_bands(ban: Outcome) -> None:
    bare = replace(
        ban,
        draws=ban.draws.clear(),
        bands=ban.bands.clear(),
        tornado=ban.tornado.clear(),
        draws_asked=0,
    )
    assert "band" not in text_of(bare, "prices")
    assert "No draws were made" in text_of(bare, "sure")
    assert "cannot be ranked" in text_of(bare, "drives")


def test_failed_draws_are_told(ban: Outcome) -> None:
    assert "1 draw of 200 found no solution and is left out" in text_of(replace(ban, draws_failed=1), "sure")


def test_a_ban_without_answer_has_no_verdict_and_is_doing_nothing(ban: Outcome) -> None:
    assert not has_response(ban)
    assert answer(ban).verdict is None
    assert "no response" in text_of(ban, "nothing")


def test_an_alternative_without_the_ban_is_not_compared_with_it(zone: Outcome, ban: Outcome) -> None:
    applied = replace(ban.cases["scenario"], instruments=ban.resolved.case.instruments)
    outcome = replace(ban, cases={**ban.cases, "scenario": applied})
    assert comparable(outcome) == []  # 'substitute' faces no ban
    assert comparable(zone) == ["substitute"]


def test_a_floor_that_costs_its_zone_works_at_a_cost(zone: Outcome) -> None:
    found = verdict(zone)
    assert found.kind == "at-a-cost"
    text = " ".join(found.sentences).replace("\N{NO-BREAK SPACE}", " ")
    # Japan and Korea make 3 t each of gallium; a quarter more is 1.5 t
    assert "gallium +1.5 t (+25 %)" in text
    assert "floor stands idle" in text
    assert "“Substitute and recycle” leaves everybody inside the zone" in text


def test_a_measure_without_effect_is_told_no(zone: Outcome) -> None:
    idle = replace(case_of("scenario", "", "none", zone.materials))
    found = verdict(replace(zone, cases={**zone.cases, "scenario": idle}))
    assert found.kind == "no-effect"
    assert found.sentences[0].startswith("No:")


def test_a_measure_that_only_costs_is_told_no(zone: Outcome) -> None:
    floor = zone.cases["scenario"]
    outputs = ["production", "processing", "secondary"]
    same = floor.quantities.with_columns(
        t=pl.when(pl.col("kind").is_in(outputs)).then("base_t").otherwise("t")
    )
    found = verdict(replace(zone, cases={**zone.cases, "scenario": replace(floor, quantities=same)}))
    assert found.kind == "no"
    assert found.label == "Does not help"


def test_judgement_follows_works_net_and_band() -> None:
    sure_loss, open_end = {"p10": -3.0, "p90": -1.0}, {"p10": -3.0, "p90": 1.0}
    assert judge(-2.0, True, moved=True, band=sure_loss) == "at-a-cost"
    assert judge(-2.0, True, moved=True, band=open_end) == "uncertain"
    assert judge(2.0, True, moved=True, band=None) == "helps"
    assert judge(-2.0, False, moved=True, band=None) == "no"
    assert judge(0.0, False, moved=False, band=None) == "no-effect"


def test_totals_add_up_what_the_side_makes_and_misses(zone: Outcome) -> None:
    found = totals(zone, zone.cases["scenario"])
    assert sides(zone)[0].market == "inside"
    # Japan 160, United States 80, Germany 60, Korea 30, France 12 t, each 7 % short
    assert abs(found.shortage_t["gallium"] - 0.07 * 342.0) < 1e-9
    assert abs(found.output_t["gallium"] - 1.25 * 6.0) < 1e-9


def test_a_plan_of_many_materials_stays_on_its_page(zone: Outcome) -> None:
    many = replace(zone, materials=("gallium", "gallium", "neodymium-praseodymium"))
    assert "from USD" not in text_of(many, "prices")
    assert "section on uncertainty" in text_of(many, "drives")


def test_without_a_zone_the_countries_that_act_are_named(zone: Outcome) -> None:
    acting = replace(zone, zone=("USA",), zone_name=None, home=())
    first, second = sides(acting)
    assert (first.label, first.where) == ("United States", "in the United States")
    assert (second.label, second.where, second.who) == ("Elsewhere", "elsewhere", "outside the United States")
    assert ("Measures by", "the United States") in meta(acting)


@pytest.mark.parametrize(
    ("countries", "name"),
    [
        (("USA",), "the United States"),
        (("COD", "CHN"), "the DR Congo and China"),
        (("CHN", "AUS", "CAN", "BRA"), "4 countries"),
    ],
)
def test_who_acts_is_named(countries: tuple[str, ...], name: str) -> None:
    assert group_name(countries) == name


def test_a_set_that_acts_is_called_by_its_name() -> None:
    union = load_names().sets["EU27"]
    assert group_name(union) == "the EU27"
    assert group_name((*union, "JPN")) == "the EU27 and Japan"


def test_a_contract_is_not_called_a_floor(zone: Outcome) -> None:
    scenario = zone.cases["scenario"]
    idle = scenario.levies.head(1).with_columns(status=pl.lit("slack"))
    rows = pl.concat([idle.with_columns(kind=pl.lit(kind)) for kind in ("contract", "contract_return")])
    told = levy_warnings(replace(zone, cases={**zone.cases, "scenario": replace(scenario, levies=rows)}))
    assert told == ["The gallium contract pays nothing: the price is nowhere below the strike."]


@pytest.mark.parametrize(
    ("name", "label", "unit", "shown"),
    [
        ("stock_days", "commercial stocks", "days of use", "60 days"),
        ("backstop_share", "share of use that can be substituted", "share of the end use", "6,000\u00a0%"),
        ("use_elasticity_short", "thrift of users", "1", "elasticity 60"),
        ("use_elasticity_short", "elasticity of use", "1", "60"),
        ("final_choke_multiple", "last price", "multiple of base price", "60 times the price"),
    ],
)
def test_ends_of_a_range_carry_their_unit(name, label, unit, shown):
    row = {"input": name, "input_label": label, "input_unit": unit, "low": 60.0}
    assert input_value(row, "low") == shown


def test_members_are_named_as_a_set_by_name_or_by_number() -> None:
    assert members_in_sentence(("USA",)) == "the United States"
    assert members_in_sentence(("USA", "JPN", "KOR")) == "the United States, Japan and South Korea"
    assert members_in_sentence(tuple(reversed(country_sets()["EU27"]))) == "EU27"
    assert members_in_sentence(("USA", "JPN", "KOR", "DEU")) == "4 countries"


def test_one_unit_per_material_and_stage(zone: Outcome) -> None:
    # 29,200 and 30,600 USD/t stand on both sides of the price from which on kilograms are quoted
    scenario = zone.cases["scenario"]
    near = scenario.reference_prices.with_columns(
        base_usd_per_t=pl.when(pl.col("market") == "inside").then(29_200.0).otherwise(30_600.0)
    )
    rows = price_table(
        replace(zone, cases=zone.cases | {"scenario": replace(scenario, reference_prices=near)})
    ).rows
    units = {(row[0], row[2].text.split("/")[1].split()[0]) for row in rows}
    assert len(units) == len({row[0] for row in rows})
