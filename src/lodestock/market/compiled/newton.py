r"""Smoothing Newton of one component, compiled: the method of :mod:`..newton` with the same constants.

Everything about the method is said there. What differs is the linear system, which is eliminated in its
envelope without pivoting, and that nothing here allocates per step.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import NamedTuple

import numpy as np

from lodestock.market.arrays import Bool, Float
from lodestock.market.compiled.constants import (
    CENTRE_SLOPES,
    GOOD_STEP,
    GUESSES,
    LEVY_PROXIMAL,
    LONG_ENOUGH,
    LONGEST_STEP,
    MOST_HALVINGS,
    MOST_TRIALS,
    PATIENCE,
    REGULARISATION,
    SHORT_STEP,
)
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
def _search(
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
    reference: Float,
) -> float:
    """Leave a better point along the direction in ``best`` and return the length of the step.

    With levies to be found (``most`` finite) the step is halved until the merit falls below ``most``. Where
    that leaves it short, and always without levies, the zero of the potential's slope is looked for. All
    trials are evaluated at one place, because every further one is translated again.
    """
    start = 0.0
    for n in range(len(dp)):
        start += values.P[n] * values.Q[n] * at.excess[n] * dp[n]
    halvings = MOST_HALVINGS if most < inf else 0
    trials = halvings + (GUESSES if most < inf else MOST_TRIALS)
    low, slope_low, high, slope_high = 0.0, start, 1.0, inf
    length, best_merit, best_length, guessed = 1.0, inf, 0.0, False
    copy_place(at, best)
    turn = 0
    while turn < trials:
        turn += 1
        for n in range(len(dp)):
            trial.p[n] = max(at.p[n] + length * dp[n], 0.0)
        for l in range(len(dtau)):
            trial.tau[l] = at.tau[l]
            if task.bordered[l]:
                trial.tau[l] = min(max(at.tau[l] + length * dtau[l], values.lower[l]), values.cap[l])
        evaluate(plan, values, task, trial, sigma, reference)
        merit = merit_of(trial) if most < inf else -inf
        if turn <= halvings:
            if merit < best_merit:
                best_merit, best_length = merit, length
                copy_place(trial, best)
            enough = merit <= (1.0 - 1e-4 * length) * most
            length *= 0.5
            if enough or turn == halvings:
                if best_length >= LONG_ENOUGH:
                    break
                turn, length = halvings, 1.0
            continue
        slope = 0.0
        for n in range(len(dp)):
            slope += values.P[n] * values.Q[n] * trial.excess[n] * (trial.p[n] - at.p[n])
        slope /= length
        fits = slope <= 0.1 * abs(start) and (length == 1.0 or slope >= 0.1 * start)
        if (fits or slope <= 0.0 or not guessed) and merit < best_merit:
            copy_place(trial, best)
            best_length = length
        guessed = True
        if fits:
            break
        if slope > 0.0:
            high, slope_high = length, slope
        else:
            low, slope_low = length, slope
        share = slope_low / (slope_low - slope_high) if slope_low < 0.0 else 0.5
        length = low + (high - low) * min(max(share, 0.1), 0.9)
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
    enough: float,
    last: float,
    most_iterations: int,
) -> tuple[Place, float, int]:
    """Return the best point, its residual and the number of linear systems solved."""
    n, K, J, L = len(p), len(values.c), len(values.sign), len(tau)
    at, best = make_place(n, K, J, L), make_place(n, K, J, L)
    trial, found = make_place(n, K, J, L), make_place(n, K, J, L)
    dp, dtau = np.zeros(n), np.zeros(L)
    at.p[:] = np.maximum(p, 0.0)
    at.tau[:] = tau
    any_bordered = task.bordered.any()
    best_residual = inf
    recent = np.full(4, -inf)
    iteration, stalled, short = 0, 0, 0
    first_sigma, sigma = sigma, 0.0
    fresh, at_end = False, False
    while True:
        if not fresh:
            evaluate(plan, values, task, at, sigma, room.reference)
            fresh = True
        residual = residual_of(at)
        if iteration == 0 and first_sigma > 0.0 and residual > enough:
            # the start was looked at with sharp corners: round them, unless it was the solution
            sigma, first_sigma, fresh = first_sigma, 0.0, False
            continue
        if sigma > 0.0 and (residual <= tolerance or at_end):
            # nothing left to follow at this rounding; a further step would only chase rounding errors
            sigma, fresh = 0.0, False
            continue
        if sigma == 0.0:
            stalled = 0 if residual < 0.5 * best_residual else stalled + 1
            if residual < best_residual:
                best_residual = residual
                copy_place(at, best)
            if best_residual <= enough or (best_residual <= tolerance and stalled > 0):
                break
        if iteration >= most_iterations or short >= PATIENCE:
            if best_residual < inf or at_end:
                break
            at_end = True
            continue
        iteration += 1
        direction(plan, values, task, at, sigma, room, dp, dtau)
        most = inf
        if any_bordered:
            recent[:3] = recent[1:].copy()
            recent[3] = merit_of(at)
            most = recent.max()
        length = _search(plan, values, task, at, dp, dtau, sigma, most, trial, found, room.reference)
        at, found = found, at
        short = short + 1 if length < SHORT_STEP else 0
        if sigma > 0.0 and length >= GOOD_STEP:
            sigma = 0.1 * sigma if sigma > last else 0.0
            recent[:] = -inf
            fresh = False
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
    enough: float,
    last: float,
    most_iterations: int,
    most_rounds: int,
) -> tuple[Place, float, int, bool]:
    """Return the point, its residual, the linear systems solved and whether it counts as converged.

    A residual of ``tolerance`` counts as converged; one of ``enough`` ends the search for a smaller one.
    Below a smoothing of ``last`` the corners become sharp. Without flat activities one round is all.
    """
    K = len(values.c)
    slope, shift, z = values.s.copy(), np.zeros(K), centre.copy()
    at = make_place(len(p), K, len(values.sign), len(tau))
    residual, gap, total, converged = inf, 0.0, 0, False
    for turn in range(most_rounds):
        delta = CENTRE_SLOPES[min(turn, len(CENTRE_SLOPES) - 1)]
        for k in range(K):
            if values.s[k] <= 0.0:
                slope[k] = delta
                shift[k] = delta * z[k] if values.u[k] > 0.0 else 0.0
        task = Task(f, bordered, slope, shift)
        first = smoothing if turn == 0 else 0.0
        at, residual, iterations = run(
            plan, values, task, room, p, tau, first, tolerance, enough, last, most_iterations
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
