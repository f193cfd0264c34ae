r"""What cuts made at several contexts say at another one: the concave interpolation of their values.

.. math:: V(x, y) \ge \max_{\lambda \ge 0} \Big\{ \sum_k \lambda_k (h_k + g_k x) + \sum_c \lambda_c f
   \;:\; \sum_k \lambda_k y_k + \sum_c \lambda_c y_c = y,\ \sum \lambda = 1 \Big\}

with k the cuts and their contexts, c the corners of all contexts at the floor f: the dual of
:math:`\theta + \mu \cdot y` in `lodestock.sddp.outer`.
"""

from __future__ import annotations

import numpy as np

from lodestock.errors import NotSolvedError
from lodestock.sddp.arrays import Float
from lodestock.sddp.programme import new_solver, pass_model


def interpolated(values: Float, contexts: Float, wanted: Float) -> tuple[float, Float]:
    """Return the largest mean of values whose mean context is the one wanted, and its weights.

    Parameters
    ----------
    values : (cuts,) value of each cut at the state.
    contexts : (cuts, q) context of each cut; their hull holds ``wanted``.

    Raises
    ------
    NotSolvedError
        ``wanted`` lies outside the hull.
    """
    import highspy

    count, q = contexts.shape
    solver = new_solver()
    rows = np.vstack([contexts.T, np.ones(count)])
    sides = np.append(wanted, 1.0)
    pass_model(
        solver,
        -values,
        np.zeros(count),
        np.full(count, np.inf),
        sides,
        sides,
        np.arange(0, (q + 2) * count, count, dtype=np.int32),
        np.tile(np.arange(count, dtype=np.int32), q + 1),
        rows.ravel(),
    )
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise NotSolvedError("the context lies outside what the cuts reach", where="value of a policy")
    weights = np.array(solver.getSolution().col_value)
    return float(weights @ values), weights
