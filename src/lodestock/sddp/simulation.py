"""Simulation of a policy: in sample, out of sample, along given histories."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float
from lodestock.sddp.engine import Engine, draw
from lodestock.sddp.model import Model
from lodestock.sddp.policy import Policy
from lodestock.sddp.units import Branch

Visit = tuple[Hashable, Any]


@dataclass(frozen=True, eq=False)
class Replication:
    """One simulated path; sequences run over its visits.

    Attributes
    ----------
    keys : nodes visited; with hidden regimes the true node, which the policy does not see.
    outcomes : noise outcome at each visit.
    stage_cost : cost (or reward) of the visit, not discounted, in the sense of the objective.
    weight : product of the discounts before the visit.
    values : value of each recorded decision by name, shape (visits,).
    duals : dual of each recorded constraint by name, in the sense of the objective, shape (visits,).
    belief : belief over the nodes of the hidden group, None where regimes are seen.
    """

    keys: tuple[Hashable, ...]
    outcomes: tuple[Any, ...]
    stage_cost: Float
    weight: Float
    values: dict[str, Float]
    duals: dict[str, Float]
    belief: tuple[Float | None, ...]

    @property
    def total(self) -> float:
        """Return the discounted cost of the path."""
        return float(self.stage_cost @ self.weight)


@dataclass(frozen=True, eq=False)
class Simulation:
    """Many replications."""

    paths: tuple[Replication, ...]

    @property
    def totals(self) -> Float:
        """Return the discounted cost of every path."""
        return np.array([path.total for path in self.paths])

    def mean_interval(self, deviations: float = 1.96) -> tuple[float, float]:
        """Return the interval mean +- ``deviations`` standard errors."""
        totals = self.totals
        half = deviations * float(totals.std(ddof=1)) / np.sqrt(len(totals)) if len(totals) > 1 else np.inf
        return float(totals.mean() - half), float(totals.mean() + half)


def simulate(
    policy: Policy,
    count: int = 1000,
    *,
    seed: int = 1,
    record: Sequence[str] = (),
    duals: Sequence[str] = (),
    model: Model | None = None,
    histories: Sequence[Sequence[Visit]] | None = None,
    longest: int = 200,
) -> Simulation:
    """Follow a policy.

    Parameters
    ----------
    count, seed : sampled paths; path k depends on ``seed`` and k only.
    record : decisions to keep, by name; a state's name means its outgoing value.
    duals : constraints whose dual to keep, by name.
    model : out of sample: a model with the same graph, states and hidden groups whose outcomes, probabilities
        or other data differ; the policy's cuts decide in it.
    histories : paths of (node key, outcome) to replay instead of sampling; an outcome is one of the node's,
        given as its value, or as None where there is no noise. They replace ``count``.
    longest : visits after which a path on a cyclic graph is cut.

    Raises
    ------
    UnknownNameError
        A recorded name no node has, a history through an unknown node.
    ConflictError
        A history along an arc that does not exist, or with an outcome the node does not have.
    """
    target = policy.model if model is None else model
    if target.graph.keys != policy.model.graph.keys:
        raise ConflictError("another policy graph", where="simulate", allowed="the policy's nodes")
    if target.problems[0].state_names != policy.model.problems[0].state_names:
        raise ConflictError("other states", where="simulate", allowed="the policy's states")
    columns = [name for problem in target.problems for name in problem.column_names]
    rows = [name for problem in target.problems for name in problem.row_names]
    for kind, wanted, known in (("decision", record, columns), ("constraint", duals, rows)):
        for name in wanted:
            if name not in known:
                raise UnknownNameError(kind, name, known, where="simulate")
    if histories is None and count < 1:
        raise ValueOutOfRangeError(f"{count} paths", where="simulate", allowed="at least 1")
    engine = policy.engine(None if model is None else target)
    walker = _Walker(engine, target, tuple(record), tuple(duals))
    if histories is not None:
        return Simulation(tuple(walker.replay(history) for history in histories))
    return Simulation(tuple(walker.sample(np.random.default_rng([seed, k]), longest) for k in range(count)))


class _Walker:
    """Walks paths through one engine."""

    def __init__(self, engine: Engine, model: Model, record: tuple[str, ...], duals: tuple[str, ...]) -> None:
        self.engine = engine
        self.model = model
        self.record = record
        self.duals = duals
        self.column = [{name: at for at, name in enumerate(p.column_names)} for p in model.problems]
        self.row = [{name: at for at, name in enumerate(p.row_names)} for p in model.problems]

    def sample(self, rng: np.random.Generator, longest: int) -> Replication:
        """Return one sampled path."""
        path = _Path(self)
        for _ in range(longest):
            branch = draw(path.branches, rng)
            if branch is None:
                break
            unit = self.engine.units.units[branch.unit]
            node = unit.nodes[0]
            if len(unit.nodes) > 1 and branch.context is not None:
                node = unit.nodes[int(rng.choice(len(unit.nodes), p=branch.context))]
            path.visit(branch, node)
            if unit.leaf:
                break
        return path.finish()

    def replay(self, history: Sequence[Visit]) -> Replication:
        """Return the path of one history."""
        path = _Path(self)
        for at, (key, outcome) in enumerate(history):
            node = self.model.graph.index(key)
            problem = self.model.problems[node]
            if outcome not in problem.outcomes:
                raise ConflictError(
                    f"outcome {outcome!r}",
                    where=f"history, visit {at + 1}, {problem.where}",
                    allowed=", ".join(str(value) for value in problem.outcomes),
                    hint="build a model whose noise holds the history and pass it as model=",
                )
            wanted = (self.engine.units.unit_of[node], problem.outcomes.index(outcome))
            found = [b for b in path.branches if (b.unit, b.outcome) == wanted]
            if not found:
                raise ConflictError(
                    "nothing leads here with this outcome", where=f"history, visit {at + 1}, {problem.where}"
                )
            path.visit(found[0], node)
        return path.finish()


class _Path:
    """One path while it is walked."""

    def __init__(self, walker: _Walker) -> None:
        self.walker = walker
        self.branches: tuple[Branch, ...] = walker.engine.units.root_branches()
        self.x = walker.engine.initial
        self.discount = 1.0
        self.keys: list[Hashable] = []
        self.outcomes: list[Any] = []
        self.cost: list[float] = []
        self.weight: list[float] = []
        self.belief: list[Float | None] = []
        self.values: dict[str, list[float]] = {name: [] for name in walker.record}
        self.row_duals: dict[str, list[float]] = {name: [] for name in walker.duals}

    def visit(self, branch: Branch, node: int) -> None:
        """Decide at a node and move on."""
        walker, sign = self.walker, self.walker.model.sign
        outer, unit = walker.engine.outer[branch.unit], walker.engine.units.units[branch.unit]
        outer.solve(self.x, branch.outcome, branch.context)
        values, priced = outer.programme.values(), bool(unit.problem.price_names)
        cost, constant = unit.problem.cost_of(branch.outcome, branch.context if priced else None)
        self.keys.append(walker.model.graph.keys[node])
        self.outcomes.append(unit.problem.outcomes[branch.outcome])
        self.cost.append(sign * (float(cost @ values) + constant))
        self.weight.append(self.discount)
        self.belief.append(branch.context if len(unit.nodes) > 1 else None)
        for name, found in self.values.items():
            at = walker.column[node].get(name)
            found.append(np.nan if at is None else float(values[at]))
        if self.row_duals:
            duals = outer.programme.row_duals()
            for name, found in self.row_duals.items():
                at = walker.row[node].get(name)
                found.append(np.nan if at is None else sign * float(duals[at]))
        self.x = outer.programme.outgoing_state()
        self.discount *= unit.discount
        self.branches = () if unit.leaf else walker.engine.units.branches(branch.unit, branch.context)

    def finish(self) -> Replication:
        """Return what was recorded."""
        return Replication(
            tuple(self.keys),
            tuple(self.outcomes),
            np.array(self.cost),
            np.array(self.weight),
            {name: np.array(found) for name, found in self.values.items()},
            {name: np.array(found) for name, found in self.row_duals.items()},
            tuple(self.belief),
        )
