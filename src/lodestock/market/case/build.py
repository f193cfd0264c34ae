"""From a checked case to the market it describes: one period, or a horizon."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lodestock.errors import ConflictError, LodestockError, UnknownNameError, relocated
from lodestock.market import shapes
from lodestock.market.activities import Activities, concatenate_activities
from lodestock.market.budget import Budget, check_budgets
from lodestock.market.case.check import Values, checked_element, names_of
from lodestock.market.case.elements import ACTIVITIES, CONSTRAINTS, CURVES, LEVIES, unlimited
from lodestock.market.curves import Curves
from lodestock.market.horizon import Horizon, carry, stack
from lodestock.market.levies import Levies, concatenate_levies
from lodestock.market.model import Market, assemble
from lodestock.market.periods import Periods, periods
from lodestock.market.policy_stock import PolicyStock, with_policy_stock
from lodestock.market.recycling import Recycling, with_recycling
from lodestock.market.transit import with_transit


def market_of(values: Values, where: str) -> Market:
    """Return the one-period market of a checked case."""
    node = {element["name"]: at for at, element in enumerate(values["nodes"])}
    columns = concatenate_activities(
        [
            _at(f"{where}: activities[{at}]", ACTIVITIES[element["kind"]], element, node)
            for at, element in enumerate(values["activities"])
        ]
    )
    curves = shapes.concatenate_curves(
        [
            _priced(_at(f"{where}: curves[{at}]", CURVES[element["kind"]], element, node), element)
            for at, element in enumerate(values["curves"])
        ]
    )
    activity = {name: at for at, name in enumerate(columns.names)}
    curve = {name: at for at, name in enumerate(curves.names)}
    levies = concatenate_levies(
        [
            _at(f"{where}: levies[{at}]", LEVIES[element["kind"]], element, node, activity, curve, columns)
            for at, element in enumerate(values["levies"])
        ]
    )
    market = _assembled(values, columns, curves, levies, where)
    for at, element in enumerate(values["constraints"]):
        market = _at(f"{where}: constraints[{at}]", CONSTRAINTS[element["kind"]], market, element, activity)
    return market


def horizon_of(values: Values, where: str) -> tuple[Horizon, tuple[PolicyStock, ...]]:
    """Return the horizon of a checked case with periods, and its policy stocks."""
    terms = values["periods"]
    over = _at(f"{where}: periods", periods, terms["first"], terms["count"])
    changed = [_changed(values, period, over, where) for period in over.names]
    single = [
        market_of(values if one is values else one, where if one is values else f"{where}, {period}")
        for one, period in zip(changed, over.names, strict=True)
    ]
    horizon = stack(single, over)
    for at, store in enumerate(values["stores"]):
        horizon = _at(f"{where}: stores[{at}]", _stored, horizon, store)
    for at, shipment in enumerate(values["shipments"]):
        horizon = _at(f"{where}: shipments[{at}]", _shipped, horizon, shipment)
    for at, element in enumerate(values["recycling"]):
        horizon = _at(f"{where}: recycling[{at}]", _recycled, horizon, element)
    stocks = []
    for at, element in enumerate(values["policy_stocks"]):
        limits = {"room", "buy_rate", "release_rate"}
        numbers = {key: unlimited(value) if key in limits else value for key, value in element.items()}
        stock = _at(f"{where}: policy_stocks[{at}]", lambda **named: PolicyStock(**named), **numbers)
        horizon = _at(f"{where}: policy_stocks[{at}]", with_policy_stock, horizon, stock)
        stocks.append(stock)
    return horizon, tuple(stocks)


def budgets_of(values: Values, market: Market, horizon: Horizon | None, where: str) -> tuple[Budget, ...]:
    """Return the budgets of a checked case; over periods each holds for the contracts of all of them."""
    place = {name: [at] for at, name in enumerate(market.levies.names)}
    if horizon is not None:
        place = {name: found[found >= 0].tolist() for name, found in horizon.elements["levy"].items()}
    made: list[Budget] = []
    for at, element in enumerate(values["budgets"]):
        contracts = tuple(index for name in element["contracts"] for index in place[name])
        made.append(Budget(element["name"], contracts, element["amount"]))
        _at(f"{where}: budgets[{at}]", check_budgets, market, made)
    return tuple(made)


def _assembled(values: Values, columns: Activities, curves: Curves, levies: Levies, where: str) -> Market:
    nodes = values["nodes"]
    price = [node["price_scale"] for node in nodes]
    quantity = [node["quantity_scale"] for node in nodes]
    market: Market = _at(
        where,
        assemble,
        [node["name"] for node in nodes],
        columns,
        curves,
        levies,
        injection=[node["injection"] for node in nodes],
        quantity_unit=values["quantity_unit"],
        price_unit=values["price_unit"],
    )
    return replace(
        market,
        price_scale=_given(price, market.price_scale),
        quantity_scale=_given(quantity, market.quantity_scale),
    )


def _given(scale: Sequence[float | None], estimated: np.ndarray) -> np.ndarray:
    return np.array([found if own is None else own for own, found in zip(scale, estimated, strict=True)])


def _changed(values: Values, period: str, over: Periods, where: str) -> Values:
    """Return the values of one period: those of the case with its changes put in."""
    names = names_of(values)
    elements = {key: list(values[key]) for key in ("nodes", "curves", "activities", "levies", "constraints")}
    touched = False
    for at, change in enumerate(values["changes"]):
        place = f"{where}: changes[{at}]"
        for name in change["periods"]:
            if name not in over.names:
                raise UnknownNameError("period", name, over.names, where=f"{place}.periods")
        key, index = _element(elements, change["element"], place)
        # every change is checked in every period, so that a slip does not wait for its turn
        body = {**elements[key][index], **change["set"]}
        if body["name"] != change["element"]:
            raise ConflictError(
                "a change cannot rename", where=f"{place}.set", allowed="other keys than name"
            )
        element = checked_element(body, key, names, f"{place}.set")
        if period in change["periods"]:
            elements[key][index] = element
            touched = True
    return {**values, **elements} if touched else values


def _element(elements: Mapping[str, Sequence[Values]], name: str, where: str) -> tuple[str, int]:
    found = [
        (key, at) for key, group in elements.items() for at, one in enumerate(group) if one["name"] == name
    ]
    if not found:
        known = [one["name"] for group in elements.values() for one in group]
        raise UnknownNameError("element", name, known, where=f"{where}.element")
    if len(found) > 1:
        kinds = " and ".join(key for key, _ in found)
        raise ConflictError(f"{name!r} stands in {kinds}", where=f"{where}.element", allowed="one element")
    return found[0]


def _stored(horizon: Horizon, store: Values) -> Horizon:
    terms = {key: value for key, value in store.items() if key not in ("name", "node", "capacity")}
    return carry(horizon, [store["name"]], [store["node"]], capacity=unlimited(store["capacity"]), **terms)


def _shipped(horizon: Horizon, shipment: Values) -> Horizon:
    lag, arriving = shipment["lag"], _history(shipment["on_the_way"], shipment["lag"], "on_the_way")
    return with_transit(
        horizon,
        [shipment["name"]],
        [shipment["from"]],
        [shipment["to"]],
        lag=lag,
        cost=shipment["cost"],
        slope=shipment["slope"],
        capacity=unlimited(shipment["capacity"]),
        interest=shipment["interest"],
        loss=shipment["loss"],
        on_the_way=arriving[:, None],
    )


def _recycled(horizon: Horizon, element: Values) -> Horizon:
    own = {"yield": "yield_"}
    terms = {own.get(key, key): value for key, value in element.items() if key != "past_use"}
    made = Recycling(**{**terms, "capacity": unlimited(element["capacity"])})
    return with_recycling(horizon, made, _history(element["past_use"], element["lag"], "past_use"))


def _history(given: Sequence[float], lag: int, key: str) -> np.ndarray:
    """Return one number per period of the lag: those given, the one given, or zero."""
    if len(given) not in (0, 1, lag):
        raise ConflictError(
            f"{key} has {len(given)} numbers", allowed=f"one, or {lag}: one per period of the lag"
        )
    return np.broadcast_to(np.array(given if given else (0.0,)), (lag,))


def _priced(curve: Curves, element: Values) -> Curves:
    weight, shift = np.array([element["price_weight"]]), np.array([element["price_shift"]])
    return replace(curve, price_weight=weight, price_shift=shift)


def _at(where: str, build: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """Call ``build``; an error says where in the case it belongs."""
    try:
        return build(*given, **named)
    except LodestockError as error:
        place = where if not error.where else f"{where}: {error.where}"
        raise relocated(error, place) from None
