r"""Several periods as one market: the same nodes in each, columns that carry from one to the next.

:func:`stack` puts one-period markets beside each other; :func:`carry` joins them by storage. Solved as one
market the horizon has perfect foresight: what is put away answers to the price at which it will come out.
:mod:`lodestock.market.rolling` solves the same horizon window by window instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ConflictError, UnknownNameError
from lodestock.market.activities import Activities, columns, concatenate_activities
from lodestock.market.arrays import Float, Int
from lodestock.market.checks import check_market
from lodestock.market.extend import activities_of, extend, index_of
from lodestock.market.levies import concatenate_levies
from lodestock.market.model import Market
from lodestock.market.periods import Periods, labelled, lasting
from lodestock.market.shapes import concatenate_curves
from lodestock.market.storage import storage


class Solved(Protocol):
    """What a horizon reads back: a solution, or the path of a rolling one."""

    @property
    def price(self) -> Float:
        """Price of every node."""

    @property
    def level(self) -> Float:
        """Level of every activity."""

    @property
    def levy(self) -> Float:
        """Rate of every levy."""

    @property
    def curve_quantity(self) -> Float:
        """Quantity of every curve."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """One market over T periods, and where the elements of each period are.

    Attributes
    ----------
    market : nodes, columns, curves and levies of all periods, named ``zone @ 2025-Q1``; quantities per
        period.
    periods : names and lengths.
    nodes : names of the nodes of one period, shape (n,).
    node : shape (T, n), index of every node in the market.
    elements : per kind (``activity``, ``curve``, ``levy``) and name, the index in every period, shape (T,),
        -1 where a period has none.
    """

    market: Market
    periods: Periods
    nodes: tuple[str, ...]
    node: Int
    elements: Mapping[str, Mapping[str, Int]] = field(repr=False)

    def find(self, kind: str, name: str) -> Int:
        """Return the indices of an ``activity``, ``curve`` or ``levy`` by period, shape (T,)."""
        known = self.elements[kind]
        if name not in known:
            raise UnknownNameError(kind, name, known, where="horizon")
        return known[name]

    def column(self, name: str) -> int:
        """Return the place of a node in ``nodes``, the second axis of ``node``."""
        return index_of("node", self.nodes, name, where="horizon")

    def prices(self, solution: Solved) -> Float:
        """Return the price of every node by period, shape (T, n)."""
        found: Float = solution.price[self.node]
        return found

    def price(self, solution: Solved, node: str) -> Float:
        """Return the price of a node by period, shape (T,)."""
        found: Float = solution.price[self.node[:, self.column(node)]]
        return found

    def level(self, solution: Solved, activity: str) -> Float:
        """Return the level of an activity by period, per period, shape (T,); 0 where there is none."""
        return _by_period(solution.level, self.find("activity", activity))

    def quantity(self, solution: Solved, curve: str) -> Float:
        """Return the quantity of a curve by period, quantity per period, shape (T,)."""
        return _by_period(solution.curve_quantity, self.find("curve", curve))

    def levy(self, solution: Solved, levy: str) -> Float:
        """Return the rate of a levy by period, shape (T,)."""
        return _by_period(solution.levy, self.find("levy", levy))

    def per_year(self, quantity: Float) -> Float:
        """Return quantities per period, shape (T, ...), as rates per year."""
        years = self.periods.years.reshape((-1,) + (1,) * (quantity.ndim - 1))
        return np.asarray(quantity / years)


def stack(markets: Market | Sequence[Market], over: Periods) -> Horizon:
    """Return markets in rates per year as one market over periods, not yet joined.

    Parameters
    ----------
    markets : one market for all periods, or one per period with the same nodes in the same order.
    over : the T periods.

    Raises
    ------
    ConflictError
        As many markets as periods are wanted, each with the nodes of the first.
    """
    T = len(over)
    single = [markets] * T if isinstance(markets, Market) else list(markets)
    if len(single) != T:
        raise ConflictError(f"{len(single)} markets", where="stack", allowed=f"1 or {T}, one per period")
    nodes = tuple(single[0].node_names)
    for market, period in zip(single, over.names, strict=True):
        if tuple(market.node_names) != nodes:
            raise ConflictError(
                f"the market of {period} has other nodes than that of {over.names[0]}",
                where="stack",
                allowed=f"{len(nodes)} nodes with the same names in the same order",
            )
    scaled = [lasting(market, float(years)) for market, years in zip(single, over.years, strict=True)]
    market = _side_by_side(scaled, over)
    kinds = {
        "activity": [part.activity_names for part in scaled],
        "curve": [part.curves.names for part in scaled],
        "levy": [part.levies.names for part in scaled],
    }
    return Horizon(
        market=market,
        periods=over,
        nodes=nodes,
        node=np.arange(T * len(nodes)).reshape(T, len(nodes)),
        elements={kind: _places(names) for kind, names in kinds.items()},
    )


def carry(
    horizon: Horizon,
    names: Sequence[str],
    nodes: Sequence[str],
    *,
    holding_cost: ArrayLike = 0.0,
    slope: ArrayLike = 0.0,
    capacity: ArrayLike = np.inf,
    interest: ArrayLike = 0.0,
    loss: ArrayLike = 0.0,
    opening: ArrayLike = 0.0,
    closing_value: ArrayLike | None = None,
) -> Horizon:
    r"""Return the horizon with stores that carry goods from each period to the next.

    .. math:: \frac{1 - \delta}{1 + r} p_{t+1} - p_t \le h \quad\text{with equality below capacity}

    Every argument broadcasts over the m stores, or over (T, m) where it changes with time.

    Parameters
    ----------
    names, nodes : the stores and the node names they stand at; the level of store ``x`` in period t is what
        is held at the end of t.
    holding_cost, interest, loss : per year; the cost is in price units.
    slope : price units per quantity held.
    capacity : quantity that fits, whatever the length of a period.
    opening : quantity there at the beginning of the first period.
    closing_value : price of what is left after the last period; without it nothing is held over the end.
    """
    T, m = len(horizon.periods), len(names)
    held_from, last = (T - 1, T - 1) if closing_value is None else (T, T - 1)
    h, s, u, r, delta = (
        np.broadcast_to(np.asarray(value, dtype=float), (T, m))
        for value in (holding_cost, slope, capacity, interest, loss)
    )
    years = horizon.periods.years[:, None]
    r, delta, h = (1.0 + r) ** years - 1.0, 1.0 - (1.0 - delta) ** years, h * years
    at = np.array([horizon.column(node) for node in nodes], dtype=np.int64)
    parts = [
        storage(
            labelled(names, horizon.periods.names[t]),
            horizon.node[t, at],
            horizon.node[t + 1, at],
            holding_cost=h[t],
            slope=s[t],
            capacity=u[t],
            interest=r[t],
            loss=delta[t],
        )
        for t in range(T - 1)
    ]
    if closing_value is not None:
        worth = (1.0 - delta[last]) / (1.0 + r[last]) * np.broadcast_to(closing_value, (m,))
        parts.append(
            columns(
                labelled(names, horizon.periods.names[last]),
                [[(int(n), -1.0, -1.0)] for n in horizon.node[last, at]],
                h[last] - worth,
                s[last],
                u[last],
            )
        )
    joined = link(horizon, names, parts, first=0, count=held_from)
    return inject(joined, horizon.node[0, at], opening)


def link(
    horizon: Horizon,
    names: Sequence[str],
    parts: Sequence[Activities],
    *,
    first: int = 0,
    count: int | None = None,
) -> Horizon:
    """Return the horizon with more columns; ``parts[i]``, one per name, belongs to period ``first + i``."""
    wanted = len(parts) if count is None else count
    if len(parts) != wanted or any(len(part) != len(names) for part in parts):
        raise ConflictError(
            f"{len(parts)} sets of columns", where="link", allowed=f"{wanted} sets of {len(names)}"
        )
    T, m = len(horizon.periods), len(names)
    place = np.full((T, m), -1, dtype=np.int64)
    place[first : first + wanted] = horizon.market.activities + np.arange(wanted * m).reshape(wanted, m)
    known = dict(horizon.elements["activity"])
    for column, name in enumerate(names):
        if name in known:
            raise ConflictError(f"two elements are called {name!r}", where="activity", allowed="unique names")
        known[name] = place[:, column]
    market = extend(horizon.market, activities=concatenate_activities(list(parts)))
    return replace(horizon, market=market, elements={**horizon.elements, "activity": known})


def add_node(
    horizon: Horizon,
    name: str,
    *,
    price_scale: ArrayLike,
    quantity_scale: ArrayLike,
    injection: ArrayLike = 0.0,
) -> Horizon:
    """Return the horizon with one more node in every period: a stock, a scrap pool, a budget."""
    T = len(horizon.periods)
    if name in horizon.nodes:
        raise ConflictError(f"two elements are called {name!r}", where="node", allowed="unique names")
    market = extend(
        horizon.market,
        nodes=[f"{name} @ {period}" for period in horizon.periods.names],
        injection=np.broadcast_to(injection, (T,)),
        price_scale=np.broadcast_to(price_scale, (T,)),
        quantity_scale=np.broadcast_to(quantity_scale, (T,)),
    )
    new = horizon.market.nodes + np.arange(T, dtype=np.int64)
    return replace(
        horizon,
        market=market,
        nodes=(*horizon.nodes, name),
        node=np.concatenate([horizon.node, new[:, None]], axis=1),
    )


def inject(horizon: Horizon, node: ArrayLike, quantity: ArrayLike) -> Horizon:
    """Return the horizon with ``quantity`` more of exogenous supply at market nodes ``node``."""
    injection = horizon.market.injection.copy()
    where = np.asarray(node, dtype=np.int64)
    np.add.at(injection, where, np.broadcast_to(np.asarray(quantity, dtype=float), where.shape))
    market = replace(horizon.market, injection=injection)
    check_market(market)
    return replace(horizon, market=market)


def _side_by_side(parts: Sequence[Market], over: Periods) -> Market:
    """Return one market with the elements of all parts; parts are valid, and so is the whole."""
    first = parts[0]
    n = first.nodes
    started = np.concatenate([[0], np.cumsum([part.activities for part in parts])])
    curve_start = np.concatenate([[0], np.cumsum([len(part.curves) for part in parts])])
    activities, curves, levies = [], [], []
    for t, (part, period) in enumerate(zip(parts, over.names, strict=True)):
        own = activities_of(part)
        activities.append(replace(own, names=labelled(own.names, period), node=own.node + t * n))
        curves.append(
            replace(part.curves, names=labelled(part.curves.names, period), node=part.curves.node + t * n)
        )
        levies.append(
            replace(
                part.levies,
                names=labelled(part.levies.names, period),
                charge_activity=part.levies.charge_activity + started[t],
                curve_index=part.levies.curve_index + curve_start[t],
                reference_node=part.levies.reference_node + t * n,
            )
        )
    joined = concatenate_activities(activities)
    return Market(
        node_names=[name for period in over.names for name in labelled(first.node_names, period)],
        activity_names=joined.names,
        entry_pointer=joined.pointer,
        entry_node=joined.node,
        entry_quantity=joined.quantity,
        entry_money=joined.money,
        cost=joined.cost,
        slope=joined.slope,
        capacity=joined.capacity,
        curves=concatenate_curves(curves),
        injection=np.concatenate([part.injection for part in parts]),
        levies=concatenate_levies(levies),
        price_scale=np.concatenate([part.price_scale for part in parts]),
        quantity_scale=np.concatenate([part.quantity_scale for part in parts]),
        quantity_unit=first.quantity_unit,
        price_unit=first.price_unit,
    )


def _places(names: Sequence[Sequence[str]]) -> dict[str, Int]:
    """Return, for every name, its index in each period when periods stand one after the other."""
    T, start = len(names), 0
    found: dict[str, Int] = {}
    for t, own in enumerate(names):
        for at, name in enumerate(own):
            place = found.get(name)
            if place is None:
                place = found[name] = np.full(T, -1, dtype=np.int64)
            place[t] = start + at
        start += len(own)
    return found


def _by_period(values: Float, place: Int) -> Float:
    found, there = np.zeros(len(place)), place >= 0
    found[there] = values[place[there]]
    return found
