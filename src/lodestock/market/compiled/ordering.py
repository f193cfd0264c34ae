r"""Elimination order of a symmetric pattern, and the envelope that elimination fills.

The order grows a front: the next unknown is the one in the front that brings the fewest new unknowns into
it, the oldest where several do (King 1970). Markets of stages and periods are blocks of countries joined
country by country; such a front takes block after block and never holds much more than the smallest cut, so
elimination in this order is block-tridiagonal elimination without being told what a stage or a period is.

Row i then holds its entries between its first neighbour :math:`l_i` and the last unknown whose row reaches
back to it, :math:`h_i = 1 + \max\{j : l_j \le i\}`; elimination fills nothing outside.

References
----------
King, I. P. (1970). An automatic reordering scheme for simultaneous equations derived from network systems.
International Journal for Numerical Methods in Engineering 2(4), 523-533.
"""

from __future__ import annotations

import numpy as np

from lodestock.market.arrays import Int
from lodestock.market.compiled.jit import compiled


@compiled
def king_order(pointer: Int, neighbour: Int, start: int) -> Int:
    """Return the unknowns in elimination order, beginning at ``start`` (further parts follow by number)."""
    count = len(pointer) - 1
    order = np.empty(count, np.int64)
    state = np.zeros(count, np.int64)  # 0 unseen, 1 in the front, 2 ordered
    unseen = np.empty(count, np.int64)
    for i in range(count):
        unseen[i] = pointer[i + 1] - pointer[i]
    front = np.empty(count, np.int64)
    size, seed = 0, 0
    for step in range(count):
        if size == 0:
            chosen = start
            if state[chosen] != 0:
                while state[seed] != 0:
                    seed += 1
                chosen = seed
            state[chosen] = 1
            for e in range(pointer[chosen], pointer[chosen + 1]):
                unseen[neighbour[e]] -= 1
        else:
            place = 0
            for at in range(1, size):
                if unseen[front[at]] < unseen[front[place]]:
                    place = at
            chosen = front[place]
            for at in range(place, size - 1):
                front[at] = front[at + 1]
            size -= 1
        order[step] = chosen
        state[chosen] = 2
        for e in range(pointer[chosen], pointer[chosen + 1]):
            new = neighbour[e]
            if state[new] == 0:
                state[new] = 1
                front[size] = new
                size += 1
                for g in range(pointer[new], pointer[new + 1]):
                    unseen[neighbour[g]] -= 1
    return order


@compiled
def first_neighbour(pointer: Int, neighbour: Int, place: Int) -> Int:
    """Return per place the first place among its unknown and that unknown's neighbours."""
    first = np.arange(len(place))
    for i in range(len(place)):
        row = place[i]
        for e in range(pointer[i], pointer[i + 1]):
            first[row] = min(first[row], place[neighbour[e]])
    return first


@compiled
def envelope_cost(first: Int) -> int:
    """Return the multiplications of an elimination in this order, roughly: squares of the front's sizes."""
    count = len(first)
    last = np.arange(count)
    for j in range(count):
        last[first[j]] = max(last[first[j]], j)
    total, reach = 0, 0
    for k in range(count):
        reach = max(reach, last[k])
        total += (reach - k) ** 2
    return total


def elimination_order(pointer: Int, neighbour: Int) -> Int:
    """Return the cheapest of three orders: as numbered, and grown from two opposite ends."""
    count = len(pointer) - 1
    numbered = np.arange(count)
    if count == 0:
        return numbered
    grown = king_order(pointer, neighbour, int(np.argmin(np.diff(pointer))))
    back = king_order(pointer, neighbour, int(grown[-1]))
    best, least = numbered, None
    for order in (numbered, grown, back):
        place = np.empty(count, dtype=np.int64)
        place[order] = numbered
        cost = envelope_cost(first_neighbour(pointer, neighbour, place))
        if least is None or cost < least:
            best, least = order, cost
    return best
