"""One HiGHS model per node, passed once and kept warm: only bounds, costs, random entries and cuts change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lodestock.errors import InfeasibleError, NotSolvedError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float, Int
from lodestock.sddp.problem import StageProblem

TOLERANCE = 1e-9
"""Of feasibility, primal and dual. A basis within both is optimal: the gap between the two objectives, which
large numbers that cancel keep open, is not asked for (``optimality_tolerance``)."""
LONG = 1e6
"""Numbers above this loosen the feasibility tolerance in proportion, up to ``MOST_LOOSE`` times."""
MOST_LOOSE = 1e3
PATIENCE = 5.0
"""Seconds for an attempt of last resort; steps that run in a circle end there."""
OPTIONS: tuple[tuple[str, bool | int | float | str], ...] = (
    ("output_flag", False),
    ("threads", 1),
    ("presolve", "off"),
    ("solver", "simplex"),
    ("primal_feasibility_tolerance", TOLERANCE),
    ("dual_feasibility_tolerance", TOLERANCE),
    ("small_matrix_value", 1e-12),
    ("simplex_iteration_limit", 200_000),
    ("optimality_tolerance", 1.0),
)

SNAP = 1e-11
"""A state this near to a bound lies on it: numbers of that size as bounds lead simplex steps astray."""
LAST_RESORT: tuple[tuple[str, str | int], ...] = (("simplex_strategy", 4), ("solver", "ipm"))
"""Options tried one by one when simplex steps end without an answer: primal steps, an interior point."""


def new_solver() -> Any:
    """Return a silent HiGHS instance with one thread and tight tolerances."""
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in OPTIONS:
        solver.setOptionValue(name, value)
    return solver


def tolerance_of(problem: StageProblem) -> float:
    """Return the feasibility tolerance: above a million, numbers of rows and bounds are too long for 1e-9."""
    arrays = (problem.lower, problem.upper, problem.row_lower, problem.row_upper)
    varied = (problem.random_row_lower.ravel(), problem.random_row_upper.ravel())
    every = np.abs(np.concatenate([*arrays, *varied]))
    largest = float(every[np.isfinite(every)].max(initial=0.0))
    return TOLERANCE * min(max(1.0, largest / LONG), MOST_LOOSE)


def pass_model(
    solver: Any,
    cost: Float,
    lower: Float,
    upper: Float,
    row_lower: Float,
    row_upper: Float,
    start: Int,
    index: Int,
    value: Float,
) -> None:
    """Give a solver a linear programme whose matrix is stored by rows."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(row_lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
    lp.row_lower_, lp.row_upper_ = row_lower, row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start, index, value
    solver.passModel(lp)


class Programme:
    """The problem of a node with room for columns and rows that stand for what follows.

    Columns of the node come first, ``extra`` columns behind them.
    """

    def __init__(
        self, problem: StageProblem, cost: Sequence[float], lower: Sequence[float], upper: Sequence[float]
    ) -> None:
        self.problem = problem
        self.columns = len(problem.column_names)
        self.rows = len(problem.row_names)
        n = problem.states
        self.incoming = np.arange(n, dtype=np.int32)
        self.outgoing = slice(n, 2 * n)
        self.state_lower = problem.lower[self.outgoing]
        self.state_upper = problem.upper[self.outgoing]
        self.priced = np.flatnonzero(problem.price_cost.any(axis=0)).astype(np.int32)
        self.repriced = np.union1d(self.priced, problem.random_column).astype(np.int32)
        self.outcome = -1
        self.constant = 0.0
        self.solves = 0
        self.solver = new_solver()
        self.solver.setOptionValue("primal_feasibility_tolerance", tolerance_of(problem))
        pass_model(
            self.solver,
            np.concatenate([problem.cost, np.asarray(cost, dtype=np.float64)]),
            np.concatenate([problem.lower, np.asarray(lower, dtype=np.float64)]),
            np.concatenate([problem.upper, np.asarray(upper, dtype=np.float64)]),
            problem.row_lower,
            problem.row_upper,
            problem.row_start,
            problem.column_index,
            problem.entry,
        )
        from highspy import HighsModelStatus

        self.optimal = HighsModelStatus.kOptimal
        self._status = HighsModelStatus

    def solve(self, x: Float, outcome: int, price: Float | None = None) -> float:
        """Solve at an incoming state, a noise outcome and a price; return the objective."""
        solver = self.solver
        solver.changeColsBounds(len(x), self.incoming, x, x)
        self.set_outcome(outcome)
        if price is not None and len(self.repriced):
            cost, self.constant = self.problem.cost_of(outcome, price)
            solver.changeColsCost(len(self.repriced), self.repriced, cost[self.repriced])
        self.solves += 1
        solver.run()
        if solver.getModelStatus() != self.optimal:
            self._recover(x, outcome)
        return float(solver.getObjectiveValue()) + self.constant

    def attempt(self, x: Float, outcome: int) -> bool:
        """Solve where infeasibility is an answer; tell whether there is an optimum."""
        solver = self.solver
        solver.changeColsBounds(len(x), self.incoming, x, x)
        self.set_outcome(outcome)
        self.solves += 1
        solver.run()
        if solver.getModelStatus() != self.optimal:
            solver.clearSolver()
            solver.run()
        return bool(solver.getModelStatus() == self.optimal)

    def slope(self) -> Float:
        """Return the derivative of the objective in the incoming state (reduced costs of fixed columns)."""
        return np.array(self.solver.getSolution().col_dual[: len(self.incoming)])

    def outgoing_state(self) -> Float:
        """Return the outgoing state, within its bounds and on them where rounding alone keeps it off."""
        values = np.array(self.solver.getSolution().col_value[self.outgoing])
        values = np.where(values <= self.state_lower + SNAP, self.state_lower, values)
        return np.asarray(np.where(values >= self.state_upper - SNAP, self.state_upper, values))

    def values(self) -> Float:
        """Return the value of every column of the node."""
        return np.array(self.solver.getSolution().col_value[: self.columns])

    def row_duals(self) -> Float:
        """Return the dual of every row of the node."""
        return np.array(self.solver.getSolution().row_dual[: self.rows])

    def set_outcome(self, outcome: int) -> None:
        """Give the node's rows, costs and entries the values of an outcome."""
        if outcome == self.outcome:
            return
        problem, solver = self.problem, self.solver
        self.outcome = outcome
        if len(problem.random_row):
            solver.changeRowsBounds(
                len(problem.random_row),
                problem.random_row,
                problem.random_row_lower[outcome],
                problem.random_row_upper[outcome],
            )
        if len(problem.random_column):
            solver.changeColsCost(
                len(problem.random_column), problem.random_column, problem.random_cost[outcome]
            )
        for at, (row, column, _) in enumerate(problem.random_entry):
            solver.changeCoeff(int(row), int(column), float(problem.random_entry_value[outcome, at]))
        self.constant = float(problem.constant[outcome])

    def _recover(self, x: Float, outcome: int) -> None:
        """Solve once more from nothing, with presolve; raise with a name when that fails too."""
        solver, status = self.solver, self._status
        solver.setOptionValue("time_limit", solver.getRunTime() + PATIENCE)
        solver.clearSolver()
        solver.setOptionValue("presolve", "on")
        solver.run()
        found = solver.getModelStatus()
        if found == status.kUnboundedOrInfeasible:
            solver.setOptionValue("presolve", "off")
            solver.clearSolver()
            solver.run()
            found = solver.getModelStatus()
        solver.setOptionValue("presolve", "off")
        ended = (self.optimal, status.kInfeasible, status.kUnbounded, status.kUnboundedOrInfeasible)
        for name, value in LAST_RESORT:
            if found in ended:
                break
            _, usual = solver.getOptionValue(name)
            solver.setOptionValue(name, value)
            solver.clearSolver()
            solver.run()
            found = solver.getModelStatus()
            solver.setOptionValue(name, usual)
        solver.setOptionValue("time_limit", np.inf)
        if found == self.optimal:
            return
        where = f"{self.problem.where}, {self._noise(outcome)}, {self._state(x)}"
        if found == status.kInfeasible:
            rows = ", ".join(self._clashing_rows()) or "bounds of decisions"
            raise InfeasibleError(
                f"no decision satisfies: {rows}",
                where=where,
                hint="every state within its bounds needs a feasible decision: add a slack with a cost",
            )
        if found in (status.kUnbounded, status.kUnboundedOrInfeasible):
            raise ValueOutOfRangeError(
                f"the subproblem is unbounded{self._free_directions()}",
                where=where,
                hint="bound the decisions whose cost falls without end",
            )
        raise NotSolvedError(f"HiGHS stopped with status {solver.modelStatusToString(found)}", where=where)

    def _noise(self, outcome: int) -> str:
        value = self.problem.outcomes[outcome]
        return "no noise" if value is None else f"outcome {outcome} ({value})"

    def _state(self, x: Float) -> str:
        pairs = zip(self.problem.state_names, x, strict=True)
        return "state " + ", ".join(f"{name} = {value:g}" for name, value in pairs)

    def _free_directions(self) -> str:
        solver = self.solver
        solver.clearSolver()
        solver.setOptionValue("simplex_strategy", 4)
        solver.run()
        _, has_ray, ray = solver.getPrimalRay()
        solver.setOptionValue("simplex_strategy", 1)
        if has_ray:
            moving = np.flatnonzero(np.abs(np.asarray(ray)[: self.columns]) > 1e-9)[:6]
        else:
            cost, _ = self.problem.cost_of(max(self.outcome, 0), None)
            falling = (cost < 0.0) & (self.problem.upper == np.inf)
            moving = np.flatnonzero(falling | (cost > 0.0) & (self.problem.lower == -np.inf))[:6]
        names = ", ".join(repr(self.problem.column_names[at]) for at in moving)
        return f" along {names}" if names else ""

    def _clashing_rows(self) -> list[str]:
        """Name up to six rows that stay violated when all rows may bend at equal cost."""
        solver = self.solver
        solver.feasibilityRelaxation(-1.0, -1.0, 1.0)
        values = np.array(solver.getSolution().row_value[: self.rows])
        if len(values) < self.rows:
            return []
        lower, upper = self.problem.bounds_of(max(self.outcome, 0))
        gap = np.maximum(lower - values, values - upper)
        worst = [at for at in np.argsort(-gap)[:6] if gap[at] > 1e-7]
        return [f"{self.problem.row_names[at]!r} (short by {gap[at]:.4g})" for at in worst]
