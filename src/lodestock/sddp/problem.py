r"""The linear programme of a node as frozen arrays, always a minimisation.

.. math:: Q(x, w, y) = \min_v\ (c_w + C' y)\cdot v + c^0_w + C^0\cdot y + \theta(x')
          \quad\text{s.t.}\quad b_w \le A_w v \le \bar b_w,\ l \le v \le u,\ v_{in} = x

with columns in the order incoming states, outgoing states, controls.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float, Int
from lodestock.sddp.expression import Coefficient
from lodestock.sddp.stage import Stage


@dataclass(frozen=True, eq=False)
class StageProblem:
    """One node, n states, N columns, R rows, W outcomes, q objective states.

    Attributes
    ----------
    initial : shape (n,), NaN where this node does not say.
    slope : shape (2, n), bounds of the derivative of the value function.
    row_start, column_index, entry : the matrix by rows.
    random_row, random_row_lower, random_row_upper : rows whose bounds differ by outcome, shape (W, .).
    random_column, random_cost : columns whose cost differs by outcome, shape (W, .).
    random_entry, random_entry_value : (row, column) pairs and values by outcome, shape (W, .).
    constant : shape (W,).
    price_cost, price_constant : shapes (q, N) and (q,).
    price_shift, price_weight : :math:`a_w` of shape (W, q) and :math:`B_w` of shape (W, q, q).
    """

    key: Hashable
    state_names: tuple[str, ...]
    initial: Float
    slope: Float
    column_names: tuple[str, ...]
    lower: Float
    upper: Float
    cost: Float
    row_names: tuple[str, ...]
    row_lower: Float
    row_upper: Float
    row_start: Int
    column_index: Int
    entry: Float
    outcomes: tuple[Any, ...]
    probability: Float
    random_row: Int
    random_row_lower: Float
    random_row_upper: Float
    random_column: Int
    random_cost: Float
    random_entry: Int
    random_entry_value: Float
    constant: Float
    price_names: tuple[str, ...]
    price_initial: Float
    price_bounds: Float
    price_cost: Float
    price_constant: Float
    price_shift: Float
    price_weight: Float

    @property
    def states(self) -> int:
        """Return the number of states n."""
        return len(self.state_names)

    @property
    def where(self) -> str:
        """Return the node's name for messages."""
        return f"node {self.key!r}"

    def cost_of(self, outcome: int, price: Float | None) -> tuple[Float, float]:
        """Return cost per column and constant at an outcome and a price."""
        cost, constant = self.cost.copy(), float(self.constant[outcome])
        cost[self.random_column] = self.random_cost[outcome]
        if price is not None and len(self.price_names):
            cost += price @ self.price_cost
            constant += float(price @ self.price_constant)
        return cost, constant

    def matrix_of(self, outcome: int) -> Float:
        """Return the matrix entries, aligned to ``column_index``, at an outcome."""
        entry = self.entry.copy()
        if len(self.random_entry):
            entry[self.random_entry[:, 2]] = self.random_entry_value[outcome]
        return entry

    def bounds_of(self, outcome: int) -> tuple[Float, Float]:
        """Return row bounds at an outcome."""
        lower, upper = self.row_lower.copy(), self.row_upper.copy()
        lower[self.random_row] = self.random_row_lower[outcome]
        upper[self.random_row] = self.random_row_upper[outcome]
        return lower, upper


def compile_stage(stage: Stage, sign: float) -> StageProblem:
    """Return the arrays of a stage; ``sign`` is -1 when rewards are maximised."""
    records = stage.states_
    order = [record.incoming for record in records] + [record.outgoing for record in records]
    taken = set(order)
    order += [at for at in range(len(stage.columns)) if at not in taken]
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    columns = [stage.columns[at] for at in order]
    outcomes = stage.outcomes if stage.outcomes is not None else (None,)
    W = len(outcomes)

    cost = np.zeros((W, len(order)))
    for column, value in stage.objective.terms.items():
        cost[:, place[column]] += sign * _spread(value, W, stage.where)
    constant = sign * _spread(stage.objective.constant, W, stage.where)
    varied = np.flatnonzero((cost != cost[0]).any(axis=0)).astype(np.int32)

    slope = np.array([record.slope for record in records], dtype=np.float64).reshape(-1, 2).T
    prices = _prices(stage, place, sign, W)
    return StageProblem(
        key=stage.key,
        state_names=tuple(record.name for record in records),
        initial=np.array([np.nan if r.initial is None else float(r.initial) for r in records]),
        slope=slope if sign > 0 else -slope[::-1],
        column_names=tuple(column.name for column in columns),
        lower=np.array([column.lower for column in columns], dtype=np.float64),
        upper=np.array([column.upper for column in columns], dtype=np.float64),
        cost=cost[0].copy(),
        outcomes=outcomes,
        probability=np.array(stage.probability),
        random_column=varied,
        random_cost=np.ascontiguousarray(cost[:, varied]),
        constant=constant,
        **_rows(stage, place, W),
        **prices,
    )


def _rows(stage: Stage, place: Int, W: int) -> dict[str, Any]:
    start: list[int] = [0]
    index: list[int] = []
    entry: list[float] = []
    lower, upper = np.empty((W, len(stage.rows))), np.empty((W, len(stage.rows)))
    random_entry: list[tuple[int, int, int]] = []
    random_value: list[Float] = []
    for row, (name, constraint) in enumerate(stage.rows):
        where = f"{stage.where}: {name}"
        for column, coefficient in constraint.expression.terms.items():
            values = _spread(coefficient, W, where)
            if (values != values[0]).any():
                random_entry.append((row, int(place[column]), len(entry)))
                random_value.append(values)
            index.append(int(place[column]))
            entry.append(float(values[0]))
        start.append(len(entry))
        shift = _spread(constraint.expression.constant, W, where)
        lower[:, row], upper[:, row] = constraint.lower - shift, constraint.upper - shift
    varied = (
        np.flatnonzero((lower != lower[0]).any(axis=0) | (upper != upper[0]).any(axis=0)).astype(np.int32)
        if stage.rows
        else np.zeros(0, dtype=np.int32)
    )
    return {
        "row_names": tuple(name for name, _ in stage.rows),
        "row_lower": lower[0].copy(),
        "row_upper": upper[0].copy(),
        "row_start": np.array(start, dtype=np.int32),
        "column_index": np.array(index, dtype=np.int32),
        "entry": np.array(entry, dtype=np.float64),
        "random_row": varied,
        "random_row_lower": np.ascontiguousarray(lower[:, varied]),
        "random_row_upper": np.ascontiguousarray(upper[:, varied]),
        "random_entry": np.array(random_entry, dtype=np.int32).reshape(-1, 3),
        "random_entry_value": np.array(random_value, dtype=np.float64).reshape(-1, W).T.copy(),
    }


def _prices(stage: Stage, place: Int, sign: float, W: int) -> dict[str, Any]:
    names = tuple(record.name for record in stage.prices)
    q = len(names)
    cost, fixed = np.zeros((q, len(place))), np.zeros(q)
    for name, form in stage.price_terms.items():
        if name not in names:
            raise UnknownNameError("objective state", name, names, where=stage.where)
        at = names.index(name)
        for column, value in form.terms.items():
            cost[at, place[column]] += sign * _single(value, stage.where)
        fixed[at] += sign * _single(form.constant, stage.where)
    shift, weight = np.zeros((W, q)), np.zeros((W, q, q))
    for at, record in enumerate(stage.prices):
        shift[:, at] = _spread(record.constant, W, stage.where)
        for other, value in record.weights.items():
            if other not in names:
                raise UnknownNameError("objective state", other, names, where=stage.where)
            weight[:, at, names.index(other)] = _spread(value, W, stage.where)
    return {
        "price_names": names,
        "price_initial": np.array([record.initial for record in stage.prices], dtype=np.float64),
        "price_bounds": np.array([(r.lower, r.upper) for r in stage.prices]).reshape(-1, 2).T.copy(),
        "price_cost": cost,
        "price_constant": fixed,
        "price_shift": shift,
        "price_weight": weight,
    }


def _single(value: Coefficient, where: str) -> float:
    if isinstance(value, np.ndarray) and (value != value.flat[0]).any():
        raise ValueOutOfRangeError(
            "the quantity an objective state multiplies has random coefficients",
            where=where,
            allowed="fixed coefficients",
        )
    return float(np.asarray(value).flat[0])


def _spread(value: Coefficient, W: int, where: str) -> Float:
    values = np.asarray(value, dtype=np.float64)
    if values.ndim and values.shape != (W,):
        raise ValueOutOfRangeError(
            f"a random quantity has {values.size} outcomes", where=where, allowed=f"the stage's {W}"
        )
    if not np.isfinite(values).all():
        raise ValueOutOfRangeError(f"coefficient {values}", where=where, allowed="finite numbers")
    return np.broadcast_to(values, (W,)).astype(np.float64)
