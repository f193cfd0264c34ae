r"""Programmes with one state: cuts and points where paths go and the bounds lie apart, until the gap is
closed.

On a line the cost-to-go of every node lies between its cuts and the chords of its points. After a coarse
grid, many paths are walked; from the last stage to the first, cuts and points are then made at the visited
states :math:`x_k` of node :math:`i_k` with the largest distance

.. math:: \overline\theta_{i_k}(x_k) - \underline\theta_{i_k}(x_k)

until what is left, on average over the walks, is small against the gap asked for. Nodes that lead to the same
branches (the regimes of a stage) are refined together. While a stage is refined what follows it stays as it
is, so that a branch between two states it was solved at is often known well enough (`convex_line`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float
from lodestock.sddp.convex_line import ConvexLine, Known
from lodestock.sddp.engine import Engine, Trial
from lodestock.sddp.model import Model
from lodestock.sddp.policy import Policy, Progress, freeze, restore
from lodestock.sddp.risk import Expectation, RiskMeasure
from lodestock.sddp.training import Risk, in_order, risk_by_node
from lodestock.sddp.units import Branch, make_units
from lodestock.sddp.upper import new_inner

Solve: TypeAlias = "Callable[[Branch, Float], tuple[float, Float]]"
"""Value and derivative of a branch at a state."""
FIRST_POINTS = 9
"""Coarse grid of the first round, denser towards the low end."""
WALKS = 48
"""Paths of the second round; every round walks half as many again."""
ALIKE = 3.0
"""Times what a stage may add to the distance that a branch may be uncertain and still count as known."""
STEP = 0.25
"""Part of the gap there is that a round may aim to leave; places of a rough policy are not worth more."""
SHARE = 0.3
"""Part of the gap asked for that the stages together may leave at visited states."""


def train_line(
    model: Model,
    *,
    gap: float = 1e-3,
    width: float | None = None,
    start: Policy | None = None,
    seconds: float = 60.0,
    rounds: int = 60,
    risk: Risk | None = None,
    root_risk: RiskMeasure | None = None,
    seed: int = 0,
    progress: Callable[[Progress], bool | None] | None = None,
) -> Policy:
    """Return a policy of a model with one state, its bounds closed to a relative ``gap``.

    Parameters
    ----------
    gap, width, seconds, rounds : stop at the first that holds; ``width`` is the distance between the bounds.
    start : a policy of the same model, made with the same risk, to go on from.
    risk, root_risk : as in ``train``.
    progress : called after each round; returning True stops.

    Raises
    ------
    ConflictError
        More than one state, a cycle, hidden regimes or objective states.
    ValueOutOfRangeError
        The state has no finite bounds.
    """
    if model.states != 1 or model.graph.order() is None:
        what = f"{model.states} states" if model.states != 1 else "a cycle"
        raise ConflictError(what, where="line programme", allowed="one state, no cycle")
    measures = risk_by_node(model, risk)
    first = root_risk or (measures[0] if risk is None or isinstance(risk, RiskMeasure) else Expectation())
    units = make_units(model, measures, first)
    engine = Engine(units, "single", "level-one") if start is None else restore(units, start)
    if engine.inner is None:
        engine.inner = new_inner(engine, None)
    order = _order(engine)
    rng = np.random.default_rng([seed, 77])
    log = list(start.log) if start is not None else []
    begun, spent = time.perf_counter(), log[-1].seconds if log else 0.0
    status = "rounds"
    first_round = len(log) + 1
    for number in range(first_round, first_round + rounds):
        if number == 1:
            for at in order:
                low, high = _box(engine, at)
                behind = _Behind(engine, at, 0.0)
                for x in (low + (high - low) * np.linspace(0.0, 1.0, FIRST_POINTS) ** 2).tolist():
                    behind.refine(x)
        else:
            wanted = gap * max(abs(log[-1].lower_bound), abs(log[-1].upper_bound))
            wanted = wanted if width is None else max(wanted, width)
            wanted = max(wanted, STEP * (log[-1].upper_bound - log[-1].lower_bound))
            visits = _walk(engine, order, rng, round(WALKS * 1.5 ** min(number - 2, 6)))
            each = SHARE * wanted / len(order)
            for stages, at in enumerate(order, 1):
                _stage(engine, at, visits[at], stages * each, ALIKE * each)
        log.append(_record(engine, number, spent + time.perf_counter() - begun, log))
        apart = log[-1].upper_bound - log[-1].lower_bound
        closed = log[-1].gap <= gap or (width is not None and apart <= width)
        if (progress is not None and progress(log[-1])) or closed:
            status = "gap" if closed else "callback"
            break
        if time.perf_counter() - begun >= seconds:
            status = "seconds"
            break
    engine.journal.clear()
    return Policy(
        model=model,
        risk=measures,
        root_risk=first,
        kind="single",
        selection="level-one",
        seed=seed,
        lower_bound=log[-1].lower_bound,
        upper_bound=log[-1].upper_bound,
        status=status,
        log=tuple(log),
        **freeze(engine),
    )


def _order(engine: Engine) -> list[int]:
    """Units to refine, last first, one of each set with the same branches."""
    units, done, chosen = engine.units, set[int](), list[int]()
    for node in engine.units.model.graph.order() or []:
        at = units.unit_of[node]
        if not units.units[at].leaf and at not in done:
            chosen.append(at)
            done |= set(engine.mates[at])
    return chosen[::-1]


def _box(engine: Engine, at: int) -> tuple[float, float]:
    problem = engine.units.units[at].problem
    low, high = float(problem.lower[1]), float(problem.upper[1])
    if not np.isfinite([low, high]).all():
        raise ValueOutOfRangeError(
            f"state {problem.state_names[0]!r} lies between {low:g} and {high:g}",
            where=f"line programme, {problem.where}",
            allowed="finite bounds",
        )
    return low, high


def _walk(
    engine: Engine, order: list[int], rng: np.random.Generator, count: int
) -> dict[int, list[tuple[int, float, float]]]:
    """Return per refined unit the places walks went to: (unit, state, share of the walks)."""
    place = {mate: at for at in order for mate in engine.mates[at]}
    seen: dict[int, dict[tuple[int, float], float]] = {at: {} for at in order}
    longest = len(engine.units.units) + 1
    for walk in range(count):
        for step in engine.forward(rng, longest, upper=bool(walk % 2)):
            key = (step.unit, round(float(step.outgoing[0]), 10))
            at = place[step.unit]
            seen[at][key] = seen[at].get(key, 0.0) + 1.0 / count
    return {at: [(unit, x, share) for (unit, x), share in found.items()] for at, found in seen.items()}


def _stage(
    engine: Engine, at: int, visits: list[tuple[int, float, float]], tolerance: float, alike: float
) -> None:
    """Refine the visited states of a stage, the widest distance first, until what is left is small."""
    found = np.array([(x, share) for _, x, share in visits]).reshape(-1, 2)
    states, shares = found.T
    of_unit = np.array([unit for unit, _, _ in visits], dtype=np.int64)
    groups = [(int(unit), np.flatnonzero(of_unit == unit)) for unit in np.unique(of_unit)]
    stale = np.ones(len(states), dtype=bool)
    behind = _Behind(engine, at, alike)
    while True:
        away = np.zeros(len(states))
        for unit, group in groups:
            away[group] = _distances(engine, unit, states[group])
        away *= shares * stale
        if away.sum() <= tolerance:
            return
        widest = float(states[np.argmax(away)])
        behind.refine(widest)
        stale &= states != widest


def _distances(engine: Engine, unit: int, states: Float) -> Float:
    """Return the distance between chords and cuts of one unit at each state."""
    assert engine.inner is not None
    points, pool = engine.inner[unit], engine.outer[unit].pools[0]
    order = np.argsort(points.points[:, 0], kind="stable")
    over = np.interp(states, points.points[order, 0], points.heights[order])
    cuts = np.outer(states, pool.slope[: pool.count, 0]) + pool.height[: pool.count]
    return np.asarray(np.maximum(over - cuts.max(axis=1), 0.0), dtype=np.float64)


class _Behind:
    """The branches behind a unit while what follows them stays as it is."""

    def __init__(self, engine: Engine, at: int, tolerance: float) -> None:
        self.engine = engine
        self.at = at
        self.tolerance = tolerance
        self.branches = engine.units.branches(at, None)
        self.place, self.firsts = engine.distinct(self.branches)
        self.below = [ConvexLine() for _ in self.firsts]
        self.above = [ConvexLine() for _ in self.firsts]

    def refine(self, x: float) -> None:
        """Add cuts and a point at a state; only branches that are not known there yet are solved."""
        engine, state = self.engine, np.array([x])
        trial = Trial(self.at, None, state)
        lower, slope, upper = (np.empty(len(self.firsts)) for _ in range(3))
        for k, first in enumerate(self.firsts):
            branch = self.branches[first]
            found = self._known(self.below[k], x, engine.below, branch)
            lower[k], slope[k] = found.lower, found.slope
        engine.add_cuts(trial, self.branches, lower[self.place], slope[self.place][:, None])
        for k, first in enumerate(self.firsts):
            upper[k] = self._known(self.above[k], x, engine.above, self.branches[first]).upper
        engine.add_points(trial, self.branches, upper[self.place])

    def _known(
        self,
        line: ConvexLine,
        x: float,
        solve: Callable[[Branch, Float], tuple[float, Float]],
        branch: Branch,
    ) -> Known:
        known = line.at(x)
        if known is None or known.upper - known.lower > self.tolerance:
            value, slope = solve(branch, np.array([x]))
            known = Known(value, float(slope[0]), value)
            if np.isfinite(value):
                line.add(x, value, known.slope)
        return known


def _record(engine: Engine, number: int, seconds: float, log: list[Progress]) -> Progress:
    sign = engine.units.model.sign
    before = sorted([sign * log[-1].lower_bound, sign * log[-1].upper_bound]) if log else [-np.inf, np.inf]
    low, high = in_order(engine.lower_bound(), engine.upper_bound(), before[0], before[1])
    lower, upper = (low, high) if sign > 0 else (-high, -low)
    cuts = sum(pool.count for outer in engine.outer for pool in outer.pools)
    return Progress(number, lower, upper, seconds, cuts, engine.solves)
