r"""How much a tonne more can be worth: bounds of the derivative of the cost-to-go.

A tonne in stock can be used once, so leaving it out of the best plan costs at most the best moment to use it
(an optimal stopping value over the regimes), plus what holding it saves until then:

.. math:: S_h(t, z) = a_h + \max\big(U_h(z),\ \delta\kappa_h\, E_z S_h(t+1)\big), \qquad S_h(T) = terminal_h

U is the largest loss that a t released or sold avoids in the regime, a the cover, the price held up and the
borrowing base that a t held provides in a quarter. With weight on the tail, E puts the measure's largest
weights on the successors where a tonne is worth most. A tonne more never costs anything, since it may be
thrown away.
"""

from __future__ import annotations

import numpy as np

from lodestock.reserve.case import QUARTERS_A_YEAR
from lodestock.reserve.costs import permanent_slope
from lodestock.reserve.problem import Float, Problem
from lodestock.sddp import EAVaR


def slope_limits(problem: Problem) -> Float:
    """Return (quarters + 1, states, holdings) USD per t, at the start of each quarter and at the end."""
    T, Z, H = problem.case.quarters, len(problem.states), len(problem.holdings)
    limits = np.zeros((T + 1, Z, H))
    use, hold = _worths(problem)
    limits[T] = np.array([holding.terminal for holding in problem.holdings])
    keep = np.array([holding.keep for holding in problem.holdings])
    for t in range(T - 1, -1, -1):
        for z in range(Z):
            later = np.array([_expected(problem, z, limits[t + 1, :, h], t) for h in range(H)])
            limits[t, z] = hold[z] + np.maximum(use[z], problem.discount * keep * later)
    return limits


def _expected(problem: Problem, state: int, values: Float, quarter: int) -> float:
    """Return the largest weight that the risk measure can put on successors' values; all equal at the end."""
    if quarter == problem.case.quarters - 1:
        return float(values[0])
    row = problem.transition[state]
    aversion = problem.case.aversion
    if aversion.weight >= 1.0:
        return float(row @ values)
    return float(EAVaR(aversion.weight, aversion.tail).adjust(row, values) @ values)


def _worths(problem: Problem) -> tuple[Float, Float]:
    """(states, holdings): loss avoided by using a t, worth of holding it for a quarter, USD."""
    Z, H = len(problem.states), len(problem.holdings)
    use, hold = np.zeros((Z, H)), np.zeros((Z, H))
    unmet, steady, _ = (float(weight) for weight in problem.weights)
    loan = problem.case.money.loan
    for z in range(Z):
        for h, holding in enumerate(problem.holdings):
            m = holding.material
            data = problem.materials[m]
            for w in np.flatnonzero(problem.probability[z] > 0.0).tolist():
                worth = holding.resale_share * problem.price(m, z, w) * (1.0 + holding.premium)
                loss = worth if problem.case.release_in_calm else 0.0
                if problem.gap(m, z, w) > 0.0:
                    value = unmet * float(problem.shortage_value(m, z, w).max())
                    damped = steady * data.need_t * problem.response(m, z, w).damping
                    loss = (value + damped) * holding.usable_share
                use[z, h] = max(use[z, h], loss)
            hold[z, h] = data.cover_cost * holding.usable_share
            hold[z, h] += steady * data.need_t * permanent_slope(problem, m)
            if loan is not None:
                carried = loan.advance_rate * (1.0 - loan.price_stress) * data.price * (1.0 + holding.premium)
                hold[z, h] += problem.case.money.cure_rate / QUARTERS_A_YEAR * carried
    return use, hold
