"""The plan of a reserve: what to hold, when to buy and release, what a tonne is worth, and the proof."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lodestock.reserve.bounds import Certificate, Part, certify
from lodestock.reserve.case import OBJECTIVES, Objective
from lodestock.reserve.dynamics import sample_paths, total
from lodestock.reserve.part_training import PartTask, train_parts
from lodestock.reserve.parts import part_of
from lodestock.reserve.position import Int, Step
from lodestock.reserve.problem import Float, Problem
from lodestock.reserve.replay import follow, without_reserve
from lodestock.reserve.training import Effort, Report

FRONTIER_GAP = 0.1
"""Gap to which the parts of the plans that are only compared are trained."""
FRONTIER_ITERATIONS = 100
FRONTIER_PATHS = 200
TAIL = 0.05
"""Share of worst paths in the tail mean."""


@dataclass(frozen=True)
class Score:
    """Expected discounted amounts of one plan, USD: each objective's harm, and what the reserve costs."""

    name: str
    chosen: bool
    own_cost: float
    shortage: float
    price_harm: float
    offtake: float
    tail_cost: float
    """Mean of the worst 5 % of own cost and harms that the case weighs."""
    mean_stock_usd: float
    """Mean stock at base prices over quarters and paths."""

    @property
    def harm(self) -> Mapping[str, float]:
        """Harm by objective."""
        return dict(zip(OBJECTIVES, (self.shortage, self.price_harm, self.offtake), strict=True))


@dataclass(frozen=True, eq=False)
class Plan:
    """What `plan` returns.

    Attributes
    ----------
    parts : policy by material, each with its share of money and room; or one of all materials together.
    certificate : bounds of the optimal expected (or risk-weighted) discounted cost, USD.
    states, outcomes : (paths, quarters) of the paths below.
    paths : what the plan does on each path, quarter by quarter.
    without : the same paths with nothing done.
    frontier : this plan and the plans of the other objectives, each scored under all three.
    seconds : time taken.
    """

    problem: Problem
    parts: tuple[Part, ...]
    certificate: Certificate
    states: Int
    outcomes: Int
    paths: tuple[tuple[Step, ...], ...]
    without: tuple[tuple[Step, ...], ...]
    frontier: tuple[Score, ...]
    seconds: float

    @property
    def totals(self) -> Float:
        """(paths,) discounted objective, USD."""
        return np.array([total(self.problem, path) for path in self.paths])

    @property
    def mean_interval(self) -> tuple[float, float]:
        """Return the mean of the paths -+ 1.96 standard errors, USD."""
        totals = self.totals
        half = 1.96 * float(totals.std(ddof=1)) / math.sqrt(len(totals))
        return float(totals.mean()) - half, float(totals.mean()) + half

    @property
    def scores(self) -> Score:
        """The score of this plan."""
        return next(score for score in self.frontier if score.chosen)


def plan(
    problem: Problem,
    *,
    gap: float | None = None,
    seconds: float | None = None,
    iterations: int | None = None,
    seed: int | None = None,
    paths: int | None = None,
    frontier: bool = True,
    checkpoint: str | Path | None = None,
    progress: Report | None = None,
) -> Plan:
    """Plan a reserve.

    Parameters
    ----------
    gap, seconds, iterations, seed, paths : as under ``training`` in the case, when left out.
    frontier : also plan for the other objectives, roughly, and score all plans under all three.
    checkpoint : a folder for finished parts; what lies there already is taken over, so that a killed run goes
        on and ends with the same cuts.
    progress : called with (done, of, what).

    Raises
    ------
    LodestockError
        A programme that is infeasible or unbounded, named; a checkpoint of another case.
    """
    training = problem.case.training
    begun = time.perf_counter()
    effort = Effort(
        gap=training.gap if gap is None else gap,
        seconds=training.seconds if seconds is None else seconds,
        iterations=training.iterations if iterations is None else iterations,
        seed=training.seed if seed is None else seed,
        folder=None if checkpoint is None else Path(checkpoint),
    )
    found = certify(problem, effort, progress)
    count = training.paths if paths is None else paths
    states, outcomes = sample_paths(problem, count, effort.seed)
    pairs = [(part.problem, part.policy) for part in found.parts]
    steps = follow(problem, pairs, states, outcomes)
    scores = [score_of(problem, str(problem.case.objective), steps, chosen=True)]
    if frontier:
        some = slice(0, min(FRONTIER_PATHS, count))
        for objective in OBJECTIVES:
            if objective != problem.case.objective:
                if progress is not None:
                    progress(len(scores), len(OBJECTIVES), f"frontier: {objective}")
                scores.append(_other(problem, objective, found.shares, effort, states[some], outcomes[some]))
    return Plan(
        problem=problem,
        parts=found.parts,
        certificate=found.certificate,
        states=states,
        outcomes=outcomes,
        paths=steps,
        without=without_reserve(problem, states, outcomes),
        frontier=tuple(scores),
        seconds=time.perf_counter() - begun,
    )


def score_of(
    problem: Problem, name: str, paths: tuple[tuple[Step, ...], ...], *, chosen: bool = False
) -> Score:
    """Score a plan, or any rule, under all three objectives on its paths."""
    weight = problem.discount ** np.arange(problem.case.quarters)

    def mean(kind: str) -> float:
        values = [[float(getattr(one.cost, kind)) for one in path] for path in paths]
        return float(np.mean(np.array(values) @ weight))

    own = [[one.cost.own() for one in path] for path in paths]
    totals = np.sort([total(problem, path) for path in paths])[::-1]
    worst = max(1, round(TAIL * len(totals)))
    return Score(
        name=name,
        chosen=chosen,
        own_cost=float(np.mean(np.array(own) @ weight)),
        shortage=mean("shortage"),
        price_harm=mean("price_harm"),
        offtake=mean("offtake"),
        tail_cost=float(totals[:worst].mean()),
        mean_stock_usd=float(np.mean([[one.money.funds for one in path] for path in paths])),
    )


def _other(
    problem: Problem,
    objective: Objective,
    shares: Float | None,
    effort: Effort,
    states: Int,
    outcomes: Int,
) -> Score:
    """Score the plan of another objective: with the same shares of money and room, or all together."""
    weights: dict[str, float] = {name: float(name == objective) for name in OBJECTIVES}
    other = replace(
        problem,
        case=replace(problem.case, objective=objective, weights=weights),
        weights=np.array([weights[name] for name in OBJECTIVES]),
    )
    count = 1 if shares is None else len(shares)
    pieces = (
        [other] if shares is None else [part_of(other, m, float(share)) for m, share in enumerate(shares)]
    )
    seconds = max(2.0, 0.2 * effort.seconds / count)
    tasks = [
        PartTask(
            problem=piece,
            gap=FRONTIER_GAP,
            seconds=seconds,
            deadline=time.time() + seconds * count,
            iterations=FRONTIER_ITERATIONS,
            seed=effort.seed,
        )
        for piece in pieces
    ]
    pairs = list(zip(pieces, train_parts(tasks), strict=True))
    return score_of(problem, str(objective), follow(other, pairs, states, outcomes))
