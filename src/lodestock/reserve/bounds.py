"""Certified bounds of a reserve plan: every material planned apart, what they share priced and shared out.

Above: the parts with shares of money and room (`parts.part_of`), a plan that can be carried out. Below: the
parts that pay prices instead (`parts.priced_part`). Both sides close to the optimum where materials hardly
compete. Where they leave a gap, where the tail is weighed and where regimes are hidden, the programme of all
materials together gives both sides as well; the better of each is kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from lodestock.reserve.part_training import measure
from lodestock.reserve.parts import part_of, priced_part
from lodestock.reserve.prices import price_constant, prices_and_shares
from lodestock.reserve.problem import Float, Problem
from lodestock.reserve.training import (
    Effort,
    Report,
    Work,
    is_small,
    may_join,
    shares_anything,
    train_jointly,
)
from lodestock.sddp import EAVaR, Policy

CENT = 0.01
"""USD; what a gap is measured against at least."""
MOST_NARROWINGS = 6
BELIEVED = 0.7
"""Part of the estimated cost of sharing that is set aside; the estimate from rough parts is too high."""
STEP = 0.8
"""Part of its width that a side keeps at most when it is narrowed."""
LEAST_SHARE = 0.4
"""Part of the gap asked for that widths are brought down to at least, when sharing seems to cost the rest."""
NEARLY = 0.9
"""Part of the gap asked for that materials which share nothing may leave."""
TAIL_SHARE = 0.45
"""The same for the upper side of materials that share money where the tail is weighed."""
TOGETHER = "all together"
Side: TypeAlias = "tuple[Sequence[Problem], list[Policy]]"


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
        size = size_of(self.lower_bound, self.upper_bound)
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
    work = Work(problem, effort, report)
    weighs_tail = isinstance(measure(problem), EAVaR)
    slow_apart = may_join(problem) and (weighs_tail or _most_states(problem) > 1)
    if problem.hidden or (slow_apart and is_small(problem)):
        return _all_together(work)
    count = len(problem.materials)
    if not shares_anything(problem):
        return _unshared(work)
    prices, shares = prices_and_shares(work)
    work.steps_done = 1
    apart = [part_of(problem, m, float(share)) for m, share in enumerate(shares)]
    above = work.first("shared", apart)
    work.steps_done = 2
    if weighs_tail:
        above = work.narrow(
            "shared-narrow",
            apart,
            above,
            TAIL_SHARE * effort.gap * size_of(_sum(apart, above, "upper_bound")),
        )
        upper = _sum(apart, above, "upper_bound")
        found = Certificate(-math.inf, upper, "parts", "parts", effort.gap)
        return _jointly(work, _named(problem, above, shares), found, shares)
    priced = [priced_part(problem, m, prices.funds, prices.spending) for m in range(count)]
    below = work.first("priced", priced)
    work.steps_done = 3
    constant = price_constant(problem, prices)
    above, below = _narrowed(work, (apart, above), (priced, below), constant)
    found = _together(work, apart, above, priced, below, constant)
    parts = _named(problem, above, shares)
    if found.gap <= effort.gap or not may_join(problem):
        return Trained(parts, found, shares)
    return _jointly(work, parts, found, shares)


def _unshared(work: Work) -> Trained:
    """Plan materials that share nothing; weighing the tail, parts prove an upper side only."""
    problem, count = work.problem, len(work.problem.materials)
    whole = np.ones(count)
    apart = [part_of(problem, m) for m in range(count)]
    policies = work.first("part", apart)
    work.steps_done = 1
    size = size_of(*(_sum(apart, policies, side) for side in ("lower_bound", "upper_bound")))
    policies = work.narrow("part-narrow", apart, policies, NEARLY * work.effort.gap * size)
    parts, found = _named(problem, policies, whole), _together(work, apart, policies, apart, policies, 0.0)
    if not may_join(problem):
        return Trained(parts, found, whole)
    return _jointly(work, parts, replace(found, lower_bound=-math.inf), whole)


def _narrowed(work: Work, above: Side, below: Side, constant: float) -> tuple[list[Policy], list[Policy]]:
    """Train both sides on until the gap asked for is met, cannot be met by parts, or time is up.

    Cuts lie below a curve by half of what chords lie above it: the values themselves are taken to be a third
    of the width from the lower side. What is left between them is what sharing costs; the rest is for widths.
    """
    (apart, upper), (priced, lower) = above, below
    for go in range(MOST_NARROWINGS):
        high, low = _sum(apart, upper, "upper_bound"), _sum(priced, lower, "lower_bound") - constant
        size = size_of(low, high)
        wide = high - _sum(apart, upper, "lower_bound"), _sum(priced, lower, "upper_bound") - constant - low
        wanted = work.effort.gap * size
        if high - low <= wanted or high - low - sum(wide) > wanted or work.is_late:
            break
        apart_cost = max(0.0, high - low - (2.0 * wide[0] + wide[1]) / 3.0)
        allowance = max(wanted - BELIEVED * apart_cost, LEAST_SHARE * wanted)
        upper = work.narrow(f"shared-narrow-{go}", apart, upper, min(allowance, STEP * wide[0]))
        lower = work.narrow(f"priced-narrow-{go}", priced, lower, min(allowance, STEP * wide[1]))
    return upper, lower


def _most_states(problem: Problem) -> int:
    """Return the most states that a material has: age classes and orders on the way of its holdings."""
    counts = [0] * len(problem.materials)
    for holding in problem.holdings:
        counts[holding.material] += holding.states
    return max(counts)


def _named(problem: Problem, policies: Sequence[Policy], shares: Float) -> tuple[Part, ...]:
    return tuple(
        Part(data.material, float(shares[m]), part_of(problem, m, float(shares[m])), policies[m])
        for m, data in enumerate(problem.materials)
    )


def size_of(*bounds: float) -> float:
    """Return what a distance between bounds is measured against, USD."""
    return max(*map(abs, bounds), CENT)


def _sum(problems: Sequence[Problem], policies: Sequence[Policy], side: str) -> float:
    """Return the sum of one bound of parts, USD."""
    return float(sum(getattr(p, side) * part.money_unit for part, p in zip(problems, policies, strict=True)))


def _together(
    work: Work,
    apart: Sequence[Problem],
    above: Sequence[Policy],
    priced: Sequence[Problem],
    below: Sequence[Policy],
    constant: float,
) -> Certificate:
    lower = _sum(priced, below, "lower_bound") - constant
    upper = _sum(apart, above, "upper_bound")
    return Certificate(lower, max(lower, upper), "parts", "parts", work.effort.gap)


def _jointly(work: Work, parts: tuple[Part, ...], apart: Certificate, shares: Float) -> Trained:
    """Plan all materials together in the time left; keep the better bound of each side and its plan."""
    policy = train_jointly(work)
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


def _all_together(work: Work) -> Trained:
    """Plan all together from the start: hidden regimes, materials of several states, tails weighed."""
    policy = train_jointly(work)
    unit = work.problem.money_unit
    lower, upper = policy.lower_bound * unit, policy.upper_bound * unit
    part = Part(TOGETHER, 1.0, work.problem, policy)
    return Trained((part,), Certificate(lower, max(lower, upper), "joint", "joint", work.effort.gap))
