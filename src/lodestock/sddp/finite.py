r"""Dynamic programmes with finitely many states and actions, convex or not, solved by policy iteration.

.. math:: V(s) = \min_a\ c(s, a) + \delta \sum_{s'} P(s' \mid s, a)\, V(s')        (Howard 1960)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lodestock.errors import ConflictError, NotSolvedError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float

MOST_ROUNDS = 10_000


@dataclass(frozen=True, eq=False)
class FiniteSolution:
    """Value and best action by state, shape (S,); ``rounds`` of policy iteration."""

    value: Float
    action: NDArray[np.int64]
    rounds: int


def solve_finite(cost: ArrayLike, transition: ArrayLike, discount: float) -> FiniteSolution:
    """Return value and best action of every state of a discounted decision process.

    Parameters
    ----------
    cost : shape (S, A); infinite where an action is not allowed.
    transition : shape (S, A, S), probabilities over the next state; rows of forbidden actions are ignored.
    discount : in [0, 1).

    Raises
    ------
    ConflictError
        Shapes that do not fit, a state without an allowed action.
    ValueOutOfRangeError
        Probabilities that do not add to one, a discount outside [0, 1), NaN.

    Examples
    --------
    >>> solve_finite([[1.0]], [[[1.0]]], 0.5).value.tolist()
    [2.0]
    """
    c, P = np.asarray(cost, dtype=np.float64), np.asarray(transition, dtype=np.float64)
    _check(c, P, discount)
    allowed = np.isfinite(c)
    P = np.where(allowed[:, :, None], P, 0.0)
    states = np.arange(len(c))
    action = np.argmin(c, axis=1)
    for number in range(1, MOST_ROUNDS + 1):
        value = np.linalg.solve(np.eye(len(c)) - discount * P[states, action], c[states, action])
        worth = c + discount * P @ value
        best = np.argmin(worth, axis=1)
        gain = worth[states, action] - worth[states, best]
        better = gain > 1e-12 * np.maximum(1.0, np.abs(value))
        if not better.any():
            return FiniteSolution(value, action, number)
        action = np.where(better, best, action)
    raise NotSolvedError(f"no stable policy after {MOST_ROUNDS} rounds", where="finite dynamic programme")


def _check(c: Float, P: Float, discount: float) -> None:
    where = "finite dynamic programme"
    if c.ndim != 2 or P.shape != (*c.shape, len(c)):
        raise ConflictError(
            f"cost {c.shape}, transition {P.shape}", where=where, allowed="(S, A) and (S, A, S)"
        )
    if np.isnan(c).any() or (c == -np.inf).any():
        raise ValueOutOfRangeError("a cost is NaN or minus infinity", where=where, allowed="numbers or +inf")
    if not 0.0 <= discount < 1.0:
        raise ValueOutOfRangeError(f"discount {discount:g}", where=where, allowed="0 up to, not including, 1")
    forbidden = ~np.isfinite(c)
    if forbidden.all(axis=1).any():
        state = int(np.flatnonzero(forbidden.all(axis=1))[0])
        raise ConflictError(f"state {state} has no allowed action", where=where)
    rows = P[~forbidden]
    if not ((rows >= 0.0).all() and np.allclose(rows.sum(axis=1), 1.0, rtol=0.0, atol=1e-9)):
        raise ValueOutOfRangeError(
            "probabilities do not add to one", where=where, allowed="rows of transition"
        )
