r"""How much a tonne more, or a dollar tied up more, can be worth: bounds of the derivative of the cost-to-go.

A tonne in stock can be used once, so leaving it out of the best plan costs at most the best moment to use it
(an optimal stopping value over the regimes), plus what holding it saves until then:

.. math::
   S_h(t, z) &= a_h(z) + \max\big(U_h(z) + \rho_h(z)\,\nu(t, z),\ \delta\kappa_h E\,S_h(t+1)\big) \\
   \nu(t, z) &= f + \max\big(\max_h((b_h(z) + \delta E\,S_h(t+1))/p_h(z) - 1),\ \delta E\,\nu(t+1)\big)^+

U is the largest loss that a t released or sold avoids, a the cover and borrowing base that a t held provides in
a quarter, b that and what buying it is good for by itself (a promise kept, a price held up), :math:`\rho` its
revenue, :math:`\nu` what a dollar tied up more costs: its financing, and the best
purchase it crowds out. At the end :math:`S = terminal`, :math:`\nu = 0`. The bounds hold for the expectation; with
weight on the tail, E is the larger of the expectation's and the worst successor's share allowed by the measure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.reserve.case import QUARTERS_A_YEAR
from lodestock.reserve.dynamics import financing_rate, permanent_slope
from lodestock.reserve.problem import Float, Problem
from lodestock.sddp import EAVaR


@dataclass(frozen=True, eq=False)
class Slopes:
    """(quarters + 1, states, holdings) USD per t at most, and (quarters + 1, states) USD per USD tied up."""

    stock: Float
    funds: Float


def slope_limits(problem: Problem) -> Slopes:
    """Return the bounds for the start of every quarter and regime; the last row is the end."""
    T, Z, H = problem.case.quarters, len(problem.states), len(problem.holdings)
    stock, funds = np.zeros((T + 1, Z, H)), np.zeros((T + 1, Z))
    use, revenue, hold, bought, cheapest = _worths(problem)
    stock[T] = np.array([holding.terminal for holding in problem.holdings])
    keep = np.array([holding.keep for holding in problem.holdings])
    at_once = np.array([holding.lag == 0 for holding in problem.holdings])
    tied = np.isfinite(problem.limit)
    carry = max(financing_rate(problem), problem.case.money.cure_rate / QUARTERS_A_YEAR) if tied else 0.0
    for t in range(T - 1, -1, -1):
        for z in range(Z):
            later = problem.discount * np.array(
                [expected(problem, z, stock[t + 1, :, h], t) for h in range(H)]
            )
            cost = problem.discount * expected(problem, z, funds[t + 1], t) if tied else 0.0
            if tied:
                first = np.where(at_once, np.maximum(later, use[z]), later)
                displaced = float(np.max((bought[z] + first) / cheapest[z] - 1.0, initial=0.0))
                funds[t, z] = carry + max(displaced, cost, 0.0)
            stock[t, z] = hold[z] + np.maximum(use[z] + revenue[z] * funds[t, z], keep * later)
    return Slopes(stock, funds)


def expected(problem: Problem, state: int, values: Float, quarter: int) -> float:
    """Return the largest weight that the risk measure can put on successors' values; all equal at the end."""
    if quarter == problem.case.quarters - 1:
        return float(values[0])
    row = problem.transition[state]
    aversion = problem.case.aversion
    if aversion.weight >= 1.0:
        return float(row @ values)
    weights = EAVaR(aversion.weight, aversion.tail).adjust(row, values)
    return float(weights @ values)


def _worths(problem: Problem) -> tuple[Float, Float, Float, Float, Float]:
    """(states, holdings): loss avoided by using a t, its revenue, worth of holding and of buying it, price."""
    Z, H = len(problem.states), len(problem.holdings)
    use, revenue, hold, bought, cheapest = (np.zeros((Z, H)) for _ in range(5))
    unmet, steady, promise = (float(weight) for weight in problem.weights)
    loan = problem.case.money.loan
    for z in range(Z):
        seen = np.flatnonzero(problem.probability[z] > 0.0).tolist()
        for h, holding in enumerate(problem.holdings):
            data = problem.materials[holding.material]
            for w in seen:
                price = problem.price(holding.material, z, w) * (1.0 + holding.premium)
                short = problem.gap(holding.material, z, w) > 0.0
                worth = holding.resale_share * price
                loss = 0.0 if short else worth * float(problem.case.release_in_calm)
                if short:
                    loss = unmet * float(problem.shortage_value(holding.material, z, w).max()) * holding.usable_share
                    damping = problem.response(holding.material, z, w).damping
                    loss += steady * data.need_t * damping * holding.usable_share
                use[z, h] = max(use[z, h], loss)
                revenue[z, h] = max(revenue[z, h], worth)
                multiple = data.blocks[0][1] + holding.premium if data.blocks else 1.0
                paid = problem.price(holding.material, z, w) * multiple
                cheapest[z, h] = paid if cheapest[z, h] == 0.0 else min(cheapest[z, h], paid)
                market = data.world_t * problem.response(holding.material, z, w).output_share
                rise = data.impact * problem.price(holding.material, z, w) / market if market > 0.0 else 0.0
                bought[z, h] = max(bought[z, h], steady * data.need_t * rise)
            hold[z, h] = data.cover_cost * holding.usable_share
            if steady > 0.0:
                hold[z, h] += steady * data.need_t * permanent_slope(problem, holding.material)
            if loan is not None:
                carried = loan.advance_rate * (1.0 - loan.price_stress) * data.price * (1.0 + holding.premium)
                hold[z, h] += problem.case.money.cure_rate / QUARTERS_A_YEAR * carried
            bought[z, h] += hold[z, h] + promise * data.offtake_value * float(data.offtake_t > 0.0)
    return use, revenue, hold, bought, cheapest
