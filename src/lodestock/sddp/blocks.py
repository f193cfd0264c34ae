r"""Blocks: groups of states that meet only in a few rows, such as goods under one budget.

With the coupling rows left out, the columns of every stage fall apart into blocks, each with its own states:

.. math:: A_r v = \sum_m A_{rm} v_m + A_{rc} v_c ,

rows r that touch several blocks or columns c of no block. Rows are tried from the widest on; a row is a
coupling row when leaving it out is worth more blocks than it is rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.sddp.arrays import Float, Int
from lodestock.sddp.problem import StageProblem

MOST_NAMES = 24
"""Names of rows that are tried as coupling rows."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """Blocks of states, the same at every node.

    Attributes
    ----------
    count : number of blocks M.
    of_state : shape (n,), block of each state.
    of_column : per problem, block of each column, M for columns of no block.
    shared : per problem, rows that touch more than one block or a column of no block.
    """

    count: int
    of_state: Int
    of_column: tuple[Int, ...]
    shared: tuple[Int, ...]

    def states(self, block: int) -> Int:
        """Return the numbers of a block's states."""
        return np.flatnonzero(self.of_state == block).astype(np.int32)


def find_blocks(problems: tuple[StageProblem, ...]) -> Blocks | None:
    """Return the blocks of a model's stages, or None where its states hang together."""
    kinds: dict[bytes, StageProblem] = {}
    for problem in problems:
        kinds.setdefault(_shape(problem), problem)
    width: dict[str, tuple[int, int]] = {}
    for problem in kinds.values():
        for row, name in enumerate(problem.row_names):
            columns = problem.column_index[problem.row_start[row] : problem.row_start[row + 1]]
            size = (len(columns), int((columns >= 2 * problem.states).sum()))
            width[name] = max(width.get(name, size), size)
    tried = sorted(width, key=lambda name: (*(-size for size in width[name]), name))[:MOST_NAMES]
    counts = [_count(kinds, set(tried[:left_out])) for left_out in range(len(tried) + 1)]
    best = int(np.argmax([count - left_out for left_out, count in enumerate(counts)]))
    if counts[best] < 2:
        return None
    coupling = set(tried[:best])
    for name in reversed(tried[:best]):
        if _count(kinds, coupling - {name}) == counts[best]:
            coupling.discard(name)
    of_state = _merged(kinds, coupling)
    count = int(of_state.max()) + 1
    found = {key: _columns(problem, coupling, of_state, count) for key, problem in kinds.items()}
    of_column = tuple(found[_shape(problem)] for problem in problems)
    shared = tuple(_shared(*pair, count) for pair in zip(problems, of_column, strict=True))
    return Blocks(count, of_state, of_column, shared)


def entries_by_row(problem: StageProblem) -> Int:
    """Return the row of every matrix entry."""
    return np.repeat(np.arange(len(problem.row_names), dtype=np.int32), np.diff(problem.row_start))


def parts(problem: StageProblem, blocks: Int, count: int, outcome: int, values: Float) -> Float:
    """Return what each block adds to each row, shape (rows, count + 1), the last for columns of no block."""
    rows = entries_by_row(problem)
    flat = rows * (count + 1) + blocks[problem.column_index]
    amounts = problem.matrix_of(outcome) * values[problem.column_index]
    size = len(problem.row_names) * (count + 1)
    return np.bincount(flat, weights=amounts, minlength=size).reshape(-1, count + 1)


def _shape(problem: StageProblem) -> bytes:
    return b"|".join(
        [problem.row_start.tobytes(), problem.column_index.tobytes(), repr(problem.row_names).encode()]
    )


def _components(problem: StageProblem, coupling: set[str]) -> Int:
    """Return a component number for every column; the two columns of a state belong together."""
    n, size = problem.states, len(problem.column_names)
    label = np.arange(size, dtype=np.int32)
    label[n : 2 * n] = label[:n]
    groups = [
        problem.column_index[problem.row_start[row] : problem.row_start[row + 1]]
        for row, name in enumerate(problem.row_names)
        if name not in coupling
    ]
    members: dict[int, list[int]] = {}
    for column, at in enumerate(label):
        members.setdefault(int(at), []).append(column)
    for group in groups:
        met = sorted({int(label[column]) for column in group})
        for other in met[1:]:
            moved = members.pop(other)
            label[moved] = met[0]
            members[met[0]] += moved
    return label


def _merged(kinds: dict[bytes, StageProblem], coupling: set[str]) -> Int:
    """Return the block of each state over all kinds of stages."""
    n = next(iter(kinds.values())).states
    label = np.arange(n, dtype=np.int32)
    for problem in kinds.values():
        own = _components(problem, coupling)[:n]
        for component in np.unique(own):
            met = np.unique(label[own == component])
            label[np.isin(label, met)] = met.min()
    return np.unique(label, return_inverse=True)[1].astype(np.int32)


def _count(kinds: dict[bytes, StageProblem], coupling: set[str]) -> int:
    return int(_merged(kinds, coupling).max(initial=-1)) + 1


def _columns(problem: StageProblem, coupling: set[str], of_state: Int, count: int) -> Int:
    label, n = _components(problem, coupling), problem.states
    block = {int(label[state]): int(of_state[state]) for state in range(n)}
    return np.array([block.get(int(at), count) for at in label], dtype=np.int32)


def _shared(problem: StageProblem, of_column: Int, count: int) -> Int:
    found = []
    for row in range(len(problem.row_names)):
        met = np.unique(of_column[problem.column_index[problem.row_start[row] : problem.row_start[row + 1]]])
        if len(met) > 1 or (len(met) and met[0] == count):
            found.append(row)
    return np.array(found, dtype=np.int32)
