r"""Tax on exports, specific plus ad valorem on the price at the destination.

.. math:: m_{ij} = (1 - r) p_j - p_i - c_{ij} - s_{ij} z_{ij} - t

Exporters pay :math:`t + r p_j` per tonne to the treasury of the exporting country; what they cannot pass on
to buyers abroad falls on producers at home.
"""

from __future__ import annotations

from lodestock.policy.network import Network
from lodestock.policy.terms import ExportTax
from lodestock.policy.wedges import add_column_wedge


def apply_export_tax(network: Network, term: ExportTax) -> Network:
    """Charge the tax on every route from ``exporters`` to ``importers``; see the equation above."""
    columns = network.trade_columns(term.material, term.stage, term.exporters, term.importers)
    specific = 0.0
    if term.specific is not None:
        specific = term.specific.at(network.reference_price[term.material, term.stage])
    return add_column_wedge(
        network,
        term,
        "export_tax",
        columns,
        cost=specific,
        give_money=-term.ad_valorem * network.columns.give_quantity[columns],
        treasury=network.nodes.country[network.columns.take[columns]],
    )
