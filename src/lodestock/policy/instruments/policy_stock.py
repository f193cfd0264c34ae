r"""Policy stock: a reserve that buys cheap within a budget and sells dear within its stock.

.. math:: 0 \le b_j \ \perp \ p_j - P_b \ge 0, \quad \sum_j p_j b_j \le B; \qquad
          0 \le r_j \ \perp \ P_r + v - p_j \ge 0, \quad 0 \le v \ \perp \ S - \sum_j r_j \ge 0

with the buy price :math:`P_b` below the release price :math:`P_r`, so that at one price it does one of the
two or neither. What it may sell is its stock at the start, S; the stock's shadow price v is what one tonne
more in it would be worth. Purchases are in stock from the next year on. The reserve books what it buys and
sells at base-year prices.
"""

from __future__ import annotations

import numpy as np

from lodestock.errors import ConflictError
from lodestock.policy.behind import add_permits
from lodestock.policy.instruments.public_purchase import add_purchases
from lodestock.policy.network import Network
from lodestock.policy.parts import NONE, RELEASE, Limit
from lodestock.policy.single import add_single_columns, reserve_sites
from lodestock.policy.terms import RESERVE, PolicyStock

BAND = 1e-4


def apply_policy_stock(network: Network, term: PolicyStock) -> Network:
    """Add the purchases, the sales and the stock balance; see the equations above.

    Raises
    ------
    ConflictError
        It would buy at the price at which it sells, or above.
    """
    base = network.reference_price[term.material, term.stage]
    buy, sell = term.buy_price.at(base), term.release_price.at(base)
    if buy >= sell:
        raise ConflictError(
            f"the stock buys at {buy:,.0f} USD/t and sells at {sell:,.0f}",
            where=f"policy stock {term.name!r}",
            allowed="a release price above the buy price",
        )
    if term.budget_usd > 0.0:
        network = add_purchases(network, term, term.countries, buy, None, term.budget_usd)
    if term.stock_t <= 0.0:
        return network
    node, share = reserve_sites(network, term, term.countries, term.stock_t)
    first = len(network.columns.kind)
    network = add_single_columns(
        network, term.name, RELEASE, node, cost=sell, slope=BAND * base / share, capacity=np.inf
    )
    sold = first + np.arange(len(node))
    balance = Limit(
        name=f"{term.name}: {term.material} {term.stage}",
        instrument=term.name,
        kind="stock",
        material=term.material,
        stage=term.stage,
        permit=NONE,
        columns=sold,
        quantity=term.stock_t,
        rent_to=RESERVE,
    )
    return add_permits(
        network, balance, price=base, throughput=term.stock_t, injection=term.stock_t, takes=[(sold, 1.0)]
    )
