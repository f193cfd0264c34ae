r"""Forward and backward passes over the units of a model.

Backward at unit i and outgoing state x', with branch values :math:`z_b`, slopes :math:`\pi_b` and adjusted
probabilities q of the branches and of the end (at cost zero),

.. math:: g = \delta \sum_b q_b \pi_b,\qquad h = \delta \sum_b q_b z_b - g \cdot x' .

Branches solved at x' serve every unit that leads to the same ones (the regimes of one stage).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lodestock.sddp.arrays import Float
from lodestock.sddp.context import ContextInner, form_behind
from lodestock.sddp.cuts import Selection
from lodestock.sddp.inner import Inner
from lodestock.sddp.outer import CutKind, Outer
from lodestock.sddp.risk import Expectation, RiskMeasure
from lodestock.sddp.units import Branch, Unit, Units

TIGHT = 1e-9
"""A cut that lifts the cost-to-go at its own point by less than this share is not added."""


@dataclass(frozen=True, eq=False)
class Step:
    """One visited place of a forward pass: where, in which context, and the state handed on."""

    unit: int
    context: Float | None
    outgoing: Float


@dataclass(frozen=True, eq=False)
class Addition:
    """Something a pass added, for other processes to take over.

    ``kind`` is cut (slope, height, point, context, branch) or weight (slope holds q).
    """

    kind: str
    unit: int
    slope: Float
    height: float = 0.0
    point: Float | None = None
    context: Float | None = None
    branch: int = 0


@dataclass(frozen=True, eq=False)
class Trial:
    """A place to make a cut at."""

    unit: int
    context: Float | None
    state: Float


class Engine:
    """The programmes of every unit, lower and (when asked for) upper."""

    def __init__(self, units: Units, kind: CutKind, selection: Selection) -> None:
        self.units = units
        self.kind = kind
        self.initial = units.model.initial
        self.outer = [
            Outer(unit, len(units.fixed[at] or ()), kind, selection) for at, unit in enumerate(units.units)
        ]
        self.inner: list[Inner] | None = None
        self.journal: list[Addition] = []
        self.depth = _depth(units)
        self.mates = _mates(units) if kind == "single" else [(at,) for at in range(len(units.units))]
        self.twins = [_twins(unit) for unit in units.units]
        self.averse = any(not isinstance(unit.risk, Expectation) for unit in units.units)
        self.feared: dict[int, Float] = {}

    def rebuild(self) -> None:
        """Make every programme anew from what is stored, so that the next step depends on nothing else."""
        self.feared.clear()
        for outer in self.outer:
            outer.build()
        for inner in self.inner or ():
            inner.build()

    @property
    def solves(self) -> int:
        """Return how many linear programmes the present programmes have solved."""
        both: Iterable[Outer | Inner] = [*self.outer, *(self.inner or ())]
        return sum(side.programme.solves for side in both)

    def forward(
        self, rng: np.random.Generator, longest: int, upper: bool = False, feared: bool = False
    ) -> list[Step]:
        """Walk one sampled path and return where it went; leaves are not returned.

        A ``feared`` path draws half by the adjusted probabilities of the last cuts and half evenly: what a
        risk measure weighs may be so rare that paths of nominal probability do not go there, and looks cheap
        until they do.
        """
        branches, x, path, q = self.units.root_branches(), self.initial, list[Step](), None
        for _ in range(longest):
            branch = draw(branches, rng, half_even(branches, q) if feared else None)
            if branch is None:
                break
            unit = self.units.units[branch.unit]
            if unit.leaf:
                break
            x = self._outgoing(branch, x, upper)
            path.append(Step(branch.unit, branch.context, x))
            if unit.discount < 1.0 and rng.random() >= unit.discount:
                break
            branches = self.units.branches(branch.unit, branch.context)
            q = self.feared.get(branch.unit)
        return path

    def _outgoing(self, branch: Branch, x: Float, upper: bool) -> Float:
        if upper and self.inner is not None and np.isfinite(self._upper_value(branch, x)):
            return self.inner[branch.unit].programme.outgoing_state()
        self.outer[branch.unit].solve(x, branch.outcome, branch.context)
        return self.outer[branch.unit].programme.outgoing_state()

    def refine(self, trial: Trial) -> None:
        """Solve every branch behind a trial and add the cuts that follow."""
        branches = self.units.branches(trial.unit, trial.context)
        if branches:
            self._cut(trial, branches)

    def raise_points(self, trials: Iterable[Trial]) -> None:
        """Add the upper points of trials, in the order given: what lies behind should come first."""
        for trial in trials:
            branches = self.units.branches(trial.unit, trial.context)
            if branches and self.inner is not None:
                self._point(trial, branches)

    def upper_batch(self, rng: np.random.Generator, count: int, longest: int) -> None:
        """Walk several paths, every second one by the upper side, and add their points from the last node on.

        A whole batch is valued node by node backward, so that each point sees all the points behind it.
        """
        paths = [self.forward(rng, longest, upper=bool(k % 2)) for k in range(count)]
        trials = [Trial(s.unit, s.context, s.outgoing) for path in paths for s in reversed(path)]
        if self.depth is not None:
            depth = self.depth
            trials.sort(key=lambda trial: -depth[trial.unit])
        self.raise_points(trials)

    def _cut(self, trial: Trial, branches: tuple[Branch, ...]) -> None:
        x = trial.state
        value, slope = np.empty(len(branches)), np.empty((len(branches), len(x)))
        place, firsts = self.distinct(branches)
        for at in firsts:
            value[at], slope[at] = self.below(branches[at], x)
        self.add_cuts(trial, branches, value[firsts][place], slope[firsts][place])

    def below(self, branch: Branch, x: Float) -> tuple[float, Float]:
        """Return the lower value of a branch at a state and its derivative."""
        outer = self.outer[branch.unit]
        return outer.solve(x, branch.outcome, branch.context), outer.programme.slope()

    def add_cuts(self, trial: Trial, branches: tuple[Branch, ...], value: Float, slope: Float) -> None:
        """Add the cuts that follow from lower values of the branches and their derivatives at a trial."""
        x = trial.state
        if self.kind == "multi":
            self._multi_cut(trial, branches, value, slope)
            return
        for mate in self.mates[trial.unit]:
            outer, unit = self.outer[mate], self.units.units[mate]
            own = branches if mate == trial.unit else self.units.branches(mate, None)
            q = adjusted(unit.risk, own, value)
            self._fear(mate, q)
            g = unit.discount * (q @ slope)
            v = unit.discount * float(q @ value)
            if unit.context or v > outer.value(x) + TIGHT * max(1.0, abs(v)):
                self._add(Addition("cut", mate, g, v - float(g @ x), x, trial.context))

    def _fear(self, unit: int, q: Float) -> None:
        if self.averse:
            self.feared[unit] = q

    def _multi_cut(self, trial: Trial, branches: tuple[Branch, ...], value: Float, slope: Float) -> None:
        outer, x = self.outer[trial.unit], trial.state
        weight = adjusted(self.units.units[trial.unit].risk, branches, value)
        self._fear(trial.unit, weight)
        self._add(Addition("weight", trial.unit, weight))
        for at in range(len(branches)):
            if value[at] > outer.pools[at].value(x) + TIGHT * max(1.0, abs(value[at])):
                height = float(value[at] - slope[at] @ x)
                self._add(Addition("cut", trial.unit, slope[at], height, x, branch=at))

    def _point(self, trial: Trial, branches: tuple[Branch, ...]) -> None:
        assert self.inner is not None
        side = self.inner[trial.unit]
        if isinstance(side, ContextInner):
            form = form_behind(self.units, self.inner, trial.unit, trial.context, trial.state)
            side.add_form(trial.state, form)
            return
        self.add_points(trial, branches, self._upper_values(branches, trial.state))

    def above(self, branch: Branch, x: Float) -> tuple[float, Float]:
        """Return the upper value of a branch at a state and its derivative, zero where there is none."""
        assert self.inner is not None
        value = self._upper_value(branch, x)
        known = np.isfinite(value)
        return value, self.inner[branch.unit].programme.slope() if known else np.zeros_like(x)

    def add_points(self, trial: Trial, branches: tuple[Branch, ...], value: Float) -> None:
        """Add the points that follow from upper values of the branches at a trial."""
        assert self.inner is not None
        for mate in self.mates[trial.unit]:
            unit = self.units.units[mate]
            own = branches if mate == trial.unit else self.units.branches(mate, None)
            height = unit.discount * measured(unit.risk, own, value)
            self.inner[mate].add_point(trial.state, height)

    def distinct(self, branches: tuple[Branch, ...]) -> tuple[list[int], list[int]]:
        """Return the kind of each branch, equal where all data are, and a branch of each kind."""
        kinds: dict[tuple[int, int], int] = {}
        place, firsts = list[int](), list[int]()
        for at, branch in enumerate(branches):
            kind = (
                branch.unit,
                self.twins[branch.unit][branch.outcome] if branch.context is None else -1 - at,
            )
            if kind not in kinds:
                kinds[kind] = len(firsts)
                firsts.append(at)
            place.append(kinds[kind])
        return place, firsts

    def _upper_values(self, branches: tuple[Branch, ...], x: Float) -> Float:
        assert self.inner is not None
        place, firsts = self.distinct(branches)
        return np.array([self._upper_value(branches[at], x) for at in firsts])[place]

    def _upper_value(self, branch: Branch, x: Float) -> float:
        assert self.inner is not None
        side = self.inner[branch.unit]
        if isinstance(side, ContextInner) and branch.context is not None:
            return side.solve_in(x, branch.outcome, branch.context)
        return side.solve(x, branch.outcome)

    def take(self, additions: Iterable[Addition]) -> None:
        """Take over what another process added."""
        for addition in additions:
            self._apply(addition)

    def _add(self, addition: Addition) -> None:
        self.journal.append(addition)
        self._apply(addition)

    def _apply(self, one: Addition) -> None:
        if one.kind == "weight":
            self.outer[one.unit].add_weight(one.slope)
        elif one.kind == "cut" and one.point is not None:
            self.outer[one.unit].add_cut(one.slope, one.height, one.point, one.context, one.branch)

    def lower_bound(self) -> float:
        """Return the risk-adjusted lower value of the root."""
        branches = self.units.root_branches()
        place, firsts = self.distinct(branches)
        first = [branches[at] for at in firsts]
        value = np.array([self.outer[b.unit].solve(self.initial, b.outcome, b.context) for b in first])
        return measured(self.units.root_risk, branches, value[place])

    def upper_bound(self) -> float:
        """Return the risk-adjusted upper value of the root, infinite without an upper side."""
        if self.inner is None:
            return np.inf
        branches = self.units.root_branches()
        return measured(self.units.root_risk, branches, self._upper_values(branches, self.initial))


def adjusted(risk: RiskMeasure, branches: tuple[Branch, ...], value: Float) -> Float:
    """Return adjusted probabilities of the branches; the rest of the mass is the end, at cost zero."""
    p = np.array([branch.probability for branch in branches])
    ending = 1.0 - float(p.sum())
    if ending <= 1e-12:
        return risk.adjust(p, value)
    return risk.adjust(np.append(p, ending), np.append(value, 0.0))[:-1]


def measured(risk: RiskMeasure, branches: tuple[Branch, ...], value: Float) -> float:
    """Return the risk measure of branch values; infinite when any of them is."""
    if not np.isfinite(value).all():
        return np.inf
    return float(adjusted(risk, branches, value) @ value)


def draw(branches: tuple[Branch, ...], rng: np.random.Generator, share: Float | None = None) -> Branch | None:
    """Return a branch at random, by its probability or by a share given, or None for the end."""
    left, last = rng.random(), None
    for at, branch in enumerate(branches):
        weight = branch.probability if share is None else float(share[at])
        last = branch if weight > 0.0 else last
        left -= weight
        if left < 0.0:
            return branch
    return last if left < 1e-9 else None


def half_even(branches: tuple[Branch, ...], q: Float | None) -> Float:
    """Return a share per branch: half by q, or by probability where there is none, half evenly."""
    if q is None:
        q = np.array([branch.probability for branch in branches])
    return np.asarray(0.5 * q + 0.5 * q.sum() / max(1, len(branches)), dtype=np.float64)


def _depth(units: Units) -> list[int] | None:
    """Return the place of each unit in an order with children behind their parents, None on a cycle."""
    order = units.model.graph.order()
    if order is None:
        return None
    place = {node: at for at, node in enumerate(order)}
    return [max(place[node] for node in unit.nodes) for unit in units.units]


def _mates(units: Units) -> list[tuple[int, ...]]:
    """Return for each unit the units, itself included, whose branches are the same but for probabilities."""
    alike: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for at, branches in enumerate(units.fixed):
        key = tuple((b.unit, b.outcome) for b in branches) if branches is not None else ((-1, at),)
        alike.setdefault(key, []).append(at)
    found: list[tuple[int, ...]] = [()] * len(units.units)
    for group in alike.values():
        for at in group:
            found[at] = tuple(group)
    return found


def _twins(unit: Unit) -> list[int]:
    """Return for each outcome the first one that is the same in all that a programme holds."""
    problem, seen = unit.problem, dict[tuple[bytes, ...], int]()
    arrays = (
        problem.random_row_lower,
        problem.random_row_upper,
        problem.random_cost,
        problem.random_entry_value,
        problem.constant.reshape(-1, 1),
    )
    return [
        seen.setdefault(tuple(array[outcome].tobytes() for array in arrays), outcome)
        for outcome in range(len(problem.probability))
    ]
