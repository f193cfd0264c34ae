r"""What the market cannot state in one go, found by solving again: ad-valorem levies and budgets.

*An ad-valorem levy* takes :math:`r p_i` on a route from i. The market knows levies per tonne, so its rate
:math:`\tau` is charged with weights :math:`p_i / P` (P the base reference price, :math:`r = \tau / P`), and
the weights are renewed until they stand still: at the fixed point the levy is a share of the price of origin.

*A budget B* of a contract caps the payment per tonne alike for all producers, one of a purchase scales the
tonnes alike for all buyers, by the largest :math:`\lambda` with

.. math:: \sum_j \text{paid}_j(\lambda) \le B

What is paid rises with :math:`\lambda`; the root is found by bracketing with the Illinois rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lodestock.errors import NotSolvedError
from lodestock.policy.equilibrium import Equilibrium
from lodestock.policy.network import Network
from lodestock.policy.parts import Budget, FloatArray, LevyTerm, change

Solve = Callable[[Network, Equilibrium | None, bool], Equilibrium]
"""(network, starting point, whether to look for further equilibria) -> equilibrium."""

SAME = 1e-10
"""Weights and payments that move less than this, as a share, stand still."""
ROUNDS = 40
BUDGET_ROUNDS = 6
"""How often several budgets are looked at in turn."""


def needs_adjusting(network: Network) -> bool:
    """Tell whether a network has ad-valorem levies or budgets."""
    return bool(network.budgets) or any(levy.ad_valorem > 0.0 for levy in network.levies)


def adjusted(network: Network, solve: Solve, start: Equilibrium | None, audit: bool) -> Equilibrium:
    """Solve a network whose levies follow prices and whose contracts and purchases keep to their budgets.

    Parameters
    ----------
    solve : solves one network as it stands, from a starting point where there is one.
    audit : look for further equilibria of what is found in the end.

    Returns
    -------
    Equilibrium of the network with the weights, caps and tonnes found.
    """
    found = _with_rates(network, solve, start)
    for _ in range(BUDGET_ROUNDS):
        if not found.is_solved:
            break
        over = [
            budget for budget in network.budgets if paid(found, budget) > budget.usd * (1.0 + 10.0 * SAME)
        ]
        if not over:
            break
        for budget in over:
            found = _within(found, budget, solve)
    return solve(found.network, found, True) if audit and found.is_solved else found


def paid(found: Equilibrium, budget: Budget) -> float:
    """What the contracts or purchases under a budget cost, USD per year."""
    return paid_at(
        found.network, found.price, found.level, found.supply_quantity, found.solution.levy, budget
    )


def paid_at(
    network: Network,
    price: FloatArray,
    level: FloatArray,
    supply: FloatArray,
    rates: FloatArray,
    budget: Budget,
) -> float:
    """The same from prices, levels, output of the supply rows and rates of the levies."""
    total, columns = 0.0, budget.columns
    for index in budget.levies.tolist():
        levy = network.levies[index]
        tonnes = float((levy.column_weight * level[levy.columns]).sum())
        tonnes += float((levy.row_weight * supply[levy.rows]).sum())
        total += abs(tonnes) * float(rates[index])
    return total + float((price[network.columns.take[columns]] * level[columns]).sum())


def renewed(network: Network, price: FloatArray) -> tuple[Network, float]:
    """A network whose ad-valorem levies are charged at these prices, and the largest change of a weight."""
    levies = tuple(_reweighted(network, price, levy) for levy in network.levies)
    moved = max(
        (
            float(np.abs(new.column_weight - old.column_weight).max(initial=0.0))
            for new, old in zip(levies, network.levies, strict=True)
        ),
        default=0.0,
    )
    return replace(network, levies=levies), moved


def _with_rates(network: Network, solve: Solve, start: Equilibrium | None) -> Equilibrium:
    """Renew the weights of ad-valorem levies until they stand still."""
    found = solve(network, start, False)
    if not any(levy.ad_valorem > 0.0 for levy in network.levies):
        return found
    for _ in range(ROUNDS):
        if not found.is_solved:
            return found
        again, moved = renewed(found.network, found.price)
        if moved <= SAME:
            return found
        found = solve(again, found, False)
    raise NotSolvedError(
        "the ad-valorem levy does not settle", where=", ".join(levy.name for levy in network.levies)
    )


def _reweighted(network: Network, price: FloatArray, levy: LevyTerm) -> LevyTerm:
    if levy.ad_valorem <= 0.0:
        return levy
    origin = price[network.columns.take[levy.columns]]
    return replace(levy, column_weight=np.asarray(origin / levy.ad_valorem))


def _within(found: Equilibrium, budget: Budget, solve: Solve) -> Equilibrium:
    """The largest payment per tonne, or share of the tonnes, that the budget allows."""
    full = _size(found, budget)
    low, high = 0.0, full
    below, above = -budget.usd, paid(found, budget) - budget.usd
    side = 0
    for _ in range(ROUNDS):
        middle = (low * above - high * below) / (above - below)
        found = _with_rates(sized(found.network, budget, middle), solve, found)
        gap = paid(found, budget) - budget.usd
        if not found.is_solved or abs(gap) <= SAME * budget.usd:
            return found
        if gap > 0.0:
            high, above = middle, gap
            below = 0.5 * below if side > 0 else below
            side = 1
        else:
            low, below = middle, gap
            above = 0.5 * above if side < 0 else above
            side = -1
    raise NotSolvedError("the budget is not met", where=budget.name)


def _size(found: Equilibrium, budget: Budget) -> float:
    """What is to be made smaller: the highest payment per tonne, or all tonnes that may be bought."""
    if budget.levies.size:
        return float(found.solution.levy[budget.levies].max())
    return float(found.network.columns.capacity[budget.columns].sum())


def sized(network: Network, budget: Budget, size: float) -> Network:
    """A network whose payments are capped at ``size`` USD/t, or whose purchases add up to ``size`` t."""
    if budget.levies.size:
        under = set(budget.levies.tolist())
        levies = tuple(
            replace(levy, cap=size) if index in under else levy for index, levy in enumerate(network.levies)
        )
        return replace(network, levies=levies)
    room: FloatArray = network.columns.capacity[budget.columns]
    share = room / room.sum()
    capacity = size * share
    steep = network.columns.slope[budget.columns] * room / capacity
    return replace(network, columns=change(network.columns, budget.columns, capacity=capacity, slope=steep))
