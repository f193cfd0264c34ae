"""The compiled methods behind the same signatures as the dense ones."""

from __future__ import annotations

import numpy as np

from lodestock.market.arrays import Bool, Float, Int
from lodestock.market.compiled import interior as kernels_inside
from lodestock.market.compiled import newton as kernels
from lodestock.market.compiled.passing import pass_through as through_of
from lodestock.market.compiled.plan import Plan, Values, values_of
from lodestock.market.interior import Interior, Problem
from lodestock.market.newton import COLD_SMOOTHING, LAST_SMOOTHING, ROUGH, Point
from lodestock.market.system import System


def plan_and_values(system: System) -> tuple[Plan, Values]:
    """Return the plan of a system's component and its numbers."""
    plan = system.component.plan
    assert plan is not None, "compiled methods need a component with a plan"
    # what a cluster hands out may not be written to; kernels are translated once, for arrays that may
    return Plan(*(part if part.flags.writeable else part.copy() for part in plan)), values_of(system)


def newton(
    system: System,
    p: Float,
    tau: Float,
    *,
    floor: Float | None = None,
    hold: bool = False,
    centre: Float | None = None,
    smoothing: float = COLD_SMOOTHING,
    tolerance: float = 1e-8,
    rough: bool = False,
    max_iterations: int = 40,
    max_rounds: int = 30,
) -> Point:
    """Solve one component; arguments as in :func:`lodestock.market.newton.newton`."""
    plan, values = plan_and_values(system)
    tolerance = ROUGH if rough else tolerance
    bordered: Bool = np.zeros(system.L, dtype=bool) if hold else system.self_response == 0.0
    room = kernels.make_room(plan, system.n, system.K, system.L)
    at, residual, iterations, converged = kernels.newton(
        plan,
        values,
        room,
        _own(values.f if floor is None else floor),
        bordered,
        _own(p),
        _own(tau),
        _own(np.zeros(system.K) if centre is None else centre),
        float(smoothing),
        tolerance,
        tolerance if rough else 1e-4 * tolerance,
        ROUGH if rough else LAST_SMOOTHING,
        max_iterations,
        max_rounds,
    )
    return Point(at.p, at.z, at.tau, float(residual), int(iterations), bool(converged))


def pass_through(system: System, point: Point, levies: Int) -> Float:
    r"""Return the diagonal of :math:`\partial (N p)/\partial \tau` of ``levies``, shape (levies,)."""
    plan, values = plan_and_values(system)
    return through_of(plan, values, _own(point.p), _own(point.tau), _own(point.z), _own_index(levies))


def _own(values: Float) -> Float:
    """Return a contiguous copy that may be written to: kernels are translated once, for such arrays."""
    return np.array(values, dtype=np.float64, order="C")


def _own_index(values: Int) -> Int:
    return np.array(values, dtype=np.int64, order="C")


def interior_point(
    problem: Problem, start: Interior, *, tolerance: float = 1e-8, max_iterations: int = 120
) -> Point:
    """Solve one component; arguments as in :func:`lodestock.market.interior_point.interior_point`."""
    system = problem.system
    plan, values = plan_and_values(system)
    K, L = system.K, system.L

    def wide(count: int, at: Int, some: Float) -> Float:
        every = np.zeros(count)
        every[at] = some
        return every

    def among(count: int, at: Int) -> Bool:
        flags = np.zeros(count, dtype=bool)
        flags[at] = True
        return flags

    bounded, levies = problem.bounded, problem.levies
    inside = kernels_inside.Inside(
        p=_own(start.p),
        e=_own(start.e),
        z=_own(start.z),
        lam=_own(start.lam),
        v=wide(K, bounded, start.v),
        mu=wide(K, bounded, start.mu),
        tau=wide(L, levies, start.tau),
        nu=wide(L, levies, start.nu),
        t=wide(L, levies, start.t),
        om=wide(L, levies, start.om),
    )
    sets = kernels_inside.Sets(
        on=among(K, problem.on),
        bounded=among(K, bounded),
        moving=among(L, levies),
        fixed=_own(problem.fixed_levy),
        f=_own(problem.floor),
    )
    p, z, tau, residual, iterations = kernels_inside.interior_point(
        plan, values, sets, inside, tolerance, max_iterations
    )
    return Point(p, z, tau, float(residual), int(iterations), bool(residual <= tolerance))
