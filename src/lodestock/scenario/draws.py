"""Many solutions over the ranges of the assumptions, to say how sure a result is.

Each draw takes, for every uncertain assumption, a position between its low (-1), central (0) and high (+1)
value: triangular with mode 0, the same for all materials of the scenario, since what makes one range
uncertain makes the others so too. Flows are redrawn with their own seed per material. The draw number and
the scenario's seed give every draw its own random stream, so results do not depend on how draws are shared
over workers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lodestock.errors import LodestockError
from lodestock.policy.parts import FloatArray
from lodestock.scenario.build import LEAK_COST
from lodestock.scenario.leaks import leak_factors, leak_of, with_leaks
from lodestock.scenario.metrics import Label, Metrics, headline
from lodestock.scenario.path_bands import Path, path_of
from lodestock.scenario.periods import period_rows
from lodestock.scenario.resolved import Case
from lodestock.scenario.solve import Problem, SolvedCase, prepare, solve_case
from lodestock.world.assemble import TRADE_SEED
from lodestock.world.draw import Factor, factors, redraw
from lodestock.world.model import World

Progress = Callable[[int, int, str], None]
Positions = dict[str, float]
SEED_LIMIT = 2**31
SINGLE = -1
"""Number of a run that varies one input alone."""


@dataclass(frozen=True)
class Draw:
    """One draw: its number, where each assumption stood, and the headline numbers; or why there are none."""

    number: int
    positions: Mapping[str, float]
    metrics: Metrics
    failure: str = ""
    path: Path = field(default_factory=dict)
    """Over the periods of the scenario; empty without periods, or where the path was not solved."""


def inputs(problem: Problem) -> tuple[Factor, ...]:
    """Uncertain inputs of a problem, in a fixed order; the first material that has one shows its range.

    Short-run responses are left out where only the long run counts, and the other way round; the cost of
    going round an export control where none leaks. Leaks with a range stated in the scenario come first.
    """
    case = problem.resolved.case
    tight = all(leak_of(term) is None for term in case.instruments)
    weight = problem.resolved.horizon.long_run_weight
    idle = "_long" if weight == 0.0 else "_short" if weight == 1.0 else None
    found = {factor.name: factor for factor in leak_factors(case)}
    for material in problem.materials:
        for factor in factors(problem.worlds[material]):
            if tight and factor.name == LEAK_COST:
                continue
            if idle is None or not factor.name.endswith(idle):
                found.setdefault(factor.name, factor)
    return tuple(found.values())


def own_ranges(problem: Problem) -> dict[tuple[str, str], Factor]:
    """Return (material, name) -> input with the range it has for that material."""
    return {
        (material, factor.name): factor
        for material in problem.materials
        for factor in factors(problem.worlds[material])
    }


def positions(names: Sequence[str], seed: int, number: int) -> Positions:
    """Positions of one draw: triangular on [-1, 1], mode 0, and a seed for the flows.

    Parameters
    ----------
    names : assumptions, in a fixed order.
    seed, number : of the run and of the draw; together they fix the random stream.
    """
    rng = np.random.default_rng([seed, number])
    drawn: Positions = {name: float(rng.triangular(-1.0, 0.0, 1.0)) for name in names}
    drawn[TRADE_SEED] = float(rng.integers(1, SEED_LIMIT))
    return drawn


@dataclass(frozen=True, eq=False)
class DrawJob:
    """Solve one case under a draw; what workers are given.

    Calling it never raises for a draw that fails: a failure is a result.
    """

    problem: Problem
    central: SolvedCase
    focus: Mapping[str, tuple[str, ...]]

    def __call__(self, task: tuple[int, Mapping[str, float]]) -> Draw:
        """Re-make the worlds under the task's positions, solve the case on them, read the headline off."""
        number, drawn = task
        problem = self.problem
        try:
            worlds = {material: redrawn(problem.worlds[material], drawn) for material in problem.materials}
            again = prepare(problem.resolved, worlds, like=problem)
            case = with_leaks(self.central.case, drawn)
            solved = solve_case(again, case, start=self.central, audit=False)
        except LodestockError as error:
            return Draw(number, drawn, {}, failure=str(error).splitlines()[0])
        if not solved.equilibria:
            return Draw(number, drawn, {}, failure=solved.reason)
        path = _path(again, case) if number != SINGLE else {}
        return Draw(number, drawn, headline(again, solved, self.focus), path=path)


def _path(problem: Problem, case: Case) -> Path:
    """Path of a case over the periods; a path that cannot be solved takes nothing from the year."""
    try:
        return path_of(period_rows(problem, case))
    except LodestockError:
        return {}


def redrawn(world: World, drawn: Mapping[str, float]) -> World:
    """A world under a draw, with only the positions of assumptions that bear on it."""
    known = {factor.name for factor in factors(world)} | {TRADE_SEED}
    return redraw(world, {name: value for name, value in drawn.items() if name in known})


@dataclass(frozen=True)
class Band:
    """Spread of one headline number over the draws."""

    p10: float
    p50: float
    p90: float
    draws: int


def bands(draws: Sequence[Draw], labels: Sequence[Label]) -> dict[Label, Band]:
    """10th, 50th and 90th percentile of every headline number over the draws that solved."""
    solved = [draw.metrics for draw in draws if draw.metrics]
    found: dict[Label, Band] = {}
    for label in labels:
        values: FloatArray = np.array([metrics[label] for metrics in solved if label in metrics])
        if values.size:
            p10, p50, p90 = np.quantile(values, [0.1, 0.5, 0.9]).tolist()
            found[label] = Band(p10, p50, p90, len(values))
    return found
