"""What comes round a control, against closed forms on the two-country network of small.py.

AAA supplies q = p_A, BBB uses d = 1e4 / p_B; the route costs p_B - p_A = s (z - 100). Under a ban only the
leak L <= l * 100 flows, with p_B - p_A = s (L - 100) + 100 k (1 + L / 100) while it is below that bound.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.policy.small import HERE, SLOPE, A, B, pair, positive_root, with_supply_abroad

from lodestock.errors import LodestockError
from lodestock.policy.accounts import account
from lodestock.policy.book import PARTIES
from lodestock.policy.instruments import apply
from lodestock.policy.network import Network
from lodestock.policy.parts import LEAK, of_kind
from lodestock.policy.solve import Equilibrium, solve_network
from lodestock.policy.terms import (
    Amount,
    ExportBan,
    ExportLicence,
    ExportQuota,
    Instrument,
    Leak,
    Tariff,
)

CLOSE = {"rel": 1e-7}


def leak(share: float) -> Leak:
    return Leak(share=share, low=share, high=share)


def ban(share: float | None) -> ExportBan:
    return ExportBan(**HERE, exporters=A, importers=B, leak=None if share is None else leak(share))


def network(cost: float = 0.0) -> Network:
    return replace(pair(), leak_cost={"testium": cost})


def solved(*terms: Instrument, of: Network | None = None) -> Equilibrium:
    equilibrium = solve_network(apply(of or network(), terms))
    assert equilibrium.solution.status == "solved"
    entry = account(equilibrium)
    assert max(entry.money_residual, entry.surplus_residual) <= 1e-9
    return equilibrium


def leaked(equilibrium: Equilibrium) -> float:
    return float(equilibrium.level[of_kind(equilibrium.network.columns, LEAK)].sum())


def test_no_leak_is_a_ban() -> None:
    equilibrium = solve_network(apply(with_supply_abroad(network(), 20.0), [ban(None)]))
    assert not len(of_kind(equilibrium.network.columns, LEAK))
    zero = solve_network(apply(with_supply_abroad(network(), 20.0), [ban(0.0)]))
    np.testing.assert_allclose(zero.price, equilibrium.price, rtol=1e-9)


def test_a_free_leak_of_everything_is_no_ban() -> None:
    equilibrium = solved(ban(1.0))
    assert leaked(equilibrium) == pytest.approx(100.0, **CLOSE)
    np.testing.assert_allclose(equilibrium.price, [100.0, 100.0], rtol=1e-7)


def test_a_full_leak_stands_at_its_bound_and_traders_keep_the_gap() -> None:
    cost, share = 0.3, 0.2
    equilibrium = solved(ban(share), of=network(cost))
    flow = share * 100.0
    assert leaked(equilibrium) == pytest.approx(flow, **CLOSE)
    # q = p_A and d = 1e4 / p_B
    assert equilibrium.price[0] == pytest.approx(flow, **CLOSE)
    assert equilibrium.price[1] == pytest.approx(1e4 / flow, **CLOSE)
    slope = SLOPE + cost * 100.0 / 100.0
    intercept = -SLOPE * 100.0 + cost * 100.0
    rent = flow * (1e4 / flow - flow - intercept) - 0.5 * slope * flow**2
    entry = account(equilibrium)
    traders = entry.surplus[0, :, PARTIES.index("traders")]
    assert traders.tolist() == pytest.approx([rent / 2.0, rent / 2.0], **CLOSE)
    paid = {payment.country: payment.usd for payment in entry.payments}
    assert {payment.kind for payment in entry.payments} == {"leak_rent"}
    assert paid == pytest.approx({"AAA": rent / 2.0, "BBB": rent / 2.0}, **CLOSE)


def test_a_costly_leak_stays_below_its_bound() -> None:
    cost = 2.0
    equilibrium = solved(ban(1.0), of=network(cost))
    # 1e4 / L - L = s (L - 100) + 100 k + k L
    flow = positive_root(1.0 + SLOPE + cost, 100.0 * cost - 100.0 * SLOPE, -1e4)
    assert flow < 100.0
    assert leaked(equilibrium) == pytest.approx(flow, **CLOSE)


def test_more_leak_closes_more_of_the_gap() -> None:
    of = with_supply_abroad(network(0.2), 20.0)
    found = [solved(ban(share), of=of) for share in (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)]
    gap = [float(item.price[1] - item.price[0]) for item in found]
    assert gap == sorted(gap, reverse=True)
    assert len({round(value, 6) for value in gap}) == len(gap)


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_leak_behind_a_licence_is_a_share_of_what_is_blocked(share: float) -> None:
    term = ExportLicence(**HERE, exporters=A, importers=B, plateau_share=(0.6,), leak=leak(share))
    equilibrium = solved(term)
    assert float(equilibrium.level[0]) == pytest.approx(60.0, **CLOSE)
    assert leaked(equilibrium) == pytest.approx(share * 40.0, **CLOSE)


def test_leak_behind_a_quota_is_a_share_of_what_is_blocked() -> None:
    term = ExportQuota(**HERE, exporters=A, importers=B, limit_t=70.0, leak=leak(0.5))
    equilibrium = solved(term)
    assert float(equilibrium.level[0]) == pytest.approx(70.0, **CLOSE)
    assert leaked(equilibrium) == pytest.approx(0.5 * 30.0, **CLOSE)


def test_duties_reach_what_leaks_whatever_the_order() -> None:
    duty = Tariff(**{**HERE, "name": "duty"}, importers=B, exporters=A, specific=Amount(usd_per_t=40.0))
    ways = [solved(*terms, of=network(0.2)) for terms in ((duty, ban(1.0)), (ban(1.0), duty))]
    flow = positive_root(1.0 + SLOPE + 0.2, 20.0 - 100.0 * SLOPE + 40.0, -1e4)
    for equilibrium in ways:
        assert leaked(equilibrium) == pytest.approx(flow, **CLOSE)
        duties = [p.usd for p in account(equilibrium).payments if p.kind == "duty"]
        assert sum(duties) == pytest.approx(40.0 * flow, **CLOSE)


def test_the_wider_of_two_leaks_counts() -> None:
    other = replace(ban(0.3), name="other")
    equilibrium = solved(ban(0.1), other)
    assert leaked(equilibrium) == pytest.approx(30.0, **CLOSE)
    equilibrium = solved(other, ban(0.1))
    assert leaked(equilibrium) == pytest.approx(30.0, **CLOSE)


def test_unknown_material_is_named() -> None:
    with pytest.raises(LodestockError, match="testium"):
        apply(network(), [replace(ban(0.2), material="testum")])
