r"""Exact dynamic programming on a grid of up to three states: the built-in cross-check of sampled cuts.

A cut and an upper point are made at *every* grid point instead of along sampled paths, from the last node to
the first (on a cycle again and again). What comes out brackets the optimum from both sides; where the
cost-to-go has its kinks on the grid, both sides are the optimum.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float
from lodestock.sddp.engine import Engine, Trial
from lodestock.sddp.model import Model
from lodestock.sddp.policy import relative_gap
from lodestock.sddp.risk import Expectation, RiskMeasure
from lodestock.sddp.training import Risk, risk_by_node
from lodestock.sddp.units import make_units
from lodestock.sddp.upper import new_inner

MOST_STATES = 3
MOST_SWEEPS = 500


@dataclass(frozen=True)
class DynamicProgramme:
    """Bounds of the optimal value from a grid, in the sense of the objective."""

    lower_bound: float
    upper_bound: float
    grid_points: int
    sweeps: int

    @property
    def gap(self) -> float:
        """Return (upper - lower) over the larger magnitude of the two."""
        return relative_gap(self.lower_bound, self.upper_bound)


def dynamic_programme(
    model: Model,
    *,
    points: int | Sequence[int] = 11,
    risk: Risk | None = None,
    root_risk: RiskMeasure | None = None,
    ceiling: float | None = None,
    tolerance: float = 1e-6,
) -> DynamicProgramme:
    """Bracket the optimal value of a model by dynamic programming on a grid.

    Parameters
    ----------
    points : grid points per state, between its bounds; one number or one per state.
    risk, root_risk, ceiling : as in ``train``.
    tolerance : on a cyclic graph, sweep until neither bound moves by more than this share.

    Raises
    ------
    ConflictError
        More than three states, hidden regimes or objective states.
    ValueOutOfRangeError
        A state without finite bounds.
    InfeasibleError
        A grid point without a feasible decision.
    """
    if model.states > MOST_STATES:
        raise ConflictError(
            f"{model.states} states", where="dynamic programme", allowed=f"up to {MOST_STATES}"
        )
    measures = risk_by_node(model, risk)
    first = root_risk or (measures[0] if risk is None or isinstance(risk, RiskMeasure) else Expectation())
    engine = Engine(make_units(model, measures, first), "single", "level-one")
    engine.inner = new_inner(engine, None if ceiling is None else model.sign * ceiling)
    counts = [points] * model.states if isinstance(points, int) else list(points)
    if len(counts) != model.states or min(counts, default=2) < 2:
        raise ValueOutOfRangeError(
            f"points {counts}", where="dynamic programme", allowed="at least 2 per state"
        )
    order = model.graph.order()
    sequence = list(reversed(order if order is not None else range(len(model.graph))))
    low, high, sweep, visited = -np.inf, np.inf, 0, 0
    while sweep < MOST_SWEEPS:
        sweep += 1
        visited = _sweep(engine, [engine.units.unit_of[node] for node in sequence], counts)
        before, (low, high) = (low, high), (engine.lower_bound(), engine.upper_bound())
        size = tolerance * max(1.0, abs(low), abs(high))
        if order is not None or (low - before[0] <= size and before[1] - high <= size):
            break
    low = min(low, high)
    bounds = (low, high) if model.sign > 0 else (-high, -low)
    return DynamicProgramme(*bounds, grid_points=visited, sweeps=sweep)


def _sweep(engine: Engine, units: list[int], counts: list[int]) -> int:
    """Refine every grid point of every unit once; units that share branches are refined together."""
    done: set[int] = set()
    visited = 0
    for at in units:
        if at in done or engine.units.units[at].leaf:
            continue
        done |= set(engine.mates[at])
        for point in _grid(engine, at, counts):
            trial = Trial(at, None, point)
            engine.refine(trial)
            engine.raise_points([trial])
            visited += 1
    engine.journal.clear()
    return visited


def _grid(engine: Engine, at: int, counts: list[int]) -> list[Float]:
    problem, n = engine.units.units[at].problem, engine.units.model.states
    low, high = problem.lower[n : 2 * n], problem.upper[n : 2 * n]
    unbounded = np.flatnonzero(~np.isfinite(low) | ~np.isfinite(high))
    if len(unbounded):
        name = problem.state_names[int(unbounded[0])]
        raise ValueOutOfRangeError(
            f"state {name!r} lies between {low[unbounded[0]]:g} and {high[unbounded[0]]:g}",
            where=f"dynamic programme, {problem.where}",
            allowed="finite bounds",
        )
    axes = [np.linspace(a, b, count) for a, b, count in zip(low, high, counts, strict=True)]
    return [np.array(point) for point in itertools.product(*axes)]
