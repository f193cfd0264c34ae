r"""Sale from a reserve at the market price, up to a quantity and down to a lowest price.

.. math:: 0 \le z_j \le r_j \ \perp \ P + s_j z_j - p_j, \qquad r_j = R \, d_j / \sum d

The reserve of each holder keeps the proceeds; users meet a lower price. :math:`s_j` spreads the sale over a
hair's breadth above P (`BAND`), so that the quantity sold is unique.
"""

from __future__ import annotations

from lodestock.policy.network import Network
from lodestock.policy.parts import RELEASE
from lodestock.policy.single import add_single_columns, reserve_sites
from lodestock.policy.terms import Release

BAND = 1e-4


def apply_release(network: Network, term: Release) -> Network:
    """Add the sales of one reserve; see the equation above."""
    quantity = term.quantity_t if term.stock_t is None else min(term.quantity_t, term.stock_t)
    node, amount = reserve_sites(network, term, term.countries, quantity)
    if not node.size:
        return network
    base = network.reference_price[term.material, term.stage]
    lowest = term.price_min.at(base) if term.price_min is not None else 0.0
    return add_single_columns(
        network, term.name, RELEASE, node, cost=lowest, slope=BAND * base / amount, capacity=amount
    )
