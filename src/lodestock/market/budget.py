r"""Contracts for difference within a budget.

A contract bridges strike and price, :math:`\tau = \max(0, f - p)` (two-way without the bound at zero). A
budget B caps what a group of contracts pays out, and when it does not suffice every contract of the group
is paid the same share :math:`\varphi` of its difference:

.. math:: \sum_l \varphi\, \tau_l(\varphi)\, z_l(\varphi) \le B \;\perp\; \varphi \le 1

Producers then see :math:`p + \varphi (f - p)`, so that output falls with the share. The payment is no price
and no programme has it as a constraint; the share is found outside, by bisection with secants on :math:`[0,
1]` until the payment meets the budget. Where payment does not grow steadily with the share there may be
several such shares; the one found is one at which both hold. Several groups are taken in turn until none
changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lodestock.errors import ConflictError, NotSolvedError, ValueOutOfRangeError
from lodestock.market.arrays import Float
from lodestock.market.ladder import solve
from lodestock.market.model import Market
from lodestock.market.solution import Solution

CLOSE = 1e-9
"""Gap between payment and budget that is met, relative to the budget, and change of a share that counts."""

MOST_SOLVES, MOST_ROUNDS = 60, 30
"""Markets solved for one share; rounds over several groups."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Money for a group of contracts.

    Attributes
    ----------
    name : used in errors and results.
    contracts : indices of levies with self-response 1 and negative weights.
    amount : B, money units (price times quantity).
    """

    name: str
    contracts: tuple[int, ...]
    amount: float


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """Share of the difference that is paid, what is paid, and whether the budget limits it."""

    name: str
    share: float
    paid: float
    amount: float

    @property
    def is_binding(self) -> bool:
        """Whether less than the full difference is paid."""
        return self.share < 1.0


@dataclass(frozen=True, slots=True)
class WithinBudget:
    """An equilibrium in which every group of contracts keeps to its budget.

    Attributes
    ----------
    market : the market with the shares in the weights of the contracts' charges.
    solution : its equilibrium.
    budgets : one per group, in the order given.
    solves : markets solved.
    """

    market: Market
    solution: Solution
    budgets: tuple[BudgetUse, ...]
    solves: int


def solve_within_budgets(
    market: Market, budgets: Sequence[Budget], *, start: Solution | None = None, tolerance: float = 1e-8
) -> WithinBudget:
    """Return the equilibrium in which payments keep to their budgets.

    Parameters
    ----------
    budgets : groups without a contract in common.
    start, tolerance : as in :func:`lodestock.market.solve`.

    Raises
    ------
    ConflictError
        A contract in two groups, or one that is no contract for difference.
    NotSolvedError
        No equilibrium was found for some share, or the groups did not settle.
    """
    check_budgets(market, budgets)
    search = _Search(market, budgets, tolerance, start)
    shares = np.ones(len(budgets))
    for _ in range(MOST_ROUNDS):
        before = shares.copy()
        for at in range(len(budgets)):
            shares[at] = search.share(shares, at)
        if len(budgets) == 1 or np.abs(shares - before).max(initial=0.0) <= CLOSE:
            break
    else:
        raise NotSolvedError("budgets that depend on each other did not settle", where="contracts")
    solution = search.solved(shares)
    uses = tuple(
        BudgetUse(budget.name, float(share), search.paid(solution, budget), budget.amount)
        for budget, share in zip(budgets, shares, strict=True)
    )
    return WithinBudget(search.scaled(shares), solution, uses, search.solves)


class _Search:
    """Solve for shares, each time from the last solution."""

    def __init__(
        self, market: Market, budgets: Sequence[Budget], tolerance: float, start: Solution | None
    ) -> None:
        self.market, self.budgets, self.tolerance = market, budgets, tolerance
        self.last = start
        self.solves = 0

    def scaled(self, shares: Float) -> Market:
        """Return the market with every contract's weights times the share of its group."""
        levies = self.market.levies
        factor = np.ones(len(levies))
        for budget, share in zip(self.budgets, shares, strict=True):
            factor[list(budget.contracts)] = share
        changed = replace(
            levies,
            charge_weight=levies.charge_weight * factor[levies.charge_levy],
            curve_weight=levies.curve_weight * factor[levies.curve_levy],
        )
        return replace(self.market, levies=changed)

    def solved(self, shares: Float) -> Solution:
        """Return the equilibrium at these shares."""
        solution = solve(self.scaled(shares), start=self.last, tolerance=self.tolerance)
        self.solves += 1
        if not solution.is_solved:
            raise NotSolvedError(
                f"no equilibrium with shares {np.round(shares, 6).tolist()}: residual "
                f"{solution.certificate.worst:.2g} at {solution.certificate.worst_element}",
                where="contracts",
            )
        self.last = solution
        return solution

    def paid(self, solution: Solution, budget: Budget) -> float:
        """Return what the contracts of a group pay out; negative where they take money in."""
        return 0.0 - sum(solution.certificate.levies[at].revenue for at in budget.contracts)

    def share(self, shares: Float, at: int) -> float:
        """Return the share of group ``at`` whose payment is its budget, or 1 where that suffices."""
        budget, trial = self.budgets[at], shares.copy()

        def over(share: float) -> float:
            trial[at] = share
            return self.paid(self.solved(trial), budget) - budget.amount

        high, over_high = 1.0, over(1.0)
        near = CLOSE * max(budget.amount, CLOSE * abs(over_high))
        if over_high <= near:
            return 1.0
        if budget.amount == 0.0:
            return 0.0
        low, over_low = 0.0, -budget.amount
        kept = 0
        for _ in range(MOST_SOLVES):
            # a side that stays twice has its height halved, so that the other one moves too
            share = high - over_high * (high - low) / (over_high - over_low)
            share = min(max(share, low + 1e-3 * (high - low)), high - 1e-3 * (high - low))
            value = over(share)
            if abs(value) <= near or high - low <= 1e-15:
                return share
            if value > 0.0:
                high, over_high = share, value
                over_low, kept = (over_low / 2, kept) if kept == 1 else (over_low, 1)
            else:
                low, over_low = share, value
                over_high, kept = (over_high / 2, kept) if kept == -1 else (over_high, -1)
        raise NotSolvedError(
            f"the payment jumps past the budget of {budget.amount:g}", where=f"budget {budget.name!r}"
        )


def check_budgets(market: Market, budgets: Sequence[Budget]) -> None:
    """Raise for an amount, a contract or a group that makes no sense."""
    levies = market.levies
    seen: set[int] = set()
    for budget in budgets:
        where = f"budget {budget.name!r}"
        if not (np.isfinite(budget.amount) and budget.amount >= 0.0):
            raise ValueOutOfRangeError(
                f"amount is {budget.amount:g}", where=where, allowed="finite and at least 0"
            )
        for at in budget.contracts:
            if not 0 <= at < len(levies):
                raise ConflictError(
                    f"unknown contract index {at}", where=where, allowed=f"0 to {len(levies) - 1}"
                )
            weights = np.concatenate(
                [levies.charge_weight[levies.charge_levy == at], levies.curve_weight[levies.curve_levy == at]]
            )
            if levies.self_response[at] <= 0.0 or not len(weights) or (weights >= 0.0).any():
                raise ConflictError(
                    f"{levies.names[at]!r} is no contract for difference",
                    where=where,
                    allowed="levies with self-response 1 and negative weights",
                )
            if at in seen:
                raise ConflictError(
                    f"{levies.names[at]!r} stands in two budgets", where=where, allowed="one budget each"
                )
            seen.add(at)
