r"""Response of a component to prices and levies, one loop per element: the equations of :mod:`..kernel`.

.. math:: z = \big(g(m) - g(m - s u)\big)/s, \qquad g(m) = (m + \sqrt{m^2 + 4 s \sigma})/2

with sharp corners for :math:`\sigma = 0`. Everything is written into arrays that the caller owns.
"""

from __future__ import annotations

from math import inf, sqrt

import numpy as np

from lodestock.market.arrays import Float
from lodestock.market.compiled.constants import SMALLEST_PRICE
from lodestock.market.compiled.jit import inner
from lodestock.market.compiled.plan import Plan, Values


@inner
def reference_price(plan: Plan, values: Values, p: Float, reference: Float) -> None:
    """Write :math:`N p`, shape (L,)."""
    reference[:] = 0.0
    for r in range(len(plan.reference_levy)):
        reference[plan.reference_levy[r]] += values.N[r] * p[plan.reference_node[r]]


@inner
def follow_price(plan: Plan, values: Values, f: Float, p: Float, tau: Float, reference: Float) -> None:
    r"""Write :math:`N p`, and set every explicit levy to clip((f - N p)/M, lower, cap)."""
    reference_price(plan, values, p, reference)
    for l in range(len(tau)):
        M = values.self_response[l]
        if M > 0.0:
            tau[l] = min(max((f[l] - reference[l]) / M, values.lower[l]), values.cap[l])


@inner
def column_margin(plan: Plan, values: Values, p: Float, tau: Float, margin: Float) -> None:
    r"""Write :math:`W^\top p - c - E\tau`, shape (K,)."""
    first, second = plan.port_node[0], plan.port_node[1]
    W0, W1 = values.W[0], values.W[1]
    for k in range(len(margin)):
        margin[k] = W0[k] * p[first[k]] + W1[k] * p[second[k]] - values.c[k]
    for e in range(len(plan.extra_activity)):
        margin[plan.extra_activity[e]] += values.extra_W[e] * p[plan.extra_node[e]]
    for q in range(len(plan.charge_levy)):
        margin[plan.charge_activity[q]] -= values.E[q] * tau[plan.charge_levy[q]]


@inner
def levels(values: Values, margin: Float, slope: Float, sigma: float, z: Float) -> None:
    """Write the level of every activity."""
    if sigma == 0.0:
        for k in range(len(z)):
            z[k] = min(max(margin[k] / slope[k], 0.0), values.u[k])
        return
    for k in range(len(z)):
        m, s, u = margin[k], slope[k], values.u[k]
        four = 4.0 * s * sigma
        doubled = m + sqrt(m * m + four)
        if u < inf:
            over = m - s * u
            doubled -= over + sqrt(over * over + four)
        z[k] = doubled / (2.0 * s)


@inner
def rates(values: Values, margin: Float, slope: Float, sigma: float, rate: Float) -> None:
    """Write the derivative dz/dm of every activity."""
    for k in range(len(rate)):
        m, s, u = margin[k], slope[k], values.u[k]
        if sigma == 0.0:
            rate[k] = 1.0 / s if m > 0.0 and m < s * u else 0.0
            continue
        four = 4.0 * s * sigma
        doubled = 1.0 + m / sqrt(m * m + four)
        if u < inf:
            over = m - s * u
            doubled -= 1.0 + over / sqrt(over * over + four)
        rate[k] = doubled / (2.0 * s)


@inner
def net_delivery(plan: Plan, values: Values, z: Float, net: Float) -> None:
    """Add :math:`A z` to ``net``, shape (n,)."""
    first, second = plan.port_node[0], plan.port_node[1]
    A0, A1 = values.A[0], values.A[1]
    for k in range(len(z)):
        if z[k] != 0.0:
            net[first[k]] += A0[k] * z[k]
            net[second[k]] += A1[k] * z[k]
    for e in range(len(plan.extra_activity)):
        net[plan.extra_node[e]] += values.extra_A[e] * z[plan.extra_activity[e]]


@inner
def _power(x: float, e: float) -> float:
    if e == 0.0:
        return 1.0
    return x if e == 1.0 else x**e


@inner
def curve_at(values: Values, j: int, own: float) -> tuple[float, float]:
    """Return quantity and derivative of curve j at an own price, as ``Curves.evaluate``."""
    pi = max(own, 0.0)
    at = 0
    for segment in range(1, values.breaks.shape[1]):
        if pi >= values.breaks[j, segment]:
            at = segment
    a1, e1, a2, e2 = values.a1[j, at], values.e1[j, at], values.a2[j, at], values.e2[j, at]
    positive = max(pi, SMALLEST_PRICE)
    term1 = a1 * _power(positive, e1) if a1 != 0.0 else 0.0
    term2 = a2 * _power(positive, e2) if a2 != 0.0 else 0.0
    slope = (e1 * term1 + e2 * term2) / positive
    if pi < SMALLEST_PRICE:
        term1 = a1 * _power(pi, e1) if a1 != 0.0 else 0.0
        term2 = a2 * _power(pi, e2) if a2 != 0.0 else 0.0
        if own < 0.0:
            slope = 0.0
    return term1 + term2, slope


@inner
def net_supply(plan: Plan, values: Values, p: Float, tau: Float, net: Float, curve_slope: Float) -> None:
    r"""Add :math:`x(p, \tau)` to ``net``; write the slope :math:`\sigma_j q_j'` per curve, market units."""
    charge = np.zeros(len(curve_slope))
    for q in range(len(plan.curve_charge_levy)):
        charge[plan.curve_charge_curve[q]] += values.F[q] * tau[plan.curve_charge_levy[q]]
    for j in range(len(curve_slope)):
        n = plan.curve_node[j]
        own = values.price_weight[j] * (values.P[n] * p[n]) - values.price_shift[j] - charge[j]
        quantity, slope = curve_at(values, j, own)
        net[n] += values.sign[j] * quantity / values.Q[n]
        curve_slope[j] = values.sign[j] * slope
