r"""Which equilibrium: the minimal levy on the path from the market without levies.

From the equilibrium without levies, with reference prices :math:`r_0 = N p_0`, the floors are raised along

.. math:: f(\theta) = f \text{ where } f \le r_0, \qquad f(\theta) = r_0 + \theta (f - r_0) \text{ elsewhere},
          \qquad \theta: 0 \to 1

The first step goes all the way. It counts only if no price moved more than a few times as far as the floors
did: on a continuous path prices move in proportion. Otherwise the step is halved, down to 1/64, where the
path is said to fold: at this theta the levy has to jump. With one levy the first crossing beyond the fold
is found by scanning :math:`p(\tau)`; with several, the answer is taken from the path that comes down from
the cap.

The same path from the cap downwards is the audit: where both ends differ, the market has more than one
equilibrium.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.market.arrays import Bool, Float
from lodestock.market.attempt import Setting, Step, attempt
from lodestock.market.kernel import column_margin, throughput
from lodestock.market.methods import pass_through
from lodestock.market.newton import Point, lowest_levy
from lodestock.market.residuals import natural_residual
from lodestock.market.system import System

SMALLEST_STEP = 1.0 / 64.0
LARGEST_SLOPE = 3.0
"""Largest price change on one step, in multiples of the largest change of a floor."""

SHRINKING = 0.7
"""Half a step must move prices by less than this share of what the whole step did."""

FREE_MOVE = 0.02
"""Price change that is never a jump, in price scales."""

HARDLY = 1e-6
"""A reference price that falls by more than this, in price scales, has fallen."""

NEGLIGIBLE = 1e-10
"""A residual that a change of an idle levy may leave."""

SCAN_POINTS = 32

ALIVE = 1e-6
"""A node with less throughput than this share of its scale has a price that nothing pins down."""


@dataclass(frozen=True, slots=True)
class Path:
    """End of a path: the point, whether it arrived, the thetas of its folds and the steps taken."""

    point: Point
    arrived: bool
    folds: tuple[float, ...]
    steps: tuple[Step, ...]


def free_point(
    setting: Setting, p: Float, centre: Float | None, *, warm: bool
) -> tuple[Point, tuple[Step, ...]]:
    """Solve with every adjustable levy at its lower bound; roughly where a path starts from there."""
    return attempt(
        setting,
        p,
        lowest_levy(setting.system),
        purpose="without levies",
        centre=centre,
        hold=True,
        warm=warm,
        rough=bool(adjustable(setting.system).any()),
    )


def path_from_free(setting: Setting, free: Point) -> Path:
    """Follow the floors up from the point without levies; the minimal-levy equilibrium short of a fold."""
    system = setting.system
    reference = system.N @ free.p
    start = np.where(adjustable(system), np.minimum(system.f, reference), system.f)
    path = follow(setting, free, start, "floor path")
    if path.arrived:
        return path
    if _is_single(system):
        return _after_fold(setting, path, *first_crossing(setting, path.point, rising=True), "upwards")
    down = path_from_cap(setting, path.point)
    note = _fold_note(path, "answer from the path down from the cap")
    mark = Step("fold", setting.component, 0, path.point.residual, note)
    return Path(down.point, down.arrived, path.folds, (*path.steps, mark, *down.steps))


def path_from_cap(setting: Setting, near: Point) -> Path:
    """Follow the floors down from the point where every adjustable levy is at its cap."""
    system = setting.system
    chosen = adjustable(system)
    top = np.where(chosen, system.cap, near.tau)
    at_cap, steps = attempt(
        setting, near.p, top, purpose="levies at the cap", centre=near.z, hold=True, rough=True
    )
    reference = system.N @ at_cap.p
    start = np.where(chosen, np.maximum(system.f, reference), system.f)
    tau = np.where(chosen & (reference > system.f), smallest_prohibitive(system, at_cap), at_cap.tau)
    begin = Point(at_cap.p, at_cap.z, tau, at_cap.residual, at_cap.iterations, at_cap.converged)
    path = follow(setting, begin, start, "path from the cap")
    path = Path(path.point, path.arrived, path.folds, (*steps, *path.steps))
    if path.arrived:
        return path
    if _is_single(system):
        return _after_fold(setting, path, *first_crossing(setting, path.point, rising=False), "downwards")
    point, more = attempt(
        setting,
        path.point.p,
        path.point.tau,
        purpose="beyond a fold of the path from the cap",
        centre=path.point.z,
    )
    return Path(point, point.converged, path.folds, (*path.steps, *more))


def _after_fold(setting: Setting, path: Path, point: Point, steps: tuple[Step, ...], direction: str) -> Path:
    note = _fold_note(path, f"next crossing {direction} by scanning the levy")
    mark = Step("fold", setting.component, 0, path.point.residual, note)
    return Path(point, point.converged, path.folds, (*path.steps, mark, *steps))


def _fold_note(path: Path, remedy: str) -> str:
    return f"path folds at theta = {path.folds[-1]:.3f}; {remedy}"


def follow(setting: Setting, begin: Point, start: Float, purpose: str) -> Path:
    """Move the floors from ``start`` to the system's own, halving the step where prices jump.

    A step counts as continuous when prices moved no faster than before, or when half the step moved them
    clearly less: a jump to another branch does not shrink with the step.
    """
    system = setting.system
    change = system.f - start
    span = np.abs(change).max(initial=0.0)
    point, theta, step = begin, 0.0, 1.0
    fastest, rejected = LARGEST_SLOPE * span, np.inf
    steps: list[Step] = []
    while theta < 1.0:
        target = min(1.0, theta + step)
        trial, taken = attempt(
            setting,
            point.p,
            point.tau,
            purpose=f"{purpose}, theta {target:.3g}",
            centre=point.z,
            floor=start + target * change,
            warm=step < 1.0 or span == 0.0,
        )
        steps.extend(taken)
        moved = largest_move(system, point, trial)
        allowed = fastest * (target - theta) + FREE_MOVE
        shrunk = np.isfinite(rejected) and moved <= SHRINKING * rejected
        if trial.converged and (moved <= allowed or shrunk) and not is_beyond_fold(system, begin, trial):
            fastest = max(fastest, 1.5 * moved / (target - theta))
            point, theta, step, rejected = trial, target, 2.0 * step, np.inf
        elif step <= SMALLEST_STEP:
            return Path(point, False, (theta,), tuple(steps))
        else:
            rejected = moved if trial.converged else np.inf
            step = 0.5 * step
    return Path(point, True, (), tuple(steps))


def first_crossing(setting: Setting, point: Point, *, rising: bool) -> tuple[Point, tuple[Step, ...]]:
    """Scan one levy from its present rate to its far bound for the first rate that meets the floor again."""
    system = setting.system
    which = int(np.flatnonzero(adjustable(system))[0])
    steps: list[Step] = []
    low, at = float(point.tau[which]), point
    bound = float((system.cap if rising else system.lower)[which])
    for rate in np.linspace(low, bound, SCAN_POINTS + 1)[1:]:
        tau = at.tau.copy()
        tau[which] = rate
        at, taken = attempt(
            setting, at.p, tau, purpose=f"levy held at {rate:.4g}", centre=at.z, hold=True, warm=True
        )
        steps.extend(taken)
        above = (system.N @ at.p)[which] >= system.f[which]
        if above == rising:
            break
    end, taken = attempt(setting, at.p, at.tau, purpose="crossing", centre=at.z, warm=True)
    return end, (*steps, *taken)


def smallest_prohibitive(system: System, point: Point) -> Float:
    r"""Return the smallest levies that keep what they charge at zero, shape (L,); the cap where some run.

    .. math:: \max_{k: E_{kl} > 0} \frac{(W^\top p - c)_k - \sum_{l' \ne l} E_{kl'} \tau_{l'}}{E_{kl}}
    """
    part = system.component
    margin = column_margin(system, point.p, point.tau)[part.charge_activity]
    tau = point.tau[part.charge_levy]
    positive = (system.E > 0.0) & (system.u[part.charge_activity] > 0.0)
    weight = np.where(positive, system.E, 1.0)
    needed = np.where(positive, tau + margin / weight, -np.inf)
    rate = np.full(system.L, -np.inf)
    np.maximum.at(rate, part.charge_levy, needed)
    prohibitive: Float = np.clip(rate, system.lower, system.cap)
    return prohibitive


def without_idle_levies(system: System, point: Point) -> Point:
    """Lower every levy that meets its floor to the smallest rate with the same effect.

    Where nothing is left to charge and the price is at the floor, every rate from the smallest prohibitive
    one up is an equilibrium; the smallest is the one to report.
    """
    met = adjustable(system) & (system.N @ point.p >= system.f - HARDLY)
    least = np.where(met, np.minimum(point.tau, smallest_prohibitive(system, point)), point.tau)
    if (least >= point.tau).all():
        return point
    residual = natural_residual(system, point.p, point.z, least)
    if residual > max(point.residual, NEGLIGIBLE):
        return point
    return Point(point.p, point.z, least, residual, point.iterations, point.converged)


def is_beyond_fold(system: System, begin: Point, trial: Point) -> bool:
    """Return whether ``trial`` cannot lie on the rising branch that leaves ``begin``.

    On that branch a higher levy raises the price it defends. A levy between its bounds with a pass-through
    below zero is on a falling branch; so is a single levy at its cap with a price below where it started.
    """
    chosen = adjustable(system)
    held = np.flatnonzero(chosen & (trial.tau > system.lower) & (trial.tau < system.cap))
    if len(held) and (pass_through(system, trial, held) < 0.0).any():
        return True
    reference, before = system.N @ trial.p, system.N @ begin.p
    fallen = chosen & (trial.tau >= system.cap) & (reference < np.minimum(system.f, before) - HARDLY)
    return _is_single(system) and bool(fallen.any()) and bool((trial.tau > begin.tau)[fallen].all())


def largest_move(system: System, one: Point, other: Point) -> float:
    """Return the largest price difference, in price scales, over the nodes through which something passes."""
    alive = np.zeros(system.n, dtype=bool)
    for point in (one, other):
        alive |= throughput(system, point.p, point.z, point.tau) > ALIVE
    return float(np.abs(one.p - other.p)[alive].max(initial=0.0))


def adjustable(system: System) -> Bool:
    """Return which levies are free to move between two bounds, shape (L,)."""
    movable: Bool = (system.self_response == 0.0) & (system.cap > system.lower)
    return movable


def _is_single(system: System) -> bool:
    return int(adjustable(system).sum()) == 1
