"""The optimal plan as one more rule: planned once, followed along the paths of the other rules."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve.bounds import certify
from lodestock.reserve.position import Step
from lodestock.reserve.problem import Problem
from lodestock.reserve.replay import follow
from lodestock.reserve.rules.compare import Walker
from lodestock.reserve.training import Effort, Report


def follow_plan(
    problem: Problem, *, seconds: float, seed: int, report: Report | None = None
) -> tuple[Walker, dict[str, Any]]:
    """Plan the case within ``seconds``; return what follows the plan along paths, and its certificate."""
    training = problem.case.training
    effort = Effort(gap=training.gap, seconds=seconds, iterations=training.iterations, seed=seed)
    trained = certify(problem, effort, report)
    parts = [(part.problem, part.policy) for part in trained.parts]

    def walk(states: NDArray[np.int64], outcomes: NDArray[np.int64]) -> tuple[tuple[Step, ...], ...]:
        return follow(problem, parts, states, outcomes)

    return walk, trained.certificate.as_dict()
