"""What the markets of one day expect of the look-ahead: means of the schedules, stocks, what is under way."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.base import Base
from lodestock.disruption.clearing import Look, Side, Trade
from lodestock.disruption.schedule import Regime
from lodestock.disruption.state import State

FloatArray = NDArray[np.float64]


def running_totals(view: Regime, base: Base) -> dict[str, FloatArray]:
    """Running totals over time, (draw, time + 1), for means over any window."""
    series = {
        "limit": np.einsum("ndt,d->nt", view.limit, base.exports),
        "leak": np.einsum("ndt,d->nt", view.leak, base.exports),
        "output": view.output,
        "use_home": view.use_home,
        "use_abroad": view.use_abroad,
        "imports": view.imports,
        "tax": np.broadcast_to(view.tax, view.output.shape),
        "unrefunded": np.broadcast_to(view.unrefunded, view.output.shape),
    }
    return {name: np.pad(np.cumsum(array, axis=1), ((0, 0), (1, 0))) for name, array in series.items()}


def mean_ahead(total: FloatArray, step: int, width: FloatArray) -> FloatArray:
    """Mean of the next ``width`` steps (not a whole number in general), (draw,)."""
    end = np.minimum(step + np.maximum(width, 1.0), total.shape[1] - 1.0)
    low = np.floor(end).astype(int)
    high = np.minimum(low + 1, total.shape[1] - 1)
    draw = np.arange(len(total))
    last = total[draw, low] + (end - low) * (total[draw, high] - total[draw, low])
    result: FloatArray = (last - total[:, step]) / (end - step)
    return result


def quota_ahead(view: Regime, step: int, ahead: float, dt: float) -> float | None:
    """Mean shared quota over the look-ahead, t/yr; None while none holds throughout it."""
    window = view.quota[step : step + max(1, round(ahead / dt))]
    if not np.isfinite(window).any():
        return None
    return float(np.where(np.isfinite(window), window, np.nanmax(window[np.isfinite(window)]) * 1.5).mean())


def sides(
    state: State,
    sums: Mapping[str, FloatArray],
    view: Regime,
    step: int,
    look: Look,
    values: Mapping[str, FloatArray],
    dt: float,
) -> tuple[Side, Side, Trade]:
    """Home, abroad and what connects them, as seen on the day of a step."""
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
        base.scrap[0],
        mean_ahead(sums["output"], step, width),
        mean_ahead(sums["use_home"], step, width),
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
        base.scrap[1],
        np.ones_like(fear),
        mean_ahead(sums["use_abroad"], step, width),
        state.stock.sum(axis=1),
        state.stock0.sum(axis=1),
        fear,
        state.saved,
        state.grown,
        state.normal,
    )
    trade = Trade(
        mean_ahead(sums["limit"], step, moving),
        mean_ahead(sums["leak"], step, moving),
        state.under_way,
        lag,
        base.imports * mean_ahead(sums["imports"], step, width),
        exports,
        base.price - base.home_price,
        base.home_price,
        base.price,
        mean_ahead(sums["tax"], step, width),
        mean_ahead(sums["unrefunded"], step, width),
        mean_ahead(sums["imports"], step, width),
    )
    return home, abroad, trade
