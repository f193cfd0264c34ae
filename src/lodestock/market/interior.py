"""Variables of the interior point: one frozen value for points and directions, and the arithmetic on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lodestock.market.arrays import Float, Int
from lodestock.market.kernel import column_margin, explicit_levy
from lodestock.market.system import System

FLOOR = 1e-16
"""No variable falls below this."""


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


def make_problem(
    system: System, *, hold: bool = False, tau: Float | None = None, floor: Float | None = None
) -> Problem:
    """Return the index sets of a system; with ``hold`` no levy is a variable."""
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
    r"""Return :math:`\tau`, shape (L,), from the variable levies, which count from their lower bound."""
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
    margin = column_margin(system, price, full) - system.s * z
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


def constant(at: Interior, sigma: float) -> Interior:
    """Return targets: every complementary product steered to ``sigma``."""
    return replace(
        at,
        lam=np.full_like(at.lam, sigma),
        mu=np.full_like(at.mu, sigma),
        nu=np.full_like(at.nu, sigma),
        om=np.full_like(at.om, sigma),
        e=np.full_like(at.e, sigma),
    )


def less_products(target: Interior, d: Interior) -> Interior:
    """Subtract the predictor's second-order terms from the targets."""
    return replace(
        target,
        lam=target.lam - d.z * d.lam,
        mu=target.mu - d.v * d.mu,
        nu=target.nu - d.tau * d.nu,
        om=target.om - d.t * d.om,
        e=target.e - d.p * d.e,
    )


def gondzio(target: Interior, ahead: Interior, sigma: float) -> Interior:
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


def moved(at: Interior, d: Interior, length: float) -> Interior:
    """Return ``at + length * d``."""
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


def floored(problem: Problem, at: Interior) -> Interior:
    """Return ``at`` with every variable at least ``FLOOR`` and banned activities at zero."""
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


def longest(at: Interior, d: Interior) -> float:
    """Return the longest step up to 1 that keeps every variable non-negative."""
    length = 1.0
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


def mean_product(problem: Problem, at: Interior) -> float:
    """Return the mean complementary product."""
    total, count = 0.0, 0
    for a, b in at.pairs():
        total += float(a @ b)
        count += len(a)
    return total / max(count - (len(at.z) - len(problem.on)), 1)
