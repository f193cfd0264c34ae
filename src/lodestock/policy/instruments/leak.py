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
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.policy.network import Network
from lodestock.policy.parts import COLUMN_KINDS, LEAK, NONE, FloatArray, IndexArray, LeakTerm, append, of_kind
from lodestock.policy.terms import ExportControl


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
    room = term.leak.share * np.clip(blocked, 0.0, 1.0) * base - _leaking(network, columns)
    wide = room > 0.0
    columns, base, room, blocked = columns[wide], base[wide], room[wide], blocked[wide]
    if not columns.size:
        return network
    cost = network.leak_cost.get(term.material, 0.0) * network.reference_price[term.material, term.stage]
    licit = (1.0 - blocked) * base
    added = append(
        table,
        kind=COLUMN_KINDS.index(LEAK),
        take=table.take[columns],
        give=table.give[columns],
        take_quantity=1.0,
        give_quantity=1.0,
        take_money=1.0,
        give_money=1.0,
        cost=table.cost[columns] + table.slope[columns] * licit + cost,
        slope=table.slope[columns] + cost / base,
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
