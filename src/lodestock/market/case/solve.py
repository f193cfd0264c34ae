"""Solve a case: as one market, within its budgets, or on a rolling horizon."""

from __future__ import annotations

from lodestock.errors import ConflictError
from lodestock.market.budget import WithinBudget, solve_within_budgets
from lodestock.market.case.document import Case
from lodestock.market.ladder import solve
from lodestock.market.rolling import Rolling, solve_rolling
from lodestock.market.solution import Solution


def solve_case(case: Case) -> Solution | WithinBudget:
    """Return the equilibrium of a case, all its periods together; within its budgets where it has some."""
    return solve_within_budgets(case.market, case.budgets) if case.budgets else solve(case.market)


def solve_case_rolling(case: Case, *, window: int = 1, step: int = 1, expect: str = "last-price") -> Rolling:
    """Return the path of a case decided window by window, as :func:`lodestock.market.solve_rolling`.

    Raises
    ------
    ConflictError
        The case has no periods, or a budget: what it leaves for later periods is decided in none of them.
    """
    if case.horizon is None:
        raise ConflictError("a rolling horizon without periods", where="case", allowed="give periods too")
    if case.budgets:
        raise ConflictError(
            "budgets on a rolling horizon", where="case: budgets", allowed="all periods solved together"
        )
    return solve_rolling(case.horizon, window=window, step=step, expect=expect)
