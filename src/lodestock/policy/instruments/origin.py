r"""Rules of origin: an exempt origin may pass on only what it made itself.

Nodes pool goods of every origin, so without such rules whatever reaches an exempt country may go on without
the levy, at the cost of both routes. Under the rule of the last transformation the country's own output at
the stage (mined, refined or recovered there) stands at a node behind its market. From there it goes to the
members free of the levy, or into the market by a passage; what leaves the market for the members pays.

Along each route the base flow :math:`x^0` is split by :math:`\varphi`, the share that the country's own
output can cover,

.. math:: \varphi = \min\Big(1, \frac{q^0}{\sum_j x^0_j}\Big), \qquad
          s_{own} = s / \varphi, \quad s_{pool} = s / (1 - \varphi)

so that both together have the stiffness s of the route. Where own output covers all, a pooled tonne costs
what the last tonne of the base year does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.policy.behind import add_behind, add_passages
from lodestock.policy.import_terms import NO_RULES
from lodestock.policy.network import Network
from lodestock.policy.parts import (
    COLUMN_KINDS,
    NONE,
    PROCESS,
    TRADE,
    Columns,
    FloatArray,
    IndexArray,
    append,
    change,
    of_kind,
)
from lodestock.policy.terms import Floor

WHOLE = 1.0 - 1e-9
"""Shares above this count as one."""


def own_origin_only(network: Network, term: Floor) -> Network:
    """Tell the exempt origins' own output from what they pass on; see the equations above."""
    for origin in term.exempt_origins:
        network = _split(network, term, origin)
    return network


def pooled_columns(network: Network, term: Floor) -> IndexArray:
    """Routes to the members from the markets of exempt origins, where own output stands apart from them."""
    if term.rules_of_origin == NO_RULES:
        return np.zeros(0, dtype=np.int64)
    columns = network.trade_columns(term.material, term.stage, term.exempt_origins, term.members)
    behind = network.nodes.behind[network.columns.take[columns]]
    return np.asarray(columns[behind == NONE])


def _split(network: Network, term: Floor, origin: str) -> Network:
    columns = network.trade_columns(term.material, term.stage, (origin,), term.members)
    position = network.country_index((origin,))
    if not position.size:
        return network
    market = int(network.nodes_at(term.material, term.stage)[position[0]])
    columns = columns[network.columns.take[columns] == market]
    rows = np.flatnonzero(network.supply.node == market)
    process = of_kind(network.columns, PROCESS)
    process = process[network.columns.give[process] == market]
    made = float(network.supply.base_quantity[rows].sum() + network.columns.base_level[process].sum())
    if market == NONE or not columns.size:
        return network
    flow = network.columns.base_level[columns]
    share = min(1.0, made / float(flow.sum())) if flow.sum() > 0.0 else 1.0
    network, own = add_behind(network, np.array([market]), np.array([made]))
    network = replace(
        network,
        supply=change(network.supply, rows, node=own[0]),
        columns=change(network.columns, process, give=own[0]),
    )
    left = np.array([max(made - share * float(flow.sum()), 0.0)])
    network, _ = add_passages(network, f"{term.name} own", own, np.array([market]), left)
    return _two_ways(network, term, columns, int(own[0]), share)


def _two_ways(network: Network, term: Floor, columns: IndexArray, own: int, share: float) -> Network:
    """Routes from the own output, and beside them routes from the pool."""
    table = network.columns
    flow, cost, slope = table.base_level[columns], table.cost[columns], table.slope[columns]
    if share >= WHOLE:
        pool_flow, pool_cost, pool_slope = 0.0 * flow, cost + slope * flow, slope
    else:
        pool_flow, pool_cost, pool_slope = (1.0 - share) * flow, cost, slope / (1.0 - share)
    pooled = _like(table, columns, pool_cost, pool_slope, pool_flow)
    if share >= WHOLE:
        table = change(pooled, columns, take=own)
    elif share > 0.0:
        table = change(pooled, columns, take=own, slope=slope / share, base_level=share * flow)
    else:
        table = change(pooled, columns, take=own, cost=cost + slope * flow, base_level=0.0)
    names = [f"{network.column_names[k]} from the pool" for k in columns.tolist()]
    return replace(network, columns=table, column_names=(*network.column_names, *names))


def _like(
    table: Columns, columns: IndexArray, cost: FloatArray, slope: FloatArray, flow: FloatArray
) -> Columns:
    """The table with further trade columns between the same ends."""
    return append(
        table,
        kind=np.full(len(columns), COLUMN_KINDS.index(TRADE)),
        take=table.take[columns],
        give=table.give[columns],
        take_quantity=table.take_quantity[columns],
        give_quantity=table.give_quantity[columns],
        take_money=table.take_money[columns],
        give_money=table.give_money[columns],
        cost=cost,
        slope=slope,
        capacity=table.capacity[columns],
        base_level=flow,
        limit=table.limit[columns],
    )
