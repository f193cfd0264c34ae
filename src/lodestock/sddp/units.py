r"""Units: what shares one linear programme and one cost-to-go, and where each may lead.

A seen node is a unit of its own; the nodes of a hidden group are one unit, whose context y is the belief over
them. With objective states the context is the price. From unit u in context y the branches are

.. math:: (u', w):\quad \pi = \sum_{z, z'} y_z P_{z z'} \Pr(w \mid z'),\qquad
          y'_{z'} \propto \sum_z y_z P_{z z'} \Pr(w \mid z') .
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float
from lodestock.sddp.model import Model
from lodestock.sddp.problem import StageProblem
from lodestock.sddp.risk import Expectation, RiskMeasure


@dataclass(frozen=True)
class Branch:
    """One thing that may happen next: a unit, an outcome of its noise, its probability and context."""

    unit: int
    outcome: int
    probability: float
    context: Float | None


@dataclass(frozen=True, eq=False)
class Unit:
    """One linear programme.

    Attributes
    ----------
    nodes : the nodes it stands for; more than one when they cannot be told apart.
    context : length of the context that cuts depend on.
    corners : shape (., context), points whose hull holds every context.
    floor : a value that the discounted cost behind this unit is never below.
    branch_floor : the same for one branch, before the discount.
    """

    nodes: tuple[int, ...]
    problem: StageProblem
    risk: RiskMeasure
    discount: float
    leaf: bool
    context: int
    corners: Float
    floor: float
    branch_floor: float


@dataclass(frozen=True, eq=False)
class Units:
    """All units of a model with the unit of every node and the branches that do not depend on context."""

    model: Model
    units: tuple[Unit, ...]
    unit_of: tuple[int, ...]
    root_risk: RiskMeasure
    fixed: tuple[tuple[Branch, ...] | None, ...]

    def branches(self, unit: int, context: Float | None) -> tuple[Branch, ...]:
        """Return what may follow a unit in a context, branches of probability zero left out."""
        known = self.fixed[unit]
        return known if known is not None else self._branches(unit, context)

    def reachable(self, unit: int) -> tuple[Branch, ...]:
        """Return what may follow a unit in any of its regimes."""
        size = len(self.units[unit].nodes)
        uniform = np.full(size, 1.0 / size) if size > 1 else None
        return self.branches(unit, self._start() if self.model.priced else uniform)

    def root_branches(self) -> tuple[Branch, ...]:
        """Return what may happen first."""
        return _merge(self.model, self.unit_of, list(self.model.graph.root), self._start())

    def _branches(self, unit: int, context: Float | None) -> tuple[Branch, ...]:
        item = self.units[unit]
        belief = context if len(item.nodes) > 1 and context is not None else np.ones(1)
        arcs: dict[int, float] = {}
        for weight, node in zip(belief, item.nodes, strict=True):
            for child, probability in self.model.graph.children[node]:
                arcs[child] = arcs.get(child, 0.0) + float(weight) * probability
        return _merge(self.model, self.unit_of, list(arcs.items()), context)

    def _start(self) -> Float | None:
        return self.model.problems[0].price_initial if self.model.priced else None


def make_units(model: Model, risk: tuple[RiskMeasure, ...], root_risk: RiskMeasure) -> Units:
    """Return the units of a model; ``risk`` holds one measure per node."""
    graph = model.graph
    groups = [group for group in graph.hidden if len(group) > 1]
    if groups and model.priced:
        raise ConflictError(
            "hidden regimes together with objective states", where="model", allowed="one of them"
        )
    if (groups or model.priced) and any(measure != Expectation() for measure in (*risk, root_risk)):
        raise ConflictError(
            "a risk measure with hidden regimes or objective states",
            where="model",
            allowed="Expectation (the value is concave in belief and price under no other)",
        )
    grouped = {node for group in groups for node in group}
    members = sorted([*groups, *((node,) for node in range(len(graph)) if node not in grouped)])
    unit_of = [0] * len(graph)
    for at, nodes in enumerate(members):
        for node in nodes:
            unit_of[node] = at
    units = tuple(_unit(model, nodes, risk) for nodes in members)
    result = Units(model, units, tuple(unit_of), root_risk, (None,) * len(units))
    if groups or model.priced:
        return result
    fixed = tuple(result._branches(at, None) for at in range(len(units)))
    return Units(model, units, tuple(unit_of), root_risk, fixed)


def _unit(model: Model, nodes: tuple[int, ...], risk: tuple[RiskMeasure, ...]) -> Unit:
    graph, problem = model.graph, model.problems[nodes[0]]
    discounts = {graph.discount[node] for node in nodes}
    if len(discounts) > 1:
        raise ConflictError("hidden nodes have different discounts", where=problem.where)
    discount = discounts.pop()
    children = [child for node in nodes for child, _ in graph.children[node]]
    leaf = not children
    branch_floor = min((float(model.floor[child]) for child in children), default=0.0)
    if any(graph.ending(node) > 1e-12 for node in nodes):
        branch_floor = min(branch_floor, 0.0)
    if model.priced:
        low, high = problem.price_bounds
        grid = np.meshgrid(*np.stack([low, high], axis=1), indexing="ij")
        corners = np.stack([axis.ravel() for axis in grid], axis=1)
    else:
        corners = np.eye(len(nodes)) if len(nodes) > 1 else np.zeros((0, 0))
    return Unit(
        nodes,
        problem,
        risk[nodes[0]],
        discount,
        leaf,
        corners.shape[1],
        corners,
        0.0 if leaf else discount * branch_floor,
        branch_floor,
    )


def _merge(
    model: Model, unit_of: tuple[int, ...], arcs: list[tuple[int, float]], context: Float | None
) -> tuple[Branch, ...]:
    """Return the branches of arcs, those that look alike joined and their belief updated."""
    if model.priced:
        assert context is not None
        return _priced(model, unit_of, arcs, context)
    by_unit: dict[int, list[tuple[int, float]]] = {}
    for node, probability in arcs:
        by_unit.setdefault(unit_of[node], []).append((node, probability))
    merged: list[Branch] = []
    for unit, parts in by_unit.items():
        mates = [node for node in range(len(unit_of)) if unit_of[node] == unit]
        joint = np.zeros((len(mates), len(model.problems[mates[0]].probability)))
        for node, probability in parts:
            joint[mates.index(node)] += probability * model.problems[node].probability
        for outcome, weight in enumerate(joint.sum(axis=0)):
            if weight > 0.0:
                belief = joint[:, outcome] / weight if len(mates) > 1 else None
                merged.append(Branch(unit, outcome, float(weight), belief))
    return tuple(merged)


def _priced(
    model: Model, unit_of: tuple[int, ...], arcs: list[tuple[int, float]], price: Float
) -> tuple[Branch, ...]:
    found: list[Branch] = []
    for node, probability in arcs:
        problem = model.problems[node]
        low, high = problem.price_bounds
        for outcome, share in enumerate(problem.probability):
            if probability * share <= 0.0:
                continue
            after = problem.price_shift[outcome] + problem.price_weight[outcome] @ price
            outside = np.flatnonzero((after < low - 1e-9) | (after > high + 1e-9))
            if len(outside):
                at = int(outside[0])
                raise ValueOutOfRangeError(
                    f"objective state {problem.price_names[at]!r} reaches {after[at]:g}",
                    where=problem.where,
                    allowed=f"{low[at]:g} to {high[at]:g}",
                )
            found.append(
                Branch(unit_of[node], outcome, float(probability * share), np.clip(after, low, high))
            )
    return tuple(found)
