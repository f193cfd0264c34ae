r"""The lower side: a node's programme with cuts below its cost-to-go.

Single cut: :math:`\theta \ge h_k + g_k x'`. Multi-cut: one :math:`\theta_b` per branch b and, for every
adjusted probability q met so far, :math:`\theta \ge \delta \sum_b q_b \theta_b`, which holds because the risk
measure is the largest such sum. With a context y the cost-to-go is :math:`\theta + \mu \cdot y`, the concave
interpolation in y of what the cuts say (Dowson, Morton and Pagnoncelli 2020).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lodestock.sddp.arrays import Float
from lodestock.sddp.cuts import CutPool, Selection
from lodestock.sddp.programme import Programme
from lodestock.sddp.units import Unit

CutKind = Literal["single", "multi"]
CUT_KINDS: tuple[CutKind, ...] = ("single", "multi")
BATCH = 20
"""Cuts that may pile up in an LP before those worth nothing leave it."""
TINY = 1e-11
"""Slopes below this are replaced by their least effect over the box of states."""
LARGE = 1e6
"""Cuts of this height and above are scaled down in the LP, whose tolerances do not grow with numbers."""
SCALED = 1e4
"""What the highest cut is scaled to."""


class Outer:
    """One unit's programme under cuts."""

    def __init__(self, unit: Unit, branches: int, kind: CutKind, selection: Selection) -> None:
        self.unit = unit
        self.kind = kind
        self.weights: list[Float] = []
        pools = branches if kind == "multi" else 1
        n = unit.problem.states
        self.pools = [CutPool(n, unit.context, selection) for _ in range(0 if unit.leaf else pools)]
        self.build()

    def build(self) -> None:
        """Make the programme anew from stored cuts: the same numbers give the same pivots.

        Costs-to-go are counted in units of ``scale``, a power of two.
        """
        unit, q = self.unit, self.unit.context
        self.scale = self._scale()
        several = len(self.pools) if self.kind == "multi" else 0
        theta = -np.inf if q else unit.floor / self.scale
        self.programme = Programme(
            unit.problem,
            [self.scale] + [0.0] * (q + several),
            [0.0 if unit.leaf else theta]
            + [0.0 if unit.leaf else -np.inf] * q
            + [unit.branch_floor / self.scale] * several,
            [0.0 if unit.leaf else np.inf] + [0.0 if unit.leaf else np.inf] * q + [np.inf] * several,
        )
        self.theta = self.programme.columns
        self.outgoing = np.arange(unit.problem.states, 2 * unit.problem.states, dtype=np.int32)
        self.multiplier = np.arange(self.theta + 1, self.theta + 1 + q, dtype=np.int32)
        self.first_branch = self.theta + 1 + q
        self.in_programme: list[tuple[int, int]] = []
        self.fixed_rows = self.programme.rows
        self.since_selection = 0
        if not unit.leaf:
            for corner in unit.corners:
                self._row(unit.floor / self.scale, [self.theta, *self.multiplier], [1.0, *corner])
                self.fixed_rows += 1
            for weight in self.weights:
                self._weight_row(weight)
            for at, pool in enumerate(self.pools):
                for k in sorted(pool.worth_keeping(self.programme.state_lower, self.programme.state_upper)):
                    self._cut_row(at, k)

    def solve(self, x: Float, outcome: int, context: Float | None) -> float:
        """Solve at a state, an outcome and a context; return the objective."""
        if context is None or not self.unit.context:
            return self.programme.solve(x, outcome)
        self.programme.solver.changeColsCost(len(self.multiplier), self.multiplier, context * self.scale)
        return self.programme.solve(x, outcome, context if self.unit.problem.price_names else None)

    def value(self, x: Float) -> float:
        """Return the present lower value of the cost-to-go at a state, for single cuts without context."""
        return max(self.unit.floor, self.pools[0].value(x))

    def add_cut(
        self, slope: Float, height: float, point: Float, context: Float | None = None, branch: int = 0
    ) -> None:
        """Add the cut ``theta >= height + slope x'`` made at a point."""
        pool = self.pools[branch]
        slope, height = self._without_tiny(slope, height)
        empty = np.zeros(0) if context is None or not self.unit.context else context
        k = pool.add(slope, height, empty, point)
        if max(LARGE, abs(height)) > LARGE * self.scale:
            self.build()
            return
        if pool.selection != "level-one" or pool.best_cut[k] == k:
            self._cut_row(branch, k)
        elif (branch, int(pool.best_cut[k])) not in self.in_programme:
            self._cut_row(branch, int(pool.best_cut[k]))
        self.since_selection += 1
        if self.since_selection >= BATCH * len(self.pools):
            self.select()

    def add_weight(self, q: Float) -> None:
        """Add ``theta >= discount * sum q theta_b`` unless it is there already."""
        if not any(np.allclose(q, old, rtol=0.0, atol=1e-12) for old in self.weights):
            self.weights.append(q.copy())
            self.build()

    def select(self) -> None:
        """Remove from the LP the cuts that are worth nothing now, bring back those that are."""
        self.since_selection = 0
        lower, upper = self.programme.state_lower, self.programme.state_upper
        wanted = {(at, k) for at, pool in enumerate(self.pools) for k in pool.worth_keeping(lower, upper)}
        leaving = [at for at, cut in enumerate(self.in_programme) if cut not in wanted]
        if leaving:
            rows = np.array([self.fixed_rows + at for at in leaving], dtype=np.int32)
            self.programme.solver.deleteRows(len(rows), rows)
            self.in_programme = [cut for cut in self.in_programme if cut in wanted]
        for branch, k in sorted(wanted - set(self.in_programme)):
            self._cut_row(branch, k)

    def _cut_row(self, branch: int, k: int) -> None:
        pool = self.pools[branch]
        column = self.first_branch + branch if self.kind == "multi" else self.theta
        used = np.flatnonzero(pool.slope[k])
        index = [column, *self.multiplier, *self.outgoing[used]]
        slope = -pool.slope[k][used] / self.scale
        self._row(float(pool.height[k]) / self.scale, index, [1.0, *pool.context[k], *slope])
        self.in_programme.append((branch, k))

    def _weight_row(self, q: Float) -> None:
        columns = [self.theta, *range(self.first_branch, self.first_branch + len(q))]
        self._row(0.0, columns, [1.0, *(-self.unit.discount * q)])
        self.fixed_rows += 1

    def _scale(self) -> float:
        highest = max((float(np.abs(p.height[: p.count]).max(initial=0.0)) for p in self.pools), default=0.0)
        return 1.0 if highest <= LARGE else 2.0 ** round(np.log2(highest / SCALED))

    def _row(self, lower: float, index: list[int], value: list[float]) -> None:
        self.programme.solver.addRow(
            lower, np.inf, len(index), np.array(index, dtype=np.int32), np.array(value, dtype=np.float64)
        )

    def _without_tiny(self, slope: Float, height: float) -> tuple[Float, float]:
        tiny = (np.abs(slope) < TINY) & (slope != 0.0)
        if not tiny.any():
            return slope, height
        ends = slope[tiny] * np.stack([self.programme.state_lower[tiny], self.programme.state_upper[tiny]])
        least = np.where(np.isfinite(ends).all(axis=0), ends.min(axis=0), 0.0)
        return np.where(tiny, 0.0, slope), height + float(least.sum())
