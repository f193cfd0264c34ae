r"""One stock for all allies or one each, for the same service.

Needs :math:`n_{ki}` of ally k in the equally likely case i. Two ways to state the service:

``together``
    all are served at once with probability :math:`\alpha`,
    :math:`P(\forall k: n_k \le s_k) \ge \alpha` against :math:`P(\sum_k n_k \le S) \ge \alpha`
``unmet``
    expected need left unmet of at most :math:`u_k`, and of :math:`\sum_k u_k` in all

Whatever stocks serve separately, their sum serves pooled: where every :math:`n_k \le s_k`, the sum of needs
is at most the sum of stocks, and :math:`(\sum n_k - \sum s_k)^+ \le \sum (n_k - s_k)^+`. So the pooled stock
is never above the sum of the separate ones. (This does not hold for a probability of each ally by itself:
quantiles do not add up.) With ``together``, separate stocks are the least equal service level for which all
hold at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ValueOutOfRangeError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pooling:
    """Stocks for one service, t: one per ally, and one for all."""

    separate: FloatArray
    pooled: float

    @property
    def saved(self) -> float:
        """What pooling saves, t; 0 or more."""
        return float(self.separate.sum()) - self.pooled


def pool_for_all_served(needs: FloatArray, service: float) -> Pooling:
    """Stocks that serve everybody at once with a probability of ``service``.

    Parameters
    ----------
    needs : t, (ally, case), cases equally likely. ``service`` : above 0, up to 1.
    """
    check_needs(needs)
    if not 0 < service <= 1:
        raise ValueOutOfRangeError(f"service of {service}", where="pooling", allowed="above 0, up to 1")
    cases = needs.shape[1]
    ordered = np.sort(needs, axis=1)
    low, high = _served_cases(service, cases) - 1, cases - 1
    # the number of cases served at once never falls with the rank, so halving finds the least rank
    while low < high:
        middle = (low + high) // 2
        stock = ordered[:, middle]
        if int((needs <= stock[:, None]).all(axis=0).sum()) >= _served_cases(service, cases):
            high = middle
        else:
            low = middle + 1
    total = np.sort(needs.sum(axis=0))
    pooled = float(total[_served_cases(service, cases) - 1])
    separate = ordered[:, low]
    return Pooling(separate, pooled)


def pool_for_unmet(needs: FloatArray, unmet: FloatArray) -> Pooling:
    """Least stocks that leave an expected need of ``unmet`` t or less, (ally,), and its sum when pooled."""
    check_needs(needs)
    if unmet.shape != (len(needs),) or np.any(unmet < 0):
        raise ValueOutOfRangeError(
            f"unmet need of {unmet.tolist()}", where="pooling", allowed="0 or more for every ally"
        )
    separate = np.array([least_stock(row, float(u)) for row, u in zip(needs, unmet, strict=True)])
    return Pooling(separate, least_stock(needs.sum(axis=0), float(unmet.sum())))


def least_stock(need: FloatArray, unmet: float) -> float:
    r"""Return the least s with :math:`\frac1n \sum_i (n_i - s)^+ \le u`, exact on equally likely cases, t."""
    ordered = np.sort(np.asarray(need, dtype=float))[::-1]
    budget = unmet * len(ordered)
    if float(ordered.sum()) <= budget:
        return 0.0
    # with the k largest needs above s: sum of them less k s = budget
    count = np.arange(1, len(ordered) + 1)
    stock = (np.cumsum(ordered) - budget) / count
    following = np.append(ordered[1:], 0.0)
    fits = np.flatnonzero(stock >= following)
    return float(max(stock[fits[0]], 0.0))


def check_needs(needs: FloatArray) -> None:
    """Raise for needs that are negative, unknown or of no case."""
    if needs.ndim != 2 or needs.size == 0 or not np.all(np.isfinite(needs)) or np.any(needs < 0):
        raise ValueOutOfRangeError(
            "needs of the allies", where="pooling", allowed="a table (ally, case) of numbers of 0 or more"
        )


def _served_cases(service: float, cases: int) -> int:
    return max(1, int(np.ceil(service * cases - 1e-9)))
