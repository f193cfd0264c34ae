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

from lodestock.sddp.arrays import Float
from lodestock.sddp.blocks import Blocks, parts
from lodestock.sddp.inner import Inner


@dataclass(frozen=True, eq=False)
class Division:
    """One division of the rows at an outcome.

    Attributes
    ----------
    value : of the whole programme where the division was made.
    slope : shape (n,), its derivative.
    block_value : shape (M,), cost of each block there.
    low, high : bounds of the divided rows.
    shares : of points and plans in the cost-to-go, kept fixed.
    common : values of the columns of no block.
    copy_low, copy_high : bounds of their copies.
    """

    outcome: int
    value: float
    slope: Float
    block_value: Float
    low: Float
    high: Float
    shares: Float
    common: Float
    copy_low: Float
    copy_high: Float


class Divided:
    """Divides the rows of one unit's upper programme, which must be built anew afterwards."""

    def __init__(self, inner: Inner, blocks: Blocks) -> None:
        self.inner = inner
        self.count = blocks.count
        problem, node = inner.unit.problem, inner.unit.nodes[0]
        self.of_column = blocks.of_column[node]
        self.common = np.flatnonzero(self.of_column == self.count).astype(np.int32)
        solver = inner.programme.solver
        self.block_of = np.concatenate(
            [inner.column_blocks(), np.tile(np.arange(self.count), len(self.common))]
        )
        self.first_copy = int(solver.getNumCol())
        place = {int(column): at for at, column in enumerate(self.common)}
        none = np.zeros(0, dtype=np.int32)
        for column in self.common:
            for _ in range(self.count):
                solver.addCol(float(problem.cost[column]), 0.0, 0.0, 0, none, np.zeros(0))
        self.copies = np.arange(self.first_copy, solver.getNumCol(), dtype=np.int32)
        self.pairs: list[tuple[int, int]] = []
        self.touching: list[int] = []
        self.where: dict[tuple[int, int], list[tuple[int, int]]] = {}
        first_row = int(solver.getNumRow())
        for row in blocks.shared[node].tolist():
            span = slice(problem.row_start[row], problem.row_start[row + 1])
            columns, entries = problem.column_index[span], problem.entry[span]
            own = self.of_column[columns]
            touching = [int(b) for b in np.unique(own) if b < self.count] or list(range(self.count))
            for block in touching:
                index: list[int] = []
                value: list[float] = []
                for column, entry, b in zip(columns.tolist(), entries.tolist(), own.tolist(), strict=True):
                    if b not in (block, self.count):
                        continue
                    at = column if b == block else self.first_copy + place[column] * self.count + block
                    self.where.setdefault((row, column), []).append((first_row + len(self.pairs), at))
                    index.append(at)
                    value.append(entry)
                solver.addRow(
                    -np.inf,
                    np.inf,
                    len(index),
                    np.array(index, dtype=np.int32),
                    np.array(value, dtype=np.float64),
                )
                self.pairs.append((row, block))
                self.touching.append(len(touching))
        self.shared = blocks.shared[node]
        self.rows = np.arange(first_row, first_row + len(self.pairs), dtype=np.int32)
        self.pair_row = np.array([row for row, _ in self.pairs], dtype=np.int32)
        self.pair_block = np.array([block for _, block in self.pairs], dtype=np.int32)
        self.outcome = 0

    def divide(self, x: Float, outcome: int) -> Division | None:
        """Solve the whole programme and divide it; None where it has no bound."""
        inner, problem = self.inner, self.inner.unit.problem
        self.release()
        value = inner.solve(x, outcome)
        if not np.isfinite(value):
            return None
        solution = inner.programme.solver.getSolution()
        values = np.array(solution.col_value)
        used = parts(problem, self.of_column, self.count, outcome, values)
        lower, upper = problem.bounds_of(outcome)
        total, touching = used.sum(axis=1), np.array(self.touching)
        own = used[self.pair_row, self.pair_block]
        left = np.maximum(upper - total, 0.0)[self.pair_row] / touching
        over = np.maximum(total - lower, 0.0)[self.pair_row] / touching
        common = values[self.common]
        room = np.maximum(problem.upper[self.common] - common, 0.0) / self.count
        fall = np.minimum(problem.lower[self.common] - common, 0.0) / self.count
        shares = np.maximum(values[inner.shares], 0.0)
        return Division(
            outcome,
            value,
            np.array(solution.col_dual[: len(x)]),
            self._block_values(values, outcome),
            own - over,
            own + left,
            shares / max(shares.sum(), 1e-300),
            common,
            np.repeat(fall, self.count),
            np.repeat(room, self.count),
        )

    def solve(self, x: Float, division: Division) -> tuple[Float, Float] | None:
        """Return cost by block and its derivative at another incoming state; None where infeasible."""
        inner, solver = self.inner, self.inner.programme.solver
        outcome = division.outcome
        inner.programme.set_outcome(outcome)
        if outcome != self.outcome:
            self._set_outcome(outcome)
        free = np.full(len(self.shared), np.inf)
        solver.changeRowsBounds(len(free), self.shared, -free, free)
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

    def release(self) -> None:
        """Make the programme whole again."""
        inner, solver = self.inner, self.inner.programme.solver
        free = np.full(len(self.rows), np.inf)
        solver.changeRowsBounds(len(self.rows), self.rows, -free, free)
        lower, upper = inner.unit.problem.bounds_of(max(inner.programme.outcome, 0))
        solver.changeRowsBounds(len(self.shared), self.shared, lower[self.shared], upper[self.shared])
        if len(inner.shares):
            most = np.full(len(inner.shares), np.inf)
            most[0] = 1.0 if inner.boxed else 0.0
            solver.changeColsBounds(len(most), inner.shares, np.zeros(len(most)), most)
        if len(self.copies):
            none = np.zeros(len(self.copies))
            solver.changeColsBounds(len(none), self.copies, none, none)
            problem = inner.unit.problem
            solver.changeColsBounds(
                len(self.common), self.common, problem.lower[self.common], problem.upper[self.common]
            )

    def _block_values(self, values: Float, outcome: int) -> Float:
        cost, _ = self.inner.unit.problem.cost_of(outcome, None)
        every = np.concatenate([cost, self.inner.tail_cost, np.repeat(cost[self.common], self.count)])
        sums = np.bincount(self.block_of, weights=every * values, minlength=self.count + 1)
        return np.asarray(sums[: self.count], dtype=np.float64)

    def _set_outcome(self, outcome: int) -> None:
        """Give divided rows and copies the random entries and costs of an outcome."""
        problem, solver = self.inner.unit.problem, self.inner.programme.solver
        self.outcome = outcome
        for at, (row, column, _) in enumerate(problem.random_entry.tolist()):
            for divided, place in self.where.get((row, column), ()):
                solver.changeCoeff(divided, place, float(problem.random_entry_value[outcome, at]))
        if len(self.copies) and np.isin(self.common, problem.random_column).any():
            cost, _ = problem.cost_of(outcome, None)
            solver.changeColsCost(len(self.copies), self.copies, np.repeat(cost[self.common], self.count))
