r"""What a lender allows on a stock, and how much of a wanted purchase that pays for.

.. math::
    \text{base} = a \sum_m (1 - \sigma_m)\, p_m\, x_m, \qquad
    s = \max \{ s \in [0,1] : s\,c \le k + \min(\text{undrawn},\ \text{base}(x + s b) - B) \}

a advance, :math:`\sigma` stress, p price, x stock, c cost of the purchase b, k cash free for it, B loan.
Money in USD, quantities t. The base may be negative against the loan: then only cash buys.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve.financing.terms import BorrowingBase

FloatArray = NDArray[np.float64]


def stressed_price(terms: BorrowingBase, price: FloatArray) -> FloatArray:
    """Return the price the lender reckons with, USD/t, (material,)."""
    stressed: FloatArray = (1.0 - np.asarray(terms.stress)) * price
    return stressed


def borrowing_base(terms: BorrowingBase, price: FloatArray, stock: FloatArray) -> float:
    """Return the largest loan the stock supports, USD."""
    return terms.advance * float(stressed_price(terms, price) @ stock)


def affordable_share(
    terms: BorrowingBase,
    price: FloatArray,
    stock: FloatArray,
    wanted: FloatArray,
    cost: float,
    *,
    cash: float,
    loan: float,
    undrawn: float,
) -> float:
    """Return s, the share of a wanted purchase that cash and loan pay for; 1 when nothing is wanted.

    Parameters
    ----------
    wanted : t, (material,); ``cost`` USD is what all of it costs.
    cash : USD free for purchases, 0 or more.
    undrawn : USD of the facility that may still be drawn this quarter.
    """
    if cost <= 0:
        return 1.0
    share = (cash + undrawn) / cost
    headroom = borrowing_base(terms, price, stock) - loan
    gain = terms.advance * float(stressed_price(terms, price) @ wanted)
    # the headroom limits only what is drawn, so cash alone always buys its part
    if cost > gain:
        share = min(share, max((cash + headroom) / (cost - gain), cash / cost))
    elif cash + headroom + gain < cost:
        share = min(share, cash / cost)
    return float(np.clip(share, 0.0, 1.0))
