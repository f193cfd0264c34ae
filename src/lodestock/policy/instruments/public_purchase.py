r"""Purchase into a reserve at the market price, up to a quantity and a highest price.

.. math:: 0 \le z_j \le b_j \ \perp \ p_j - P_j + s_j z_j, \qquad b_j = B \, d_j / \sum d

The reserve of each buyer pays the market price; users meet a higher price. :math:`s_j` spreads the purchase
over a hair's breadth below P (`BAND`), so that the quantity bought is unique.
"""

from __future__ import annotations

from lodestock.policy.instruments.floor import highest_price
from lodestock.policy.network import Network
from lodestock.policy.parts import PURCHASE
from lodestock.policy.single import add_single_columns, reserve_sites
from lodestock.policy.terms import PublicPurchase

BAND = 1e-4


def apply_public_purchase(network: Network, term: PublicPurchase) -> Network:
    """Add the purchases of one reserve; see the equation above."""
    node, quantity = reserve_sites(network, term, term.buyers, term.quantity_t)
    if not node.size:
        return network
    highest = highest_price(network, term.material)
    if term.price_max is not None:
        highest = term.price_max.at(network.reference_price[term.material, term.stage])
    return add_single_columns(
        network, term.name, PURCHASE, node, cost=-highest, slope=BAND * highest / quantity, capacity=quantity
    )
