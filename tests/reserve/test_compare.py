"""Measures on one axis: arithmetic by hand, limits, and agreement with the risk room's cuts."""

from __future__ import annotations

import numpy as np
import pytest

from lodestock.errors import ConflictError, LodestockError, ValueOutOfRangeError
from lodestock.policy.book import PARTIES
from lodestock.reserve import assumptions
from lodestock.reserve.compare import rank_measures
from lodestock.reserve.compare_market import COUNTED
from lodestock.reserve.compare_rows import document
from lodestock.reserve.compare_terms import (
    MEASURES,
    annuity,
    available_share,
    central_terms,
    substitute_gap,
    term_ranges,
)
from lodestock.risk.expected_loss import material_loss, surplus_of
from lodestock.world.cache import load_world

MEMBERS = ("DEU", "FRA", "ITA")


@pytest.fixture(scope="module")
def ranking():  # type: ignore[no-untyped-def]
    return rank_measures("gallium", MEMBERS, draws=6, seed=1)


def test_share_of_the_horizon_by_hand() -> None:
    assert available_share(5.0, 20.0, 0.0) == pytest.approx(0.75)
    # r = 100 %: beta 1/2; (1/2 - 1/4) / (1 - 1/4).
    assert available_share(1.0, 2.0, 1.0) == pytest.approx(1.0 / 3.0)
    assert available_share(0.0, 15.0, 0.05) == pytest.approx(1.0)
    assert available_share(20.0, 15.0, 0.05) == 0.0


def test_annuity_by_hand() -> None:
    assert annuity(0.0, 20.0) == pytest.approx(0.05)
    # One year at 10 %: the capital and its interest.
    assert annuity(0.1, 1.0) == pytest.approx(1.1)


def test_every_measure_has_the_same_size_and_its_own_cost(ranking) -> None:  # type: ignore[no-untyped-def]
    world, terms = load_world("gallium", 2024), central_terms("gallium")
    size = 0.01 * sum(world.use.quantity[world.index(c)] for c in MEMBERS)
    found = {item.measure: item for item in ranking.measures}
    assert set(found) == set(MEASURES)
    value = size * world.reference_price["refined"]
    capex = world.assumptions["capex_per_t[refined]"].value
    assert all(item.size_t == pytest.approx(size) for item in found.values())
    assert found["reserve"].running_usd == pytest.approx(value * terms["reserve_carrying_cost"])
    assert found["mandate"].running_usd == pytest.approx(value * terms["private_carrying_cost"])
    assert found["recycling"].running_usd == pytest.approx(value * terms["recycling_premium"])
    assert found["substitution"].running_usd == pytest.approx(value * substitute_gap(world)[0])
    paid = annuity(terms["new_plant_return"], terms["new_plant_life"])
    assert found["capacity"].fixed_usd == pytest.approx(size * capex * paid)


def test_ratio_is_loss_avoided_over_cost_in_the_years_that_count(ranking) -> None:  # type: ignore[no-untyped-def]
    for item in ranking.measures:
        assert item.cost_usd == pytest.approx(item.fixed_usd + item.available_share * item.running_usd)
        assert item.per_usd == pytest.approx(item.available_share * item.avoided_usd / item.cost_usd)


def test_reserve_avoids_what_the_same_release_avoids_in_the_risk_room(ranking) -> None:  # type: ignore[no-untyped-def]
    found = {item.measure: item for item in ranking.measures}
    size, parties = found["reserve"].size_t, COUNTED["users"]
    before = material_loss("gallium", MEMBERS, parties=parties).expected_loss_usd
    after = material_loss("gallium", MEMBERS, reserve_t=size, parties=parties).expected_loss_usd
    assert found["reserve"].avoided_usd == pytest.approx(before - after, rel=1e-6)
    assert ranking.expected_loss_usd == pytest.approx(before, rel=1e-9)


def test_a_mandate_frees_less_than_a_reserve_of_the_same_size(ranking) -> None:  # type: ignore[no-untyped-def]
    found = {item.measure: item for item in ranking.measures}
    assert 0 < found["mandate"].avoided_usd < found["reserve"].avoided_usd


def test_measures_are_sorted_and_bands_hold_every_share(ranking) -> None:  # type: ignore[no-untyped-def]
    values = [item.per_usd for item in ranking.measures]
    assert values == sorted(values, reverse=True)
    assert sum(item.best_share for item in ranking.measures) == pytest.approx(1.0)
    assert all(item.low <= item.high for item in ranking.measures)


def test_what_is_avoided_is_never_more_than_the_loss(ranking) -> None:  # type: ignore[no-untyped-def]
    cut = assumptions.value("cut_years")
    for item in ranking.measures:
        assert 0 <= item.avoided_usd <= ranking.expected_loss_usd * cut


def test_margin_falls_with_size() -> None:
    # Concave: twenty times the size avoids less than twenty times as much.
    small = rank_measures("gallium", MEMBERS, draws=0, size=0.01)
    large = rank_measures("gallium", MEMBERS, draws=0, size=0.2)

    def avoided(ranking) -> float:  # type: ignore[no-untyped-def]
        return next(item.avoided_usd for item in ranking.measures if item.measure == "reserve")

    assert avoided(small) < avoided(large) < 20 * avoided(small)


def test_without_draws_there_is_no_band() -> None:
    found = rank_measures("gallium", MEMBERS, draws=0)
    assert all(item.low is None and item.best_share is None for item in found.measures)


def test_same_seed_same_bands(ranking) -> None:  # type: ignore[no-untyped-def]
    again = rank_measures("gallium", MEMBERS, draws=6, seed=1)
    assert [item.low for item in again.measures] == [item.low for item in ranking.measures]


def test_members_without_use_and_sizes_out_of_range_are_named() -> None:
    with pytest.raises(ConflictError, match="use no gallium"):
        rank_measures("gallium", ("NAM",), draws=0)
    with pytest.raises(ValueOutOfRangeError, match="size"):
        rank_measures("gallium", MEMBERS, draws=0, size=0.0)


def test_every_assumption_has_a_range_and_the_document_carries_them(ranking) -> None:  # type: ignore[no-untyped-def]
    for name, item in term_ranges("gallium").items():
        assert item.low <= item.central <= item.high, name
    made = document([ranking])
    assert {row["measure"] for row in made["measures"]} == set(MEASURES)
    assert made["headline"][0]["best"] == ranking.measures[0].measure
    assert {row["name"] for row in made["assumptions"]} == set(term_ranges("gallium"))
    assert all(row["unit"] and row["reason"] and row["source"] for row in made["assumptions"])


def test_users_lose_where_producers_among_the_members_gain() -> None:
    # The United States sell more neodymium than they use: a stop abroad raises what they earn.
    everybody = rank_measures("neodymium-praseodymium", ("USA",), draws=0, counted="members")
    users = rank_measures("neodymium-praseodymium", ("USA",), draws=0)
    assert everybody.expected_loss_usd < 0 < users.expected_loss_usd
    found = {item.measure: item for item in users.measures}
    assert 0 < (found["mandate"].avoided_usd or 0) < (found["reserve"].avoided_usd or 0)
    assert document([users])["headline"][0]["loss_of"] == "users"


def test_surplus_of_some_parties_by_hand() -> None:
    # Two countries; users lose 5 and 7, producers gain 4 and 1: users alone -12, with producers -7.
    change = np.zeros((2, len(PARTIES)))
    change[:, PARTIES.index("users")] = (-5.0, -7.0)
    change[:, PARTIES.index("producers")] = (4.0, 1.0)
    assert surplus_of(change, ("users",)) == pytest.approx(-12.0)
    assert surplus_of(change, ("users", "producers")) == pytest.approx(-7.0)
    assert surplus_of(change, ()) == pytest.approx(-7.0)


def test_whose_loss_is_named_when_unknown() -> None:
    with pytest.raises(LodestockError, match="members, users"):
        rank_measures("gallium", MEMBERS, draws=0, counted="everybody")
