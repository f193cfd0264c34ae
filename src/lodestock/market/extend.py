r"""Add to a market: nodes, columns, curves, levies, entries; find an element by its name.

Every function returns a new market in which the indices of what was there before still hold, so that
instruments can be put on one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import UnknownNameError
from lodestock.market.activities import Activities, concatenate_activities, trade
from lodestock.market.arrays import wide
from lodestock.market.checks import check_market, check_unique_names
from lodestock.market.curves import Curves
from lodestock.market.levies import Levies, concatenate_levies
from lodestock.market.model import Market
from lodestock.market.shapes import concatenate_curves


def extend(
    market: Market,
    *,
    nodes: Sequence[str] = (),
    activities: Activities | None = None,
    curves: Curves | None = None,
    levies: Levies | None = None,
    injection: ArrayLike = 0.0,
    price_scale: ArrayLike | None = None,
    quantity_scale: ArrayLike | None = None,
) -> Market:
    """Return ``market`` with further elements behind its own; indices count old elements first.

    Parameters
    ----------
    nodes : names of new nodes.
    activities, curves, levies : new elements; their node indices count in old and new nodes together.
    injection : exogenous net supply of the new nodes, quantity per period.
    price_scale, quantity_scale : units of the new nodes; the median of the market's own when left out.

    Raises
    ------
    ConflictError, ValueOutOfRangeError
        A name twice, or an element that fails a check.
    """
    joined = market if activities is None else with_columns(market, activities)
    count = len(nodes)
    middle_price = np.median(market.price_scale) if market.nodes else 1.0
    middle_quantity = np.median(market.quantity_scale) if market.nodes else 1.0
    longer = replace(
        joined,
        node_names=[*market.node_names, *nodes],
        injection=np.concatenate([market.injection, wide(injection, count)]),
        price_scale=np.concatenate(
            [market.price_scale, wide(middle_price if price_scale is None else price_scale, count)]
        ),
        quantity_scale=np.concatenate(
            [
                market.quantity_scale,
                wide(middle_quantity if quantity_scale is None else quantity_scale, count),
            ]
        ),
        curves=market.curves if curves is None else concatenate_curves([market.curves, curves]),
        levies=market.levies if levies is None else concatenate_levies([market.levies, levies]),
    )
    check_unique_names(longer)
    check_market(longer)
    return longer


def activities_of(market: Market) -> Activities:
    """Return the columns of ``market``."""
    return Activities(
        names=market.activity_names,
        pointer=market.entry_pointer,
        node=market.entry_node,
        quantity=market.entry_quantity,
        money=market.entry_money,
        cost=market.cost,
        slope=market.slope,
        capacity=market.capacity,
    )


def with_activities(market: Market, activities: Activities) -> Market:
    """Return ``market`` with ``activities`` in place of its own columns, unchecked."""
    return replace(
        market,
        activity_names=activities.names,
        entry_pointer=activities.pointer,
        entry_node=activities.node,
        entry_quantity=activities.quantity,
        entry_money=activities.money,
        cost=activities.cost,
        slope=activities.slope,
        capacity=activities.capacity,
    )


def with_columns(market: Market, more: Activities) -> Market:
    """Return ``market`` with the columns ``more`` behind its own, unchecked."""
    return with_activities(market, concatenate_activities([activities_of(market), more]))


def with_entries(
    market: Market, activity: ArrayLike, node: ArrayLike, quantity: ArrayLike, money: ArrayLike | None = None
) -> Market:
    """Return ``market`` with further entries in columns it has: credits earned, permits needed.

    Parameters
    ----------
    activity, node : shape (m,), which column and which node; broadcast against each other.
    quantity : :math:`A`, + delivers, - takes, per unit of level.
    money : :math:`W`; the quantity when left out.
    """
    at, where, amount = np.broadcast_arrays(
        np.asarray(activity, dtype=np.int64),
        np.asarray(node, dtype=np.int64),
        np.asarray(quantity, dtype=float),
    )
    paid = amount if money is None else np.broadcast_to(np.asarray(money, dtype=float), amount.shape)
    owner = np.concatenate([market.entry_activity, at.ravel()])
    order = np.argsort(owner, kind="stable")
    counts = np.bincount(owner, minlength=market.activities)
    changed = replace(
        market,
        entry_pointer=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        entry_node=np.concatenate([market.entry_node, where.ravel()])[order],
        entry_quantity=np.concatenate([market.entry_quantity, amount.ravel()])[order],
        entry_money=np.concatenate([market.entry_money, paid.ravel()])[order],
    )
    check_market(changed)
    return changed


def set_apart(
    market: Market, curves: ArrayLike, names: Sequence[str], links: Sequence[str], slope: ArrayLike = 0.0
) -> Market:
    """Return ``market`` with curves moved to nodes of their own, each joined to its old node by a column.

    A curve has no level that could earn or owe credits or leave scrap behind; the column that joins it does.

    Parameters
    ----------
    curves : shape (m,), indices of curves.
    names : names of the m new nodes, the last m of the result.
    links : names of the m new columns, the last m of the result: towards a use, away from a supply.
    slope : of the new columns; zero leaves prices on both sides equal.
    """
    moved = np.asarray(curves, dtype=np.int64).reshape(-1)
    old = market.curves.node[moved]
    new = market.nodes + np.arange(len(moved))
    supply = market.curves.sign[moved] > 0.0
    column = trade(links, np.where(supply, new, old), np.where(supply, old, new), 0.0, slope)
    node = market.curves.node.copy()
    node[moved] = new
    shifted = replace(market, curves=replace(market.curves, node=node))
    # the moved curves point at nodes that exist only once they are added
    return extend(
        shifted,
        nodes=names,
        activities=column,
        price_scale=market.price_scale[old],
        quantity_scale=market.quantity_scale[old],
    )


def curve_index(market: Market, name: str) -> int:
    """Return the index of a curve by its name."""
    return index_of("curve", market.curves.names, name)


def index_of(kind: str, names: Sequence[str], name: str, where: str = "") -> int:
    """Return the place of ``name`` in ``names``; raise UnknownNameError with the nearest one otherwise."""
    for at, known in enumerate(names):
        if known == name:
            return at
    raise UnknownNameError(kind, name, names, where=where)
