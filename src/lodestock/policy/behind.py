r"""Nodes behind a country's market, and permits that count what passes.

A mandate or a drawback counts some of what a market handles: what users take up, what is recovered, what
crosses the border. What is to be counted moves to a node behind the market, joined to it by a passage column,
and the passage gives or takes permits. A passage costs nothing; its slope

.. math:: s = \beta \, p^0 / X^0, \qquad c = - s \, x^0 \qquad (\beta = 10^{-6})

around the base quantity :math:`x^0`, with what goes through the market :math:`X^0`, only keeps the solution
unique, and moves prices by less than :math:`\beta` times the change of the quantity as a share of X.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lodestock.policy.network import Network
from lodestock.policy.parts import (
    NONE,
    PASSAGE,
    PERMIT,
    STAGES,
    FloatArray,
    IndexArray,
    Limit,
    append,
    change,
)
from lodestock.policy.single import add_columns

EVEN = 1e-6
"""beta: slope of a passage, as a share of the base price per quantity through the market."""
SMALL = 1e-3
"""A node behind a market counts as handling at least this share of what the market does."""
LEAST = 1e-6
"""Markets smaller than this share of the largest count as that large."""


def add_behind(network: Network, market: IndexArray, quantity: FloatArray) -> tuple[Network, IndexArray]:
    """Add one node behind the market of each given node; ``quantity`` t pass it in the base year."""
    first = len(network.nodes.price)
    nodes = append(
        network.nodes,
        material=network.nodes.material[market],
        stage=network.nodes.stage[market],
        country=network.nodes.country[market],
        price=network.nodes.price[market],
        throughput=np.maximum(quantity, SMALL * network.nodes.throughput[market]),
        injection=0.0,
        behind=network.market_of()[market],
    )
    return replace(network, nodes=nodes), first + np.arange(len(market))


def add_passages(
    network: Network,
    label: str,
    take: IndexArray,
    give: IndexArray,
    quantity: FloatArray,
    *,
    cost: float | FloatArray = 0.0,
) -> tuple[Network, IndexArray]:
    """Join nodes by passages that carry ``quantity`` t in the base year; see the equation above.

    ``cost`` is on top of what keeps the base year as it is.
    """
    first, size = len(network.columns.kind), len(take)
    if not size:
        return network, np.zeros(0, dtype=np.int64)
    price = np.maximum(network.nodes.price[give], network.nodes.price[take])
    through = np.maximum(network.nodes.throughput[give], network.nodes.throughput[take])
    slope = EVEN * price / np.maximum(np.maximum(quantity, through), LEAST * through.max())
    countries = network.nodes.country[give].tolist()
    network = add_columns(
        network,
        [f"{label} {PASSAGE} {network.countries[c]}" for c in countries],
        kind=PASSAGE,
        take=take,
        give=give,
        take_quantity=1.0,
        cost=cost - slope * quantity,
        slope=slope,
        capacity=np.inf,
    )
    passages = first + np.arange(size)
    columns = change(network.columns, passages, base_level=quantity)
    return replace(network, columns=columns), passages


def users_apart(network: Network, label: str, rows: IndexArray) -> tuple[Network, IndexArray]:
    """Move use rows behind their markets; returns the passages through which they are supplied."""
    use = network.use
    network, market, apart, at, quantity = _apart(network, use.node[rows], use.base_quantity[rows])
    network = replace(network, use=change(use, rows, node=apart[at]))
    return add_passages(network, f"{label} uptake", market, apart, quantity)


def scrap_apart(network: Network, label: str, rows: IndexArray) -> tuple[Network, IndexArray]:
    """Move supply rows behind their markets; returns the passages through which they deliver."""
    supply = network.supply
    network, market, apart, at, quantity = _apart(network, supply.node[rows], supply.base_quantity[rows])
    network = replace(network, supply=change(supply, rows, node=apart[at]))
    return add_passages(network, f"{label} recovered", apart, market, quantity)


def _apart(
    network: Network, node: IndexArray, base: FloatArray
) -> tuple[Network, IndexArray, IndexArray, IndexArray, FloatArray]:
    """Nodes behind those that rows stand at: network, old nodes, new ones, which one of each row, tonnes."""
    old, position = np.unique(node, return_inverse=True)
    quantity = np.zeros(len(old))
    np.add.at(quantity, position, base)
    network, new = add_behind(network, old, quantity)
    return network, old, new, position, quantity


def add_permits(
    network: Network,
    limit: Limit,
    *,
    price: float,
    throughput: float,
    injection: float = 0.0,
    takes: Sequence[tuple[IndexArray, FloatArray | float]],
) -> Network:
    """Add a permit node and its limit, ``permit`` of which is set here.

    Parameters
    ----------
    price, throughput : USD per permit and permits a year, the scale of the node.
    injection : permits handed out a year.
    takes : (columns, permits taken per unit of level; negative where they are given).
    """
    permit = len(network.nodes.price)
    country = network.nodes.country[_some_node(network, takes[0][0])]
    nodes = append(
        network.nodes,
        material=NONE,
        stage=STAGES.index(PERMIT),
        country=country,
        price=price,
        throughput=throughput,
        injection=injection,
        behind=NONE,
    )
    permits = network.permits
    for columns, quantity in takes:
        if len(columns):
            permits = append(
                permits, column=columns, node=permit, quantity=np.broadcast_to(quantity, len(columns))
            )
    limits = (*network.limits, replace(limit, permit=permit))
    return replace(network, nodes=nodes, permits=permits, limits=limits)


def _some_node(network: Network, columns: IndexArray) -> int:
    """A node of the first column: where the permit node counts as standing, for its label only."""
    column = int(columns[0])
    return int(max(network.columns.take[column], network.columns.give[column]))
