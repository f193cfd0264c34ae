r"""How much a tonne more can be worth: bounds of the derivative of the cost-to-go.

A tonne in stock can be used once, so leaving it out of the best plan costs at most the best moment to use it
(an optimal stopping value over the regimes), plus what holding it saves until then:

.. math:: S_h(t, z) = a_h + \max\big(U_h(z),\ \delta\kappa_h\, E_z S_h(t+1)\big), \qquad S_h(T) = terminal_h

U is the largest loss that a t released or sold avoids in the regime, a the cover, the price held up and the
borrowing base that a t held provides in a quarter. With weight on the tail, E puts the measure's largest
weights on the successors where a tonne is worth most. A tonne more in stock never costs anything, since it
may be thrown away; one on order may, until it has come:

.. math:: C_h = R_h + L_h\, c_h

R is the most that is lost where its room is made by another tonne not bought or thrown away, c what carrying
it costs in a quarter, L the quarters of its lag.
"""

from __future__ import annotations

import numpy as np

from lodestock.reserve.case import QUARTERS_A_YEAR
from lodestock.reserve.costs import (
    financing_rate,
    inventory_price,
    permanent_chords,
    permanent_slope,
)
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


def order_limits(problem: Problem, limits: Float) -> Float:
    """Return the most that a t more on order can cost, (holdings,) USD per t, from `slope_limits`."""
    skipped = limits.max(axis=(0, 1)) + _worth_of_buying(problem)
    price = np.array([inventory_price(problem, h) for h in range(len(problem.holdings))])
    room = np.maximum(price * float((skipped / price).max()), float(skipped.max()))
    lag = np.array([holding.lag for holding in problem.holdings])
    growth = max(1.0, problem.discount) ** lag
    return np.asarray(growth * (room + lag * _carrying(problem)))


def _worth_of_buying(problem: Problem) -> Float:
    """(holdings,) what a purchase serves beside the stock it makes: promises, and prices below base."""
    found = np.zeros(len(problem.holdings))
    _, steady, promised = (float(weight) for weight in problem.weights)
    for h, holding in enumerate(problem.holdings):
        data = problem.materials[holding.material]
        found[h] = promised * data.offtake_value
        if data.world_t > 0.0:
            tightest = max(
                (
                    response.price_multiple / response.output_share
                    for response in data.responses.values()
                    if response.output_share > 0.0
                ),
                default=0.0,
            )
            rise = (1.0 - problem.case.permanent_share) * data.impact * data.price / data.world_t
            highest = float(problem.price_noise[:, holding.material].max())
            found[h] += steady * data.need_t * rise * tightest * highest
    return found


def _carrying(problem: Problem) -> Float:
    """(holdings,) the most that a t held or on order costs in a quarter."""
    found = np.zeros(len(problem.holdings))
    unmet, steady, _ = (float(weight) for weight in problem.weights)
    money = max(financing_rate(problem), problem.case.money.cure_rate / QUARTERS_A_YEAR)
    money += float(problem.funds_price.max(initial=0.0))
    for h, holding in enumerate(problem.holdings):
        m = holding.material
        data = problem.materials[m]
        worst = max(
            float(problem.shortage_value(m, z, w).max())
            for z in range(len(problem.states))
            for w in range(len(problem.price_noise))
        )
        found[h] = holding.storage + holding.rotation_cost + money * inventory_price(problem, h)
        found[h] += max(slope for _, slope in permanent_chords(problem, m)) + unmet * data.crowding * worst
        found[h] += steady * data.need_t * permanent_slope(problem, m)
    return found


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
