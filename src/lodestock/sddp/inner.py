r"""The upper side: a node's programme with its cost-to-go replaced by an inner approximation.

With points :math:`x_k` at which the cost-to-go is at most :math:`v_k`, and plans p that split it into one
function per block m of states, each known at points :math:`x_{pmj}`,

.. math:: \bar\theta(x') = \min\ \textstyle\sum_k s_k v_k + s_0 M + \sum_{pmj} s_{pmj} v_{pmj}
          + \overline{g} \cdot d^+ - \underline{g} \cdot d^-
          \quad\text{s.t.}\quad \sum_k s_k x_k + \sum_{pmj} s_{pmj} x_{pmj} + y + d^+ - d^- = x',\
          s_0 + \sum_k s_k + \sum_p s_p = 1,\ \sum_j s_{pmj} = s_p,\ l s_0 \le y \le u s_0,\ s, d \ge 0 .

It is above the cost-to-go, which is convex, is nowhere on the box of states above M, and has derivatives
between :math:`\underline g` and :math:`\overline g` (Philpott, de Matos and Finardi 2013; the term in
:math:`s_0` and the plans are ours). Parts whose M or g is infinite are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lodestock.errors import InfeasibleError, NotSolvedError
from lodestock.sddp.arrays import Float, Int
from lodestock.sddp.blocks import Blocks
from lodestock.sddp.programme import Programme
from lodestock.sddp.units import Unit

IMPROVEMENT = 1e-12
"""A point must lower the approximation by this share to be added."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A sum of one function per block that is nowhere below the cost-to-go.

    Attributes
    ----------
    points : per block, shape (J, states of the block).
    heights : per block, shape (J,).
    """

    points: tuple[Float, ...]
    heights: tuple[Float, ...]


class Inner:
    """One unit's programme over points and plans.

    ``slope`` has shape (2, n): least and largest derivative of the cost-to-go; ``worst`` is M.
    """

    def __init__(self, unit: Unit, slope: Float, worst: float, blocks: Blocks | None = None) -> None:
        self.unit = unit
        self.slope = slope
        self.worst = worst
        self.blocks = blocks
        self.points = np.zeros((0, unit.problem.states))
        self.heights = np.zeros(0)
        self.plans: list[Plan] = []
        self.build()

    def build(self) -> None:
        """Make the programme anew from stored points and plans."""
        unit, n = self.unit, self.unit.problem.states
        low, high = unit.problem.lower[n : 2 * n], unit.problem.upper[n : 2 * n]
        boxed = bool(np.isfinite(self.worst) and np.isfinite(low).all() and np.isfinite(high).all())
        self.boxed = boxed
        up = np.flatnonzero(np.isfinite(self.slope[1]))
        down = np.flatnonzero(np.isfinite(self.slope[0]))
        share = 1.0 if boxed else 0.0
        free = len(up) + len(down)
        heights = [height for plan in self.plans for height in plan.heights]
        width = len(self.plans) + sum(map(len, heights))
        self.tail_cost: Float = np.concatenate(
            [
                [self.worst if boxed else 0.0, *[0.0] * n, *self.slope[1][up], *-self.slope[0][down]],
                [0.0] * len(self.plans),
                *heights,
            ]
        )
        self.programme = Programme(
            unit.problem,
            self.tail_cost.tolist(),
            [0.0, *[-np.inf] * n, *[0.0] * (free + width)],
            [share, *[np.inf] * (n + free + width)],
        )
        self.known = bool(unit.leaf or boxed or self.plans)
        self.shares: Int = np.zeros(0, dtype=np.int32)
        if unit.leaf:
            return
        first = self.programme.columns
        solver, rows = self.programme.solver, self.programme.rows
        self.first_plan = first + 1 + n + free
        links: list[tuple[list[int], list[float]]] = [
            ([n + at, first + 1 + at], [-1.0, 1.0]) for at in range(n)
        ]
        for side, columns, start in ((1.0, up, 0), (-1.0, down, len(up))):
            for place, at in enumerate(columns.tolist()):
                links[at][0].append(first + 1 + n + start + place)
                links[at][1].append(side)
        sums = self._plan_links(links)
        for index, value in links:
            self._row(0.0, 0.0, index, value)
        self.shares = np.array(
            [first, *range(self.first_plan, self.first_plan + len(self.plans))], dtype=np.int32
        )
        self._row(1.0, 1.0, self.shares.tolist(), [1.0] * len(self.shares))
        for at in range(n):
            if boxed:
                self._row(0.0, np.inf, [first + 1 + at, first], [1.0, -low[at]])
                self._row(-np.inf, 0.0, [first + 1 + at, first], [1.0, -high[at]])
            else:
                solver.changeColBounds(first + 1 + at, 0.0, 0.0)
        for column, parts in sums:
            self._row(0.0, 0.0, [column, *parts], [-1.0, *[1.0] * len(parts)])
        self.link = np.arange(rows, rows + n + 1, dtype=np.int32)
        for point, height in zip(self.points, self.heights, strict=True):
            self._column(point, height)

    def _plan_links(self, links: list[tuple[list[int], list[float]]]) -> list[tuple[int, list[int]]]:
        """Add the parts of plans to the rows of states; return plan columns with those of blocks."""
        sums: list[tuple[int, list[int]]] = []
        at = self.first_plan + len(self.plans)
        self.part_block: list[int] = []
        for number, plan in enumerate(self.plans):
            assert self.blocks is not None
            for block, points in enumerate(plan.points):
                columns = list(range(at, at + len(points)))
                for place, state in enumerate(self.blocks.states(block)):
                    used = np.flatnonzero(points[:, place])
                    links[state][0].extend((at + used).tolist())
                    links[state][1].extend(points[used, place].tolist())
                sums.append((self.first_plan + number, columns))
                self.part_block += [block] * len(columns)
                at += len(points)
        return sums

    def column_blocks(self) -> Int:
        """Return the block of every column, the number of blocks for those of none; not with points."""
        assert self.blocks is not None
        n, blocks = self.unit.problem.states, self.blocks
        node = blocks.of_column[self.unit.nodes[0]]
        slack = [int(b) for at in (1, 0) for b in blocks.of_state[np.isfinite(self.slope[at])]]
        none = [blocks.count]
        parts = [] if self.unit.leaf else [*none * len(self.plans), *self.part_block]
        return np.array([*node, *none, *blocks.of_state[:n], *slack, *parts], dtype=np.int32)

    def solve(self, x: Float, outcome: int) -> float:
        """Return the upper value at a state and an outcome.

        Infinite where no point reaches far enough, and where HiGHS finds no answer: no bound from there.
        """
        if not self.known:
            return np.inf
        try:
            return self.programme.solve(x, outcome)
        except (InfeasibleError, NotSolvedError):
            return np.inf

    def with_plans(self, plans: Sequence[Plan]) -> Inner:
        """Return the same side with these plans and no points."""
        other = Inner(self.unit, self.slope, self.worst, self.blocks)
        other.use_plans(plans)
        return other

    def use_plans(self, plans: Sequence[Plan]) -> None:
        """Put plans in place of those there are, and of the points, which were made without them."""
        self.plans = list(plans)
        self.points, self.heights = self.points[:0], self.heights[:0]
        self.build()

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

    def _column(self, point: Float, height: float | Float) -> None:
        used = np.flatnonzero(point)
        index = np.append(self.link[used], self.link[-1]).astype(np.int32)
        self.programme.solver.addCol(
            float(height), 0.0, np.inf, len(index), index, np.append(point[used], 1.0)
        )
        self.known = True

    def _row(self, lower: float, upper: float, index: list[int], value: list[float]) -> None:
        self.programme.solver.addRow(
            lower, upper, len(index), np.array(index, dtype=np.int32), np.array(value, dtype=np.float64)
        )
