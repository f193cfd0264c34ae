r"""A corridor that closes: existing routes carry a share of their base flow less.

.. math:: 0 \le z_{ij} \le (1 - b_{ij}) \, x^0_{ij}, \qquad b_{ij} = \sigma \frac{\min(w_{ij}, T)}{52}

with the share held up sigma, the delay w of the way round (as long as the closure where there is none) and
the weeks T it lasts within a year. Nobody collects a rent by decree; who still gets through keeps the gap.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.policy.instruments.leak import leaking
from lodestock.policy.network import Network
from lodestock.policy.parts import change
from lodestock.policy.terms import Closure, Enforcement


def apply_closure(network: Network, term: Closure) -> Network:
    """Cap every route that is held up; see the equation above."""
    columns = network.trade_columns(term.material, term.stage, term.exporters, term.importers)
    table, nodes = network.columns, network.nodes
    held = {(first, last): share for first, last, share in term.blocked}
    pairs = zip(nodes.country[table.take[columns]], nodes.country[table.give[columns]], strict=True)
    blocked = np.array([held.get((network.countries[i], network.countries[j]), 0.0) for i, j in pairs])
    columns, blocked = columns[blocked > 0.0], blocked[blocked > 0.0]
    capacity = np.minimum(table.capacity[columns], (1.0 - blocked) * table.base_level[columns])
    return replace(network, columns=change(table, columns, capacity=capacity))


def apply_enforcement(network: Network, term: Enforcement) -> Network:
    """Narrow every leak that starts in the exporters by the share stopped."""
    columns = leaking(network, term.material, term.stage, term.exporters)
    capacity = network.columns.capacity[columns] * (1.0 - term.share)
    return replace(network, columns=change(network.columns, columns, capacity=capacity))
