r"""Minimum import price: nothing enters below it, and the exporter keeps the difference.

With one homogeneous good a shipment from node i is offered at the border for :math:`p_i + c` (cost,
insurance, freight). A minimum :math:`m` makes its seller ask more when that is less:

.. math:: \tau = \max(0, m - c - p_i), \qquad \text{margin} = p_o - (1 + r)\max(p_i + c, m) - t - s z

which is a charge with self-response 1 that watches the price of the *origin*, with floor :math:`m - c`. Its
revenue :math:`\tau z` belongs to those who sell there, not to the treasury. Trade stops where the
importer's own price falls below the minimum; unlike a levy that adjusts, it does not hold that price up.
Several origins cheaper than the minimum arrive at one price: their shares follow from the slopes of their
routes, and without slopes they are not determined.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ValueOutOfRangeError
from lodestock.market.arrays import wide, wide_index
from lodestock.market.levies import Levies


def minimum_import_price(
    names: Sequence[str],
    activity: ArrayLike,
    origin: ArrayLike,
    minimum: ArrayLike,
    cost: ArrayLike = 0.0,
    *,
    duty: ArrayLike = 0.0,
) -> Levies:
    """Return one charge per arc; its revenue is the exporter's.

    Parameters
    ----------
    activity : shape (m,), indices of the arcs.
    origin : shape (m,), index of the node each arc leaves.
    minimum : lowest price at the border, price units.
    cost : freight to the border, price units; part of the price that is compared with the minimum.
    duty : ad-valorem rate the importer pays on the price at the border.

    Raises
    ------
    ValueOutOfRangeError
        A minimum or cost that is not finite, a negative duty; names the charge.
    """
    count = len(names)
    m, c, r = wide(minimum, count), wide(cost, count), wide(duty, count)
    for field, value, good, allowed in (
        ("minimum", m, np.isfinite(m) & (m >= 0.0), "finite and at least 0"),
        ("cost", c, np.isfinite(c), "finite"),
        ("duty", r, np.isfinite(r) & (r >= 0.0), "finite and at least 0"),
    ):
        if not good.all():
            at = int(np.flatnonzero(~good)[0])
            raise ValueOutOfRangeError(
                f"{field} is {value[at]:g}", where=f"minimum import price {names[at]!r}", allowed=allowed
            )
    every, none = np.arange(count, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return Levies(
        names=list(names),
        charge_levy=every,
        charge_activity=wide_index(activity, count),
        charge_weight=1.0 + r,
        curve_levy=none,
        curve_index=none,
        curve_weight=np.zeros(0),
        reference_levy=every,
        reference_node=wide_index(origin, count),
        reference_weight=np.ones(count),
        floor=m - c,
        cap=np.full(count, np.inf),
        lower=np.zeros(count),
        self_response=np.ones(count),
    )
