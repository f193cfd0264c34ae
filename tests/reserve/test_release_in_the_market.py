"""Release through the market engine and along paths: prices fall, triggers differ, bands stand empty."""

from itertools import pairwise

import numpy as np
import pytest
from tests.reserve.test_rules import problem

from lodestock.errors import UnknownNameError
from lodestock.reserve.case import Disruption
from lodestock.reserve.dynamics import sample_paths
from lodestock.reserve.release.compare import beliefs, compare_triggers
from lodestock.reserve.release.market_path import price_path, reached, release_curve, schedules
from lodestock.reserve.release.schedule import Shock, release_alone, release_together
from lodestock.reserve.release.triggers import Trigger
from lodestock.reserve.release.ways import bids_of, ways_to_release
from lodestock.reserve.responses import shortage_by_ally
from lodestock.reserve.rules.buying import rule_terms
from lodestock.world.cache import load_world

BAN = Disruption(exporters=("CHN",), importers=("USA", "JPN", "DEU"), cut=1.0)


@pytest.fixture(scope="module")
def curve():
    return release_curve(load_world("gallium"), "refined", ("USA",), BAN, load_world)


@pytest.fixture(scope="module")
def risky(tmp_path_factory):
    return problem(tmp_path_factory.mktemp("case"))


def test_more_release_means_a_lower_price_and_less_shortage(curve):
    prices, short = [one.price for one in curve], [one.short_t for one in curve]
    assert prices == sorted(prices, reverse=True)
    assert short == sorted(short, reverse=True)
    assert prices[0] > prices[-1] * 1.001


def test_part_of_an_open_sale_goes_elsewhere(curve):
    assert 0.0 < reached(curve) <= 1.0


def test_a_schedule_meets_the_prices_that_were_solved(curve):
    path = price_path("any", curve, np.array([one.released_t for one in curve]))
    np.testing.assert_allclose(path.price, [one.price for one in curve], rtol=1e-12)
    assert price_path("none", curve, np.zeros(3)).price == pytest.approx([curve[0].price] * 3)


def test_schedules_hold_the_same_tonnes():
    # 10 t held, 4 a quarter may leave, 3 are useful: 3 3 3 1 0 against 2 a quarter
    found = schedules(10.0, 4.0, 3.0, 5)
    assert found["at-once"].tolist() == [3, 3, 3, 1, 0]
    assert found["evenly"].tolist() == [2] * 5
    assert found["none"].sum() == 0
    # more than can ever be used stays in store
    assert schedules(100.0, 4.0, 3.0, 5)["evenly"].tolist() == [3] * 5


def test_even_releases_lower_the_highest_price(curve):
    gap = curve[0].short_t
    plans = schedules(2 * gap, gap, gap, 4)
    peak = {name: price_path(name, curve, plan).price.max() for name, plan in plans.items()}
    assert peak["evenly"] < peak["at-once"] == peak["none"]


def test_shortages_of_allies_add_up_to_that_of_all():
    world = load_world("gallium")
    apart = shortage_by_ally(world, "refined", [("USA",), ("JPN",)], {"ban": BAN}, load_world)["ban"]
    both = shortage_by_ally(world, "refined", [("USA", "JPN")], {"ban": BAN}, load_world)["ban"]
    assert apart.sum() == pytest.approx(both.sum(), rel=1e-9)
    calm = shortage_by_ally(world, "refined", [("USA",)], {"calm": Disruption()}, load_world)["calm"]
    assert calm.tolist() == [0.0]


def test_a_trigger_that_always_fires_is_the_rule_itself_and_one_that_never_does_keeps_all(risky):
    terms = rule_terms(risky)
    first, never, belief = compare_triggers(
        risky,
        [Trigger("shortage", 0.0), Trigger("shortage", 9.0), Trigger("belief", 0.5)],
        "days-of-cover",
        terms,
        paths=20,
        seed=2,
    )
    assert never.released_t == 0.0
    assert never.shortage_usd > first.shortage_usd
    # seen regimes: the belief is certain in every shortage
    assert belief.released_t == pytest.approx(first.released_t)
    assert first.sold_in_calm_t == 0.0


def test_a_price_trigger_sells_in_calm_and_stands_empty_more_often(risky):
    terms = rule_terms(risky)
    physical, band = compare_triggers(
        risky, [Trigger("shortage", 0.0), Trigger("price", 1.0)], "steady-volume", terms, paths=60, seed=2
    )
    assert band.sold_in_calm_t > 0
    assert band.empty_share >= physical.empty_share
    assert band.shortage_usd > physical.shortage_usd


def test_the_belief_of_seen_regimes_is_what_is_seen(risky):
    states, outcomes = sample_paths(risky, 3, 1)
    for z, w in zip(states, outcomes, strict=True):
        np.testing.assert_array_equal(beliefs(risky, w.tolist(), z.tolist()), (z == 1).astype(float))


def test_an_unknown_trigger_is_named(risky):
    with pytest.raises(UnknownNameError, match="belief"):
        compare_triggers(risky, [Trigger("beleif", 0.5)], "none", rule_terms(risky), paths=2, seed=1)


def test_four_ways_to_let_go_of_the_same_tonnes(curve):
    offered = curve[2].released_t  # two of the five bids
    rows = {
        row.way: row
        for row in ways_to_release("gallium", "ban", curve, offered, base_price=439e3, loan_premium=0.5)
    }
    one, own = rows["auction-uniform"], rows["auction-own-bid"]
    assert one.sold_t == pytest.approx(offered)
    assert one.price == pytest.approx((curve[1].price + curve[2].price) / 2)
    assert one.revenue_usd == pytest.approx(offered * one.price)
    # own bids bring the area under the curve, which lies above the rectangle
    area = sum(
        (high.released_t - low.released_t) * (low.price + high.price) / 2 for low, high in pairwise(curve[:3])
    )
    assert own.revenue_usd == pytest.approx(area)
    assert own.revenue_usd > one.revenue_usd
    assert one.reached_t == pytest.approx(reached(curve) * offered)
    assert rows["loan"].back_t == pytest.approx(1.5 * offered)
    assert rows["member-call"].reached_t == offered
    assert rows["member-call"].revenue_usd < one.revenue_usd


def test_allies_who_release_together_get_more_out_of_the_market_s_own_prices(curve):
    # the solved demand curve as blocks, three quarters of ban, two allies with one useful quarter each
    bids = bids_of(curve)
    width = np.tile([bid.t for bid in bids], (3, 1))
    value = np.tile([bid.price for bid in bids], (3, 1))
    most = float(width[0].sum())
    shock = Shock(
        names=("one", "other"),
        stock=np.full(2, most),
        delivery=np.full(2, most),
        share=np.full(2, 0.5),
        width=width,
        value=value,
        discount=0.99,
    )
    alone = release_alone(shock)
    together = release_together(shock, alone.t.sum(axis=1))
    assert together.worth >= alone.worth * (1 - 1e-9)
    # alone both spread over the best blocks of the first quarters and meet there; together they take turns
    assert together.worth > alone.worth * 1.001
    assert together.t.sum() == pytest.approx(alone.t.sum())
