r"""Primal-dual interior point in price space.

Arcs outnumber nodes sixty to one, so everything but the price is eliminated and the factorised matrix has
one row per node (and one per levy). Variables in scaled units: levels z with multiplier lam; for bounded
activities the room :math:`v = u - z` with mu; levies tau (counted from their lower bound) with nu and their
room t with om; disposal e. Room is a variable of its own, because :math:`u - z` loses every digit as z
approaches u.

.. math::
    r_z &= c + s z + E\tau - W^\top p - \lambda + \mu, \quad & r_v &= z + v - u \\
    r_p &= A z + x(p) + y - e, & r_t &= \tau + t - \bar\tau \\
    r_l &= N p - f - \nu + \omega

and the products :math:`z\lambda, v\mu, \tau\nu, t\omega, p e` are driven to :math:`\sigma \to 0` with
Mehrotra's predictor and corrector and Gondzio's further corrections. With :math:`D = s + \lambda/z +
\mu/v`, :math:`D_l = \nu/\tau + \omega/t` and :math:`X = dx/dp` the only system solved is

.. math::
    \begin{bmatrix} G & -C \\ N & D_l \end{bmatrix} \begin{bmatrix} dp \\ d\tau \end{bmatrix} =
    \begin{bmatrix} -r_p + k_e - A D^{-1} b_z \\ b_l \end{bmatrix}, \qquad
    G = A D^{-1} W^\top + X + \mathrm{diag}(e/p), \quad C = A D^{-1} E

Slopes may be zero. Bans (capacity zero) are left out. Levies with a self-response are explicit in the price.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.market.arrays import Float, scatter
from lodestock.market.interior import (
    Interior,
    Problem,
    all_levies,
    constant,
    floored,
    gondzio,
    less_products,
    longest,
    mean_product,
    moved,
)
from lodestock.market.kernel import (
    column_margin,
    explicit_inside,
    jacobian,
    levy_columns,
    net_delivery,
    net_supply,
)
from lodestock.market.newton import Point
from lodestock.market.residuals import natural_residual
from lodestock.market.system import System

REGULARISATION = 1e-9
SLOPE_REGULARISATION = 1e-9


@dataclass(frozen=True, slots=True)
class Linearisation:
    """Residuals and factors at one point; everything a direction needs."""

    point: Interior
    r_z: Float
    r_v: Float
    r_p: Float
    r_t: Float
    r_l: Float
    inverse_D: Float  # noqa: N815
    D_l: Float
    matrix: Float
    explicit_rate: Float


def linearise(problem: Problem, at: Interior) -> Linearisation:
    """Return residuals and the reduced matrix at ``at``."""
    system, levies = problem.system, problem.levies
    full = all_levies(problem, at.p, at.tau)
    x, curve_slope = net_supply(system, at.p, full)
    mu = np.zeros(system.K)
    mu[problem.bounded] = at.mu
    r_z = system.s * at.z - column_margin(system, at.p, full) - at.lam + mu
    D = system.s + SLOPE_REGULARISATION
    D[problem.on] += at.lam[problem.on] / at.z[problem.on]
    D[problem.bounded] += at.mu / at.v
    inverse_D = np.zeros(system.K)
    inverse_D[problem.on] = 1.0 / D[problem.on]

    n, width = system.n, len(levies)
    G = jacobian(system, inverse_D, curve_slope, full, at.p)
    diagonal = np.einsum("ii->i", G)
    diagonal += at.e / at.p + REGULARISATION
    D_l = at.nu / at.tau + at.om / at.t + SLOPE_REGULARISATION
    matrix = G
    if width:
        matrix = np.empty((n + width, n + width))
        matrix[:n, :n] = G
        matrix[:n, n:] = -levy_columns(system, inverse_D, curve_slope, levies)
        matrix[n:, :n] = system.N[levies]
        matrix[n:, n:] = np.diag(D_l)
    inside = explicit_inside(system, at.p, full)
    rate = np.where(inside, 1.0 / np.where(inside, system.self_response, 1.0), 0.0)
    return Linearisation(
        point=at,
        r_z=r_z,
        r_v=(at.z - system.u)[problem.bounded] + at.v,
        r_p=net_delivery(system, at.z) + x + system.y - at.e,
        r_t=at.tau + at.t - (system.cap - system.lower)[levies],
        r_l=(system.N @ at.p)[levies] - problem.floor[levies] - at.nu + at.om,
        inverse_D=inverse_D,
        D_l=D_l,
        matrix=matrix,
        explicit_rate=rate,
    )


def direction(problem: Problem, line: Linearisation, inverse: Float, target: Interior) -> Interior:
    r"""Return the Newton direction whose complementarity targets :math:`\sigma - q` are ``target``.

    ``target`` holds, in each multiplier's place (lam, mu, nu, om, e), the value its product is steered to.
    """
    system, at = problem.system, line.point
    on, bounded, levies = problem.on, problem.bounded, problem.levies
    k_lam = np.zeros(system.K)
    k_lam[on] = target.lam[on] / at.z[on] - at.lam[on]
    k_mu = target.mu / at.v - at.mu
    k_nu = target.nu / at.tau - at.nu
    k_om = target.om / at.t - at.om
    k_e = target.e / at.p - at.e
    b_z = k_lam - line.r_z
    b_z[bounded] -= k_mu + (at.mu / at.v) * line.r_v
    b_l = -line.r_l + k_nu - k_om - (at.om / at.t) * line.r_t

    rhs = -line.r_p + k_e - net_delivery(system, line.inverse_D * b_z)
    step = inverse @ np.concatenate([rhs, b_l])
    dp, dtau = step[: system.n], step[system.n :]

    change = np.zeros(system.L)
    change[levies] = dtau
    change -= line.explicit_rate * (system.N @ dp)
    dz = line.inverse_D * (b_z + _margin_change(system, dp, change))
    dv = -line.r_v - dz[bounded]
    dt = -line.r_t - dtau
    dlam = np.zeros(system.K)
    dlam[on] = k_lam[on] - at.lam[on] / at.z[on] * dz[on]
    return Interior(
        p=dp,
        e=k_e - at.e / at.p * dp,
        z=dz,
        lam=dlam,
        v=dv,
        mu=k_mu - at.mu / at.v * dv,
        tau=dtau,
        nu=k_nu - at.nu / at.tau * dtau,
        t=dt,
        om=k_om - at.om / at.t * dt,
    )


def interior_point(
    problem: Problem, start: Interior, *, tolerance: float = 1e-8, max_iterations: int = 120
) -> Point:
    """Solve one component; the best point by natural residual is returned."""
    system, at = problem.system, start
    best, best_residual, since = at, np.inf, 0
    iteration = 0
    while True:
        full = all_levies(problem, at.p, at.tau)
        residual = natural_residual(system, at.p, at.z, full, problem.floor, free=problem.levies)
        if residual < best_residual:
            since = 0 if residual < 0.9 * best_residual else since + 1
            best, best_residual = at, residual
        else:
            since += 1
        if best_residual <= tolerance or iteration >= max_iterations or since > 40:
            break
        iteration += 1
        line = linearise(problem, at)
        try:
            inverse: Float = np.linalg.inv(line.matrix).astype(np.float64, copy=False)
        except np.linalg.LinAlgError:
            break
        at = _advance(problem, line, inverse)
    tau = all_levies(problem, best.p, best.tau)
    z = np.minimum(best.z, system.u)
    return Point(best.p, z, tau, best_residual, iteration, best_residual <= tolerance)


def _advance(problem: Problem, line: Linearisation, inverse: Float) -> Interior:
    """Mehrotra's predictor and corrector with up to three Gondzio corrections."""
    at = line.point
    xi = mean_product(problem, at)
    zero = constant(at, 0.0)
    predictor = direction(problem, line, inverse, zero)
    reach = longest(at, predictor)
    xi1 = mean_product(problem, moved(at, predictor, reach))
    sigma = xi * min(max((xi1 / xi) ** 3, 1e-6), 1.0)
    if reach <= 0.1:
        sigma = 0.5 * xi
    target = constant(at, sigma)
    if reach > 0.05:
        target = less_products(target, predictor)
    else:
        sigma = 0.7 * xi
        target = constant(at, sigma)
    step = direction(problem, line, inverse, target)
    length = longest(at, step)
    if length < 0.1:
        target = constant(at, 0.8 * xi)
        step = direction(problem, line, inverse, target)
        length = longest(at, step)
    for _ in range(3):
        if length >= 0.95:
            break
        wished = min(1.0, 1.5 * length + 0.1)
        corrected = gondzio(target, moved(at, step, wished), sigma)
        trial = direction(problem, line, inverse, corrected)
        reach = longest(at, trial)
        if reach < length + 0.03 * wished:
            break
        target, step, length = corrected, trial, reach
    return floored(problem, moved(at, step, 0.995 * length))


def _margin_change(system: System, dp: Float, dtau: Float) -> Float:
    r"""Return :math:`W^\top dp - E\,d\tau`, shape (K,)."""
    part = system.component
    change: Float = system.W[0] * dp[part.port_node[0]] + system.W[1] * dp[part.port_node[1]]
    if len(part.extra_activity):
        change += scatter(part.extra_activity, system.extra_W * dp[part.extra_node], system.K)
    if len(part.charge_levy):
        change -= scatter(part.charge_activity, system.E * dtau[part.charge_levy], system.K)
    return change
