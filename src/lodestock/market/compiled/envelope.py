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

from lodestock.market.arrays import Float, Int
from lodestock.market.compiled.jit import compiled, inner
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
def _multipliers(row: Float, k: int, a: Float, b: Float, c: Float, d: Float) -> tuple[float, ...]:
    """Return the four multipliers of a row against four finished rows, and store them in it."""
    l0 = row[k] / a[0]
    l1 = (row[k + 1] - l0 * a[1]) / b[1]
    l2 = (row[k + 2] - l0 * a[2] - l1 * b[2]) / c[2]
    l3 = (row[k + 3] - l0 * a[3] - l1 * b[3] - l2 * c[3]) / d[3]
    row[k], row[k + 1], row[k + 2], row[k + 3] = l0, l1, l2, l3
    return l0, l1, l2, l3


@compiled
def factorise(matrix: Float, begin: Int, end: Int, offset: Int) -> None:
    """Replace ``matrix`` by its factors: multipliers below the diagonal, U on and above it."""
    for block in range(len(begin)):
        low, width, at = begin[block], end[block] - begin[block], offset[block]
        row0 = matrix[at : at + width]
        row1 = matrix[at + width : at + 2 * width]
        row2 = matrix[at + 2 * width : at + 3 * width]
        row3 = matrix[at + 3 * width : at + 4 * width]
        for done in range(low // 4, block):
            # the finished rows from their own diagonal block on
            skip, wide = 4 * done - begin[done], end[done] - begin[done]
            there, span = offset[done], end[done] - 4 * done
            a = matrix[there + skip : there + skip + span]
            b = matrix[there + wide + skip : there + wide + skip + span]
            c = matrix[there + 2 * wide + skip : there + 2 * wide + skip + span]
            d = matrix[there + 3 * wide + skip : there + 3 * wide + skip + span]
            k = 4 * done - low
            p0, p1, p2, p3 = _multipliers(row0, k, a, b, c, d)
            q0, q1, q2, q3 = _multipliers(row1, k, a, b, c, d)
            r0, r1, r2, r3 = _multipliers(row2, k, a, b, c, d)
            s0, s1, s2, s3 = _multipliers(row3, k, a, b, c, d)
            to0, to1 = row0[k : k + span], row1[k : k + span]
            to2, to3 = row2[k : k + span], row3[k : k + span]
            for j in range(4, span):
                aj, bj, cj, dj = a[j], b[j], c[j], d[j]
                to0[j] -= p0 * aj + p1 * bj + p2 * cj + p3 * dj
                to1[j] -= q0 * aj + q1 * bj + q2 * cj + q3 * dj
                to2[j] -= r0 * aj + r1 * bj + r2 * cj + r3 * dj
                to3[j] -= s0 * aj + s1 * bj + s2 * cj + s3 * dj
        k = 4 * block - low
        for pivot in range(3):
            above = matrix[at + pivot * width : at + (pivot + 1) * width]
            for r in range(pivot + 1, 4):
                row = matrix[at + r * width : at + (r + 1) * width]
                share = row[k + pivot] / above[k + pivot]
                row[k + pivot] = share
                for j in range(k + pivot + 1, width):
                    row[j] -= share * above[j]


@inner
def _dot(one: Float, other: Float) -> float:
    """Return the inner product, in four strands so that it runs at full width."""
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    whole = len(one) // 4 * 4
    for j in range(0, whole, 4):
        s0 += one[j] * other[j]
        s1 += one[j + 1] * other[j + 1]
        s2 += one[j + 2] * other[j + 2]
        s3 += one[j + 3] * other[j + 3]
    for j in range(whole, len(one)):
        s0 += one[j] * other[j]
    return (s0 + s1) + (s2 + s3)


@compiled
def substitute(matrix: Float, begin: Int, end: Int, offset: Int, x: Float) -> None:
    """Replace ``x`` (in elimination order, padded to blocks) by the solution of ``L U x = x``."""
    blocks = len(begin)
    for block in range(blocks):
        low, width, at = begin[block], end[block] - begin[block], offset[block]
        for r in range(4):
            i = 4 * block + r
            row = matrix[at + r * width : at + r * width + i - low]
            x[i] -= _dot(row, x[low:i])
    for block in range(blocks - 1, -1, -1):
        low, high, at = begin[block], end[block], offset[block]
        width = high - low
        for r in range(3, -1, -1):
            i = 4 * block + r
            row = matrix[at + r * width + i - low : at + (r + 1) * width]
            x[i] = (x[i] - _dot(row[1:], x[i + 1 : high])) / row[0]
