"""The upper side of all units of an engine."""

from __future__ import annotations

import numpy as np

from lodestock.sddp.arrays import Float
from lodestock.sddp.blocks import Blocks, find_blocks
from lodestock.sddp.ceilings import ceilings, require_ceiling, slope_bounds
from lodestock.sddp.context import ContextInner
from lodestock.sddp.engine import Engine
from lodestock.sddp.inner import Inner
from lodestock.sddp.units import Unit

LEAST_BLOCKS = 4
"""Blocks of states from which on plans are made: up to three states points reach well enough."""


def new_inner(engine: Engine, worst: float | None) -> list[Inner]:
    """Return the upper side of every unit, empty of points."""
    units = engine.units
    slopes, tops = slope_bounds(units), ceilings(units, worst)
    require_ceiling(units, slopes, tops)
    blocks = find_blocks(units.model.problems)
    return [inner_of(unit, slopes[at], float(tops[at]), blocks) for at, unit in enumerate(units.units)]


def inner_of(unit: Unit, slope: Float, worst: float, blocks: Blocks | None) -> Inner:
    """Return the upper side of one unit."""
    return (ContextInner if unit.context else Inner)(unit, slope, worst, blocks)


def divisible(engine: Engine) -> bool:
    """Tell whether plans can be made: several blocks, bounded derivatives, no cycle."""
    hidden = any(unit.context for unit in engine.units.units)
    if engine.inner is None or engine.depth is None or hidden:
        return False
    blocks = engine.inner[0].blocks
    bounded = all(np.isfinite(inner.slope).all() for inner in engine.inner)
    return blocks is not None and blocks.count >= LEAST_BLOCKS and bounded
