r"""When to buy: the rules of practice. Each wishes tonnes; what cannot be done is cut back by the quarter.

Target :math:`X_h` t, held and on order :math:`x_h`, base price :math:`p^0`, price of the quarter p, N
quarters to fill. Nobody buys beyond the target.

===================  ========================================================================================
rule                 wish of a quarter
===================  ========================================================================================
``none``             0
``steady-volume``    :math:`X_h / N`
``steady-money``     :math:`(X_h / N)\, p^0 / p`: the same dollars every quarter
``price-trigger``    :math:`2 X_h / N` while :math:`p \le \ell\, p^0`; sells as fast while nothing is short
                     and :math:`p \ge u\, p^0`
``counter-cyclical`` :math:`(X_h / N)\, \min(3, \max(0, 1 + \gamma (1 - p / p^0)))`
``days-of-cover``    :math:`X_h - x_h` at once, whatever the price
===================  ========================================================================================

Sales in calm need the case's leave (``sell_in_calm``). All release alike: in a shortage, what users lack, as
fast as it can be delivered, the most valued tier first. Steady rules buy in a disruption too; that is what
steady means.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.reserve import assumptions
from lodestock.reserve.case import DAYS_A_QUARTER
from lodestock.reserve.position import Decision, Position
from lodestock.reserve.problem import Problem

FloatArray = NDArray[np.float64]
OPTIMAL = "optimal"
RULES = ("none", "steady-money", "steady-volume", "price-trigger", "counter-cyclical", "days-of-cover")
FASTEST = 3.0
"""Most a counter-cyclical rule speeds up."""
EVERYTHING = 1e30
"""Wish to release all; the quarter cuts it back to what is short, there and deliverable."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RuleTerms:
    """What the rules are told: target in t by holding, quarters to fill, price levels over base, response."""

    target: FloatArray
    fill_quarters: float
    below: float
    above: float
    response: float


def rule_terms(problem: Problem, *, days: float | None = None, target: FloatArray | None = None) -> RuleTerms:
    """Return the terms: stated target, else the case's cover, else ``days`` of need, else the assumption.

    Raises
    ------
    ValueOutOfRangeError
        A negative target.
    """
    stock = targets(problem, days) if target is None else np.asarray(target, dtype=float)
    if stock.shape != (len(problem.holdings),) or np.any(~np.isfinite(stock)) or np.any(stock < 0):
        raise ValueOutOfRangeError(
            f"a target of {stock.tolist()}", where="rules", allowed="0 or more t for every holding"
        )
    return RuleTerms(
        target=stock,
        fill_quarters=min(assumptions.value("fill_quarters"), float(problem.case.quarters)),
        below=assumptions.value("trigger_below"),
        above=assumptions.value("trigger_above"),
        response=assumptions.value("counter_cyclical_response"),
    )


def targets(problem: Problem, days: float | None = None) -> FloatArray:
    """Return the target by holding, t: the material's days of need in the cheapest holdings first.

    A holding's cost is what a usable tonne in it costs: its premium, and storage over the plan.
    """
    wanted = np.zeros(len(problem.holdings))
    for m, data in enumerate(problem.materials):
        if days is not None:
            usable = days / DAYS_A_QUARTER * data.need_t
        elif data.cover_t > 0.0:
            usable = data.cover_t
        else:
            usable = assumptions.value("target_days", data.material) / DAYS_A_QUARTER * data.need_t
        mine = [h for h, holding in enumerate(problem.holdings) if holding.material == m]
        for h in sorted(mine, key=lambda h: _cost(problem, h)):
            holding = problem.holdings[h]
            if holding.usable_share <= 0.0:
                continue
            wanted[h] = min(usable / holding.usable_share, holding.limit_t)
            usable -= wanted[h] * holding.usable_share
    return wanted


def check_rule(name: str, known: tuple[str, ...] = (*RULES, OPTIMAL)) -> str:
    """Return the name, or raise for a rule that does not exist."""
    if name not in known:
        raise UnknownNameError("rule", name, known, where="--rule")
    return name


def wish(
    rule: str, terms: RuleTerms, problem: Problem, state: int, outcome: int, position: Position
) -> Decision:
    """Return what a rule of the table wants to buy, release and sell in a quarter, t by holding."""
    held = position.held()
    coming = held + np.array([float(orders.sum()) for orders in position.orders])
    material = np.array([holding.material for holding in problem.holdings], dtype=np.int64)
    relative = np.array(
        [problem.price(m, state, outcome) / data.price for m, data in enumerate(problem.materials)]
    )[material]
    short = np.array([problem.gap(m, state, outcome) > 0.0 for m in range(len(problem.materials))])[material]
    rate = terms.target / terms.fill_quarters
    sell = np.zeros(len(held))
    if rule == "none":
        buy = np.zeros(len(held))
    elif rule == "steady-volume":
        buy = rate
    elif rule == "steady-money":
        buy = rate / relative
    elif rule == "price-trigger":
        buy = np.where(relative <= terms.below, 2.0 * rate, 0.0)
        sell = np.where((relative >= terms.above) & ~short, 2.0 * rate, 0.0)
    elif rule == "counter-cyclical":
        buy = rate * np.clip(1.0 + terms.response * (1.0 - relative), 0.0, FASTEST)
    else:
        buy = terms.target
    buy = np.minimum(buy, np.maximum(terms.target - coming, 0.0))
    return Decision(buy, np.where(short, EVERYTHING, 0.0), np.minimum(sell, held))


def _cost(problem: Problem, h: int) -> float:
    holding = problem.holdings[h]
    price = problem.materials[holding.material].price
    return (price * holding.premium + holding.storage * problem.case.quarters) / max(
        holding.usable_share, 1e-12
    )
