"""Windows of a horizon: which elements belong to which period, and the market of a few periods alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lodestock.errors import ConflictError
from lodestock.market.arrays import Bool, Float, Int
from lodestock.market.horizon import Horizon
from lodestock.market.levies import Levies
from lodestock.market.model import Market


@dataclass(frozen=True, slots=True)
class Plan:
    """Period of every node, of every activity (that of its first node), of every curve and levy."""

    node: Int
    activity: Int
    curve: Int
    levy: Int


@dataclass(frozen=True, slots=True)
class Part:
    """The market of a window and the indices of its elements in the market of the horizon."""

    market: Market
    nodes: Int
    activities: Int
    curves: Int
    levies: Int


def plan_of(horizon: Horizon) -> Plan:
    """Return the period of every element.

    Raises
    ------
    ConflictError
        A column that takes from a period after its first, or a levy over several periods.
    """
    market = horizon.market
    T, n = horizon.node.shape
    node = np.zeros(market.nodes, dtype=np.int64)
    node[horizon.node] = np.repeat(np.arange(T), n).reshape(T, n)
    entry = node[market.entry_node]
    activity = np.full(market.activities, T)
    np.minimum.at(activity, market.entry_activity, entry)
    takes_later = (market.entry_quantity < 0.0) & (entry > activity[market.entry_activity])
    if takes_later.any():
        at = int(market.entry_activity[np.flatnonzero(takes_later)[0]])
        raise ConflictError(
            "takes from a period after its first",
            where=f"activity {market.activity_names[at]!r}",
            allowed="takes now, delivers now or later",
        )
    curve = node[market.curves.node]
    return Plan(node, activity, curve, _levy_periods(market, node, activity, curve, T))


def _levy_periods(market: Market, node: Int, activity: Int, curve: Int, T: int) -> Int:
    levies = market.levies
    found = np.full(len(levies), T)
    np.minimum.at(found, levies.reference_levy, node[levies.reference_node])
    for owner, period in (
        (levies.reference_levy, node[levies.reference_node]),
        (levies.charge_levy, activity[levies.charge_activity]),
        (levies.curve_levy, curve[levies.curve_index]),
    ):
        other = period != found[owner]
        if other.any():
            name = levies.names[int(owner[np.flatnonzero(other)[0]])]
            raise ConflictError("spans several periods", where=f"levy {name!r}", allowed="one period each")
    return found


def cut(horizon: Horizon, plan: Plan, first: int, last: int, believed: Float, arrived: Float) -> Part:
    """Return the market of the periods ``first`` to ``last - 1``.

    Parameters
    ----------
    believed : shape (n T,), prices at which deliveries into later periods are sold.
    arrived : shape (n T,), what columns of earlier periods deliver.
    """
    market = horizon.market
    nodes, activities, curves, levies = (
        np.flatnonzero((period >= first) & (period < last))
        for period in (plan.node, plan.activity, plan.curve, plan.levy)
    )
    place = _inverse(nodes, market.nodes)
    chosen = np.zeros(market.activities, dtype=bool)
    chosen[activities] = True
    owner = market.entry_activity
    later = chosen[owner] & (place[market.entry_node] < 0)
    cost = market.cost.copy()
    np.add.at(cost, owner[later], -market.entry_money[later] * believed[market.entry_node[later]])
    entries = np.flatnonzero(chosen[owner] & ~later)
    counts = np.bincount(owner[entries], minlength=market.activities)[activities]
    part = replace(
        market,
        node_names=[market.node_names[n] for n in nodes.tolist()],
        activity_names=[market.activity_names[k] for k in activities.tolist()],
        entry_pointer=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        entry_node=place[market.entry_node[entries]],
        entry_quantity=market.entry_quantity[entries],
        entry_money=market.entry_money[entries],
        cost=cost[activities],
        slope=market.slope[activities],
        capacity=market.capacity[activities],
        curves=replace(market.curves.select(curves), node=place[market.curves.node[curves]]),
        injection=(market.injection + arrived)[nodes],
        levies=_levies(market, levies, place, activities, curves),
        price_scale=market.price_scale[nodes],
        quantity_scale=market.quantity_scale[nodes],
    )
    return Part(part, nodes, activities, curves, levies)


def _levies(market: Market, levies: Int, node_place: Int, activities: Int, curves: Int) -> Levies:
    old = market.levies
    place = _inverse(levies, len(old))
    charge, curve_charge, reference = (
        np.flatnonzero(place[owner] >= 0) for owner in (old.charge_levy, old.curve_levy, old.reference_levy)
    )
    return Levies(
        names=[old.names[at] for at in levies.tolist()],
        charge_levy=place[old.charge_levy[charge]],
        charge_activity=_inverse(activities, market.activities)[old.charge_activity[charge]],
        charge_weight=old.charge_weight[charge],
        curve_levy=place[old.curve_levy[curve_charge]],
        curve_index=_inverse(curves, len(market.curves))[old.curve_index[curve_charge]],
        curve_weight=old.curve_weight[curve_charge],
        reference_levy=place[old.reference_levy[reference]],
        reference_node=node_place[old.reference_node[reference]],
        reference_weight=old.reference_weight[reference],
        floor=old.floor[levies],
        cap=old.cap[levies],
        lower=old.lower[levies],
        self_response=old.self_response[levies],
    )


def arrivals(market: Market, plan: Plan, level: Float, now: int) -> Float:
    """Return what columns of periods before ``now`` deliver from then on, shape (n T,)."""
    owner = market.entry_activity
    late: Bool = (plan.activity[owner] < now) & (plan.node[market.entry_node] >= now)
    arrived = np.zeros(market.nodes)
    np.add.at(arrived, market.entry_node[late], (market.entry_quantity * level[owner])[late])
    return arrived


def _inverse(index: Int, count: int) -> Int:
    place = np.full(count, -1, dtype=np.int64)
    place[index] = np.arange(len(index))
    return place
