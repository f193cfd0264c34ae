r"""Three simple forecasts to beat: no change, a constant elasticity, one world price.

With b the mean blocked share over the look-ahead, A supply abroad without home, X exports, S world output and
short-run elasticities of use and supply as calibrated:

.. math::
    \text{no change:}\quad & 0 \\
    \text{constant elasticity:}\quad & \Delta\ln P_a = -\frac{1}{\eta}\ln\frac{A + (1-b)X}{A + X}, \quad
        \Delta\ln P_h = -\frac{1}{\eta}\ln\frac{D_h + bX}{D_h} \\
    \text{one world price:}\quad & \Delta\ln P = -\frac{1}{\eta + \epsilon}\ln(1 - bX/S) \text{ everywhere}

An outage takes o S_h from the world in both of the last two. All three hold from the effect on, and are the
moves since the base: between two later dates they say no change. A quota is held against the base exports of
all its products; a measure that has ended counts no more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lodestock.disruption.base import Base
from lodestock.disruption.dates import Span
from lodestock.disruption.episode import Episode
from lodestock.disruption.events import EXPORT_CONTROLS, Event
from lodestock.disruption.replay import Item

NAMES = ("no change", "constant elasticity", "one world price")
PRIOR_PLATEAU = 0.4
"""Share that licences let out, before any fit: the central value of the table of ranges."""
CEILING = 3.0
"""Largest log move a baseline may state; without it a total ban has none."""


def forecast(name: str, episode: Episode, base: Base, item: Item, shared: float) -> float:
    """The log move of a price point that a baseline states.

    Parameters
    ----------
    shared : base exports of all products of the episode, t/yr, which a quota is held against.
    """
    moved = _level(name, base, item.market, _holding(episode.events, item.span), shared)
    if item.reference is None or item.reference.last <= episode.as_of:
        return moved
    earlier = _holding(episode.events, item.reference)
    return moved - _level(name, base, item.market, earlier, shared)


def _holding(events: Sequence[Event], span: Span) -> list[Event]:
    """Events in force at the end of a span."""
    return [
        event
        for event in events
        if event.effective <= span.last and (event.ends is None or event.ends > span.last)
    ]


def _level(name: str, base: Base, market: str, events: Sequence[Event], shared: float) -> float:
    if name == "no change" or not events:
        return 0.0
    exports, abroad = float(base.exports.sum()), float(base.supply.sum())
    world = base.home_supply + abroad
    blocked = lost = 0.0
    for event in events:
        if event.type in EXPORT_CONTROLS or event.type == "closure":
            share = _blocked(event.type, event.share, event.tonnes, shared)
            if event.destinations:
                inside = np.array([c in event.destinations for c in base.countries])
                share *= float(base.exports[inside].sum()) / max(exports, 1e-300)
            blocked = max(blocked, share)
        elif event.type == "outage":
            lost = max(lost, float(event.share or 0.0))
    use = base.use_elasticity[0] * base.cost_share
    if name == "one world price":
        gone = min((blocked * exports + lost * base.home_supply) / world, 0.999)
        return float(min(-np.log(1.0 - gone) / (use + base.supply_elasticity[0]), CEILING))
    outage = min(-np.log(1.0 - min(lost * base.home_supply / world, 0.999)) / use, CEILING)
    if market == "home":
        return float(outage - np.log1p(blocked * exports / max(base.home_use, 1e-9 * exports)) / use)
    left = max(1.0 - blocked * exports / max(abroad + exports, 1e-300), 1e-3)
    return float(min(outage - np.log(left) / use, CEILING))


def _blocked(kind: str, share: float | None, tonnes: float | None, exports: float) -> float:
    if kind == "licence":
        return 1.0 - PRIOR_PLATEAU
    if kind == "closure":
        return float(share or 0.0)
    if kind == "quota":
        return max(0.0, 1.0 - float(tonnes or 0.0) / max(exports, 1e-300))
    return 1.0
