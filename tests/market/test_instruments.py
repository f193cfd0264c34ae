"""Instruments made of nodes, columns and charges, each alone; the algebra stands beside each test."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lodestock.errors import LodestockError, ValueOutOfRangeError
from lodestock.market import (
    assemble,
    columns,
    concatenate_activities,
    concatenate_curves,
    joint_process,
    levy,
    linear_supply,
    linear_use,
    maximum_share,
    minimum_import_price,
    minimum_level,
    minimum_share,
    process,
    set_apart,
    shared_quota,
    solve,
    source,
    tariff_rate_quota,
    trade,
    welfare,
    with_minimum_level,
)

EXACT = {"rel": 1e-9, "abs": 1e-9}
PAIR = ("exporter", "importer")


def pair_of(arcs, levies=None):
    """Exporter: supply p - 1. Importer: use 10 - p."""
    curves = concatenate_curves([linear_supply(["supply"], 0, 1.0, 1.0), linear_use(["use"], 1, 10.0, 1.0)])
    return assemble(PAIR, arcs, curves, levies)


# ---- mandates ----


def home_market():
    """Imports at 2, then domestic supply p - 4 and use 10 - p, each by a column: import, domestic, use."""
    curves = concatenate_curves([linear_supply(["mine"], 0, 4.0, 1.0), linear_use(["users"], 0, 10.0, 1.0)])
    market = assemble(("home",), source(["import"], 0, 2.0, 0.0), curves)
    return set_apart(market, [0, 1], ["mine gate", "works gate"], ["domestic", "use"])


def test_curves_set_apart_change_nothing():
    # the idle mine shows the price at which it would start
    apart = solve(home_market())
    assert apart.price == pytest.approx([2.0, 4.0, 2.0], **EXACT)
    assert apart.level == pytest.approx([8.0, 0.0, 8.0], **EXACT)


def test_minimum_domestic_content():
    # imports set p = 2; producers get 2 + r, users pay 2 + r/4; (2 + r) - 4 = (8 - r/4)/4: r = 64/17
    market = minimum_share(home_market(), "content", counted={1: 1.0}, base={2: 1.0}, share=0.25)
    solution = solve(market)
    r = 64 / 17
    assert solution.price == pytest.approx([2.0, 2.0 + r, 2.0 + r / 4, r], **EXACT)
    used = 8 - r / 4
    assert solution.level == pytest.approx([0.75 * used, 0.25 * used, used], **EXACT)
    # what users pay on top is what producers get on top: no money is left over
    assert welfare(market, solution).residual < 1e-12


def test_a_mandate_that_is_met_anyway_has_no_price():
    market = minimum_share(home_market(), "content", counted={0: 1.0}, base={2: 1.0}, share=0.5)
    solution = solve(market)
    assert solution.price[-1] == pytest.approx(0.0, abs=1e-9)
    assert solution.level == pytest.approx([8.0, 0.0, 8.0], **EXACT)


def test_a_mandate_of_everything_closes_the_border():
    # all use is domestic: users pay p + r = producers' price P, P - 4 = 10 - P
    market = minimum_share(home_market(), "content", counted={1: 1.0}, base={2: 1.0}, share=1.0)
    solution = solve(market)
    assert solution.level == pytest.approx([0.0, 3.0, 3.0], abs=1e-8)
    assert solution.price[1:3] == pytest.approx([7.0, 7.0], **EXACT)


def test_at_most_65_percent_from_one_country():
    # A sells at 1, B at 3, without limit; use 10 - p. B sets 3, A gives up r = 2; users pay 3 - 0.65 * 2
    activities = source(["from A", "from B"], 0, [1.0, 3.0], 0.0)
    market = assemble(("home",), activities, linear_use(["users"], 0, 10.0, 1.0))
    market = set_apart(market, [0], ["works gate"], ["use"])
    market = maximum_share(market, "single-country cap", counted={0: 1.0}, base={2: 1.0}, share=0.65)
    solution = solve(market)
    assert solution.price == pytest.approx([3.0, 1.7, 2.0], **EXACT)
    assert solution.level == pytest.approx([0.65 * 8.3, 0.35 * 8.3, 8.3], **EXACT)


def test_a_share_of_the_deliveries_themselves():
    # the base may be what is delivered: at least half of A + B from B is B >= A
    activities = source(["A", "B"], 0, [1.0, 3.0], 0.0)
    market = assemble(("home",), activities, linear_use(["users"], 0, 10.0, 1.0))
    market = minimum_share(market, "half", counted={1: 1.0}, base={0: 1.0, 1: 1.0}, share=0.5)
    solution = solve(market)
    # p - 1 = r/2 and p - 3 = -r/2: p = 2, r = 2, 8 in equal parts
    assert solution.price == pytest.approx([2.0, 2.0], **EXACT)
    assert solution.level == pytest.approx([4.0, 4.0], **EXACT)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**5), share=st.floats(0.05, 0.9))
def test_shares_hold_with_complementarity(random_market, seed, share):
    market = random_market(seed, levies=False)
    uses = np.flatnonzero(market.curves.sign < 0)
    market = set_apart(market, uses, [f"gate {j}" for j in uses], [f"used {j}" for j in uses], 0.1)
    first = market.activities - len(uses)
    stock = [k for k, name in enumerate(market.activity_names) if str(name).startswith("stock")]
    base = {first + j: 1.0 for j in range(len(uses))}
    market = minimum_share(market, "content", counted=dict.fromkeys(stock, 1.0), base=base, share=0.1 * share)
    solution = solve(market)
    assert solution.is_solved
    earned = solution.level[stock].sum() - 0.1 * share * solution.level[first:].sum()
    assert earned >= -1e-7
    assert solution.price[-1] * earned == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"share": 1.2}, "share is 1.2"),
        ({"share": np.nan}, "share is nan"),
        ({"counted": {}}, "0 activities count"),
        ({"counted": {0: -1.0}}, "weight -1"),
    ],
)
def test_mandates_are_checked(terms, words):
    good = {"counted": {0: 1.0}, "base": {1: 1.0}, "share": 0.5}
    with pytest.raises(ValueOutOfRangeError, match=words) as caught:
        minimum_share(home_market(), "content", **{**good, **terms})
    assert "content" in str(caught.value)


# ---- quotas ----


@pytest.mark.parametrize(
    ("quota", "exporter", "importer", "levels", "rent"),
    [
        # beyond the quota 1 on top: 10 - z = 1 + z + 1 + 1, z = 3.5, rent 1
        (2.0, 4.5, 6.5, (2.0, 1.5), 1.0),
        # 3.8 at the low rate: beyond it trade would need z <= 3.5; rent 6.2 - 4.8 - 1
        (3.8, 4.8, 6.2, (3.8, 0.0), 0.4),
        # free trade is 4
        (5.0, 5.0, 6.0, (4.0, 0.0), 0.0),
    ],
)
def test_tariff_rate_quota(quota, exporter, importer, levels, rent):
    arcs = tariff_rate_quota(["arc"], 0, 1, 1.0, 0.0, quota, tariff_beyond=1.0)
    solution = solve(pair_of(arcs))
    assert solution.price == pytest.approx([exporter, importer], **EXACT)
    assert solution.level == pytest.approx(levels, **EXACT)
    assert solution.capacity_rent[0] == pytest.approx(rent, **EXACT)


def test_tariff_rate_quota_counts_the_friction_of_all_that_moves():
    # 8 - t = 2.5 z as on one arc with slope 0.5: with t = 1 beyond a quota of 1, z = 2.8
    arcs = tariff_rate_quota(["arc"], 0, 1, 1.0, 0.5, 1.0, tariff_beyond=1.0)
    solution = solve(pair_of(arcs))
    assert solution.level == pytest.approx([1.0, 1.8], **EXACT)
    assert solution.price == pytest.approx([3.8, 7.2], **EXACT)
    # the two columns at one rate are one arc
    even = solve(pair_of(tariff_rate_quota(["arc"], 0, 1, 1.0, 0.5, 1.0)))
    assert even.level.sum() == pytest.approx(3.2, **EXACT)


def test_tariff_rate_quota_with_duties_and_a_capacity():
    # 10 % within 1, 20 % beyond it, at most 2 in all: p_i = 3, p_j = 8
    arcs = tariff_rate_quota(["arc"], 0, 1, 1.0, 0.0, 1.0, duty=0.1, duty_beyond=0.2, capacity=2.0)
    solution = solve(pair_of(arcs))
    assert solution.level == pytest.approx([1.0, 1.0], **EXACT)
    assert solution.capacity_rent == pytest.approx([8 - 1.1 * 4, 8 - 1.2 * 4], **EXACT)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"quota": -1.0}, "quota is -1"),
        ({"quota": np.inf}, "quota is inf"),
        ({"quota": 1.0, "tariff": np.nan, "tariff_beyond": 1.0}, "tariff is nan"),
        ({"quota": 1.0, "tariff": 2.0, "tariff_beyond": 1.0}, "tariff_beyond is 1"),
        ({"quota": 1.0, "duty": 0.2, "duty_beyond": 0.1}, "duty_beyond is 0.1"),
    ],
)
def test_tariff_rate_quotas_are_checked(terms, words):
    with pytest.raises(ValueOutOfRangeError, match=words) as caught:
        tariff_rate_quota(["arc"], 0, 1, 1.0, 0.0, **terms)
    assert "arc" in str(caught.value)


def test_one_quota_over_two_routes():
    # exporters p - 1 and p - 2 share 3 licences into 10 - p: 7 - r = 1 + z1 = 2 + z2: z = 2 and 1, r = 4
    curves = concatenate_curves(
        [linear_supply(["a", "b"], [0, 1], [1.0, 2.0], 1.0), linear_use(["use"], 2, 10.0, 1.0)]
    )
    market = assemble(("A", "B", "home"), trade(["A-home", "B-home"], [0, 1], 2, 0.0, 0.0), curves)
    solution = solve(shared_quota(market, "licence", activities={0: 1.0, 1: 1.0}, quota=3.0))
    assert solution.level == pytest.approx([2.0, 1.0], **EXACT)
    assert solution.price == pytest.approx([3.0, 3.0, 7.0, 4.0], **EXACT)
    # double licences for B: z1 + 2 z2 = 3, 1 + z1 + r = 2 + z2 + 2 r = 10 - z1 - z2
    double = solve(shared_quota(market, "licence", activities={0: 1.0, 1: 2.0}, quota=3.0))
    assert double.level[0] + 2 * double.level[1] == pytest.approx(3.0, **EXACT)
    with pytest.raises(ValueOutOfRangeError, match="licence"):
        shared_quota(market, "licence", activities={}, quota=3.0)
    with pytest.raises(ValueOutOfRangeError, match="quota is -1"):
        shared_quota(market, "licence", activities={0: 1.0}, quota=-1.0)


# ---- minimum import price ----


def with_minimum(minimum, duty=0.0, slope=0.0):
    arcs = trade(["arc"], 0, 1, 1.0, slope, duty=duty)
    return pair_of(arcs, minimum_import_price(["minimum"], 0, 0, minimum, 1.0, duty=duty))


def test_minimum_import_price_is_kept_by_the_exporter():
    # importers pay 7: use 3, exporter at 4, offered at 5 at the border: 2 on top of 3 units
    market = with_minimum(7.0)
    solution = solve(market)
    assert solution.price == pytest.approx([4.0, 7.0], **EXACT)
    assert solution.levy == pytest.approx([2.0], **EXACT)
    status = solution.certificate.levies[0]
    assert (status.status, status.revenue) == ("enforced", pytest.approx(6.0))
    assert status.reason == "2 USD/t lifts price 4 to the minimum 6 on 3 t"


def test_minimum_below_the_border_price_adds_nothing():
    solution = solve(with_minimum(5.0))
    assert solution.price == pytest.approx([5.0, 6.0], **EXACT)
    status = solution.certificate.levies[0]
    assert status.status == "slack"
    assert "nothing is added" in status.reason


def test_minimum_above_the_choke_price_ends_the_trade():
    solution = solve(with_minimum(12.0))
    assert solution.level == pytest.approx([0.0], abs=1e-12)
    assert solution.price == pytest.approx([1.0, 10.0], **EXACT)
    assert "nothing is sold" in solution.certificate.levies[0].reason


def test_duty_is_paid_on_the_minimum():
    # importers pay 1.1 * 7 = 7.7: use 2.3, exporter at 3.3, 7 - 4.3 = 2.7 on top
    solution = solve(with_minimum(7.0, duty=0.1))
    assert solution.price == pytest.approx([3.3, 7.7], **EXACT)
    assert solution.levy == pytest.approx([2.7], **EXACT)


def test_friction_comes_on_top_of_the_minimum():
    # 10 - z = 7 + 0.5 z
    assert solve(with_minimum(7.0, slope=0.5)).level == pytest.approx([2.0], **EXACT)


def test_cheap_origins_share_by_the_slopes_of_their_routes():
    # exporters p - 1 and p - 2, minimum 7 and slope 1 on both: each sells z with 10 - 2 z = 7 + z
    curves = concatenate_curves(
        [linear_supply(["a", "b"], [0, 1], [1.0, 2.0], 1.0), linear_use(["use"], 2, 10.0, 1.0)]
    )
    floors = minimum_import_price(["from A", "from B"], [0, 1], [0, 1], 7.0)
    market = assemble(("A", "B", "home"), trade(["a", "b"], [0, 1], 2, 0.0, 1.0), curves, floors)
    solution = solve(market)
    assert solution.level == pytest.approx([1.0, 1.0], **EXACT)
    assert solution.levy == pytest.approx([7 - 2.0, 7 - 3.0], **EXACT)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ((np.nan, 0.0, 0.0), "minimum is nan"),
        ((-1.0, 0.0, 0.0), "minimum is -1"),
        ((1.0, np.inf, 0.0), "cost is inf"),
        ((1.0, 0.0, -0.1), "duty is -0.1"),
    ],
)
def test_minimum_import_prices_are_checked(terms, words):
    with pytest.raises(ValueOutOfRangeError, match=words) as caught:
        minimum_import_price(["border"], 0, 0, terms[0], terms[1], duty=terms[2])
    assert "border" in str(caught.value)


# ---- minimum level, joint products, yields ----


def test_a_minimum_level_runs_at_a_loss():
    # free trade is 4; six have to move: p_i = 7, p_j = 4, a loss of 4 per unit
    market, offset = with_minimum_level(pair_of(trade(["arc"], 0, 1, 1.0, 0.0)), [0], [6.0])
    solution = solve(market)
    assert solution.level + offset == pytest.approx([6.0], **EXACT)
    assert solution.price == pytest.approx([7.0, 4.0], **EXACT)


def test_a_minimum_level_below_the_free_one_changes_nothing():
    # slope 0.5: 8 = 2.5 z
    market, offset = with_minimum_level(pair_of(trade(["arc"], 0, 1, 1.0, 0.5)), [0], [2.0])
    assert solve(market).level + offset == pytest.approx([3.2], **EXACT)


def test_a_minimum_above_the_capacity_is_refused():
    with pytest.raises(ValueOutOfRangeError, match="minimum level is 3") as caught:
        with_minimum_level(pair_of(trade(["arc"], 0, 1, 1.0, 0.0, 2.0)), [0], [3.0])
    assert "arc" in str(caught.value)


def test_a_minimum_level_as_an_obligation_has_a_price():
    # as above: a loss of 4 per unit is what one more of the obligation costs
    market = minimum_level(
        pair_of(trade(["arc"], 0, 1, 1.0, 0.0)), "offtake", activities={0: 1.0}, minimum=6.0
    )
    solution = solve(market)
    assert solution.level == pytest.approx([6.0], **EXACT)
    assert solution.price == pytest.approx([7.0, 4.0, 4.0], **EXACT)
    assert welfare(market, solution).residual < 1e-12


def test_a_levy_counts_what_has_to_run():
    # use 10 - p of six: p_j = 4 whatever the levy, which therefore stands at its cap and earns 6 * 2
    arc = trade(["arc"], 0, 1, 1.0, 0.0)
    held = levy("floor", reference={1: 1.0}, floor=5.0, cap=2.0, charged=[0])
    market = minimum_level(pair_of(arc, held), "offtake", activities={0: 1.0}, minimum=6.0)
    solution = solve(market)
    (status,) = solution.certificate.levies
    assert (status.status, status.revenue) == ("capped", pytest.approx(12.0))
    assert solution.price == pytest.approx([7.0, 4.0, 6.0], **EXACT)


@pytest.mark.parametrize(
    ("weights", "minimum"), [({}, 1.0), ({0: 0.0}, 1.0), ({0: 1.0}, -1.0), ({0: 1.0}, 2.5)]
)
def test_an_obligation_that_cannot_be_is_refused_by_name(weights, minimum):
    with pytest.raises(ValueOutOfRangeError, match="offtake"):
        minimum_level(
            pair_of(trade(["arc"], 0, 1, 1.0, 0.0, 2.0)), "offtake", activities=weights, minimum=minimum
        )


def test_two_smelters_with_by_products():
    # both take ore (p = 2 without limit); one gives 0.5 a, the other 0.4 a and 0.1 b, both cost 1. Use of a
    # is 10 - p, of b 1 - p: a costs 3/0.5 = 6 and 4 units are wanted; the second smelter would need
    # 0.4 * 6 + 0.1 P_b = 3, P_b = 6 > 1: it stays shut
    activities = concatenate_activities(
        [
            source(["mine"], 0, 2.0, 0.0),
            joint_process(["one", "two"], 0, [1, 2], [[0.5, 0.0], [0.4, 0.1]], 1.0, 0.0),
        ]
    )
    curves = linear_use(["use a", "use b"], [1, 2], [10.0, 1.0], 1.0)
    solution = solve(assemble(("ore", "a", "b"), activities, curves))
    assert solution.level == pytest.approx([8.0, 8.0, 0.0], **EXACT)
    # with use of b 10 - p the second runs: at P_b = 6, 4 units of b take 40 ore and leave 16 of a, more
    # than is wanted at 6, so that a falls and the first stops: 0.4 P_a + 0.1 P_b = 3, 10 - P_a = 4 (10 - P_b)
    wanted = linear_use(["use a", "use b"], [1, 2], [10.0, 10.0], 1.0)
    solution = solve(assemble(("ore", "a", "b"), activities, wanted))
    # P_a = 4 P_b - 30: 1.6 P_b - 12 + 0.1 P_b = 3
    b = 15 / 1.7
    assert solution.price[1:] == pytest.approx([4 * b - 30, b], **EXACT)
    assert solution.level[1:] == pytest.approx([0.0, 10 * (10 - b)], abs=1e-8)


@pytest.mark.parametrize("bad", [1.01, 0.0, -0.5, np.nan])
def test_a_yield_above_physical_is_refused_by_name(bad):
    with pytest.raises(ValueOutOfRangeError, match="smelter"):
        process(["furnace", "smelter"], [0, 0], 1, 1.0, 0.0, yield_=[0.9, bad])


def test_a_negative_yield_of_a_by_product_is_refused_by_name():
    with pytest.raises(ValueOutOfRangeError, match="roaster"):
        joint_process(["roaster"], 0, [1, 2], [0.5, -0.1], 1.0, 0.0)


def test_set_apart_refuses_a_name_twice():
    market = assemble(("m",), columns([], [], 0.0, 0.0), linear_use(["use"], 0, 10.0, 1.0))
    with pytest.raises(LodestockError, match="'m'"):
        set_apart(market, [0], ["m"], ["link"])
