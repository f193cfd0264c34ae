r"""Smoothing Newton of one component, compiled: the method of :mod:`..newton` with the same constants.

Everything about the method is said there. What differs is the linear system, which is eliminated in its
envelope without pivoting, and that nothing here allocates per step.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import NamedTuple

import numpy as np

from lodestock.market.arrays import Bool, Float
from lodestock.market.compiled.direction import (
    Factors,
    Rows,
    assemble,
    eliminate,
    hold_nodes,
    make_factors,
    solve_for,
)
from lodestock.market.compiled.jit import compiled, inner
from lodestock.market.compiled.plan import Plan, Values
from lodestock.market.compiled.response import (
    column_margin,
    follow_price,
    levels,
    net_delivery,
    net_supply,
    rates,
)
from lodestock.market.newton import (
    CENTRE_SLOPES,
    GOOD_STEP,
    GUESSES,
    LAST_SMOOTHING,
    LEVY_PROXIMAL,
    LONG_ENOUGH,
    LONGEST_STEP,
    MOST_HALVINGS,
    MOST_TRIALS,
    PATIENCE,
    REGULARISATION,
    ROUGH,
    SHORT_STEP,
)


class Task(NamedTuple):
    """What one run solves: floors, which levies are unknowns, slopes and the shift of flat activities."""

    f: Float
    bordered: Bool
    slope: Float
    shift: Float


class Place(NamedTuple):
    """A point and the response there; arrays are overwritten."""

    p: Float
    tau: Float
    margin: Float
    z: Float
    excess: Float
    curve_slope: Float
    gap: Float
    omega: Float


class Room(NamedTuple):
    """Working storage of one run."""

    factors: Factors
    rate: Float
    right: Float
    h: Float
    kappa: Float
    moves: Bool
    held: Bool
    reference: Float


@inner
def make_place(n: int, K: int, J: int, L: int) -> Place:
    """Return empty storage for a point."""
    return Place(
        np.zeros(n), np.zeros(L), np.zeros(K), np.zeros(K), np.zeros(n), np.zeros(J), np.zeros(L), np.zeros(L)
    )


@compiled
def make_room(plan: Plan, n: int, K: int, L: int) -> Room:
    """Return empty storage for a run."""
    return Room(
        make_factors(plan),
        np.zeros(K),
        np.zeros(n),
        np.zeros(L),
        np.zeros(L),
        np.zeros(L, np.bool_),
        np.zeros(n, np.bool_),
        np.zeros(L),
    )


@inner
def evaluate(plan: Plan, values: Values, task: Task, at: Place, sigma: float, reference: Float) -> None:
    """Write the response at ``at.p``, ``at.tau``."""
    follow_price(plan, values, task.f, at.p, at.tau, reference)
    column_margin(plan, values, at.p, at.tau, at.margin)
    for k in range(len(at.margin)):
        at.margin[k] += task.shift[k]
    levels(values, at.margin, task.slope, sigma, at.z)
    at.excess[:] = values.y
    net_delivery(plan, values, at.z, at.excess)
    net_supply(plan, values, at.p, at.tau, at.excess, at.curve_slope)
    for l in range(len(at.tau)):
        at.gap[l], at.omega[l] = 0.0, 0.0
        if task.bordered[l]:
            low, high = values.lower[l], values.cap[l]
            wanted = at.tau[l] + task.f[l] - reference[l]
            if sigma == 0.0:
                at.gap[l] = at.tau[l] - min(max(wanted, low), high)
                at.omega[l] = 1.0 if low < wanted < high else 0.0
            else:
                above, over = wanted - low, wanted - high
                root_above, root_over = sqrt(above * above + 4.0 * sigma), sqrt(over * over + 4.0 * sigma)
                at.gap[l] = at.tau[l] - (low + 0.5 * (above + root_above) - 0.5 * (over + root_over))
                at.omega[l] = 0.5 * (above / root_above - over / root_over)


@inner
def residual_of(at: Place) -> float:
    """Return the largest residual of nodes and levies; inf where anything is not a number."""
    worst = 0.0
    for n in range(len(at.p)):
        value = abs(min(at.p[n], at.excess[n]))
        if not value <= worst:
            worst = value if value == value else inf
    for l in range(len(at.gap)):
        value = abs(at.gap[l])
        if not value <= worst:
            worst = value if value == value else inf
    return worst


@inner
def merit_of(at: Place) -> float:
    """Return the norm of excess supply and levy gaps; a surplus counts less as its price nears zero."""
    total = 0.0
    for n in range(len(at.p)):
        excess = at.excess[n]
        if excess > 0.0:
            excess *= min(at.p[n], 1.0)
        total += excess * excess
    for l in range(len(at.gap)):
        total += at.gap[l] * at.gap[l]
    return sqrt(total)


@inner
def direction(
    plan: Plan, values: Values, task: Task, at: Place, sigma: float, room: Room, dp: Float, dtau: Float
) -> None:
    """Write the Newton direction at a point."""
    rates(values, at.margin, task.slope, sigma, room.rate)
    assemble(plan, values, room.rate, at.curve_slope, room.factors)
    for n in range(len(at.p)):
        diagonal = plan.node_diagonal[n]
        longest = max(LONGEST_STEP, at.p[n])
        room.factors.matrix[diagonal] += REGULARISATION * (1.0 + room.factors.matrix[diagonal])
        room.factors.matrix[diagonal] += abs(at.excess[n]) / longest
        room.held[n] = at.p[n] <= 0.0 and at.excess[n] >= 0.0
        room.right[n] = 0.0 if room.held[n] else -at.excess[n]
    hold_nodes(plan, room.held, room.factors)
    any_bordered = False
    omega = at.omega.copy()
    for l in range(len(at.tau)):
        room.h[l] = -at.gap[l]
        room.kappa[l] = 1.0 - at.omega[l] + LEVY_PROXIMAL * at.omega[l]
        room.moves[l] = task.bordered[l]
        any_bordered |= task.bordered[l]
        if values.self_response[l] > 0.0:
            room.h[l], omega[l], room.kappa[l] = 0.0, 1.0, values.self_response[l]
            room.moves[l] = values.lower[l] < at.tau[l] < values.cap[l]
    rows = Rows(omega, room.kappa, room.moves)
    eliminate(plan, values, rows, room.factors)
    solve_for(plan, values, rows, room.factors, room.right, room.h, dp, dtau)
    excess = 0.0
    finite = True
    for n in range(len(dp)):
        finite &= abs(dp[n]) < inf
        excess = max(excess, abs(dp[n]) / max(LONGEST_STEP, at.p[n]))
    for l in range(len(dtau)):
        finite &= abs(dtau[l]) < inf
        if not task.bordered[l]:
            dtau[l] = 0.0
    if not finite:
        dp[:], dtau[:] = 0.0, 0.0
    elif any_bordered and excess > 1.0:
        for n in range(len(dp)):
            dp[n] /= excess
        for l in range(len(dtau)):
            dtau[l] /= excess


@inner
def _move(
    plan: Plan,
    values: Values,
    task: Task,
    at: Place,
    dp: Float,
    dtau: Float,
    length: float,
    sigma: float,
    to: Place,
    reference: Float,
) -> None:
    for n in range(len(dp)):
        to.p[n] = max(at.p[n] + length * dp[n], 0.0)
    for l in range(len(dtau)):
        to.tau[l] = at.tau[l]
        if task.bordered[l]:
            to.tau[l] = min(max(at.tau[l] + length * dtau[l], values.lower[l]), values.cap[l])
    evaluate(plan, values, task, to, sigma, reference)


@inner
def copy_place(source: Place, target: Place) -> None:
    """Copy a point."""
    target.p[:] = source.p
    target.tau[:] = source.tau
    target.margin[:] = source.margin
    target.z[:] = source.z
    target.excess[:] = source.excess
    target.curve_slope[:] = source.curve_slope
    target.gap[:] = source.gap
    target.omega[:] = source.omega


@inner
def _search_slope(
    plan: Plan,
    values: Values,
    task: Task,
    at: Place,
    dp: Float,
    dtau: Float,
    sigma: float,
    trials: int,
    trial: Place,
    best: Place,
    reference: Float,
) -> float:
    """Step along ``dp`` to where the slope of the potential nearly vanishes; leave the point in ``best``."""
    start = 0.0
    for n in range(len(dp)):
        start += values.P[n] * values.Q[n] * at.excess[n] * dp[n]
    low, slope_low, high, slope_high = 0.0, start, 1.0, inf
    length, best_length = 1.0, 0.0
    copy_place(at, best)
    for _ in range(trials):
        _move(plan, values, task, at, dp, dtau, length, sigma, trial, reference)
        slope = 0.0
        for n in range(len(dp)):
            slope += values.P[n] * values.Q[n] * trial.excess[n] * (trial.p[n] - at.p[n])
        slope /= length
        if slope <= 0.1 * abs(start) and (length == 1.0 or slope >= 0.1 * start):
            copy_place(trial, best)
            return length
        if slope > 0.0:
            high, slope_high = length, slope
        else:
            low, slope_low = length, slope
        if slope <= 0.0 or best_length == 0.0:
            copy_place(trial, best)
            best_length = length
        share = slope_low / (slope_low - slope_high) if slope_low < 0.0 else 0.5
        length = low + (high - low) * min(max(share, 0.1), 0.9)
    return best_length


@inner
def _search_norm(
    plan: Plan,
    values: Values,
    task: Task,
    at: Place,
    dp: Float,
    dtau: Float,
    sigma: float,
    most: float,
    trial: Place,
    best: Place,
    other: Place,
    reference: Float,
) -> float:
    """Halve the step until the merit falls below ``most``; the point is left in ``best``."""
    length, best_merit, best_length = 1.0, inf, 0.0
    copy_place(at, best)
    for _ in range(MOST_HALVINGS):
        _move(plan, values, task, at, dp, dtau, length, sigma, trial, reference)
        merit = merit_of(trial)
        if merit < best_merit:
            best_merit, best_length = merit, length
            copy_place(trial, best)
        if merit <= (1.0 - 1e-4 * length) * most:
            break
        length *= 0.5
    if best_length >= LONG_ENOUGH:
        return best_length
    other_length = _search_slope(plan, values, task, at, dp, dtau, sigma, GUESSES, trial, other, reference)
    if merit_of(other) < best_merit:
        copy_place(other, best)
        return other_length
    return best_length


@inner
def run(
    plan: Plan,
    values: Values,
    task: Task,
    room: Room,
    p: Float,
    tau: Float,
    sigma: float,
    tolerance: float,
    most_iterations: int,
    rough: bool,
) -> tuple[Place, float, int]:
    """Return the best point, its residual and the number of linear systems solved."""
    n, K, J, L = len(p), len(values.c), len(values.sign), len(tau)
    at, best = make_place(n, K, J, L), make_place(n, K, J, L)
    trial, found, other = make_place(n, K, J, L), make_place(n, K, J, L), make_place(n, K, J, L)
    dp, dtau = np.zeros(n), np.zeros(L)
    at.p[:] = np.maximum(p, 0.0)
    at.tau[:] = tau
    any_bordered = task.bordered.any()
    evaluate(plan, values, task, at, 0.0, room.reference)
    if residual_of(at) <= 1e-4 * tolerance:
        sigma = 0.0
    elif sigma > 0.0:
        evaluate(plan, values, task, at, sigma, room.reference)
    enough, last = 1e-4 * tolerance, LAST_SMOOTHING
    if rough:
        enough, last = tolerance, ROUGH
    best_residual = inf
    recent = np.full(4, -inf)
    iteration, stalled, short = 0, 0, 0
    while True:
        if sigma > 0.0 and residual_of(at) <= tolerance:
            sigma = 0.0
            evaluate(plan, values, task, at, sigma, room.reference)
        if sigma == 0.0:
            residual = residual_of(at)
            stalled = 0 if residual < 0.5 * best_residual else stalled + 1
            if residual < best_residual:
                best_residual = residual
                copy_place(at, best)
            if best_residual <= enough or (best_residual <= tolerance and stalled > 0):
                break
        if iteration >= most_iterations or short >= PATIENCE:
            break
        iteration += 1
        direction(plan, values, task, at, sigma, room, dp, dtau)
        if any_bordered:
            recent[:3] = recent[1:]
            recent[3] = merit_of(at)
            length = _search_norm(
                *(plan, values, task, at, dp, dtau, sigma),
                *(recent.max(), trial, found, other, room.reference),
            )
        else:
            length = _search_slope(
                plan, values, task, at, dp, dtau, sigma, MOST_TRIALS, trial, found, room.reference
            )
        at, found = found, at
        short = short + 1 if length < SHORT_STEP else 0
        if sigma > 0.0 and length >= GOOD_STEP:
            sigma = 0.1 * sigma if sigma > last else 0.0
            recent[:] = -inf
            evaluate(plan, values, task, at, sigma, room.reference)
    if best_residual == inf:
        evaluate(plan, values, task, at, 0.0, room.reference)
        copy_place(at, best)
        best_residual = residual_of(best)
    return best, best_residual, iteration


@compiled
def newton(
    plan: Plan,
    values: Values,
    room: Room,
    f: Float,
    bordered: Bool,
    p: Float,
    tau: Float,
    centre: Float,
    smoothing: float,
    tolerance: float,
    most_iterations: int,
    most_rounds: int,
    rough: bool,
) -> tuple[Place, float, int, bool]:
    """Return the point, its residual, the linear systems solved and whether it counts as converged."""
    if rough:
        tolerance = ROUGH
    K = len(values.c)
    slope, shift = values.s.copy(), np.zeros(K)
    flat = False
    for k in range(K):
        if values.s[k] <= 0.0:
            slope[k] = 1.0
            flat |= values.u[k] > 0.0
    if not flat:
        at, residual, total = run(
            plan,
            values,
            Task(f, bordered, slope, shift),
            room,
            p,
            tau,
            smoothing,
            tolerance,
            most_iterations,
            rough,
        )
        return at, residual, total, residual <= tolerance
    at = make_place(len(p), K, len(values.sign), len(tau))
    z = centre.copy()
    residual, gap, total, converged = inf, inf, 0, False
    for turn in range(most_rounds):
        delta = CENTRE_SLOPES[min(turn, len(CENTRE_SLOPES) - 1)]
        for k in range(K):
            if values.s[k] <= 0.0:
                slope[k] = delta
                shift[k] = delta * z[k] if values.u[k] > 0.0 else 0.0
        first = smoothing if turn == 0 else 0.0
        at, residual, iterations = run(
            plan,
            values,
            Task(f, bordered, slope, shift),
            room,
            p,
            tau,
            first,
            tolerance,
            most_iterations,
            rough,
        )
        total += iterations
        gap = 0.0
        for k in range(K):
            if values.s[k] <= 0.0 and values.u[k] > 0.0:
                gap = max(gap, abs(at.z[k] - z[k]) * delta)
        p, z, tau = at.p, at.z, at.tau
        converged = residual <= tolerance
        if not converged or gap <= tolerance:
            break
    return at, max(residual, gap), total, converged and gap <= tolerance
