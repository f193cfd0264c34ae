"""Ore that feeds the plants of a user: where it comes from, and how far its mines could grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lodestock.world.model import World

Float = NDArray[np.float64]


def ore_feed(world: World, stage: str, inside: NDArray[np.bool_]) -> tuple[float, Float]:
    """Ore of the home refiners in t of their output: mined at home, and by country of origin."""
    count = int((~inside).sum())
    if world.process is None or stage == world.first_stage:
        return np.inf, np.zeros(count)
    flows = world.flows[world.first_stage]
    output = world.process.output[inside]
    taken = float((output / world.process.yield_[inside]).sum())
    yielded = float(output.sum()) / taken if taken > 0 else 1.0
    at_home = float(flows[np.ix_(inside, inside)].sum())
    arrived = np.asarray(flows[np.ix_(~inside, inside)].sum(axis=1), dtype=float)
    return at_home * yielded, arrived * yielded


def ore_room(world: World, inside: NDArray[np.bool_]) -> tuple[float, Float]:
    """Capacity over output of mines, at home together and by country abroad; one where nothing is mined."""
    side = world.supply[world.first_stage]
    output, capacity = side.quantity, np.maximum(side.quantity, side.capacity)
    room = np.divide(capacity, output, out=np.ones_like(output), where=output > 0)
    mined = float(output[inside].sum())
    return float(capacity[inside].sum()) / mined if mined > 0 else 1.0, room[~inside]
