r"""An upper programme whose coupling rows are divided among blocks.

At the optimum of the whole programme block m uses :math:`a_{rm}` of row r. Give every block that much, an
equal part of what is left, and its own copy :math:`\delta_{cm}` of each column c of no block:

.. math:: A_{rm} v_m + \sum_c A_{rc} \delta_{cm}
          \le a_{rm} + \frac{b_r - \sum_m a_{rm} - A_{rc} v_c}{M_r},\qquad
          \delta_{cm} \in \Big[\frac{l_c - v_c}{M}, \frac{u_c - v_c}{M}\Big] .

Any choice of the blocks is then feasible together, so the sum of their least costs is not below the whole
programme's, whatever the incoming state, and equal to it where the division was made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.sddp.arrays import Float, Int
from lodestock.sddp.blocks import Blocks, parts
from lodestock.sddp.inner import Inner

LEAST_SHARE = 1e-9
"""A plan with less is left out of a division."""


@dataclass(frozen=True, eq=False)
class Division:
    """One division of the rows at an outcome.

    Attributes
    ----------
    value : of the whole programme where the division was made.
    slope : shape (n,), its derivative.
    block_value : shape (M,), cost of each block there.
    low, high : bounds of the divided rows.
    active : plans with a share in the cost-to-go.
    shares : of the ceiling and of the active plans, kept fixed.
    common : values of the columns of no block.
    copy_low, copy_high : bounds of their copies.
    """

    outcome: int
    active: tuple[int, ...]
    value: float
    slope: Float
    block_value: Float
    low: Float
    high: Float
    shares: Float
    common: Float
    copy_low: Float
    copy_high: Float


def divide(inner: Inner, blocks: Blocks, x: Float, outcome: int) -> Division | None:
    """Solve a whole programme over plans and divide it; None where it has no bound or leans on points."""
    value = np.inf if len(inner.points) else inner.solve(x, outcome)
    if not np.isfinite(value):
        return None
    problem, node = inner.unit.problem, inner.unit.nodes[0]
    of_column, count = blocks.of_column[node], blocks.count
    solution = inner.programme.solver.getSolution()
    values = np.array(solution.col_value)
    used = parts(problem, of_column, count, outcome, values)
    lower, upper = problem.bounds_of(outcome)
    total = used.sum(axis=1)
    rows, members, touching = divided_rows(inner, blocks)
    own = used[rows, members]
    left = np.maximum(upper - total, 0.0)[rows] / touching
    over = np.maximum(total - lower, 0.0)[rows] / touching
    free = np.flatnonzero(of_column == count)
    common = values[free]
    shares = np.where(values[inner.shares] > LEAST_SHARE, values[inner.shares], 0.0)
    active = tuple(int(at) for at in np.flatnonzero(shares[1:]))
    return Division(
        outcome,
        active,
        value,
        np.array(solution.col_dual[: len(x)]),
        block_sums(inner, blocks, values, outcome),
        own - over,
        own + left,
        shares[[0, *(1 + at for at in active)]] / max(shares.sum(), 1e-300) if len(shares) else shares,
        common,
        np.repeat(np.minimum(problem.lower[free] - common, 0.0) / count, count),
        np.repeat(np.maximum(problem.upper[free] - common, 0.0) / count, count),
    )


def divided_rows(inner: Inner, blocks: Blocks) -> tuple[Int, Int, Int]:
    """Return row and block of every divided row, and how many blocks its row touches."""
    problem, node = inner.unit.problem, inner.unit.nodes[0]
    found: list[tuple[int, int, int]] = []
    for row in blocks.shared[node].tolist():
        columns = problem.column_index[problem.row_start[row] : problem.row_start[row + 1]]
        own = np.unique(blocks.of_column[node][columns])
        touching = own[own < blocks.count].tolist() or list(range(blocks.count))
        found += [(row, block, len(touching)) for block in touching]
    rows, members, touching = np.array(found, dtype=np.int32).reshape(-1, 3).T
    return rows, members, touching


def block_sums(inner: Inner, blocks: Blocks, values: Float, outcome: int) -> Float:
    """Return the cost of each block in a solution of a whole programme."""
    cost, _ = inner.unit.problem.cost_of(outcome, None)
    of_column = inner.column_blocks()
    weights = np.concatenate([cost, inner.tail_cost])
    sums = np.bincount(of_column, weights=weights * values[: len(of_column)], minlength=blocks.count + 1)
    return np.asarray(sums[: blocks.count], dtype=np.float64)


class Divided:
    """One unit's upper programme with its rows divided, and with the plans that are in use only."""

    def __init__(self, whole: Inner, blocks: Blocks, active: tuple[int, ...]) -> None:
        self.inner = whole.with_plans([whole.plans[at] for at in active])
        self.blocks = blocks
        problem, node = whole.unit.problem, whole.unit.nodes[0]
        of_column, count = blocks.of_column[node], blocks.count
        self.common = np.flatnonzero(of_column == count).astype(np.int32)
        self.shared = blocks.shared[node]
        solver = self.inner.programme.solver
        self.block_of = np.concatenate(
            [self.inner.column_blocks(), np.tile(np.arange(count), len(self.common))]
        )
        first_copy = int(solver.getNumCol())
        place = {int(column): first_copy + at * count for at, column in enumerate(self.common)}
        none = np.zeros(0, dtype=np.int32)
        for column in np.repeat(self.common, count):
            solver.addCol(float(problem.cost[column]), 0.0, 0.0, 0, none, np.zeros(0))
        self.copies = np.arange(first_copy, solver.getNumCol(), dtype=np.int32)
        rows, members, _ = divided_rows(self.inner, blocks)
        first_row = int(solver.getNumRow())
        self.rows = np.arange(first_row, first_row + len(rows), dtype=np.int32)
        self.where: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for at, row, block in zip(self.rows.tolist(), rows.tolist(), members.tolist(), strict=True):
            span = slice(problem.row_start[row], problem.row_start[row + 1])
            index: list[int] = []
            value: list[float] = []
            for column, entry in zip(
                problem.column_index[span].tolist(), problem.entry[span].tolist(), strict=True
            ):
                if of_column[column] not in (block, count):
                    continue
                there = column if of_column[column] == block else place[column] + block
                self.where.setdefault((row, column), []).append((at, there))
                index.append(there)
                value.append(entry)
            solver.addRow(
                -np.inf,
                np.inf,
                len(index),
                np.array(index, dtype=np.int32),
                np.array(value, dtype=np.float64),
            )
        free = np.full(len(self.shared), np.inf)
        self.free = (-free, free)
        self.outcome = 0

    def solve(self, x: Float, division: Division) -> tuple[Float, Float] | None:
        """Return cost by block and its derivative at another incoming state; None where infeasible."""
        inner, solver = self.inner, self.inner.programme.solver
        outcome = division.outcome
        inner.programme.set_outcome(outcome)
        if outcome != self.outcome:
            self._set_outcome(outcome)
        solver.changeRowsBounds(len(self.shared), self.shared, *self.free)
        solver.changeRowsBounds(len(self.rows), self.rows, division.low, division.high)
        if len(inner.shares):
            solver.changeColsBounds(len(inner.shares), inner.shares, division.shares, division.shares)
        if len(self.copies):
            solver.changeColsBounds(len(self.copies), self.copies, division.copy_low, division.copy_high)
            solver.changeColsBounds(len(self.common), self.common, division.common, division.common)
        if not inner.programme.attempt(x, outcome):
            return None
        solution = solver.getSolution()
        return self._block_values(np.array(solution.col_value), outcome), np.array(
            solution.col_dual[: len(x)]
        )

    def _block_values(self, values: Float, outcome: int) -> Float:
        cost, _ = self.inner.unit.problem.cost_of(outcome, None)
        count = self.blocks.count
        every = np.concatenate([cost, self.inner.tail_cost, np.repeat(cost[self.common], count)])
        sums = np.bincount(self.block_of, weights=every * values, minlength=count + 1)
        return np.asarray(sums[:count], dtype=np.float64)

    def _set_outcome(self, outcome: int) -> None:
        """Give divided rows and copies the random entries and costs of an outcome."""
        problem, solver = self.inner.unit.problem, self.inner.programme.solver
        self.outcome = outcome
        for at, (row, column, _) in enumerate(problem.random_entry.tolist()):
            for divided, place in self.where.get((row, column), ()):
                solver.changeCoeff(divided, place, float(problem.random_entry_value[outcome, at]))
        if len(self.copies) and np.isin(self.common, problem.random_column).any():
            cost, _ = problem.cost_of(outcome, None)
            solver.changeColsCost(
                len(self.copies), self.copies, np.repeat(cost[self.common], self.blocks.count)
            )
