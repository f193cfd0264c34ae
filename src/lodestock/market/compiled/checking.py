r"""The certificate's residuals in scaled units, from price, level and levy alone, and what passes each node.

.. math::
    |z - \mathrm{clip}(z + m, 0, u)|, \qquad |\min(p, A z + x + y)|, \qquad
    |\tau - \mathrm{clip}(\tau + f - N p - M\tau, \underline\tau, \bar\tau)|

These are the blocks of :mod:`lodestock.market.certificate` with its scales divided out.
"""

from __future__ import annotations

from math import inf

import numpy as np

from lodestock.market.arrays import Bool, Float
from lodestock.market.compiled.constants import NOTHING
from lodestock.market.compiled.jit import inner
from lodestock.market.compiled.plan import Plan, Values
from lodestock.market.compiled.response import (
    column_margin,
    curve_at,
    net_delivery,
    net_supply,
    reference_price,
)


@inner
def natural_residual(
    plan: Plan, values: Values, f: Float, watched: Bool, p: Float, z: Float, tau: Float
) -> float:
    """Return the largest residual with floors ``f``, of levies those watched; inf for what is no number."""
    worst = 0.0
    margin = np.zeros(len(z))
    column_margin(plan, values, p, tau, margin)
    for k in range(len(z)):
        wanted = z[k] + margin[k] - values.s[k] * z[k]
        value = abs(z[k] - min(max(wanted, 0.0), values.u[k]))
        if not value <= worst:
            worst = value if value == value else inf
    excess, curve_slope = values.y.copy(), np.zeros(len(values.sign))
    net_delivery(plan, values, z, excess)
    net_supply(plan, values, p, tau, excess, curve_slope)
    for n in range(len(p)):
        value = abs(min(p[n], excess[n]))
        if not value <= worst:
            worst = value if value == value else inf
    reference = np.zeros(len(tau))
    reference_price(plan, values, p, reference)
    for l in range(len(tau)):
        if not watched[l]:
            continue
        wanted = tau[l] + f[l] - reference[l] - values.self_response[l] * tau[l]
        value = abs(tau[l] - min(max(wanted, values.lower[l]), values.cap[l]))
        if not value <= worst:
            worst = value if value == value else inf
    return worst


@inner
def throughput(plan: Plan, values: Values, p: Float, z: Float, tau: Float) -> Float:
    """Return everything that enters and leaves each node, shape (n,)."""
    moved = np.abs(values.y)
    for k in range(len(z)):
        moved[plan.port_node[0, k]] += abs(values.A[0, k]) * z[k]
        moved[plan.port_node[1, k]] += abs(values.A[1, k]) * z[k]
    for e in range(len(plan.extra_activity)):
        moved[plan.extra_node[e]] += abs(values.extra_A[e]) * z[plan.extra_activity[e]]
    charge = np.zeros(len(values.sign))
    for q in range(len(plan.curve_charge_levy)):
        charge[plan.curve_charge_curve[q]] += values.F[q] * tau[plan.curve_charge_levy[q]]
    for j in range(len(values.sign)):
        n = plan.curve_node[j]
        own = values.price_weight[j] * (values.P[n] * p[n]) - values.price_shift[j] - charge[j]
        moved[n] += curve_at(values, j, own)[0] / values.Q[n]
    return moved


@inner
def idle_nodes(plan: Plan, values: Values, p: Float, z: Float, tau: Float) -> bool:
    """Return whether nothing passes some node whose price is away from its scale."""
    moved = throughput(plan, values, p, z, tau)
    found = False
    for n in range(len(p)):
        found |= 0.5 * moved[n] <= NOTHING and abs(p[n] - 1.0) > NOTHING
    return found
