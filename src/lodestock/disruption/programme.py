"""A small linear programme through HiGHS: least cost, rows ``A x <= b``, box bounds, duals of the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import NotSolvedError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """Optimal point, its cost, and by how much the cost falls per unit of each right-hand side (>= 0)."""

    x: FloatArray
    cost: float
    relief: FloatArray


def least_cost(
    cost: FloatArray, rows: FloatArray, right: FloatArray, highest: FloatArray, *, where: str
) -> Answer:
    """Solve ``min cost x`` with ``rows x <= right`` and ``0 <= x <= highest``.

    Raises
    ------
    NotSolvedError
        HiGHS found no optimum; its status is in the message.
    """
    import highspy

    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    infinite = highspy.kHighsInf
    for value, top in zip(cost, highest, strict=True):
        solver.addVar(0.0, min(float(top), infinite))
        solver.changeColCost(solver.getNumCol() - 1, float(value))
    for row, limit in zip(rows, right, strict=True):
        columns = np.flatnonzero(row)
        solver.addRow(-infinite, float(limit), len(columns), columns.astype(np.int32), row[columns])
    solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise NotSolvedError(f"no optimum: {solver.modelStatusToString(status)}", where=where)
    solution = solver.getSolution()
    x = np.array(solution.col_value)
    return Answer(x, float(cost @ x), -np.array(solution.row_dual))
