r"""Natural residual of a component in scaled units.

.. math::
    \text{ZP}_k = |z_k - \mathrm{clip}(z_k + m_k, 0, u_k)|, \quad
    \text{MC}_n = |\min(p_n, (A z + x(p) + y)_n)|, \quad
    \text{LV}_l = |\tau_l - \mathrm{clip}(\tau_l + f_l - (N p)_l - M_l\tau_l, \underline\tau_l, \bar\tau_l)|
"""

from __future__ import annotations

import numpy as np

from lodestock.market.arrays import Float, Int
from lodestock.market.kernel import column_margin, net_delivery, net_supply
from lodestock.market.system import System


def residual_blocks(
    system: System, p: Float, z: Float, tau: Float, floor: Float | None = None
) -> tuple[Float, Float, Float]:
    """Return (ZP per activity, MC per node, LV per levy)."""
    f = system.f if floor is None else floor
    margin = column_margin(system, p, tau) - system.s * z
    zero_profit = np.abs(z - np.clip(z + margin, 0.0, system.u))
    x, _ = net_supply(system, p, tau)
    clearing = np.abs(np.minimum(p, net_delivery(system, z) + x + system.y))
    wanted = tau + f - system.N @ p - system.self_response * tau
    levy = np.abs(tau - np.clip(wanted, system.lower, system.cap))
    return zero_profit, clearing, levy


def natural_residual(
    system: System, p: Float, z: Float, tau: Float, floor: Float | None = None, free: Int | None = None
) -> float:
    """Return the largest entry of :func:`residual_blocks`; ``free`` limits the levies that count."""
    zero_profit, clearing, levy = residual_blocks(system, p, z, tau, floor)
    watched = levy if free is None else levy[free]
    return float(max(zero_profit.max(initial=0.0), clearing.max(initial=0.0), watched.max(initial=0.0)))
