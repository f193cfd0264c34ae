r"""A rolling horizon: decide a few periods at a time, on expected prices for what comes after.

In a window the periods inside are known. A column that delivers into a later period sells there at an
expected price :math:`\hat p`, so that its margin is

.. math:: m_k = \sum_{n \in window} W_{nk} p_n + \sum_{n \notin window} W_{nk} \hat p_n - c_k - s_k z_k

The first periods of the window are then taken as they came out, what they deliver arrives in the later
ones as an injection, and the window moves on. Each window is an equilibrium with a certificate of its own;
the path they make up is that of people who are wrong about the future in a stated way. A window as long as
the horizon has perfect foresight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.market.arrays import Float, Int
from lodestock.market.horizon import Horizon
from lodestock.market.ladder import solve
from lodestock.market.model import Market
from lodestock.market.solution import Solution

Expectation = Callable[[Float, Float], Float]
"""From realised prices, shape (t, n), and the usual ones, shape (n,), to the prices expected, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Window:
    """One window: its periods, the first ``taken`` of which were kept, and the equilibrium of its market."""

    first: int
    last: int
    taken: int
    market: Market
    solution: Solution


@dataclass(frozen=True, slots=True)
class Rolling:
    """A path put together from windows; arrays are those of the horizon's market, kept periods only.

    Attributes
    ----------
    price : shape (n T,); level : shape (K,); levy : shape (L,); curve_quantity : shape (J,).
    expected : shape (W, n), the price expected in each window for everything after it.
    windows : one per decision, each with its certificate.
    """

    price: Float
    level: Float
    levy: Float
    curve_quantity: Float
    expected: Float
    windows: tuple[Window, ...]

    @property
    def is_solved(self) -> bool:
        """Whether every window was solved."""
        return all(window.solution.is_solved for window in self.windows)

    @property
    def worst(self) -> float:
        """Largest residual of any window's certificate."""
        return max(window.solution.certificate.worst for window in self.windows)


def last_price(realised: Float, usual: Float) -> Float:
    """Expect the price of the last period that was decided; the usual one before there is any."""
    return np.asarray(realised[-1] if len(realised) else usual)


def usual_price(realised: Float, usual: Float) -> Float:
    """Expect prices to go back to their scale."""
    del realised
    return usual


def mean_price(realised: Float, usual: Float) -> Float:
    """Expect the mean of the prices so far; the usual one before there is any."""
    return np.asarray(realised.mean(axis=0) if len(realised) else usual)


EXPECTATIONS: dict[str, Expectation] = {
    "last-price": last_price,
    "usual-price": usual_price,
    "mean-price": mean_price,
}


def solve_rolling(
    horizon: Horizon,
    *,
    window: int = 1,
    step: int = 1,
    expect: str | Expectation | NDArray[np.float64] = "last-price",
    tolerance: float = 1e-8,
    audit: bool = True,
) -> Rolling:
    """Return the path that comes of deciding ``step`` periods at a time with ``window`` periods in view.

    Parameters
    ----------
    window : periods known in each decision, at least ``step``.
    expect : price expected after the window: ``last-price``, ``usual-price`` (the market's price scale),
        ``mean-price``, a function of (realised prices, usual prices), or prices of shape (T, n) by period.
    tolerance, audit : as in :func:`lodestock.market.solve`, for every window.

    Raises
    ------
    ConflictError
        A levy over several periods, or a column that takes from a period after its first.
    InfeasibleError
        A window without an equilibrium.
    """
    T = len(horizon.periods)
    if not 1 <= step <= window:
        raise ValueOutOfRangeError(
            f"step {step} with a window of {window}", where="rolling", allowed="1 <= step <= window"
        )
    rule = _rule(expect, T, len(horizon.nodes))
    plan = _plan(horizon)
    market = horizon.market
    price, level = np.zeros(market.nodes), np.zeros(market.activities)
    levy, quantity = np.zeros(len(market.levies)), np.zeros(len(market.curves))
    arrived = np.zeros(market.nodes)
    usual = market.price_scale[horizon.node]
    windows, expected = [], []
    for first in range(0, T, step):
        last = min(first + window, T)
        taken = min(step, T - first)
        realised = price[horizon.node[:first]]
        after = rule(realised, usual[min(first, T - 1)])
        ahead = after if after.shape == (T, len(horizon.nodes)) else np.broadcast_to(after, usual.shape)
        believed = np.zeros(market.nodes)
        believed[horizon.node] = ahead
        part = _cut(horizon, plan, first, last, believed, arrived)
        solution = solve(part.market, tolerance=tolerance, audit=audit)
        kept = plan.node_period[part.nodes] < first + taken
        price[part.nodes[kept]] = solution.price[kept]
        done = plan.activity_period[part.activities] < first + taken
        level[part.activities[done]] = solution.level[done]
        own = plan.levy_period[part.levies] < first + taken
        levy[part.levies[own]] = solution.levy[own]
        used = plan.node_period[market.curves.node[part.curves]] < first + taken
        quantity[part.curves[used]] = solution.curve_quantity[used]
        arrived = _arrivals(market, plan, level, first + taken)
        expected.append(ahead[min(last, T - 1)])
        windows.append(Window(first, last, taken, part.market, solution))
    return Rolling(price, level, levy, quantity, np.array(expected), tuple(windows))


@dataclass(frozen=True, slots=True)
class _Plan:
    """Period of every node, activity (that of its first node) and levy."""

    node_period: Int
    activity_period: Int
    levy_period: Int


@dataclass(frozen=True, slots=True)
class _Part:
    market: Market
    nodes: Int
    activities: Int
    curves: Int
    levies: Int


def _rule(expect: str | Expectation | NDArray[np.float64], T: int, n: int) -> Expectation:
    if isinstance(expect, str):
        if expect not in EXPECTATIONS:
            raise UnknownNameError("expectation", expect, EXPECTATIONS, where="rolling")
        return EXPECTATIONS[expect]
    if callable(expect):
        return expect
    given = np.asarray(expect, dtype=float)
    if given.shape != (T, n):
        raise ConflictError(
            f"expected prices of shape {given.shape}", where="rolling", allowed=f"({T}, {n}): periods, nodes"
        )
    return lambda realised, usual: given


def _plan(horizon: Horizon) -> _Plan:
    market, levies = horizon.market, horizon.market.levies
    T, n = horizon.node.shape
    node_period = np.zeros(market.nodes, dtype=np.int64)
    node_period[horizon.node] = np.repeat(np.arange(T), n).reshape(T, n)
    entry_period = node_period[market.entry_node]
    activity_period = np.full(market.activities, T)
    np.minimum.at(activity_period, market.entry_activity, entry_period)
    takes_later = (market.entry_quantity < 0.0) & (entry_period > activity_period[market.entry_activity])
    if takes_later.any():
        at = int(market.entry_activity[np.flatnonzero(takes_later)[0]])
        raise ConflictError(
            "takes from a period after its first",
            where=f"activity {market.activity_names[at]!r}",
            allowed="takes now, delivers now or later",
        )
    levy_period = np.full(len(levies), T)
    np.minimum.at(levy_period, levies.reference_levy, node_period[levies.reference_node])
    for owner, period in (
        (levies.reference_levy, node_period[levies.reference_node]),
        (levies.charge_levy, activity_period[levies.charge_activity]),
        (levies.curve_levy, node_period[market.curves.node[levies.curve_index]]),
    ):
        other = period != levy_period[owner]
        if other.any():
            name = levies.names[int(owner[np.flatnonzero(other)[0]])]
            raise ConflictError("spans several periods", where=f"levy {name!r}", allowed="one period each")
    return _Plan(node_period, activity_period, levy_period)


def _cut(horizon: Horizon, plan: _Plan, first: int, last: int, believed: Float, arrived: Float) -> _Part:
    """Return the market of the periods ``first`` to ``last - 1`` with later deliveries sold as believed."""
    market = horizon.market
    nodes = _within(plan.node_period, first, last)
    activities = _within(plan.activity_period, first, last)
    curves = _within(plan.node_period[market.curves.node], first, last)
    levies = _within(plan.levy_period, first, last)
    place = _inverse(nodes, market.nodes)
    chosen = np.zeros(market.activities, dtype=bool)
    chosen[activities] = True
    owner = market.entry_activity
    mine = chosen[owner]
    later = mine & (place[market.entry_node] < 0)
    cost = market.cost.copy()
    np.add.at(cost, owner[later], -market.entry_money[later] * believed[market.entry_node[later]])
    entries = np.flatnonzero(mine & ~later)
    counts = np.bincount(owner[entries], minlength=market.activities)[activities]
    old = market.levies
    charge, curve_charge, reference = (
        np.flatnonzero(_inverse(levies, len(old))[of] >= 0)
        for of in (old.charge_levy, old.curve_levy, old.reference_levy)
    )
    levy_place = _inverse(levies, len(old))
    return _Part(
        market=replace(
            market,
            node_names=[market.node_names[n] for n in nodes],
            activity_names=[market.activity_names[k] for k in activities],
            entry_pointer=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            entry_node=place[market.entry_node[entries]],
            entry_quantity=market.entry_quantity[entries],
            entry_money=market.entry_money[entries],
            cost=cost[activities],
            slope=market.slope[activities],
            capacity=market.capacity[activities],
            curves=replace(market.curves.select(curves), node=place[market.curves.node[curves]]),
            injection=(market.injection + arrived)[nodes],
            levies=replace(
                old,
                names=[old.names[at] for at in levies],
                charge_levy=levy_place[old.charge_levy[charge]],
                charge_activity=_inverse(activities, market.activities)[old.charge_activity[charge]],
                charge_weight=old.charge_weight[charge],
                curve_levy=levy_place[old.curve_levy[curve_charge]],
                curve_index=_inverse(curves, len(market.curves))[old.curve_index[curve_charge]],
                curve_weight=old.curve_weight[curve_charge],
                reference_levy=levy_place[old.reference_levy[reference]],
                reference_node=place[old.reference_node[reference]],
                reference_weight=old.reference_weight[reference],
                floor=old.floor[levies],
                cap=old.cap[levies],
                lower=old.lower[levies],
                self_response=old.self_response[levies],
            ),
            price_scale=market.price_scale[nodes],
            quantity_scale=market.quantity_scale[nodes],
        ),
        nodes=nodes,
        activities=activities,
        curves=curves,
        levies=levies,
    )


def _arrivals(market: Market, plan: _Plan, level: Float, now: int) -> Float:
    """Return what the columns decided so far deliver into periods not decided yet, shape (n T,)."""
    owner = market.entry_activity
    decided = plan.activity_period[owner] < now
    late = decided & (plan.node_period[market.entry_node] >= now)
    arrived = np.zeros(market.nodes)
    np.add.at(arrived, market.entry_node[late], (market.entry_quantity * level[owner])[late])
    return arrived


def _within(period: Int, first: int, last: int) -> Int:
    found: Int = np.flatnonzero((period >= first) & (period < last)).astype(np.int64)
    return found


def _inverse(index: Int, count: int) -> Int:
    place = np.full(count, -1, dtype=np.int64)
    place[index] = np.arange(len(index))
    return place
