r"""The upper side where the cost depends on a belief or on objective states: points carry linear forms.

A policy from state :math:`x_k` costs :math:`\alpha_{kz}` in hidden regime z, whatever is believed, and
:math:`\alpha_{k0} + \alpha_k \cdot y` at objective states y, which enter the cost only. Mixing policies mixes
their states and costs, so with :math:`\phi = b` for a belief and :math:`\phi = (1, y)` for objective states

.. math:: \bar\theta(x', \phi) = \min\ \textstyle\sum_k s_k\, \alpha_k \cdot \phi + s_0 M + \text{slopes}
          \quad\text{s.t.}\quad \sum_k s_k x_k + \dots = x',\ \sum_k s_k = 1 .

A point is made at (x, b) or (x, y): every branch is solved in the context it leads to, and what was decided
there costs :math:`\beta_{wz'}` in regime z', or :math:`A_w + G_w \cdot y'`, so that

.. math:: \alpha_z = \delta \sum_{z'} P_{zz'} \sum_w \Pr(w \mid z')\, \beta_{w z'},\qquad
          \alpha_0 + \alpha \cdot y = \delta \sum_w p_w \big( A_w + G_w \cdot (a_w + B_w y) \big)

(Smallwood and Sondik 1973 for finite states). Slopes and ceilings must hold for a decision maker in every
regime and at every price, as what a unit of stock costs to replace or to throw away.
"""

from __future__ import annotations

import numpy as np

from lodestock.errors import InfeasibleError, NotSolvedError
from lodestock.sddp.arrays import Float
from lodestock.sddp.blocks import Blocks
from lodestock.sddp.inner import Inner
from lodestock.sddp.units import Branch, Unit, Units


class ContextInner(Inner):
    """One unit's programme over points whose ``heights`` have shape (K, length of phi)."""

    def __init__(self, unit: Unit, slope: Float, worst: float, blocks: Blocks | None = None) -> None:
        self.priced = bool(unit.problem.price_names)
        self.weights: Float | None = None
        super().__init__(unit, slope, worst, blocks)
        self.size = unit.context + self.priced
        self.heights = np.zeros((0, self.size))

    def build(self) -> None:
        """Make the programme anew; costs of points follow the context at the next solve."""
        self.weights = None
        super().build()

    def solve_in(self, x: Float, outcome: int, context: Float) -> float:
        """Return the upper value at a state, an outcome and a context; infinite out of the points' reach."""
        if not self.known:
            return np.inf
        self._weigh(context)
        try:
            return self.programme.solve(x, outcome, context if self.priced else None)
        except (InfeasibleError, NotSolvedError):
            return np.inf

    def form(self, x: Float, outcome: int, context: Float) -> Float:
        """Return the cost, as a linear form of the context, of what is decided in one."""
        value = self.solve_in(x, outcome, context)
        if not np.isfinite(value):
            return np.full(self.size, np.inf)
        values = np.array(self.programme.solver.getSolution().col_value)
        count = 0 if self.unit.leaf else len(self.points)
        mixed = values[len(values) - count :] @ self.heights[:count]
        if not self.priced:
            return np.asarray(value - mixed @ context + mixed)
        problem = self.unit.problem
        gain = problem.price_cost @ values[: self.programme.columns] + problem.price_constant + mixed[1:]
        return np.append(value - gain @ context, gain)

    def add_form(self, point: Float, heights: Float) -> None:
        """Add a point whose cost-to-go is at most this linear form, that of one policy."""
        if np.isfinite(heights).all():
            self.points = np.vstack([self.points, point])
            self.heights = np.vstack([self.heights, heights])
            self._column(point, 0.0)
            self.weights = None

    def _column(self, point: Float, height: float | Float) -> None:
        super()._column(point, 0.0)

    def _weigh(self, context: Float) -> None:
        weights = np.append(1.0, context) if self.priced else context
        same = self.weights is not None and np.array_equal(weights, self.weights)
        if self.unit.leaf or not len(self.points) or same:
            return
        columns = np.arange(self._first_point, self._first_point + len(self.points), dtype=np.int32)
        self.programme.solver.changeColsCost(len(columns), columns, self.heights @ weights)
        self.weights = weights


def form_behind(units: Units, inner: list[Inner], unit: int, context: Float | None, x: Float) -> Float:
    """Return the discounted cost behind a unit, as a linear form, of what is decided in a context."""
    if units.model.priced:
        return _behind_prices(units, inner, unit, context, x)
    item, graph = units.units[unit], units.model.graph
    decided: dict[tuple[int, int], Float] = {}
    for branch in _every_branch(units, unit, context):
        side = inner[branch.unit]
        if isinstance(side, ContextInner) and branch.context is not None:
            decided[branch.unit, branch.outcome] = side.form(x, branch.outcome, branch.context)
        else:
            decided[branch.unit, branch.outcome] = np.array([side.solve(x, branch.outcome)])
    cost = np.zeros(len(item.nodes))
    for at, node in enumerate(item.nodes):
        for child, chance in graph.children[node]:
            following = units.unit_of[child]
            place = units.units[following].nodes.index(child)
            for outcome, weight in enumerate(units.model.problems[child].probability):
                if weight > 0.0:
                    cost[at] += chance * weight * decided[following, outcome][place]
    return item.discount * cost


def _behind_prices(units: Units, inner: list[Inner], unit: int, context: Float | None, x: Float) -> Float:
    form = np.zeros(units.units[unit].context + 1)
    for branch in units.branches(unit, context):
        side, problem = inner[branch.unit], units.units[branch.unit].problem
        assert isinstance(side, ContextInner)
        assert branch.context is not None
        own = side.form(x, branch.outcome, branch.context)
        shift, weight = problem.price_shift[branch.outcome], problem.price_weight[branch.outcome]
        form[0] += branch.probability * (own[0] + own[1:] @ shift)
        form[1:] += branch.probability * (own[1:] @ weight)
    return np.asarray(units.units[unit].discount * form)


def _every_branch(units: Units, unit: int, belief: Float | None) -> list[Branch]:
    """Return a branch for all that may follow in any regime, where it can at beliefs from ``belief``."""
    found = {(b.unit, b.outcome): b for b in units.reachable(unit)}
    found |= {(b.unit, b.outcome): b for b in units.branches(unit, belief)}
    return list(found.values())
