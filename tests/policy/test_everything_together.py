"""Any instruments and shocks together on a chain of two stages: parties add up, and no money is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.truth import closes, usd
from tests.scenario.cases import here
from tests.scenario.synthetic import world

from lodestock.policy.instruments import RULES, apply
from lodestock.policy.network import Network
from lodestock.policy.solve import solve_network
from lodestock.policy.term import Term
from lodestock.policy.terms import (
    Amount,
    CapitalSubsidy,
    Closure,
    ContractForDifference,
    DemandShock,
    DerivativeLevy,
    DomesticContent,
    Enforcement,
    ExportBan,
    ExportLicence,
    ExportQuota,
    ExportTax,
    Floor,
    Leak,
    MinimumImportPrice,
    Outage,
    PolicyStock,
    ProductionSubsidy,
    PublicPurchase,
    Rate,
    RecycledContent,
    Release,
    SingleCountryCap,
    SupplySurge,
    Tariff,
    TariffRateQuota,
)
from lodestock.scenario.build import build_network
from lodestock.scenario.resolved import Horizon

A, B, C = ("AAA",), ("BBB",), ("CCC",)
Draw = Callable[[float, float], float]


def network() -> Network:
    return build_network(world(), horizon=Horizon(years=3.0))


def times(multiple: float) -> Amount:
    return Amount(multiple_of_base=multiple)


def terms(u: Draw) -> Mapping[str, Term]:
    """One term of every kind, with numbers drawn by ``u``; no two of them exclude each other."""
    refined = {kind: here("refined", kind) for kind in KINDS}
    ore = {kind: here("mine", kind) for kind in KINDS}
    leak = Leak(share=u(0, 1), low=0.0, high=1.0)
    return {
        "floor": Floor(
            **ore["floor"], zone="Z", members=(*B, *C), floor=times(u(0.8, 1.5)), cap=times(u(0.1, 1))
        ),
        "derivative": DerivativeLevy(**refined["derivative"], of_floor="floor"),
        "least": MinimumImportPrice(**refined["least"], importers=B, exporters=A, price=times(u(0.8, 1.4))),
        "duty": Tariff(**refined["duty"], importers=C, exporters=A, ad_valorem=u(0, 0.5), leak=leak),
        "two duties": TariffRateQuota(
            **refined["two duties"],
            importers=C,
            exporters=A,
            within=Rate(specific=times(u(0, 0.1))),
            beyond=Rate(specific=times(0.1), ad_valorem=u(0, 0.3)),
            share_of_base=u(0, 1.2),
        ),
        "domestic": DomesticContent(**refined["domestic"], users=B, share=u(0, 0.7)),
        "recycled": RecycledContent(**refined["recycled"], users=B, share=u(0, 0.3)),
        "one country": SingleCountryCap(**refined["one country"], users=(*B, *C), origins=A, share=u(0.2, 1)),
        "ban": ExportBan(**ore["ban"], exporters=A, importers=C, leak=leak),
        "quota": ExportQuota(
            **refined["quota"], exporters=A, importers=(*B, *C), share_of_base=u(0, 1.2), rent_to="importers"
        ),
        "licence": ExportLicence(
            **ore["licence"], exporters=A, importers=B, plateau_share=(u(0, 1.5),), freeze_months=u(0, 6)
        ),
        "tax": ExportTax(**refined["tax"], exporters=A, importers=(*B, *C), ad_valorem=u(0, 0.6)),
        "subsidy": ProductionSubsidy(
            **ore["subsidy"], producers=B, payers=C, amount=times(u(0, 0.5)), volume_t=u(1, 20)
        ),
        "plant": CapitalSubsidy(
            **refined["plant"],
            producers=C,
            payers=B,
            capacity_t=u(1, 10),
            share=u(0, 1),
            capital_cost=usd(u(100, 2000)),
        ),
        "contract": ContractForDifference(
            **refined["contract"],
            producers=B,
            payers=(*B, *C),
            strike=times(u(0.8, 1.5)),
            upside_share=u(0, 1),
            volume_t=u(1, 20),
        ),
        "purchase": PublicPurchase(**refined["purchase"], buyers=C, quantity_t=u(1, 10)),
        "release": Release(**refined["release"], countries=B, quantity_t=u(1, 10)),
        "stock": PolicyStock(
            **refined["stock"],
            countries=C,
            buy_price=times(u(0.7, 0.9)),
            release_price=times(u(1.1, 1.5)),
            budget_usd=u(1, 5000),
            stock_t=u(0.1, 20),
        ),
        "outage": Outage(**ore["outage"], countries=A, lost_share=u(0, 0.5)),
        "surge": SupplySurge(**ore["surge"], countries=B, added_share=u(0, 0.5)),
        "demand": DemandShock(**refined["demand"], countries=(*A, *B, *C), change_share=u(-0.2, 0.2)),
    }


KINDS = (
    *("floor", "derivative", "least", "duty", "two duties", "domestic", "recycled", "one country", "ban"),
    *("quota", "licence", "tax", "subsidy", "plant", "contract", "purchase", "release", "stock"),
    *("outage", "surge", "demand"),
)


def test_every_kind_of_term_is_among_them() -> None:
    kinds = {type(term) for term in terms(lambda low, high: (low + high) / 2).values()}
    # closures and drives against leaks change what other terms do, and carry no money of their own
    assert kinds == set(RULES) - {Closure, Enforcement}


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(KINDS), min_size=1), st.integers(0, 10**6))
def test_the_parties_add_up(chosen: set[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = terms(lambda low, high: float(rng.uniform(low, high)))
    if "derivative" in chosen:
        chosen = chosen | {"floor"}
    equilibrium = solve_network(
        apply(network(), [drawn[kind] for kind in KINDS if kind in chosen]), audit=False
    )
    assert equilibrium.is_solved
    assert equilibrium.solution.certificate.worst <= 1e-8
    closes(equilibrium)
