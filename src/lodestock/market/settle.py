"""Prices of nodes through which nothing passes.

Where users have left at their choke price, or producers have shut, every price in an interval clears the
node. The price nearest to the node's price scale is taken: a choked node shows the price at which its last
users left, a stranded producer the price at which it would start again.
"""

from __future__ import annotations

import numpy as np

from lodestock.market.arrays import Float
from lodestock.market.certificate import gross_throughput
from lodestock.market.curves import Curves
from lodestock.market.model import Market

NOTHING = 1e-12
"""Throughput, relative to the quantity scale, below which a node counts as idle."""


def settled_price(market: Market, price: Float, level: Float, levy: Float) -> Float:
    """Return ``price`` with every idle node moved to the admissible price nearest its scale.

    Admissible means: curves stay idle, no inactive activity begins to pay, and the levies that watch the node
    stay on the side of their floor where they are.
    """
    idle = gross_throughput(market, price, level, levy) <= NOTHING * market.quantity_scale
    away = np.abs(price - market.price_scale) > NOTHING * market.price_scale
    nodes = np.flatnonzero(idle & away)
    if not len(nodes):
        return price
    lower, upper = curve_bounds(market, levy)
    order = np.argsort(market.entry_node, kind="stable")
    begin = np.searchsorted(market.entry_node[order], nodes, side="left")
    end = np.searchsorted(market.entry_node[order], nodes, side="right")
    settled = price.copy()
    margin = market.column_price(price) - market.cost - market.levies.charge(levy, market.activities)
    for n, first, last in zip(nodes, begin, end, strict=True):
        at = order[first:last]
        k = np.searchsorted(market.entry_pointer, at, side="right") - 1
        usable = market.capacity[k] > 0.0
        weight = np.where(usable, market.entry_money[at], 0.0)
        room = np.maximum(-margin[k], 0.0) / np.where(weight != 0.0, np.abs(weight), 1.0)
        down, up = _levy_room(market, settled, levy, int(n))
        high = min(upper[n], settled[n] + min(up, float(room[weight > 0.0].min(initial=np.inf))))
        low = max(lower[n], 0.0, settled[n] - min(down, float(room[weight < 0.0].min(initial=np.inf))))
        if low > high:
            continue
        new = min(max(market.price_scale[n], low), high)
        np.add.at(margin, k, market.entry_money[at] * (new - settled[n]))
        settled[n] = new
    return settled


def _levy_room(market: Market, price: Float, levy: Float, node: int) -> tuple[float, float]:
    """Return how far a node's price may fall and rise before a levy that watches it would have to change."""
    levies = market.levies
    down, up = np.inf, np.inf
    for at in np.flatnonzero(levies.reference_node == node):
        watching = int(levies.reference_levy[at])
        weight = float(levies.reference_weight[at])
        if weight == 0.0:
            continue
        lower, cap, rate = levies.lower[watching], levies.cap[watching], levy[watching]
        if levies.self_response[watching] > 0.0 or lower < rate < cap:
            return 0.0, 0.0
        above = float(levies.reference_price(price)[watching] - levies.floor[watching]) / weight
        # at its lower bound a levy wants its reference at or above the floor, at its cap at or below it
        if (rate <= lower) == (weight > 0.0):
            down = min(down, max(above, 0.0))
        else:
            up = min(up, max(-above, 0.0))
    return down, up


def curve_bounds(market: Market, levy: Float) -> tuple[Float, Float]:
    """Return per node the prices between which all its curves are idle, shape (n,) each."""
    curves = market.curves
    charge = market.levies.curve_charge(levy, len(curves))
    lower, upper = np.full(market.nodes, -np.inf), np.full(market.nodes, np.inf)
    threshold = idle_threshold(curves)
    positive = curves.price_weight > 0.0
    weight = np.where(positive, curves.price_weight, 1.0)
    at = np.where(positive, (threshold + curves.price_shift + charge) / weight, np.nan)
    supply, use = (curves.sign > 0.0) & positive, (curves.sign < 0.0) & positive
    np.minimum.at(upper, curves.node[supply], at[supply])
    np.maximum.at(lower, curves.node[use], at[use])
    return lower, upper


def idle_threshold(curves: Curves) -> Float:
    """Return the own price up to which supply is zero, or from which use is zero, shape (J,); may be inf."""
    used = np.isfinite(curves.breaks)
    running = used & ((curves.a1 != 0.0) | (curves.a2 != 0.0))
    rows = np.arange(len(curves))
    any_running = running.any(axis=1)
    first = np.argmax(running, axis=1)
    starts = np.where(any_running, curves.breaks[rows, first], np.inf)
    last = running.shape[1] - 1 - np.argmax(running[:, ::-1], axis=1)
    after = np.concatenate([curves.breaks, np.full((len(curves), 1), np.inf)], axis=1)[rows, last + 1]
    ends = np.where(any_running, after, 0.0)
    return np.where(curves.sign > 0.0, starts, ends)
