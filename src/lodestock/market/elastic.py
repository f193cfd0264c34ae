r"""Elastic phase: which withdrawals cannot be served, by how much, and what capacity would serve them.

What the market insists on at any price is its exogenous withdrawals and the use that never leaves,
:math:`D_n = \max(-y_n, 0) + \sum_{use} \min_p q_j(p)`. Two linear programmes decide without any prices. The
first leaves as little as possible unserved with the capacities there are,

.. math::
    \min \sum_n s_n / Q_n \quad\text{s.t.}\quad A z + g + y - \min q_{use} + s \ge 0, \qquad
    0 \le z \le u, \quad 0 \le g_j \le \max_p q_j(p), \quad 0 \le s_n \le D_n

and the second may raise every finite capacity, of activities and of supply, at a price in units of its nodes,
before it leaves anything unserved. A shortage that remains has no route from any supply.

A third one looks for a loop that earns: activities without limit that need nothing and have a negative cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lodestock.errors import InfeasibleError
from lodestock.market.arrays import Float, Int, scatter
from lodestock.market.certificate import activity_scales
from lodestock.market.model import Market

SHORT = 1e-6
"""A shortage, or a capacity to add, below this share of the node's quantity scale is rounding."""

UNSERVED, RUNNING = 1e3, 1e-6
"""Price of an unserved unit against a unit of capacity, and of running anything at all (no idle loops)."""

SHOWN = 8
"""Elements named in a message."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """A node that lacks something whatever the price, and the curves there that never leave."""

    node: str
    quantity: float
    curves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relief:
    """A capacity that would have to be raised: of an ``activity`` or a supply ``curve``."""

    kind: str
    name: str
    capacity: float
    raise_by: float


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The nearest market that has an equilibrium.

    Attributes
    ----------
    shortages : what stays unserved with the capacities there are, largest first.
    reliefs : capacities whose rise would serve it, largest first.
    unreachable : what no rise of a capacity would serve.
    """

    shortages: tuple[Shortage, ...]
    reliefs: tuple[Relief, ...]
    unreachable: tuple[Shortage, ...]

    @property
    def is_needed(self) -> bool:
        """Whether the market as it stands cannot be served."""
        return bool(self.shortages)


class UnservedError(InfeasibleError):
    """No equilibrium: withdrawals cannot be served at any price; ``relaxation`` holds the figures."""

    def __init__(self, market: Market, relaxation: Relaxation) -> None:
        self.relaxation = relaxation
        unit = market.quantity_unit
        problem = f"no equilibrium: short at any price: {_shortages(relaxation.shortages, unit)}"
        super().__init__(
            problem,
            where="market",
            allowed="withdrawals that supply can serve, or users that leave at some price",
            hint=_hint(relaxation, unit),
        )


def elastic_phase(market: Market) -> Relaxation:
    """Return what ``market`` cannot serve at any price, and the nearest relaxation of its capacities."""
    need, least, most = _bounds(market)
    if not (need > SHORT * market.quantity_scale).any():
        return Relaxation((), (), ())
    unserved, _, _ = _served(market, need, least, most, may_grow=False)
    shortages = _named(market, unserved)
    if not shortages:
        return Relaxation((), (), ())
    left, activity, supply = _served(market, need, least, most, may_grow=True)
    _, Z = activity_scales(market)
    reliefs = [
        Relief("activity", str(market.activity_names[k]), float(market.capacity[k]), float(activity[k]))
        for k in np.flatnonzero(activity > SHORT * Z).tolist()
    ]
    scale = market.quantity_scale[market.curves.node]
    reliefs += [
        Relief("curve", str(market.curves.names[j]), float(most[j]), float(supply[j]))
        for j in np.flatnonzero(supply > SHORT * scale).tolist()
    ]
    ordered = tuple(sorted(reliefs, key=lambda relief: -relief.raise_by))
    return Relaxation(shortages, ordered, _named(market, left))


def earning_loop(market: Market) -> tuple[str, ...]:
    """Return the names of activities that together need nothing, have no limit and cost less than nothing."""
    free = np.flatnonzero(np.isinf(market.capacity) & (market.slope == 0.0))
    if not (market.cost[free] < 0.0).any():
        return ()
    keep = np.isin(market.entry_activity, free)
    place = np.full(market.activities, -1)
    place[free] = np.arange(len(free))
    M, _ = activity_scales(market)
    level = _minimum(
        market.cost[free] / M[free],
        np.ones(len(free)),
        market.entry_node[keep],
        place[market.entry_activity[keep]],
        market.entry_quantity[keep],
        np.zeros(market.nodes),
    )
    if level is None or not float(market.cost[free] / M[free] @ level) < -SHORT:
        return ()
    return tuple(str(market.activity_names[k]) for k in free[level > SHORT][:SHOWN].tolist())


def _bounds(market: Market) -> tuple[Float, Float, Float]:
    """Return what every node insists on, shape (n,), and the least and most of every curve, shape (J,)."""
    curves = market.curves
    still = curves.price_weight == 0.0
    fixed = curves.quantity(-curves.price_shift)
    limit = np.where(still, fixed, curves.limit_quantity())
    use = curves.sign < 0.0
    least, most = np.where(use, limit, 0.0), np.where(use, 0.0, limit)
    need = np.maximum(-market.injection, 0.0) + scatter(curves.node, least, market.nodes)
    return need, least, most


def _served(
    market: Market, need: Float, least: Float, most: Float, *, may_grow: bool
) -> tuple[Float, Float, Float]:
    """Return (unserved per node, capacity added per activity, capacity added per curve)."""
    curves, n, K, J = market.curves, market.nodes, market.activities, len(market.curves)
    _, Z = activity_scales(market)
    supply = np.flatnonzero(curves.sign > 0.0)
    limited = np.flatnonzero(np.isfinite(market.capacity)) if may_grow else np.zeros(0, dtype=np.int64)
    grows = supply[np.isfinite(most[supply])] if may_grow else supply[:0]
    # columns: activities, their growth, supply curves, their growth, unserved
    entries = np.isin(market.entry_activity, limited)
    place = np.full(K, -1)
    place[limited] = K + np.arange(len(limited))
    first = K + len(limited)
    second, last = first + len(supply), first + len(supply) + len(grows)
    row = np.concatenate(
        [market.entry_node, market.entry_node[entries], curves.node[supply], curves.node[grows], np.arange(n)]
    )
    column = np.concatenate(
        [
            market.entry_activity,
            place[market.entry_activity[entries]],
            first + np.arange(len(supply)),
            second + np.arange(len(grows)),
            last + np.arange(n),
        ]
    )
    value = np.concatenate(
        [market.entry_quantity, market.entry_quantity[entries], np.ones(len(supply) + len(grows) + n)]
    )
    Q = market.quantity_scale
    cost = np.concatenate(
        [RUNNING / Z, 1.0 / Z[limited], np.zeros(len(supply)), 1.0 / Q[curves.node[grows]], UNSERVED / Q]
    )
    upper = np.concatenate(
        [market.capacity, np.full(len(limited), np.inf), most[supply], np.full(len(grows), np.inf), need]
    )
    fixed = scatter(curves.node, least, n) - market.injection
    found = _minimum(cost, upper, row, column, value, fixed)
    if found is None:
        return need, np.zeros(K), np.zeros(J)
    activity, curve = np.zeros(K), np.zeros(J)
    activity[limited] = found[K:first]
    curve[grows] = found[second:last]
    return found[last:], activity, curve


def _minimum(cost: Float, upper: Float, row: Int, column: Int, value: Float, least: Float) -> Float | None:
    """Return x >= 0 that minimises cost'x with A x >= least, x <= upper; None where HiGHS finds none."""
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    order = np.argsort(row, kind="stable")
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(least)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(len(cost)), upper
    lp.row_lower_, lp.row_upper_ = least, np.full(len(least), np.inf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(least)))])
    lp.a_matrix_.index_, lp.a_matrix_.value_ = column[order], value[order]
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array(solver.getSolution().col_value)


def _named(market: Market, quantity: Float) -> tuple[Shortage, ...]:
    curves = market.curves
    _, least, _ = _bounds(market)
    relative = quantity / market.quantity_scale
    order = [n for n in np.argsort(-relative, kind="stable").tolist() if relative[n] > SHORT]
    return tuple(
        Shortage(
            str(market.node_names[n]),
            float(quantity[n]),
            tuple(str(curves.names[j]) for j in np.flatnonzero((curves.node == n) & (least > 0.0)).tolist()),
        )
        for n in order
    )


def _shortages(found: tuple[Shortage, ...], unit: str) -> str:
    listed = ", ".join(f"{one.node} {one.quantity:.6g} {unit}" for one in found[:SHOWN])
    return listed + (f" and {len(found) - SHOWN} more" if len(found) > SHOWN else "")


def _hint(relaxation: Relaxation, unit: str) -> str:
    said = []
    if relaxation.reliefs:
        raised = ", ".join(
            f"{one.kind} {one.name!r} from {one.capacity:.6g} by {one.raise_by:.6g} {unit}"
            for one in relaxation.reliefs[:SHOWN]
        )
        more = len(relaxation.reliefs) - SHOWN
        rest = f" and {more} more" if more > 0 else ""
        served = "what a route reaches" if relaxation.unreachable else "it"
        said.append(f"raising the capacity of {raised}{rest} would serve {served}")
    if relaxation.unreachable:
        missing = _shortages(relaxation.unreachable, unit)
        said.append(f"no capacity would serve {missing}: no supply reaches it")
    stays = sorted({curve for one in relaxation.shortages for curve in one.curves})
    if stays:
        said.append(f"or give {', '.join(map(repr, stays[:SHOWN]))} a price at which users leave")
    return "; ".join(said)
