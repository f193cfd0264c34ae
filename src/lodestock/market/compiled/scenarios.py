r"""Many scenarios of one component: edit the numbers, solve from the base, check, put the numbers back.

A scenario is solved as :func:`lodestock.market.solve` would with ``audit=False``: without levies first, from
the base's own solution without levies; then with them, in one step of the floors. The step counts only where
prices moved in proportion to the floors and no levy stands on a branch on which more of it lowers the price
it defends. What fails is left to the full ladder, with the reason.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np

from lodestock.market.arrays import Bool, Float, Int
from lodestock.market.compiled.checking import idle_nodes, natural_residual, throughput
from lodestock.market.compiled.constants import (
    ALIVE,
    FREE_MOVE,
    HARDLY,
    LARGEST_SLOPE,
    LAST_SMOOTHING,
    NEGLIGIBLE,
    ROUGH,
)
from lodestock.market.compiled.jit import compiled, inner
from lodestock.market.compiled.newton import Place, Room, copy_place, make_place, make_room, newton
from lodestock.market.compiled.passing import pass_through
from lodestock.market.compiled.plan import Plan, Values
from lodestock.market.compiled.response import column_margin, reference_price

FREE_RUNS, LEVY_RUNS, LAST_RUNS = (0.0, 1e-3), (1e-2, 1e-4), (1e-1, 1e-4)
"""First rounding of the corners at the first and the second try: without levies, with levies from the base,
with levies from nowhere."""

MOST = 20
"""Linear systems of a first try; a second one may take twice as many."""

ENOUGH = 1e-2
"""A residual of this share of the tolerance is not improved further."""

COST, SLOPE, CAPACITY, INJECTION, CURVE_SCALE, PRICE_SHIFT, PRICE_WEIGHT, FLOOR, CAP = range(9)
"""What an edit changes; the order of ``lodestock.market.changes.EDITED``."""

SOLVED, NOT_CONVERGED, JUMPED, FOLDED = range(4)
"""How a scenario ended here; all but the first go to the ladder."""


class Orders(NamedTuple):
    """Edits of every scenario in scaled units; scenario i has ``pointer[i]:pointer[i + 1]``."""

    pointer: Int
    kind: Int
    element: Int
    value: Float


class Start(NamedTuple):
    """Where scenarios start: the base's solution without levies, and with them."""

    free_p: Float
    p: Float
    tau: Float
    z: Float


class Results(NamedTuple):
    """One row per scenario, scaled."""

    price: Float
    levy: Float
    level: Float
    residual: Float
    iterations: Int
    restarts: Int
    ending: Int
    idle: Bool


@inner
def _edit(values: Values, base: Values, kind: int, index: int, value: float, undo: bool) -> None:
    """Put one new number in, or the base's back."""
    if kind == COST:
        values.c[index] = base.c[index] if undo else value
    elif kind == SLOPE:
        values.s[index] = base.s[index] if undo else value
    elif kind == CAPACITY:
        values.u[index] = base.u[index] if undo else value
    elif kind == INJECTION:
        values.y[index] = base.y[index] if undo else value
    elif kind == CURVE_SCALE:
        factor = 1.0 if undo else value
        for segment in range(base.a1.shape[1]):
            values.a1[index, segment] = base.a1[index, segment] * factor
            values.a2[index, segment] = base.a2[index, segment] * factor
    elif kind == PRICE_SHIFT:
        values.price_shift[index] = base.price_shift[index] if undo else value
    elif kind == PRICE_WEIGHT:
        values.price_weight[index] = base.price_weight[index] if undo else value
    elif kind == FLOOR:
        values.f[index] = base.f[index] if undo else value
    else:
        values.cap[index] = base.cap[index] if undo else value


@inner
def _attempt(
    plan: Plan,
    values: Values,
    room: Room,
    bordered: Bool,
    p: Float,
    tau: Float,
    centre: Float,
    tolerance: float,
    runs: tuple[float, float],
) -> tuple[Place, int, int, bool]:
    """Newton with one first rounding, then with another; point, systems solved, restarts, converged."""
    enough, last = ENOUGH * tolerance, LAST_SMOOTHING
    if tolerance == ROUGH:
        enough, last = ROUGH, ROUGH
    at = make_place(len(p), len(values.c), len(values.sign), len(tau))
    total, tries, converged = 0, 0, False
    while tries < len(runs) and not converged:
        at, residual, iterations, converged = newton(
            *(plan, values, room, values.f, bordered, p, tau, centre, runs[tries]),
            *(tolerance, enough, last, (tries + 1) * MOST, 30),
        )
        total, tries = total + iterations, tries + 1
        if residual < inf:
            p, tau = at.p, at.tau
    return at, total, tries - 1, converged


@inner
def _prohibitive(plan: Plan, values: Values, at: Place) -> Float:
    """Return the smallest levies that keep what they charge at zero; the cap where some of it runs."""
    margin = np.zeros(len(at.z))
    column_margin(plan, values, at.p, at.tau, margin)
    rate = np.full(len(at.tau), -inf)
    for q in range(len(plan.charge_levy)):
        l, k = plan.charge_levy[q], plan.charge_activity[q]
        if values.E[q] > 0.0 and values.u[k] > 0.0:
            rate[l] = max(rate[l], at.tau[l] + margin[k] / values.E[q])
    for l in range(len(rate)):
        rate[l] = min(max(rate[l], values.lower[l]), values.cap[l])
    return rate


@inner
def _all_met(values: Values, adjustable: Bool, reference: Float) -> bool:
    """Return whether every floor is met by a reference price."""
    met = True
    for l in range(len(adjustable)):
        met &= not adjustable[l] or reference[l] >= values.f[l]
    return met


@inner
def _judge(
    plan: Plan, values: Values, adjustable: Bool, free: Place, at: Place, before: Float, after: Float
) -> int:
    """Return whether the step from no levies to all of them stayed on the rising branch."""
    span, alone = 0.0, 0
    for l in range(len(adjustable)):
        if adjustable[l]:
            span = max(span, values.f[l] - min(values.f[l], before[l]))
            alone += 1
    moved = 0.0
    through_free = throughput(plan, values, free.p, free.z, free.tau)
    through = throughput(plan, values, at.p, at.z, at.tau)
    for n in range(len(at.p)):
        if max(through_free[n], through[n]) > ALIVE:
            moved = max(moved, abs(at.p[n] - free.p[n]))
    if moved > LARGEST_SLOPE * span + FREE_MOVE:
        return JUMPED
    between = np.zeros(len(adjustable), np.bool_)
    for l in range(len(adjustable)):
        if not adjustable[l]:
            continue
        between[l] = values.lower[l] < at.tau[l] < values.cap[l]
        fallen = at.tau[l] >= values.cap[l] and after[l] < min(values.f[l], before[l]) - HARDLY
        if alone == 1 and fallen and at.tau[l] > free.tau[l]:
            return FOLDED
    levies = np.flatnonzero(between)
    if len(levies):
        for share in pass_through(plan, values, at.p, at.tau, at.z, levies):
            if share < 0.0:
                return FOLDED
    return SOLVED


@inner
def _without_idle_levies(plan: Plan, values: Values, adjustable: Bool, at: Place, after: Float) -> None:
    """Lower every levy that meets its floor to the smallest rate with the same effect."""
    least, everything = _prohibitive(plan, values, at), np.ones(len(adjustable), np.bool_)
    lower = at.tau.copy()
    changed = False
    for l in range(len(lower)):
        if adjustable[l] and after[l] >= values.f[l] - HARDLY and least[l] < at.tau[l]:
            lower[l] = least[l]
            changed = True
    if changed:
        residual = natural_residual(plan, values, values.f, everything, at.p, at.z, at.tau)
        if natural_residual(plan, values, values.f, everything, at.p, at.z, lower) <= max(
            residual, NEGLIGIBLE
        ):
            at.tau[:] = lower


@compiled
def solve_scenarios(
    plan: Plan, values: Values, base: Values, orders: Orders, start: Start, tolerance: float, results: Results
) -> None:
    """Solve every scenario of ``orders``; ``values`` are numbers to work on, left as ``base``."""
    n, K, J, L = len(base.y), len(base.c), len(base.sign), len(base.f)
    room = make_room(plan, n, K, L)
    nothing, everything, bordered = np.zeros(L, np.bool_), np.ones(L, np.bool_), np.zeros(L, np.bool_)
    adjustable = np.zeros(L, np.bool_)
    lowest, before, after = np.zeros(L), np.zeros(L), np.zeros(L)
    at, free = make_place(n, K, J, L), make_place(n, K, J, L)
    for i in range(len(orders.pointer) - 1):
        for e in range(orders.pointer[i], orders.pointer[i + 1]):
            _edit(values, base, orders.kind[e], orders.element[e], orders.value[e], False)
        levied = False
        for l in range(L):
            bordered[l] = values.self_response[l] == 0.0
            adjustable[l] = bordered[l] and values.cap[l] > values.lower[l]
            levied |= adjustable[l]
            lowest[l] = values.lower[l] if abs(values.lower[l]) < inf else 0.0
        p, tau, z, moving, runs = start.free_p, lowest, start.z, nothing, FREE_RUNS
        total, restarts, ending = 0, 0, NOT_CONVERGED
        stage, stages = 0, 3 if levied else 1
        while stage < stages:
            rough = levied and stage == 0
            found, more, again, converged = _attempt(
                plan, values, room, moving, p, tau, z, ROUGH if rough else 0.5 * tolerance, runs
            )
            total, restarts = total + more, restarts + again
            copy_place(found, at)
            stage += 1
            if rough:
                if not converged:
                    break
                copy_place(at, free)
                reference_price(plan, values, free.p, before)
                p, z, moving = free.p, free.z, bordered
                if not _all_met(values, adjustable, before):
                    tau = np.minimum(np.maximum(start.tau, values.lower), values.cap)
                    p = np.maximum(start.p + free.p - start.free_p, 0.0)
                    runs = LEVY_RUNS
                continue
            ending = SOLVED if converged else NOT_CONVERGED
            if levied and converged:
                reference_price(plan, values, at.p, after)
                ending = _judge(plan, values, adjustable, free, at, before, after)
            if ending == SOLVED:
                break
            if stage < stages:
                # once more as a market solved alone would: from no levies at all
                p, tau, runs = free.p, lowest, LAST_RUNS
                restarts += 1
        if levied and ending == SOLVED:
            _without_idle_levies(plan, values, adjustable, at, after)
        residual = natural_residual(plan, values, values.f, everything, at.p, at.z, at.tau)
        results.price[i] = at.p
        results.levy[i] = at.tau
        results.level[i] = at.z
        results.residual[i] = residual
        results.iterations[i], results.restarts[i] = total, restarts
        if ending == SOLVED and not residual <= tolerance:
            ending = NOT_CONVERGED
        results.ending[i] = ending
        results.idle[i] = idle_nodes(plan, values, at.p, at.z, at.tau)
        for e in range(orders.pointer[i], orders.pointer[i + 1]):
            _edit(values, base, orders.kind[e], orders.element[e], orders.value[e], True)
