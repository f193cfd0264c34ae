"""Every material of the snapshot: its base year comes back, and no single country's loss breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.scenario.cases import case, resolved

from lodestock.data.snapshot import load_table
from lodestock.market import solve
from lodestock.policy.accounts import account
from lodestock.policy.compile import to_market
from lodestock.policy.instruments import apply
from lodestock.policy.network import Network
from lodestock.policy.parts import STAGES
from lodestock.policy.solve import solve_network
from lodestock.policy.terms import CapitalSubsidy, ExportBan, Outage
from lodestock.scenario.build import build_network
from lodestock.scenario.resolved import Horizon
from lodestock.scenario.run import run_scenario
from lodestock.world.cache import load_world
from lodestock.world.model import World

MATERIALS = tuple(load_table("materials")["material"].to_list())
START = date(2026, 1, 1)
BELIEVABLE = 40.0
"""No price may be multiplied by more: use ends at its choke (some 20 times base), ore may rise further."""


def base_network(material: str) -> tuple[World, Network]:
    world = load_world(material)
    return world, build_network(world, horizon=Horizon(years=1.0))


@pytest.mark.parametrize("material", MATERIALS)
def test_base_year_comes_back_from_a_perturbed_start(material: str):
    world, network = base_network(material)
    market = to_market(network)
    push = np.random.default_rng(0).uniform(0.8, 1.25, market.nodes)
    solution = solve(replace(market, price_scale=network.nodes.price * push), audit=False)
    assert solution.status == "solved"
    assert solution.price == pytest.approx(network.nodes.price, rel=1e-6)
    quantity = np.concatenate([network.supply.base_quantity, network.use.base_quantity])
    assert solution.curve_quantity == pytest.approx(quantity, rel=1e-6)
    columns = network.columns
    for stage in world.stages:
        at = network.nodes.stage[np.maximum(columns.give, columns.take)] == STAGES.index(stage)
        largest = columns.base_level[at].max()
        assert solution.level[at] == pytest.approx(columns.base_level[at], rel=1e-6, abs=1e-6 * largest)


def losses(network: Network, world: World) -> Iterator[Outage | ExportBan]:
    """Every producer's output gone, and every producer's exports stopped, stage by stage."""
    for stage in world.stages:
        output = network.base_output(world.material, stage)
        for country in np.flatnonzero(output > 0.0):
            name = network.countries[country]
            others = tuple(other for other in network.countries if other != name)
            term = {"name": f"{name} {stage}", "material": world.material, "stage": stage, "start": START}
            yield Outage(**term, countries=(name,), lost_share=1.0)
            yield ExportBan(**term, exporters=(name,), importers=others)


@pytest.mark.slow
@pytest.mark.parametrize("material", MATERIALS)
def test_every_single_country_may_fail(material: str):
    world, network = base_network(material)
    for loss in losses(network, world):
        what = f"{type(loss).__name__} {loss.name}"
        equilibrium = solve_network(apply(network, [loss]), audit=False)
        assert equilibrium.solution.status == "solved", what
        assert equilibrium.solution.certificate.worst <= 1e-8, what
        assert equilibrium.solution.certificate.mass_identity <= 1e-9, what
        accounts = account(equilibrium)
        assert max(accounts.money_residual, accounts.surplus_residual) <= 1e-9, what
        assert (equilibrium.price >= 0.0).all(), what
        multiple = equilibrium.price / network.nodes.price
        assert multiple.max() <= BELIEVABLE, f"{what}: a price {multiple.max():.0f} times base"
        if isinstance(loss, Outage):
            own = equilibrium.output(world.material, loss.stage)[network.country_index(loss.countries)]
            assert own == pytest.approx(0.0, abs=1e-9), what


def test_a_capital_subsidy_without_a_cost_takes_the_assumption_and_shows_it():
    grant = CapitalSubsidy(
        name="grant",
        material="lithium",
        stage="refined",
        start=START,
        producers=("DEU", "USA"),
        payers=("DEU", "USA"),
        capacity_t=5000.0,
        share=0.3,
    )
    outcome = run_scenario(resolved(case(grant), materials=("lithium",)), draws=0)
    shown = outcome.assumptions.filter(pl.col("name") == "capex_per_t[refined]")
    assert shown.height == 1
    paid = outcome.cases["scenario"].payments.filter(pl.col("kind") == "capital_grant")["usd"].sum()
    assert paid == pytest.approx(-0.3 * 5000.0 * shown["value"][0] * grant.annuity())
