"""From a network to its equilibrium: prices, levels and levies with the network's names on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lodestock.market import Market, Solution, Topology, solve
from lodestock.policy.compile import to_market
from lodestock.policy.network import Network
from lodestock.policy.parts import PROCESS, PRODUCTION, REFINED, SUPPLY_KINDS, FloatArray, of_kind

SOLVED = "solved"
TOLERANCE = 1e-9
"""Largest scaled residual of a solved network, tight enough for the accounts to close to the same."""


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A solved network; arrays follow the order of the network's nodes, columns, rows and levies."""

    network: Network
    market: Market
    solution: Solution

    @property
    def price(self) -> FloatArray:
        """USD/t, (node,); the price of a permit node is the rent of its quota."""
        return self.solution.price

    @property
    def level(self) -> FloatArray:
        """Levels of the columns, t, (column,)."""
        return self.solution.level

    @property
    def supply_quantity(self) -> FloatArray:
        """Output of the supply rows, t, (row,)."""
        return self.solution.curve_quantity[: len(self.network.supply.node)]

    @property
    def use_quantity(self) -> FloatArray:
        """Use of the use rows, t, (row,)."""
        return self.solution.curve_quantity[len(self.network.supply.node) :]

    def output(self, material: str, stage: str) -> FloatArray:
        """(country,) primary output at a stage, t; old scrap left out."""
        network = self.network
        primary = network.supply.kind == SUPPLY_KINDS.index(PRODUCTION)
        parts = [(network.supply.node[primary], self.supply_quantity[primary])]
        if stage == REFINED:
            process = of_kind(network.columns, PROCESS)
            parts.append((network.columns.give[process], self.level[process]))
        return network.by_country(material, stage, *parts)


def solve_network(
    network: Network,
    *,
    start: Equilibrium | None = None,
    topology: Topology | None = None,
    audit: bool = True,
) -> Equilibrium:
    """Solve a network; a solution that stops short is returned with its status.

    Parameters
    ----------
    start : an equilibrium of a network with the same nodes, columns and levies, to begin from.
    topology : analysis of a market with the same columns, levies and curve nodes, to save its repetition.
    audit : look for further equilibria when there are levies.
    """
    market = to_market(network)
    previous = start.solution if start is not None else None
    return Equilibrium(
        network, market, solve(market, start=previous, tolerance=TOLERANCE, topology=topology, audit=audit)
    )


def at_base(solved: Equilibrium, network: Network) -> Equilibrium:
    """Starting point at the base year of ``network``; ``solved`` is any equilibrium of the same shape."""
    point = replace(solved.solution, price=network.nodes.price, level=network.columns.base_level)
    return Equilibrium(network, solved.market, point)
