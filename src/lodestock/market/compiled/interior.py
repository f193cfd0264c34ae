r"""Interior point of one component, compiled: the method of :mod:`..interior_point` with the same constants.

Equations, symbols and steps are those said there. Levies enter the matrix of :mod:`.direction` through

.. math:: \omega N dp + \kappa\,d\tau = \omega b_l, \qquad \omega = 1/(1 + D_l), \quad \kappa = D_l/(1 + D_l)

Arrays run over all activities and levies; those that are banned, without a bound or held are left out by
flags.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np

from lodestock.market.arrays import Bool, Float
from lodestock.market.compiled.checking import natural_residual
from lodestock.market.compiled.constants import (
    DIAGONAL_REGULARISATION,
    INTERIOR_FLOOR,
    SLOPE_REGULARISATION,
)
from lodestock.market.compiled.direction import Factors, Rows, assemble, eliminate, make_factors, solve_for
from lodestock.market.compiled.jit import compiled, inner
from lodestock.market.compiled.plan import Plan, Values
from lodestock.market.compiled.response import column_margin, follow_price, net_delivery, net_supply

NEAR = 1e-6
"""Below this residual what stalls is rounding, because levels without a slope move by 1e9 times an error of
the price; the polish that follows removes it."""


class Inside(NamedTuple):
    """A point, a direction or targets: z, lam, v, mu of shape (K,), tau, nu, t, om (L,), p and e (n,)."""

    p: Float
    e: Float
    z: Float
    lam: Float
    v: Float
    mu: Float
    tau: Float
    nu: Float
    t: Float
    om: Float


class Sets(NamedTuple):
    """Which activities may run, which are bounded, which levies move, what the others are, and the floors."""

    on: Bool
    bounded: Bool
    moving: Bool
    fixed: Float
    f: Float


class Line(NamedTuple):
    """Residuals and factors at one point."""

    r_z: Float
    r_v: Float
    r_p: Float
    r_t: Float
    r_l: Float
    inverse_D: Float  # noqa: N815
    rows: Rows
    factors: Factors
    scratch: Float
    right: Float
    h: Float
    levy_step: Float


@inner
def _make(n: int, K: int, L: int) -> Inside:
    return Inside(
        *(np.zeros(n), np.zeros(n), np.zeros(K), np.zeros(K), np.zeros(K), np.zeros(K)),
        *(np.zeros(L), np.zeros(L), np.zeros(L), np.zeros(L)),
    )


@inner
def _all_levies(plan: Plan, values: Values, sets: Sets, at: Inside, full: Float, reference: Float) -> None:
    for l in range(len(full)):
        full[l] = values.lower[l] + at.tau[l] if sets.moving[l] else sets.fixed[l]
    follow_price(plan, values, sets.f, at.p, full, reference)


@inner
def _linearise(
    plan: Plan, values: Values, sets: Sets, at: Inside, line: Line, full: Float, reference: Float
) -> None:
    """Write residuals and eliminate the matrix at a point."""
    K, L = len(at.z), len(full)
    _all_levies(plan, values, sets, at, full, reference)
    curve_slope = np.zeros(len(values.sign))
    line.r_p[:] = values.y - at.e
    net_supply(plan, values, at.p, full, line.r_p, curve_slope)
    net_delivery(plan, values, at.z, line.r_p)
    column_margin(plan, values, at.p, full, line.r_z)
    for k in range(K):
        D = values.s[k] + SLOPE_REGULARISATION
        line.r_z[k] = values.s[k] * at.z[k] - line.r_z[k] - at.lam[k] + at.mu[k]
        line.inverse_D[k] = 0.0
        if sets.on[k]:
            D += at.lam[k] / at.z[k]
            if sets.bounded[k]:
                line.r_v[k] = at.z[k] + at.v[k] - values.u[k]
                D += at.mu[k] / at.v[k]
            line.inverse_D[k] = 1.0 / D
    for l in range(L):
        line.rows.moves[l] = sets.moving[l]
        if sets.moving[l]:
            D = at.nu[l] / at.tau[l] + at.om[l] / at.t[l] + SLOPE_REGULARISATION
            line.rows.omega[l], line.rows.kappa[l] = 1.0 / (1.0 + D), D / (1.0 + D)
            line.r_t[l] = at.tau[l] + at.t[l] - (values.cap[l] - values.lower[l])
            line.r_l[l] = reference[l] - sets.f[l] - at.nu[l] + at.om[l]
        elif values.self_response[l] > 0.0:
            line.rows.omega[l], line.rows.kappa[l] = 1.0, values.self_response[l]
            line.rows.moves[l] = values.lower[l] < full[l] < values.cap[l]
    assemble(plan, values, line.inverse_D, curve_slope, line.factors)
    for n in range(len(at.p)):
        line.factors.matrix[plan.node_diagonal[n]] += at.e[n] / at.p[n] + DIAGONAL_REGULARISATION
    eliminate(plan, values, line.rows, line.factors)


@inner
def _direction(
    plan: Plan, values: Values, sets: Sets, at: Inside, line: Line, target: Inside, d: Inside
) -> None:
    """Write the Newton direction whose complementary products are steered to ``target``."""
    K, L, n = len(at.z), len(at.tau), len(at.p)
    b = line.scratch
    for k in range(K):
        b[k] = 0.0
        if sets.on[k]:
            d.lam[k] = target.lam[k] / at.z[k] - at.lam[k]
            b[k] = d.lam[k] - line.r_z[k]
            if sets.bounded[k]:
                d.mu[k] = target.mu[k] / at.v[k] - at.mu[k]
                b[k] -= d.mu[k] + at.mu[k] / at.v[k] * line.r_v[k]
            b[k] *= line.inverse_D[k]
    for i in range(n):
        line.right[i] = 0.0
    net_delivery(plan, values, b, line.right)
    for i in range(n):
        d.e[i] = target.e[i] / at.p[i] - at.e[i]
        line.right[i] = d.e[i] - line.r_p[i] - line.right[i]
    for l in range(L):
        line.h[l] = 0.0
        if sets.moving[l]:
            d.nu[l] = target.nu[l] / at.tau[l] - at.nu[l]
            d.om[l] = target.om[l] / at.t[l] - at.om[l]
            b_l = d.nu[l] - line.r_l[l] - d.om[l] - at.om[l] / at.t[l] * line.r_t[l]
            line.h[l] = line.rows.omega[l] * b_l
    solve_for(plan, values, line.rows, line.factors, line.right, line.h, d.p, line.levy_step)
    # W'dp - E dtau is the margin of the direction without its costs
    column_margin(plan, values, d.p, line.levy_step, d.z)
    for k in range(K):
        d.z[k] = b[k] + line.inverse_D[k] * (d.z[k] + values.c[k])
        if sets.on[k]:
            d.lam[k] -= at.lam[k] / at.z[k] * d.z[k]
            if sets.bounded[k]:
                d.v[k] = -line.r_v[k] - d.z[k]
                d.mu[k] -= at.mu[k] / at.v[k] * d.v[k]
    for l in range(L):
        if sets.moving[l]:
            d.tau[l] = line.levy_step[l]
            d.t[l] = -line.r_t[l] - d.tau[l]
            d.nu[l] -= at.nu[l] / at.tau[l] * d.tau[l]
            d.om[l] -= at.om[l] / at.t[l] * d.t[l]
    for i in range(n):
        d.e[i] -= at.e[i] / at.p[i] * d.p[i]


@inner
def _room(value: float, change: float, length: float) -> float:
    return min(length, value / -change) if change < 0.0 else length


@inner
def _longest(sets: Sets, at: Inside, d: Inside) -> float:
    """Return the longest step up to 1 that keeps every variable non-negative."""
    length = 1.0
    for k in range(len(at.z)):
        if sets.on[k]:
            length = _room(at.lam[k], d.lam[k], _room(at.z[k], d.z[k], length))
            if sets.bounded[k]:
                length = _room(at.mu[k], d.mu[k], _room(at.v[k], d.v[k], length))
    for l in range(len(at.tau)):
        if sets.moving[l]:
            length = _room(at.nu[l], d.nu[l], _room(at.tau[l], d.tau[l], length))
            length = _room(at.om[l], d.om[l], _room(at.t[l], d.t[l], length))
    for i in range(len(at.p)):
        length = _room(at.e[i], d.e[i], _room(at.p[i], d.p[i], length))
    return length


@inner
def _mean_product(sets: Sets, at: Inside, d: Inside, length: float) -> float:
    """Return the mean complementary product ``length`` along a direction."""
    total, count = 0.0, 0
    for k in range(len(at.z)):
        if sets.on[k]:
            total += (at.z[k] + length * d.z[k]) * (at.lam[k] + length * d.lam[k])
            count += 1
            if sets.bounded[k]:
                total += (at.v[k] + length * d.v[k]) * (at.mu[k] + length * d.mu[k])
                count += 1
    for l in range(len(at.tau)):
        if sets.moving[l]:
            total += (at.tau[l] + length * d.tau[l]) * (at.nu[l] + length * d.nu[l])
            total += (at.t[l] + length * d.t[l]) * (at.om[l] + length * d.om[l])
            count += 2
    for i in range(len(at.p)):
        total += (at.p[i] + length * d.p[i]) * (at.e[i] + length * d.e[i])
        count += 1
    return total / max(count, 1)


@inner
def _set_targets(target: Inside, sigma: float, d: Inside, less: bool) -> None:
    """Steer every product to ``sigma``, less the second-order terms of a direction where wanted."""
    share = 1.0 if less else 0.0
    target.lam[:] = sigma - share * d.z * d.lam
    target.mu[:] = sigma - share * d.v * d.mu
    target.nu[:] = sigma - share * d.tau * d.nu
    target.om[:] = sigma - share * d.t * d.om
    target.e[:] = sigma - share * d.p * d.e


@inner
def _pulled(product: float, sigma: float) -> float:
    """Return what a product far below or above sigma is pulled by."""
    if product < 0.1 * sigma:
        return 0.1 * sigma - product
    return max(10.0 * sigma - product, -10.0 * sigma) if product > 10.0 * sigma else 0.0


@inner
def _gondzio(target: Inside, at: Inside, d: Inside, length: float, sigma: float, to: Inside) -> None:
    """Pull products that would lie far from sigma back towards it."""
    for k in range(len(at.z)):
        ahead = (at.z[k] + length * d.z[k]) * (at.lam[k] + length * d.lam[k])
        to.lam[k] = target.lam[k] + _pulled(ahead, sigma)
        ahead = (at.v[k] + length * d.v[k]) * (at.mu[k] + length * d.mu[k])
        to.mu[k] = target.mu[k] + _pulled(ahead, sigma)
    for l in range(len(at.tau)):
        ahead = (at.tau[l] + length * d.tau[l]) * (at.nu[l] + length * d.nu[l])
        to.nu[l] = target.nu[l] + _pulled(ahead, sigma)
        ahead = (at.t[l] + length * d.t[l]) * (at.om[l] + length * d.om[l])
        to.om[l] = target.om[l] + _pulled(ahead, sigma)
    for i in range(len(at.p)):
        ahead = (at.p[i] + length * d.p[i]) * (at.e[i] + length * d.e[i])
        to.e[i] = target.e[i] + _pulled(ahead, sigma)


@inner
def _move(sets: Sets, at: Inside, d: Inside, length: float) -> None:
    """Move a point along a direction, no variable below its floor."""
    for k in range(len(at.z)):
        if sets.on[k]:
            at.z[k] = max(at.z[k] + length * d.z[k], INTERIOR_FLOOR)
            at.lam[k] = max(at.lam[k] + length * d.lam[k], INTERIOR_FLOOR)
            if sets.bounded[k]:
                at.v[k] = max(at.v[k] + length * d.v[k], INTERIOR_FLOOR)
                at.mu[k] = max(at.mu[k] + length * d.mu[k], INTERIOR_FLOOR)
    for l in range(len(at.tau)):
        if sets.moving[l]:
            at.tau[l] = max(at.tau[l] + length * d.tau[l], INTERIOR_FLOOR)
            at.nu[l] = max(at.nu[l] + length * d.nu[l], INTERIOR_FLOOR)
            at.t[l] = max(at.t[l] + length * d.t[l], INTERIOR_FLOOR)
            at.om[l] = max(at.om[l] + length * d.om[l], INTERIOR_FLOOR)
    for i in range(len(at.p)):
        at.p[i] = max(at.p[i] + length * d.p[i], INTERIOR_FLOOR)
        at.e[i] = max(at.e[i] + length * d.e[i], INTERIOR_FLOOR)


@compiled
def interior_point(
    plan: Plan, values: Values, sets: Sets, at: Inside, tolerance: float, most_iterations: int
) -> tuple[Float, Float, Float, float, int]:
    """Return price, level, levy, residual and iterations of the best point; ``at`` is the start."""
    n, K, L = len(at.p), len(at.z), len(at.tau)
    line = Line(
        *(np.zeros(K), np.zeros(K), np.zeros(n), np.zeros(L), np.zeros(L), np.zeros(K)),
        Rows(np.zeros(L), np.zeros(L), np.zeros(L, np.bool_)),
        make_factors(plan),
        *(np.zeros(K), np.zeros(n), np.zeros(L), np.zeros(L)),
    )
    d, trial, target, pulled = _make(n, K, L), _make(n, K, L), _make(n, K, L), _make(n, K, L)
    full, reference = np.zeros(L), np.zeros(L)
    best_p, best_z, best_tau = at.p.copy(), at.z.copy(), np.zeros(L)
    best, since, iteration = inf, 0, 0
    while True:
        _all_levies(plan, values, sets, at, full, reference)
        residual = natural_residual(plan, values, sets.f, sets.moving, at.p, at.z, full)
        since = 0 if residual < 0.9 * best else since + 1
        if residual < best:
            best = residual
            best_p[:], best_z[:], best_tau[:] = at.p, at.z, full
        if best <= tolerance or iteration >= most_iterations or since > (2 if best <= NEAR else 40):
            break
        iteration += 1
        _linearise(plan, values, sets, at, line, full, reference)
        xi = _mean_product(sets, at, d, 0.0)
        sigma, length = 0.0, 0.0
        # 0 predictor, 1 corrector, 2 without second-order terms, 3 to 5 further corrections
        for stage in range(6):
            if stage == 0:
                _set_targets(target, 0.0, d, False)
            elif stage == 1:
                ahead = _mean_product(sets, at, d, length)
                sigma = xi * min(max((ahead / xi) ** 3, 1e-6), 1.0)
                if length <= 0.1:
                    sigma = 0.5 * xi
                if length <= 0.05:
                    sigma = 0.7 * xi
                _set_targets(target, sigma, d, length > 0.05)
            elif stage == 2:
                if length >= 0.1:
                    continue
                _set_targets(target, 0.8 * xi, d, False)
            else:
                if length >= 0.95:
                    break
                wished = min(1.0, 1.5 * length + 0.1)
                _gondzio(target, at, d, wished, sigma, pulled)
            further = stage >= 3
            goal, to = (pulled, trial) if further else (target, d)
            _direction(plan, values, sets, at, line, goal, to)
            reach = _longest(sets, at, to)
            if further:
                if reach < length + 0.03 * wished:
                    break
                d, trial, target, pulled = trial, d, pulled, target
            length = reach
        if not length > 0.0:
            break
        _move(sets, at, d, 0.995 * length)
    for k in range(K):
        best_z[k] = min(best_z[k], values.u[k])
    return best_p, best_z, best_tau, best, iteration
