"""What buying, carrying and a lasting push on the price cost, USD."""

from __future__ import annotations

import numpy as np

from lodestock.reserve.case import QUARTERS_A_YEAR
from lodestock.reserve.problem import Float, MaterialData, Problem


def start_worth(problem: Problem) -> float:
    """Return what is held at the start at its base price, USD; it is the sponsors' own."""
    return float(
        sum(holding.start_t * inventory_price(problem, h) for h, holding in enumerate(problem.holdings))
    )


def inventory_price(problem: Problem, h: int) -> float:
    """Return the base price of a holding's form, USD per t."""
    holding = problem.holdings[h]
    return problem.materials[holding.material].price * (1.0 + holding.premium)


def own_funds(problem: Problem) -> float:
    """Return the money that carries stock before the loan: private money and the start stock, USD."""
    private = problem.case.money.private
    return (private.amount if private is not None else 0.0) + start_worth(problem)


def financing_rate(problem: Problem) -> float:
    r"""Cost of a dollar of debt for a quarter: :math:`\max(0, (1 + r/4)\,\delta - 1)`.

    The time value of money already counts in the discount :math:`\delta`; only the rest is a cost.
    """
    loan = problem.case.money.loan
    return 0.0 if loan is None else max(0.0, (1.0 + loan.rate / QUARTERS_A_YEAR) * problem.discount - 1.0)


def carried(problem: Problem, held: Float) -> float:
    """Return the debt that the stock carries: the advance rate on stressed base prices, USD."""
    loan = problem.case.money.loan
    if loan is None:
        return 0.0
    worth = float(sum(t * inventory_price(problem, h) for h, t in enumerate(held.tolist())))
    return loan.advance_rate * (1.0 - loan.price_stress) * worth


def block_cost(data: MaterialData, reach: float, tonnes: float) -> float:
    """Return the sum of t times multiple over the purchase blocks that ``tonnes`` fill."""
    cost, left = 0.0, tonnes
    for width, multiple in data.blocks:
        part = min(left, width * reach)
        cost, left = cost + part * multiple, left - part
    return cost


def most_bought(data: MaterialData, reach: float) -> float:
    """Return the most that can be bought in a quarter, t."""
    return sum(width for width, _ in data.blocks) * reach


def permanent_chords(problem: Problem, material: int) -> tuple[tuple[float, float], ...]:
    r"""(t, USD per t) of the chords of :math:`\Phi(x) = \tfrac12 \lambda x^2`, the permanent price impact.

    Taking x off a market of Q a year raises its price by :math:`\lambda x`, :math:`\lambda = \rho \sigma p /
    Q`, while x is held; bought along that line the stock costs :math:`\Phi(x)` more than at the price before.
    """
    slope = permanent_slope(problem, material)
    limit = sum(h.limit_t for h in problem.holdings if h.material == material)
    edges = [0.0, limit / 12.0, limit / 4.0, limit]
    widths = [edges[1], edges[2] - edges[1], np.inf]
    return tuple((widths[at], 0.5 * slope * (edges[at] + edges[at + 1])) for at in range(3))


def permanent_slope(problem: Problem, material: int) -> float:
    r"""Return :math:`\lambda = \rho \sigma p / Q`, USD per t and t held."""
    data = problem.materials[material]
    if not data.world_t > 0.0:
        return 0.0
    return problem.case.permanent_share * data.impact * data.price / (QUARTERS_A_YEAR * data.world_t)


def permanent_weight(problem: Problem, quarter: int) -> float:
    r"""Weight of :math:`\Phi(x')` in a quarter: its carrying cost :math:`1 - \delta`, and all of it in the
    last.

    The sum over the quarters is the discounted sum of :math:`\Phi(x') - \Phi(x)`.
    """
    return 1.0 if quarter == problem.case.quarters - 1 else 1.0 - problem.discount


def purchase_cost(problem: Problem, buy: Float, price: Float, reach: Float) -> float:
    """Return what purchases cost, USD: price blocks by material, premiums by form."""
    cost = 0.0
    for m, data in enumerate(problem.materials):
        mine = [(h, holding) for h, holding in enumerate(problem.holdings) if holding.material == m]
        cost += float(price[m]) * block_cost(data, float(reach[m]), sum(float(buy[h]) for h, _ in mine))
        cost += float(price[m]) * sum(float(buy[h]) * holding.premium for h, holding in mine)
    return cost
