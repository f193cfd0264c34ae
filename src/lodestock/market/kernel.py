r"""Vectorised response of one component to prices and levies, in scaled units.

The response to a price and a levy is explicit where slopes are positive:

.. math::
    z = \mathrm{clip}\big((W^\top p - c - E\tau)/s, 0, u\big), \qquad R(p, \tau) = A z + x(p, \tau) + y,
    \qquad J = \frac{\partial R}{\partial p} = A\,\mathrm{diag}\Big(\frac{1[0 < z < u]}{s}\Big) W^\top + X

An activity without a slope borrows one from a proximal term around a centre: cost
:math:`c - \delta \hat z` and slope :math:`\delta`. Levies with a self-response :math:`M > 0` are explicit,
:math:`\tau = \mathrm{clip}((f - N p)/M, \underline\tau, \bar\tau)`, and enter :math:`J`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.market.arrays import Float, Int, scatter
from lodestock.market.system import System

FEW = 4096
"""With fewer columns than this, leaving out the zero ones costs more than it saves."""


@dataclass(frozen=True, slots=True)
class State:
    """Response at one point: prices, levies, margins before the slope term, levels, excess supply, slopes."""

    p: Float
    tau: Float
    margin: Float
    z: Float
    excess: Float
    curve_slope: Float


def explicit_levy(system: System, p: Float, tau: Float) -> Float:
    r"""Return ``tau`` with every levy of positive self-response set to clip((f - N p)/M, lower, cap)."""
    explicit = system.self_response > 0.0
    if not explicit.any():
        return tau
    M = np.where(explicit, system.self_response, 1.0)
    return np.where(explicit, np.clip((system.f - system.N @ p) / M, system.lower, system.cap), tau)


def column_margin(system: System, p: Float, tau: Float) -> Float:
    r"""Return :math:`W^\top p - c - E\tau`, the margin before the slope term, shape (K,)."""
    part = system.component
    margin: Float = system.W[0] * p[part.port_node[0]]
    margin += system.W[1] * p[part.port_node[1]]
    margin -= system.c
    if len(part.extra_activity):
        margin += scatter(part.extra_activity, system.extra_W * p[part.extra_node], system.K)
    if len(part.charge_levy):
        margin -= scatter(part.charge_activity, system.E * tau[part.charge_levy], system.K)
    return margin


def net_delivery(system: System, z: Float) -> Float:
    """Return :math:`A z`, shape (n,)."""
    part, n = system.component, system.n
    node, A, level = _taken(z, part.port_node, system.A)
    net = scatter(node, A * level, n)
    if len(part.extra_activity):
        net += scatter(part.extra_node, system.extra_A * z[part.extra_activity], n)
    return net


def throughput(system: System, p: Float, z: Float, tau: Float) -> Float:
    """Return everything that enters and leaves each node, scaled, shape (n,)."""
    part, n = system.component, system.n
    moved = scatter(part.port_node, np.abs(system.A) * z, n)
    if len(part.extra_activity):
        moved = moved + scatter(part.extra_node, np.abs(system.extra_A) * z[part.extra_activity], n)
    quantity = system.curves.quantity(curve_price(system, p, tau))
    return moved + scatter(part.curve_node, quantity, n) / system.Q + np.abs(system.y)


def _taken(values: Float, place: Int, coefficient: Float) -> tuple[Int, Float, Float]:
    """Return places, coefficients and values, without the columns that are zero when those are many."""
    if len(values) <= FEW:
        return place, coefficient, values
    on = np.flatnonzero(values)
    if 2 * len(on) > len(values):
        return place, coefficient, values
    return place.take(on, axis=1), coefficient.take(on, axis=1), values.take(on)


def curve_price(system: System, p: Float, tau: Float) -> Float:
    """Return the own price of every curve, in the market's price unit, shape (J,)."""
    part, curves = system.component, system.curves
    own = curves.price_weight * (system.P * p)[part.curve_node] - curves.price_shift
    if len(part.curve_charge_levy):
        own = own - scatter(part.curve_charge_curve, system.F * tau[part.curve_charge_levy], len(curves))
    return own


def net_supply(system: System, p: Float, tau: Float) -> tuple[Float, Float]:
    r"""Return :math:`x(p, \tau)` per node and the slope :math:`\sigma_j q_j'` per curve, in market units."""
    part, curves = system.component, system.curves
    quantity, slope = curves.evaluate(curve_price(system, p, tau))
    x = scatter(part.curve_node, curves.sign * quantity, system.n) / system.Q
    return x, curves.sign * slope


def respond(
    system: System,
    p: Float,
    tau: Float,
    slope: Float,
    shift: Float | float = 0.0,
    smooth: Float | float = 0.0,
) -> State:
    r"""Return the response to prices ``p`` and levies ``tau``.

    ``slope`` is :math:`s` with :math:`\delta` in place of zeros and ``shift`` is :math:`\delta \hat z` there;
    ``smooth`` rounds the corners of the response, see :func:`level`.
    """
    tau = explicit_levy(system, p, tau)
    margin = column_margin(system, p, tau)
    margin += shift
    z = level(margin, slope, system.u, smooth, system.bounded)
    x, curve_slope = net_supply(system, p, tau)
    excess = net_delivery(system, z) + x + system.y
    return State(p, tau, margin, z, excess, curve_slope)


def rounded_clip(value: Float, low: Float, high: Float, four: Float | float) -> tuple[Float, Float]:
    r"""Return :math:`\mathrm{clip}(x, l, h)` with rounded corners, and its derivative.

    .. math:: g(x - l) - g(x - h) + l, \qquad g(x) = (x + \sqrt{x^2 + 4\epsilon^2})/2

    ``four`` is :math:`4\epsilon^2`; 0 gives the corners themselves, with derivative 1 strictly inside.
    """
    if isinstance(four, float) and four == 0.0:
        return np.clip(value, low, high), ((value > low) & (value < high)).astype(float)
    above, over = value - low, value - high
    root_above, root_over = np.sqrt(above**2 + four), np.sqrt(over**2 + four)
    rounded = low + 0.5 * (above + root_above) - 0.5 * (over + root_over)
    return rounded, 0.5 * (above / root_above - over / root_over)


def level(margin: Float, slope: Float, u: Float, smooth: Float | float, bounded: Int | None = None) -> Float:
    r"""Return :math:`z = (g(m) - g(m - s u))/s`, with :math:`g(m) = (m + \sqrt{m^2 + 4\epsilon^2})/2`.

    For :math:`\epsilon = 0` this is :math:`\mathrm{clip}(m/s, 0, u)`. ``bounded`` are the places of finite u.
    """
    if isinstance(smooth, float):
        z = margin / slope
        np.clip(z, 0.0, u, out=z)
        return z
    four = 4.0 * smooth**2
    z = margin + np.sqrt(margin**2 + four)
    if bounded is None:
        bounded = np.flatnonzero(np.isfinite(u))
    over = margin[bounded] - slope[bounded] * u[bounded]
    z[bounded] -= over + np.sqrt(over**2 + four[bounded])
    return z / (2.0 * slope)


def response_rate(system: System, state: State, slope: Float, smooth: Float | float = 0.0) -> Float:
    r"""Return :math:`dz/dm`, shape (K,): with sharp corners 1/s strictly inside the bounds, 0 elsewhere."""
    margin = state.margin
    if isinstance(smooth, float):
        inside = (margin > 0.0) & (margin < slope * system.u)
        return np.where(inside, 1.0 / slope, 0.0)
    four = 4.0 * smooth**2
    rate = 1.0 + margin / np.sqrt(margin**2 + four)
    bounded = system.bounded
    over = margin[bounded] - slope[bounded] * system.u[bounded]
    rate[bounded] -= 1.0 + over / np.sqrt(over**2 + four[bounded])
    return rate / (2.0 * slope)


def jacobian(system: System, rate: Float, curve_slope: Float, tau: Float, p: Float) -> Float:
    r"""Return :math:`A\,\mathrm{diag}(d)\,W^\top + X` plus the terms of explicit levies, shape (n, n)."""
    part, n = system.component, system.n
    place, coefficient, d = _taken(rate, part.position, system.coefficient)
    flat = scatter(place, coefficient * d, n * n)
    if len(part.pair_activity):
        flat += scatter(part.pair_position, system.pair_coefficient * rate[part.pair_activity], n * n)
    J = flat.reshape(n, n)
    J[np.diag_indices(n)] += curve_diagonal(system, curve_slope)
    inside = explicit_inside(system, p, tau)
    if inside.any():
        C = levy_columns(system, rate, curve_slope, np.flatnonzero(inside))
        J += C @ (system.N[inside] / system.self_response[inside, None])
    return J


def curve_diagonal(system: System, curve_slope: Float) -> Float:
    """Return the diagonal :math:`X = dx/dp`, shape (n,)."""
    weighted = curve_slope * system.curves.price_weight
    return scatter(system.component.curve_node, weighted, system.n) * system.P / system.Q


def explicit_inside(system: System, p: Float, tau: Float) -> np.ndarray:
    """Return which levies are explicit and strictly between their bounds, shape (L,)."""
    return (system.self_response > 0.0) & (tau > system.lower) & (tau < system.cap)


def levy_columns(system: System, rate: Float, curve_slope: Float, levies: Int) -> Float:
    r"""Return how a levy moves the excess supply down, shape (n, levies).

    .. math:: C = -\partial R/\partial\tau = A\,\mathrm{diag}(d)\,E + (\sigma q') F / Q
    """
    part, n = system.component, system.n
    place = np.full(system.L, -1)
    place[levies] = np.arange(len(levies))
    width = len(levies)
    total = np.zeros(n * width)
    column = place[part.charge_levy] if len(part.charge_levy) else part.charge_levy
    keep = np.flatnonzero(column >= 0)
    keep = keep[rate[part.charge_activity[keep]] != 0.0]
    if len(keep):
        activity = part.charge_activity[keep]
        push = rate[activity] * system.E[keep]
        for port in range(2):
            where = part.port_node[port, activity] * width + column[keep]
            total += scatter(where, system.A[port, activity] * push, n * width)
        if len(part.extra_activity):
            # dense per-activity push is only needed for columns with more than two entries
            per_activity = np.zeros((system.K, width))
            np.add.at(per_activity, (activity, column[keep]), push)
            extra = np.zeros((n, width))
            np.add.at(extra, part.extra_node, system.extra_A[:, None] * per_activity[part.extra_activity])
            total += extra.ravel()
    if len(part.curve_charge_levy):
        column = place[part.curve_charge_levy]
        keep = np.flatnonzero(column >= 0)
        curve = part.curve_charge_curve[keep]
        node = part.curve_node[curve]
        push = curve_slope[curve] * system.F[keep] / system.Q[node]
        total += scatter(node * width + column[keep], push, n * width)
    return total.reshape(n, width)
