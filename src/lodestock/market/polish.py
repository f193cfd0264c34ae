r"""Active-set polish: from a solution to 1e-6 to one at rounding error.

The natural residual is solved by Newton with every activity, node and levy in the set that
:math:`z + m`, :math:`p - R` and :math:`\tau + f - N p` put it in. Activities strictly inside their bounds
obey :math:`m = 0`: with a slope they are eliminated, :math:`z = (W^\top p - c - E\tau)/s`; without one
their level is an unknown of its own,

.. math::
    \begin{bmatrix} J & A_B & -C_I \\ W_B^\top & -\delta I & -E_{BI} \\ N_I & 0 & \epsilon I \end{bmatrix}
    \begin{bmatrix} dp \\ dz_B \\ d\tau_I \end{bmatrix} =
    -\begin{bmatrix} R \\ m_B \\ (N p - f)_I \end{bmatrix}

where B holds them and I the levies between their bounds. :math:`\delta, \epsilon \to 0` pick the nearest
solution where flows are not unique.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.market.arrays import Bool, Float, Int
from lodestock.market.kernel import (
    column_margin,
    explicit_levy,
    jacobian,
    levy_columns,
    net_delivery,
    net_supply,
)
from lodestock.market.newton import Point
from lodestock.market.residuals import natural_residual
from lodestock.market.system import System

PROXIMAL = 1e-10
MAX_STEPS = 12
TARGET = 1e-13


def polish(
    system: System,
    point: Point,
    *,
    floor: Float | None = None,
    hold: bool = False,
    tolerance: float = 1e-8,
) -> Point:
    """Return ``point`` or a better one, never a worse one; ``hold`` keeps the levies as they are."""
    f = system.f if floor is None else floor
    bordered = np.zeros(system.L, dtype=bool) if hold else system.self_response == 0.0
    counted = np.flatnonzero(bordered)
    p, z, tau = point.p, point.z, point.tau
    best = (natural_residual(system, p, z, tau, f, free=counted), p, z, tau)
    stalled = 0
    for _ in range(MAX_STEPS):
        if best[0] <= TARGET or stalled > 3:
            break
        try:
            p, z, tau = _step(system, p, z, tau, f, bordered)
        except np.linalg.LinAlgError:
            break
        residual = natural_residual(system, p, z, tau, f, free=counted)
        stalled = 0 if residual < 0.5 * best[0] else stalled + 1
        if residual < best[0]:
            best = (residual, p, z, tau)
    residual, p, z, tau = best
    return Point(p, z, tau, residual, point.iterations, residual <= tolerance)


@dataclass(frozen=True, slots=True)
class _ActiveSet:
    """Which activities answer along their slope (``rate``), which are basic, which nodes are held at zero."""

    z: Float
    curved: Bool
    rate: Float
    basic: Int
    margin: Float
    excess: Float
    curve_slope: Float
    held: Bool


def _active_set(system: System, p: Float, z: Float, tau: Float) -> _ActiveSet:
    s, u = system.s, system.u
    margin = column_margin(system, p, tau)
    wanted = z + margin - s * z
    inside = (wanted > 0.0) & (wanted < u)
    curved, basic = inside & (s > 0.0), np.flatnonzero(inside & (s == 0.0))
    z = np.where(inside, z, np.where(wanted <= 0.0, 0.0, u))
    z[curved] = margin[curved] / s[curved]
    rate = np.where(curved, 1.0 / np.where(s > 0.0, s, 1.0), 0.0)
    x, curve_slope = net_supply(system, p, tau)
    excess = net_delivery(system, z) + x + system.y
    return _ActiveSet(z, curved, rate, basic, margin, excess, curve_slope, p - excess <= 0.0)


def _price_block(system: System, sets: _ActiveSet, p: Float, tau: Float) -> Float:
    """Return the block of the matrix that belongs to prices and basic levels."""
    n, b = system.n, len(sets.basic)
    matrix = np.zeros((n + b, n + b))
    matrix[:n, :n] = jacobian(system, sets.rate, sets.curve_slope, tau, p)
    matrix[:n, n:] = _columns(system, system.A, system.extra_A, sets.basic)
    matrix[n:, :n] = _columns(system, system.W, system.extra_W, sets.basic).T
    matrix[:n][sets.held] = 0.0
    diagonal = np.einsum("ii->i", matrix)
    diagonal[:n] += np.where(sets.held, 1.0, PROXIMAL)
    diagonal[n:] = -PROXIMAL
    return matrix


def _levy_block(system: System, sets: _ActiveSet, levies: Int) -> Float:
    """Return how levies enter the rows of prices and basic levels, on the right-hand side."""
    prices = levy_columns(system, sets.rate, sets.curve_slope, levies)
    prices[sets.held] = 0.0
    return np.concatenate([prices, _charges(system, sets.basic, levies)])


def pass_through(system: System, point: Point, levies: Int) -> Float:
    r"""Return :math:`\partial (N p) / \partial \tau` of ``levies`` at a solution, shape (levies, levies)."""
    sets = _active_set(system, point.p, point.z, point.tau)
    matrix = _price_block(system, sets, point.p, point.tau)
    moved = np.linalg.solve(matrix, _levy_block(system, sets, levies))
    through: Float = system.N[levies] @ moved[: system.n]
    return through


def _step(
    system: System, p: Float, z: Float, tau: Float, f: Float, bordered: Bool
) -> tuple[Float, Float, Float]:
    sets = _active_set(system, p, z, tau)
    target = tau + f - system.N @ p
    free = bordered & (target > system.lower) & (target < system.cap)
    moved = np.where(bordered & ~free, np.clip(target, system.lower, system.cap) - tau, 0.0)
    levies = np.flatnonzero(free)

    n, b, width = system.n, len(sets.basic), len(levies)
    matrix = np.zeros((n + b + width, n + b + width))
    matrix[: n + b, : n + b] = _price_block(system, sets, p, tau)
    matrix[: n + b, n + b :] = -_levy_block(system, sets, levies)
    matrix[n + b :, :n] = system.N[levies]
    np.einsum("ii->i", matrix)[n + b :] = PROXIMAL
    shifted = np.flatnonzero(moved)
    rhs = np.concatenate([-sets.excess, -sets.margin[sets.basic], (f - system.N @ p)[levies]])
    rhs[: n + b] += _levy_block(system, sets, shifted) @ moved[shifted]
    rhs[:n][sets.held] = -p[sets.held]

    step = np.linalg.solve(matrix, rhs)
    new_p = np.maximum(p + step[:n], 0.0)
    new_tau = tau + moved
    new_tau[levies] = np.clip(tau[levies] + step[n + b :], system.lower[levies], system.cap[levies])
    new_tau = explicit_levy(system, new_p, new_tau)
    new_z, curved, basic = sets.z.copy(), sets.curved, sets.basic
    margin = column_margin(system, new_p, new_tau)
    new_z[curved] = np.clip(margin[curved] / system.s[curved], 0.0, system.u[curved])
    new_z[basic] = np.clip(sets.z[basic] + step[n : n + b], 0.0, system.u[basic])
    return new_p, new_z, new_tau


def _columns(system: System, port_values: Float, extra_values: Float, activities: Int) -> Float:
    """Return the dense columns of A (or W) for ``activities``, shape (n, len)."""
    part = system.component
    dense = np.zeros((system.n, len(activities)))
    column = np.arange(len(activities))
    for port in range(2):
        np.add.at(dense, (part.port_node[port, activities], column), port_values[port, activities])
    if len(part.extra_activity):
        place = np.full(system.K, -1)
        place[activities] = column
        at = place[part.extra_activity]
        keep = at >= 0
        np.add.at(dense, (part.extra_node[keep], at[keep]), extra_values[keep])
    return dense


def _charges(system: System, activities: Int, levies: Int) -> Float:
    """Return the dense block of E, shape (activities, levies)."""
    part = system.component
    row, column = np.full(system.K, -1), np.full(system.L, -1)
    row[activities] = np.arange(len(activities))
    column[levies] = np.arange(len(levies))
    dense = np.zeros((len(activities), len(levies)))
    i, j = row[part.charge_activity], column[part.charge_levy]
    keep = (i >= 0) & (j >= 0)
    np.add.at(dense, (i[keep], j[keep]), system.E[keep])
    return dense
