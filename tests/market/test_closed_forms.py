"""Markets with an answer on paper; the algebra stands beside each test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lodestock.market import (
    assemble,
    columns,
    concatenate_activities,
    concatenate_curves,
    constant_elasticity_supply,
    constant_elasticity_use,
    fixed_supply,
    levy,
    linear_supply,
    linear_use,
    no_curves,
    process,
    sink,
    solve,
    source,
    trade,
    welfare,
)

EXACT = {"rel": 1e-9, "abs": 1e-9}


def exporter_and_importer(arc):
    """Exporter: supply p - 1. Importer: use 10 - p."""
    curves = concatenate_curves(
        [linear_supply(["supply"], 0, 1.0, 1.0), linear_use(["use"], 1, choke=10.0, slope=1.0)]
    )
    return assemble(("exporter", "importer"), arc, curves)


# ---- the case CE2: levy and purchase are different policies (all figures by hand in the notes) ----


def test_free_trade(floor_or_purchase):
    # zone net demand 110 - 3p; abroad 4(q-5) - (20-q) = 5q - 40; p = q + 1: 8q = 147
    solution = solve(floor_or_purchase())
    assert solution.price == pytest.approx([19.375, 18.375], **EXACT)
    assert solution.level == pytest.approx([51.875], **EXACT)


@pytest.mark.parametrize(
    ("floor", "price", "imports", "rate", "status", "net_benefit"),
    [
        # below free trade the levy is slack; tau = 1.6 f - 31 from 19.375 to 110/3
        (19.0, (19.375, 18.375), 51.875, 0.0, "slack", 1340.9375),
        (20.0, (20.0, 18.0), 50.0, 1.0, "enforced", 1340.0),
        (30.0, (30.0, 12.0), 20.0, 17.0, "enforced", 1070.0),
    ],
)
def test_floor_by_levy(floor_or_purchase, floor, price, imports, rate, status, net_benefit):
    market = floor_or_purchase(floor)
    solution = solve(market)
    assert solution.price == pytest.approx(price, **EXACT)
    assert solution.level == pytest.approx([imports], **EXACT)
    assert solution.levy == pytest.approx([rate], **EXACT)
    assert solution.certificate.levies[0].status == status
    assert solution.certificate.levies[0].revenue == pytest.approx(rate * imports, **EXACT)
    assert not solution.multiple
    assert welfare(market, solution).net_benefit == pytest.approx(net_benefit, **EXACT)


def test_floor_by_levy_splits_the_surplus_as_by_hand(floor_or_purchase):
    # f = 30: zone users 20^2 and producers 20^2/2, foreign users 8^2/2 and producers 7*28/2, revenue 17*20
    market = floor_or_purchase(30.0)
    parts = welfare(market, solve(market))
    assert parts.curve_surplus == pytest.approx([400.0, 200.0, 32.0, 98.0], **EXACT)
    assert parts.levy_revenue == pytest.approx([340.0], **EXACT)


def test_a_floor_above_what_the_zone_clears_at_alone_is_unenforceable(floor_or_purchase):
    # without imports 100 - 2p = p - 10: p = 110/3; abroad 5q = 40; a levy of 110/3 - 8 - 1 stops imports
    solution = solve(floor_or_purchase(37.0))
    assert solution.price == pytest.approx([110 / 3, 8.0], **EXACT)
    status = solution.certificate.levies[0]
    assert status.status == "unenforceable"
    assert status.rate == pytest.approx(110 / 3 - 9.0, **EXACT)
    assert solution.levy == pytest.approx([50.0])
    assert "a levy of 27.7 USD/t already ends" in status.reason


@pytest.mark.parametrize(
    ("floor", "price", "imports", "bought", "net_benefit"),
    [(20.0, (20.0, 19.0), 55.0, 5.0, 1242.5), (30.0, (30.0, 29.0), 96.0, 76.0, -528.0)],
)
def test_floor_by_purchase(floor_or_purchase, floor, price, imports, bought, net_benefit):
    # q = f - 1; imports 4(q-5) - max(20-q, 0); bought = imports - (110 - 3f); the stock is valued at nothing
    market = floor_or_purchase(buy_at=floor)
    solution = solve(market)
    assert solution.price == pytest.approx(price, **EXACT)
    assert solution.level == pytest.approx([imports, bought], **EXACT)
    value_of_stock = floor * bought
    assert welfare(market, solution).net_benefit - value_of_stock == pytest.approx(net_benefit, **EXACT)


def test_pass_through_of_a_specific_tariff(floor_or_purchase):
    # dp/dtau = B/(B+b), dq/dtau = -b/(B+b), with b = 3 the zone's and B = 5 the foreign slope
    before, after = solve(floor_or_purchase()), solve(floor_or_purchase(tariff=0.8))
    assert after.price - before.price == pytest.approx([0.8 * 5 / 8, -0.8 * 3 / 8], **EXACT)


# ---- one instrument at a time ----


def test_specific_tariff_between_two_countries():
    # p_j = p_i + 1 + t; p_i - 1 = 10 - p_j: p_i = (10 - t)/2
    for tariff in (0.0, 2.0):
        solution = solve(exporter_and_importer(trade(["arc"], 0, 1, 1.0, 0.0, tariff=tariff)))
        assert solution.price == pytest.approx([(10 - tariff) / 2, (10 - tariff) / 2 + 1 + tariff], **EXACT)


def test_ad_valorem_duty_counts_freight():
    # p_j = 1.2 (p_i + 1), p_i - 1 = 10 - p_j: 2.2 p_i = 9.8
    market = exporter_and_importer(trade(["arc"], 0, 1, 1.0, 0.0, duty=0.2))
    solution = solve(market)
    exporter = 9.8 / 2.2
    assert solution.price == pytest.approx([exporter, 1.2 * (exporter + 1)], **EXACT)
    # duty income: rate times price at origin, on the tonnes that move; the duty on freight sits in the cost
    income = 0.2 * exporter * (exporter - 1)
    assert welfare(market, solution).wedge_income == pytest.approx([income], **EXACT)


def test_export_tax_falls_on_the_price_at_origin():
    # p_j = 1.2 p_i + 1, p_i - 1 = 10 - p_j: 2.2 p_i = 10; the exporter's treasury takes 0.2 p_i a unit
    market = exporter_and_importer(trade(["arc"], 0, 1, 1.0, 0.0, export_tax=0.2))
    solution = solve(market)
    origin = 10 / 2.2
    assert solution.price == pytest.approx([origin, 1.2 * origin + 1], **EXACT)
    assert welfare(market, solution).wedge_income == pytest.approx([0.2 * origin * (origin - 1)], **EXACT)
    # a rebate of 10 % and a duty of 10 % on what is then asked: p_j = 1.1 (0.9 p_i + 1)
    both = solve(exporter_and_importer(trade(["arc"], 0, 1, 1.0, 0.0, duty=0.1, export_tax=-0.1)))
    assert both.price[0] == pytest.approx(9.9 / 1.99, **EXACT)


def test_prohibitive_tariff_is_a_ban():
    banned = solve(exporter_and_importer(trade(["arc"], 0, 1, 1.0, 0.1, 0.0)))
    tariff = solve(exporter_and_importer(trade(["arc"], 0, 1, 1.0, 0.1, tariff=1e3)))
    assert banned.level == pytest.approx([0.0])
    assert tariff.level == pytest.approx([0.0])
    assert banned.curve_quantity == pytest.approx(tariff.curve_quantity, abs=1e-12)


def test_quota_has_a_rent():
    # quota 2: p_i = 3, p_j = 8, rent 8 - 3 - 1 = 4 per unit
    market = exporter_and_importer(trade(["arc"], 0, 1, 1.0, 0.0, 2.0))
    solution = solve(market)
    assert solution.price == pytest.approx([3.0, 8.0], **EXACT)
    assert solution.capacity_rent == pytest.approx([4.0], **EXACT)
    assert welfare(market, solution).capacity_rent == pytest.approx([8.0], **EXACT)


def test_quota_above_the_free_flow_does_nothing():
    free = solve(exporter_and_importer(trade(["arc"], 0, 1, 1.0, 0.0)))
    quota = solve(exporter_and_importer(trade(["arc"], 0, 1, 1.0, 0.0, float(free.level[0]) + 1e-6)))
    assert quota.price == pytest.approx(free.price, **EXACT)
    assert quota.capacity_rent == pytest.approx([0.0])


def test_friction_adds_its_slope():
    # p_j - p_i - 1 = 0.5 z, p_i = 1 + z, p_j = 10 - z: 8 = 2.5 z
    solution = solve(exporter_and_importer(trade(["arc"], 0, 1, 1.0, 0.5)))
    assert solution.level == pytest.approx([3.2], **EXACT)


def test_constant_elasticities_meet_in_closed_form():
    # 4 p^0.5 = 32 p^-1: p^1.5 = 8, p = 4
    curves = concatenate_curves(
        [
            constant_elasticity_supply(["s"], 0, 4.0, 1.0, 0.5),
            constant_elasticity_use(["d"], 0, 32.0, 1.0, 1.0),
        ]
    )
    solution = solve(assemble(("market",), columns([], [], 0.0, 0.0), curves))
    assert solution.price == pytest.approx([4.0], **EXACT)


def test_processing_passes_its_cost_and_yield_on():
    # output price = input price / 0.8 + 3; ore p - 1; use 20 - P; ore taken z/0.8
    curves = concatenate_curves([linear_supply(["ore"], 0, 1.0, 1.0), linear_use(["use"], 1, 20.0, 1.0)])
    solution = solve(assemble(("ore", "metal"), process(["plant"], 0, 1, 3.0, 0.0, yield_=0.8), curves))
    # p = 1 + z/0.8, P = 20 - z, P = p/0.8 + 3: 20 - z = 1.25 + z/0.64 + 3
    z = (17 - 1.25) / (1 + 1 / 0.64)
    assert solution.level == pytest.approx([z], **EXACT)
    assert solution.price == pytest.approx([1 + z / 0.8, 20 - z], **EXACT)


def test_joint_products_with_one_thrown_away():
    # 1 ore -> 0.5 copper + 0.5 slag; nobody wants slag: its price is zero and all of it is disposed of
    curves = concatenate_curves(
        [linear_supply(["ore"], 0, 1.0, 1.0), linear_use(["copper use"], 1, 20.0, 1.0)]
    )
    smelt = columns(["smelter"], [[(0, -1.0, -1.0), (1, 0.5, 0.5), (2, 0.5, 0.5)]], 1.0, 0.0)
    solution = solve(assemble(("ore", "copper", "slag"), smelt, curves))
    # 0.5 P = p + 1 with p = 1 + z, P = 20 - 0.5 z: 10 - 0.25 z = 2 + z
    assert solution.level == pytest.approx([6.4], **EXACT)
    assert solution.price == pytest.approx([7.4, 16.8, 0.0], **EXACT)
    assert solution.disposal == pytest.approx([0.0, 0.0, 3.2], **EXACT)


def test_joint_products_share_the_cost():
    # 1 ore (free supply at 2) -> 1 a + 1 b: prices add up to 2 + 1; use 10 - p of both: p = 1.5 each
    curves = concatenate_curves([linear_use(["use a", "use b"], [1, 2], 10.0, 1.0)])
    activities = concatenate_activities(
        [
            source(["mine"], 0, 2.0, 0.0),
            columns(["split"], [[(0, -1.0, -1.0), (1, 1.0, 1.0), (2, 1.0, 1.0)]], 1.0, 0.0),
        ]
    )
    solution = solve(assemble(("ore", "a", "b"), activities, curves))
    assert solution.price == pytest.approx([2.0, 1.5, 1.5], **EXACT)
    assert solution.level == pytest.approx([8.5, 8.5], **EXACT)


def test_fixed_supply_nobody_wants_is_thrown_away():
    solution = solve(assemble(("market",), columns([], [], 0.0, 0.0), fixed_supply(["flow"], 0, 5.0)))
    assert solution.price == pytest.approx([0.0])
    assert solution.disposal == pytest.approx([5.0])


def test_purchase_holds_a_price_and_release_a_ceiling():
    # supply p - 1, use 10 - p clear at 5.5; buying at 7 takes 2*7 - 11 = 3; releasing at 4 gives 3
    curves = concatenate_curves([linear_supply(["s"], 0, 1.0, 1.0), linear_use(["d"], 0, 10.0, 1.0)])
    bought = solve(assemble(("market",), sink(["buy"], 0, -7.0, 0.0), curves))
    assert (bought.price[0], bought.level[0]) == pytest.approx((7.0, 3.0), **EXACT)
    released = solve(assemble(("market",), source(["release"], 0, 4.0, 0.0, 10.0), curves))
    assert (released.price[0], released.level[0]) == pytest.approx((4.0, 3.0), **EXACT)


def test_production_subsidy_is_a_shift_of_the_own_price():
    # supply p + 2 - 1, use 10 - p: p = 4.5; the treasury pays 2 on 5.5
    curves = concatenate_curves([linear_supply(["s"], 0, 1.0, 1.0), linear_use(["d"], 0, 10.0, 1.0)])
    curves = replace(curves, price_shift=np.array([-2.0, 0.0]))
    market = assemble(("market",), columns([], [], 0.0, 0.0), curves)
    solution = solve(market)
    assert solution.price == pytest.approx([4.5], **EXACT)
    assert solution.curve_price == pytest.approx([6.5, 4.5], **EXACT)
    assert welfare(market, solution).curve_wedge_income == pytest.approx([-11.0, 0.0], **EXACT)


def test_consumption_tax_is_a_shift_of_the_users_price():
    # use 10 - (p + 2), supply p - 1: p = 4.5; the treasury takes 2 on 3.5
    curves = concatenate_curves([linear_supply(["s"], 0, 1.0, 1.0), linear_use(["d"], 0, 10.0, 1.0)])
    curves = replace(curves, price_shift=np.array([0.0, -2.0]))
    market = assemble(("market",), columns([], [], 0.0, 0.0), curves)
    solution = solve(market)
    assert solution.price == pytest.approx([4.5], **EXACT)
    assert welfare(market, solution).curve_wedge_income == pytest.approx([0.0, 7.0], **EXACT)


def test_storage_earns_interest_and_nothing_more():
    # supply p - 1 in period one, use 10 - p in both; holding cost 0.5, interest 10 %: p2 = 1.1 (p1 + 0.5)
    # p1 - 1 = (10 - p1) + (10 - p2): 3.1 p1 = 20.45
    curves = concatenate_curves(
        [linear_supply(["s"], 0, 1.0, 1.0), linear_use(["d1", "d2"], [0, 1], 10.0, 1.0)]
    )
    store = columns(["store"], [[(0, -1.0, -1.0), (1, 1.0, 1.0 / 1.1)]], 0.5, 0.0)
    market = assemble(("one", "two"), store, curves)
    solution = solve(market)
    first = 20.45 / 3.1
    assert solution.price == pytest.approx([first, 1.1 * (first + 0.5)], **EXACT)
    full = solve(replace(market, capacity=np.array([1.0])))
    # a full warehouse earns a rent: p2 / 1.1 - p1 - 0.5, with p2 = 9 and 2 p1 = 12
    assert full.price == pytest.approx([6.0, 9.0], **EXACT)
    assert full.capacity_rent == pytest.approx([9 / 1.1 - 6.5], **EXACT)


# ---- contracts for difference: explicit levies with a self-response ----


def contract(lower, strike, *, on_curve):
    """Two equal producers p - 1, use 10 - p; the first holds a contract."""
    curves = concatenate_curves(
        [linear_supply(["held", "other"], 0, 1.0, 1.0), linear_use(["use"], 0, 10.0, 1.0)]
    )
    activities = columns([], [], 0.0, 0.0)
    charge = {"charged_curves": [0], "curve_weights": -1.0}
    if not on_curve:
        # the same producer as an activity with marginal cost 1 + z
        curves = curves.select(np.array([1, 2]))
        activities = source(["held"], 0, 1.0, 1.0)
        charge = {"charged": [0], "weights": -1.0}
    holds = levy(
        "contract", reference={0: 1.0}, floor=strike, lower=lower, cap=np.inf, self_response=1.0, **charge
    )
    return assemble(("market",), activities, curves, holds)


@pytest.mark.parametrize("on_curve", [True, False])
def test_one_way_contract_pays_below_the_strike(on_curve):
    # the holder sees max(p, 8): 7 + (p - 1) = 10 - p gives p = 2, payment 6 on 7
    solution = solve(contract(0.0, 8.0, on_curve=on_curve))
    assert solution.price == pytest.approx([2.0], **EXACT)
    assert solution.levy == pytest.approx([6.0], **EXACT)
    status = solution.certificate.levies[0]
    assert (status.status, status.revenue) == ("enforced", pytest.approx(-42.0))


@pytest.mark.parametrize("on_curve", [True, False])
def test_one_way_contract_above_the_strike_pays_nothing(on_curve):
    # 2(p - 1) = 10 - p: p = 4
    solution = solve(contract(0.0, 3.0, on_curve=on_curve))
    assert solution.price == pytest.approx([4.0], **EXACT)
    assert solution.certificate.levies[0].status == "slack"


@pytest.mark.parametrize("on_curve", [True, False])
def test_two_way_contract_fixes_output(on_curve):
    # the holder always sees 3: 2 + (p - 1) = 10 - p gives p = 4.5; it pays 1.5 back
    solution = solve(contract(-np.inf, 3.0, on_curve=on_curve))
    assert solution.price == pytest.approx([4.5], **EXACT)
    assert solution.levy == pytest.approx([-1.5], **EXACT)


def test_blocks_of_supply_and_use_clear_without_curves():
    # supply blocks 10 at 1, 10 at 3; use blocks 15 at 5, 10 at 2: 15 clear at 3
    activities = concatenate_activities(
        [
            source(["low", "high"], 0, [1.0, 3.0], 0.0, 10.0),
            sink(["dear", "cheap"], 0, [-5.0, -2.0], 0.0, [15.0, 10.0]),
        ]
    )
    solution = solve(assemble(("market",), activities, no_curves()))
    assert solution.price == pytest.approx([3.0], **EXACT)
    assert solution.level == pytest.approx([10.0, 5.0, 15.0, 0.0], **EXACT)
    assert solution.capacity_rent == pytest.approx([2.0, 0.0, 2.0, 0.0], **EXACT)
