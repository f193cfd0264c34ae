r"""Export licences by destination: each existing route may carry a share of its base flow.

.. math:: 0 \le z_{ij} \le \bar m_j x^0_{ij}, \qquad
          \bar m_j = \frac{1}{T} \int_0^T m_j(\tau) \, d\tau

with the freeze, ramp and plateau of `ExportLicence` averaged over the T months in force (12, or the plateau
alone in the long run). The gap that a binding licence opens is a rent of licence holders in the exporting
country, or of its treasury. What was shipped ahead of the start is a stock at the destinations, drawn before
any other.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.policy.instruments.leak import add_leak
from lodestock.policy.network import Network
from lodestock.policy.parts import NONE, STOCK_DRAW, Limit, change
from lodestock.policy.single import add_single_columns
from lodestock.policy.terms import ExportLicence

DEAD_BAND = 1e-3
"""Price rise over base, as a share, at which the whole of the forward stock is drawn."""


def apply_export_licence(network: Network, term: ExportLicence) -> Network:
    """Cap every route from ``exporters`` to ``importers``; see the equation above."""
    columns = network.trade_columns(term.material, term.stage, term.exporters, term.importers)
    importer = network.nodes.country[network.columns.give[columns]]
    after = network.months_since(term.start)
    share = {name: term.mean_share(name, network.months, after) for name in term.importers}
    mean = np.array([share[network.countries[c]] for c in importer])
    network = add_leak(network, term, columns, 1.0 - mean)
    allowed = mean * network.columns.base_level[columns]
    capacity = np.minimum(network.columns.capacity[columns], allowed)
    licence = Limit(
        name=f"{term.name}: {term.material} {term.stage}",
        instrument=term.name,
        kind="licence",
        material=term.material,
        stage=term.stage,
        permit=NONE,
        columns=columns,
        quantity=float(allowed.sum()),
        rent_to=term.rent_to,
    )
    binding = capacity < network.columns.capacity[columns]
    table = change(network.columns, columns, capacity=capacity)
    table = change(table, columns[binding], limit=len(network.limits))
    network = replace(network, columns=table, limits=(*network.limits, licence))
    return _shipped_ahead(network, term)


def _shipped_ahead(network: Network, term: ExportLicence) -> Network:
    """Stock laid in before the start: a share of one year's base flow on the licensed routes."""
    if term.pull_forward_share <= 0.0:
        return network
    columns = network.trade_columns(term.material, term.stage, term.exporters, term.importers)
    arrived = np.zeros(len(network.nodes.price))
    np.add.at(arrived, network.columns.give[columns], network.columns.base_level[columns])
    node = np.flatnonzero(arrived > 0.0)
    if not node.size:
        return network
    stock = term.pull_forward_share * arrived[node]
    price = network.nodes.price[node]
    return add_single_columns(
        network, term.name, STOCK_DRAW, node, cost=price, slope=DEAD_BAND * price / stock, capacity=stock
    )
