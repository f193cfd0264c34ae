r"""The three-level petroleum reserve of Teisberg (1981): fill, hold or draw, market normal or disrupted.

Stock s in steps, market i, next stock s', discount b:

.. math::
   p(s, s', i) &= \left(\frac{k}{q - dis_i - d - (s' - s)}\right)^{1/e} \\
   c(s, s', i) &= g\left[ d\,(p - p_n) + k\,\frac{p^{1-e} - p_n^{1-e}}{1 - e} \right]
   + p\,(s' - s) + h\, s' \\
   V(s, i) &= \min_{s'}\ c(s, s', i) + b \sum_j P_{ij}\, V(s', j)

The bracket is the loss of consumers and importers of the price p over the normal price p_n, g its weight;
then what is paid for the fill (or earned by the draw), and storage. No filling while disrupted. As a linear
programme over state-action frequencies z:

.. math:: \min \sum c\, z \quad \text{s.t.} \quad
   \sum_r z_{s'jr} - b \sum_{s,i} P_{ij}\, z_{s i s'} = w, \quad z \ge 0

with w the weight of each starting state. Data: GAMS model library, model ``markov`` (Teisberg, "A dynamic
programming model of the U.S. strategic petroleum reserve", Bell Journal of Economics 12, 1981).

======== ================== =====================================================
symbol   name in code       meaning, unit
======== ================== =====================================================
s        ``levels``         stock, in units of the model
dis_i    ``lost``           supply lost in market i
q, d     ``capacity, drift``supply and demand parameters
k, e     ``scale, elasticity`` level and elasticity of demand
p_n      ``normal_price``   price without disruption or fill
h, g, b  ``storage, weight, discount`` storage cost, weight of the loss, discount factor
======== ================== =====================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import NotSolvedError, ValueOutOfRangeError

Float = NDArray[np.float64]
MARKETS = ("normal", "disrupted")


@dataclass(frozen=True)
class PetroleumReserve:
    """Data of the model; the defaults are the published ones."""

    levels: tuple[float, ...] = (0.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0, 21.0)
    lost: tuple[float, float] = (0.0, 11.0)
    transition: tuple[tuple[float, float], tuple[float, float]] = ((0.8, 0.2), (0.5, 0.5))
    capacity: float = 110.0
    drift: float = -130.0
    scale: float = 342.0
    elasticity: float = 0.1
    normal_price: float = 34.526
    storage: float = 0.32
    weight: float = 0.25
    discount: float = 0.95
    start: float = field(default=0.0625)
    """Weight of each of the starting states."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.discount < 1.0:
            raise ValueOutOfRangeError(
                f"discount {self.discount:g}", where="petroleum reserve", allowed="[0, 1)"
            )
        for name, row in zip(MARKETS, self.transition, strict=True):
            if min(row) < 0 or abs(sum(row) - 1.0) > 1e-12:
                raise ValueOutOfRangeError(
                    f"transition from {name} adds to {sum(row):g}", where="petroleum reserve", allowed="1"
                )


@dataclass(frozen=True, eq=False)
class PetroleumPlan:
    """Value and next stock by market and level, and the objective over the starting weights."""

    objective: float
    value: Float
    """Shape (2, level)."""
    next_stock: Float
    """Shape (2, level)."""


def price(model: PetroleumReserve, change: Float | float, market: int) -> Float:
    """Price with a change of stock s' - s in market 0 (normal) or 1 (disrupted)."""
    supplied = model.capacity - model.lost[market] - model.drift - np.asarray(change, dtype=float)
    return np.asarray((model.scale / supplied) ** (1.0 / model.elasticity))


def costs(model: PetroleumReserve) -> Float:
    """Cost c of every state and action, shape (2 * level, level); infinite where filling is forbidden."""
    s = np.array(model.levels)
    change = s[None, :] - s[:, None]
    e, p_n = model.elasticity, model.normal_price
    found = []
    for market in range(len(MARKETS)):
        p = price(model, change, market)
        loss = model.drift * (p - p_n) + model.scale * (p ** (1 - e) - p_n ** (1 - e)) / (1 - e)
        c = model.weight * loss + p * change + model.storage * s[None, :]
        found.append(np.where((market == 1) & (change > 0), np.inf, c))
    return np.vstack(found)


def moves(model: PetroleumReserve) -> Float:
    """Transition probabilities, shape (state, action, state), states market by market."""
    count = len(model.levels)
    P = np.zeros((2 * count, count, 2 * count))
    for market in range(2):
        for level in range(count):
            for action in range(count):
                for after in range(2):
                    P[market * count + level, action, after * count + action] = model.transition[market][
                        after
                    ]
    return P


def solve_by_iteration(model: PetroleumReserve | None = None) -> PetroleumPlan:
    """Solve by dynamic programming."""
    from lodestock.sddp import solve_finite

    model = model or PetroleumReserve()
    found = solve_finite(costs(model), moves(model), model.discount)
    return _plan(model, found.value, found.action)


def solve_by_programme(model: PetroleumReserve | None = None) -> PetroleumPlan:
    """Solve as a linear programme over frequencies; values are its duals.

    Raises
    ------
    NotSolvedError
        The programme was not solved.
    """
    from scipy.optimize import linprog

    model = model or PetroleumReserve()
    c, P = costs(model), moves(model)
    states, actions = c.shape
    allowed = [(s, a) for s in range(states) for a in range(actions) if np.isfinite(c[s, a])]
    A = np.zeros((states, len(allowed)))
    for n, (s, a) in enumerate(allowed):
        A[s, n] += 1.0
        A[:, n] -= model.discount * P[s, a]
    cost = np.array([c[s, a] for s, a in allowed])
    solved = linprog(cost, A_eq=A, b_eq=np.full(states, model.start), bounds=(0, None), method="highs")
    if solved.status != 0:
        raise NotSolvedError(str(solved.message), where="petroleum reserve")
    frequency = np.zeros((states, actions))
    for (s, a), z in zip(allowed, solved.x, strict=True):
        frequency[s, a] = z
    value = np.asarray(solved.eqlin.marginals, dtype=float)
    return _plan(model, value, frequency.argmax(axis=1))


def _plan(model: PetroleumReserve, value: Float, action: NDArray[np.int64]) -> PetroleumPlan:
    shape = (2, len(model.levels))
    return PetroleumPlan(
        objective=float(model.start * value.sum()),
        value=value.reshape(shape),
        next_stock=np.array(model.levels)[action].reshape(shape),
    )
