r"""Prices on money that materials share, by quarter and regime, and each material's share of it.

With prices y on stock and :math:`\lambda` on spending that every material pays instead of meeting the others,

.. math:: V \ge \sum_m V_m(y, \lambda)
          - \sum_{tz} \delta^t P(z_t = z) \big(g^*(y_{tz}) + \lambda_{tz}\, budget\big) .

The right side is largest where, in every quarter and regime, the mean stock is what money carries at that
price. The prices are moved there one by one, from few outcomes of the noise: the bound holds at any prices.
Materials of one group see the same regime; with several groups a price goes by quarter alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lodestock.reserve.costs import inventory_price
from lodestock.reserve.dynamics import sample_paths
from lodestock.reserve.noise import with_less_noise
from lodestock.reserve.parts import conjugate, most_funds, priced_part, slope_at
from lodestock.reserve.position import Int
from lodestock.reserve.problem import Float, Problem
from lodestock.reserve.replay import part_flows
from lodestock.reserve.training import Work
from lodestock.sddp import Policy
from lodestock.workers import available_workers, ordered

PROBES = 80
"""Paths on which prices and shares are chosen."""
MOST_STEPS = 8
TIME = 0.4
"""Part of the time for parts that the search for prices may take."""
NEAR = 0.05
"""How far the mean stock may be from what money carries."""
FIRST_STEP = 0.01
"""USD per USD and quarter by which a price rises first; it doubles from there."""
FEWEST_PATHS = 4
"""Paths in a regime from which a mean is taken."""
FEWEST_SHARED = 8
"""Materials from which paths are followed by several processes."""
SPARE = 1.02
"""Room above the largest use seen on those paths, where there is any."""


@dataclass(frozen=True, eq=False)
class Prices:
    """USD per USD, shape (quarters, regimes), one column where the price goes by quarter alone."""

    funds: Float
    spending: Float


@dataclass(frozen=True, eq=False)
class Uses:
    """Stock at base prices and purchases, USD, shape (materials, paths, quarters)."""

    funds: Float
    spending: Float


def no_prices(problem: Problem) -> Prices:
    """Return prices of zero."""
    shape = (problem.case.quarters, len(problem.states) if len(problem.case.groups) == 1 else 1)
    return Prices(np.zeros(shape), np.zeros(shape))


def price_constant(problem: Problem, prices: Prices) -> float:
    r"""Return :math:`\sum_{tz} \delta^t P(z_t = z) (g^*(y_{tz}) + \lambda_{tz} budget)`, USD."""
    constant, chance = 0.0, problem.start
    for t in range(problem.case.quarters):
        weights = chance if prices.funds.shape[1] > 1 else np.ones(1)
        for weight, y, price in zip(
            weights.tolist(), prices.funds[t].tolist(), prices.spending[t].tolist(), strict=True
        ):
            spent = price * problem.budget if price > 0.0 else 0.0
            constant += problem.discount**t * weight * (conjugate(problem, y) + spent)
        chance = chance @ problem.transition
    return float(constant)


def prices_and_shares(work: Work) -> tuple[Prices, Float]:
    """Return prices at which materials apart take what there is, and the share of each."""
    problem = with_less_noise(work.problem)
    states, outcomes = sample_paths(problem, PROBES, work.effort.seed + 1)
    prices = no_prices(problem)
    places = states if prices.funds.shape[1] > 1 else np.zeros_like(states)
    funds = _Search(places, prices.funds, most_funds(problem), lambda use: slope_at(problem, use))
    spending = _Search(places, prices.spending, problem.budget, lambda _: 0.0)
    stop = work.left * (1.0 - TIME)
    for step in range(MOST_STEPS):
        parts = [
            priced_part(problem, m, prices.funds, prices.spending) for m in range(len(problem.materials))
        ]
        policies = work.first(f"free-{step}", parts)
        uses = _uses(problem, parts, policies, states, outcomes)
        moved = [funds.move(uses.funds.sum(axis=0)), spending.move(uses.spending.sum(axis=0))]
        if not any(moved) or step == MOST_STEPS - 1 or work.left < stop:
            break
        prices = Prices(funds.price.copy(), spending.price.copy())
    return prices, _shares(problem, uses)


class _Search:
    """Moves the prices of one thing until its mean use is what there is."""

    def __init__(self, places: Int, price: Float, most: float, least: Callable[[float], float]) -> None:
        self.places = places
        self.price = price.copy()
        self.most = most
        self.least = least
        self.low: dict[tuple[int, int], tuple[float, float]] = {}
        self.high: dict[tuple[int, int], tuple[float, float]] = {}

    def move(self, use: Float) -> bool:
        """Move every price by the mean use in its place; tell whether any moved."""
        before = self.price.copy()
        for t, z in np.ndindex(*self.price.shape):
            here = use[self.places[:, t] == z, t]
            if len(here) >= FEWEST_PATHS:
                self.price[t, z] = self._next((t, z), float(here.mean()))
            elif len(here):
                self.price[t, z] = self.least(float(here.mean()))
        return not np.allclose(before, self.price, rtol=1e-9, atol=0.0)

    def _next(self, at: tuple[int, int], use: float) -> float:
        price, least = float(self.price[at]), self.least(use)
        if not math.isfinite(self.most) or abs(use - self.most) <= NEAR * self.most:
            return max(price, least if use <= self.most else 0.0)
        if use > self.most:
            self.low[at] = (price, use)
            if at in self.high and self.high[at][0] <= price:
                del self.high[at]
            if at not in self.high:
                return max(2.0 * price, least + FIRST_STEP)
        else:
            if price <= least:
                return least
            self.high[at] = (price, use)
            if at not in self.low or self.low[at][0] >= price:
                self.low[at] = (least, max(2.0 * self.most - use, use))
        (below, more), (above, less) = self.low[at], self.high[at]
        share = min(0.9, max(0.1, (more - self.most) / max(more - less, 1e-12 * self.most)))
        return max(least, below + share * (above - below))


@dataclass(frozen=True, eq=False)
class _PartUse:
    """Follows the policy of a part along paths."""

    problem: Problem
    states: Int
    outcomes: Int

    def __call__(self, task: tuple[int, Problem, Policy]) -> tuple[Float, Float]:
        material, part, policy = task
        flows = part_flows(self.problem, material, part, policy, self.states, self.outcomes)
        worth = np.array([inventory_price(part, h) for h in range(len(part.holdings))])
        return (flows.held + flows.orders) @ worth, flows.spent


def _uses(
    problem: Problem, parts: Sequence[Problem], policies: Sequence[Policy], states: Int, outcomes: Int
) -> Uses:
    tasks = [(m, part, policy) for m, (part, policy) in enumerate(zip(parts, policies, strict=True))]
    workers = available_workers() if len(tasks) >= FEWEST_SHARED else 1
    found = list(ordered(_PartUse(problem, states, outcomes), tasks, workers))
    return Uses(np.array([funds for funds, _ in found]), np.array([spent for _, spent in found]))


def _shares(problem: Problem, uses: Uses) -> Float:
    """Shares of money and room by material: what each takes at its most, blown up or cut to fit together."""
    peaks = uses.funds.max(axis=(1, 2))
    if math.isfinite(problem.budget):
        spent = uses.spending.max(axis=(1, 2))
        total = float(peaks.sum()) / max(float(spent.sum()), 1e-300)
        tight = float(spent.sum()) / problem.budget > float(peaks.sum()) / most_funds(problem)
        peaks = spent * total if tight or not math.isfinite(problem.limit) else peaks
    floor = 1e-4 * max(float(peaks.max()), 1e-9)
    peaks = np.maximum(SPARE * peaks, floor)
    return np.asarray(peaks / peaks.sum())
