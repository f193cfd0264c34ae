r"""The nucleolus of a cost game: the split whose least satisfied coalition is as well off as can be.

With the saving of a coalition :math:`e(S, x) = c(S) - \sum_{k \in S} x_k`, the smallest is made as large as
possible, then the second smallest, and so on (Schmeidler 1969):

.. math:: \max \epsilon: \quad \sum_{k \in S} x_k + \epsilon \le c(S), \qquad \sum_k x_k = c(N)

In each round the coalitions whose row carries a price (a positive dual) keep their saving in the later rounds
(Kopelowitz 1967), until the split is the only one left. It lies in the core when the core is not empty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import NotSolvedError, ValueOutOfRangeError

FloatArray = NDArray[np.float64]
PRICED = 1e-9
"""Dual above which a row counts as binding in every solution; duals of a round add to one."""


def nucleolus(costs: Sequence[float] | FloatArray) -> FloatArray:
    """Return what each player bears, (player,); adds up to c(N) within the solver's tolerance.

    Parameters
    ----------
    costs : c(S), (2^n,); bit k of the index tells whether player k is in S.

    Raises
    ------
    ValueOutOfRangeError
        The length is not a power of two or a value is not finite.
    NotSolvedError
        A round found no optimum.
    """
    values = np.asarray(costs, dtype=float)
    size = len(values).bit_length() - 1
    if len(values) != 2**size or size < 1 or not np.all(np.isfinite(values)):
        raise ValueOutOfRangeError(
            f"{len(values)} coalitions", where="nucleolus", allowed="2 to the number of players, finite"
        )
    whole = 2**size - 1
    unit = max(float(np.abs(values).max()), 1e-300)
    member = ((np.arange(2**size)[:, None] >> np.arange(size)) & 1).astype(float)
    fixed = {whole: float(values[whole] / unit)}
    open_ = set(range(1, whole))
    split = np.full(size, values[whole] / unit / size)
    while open_ and np.linalg.matrix_rank(member[list(fixed)]) < size:
        split, saving, priced = _round(values / unit, member, fixed, sorted(open_))
        if not priced:
            break
        for mask in priced:
            fixed[mask] = float(values[mask] / unit - saving)
        # what the fixed rows decide already needs no row of its own
        basis = member[list(fixed)]
        rank = np.linalg.matrix_rank(basis)
        open_ = {
            mask
            for mask in open_ - set(fixed)
            if np.linalg.matrix_rank(np.vstack([basis, member[mask]])) > rank
        }
    if np.linalg.matrix_rank(member[list(fixed)]) >= size:
        split = np.linalg.lstsq(member[list(fixed)], np.array(list(fixed.values())), rcond=None)[0]
    result: FloatArray = split * unit
    return result


def _round(
    values: FloatArray, member: FloatArray, fixed: dict[int, float], open_: list[int]
) -> tuple[FloatArray, float, list[int]]:
    """One programme: the split, the smallest open saving, and the coalitions that carry a price."""
    import highspy

    size = member.shape[1]
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    infinite = highspy.kHighsInf
    for _ in range(size + 1):
        solver.addVar(-infinite, infinite)
    solver.changeColCost(size, -1.0)
    columns = np.arange(size + 1, dtype=np.int32)
    for mask in open_:
        row = np.append(member[mask], 1.0)
        solver.addRow(-infinite, float(values[mask]), size + 1, columns, row)
    for mask, paid in fixed.items():
        solver.addRow(paid, paid, size, columns[:size], member[mask])
    solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise NotSolvedError(f"no optimum: {solver.modelStatusToString(status)}", where="nucleolus")
    solution = solver.getSolution()
    x = np.array(solution.col_value)
    dual = np.abs(np.array(solution.row_dual)[: len(open_)])
    return x[:size], float(x[size]), [mask for mask, price in zip(open_, dual, strict=True) if price > PRICED]
