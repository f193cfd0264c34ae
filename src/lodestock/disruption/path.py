r"""The dynamic run: two prices, flows by destination and stocks, step by step.

Mass, every step and country, with q output, u use, X licit flow, L leak, shipped flows arriving after their
voyage:

.. math::
    s_h' = s_h + \Delta (q_h + I - u_h - X - L), \qquad
    s_c' = s_c + \Delta (g_c + arrivals_c - u_c), \qquad \sum_c g_c = q_a - I .

Prices move towards those of the look-ahead with speed kappa, :math:`P' = P^* + (P - P^*) e^{-\kappa \Delta}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.base import Base, check_base
from lodestock.disruption.clearing import Look, Side, Trade
from lodestock.disruption.events import Event, check_events
from lodestock.disruption.quota import clear_together
from lodestock.disruption.response import Response, followed
from lodestock.disruption.schedule import YEAR, Regime, date_of, regimes

FloatArray = NDArray[np.float64]
WEEK = 7.0 / YEAR
ROOM_YEARS = 0.5
"""Room for unsold output at home beyond the normal stock, years of output; then works stand still."""


@dataclass(frozen=True)
class Path:
    """Time path of one product; arrays (draw, time) unless stated, rates t/yr, stocks t, prices USD/t."""

    base: Base
    dates: tuple[date, ...]
    dt: float
    home_price: FloatArray
    price: FloatArray
    rent: FloatArray
    licit: FloatArray
    leak: FloatArray
    home_output: FloatArray
    home_use: FloatArray
    home_stock: FloatArray
    output: FloatArray
    imports: FloatArray
    arrivals: FloatArray
    use: FloatArray
    """Abroad, (draw, time, country)."""
    wanted: FloatArray
    """Use that the price would call for abroad, (draw, time, country)."""
    stock: FloatArray
    """Abroad, (draw, time, country)."""
    under_way: FloatArray

    def at(self, day: date) -> int:
        """Step of a day; the nearest one inside the run."""
        step = round((day - self.dates[0]).days / YEAR / self.dt)
        return min(max(step, 0), len(self.dates) - 1)


@dataclass
class _State:
    """What one product carries from step to step; used only inside ``run``."""

    base: Base
    response: Response
    stock_home0: FloatArray
    stock0: FloatArray
    home: FloatArray
    abroad: FloatArray
    saved_home: FloatArray
    saved: FloatArray
    grown_home: FloatArray
    grown: FloatArray
    normal: FloatArray
    stock_home: FloatArray
    stock: FloatArray
    ship: FloatArray
    """Departures, t/yr, (step, draw, country); the voyage before the start is in front."""
    lag_steps: NDArray[np.int64]
    under_way: FloatArray
    """Departed and not yet arrived, t."""
    tape: dict[str, list[FloatArray]]


TAPE = (
    "home_price",
    "price",
    "rent",
    "licit",
    "leak",
    "home_output",
    "home_use",
    "home_stock",
    "output",
    "imports",
    "arrivals",
    "use",
    "wanted",
    "stock",
    "under_way",
)


def run(
    bases: Sequence[Base],
    events: Sequence[Event],
    values: Mapping[str, FloatArray],
    *,
    start: date,
    weeks: float,
    dt: float = WEEK,
) -> tuple[Path, ...]:
    """Run one material, or several that share a quota, from ``start`` on.

    Parameters
    ----------
    values : parameter name to values, (draw,) each (``parameters.central`` or ``parameters.sample``).
    dt : step, years.

    Raises
    ------
    ConflictError, LodestockError
        Events that contradict each other, impossible stocks.
    """
    ordered = check_events(events) if events else ()
    steps = max(1, round(weeks * WEEK / dt))
    ahead = int(np.ceil(float(values["look_ahead"].max()) / dt)) + 2
    states = [_start(check_base(base), values, steps, dt) for base in bases]
    shared = sum(float(base.exports.sum()) for base in bases)
    views = [
        regimes(ordered, base, values, start=start, steps=steps, ahead=ahead, dt=dt, shared=shared)
        for base in bases
    ]
    look = Look(
        values["look_ahead"],
        values["stock_elasticity"],
        values["home_reservation"],
        values["substitution_years"],
        values["supply_years"],
    )
    sums = [
        [_sums(view, state.base) for view in of_base] for of_base, state in zip(views, states, strict=True)
    ]
    for step in range(steps):
        now = max(k for k, view in enumerate(views[0]) if view.start <= step)
        current = [of_base[now] for of_base in views]
        sides = [
            _sides(state, totals[now], view, step, look, values, dt)
            for state, totals, view in zip(states, sums, current, strict=True)
        ]
        quota = _quota(current[0], step, float(values["look_ahead"][0]), dt)
        cleared = clear_together(
            [
                (home, abroad, trade, state.response)
                for (home, abroad, trade), state in zip(sides, states, strict=True)
            ],
            look,
            quota,
        )
        for state, view, answer in zip(states, current, cleared, strict=True):
            move = 1.0 - np.exp(-values["price_speed"] * dt)
            _advance(
                state, view, answer.flow, answer.binds, answer.home, answer.abroad, move, step, values, dt
            )
    dates = tuple(date_of(start, step, dt) for step in range(steps))
    return tuple(
        Path(state.base, dates, dt, **{name: np.stack(state.tape[name], axis=1) for name in TAPE})
        for state in states
    )


def _start(base: Base, values: Mapping[str, FloatArray], steps: int, dt: float) -> _State:
    draws = len(values["look_ahead"])
    zero = np.zeros(draws)
    scale = values["stock_scale"]
    lag = np.maximum(1, np.round(base.lag_weeks * WEEK / dt).astype(np.int64))
    longest = int(lag.max()) if len(lag) else 1
    ship = np.zeros((longest + steps, draws, len(base.countries)))
    ship[:longest] = base.exports
    short, long = base.use_elasticity
    response = Response(
        short * values["use_scale"] * (1.0 - values["contract_share"]),
        np.maximum(long, short) * values["use_scale"],
        base.supply_elasticity[0],
        max(base.supply_elasticity),
        base.shutdown,
        base.back_stops,
        base.choke,
        base.cost_share,
    )
    return _State(
        base=base,
        response=response,
        stock_home0=base.home_stock * scale,
        stock0=scale[:, None] * base.stock,
        home=zero,
        abroad=zero,
        saved_home=zero,
        saved=zero,
        grown_home=zero,
        grown=zero,
        normal=zero,
        stock_home=base.home_stock * scale,
        stock=scale[:, None] * base.stock,
        ship=ship,
        lag_steps=lag,
        under_way=np.full(draws, float((base.exports * lag).sum()) * dt),
        tape={name: [] for name in TAPE},
    )


def _sums(view: Regime, base: Base) -> dict[str, FloatArray]:
    """Running totals over time, (draw, time + 1), for means over any window."""
    series = {
        "limit": np.einsum("ndt,d->nt", view.limit, base.exports),
        "leak": np.einsum("ndt,d->nt", view.leak, base.exports),
        "output": view.output,
        "use_home": view.use_home,
        "use_abroad": view.use_abroad,
        "imports": view.imports,
    }
    return {name: np.pad(np.cumsum(array, axis=1), ((0, 0), (1, 0))) for name, array in series.items()}


def _mean(total: FloatArray, step: int, width: FloatArray) -> FloatArray:
    """Mean of the next ``width`` steps (not a whole number in general), (draw,)."""
    end = np.minimum(step + np.maximum(width, 1.0), total.shape[1] - 1.0)
    low = np.floor(end).astype(int)
    high = np.minimum(low + 1, total.shape[1] - 1)
    draw = np.arange(len(total))
    last = total[draw, low] + (end - low) * (total[draw, high] - total[draw, low])
    result: FloatArray = (last - total[:, step]) / (end - step)
    return result


def _quota(view: Regime, step: int, ahead: float, dt: float) -> float | None:
    """Mean shared quota over the look-ahead, t/yr; None while none holds throughout it."""
    window = view.quota[step : step + max(1, round(ahead / dt))]
    if not np.isfinite(window).any():
        return None
    return float(np.where(np.isfinite(window), window, np.nanmax(window[np.isfinite(window)]) * 1.5).mean())


def _sides(
    state: _State,
    sums: Mapping[str, FloatArray],
    view: Regime,
    step: int,
    look: Look,
    values: Mapping[str, FloatArray],
    dt: float,
) -> tuple[Side, Side, Trade]:
    base = state.base
    width = look.ahead / dt
    exports = float(base.exports.sum())
    lag = float((base.exports * state.lag_steps).sum()) * dt / exports if exports > 0 else 0.0
    moving = np.maximum(width - lag / dt, 1.0)
    fear = values["precaution"] * view.fear[:, step]
    home = Side(
        base.home_supply,
        base.home_use,
        base.capacity[0],
        _mean(sums["output"], step, width),
        _mean(sums["use_home"], step, width),
        state.stock_home,
        state.stock_home0,
        fear * 0.5,
        state.saved_home,
        state.grown_home,
        np.zeros_like(fear),
    )
    abroad = Side(
        float(base.supply.sum()),
        float(base.use.sum()),
        base.capacity[1],
        np.ones_like(fear),
        _mean(sums["use_abroad"], step, width),
        state.stock.sum(axis=1),
        state.stock0.sum(axis=1),
        fear,
        state.saved,
        state.grown,
        state.normal,
    )
    trade = Trade(
        _mean(sums["limit"], step, moving),
        _mean(sums["leak"], step, moving),
        state.under_way,
        lag,
        base.imports * _mean(sums["imports"], step, width),
        exports,
        base.price - base.home_price,
        base.home_price,
        base.price,
    )
    return home, abroad, trade


def _advance(
    state: _State,
    view: Regime,
    flow: FloatArray,
    binds: NDArray[np.bool_],
    home_target: FloatArray,
    target: FloatArray,
    move: FloatArray,
    step: int,
    values: Mapping[str, FloatArray],
    dt: float,
) -> None:
    """Move prices, ship, produce, use and store; record the step."""
    base, response = state.base, state.response
    x_home = np.log(np.exp(state.home) + move * (np.exp(home_target) - np.exp(state.home)))
    x = np.log(np.exp(state.abroad) + move * (np.exp(target) - np.exp(state.abroad)))
    longest = int(state.lag_steps.max())
    limit = view.limit[:, :, step] * base.exports
    push = view.push[:, :, step] * base.exports
    total = np.maximum(limit.sum(axis=1), 1e-300)
    want = np.where(binds, limit.sum(axis=1), np.minimum(flow, total))
    by_country = np.maximum(limit * (want / total)[:, None], np.minimum(push, limit))
    leak = view.leak[:, :, step] * base.exports
    made = (
        base.home_supply * view.output[:, step] * response.supply(x_home, state.grown_home, base.capacity[0])
    )
    imports = base.imports * view.imports[:, step]
    wanted_home = base.home_use * view.use_home[:, step] * response.use(x_home, state.saved_home)
    have = state.stock_home / dt + made + imports
    used_home = np.minimum(wanted_home, have)
    out = by_country.sum(axis=1) + leak.sum(axis=1)
    scale = np.minimum(1.0, (have - used_home) / np.maximum(out, 1e-300))
    by_country, leak = by_country * scale[:, None], leak * scale[:, None]
    room = state.stock_home0 + ROOM_YEARS * base.home_supply
    after = state.stock_home + dt * (made + imports - used_home - by_country.sum(axis=1) - leak.sum(axis=1))
    idle = np.minimum(made, np.maximum(after - room, 0.0) / dt)
    made = made - idle
    stock_home = np.maximum(after - dt * idle, 0.0)
    state.ship[longest + step] = by_country + leak

    arrived = state.ship[longest + step - state.lag_steps, :, np.arange(len(base.countries))].T
    state.under_way = state.under_way + dt * (state.ship[longest + step] - arrived).sum(axis=1)
    made_abroad = float(base.supply.sum()) * response.supply(x, state.grown, base.capacity[1])
    imports_taken = np.minimum(imports, made_abroad + arrived.sum(axis=1))
    pool = made_abroad - imports_taken
    wanted = base.use * (view.use_abroad[:, step] * response.use(x, state.saved))[:, None]
    used, stock = _share_out(pool, arrived, wanted, state, dt)
    stock_home = stock_home - dt * (imports - imports_taken)
    stock_home = np.maximum(stock_home, 0.0)

    record = {
        "home_price": base.home_price * np.exp(x_home),
        "price": base.price * np.exp(x),
        "rent": np.maximum(base.price * np.expm1(x) - base.home_price * np.expm1(x_home), 0.0),
        "licit": by_country.sum(axis=1),
        "leak": leak.sum(axis=1),
        "home_output": made,
        "home_use": used_home,
        "home_stock": stock_home,
        "output": made_abroad,
        "imports": imports_taken,
        "arrivals": arrived.sum(axis=1),
        "use": used,
        "wanted": wanted,
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


def _share_out(
    pool: FloatArray, arrived: FloatArray, wanted: FloatArray, state: _State, dt: float
) -> tuple[FloatArray, FloatArray]:
    """Use and stock by country: what is made abroad goes first where cover is shortest.

    Everything abroad is one pool of trade: a country whose own arrivals exceed its need and its normal stock
    sells on.
    """
    normal = state.stock0
    have = state.stock + dt * (arrived)
    need = dt * wanted + normal
    surplus = np.maximum(have - need, 0.0)
    have = have - surplus
    free = surplus.sum(axis=1) + dt * pool
    missing = need - have
    gap = missing.sum(axis=1)
    given = np.minimum(free / np.maximum(gap, 1e-300), 1.0)
    have = have + missing * given[:, None]
    rest = np.maximum(free - gap, 0.0)
    weight = state.base.use / max(float(state.base.use.sum()), 1e-300)
    have = have + rest[:, None] * weight
    used = np.minimum(dt * wanted, np.maximum(have, 0.0))
    return used / dt, np.maximum(have - used, 0.0)
