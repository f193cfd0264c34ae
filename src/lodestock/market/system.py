r"""One component in scaled units.

With price unit :math:`P_n`, quantity unit :math:`Q_n`, and for activity k :math:`M_k = \max P_n`,
:math:`Z_k = \min Q_n` over its nodes, the scaled data are

.. math::
    \hat A_{nk} = A_{nk} Z_k / Q_n, \quad \hat W_{nk} = W_{nk} P_n / M_k, \quad
    \hat E_{kl} = E_{kl} T_l / M_k, \quad \hat N_{ln} = N_{ln} P_n / T_l, \\
    \hat c = c/M, \quad \hat s = s Z/M, \quad \hat u = u/Z

Curves stay in the market's units; the kernel converts what goes in and comes out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.market.arrays import Float, Int, scatter
from lodestock.market.curves import Curves
from lodestock.market.model import Market
from lodestock.market.topology import Component


@dataclass(frozen=True, slots=True)
class System:
    """One component in scaled units; attribute names follow the equations, ports follow ``Component``."""

    component: Component
    P: Float
    Q: Float
    M: Float
    Z: Float
    T: Float
    A: Float
    W: Float
    extra_A: Float  # noqa: N815
    extra_W: Float  # noqa: N815
    coefficient: Float
    pair_coefficient: Float
    c: Float
    s: Float
    u: Float
    bounded: Int
    y: Float
    curves: Curves
    E: Float
    F: Float
    N: Float
    f: Float
    cap: Float
    lower: Float
    self_response: Float
    is_gradient: bool

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.P)

    @property
    def K(self) -> int:  # noqa: N802
        """Number of activities."""
        return len(self.c)

    @property
    def L(self) -> int:  # noqa: N802
        """Number of levies."""
        return len(self.f)

    @property
    def weight(self) -> Float:
        """Return :math:`P_n Q_n`, the weights under which the scaled Jacobian keeps its symmetry."""
        return self.P * self.Q


def scale_component(market: Market, component: Component) -> System:
    """Return the scaled values of one component of ``market``."""
    P, Q = market.price_scale[component.nodes], market.quantity_scale[component.nodes]
    node, entry = component.port_node, component.port_entry
    M, Z = np.max(P[node], axis=0), np.min(Q[node], axis=0)
    np.maximum.at(M, component.extra_activity, P[component.extra_node])
    np.minimum.at(Z, component.extra_activity, Q[component.extra_node])

    present = entry >= 0
    A = np.where(present, market.entry_quantity[entry], 0.0) * Z / Q[node]
    W = np.where(present, market.entry_money[entry], 0.0) * P[node] / M
    activity = component.extra_activity
    extra_A = market.entry_quantity[component.extra_entry] * Z[activity] / Q[component.extra_node]
    extra_W = market.entry_money[component.extra_entry] * P[component.extra_node] / M[activity]
    coefficient = np.stack([A[0] * W[0], A[0] * W[1], A[1] * W[0], A[1] * W[1]])
    row, column, owner = component.pair_row, component.pair_column, component.pair_activity
    pair = market.entry_quantity[row] * market.entry_money[column] * Z[owner] / M[owner]
    pair = (
        pair * market.price_scale[market.entry_node[column]] / market.quantity_scale[market.entry_node[row]]
    )

    levies = market.levies
    reference_weight = np.abs(levies.reference_weight[component.reference])
    total = scatter(component.reference_levy, reference_weight, len(component.levies))
    typical = scatter(
        component.reference_levy, reference_weight * P[component.reference_node], len(component.levies)
    )
    T = typical / np.where(total > 0.0, total, 1.0)
    N = np.zeros((len(component.levies), len(P)))
    np.add.at(
        N,
        (component.reference_levy, component.reference_node),
        levies.reference_weight[component.reference]
        * P[component.reference_node]
        / T[component.reference_levy],
    )
    K = component.activities
    no_wedge = np.array_equal(
        market.entry_quantity[entry[present]], market.entry_money[entry[present]]
    ) and np.array_equal(
        market.entry_quantity[component.extra_entry], market.entry_money[component.extra_entry]
    )
    own = component.curves
    curves = market.curves if len(own) == len(market.curves) else market.curves.select(own)
    even = bool((curves.price_weight == 1.0).all())
    return System(
        component=component,
        P=P,
        Q=Q,
        M=M,
        Z=Z,
        T=T,
        A=A,
        W=W,
        extra_A=extra_A,
        extra_W=extra_W,
        coefficient=coefficient,
        pair_coefficient=pair,
        c=market.cost[K] / M,
        s=market.slope[K] * Z / M,
        u=market.capacity[K] / Z,
        bounded=np.flatnonzero(np.isfinite(market.capacity[K])),
        y=market.injection[component.nodes] / Q,
        curves=curves,
        E=levies.charge_weight[component.charge] * T[component.charge_levy] / M[component.charge_activity],
        F=levies.curve_weight[component.curve_charge] * T[component.curve_charge_levy],
        N=N,
        f=levies.floor[component.levies] / T,
        cap=levies.cap[component.levies] / T,
        lower=levies.lower[component.levies] / T,
        self_response=levies.self_response[component.levies],
        is_gradient=no_wedge and even and len(component.levies) == 0,
    )
