"""Is the equilibrium the only one? A second solve, from the capped side, says whether another was found."""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.market.attempt import Setting, Step
from lodestock.market.homotopy import largest_move, path_from_cap
from lodestock.market.newton import Point
from lodestock.market.system import System

DIFFERENCE = 1e-4
"""Prices further apart than this, in price scales, are another equilibrium."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Whether the audit came to an end, and the other equilibrium where it found one."""

    finished: bool
    other: Point | None
    steps: tuple[Step, ...]


def audit_component(setting: Setting, found: Point) -> Audit:
    """Follow the floors down from the capped side and compare with ``found``."""
    path = path_from_cap(setting, found)
    if not path.arrived:
        mark = Step(
            "audit", setting.component, 0, path.point.residual, "the path from the cap did not arrive"
        )
        return Audit(False, None, (*path.steps, mark))
    if not is_different(setting.system, found, path.point):
        return Audit(True, None, path.steps)
    mark = Step(
        "audit", setting.component, 0, path.point.residual, "another equilibrium from the capped side"
    )
    return Audit(True, path.point, (*path.steps, mark))


def is_different(system: System, one: Point, other: Point) -> bool:
    """Return whether prices differ at a node through which something passes in either point."""
    return largest_move(system, one, other) > DIFFERENCE
