"""Certified bounds of a reserve plan: every material planned apart, what they share priced and shared out.

Above: the parts with shares of money and room (`parts.part_of`), a plan that can be carried out. Below: the
parts that pay prices instead (`parts.priced_part`). Both sides close to the optimum where materials hardly
compete. Where they leave a gap, where the tail is weighed and where regimes are hidden, the programme of all
materials together gives both sides as well; the better of each is kept.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lodestock.errors import ConflictError
from lodestock.reserve.costs import inventory_price
from lodestock.reserve.dynamics import sample_paths
from lodestock.reserve.parts import (
    carrying_slopes,
    most_funds,
    part_of,
    price_constant,
    priced_part,
    slope_at,
)
from lodestock.reserve.position import Int
from lodestock.reserve.problem import Float, Problem
from lodestock.reserve.replay import part_flows
from lodestock.reserve.stages import reserve_model
from lodestock.sddp import EAVaR, Expectation, Policy, RiskMeasure, load, save, train, train_line
from lodestock.sddp import Progress as Pass

Report = Callable[[int, int, str], None]
PROBES = 200
"""Paths on which shares and prices are chosen."""
SPARE = 1.02
"""Room above the largest use seen on those paths, where there is any."""
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
PRICE_STEPS = 7
TOGETHER = "all together"


@dataclass(frozen=True, eq=False)
class Part:
    """The plan of one material: its problem with its share of money and room, and the policy."""

    material: str
    share: float
    problem: Problem
    policy: Policy


@dataclass(frozen=True)
class Certificate:
    """Bounds of the optimal value, USD; neither leans on simulated paths.

    ``upper_kind`` and ``lower_kind`` say what gives them: ``parts`` (materials planned apart), ``joint`` (all
    materials together: cuts below, an inner approximation above).
    """

    lower_bound: float
    upper_bound: float
    lower_kind: str
    upper_kind: str
    target: float

    @property
    def gap(self) -> float:
        """Return (upper - lower) over the larger magnitude of the two."""
        size = max(abs(self.lower_bound), abs(self.upper_bound), CENT)
        return (self.upper_bound - self.lower_bound) / size

    @property
    def is_proved(self) -> bool:
        """Tell whether both bounds hold for certain."""
        return math.isfinite(self.lower_bound) and math.isfinite(self.upper_bound)

    def as_dict(self) -> dict[str, float | str | bool]:
        """Return what JSON shows."""
        return {
            "lower_bound": self.lower_bound,
            "upper_bound": self.upper_bound,
            "gap": self.gap,
            "lower_kind": self.lower_kind,
            "upper_kind": self.upper_kind,
            "proved": self.is_proved,
            "target_gap": self.target,
        }


@dataclass(frozen=True, eq=False)
class Trained:
    """Parts of a plan and the certificate over them."""

    parts: tuple[Part, ...]
    """One per material, or one for all together where that is the better plan."""
    certificate: Certificate
    shares: Float | None = None
    """Share of money and room by material where materials were planned apart."""


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


def certify(problem: Problem, effort: Effort, report: Report | None = None) -> Trained:
    """Plan every material and prove how far the whole can be from the best.

    Parameters
    ----------
    report : called with (done, of, what) after each piece of work.

    Raises
    ------
    LodestockError
        A programme that is infeasible or unbounded; names node, rows and decisions.
    """
    work = _Work(problem, effort, report)
    weighs_tail = isinstance(measure(problem), EAVaR)
    slow_apart = _may_join(problem) and (weighs_tail or _most_states(problem) > 1)
    if problem.hidden or (slow_apart and _is_small(problem)):
        return _all_together(work)
    count = len(problem.materials)
    if not shares_anything(problem):
        policies = work.train_all("part", [part_of(problem, m) for m in range(count)])
        parts, whole = _named(work, policies, np.ones(count)), np.ones(count)
        found = _together(work, parts, parts, 0.0)
        if not _may_join(problem):
            return Trained(parts, found, whole)
        return _jointly(work, parts, replace(found, lower_bound=-math.inf), whole)
    free, funds_price, spending_price, shares = _prices_and_shares(work)
    apart = [part_of(problem, m, float(share)) for m, share in enumerate(shares)]
    parts = _named(work, work.train_all("shared", apart), shares)
    if weighs_tail:
        upper = sum(part.policy.upper_bound * part.problem.money_unit for part in parts)
        return _jointly(work, parts, Certificate(-math.inf, upper, "parts", "parts", effort.gap), shares)
    priced = [priced_part(problem, m, funds_price, spending_price) for m in range(count)]
    below = _named(work, work.train_all("priced", priced, free), np.ones(count))
    found = _together(work, parts, below, price_constant(problem, funds_price, spending_price))
    if found.gap <= effort.gap or not _may_join(problem):
        return Trained(parts, found, shares)
    return _jointly(work, parts, found, shares)


def _may_join(problem: Problem) -> bool:
    """Tell whether materials are planned together as well: they share money or room, or weighing the tail.

    A tail measure of a sum is at most the sum of the measures: materials apart then prove an upper side only.
    """
    if len(problem.materials) > 1 and isinstance(measure(problem), EAVaR):
        return True
    return shares_anything(problem) and _is_small(problem)


def _is_small(problem: Problem) -> bool:
    return len(problem.states) * problem.case.quarters <= LARGEST_GRAPH


def _most_states(problem: Problem) -> int:
    """Return the most states that a material has: age classes and orders on the way of its holdings."""
    counts = [0] * len(problem.materials)
    for holding in problem.holdings:
        counts[holding.material] += holding.ages + max(0, holding.lag - 1)
    return max(counts)


class _Work:
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
        share = PARTS_TIME if _may_join(self.problem) else 1.0
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


def _named(work: _Work, policies: Sequence[Policy], shares: Float) -> tuple[Part, ...]:
    problem = work.problem
    return tuple(
        Part(data.material, float(shares[m]), part_of(problem, m, float(shares[m])), policies[m])
        for m, data in enumerate(problem.materials)
    )


def _together(work: _Work, above: Sequence[Part], below: Sequence[Part], constant: float) -> Certificate:
    lower = sum(part.policy.lower_bound * part.problem.money_unit for part in below) - constant
    upper = sum(part.policy.upper_bound * part.problem.money_unit for part in above)
    return Certificate(lower, max(lower, upper), "parts", "parts", work.effort.gap)


def _prices_and_shares(work: _Work) -> tuple[list[Policy], list[float], list[float], Float]:
    """Plan without sharing and raise prices until all fits; shares go by what each then takes."""
    problem = work.problem
    count, quarters = len(problem.materials), problem.case.quarters
    states, outcomes = sample_paths(problem, PROBES, work.effort.seed + 1)
    funds_price, spending_price = [0.0] * quarters, [0.0] * quarters
    floor = 0.0
    step = max(slope for _, slope in carrying_slopes(problem)) or 0.01
    policies: list[Policy] = []
    for attempt in range(PRICE_STEPS):
        parts = [priced_part(problem, m, funds_price, spending_price) for m in range(count)]
        policies = work.train_all(f"free-{attempt}", parts, rough=True)
        funds, spending = _uses(problem, parts, policies, states, outcomes)
        over_funds = float(funds.sum(axis=0).max()) > most_funds(problem)
        over_budget = float(spending.sum(axis=0).max()) > problem.budget
        mean = funds.sum(axis=0).mean(axis=0)
        wanted = [max(slope_at(problem, float(f)), floor) for f in mean]
        settled = wanted == funds_price and not over_funds and not over_budget
        if settled or attempt == PRICE_STEPS - 1:
            break
        if attempt > 0 and over_funds:
            floor = max(2.0 * floor, step)
            wanted = [max(price, floor) for price in wanted]
        if over_budget:
            level = max(2.0 * max(spending_price), 0.05)
            mean_spending = spending.sum(axis=0).mean(axis=0)
            spending_price = [
                max(old, level) if now > 0.7 * problem.budget else old
                for old, now in zip(spending_price, mean_spending.tolist(), strict=True)
            ]
        if wanted == funds_price and not over_budget:
            break
        funds_price = wanted
    work.round = 1
    return policies, funds_price, spending_price, _shares(problem, funds, spending)


def _uses(
    problem: Problem, parts: Sequence[Problem], policies: Sequence[Policy], states: Int, outcomes: Int
) -> tuple[Float, Float]:
    """(materials, paths, quarters) USD in stock at base prices, and spent on purchases."""
    funds, spending = [], []
    for m, (part, policy) in enumerate(zip(parts, policies, strict=True)):
        flows = part_flows(problem, m, part, policy, states, outcomes)
        worth = np.array([inventory_price(part, h) for h in range(len(part.holdings))])
        funds.append((flows.held + flows.orders) @ worth)
        spending.append(flows.spent)
    return np.array(funds), np.array(spending)


def _shares(problem: Problem, funds: Float, spending: Float) -> Float:
    """Shares of money and room by material: what each takes at its most, blown up or cut to fit together."""
    peaks = funds.max(axis=(1, 2))
    if math.isfinite(problem.budget):
        spent = spending.max(axis=(1, 2))
        total = float(peaks.sum()) / max(float(spent.sum()), 1e-300)
        tight = float(spent.sum()) / problem.budget > float(peaks.sum()) / most_funds(problem)
        peaks = spent * total if tight or not math.isfinite(problem.limit) else peaks
    floor = 1e-4 * max(float(peaks.max()), 1e-9)
    peaks = np.maximum(SPARE * peaks, floor)
    return np.asarray(peaks / peaks.sum())


def _jointly(work: _Work, parts: tuple[Part, ...], apart: Certificate, shares: Float) -> Trained:
    """Plan all materials together in the time left; keep the better bound of each side and its plan."""
    policy = _train_jointly(work)
    unit = work.problem.money_unit
    low, high = policy.lower_bound * unit, policy.upper_bound * unit
    by_parts = apart.upper_bound <= high
    lower = max(apart.lower_bound, low)
    certificate = Certificate(
        lower,
        max(lower, min(apart.upper_bound, high)),
        "joint" if low >= apart.lower_bound else "parts",
        "parts" if by_parts else "joint",
        work.effort.gap,
    )
    kept = parts if by_parts else (Part(TOGETHER, 1.0, work.problem, policy),)
    return Trained(kept, certificate, shares)


def _all_together(work: _Work) -> Trained:
    """Plan all together from the start: hidden regimes, materials of several states, tails weighed."""
    policy = _train_jointly(work)
    unit = work.problem.money_unit
    lower, upper = policy.lower_bound * unit, policy.upper_bound * unit
    part = Part(TOGETHER, 1.0, work.problem, policy)
    return Trained((part,), Certificate(lower, max(lower, upper), "joint", "joint", work.effort.gap))


def _train_jointly(work: _Work) -> Policy:
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
