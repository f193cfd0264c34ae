"""Withheld intervals, remainders, refined output by shares and single rare earths, worked by hand."""

from dataclasses import replace

import pytest

from lodestock.data.build.observation import Observation
from lodestock.data.build.rare_earths import deposit_split, single_elements
from lodestock.data.build.refined import Total, mine_sum, share_out
from lodestock.data.build.remainder import split_remainder
from lodestock.data.build.usgs_world import merge_forms
from lodestock.data.build.withheld import fill_withheld
from lodestock.errors import DataCheckError


def observed(
    country: str, value: float | None, *, status: str = "reported", note: str = "", high: float | None = None
) -> Observation:
    end = value if high is None else high
    return Observation(
        "barite",
        "mine",
        country,
        2024,
        value,
        value,
        end,
        status,
        str(value),
        "t",
        "barite",
        "usgs-mcs2026",
        note,
    )


def by_country(rows: list[Observation]) -> dict[str, Observation]:
    return {row.country: row for row in rows if row.preferred or row.source_id != "lost"}


def test_one_withheld_country_is_the_total_minus_the_rest():
    # total 1,000 +- 5, others 700: 300 - 5 to 300 + 5
    block = [observed("CHN", 700), observed("USA", None, status="withheld"), observed("WLD", 1000, high=1005)]
    usa = by_country(fill_withheld(block, {}, {}))["USA"]
    assert usa.value is None
    assert (usa.low, usa.high) == (295, 305)


def test_several_withheld_countries_share_the_gap_by_their_shares():
    # gap 400 split 3:1 -> 300 and 100, each from half to one and a half times
    block = [
        observed("CHN", 600),
        observed("USA", None, status="withheld"),
        observed("RUS", None, status="withheld"),
        observed("WLD", 1000),
    ]
    filled = by_country(fill_withheld(block, {"USA": 0.3, "RUS": 0.1}, {}))
    assert (filled["USA"].low, filled["USA"].high) == pytest.approx((150, 400))
    assert (filled["RUS"].low, filled["RUS"].high) == pytest.approx((50, 150))


def test_a_total_that_leaves_the_country_out_says_nothing_about_it():
    excluded = [
        observed("CHN", 1000),
        observed("USA", None, status="withheld"),
        observed("WLD", 1000, note="Excludes U.S. production."),
    ]
    bounds = {("barite", "mine", "USA"): (200.0, 450.0, "assumption")}
    usa = by_country(fill_withheld(excluded, {}, bounds))["USA"]
    assert (usa.low, usa.high) == (200, 450)
    # without a bound: half to twice its share of world supply, 0.5 and 2 times 0.1 x 1,000
    usa = by_country(fill_withheld(excluded, {"USA": 0.1}, {}))["USA"]
    assert (usa.low, usa.high) == pytest.approx((50, 200))


def test_withheld_never_becomes_zero():
    block = [observed("CHN", 995), observed("USA", None, status="withheld"), observed("WLD", 1000, high=1005)]
    usa = by_country(fill_withheld(block, {}, {}))["USA"]
    assert usa.value is None
    assert usa.high is not None
    assert usa.high > 0


def test_without_share_or_bound_the_rounding_of_the_total_is_the_room():
    # 1,003 of a total between 995 and 1,005: at most 2 are left
    total = replace(observed("WLD", 1000, high=1005), low=995)
    block = [observed("CHN", 1003), observed("USA", None, status="withheld"), total]
    usa = by_country(fill_withheld(block, {}, {}))["USA"]
    assert (usa.value, usa.low, usa.high) == (None, 0.0, 2.0)
    full = [observed("CHN", 1006), *block[1:]]
    with pytest.raises(DataCheckError, match="barite mine USA 2024 is withheld and nothing bounds it"):
        fill_withheld(full, {}, {})


def test_remainder_goes_to_countries_not_listed_and_keeps_its_sum():
    # 100 t split 3:1 over FRA and ITA; caps 1.5 x 0.06 x 1,000 = 90 and 1.5 x 0.02 x 1,000 = 30 do not bind
    block = [observed("CHN", 900), observed("OTH", 100), observed("WLD", 1000)]
    rows = split_remainder(block, {"CHN": 0.9, "FRA": 0.06, "ITA": 0.02}, "test weights")
    parts = {row.country: row for row in rows if row.source_id == "own-work"}
    assert parts["FRA"].value == pytest.approx(75)
    assert parts["ITA"].value == pytest.approx(25)
    assert parts["OTH"].value == pytest.approx(0)
    published = next(row for row in rows if row.country == "OTH" and row.source_id == "usgs-mcs2026")
    assert (published.value, published.preferred) == (100, False)


def test_remainder_beyond_what_shares_support_stays_unplaced():
    # cap of FRA: 1.5 x 0.02 x 1,000 = 30 t, so 70 t stay
    rows = split_remainder(
        [observed("CHN", 900), observed("OTH", 100), observed("WLD", 1000)], {"FRA": 0.02}, "test weights"
    )
    parts = {row.country: row.value for row in rows if row.source_id == "own-work"}
    assert parts == pytest.approx({"FRA": 30, "OTH": 70})


def test_refined_output_is_share_times_total():
    # shares 0.6 and 0.3 add to 0.9: 600 and 300 of 900 t
    rows = share_out(
        "tin", 2024, Total(810, 900, 990, "test"), {"CHN": 0.6, "IDN": 0.3}, "eu-crm2023", "share"
    )
    value = {row.country: row.value for row in rows}
    assert value == pytest.approx({"CHN": 600, "IDN": 300, "WLD": 900})
    assert mine_sum(rows) == pytest.approx(900)


def test_published_output_of_one_country_replaces_its_share():
    known = Observation(
        "lead", "refined", "USA", 2024, 0.0, 0.0, 0.0, "reported", "-", "t", "primary", "usgs-mcs2026"
    )
    rows = share_out(
        "lead",
        2024,
        Total(90, 100, 110, "t"),
        {"CHN": 0.5, "USA": 0.1, "KOR": 0.5},
        "eu-crm2023",
        "b",
        [known],
    )
    value = {row.country: row.value for row in rows}
    assert value == pytest.approx({"USA": 0, "CHN": 50, "KOR": 50, "WLD": 100})


def test_chinese_rare_earths_split_into_the_clay_quota_and_rock():
    assert deposit_split("CHN", 270_000) == {
        "ion-adsorption-clay": 19_150,
        "bastnaesite-bayan-obo": 270_000 - 19_150,
    }
    assert deposit_split("ZZZ", 10) == {"monazite-placer": 10}


def test_neodymium_and_praseodymium_of_one_mine_by_hand():
    # Mountain Pass: 12.0 % Nd2O3 x 0.8574 + 4.3 % Pr6O11 x 0.8277 = 0.13848 t per t of oxide
    total = [
        Observation(
            "rare-earths", "mine", "USA", 2024, 45_500, 45_500, 45_500, "reported", "45,500", "t", "REO", "s"
        )
    ]
    rows = [row for row in single_elements(total) if row.material == "neodymium-praseodymium"]
    usa = next(row for row in rows if row.country == "USA")
    assert usa.value == pytest.approx(45_500 * 0.13848, rel=1e-4)
    assert usa.low == pytest.approx(usa.value / 1.25)
    assert next(row for row in rows if row.country == "WLD").value == pytest.approx(usa.value)


def test_forms_listed_apart_are_added_once():
    first = observed("CHN", 3000)
    second = Observation(
        "barite",
        "mine",
        "CHN",
        2024,
        200.0,
        200.0,
        200.0,
        "reported",
        "200",
        "t",
        "rutile",
        "usgs-mcs2026",
        None,
    )
    (merged,) = merge_forms([first, second, second])
    assert merged.value == pytest.approx(3200)
    (same,) = merge_forms([first, first])
    assert same.value == 3000
