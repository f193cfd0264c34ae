"""Mandates, budgets and the policy stock against their closed forms, on the network of small.py.

A route z from A to B, use 1e4 / p in B, unit-elastic supply. What passes a node behind a market is exact to a
millionth.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.policy.small import HERE, SLOPE, A, B, pair, positive_root, with_supply_abroad
from tests.policy.truth import CLOSE, closes, flow, money, paid, prices, root, solved, usd

from lodestock.errors import ConflictError, LodestockError
from lodestock.policy.accounts import account
from lodestock.policy.instruments import apply
from lodestock.policy.network import Network
from lodestock.policy.terms import (
    ContractForDifference,
    DomesticContent,
    ExportQuota,
    PolicyStock,
    ProductionSubsidy,
    PublicPurchase,
    RecycledContent,
    SingleCountryCap,
    Tariff,
)

NEAR = {"rel": 3e-6}


def shared() -> Network:
    """B makes 40 t and takes 60 t from A."""
    network = pair()
    columns = replace(network.columns, cost=np.array([-SLOPE * 60.0]), base_level=np.array([60.0]))
    supply = replace(network.supply, quantity=np.array([60.0]), base_quantity=np.array([60.0]))
    return with_supply_abroad(replace(network, columns=columns, supply=supply), 40.0)


def recycling() -> Network:
    """The same, where what B makes is recovered scrap."""
    network = shared()
    return replace(network, supply=replace(network.supply, kind=np.array([0, 1])))


def capped(share: float) -> tuple[float, float, float, float]:
    r"""Flow, price in B, shadow price and use under z <= share * use.

    z = a u and 0.4 p = (1 - a) u give u = 0.4 p / (1 - a); users see p - a rho with u = 1e4 / (p - a rho),
    and the route has p - rho = z / 0.6 + s (z - 60). Writing u for all: p = (1 - a) u / 0.4,
    rho = p - a u / 0.6 - s (a u - 60), p - a rho = 1e4 / u, a quadratic in u.
    """
    a = share
    p_u = (1.0 - a) / 0.4
    rho_u, rho_1 = p_u - a / 0.6 - SLOPE * a, 60.0 * SLOPE
    u = positive_root(p_u - a * rho_u, -a * rho_1, -1e4)
    return a * u, p_u * u, rho_u * u + rho_1, u


def test_cap_on_one_country_is_paid_by_its_importers_to_all_users():
    for term in (
        SingleCountryCap(**HERE, users=B, origins=A, share=0.4),
        DomesticContent(**HERE, users=B, share=0.6),
    ):
        equilibrium = solved(term, network=shared())
        z, p, rho, use = capped(0.4)
        assert flow(equilibrium) == pytest.approx(z, **NEAR)
        assert prices(equilibrium)[1] == pytest.approx(p, **NEAR)
        assert equilibrium.price[-1] == pytest.approx(rho, **NEAR)
        assert equilibrium.use_quantity == pytest.approx([use], **NEAR)
        accounts = closes(equilibrium)
        kind = "country_cap" if isinstance(term, SingleCountryCap) else "domestic_content"
        assert paid(accounts, kind) == pytest.approx(
            {("BBB", "traders"): -rho * z, ("BBB", "users"): rho * z}, **NEAR
        )
        assert money(accounts, 1, "treasury") == 0.0
        assert money(accounts, 0, "licence_holders") == 0.0


def test_cap_equals_a_tariff_whose_revenue_is_a_rebate_to_users_in_price_and_tonnes():
    # a tariff of rho and a payment of a rho per tonne used move what the cap moves
    equilibrium = solved(SingleCountryCap(**HERE, users=B, origins=A, share=0.4), network=shared())
    z, p, rho, _ = capped(0.4)
    # the payment to users is the same as a subsidy to everything supplied to B: B's producers and A's goods
    subsidy = 0.4 * rho
    alike = solved(
        Tariff(**HERE, importers=B, exporters=A, specific=usd(rho - subsidy)),
        ProductionSubsidy(**{**HERE, "name": "rebate"}, producers=B, payers=B, amount=usd(subsidy)),
        network=shared(),
    )
    assert flow(alike) == pytest.approx(flow(equilibrium), **NEAR)
    assert prices(alike)[1] + subsidy == pytest.approx(p, **NEAR)
    assert z == pytest.approx(flow(alike), **NEAR)


def test_mandates_that_are_met_already_change_nothing():
    base = account(solved(network=shared()))
    for term, network in (
        (SingleCountryCap(**HERE, users=B, origins=A, share=0.65), shared()),
        (DomesticContent(**HERE, users=B, share=0.35), shared()),
        (RecycledContent(**HERE, users=B, share=0.35), recycling()),
    ):
        equilibrium = solved(term, network=network)
        assert prices(equilibrium) == pytest.approx((100.0, 100.0), **NEAR)
        assert equilibrium.price[-1] == pytest.approx(0.0, abs=1e-4)
        after = closes(equilibrium)
        assert after.surplus.sum() == pytest.approx(base.surplus.sum(), rel=1e-6)


def test_recycled_content_is_paid_by_users_to_those_who_recover():
    # scrap r = 0.4 (p + rho) = a u, route p = z / 0.6 + s (z - 60) with z = (1 - a) u, users pay p + a rho
    a = 0.5
    p_u, p_1 = (1.0 - a) * (1.0 / 0.6 + SLOPE), -60.0 * SLOPE
    rho_u, rho_1 = a / 0.4 - p_u, -p_1
    u = positive_root(p_u + a * rho_u, p_1 + a * rho_1, -1e4)
    equilibrium = solved(RecycledContent(**HERE, users=B, share=a), network=recycling())
    assert equilibrium.use_quantity == pytest.approx([u], **NEAR)
    assert prices(equilibrium)[1] == pytest.approx(p_u * u + p_1, **NEAR)
    rho = rho_u * u + rho_1
    assert equilibrium.price[-1] == pytest.approx(rho, **NEAR)
    assert paid(closes(equilibrium), "recycled_content") == pytest.approx(
        {("BBB", "users"): -rho * a * u, ("BBB", "secondary"): rho * a * u}, **NEAR
    )


def test_two_mandates_on_the_same_users_both_hold():
    cap = SingleCountryCap(**HERE, users=B, origins=A, share=0.45)
    content = RecycledContent(**{**HERE, "name": "content"}, users=B, share=0.6)
    equilibrium = solved(cap, content, network=recycling())
    use = float(equilibrium.use_quantity[0])
    # A's goods are all that is not scrap: 60 % scrap leaves 40 %, so the cap of 45 % is slack
    assert flow(equilibrium) == pytest.approx(0.4 * use, **NEAR)
    alone = solved(content, network=recycling())
    assert prices(equilibrium) == pytest.approx(prices(alone), **NEAR)
    closes(equilibrium)


def test_mandates_without_anything_to_count_are_refused():
    with pytest.raises(LodestockError, match="takes up"):
        apply(pair(), [SingleCountryCap(**HERE, users=A, origins=B, share=0.5)])
    with pytest.raises(LodestockError, match="no old scrap"):
        apply(pair(), [RecycledContent(**HERE, users=B, share=0.5)])


def test_quota_rent_may_go_to_importers():
    equilibrium = solved(ExportQuota(**HERE, exporters=A, importers=B, limit_t=60.0, rent_to="importers"))
    rent = 1e4 / 60.0 - 60.0 - SLOPE * (60.0 - 100.0)
    accounts = closes(equilibrium)
    assert money(accounts, 1, "licence_holders") == pytest.approx(60.0 * rent, **CLOSE)
    assert money(accounts, 0, "licence_holders") == 0.0


def test_contract_budget_caps_the_payment_per_tonne():
    # p_A = z - t, t z = B: (1 + s) z^2 - 100 s z - (1e4 + B) = 0
    budget = 1500.0
    free = ContractForDifference(**HERE, producers=A, payers=B, strike=usd(120.0))
    term = replace(free, budget_usd=budget)
    equilibrium = solved(term)
    z = positive_root(1.0 + SLOPE, -100.0 * SLOPE, -(1e4 + budget))
    assert flow(equilibrium) == pytest.approx(z, **CLOSE)
    assert prices(equilibrium)[0] == pytest.approx(z - budget / z, **CLOSE)
    assert money(closes(equilibrium), 1, "treasury") == pytest.approx(-budget, **CLOSE)
    ample = solved(replace(free, budget_usd=1e6))
    assert prices(ample) == pytest.approx(prices(solved(free)), **CLOSE)


def test_two_way_contract_with_a_budget_still_returns_the_upside():
    term = ContractForDifference(
        **HERE, producers=A, payers=B, strike=usd(90.0), upside_share=1.0, budget_usd=10.0
    )
    p_a = 1e4 / 90.0 + SLOPE * 10.0
    equilibrium = solved(term)
    assert flow(equilibrium) == pytest.approx(90.0, **CLOSE)
    assert money(closes(equilibrium), 1, "treasury") == pytest.approx((p_a - 90.0) * 90.0, **CLOSE)


def bought(budget: float) -> tuple[float, float]:
    """Flow and price in B when a budget is spent there: p (z - 1e4/p) = B, so p z = 1e4 + B."""
    z = positive_root(1.0 + SLOPE, -100.0 * SLOPE, -(1e4 + budget))
    return z, (1e4 + budget) / z


def test_purchase_spends_its_budget():
    for term in (
        PublicPurchase(**HERE, buyers=B, budget_usd=2000.0),
        PublicPurchase(**HERE, buyers=B, budget_usd=2000.0, quantity_t=1000.0),
    ):
        equilibrium = solved(term)
        z, price = bought(2000.0)
        assert flow(equilibrium) == pytest.approx(z, **CLOSE)
        assert prices(equilibrium)[1] == pytest.approx(price, **CLOSE)
        spent = sum(
            float(equilibrium.price[equilibrium.network.columns.take[k]] * equilibrium.level[k])
            for k in equilibrium.network.budgets[0].columns.tolist()
        )
        assert spent == pytest.approx(2000.0, **CLOSE)
        closes(equilibrium)
    few = solved(PublicPurchase(**HERE, buyers=B, budget_usd=2000.0, quantity_t=5.0))
    assert float(few.level[1]) == pytest.approx(5.0, **CLOSE)


def test_shares_of_none_and_all_are_mandates_too():
    # everything from B: 0.4 p = 1e4 / p, and nobody holds a permit to import
    equilibrium = solved(DomesticContent(**HERE, users=B, share=1.0), network=shared())
    assert flow(equilibrium) == pytest.approx(0.0, abs=1e-6)
    assert equilibrium.use_quantity == pytest.approx([1e4 / 158.113883], **NEAR)
    closes(equilibrium)
    for term in (
        DomesticContent(**HERE, users=B, share=0.0),
        RecycledContent(**HERE, users=B, share=0.0),
        SingleCountryCap(**HERE, users=B, origins=A, share=1.0),
    ):
        equilibrium = solved(term, network=recycling())
        assert prices(equilibrium) == pytest.approx((100.0, 100.0), rel=1e-5)
        closes(equilibrium)


def stock(**changes: object) -> PolicyStock:
    values: dict[str, object] = {
        "countries": B,
        "buy_price": usd(90.0),
        "release_price": usd(125.0),
        "budget_usd": 1000.0,
        "stock_t": 10.0,
    }
    return PolicyStock(**HERE, **{**values, **changes})  # type: ignore[arg-type]


def test_policy_stock_is_idle_between_its_prices():
    equilibrium = solved(stock())
    assert prices(equilibrium) == pytest.approx((100.0, 100.0), **CLOSE)
    assert equilibrium.level[1:] == pytest.approx([0.0, 0.0], abs=1e-9)


def test_policy_stock_sells_at_its_price_and_its_shadow_price_is_the_gap():
    # a tariff of 60 lifts p_B above 130. Small stock: z + 10 = 1e4 / p_B, p_B = z + s (z - 100) + 60
    tariff = Tariff(**{**HERE, "name": "tariff"}, importers=B, exporters=A, specific=usd(60.0))
    assert 1e4 / root(60.0) > 130.0
    equilibrium = solved(stock(release_price=usd(110.0)), tariff)
    k = 1.0 + SLOPE
    z = positive_root(k, 10.0 * k + 60.0 - 100.0 * SLOPE, 10.0 * (60.0 - 100.0 * SLOPE) - 1e4)
    p = 1e4 / (z + 10.0)
    assert flow(equilibrium) == pytest.approx(z, **CLOSE)
    assert p > 120.0
    # the release rises by a hair (1e-4 of the base price of 100) over the stock
    assert equilibrium.price[-1] == pytest.approx(p - 110.0 - 0.01, rel=1e-5)
    accounts = closes(equilibrium)
    assert money(accounts, 1, "reserve") == pytest.approx(10.0 * (p - 100.0), rel=1e-6)
    ample = solved(stock(stock_t=100.0), tariff)
    assert prices(ample)[1] == pytest.approx(125.0, rel=1e-4)
    assert ample.price[-1] == pytest.approx(0.0, abs=1e-6)


def test_policy_stock_buys_below_its_price_within_its_budget():
    surge = with_supply_abroad(pair(), 30.0)
    assert prices(solved(network=surge))[1] < 90.0
    cheap = solved(stock(budget_usd=500.0), network=surge)
    budget = cheap.network.budgets[0]
    spent = float((cheap.price[1] * cheap.level[budget.columns]).sum())
    assert spent == pytest.approx(500.0, rel=1e-7)
    assert prices(cheap)[1] < 90.0
    held = solved(stock(budget_usd=1e5), network=surge)
    assert prices(held)[1] == pytest.approx(90.0, rel=1e-4)
    closes(held)
    with pytest.raises(ConflictError, match="above the buy price"):
        apply(pair(), [stock(buy_price=usd(130.0))])
