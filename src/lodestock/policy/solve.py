"""From a network to its equilibrium."""

from __future__ import annotations

from dataclasses import replace

from lodestock.market import Topology, solve
from lodestock.policy.adjust import adjusted, needs_adjusting
from lodestock.policy.compile import to_market
from lodestock.policy.equilibrium import SOLVED as SOLVED
from lodestock.policy.equilibrium import Equilibrium as Equilibrium
from lodestock.policy.network import Network

TOLERANCE = 1e-9
"""Largest scaled residual of a solved network, tight enough for the accounts to close to the same."""


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
    start : an equilibrium of a network with the same nodes, columns and levies, to begin from; one with
        other nodes is left aside.
    topology : analysis of a market with the same columns, levies and curve nodes, to save its repetition.
    audit : look for further equilibria when there are levies.
    """

    def once(network: Network, start: Equilibrium | None, look: bool) -> Equilibrium:
        market = to_market(network)
        fits = start is not None and len(start.price) == len(network.nodes.price)
        previous = start.solution if start is not None and fits else None
        return Equilibrium(
            network,
            market,
            solve(market, start=previous, tolerance=TOLERANCE, topology=topology, audit=look),
        )

    return adjusted(network, once, start, audit) if needs_adjusting(network) else once(network, start, audit)


def at_base(solved: Equilibrium, network: Network) -> Equilibrium:
    """Starting point at the base year of ``network``; ``solved`` is any equilibrium of the same shape."""
    point = replace(solved.solution, price=network.nodes.price, level=network.columns.base_level)
    return Equilibrium(network, solved.market, point)
