"""Training of the parts of a reserve plan, and of all materials together, within the time there is.

Parts with one state are closed by `lodestock.sddp.train_line`, the widest one next; parts with several, and
all together, by `lodestock.sddp.train`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lodestock.errors import ConflictError
from lodestock.reserve.problem import Problem
from lodestock.reserve.stages import reserve_model
from lodestock.sddp import EAVaR, Expectation, Policy, RiskMeasure, load, save, train, train_line
from lodestock.sddp import Progress as Pass

Report = Callable[[int, int, str], None]
ROUGH = 0.05
"""Gap of the parts from which shares and prices are chosen."""
SHARE_OF_GAP = 0.45
"""Part of the gap asked for that the parts of one side may keep in sum."""
MOST_ROUNDS = 2000
CENT = 0.01
"""USD; what a gap is measured against at least."""
PARTS_TIME = 0.5
"""Part of the time for planning materials apart, where they share money; the rest is for all together."""
LARGEST_GRAPH = 400
"""Nodes of a policy graph above which risk-neutral materials are not planned together."""
STUCK = "several states"


@dataclass(frozen=True)
class Effort:
    """How hard to look: gap to reach, seconds and iterations at most, where to keep finished parts."""

    gap: float
    seconds: float
    iterations: int
    seed: int
    folder: Path | None = None


def measure(problem: Problem) -> RiskMeasure:
    """Return the risk measure of a case."""
    aversion = problem.case.aversion
    return Expectation() if aversion.weight >= 1.0 else EAVaR(aversion.weight, aversion.tail)


def shares_anything(problem: Problem) -> bool:
    """Tell whether materials meet in money or room."""
    several = len(problem.materials) > 1
    limited = math.isfinite(problem.limit) or math.isfinite(problem.budget)
    return several and (limited or bool(np.isfinite(problem.site_capacity).any()))


def may_join(problem: Problem) -> bool:
    """Tell whether materials are planned together as well: they share money or room, or weighing the tail.

    A tail measure of a sum is at most the sum of the measures: materials apart then prove an upper side only.
    """
    if len(problem.materials) > 1 and isinstance(measure(problem), EAVaR):
        return True
    return shares_anything(problem) and is_small(problem)


def is_small(problem: Problem) -> bool:
    """Tell whether a policy graph is small enough to plan all materials together."""
    return len(problem.states) * problem.case.quarters <= LARGEST_GRAPH


class Work:
    """Trains parts within the time there is, keeping finished ones in a folder."""

    def __init__(self, problem: Problem, effort: Effort, report: Report | None) -> None:
        self.problem = problem
        self.effort = effort
        self.report = report
        self.begun = time.perf_counter()
        self.round = 0
        self.rounds = 3 if shares_anything(problem) else 1

    @property
    def left(self) -> float:
        """Return seconds left, never less than one."""
        share = PARTS_TIME if may_join(self.problem) else 1.0
        return max(1.0, share * self.effort.seconds - (time.perf_counter() - self.begun))

    @property
    def rest(self) -> float:
        """Return seconds left for all materials together, never less than one."""
        return max(1.0, self.effort.seconds - (time.perf_counter() - self.begun))

    def train_all(
        self,
        name: str,
        problems: Sequence[Problem],
        start: Sequence[Policy] | None = None,
        *,
        rough: bool = False,
    ) -> list[Policy]:
        """Train parts until their bounds are close together in sum; always the widest part next."""
        kept = self.kept(name, problems)
        policies = kept or [
            self.train(part, ROUGH, start[at] if start is not None else None)
            for at, part in enumerate(problems)
        ]
        begun, allowed = time.perf_counter(), self.left / max(1, self.rounds - self.round)
        spent = 0
        while not rough and spent < MOST_ROUNDS:
            widths = [
                (policy.upper_bound - policy.lower_bound) * part.money_unit
                for policy, part in zip(policies, problems, strict=True)
            ]
            sides = [
                abs(sum(getattr(p, side) * q.money_unit for p, q in zip(policies, problems, strict=True)))
                for side in ("lower_bound", "upper_bound")
            ]
            size = max(*sides, CENT)
            if sum(widths) <= SHARE_OF_GAP * self.effort.gap * size or time.perf_counter() - begun > allowed:
                break
            at = int(np.argmax([w if policies[k].status != STUCK else 0.0 for k, w in enumerate(widths)]))
            policies[at] = self.train(problems[at], ROUGH, policies[at], rounds=1)
            spent += 1
            self.say(f"{name}: {problems[at].materials[0].material}, {sum(widths) / size:.2%} apart")
        if self.effort.folder is not None and (kept is None or spent > 0):
            for at, policy in enumerate(policies):
                save(policy, self.place(name, at))
        self.round += 0 if rough else 1
        self.say(name)
        return policies

    def kept(self, name: str, problems: Sequence[Problem]) -> list[Policy] | None:
        """Return the parts of a piece of work that was finished before, where all of them were kept.

        Raises
        ------
        ConflictError
            They were trained for another case, with another seed or another weight on the tail.
        """
        places = [self.place(name, at) for at in range(len(problems))] if self.effort.folder else []
        if not places or not all(place.exists() for place in places):
            return None
        found = [load(reserve_model(part), place) for part, place in zip(problems, places, strict=True)]
        for policy, part, place in zip(found, problems, places, strict=True):
            if policy.seed != self.effort.seed or set(policy.risk) != {measure(part)}:
                raise ConflictError(
                    "the checkpoint was written with other settings",
                    where=str(place),
                    allowed="the same seed and risk",
                    hint="delete the folder to start anew",
                )
        return found

    def place(self, name: str, at: int) -> Path:
        """Return the file of a finished part."""
        assert self.effort.folder is not None
        self.effort.folder.mkdir(parents=True, exist_ok=True)
        return self.effort.folder / f"{name}-{at:03d}.json"

    def train(self, part: Problem, gap: float, start: Policy | None, rounds: int = 60) -> Policy:
        """Train one part; one of several states is trained once, to the gap asked for."""
        model = reserve_model(part)
        if model.states > 1:
            if start is not None and start.status == STUCK:
                return start
            found = train(
                model,
                gap=0.5 * self.effort.gap,
                seconds=self.left / (self.rounds * len(self.problem.materials)),
                iterations=self.effort.iterations,
                risk=measure(part),
                seed=self.effort.seed,
            )
            return replace(found, status=STUCK)
        same = start is not None and start.model.fingerprint() == model.fingerprint()
        return train_line(
            model,
            gap=gap if rounds > 1 else 1e-9,
            start=start if same else None,
            rounds=rounds,
            seconds=self.left / len(self.problem.materials),
            risk=measure(part),
            seed=self.effort.seed,
        )

    def say(self, what: str) -> None:
        """Report progress."""
        if self.report is not None:
            self.report(self.round, self.rounds, what)


def train_jointly(work: Work) -> Policy:
    """Train all materials together in the time that is left."""
    problem = work.problem

    def tell(one: Pass) -> bool | None:
        work.say(f"all together: {one.gap:.2%} apart")
        return None

    place = None
    if work.effort.folder is not None:
        work.effort.folder.mkdir(parents=True, exist_ok=True)
        place = work.effort.folder / "joint.json"
    return train(
        reserve_model(problem),
        iterations=work.effort.iterations,
        seconds=work.rest,
        gap=work.effort.gap,
        risk=measure(problem),
        seed=work.effort.seed,
        checkpoint=place,
        progress=tell,
    )
