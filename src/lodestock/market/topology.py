"""What depends on the pattern of a market and not on its values: components and scatter positions.

Nodes are joined by activities and by levies (reference nodes and the ends of everything charged).
Components are solved apart, because one step length over independent markets is the length of the worst of
them. A topology can be made once with :func:`analyse` and used for every market with the same pattern.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ConflictError
from lodestock.market.arrays import Int
from lodestock.market.model import Market

if TYPE_CHECKING:
    from lodestock.market.compiled.plan import Plan


@dataclass(frozen=True, slots=True)
class Component:
    """One connected part of a market, with its pattern in local numbering.

    Most columns have at most two entries, their *ports*; a column with one entry has an absent second port
    (entry index -1, node of the first). Entries beyond two are listed apart.

    Attributes
    ----------
    nodes, activities, curves, levies : indices in the market.
    port_entry : shape (2, K), index of the entry in the market; -1 where absent.
    port_node : shape (2, K), local node of each port.
    extra_entry, extra_activity, extra_node : entries beyond two per column.
    position : shape (4, K), flat places in the n x n Jacobian of the port pairs 00, 01, 10, 11.
    pair_position, pair_activity, pair_row, pair_column : the remaining pairs of columns with extra entries;
        row and column are entry indices in the market.
    curve_node : local node of each curve.
    charge : indices of the levy charges on activities that belong here; ``charge_levy`` and
        ``charge_activity`` are local. ``curve_charge``, ``curve_charge_levy``, ``curve_charge_curve``
        likewise, and ``reference``, ``reference_levy``, ``reference_node``.
    plan : places for the compiled kernels; None for a component to be solved with dense matrices.
    """

    nodes: Int
    activities: Int
    curves: Int
    levies: Int
    port_entry: Int
    port_node: Int
    extra_entry: Int
    extra_activity: Int
    extra_node: Int
    position: Int
    pair_position: Int
    pair_activity: Int
    pair_row: Int
    pair_column: Int
    curve_node: Int
    charge: Int
    charge_levy: Int
    charge_activity: Int
    curve_charge: Int
    curve_charge_levy: Int
    curve_charge_curve: Int
    reference: Int
    reference_levy: Int
    reference_node: Int
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Topology:
    """Components of a market and the pattern they were made from."""

    components: tuple[Component, ...]
    pattern: tuple[Int, ...]


LARGE = 1200
"""With more nodes than this a dense matrix costs more than loading the compiler."""


def analyse(market: Market, *, compiled: bool = False) -> Topology:
    """Return the components of ``market`` with their scatter positions.

    Parameters
    ----------
    compiled : plan every component for the compiled kernels, which is worth it for several solves; the last
        few plans are remembered by their pattern. Components of more than 1,200 nodes are always planned.
    """
    pattern = _pattern(market)
    if not compiled:
        return _analysed(market, pattern, compiled)
    key = _digest(pattern)
    with _lock:
        kept = _kept.get(key)
    if kept is None:
        kept = _analysed(market, pattern, compiled)
        with _lock:
            _kept[key] = kept
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return kept


MOST_KEPT = 4
"""Planned topologies remembered by the digest of their pattern, the oldest dropped first."""

_kept: OrderedDict[bytes, Topology] = OrderedDict()
_lock = Lock()


def _digest(pattern: tuple[Int, ...]) -> bytes:
    digest = blake2b(digest_size=16)
    for part in pattern:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(np.ascontiguousarray(part, dtype=np.int64).data)
    return digest.digest()


def _analysed(market: Market, pattern: tuple[Int, ...], compiled: bool) -> Topology:
    label = component_labels(market)
    count = int(label.max()) + 1 if len(label) else 0
    entries = market.entry_pointer[:-1]
    activity_label = label[market.entry_node[entries]] if len(entries) else np.zeros(0, dtype=np.int64)
    curve_label = label[market.curves.node]
    levy_label = _levy_labels(market, label)
    groups = [_grouped(label_of, count) for label_of in (label, activity_label, curve_label, levy_label)]
    components = [_component(market, *parts) for parts in zip(*groups, strict=True)]
    planned = [_planned(part) if compiled or len(part.nodes) > LARGE else part for part in components]
    return Topology(tuple(planned), pattern)


def _planned(component: Component) -> Component:
    from lodestock.market.compiled.plan import make_plan

    return replace(component, plan=make_plan(component))


def check_topology(market: Market, topology: Topology) -> None:
    """Raise when ``topology`` was made from a market with another pattern."""
    for now, then in zip(_pattern(market), topology.pattern, strict=True):
        if now is not then and not np.array_equal(now, then):
            raise ConflictError(
                "the topology belongs to a market with other columns, curves or levies",
                where="solve",
                hint="call analyse(market) again",
            )


def component_labels(market: Market) -> Int:
    """Return the component number of every node, counted in the order of their first nodes."""
    levies = market.levies
    first = market.entry_node[market.entry_pointer[:-1]]
    # groups: one per activity, then one per levy
    node = [market.entry_node]
    group = [market.entry_activity]
    for members, owner in (
        (levies.reference_node, levies.reference_levy),
        (first[levies.charge_activity], levies.charge_levy),
        (market.curves.node[levies.curve_index], levies.curve_levy),
    ):
        node.append(members)
        group.append(owner + market.activities)
    return _labels(np.concatenate(node), np.concatenate(group), market.nodes, market.activities + len(levies))


def _labels(node: Int, group: Int, nodes: int, groups: int) -> Int:
    """Spread the smallest node number over every connected set, doubling the reach in each round."""
    label = np.arange(nodes)
    while True:
        smallest = np.full(groups, nodes)
        np.minimum.at(smallest, group, label[node])
        new = label.copy()
        np.minimum.at(new, node, smallest[group])
        # a label is itself a node: hook the old label's node too, then jump to the label's label
        np.minimum.at(new, label, new)
        new = new[new]
        if np.array_equal(new, label):
            break
        label = new
    return np.unique(label, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _grouped(label: Int, count: int) -> list[Int]:
    """Return, for each label, the increasing positions that carry it."""
    order = np.argsort(label, kind="stable")
    return np.split(order, np.searchsorted(label[order], np.arange(1, count)))


def _levy_labels(market: Market, label: Int) -> Int:
    found = np.full(len(market.levies), -1, dtype=np.int64)
    found[market.levies.reference_levy] = label[market.levies.reference_node]
    return found


def _component(market: Market, nodes: Int, activities: Int, curves: Int, levies: Int) -> Component:
    n, K = len(nodes), len(activities)
    local_node = _inverse(nodes, market.nodes)
    local_activity = _inverse(activities, market.activities)
    local_curve = _inverse(curves, len(market.curves))
    local_levy = _inverse(levies, len(market.levies))

    start, stop = market.entry_pointer[activities], market.entry_pointer[activities + 1]
    second = np.where(stop - start >= 2, start + 1, -1)
    port_entry = np.stack([start, second])
    node0 = local_node[market.entry_node[start]]
    node1 = np.where(second >= 0, local_node[market.entry_node[second]], node0)
    position = np.stack([node0 * n + node0, node0 * n + node1, node1 * n + node0, node1 * n + node1])

    wide = np.flatnonzero(stop - start > 2)
    extra_entry = _ranges(start[wide] + 2, stop[wide])
    extra_activity = np.repeat(wide, (stop - start)[wide] - 2)
    pair_row, pair_column, pair_activity = _remaining_pairs(wide, start, stop)
    pair_position = local_node[market.entry_node[pair_row]] * n + local_node[market.entry_node[pair_column]]

    levy_data = market.levies
    charge = np.flatnonzero(local_levy[levy_data.charge_levy] >= 0)
    curve_charge = np.flatnonzero(local_levy[levy_data.curve_levy] >= 0)
    reference = np.flatnonzero(local_levy[levy_data.reference_levy] >= 0)
    return Component(
        nodes=nodes,
        activities=activities,
        curves=curves,
        levies=levies,
        port_entry=port_entry.reshape(2, K),
        port_node=np.stack([node0, node1]),
        extra_entry=extra_entry,
        extra_activity=extra_activity,
        extra_node=local_node[market.entry_node[extra_entry]],
        position=position,
        pair_position=pair_position,
        pair_activity=pair_activity,
        pair_row=pair_row,
        pair_column=pair_column,
        curve_node=local_node[market.curves.node[curves]],
        charge=charge,
        charge_levy=local_levy[levy_data.charge_levy[charge]],
        charge_activity=local_activity[levy_data.charge_activity[charge]],
        curve_charge=curve_charge,
        curve_charge_levy=local_levy[levy_data.curve_levy[curve_charge]],
        curve_charge_curve=local_curve[levy_data.curve_index[curve_charge]],
        reference=reference,
        reference_levy=local_levy[levy_data.reference_levy[reference]],
        reference_node=local_node[levy_data.reference_node[reference]],
    )


def _remaining_pairs(wide: Int, start: Int, stop: Int) -> tuple[Int, Int, Int]:
    """Return (row entry, column entry, activity) of every entry pair beyond the first two entries."""
    width = (stop - start)[wide]
    owner = np.repeat(wide, width**2)
    place = _ranges(np.zeros_like(width), width**2)
    side = np.repeat(width, width**2)
    row, column = place // side, place % side
    keep = (row >= 2) | (column >= 2)
    owner, row, column = owner[keep], row[keep], column[keep]
    return start[owner] + row, start[owner] + column, owner


def _ranges(start: Int, stop: Int) -> Int:
    """Return the concatenation of ``arange(start[i], stop[i])``."""
    length = stop - start
    if not len(length):
        return np.zeros(0, dtype=np.int64)
    offset = np.repeat(start - np.concatenate([[0], np.cumsum(length)[:-1]]), length)
    ranges: Int = np.arange(int(length.sum())) + offset
    return ranges


def _inverse(index: Int, count: int) -> Int:
    place = np.full(count, -1, dtype=np.int64)
    place[index] = np.arange(len(index))
    return place


def _pattern(market: Market) -> tuple[NDArray[np.int64], ...]:
    levies = market.levies
    return (
        np.array([market.nodes, len(levies)]),
        market.entry_pointer,
        market.entry_node,
        market.curves.node,
        levies.charge_levy,
        levies.charge_activity,
        levies.curve_levy,
        levies.curve_index,
        levies.reference_levy,
        levies.reference_node,
    )
