"""The derivative levy on a chain of two stages: it is a duty in proportion to content."""

from __future__ import annotations

import pytest
from tests.policy.truth import CLOSE, closes, paid, usd
from tests.scenario.cases import here
from tests.scenario.synthetic import YIELD, world

from lodestock.policy.instruments import apply
from lodestock.policy.network import Network
from lodestock.policy.solve import Equilibrium, solve_network
from lodestock.policy.terms import DerivativeLevy, Floor, Instrument, Tariff
from lodestock.scenario.build import build_network
from lodestock.scenario.resolved import Horizon

ZONE, OUTSIDE = ("BBB", "CCC"), ("AAA",)
FLOOR = Floor(**here("mine", "ore"), zone="Z", members=ZONE, floor=usd(560.0))


def network() -> Network:
    return build_network(world(), horizon=Horizon(years=3.0))


def solved(*terms: Instrument) -> Equilibrium:
    equilibrium = solve_network(apply(network(), terms))
    assert equilibrium.solution.status == "solved"
    return equilibrium


@pytest.mark.parametrize("content", [None, 0.5])
def test_it_is_a_tariff_on_each_stage(content: float | None):
    # tau per t of ore, and content x tau per t refined; refiners use 1 / yield of ore per tonne
    levied = solved(FLOOR, DerivativeLevy(**here("refined", "metal"), of_floor="ore", content=content))
    tau = float(levied.solution.levy[0])
    per_tonne = tau * (1.0 / YIELD if content is None else content)
    assert tau > 1.0
    duties = solved(
        Tariff(**here("mine", "ore"), importers=ZONE, exporters=OUTSIDE, specific=usd(tau)),
        Tariff(**here("refined", "metal"), importers=ZONE, exporters=OUTSIDE, specific=usd(per_tonne)),
    )
    assert duties.price == pytest.approx(levied.price, **CLOSE)
    one, other = closes(levied), closes(duties)
    assert one.surplus == pytest.approx(other.surplus, rel=1e-6, abs=1e-2)
    shipped = levied.network.trade_columns("testium", "refined", OUTSIDE, ZONE)
    assert sum(paid(one, "derivative_levy").values()) == pytest.approx(
        per_tonne * levied.level[shipped].sum(), **CLOSE
    )
    ore = levied.network.trade_columns("testium", "mine", OUTSIDE, ZONE)
    assert sum(paid(one, "floor").values()) == pytest.approx(tau * levied.level[ore].sum(), **CLOSE)


def test_it_keeps_the_refiners_behind_the_floor():
    # a floor on ore alone is a tax on the zone's refiners; the levy on metal gives some of it back
    alone = solved(FLOOR)
    both = solved(FLOOR, DerivativeLevy(**here("refined", "metal"), of_floor="ore"))
    base = float(network().base_output("testium", "refined")[1])
    refined = [float(item.output("testium", "refined")[1]) for item in (alone, both)]
    assert refined[0] < refined[1]
    assert refined[0] < base
