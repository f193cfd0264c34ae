r"""Purchase into a reserve at the market price, up to a quantity, a budget and a highest price.

.. math:: 0 \le z_j \le b_j \ \perp \ p_j - P_j + s_j z_j, \qquad b_j = B \, d_j / \sum d

The reserve of each buyer pays the market price; users meet a higher price. :math:`s_j` spreads the purchase
over a hair's breadth below P (`BAND`), so that the quantity bought is unique. With a budget the quantities
:math:`b_j` shrink alike until :math:`\sum_j p_j z_j` fits (`lodestock.policy.adjust`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.policy.instruments.floor import highest_price
from lodestock.policy.network import Network
from lodestock.policy.parts import PURCHASE, Budget, IndexArray
from lodestock.policy.single import add_single_columns, reserve_sites
from lodestock.policy.terms import PolicyStock, PublicPurchase

BAND = 1e-4
AMPLE = 10.0
"""A budget alone buys at most this multiple of what it would buy at base prices."""


def apply_public_purchase(network: Network, term: PublicPurchase) -> Network:
    """Add the purchases of one reserve; see the equation above."""
    base = network.reference_price[term.material, term.stage]
    highest = highest_price(network, term.material)
    if term.price_max is not None:
        highest = term.price_max.at(base)
    return add_purchases(network, term, term.buyers, highest, term.quantity_t, term.budget_usd)


def add_purchases(
    network: Network,
    term: PublicPurchase | PolicyStock,
    buyers: tuple[str, ...],
    highest: float,
    quantity: float | None,
    budget: float | None,
) -> Network:
    """Add purchases up to the price ``highest``, USD/t, within a quantity, t, and a budget, USD."""
    if quantity is None:
        quantity = AMPLE * (budget or 0.0) / network.reference_price[term.material, term.stage]
    node, share = reserve_sites(network, term, buyers, quantity)
    if not node.size:
        return network
    first = len(network.columns.kind)
    network = add_single_columns(
        network, term.name, PURCHASE, node, cost=-highest, slope=BAND * highest / share, capacity=share
    )
    if budget is None:
        return network
    bought: IndexArray = first + np.arange(len(node))
    limit = Budget(
        name=f"{term.name}: {term.material} {term.stage}",
        instrument=term.name,
        usd=budget,
        levies=np.zeros(0, dtype=np.int64),
        columns=bought,
    )
    return replace(network, budgets=(*network.budgets, limit))
