"""One solve of one component: Newton first, the interior point where Newton stops short, then polish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.market.arrays import Float
from lodestock.market.interior import cold_start, make_problem
from lodestock.market.methods import interior_point, newton, polish
from lodestock.market.newton import COLD_SMOOTHING, LEVY_SMOOTHING, Point
from lodestock.market.system import System

WARM_RUNS = ((0.0, 15), (1e-3, 40))
"""First sigma and most iterations of the Newton runs from a start near the solution."""

COLD_RUNS = ((COLD_SMOOTHING, 40), (1e-4, 40))
"""The same from nowhere."""

LEVY_RUNS = ((LEVY_SMOOTHING, 40), (1e-4, 40))
"""The same from nowhere with levies to be found."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder, as recorded in the result.

    Attributes
    ----------
    rung : what was tried, for example ``newton`` or ``interior-point``.
    component : number of the component.
    iterations : linear systems solved.
    residual : natural residual reached, in scaled units.
    note : why, or what was found.
    """

    rung: str
    component: int
    iterations: int
    residual: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What stays the same over all attempts on one component."""

    system: System
    component: int
    tolerance: float

    @property
    def has_flat(self) -> bool:
        """Whether some activity that may run has no slope."""
        return bool(((self.system.s == 0.0) & (self.system.u > 0.0)).any())


def attempt(
    setting: Setting,
    p: Float,
    tau: Float,
    *,
    purpose: str,
    centre: Float | None = None,
    floor: Float | None = None,
    hold: bool = False,
    warm: bool = False,
    rough: bool = False,
) -> tuple[Point, tuple[Step, ...]]:
    """Solve from ``p`` and ``tau``; ``purpose`` names the attempt in the recorded steps.

    ``warm`` expects the solution near the start, ``rough`` is for a point that is only passed through. A
    component with flat activities goes to the interior point at once unless it is warm.
    """
    system, tolerance = setting.system, setting.tolerance
    steps: list[Step] = []
    best: Point | None = None
    if not setting.has_flat or warm:
        cold = COLD_RUNS if hold or not system.L else LEVY_RUNS
        for smoothing, most in WARM_RUNS if warm else cold:
            at = (p, tau) if best is None or not np.isfinite(best.residual) else (best.p, best.tau)
            found = newton(
                system,
                *at,
                floor=floor,
                hold=hold,
                centre=centre,
                smoothing=smoothing,
                tolerance=tolerance,
                rough=rough,
                max_iterations=most,
            )
            if setting.has_flat and found.converged:
                found = polish(system, found, floor=floor, hold=hold, tolerance=tolerance)
            steps.append(_step("newton", setting, found, purpose))
            if found.converged:
                return found, tuple(steps)
            best = found if best is None or found.residual < best.residual else best
    problem = make_problem(system, hold=hold, tau=tau, floor=floor)
    inner = interior_point(problem, cold_start(problem, p, tau), tolerance=tolerance)
    found = polish(system, inner, floor=floor, hold=hold, tolerance=tolerance)
    steps.append(_step("interior-point", setting, found, purpose))
    if best is None or found.residual < best.residual:
        best = found
    return best, tuple(steps)


def _step(rung: str, setting: Setting, point: Point, note: str) -> Step:
    return Step(rung, setting.component, point.iterations, point.residual, note)
