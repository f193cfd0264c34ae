"""Training of single parts of a reserve plan, side by side on several processes where that pays.

A part with one state is closed by `lodestock.sddp.train_line`, one with several is trained once by
`lodestock.sddp.train`. What comes out depends on the task alone, not on the number of processes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lodestock.reserve.problem import Problem
from lodestock.reserve.stages import reserve_model
from lodestock.sddp import EAVaR, Expectation, Policy, RiskMeasure, train, train_line
from lodestock.workers import available_workers, ordered

STUCK = "several states"
"""Status of a part that cannot be narrowed further: it has more than one state."""
MOST_ROUNDS = 60
WORTH_SHARING = 600
"""Outcomes over all stages of all tasks below which one process is as quick as two."""


@dataclass(frozen=True, eq=False)
class PartTask:
    """What to do with one part.

    Attributes
    ----------
    gap : relative distance of the bounds to reach.
    width : distance of the bounds to reach, in the unit of the part, where that is enough.
    seconds, iterations : at most.
    deadline : time of day, s since the epoch, after which only what must be done is done.
    start : a policy to go on from, where it is one of the same programme.
    """

    problem: Problem
    gap: float
    seconds: float
    deadline: float
    iterations: int
    seed: int
    width: float | None = None
    start: Policy | None = None

    @property
    def size(self) -> int:
        """Return the number of outcomes over all stages."""
        return len(self.problem.states) * self.problem.case.quarters * len(self.problem.gap_noise)


def measure(problem: Problem) -> RiskMeasure:
    """Return the risk measure of a case."""
    aversion = problem.case.aversion
    return Expectation() if aversion.weight >= 1.0 else EAVaR(aversion.weight, aversion.tail)


def train_parts(tasks: Sequence[PartTask]) -> Iterator[Policy]:
    """Yield the policy of every task, in order."""
    shared = len(tasks) > 1 and sum(task.size for task in tasks) >= WORTH_SHARING
    return ordered(train_part, tasks, workers=available_workers() if shared else 1)


def train_part(task: PartTask) -> Policy:
    """Train one part; one of several states is trained once."""
    part, start = task.problem, task.start
    model = reserve_model(part)
    seconds = max(0.0, min(task.seconds, task.deadline - time.time()))
    if model.states > 1 or part.hidden:
        if start is not None and start.status == STUCK:
            return start
        found = train(
            model,
            gap=task.gap,
            seconds=seconds,
            iterations=task.iterations,
            risk=measure(part),
            seed=task.seed,
        )
        return replace(found, status=STUCK)
    same = start is not None and start.model.fingerprint() == model.fingerprint()
    return train_line(
        model,
        gap=task.gap,
        width=task.width,
        start=start if same else None,
        rounds=MOST_ROUNDS,
        seconds=seconds,
        risk=measure(part),
        seed=task.seed,
    )
