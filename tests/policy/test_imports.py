"""Measures on imports against their closed forms, on the two-country network of small.py and a third country.

With q = p_A, d = 1e4 / p_B and p_B - p_A = s (z - 100) + wedge, an equilibrium flow z solves
(1 + s) z^2 + (wedge - 100 s) z - 1e4 = 0. What passes a border of its own is exact to a millionth.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.policy.small import HERE, SLOPE, START, A, B, pair, positive_root, with_supply_abroad
from tests.policy.third import FREIGHT, C, three
from tests.policy.truth import CLOSE, closes, flow, money, paid, prices, root, solved, usd

from lodestock.errors import ConflictError, UnknownNameError
from lodestock.policy.instruments import apply
from lodestock.policy.parts import LEAK, of_kind
from lodestock.policy.terms import (
    DerivativeLevy,
    Floor,
    Leak,
    MinimumImportPrice,
    Phase,
    Rate,
    Tariff,
    TariffRateQuota,
)

NEAR = {"rel": 3e-6}


def quota(limit: float, *, low: float = 5.0, high: float = 40.0, rent_to: str = "licence_holders"):
    return TariffRateQuota(
        **HERE,
        importers=B,
        exporters=A,
        within=Rate(specific=usd(low)),
        beyond=Rate(specific=usd(high)),
        limit_t=limit,
        rent_to=rent_to,
    )


def test_tariff_rate_quota_that_is_not_full_is_the_low_tariff():
    equilibrium = solved(quota(99.0))
    assert flow(equilibrium) == pytest.approx(root(5.0), **NEAR)
    assert prices(equilibrium) == pytest.approx((root(5.0), 1e4 / root(5.0)), **NEAR)
    accounts = closes(equilibrium)
    assert money(accounts, 1, "treasury") == pytest.approx(5.0 * root(5.0), **NEAR)
    assert money(accounts, 1, "licence_holders") == pytest.approx(0.0, abs=1e-2)


def test_tariff_rate_quota_that_is_exceeded_is_the_high_tariff_and_its_rent_is_the_difference():
    equilibrium = solved(quota(60.0))
    z = root(40.0)
    assert z > 60.0
    assert flow(equilibrium) == pytest.approx(z, **NEAR)
    accounts = closes(equilibrium)
    assert money(accounts, 1, "treasury") == pytest.approx(5.0 * 60.0 + 40.0 * (z - 60.0), **NEAR)
    assert money(accounts, 1, "licence_holders") == pytest.approx(35.0 * 60.0, **NEAR)


def test_tariff_rate_quota_that_is_just_full_has_a_rent_in_between():
    # z = 93: rent = 1e4/93 - 93 - s (93 - 100) - 5, between 0 and 35
    equilibrium = solved(quota(93.0))
    rent = 1e4 / 93.0 - 93.0 + 7.0 * SLOPE - 5.0
    assert 0.0 < rent < 35.0
    assert flow(equilibrium) == pytest.approx(93.0, **NEAR)
    assert money(closes(equilibrium), 1, "licence_holders") == pytest.approx(93.0 * rent, **NEAR)


def test_tariff_rate_quota_rents_go_where_they_are_assigned():
    for rent_to, country, party in (
        ("treasury", 1, "treasury"),
        ("licence_holders", 1, "licence_holders"),
        ("exporters", 0, "licence_holders"),
    ):
        accounts = closes(solved(quota(60.0, rent_to=rent_to)))
        rent = {(item.country, item.party): item.usd for item in accounts.payments if "rent" in item.kind}
        assert rent == pytest.approx({(("AAA", "BBB")[country], party): 35.0 * 60.0}, **NEAR)


def test_tariff_rate_quota_ad_valorem_is_on_the_landed_price():
    # both duties on the landed price p_b = p_A + s (z - 100): 1e4/z = 1.3 (z + s (z - 100))
    term = replace(quota(10.0), within=Rate(ad_valorem=0.1), beyond=Rate(ad_valorem=0.3))
    equilibrium = solved(term)
    z = positive_root(1.3 * (1.0 + SLOPE), -130.0 * SLOPE, -1e4)
    landed = z + SLOPE * (z - 100.0)
    assert flow(equilibrium) == pytest.approx(z, **NEAR)
    accounts = closes(equilibrium)
    assert money(accounts, 1, "treasury") == pytest.approx((0.3 * (z - 10.0) + 1.0) * landed, **NEAR)
    assert money(accounts, 1, "licence_holders") == pytest.approx(0.2 * 10.0 * landed, rel=2e-5)


def test_tariff_rate_quota_with_one_rate_is_a_tariff_and_of_zero_tonnes_the_high_one():
    one = solved(quota(60.0, low=20.0, high=20.0))
    tariff = solved(Tariff(**HERE, importers=B, exporters=A, specific=usd(20.0)))
    assert prices(one) == pytest.approx(prices(tariff), **NEAR)
    none = solved(quota(0.0, low=1.0, high=20.0))
    assert prices(none) == pytest.approx(prices(tariff), **NEAR)
    with pytest.raises(ConflictError, match="lower than"):
        apply(pair(), [quota(60.0, low=20.0, high=10.0)])


def test_minimum_price_moves_as_a_floor_and_leaves_the_gap_with_the_exporter():
    minimum = solved(MinimumImportPrice(**HERE, importers=B, exporters=A, price=usd(125.0)))
    floor = solved(Floor(**HERE, zone="Z", members=B, floor=usd(125.0)))
    gap = 125.0 - 80.0 + 20.0 * SLOPE
    assert prices(minimum) == pytest.approx((80.0, 125.0), **CLOSE)
    assert prices(minimum) == pytest.approx(prices(floor), **CLOSE)
    held, levied = closes(minimum), closes(floor)
    assert money(held, 1, "treasury") == 0.0
    assert money(held, 0, "traders") - money(levied, 0, "traders") == pytest.approx(80.0 * gap, **CLOSE)
    assert money(levied, 1, "treasury") == pytest.approx(80.0 * gap, **CLOSE)
    assert paid(held, "minimum_price") == pytest.approx({("AAA", "traders"): 80.0 * gap}, **CLOSE)


def test_minimum_price_below_the_price_is_nothing_and_does_not_stand_beside_a_floor():
    term = MinimumImportPrice(**HERE, importers=B, exporters=A, price=usd(99.0))
    assert prices(solved(term)) == pytest.approx((100.0, 100.0), **CLOSE)
    floor = Floor(**{**HERE, "name": "floor"}, zone="Z", members=B, floor=usd(125.0))
    for terms in ((term, floor), (floor, term)):
        with pytest.raises(ConflictError, match="already"):
            apply(pair(), list(terms))


def test_floor_per_importer_holds_each_members_own_price():
    # A supplies B and C alike; a hub floor of 120 on both holds their mean, here the same as each
    network = three()
    hub = solved(Floor(**HERE, zone="Z", members=(*B, *C), floor=usd(120.0)), network=network)
    each = solved(
        Floor(**HERE, zone="Z", members=(*B, *C), floor=usd(120.0), levy_per="importer"), network=network
    )
    assert len(each.network.levies) == 2
    assert each.price == pytest.approx(hub.price, **CLOSE)
    closes(each)


def test_floor_weighted_by_imports_counts_importers_only():
    # B has supply of its own and imports less: weights 2/3 and 1/3 by imports, 1/2 and 1/2 by use
    network = three(own_supply_b=50.0)
    floor = Floor(**HERE, zone="Z", members=(*B, *C), floor=usd(115.0), reference="imports")
    equilibrium = solved(floor, network=network)
    weight = dict(
        zip(
            equilibrium.network.levies[0].reference.tolist(),
            equilibrium.network.levies[0].reference_weight.tolist(),
            strict=True,
        )
    )
    assert weight == pytest.approx({1: 1.0 / 3.0, 2: 2.0 / 3.0})
    assert (equilibrium.price[1] + 2.0 * equilibrium.price[2]) / 3.0 == pytest.approx(115.0, **CLOSE)


def test_ad_valorem_floor_is_the_ad_valorem_tariff_that_reaches_it():
    # p_B = 125, z = 80, p_A = 80: 125 = (1 + r) 80 - 20 s
    floor = Floor(**HERE, zone="Z", members=B, floor=usd(125.0), basis="ad_valorem")
    equilibrium = solved(floor)
    rate = (125.0 + 20.0 * SLOPE) / 80.0 - 1.0
    assert prices(equilibrium) == pytest.approx((80.0, 125.0), **CLOSE)
    levy = equilibrium.network.levies[0]
    assert levy.column_weight == pytest.approx([0.8], **CLOSE)
    assert float(equilibrium.solution.levy[0]) / levy.ad_valorem == pytest.approx(rate, **CLOSE)
    tariff = solved(Tariff(**HERE, importers=B, exporters=A, ad_valorem=rate))
    assert prices(tariff) == pytest.approx(prices(equilibrium), **CLOSE)
    assert money(closes(equilibrium), 1, "treasury") == pytest.approx(
        money(closes(tariff), 1, "treasury"), **CLOSE
    )


def test_phases_go_from_the_base_price_to_the_floor():
    # 40 % of the way from 100 to 125 is 110
    phased = Floor(
        **HERE,
        zone="Z",
        members=B,
        floor=usd(125.0),
        phases=(Phase(start=START, share=0.4),),
        reached=0.4,
    )
    assert prices(solved(phased))[1] == pytest.approx(110.0, **CLOSE)
    assert prices(solved(replace(phased, reached=0.0))) == pytest.approx((100.0, 100.0), **CLOSE)
    tariff = Tariff(**HERE, importers=B, exporters=A, specific=usd(40.0), reached=0.5)
    assert flow(solved(tariff)) == pytest.approx(root(20.0), **CLOSE)


def test_drawback_with_ample_imports_repays_the_levy_on_exports():
    # B imports from A under the levy and exports to C. With drawback C pays p_B - tau + freight; here the
    # routes out of B cost nothing at base flows and the floor is held at 110
    network = three(through_b=True)
    plain = Floor(**HERE, zone="Z", members=B, floor=usd(110.0), cap=usd(100.0))
    without, drawn = (solved(term, network=network) for term in (plain, replace(plain, drawback=True)))
    tau = float(drawn.solution.levy[0])
    assert drawn.price[1] == pytest.approx(110.0, **NEAR)
    # C: p_C = p_B - tau + s (z - 50), use 5e3 / p_C
    z = float(drawn.level[1])
    assert drawn.price[2] == pytest.approx(110.0 - tau + SLOPE * (z - 50.0), **NEAR)
    assert z == pytest.approx(5e3 / drawn.price[2], **NEAR)
    assert drawn.price[2] < without.price[2]
    accounts = closes(drawn)
    imported = float(drawn.level[0])
    assert money(accounts, 1, "treasury") == pytest.approx(tau * (imported - z), **NEAR)
    assert paid(accounts, "drawback")["BBB", "treasury"] == pytest.approx(-tau * z, **NEAR)


def test_drawback_is_limited_to_what_paid():
    # B makes 130 t itself and imports 20 t to export 50: receipts are worth the levy and no money is left
    network = three(through_b=True, own_supply_b=130.0)
    term = Floor(**HERE, zone="Z", members=B, floor=usd(110.0), drawback=True, cap=usd(5.0))
    equilibrium = solved(term, network=network)
    forgone = equilibrium.network.column_names.index("term drawback forgone")
    imported, exported = equilibrium.level[:2].tolist()
    assert exported - float(equilibrium.level[forgone]) == pytest.approx(imported, rel=1e-4)
    assert money(closes(equilibrium), 1, "treasury") == pytest.approx(0.0, abs=1e-2)
    assert float(equilibrium.price[-1]) == pytest.approx(5.0, rel=1e-4)
    # the levy is paid and repaid: prices stay at the base
    assert prices(equilibrium) == pytest.approx((100.0, 100.0), rel=1e-5)


def test_rules_of_origin_stop_transit_through_an_exempt_country():
    # what goes direct pays tau, transit y the freight and the friction of both routes: with p_B = 120 and
    # p_C = p_A + s (y + 100/p_C - 1), 120 = p_C + FREIGHT + s y
    network = three(transit=True)
    free = Floor(**HERE, zone="Z", members=B, floor=usd(120.0), exempt_origins=C)
    loose = solved(free, network=network)
    direct, through = float(loose.level[0]), float(loose.level[2])
    assert through > 10.0
    assert loose.price[1] == pytest.approx(120.0, **CLOSE)
    assert direct + through == pytest.approx(1e4 / 120.0, **CLOSE)
    at_a, _, at_c = loose.price[:3].tolist()
    assert at_c == pytest.approx(at_a + SLOPE * (through + 100.0 / at_c - 1.0), **CLOSE)
    assert at_c == pytest.approx(120.0 - FREIGHT - SLOPE * through, **CLOSE)
    strict = solved(replace(free, rules_of_origin="last_transformation"), network=network)
    every = solved(replace(free, exempt_origins=()), network=network)
    assert strict.price[:3] == pytest.approx(every.price[:3], **NEAR)
    assert strict.level[2:4] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert float(strict.solution.levy[0]) > float(every.solution.levy[0]) - 1e-4
    assert float(loose.solution.levy[0]) > float(every.solution.levy[0])
    closes(strict)


def test_rules_of_origin_leave_own_output_free():
    # C makes 20 t of its own and ships them to B: exempt with or without rules, and nothing is in transit
    network = three(own_supply_c=20.0, ship_c_to_b=True)
    free = Floor(**HERE, zone="Z", members=B, floor=usd(112.0), exempt_origins=C)
    strict = solved(replace(free, rules_of_origin="last_transformation"), network=network)
    base = solved(replace(free, floor=usd(50.0), rules_of_origin="last_transformation"), network=network)
    assert base.price[:3] == pytest.approx([100.0, 100.0, 100.0], **NEAR)
    assert strict.price[1] == pytest.approx(112.0, **NEAR)
    own = int(strict.network.supply.node[-1])
    assert strict.network.nodes.behind[own] == 2
    # C's producers gain: they see a higher price than C's users do
    assert strict.price[own] > strict.price[2] - 1e-6
    closes(strict)


def test_what_leaks_round_a_duty_pays_the_cost_of_the_detour_instead():
    # leak of up to 30 t at cost 10 (1 + L/100) above the base route; duty 40. With the leak full, licit z:
    # 1e4/(z + 30) = z + 30 + s (z - 100) + 40
    network = replace(pair(), leak_cost={"testium": 0.1})
    leak = Leak(share=0.3, low=0.3, high=0.3)
    equilibrium = solved(
        Tariff(**HERE, importers=B, exporters=A, specific=usd(40.0), leak=leak), network=network
    )
    s = SLOPE
    # (y = z + 30): 1e4 = (1 + s) y^2 + (40 - 130 s) y
    y = positive_root(1.0 + s, 40.0 - 130.0 * s, -1e4)
    leaks = of_kind(equilibrium.network.columns, LEAK)
    assert equilibrium.level[leaks] == pytest.approx([30.0], **CLOSE)
    assert flow(equilibrium) == pytest.approx(y - 30.0, **CLOSE)
    accounts = closes(equilibrium)
    assert money(accounts, 1, "treasury") == pytest.approx(40.0 * (y - 30.0), **CLOSE)
    gap = 1e4 / y - y - 10.0 * (1.0 + 0.5 * 0.3)
    assert sum(paid(accounts, "leak_rent").values()) == pytest.approx(30.0 * gap, rel=1e-5)


def test_a_leak_takes_its_time():
    leak = Leak(share=0.4, low=0.4, high=0.4, lag_months=3.0)
    assert leak.mean_share(12.0) == pytest.approx(0.3)
    assert leak.mean_share(2.0) == 0.0
    assert leak.mean_share(np.inf) == 0.4


def test_floor_with_a_leak_is_held_with_a_higher_levy():
    network = replace(with_supply_abroad(pair(), 20.0), leak_cost={"testium": 0.05})
    floor = Floor(**HERE, zone="Z", members=B, floor=usd(110.0))
    dense = solved(floor, network=network)
    leaky = solved(replace(floor, leak=Leak(share=0.2, low=0.2, high=0.2)), network=network)
    assert leaky.price[1] == pytest.approx(dense.price[1], **CLOSE)
    assert float(leaky.solution.levy[0]) > float(dense.solution.levy[0])
    closes(leaky)


def test_derivative_levy_needs_its_floor():
    with pytest.raises(UnknownNameError, match="floor on testium"):
        apply(pair(), [DerivativeLevy(**HERE, of_floor="nothing")])
    floor = Floor(**{**HERE, "name": "floor"}, zone="Z", members=B, floor=usd(125.0))
    with pytest.raises(ConflictError, match="protects the refined stage"):
        apply(pair(), [floor, DerivativeLevy(**HERE, of_floor="floor")])
