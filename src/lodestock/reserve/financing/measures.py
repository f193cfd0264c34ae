r"""Few numbers about many paths: tail means, money at risk, cover.

Money at risk is what the owners and lenders have put in and would not get back if everything were sold at the
last price:

.. math::
    M = \mathrm{CVaR}_\beta(E_0 - W - V), \qquad
    W = \text{cash} + \sum_m p_m x_m + \text{owed} - B - \text{dues}

:math:`E_0` what was put in (private capital, support of a sponsor, stock brought in at its cost), V
what equity has been paid, :math:`\beta` the tail share. It is negative when even the bad paths end with a
gain.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ValueOutOfRangeError
from lodestock.reserve.financing.books import Statement
from lodestock.reserve.financing.cents import to_usd

FloatArray = NDArray[np.float64]


def tail_mean(values: FloatArray, share: float) -> float:
    r"""Mean of the worst (largest) share of equally likely values, the last one in part.

    .. math::
        \mathrm{CVaR}_\beta = \frac{1}{\beta n} \Bigl(\sum_{i \le k} z_{(i)} + (\beta n - k) z_{(k+1)}\Bigr),
        \qquad k = \lfloor \beta n \rfloor, \quad z_{(1)} \ge z_{(2)} \ge \dots

    Raises
    ------
    ValueOutOfRangeError
        No values, or a share outside (0, 1].
    """
    if len(values) == 0 or not 0 < share <= 1:
        raise ValueOutOfRangeError(
            f"the worst {share} of {len(values)} values",
            where="tail mean",
            allowed="a share above 0, up to 1",
        )
    ordered = np.sort(np.asarray(values, dtype=float))[::-1]
    mass = share * len(ordered)
    count = min(ceil(mass - 1e-9), len(ordered))
    weight = np.ones(count)
    weight[-1] = mass - (count - 1)
    return float(ordered[:count] @ weight / mass)


def worth(statement: Statement, price: FloatArray) -> float:
    """Return what is left when the stock is sold at ``price`` and everything owed is paid, USD.

    Material lent to members counts at its cost in the books.
    """
    balance = statement.balance
    fixed = balance.cash + balance.reserve_account + balance.owed_by_members - balance.liabilities
    return to_usd(fixed) + float(np.asarray(statement.stock_t) @ price)


def loss(statements: Sequence[Statement], price: FloatArray) -> float:
    """Return what was put in and is not there any more at the last price, USD; negative for a gain.

    Put in: private capital, and the sponsor's support with the stock brought in at its cost.
    """
    last = statements[-1].balance
    distributed = to_usd(sum(one.distributed for one in statements))
    return to_usd(last.paid_in + last.support) - worth(statements[-1], price) - distributed


def money_at_risk(losses: FloatArray, share: float = 0.05) -> float:
    """Return the mean of the worst share of `loss` over paths, USD."""
    return tail_mean(losses, share)


def least_coverage(statements: Sequence[Statement]) -> float | None:
    """Return the smallest debt-service cover of a path; None when there never was debt service."""
    known = [one.coverage for one in statements if one.coverage is not None]
    return min(known, default=None)
