"""Mitigation: cheapest mix and best mix under a budget, by hand and in limits."""

from __future__ import annotations

import pytest

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.reserve.requirements.assess import size
from lodestock.reserve.requirements.mitigation import UNLIMITED, Need, Option, best_mix, mitigate

NEEDS = (Need("a", 10.0, 5.0), Need("b", 4.0, 30.0))
OFFERED = (
    Option("a", "buy", UNLIMITED, 10.0),
    Option("a", "recycling", 3.0, 2.0),
    Option("b", "buy", UNLIMITED, 100.0),
    Option("b", "substitution", 1.0, 20.0),
)


def amounts(mix) -> dict[tuple[str, str], float]:  # type: ignore[no-untyped-def]
    return {(item.option.form, item.option.name): item.tonnes for item in mix.chosen}


def test_cheapest_mix_fills_cheap_options_first() -> None:
    # a: 3 t recycled at 2, 7 bought at 10; b: 1 substituted at 20, 3 bought at 100.
    mix = best_mix(NEEDS, OFFERED)
    assert amounts(mix) == pytest.approx(
        {("a", "recycling"): 3.0, ("a", "buy"): 7.0, ("b", "substitution"): 1.0, ("b", "buy"): 3.0}
    )
    assert mix.usd == pytest.approx(6.0 + 70.0 + 20.0 + 300.0)
    assert mix.risk_covered == pytest.approx(1.0)


def test_half_cover_needs_half_of_each_form() -> None:
    mix = best_mix(NEEDS, OFFERED, cover=0.5)
    assert mix.usd == pytest.approx(3 * 2.0 + 2 * 10.0 + 20.0 + 100.0)


def test_a_budget_buys_the_most_risk_per_dollar() -> None:
    # Weight per USD: a recycled 2.5, b substituted 1.5, a bought 0.5, b bought 0.3. 46 USD: 6 + 20 + 20.
    mix = best_mix(NEEDS, OFFERED, budget_usd=46.0)
    assert amounts(mix) == pytest.approx(
        {("a", "recycling"): 3.0, ("b", "substitution"): 1.0, ("a", "buy"): 2.0}
    )
    assert mix.usd == pytest.approx(46.0)
    assert mix.usd_per_risk == pytest.approx(0.5)
    assert mix.risk_covered == pytest.approx((5 * 5.0 + 30.0) / (50.0 + 120.0))


def test_more_budget_never_covers_less_and_is_worth_less_at_the_margin() -> None:
    mixes = [best_mix(NEEDS, OFFERED, budget_usd=b) for b in (0.0, 5.0, 30.0, 90.0, 1000.0)]
    covered = [mix.risk_covered for mix in mixes]
    worth = [mix.usd_per_risk for mix in mixes]
    assert covered == sorted(covered)
    assert worth == sorted(worth, reverse=True)
    assert covered[0] == 0.0
    assert covered[-1] == pytest.approx(1.0)


def test_what_cannot_be_covered_or_asked_is_named() -> None:
    with pytest.raises(ConflictError, match="options of a"):
        best_mix(NEEDS, OFFERED[1:])
    with pytest.raises(ValueOutOfRangeError, match="cover"):
        best_mix(NEEDS, OFFERED, cover=1.2)
    with pytest.raises(ValueOutOfRangeError, match="budget"):
        best_mix(NEEDS, OFFERED, budget_usd=-1.0)


def test_without_shortfall_nothing_is_chosen() -> None:
    assert best_mix((), ()).chosen == ()


def test_a_plan_is_covered_at_no_more_than_buying_everything() -> None:
    plan = size(("USA",), 2024, wanted=("gallium", "antimony", "silicon-carbide", "copper"), draws=100)
    mix = mitigate(plan)
    bought = sum(item.expected_usd for item in plan.sized)
    assert 0 < mix.usd <= bought * (1 + 1e-9)
    for need in mix.needs:
        closed = sum(item.tonnes for item in mix.chosen if item.option.form == need.form)
        assert closed == pytest.approx(need.tonnes, rel=1e-6)
    tight = mitigate(plan, budget_usd=mix.usd / 4)
    assert tight.usd <= mix.usd / 4 * (1 + 1e-9)
    assert 0 < tight.risk_covered < 1


def test_a_form_that_repeats_another_is_not_bought_twice() -> None:
    both = size(("USA",), 2024, wanted=("fluorspar", "fluorspar-acid"), draws=50)
    assert [item.form.form for item in both.counted] == ["fluorspar-acid"]
    assert {need.form for need in mitigate(both).needs} <= {"fluorspar-acid"}
    alone = size(("USA",), 2024, wanted=("fluorspar",), draws=50)
    assert [item.form.form for item in alone.counted] == ["fluorspar"]
