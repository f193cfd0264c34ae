r"""What the upper side may lean on before it has points: a ceiling and bounds of the derivative.

From any state in the box one may land anywhere the cheapest stage allows and pay the ceiling behind it:

.. math:: M_u = \delta_u \pi_u \max_b\ \big( \max_{x \in \text{corners}} [\min_v c_w \cdot v]^+ + M_{u'} \big)

with :math:`\pi_u` the most weight the risk measure gives to anything following at all.
The cheapest stage cost is convex in x, so its largest value over the box lies at a corner.
"""

from __future__ import annotations

import itertools

import numpy as np

from lodestock.errors import ConflictError, InfeasibleError
from lodestock.sddp.arrays import Float
from lodestock.sddp.programme import Programme
from lodestock.sddp.risk import AVaR, EAVaR, Expectation
from lodestock.sddp.units import Unit, Units

MOST_STATES = 6
"""Corners of a box double with every state; above this a model must say its own limits."""
ROUNDS = 10_000


def slope_bounds(units: Units) -> list[Float]:
    """Return the least and largest derivative of each unit's cost-to-go, shape (2, n)."""
    found: list[Float] = []
    n = units.model.states
    for at, unit in enumerate(units.units):
        branches = units.reachable(at)
        slopes = [units.units[child].problem.slope for child in sorted({b.unit for b in branches})]
        if sum(b.probability for b in branches) < 1.0 - 1e-12:
            slopes.append(np.zeros((2, n)))
        stacked = np.stack(slopes) * unit.discount
        found.append(np.stack([stacked[:, 0].min(axis=0), stacked[:, 1].max(axis=0)]))
    return found


def ceilings(units: Units, given: float | None) -> Float:
    """Return M of each unit; infinite where it is not known.

    ``given`` is the user's own ceiling of the cost from any node to the end, whatever the state in its box.
    """
    count = len(units.units)
    if given is not None:
        worst = np.full(count, max(given, 0.0))
        return np.array(
            [0.0 if unit.leaf else unit.discount * w for unit, w in zip(units.units, worst, strict=True)]
        )
    if units.model.priced:
        return np.array([0.0 if unit.leaf else np.inf for unit in units.units])
    steepest = np.full((count, count), -np.inf)
    for at, unit in enumerate(units.units):
        steepest[at] = 0.0 if unit.leaf else _corner_costs(units, at)
    discount = np.array([unit.discount * _going_on(units, unit) for unit in units.units])
    leaf = np.array([unit.leaf for unit in units.units])
    if (steepest == np.inf).any():
        return np.array([0.0 if unit.leaf else np.inf for unit in units.units])
    M = np.zeros(count)
    for _ in range(ROUNDS):
        after = np.where(leaf, 0.0, discount * np.max(steepest + M, axis=1, initial=-np.inf))
        if np.array_equal(after, M) or (np.abs(after - M) <= 1e-10 * (1.0 + np.abs(M))).all():
            break
        M = after
    M = np.where(M > 0.0, M * (1.0 + 1e-6) + 1e-9, 0.0)
    holds = np.where(leaf, 0.0, discount * np.max(steepest + M, axis=1, initial=-np.inf))
    return M if (holds <= M).all() else np.full(count, np.inf)


def _going_on(units: Units, unit: Unit) -> float:
    """Return a weight that what follows a unit is never above; what is left lies on the end at no cost."""
    ending = min(units.model.graph.ending(node) for node in unit.nodes)
    if isinstance(unit.risk, Expectation):
        return 1.0 - ending
    if isinstance(unit.risk, AVaR | EAVaR):
        weight, beta = getattr(unit.risk, "weight", 0.0), unit.risk.beta
        tail = max(0.0, 1.0 - (1.0 - ending) / beta) if beta > 0.0 else 0.0
        return float(1.0 - weight * ending - (1.0 - weight) * tail)
    return 1.0


def require_ceiling(units: Units, slopes: list[Float], worst: Float) -> None:
    """Raise when neither a ceiling nor derivatives bound the cost-to-go, naming what to add."""
    if units.model.graph.order() is None and not np.isfinite(worst).all():
        raise ConflictError(
            "a deterministic upper bound on a cyclic graph needs a ceiling",
            where="upper bound",
            hint="finite state bounds, and train(..., ceiling=M): no cost from any node to the end exceeds M",
        )
    for at, unit in enumerate(units.units):
        if unit.leaf or np.isfinite(worst[at]) or np.isfinite(slopes[at]).all():
            continue
        state = int(np.flatnonzero(~np.isfinite(slopes[at]).all(axis=0))[0])
        raise ConflictError(
            f"state {unit.problem.state_names[state]!r} has no slope bounds",
            where=f"upper bound, {unit.problem.where}",
            hint="state(..., slope=(low, high)), or finite bounds of all states and train(..., ceiling=M)",
        )


def _corner_costs(units: Units, at: int) -> Float:
    """Return, per child unit, the largest cheapest stage cost over the corners of this unit's box."""
    unit, n = units.units[at], units.model.states
    costs = np.full(len(units.units), -np.inf)
    box = np.stack([unit.problem.lower[n : 2 * n], unit.problem.upper[n : 2 * n]])
    branches = units.reachable(at)
    if n > MOST_STATES or not np.isfinite(box).all():
        for branch in branches:
            costs[branch.unit] = np.inf
        return costs
    corners = [np.array(corner) for corner in itertools.product(*box.T)]
    for child in sorted({branch.unit for branch in branches}):
        programme = Programme(units.units[child].problem, [0.0], [0.0], [0.0])
        worst = 0.0
        for outcome in sorted({b.outcome for b in branches if b.unit == child}):
            for corner in corners:
                try:
                    worst = max(worst, programme.solve(corner, outcome))
                except (InfeasibleError, ValueError):
                    worst = np.inf
                    break
        costs[child] = worst
    return costs
