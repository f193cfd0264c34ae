"""A solved network: prices, levels and levies with the network's names on them."""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.market import Market, Solution
from lodestock.policy.network import Network
from lodestock.policy.parts import PROCESS, PRODUCTION, REFINED, SUPPLY_KINDS, FloatArray, of_kind

SOLVED = "solved"


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A solved network; arrays follow the order of the network's nodes, columns, rows and levies."""

    network: Network
    market: Market
    solution: Solution

    @property
    def is_solved(self) -> bool:
        """Tell whether the solution holds its certificate."""
        return self.solution.status == SOLVED

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
