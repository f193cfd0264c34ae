"""Periods joined by stocks, on the two-country network of small.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from tests.policy.small import HERE, SLOPE, A, B, pair, positive_root, with_supply_abroad
from tests.policy.truth import CLOSE, usd

from lodestock.market import periods
from lodestock.policy.horizon import PERFECT, ROLLING, PeriodResult, Reserve, Stores, solve_periods
from lodestock.policy.instruments import apply
from lodestock.policy.network import Network
from lodestock.policy.parts import of_kind
from lodestock.policy.solve import solve_network
from lodestock.policy.terms import (
    ContractForDifference,
    ExportLicence,
    ExportQuota,
    Floor,
    Instrument,
    Leak,
    PublicPurchase,
    SingleCountryCap,
    Tariff,
)

RISE, INTEREST, HELD = 0.5, 0.08, 10.0


def stores(network: Network, *, held: float = HELD) -> Stores:
    """A stock of ``held`` t in BBB."""
    del network
    return Stores(np.array([1]), np.array([held]), np.array([held]), np.array([RISE]), INTEREST)


def path(
    *terms: tuple[Instrument, ...], foresight: str = PERFECT, first: str = "2026-Q1", held: float = HELD
) -> tuple[PeriodResult, ...]:
    """Solve one period per tuple of terms."""
    networks = [apply(pair(), own) for own in terms]
    return solve_periods(networks, periods(first, len(terms)), stores(pair(), held=held), foresight)


@pytest.mark.parametrize("foresight", [PERFECT, ROLLING])
@pytest.mark.parametrize("first", ["2026", "2026-Q1", "2026-01"])
def test_without_measures_every_period_is_the_base_year(foresight: str, first: str) -> None:
    for result in path((), (), (), foresight=foresight, first=first):
        assert result.price == pytest.approx([100.0, 100.0], **CLOSE)
        assert result.level[:1] == pytest.approx([100.0], **CLOSE)
        assert result.held == pytest.approx([HELD], **CLOSE)


def test_what_is_held_pays_as_the_equation_says() -> None:
    # m = p_next / (1 + r) - p - h - s H = 0 with s = RISE p0 / H0, h = p0 / (1 + r) - p0 - s H0
    tariff = Tariff(**HERE, importers=B, exporters=A, specific=usd(40.0))
    results = path((), (tariff,), (tariff,))
    kept = (1.0 + INTEREST) ** -0.25
    slope = RISE * 100.0 / HELD
    for now, after in pairwise(results):
        margin = (after.price[1] - 100.0) * kept - (now.price[1] - 100.0) - slope * (now.held[0] - HELD)
        assert margin == pytest.approx(0.0, abs=1e-5)
    last = results[-1]
    assert -(last.price[1] - 100.0) - slope * (last.held[0] - HELD) == pytest.approx(0.0, abs=1e-5)


def test_tonnes_add_up_over_the_periods() -> None:
    tariff = Tariff(**HERE, importers=B, exporters=A, specific=usd(40.0))
    results = path((), (tariff,), ())
    opening = HELD
    for result in results:
        arrived, used = result.level[0] * 0.25, result.use_quantity.sum() * 0.25
        assert opening + arrived - used == pytest.approx(result.held[0], abs=1e-6)
        opening = float(result.held[0])


def test_foresight_moves_stock_ahead_and_without_it_none_moves() -> None:
    quota = ExportQuota(**HERE, exporters=A, importers=B, limit_t=60.0)
    seen, unseen = path((), (quota,)), path((), (quota,), foresight=ROLLING)
    assert seen[0].held[0] > HELD
    assert seen[0].price[1] > 100.0
    assert unseen[0].price == pytest.approx([100.0, 100.0], **CLOSE)
    assert seen[1].price[1] < unseen[1].price[1]


def test_measures_with_nodes_of_their_own_may_come_and_go() -> None:
    network = apply(pair(), [])
    cap = SingleCountryCap(**HERE, users=B, origins=A, share=0.5)
    floor = Floor(**{**HERE, "name": "floor"}, zone="Z", members=B, floor=usd(120.0))
    nets = [network, apply(network, [floor]), apply(network, [floor]), network]
    results = solve_periods(nets, periods("2026", 4), stores(network), PERFECT)
    assert results[1].price[1] == pytest.approx(120.0, rel=1e-6)
    assert results[3].price[1] < 110.0
    own = replace(pair(home_use=40.0))
    results = solve_periods([own, apply(own, [cap])], periods("2026", 2), stores(own), ROLLING)
    assert len(results[1].price) > len(results[0].price)
    assert results[0].price == pytest.approx([100.0, 100.0], **CLOSE)


NOBODY = Stores(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros(0), INTEREST)
SHARE = Floor(**HERE, zone="Z", members=B, floor=usd(120.0), basis="ad_valorem")
# BBB's own producers have a strike of 150 and 900 USD a year between them
CONTRACT = ContractForDifference(
    **{**HERE, "name": "contract"}, producers=B, payers=B, strike=usd(150.0), budget_usd=900.0
)
PURCHASE = PublicPurchase(**{**HERE, "name": "buyer"}, buyers=B, budget_usd=600.0)


@pytest.mark.parametrize("foresight", [PERFECT, ROLLING])
def test_levies_by_share_and_budgets_are_those_of_one_year_without_stocks(foresight: str) -> None:
    # with nothing that joins them, every period is a year of its own
    base = with_supply_abroad(pair(), 30.0)
    nets = [apply(base, terms) for terms in ([SHARE], [CONTRACT], [SHARE, PURCHASE], [])]
    results = solve_periods(nets, periods("2026-Q1", 4), NOBODY, foresight)
    for network, result in zip(nets, results, strict=True):
        year = solve_network(network)
        assert result.price == pytest.approx(year.price, rel=1e-6)
        assert result.level == pytest.approx(year.level, rel=1e-5, abs=1e-5)
        assert result.levy == pytest.approx(year.solution.levy, rel=1e-6)


def test_a_share_and_a_budget_hold_in_every_period_that_stocks_join() -> None:
    base = with_supply_abroad(pair(), 30.0)
    nets = [apply(base, [SHARE]), apply(base, [CONTRACT]), apply(base, [CONTRACT, SHARE])]
    results = solve_periods(nets, periods("2026-Q1", 3), stores(base), PERFECT)
    for t in (0, 2):
        # p_B - p_A - s (z - 100) = r p_A, with the rate r in units of the floor's reference price
        found, levies = results[t], nets[t].levies
        at = next(index for index, levy in enumerate(levies) if levy.kind == "floor")
        rate = found.levy[at] / levies[at].ad_valorem
        charged = found.price[1] - found.price[0] - SLOPE * (found.level[0] - 100.0)
        assert found.price[1] == pytest.approx(120.0, rel=1e-6)
        assert charged == pytest.approx(rate * found.price[0], rel=1e-6)
    for t in (1, 2):
        found = results[t]
        at = next(index for index, levy in enumerate(nets[t].levies) if levy.kind == "contract")
        assert found.levy[at] * found.supply_quantity[1] == pytest.approx(900.0, rel=1e-6)
        assert found.levy[at] < 150.0 - found.price[1]


def test_a_purchase_keeps_to_its_budget_of_a_year_in_every_period() -> None:
    base = pair()
    nets = [apply(base, [PURCHASE])] * 2
    for result in solve_periods(nets, periods("2026-Q1", 2), stores(base), PERFECT):
        bought = result.level[of_kind(result.network.columns, "purchase")]
        assert bought.sum() * result.price[1] == pytest.approx(600.0, rel=1e-6)


def test_a_licence_counts_from_its_start_in_every_period() -> None:
    # freeze 3 months, ramp 6 months from 0 to 0.8: quarters at 0, 0.2, 0.6 and 0.8, mean 0.4 over the year
    licence = ExportLicence(
        **HERE, exporters=A, importers=B, plateau_share=(0.8,), freeze_months=3.0, ramp_months=6.0
    )
    quarters = [licence.mean_share("BBB", 3.0, 3.0 * t) for t in range(5)]
    assert quarters == pytest.approx([0.0, 0.2, 0.6, 0.8, 0.8])
    assert np.mean(quarters[:4]) == pytest.approx(licence.mean_share("BBB", 12.0))
    later = replace(pair(), months=3.0, day=date(2026, 7, 2))
    allowed = apply(later, [licence]).columns.capacity[0]
    # 182 of 365.25 days are 5.98 months after the start
    assert allowed == pytest.approx(60.0, abs=0.5)


def test_a_leak_is_late_once() -> None:
    leak = Leak(share=0.4, low=0.4, high=0.4, lag_months=4.0)
    assert [leak.mean_share(3.0, 3.0 * t) for t in range(3)] == pytest.approx([0.0, 0.4 * 2 / 3, 0.4])


def test_a_policy_stock_sells_out_at_its_trigger_over_the_periods() -> None:
    # a tariff of 60 in the second year: z + 10 = 1e4 / p_B, p_B = z + s (z - 100) + 60, above the trigger
    tariff = Tariff(**HERE, importers=B, exporters=A, specific=usd(60.0))
    nobody = Stores(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros(0), INTEREST)
    reserve = Reserve("vault", np.array([1]), np.array([10.0]), np.array([1000.0]), 90.0, 110.0)
    k = 1.0 + SLOPE
    z = positive_root(k, 10.0 * k + 60.0 - 100.0 * SLOPE, 10.0 * (60.0 - 100.0 * SLOPE) - 1e4)
    for foresight in (PERFECT, ROLLING):
        nets = [pair(), apply(pair(), [tariff]), pair()]
        first, second, third = solve_periods(nets, periods("2026", 3), nobody, foresight, [reserve])
        assert first.price == pytest.approx([100.0, 100.0], rel=1e-5)
        assert first.reserves["vault"][2] == pytest.approx([10.0], rel=1e-5)
        assert second.level[0] == pytest.approx(z, rel=1e-5)
        bought, sold, held, worth = second.reserves["vault"][:, 0].tolist()
        assert (bought, sold, held) == pytest.approx((0.0, 10.0, 0.0), abs=1e-4)
        assert worth == pytest.approx(1e4 / (z + 10.0), rel=1e-5)
        assert third.price == pytest.approx([100.0, 100.0], rel=1e-5)


def test_a_policy_stock_spends_one_budget_over_all_periods() -> None:
    # B makes 30 t more: the price falls below 90 in both years, and 450 USD buy 5 t at 90
    surge = with_supply_abroad(pair(), 30.0)
    nobody = Stores(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros(0), INTEREST)
    reserve = Reserve("vault", np.array([1]), np.array([0.0]), np.array([450.0]), 90.0, 125.0)
    results = solve_periods([surge, surge], periods("2026", 2), nobody, PERFECT, [reserve])
    bought = sum(float(result.reserves["vault"][0, 0]) for result in results)
    assert bought == pytest.approx(5.0, rel=1e-4)
    assert results[1].reserves["vault"][2, 0] == pytest.approx(5.0, rel=1e-4)
