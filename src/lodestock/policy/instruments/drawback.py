r"""Drawback: the levy of a floor is repaid on exports out of the zone, up to the tonnes that paid it.

On exports from member j to a non-member k, and on the imports that pay the levy,

.. math:: p_k - p_j - c_{jk} - s_{jk} z_{jk} + \tau - \rho = 0, \qquad
          p_j - p_i - c_{ij} - s_{ij} z_{ij} - \tau + \rho = 0

where :math:`\rho` is the price of a receipt: a tonne imported under the levy brings one, a tonne exported
takes one. Exports without a receipt forgo the repayment, as if they bought one at :math:`\tau` (y t of them):

.. math:: 0 \le y \ \perp \ \tau - \rho \ge 0, \qquad
          0 \le \rho \ \perp \ \sum_{ij} z_{ij} + y - \sum_{jk} z_{jk} \ge 0

While imports exceed exports receipts are worth nothing and every exporter gets :math:`\tau` back; where they
do not, :math:`\rho` rises to :math:`\tau` and importers are freed of the levy instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lodestock.policy.behind import EVEN, add_permits
from lodestock.policy.network import Network
from lodestock.policy.parts import COLUMN_KINDS, NONE, PASSAGE, LevyPart, Limit, added_up, append
from lodestock.policy.terms import Floor


def add_drawback(network: Network, term: Floor, outsiders: Sequence[str]) -> Network:
    """Repay the levy added last on exports from members to ``outsiders``; see the equations above."""
    levy = network.levies[-1]
    exports = network.trade_columns(term.material, term.stage, term.members, outsiders)
    if not exports.size or not levy.columns.size:
        return network
    base = network.reference_price[term.material, term.stage]
    flow = network.columns.base_level
    imported, exported = float(flow[levy.columns].sum()), float(flow[exports].sum())
    through = max(imported, exported, float(network.absorption(term.material, term.stage).max()))
    receipts = Limit(
        name=f"{term.name} receipts: {term.material} {term.stage}",
        instrument=term.name,
        kind="drawback",
        material=term.material,
        stage=term.stage,
        permit=NONE,
        columns=exports,
        quantity=0.0,
        rent_to="traders",
        paid_by="traders",
    )
    takes: list[tuple[np.ndarray, float]] = [(exports, 1.0), (levy.columns, -1.0)]
    network = add_permits(network, receipts, price=base, throughput=through, takes=takes)
    without = len(network.columns.kind)
    network = _forgone(network, term, slope=EVEN * base / through)
    part = LevyPart(
        name=f"{levy.name} drawback",
        instrument=term.name,
        kind="drawback",
        stage=term.stage,
        start=len(levy.columns),
        stop=len(levy.columns) + len(exports) + 1,
    )
    origin = network.nodes.country[network.columns.take[exports]]
    tonnes = added_up(origin, np.maximum(flow[exports], 1e-9 * through), len(network.countries))
    wider = replace(
        levy,
        columns=np.concatenate([levy.columns, exports, [without]]),
        column_weight=np.concatenate([levy.column_weight, np.full(len(exports), -1.0), [1.0]]),
        country=np.concatenate([levy.country, origin, [NONE]]),
        share=tonnes / tonnes.sum(),
        parts=(*levy.parts, part),
    )
    return replace(network, levies=(*network.levies[:-1], wider))


def _forgone(network: Network, term: Floor, *, slope: float) -> Network:
    """Receipts that exporters do without: a column that gives one and pays the levy for it."""
    columns = append(
        network.columns,
        kind=COLUMN_KINDS.index(PASSAGE),
        take=NONE,
        give=network.limits[-1].permit,
        take_quantity=0.0,
        give_quantity=1.0,
        take_money=0.0,
        give_money=1.0,
        cost=0.0,
        slope=slope,
        capacity=np.inf,
        base_level=0.0,
        limit=NONE,
    )
    return replace(
        network, columns=columns, column_names=(*network.column_names, f"{term.name} drawback forgone")
    )
