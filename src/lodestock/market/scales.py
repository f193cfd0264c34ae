"""Units in which a component is solved: a typical price and a typical throughput per node."""

from __future__ import annotations

import numpy as np

from lodestock.market.arrays import Float, Int
from lodestock.market.curves import Curves
from lodestock.market.model import Market
from lodestock.market.topology import component_labels


def estimate_scales(market: Market, price: Float | None = None) -> tuple[Float, Float]:
    """Return a price and a quantity scale per node, one value per connected component.

    The price is the median of what the component's own numbers suggest (mean break of each curve, size of
    each non-zero cost, floors); the quantity is the largest curve quantity at that price, injection or
    finite capacity. A component without any such number has scale 1.
    """
    label = component_labels(market)
    count = int(label.max()) + 1 if len(label) else 0
    if price is None:
        price = _by_component(label, count, *_price_hints(market), middle=True)
    quantity = _by_component(label, count, *_quantity_hints(market, price), middle=False)
    return price, quantity


def _price_hints(market: Market) -> tuple[Int, Float]:
    curves, levies = market.curves, market.levies
    first = market.entry_node[market.entry_pointer[:-1]]
    costs = np.abs(market.cost)
    node = np.concatenate([curves.node, first, levies.reference_node])
    hint = np.concatenate([_middle_break(curves), costs, np.abs(levies.floor[levies.reference_levy])])
    return node, hint


def _middle_break(curves: Curves) -> Float:
    """Return the mean of each curve's positive finite breaks, 0 where it has none."""
    good = np.isfinite(curves.breaks) & (curves.breaks > 0.0)
    total = np.where(good, curves.breaks, 0.0).sum(axis=1)
    mean: Float = total / np.maximum(good.sum(axis=1), 1)
    return mean


def _quantity_hints(market: Market, price: Float) -> tuple[Int, Float]:
    curves = market.curves
    first = market.entry_node[market.entry_pointer[:-1]]
    room = np.where(np.isfinite(market.capacity), market.capacity, 0.0)
    quantity = curves.quantity(curves.own_price(price))
    node = np.concatenate([curves.node, np.arange(market.nodes), first])
    return node, np.concatenate([quantity, np.abs(market.injection), room])


def _by_component(label: Int, count: int, node: Int, hint: Float, *, middle: bool) -> Float:
    scale = np.ones(count)
    good = np.isfinite(hint) & (hint > 0.0)
    owner, value = label[node[good]], hint[good]
    for c in np.unique(owner):
        own = value[owner == c]
        scale[c] = np.median(own) if middle else own.max()
    found: Float = scale[label]
    return found
