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

from dataclasses import dataclass, replace

import numpy as np

from lodestock.market.curves import Float, Int
from lodestock.market.kernel import (
    System,
    explicit_inside,
    explicit_levy,
    jacobian,
    levy_columns,
    net_delivery,
    net_supply,
)
from lodestock.market.newton import Point
from lodestock.market.residuals import natural_residual

FLOOR = 1e-16
REGULARISATION = 1e-9
SLOPE_REGULARISATION = 1e-9


@dataclass(frozen=True, slots=True)
class Interior:
    """An interior point: the variables of the module docstring, scaled; also used for directions.

    ``z`` and ``lam`` have shape (K,) with zeros at banned activities, ``v`` and ``mu`` shape (bounded,),
    ``tau``, ``nu``, ``t``, ``om`` shape (bordered levies,), ``p`` and ``e`` shape (n,).
    """

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

    def pairs(self) -> tuple[tuple[Float, Float], ...]:
        """Return the complementary pairs."""
        return (self.z, self.lam), (self.v, self.mu), (self.tau, self.nu), (self.t, self.om), (self.p, self.e)


@dataclass(frozen=True, slots=True)
class Problem:
    """A system with the index sets the interior point needs."""

    system: System
    on: Int
    bounded: Int
    levies: Int
    fixed_levy: Float
    floor: Float


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


def make_problem(
    system: System, *, hold: bool = False, tau: Float | None = None, floor: Float | None = None
) -> Problem:
    """Return index sets: activities that may run, bounded ones, and levies that are variables (none if ``hold``)."""
    start = np.zeros(system.L) if tau is None else tau
    bordered = system.self_response == 0.0
    # a levy without room is a constant
    movable = bordered & (system.cap > system.lower)
    fixed = np.where(bordered & ~movable, system.lower, start)
    return Problem(
        system=system,
        on=np.flatnonzero(system.u > 0.0),
        bounded=np.flatnonzero((system.u > 0.0) & np.isfinite(system.u)),
        levies=np.zeros(0, dtype=np.int64) if hold else np.flatnonzero(movable),
        fixed_levy=fixed,
        floor=system.f if floor is None else floor,
    )


def all_levies(problem: Problem, p: Float, tau: Float) -> Float:
    r"""Return the full levy vector :math:`\tau`, shape (L,), from the variable ones counted from their lower bound."""
    full = problem.fixed_levy.copy()
    full[problem.levies] = problem.system.lower[problem.levies] + tau
    return explicit_levy(problem.system, p, full)


def cold_start(problem: Problem, p: Float | None = None, tau: Float | None = None) -> Interior:
    """Return an interior start near price ``p`` (default the scales) and levy ``tau`` (default a tenth)."""
    system = problem.system
    price = np.maximum(np.ones(system.n) if p is None else p, 1e-2)
    room = (system.cap - system.lower)[problem.levies]
    if tau is None:
        levy = np.minimum(room, 1.0) / 10.0
    else:
        levy = np.clip(tau[problem.levies] - system.lower[problem.levies], 0.05 * room, 0.95 * room)
    full = all_levies(problem, price, levy)
    z = np.zeros(system.K)
    z[problem.on] = np.minimum(system.u[problem.on] / 2.0, 0.1)
    margin = _margin(system, price, full) - system.s * z
    lam = np.zeros(system.K)
    lam[problem.on] = np.maximum(-margin, 0.0)[problem.on] + 0.5
    bounded = problem.bounded
    gap = (system.N @ price)[problem.levies] - problem.floor[problem.levies]
    nu = np.maximum(gap, 0.0) + 0.5
    return Interior(
        p=price,
        e=np.full(system.n, 0.1),
        z=z,
        lam=lam,
        v=(system.u - z)[bounded],
        mu=np.maximum((lam + margin)[bounded], 0.5),
        tau=levy,
        nu=nu,
        t=room - levy,
        om=np.maximum(nu - gap, 0.5),
    )


def linearise(problem: Problem, at: Interior) -> Linearisation:
    """Return residuals and the reduced matrix at ``at``."""
    system, levies = problem.system, problem.levies
    full = all_levies(problem, at.p, at.tau)
    x, curve_slope = net_supply(system, at.p, full)
    mu = np.zeros(system.K)
    mu[problem.bounded] = at.mu
    r_z = system.s * at.z - _margin(system, at.p, full) - at.lam + mu
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
            inverse = np.linalg.inv(line.matrix)
        except np.linalg.LinAlgError:
            break
        at = _advance(problem, line, inverse)
    tau = all_levies(problem, best.p, best.tau)
    z = np.minimum(best.z, system.u)
    return Point(best.p, z, tau, best_residual, iteration, best_residual <= tolerance)


def _advance(problem: Problem, line: Linearisation, inverse: Float) -> Interior:
    """Mehrotra's predictor and corrector with up to three Gondzio corrections."""
    at = line.point
    xi = _mean_product(problem, at)
    zero = _constant(at, 0.0)
    predictor = direction(problem, line, inverse, zero)
    reach = _longest(problem, at, predictor, 1.0)
    xi1 = _mean_product(problem, _moved(at, predictor, reach))
    sigma = xi * min(max((xi1 / xi) ** 3, 1e-6), 1.0)
    if reach <= 0.1:
        sigma = 0.5 * xi
    target = _constant(at, sigma)
    if reach > 0.05:
        target = _less_products(target, predictor)
    else:
        sigma = 0.7 * xi
        target = _constant(at, sigma)
    step = direction(problem, line, inverse, target)
    length = _longest(problem, at, step, 1.0)
    if length < 0.1:
        target = _constant(at, 0.8 * xi)
        step = direction(problem, line, inverse, target)
        length = _longest(problem, at, step, 1.0)
    for _ in range(3):
        if length >= 0.95:
            break
        wished = min(1.0, 1.5 * length + 0.1)
        corrected = _gondzio(target, _moved(at, step, wished), sigma)
        trial = direction(problem, line, inverse, corrected)
        reach = _longest(problem, at, trial, 1.0)
        if reach < length + 0.03 * wished:
            break
        target, step, length = corrected, trial, reach
    return _floored(problem, _moved(at, step, 0.995 * length))


def _constant(at: Interior, sigma: float) -> Interior:
    return replace(
        at,
        lam=np.full_like(at.lam, sigma),
        mu=np.full_like(at.mu, sigma),
        nu=np.full_like(at.nu, sigma),
        om=np.full_like(at.om, sigma),
        e=np.full_like(at.e, sigma),
    )


def _less_products(target: Interior, d: Interior) -> Interior:
    """Subtract the predictor's second-order terms from the targets."""
    return replace(
        target,
        lam=target.lam - d.z * d.lam,
        mu=target.mu - d.v * d.mu,
        nu=target.nu - d.tau * d.nu,
        om=target.om - d.t * d.om,
        e=target.e - d.p * d.e,
    )


def _gondzio(target: Interior, ahead: Interior, sigma: float) -> Interior:
    """Pull products that would lie far below or above sigma back towards it."""

    def pull(value: Float, a: Float, b: Float) -> Float:
        product = a * b
        low = np.where(product < 0.1 * sigma, 0.1 * sigma - product, 0.0)
        high = np.where(product > 10.0 * sigma, np.maximum(10.0 * sigma - product, -10.0 * sigma), 0.0)
        corrected: Float = value + low + high
        return corrected

    return replace(
        target,
        lam=pull(target.lam, ahead.z, ahead.lam),
        mu=pull(target.mu, ahead.v, ahead.mu),
        nu=pull(target.nu, ahead.tau, ahead.nu),
        om=pull(target.om, ahead.t, ahead.om),
        e=pull(target.e, ahead.p, ahead.e),
    )


def _moved(at: Interior, d: Interior, length: float) -> Interior:
    return Interior(
        p=at.p + length * d.p,
        e=at.e + length * d.e,
        z=at.z + length * d.z,
        lam=at.lam + length * d.lam,
        v=at.v + length * d.v,
        mu=at.mu + length * d.mu,
        tau=at.tau + length * d.tau,
        nu=at.nu + length * d.nu,
        t=at.t + length * d.t,
        om=at.om + length * d.om,
    )


def _floored(problem: Problem, at: Interior) -> Interior:
    z, lam = np.maximum(at.z, FLOOR), np.maximum(at.lam, FLOOR)
    off = problem.system.u <= 0.0
    z[off], lam[off] = 0.0, 0.0
    return Interior(
        p=np.maximum(at.p, FLOOR),
        e=np.maximum(at.e, FLOOR),
        z=z,
        lam=lam,
        v=np.maximum(at.v, FLOOR),
        mu=np.maximum(at.mu, FLOOR),
        tau=np.maximum(at.tau, FLOOR),
        nu=np.maximum(at.nu, FLOOR),
        t=np.maximum(at.t, FLOOR),
        om=np.maximum(at.om, FLOOR),
    )


def _longest(problem: Problem, at: Interior, d: Interior, most: float) -> float:
    """Return the longest step up to ``most`` that keeps every group non-negative."""
    length = most
    for value, change in (
        *zip((at.z, at.lam), (d.z, d.lam), strict=True),
        (at.v, d.v),
        (at.mu, d.mu),
        (at.tau, d.tau),
        (at.nu, d.nu),
        (at.t, d.t),
        (at.om, d.om),
        (at.p, d.p),
        (at.e, d.e),
    ):
        falling = change < 0.0
        if falling.any():
            length = min(length, float((value[falling] / -change[falling]).min()))
    return length


def _mean_product(problem: Problem, at: Interior) -> float:
    total, count = 0.0, 0
    for a, b in at.pairs():
        total += float(a @ b)
        count += len(a)
    return total / max(count - (len(at.z) - len(problem.on)), 1)


def _margin(system: System, p: Float, tau: Float) -> Float:
    from lodestock.market.kernel import column_margin

    return column_margin(system, p, tau)


def _margin_change(system: System, dp: Float, dtau: Float) -> Float:
    r"""Return :math:`W^\top dp - E\,d\tau`, shape (K,)."""
    part = system.component
    change = system.W[0] * dp[part.port_node[0]] + system.W[1] * dp[part.port_node[1]]
    if len(part.extra_activity):
        change += np.bincount(part.extra_activity, system.extra_W * dp[part.extra_node], system.K)
    if len(part.charge_levy):
        change -= np.bincount(part.charge_activity, system.E * dtau[part.charge_levy], system.K)
    return change
