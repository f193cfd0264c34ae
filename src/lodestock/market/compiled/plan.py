r"""What compiled kernels need to know about a component: where everything lies in the envelope.

The unknowns are the prices of the nodes and, as *slots* of their own, the levies that watch several nodes (a
zone's mean price); such a slot follows its last reference node, so that its pivot
:math:`\kappa + \omega N J^{-1} C` is there when its turn comes. A levy that watches one node j and charges
only activities at j is *local*: its column lies inside column j, and it needs no slot (see
:mod:`.direction`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lodestock.market.arrays import Float, Int
from lodestock.market.compiled.envelope import BLOCK, flat_place, make_envelope
from lodestock.market.compiled.ordering import elimination_order

if TYPE_CHECKING:
    from lodestock.market.system import System
    from lodestock.market.topology import Component


class Plan(NamedTuple):
    """Places of one component, all flat places in the envelope; -1 where there is none.

    Attributes
    ----------
    begin, end, offset : see :class:`.envelope.Envelope`; ``length`` of the storage has shape (1,).
    node_slot : shape (n,), row of every node; ``padding`` are diagonal places of rows that fill the blocks.
    node_diagonal : shape (n,).
    port_node, position : as in ``Component``, positions in the envelope.
    extra_activity, extra_node, pair_position, pair_activity : likewise.
    curve_node : shape (J,).
    charge_levy, charge_activity, charge_position : shape (charges,), (charges,), (2, charges): the two ports
        in the levy's column, in the envelope for a levy with a slot, else in the list of local columns.
    wide_charge, wide_extra, wide_position : charge, extra entry and place of the further rows.
    curve_charge_levy, curve_charge_curve, curve_charge_position : likewise for curves.
    reference_levy, reference_node, reference_position : entries of N; places in the levy's row.
    levy_slot, levy_diagonal : shape (L,).
    local_node, local_pointer, local_slot, local_position : node of every local levy, and the rows and places
        of that node's column.
    """

    begin: Int
    end: Int
    offset: Int
    length: Int
    node_slot: Int
    padding: Int
    node_diagonal: Int
    port_node: Int
    position: Int
    extra_activity: Int
    extra_node: Int
    pair_position: Int
    pair_activity: Int
    curve_node: Int
    charge_levy: Int
    charge_activity: Int
    charge_position: Int
    wide_charge: Int
    wide_extra: Int
    wide_position: Int
    curve_charge_levy: Int
    curve_charge_curve: Int
    curve_charge_position: Int
    reference_levy: Int
    reference_node: Int
    reference_position: Int
    levy_slot: Int
    levy_diagonal: Int
    local_node: Int
    local_pointer: Int
    local_slot: Int
    local_position: Int


class Values(NamedTuple):
    """Numbers of one component in scaled units; names as in :class:`.system.System`, N as a list."""

    P: Float
    Q: Float
    A: Float
    W: Float
    extra_A: Float  # noqa: N815
    extra_W: Float  # noqa: N815
    coefficient: Float
    pair_coefficient: Float
    c: Float
    s: Float
    u: Float
    y: Float
    sign: Float
    breaks: Float
    a1: Float
    e1: Float
    a2: Float
    e2: Float
    price_weight: Float
    price_shift: Float
    E: Float
    F: Float
    N: Float
    f: Float
    cap: Float
    lower: Float
    self_response: Float


def make_plan(component: Component) -> Plan:
    """Return the plan of a component."""
    part, n = component, len(component.nodes)
    row, column = _node_pairs(part)
    local_node = _local_nodes(part)
    slotted = np.flatnonzero(local_node < 0)
    pointer, neighbour = _compressed(n, row, column)
    levy_slot, place, slots = _slots(part, elimination_order(pointer, neighbour), slotted)

    charge_rows = part.port_node[:, part.charge_activity]
    charge_column = _column_slot(part.charge_levy, local_node, levy_slot, place)
    wide_charge, wide_extra = _wide_charges(part)
    curve_rows = part.curve_node[part.curve_charge_curve]
    curve_column = _column_slot(part.curve_charge_levy, local_node, levy_slot, place)
    own = levy_slot[part.reference_levy] >= 0
    reference_row = levy_slot[part.reference_levy[own]]

    joined = [
        (place[row], place[column]),
        (place[charge_rows[0]], charge_column),
        (place[charge_rows[1]], charge_column),
        (place[part.extra_node[wide_extra]], charge_column[wide_charge]),
        (place[curve_rows], curve_column),
        (place[part.reference_node[own]], reference_row),
    ]
    pointer, neighbour = _compressed(
        slots, np.concatenate([a for a, _ in joined]), np.concatenate([b for _, b in joined])
    )
    envelope = make_envelope(pointer, neighbour, np.arange(slots))

    def at(rows: Int, columns: Int) -> Int:
        return np.ascontiguousarray(flat_place(envelope, rows, columns))

    reference_position = np.full(len(part.reference), -1, dtype=np.int64)
    reference_position[own] = at(reference_row, place[part.reference_node[own]])
    levy_diagonal = np.full(len(part.levies), -1, dtype=np.int64)
    levy_diagonal[slotted] = at(levy_slot[slotted], levy_slot[slotted])
    local_pointer, local_slot, local_position = _local_columns(local_node, place, pointer, neighbour, at)
    local_key = np.repeat(np.arange(len(part.levies)), np.diff(local_pointer)) * slots + local_slot
    sorted_key = np.argsort(local_key)

    def charged(levies: Int, rows: Int, columns: Int) -> Int:
        found = at(rows, columns)
        local = local_node[levies] >= 0
        key = np.searchsorted(local_key[sorted_key], (levies * slots + rows)[local])
        found[local] = sorted_key[key]
        return found

    spare = np.arange(slots, len(envelope.begin) * BLOCK)
    first, second = part.port_node
    pair_row, pair_column = part.pair_position // max(n, 1), part.pair_position % max(n, 1)
    return Plan(
        begin=envelope.begin,
        end=envelope.end,
        offset=envelope.offset,
        length=np.array([envelope.length]),
        node_slot=place,
        padding=at(spare, spare),
        node_diagonal=at(place, place),
        port_node=np.ascontiguousarray(part.port_node),
        position=np.stack([at(place[a], place[b]) for a in (first, second) for b in (first, second)]),
        extra_activity=part.extra_activity,
        extra_node=part.extra_node,
        pair_position=at(place[pair_row], place[pair_column]),
        pair_activity=part.pair_activity,
        curve_node=part.curve_node,
        charge_levy=part.charge_levy,
        charge_activity=part.charge_activity,
        charge_position=np.stack(
            [charged(part.charge_levy, place[rows], charge_column) for rows in charge_rows]
        ),
        wide_charge=wide_charge,
        wide_extra=wide_extra,
        wide_position=charged(
            part.charge_levy[wide_charge], place[part.extra_node[wide_extra]], charge_column[wide_charge]
        ),
        curve_charge_levy=part.curve_charge_levy,
        curve_charge_curve=part.curve_charge_curve,
        curve_charge_position=charged(part.curve_charge_levy, place[curve_rows], curve_column),
        reference_levy=part.reference_levy,
        reference_node=part.reference_node,
        reference_position=reference_position,
        levy_slot=levy_slot,
        levy_diagonal=levy_diagonal,
        local_node=local_node,
        local_pointer=local_pointer,
        local_slot=local_slot,
        local_position=local_position,
    )


def values_of(system: System) -> Values:
    """Return the numbers of a system, each array a contiguous copy of its own."""
    part, curves = system.component, system.curves

    def copied(values: Float) -> Float:
        return np.array(values, dtype=np.float64, order="C")

    return Values(
        P=copied(system.P),
        Q=copied(system.Q),
        A=copied(system.A),
        W=copied(system.W),
        extra_A=copied(system.extra_A),
        extra_W=copied(system.extra_W),
        coefficient=copied(system.coefficient),
        pair_coefficient=copied(system.pair_coefficient),
        c=copied(system.c),
        s=copied(system.s),
        u=copied(system.u),
        y=copied(system.y),
        sign=copied(curves.sign),
        breaks=copied(curves.breaks),
        a1=copied(curves.a1),
        e1=copied(curves.e1),
        a2=copied(curves.a2),
        e2=copied(curves.e2),
        price_weight=copied(curves.price_weight),
        price_shift=copied(curves.price_shift),
        E=copied(system.E),
        F=copied(system.F),
        N=copied(system.N[part.reference_levy, part.reference_node] / _times_watched(part)),
        f=copied(system.f),
        cap=copied(system.cap),
        lower=copied(system.lower),
        self_response=copied(system.self_response),
    )


def _times_watched(part: Component) -> Int:
    """Return how often each reference entry's levy watches that same node."""
    key = part.reference_levy * max(len(part.nodes), 1) + part.reference_node
    _, group, times = np.unique(key, return_inverse=True, return_counts=True)
    return np.asarray(times[group.reshape(-1)], dtype=np.int64)


def _node_pairs(part: Component) -> tuple[Int, Int]:
    """Return the node pairs that share an activity, each pair at least once."""
    n = max(len(part.nodes), 1)
    row = np.concatenate([part.port_node[0], part.pair_position // n])
    return row, np.concatenate([part.port_node[1], part.pair_position % n])


def _compressed(count: int, row: Int, column: Int) -> tuple[Int, Int]:
    """Return pointer and neighbours of the symmetric pattern, without the diagonal."""
    keep = row != column
    one, other = row[keep], column[keep]
    key = np.unique(np.concatenate([one * count + other, other * count + one]))
    degree = np.bincount(key // max(count, 1), minlength=count)
    return np.concatenate([[0], np.cumsum(degree)]).astype(np.int64), key % max(count, 1)


def _local_nodes(part: Component) -> Int:
    """Return the node of every local levy, -1 for the others.

    Local levies watch one node and charge only activities and curves there. Only one of them may be local to
    a node, and only where no levy with a slot watches it: while a levy holds a price, that price is no
    unknown.
    """
    count = len(part.levies)
    watched = np.bincount(part.reference_levy, minlength=count)
    node = np.full(count, -1, dtype=np.int64)
    node[part.reference_levy] = part.reference_node
    node[watched != 1] = -1
    touches = (part.port_node[:, part.charge_activity] == node[part.charge_levy]).any(axis=0)
    node[part.charge_levy[~touches]] = -1
    own_curve = part.curve_node[part.curve_charge_curve] == node[part.curve_charge_levy]
    node[part.curve_charge_levy[~own_curve]] = -1
    chosen, first = np.unique(node, return_index=True)
    alone = np.full(count, -1, dtype=np.int64)
    alone[first[chosen >= 0]] = chosen[chosen >= 0]
    with_slot = part.reference_node[alone[part.reference_levy] < 0]
    alone[np.isin(alone, with_slot)] = -1
    return alone


def _slots(part: Component, order: Int, slotted: Int) -> tuple[Int, Int, int]:
    """Return the slot of every levy (-1 without), of every node, and their number."""
    n = len(part.nodes)
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    last = np.full(len(part.levies), -1, dtype=np.int64)
    np.maximum.at(last, part.reference_levy, rank[part.reference_node])
    # sorted by rank, a levy after the node it waits for
    key = np.concatenate([2 * rank, 2 * last[slotted] + 1])
    sorted_place = np.empty(len(key), dtype=np.int64)
    sorted_place[np.argsort(key, kind="stable")] = np.arange(len(key))
    levy_slot = np.full(len(part.levies), -1, dtype=np.int64)
    levy_slot[slotted] = sorted_place[n:]
    return levy_slot, sorted_place[:n].copy(), len(key)


def _column_slot(levy: Int, local_node: Int, levy_slot: Int, place: Int) -> Int:
    """Return the column in which a charge of ``levy`` stands."""
    node = local_node[levy]
    return np.where(node >= 0, place[np.maximum(node, 0)] if len(place) else node, levy_slot[levy])


def _wide_charges(part: Component) -> tuple[Int, Int]:
    """Return (charge, extra entry) for every charge on a column with more than two entries."""
    # extra entries stand in the order of their columns
    first = np.searchsorted(part.extra_activity, part.charge_activity, side="left")
    count = np.searchsorted(part.extra_activity, part.charge_activity, side="right") - first
    charge = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return charge, np.arange(len(charge)) + np.repeat(first - before, count)


def _local_columns(
    local_node: Int, place: Int, pointer: Int, neighbour: Int, at: Callable[[Int, Int], Int]
) -> tuple[Int, Int, Int]:
    """Return pointer, rows and places of the columns in which local levies stand."""
    begin, rows, columns = [0], [], []
    for node in local_node.tolist():
        if node >= 0:
            slot = int(place[node])
            own = np.concatenate([[slot], neighbour[pointer[slot] : pointer[slot + 1]]]).astype(np.int64)
            rows.append(own)
            columns.append(np.full(len(own), slot, dtype=np.int64))
        begin.append(sum(map(len, rows)))
    none = np.zeros(0, dtype=np.int64)
    row, column = np.concatenate([none, *rows]), np.concatenate([none, *columns])
    return np.array(begin, dtype=np.int64), row, at(row, column)
