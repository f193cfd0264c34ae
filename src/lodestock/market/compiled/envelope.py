r"""Elimination without pivoting in an envelope, four rows at a time.

Rows come in blocks of four that share their first column and their end, both multiples of four, so that
every inner loop runs over contiguous numbers:

.. math:: M = L U, \qquad M_{ij} \leftarrow M_{ij} - \sum_{k < \min(i, j)} L_{ik} U_{kj}

Place (i, j) of block b = i // 4 lies at ``offset[b] + (i % 4) * (end[b] - begin[b]) + j - begin[b]``.
Matrices of markets are close to diagonally dominant, which is why pivots are not searched for; a pivot that
is not finite or zero shows in the solution, and the caller turns to a method that searches.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy import uint64

from lodestock.market.arrays import Float, Int
from lodestock.market.compiled.jit import compiled, inner, reordering
from lodestock.market.compiled.ordering import first_neighbour

BLOCK = 4


class Envelope(NamedTuple):
    """Storage of a matrix: per block of rows the first column, the end and the offset; and the length."""

    begin: Int
    end: Int
    offset: Int
    length: int


def make_envelope(pointer: Int, neighbour: Int, place: Int) -> Envelope:
    """Return the envelope of a symmetric pattern whose unknown i stands at ``place[i]``."""
    count = len(place)
    blocks = -(-count // BLOCK)
    first = np.full(blocks * BLOCK, blocks * BLOCK, dtype=np.int64)
    first[:count] = first_neighbour(pointer, neighbour, place)
    begin = first.reshape(blocks, BLOCK).min(axis=1, initial=blocks * BLOCK) // BLOCK * BLOCK
    begin = np.minimum(begin, np.arange(blocks) * BLOCK)
    end = np.arange(1, blocks + 1) * BLOCK
    np.maximum.at(end, begin // BLOCK, end.copy())
    end = np.maximum.accumulate(end)
    size = BLOCK * (end - begin)
    offset = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    return Envelope(begin, end, offset[:-1].copy(), int(offset[-1]))


def flat_place(envelope: Envelope, row: Int, column: Int) -> Int:
    """Return where the entries (row, column) lie in the storage."""
    block = row // BLOCK
    width = envelope.end[block] - envelope.begin[block]
    found: Int = envelope.offset[block] + row % BLOCK * width + column - envelope.begin[block]
    return found


@inner
def _multipliers(
    matrix: Float, row: int, above: int, width: int, inverse: Float, pivot: int
) -> tuple[float, float, float, float]:
    """Return and store the multipliers of the row at ``row`` against the four finished ones at ``above``."""
    l0 = matrix[row] * inverse[pivot]
    l1 = (matrix[row + 1] - l0 * matrix[above + 1]) * inverse[pivot + 1]
    l2 = matrix[row + 2] - l0 * matrix[above + 2] - l1 * matrix[above + width + 2]
    l2 *= inverse[pivot + 2]
    l3 = matrix[row + 3] - l0 * matrix[above + 3] - l1 * matrix[above + width + 3]
    l3 = (l3 - l2 * matrix[above + 2 * width + 3]) * inverse[pivot + 3]
    matrix[row], matrix[row + 1], matrix[row + 2], matrix[row + 3] = l0, l1, l2, l3
    return l0, l1, l2, l3


@inner
def _update(
    matrix: Float, rows: int, width: int, above: int, wide: int, span: int, inverse: Float, pivot: int
) -> None:
    """Take the four rows at ``above`` out of the four at ``rows``, from the pivots on over ``span`` columns.

    Indices are unsigned: with signed ones every access would first ask whether it counts from the end, and
    the loop would not run at full width.
    """
    p0, p1, p2, p3 = _multipliers(matrix, rows, above, wide, inverse, pivot)
    q0, q1, q2, q3 = _multipliers(matrix, rows + width, above, wide, inverse, pivot)
    r0, r1, r2, r3 = _multipliers(matrix, rows + 2 * width, above, wide, inverse, pivot)
    s0, s1, s2, s3 = _multipliers(matrix, rows + 3 * width, above, wide, inverse, pivot)
    for j in range(4, span):
        a, b = matrix[uint64(above + j)], matrix[uint64(above + wide + j)]
        c, d = matrix[uint64(above + 2 * wide + j)], matrix[uint64(above + 3 * wide + j)]
        matrix[uint64(rows + j)] -= p0 * a + p1 * b + p2 * c + p3 * d
        matrix[uint64(rows + width + j)] -= q0 * a + q1 * b + q2 * c + q3 * d
        matrix[uint64(rows + 2 * width + j)] -= r0 * a + r1 * b + r2 * c + r3 * d
        matrix[uint64(rows + 3 * width + j)] -= s0 * a + s1 * b + s2 * c + s3 * d


@compiled
def factorise(matrix: Float, begin: Int, end: Int, offset: Int) -> None:
    """Replace ``matrix`` by its factors: multipliers below the diagonal, U on and above it."""
    inverse = np.empty(4 * len(begin))
    for block in range(len(begin)):
        low, width, at = begin[block], end[block] - begin[block], offset[block]
        for done in range(low // 4, block):
            skip, wide = 4 * done - begin[done], end[done] - begin[done]
            rows, above = at + 4 * done - low, offset[done] + skip
            _update(matrix, rows, width, above, wide, wide - skip, inverse, 4 * done)
        k = 4 * block - low
        for pivot in range(4):
            above = at + pivot * width
            inverse[4 * block + pivot] = 1.0 / matrix[above + k + pivot]
            for r in range(pivot + 1, 4):
                row = at + r * width
                share = matrix[row + k + pivot] * inverse[4 * block + pivot]
                matrix[row + k + pivot] = share
                for j in range(k + pivot + 1, width):
                    matrix[uint64(row + j)] -= share * matrix[uint64(above + j)]


@reordering
def _dot(matrix: Float, row: int, x: Float, first: int, count: int) -> float:
    """Return the inner product of a stretch of a row and a stretch of ``x``."""
    total = 0.0
    for j in range(count):
        total += matrix[uint64(row + j)] * x[uint64(first + j)]
    return total


@compiled
def substitute(matrix: Float, begin: Int, end: Int, offset: Int, x: Float) -> None:
    """Replace ``x`` (in elimination order, padded to blocks) by the solution of ``L U x = x``."""
    blocks = len(begin)
    for block in range(blocks):
        low, width, at = begin[block], end[block] - begin[block], offset[block]
        for r in range(4):
            i = 4 * block + r
            x[i] -= _dot(matrix, at + r * width, x, low, i - low)
    for block in range(blocks - 1, -1, -1):
        low, high, at = begin[block], end[block], offset[block]
        width = high - low
        for r in range(3, -1, -1):
            i = 4 * block + r
            pivot = at + r * width + i - low
            x[i] = (x[i] - _dot(matrix, pivot + 1, x, i + 1, high - i - 1)) / matrix[pivot]
