r"""The same shock in goods told apart by origin, at one stage of one material.

Supply and use keep the curves of the network; only trade changes its law (`lodestock.market.armington`).
Other stages stand at their base prices, so that processing is supply at the stage it delivers to and use at
the stage it takes from. What stands on the routes of the network is carried over along the way from origin to
user (`lodestock.policy.origins`): tariffs and taxes as amounts, bans as closed routes, quotas and licences as
limits with a rent, floors as levies on the price index of what the zone buys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lodestock.errors import LodestockError
from lodestock.market import Curves, concatenate_curves, linear_supply, linear_use
from lodestock.market.armington import ArmingtonMarket, Controls, Routes, no_controls
from lodestock.market.arrays import scatter
from lodestock.policy.compile import to_market
from lodestock.policy.network import Network
from lodestock.policy.origins import Origins, trace_origins
from lodestock.policy.parts import LEAK, NONE, TRADE, FloatArray, IndexArray, of_kind

LEAST_FLOW = 1e-5
"""Ways from an origin to a user below this share of both sides' tonnes are left out."""
LEAST_CHARGE = 1e-3
"""Charges that fewer goods than this share of a way's meet are left out."""


@dataclass(frozen=True, eq=False)
class Differentiated:
    """Base year and shock of one stage, with the countries that make and use."""

    base: ArmingtonMarket
    shocked: ArmingtonMarket
    users: IndexArray
    """(destination,) index of each destination's country."""


def differentiate(
    base: Network, shocked: Network, material: str, stage: str, substitution: float
) -> Differentiated:
    """State the shock between two networks of one material in goods told apart by origin.

    Parameters
    ----------
    base, shocked : the network before and after its terms were applied.
    substitution : elasticity between origins, above 1.

    Raises
    ------
    LodestockError
        The shocked network holds something this model cannot state; the message names it.
    """
    _check_statable(shocked)
    node = base.nodes_at(material, stage)
    before = _Stage(base, node)
    after = _Stage(shocked, node)
    supplied, used = before.supplied(), before.used()
    flow = before.flow()
    origins = trace_origins(supplied, flow)
    traced = _kept(origins.share.T * used)
    makers, users = np.flatnonzero(traced.sum(axis=1) > 0.0), np.flatnonzero(traced.sum(axis=0) > 0.0)
    traced = traced[np.ix_(makers, users)]
    at = np.nonzero(traced)
    way = (makers[at[0]], users[at[1]])
    routes = Routes(
        origin=at[0],
        destination=at[1],
        flow=traced[at],
        added=np.zeros(len(at[0])),
        ad_valorem=np.zeros(len(at[0])),
        open_share=np.ones(len(at[0])),
    )
    price = base.nodes.price
    start = ArmingtonMarket(
        origins=[base.countries[c] for c in makers],
        destinations=[base.countries[c] for c in users],
        supply=before.supply(makers, traced.sum(axis=1) / supplied[makers]),
        demand=before.demand(users, traced.sum(axis=0) / used[users]),
        supply_price=price[node[makers]],
        use_price=price[node[users]],
        routes=routes,
        controls=no_controls(len(routes), len(users)),
        substitution=substitution,
    )
    end = replace(
        start,
        supply=after.supply(makers, traced.sum(axis=1) / supplied[makers]),
        demand=after.demand(users, traced.sum(axis=0) / used[users]),
        routes=replace(
            routes,
            added=origins.along(after.added(before))[way],
            ad_valorem=origins.along(after.ad_valorem(before))[way],
            open_share=origins.passing(after.open_share())[way],
        ),
        controls=_controls(after, origins, way, users, routes),
    )
    return Differentiated(start, end, users)


def _check_statable(network: Network) -> None:
    for levy in network.levies:
        if levy.kind != "floor":
            raise LodestockError(f"{levy.name} has no counterpart among goods told apart by origin")
    for limit in network.limits:
        if limit.shared or limit.kind not in ("quota", "licence"):
            raise LodestockError(f"{limit.name} has no counterpart among goods told apart by origin")


def _kept(traced: FloatArray) -> FloatArray:
    """Ways large enough for one of their sides."""
    made, used = traced.sum(axis=1, keepdims=True), traced.sum(axis=0, keepdims=True)
    kept = np.where((traced > LEAST_FLOW * made) | (traced > LEAST_FLOW * used), traced, 0.0)
    return np.asarray(kept)


class _Stage:
    """One stage of a network: its curves, its trade, and the columns that join it to the rest."""

    def __init__(self, network: Network, node: IndexArray) -> None:
        self.network, self.node = network, node
        self.size = len(node)
        self.country = np.full(len(network.nodes.price), NONE)
        self.country[node[node >= 0]] = np.flatnonzero(node >= 0)
        columns = network.columns
        take, give = self._at(columns.take), self._at(columns.give)
        between = np.isin(np.arange(len(columns.kind)), of_kind(columns, TRADE, LEAK))
        self.arcs = np.flatnonzero(between & (take >= 0) & (give >= 0))
        self.exporter, self.importer = take[self.arcs], give[self.arcs]
        self.curves = self._own_curves(take, give, between)

    def _at(self, node: IndexArray) -> IndexArray:
        """Country of a column's end at this stage, NONE elsewhere."""
        return np.where(node >= 0, self.country[np.maximum(node, 0)], NONE)

    def _own_curves(self, take: IndexArray, give: IndexArray, between: np.ndarray) -> Curves:
        """Curves at the stage by country, columns that join it to other stages or to stocks among them."""
        network, columns = self.network, self.network.columns
        market = to_market(network)
        curve_country = self.country[market.curves.node]
        here = np.flatnonzero(curve_country >= 0)
        own = replace(market.curves.select(here), node=curve_country[here])
        parts = [own]
        open_columns = ~between & (columns.capacity > 0.0)
        for end, other, is_supply in ((give, columns.take, True), (take, columns.give, False)):
            at = np.flatnonzero(open_columns & (end >= 0))
            if not at.size:
                continue
            parts.append(self._joined(at, end[at], other[at], is_supply))
        return concatenate_curves(parts)

    def _joined(self, at: IndexArray, country: IndexArray, other: IndexArray, is_supply: bool) -> Curves:
        """Columns as own-price lines, the price at their other end standing at its base."""
        network, columns = self.network, self.network.columns
        outside = np.where(other >= 0, network.nodes.price[np.maximum(other, 0)], 0.0)
        names = [network.column_names[k] for k in at]
        slope = np.maximum(columns.slope[at], 1e-6 * network.nodes.price[self.node[country]])
        if is_supply:
            weight, quantity = columns.give_money[at], columns.give_quantity[at]
            intercept = (columns.cost[at] + columns.take_money[at] * outside) / weight
            return linear_supply(
                names, country, intercept, slope / (weight * quantity), quantity * columns.capacity[at]
            )
        weight, quantity = columns.take_money[at], columns.take_quantity[at]
        choke = (columns.give_money[at] * outside - columns.cost[at]) / weight
        return linear_use(
            names,
            country,
            np.maximum(choke, 0.0),
            slope / (weight * quantity),
            capacity=quantity * columns.capacity[at],
        )

    def _quantity(self, sign: float) -> FloatArray:
        """(country,) supply or use at base prices, t."""
        curves = self.curves
        price = np.where(self.node >= 0, self.network.nodes.price[np.maximum(self.node, 0)], 1.0)
        value = curves.quantity(curves.own_price(price))
        return scatter(curves.node, np.where(curves.sign == sign, value, 0.0), self.size)

    def supplied(self) -> FloatArray:
        """(country,) output at base prices, t."""
        return self._quantity(1.0)

    def used(self) -> FloatArray:
        """(country,) use at base prices, t."""
        return self._quantity(-1.0)

    def supply(self, countries: IndexArray, scale: FloatArray) -> Curves:
        """Supply curves of the named countries, renumbered and scaled."""
        return self._renumbered(countries, scale, 1.0)

    def demand(self, countries: IndexArray, scale: FloatArray) -> Curves:
        """Use curves of the named countries, renumbered and scaled."""
        return self._renumbered(countries, scale, -1.0)

    def _renumbered(self, countries: IndexArray, scale: FloatArray, sign: float) -> Curves:
        place = np.full(self.size, NONE)
        place[countries] = np.arange(len(countries))
        keep = np.flatnonzero((self.curves.sign == sign) & (place[self.curves.node] >= 0))
        chosen = self.curves.select(keep)
        at = place[chosen.node]
        factor = scale[at][:, None]
        return replace(chosen, node=at, a1=chosen.a1 * factor, a2=chosen.a2 * factor)

    def _table(self, values: FloatArray) -> FloatArray:
        """(exporter, importer) sums of a number on arcs."""
        found = np.zeros((self.size, self.size))
        np.add.at(found, (self.exporter, self.importer), values)
        return found

    def flow(self) -> FloatArray:
        """(exporter, importer) trade of the base year, t."""
        return self._table(self.network.columns.base_level[self.arcs])

    def _first(self, values: FloatArray) -> FloatArray:
        """(exporter, importer) the number on the first arc of each pair: the open one."""
        found = np.zeros((self.size, self.size))
        found[self.exporter[::-1], self.importer[::-1]] = values[::-1]
        return found

    def added(self, before: _Stage) -> FloatArray:
        """(exporter, importer) what an arc costs on top of the base year, USD/t."""
        return self._first(self.network.columns.cost[self.arcs]) - before._first(
            before.network.columns.cost[before.arcs]
        )

    def ad_valorem(self, before: _Stage) -> FloatArray:
        """(exporter, importer) what an arc costs on top of the base year, share of the price paid."""
        return self._first(self.network.columns.take_money[self.arcs]) - before._first(
            before.network.columns.take_money[before.arcs]
        )

    def capacity(self) -> FloatArray:
        """(exporter, importer) what may be shipped, leaks included, t."""
        return self._table(self.network.columns.capacity[self.arcs])

    def open_share(self) -> FloatArray:
        """(exporter, importer) 0 where nothing may be shipped."""
        return np.where(self.capacity() > 0.0, 1.0, 0.0)


def _controls(
    stage: _Stage, origins: Origins, way: tuple[IndexArray, IndexArray], users: IndexArray, routes: Routes
) -> Controls:
    """Limits on pairs that bind in the base year, quotas, and floors."""
    network, at = stage.network, stage.country
    found = _Found(origins, way, routes.flow, len(users))
    capacity, flow = stage.capacity(), stage.flow()
    for i, j in np.argwhere((capacity > 0.0) & (capacity < flow * (1.0 - 1e-9))).tolist():
        alone = np.zeros_like(flow)
        alone[i, j] = 1.0
        name = f"{network.countries[i]}-{network.countries[j]}"
        found.limit(name, alone, float(capacity[i, j]), float(flow[i, j]))
    for limit in network.limits:
        if limit.permit != NONE and at[network.columns.take[limit.columns[0]]] != NONE:
            charged = _on_arcs(stage, limit.columns, np.ones(len(limit.columns)))
            found.limit(limit.name, charged, limit.quantity, float((charged * flow).sum()))
    for levy in network.levies:
        if at[levy.reference[0]] != NONE:
            charged = _on_arcs(stage, levy.columns, levy.column_weight)
            weight = scatter(at[levy.reference], levy.reference_weight, stage.size)[users]
            found.floor(levy.name, charged, weight, levy.floor, levy.cap)
    return found.controls()


class _Found:
    """Controls as they are found; charges on arcs become charges on ways."""

    def __init__(
        self, origins: Origins, way: tuple[IndexArray, IndexArray], flow: FloatArray, users: int
    ) -> None:
        self.origins, self.way, self.flow, self.users = origins, way, flow, users
        self.rows: list[tuple[str, FloatArray, float, FloatArray, float, float]] = []

    def limit(self, name: str, charged: FloatArray, quantity: float, now: float) -> None:
        """Add a limit, unless the ways it stands on were too small to keep."""
        weight = self._on_ways(charged)
        if float(weight @ self.flow) > 0.5 * now:
            self.rows.append((name, weight, quantity, np.zeros(self.users), -np.inf, np.inf))

    def floor(self, name: str, charged: FloatArray, reference: FloatArray, floor: float, cap: float) -> None:
        """Add a floor with its levy."""
        self.rows.append((name, self._on_ways(charged), np.inf, reference / reference.sum(), floor, cap))

    def controls(self) -> Controls:
        """All of them as arrays."""
        if not self.rows:
            return no_controls(len(self.flow), self.users)
        names, charges, limits, references, floors, caps = zip(*self.rows, strict=True)
        return Controls(
            names, np.array(charges), np.array(limits), np.array(references), np.array(floors), np.array(caps)
        )

    def _on_ways(self, charged: FloatArray) -> FloatArray:
        weight = self.origins.along(charged)[self.way]
        return np.where(weight > LEAST_CHARGE, weight, 0.0)


def _on_arcs(stage: _Stage, columns: IndexArray, weight: FloatArray) -> FloatArray:
    """(exporter, importer) weight of a charge on arcs."""
    table = np.zeros((stage.size, stage.size))
    take, give = stage.network.columns.take[columns], stage.network.columns.give[columns]
    inside = (take >= 0) & (give >= 0)
    table[stage.country[take[inside]], stage.country[give[inside]]] = weight[inside]
    return table
