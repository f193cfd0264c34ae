r"""One tonnage over several products: one shadow price per tonne, so equal absolute rents.

.. math::
    0 \le \lambda \perp Q - \sum_i X_i(\lambda) \ge 0, \qquad
    \lambda = P_{a,i} - P_{h,i} - c_i \;\; (X_i > 0)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.clearing import Cleared, Look, Side, Trade, clear
from lodestock.disruption.response import Response

FloatArray = NDArray[np.float64]
HALVINGS = 30
Product = tuple[Side, Side, Trade, Response]


def shared_rent(
    flows: Callable[[FloatArray], FloatArray], quota: float, highest: FloatArray, halvings: int = 60
) -> FloatArray:
    """Smallest rent at which the flows together fit the quota; zero when they fit without one.

    Parameters
    ----------
    flows : rent, USD/t, (draw,) -> sum of flows, t/yr, (draw,), falling.
    highest : rent at which nothing is shipped any more.
    """
    zero = np.zeros_like(highest)
    slack = flows(zero) <= quota
    if slack.all():
        return zero
    low, high = zero, highest
    for _ in range(halvings):
        middle = 0.5 * (low + high)
        over = flows(middle) > quota
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    return np.where(slack, 0.0, high)


def clear_together(products: Sequence[Product], look: Look, quota: float | None) -> tuple[Cleared, ...]:
    """Clear every product; with a quota, at the common rent."""

    def at(rent: FloatArray | float) -> tuple[Cleared, ...]:
        return tuple(clear(h, a, trade, look, response, rent=rent) for h, a, trade, response in products)

    if quota is None:
        return at(0.0)

    def flows(rent: FloatArray) -> FloatArray:
        total: FloatArray = np.sum([answer.flow for answer in at(rent)], axis=0)
        return total

    highest = np.full(len(look.ahead), max(t.price * r.choke for _, _, t, r in products))
    return at(shared_rent(flows, quota, highest, HALVINGS))
