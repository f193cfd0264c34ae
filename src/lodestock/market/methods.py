"""The methods a component is solved with: dense matrices, or compiled kernels where its topology has a plan.

:func:`lodestock.market.analyse` decides; nothing further up knows which.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lodestock.market import interior_point as dense_interior_point
from lodestock.market import newton as dense_newton
from lodestock.market import polish as dense_polish
from lodestock.market.arrays import Float, Int
from lodestock.market.interior import Interior, Problem
from lodestock.market.newton import Point
from lodestock.market.system import System
from lodestock.market.topology import LARGE


def newton(system: System, p: Float, tau: Float, **options: Any) -> Point:
    """Solve one component by Newton; options as in :func:`lodestock.market.newton.newton`."""
    if system.component.plan is None:
        return dense_newton.newton(system, p, tau, **options)
    from lodestock.market.compiled import engine

    return engine.newton(system, p, tau, **options)


def interior_point(problem: Problem, start: Interior, **options: Any) -> Point:
    """Solve one component inside its bounds; as :func:`lodestock.market.interior_point.interior_point`."""
    if problem.system.component.plan is None:
        return dense_interior_point.interior_point(problem, start, **options)
    from lodestock.market.compiled import engine

    return engine.interior_point(problem, start, **options)


def polish(system: System, point: Point, **options: Any) -> Point:
    """Return ``point`` or a better one; options as in :func:`lodestock.market.polish.polish`.

    The active set of a component too large for a dense matrix is not solved at once; Newton around the
    point, its levels the centre of the activities without a slope, takes its place.
    """
    if system.n <= LARGE:
        return dense_polish.polish(system, point, **options)
    found = newton(system, point.p, point.tau, centre=point.z, smoothing=0.0, **options)
    return found if found.residual < point.residual else point


def pass_through(system: System, point: Point, levies: Int) -> Float:
    r"""Return :math:`\partial (N p)_l / \partial \tau_l` of ``levies`` at a solution, shape (levies,)."""
    if system.component.plan is None:
        return np.diag(dense_polish.pass_through(system, point, levies))
    from lodestock.market.compiled import engine

    return engine.pass_through(system, point, levies)
