r"""Supply and use that answer to the price of another good too.

A curve stands at one node and answers to one price, its own. With a share :math:`\theta` of the price of
another node m in it,

.. math:: \pi_j = w_j p_n - \kappa_j - \theta p_m, \qquad q_j(\pi_j) = a + b\,p_n + d\,p_m \ \text{with}\
          \theta = -d / b

on a straight line :math:`q = a + b \pi`, it becomes a substitute (use, :math:`\theta > 0`) or a complement
of the other good. In the market this is an amount that follows the other price, :math:`\tau = -p_m`, a charge
with self-response 1 and no bounds. It is no payment: nobody earns it, and the surplus of such a curve is
counted along its own price only. Where cross effects are strong and unlike each other there can be several
equilibria.

Source: Takayama and Judge (1964), Spatial equilibrium and quadratic programming, Journal of Farm Economics
46(1), 67-93, whose example is in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ValueOutOfRangeError
from lodestock.market.arrays import wide, wide_index
from lodestock.market.levies import Levies


def cross_price(names: Sequence[str], curve: ArrayLike, other: ArrayLike, share: ArrayLike) -> Levies:
    """Return one amount per name that puts ``share`` of another node's price into a curve's own price.

    Parameters
    ----------
    curve : shape (m,), indices of the curves; one curve may follow several prices.
    other : shape (m,), index of the node whose price is followed.
    share : theta; positive where the other good is a substitute (use) or takes over capacity (supply).

    Raises
    ------
    ValueOutOfRangeError
        A share that is not finite; names the amount.
    """
    count = len(names)
    theta = wide(share, count)
    if not np.isfinite(theta).all():
        at = int(np.flatnonzero(~np.isfinite(theta))[0])
        raise ValueOutOfRangeError(
            f"share is {theta[at]:g}", where=f"cross price {names[at]!r}", allowed="finite"
        )
    every, none = np.arange(count, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return Levies(
        names=list(names),
        charge_levy=none,
        charge_activity=none,
        charge_weight=np.zeros(0),
        curve_levy=every,
        curve_index=wide_index(curve, count),
        curve_weight=-theta,
        reference_levy=every,
        reference_node=wide_index(other, count),
        reference_weight=np.ones(count),
        floor=np.zeros(count),
        cap=np.full(count, np.inf),
        lower=np.full(count, -np.inf),
        self_response=np.ones(count),
    )
