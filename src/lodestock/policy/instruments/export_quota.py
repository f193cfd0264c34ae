r"""Export quota: one tonnage limit over all routes from the controlling countries to the destinations.

Every tonne takes one permit from a permit node that holds Q of them; the permit's price is the rent:

.. math:: m_{ij} = p_j - p_i - c_{ij} - s_{ij} z_{ij} - \rho, \qquad
          0 \le \rho \ \perp \ Q - \sum_{ij} z_{ij} \ge 0

Shippers pay :math:`\rho` per tonne to licence holders of the exporting country, or to its treasury when
permits are sold. A quota at the base flow changes nothing; a quota of zero is a ban.

A quota shared by several materials counts :math:`\sum_m a_m \sum_{ij} z^m_{ij} \le Q`, with :math:`a_m` the
tonnes counted per tonne contained; its one rent is the same in USD per tonne counted for every material that
ships. Here each material gets a permit node of its own; `lodestock.policy.pool` makes them one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.policy.instruments.leak import add_leak
from lodestock.policy.network import Network
from lodestock.policy.parts import NONE, PERMIT, STAGES, Limit, append, change
from lodestock.policy.terms import ExportQuota


def apply_export_quota(network: Network, term: ExportQuota) -> Network:
    """Add the permit node of one quota; see the equation above."""
    columns = network.trade_columns(term.material, term.stage, term.exporters, term.importers)
    counted = term.counted * base_flow(network, term)
    limit = term.limit_t if term.limit_t is not None else (term.share_of_base or 0.0) * counted
    blocked = max(1.0 - limit / counted, 0.0) if counted > 0.0 else 0.0
    network = add_leak(network, term, columns, np.full(len(columns), blocked))
    if limit <= 0.0 or not columns.size:
        return replace(network, columns=change(network.columns, columns, capacity=0.0))
    permit = len(network.nodes.price)
    nodes = append(
        network.nodes,
        material=NONE,
        stage=STAGES.index(PERMIT),
        country=network.nodes.country[network.columns.take[columns[0]]],
        price=network.reference_price[term.material, term.stage] / term.counted,
        throughput=limit,
        injection=limit,
        behind=NONE,
    )
    permits = append(
        network.permits, column=columns, node=permit, quantity=np.full(len(columns), term.counted)
    )
    quota = Limit(
        name=f"{term.name}: {term.material} {term.stage}",
        instrument=term.name,
        kind="quota",
        material=term.material,
        stage=term.stage,
        permit=permit,
        columns=columns,
        quantity=limit,
        rent_to=term.rent_to,
        shared=term.shared,
    )
    return replace(network, nodes=nodes, permits=permits, limits=(*network.limits, quota))


def base_flow(network: Network, term: ExportQuota) -> float:
    """Base-year flow over the routes of a quota, t contained."""
    columns = network.trade_columns(term.material, term.stage, term.exporters, term.importers)
    return float(network.columns.base_level[columns].sum())
