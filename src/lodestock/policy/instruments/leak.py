r"""What comes round an export control: goods relabelled or sent through countries that are not controlled.

Behind every route that a control narrows lies a leak of its own, on top of the licit shipments:

.. math:: 0 \le L_{ij} \le \ell \, b_{ij} x^0_{ij} \ \perp \
          p_j - p_i - c_{ij} - s_{ij} (\ell^0_{ij} + L_{ij}) - \kappa_{ij}(L_{ij}) \le 0, \qquad
          \kappa_{ij}(L) = k \, p^{ref} \Big( 1 + \frac{L}{x^0_{ij}} \Big)

with the share of the base flow that is blocked :math:`b_{ij}` (1 under a ban), the leak's share :math:`\ell`
of it, the licit tonnes still allowed :math:`\ell^0_{ij} = (1 - b_{ij}) x^0_{ij}`, and the assumption
``leak_cost_share`` k: detours, relabelling and risk cost from k of the price for the first tonne to 2 k
where the whole base flow leaks. With :math:`\ell = 1` and :math:`k = 0` the control does nothing; without a
leak it is as written in law.

Mass is conserved: a leaked tonne leaves the origin and arrives at the destination. Whoever carries it keeps
the gap between the two prices beyond these costs (party traders, half to each end of the route, since nobody
knows whose the detours are); duties at the destination fall on it as on any other import.

Round a duty or levy goods leak as well: relabelled, or declared as something else. Behind every route in use
that pays one lies a leak that does not,

.. math:: 0 \le L_{ij} \le \ell x^0_{ij} \ \perp \ p_j - p_i - f_{ij} - \kappa_{ij}(L_{ij}) \le 0

with the route's marginal cost in the base year :math:`f_{ij} = c_{ij} + s_{ij} x^0_{ij}`: it pays once the
duty is larger than :math:`\kappa`, and what leaks takes the place of what would have paid. It may take a
while until goods come round; over T months the mean share is :math:`\ell (1 - \text{lag} / T)^+`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.policy.network import Network
from lodestock.policy.parts import (
    COLUMN_KINDS,
    LEAK,
    NONE,
    TRADE,
    FloatArray,
    IndexArray,
    LeakTerm,
    append,
    of_kind,
)
from lodestock.policy.terms import ExportControl, Floor, Tariff

LEAST_SLOPE = 1e-6
"""Least slope of a leak, as a share of the price per base flow, that keeps a solution unique."""


def add_leak(network: Network, term: ExportControl, columns: IndexArray, blocked: FloatArray) -> Network:
    """Lay a leak behind every used route among ``columns``.

    Parameters
    ----------
    columns : trade columns that the control narrows.
    blocked : (columns,) share of the base flow that may not be shipped any more.

    Notes
    -----
    Where two controls on one route leak, the wider leak counts.
    """
    if term.leak is None:
        return network
    table = network.columns
    base = table.base_level[columns]
    share = term.leak.mean_share(network.months, network.months_since(term.start))
    room = share * np.clip(blocked, 0.0, 1.0) * base - _leaking(network, columns)
    licit = (1.0 - blocked) * base
    cost = table.cost[columns] + table.slope[columns] * licit
    return _add_columns(network, term, columns, room, cost, table.slope[columns])


def add_evasion(network: Network, term: Floor | Tariff, columns: IndexArray) -> Network:
    """Lay a leak that does not pay behind every used trade route among ``columns``, which pay."""
    if term.leak is None:
        return network
    table = network.columns
    columns = np.intersect1d(columns, of_kind(table, TRADE))
    base = table.base_level[columns]
    room = term.leak.mean_share(network.months, network.months_since(term.start)) * base
    cost = table.cost[columns] + table.slope[columns] * base - _specific_wedges(network, columns)
    return _add_columns(network, term, columns, room, cost, np.zeros(len(columns)))


def _specific_wedges(network: Network, columns: IndexArray) -> FloatArray:
    """(columns,) specific duties and taxes among the cost of columns, USD/t."""
    total = np.zeros(len(network.columns.kind))
    for wedge in network.wedges:
        if wedge.kind == "duty":
            np.add.at(total, wedge.columns, wedge.cost)
    return np.asarray(total[columns])


def _add_columns(
    network: Network,
    term: ExportControl | Floor | Tariff,
    columns: IndexArray,
    room: FloatArray,
    cost: FloatArray,
    slope: FloatArray,
) -> Network:
    """Leaks beside ``columns`` with the route's own cost and slope, and the cost of going round on top."""
    wide = room > 0.0
    columns, room, cost, slope = columns[wide], room[wide], cost[wide], slope[wide]
    if not columns.size:
        return network
    table, base = network.columns, network.columns.base_level[columns]
    extra = network.leak_cost.get(term.material, 0.0) * network.reference_price[term.material, term.stage]
    added = append(
        table,
        kind=COLUMN_KINDS.index(LEAK),
        take=table.take[columns],
        give=table.give[columns],
        take_quantity=1.0,
        give_quantity=1.0,
        take_money=1.0,
        give_money=1.0,
        cost=cost + extra,
        slope=np.maximum(slope + extra / base, LEAST_SLOPE * network.nodes.price[table.give[columns]] / base),
        capacity=room,
        base_level=0.0,
        limit=NONE,
    )
    names = [f"{network.column_names[k]} round {term.name}" for k in columns.tolist()]
    leak = LeakTerm(
        name=f"{term.name}: {term.material} {term.stage}",
        instrument=term.name,
        material=term.material,
        stage=term.stage,
        columns=len(table.kind) + np.arange(len(columns)),
    )
    return replace(
        network,
        columns=added,
        column_names=(*network.column_names, *names),
        leaks=(*network.leaks, leak),
    )


def leaking(network: Network, material: str, stage: str, exporters: tuple[str, ...]) -> IndexArray:
    """Leak columns of a market that start in some countries."""
    home = network.country_index(exporters)
    laid = [leak.columns for leak in network.leaks if (leak.material, leak.stage) == (material, stage)]
    columns = np.concatenate(laid) if laid else np.zeros(0, dtype=np.int64)
    return columns[np.isin(network.nodes.country[network.columns.take[columns]], home)]


def _leaking(network: Network, columns: IndexArray) -> FloatArray:
    """(columns,) tonnes that may already leak along the same routes."""
    table = network.columns
    leaks = of_kind(table, LEAK)
    size = len(network.nodes.price)
    room: dict[int, float] = {}
    for pair, capacity in zip(
        (table.take[leaks] * size + table.give[leaks]).tolist(), table.capacity[leaks].tolist(), strict=True
    ):
        room[pair] = room.get(pair, 0.0) + capacity
    pairs = (table.take[columns] * size + table.give[columns]).tolist()
    return np.array([room.get(pair, 0.0) for pair in pairs])
