"""Random measures on imports and mandates together: what holds whatever the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.small import HERE, A, B
from tests.policy.third import C, three
from tests.policy.truth import usd

from lodestock.policy.accounts import account
from lodestock.policy.instruments import apply
from lodestock.policy.solve import solve_network
from lodestock.policy.terms import (
    DomesticContent,
    ExportQuota,
    Floor,
    Instrument,
    Leak,
    MinimumImportPrice,
    PolicyStock,
    Rate,
    SingleCountryCap,
    Tariff,
    TariffRateQuota,
)

price = st.floats(min_value=80.0, max_value=180.0)
share = st.floats(min_value=0.05, max_value=1.0)
amount = st.floats(min_value=0.0, max_value=60.0)


def named(name: str) -> dict[str, object]:
    return {**HERE, "name": name}


@st.composite
def measures(draw: st.DrawFn) -> list[Instrument]:
    """One measure that holds a price, or none, and any of the others."""
    found: list[Instrument] = []
    leak = Leak(share=draw(share), low=0.0, high=1.0)
    floor = Floor(**named("floor"), zone="Z", members=B, floor=usd(draw(price)), cap=usd(60.0))
    holding = {
        0: None,
        1: floor,
        2: replace(floor, drawback=True),
        3: replace(floor, leak=leak),
        4: replace(floor, exempt_origins=C, rules_of_origin="last_transformation"),
        5: MinimumImportPrice(**named("least"), importers=B, exporters=A, price=usd(draw(price))),
    }[draw(st.integers(0, 5))]
    others: list[Instrument] = [
        TariffRateQuota(
            **named("two duties"),
            importers=B,
            exporters=A,
            within=Rate(specific=usd(draw(amount))),
            beyond=Rate(specific=usd(60.0), ad_valorem=draw(st.floats(0.0, 0.3))),
            share_of_base=draw(share),
        ),
        Tariff(**named("duty"), importers=C, exporters=A, specific=usd(draw(amount)), leak=leak),
        SingleCountryCap(**named("cap"), users=(*B, *C), origins=A, share=draw(share)),
        DomesticContent(**named("content"), users=B, share=draw(st.floats(0.0, 0.6))),
        ExportQuota(
            **named("quota"), exporters=A, importers=(*B, *C), share_of_base=draw(share), rent_to="importers"
        ),
        PolicyStock(
            **named("stock"),
            countries=B,
            buy_price=usd(95.0),
            release_price=usd(130.0),
            budget_usd=draw(st.floats(1.0, 2000.0)),
            stock_t=draw(st.floats(0.1, 20.0)),
        ),
    ]
    if holding is not None:
        found.append(holding)
    chosen = draw(st.lists(st.sampled_from(range(len(others))), max_size=2, unique=True))
    return found + [others[number] for number in chosen]


@settings(max_examples=60, deadline=None)
@given(measures())
def test_accounts_close_and_limits_hold(terms: list[Instrument]) -> None:
    network = apply(three(own_supply_b=40.0, own_supply_c=20.0, ship_c_to_b=True), terms)
    equilibrium = solve_network(network)
    assert equilibrium.is_solved
    accounts = account(equilibrium)
    assert accounts.money_residual <= 1e-9
    assert accounts.surplus_residual <= 1e-9
    permits = network.permits
    for limit in network.limits:
        at = permits.node == limit.permit
        moved = permits.quantity[at] * equilibrium.level[permits.column[at]]
        room = float(network.nodes.injection[limit.permit]) - float(moved.sum())
        rent = float(equilibrium.price[limit.permit])
        assert room >= -1e-6
        assert min(room, rent) <= 1e-5
    for levy, rate in zip(equilibrium.network.levies, equilibrium.solution.levy, strict=True):
        held = float((levy.reference_weight * equilibrium.price[levy.reference]).sum())
        assert -1e-9 <= rate <= levy.cap * (1.0 + 1e-9)
        assert held >= levy.floor * (1.0 - 1e-6) or rate >= levy.cap * (1.0 - 1e-6)
        if rate > 1e-4:
            assert held <= levy.floor * (1.0 + 1e-6)
    assert np.all(equilibrium.level >= 0.0)
