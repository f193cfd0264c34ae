"""Every instrument alone against its closed form, on the two-country network of small.py.

With q = p_A, d = 1e4 / p_B and p_B - p_A = s (z - 100) + wedge, an equilibrium flow z solves
(1 + s) z^2 + (wedge - 100 s) z - 1e4 = 0.
"""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest
from tests.policy.small import HERE, SLOPE, A, B, pair, positive_root, with_supply_abroad

from lodestock.errors import ConflictError, LodestockError, UnknownNameError, ValueOutOfRangeError
from lodestock.policy.accounts import Accounts, account
from lodestock.policy.book import PARTIES
from lodestock.policy.instruments import apply
from lodestock.policy.network import Network
from lodestock.policy.solve import Equilibrium, solve_network
from lodestock.policy.terms import (
    Amount,
    CapitalSubsidy,
    ContractForDifference,
    DemandShock,
    ExportBan,
    ExportLicence,
    ExportQuota,
    ExportTax,
    Floor,
    Instrument,
    Outage,
    ProductionSubsidy,
    PublicPurchase,
    Release,
    Shock,
    SupplySurge,
    Tariff,
)

CLOSE = {"rel": 1e-7}


def usd(amount: float) -> Amount:
    return Amount(usd_per_t=amount)


def solved(*terms: Instrument | Shock, network: Network | None = None) -> Equilibrium:
    equilibrium = solve_network(apply(network or pair(), terms))
    assert equilibrium.solution.status == "solved"
    assert equilibrium.solution.certificate.worst <= 1e-8
    return equilibrium


def flow(equilibrium: Equilibrium) -> float:
    return float(equilibrium.level[0])


def prices(equilibrium: Equilibrium) -> tuple[float, float]:
    return float(equilibrium.price[0]), float(equilibrium.price[1])


def root(wedge: float = 0.0, supply: float = 1.0) -> float:
    """Flow when p_B - p_A = s (z - 100) + wedge and z = supply * p_A."""
    return positive_root(1.0 / supply + SLOPE, wedge - 100.0 * SLOPE, -1e4)


def money(accounts: Accounts, country: int, party: str) -> float:
    return float(accounts.surplus[0, country, PARTIES.index(party)])


def closes(equilibrium: Equilibrium) -> Accounts:
    accounts = account(equilibrium)
    assert accounts.surplus_residual <= 1e-9
    assert accounts.money_residual <= 1e-9
    return accounts


def test_no_instrument_gives_the_base_back():
    equilibrium = solved()
    assert prices(equilibrium) == pytest.approx((100.0, 100.0), **CLOSE)
    assert flow(equilibrium) == pytest.approx(100.0, **CLOSE)
    closes(equilibrium)


def test_specific_tariff():
    equilibrium = solved(Tariff(**HERE, importers=B, exporters=A, specific=usd(20.0)))
    z = root(20.0)
    assert flow(equilibrium) == pytest.approx(z, **CLOSE)
    assert prices(equilibrium) == pytest.approx((z, 1e4 / z), **CLOSE)
    accounts = closes(equilibrium)
    assert money(accounts, 1, "treasury") == pytest.approx(20.0 * z, **CLOSE)


def test_specific_tariff_shares_the_loss_among_the_parties():
    # users: -int_{100}^{pB} 1e4/p dp; producers: (pA^2 - 1e4)/2; routes: s (z^2 - 1e4)/2, half at each end
    before = account(solved())
    equilibrium = solved(Tariff(**HERE, importers=B, exporters=A, specific=usd(20.0)))
    after, z = account(equilibrium), root(20.0)
    change = after.surplus[0] - before.surplus[0]
    assert change[1, PARTIES.index("users")] == pytest.approx(-1e4 * log(1e4 / z / 100.0), **CLOSE)
    assert change[0, PARTIES.index("producers")] == pytest.approx(0.5 * (z**2 - 1e4), **CLOSE)
    for country in (0, 1):
        rent = change[country, PARTIES.index("traders")]
        assert rent == pytest.approx(0.25 * SLOPE * (z**2 - 1e4), **CLOSE)


def test_ad_valorem_tariff_is_on_the_price_of_origin():
    # 1e4/z = (1 + r) z + s (z - 100)
    equilibrium = solved(Tariff(**HERE, importers=B, exporters=A, ad_valorem=0.3))
    z = positive_root(1.3 + SLOPE, -100.0 * SLOPE, -1e4)
    assert flow(equilibrium) == pytest.approx(z, **CLOSE)
    assert money(closes(equilibrium), 1, "treasury") == pytest.approx(0.3 * z * z, **CLOSE)


def test_two_tariffs_add_up():
    both = solved(
        Tariff(**HERE, importers=B, exporters=A, specific=usd(5.0), ad_valorem=0.1),
        Tariff(**{**HERE, "name": "other"}, importers=B, exporters=A, specific=usd(7.0), ad_valorem=0.2),
    )
    one = solved(Tariff(**HERE, importers=B, exporters=A, specific=usd(12.0), ad_valorem=0.3))
    assert prices(both) == pytest.approx(prices(one), **CLOSE)
    assert money(closes(both), 1, "treasury") == pytest.approx(money(closes(one), 1, "treasury"), **CLOSE)


def test_export_tax_is_kept_by_the_exporter():
    # specific: the same wedge as a tariff
    # ad valorem on the price at the destination: (1 - r) 1e4/z = z + s (z - 100)
    equilibrium = solved(ExportTax(**HERE, exporters=A, importers=B, specific=usd(20.0)))
    assert flow(equilibrium) == pytest.approx(root(20.0), **CLOSE)
    assert money(closes(equilibrium), 0, "treasury") == pytest.approx(20.0 * root(20.0), **CLOSE)
    equilibrium = solved(ExportTax(**HERE, exporters=A, importers=B, ad_valorem=0.3))
    z = positive_root(1.0 + SLOPE, -100.0 * SLOPE, -0.7e4)
    assert flow(equilibrium) == pytest.approx(z, **CLOSE)
    assert money(closes(equilibrium), 0, "treasury") == pytest.approx(0.3 * 1e4, **CLOSE)


def test_quota_sets_the_flow_and_gives_the_gap_to_licence_holders():
    equilibrium = solved(ExportQuota(**HERE, exporters=A, importers=B, limit_t=60.0))
    rent = 1e4 / 60.0 - 60.0 - SLOPE * (60.0 - 100.0)
    assert flow(equilibrium) == pytest.approx(60.0, **CLOSE)
    assert prices(equilibrium) == pytest.approx((60.0, 1e4 / 60.0), **CLOSE)
    assert float(equilibrium.price[2]) == pytest.approx(rent, **CLOSE)
    assert money(closes(equilibrium), 0, "licence_holders") == pytest.approx(60.0 * rent, **CLOSE)


def test_quota_rent_goes_to_the_treasury_when_permits_are_sold():
    equilibrium = solved(ExportQuota(**HERE, exporters=A, importers=B, limit_t=60.0, rent_to="treasury"))
    accounts = closes(equilibrium)
    assert money(accounts, 0, "treasury") > 0.0
    assert money(accounts, 0, "licence_holders") == 0.0


def test_quota_at_base_flow_is_nothing():
    equilibrium = solved(ExportQuota(**HERE, exporters=A, importers=B, share_of_base=1.0))
    assert prices(equilibrium) == pytest.approx((100.0, 100.0), **CLOSE)
    assert float(equilibrium.price[2]) == pytest.approx(0.0, abs=1e-5)


def test_quota_equals_the_export_tax_that_gives_the_same_flow():
    quota = solved(ExportQuota(**HERE, exporters=A, importers=B, limit_t=80.0, rent_to="treasury"))
    tax = solved(ExportTax(**HERE, exporters=A, importers=B, specific=usd(float(quota.price[2]))))
    assert prices(tax) == pytest.approx(prices(quota), **CLOSE)
    assert account(tax).surplus == pytest.approx(account(quota).surplus, rel=1e-6, abs=1e-3)


def test_licence_caps_the_route_and_its_rent_has_a_holder():
    licence = ExportLicence(**HERE, exporters=A, importers=B, plateau_share=(0.6,))
    equilibrium = solved(licence)
    rent = 1e4 / 60.0 - 60.0 - SLOPE * (60.0 - 100.0)
    assert flow(equilibrium) == pytest.approx(60.0, **CLOSE)
    assert money(closes(equilibrium), 0, "licence_holders") == pytest.approx(60.0 * rent, **CLOSE)


def test_licence_freeze_and_ramp_are_averaged_over_the_year():
    # 3 months at 0, 6 months from 0 to 0.8 (mean 0.4), 3 months at 0.8: (0 + 2.4 + 2.4) / 12 = 0.4
    licence = ExportLicence(
        **HERE, exporters=A, importers=B, plateau_share=(0.8,), freeze_months=3.0, ramp_months=6.0
    )
    assert flow(solved(licence)) == pytest.approx(40.0, **CLOSE)
    long_run = solved(licence, network=replace(pair(), months=np.inf))
    assert flow(long_run) == pytest.approx(80.0, **CLOSE)


def test_what_was_shipped_ahead_is_drawn_before_the_price_rises():
    licence = ExportLicence(**HERE, exporters=A, importers=B, plateau_share=(0.6,), pull_forward_share=0.1)
    equilibrium = solved(licence)
    assert float(equilibrium.level[1]) == pytest.approx(10.0, **CLOSE)
    assert prices(equilibrium)[1] == pytest.approx(1e4 / 70.0, **CLOSE)
    closes(equilibrium)


def test_ban_closes_the_route_and_equals_an_infinite_tariff():
    ban = solved(ExportBan(**HERE, exporters=A, importers=B), network=pair(home_use=40.0))
    tariff = solved(
        Tariff(**HERE, importers=B, exporters=A, specific=usd(float("inf"))), network=pair(home_use=40.0)
    )
    high = solved(Tariff(**HERE, importers=B, exporters=A, specific=usd(1e9)), network=pair(home_use=40.0))
    for equilibrium in (ban, tariff, high):
        assert flow(equilibrium) == 0.0
        # home: p = 40 * 100 / p, p^2 = 4000
        assert prices(equilibrium)[0] == pytest.approx(4000.0**0.5, **CLOSE)
        closes(equilibrium)


def test_production_subsidy_shifts_supply():
    # z = p_A + 20, so p_B - p_A = s (z - 100) is (1 + s) z^2 - (20 + 100 s) z - 1e4 = 0
    term = ProductionSubsidy(**HERE, producers=A, payers=A, amount=usd(20.0))
    equilibrium = solved(term)
    z = root(-20.0)
    assert flow(equilibrium) == pytest.approx(z, **CLOSE)
    assert prices(equilibrium) == pytest.approx((z - 20.0, 1e4 / z), **CLOSE)
    assert money(closes(equilibrium), 0, "treasury") == pytest.approx(-20.0 * z, **CLOSE)


def test_production_subsidy_on_few_tonnes_is_a_gift():
    # 30 t would be produced anyway: prices stay, producers gain what the payers lose
    term = ProductionSubsidy(**HERE, producers=A, payers=B, amount=usd(20.0), volume_t=30.0)
    equilibrium = solved(term)
    assert prices(equilibrium) == pytest.approx((100.0, 100.0), **CLOSE)
    accounts = closes(equilibrium)
    assert money(accounts, 1, "treasury") == pytest.approx(-600.0, **CLOSE)
    assert money(accounts, 0, "producers") == pytest.approx(5000.0 + 600.0, **CLOSE)


def test_production_subsidy_on_many_tonnes_is_as_good_as_on_all():
    few = solved(ProductionSubsidy(**HERE, producers=A, payers=A, amount=usd(20.0), volume_t=1e6))
    every = solved(ProductionSubsidy(**HERE, producers=A, payers=A, amount=usd(20.0)))
    assert prices(few) == pytest.approx(prices(every), **CLOSE)


def test_production_subsidy_that_binds_at_its_volume():
    # the first 103 t see p + 20 and run to 103; beyond, supply is p - 103 < 0 at p < 103
    equilibrium = solved(ProductionSubsidy(**HERE, producers=A, payers=A, amount=usd(20.0), volume_t=103.0))
    assert flow(equilibrium) == pytest.approx(103.0, **CLOSE)
    assert prices(equilibrium) == pytest.approx((1e4 / 103.0 - SLOPE * 3.0, 1e4 / 103.0), **CLOSE)
    closes(equilibrium)


def test_one_way_contract_holds_output_at_the_strike():
    contract = ContractForDifference(**HERE, producers=A, payers=B, strike=usd(120.0))
    equilibrium = solved(contract)
    p_a = 1e4 / 120.0 - SLOPE * 20.0
    assert flow(equilibrium) == pytest.approx(120.0, **CLOSE)
    assert prices(equilibrium) == pytest.approx((p_a, 1e4 / 120.0), **CLOSE)
    accounts = closes(equilibrium)
    assert money(accounts, 1, "treasury") == pytest.approx(-(120.0 - p_a) * 120.0, **CLOSE)
    assert money(accounts, 0, "producers") == pytest.approx(0.5 * 120.0**2, **CLOSE)


def test_one_way_contract_below_the_price_is_nothing():
    equilibrium = solved(ContractForDifference(**HERE, producers=A, payers=B, strike=usd(90.0)))
    assert prices(equilibrium) == pytest.approx((100.0, 100.0), **CLOSE)
    assert money(closes(equilibrium), 1, "treasury") == pytest.approx(0.0, abs=1e-4)


def test_two_way_contract_returns_the_gap():
    equilibrium = solved(
        ContractForDifference(**HERE, producers=A, payers=B, strike=usd(90.0), upside_share=1.0)
    )
    p_a = 1e4 / 90.0 + SLOPE * 10.0
    assert flow(equilibrium) == pytest.approx(90.0, **CLOSE)
    assert prices(equilibrium)[0] == pytest.approx(p_a, **CLOSE)
    assert money(closes(equilibrium), 1, "treasury") == pytest.approx((p_a - 90.0) * 90.0, **CLOSE)


def test_shared_upside_tilts_supply():
    # producers see 90 + (p - 90)/2 = 45 + p/2: z = 45 + p_A/2, so p_A = 2 z - 90
    equilibrium = solved(
        ContractForDifference(**HERE, producers=A, payers=B, strike=usd(90.0), upside_share=0.5)
    )
    z = positive_root(2.0 + SLOPE, -90.0 - 100.0 * SLOPE, -1e4)
    assert flow(equilibrium) == pytest.approx(z, **CLOSE)
    p_a = 2.0 * z - 90.0
    assert money(closes(equilibrium), 1, "treasury") == pytest.approx(0.5 * (p_a - 90.0) * z, **CLOSE)


def test_contract_on_few_tonnes_pays_the_difference_on_those():
    equilibrium = solved(
        ContractForDifference(**HERE, producers=A, payers=B, strike=usd(130.0), volume_t=25.0)
    )
    assert prices(equilibrium) == pytest.approx((100.0, 100.0), **CLOSE)
    assert money(closes(equilibrium), 1, "treasury") == pytest.approx(-25.0 * 30.0, **CLOSE)


def test_two_contracts_for_one_producer_are_refused():
    first = ContractForDifference(**HERE, producers=A, payers=B, strike=usd(120.0))
    with pytest.raises(ConflictError, match="same producers"):
        apply(pair(), [first, replace(first, name="second")])


def test_return_below_the_strike_is_refused():
    term = ContractForDifference(
        **HERE, producers=A, payers=B, strike=usd(120.0), upside_share=0.5, upside_from=usd(100.0)
    )
    with pytest.raises(ValueOutOfRangeError, match="return begins"):
        apply(pair(), [term])


def test_floor_is_held_by_the_levy():
    # p_B = 125: z = 80, tau = 125 - 80 - s (80 - 100)
    floor = Floor(**HERE, zone="Z", members=B, floor=usd(125.0))
    equilibrium = solved(floor)
    tau = 125.0 - 80.0 + 20.0 * SLOPE
    assert prices(equilibrium) == pytest.approx((80.0, 125.0), **CLOSE)
    assert float(equilibrium.solution.levy[0]) == pytest.approx(tau, **CLOSE)
    assert money(closes(equilibrium), 1, "treasury") == pytest.approx(80.0 * tau, **CLOSE)
    assert equilibrium.solution.certificate.levies[0].status == "enforced"


def test_floor_equals_the_tariff_of_its_levy():
    floor = solved(Floor(**HERE, zone="Z", members=B, floor=usd(125.0)))
    tariff = solved(Tariff(**HERE, importers=B, exporters=A, specific=usd(float(floor.solution.levy[0]))))
    assert prices(tariff) == pytest.approx(prices(floor), **CLOSE)
    assert account(tariff).surplus == pytest.approx(account(floor).surplus, rel=1e-6, abs=1e-3)


def test_floor_below_the_price_is_nothing():
    equilibrium = solved(Floor(**HERE, zone="Z", members=B, floor=usd(99.0)))
    assert prices(equilibrium) == pytest.approx((100.0, 100.0), **CLOSE)
    assert float(equilibrium.solution.levy[0]) == 0.0
    assert equilibrium.solution.certificate.levies[0].status == "slack"


def test_floor_stops_at_its_cap():
    equilibrium = solved(Floor(**HERE, zone="Z", members=B, floor=usd(125.0), cap=usd(20.0)))
    assert flow(equilibrium) == pytest.approx(root(20.0), **CLOSE)
    assert equilibrium.solution.certificate.levies[0].status == "capped"


def test_exempt_origin_pays_no_levy():
    equilibrium = solved(Floor(**HERE, zone="Z", members=B, floor=usd(125.0), exempt_origins=A))
    assert prices(equilibrium) == pytest.approx((100.0, 100.0), **CLOSE)
    with pytest.raises(ConflictError, match="exempt origin"):
        apply(pair(), [Floor(**HERE, zone="Z", members=B, floor=usd(125.0), exempt_origins=B)])


def test_two_floors_on_the_same_imports_are_refused():
    floor = Floor(**HERE, zone="Z", members=B, floor=usd(125.0))
    with pytest.raises(ConflictError, match="already charges"):
        apply(pair(), [floor, replace(floor, name="second", floor=usd(130.0))])


def test_floor_of_a_zone_without_the_material_is_refused():
    with pytest.raises(LodestockError, match="neither makes nor takes up"):
        apply(pair(), [Floor(**HERE, zone="Z", members=("ZZZ",), floor=usd(125.0))])


def test_purchase_holds_a_price_and_the_reserve_pays_it():
    # bought at 125 (within the band of 1e-4): use 80, so with z = p_A and p_B = p_A + s (z - 100): z = 120
    equilibrium = solved(PublicPurchase(**HERE, buyers=B, quantity_t=1000.0, price_max=usd(125.0)))
    assert prices(equilibrium)[1] == pytest.approx(125.0, rel=1e-4)
    z = (125.0 + 100.0 * SLOPE) / (1.0 + SLOPE)
    assert flow(equilibrium) == pytest.approx(z, rel=1e-4)
    bought = float(equilibrium.level[1])
    assert bought == pytest.approx(z - 80.0, rel=1e-3)
    # booked at the base price of 100, paid 125
    accounts = closes(equilibrium)
    assert money(accounts, 1, "reserve") == pytest.approx((100.0 - prices(equilibrium)[1]) * bought, **CLOSE)


def test_purchase_of_a_quantity_at_any_price():
    # z = 1e4/p_B + 20
    equilibrium = solved(PublicPurchase(**HERE, buyers=B, quantity_t=20.0))
    assert float(equilibrium.level[1]) == pytest.approx(20.0, **CLOSE)
    p_b = prices(equilibrium)[1]
    assert flow(equilibrium) == pytest.approx(1e4 / p_b + 20.0, **CLOSE)
    closes(equilibrium)


def test_release_lowers_the_price_and_the_reserve_keeps_the_proceeds():
    # 1e4/p_B = z + 15 with p_B = z + s (z - 100): (1 + s) z^2 + (15 (1 + s) - 100 s) z - (1e4 + 1500 s) = 0
    equilibrium = solved(Release(**HERE, countries=B, quantity_t=15.0))
    z = positive_root(1.0 + SLOPE, 15.0 * (1.0 + SLOPE) - 100.0 * SLOPE, -(1e4 + 1500.0 * SLOPE))
    assert flow(equilibrium) == pytest.approx(z, **CLOSE)
    accounts = closes(equilibrium)
    gain = (prices(equilibrium)[1] - 100.0) * 15.0
    assert money(accounts, 1, "reserve") == pytest.approx(gain, **CLOSE)


def test_release_waits_for_its_price_and_ends_with_its_stock():
    waiting = solved(Release(**HERE, countries=B, quantity_t=15.0, price_min=usd(110.0)))
    assert prices(waiting) == pytest.approx((100.0, 100.0), **CLOSE)
    short = solved(Release(**HERE, countries=B, quantity_t=15.0, stock_t=5.0))
    assert float(short.level[1]) == pytest.approx(5.0, **CLOSE)


def test_capital_subsidy_adds_capacity_and_pays_its_share():
    # a plant of 10 t runs at cost 50: z = p_A + 10
    term = CapitalSubsidy(
        **HERE,
        producers=A,
        payers=B,
        capacity_t=10.0,
        share=0.4,
        capital_cost=usd(1000.0),
        operating_cost=usd(50.0),
        life_years=20.0,
        discount_rate=0.08,
    )
    equilibrium = solved(term)
    z = root(-10.0)
    assert flow(equilibrium) == pytest.approx(z, **CLOSE)
    annual = 10.0 * 1000.0 * 0.08 / (1.0 - 1.08**-20)
    accounts = closes(equilibrium)
    assert money(accounts, 1, "treasury") == pytest.approx(-0.4 * annual, **CLOSE)
    p_a = z - 10.0
    plant = (p_a - 50.0) * 10.0 - 0.6 * annual  # earns p - 50 on average over its cost band, pays 60 %
    assert money(accounts, 0, "producers") == pytest.approx(0.5 * p_a**2 + plant, rel=1e-6)


def test_capital_subsidy_without_a_capital_cost_is_refused():
    term = CapitalSubsidy(**HERE, producers=A, payers=A, capacity_t=10.0, share=0.4)
    with pytest.raises(LodestockError, match="no capital cost"):
        apply(pair(), [term])


def test_outage_scales_supply():
    for outage in (
        Outage(**HERE, countries=A, lost_share=0.4),
        Outage(**HERE, countries=A, lost_t=40.0),
    ):
        assert flow(solved(outage)) == pytest.approx(root(supply=0.6), **CLOSE)
    with pytest.raises(ValueOutOfRangeError, match="loses 140%"):
        apply(pair(), [Outage(**HERE, countries=A, lost_t=140.0)])
    with pytest.raises(LodestockError, match="no output"):
        apply(pair(), [Outage(**HERE, countries=B, lost_t=1.0)])


def test_supply_surge_scales_supply():
    assert flow(solved(SupplySurge(**HERE, countries=A, added_share=0.5))) == pytest.approx(
        root(supply=1.5), **CLOSE
    )


def test_demand_shock_scales_use():
    # 1.5e4/z = z + s (z - 100)
    z = positive_root(1.0 + SLOPE, -100.0 * SLOPE, -1.5e4)
    assert flow(solved(DemandShock(**HERE, countries=B, change_share=0.5))) == pytest.approx(z, **CLOSE)
    assert flow(solved(DemandShock(**HERE, countries=B, change_t=50.0))) == pytest.approx(z, **CLOSE)


def test_demand_shock_of_one_end_use_scales_by_its_share():
    # wire is 75 %: +40 % of it is +30 % of use
    z = positive_root(1.0 + SLOPE, -100.0 * SLOPE, -1.3e4)
    shock = DemandShock(**HERE, countries=B, change_share=0.4, end_use="wire")
    network = apply(pair(), [shock])
    assert flow(solved(network=network)) == pytest.approx(z, **CLOSE)
    shares = {use.name: use.share for use in network.profiles[-1]}
    assert shares == pytest.approx({"wire": 0.75 * 1.4 / 1.3, "paint": 0.25 / 1.3})
    with pytest.raises(UnknownNameError, match="did you mean 'wire'"):
        apply(pair(), [replace(shock, end_use="wires")])


def test_zero_shocks_are_nothing():
    zero = (
        Outage(**HERE, countries=A, lost_share=0.0),
        DemandShock(**HERE, countries=B, change_share=0.0),
        SupplySurge(**HERE, countries=A, added_share=0.0),
        Tariff(**HERE, importers=B, exporters=A),
        ExportTax(**HERE, exporters=A, importers=B),
        ProductionSubsidy(**HERE, producers=A, payers=A, amount=usd(0.0)),
    )
    for term in zero:
        assert prices(solved(term)) == pytest.approx((100.0, 100.0), **CLOSE)


def test_amounts_may_be_multiples_of_the_base_price():
    term = Tariff(**HERE, importers=B, exporters=A, specific=Amount(multiple_of_base=0.2))
    assert flow(solved(term)) == pytest.approx(root(20.0), **CLOSE)


def test_a_shared_bill_follows_use():
    # AAA uses 40 t, BBB 60 t: they pay 40 : 60
    term = ProductionSubsidy(**HERE, producers=A, payers=("AAA", "BBB"), amount=usd(10.0))
    accounts = closes(solved(term, network=pair(home_use=40.0)))
    paid = accounts.surplus[0, :, PARTIES.index("treasury")]
    assert paid[0] / paid.sum() == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("weak", "strong"),
    [
        (ExportQuota(**HERE, exporters=A, importers=B, limit_t=limit), more)
        for limit, more in ((90.0, ExportQuota(**HERE, exporters=A, importers=B, limit_t=70.0)),)
    ]
    + [
        (
            Tariff(**HERE, importers=B, exporters=A, specific=usd(5.0)),
            Tariff(**HERE, importers=B, exporters=A, specific=usd(15.0)),
        ),
        (
            Outage(**HERE, countries=A, lost_share=0.1),
            Outage(**HERE, countries=A, lost_share=0.3),
        ),
        (
            DemandShock(**HERE, countries=B, change_share=0.1),
            DemandShock(**HERE, countries=B, change_share=0.3),
        ),
        (
            Floor(**HERE, zone="Z", members=B, floor=usd(110.0)),
            Floor(**HERE, zone="Z", members=B, floor=usd(120.0)),
        ),
        (
            PublicPurchase(**HERE, buyers=B, quantity_t=5.0),
            PublicPurchase(**HERE, buyers=B, quantity_t=15.0),
        ),
        (
            Release(**HERE, countries=B, quantity_t=15.0),
            Release(**HERE, countries=B, quantity_t=5.0),
        ),
        (
            ProductionSubsidy(**HERE, producers=A, payers=A, amount=usd(15.0)),
            ProductionSubsidy(**HERE, producers=A, payers=A, amount=usd(5.0)),
        ),
    ],
    ids=lambda term: type(term).__name__,
)
def test_more_of_a_measure_raises_the_price_abroad_more(weak: Instrument, strong: Instrument):
    network = with_supply_abroad(pair(), 20.0)
    assert prices(solved(strong, network=network))[1] > prices(solved(weak, network=network))[1]
