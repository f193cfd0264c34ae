"""A policy: cuts and points with the bounds they prove; how it values and decides."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lodestock.errors import ConflictError
from lodestock.sddp.arrays import Float
from lodestock.sddp.blocks import find_blocks
from lodestock.sddp.cuts import Selection
from lodestock.sddp.engine import Engine
from lodestock.sddp.inner import Plan
from lodestock.sddp.mixture import interpolated
from lodestock.sddp.model import Model
from lodestock.sddp.outer import CutKind
from lodestock.sddp.risk import RiskMeasure
from lodestock.sddp.units import Units, make_units
from lodestock.sddp.upper import inner_of

SUM_TOLERANCE = 1e-9
"""How far the shares of a belief may add to something else than one."""


@dataclass(frozen=True)
class Progress:
    """Where a training stands, in the sense of the objective; ``gap`` is relative to the larger bound."""

    iteration: int
    lower_bound: float
    upper_bound: float
    seconds: float
    cuts: int
    solves: int

    @property
    def gap(self) -> float:
        """Return (upper - lower) over the larger magnitude of the two."""
        return relative_gap(self.lower_bound, self.upper_bound)


@dataclass(frozen=True, eq=False)
class CutTable:
    """Cuts of one cost-to-go: theta + mu . context >= height + slope . x."""

    slope: Float
    height: Float
    context: Float
    point: Float


@dataclass(frozen=True, eq=False)
class PointTable:
    """Points and plans of one cost-to-go: at ``point`` it is at most ``height``."""

    point: Float
    height: Float
    slope: Float
    worst: float
    plans: tuple[Plan, ...] = ()


@dataclass(frozen=True, eq=False)
class Policy:
    """What training leaves.

    Attributes
    ----------
    lower_bound, upper_bound : of the optimal value, in the sense of the objective; infinite on a side that
        was not asked for. Both hold under the risk measure that was trained with.
    status : why training stopped: iterations, seconds, gap, stalled, callback.
    log : one record per iteration.
    """

    model: Model
    risk: tuple[RiskMeasure, ...]
    root_risk: RiskMeasure
    kind: CutKind
    selection: Selection
    seed: int
    cuts: tuple[tuple[CutTable, ...], ...]
    weights: tuple[tuple[Float, ...], ...]
    points: tuple[PointTable, ...] | None
    lower_bound: float
    upper_bound: float
    status: str
    log: tuple[Progress, ...]

    @property
    def bound(self) -> float:
        """Return the bound that cuts prove: the lower one of costs, the upper one of rewards."""
        return self.lower_bound if self.model.sign > 0 else self.upper_bound

    @property
    def gap(self) -> float:
        """Return (upper - lower) over the larger magnitude of the two."""
        return relative_gap(self.lower_bound, self.upper_bound)

    @property
    def certificate(self) -> dict[str, float]:
        """Return both bounds and the gap between them."""
        return {"lower_bound": self.lower_bound, "upper_bound": self.upper_bound, "gap": self.gap}

    @property
    def iterations(self) -> int:
        """Return the number of iterations done."""
        return self.log[-1].iteration if self.log else 0

    def value(
        self, key: Hashable, state: dict[str, float], belief: Sequence[float] | None = None
    ) -> tuple[float, dict[str, float]]:
        """Return the bound of what follows node ``key`` at an outgoing state, and its derivative by state.

        The derivative is the value of one more unit of each state (with the sign of the objective). With
        hidden regimes it takes the belief over the nodes of the hidden group, in the order of the graph.

        Raises
        ------
        ConflictError
            Multi-cuts, objective states, a belief that is missing, not wanted or no distribution, other
            states than the model's.
        """
        units = self._units()
        at = units.unit_of[self.model.graph.index(key)]
        size = len(units.units[at].nodes)
        if self.model.priced or self.kind == "multi":
            raise ConflictError(
                "a value by state alone needs single cuts and no objective states", where=f"node {key!r}"
            )
        if (belief is None) != (size == 1):
            raise ConflictError(
                "a value needs a belief where regimes are hidden, and only there", where=f"node {key!r}"
            )
        b = np.ones(1) if belief is None else np.asarray(belief, dtype=np.float64)
        if b.shape != (size,) or not (b >= 0.0).all() or abs(b.sum() - 1.0) > SUM_TOLERANCE:
            raise ConflictError(
                f"the belief is {b.tolist()}", where=f"node {key!r}", allowed=f"{size} shares that add to 1"
            )
        names = self.model.problems[0].state_names
        if set(state) != set(names):
            raise ConflictError(f"states {sorted(state)}", where=f"node {key!r}", allowed=", ".join(names))
        x = np.array([state[name] for name in names])
        if units.units[at].leaf or not len(self.cuts[at][0].height):
            floor = units.units[at].floor
            return self.model.sign * floor, dict.fromkeys(names, 0.0)
        table = self.cuts[at][0]
        heights = table.slope @ x + table.height
        if size > 1:
            corners = units.units[at].corners
            floors = np.full(len(corners), units.units[at].floor)
            found, weights = interpolated(
                np.append(heights, floors), np.vstack([table.context, corners]), b / b.sum()
            )
            slope = self.model.sign * (weights[: len(heights)] @ table.slope)
        else:
            best = int(np.argmax(heights))
            found, slope = float(heights[best]), self.model.sign * table.slope[best]
        return self.model.sign * found, dict(zip(names, map(float, slope), strict=True))

    def engine(self, model: Model | None = None) -> Engine:
        """Return working programmes with these cuts, for this model or one with the same graph and states."""
        units = self._units() if model is None else make_units(model, self.risk, self.root_risk)
        return restore(units, self)

    def _units(self) -> Units:
        return make_units(self.model, self.risk, self.root_risk)


def relative_gap(lower: float, upper: float) -> float:
    """Return (upper - lower) / max(|lower|, |upper|), infinite when a side is."""
    if not np.isfinite([lower, upper]).all():
        return np.inf
    return (upper - lower) / max(abs(lower), abs(upper), 1e-9)


def restore(units: Units, policy: Policy) -> Engine:
    """Return an engine that holds the cuts and points of a policy."""
    engine = Engine(units, policy.kind, policy.selection)
    if len(engine.outer) != len(policy.cuts):
        raise ConflictError("the policy belongs to another policy graph", where="policy")
    for outer, tables, weights in zip(engine.outer, policy.cuts, policy.weights, strict=True):
        outer.weights = [weight.copy() for weight in weights]
        if len(outer.pools) != len(tables):
            raise ConflictError(
                "the policy has one cut per branch of another noise",
                where="policy",
                hint="train with single cuts",
            )
        for pool, table in zip(outer.pools, tables, strict=True):
            for slope, height, context, point in zip(
                table.slope, table.height, table.context, table.point, strict=True
            ):
                pool.add(slope, float(height), context, point)
        outer.build()
    if policy.points is not None:
        engine.inner = []
        blocks = find_blocks(units.model.problems)
        for unit, points in zip(units.units, policy.points, strict=True):
            inner = inner_of(unit, points.slope, points.worst, blocks)
            if len(points.height):
                inner.points, inner.heights = points.point.copy(), points.height.copy()
            inner.plans = list(points.plans)
            inner.build()
            engine.inner.append(inner)
    return engine


def freeze(engine: Engine) -> dict[str, Any]:
    """Return cuts, weights and points of an engine as the fields of a policy."""
    cuts = tuple(
        tuple(
            CutTable(
                *(
                    getattr(pool, name)[: pool.count].copy()
                    for name in ("slope", "height", "context", "point")
                )
            )
            for pool in outer.pools
        )
        for outer in engine.outer
    )
    points = None
    if engine.inner is not None:
        points = tuple(
            PointTable(
                inner.points.copy(), inner.heights.copy(), inner.slope, inner.worst, tuple(inner.plans)
            )
            for inner in engine.inner
        )
    return {"cuts": cuts, "weights": tuple(tuple(o.weights) for o in engine.outer), "points": points}
