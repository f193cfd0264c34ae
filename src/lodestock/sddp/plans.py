r"""Plans: the cost-to-go split into one function per block, which many states need where points do not reach.

At a centre :math:`x^*` the rows of every branch b are divided among the blocks (`divided`). With the cost
:math:`w_{bm}(x_m)` of block m and the whole cost :math:`z_b` at the centre,

.. math:: U_m(x_m) = \delta F_b\Big[ w_{bm}(x_m) - w_{bm}(x^*_m) + \frac{z_b}{M} \Big],\qquad
          V(x) \le \sum_m U_m(x_m),\quad \text{equal to } \delta F_b[z_b] \text{ at } x^* .

It holds for every coherent measure F, which is subadditive, and is tight at the centre because all blocks
have the same :math:`z_b / M` there. Carpentier, Chancelier, De Lara and Pacaud (2020) bound by divided
resources; here the division is made anew at every stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lodestock.sddp.arrays import Float
from lodestock.sddp.divided import Divided, Division, divide
from lodestock.sddp.engine import Engine, adjusted, measured
from lodestock.sddp.inner import Plan
from lodestock.sddp.risk import Expectation

CANDIDATES = 60
"""Visited states among which points of a plan are chosen."""
PATHS = 100
"""Sampled paths whose states a sweep looks at."""
ENOUGH = 2e-5
"""Share of the value at the centre by which a plan may stay above its tangents before points are added."""


class Planner:
    """Makes plans of units whose followers have theirs."""

    def __init__(self, engine: Engine) -> None:
        assert engine.inner is not None
        blocks = engine.inner[0].blocks
        assert blocks is not None
        self.engine = engine
        self.inner = engine.inner
        self.blocks = blocks
        self.divided: dict[tuple[int, tuple[int, ...]], Divided] = {}
        self.members = [blocks.states(block) for block in range(blocks.count)]

    def plans(self, group: Sequence[int], centre: Float, candidates: Float, rounds: int) -> list[Plan] | None:
        """Return the plan at a centre for every unit of a group that shares its branches.

        Points are the centre, the least and the largest of the candidates, and up to ``rounds`` more: in each
        block the candidate at which the plan is furthest above its tangents.
        """
        engine, count = self.engine, self.blocks.count
        branches = engine.units.branches(group[0], None)
        place, firsts = engine.distinct(branches)
        divisions: list[tuple[Divided, Division]] = []
        for at in firsts:
            branch = branches[at]
            division = divide(self.inner[branch.unit], self.blocks, centre, branch.outcome)
            if division is None:
                return None
            divisions.append((self._divided(branch.unit, division.active), division))
        whole = np.array([division.value for _, division in divisions])
        base = np.stack([division.block_value for _, division in divisions])
        shift = whole[:, None] / count - base
        weight = adjusted(engine.units.units[group[0]].risk, branches, whole[place])
        weight = np.asarray(np.bincount(place, weights=weight, minlength=len(firsts)), dtype=np.float64)
        points, costs = [centre], [base + shift]
        heights = [weight @ (base + shift)]
        slopes = [weight @ np.stack([division.slope for _, division in divisions])]
        low, high = candidates.min(axis=0), candidates.max(axis=0)
        for step in range(rounds + 2):
            if step < 2:
                x = low if step == 0 else high
            else:
                x, gap = self._furthest(group[0], points, heights, slopes, candidates)
                if gap <= ENOUGH * abs(float(weight @ whole)):
                    break
            found = [divided.solve(x, division) for divided, division in divisions]
            if any(one is None for one in found):
                continue
            solved = [one for one in found if one is not None]
            cost = np.stack([value for value, _ in solved]) + shift
            points.append(x)
            costs.append(cost)
            heights.append(weight @ cost)
            slopes.append(weight @ np.stack([slope for _, slope in solved]))
        return [self._plan(unit, np.stack(points), np.stack(costs)[:, place]) for unit in group]

    def use(self, plans: dict[int, list[Plan]]) -> None:
        """Put plans of some units in use."""
        self.divided.clear()
        for unit, own in plans.items():
            self.inner[unit].use_plans(own)

    def _divided(self, unit: int, active: tuple[int, ...]) -> Divided:
        if (unit, active) not in self.divided:
            self.divided[unit, active] = Divided(self.inner[unit], self.blocks, active)
        return self.divided[unit, active]

    def _furthest(
        self, unit: int, points: list[Float], heights: list[Float], slopes: list[Float], candidates: Float
    ) -> tuple[Float, float]:
        """Return, block by block, the candidate furthest from its tangents, and how far that is in all."""
        X, V, G = np.stack(points), np.stack(heights), np.stack(slopes)
        steep = self.inner[unit].slope / max(self.engine.units.units[unit].discount, 1e-300)
        x, distance = candidates[0].copy(), 0.0
        for block, members in enumerate(self.members):
            there = candidates[:, members]
            if len(members) == 1:
                at = int(members[0])
                x[at], error = widest_on_line(X[:, at], V[:, block], G[:, at], there[:, 0])
            else:
                move = there[:, None, :] - X[None][:, :, members]
                below = (V[:, block] + (move * G[None][:, :, members]).sum(axis=2)).max(axis=1)
                rise = np.maximum(move * steep[1][members], move * steep[0][members]).sum(axis=2)
                away = (V[:, block] + rise).min(axis=1) - below
                best = int(np.argmax(away))
                x[members], error = there[best], float(away[best])
            distance += max(error, 0.0)
        return x, distance

    def _plan(self, unit: int, X: Float, costs: Float) -> Plan:
        """Return the plan of a unit from points (J, n) and costs of its branches (J, B, M)."""
        item = self.engine.units.units[unit]
        branches = self.engine.units.branches(unit, None)
        if isinstance(item.risk, Expectation):
            p = np.array([branch.probability for branch in branches])
            heights = np.tensordot(p, costs, axes=(0, 1))
        else:
            heights = np.array(
                [[measured(item.risk, branches, cost) for cost in of_point.T] for of_point in costs]
            )
        heights = item.discount * heights
        points, kept = [], []
        for block, members in enumerate(self.members):
            use = lower_hull(X[:, members], heights[:, block])
            points.append(X[use][:, members])
            kept.append(heights[use, block])
        return Plan(tuple(points), tuple(kept))


def widest_on_line(x: Float, value: Float, slope: Float, candidates: Float) -> tuple[float, float]:
    """Return where to value a convex function of one state next, and the mean distance left at candidates.

    Of the intervals between known points the one that leaves candidates furthest between chord and tangents
    is split where its tangents meet: a kink of the function, if it has one there.
    """
    order = np.lexsort((value, x))
    x, value, slope = x[order], value[order], slope[order]
    above = np.interp(candidates, x, value)
    below = (value + (candidates[:, None] - x) * slope).max(axis=1)
    away = np.maximum(above - below, 0.0)
    right = np.clip(np.searchsorted(x, candidates), 1, max(len(x) - 1, 1))
    if len(x) < 2:
        return float(candidates[np.argmax(away)]), float(away.mean())
    best = int(np.argmax(np.bincount(right, weights=away, minlength=len(x))))
    a, b = best - 1, best
    turn = slope[b] - slope[a]
    if turn > 1e-12 * max(abs(slope[a]), abs(slope[b]), 1e-300):
        meet = (value[a] - slope[a] * x[a] - value[b] + slope[b] * x[b]) / turn
        if x[a] < meet < x[b]:
            return float(meet), float(away.mean())
    return float(candidates[np.argmax(np.where(right == best, away, -1.0))]), float(away.mean())


def lower_hull(points: Float, heights: Float) -> list[int]:
    """Return the numbers of the points that a convex function through them needs; all in more dimensions."""
    order = np.lexsort((heights, *points.T[::-1]))
    kept: list[int] = []
    for at in order.tolist():
        if kept and np.abs(points[at] - points[kept[-1]]).max() <= 1e-9:
            continue
        while points.shape[1] == 1 and len(kept) > 1:
            a, b = kept[-2], kept[-1]
            run, rise = points[at, 0] - points[a, 0], heights[at] - heights[a]
            if heights[b] < heights[a] + rise * (points[b, 0] - points[a, 0]) / run - 1e-12 * abs(heights[b]):
                break
            kept.pop()
        kept.append(at)
    return kept


def centres(visited: Float, count: int, scale: Float, rng: np.random.Generator) -> Float:
    """Return up to ``count`` means of clusters of visited states (Lloyd's method), distances in money."""
    if len(visited) <= count:
        return visited
    x = visited * scale
    found = x[rng.choice(len(x), count, replace=False)]
    means = visited[:count].copy()
    for _ in range(12):
        nearest = ((x[:, None] - found[None]) ** 2).sum(axis=2).argmin(axis=1)
        for at in range(count):
            mine = nearest == at
            if mine.any():
                found[at], means[at] = x[mine].mean(axis=0), visited[mine].mean(axis=0)
    return means


Make = Callable[[Sequence[int], Sequence[Float], Float, int], list[list[Plan] | None]]
"""Plans of a group at several centres: (group, centres, candidates, rounds)."""
Share = Callable[[dict[int, list[Plan]]], None]
"""Puts the plans of some units in use."""


def plan_sweep(
    engine: Engine,
    rng: np.random.Generator,
    effort: tuple[int, int],
    longest: int,
    make: Make,
    share: Share,
    enough: Callable[[], bool] = lambda: False,
) -> None:
    """Make plans for every unit anew, from the last to the first, at the centres of what sampled paths visit.

    ``effort`` is the number of centres per unit and of rounds of points. Stops early once ``enough()``: plans
    are valid one by one, so those made by then serve.
    """
    assert engine.inner is not None
    assert engine.depth is not None
    most, rounds = effort
    depth, visited = engine.depth, [list[Float]() for _ in engine.inner]
    for _ in range(PATHS):
        for step in engine.forward(rng, longest):
            visited[step.unit].append(step.outgoing)
    for group in sorted(set(engine.mates), key=lambda group: -depth[group[0]]):
        pool = [x for unit in group for x in visited[unit]]
        if engine.units.units[group[0]].leaf or not pool:
            continue
        if enough():
            return
        chosen = rng.choice(len(pool), min(CANDIDATES, len(pool)), replace=False)
        candidates = np.stack([pool[at] for at in chosen])
        scale = {unit: np.abs(engine.inner[unit].slope).max(axis=0) for unit in group}
        found = [
            centre
            for unit in group
            if visited[unit]
            for centre in centres(np.stack(visited[unit]), most, scale[unit], rng)
        ]
        made = [pair for pair in zip(found, make(group, found, candidates, rounds), strict=True) if pair[1]]
        if not made:
            continue
        at = np.stack([centre for centre, _ in made])
        use: dict[int, list[Plan]] = {}
        for place, unit in enumerate(group):
            x = np.stack(visited[unit] or pool) * scale[unit]
            nearest = ((x[:, None] - (at * scale[unit])[None]) ** 2).sum(axis=2).argmin(axis=1)
            popular = np.argsort(-np.bincount(nearest, minlength=len(made)), kind="stable")[: 2 * most + 1]
            use[unit] = [plans[place] for _, plans in (made[k] for k in popular) if plans is not None]
        share(use)
