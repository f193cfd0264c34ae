"""The methods a component is solved with: dense matrices, or compiled kernels where its topology has a plan.

:func:`lodestock.market.analyse` decides; nothing further up knows which.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lodestock.market import newton as dense_newton
from lodestock.market import polish as dense_polish
from lodestock.market.arrays import Float, Int
from lodestock.market.newton import Point
from lodestock.market.system import System


def newton(system: System, p: Float, tau: Float, **options: Any) -> Point:
    """Solve one component by Newton; options as in :func:`lodestock.market.newton.newton`."""
    if system.component.plan is None:
        return dense_newton.newton(system, p, tau, **options)
    from lodestock.market.compiled import engine

    return engine.newton(system, p, tau, **options)


def pass_through(system: System, point: Point, levies: Int) -> Float:
    r"""Return :math:`\partial (N p)_l / \partial \tau_l` of ``levies`` at a solution, shape (levies,)."""
    if system.component.plan is None:
        return np.diag(dense_polish.pass_through(system, point, levies))
    from lodestock.market.compiled import engine

    return engine.pass_through(system, point, levies)
