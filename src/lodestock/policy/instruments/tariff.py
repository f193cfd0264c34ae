r"""Fixed import duty, specific plus ad valorem on the price at the exporter's border.

.. math:: m_{ij} = p_j - (1 + r) p_i - c_{ij} - s_{ij} z_{ij} - t

Importers pay :math:`t + r p_i` per tonne to the treasury of the importing country, the share of it that a
phase-in has reached. An infinite duty is a ban.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.policy.instruments.leak import add_evasion
from lodestock.policy.network import Network
from lodestock.policy.parts import SHIPMENTS, change
from lodestock.policy.terms import Tariff
from lodestock.policy.wedges import add_column_wedge


def apply_tariff(network: Network, term: Tariff) -> Network:
    """Charge the duty on every route from ``exporters`` to ``importers``; see the equation above."""
    columns = network.trade_columns(
        term.material, term.stage, term.exporters, term.importers, kinds=SHIPMENTS
    )
    if term.reached <= 0.0:
        return network
    specific = 0.0
    if term.specific is not None:
        specific = term.reached * term.specific.at(network.reference_price[term.material, term.stage])
    if not (np.isfinite(specific) and np.isfinite(term.ad_valorem)):
        return replace(network, columns=change(network.columns, columns, capacity=0.0))
    network = add_evasion(network, term, columns)
    return add_column_wedge(
        network,
        term,
        "duty",
        columns,
        cost=specific,
        take_money=term.reached * term.ad_valorem * network.columns.take_quantity[columns],
        treasury=network.nodes.country[network.columns.give[columns]],
    )
