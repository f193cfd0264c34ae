r"""Is the equilibrium the only one, and is it the one with the smallest levies?

Two looks, after the solve. From below: with the levies held at a share of what was found, are all floors they
stand for already met? Then an equilibrium with smaller levies lies there, and takes the place of the first.
From above: the path from the capped side, which ends in another equilibrium where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.market.attempt import Setting, Step, attempt
from lodestock.market.homotopy import adjustable, largest_move, path_from_cap, smallest_prohibitive
from lodestock.market.newton import Point, lowest_levy
from lodestock.market.system import System

DIFFERENCE = 1e-4
"""Prices further apart than this, in price scales, are another equilibrium."""

PROBES = (0.95, 0.75, 0.5, 0.25)
"""Shares of the levies at which the floors are looked at from below."""

REFINEMENTS = 8
"""Further shares tried around the top of a hump."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The equilibrium to report, the other one where there is one, and whether the audit came to an end."""

    point: Point
    other: Point | None
    finished: bool
    steps: tuple[Step, ...]


def audit_component(setting: Setting, found: Point) -> Audit:
    """Look for an equilibrium below ``found`` and for another one from the capped side."""
    lower, probes = probe_below(setting, found)
    if lower is not None:
        note = "an equilibrium with smaller levies lies below the first one found"
        mark = Step("audit", setting.component, 0, lower.residual, note)
        return Audit(lower, found, True, (*probes, mark))
    path = path_from_cap(setting, found)
    steps = (*probes, *path.steps)
    if not path.arrived:
        mark = Step(
            "audit", setting.component, 0, path.point.residual, "the path from the cap did not arrive"
        )
        return Audit(found, None, False, (*steps, mark))
    if not is_different(setting.system, found, path.point):
        return Audit(found, None, True, steps)
    mark = Step(
        "audit", setting.component, 0, path.point.residual, "another equilibrium from the capped side"
    )
    return Audit(found, path.point, True, (*steps, mark))


def probe_below(setting: Setting, found: Point) -> tuple[Point | None, tuple[Step, ...]]:
    """Return an equilibrium with smaller levies if shares of the present ones already meet the floors.

    The shares of ``PROBES`` are tried first. Where a floor is missed and some share comes nearer to it than
    the levies found, the price has a hump in between, and its top is looked for.
    """
    system = setting.system
    chosen, base = adjustable(system), lowest_levy(system)
    top = np.where(chosen & (found.tau >= system.cap), smallest_prohibitive(system, found), found.tau)
    raised = chosen & (top > base)
    if not raised.any():
        return None, ()
    steps: list[Step] = []
    margin: dict[float, float] = {1.0: float((system.N @ found.p - system.f)[raised].min())}
    at = found
    for _ in range(len(PROBES) + REFINEMENTS):
        share = _next_share(margin)
        if share is None:
            break
        tau = np.where(raised, base + share * (top - base), found.tau)
        at, taken = attempt(
            setting,
            at.p,
            tau,
            purpose=f"levies held at {share:.3g} of those found",
            centre=at.z,
            hold=True,
            warm=True,
            rough=True,
        )
        steps.extend(taken)
        margin[share] = float((system.N @ at.p - system.f)[raised].min())
        if margin[share] < 0.0:
            continue
        trial, taken = attempt(setting, at.p, at.tau, purpose="from below", centre=at.z, warm=True)
        steps.extend(taken)
        smaller = bool((trial.tau <= top)[raised].all())
        if trial.converged and smaller and is_different(system, found, trial):
            return trial, tuple(steps)
    return None, tuple(steps)


def _next_share(margin: dict[float, float]) -> float | None:
    """Return the next share to try: the probes in turn, then points around the best of them; None to stop."""
    for share in PROBES:
        if share not in margin:
            return share
    best = max(margin, key=lambda share: margin[share])
    if best == 1.0 or margin[best] >= 0.0:
        return None
    known = sorted([0.0, *margin])
    place = known.index(best)
    left, right = known[place - 1], known[place + 1]
    return 0.5 * (best + (left if best - left > right - best else right))


def is_different(system: System, one: Point, other: Point) -> bool:
    """Return whether prices differ at a node through which something passes in either point."""
    return largest_move(system, one, other) > DIFFERENCE
