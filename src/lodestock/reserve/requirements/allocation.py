r"""Lexicographic allocation of supply to tiers: defence first, then industry, then essential civilian use.

.. math::
   \min^{lex} (s_1, s_2, s_3) \quad \text{s.t.} \quad \sum_k a_{ckt} \le A_{ct},\ \
   a_{ckt} = 0 \text{ where c may not serve k},\ \ \sum_c a_{ckt} + s_{kt} \ge D_{kt}, \ \ a, s \ge 0

With :math:`s_k = \sum_t s_{kt}`. Suppliers are of two kinds, those that may serve every tier (R) and those
for the last one only (S), so that the optimum is a greedy fill: tiers in order from R, the last one from S
first. With ``carry`` supply of year t may be used in t or later, and each demand takes the latest supply
that can serve it, which keeps the most for those after it. ``allocate_by_programme`` solves the same linear
programmes and must agree.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import NotSolvedError

Float = NDArray[np.float64]


def allocate(demand: Float, every_tier: Float, last_tier: Float, *, carry: bool = False) -> Float:
    """Shortfall by tier and year, t.

    Parameters
    ----------
    demand : D, shape (..., tier, year), non-negative.
    every_tier, last_tier : R and S, shape (..., year), non-negative.
    carry : a surplus of one year serves later ones.
    """
    short = np.array(demand, dtype=float)
    R, S = np.array(every_tier, dtype=float), np.array(last_tier, dtype=float)
    tiers, years = short.shape[-2:]
    for tier in range(tiers):
        for pool in (S, R) if tier == tiers - 1 else (R,):
            for year in range(years):
                for source in range(year, -1, -1) if carry else (year,):
                    used = np.minimum(short[..., tier, year], pool[..., source])
                    short[..., tier, year] -= used
                    pool[..., source] -= used
    return short


def allocate_by_programme(
    demand: Float, every_tier: Float, last_tier: Float, *, carry: bool = False
) -> Float:
    """Shortfall by tier, t, shape (tier,), from one linear programme after another.

    Raises
    ------
    NotSolvedError
        A programme was not solved.
    """
    from scipy.optimize import linprog

    tiers, years = demand.shape
    arcs = [
        (kind, source, tier, year)
        for kind in (0, 1)
        for source in range(years)
        for tier in range(tiers)
        for year in range(years)
        if (source == year or (carry and source < year)) and (kind == 0 or tier == tiers - 1)
    ]
    count = len(arcs) + tiers * years
    A_ub, b_ub = [], []
    for kind, limit in ((0, every_tier), (1, last_tier)):
        for source in range(years):
            row = np.zeros(count)
            row[[n for n, arc in enumerate(arcs) if arc[:2] == (kind, source)]] = 1.0
            A_ub.append(row)
            b_ub.append(limit[source])
    for tier in range(tiers):
        for year in range(years):
            row = np.zeros(count)
            row[[n for n, arc in enumerate(arcs) if arc[2:] == (tier, year)]] = -1.0
            row[len(arcs) + tier * years + year] = -1.0
            A_ub.append(row)
            b_ub.append(-demand[tier, year])
    found = np.zeros(tiers)
    for tier in range(tiers):
        cost = np.zeros(count)
        cost[len(arcs) + tier * years : len(arcs) + (tier + 1) * years] = 1.0
        solved = linprog(cost, A_ub=np.array(A_ub), b_ub=np.array(b_ub), bounds=(0, None), method="highs")
        if solved.status != 0:
            raise NotSolvedError(f"tier {tier + 1}: {solved.message}", where="allocation")
        found[tier] = solved.fun
        A_ub.append(cost)
        b_ub.append(solved.fun + 1e-9 * max(1.0, solved.fun))
    return found
