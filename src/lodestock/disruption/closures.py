"""A corridor closed in an episode, as closures by destination: by how much and for how long goods wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from lodestock.disruption.corridors import held_up_from
from lodestock.disruption.events import Event
from lodestock.errors import UnknownNameError
from lodestock.world.model import World
from lodestock.world.seas import load_seas


def by_destination(event: Event, world: World, stage: str, home: Sequence[str], where: str) -> list[Event]:
    """Closures that stand for one corridor closed to what home ships.

    Goods with another way are late by the longer voyage, once, even while the corridor stays closed; goods
    without one wait as long as it does. The way round is known from the announcement.

    Raises
    ------
    UnknownNameError
        No such corridor.
    """
    known = load_seas().chokepoints
    if event.corridor not in known:
        raise UnknownNameError("corridor", event.corridor, known, where=where)
    share = 1.0 if event.share is None else event.share
    found = []
    for group in held_up_from(world, stage, event.corridor, home, home):
        places = group.destinations
        if event.destinations:
            places = tuple(country for country in places if country in event.destinations)
        part = replace(event, corridor="", share=share * group.share, destinations=places)
        if np.isfinite(group.weeks):
            ends = event.effective + timedelta(days=max(1, round(7 * group.weeks)))
            if event.ends is None or ends < event.ends:
                part = replace(part, ends=ends, ends_announced=event.announced)
        if places:
            found.append(part)
    return found
