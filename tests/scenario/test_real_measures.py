"""Measures on imports and mandates on calibrated worlds: solved, certified, accounts closed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from lodestock.data.snapshot import load_table
from lodestock.policy.accounts import account
from lodestock.policy.instruments import apply
from lodestock.policy.network import Network
from lodestock.policy.solve import solve_network
from lodestock.policy.terms import (
    Amount,
    DomesticContent,
    Floor,
    Instrument,
    Leak,
    MinimumImportPrice,
    PublicPurchase,
    Rate,
    SingleCountryCap,
    TariffRateQuota,
)
from lodestock.scenario.build import build_network
from lodestock.scenario.resolved import Horizon
from lodestock.world.cache import load_world

SETS = load_table("country_sets")
UNION = tuple(sorted(SETS.filter(SETS["set_name"] == "EU27")["country"].to_list()))
ALLIES = tuple(sorted({*UNION, "USA", "CAN", "GBR", "JPN", "KOR", "AUS"}))


def base(material: str) -> tuple[str, Network]:
    world = load_world(material)
    return world.last_stage, build_network(world, horizon=Horizon(years=3.0))


def measures(material: str, stage: str, network: Network) -> dict[str, tuple[Instrument, ...]]:
    here = {"name": "measure", "material": material, "stage": stage, "start": date(2026, 1, 1)}
    outside = tuple(name for name in network.countries if name not in ALLIES)
    floor = {**here, "zone": "allies", "members": ALLIES, "floor": Amount(multiple_of_base=1.08)}
    use = float(network.use.base_quantity.sum()) * network.reference_price[material, stage]
    return {
        "two duties": (
            TariffRateQuota(
                **here,
                importers=ALLIES,
                exporters=outside,
                within=Rate(),
                beyond=Rate(ad_valorem=0.1),
                share_of_base=0.5,
            ),
        ),
        "minimum price": (
            MinimumImportPrice(
                **here, importers=ALLIES, exporters=outside, price=Amount(multiple_of_base=1.08)
            ),
        ),
        "per importer": (Floor(**floor, levy_per="importer"),),
        "ad valorem": (Floor(**floor, basis="ad_valorem"),),
        "drawback": (Floor(**floor, drawback=True, cap=Amount(multiple_of_base=0.5)),),
        "origin": (Floor(**floor, exempt_origins=("BRA", "NOR"), rules_of_origin="last_transformation"),),
        "leak": (Floor(**floor, leak=Leak(share=0.2, low=0.2, high=0.2)),),
        "cap": (SingleCountryCap(**here, users=UNION, origins=outside, share=0.1),),
        "content": (DomesticContent(**here, users=ALLIES, share=0.5),),
        "budget": (PublicPurchase(**here, buyers=("USA",), budget_usd=0.01 * use),),
    }


@pytest.mark.parametrize("material", ["cobalt", "gallium"])
@pytest.mark.parametrize(
    "name",
    [
        *("two duties", "minimum price", "per importer", "ad valorem", "drawback"),
        *("origin", "leak", "cap", "content", "budget"),
    ],
)
def test_measures_solve_and_add_up_on_real_worlds(material: str, name: str) -> None:
    stage, network = base(material)
    equilibrium = solve_network(apply(network, measures(material, stage, network)[name]))
    assert equilibrium.is_solved
    assert equilibrium.solution.certificate.worst <= 1e-8
    accounts = account(equilibrium)
    assert accounts.money_residual <= 1e-9
    assert accounts.surplus_residual <= 1e-9
    allies = network.country_index(ALLIES)
    node = network.nodes_at(material, stage)[allies]
    weight = network.absorption(material, stage)[allies]
    inside = float((weight * equilibrium.price[node]).sum() / (weight * network.nodes.price[node]).sum())
    assert 1.0 - 1e-6 <= inside <= 3.0
    if name == "cap":
        for origin in ("CHN", "COD", "RUS"):
            columns = equilibrium.network.trade_columns(material, stage, (origin,), UNION)
            used = equilibrium.use_quantity[equilibrium.network.use_rows(material, UNION)].sum()
            assert equilibrium.level[columns].sum() <= 0.1 * used * (1.0 + 1e-5)
    if name == "budget":
        (budget,) = equilibrium.network.budgets
        bought = equilibrium.price[equilibrium.network.columns.take[budget.columns]]
        spent = float((bought * equilibrium.level[budget.columns]).sum())
        assert spent == pytest.approx(budget.usd, rel=1e-6)
    assert np.isfinite(equilibrium.price).all()
