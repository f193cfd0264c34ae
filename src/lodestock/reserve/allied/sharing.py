r"""Who bears what of a joint cost: Shapley shares that add up exactly, the core, the free rider.

.. math::
    \varphi_k = \sum_{S \not\ni k} \frac{|S|!\,(n - |S| - 1)!}{n!} \bigl(c(S \cup k) - c(S)\bigr),
    \qquad \sum_k \varphi_k = c(N)

computed over all coalitions in exact fractions (Shapley 1953). Shares lie in the core when no coalition would
pay less on its own: :math:`\sum_{k \in S} \varphi_k \le c(S)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import factorial

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ValueOutOfRangeError

FloatArray = NDArray[np.float64]


def shapley(costs: Sequence[float] | FloatArray) -> tuple[Fraction, ...]:
    """Return the Shapley share of each player as an exact fraction.

    Parameters
    ----------
    costs : c(S), (2^n,); bit k of the index tells whether player k is in S; c of nobody is 0.

    Raises
    ------
    ValueOutOfRangeError
        The length is not a power of two, a value is not finite, or nobody costs something.
    """
    size = len(costs).bit_length() - 1
    if len(costs) != 2**size or size < 1 or not np.all(np.isfinite(np.asarray(costs, dtype=float))):
        raise ValueOutOfRangeError(
            f"{len(costs)} coalitions", where="shapley", allowed="2 to the number of players, finite"
        )
    if costs[0] != 0:
        raise ValueOutOfRangeError(f"nobody costs {costs[0]}", where="shapley", allowed="0")
    exact = [Fraction(float(value)) for value in costs]
    weight = [Fraction(factorial(s) * factorial(size - s - 1), factorial(size)) for s in range(size)]
    shares = []
    for k in range(size):
        bit = 1 << k
        without = [mask for mask in range(len(exact)) if not mask & bit]
        by_size = [Fraction(0)] * size
        for mask in without:
            by_size[mask.bit_count()] += exact[mask | bit] - exact[mask]
        shares.append(sum((w * d for w, d in zip(weight, by_size, strict=True)), Fraction(0)))
    return tuple(shares)


def in_cents(shares: Sequence[Fraction]) -> tuple[int, ...]:
    """Round shares in USD to whole cents that add up to the rounded total, by largest remainder."""
    exact = [share * 100 for share in shares]
    parts = [int(value // 1) for value in exact]
    missing = round(sum(exact, Fraction(0))) - sum(parts)
    order = sorted(range(len(parts)), key=lambda k: (parts[k] - exact[k], k))
    for k in order[:missing]:
        parts[k] += 1
    return tuple(parts)


def core_excess(costs: Sequence[float] | FloatArray, shares: Sequence[Fraction]) -> tuple[float, int]:
    r"""Return the largest :math:`\sum_{k \in S} \varphi_k - c(S)` over proper coalitions, and its index.

    0 or less: the shares lie in the core. A single player has no proper coalition: (0, 0).
    """
    worst, where = -float("inf"), 0
    for mask in range(1, len(costs) - 1):
        paid = sum((share for k, share in enumerate(shares) if mask >> k & 1), Fraction(0))
        excess = float(paid - Fraction(float(costs[mask])))
        if excess > worst:
            worst, where = excess, mask
    return (worst, where) if where else (0.0, 0)


def free_rider_gain(by_ally: FloatArray, shares: Sequence[Fraction]) -> tuple[float, ...]:
    r"""Return what each ally would save by staying out while all others fill together, USD.

    .. math:: \varphi_k - C_k(N \setminus k)

    Parameters
    ----------
    by_ally : cost of each ally under each coalition, (2^n, n), from `filling.coalition_costs`.
    """
    everyone = len(by_ally) - 1
    return tuple(float(share) - float(by_ally[everyone & ~(1 << k), k]) for k, share in enumerate(shares))
