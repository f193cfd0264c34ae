"""Training of the parts of a reserve plan, and of all materials together, within the time there is.

Parts are trained roughly first; then each is told how narrow it has to become, so that the sum of what they
leave is what the gap asked for allows.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lodestock.errors import ConflictError
from lodestock.reserve.part_training import STUCK, PartTask, measure, train_parts
from lodestock.reserve.problem import Problem
from lodestock.reserve.stages import reserve_model
from lodestock.sddp import EAVaR, Policy, load, save, train
from lodestock.sddp import Progress as Pass

Report = Callable[[int, int, str], None]
ROUGH = 0.05
"""Gap of the parts from which shares and prices are chosen."""
NARROWING = 0.1
"""Part of their width that parts come down to at most, where those of several states use the allowance up."""
PATIENCE = 4.0
"""Times its fair part of the seconds that a part may use."""
MOST_GOES = 5
"""Times that parts are sent back because some did not get as far as they should."""
LABELS = {
    "free": "prices of money",
    "shared": "with shares of money",
    "priced": "at prices of money",
    "part": "each apart",
}
"""What is said of a piece of work, by the first word of its name."""
PARTS_TIME = 0.5
"""Part of the time for planning materials apart, where they share money; the rest is for all together."""
LARGEST_GRAPH = 400
"""Nodes of a policy graph above which risk-neutral materials are not planned together."""
MOST_TOGETHER = 2000
"""Nodes times materials above which they are not planned together either."""


@dataclass(frozen=True)
class Effort:
    """How hard to look: gap to reach, seconds and iterations at most, where to keep finished parts."""

    gap: float
    seconds: float
    iterations: int
    seed: int
    folder: Path | None = None


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
    """Tell whether a problem is small enough to plan all materials together."""
    nodes = len(problem.states) * problem.case.quarters
    return nodes <= LARGEST_GRAPH and nodes * len(problem.materials) <= MOST_TOGETHER


class Work:
    """Trains parts within the time there is, keeping finished ones in a folder."""

    def __init__(self, problem: Problem, effort: Effort, report: Report | None) -> None:
        self.problem = problem
        self.effort = effort
        self.report = report
        self.begun = time.perf_counter()
        self.steps_done = 0
        self.steps = 4 if shares_anything(problem) else 2

    @property
    def left(self) -> float:
        """Return seconds left for parts, never less than one."""
        share = PARTS_TIME if may_join(self.problem) else 1.0
        return max(1.0, share * self.effort.seconds - (time.perf_counter() - self.begun))

    @property
    def turn(self) -> float:
        """Return seconds for the next piece of work: a third for prices, half for either side after them."""
        if not shares_anything(self.problem):
            return self.left
        return self.left / (3 if self.steps_done == 0 else 2)

    @property
    def is_late(self) -> bool:
        """Tell whether the time for parts is used up."""
        return self.left <= 1.0

    @property
    def rest(self) -> float:
        """Return seconds left for all materials together, never less than one."""
        return max(1.0, self.effort.seconds - (time.perf_counter() - self.begun))

    def first(self, name: str, problems: Sequence[Problem]) -> list[Policy]:
        """Train every part roughly, unless that was done before; several states to the gap asked for."""
        kept = self.kept(name, problems)
        if kept is not None:
            return kept
        left = self.turn
        tasks = [self.task(part, None, left, seconds=left / len(problems), gap=ROUGH) for part in problems]
        policies = []
        for part, policy in zip(problems, train_parts(tasks), strict=True):
            policies.append(policy)
            self.tell(name, part, policy)
        self.keep(name, policies)
        return policies

    def narrow(
        self, name: str, problems: Sequence[Problem], policies: Sequence[Policy], allowance: float
    ) -> list[Policy]:
        """Train parts on until their bounds are no further apart in sum than ``allowance``, USD.

        More goes follow where some part did not get as far as it should. What was kept under this name is
        gone on from.
        """
        found = self.kept(name, problems) or list(policies)
        begun, allowed = time.perf_counter(), self.turn
        for _ in range(MOST_GOES):
            left = allowed - (time.perf_counter() - begun)
            aims = self.aims(problems, found, allowance)
            if not aims or left <= 0.0:
                break
            tasks = [
                self.task(problems[at], found[at], left, seconds=PATIENCE * left / len(aims), width=aim)
                for at, aim in aims.items()
            ]
            for at, policy in zip(aims, train_parts(tasks), strict=True):
                found[at] = policy
                self.tell(name, problems[at], policy)
        self.keep(name, found)
        return found

    def aims(
        self, problems: Sequence[Problem], policies: Sequence[Policy], allowance: float
    ) -> dict[int, float]:
        r"""Return the width that each part should come down to, in its own unit, the widest part first.

        Empty where all is narrow.

        Narrowing a part to :math:`a_m` costs about :math:`\sqrt{w_m / a_m}`; the least cost with
        :math:`\sum a_m` given has :math:`a_m \propto w_m^{1/3}`.
        """
        unit = np.array([part.money_unit for part in problems])
        width = unit * [policy.upper_bound - policy.lower_bound for policy in policies]
        if float(width.sum()) <= allowance:
            return {}
        free = np.array([policy.status != STUCK for policy in policies]) & (width > 0.0)
        rest = max(allowance - float(width[~free].sum()), NARROWING * float(width[free].sum()))
        aim = np.zeros(len(width))
        while free.any():
            shares = np.cbrt(width) * free
            aim = rest * shares / shares.sum()
            done = free & (aim >= width)
            if not done.any():
                break
            rest -= float(width[done].sum())
            free &= ~done
        widest_first = np.argsort(-width, kind="stable")
        return {int(at): float(aim[at] / unit[at]) for at in widest_first if free[at]}

    def task(
        self,
        part: Problem,
        start: Policy | None,
        left: float,
        *,
        seconds: float,
        gap: float = 0.0,
        width: float | None = None,
    ) -> PartTask:
        """Return what to do with a part in the ``left`` seconds."""
        several = sum(holding.states for holding in part.holdings) > 1
        return PartTask(
            problem=part,
            gap=0.5 * self.effort.gap if several else gap,
            width=width,
            seconds=seconds,
            deadline=time.time() + left,
            iterations=self.effort.iterations,
            seed=self.effort.seed,
            start=start,
        )

    def keep(self, name: str, policies: Sequence[Policy]) -> None:
        """Write parts to the folder, where there is one."""
        if self.effort.folder is not None:
            for at, policy in enumerate(policies):
                save(policy, self.place(name, at))

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

    def tell(self, name: str, part: Problem, policy: Policy) -> None:
        """Report a part that was trained."""
        kind, *rest = name.split("-")
        words = LABELS[kind] + (", closer" if "narrow" in rest else "")
        self.say(f"{words}: {part.materials[0].material}, bounds {policy.gap:.1%} apart")

    def say(self, what: str) -> None:
        """Report progress."""
        if self.report is not None:
            self.report(self.steps_done, self.steps, what)


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
