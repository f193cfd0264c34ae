r"""Storage: columns that carry from one period to the next.

A tonne put away now is worth, later, what is left of it, discounted:

.. math:: m = \frac{1 - \delta}{1 + r}\, p_{t+1} - p_t - h - s z, \qquad 0 \le z \le u

with interest :math:`r`, loss :math:`\delta`, holding cost :math:`h` and warehouse :math:`u`. Prices are those
of each period, undiscounted, so that :math:`W` differs from :math:`A` at the later node. Where something is
stored below capacity the price rises by interest, loss and holding cost and by nothing more; where the
warehouse is full the rest of the rise is its rent.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ValueOutOfRangeError
from lodestock.market.activities import Activities
from lodestock.market.arrays import Float, wide, wide_index


def storage(
    names: Sequence[str],
    now: ArrayLike,
    later: ArrayLike,
    *,
    holding_cost: ArrayLike = 0.0,
    slope: ArrayLike = 0.0,
    capacity: ArrayLike = np.inf,
    interest: ArrayLike = 0.0,
    loss: ArrayLike = 0.0,
) -> Activities:
    r"""Return columns that take 1 at ``now`` and give :math:`1 - \delta` at ``later``.

    Parameters
    ----------
    now, later : shape (K,), node indices of the same good in two periods.
    holding_cost : :math:`h`, price units, paid when it is put away.
    slope : :math:`s`, price units per quantity: dearer room as the warehouse fills.
    capacity : :math:`u`, quantity units.
    interest : :math:`r` per period, above -1.
    loss : :math:`\delta` per period, in [0, 1).

    Raises
    ------
    ValueOutOfRangeError
        Interest or loss out of range; names the column.
    """
    count = len(names)
    r, delta = wide(interest, count), wide(loss, count)
    _require(names, "interest", r, (r > -1.0) & np.isfinite(r), "finite and above -1")
    _require(names, "loss", delta, (delta >= 0.0) & (delta < 1.0), "at least 0, below 1")
    node = np.stack([wide_index(now, count), wide_index(later, count)], axis=1).ravel()
    one = np.ones(count)
    return Activities(
        names=names,
        pointer=np.arange(0, 2 * count + 1, 2, dtype=np.int64),
        node=node,
        quantity=np.stack([-one, 1.0 - delta], axis=1).ravel(),
        money=np.stack([-one, (1.0 - delta) / (1.0 + r)], axis=1).ravel(),
        cost=wide(holding_cost, count),
        slope=wide(slope, count),
        capacity=wide(capacity, count),
    )


def _require(names: Sequence[str], field: str, value: Float, good: np.ndarray, allowed: str) -> None:
    if not good.all():
        at = int(np.flatnonzero(~good)[0])
        raise ValueOutOfRangeError(
            f"{field} is {value[at]:g}", where=f"storage {names[at]!r}", allowed=allowed
        )
