"""One step of the dynamic run: move prices, ship, produce, use and store; record the step."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.clearing import Cleared
from lodestock.disruption.destinations import beyond_habit, hand_round, premium_of
from lodestock.disruption.response import followed
from lodestock.disruption.schedule import Regime
from lodestock.disruption.state import State

FloatArray = NDArray[np.float64]
ROOM_YEARS = 0.5
"""Room for unsold output at home beyond the normal stock, years of output; then works stand still."""


def advance(
    state: State,
    view: Regime,
    cleared: Cleared,
    move: FloatArray,
    step: int,
    values: Mapping[str, FloatArray],
    dt: float,
) -> None:
    """Take one step; ``move`` is the share of the way to the cleared prices that quotes go, (draw,)."""
    base, response = state.base, state.response
    x_home = _towards(state.home, cleared.home, move)
    x = _towards(state.abroad, cleared.abroad, move)
    made, imports, used_home, by_country, leak, stock_home = _home(state, view, cleared, x_home, step, dt)

    longest = len(state.ship) - (len(state.resale) - state.resale_steps)
    state.ship[longest + step] = by_country + leak
    arrived = state.ship[longest + step - state.lag_steps, :, np.arange(len(base.countries))].T
    landed = state.resale[step]
    made_abroad = float(base.supply.sum()) * response.supply(x, state.grown, base.capacity[1], base.scrap[1])
    imports_taken = np.minimum(imports, made_abroad + arrived.sum(axis=1))
    pool = made_abroad - imports_taken
    wanted = base.use * (view.use_abroad[:, step] * response.use(x, state.saved))[:, None]
    wanted = wanted * (1.0 + state.premium) ** -response.use_short[:, None]
    given, sold = hand_round(pool, arrived + landed, wanted, state.stock, state.stock0, base.use, dt)
    late = _settle(state, (given - sold) / dt, given / dt, move, values, dt)
    have = np.maximum(state.stock + dt * (arrived + landed - late) + given - sold, 0.0)
    used = np.minimum(wanted, have / dt)
    stock = np.maximum(have - dt * used, 0.0)
    state.resale[step + state.resale_steps] = late
    state.under_way = state.under_way + dt * (
        (state.ship[longest + step] - arrived).sum(axis=1) + (late - landed).sum(axis=1)
    )
    stock_home = np.maximum(stock_home - dt * (imports - imports_taken), 0.0)

    price, home_price = base.price * np.exp(x), base.home_price * np.exp(x_home)
    duty = view.tax[step] * price + view.unrefunded[step] * home_price
    record = {
        "home_price": home_price,
        "price": price,
        "local_price": price[:, None] * (1.0 + state.premium),
        "rent": np.maximum(price - home_price - (base.price - base.home_price) - duty, 0.0),
        "duty": duty,
        "licit": by_country.sum(axis=1),
        "leak": leak.sum(axis=1),
        "home_output": made,
        "home_use": used_home,
        "home_stock": stock_home,
        "adapted_home": _adapted(x_home, state.saved_home),
        "adapted": _adapted(x, state.saved),
        "output": made_abroad,
        "imports": imports_taken,
        "arrivals": arrived,
        "use": used,
        "wanted": wanted,
        "called_for": view.use_abroad[:, step],
        "called_for_home": view.use_home[:, step],
        "stock": stock,
        "under_way": state.under_way,
    }
    for name, array in record.items():
        state.tape[name].append(array)
    years, supply_years = values["substitution_years"], values["supply_years"]
    state.saved_home = followed(x_home, state.saved_home, dt, years)
    state.saved = followed(x, state.saved, dt, years)
    state.grown_home = followed(x_home, state.grown_home, dt, supply_years)
    state.grown = followed(x, state.grown, dt, supply_years)
    state.normal = followed(x, state.normal, dt, values["normal_years"])
    state.home, state.abroad, state.stock_home, state.stock = x_home, x, stock_home, stock


def _adapted(x: FloatArray, saved: FloatArray) -> FloatArray:
    """Part of the way that the slow follower of the log price has gone; none without a rise."""
    result: FloatArray = np.clip(saved / np.where(x > 1e-9, x, np.inf), 0.0, 1.0)
    return result


def _towards(now: FloatArray, target: FloatArray, move: FloatArray) -> FloatArray:
    """Log price after going a share of the way, in level."""
    result: FloatArray = np.log(np.exp(now) + move * (np.exp(target) - np.exp(now)))
    return result


def _settle(
    state: State,
    net: FloatArray,
    given: FloatArray,
    move: FloatArray,
    values: Mapping[str, FloatArray],
    dt: float,
) -> FloatArray:
    """Move premiums and habits on; return the purchases that have a voyage before them, t/yr."""
    use = state.base.use
    extra = beyond_habit(net, state.habit, use)
    target = premium_of(extra, state.habit, use, values["route_stiffness"])
    state.premium = state.premium + move[:, None] * (target - state.premium)
    settled = -np.expm1(-dt / np.maximum(values["route_years"], dt))[:, None]
    state.habit = state.habit + settled * (net - state.habit)
    return np.clip(extra, 0.0, given)


def _home(
    state: State, view: Regime, cleared: Cleared, x_home: FloatArray, step: int, dt: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Output, imports wanted, use, licit and leaked departures by destination, and stock at home.

    Home use comes before exports when home runs short; works stand still when there is no room left.
    """
    base, response = state.base, state.response
    limit = view.limit[:, :, step] * base.exports
    push = view.push[:, :, step] * base.exports
    total = np.maximum(limit.sum(axis=1), 1e-300)
    want = np.where(cleared.binds, limit.sum(axis=1), np.clip(cleared.flow, 0.0, total))
    by_country = np.maximum(limit * (want / total)[:, None], np.minimum(push, limit))
    leak = view.leak[:, :, step] * base.exports
    made = (
        base.home_supply
        * view.output[:, step]
        * response.supply(x_home, state.grown_home, base.capacity[0], base.scrap[0])
    )
    imports = (base.imports + np.maximum(-cleared.flow, 0.0)) * view.imports[:, step]
    wanted = base.home_use * view.use_home[:, step] * response.use(x_home, state.saved_home)
    used = np.minimum(wanted, state.stock_home / dt + made + imports)
    out = by_country.sum(axis=1) + leak.sum(axis=1)
    left = state.stock_home / dt + made + imports - used
    scale = np.where(out > left, left / np.where(out > 0, out, 1.0), 1.0)
    by_country, leak = by_country * scale[:, None], leak * scale[:, None]
    room = state.stock_home0 + ROOM_YEARS * base.home_supply
    after = state.stock_home + dt * (made + imports - used - by_country.sum(axis=1) - leak.sum(axis=1))
    idle = np.minimum(made, np.maximum(after - room, 0.0) / dt)
    return made - idle, imports, used, by_country, leak, np.maximum(after - dt * idle, 0.0)
