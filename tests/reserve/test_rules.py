"""Rules of practice along the same paths: what they buy, what it costs, whose books balance."""

from pathlib import Path

import numpy as np
import pytest

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.reserve.dynamics import sample_paths, start_position
from lodestock.reserve.prepare import prepare
from lodestock.reserve.problem import Problem
from lodestock.reserve.reader import load_case
from lodestock.reserve.rules.buying import RULES, rule_terms, targets, wish
from lodestock.reserve.rules.compare import compare_rules, walk_path
from lodestock.reserve.rules.money import terms_of
from lodestock.reserve.rules.volatility import volatility

CASE = """
kind: reserve
title: Gallium
question: What should be held?
objective: emergency-cover
members: USA
start: "2026-01-01"
quarters: 8
discount_rate: 3 %
sites:
  depot: {{country: USA, rent: 60 USD/t, delivery: 60 %}}
holdings:
  - {{material: gallium, form: metal, site: depot, loss: 2 %}}
  - {{material: gallium, form: oxide, site: depot, premium: 5 %}}
materials:
  gallium:
    cover: 90 days
    stress: 45 %
    price: 400000 USD/t
    need: 20 t/year
    short: {{ban: 50 %}}
groups:
  controls:
    materials: [gallium]
    regimes:
      calm: {{}}
      ban: {{exporters: CHN, cut: 100 %}}
    start: calm
    transition:
      calm: {{calm: {stay}, ban: {leave}}}
      ban: {{calm: 0.3, ban: 0.7}}
money:
  loan: {{amount: 4 M USD, rate: 6 %, advance_rate: 80 %, price_stress: 30 %, commitment_fee: 0.5 %}}
  private: {{amount: 1 M USD}}
noise: {{outcomes: 4, gap: 20 %, price: {price}}}
"""


def problem(tmp_path: Path, *, leave: float = 0.2, price: str = "15 %") -> Problem:
    path = tmp_path / "case.yaml"
    path.write_text(CASE.format(stay=round(1 - leave, 6), leave=leave, price=price), encoding="utf-8")
    return prepare(load_case(path))


@pytest.fixture(scope="module")
def risky(tmp_path_factory) -> Problem:
    return problem(tmp_path_factory.mktemp("case"))


@pytest.fixture(scope="module")
def compared(risky):
    return compare_rules(risky, RULES, rule_terms(risky), paths=40, seed=3)


def row(compared, rule):
    return next(one for one in compared.rows if one.rule == rule)


def test_every_set_of_books_balances_and_holds_the_tonnes_of_the_path(risky, compared):
    for walked in compared.walked:
        for steps, made in zip(walked.paths, walked.books, strict=True):
            for one, statement in zip(steps, made, strict=True):
                assert statement.balance.difference == 0
                there = one.position.held() + [float(o.sum()) for o in one.position.orders]
                np.testing.assert_allclose(statement.stock_t, there, atol=1e-9)
                np.testing.assert_allclose(statement.bought_t, one.decision.buy_t, atol=1e-12)


def test_the_same_seed_gives_the_same_table_whatever_else_is_compared(risky, compared):
    alone = compare_rules(risky, ["days-of-cover"], rule_terms(risky), paths=40, seed=3)
    assert row(alone, "days-of-cover") == row(compared, "days-of-cover")
    assert row(compare_rules(risky, ["none"], rule_terms(risky), paths=40, seed=4), "none") != row(
        compared, "none"
    )


def test_doing_nothing_leaves_the_whole_shortage(risky, compared):
    short = [
        sum(risky.gap(0, int(z), int(w)) for z, w in zip(states, outcomes, strict=True))
        for states, outcomes in zip(compared.states, compared.outcomes, strict=True)
    ]
    found = row(compared, "none")
    parts = found.shortage_defence_t + found.shortage_essential_t + found.shortage_other_t
    assert parts == pytest.approx(np.mean(short), rel=1e-9)
    assert (found.bought_usd, found.peak_price_effect, found.saved_usd) == (0, 0, 0)
    # the commitment fee on 4 M USD that nobody draws, 0.5 % for two years
    assert found.money_at_risk_usd == pytest.approx(40_000)
    assert found.empty_share == 1.0


def test_cover_at_once_leaves_least_short_and_moves_the_price_most(compared):
    cover = row(compared, "days-of-cover")
    for rule in RULES:
        assert cover.shortage_usd <= row(compared, rule).shortage_usd * (1 + 1e-9)
    assert cover.peak_price_effect > row(compared, "steady-volume").peak_price_effect > 0


def test_saved_is_the_difference_of_objectives(compared):
    nothing = row(compared, "none").objective_usd
    for one in compared.rows:
        assert one.saved_usd == pytest.approx(nothing - one.objective_usd, rel=1e-9, abs=1e-3)
        assert one.objective_cvar95_usd >= one.objective_usd


def test_without_disruption_nobody_is_short(tmp_path):
    calm = problem(tmp_path, leave=0.0)
    found = compare_rules(calm, RULES, rule_terms(calm), paths=3, seed=1)
    assert all(one.shortage_usd == 0.0 for one in found.rows)
    assert row(found, "none").cost_usd > 0  # missing cover is priced


def test_steady_rules_buy_what_they_say(tmp_path):
    calm = problem(tmp_path, leave=0.0)
    terms = rule_terms(calm)
    states, outcomes = sample_paths(calm, 1, 5)
    z, w = int(states[0, 0]), int(outcomes[0, 0])
    start = start_position(calm)
    rate = terms.target / 8  # shorter than the twelve quarters of the assumption
    multiple = calm.price(0, z, w) / calm.materials[0].price
    assert multiple != pytest.approx(1.0, abs=1e-3)
    np.testing.assert_allclose(wish("steady-volume", terms, calm, z, w, start).buy_t, rate)
    money = wish("steady-money", terms, calm, z, w, start).buy_t
    np.testing.assert_allclose(money * calm.price(0, z, w), rate * calm.materials[0].price)
    against = wish("counter-cyclical", terms, calm, z, w, start).buy_t
    np.testing.assert_allclose(against, rate * (1 + 3 * (1 - multiple)))
    trigger = wish("price-trigger", terms, calm, z, w, start).buy_t
    np.testing.assert_allclose(trigger, 2 * rate if multiple <= 0.95 else 0 * rate)
    np.testing.assert_allclose(wish("days-of-cover", terms, calm, z, w, start).buy_t, terms.target)


def test_nobody_buys_beyond_the_target(risky, compared):
    for walked in compared.walked:
        for steps in walked.paths:
            for one in steps:
                held = one.position.held() + [float(o.sum()) for o in one.position.orders]
                assert np.all(held <= compared.terms.target * (1 + 1e-9))


def test_targets_fill_the_cheapest_holding_first(risky):
    # 90 days of 20 t a year in usable metal; the form with a premium stays empty
    found = targets(risky)
    assert found[0] == pytest.approx(90 / 365.25 * 20)
    assert found[1] == 0.0
    assert targets(risky, 30.0)[0] == pytest.approx(30 / 365.25 * 20)


def test_money_at_risk_grows_with_what_is_held(risky):
    small, large = (
        compare_rules(risky, ["days-of-cover"], rule_terms(risky, days=days), paths=40, seed=3)
        for days in (20.0, 80.0)
    )
    assert row(small, "days-of-cover").money_at_risk_usd < row(large, "days-of-cover").money_at_risk_usd


def test_the_contract_of_a_case_says_what_the_case_says(risky):
    terms = terms_of(risky, targets(risky))
    assert (terms.loan.facility_usd, terms.loan.rate, terms.base.advance) == (4e6, 0.06, 0.8)
    assert terms.base.stress == (0.45, 0.45)
    assert terms.equity.paid_in_usd == 1e6


def test_a_plan_is_followed_along_the_same_paths(risky):
    terms = rule_terms(risky)

    def choose(_t, z, w, position):
        return wish("days-of-cover", terms, risky, z, w, position)

    def follow(states, outcomes):
        return [
            walk_path(risky, choose, z, w) for z, w in zip(states.tolist(), outcomes.tolist(), strict=True)
        ]

    found = compare_rules(risky, ["optimal", "days-of-cover"], terms, paths=5, seed=1, optimal=follow)
    assert row(found, "optimal").objective_usd == row(found, "days-of-cover").objective_usd


def test_volatility_comes_from_the_snapshot():
    # gallium 2017-2025, thousand USD: 124 185 153 163 277 432 365 439 580
    price = np.array([124, 185, 153, 163, 277, 432, 365, 439, 580.0])
    assert volatility("gallium", "refined") == pytest.approx(np.diff(np.log(price)).std(ddof=1), rel=0.02)
    assert volatility("no such material", "mine") > 0


def test_bad_input_is_named(risky):
    terms = rule_terms(risky)
    with pytest.raises(UnknownNameError, match="steady-money"):
        compare_rules(risky, ["steady-mony"], terms, paths=3, seed=1)
    with pytest.raises(ValueOutOfRangeError, match="paths"):
        compare_rules(risky, ["none"], terms, paths=1, seed=1)
    with pytest.raises(ValueOutOfRangeError, match="optimal"):
        compare_rules(risky, ["optimal"], terms, paths=3, seed=1)
    with pytest.raises(ValueOutOfRangeError, match="target"):
        rule_terms(risky, target=np.array([-1.0, 0.0]))
