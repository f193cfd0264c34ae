r"""The upper side: a node's programme with its cost-to-go replaced by an inner approximation.

With points :math:`x_k` at which the cost-to-go is at most :math:`v_k`,

.. math:: \bar\theta(x') = \min\ \textstyle\sum_k s_k v_k + s_0 M
          + \overline{g} \cdot d^+ - \underline{g} \cdot d^-
          \quad\text{s.t.}\quad \sum_k s_k x_k + y + d^+ - d^- = x',\ s_0 + \sum_k s_k = 1,\
          l s_0 \le y \le u s_0,\ s, d \ge 0 .

It is above the cost-to-go, which is convex, is nowhere on the box of states above M, and has derivatives
between :math:`\underline g` and :math:`\overline g` (Philpott, de Matos and Finardi 2013; the term in
:math:`s_0` is ours: convexity over the box needs no derivative). Parts whose M or g is infinite are left out.
"""

from __future__ import annotations

import numpy as np

from lodestock.errors import InfeasibleError
from lodestock.sddp.arrays import Float
from lodestock.sddp.programme import Programme
from lodestock.sddp.units import Unit

IMPROVEMENT = 1e-12
"""A point must lower the approximation by this share to be added."""


class Inner:
    """One unit's programme over points.

    ``slope`` has shape (2, n): least and largest derivative of the cost-to-go; ``worst`` is M.
    """

    def __init__(self, unit: Unit, slope: Float, worst: float) -> None:
        self.unit = unit
        self.slope = slope
        self.worst = worst
        self.points = np.zeros((0, unit.problem.states))
        self.heights = np.zeros(0)
        self.build()

    def build(self) -> None:
        """Make the programme anew from stored points."""
        unit, n = self.unit, self.unit.problem.states
        low, high = unit.problem.lower[n : 2 * n], unit.problem.upper[n : 2 * n]
        boxed = bool(np.isfinite(self.worst) and np.isfinite(low).all() and np.isfinite(high).all())
        up = np.flatnonzero(np.isfinite(self.slope[1]))
        down = np.flatnonzero(np.isfinite(self.slope[0]))
        share = 1.0 if boxed else 0.0
        free = [np.inf] * (len(up) + len(down))
        self.programme = Programme(
            unit.problem,
            [self.worst if boxed else 0.0, *[0.0] * n, *self.slope[1][up], *-self.slope[0][down]],
            [0.0, *[-np.inf] * n, *[0.0] * len(free)],
            [share, *[np.inf] * n, *free],
        )
        self.known = bool(unit.leaf or boxed)
        if unit.leaf:
            return
        first = self.programme.columns
        solver, rows = self.programme.solver, self.programme.rows
        for at in range(n):
            index, value = [n + at, first + 1 + at], [-1.0, 1.0]
            for side, columns, start in ((1.0, up, 0), (-1.0, down, len(up))):
                place = np.flatnonzero(columns == at)
                if len(place):
                    index.append(first + 1 + n + start + int(place[0]))
                    value.append(side)
            self._row(0.0, 0.0, index, value)
        self._row(1.0, 1.0, [first], [1.0])
        for at in range(n):
            if boxed:
                self._row(0.0, np.inf, [first + 1 + at, first], [1.0, -low[at]])
                self._row(-np.inf, 0.0, [first + 1 + at, first], [1.0, -high[at]])
            else:
                solver.changeColBounds(first + 1 + at, 0.0, 0.0)
        self.link = np.arange(rows, rows + n + 1, dtype=np.int32)
        for point, height in zip(self.points, self.heights, strict=True):
            self._column(point, float(height))

    def solve(self, x: Float, outcome: int) -> float:
        """Return the upper value at a state and an outcome; infinite when no point reaches far enough."""
        if not self.known:
            return np.inf
        try:
            return self.programme.solve(x, outcome)
        except InfeasibleError:
            return np.inf

    def add_point(self, point: Float, height: float) -> None:
        """Add a point at which the cost-to-go is at most ``height``."""
        if not np.isfinite(height):
            return
        if len(self.points):
            same = np.flatnonzero(np.abs(self.points - point).max(axis=1, initial=0.0) <= 1e-9)
            if len(same):
                self._lower(int(same[0]), height)
                return
        self.points = np.vstack([self.points, point])
        self.heights = np.append(self.heights, height)
        self._column(point, height)

    def _lower(self, at: int, height: float) -> None:
        if height < self.heights[at] - IMPROVEMENT * max(1.0, abs(height)):
            self.heights[at] = height
            self.programme.solver.changeColCost(self._first_point + at, height)

    @property
    def _first_point(self) -> int:
        return int(self.programme.solver.getNumCol()) - len(self.points)

    def _column(self, point: Float, height: float) -> None:
        used = np.flatnonzero(point)
        index = np.append(self.link[used], self.link[-1]).astype(np.int32)
        self.programme.solver.addCol(height, 0.0, np.inf, len(index), index, np.append(point[used], 1.0))
        self.known = True

    def _row(self, lower: float, upper: float, index: list[int], value: list[float]) -> None:
        self.programme.solver.addRow(
            lower, upper, len(index), np.array(index, dtype=np.int32), np.array(value, dtype=np.float64)
        )
