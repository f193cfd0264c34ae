"""Sizing: the equations on a small market, limits, switches, and distributions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.reserve.requirements.chance import chance, scenarios
from lodestock.reserve.requirements.demand import demand
from lodestock.reserve.requirements.drivers import drivers
from lodestock.reserve.requirements.factors import (
    Factors,
    Switches,
    central_factors,
    ranges,
    switches,
    with_factors,
)
from lodestock.reserve.requirements.forms import Interval
from lodestock.reserve.requirements.market import FormMarket
from lodestock.reserve.requirements.sizing import requirement
from lodestock.reserve.requirements.supply import supply

YEAR = 2020
PRICE = Interval(10.0, 10.0, 10.0)


def small(**changes: object) -> FormMarket:
    """Use of 100 t: 20 made at home, 30 from Canada, 50 from China; sector electronics."""
    market = FormMarket(
        form="test",
        material="test",
        stage="refined",
        base_year=2021,
        use=100.0,
        use_abroad=np.array([10.0, 200.0]),
        home_output=20.0,
        home_capacity=20.0,
        scrap=0.0,
        home_in_theatre=0.0,
        overland=("CAN", "MEX"),
        countries=("CAN", "CHN"),
        output=np.array([60.0, 250.0]),
        capacity=np.array([60.0, 250.0]),
        imports=np.array([30.0, 50.0]),
        feed_home=np.inf,
        feed_imports=np.zeros(2),
        feed_home_room=1.0,
        feed_room=np.ones(2),
        sector_share={"C26": 1.0},
        price=PRICE,
        scale_error=0.0,
        notes=(),
    )
    return replace(market, **changes)  # type: ignore[arg-type]


def plain(**changes: float) -> Factors:
    """No growth, cuts or losses; every supplier wholly reliable except the adversary."""
    base = replace(
        central_factors(),
        **{
            **dict.fromkeys(("growth", "conflict_surge", "investment_share", "austerity_first"), 0.0),
            **dict.fromkeys(("austerity_later", "substitution_last", "shipping_first"), 0.0),
            **dict.fromkeys(("shipping_later", "reliability_adversary"), 0.0),
            **dict.fromkeys(("reliability_low", "reliability_high", "essential_scale"), 1.0),
        },
    )
    return replace(base, **changes)


def test_demand_of_one_sector_by_hand() -> None:
    # Electronics: defence 0.10, essential 0.65 of the rest;
    # 100 * 0.10 = 10 and 100 * 0.90 * 0.65 = 58.5 a year.
    D = demand(small(), plain(), Switches())
    assert D[0] == pytest.approx([10.0] * 4)
    assert D[1] == pytest.approx([0.0] * 4)
    assert D[2] == pytest.approx([58.5] * 4)


def test_surge_investment_austerity_and_substitution_by_hand() -> None:
    factors = plain(
        conflict_surge=2.0,
        investment_share=0.05,
        austerity_first=0.1,
        austerity_later=0.2,
        substitution_last=0.3,
    )
    D = demand(small(), factors, Switches())
    # Surge: two years of defence demand over four years, 10 + 5; thrift 0, 10, 20, 30 %.
    assert D[0] == pytest.approx([15.0, 15.0 * 0.9, 15.0 * 0.8, 15.0 * 0.7])
    assert D[1] == pytest.approx([5.0, 4.5, 4.0, 0.0])
    assert D[2] == pytest.approx([58.5 * 0.9, 58.5 * 0.8 * 0.9, 58.5 * 0.8 * 0.8, 58.5 * 0.8 * 0.7])
    off = Switches(austerity=False, substitution=False, investment=False)
    assert demand(small(), factors, off)[1:, 0] == pytest.approx([0.0, 58.5])


def test_share_rules_by_hand() -> None:
    # Home 20. Peacetime: Canada's 30; China none. Non-adversary: 60 * 100 / (100 + 10). All: 60.
    relied = supply(small(), plain(), Switches(), year=YEAR).every_tier
    assert relied == pytest.approx([50.0] * 4)
    relied = supply(small(), plain(), Switches(share="non_adversary"), year=YEAR).every_tier
    assert relied == pytest.approx([20.0 + 60.0 * 100.0 / 110.0] * 4)
    relied = supply(small(), plain(), Switches(share="all"), year=YEAR).every_tier
    assert relied == pytest.approx([80.0] * 4)


def test_adversary_rule_off_lets_its_supply_through() -> None:
    relied = supply(small(), plain(), Switches(adversary=False), year=YEAR).every_tier
    assert relied == pytest.approx([100.0] * 4)


def test_extra_buying_raises_the_share_to_at_most_everything() -> None:
    relied = supply(small(), plain(extra_buying=1.5), Switches(), year=YEAR).every_tier
    assert relied == pytest.approx([65.0] * 4)
    relied = supply(small(), plain(extra_buying=3.0), Switches(), year=YEAR).every_tier
    assert relied == pytest.approx([80.0] * 4)


def test_idle_capacity_ramps_up_after_its_delay() -> None:
    factors = plain(ramp_first=0.5, ramp_second=0.8, start_delay=6.0)
    market = small(home_capacity=40.0, imports=np.zeros(2))
    relied = supply(market, factors, Switches(), year=YEAR).every_tier
    # First year: half of 0.5 of the idle 20; then 0.8; then all.
    assert relied == pytest.approx([25.0, 36.0, 40.0, 40.0])
    assert supply(market, factors, Switches(ramp=False), year=YEAR).every_tier == pytest.approx([20.0] * 4)


def test_plants_at_home_are_held_back_by_their_ore() -> None:
    market = small(feed_home=5.0, feed_imports=np.array([4.0, 11.0]), imports=np.zeros(2))
    # 5 at home and 4 from Canada; China's 11 do not come.
    assert supply(market, plain(), Switches(), year=YEAR).every_tier == pytest.approx([9.0] * 4)
    assert supply(market, plain(), Switches(feed=False), year=YEAR).every_tier == pytest.approx([20.0] * 4)


def test_war_in_the_theatre_and_losses_at_sea() -> None:
    market = small(countries=("CAN", "KOR"), home_output=0.0, home_capacity=0.0)
    factors = plain(war_first=0.5, war_later=0.2, shipping_first=0.1, shipping_later=0.0)
    relied = supply(market, factors, Switches(), year=YEAR).every_tier
    # Canada comes by land; Korea loses half to war and a tenth of the rest at sea in the first year.
    assert relied[:2] == pytest.approx([30.0 + 50.0 * 0.5 * 0.9, 30.0 + 50.0 * 0.8])
    quiet = supply(market, factors, Switches(war=False, shipping=False), year=YEAR).every_tier
    assert quiet == pytest.approx([80.0] * 4)


def test_war_at_home_takes_its_share_of_home_output() -> None:
    market = small(imports=np.zeros(2), home_in_theatre=0.5)
    factors = plain(war_first=0.4, war_later=0.2)
    relied = supply(market, factors, Switches(), year=YEAR).every_tier
    assert relied == pytest.approx([20.0 * 0.8, 20.0 * 0.9, 20.0 * 0.9, 20.0 * 0.9])
    assert supply(market, factors, Switches(war=False), year=YEAR).every_tier == pytest.approx([20.0] * 4)


def test_low_reliability_serves_the_last_tier_only() -> None:
    found = supply(
        small(countries=("CAN", "BRA")),
        plain(reliability_low=0.3, reliability_high=0.3),
        Switches(),
        year=YEAR,
    )
    assert found.every_tier == pytest.approx([20.0] * 4)
    assert found.last_tier == pytest.approx([0.3 * 80.0] * 4)
    free = supply(
        small(countries=("CAN", "BRA")),
        plain(reliability_low=0.3, reliability_high=0.3),
        Switches(eligibility=False),
        year=YEAR,
    )
    assert free.last_tier == pytest.approx([0.0] * 4)


def test_requirement_is_demand_less_reliable_supply() -> None:
    # 68.5 a year against 50: 18.5 short each year, all in the last tier; 10 USD a tonne.
    found = requirement(small(), plain(), Switches(), year=YEAR)
    assert found.by_tier == pytest.approx([0.0, 0.0, 4 * 18.5])
    assert found.usd == pytest.approx(4 * 185.0)


def test_inventory_is_taken_off_and_never_below_zero() -> None:
    found = requirement(small(), plain(), Switches(), year=YEAR, inventory=50.0)
    assert found.net == pytest.approx(4 * 18.5 - 50.0)
    assert requirement(small(), plain(), Switches(), year=YEAR, inventory=500.0).net == 0.0
    gross = requirement(small(), plain(), Switches(inventory=False), year=YEAR, inventory=500.0)
    assert gross.net == pytest.approx(4 * 18.5)
    with pytest.raises(ValueOutOfRangeError, match="inventory"):
        requirement(small(), plain(), Switches(), year=YEAR, inventory=-1.0)


def test_without_use_nothing_is_needed_and_without_supply_everything_is() -> None:
    assert requirement(small(use=0.0), plain(), Switches(), year=YEAR).gross == 0.0
    empty = small(home_output=0.0, home_capacity=0.0, imports=np.zeros(2))
    found = requirement(empty, plain(), Switches(), year=YEAR)
    assert found.gross == pytest.approx(float(found.demand.sum()))


def test_chances_agree_with_the_central_case_when_nothing_varies() -> None:
    factors = plain(reliability_spread=0.0, use_error=0.0, model_error=0.0)
    drawn = scenarios(factors, 8, 1)
    fixed = replace(drawn, factors=factors)
    found = chance(small(), fixed, Switches(), year=YEAR)
    assert found.expected == pytest.approx(4 * 18.5)
    assert (found.p10, found.p90) == pytest.approx((found.expected, found.expected))
    assert found.by_tier == (0.0, 0.0, 1.0)


def test_curve_falls_convexly_from_the_expected_shortfall_to_zero() -> None:
    found = chance(small(), scenarios(central_factors(), 200, 2), Switches(), year=YEAR)
    assert found.unmet[0] == pytest.approx(found.expected)
    assert found.unmet[-1] == pytest.approx(0.0, abs=1e-9)
    slope = np.diff(found.unmet) / np.diff(found.stock)
    assert (slope >= -1.0 - 1e-9).all()
    assert (np.diff(slope) >= -1e-9).all()


def test_defence_is_short_no_more_often_than_the_last_tier() -> None:
    market = small(home_output=0.0, home_capacity=0.0, imports=np.array([8.0, 92.0]))
    found = chance(market, scenarios(central_factors(), 300, 3), Switches(), year=YEAR)
    assert found.by_tier[0] <= found.by_tier[2]
    assert found.probability >= found.by_tier[2]


def test_drivers_name_what_moves_the_shortfall() -> None:
    drawn = scenarios(central_factors(), 600, 6)
    market = small()
    found = chance(market, drawn, Switches(), year=YEAR)
    named = {item.name: item.correlation for item in drivers(market, drawn, found.net)}
    # More use means more shortfall, a more reliable Canada less; China's reliability counts for nothing.
    assert named["use"] > 0.3
    assert named["reliability of CAN"] < -0.3
    assert "reliability of CHN" not in named
    assert drivers(market, drawn, np.zeros(600)) == ()


def test_idle_mines_feed_home_plants() -> None:
    # 20 t of plant fed by 4 t of own ore and 10 t from Canada, mines there half as large again:
    # 4 + 10 = 14, then 4 + 10 * (1 + 0.5 * 0.75) = 17.75, then 4 + 15 = 19.
    market = small(feed_home=4.0, feed_imports=np.array([10.0, 0.0]), feed_room=np.array([1.5, 1.0]))
    factors = plain(ramp_first=0.0, ramp_second=0.75)
    assert supply(market, factors, Switches(), year=YEAR).home == pytest.approx([14.0, 17.75, 19.0, 19.0])
    still = supply(market, factors, Switches(ramp=False), year=YEAR)
    assert still.home == pytest.approx([14.0] * 4)


def test_balance_moves_imports_with_use() -> None:
    # Use 150 in place of 100: 50 t more imported than the 80 of the base year, 130/80 from each supplier.
    market = small()
    usual = supply(market, plain(), Switches(), year=YEAR)
    more = supply(market, plain(), Switches(), year=YEAR, use=150.0)
    assert usual.every_tier - usual.home == pytest.approx([30.0] * 4)
    assert more.every_tier - more.home == pytest.approx([30.0 * 130.0 / 80.0] * 4)
    less = supply(market, plain(), Switches(), year=YEAR, use=10.0)
    assert less.every_tier == pytest.approx(less.home)
    off = supply(market, plain(), Switches(balance=False), year=YEAR, use=150.0)
    assert off.every_tier == pytest.approx(usual.every_tier)


def test_a_buyer_of_reliable_imports_is_not_short_because_use_was_misread() -> None:
    # Everything from a wholly reliable neighbour: what is used more was bought more, in every draw.
    market = small(home_output=0.0, home_capacity=0.0, imports=np.array([100.0, 0.0]))
    market = replace(market, output=np.array([100.0, 250.0]), capacity=np.array([100.0, 250.0]))
    rules = Switches(investment=False)
    sure = plain(reliability_spread=0.0, use_error=0.5)
    drawn = scenarios(replace(sure, growth=0.0, conflict_surge=0.5), 300, 7)
    assert chance(market, drawn, rules, year=YEAR).probability == 0.0
    assert chance(market, drawn, replace(rules, balance=False), year=YEAR).probability > 0.05


def test_unreliable_suppliers_never_serve_defence() -> None:
    # Russia at a reliability of one serves the last tier only; with the switch off it serves all.
    market = small(countries=("RUS", "CHN"))
    found = supply(market, plain(), Switches(), year=YEAR)
    assert found.last_tier == pytest.approx([30.0] * 4)
    off = supply(market, plain(), Switches(eligibility=False), year=YEAR)
    assert off.last_tier == pytest.approx([0.0] * 4)


def test_suppliers_of_one_bloc_move_together() -> None:
    drawn = scenarios(central_factors(), 4000, 4)

    def correlation(one: str, other: str) -> float:
        pair = drawn.shift[:, [drawn.countries[one], drawn.countries[other]]]
        return float(np.corrcoef(pair.T)[0, 1])

    # Same region: the correlation of the factors; another one: none.
    assert correlation("FRA", "DEU") == pytest.approx(0.6, abs=0.05)
    assert correlation("FRA", "BRA") == pytest.approx(0.0, abs=0.05)


def test_drawn_factors_stay_in_their_ranges() -> None:
    drawn = scenarios(central_factors(), 500, 5)
    for name in ("growth", "war_first", "shipping_first", "austerity_first"):
        values = np.asarray(getattr(drawn.factors, name))
        assert values.min() >= ranges()[name].low
        assert values.max() <= ranges()[name].high
        assert values.std() > 0


def test_extra_buying_is_chosen_and_not_drawn() -> None:
    # A lever of the planner: the base case buys nothing extra in any draw.
    assert scenarios(central_factors(), 50, 5).factors.extra_buying == 1.0
    assert scenarios(with_factors({"extra_buying": 1.5}), 50, 5).factors.extra_buying == 1.5


def test_extra_buying_lowers_the_requirement() -> None:
    usual = requirement(small(), plain(), Switches(), year=YEAR).gross
    bought = requirement(small(), plain(extra_buying=1.5), Switches(), year=YEAR).gross
    assert 0 <= bought < usual


def test_factors_from_words_name_what_is_wrong() -> None:
    assert with_factors({"extra_buying": 2.0}).extra_buying == 2.0
    with pytest.raises(UnknownNameError, match="extra_buying"):
        with_factors({"extra_bying": 2.0})
    with pytest.raises(ValueOutOfRangeError, match="1 to 3"):
        with_factors({"extra_buying": 9.0})


def test_switches_from_words_name_what_is_wrong() -> None:
    assert switches({"share": "all", "carry": "on"}) == Switches(share="all", carry=True)
    with pytest.raises(UnknownNameError, match="peacetime"):
        switches({"share": "peace_time"})
    with pytest.raises(UnknownNameError, match="carry"):
        switches({"cary": "on"})
    with pytest.raises(ValueOutOfRangeError, match="on or off"):
        switches({"carry": "maybe"})
