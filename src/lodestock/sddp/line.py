r"""Programmes with one state: cuts and points where paths go and the bounds lie apart, until the gap is
closed.

On a line the cost-to-go of every node lies between its cuts and the chords of its points. After a coarse
grid, many paths are walked; from the last stage to the first, cuts and points are then made at the visited
states :math:`x_k` of node :math:`i_k` with the largest distance

.. math:: \overline\theta_{i_k}(x_k) - \underline\theta_{i_k}(x_k)

until what is left, on average over the walks, is small against the gap asked for. Nodes that lead to the same
branches (the regimes of a stage) are refined together.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float
from lodestock.sddp.engine import Engine, Trial
from lodestock.sddp.model import Model
from lodestock.sddp.policy import Policy, Progress, freeze, restore
from lodestock.sddp.risk import Expectation, RiskMeasure
from lodestock.sddp.training import Risk, in_order, risk_by_node
from lodestock.sddp.units import make_units
from lodestock.sddp.upper import new_inner

FIRST_POINTS = 9
"""Coarse grid of the first round, denser towards the low end."""
WALKS = 48
"""Paths of the second round; every round walks half as many again."""
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
                for x in (low + (high - low) * np.linspace(0.0, 1.0, FIRST_POINTS) ** 2).tolist():
                    _refine(engine, at, x)
        else:
            wanted = gap * max(abs(log[-1].lower_bound), abs(log[-1].upper_bound))
            wanted = wanted if width is None else max(wanted, width)
            visits = _walk(engine, order, rng, round(WALKS * 1.5 ** min(number - 2, 6)))
            for stages_left, at in enumerate(order, 1):
                _stage(engine, at, visits[at], SHARE * wanted * stages_left / len(order))
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


def _stage(engine: Engine, at: int, visits: list[tuple[int, float, float]], tolerance: float) -> None:
    """Refine the visited states of a stage, the widest distance first, until what is left is small."""
    found = np.array([(x, share) for _, x, share in visits]).reshape(-1, 2)
    states, shares = found.T
    of_unit = np.array([unit for unit, _, _ in visits], dtype=np.int64)
    groups = [(int(unit), np.flatnonzero(of_unit == unit)) for unit in np.unique(of_unit)]
    stale = np.ones(len(states), dtype=bool)
    while True:
        away = np.zeros(len(states))
        for unit, group in groups:
            away[group] = _distances(engine, unit, states[group])
        away *= shares * stale
        if away.sum() <= tolerance:
            return
        widest = float(states[np.argmax(away)])
        _refine(engine, at, widest)
        stale &= states != widest


def _distances(engine: Engine, unit: int, states: Float) -> Float:
    """Return the distance between chords and cuts of one unit at each state."""
    assert engine.inner is not None
    points, pool = engine.inner[unit], engine.outer[unit].pools[0]
    order = np.argsort(points.points[:, 0], kind="stable")
    over = np.interp(states, points.points[order, 0], points.heights[order])
    cuts = np.outer(states, pool.slope[: pool.count, 0]) + pool.height[: pool.count]
    return np.maximum(over - cuts.max(axis=1), 0.0)


def _refine(engine: Engine, at: int, x: float) -> None:
    trial = Trial(at, None, np.array([x]))
    engine.refine(trial)
    engine.raise_points([trial])


def _record(engine: Engine, number: int, seconds: float, log: list[Progress]) -> Progress:
    sign = engine.units.model.sign
    before = sorted([sign * log[-1].lower_bound, sign * log[-1].upper_bound]) if log else [-np.inf, np.inf]
    low, high = in_order(engine.lower_bound(), engine.upper_bound(), before[0], before[1])
    lower, upper = (low, high) if sign > 0 else (-high, -low)
    cuts = sum(pool.count for outer in engine.outer for pool in outer.pools)
    return Progress(number, lower, upper, seconds, cuts, engine.solves)
