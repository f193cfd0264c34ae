"""Training: passes until a stopping rule holds, with checkpoints that a killed run continues from."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lodestock.errors import ConflictError, NotSolvedError, UnknownNameError, ValueOutOfRangeError
from lodestock.sddp.cuts import SELECTIONS, Selection
from lodestock.sddp.engine import Engine
from lodestock.sddp.files import load, save
from lodestock.sddp.model import Model
from lodestock.sddp.outer import CUT_KINDS, CutKind
from lodestock.sddp.policy import Policy, Progress, freeze, restore
from lodestock.sddp.risk import Expectation, RiskMeasure
from lodestock.sddp.units import make_units
from lodestock.sddp.upper import divisible, new_inner
from lodestock.sddp.workers import LONGEST_PATH, Crew

Risk = RiskMeasure | Mapping[Hashable, RiskMeasure] | Callable[[Hashable], RiskMeasure]


BATCH_STREAM = 1_000_000
"""Third number of the seed of upper batches; passes use the place of their process."""
EFFORT = {40: (1, 6), 200: (2, 8), 450: (6, 12), 900: (10, 16)}
"""Iterations that end with new plans, and for each how many centres per unit and rounds of points."""
CROSSING = 1e-6
"""Bounds may cross by this share from rounding; more is an error."""


@dataclass(frozen=True)
class Stop:
    """When to stop: at the first rule that holds.

    Attributes
    ----------
    iterations, seconds : limits.
    gap : relative gap between the certified bounds; asks for the upper side.
    stall : (count, tolerance): the bound moved by less than this share over so many iterations.
    """

    iterations: int | None = None
    seconds: float | None = None
    gap: float | None = None
    stall: tuple[int, float] | None = None

    def reason(self, log: list[Progress], sign: float) -> str | None:
        """Return the name of the rule that holds, or None."""
        if not log:
            return None
        now = log[-1]
        if self.gap is not None and now.gap <= self.gap:
            return "gap"
        if self.iterations is not None and now.iteration >= self.iterations:
            return "iterations"
        if self.seconds is not None and now.seconds >= self.seconds:
            return "seconds"
        if self.stall is not None and len(log) > self.stall[0]:
            before, after = log[-1 - self.stall[0]], now
            old, new = (r.lower_bound if sign > 0 else r.upper_bound for r in (before, after))
            if abs(new - old) <= self.stall[1] * max(1.0, abs(new)):
                return "stalled"
        return None


def train(
    model: Model,
    *,
    iterations: int | None = None,
    seconds: float | None = None,
    gap: float | None = None,
    stall: tuple[int, float] | None = None,
    risk: Risk | None = None,
    root_risk: RiskMeasure | None = None,
    cuts: CutKind = "single",
    selection: Selection = "level-one",
    upper: bool | None = None,
    ceiling: float | None = None,
    seed: int = 0,
    workers: int = 1,
    progress: Callable[[Progress], bool | None] | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_every: int = 25,
) -> Policy:
    """Return a policy for a model, trained until a stopping rule holds.

    Parameters
    ----------
    iterations, seconds, gap, stall : stopping rules, see ``Stop``; at least one.
    risk : one measure, or one per node (mapping or function of the key): how a node weighs what follows it.
    root_risk : how the first noise is weighed; by default like ``risk`` when that is one measure, else by its
        expectation.
    upper : also compute the deterministic upper bound; by default when ``gap`` is given.
    ceiling : no cost from any node to the end exceeds this (no reward falls below it), whatever the state
        within its bounds; needed for the upper bound where it cannot be derived.
    workers : processes that walk forward and make cuts side by side; results depend on their number, not on
        their speed.
    progress : called after each iteration; returning True stops.
    checkpoint : a file written every ``checkpoint_every`` iterations and at the end. When it exists the
        training continues from it, and ends with the policy an uninterrupted run gives.

    Raises
    ------
    InfeasibleError, ValueOutOfRangeError
        A subproblem is infeasible or unbounded; the message names node, outcome, state and rows or decisions.
    ConflictError
        No stopping rule, a checkpoint of another model or other settings, no slope bounds for the upper side.
    """
    stop = Stop(iterations, seconds, gap, stall)
    check_settings(stop, cuts, selection, workers, checkpoint_every)
    measures = risk_by_node(model, risk)
    first = root_risk or (measures[0] if risk is None or isinstance(risk, RiskMeasure) else Expectation())
    wanted = gap is not None if upper is None else upper
    units = make_units(model, measures, first)
    old = _resume(model, checkpoint, measures, first, cuts, selection, seed)
    engine = Engine(units, cuts, selection) if old is None else restore(units, old)
    if wanted and engine.inner is None:
        engine.inner = new_inner(engine, None if ceiling is None else model.sign * ceiling)
    planned = engine.inner is not None and divisible(engine)
    log = list(old.log) if old is not None else []
    spent = log[-1].seconds if log else 0.0
    start = time.perf_counter()

    def snapshot(status: str) -> Policy:
        low, high = (log[-1].lower_bound, log[-1].upper_bound) if log else (-np.inf, np.inf)
        return Policy(
            model=model,
            risk=measures,
            root_risk=first,
            kind=cuts,
            selection=selection,
            seed=seed,
            lower_bound=low,
            upper_bound=high,
            status=status,
            log=tuple(log),
            **freeze(engine),
        )

    status = stop.reason(log, model.sign)
    with Crew(seed, workers) as crew:
        if workers > 1:
            crew.begin(snapshot("running"))
        while status is None:
            number = (log[-1].iteration if log else 0) + 1
            crew.work(engine, number)
            if engine.inner is not None:
                rng = np.random.default_rng([seed, number, BATCH_STREAM])
                effort = EFFORT.get(number) if planned else None
                if effort is not None:
                    crew.sweep(engine, rng, effort, None if seconds is None else start + seconds - spent)
                elif number == next_batch(number):
                    paths = 1 if planned else workers * max(1, number // 4)
                    engine.upper_batch(rng, paths, LONGEST_PATH)
            log.append(_record(engine, number, spent + time.perf_counter() - start, log))
            if progress is not None and progress(log[-1]):
                status = "callback"
            status = status or stop.reason(log, model.sign)
            if checkpoint is not None and (status or number % checkpoint_every == 0):
                state = snapshot(status or "running")
                save(state, checkpoint)
                engine.rebuild()
                if workers > 1 and status is None:
                    crew.begin(state)
    return snapshot(status or "iterations")


def next_batch(number: int) -> int:
    """Return the first iteration from ``number`` on that ends with upper points: 1, .. 8, 10, 12, 15, .."""
    at = 1
    while at < number:
        at += max(1, at // 4)
    return at


def risk_by_node(model: Model, risk: Risk | None) -> tuple[RiskMeasure, ...]:
    """Return one risk measure per node."""
    keys = model.graph.keys
    if risk is None:
        return (Expectation(),) * len(keys)
    if isinstance(risk, RiskMeasure):
        return (risk,) * len(keys)
    if isinstance(risk, Mapping):
        for key in risk:
            if key not in keys:
                raise UnknownNameError("node", key, [str(known) for known in keys], where="risk")
        return tuple(risk.get(key, Expectation()) for key in keys)
    return tuple(risk(key) for key in keys)


def check_settings(stop: Stop, cuts: str, selection: str, workers: int, every: int) -> None:
    """Raise for settings that make no sense."""
    if stop == Stop():
        raise ConflictError("no stopping rule", where="train", allowed="iterations, seconds, gap or stall")
    if cuts not in CUT_KINDS:
        raise UnknownNameError("kind of cuts", cuts, CUT_KINDS, where="train")
    if selection not in SELECTIONS:
        raise UnknownNameError("cut selection", selection, SELECTIONS, where="train")
    limits = {
        "iterations": stop.iterations,
        "seconds": stop.seconds,
        "workers": workers,
        "checkpoint_every": every,
    }
    for name, value in limits.items():
        if value is not None and not value > 0:
            raise ValueOutOfRangeError(f"{name} is {value}", where="train", allowed="above 0")
    if stop.gap is not None and not stop.gap >= 0.0:
        raise ValueOutOfRangeError(f"gap is {stop.gap}", where="train", allowed="at least 0")


def _record(engine: Engine, number: int, seconds: float, log: list[Progress]) -> Progress:
    sign = engine.units.model.sign
    best, least = engine.lower_bound(), engine.upper_bound()
    if log:
        before = sorted([sign * log[-1].lower_bound, sign * log[-1].upper_bound])
        low, high = in_order(best, least, before[0], before[1])
    else:
        low, high = in_order(best, least, -np.inf, np.inf)
    lower, upper = (low, high) if sign > 0 else (-high, -low)
    cuts = sum(pool.count for outer in engine.outer for pool in outer.pools)
    return Progress(number, lower, upper, seconds, cuts, engine.solves)


def in_order(low: float, high: float, old_low: float, old_high: float) -> tuple[float, float]:
    """Return bounds that are no worse than the old ones and do not cross; raise when they do cross.

    Where rounding makes them cross, both take a value between the old bounds, so that each stays monotone.
    """
    low, high = max(low, old_low), min(high, old_high)
    if low - high > CROSSING * max(1.0, abs(low), abs(high)):
        raise NotSolvedError(
            f"the lower bound {low:.9g} is above the upper bound {high:.9g}",
            where="train",
            hint="a slope, ceiling or bound that was stated does not hold, or units differ by many decades",
        )
    low = min(low, old_high)
    return low, max(low, high)


def _resume(
    model: Model,
    path: str | Path | None,
    risk: tuple[RiskMeasure, ...],
    root_risk: RiskMeasure,
    kind: CutKind,
    selection: Selection,
    seed: int,
) -> Policy | None:
    if path is None or not Path(path).exists():
        return None
    old = load(model, path)
    if (old.risk, old.root_risk, old.kind, old.selection, old.seed) != (
        risk,
        root_risk,
        kind,
        selection,
        seed,
    ):
        raise ConflictError(
            "the checkpoint was written with other settings",
            where=str(path),
            allowed="the same risk, cuts, selection and seed",
            hint="delete the file to start anew",
        )
    return old
