r"""Drawback: the levy of a floor is repaid on exports out of the zone, up to the tonnes that paid it.

Exports of member j to non-members leave from a node behind its market, reached in one of two ways,

.. math:: p^x_j - p_j = 0 \quad\text{or}\quad p^x_j - p_j + \tau - \rho = 0, \qquad
          0 \le \rho \ \perp \ \sum z^{in} - \sum_j z^{drawn}_j \ge 0

where :math:`\rho` is the price of a receipt: each tonne imported under the levy brings one, each tonne that
draws back takes one. While imports exceed exports receipts are worth nothing and every exporter gets
:math:`\tau` back; where they do not, :math:`\rho` rises to :math:`\tau` and importers are freed of the levy
instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lodestock.policy.behind import add_behind, add_passages, add_permits
from lodestock.policy.network import Network
from lodestock.policy.parts import NONE, LevyPart, Limit, added_up, change
from lodestock.policy.terms import Floor


def add_drawback(network: Network, term: Floor, outsiders: Sequence[str]) -> Network:
    """Repay the levy added last on exports from members to ``outsiders``; see the equations above."""
    levy = network.levies[-1]
    exports = network.trade_columns(term.material, term.stage, term.members, outsiders)
    if not exports.size or not levy.columns.size:
        return network
    flow = network.columns.base_level[exports]
    node, position = np.unique(network.columns.take[exports], return_inverse=True)
    leaving = added_up(position, flow, len(node))
    network, gate = add_behind(network, node, leaving)
    network = replace(network, columns=change(network.columns, exports, take=gate[position]))
    network, _ = add_passages(network, f"{term.name} export", node, gate, leaving)
    network, drawn = add_passages(network, f"{term.name} drawback", node, gate, np.zeros(len(node)))
    part = LevyPart(
        name=f"{levy.name} drawback",
        instrument=term.name,
        kind="drawback",
        stage=term.stage,
        start=len(levy.columns),
        stop=len(levy.columns) + len(drawn),
    )
    wider = replace(
        levy,
        columns=np.concatenate([levy.columns, drawn]),
        column_weight=np.concatenate([levy.column_weight, np.full(len(drawn), -1.0)]),
        country=np.concatenate([levy.country, network.nodes.country[node]]),
        parts=(*levy.parts, part),
    )
    network = replace(network, levies=(*network.levies[:-1], wider))
    receipts = Limit(
        name=f"{term.name} receipts: {term.material} {term.stage}",
        instrument=term.name,
        kind="drawback",
        material=term.material,
        stage=term.stage,
        permit=NONE,
        columns=drawn,
        quantity=0.0,
        rent_to="traders",
        paid_by="traders",
    )
    imported = float(network.columns.base_level[levy.columns].sum())
    return add_permits(
        network,
        receipts,
        price=network.reference_price[term.material, term.stage],
        throughput=max(imported, 1e-6 * float(leaving.sum()), 1e-12),
        takes=[(drawn, 1.0), (levy.columns, -1.0)],
    )
