r"""A problem of many materials as one problem per material.

Materials meet only in money and room. With shares :math:`\theta_m` of both that add to one, the parts planned
apart are a plan of the whole, so for every coherent risk measure

.. math:: V \le F\Big(\sum_m Z_m\Big) \le \sum_m F(Z_m) = \sum_m V_m(\theta_m) .

Below, each part pays prices on stock and spending instead of meeting the others (`prices`). Carrying stock
worth :math:`F_t` at base prices costs :math:`g(F_t)`, convex, infinite beyond the limit, with the conjugate
:math:`g^*(y) = \sup_F (y F - g(F))`. A part needs the regimes of its own group only, because groups move
independently.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lodestock.reserve.case import QUARTERS_A_YEAR, Money
from lodestock.reserve.costs import financing_rate, own_funds
from lodestock.reserve.problem import Float, Problem


def part_of(problem: Problem, material: int, share: float = 1.0) -> Problem:
    """Return the problem of one material with ``share`` of money and room."""
    data = problem.materials[material]
    group = problem.case.groups[data.group]
    kept = [at for at, holding in enumerate(problem.holdings) if holding.material == material]
    case = problem.case
    outcomes = len(problem.gap_noise)
    return replace(
        problem,
        case=replace(
            case,
            holdings=tuple(case.holdings[at] for at in kept),
            materials={data.material: case.materials[data.material]},
            groups=(group,),
            money=split_money(case.money, share),
        ),
        materials=(replace(data, group=0),),
        holdings=tuple(replace(problem.holdings[at], material=0) for at in kept),
        site_capacity=problem.site_capacity * share,
        states=group.regimes,
        regimes=tuple((regime,) for regime in group.regimes),
        transition=np.array(group.transition),
        start=np.array(group.start),
        gap_noise=problem.gap_noise[:, [material]],
        price_noise=problem.price_noise[:, [material]],
        probability=problem.probability
        if problem.hidden
        else np.full((len(group.regimes), outcomes), 1.0 / outcomes),
        limit=problem.limit * share,
        budget=problem.budget * share,
        money_unit=10.0 ** math.floor(math.log10(max(data.price * data.need_t, 1.0))),
    )


def priced_part(problem: Problem, material: int, funds_price: Float, spending_price: Float) -> Problem:
    """Return the problem of one material that pays prices instead of sharing money; rooms stay whole.

    Prices have shape (quarters, regimes), or one column for all regimes.
    """
    part = part_of(problem, material)
    shape = (part.case.quarters, len(part.states))
    money = replace(part.case.money, budget=math.inf, loan=None, private=None)
    return replace(
        part,
        case=replace(part.case, money=money),
        limit=math.inf,
        budget=math.inf,
        funds_price=np.broadcast_to(funds_price, shape),
        spending_price=np.broadcast_to(spending_price, shape),
    )


def split_money(money: Money, share: float) -> Money:
    """Return ``share`` of budget, loan and private money."""
    return replace(
        money,
        budget=money.budget * share,
        loan=None if money.loan is None else replace(money.loan, amount=money.loan.amount * share),
        private=None
        if money.private is None
        else replace(money.private, amount=money.private.amount * share),
    )


def carrying_slopes(problem: Problem) -> tuple[tuple[float, float], ...]:
    r"""Return (funds from which, slope) of g, the cost of carrying stock for a quarter, USD per USD.

    Nothing while own money carries it, the financing rate while the loan does, the cure rate beyond what
    stock carries or the loan holds. Orders are counted as if stock carried them, which keeps g a lower bound.
    """
    loan = problem.case.money.loan
    own = own_funds(problem)
    if not math.isfinite(problem.limit) or loan is None:
        return ((0.0, 0.0),)
    advance = loan.advance_rate * (1.0 - loan.price_stress)
    reach = own / (1.0 - advance) if advance < 1.0 else math.inf
    cure = problem.case.money.cure_rate / QUARTERS_A_YEAR
    rate = min(financing_rate(problem), cure)
    slopes = [(0.0, 0.0), (own, rate)]
    end = own + loan.amount
    if reach < end:
        slopes.append((reach, cure))
    return tuple(slopes)


def most_funds(problem: Problem) -> float:
    """Return the most stock that money carries, USD at base prices."""
    return problem.limit + (own_funds(problem) - _private(problem))


def _private(problem: Problem) -> float:
    private = problem.case.money.private
    return private.amount if private is not None else 0.0


def carrying_cost(problem: Problem, funds: float) -> float:
    """Return g at an amount within the limit, USD a quarter."""
    slopes = carrying_slopes(problem)
    cost = 0.0
    for at, (start, slope) in enumerate(slopes):
        end = slopes[at + 1][0] if at + 1 < len(slopes) else math.inf
        cost += slope * max(0.0, min(funds, end) - start)
    return cost


def conjugate(problem: Problem, price: float) -> float:
    r"""Return :math:`g^*(y)`, USD: the largest gain from selling carrying at the price y."""
    end = most_funds(problem)
    if not math.isfinite(end):
        return 0.0 if price <= 0.0 else math.inf
    corners = [start for start, _ in carrying_slopes(problem) if start <= end] + [end]
    return max(price * funds - carrying_cost(problem, funds) for funds in corners)


def slope_at(problem: Problem, funds: float) -> float:
    """Return the slope of g at an amount."""
    found = 0.0
    for start, slope in carrying_slopes(problem):
        found = slope if funds > start else found
    return found
