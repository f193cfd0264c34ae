r"""Blocks: groups of states that meet only in a few rows, such as goods under one budget.

With the coupling rows left out, the columns of every stage fall apart into blocks, each with its own states:

.. math:: A_r v = \sum_m A_{rm} v_m + A_{rc} v_c ,

rows r that touch several blocks or columns c of no block. A row that joins up to w groups of states makes
them one block, one that joins more is a coupling row; w is where blocks less coupling rows are most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.sddp.arrays import Float, Int
from lodestock.sddp.problem import StageProblem


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
    best, most, limit = None, 1, 1
    while True:
        forest = _Forest(kinds, limit)
        blocks = _blocks(problems, kinds, forest)
        worth = blocks.count - max(len(rows) for rows in blocks.shared)
        if blocks.count > 1 and worth >= max(most, 2):
            best, most = blocks, worth
        if forest.next_limit is None:
            return best
        limit = forest.next_limit


def entries_by_row(problem: StageProblem) -> Int:
    """Return the row of every matrix entry."""
    return np.repeat(np.arange(len(problem.row_names), dtype=np.int32), np.diff(problem.row_start))


def parts(problem: StageProblem, blocks: Int, count: int, outcome: int, values: Float) -> Float:
    """Return what each block adds to each row, shape (rows, count + 1), the last for columns of no block."""
    rows = entries_by_row(problem)
    flat = rows * (count + 1) + blocks[problem.column_index]
    amounts = problem.matrix_of(outcome) * values[problem.column_index]
    size = len(problem.row_names) * (count + 1)
    return np.asarray(np.bincount(flat, weights=amounts, minlength=size).reshape(-1, count + 1), np.float64)


def _shape(problem: StageProblem) -> bytes:
    return b"|".join(
        [problem.row_start.tobytes(), problem.column_index.tobytes(), repr(problem.row_names).encode()]
    )


class _Forest:
    """States and columns joined by every row that meets at most ``limit`` groups of states."""

    def __init__(self, kinds: dict[bytes, StageProblem], limit: int) -> None:
        self.n = next(iter(kinds.values())).states
        self.parent = list(range(self.n))
        self.nodes: dict[bytes, list[int]] = {}
        self.next_limit: int | None = None
        for key, problem in kinds.items():
            first, extra = len(self.parent), len(problem.column_names) - 2 * self.n
            self.parent.extend(range(first, first + extra))
            self.nodes[key] = [*range(self.n), *range(self.n), *range(first, first + extra)]
        rows = [
            [self.nodes[key][at] for at in problem.column_index[start:end]]
            for key, problem in kinds.items()
            for start, end in zip(problem.row_start[:-1], problem.row_start[1:], strict=True)
        ]
        while rows:
            waiting, joined = [], []
            for row in rows:
                roots = sorted({self.root(node) for node in row})
                met = sum(root < self.n for root in roots)
                if 0 < met <= limit:
                    for other in roots[1:]:
                        self.parent[other] = roots[0]
                else:
                    waiting.append(row)
                    joined.append(met)
            if len(waiting) == len(rows):
                self.next_limit = min((met for met in joined if met > limit), default=None)
                return
            rows = waiting

    def root(self, node: int) -> int:
        """Return the least node of a group: a state where the group has one."""
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node


def _blocks(problems: tuple[StageProblem, ...], kinds: dict[bytes, StageProblem], forest: _Forest) -> Blocks:
    roots, of_state = np.unique([forest.root(state) for state in range(forest.n)], return_inverse=True)
    number = {int(root): at for at, root in enumerate(roots)}
    count = len(roots)
    found = {
        key: np.array([number.get(forest.root(node), count) for node in nodes], dtype=np.int32)
        for key, nodes in forest.nodes.items()
    }
    of_column = tuple(found[_shape(problem)] for problem in problems)
    shared = {key: _shared(problem, found[key], count) for key, problem in kinds.items()}
    return Blocks(
        count, of_state.astype(np.int32), of_column, tuple(shared[_shape(problem)] for problem in problems)
    )


def _shared(problem: StageProblem, of_column: Int, count: int) -> Int:
    found = []
    for row in range(len(problem.row_names)):
        met = np.unique(of_column[problem.column_index[problem.row_start[row] : problem.row_start[row + 1]]])
        if len(met) > 1 or (len(met) and met[0] == count):
            found.append(row)
    return np.array(found, dtype=np.int32)
