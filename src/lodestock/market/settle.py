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
    """Return ``price`` with idle nodes that have curves moved to the admissible price nearest their scale.

    Nodes that a levy watches stay where they are, because their price decides the levy.
    """
    curves, levies = market.curves, market.levies
    idle = gross_throughput(market, price, level, levy) <= NOTHING * market.quantity_scale
    wanted = np.zeros(market.nodes, dtype=bool)
    wanted[curves.node[((curves.a1 != 0.0) | (curves.a2 != 0.0)).any(axis=1)]] = True
    wanted[levies.reference_node] = False
    nodes = np.flatnonzero(idle & wanted)
    if not len(nodes):
        return price
    lower, upper = curve_bounds(market, levy)
    settled = price.copy()
    margin = market.column_price(price) - market.cost - levies.charge(levy, market.activities)
    for n in nodes:
        at = np.flatnonzero(market.entry_node == n)
        k = np.searchsorted(market.entry_pointer, at, side="right") - 1
        usable = market.capacity[k] > 0.0
        at, k = at[usable], k[usable]
        weight = market.entry_money[at]
        room = np.maximum(-margin[k], 0.0) / np.where(weight != 0.0, np.abs(weight), 1.0)
        high = min(upper[n], settled[n] + float(room[weight > 0.0].min(initial=np.inf)))
        low = max(lower[n], 0.0, settled[n] - float(room[weight < 0.0].min(initial=np.inf)))
        if low > high:
            continue
        new = min(max(market.price_scale[n], low), high)
        np.add.at(margin, k, weight * (new - settled[n]))
        settled[n] = new
    return settled


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
