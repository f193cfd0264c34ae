r"""Columns: everything that takes from some nodes and delivers to others.

Activity :math:`k` runs at a level :math:`z_k \in [0, u_k]`. Its entries :math:`A_{nk}` (quantity, + delivers,
- takes) and :math:`W_{nk}` (money, same signs) differ only where a wedge such as an ad-valorem duty stands
between what one side pays and the other receives. Its margin is

.. math:: m_k = (W^\top p)_k - c_k - s_k z_k - (E\tau)_k

============= =============================================================================================
constructor   column
============= =============================================================================================
trade         takes 1 at the origin, gives 1 at the destination; duty, tax: :math:`w_i = (1 + r)(1 + e)`
process       takes :math:`1/y` of the input, gives 1 of the output
source        gives 1 (supply block, release of a stock)
sink          takes 1 (use block, public purchase); its cost is minus the price it pays
joint_process takes 1, gives :math:`y_j` of several products
columns       any entries: credits, permits, stock balances
============= =============================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.market.arrays import Float, Int, wide, wide_index

Names = Sequence[str]
Entry = tuple[int, float, float]


@dataclass(frozen=True, slots=True)
class Activities:
    """Columns in compressed form; the entries of column k are ``pointer[k]:pointer[k + 1]``.

    Attributes
    ----------
    names : one name per column.
    pointer : shape (K + 1,).
    node, quantity, money : shape (entries,), node index, :math:`A_{nk}` and :math:`W_{nk}`.
    cost, slope, capacity : shape (K,), :math:`c_k`, :math:`s_k`, :math:`u_k` (inf allowed).
    """

    names: Sequence[str]
    pointer: Int
    node: Int
    quantity: Float
    money: Float
    cost: Float
    slope: Float
    capacity: Float

    def __len__(self) -> int:
        return len(self.names)


def trade(
    names: Names,
    origin: ArrayLike,
    destination: ArrayLike,
    cost: ArrayLike,
    slope: ArrayLike,
    capacity: ArrayLike = np.inf,
    *,
    duty: ArrayLike = 0.0,
    tariff: ArrayLike = 0.0,
    export_tax: ArrayLike = 0.0,
) -> Activities:
    r"""Arcs from one node to another.

    The exporter adds a tax :math:`e` on the price at origin (a rebate where it is negative), and the importer
    pays a ``duty`` :math:`r` on that plus ``cost`` and a specific ``tariff`` :math:`t`:

    .. math:: m = p_o - (1 + r)\big((1 + e) p_i + c\big) - t - s z
    """
    count = len(names)
    rate, tax = wide(duty, count), wide(export_tax, count)
    total = (1.0 + rate) * wide(cost, count) + wide(tariff, count)
    one = np.ones(count)
    paid = -(1.0 + rate) * (1.0 + tax)
    return _two_ended(names, origin, destination, -one, one, paid, one, total, slope, capacity)


def process(
    names: Names,
    inputs: ArrayLike,
    outputs: ArrayLike,
    cost: ArrayLike,
    slope: ArrayLike,
    capacity: ArrayLike = np.inf,
    *,
    yield_: ArrayLike = 1.0,
) -> Activities:
    r"""Processing that takes :math:`1/y` of input per unit of output; level, cost, capacity count output.

    Both ends are in the same unit of content, so that a yield is above 0 and at most 1; where they are not,
    use :func:`columns`.

    Raises
    ------
    ValueOutOfRangeError
        A yield out of range; names the process.
    """
    y = wide(yield_, len(names))
    _require_yield(names, y)
    takes = -1.0 / y
    one = np.ones(len(names))
    return _two_ended(names, inputs, outputs, takes, one, takes, one, cost, slope, capacity)


def source(
    names: Names, node: ArrayLike, cost: ArrayLike, slope: ArrayLike, capacity: ArrayLike = np.inf
) -> Activities:
    """Supply blocks and releases: give one unit per level at marginal cost ``cost + slope * level``."""
    return _one_ended(names, node, 1.0, cost, slope, capacity)


def sink(
    names: Names, node: ArrayLike, cost: ArrayLike, slope: ArrayLike, capacity: ArrayLike = np.inf
) -> Activities:
    """Use blocks and purchases: take one unit per level and pay up to ``-cost - slope * level`` for it."""
    return _one_ended(names, node, -1.0, cost, slope, capacity)


def joint_process(
    names: Names,
    inputs: ArrayLike,
    outputs: ArrayLike,
    yields: ArrayLike,
    cost: ArrayLike,
    slope: ArrayLike,
    capacity: ArrayLike = np.inf,
) -> Activities:
    r"""Processing with several outputs: takes 1 of the input, gives :math:`y_{kj}` of each output j.

    Outputs nobody wants are thrown away at a zero price; the others share the cost. Level, cost and capacity
    count input.

    Parameters
    ----------
    inputs : shape (K,), node indices.
    outputs : shape (m,) or (K, m), node indices of main product and by-products.
    yields : shape (m,) or (K, m), units of output per unit of input, each in its own unit; 0 leaves it out.
    """
    count = len(names)
    node = np.asarray(outputs, dtype=np.int64)
    y = np.asarray(yields, dtype=float)
    shape = (count, max(node.shape[-1] if node.ndim else 1, y.shape[-1] if y.ndim else 1))
    node, y = np.broadcast_to(node, shape), np.broadcast_to(y, shape)
    bad = ~(np.isfinite(y) & (y >= 0.0))
    if bad.any():
        k, j = np.argwhere(bad)[0]
        raise ValueOutOfRangeError(
            f"yield is {y[k, j]:g}", where=f"process {names[k]!r}", allowed="finite and at least 0"
        )
    start = wide_index(inputs, count)
    entries = [
        [
            (int(start[k]), -1.0, -1.0),
            *((int(n), g, g) for n, g in zip(node[k], y[k], strict=True) if g > 0.0),
        ]
        for k in range(count)
    ]
    return columns(names, entries, cost, slope, capacity)


def columns(
    names: Names,
    entries: Sequence[Sequence[Entry]],
    cost: ArrayLike,
    slope: ArrayLike,
    capacity: ArrayLike = np.inf,
) -> Activities:
    """Return columns with any number of ``(node, quantity, money)`` entries each (joint products)."""
    flat = [entry for column in entries for entry in column]
    pointer = np.concatenate([[0], np.cumsum([len(column) for column in entries], dtype=np.int64)])
    return Activities(
        names=names,
        pointer=pointer.astype(np.int64),
        node=np.array([entry[0] for entry in flat], dtype=np.int64),
        quantity=np.array([entry[1] for entry in flat], dtype=float),
        money=np.array([entry[2] for entry in flat], dtype=float),
        cost=wide(cost, len(names)),
        slope=wide(slope, len(names)),
        capacity=wide(capacity, len(names)),
    )


def concatenate_activities(parts: Sequence[Activities]) -> Activities:
    """Return all columns of ``parts`` one after the other."""
    if not parts:
        return columns([], [], 0.0, 0.0)
    offsets = np.concatenate([[0], np.cumsum([len(part.node) for part in parts])[:-1]])
    pointers = [part.pointer[:-1] + offset for part, offset in zip(parts, offsets, strict=True)]
    total = sum(len(part.node) for part in parts)
    return Activities(
        names=[name for part in parts for name in part.names],
        pointer=np.concatenate([*pointers, [total]]).astype(np.int64),
        node=np.concatenate([part.node for part in parts]),
        quantity=np.concatenate([part.quantity for part in parts]),
        money=np.concatenate([part.money for part in parts]),
        cost=np.concatenate([part.cost for part in parts]),
        slope=np.concatenate([part.slope for part in parts]),
        capacity=np.concatenate([part.capacity for part in parts]),
    )


def _require_yield(names: Names, value: Float) -> None:
    good = (value > 0.0) & (value <= 1.0)
    if not good.all():
        at = int(np.flatnonzero(~good)[0])
        raise ValueOutOfRangeError(
            f"yield is {value[at]:g}",
            where=f"process {names[at]!r}",
            allowed="above 0, at most 1: what comes out cannot contain more than what went in",
        )


def _two_ended(
    names: Names,
    first: ArrayLike,
    second: ArrayLike,
    quantity1: Float,
    quantity2: Float,
    money1: Float,
    money2: Float,
    cost: ArrayLike,
    slope: ArrayLike,
    capacity: ArrayLike,
) -> Activities:
    count = len(names)
    start, end = wide_index(first, count), wide_index(second, count)
    if (start == end).any():
        raise ConflictError(
            "leads from a node to itself",
            where=f"activity {names[int(np.argmax(start == end))]!r}",
            allowed="two different nodes",
        )
    return Activities(
        names=names,
        pointer=np.arange(0, 2 * count + 1, 2, dtype=np.int64),
        node=np.stack([start, end], axis=1).ravel(),
        quantity=np.stack([quantity1, quantity2], axis=1).ravel(),
        money=np.stack([money1, money2], axis=1).ravel(),
        cost=wide(cost, count),
        slope=wide(slope, count),
        capacity=wide(capacity, count),
    )


def _one_ended(
    names: Names, node: ArrayLike, sign: float, cost: ArrayLike, slope: ArrayLike, capacity: ArrayLike
) -> Activities:
    count = len(names)
    entry = np.full(count, sign)
    return Activities(
        names=names,
        pointer=np.arange(count + 1, dtype=np.int64),
        node=wide_index(node, count),
        quantity=entry,
        money=entry.copy(),
        cost=wide(cost, count),
        slope=wide(slope, count),
        capacity=wide(capacity, count),
    )
