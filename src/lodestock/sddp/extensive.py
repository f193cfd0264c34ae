r"""The extensive form: one linear programme over the whole scenario tree, for small graphs.

Every tree node n repeats its problem with :math:`x_n` equal to its parent's outgoing state. Behind it stands

.. math:: r_n = \delta \Big[ \lambda \sum_b p_b z_b
          + (1 - \lambda) \big( \eta_n + \tfrac1\beta \sum_b p_b\, s_b \big) \Big],\qquad
          s_b \ge z_b - \eta_n,\ s_b \ge 0,\qquad z_b = \text{cost}_b + r_b,

the nested risk measure written out (Rockafellar and Uryasev 2000); :math:`\beta \to 0` is
:math:`\eta_n \ge z_b`. It shares no code with the cuts, which makes it an oracle for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lodestock.errors import ConflictError, InfeasibleError, NotSolvedError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float
from lodestock.sddp.model import Model
from lodestock.sddp.programme import new_solver, pass_model
from lodestock.sddp.risk import AVaR, EAVaR, Expectation, RiskMeasure, WorstCase
from lodestock.sddp.training import Risk, risk_by_node
from lodestock.sddp.units import Branch, Unit, Units, make_units


@dataclass(frozen=True)
class ExtensiveForm:
    """The optimum of the tree and its size."""

    value: float
    tree_nodes: int
    columns: int
    rows: int


@dataclass
class _Parts:
    """Columns and rows of the tree while it grows."""

    cost: list[Float] = field(default_factory=list)
    lower: list[Float] = field(default_factory=list)
    upper: list[Float] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)
    start: list[int] = field(default_factory=lambda: [0])
    index: list[Float] = field(default_factory=list)
    value: list[Float] = field(default_factory=list)
    columns: int = 0
    entries: int = 0

    def add_columns(self, lower: Float, upper: Float) -> int:
        """Add columns without cost; return the number of the first."""
        first = self.columns
        self.columns += len(lower)
        self.cost.append(np.zeros(len(lower)))
        self.lower.append(lower)
        self.upper.append(upper)
        return first

    def free(self) -> int:
        """Add one unbounded column."""
        return self.add_columns(np.array([-np.inf]), np.array([np.inf]))

    def add_row(self, lower: float, upper: float, index: object, value: object) -> None:
        """Add one row."""
        columns, entries = np.asarray(index, dtype=np.float64), np.asarray(value, dtype=np.float64)
        self.row_lower.append(lower)
        self.row_upper.append(upper)
        self.index.append(columns)
        self.value.append(entries)
        self.entries += len(columns)
        self.start.append(self.entries)


def extensive_form(
    model: Model,
    *,
    risk: Risk | None = None,
    root_risk: RiskMeasure | None = None,
    most_nodes: int = 20_000,
) -> ExtensiveForm:
    """Solve a model as one linear programme over its scenario tree.

    Parameters
    ----------
    risk, root_risk : as in ``train``: expectation, AVaR, EAVaR, worst case.
    most_nodes : the largest tree to build.

    Raises
    ------
    ConflictError
        A cyclic graph, or a risk measure that is not linear.
    ValueOutOfRangeError
        More than ``most_nodes`` tree nodes, or costs that fall without end.
    InfeasibleError
        No decisions satisfy all constraints.
    """
    if model.graph.order() is None:
        raise ConflictError("a cyclic graph has no finite tree", where="extensive form")
    measures = risk_by_node(model, risk)
    first = root_risk or (measures[0] if risk is None or isinstance(risk, RiskMeasure) else Expectation())
    units, parts = make_units(model, measures, first), _Parts()
    size = _grow(units, parts, most_nodes)
    root = parts.columns - 1
    parts.cost[-1][0] = 1.0
    solver = new_solver()
    solver.setOptionValue("presolve", "on")
    pass_model(
        solver,
        np.concatenate(parts.cost),
        np.concatenate(parts.lower),
        np.concatenate(parts.upper),
        np.array(parts.row_lower),
        np.array(parts.row_upper),
        np.array(parts.start, dtype=np.int32),
        np.concatenate(parts.index).astype(np.int32),
        np.concatenate(parts.value),
    )
    solver.run()
    status = solver.modelStatusToString(solver.getModelStatus())
    if status == "Infeasible":
        raise InfeasibleError("no decisions satisfy all constraints of the tree", where="extensive form")
    if status in ("Unbounded", "Primal infeasible or unbounded"):
        raise ValueOutOfRangeError(
            "the tree is unbounded",
            where="extensive form",
            hint="bound the decisions whose cost falls without end",
        )
    if status != "Optimal":
        raise NotSolvedError(f"HiGHS stopped with status {status}", where="extensive form")
    value = float(solver.getSolution().col_value[root])
    return ExtensiveForm(model.sign * value, size, parts.columns, len(parts.row_lower))


def _grow(units: Units, parts: _Parts, most: int) -> int:
    """Build the tree depth first, the root's value last; return the number of tree nodes."""
    count = 0

    def behind(risk: RiskMeasure, branches: tuple[Branch, ...], discount: float, parent: int | None) -> int:
        values = [node(branch, parent) for branch in branches]
        return _measure(parts, risk, branches, values, discount)

    def node(branch: Branch, parent: int | None) -> int:
        """Return the column that holds cost here plus what follows."""
        nonlocal count
        count += 1
        if count > most:
            raise ValueOutOfRangeError(
                f"more than {most} tree nodes", where="extensive form", hint="most_nodes="
            )
        unit = units.units[branch.unit]
        first = _node_rows(units, parts, unit, branch, parent)
        after = None
        if not unit.leaf:
            following = units.branches(branch.unit, branch.context)
            after = behind(unit.risk, following, unit.discount, first + units.model.states)
        cost, constant = unit.problem.cost_of(branch.outcome, branch.context if units.model.priced else None)
        used = np.flatnonzero(cost)
        total = parts.free()
        tail = [] if after is None else [after]
        parts.add_row(
            constant, constant, [total, *(first + used), *tail], [1.0, *(-cost[used]), *([-1.0] * len(tail))]
        )
        return total

    behind(units.root_risk, units.root_branches(), 1.0, None)
    return count


def _node_rows(units: Units, parts: _Parts, unit: Unit, branch: Branch, parent: int | None) -> int:
    """Add the columns and rows of one tree node; return its first column."""
    problem, n = unit.problem, units.model.states
    lower, upper = problem.lower.copy(), problem.upper.copy()
    if parent is None:
        lower[:n] = upper[:n] = units.model.initial
    first = parts.add_columns(lower, upper)
    if parent is not None:
        for at in range(n):
            parts.add_row(0.0, 0.0, [first + at, parent + at], [1.0, -1.0])
    entry = problem.matrix_of(branch.outcome)
    low, high = problem.bounds_of(branch.outcome)
    for row in range(len(low)):
        span = slice(problem.row_start[row], problem.row_start[row + 1])
        parts.add_row(low[row], high[row], first + problem.column_index[span], entry[span])
    return first


def _measure(
    parts: _Parts, risk: RiskMeasure, branches: tuple[Branch, ...], values: list[int], discount: float
) -> int:
    """Return a column that is at least the discounted risk measure of the columns ``values``."""
    p = [branch.probability for branch in branches]
    ending = max(0.0, 1.0 - sum(p))
    weight, beta = _linear(risk)
    mean = [discount * weight * share for share in p]
    if weight == 1.0:
        result = parts.free()
        parts.add_row(0.0, np.inf, [result, *values], [1.0, *(-share for share in mean)])
        return result
    eta = parts.free()
    index, entry = [*values, eta], [*(-share for share in mean), -discount * (1.0 - weight)]
    outcomes = [(share, column) for share, column in zip(p, values, strict=True)]
    if ending > 1e-12:
        outcomes.append((ending, -1))
    for share, column in outcomes:
        own = [] if column < 0 else [column]
        if beta == 0.0:
            parts.add_row(0.0, np.inf, [eta, *own], [1.0, *([-1.0] * len(own))])
            continue
        excess = parts.add_columns(np.array([0.0]), np.array([np.inf]))
        parts.add_row(0.0, np.inf, [excess, eta, *own], [1.0, 1.0, *([-1.0] * len(own))])
        index.append(excess)
        entry.append(-discount * (1.0 - weight) * share / beta)
    result = parts.free()
    parts.add_row(0.0, np.inf, [result, *index], [1.0, *entry])
    return result


def _linear(risk: RiskMeasure) -> tuple[float, float]:
    """Return (lambda, beta) of a measure that linear programmes can hold."""
    if isinstance(risk, Expectation):
        return 1.0, 1.0
    if isinstance(risk, WorstCase):
        return 0.0, 0.0
    if isinstance(risk, AVaR):
        return (1.0, 1.0) if risk.beta >= 1.0 else (0.0, risk.beta)
    if isinstance(risk, EAVaR):
        return (1.0, 1.0) if risk.beta >= 1.0 else (risk.weight, risk.beta)
    raise ConflictError(
        f"risk measure {type(risk).__name__}",
        where="extensive form",
        allowed="Expectation, WorstCase, AVaR, EAVaR",
    )
