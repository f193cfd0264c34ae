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

from lodestock.disruption.advance import advance
from lodestock.disruption.base import Base, check_base
from lodestock.disruption.clearing import Look
from lodestock.disruption.events import Event, check_events
from lodestock.disruption.foresight import quota_ahead, running_totals, sides
from lodestock.disruption.quota import clear_together
from lodestock.disruption.schedule import YEAR, date_of, regimes
from lodestock.disruption.state import TAPE, start_state

FloatArray = NDArray[np.float64]
WEEK = 7.0 / YEAR


@dataclass(frozen=True)
class Path:
    """Time path of one product; arrays (draw, time) unless stated, rates t/yr, stocks t, prices USD/t."""

    base: Base
    dates: tuple[date, ...]
    dt: float
    home_price: FloatArray
    price: FloatArray
    """Abroad, weighted by use."""
    local_price: FloatArray
    """Abroad by country, (draw, time, country)."""
    rent: FloatArray
    duty: FloatArray
    """Export tax and tax on value added that is not refunded, USD/t shipped."""
    licit: FloatArray
    leak: FloatArray
    home_output: FloatArray
    home_use: FloatArray
    home_stock: FloatArray
    adapted_home: FloatArray
    adapted: FloatArray
    """Part of the long-run saving at this price that users have reached, abroad."""
    output: FloatArray
    imports: FloatArray
    arrivals: FloatArray
    """Abroad, from home, (draw, time, country)."""
    use: FloatArray
    """Abroad, (draw, time, country)."""
    wanted: FloatArray
    """Use that the price would call for abroad, (draw, time, country)."""
    called_for: FloatArray
    """Use abroad over base that events bring at unchanged prices."""
    called_for_home: FloatArray
    stock: FloatArray
    """Abroad, (draw, time, country)."""
    under_way: FloatArray

    def at(self, day: date) -> int:
        """Step of a day; the nearest one inside the run."""
        step = round((day - self.dates[0]).days / YEAR / self.dt)
        return min(max(step, 0), len(self.dates) - 1)


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
    dt : step, years; a week unless stated, a month serves for long runs.

    Raises
    ------
    ConflictError, LodestockError
        Events that contradict each other, impossible stocks.
    """
    ordered = check_events(events) if events else ()
    steps = max(1, round(weeks * WEEK / dt))
    ahead = int(np.ceil(float(values["look_ahead"].max()) / dt)) + 2
    states = [start_state(check_base(base), values, steps, dt) for base in bases]
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
    totals = [
        [running_totals(view, state.base) for view in of_base]
        for of_base, state in zip(views, states, strict=True)
    ]
    move = 1.0 - np.exp(-values["price_speed"] * dt)
    for step in range(steps):
        now = max(k for k, view in enumerate(views[0]) if view.start <= step)
        current = [of_base[now] for of_base in views]
        markets = [
            sides(state, sums[now], view, step, look, values, dt)
            for state, sums, view in zip(states, totals, current, strict=True)
        ]
        quota = quota_ahead(current[0], step, float(values["look_ahead"][0]), dt)
        cleared = clear_together(
            [
                (home, abroad, trade, state.response)
                for (home, abroad, trade), state in zip(markets, states, strict=True)
            ],
            look,
            quota,
        )
        for state, view, answer in zip(states, current, cleared, strict=True):
            advance(state, view, answer, move, step, values, dt)
    dates = tuple(date_of(start, step, dt) for step in range(steps))
    return tuple(
        Path(state.base, dates, dt, **{name: np.stack(state.tape[name], axis=1) for name in TAPE})
        for state in states
    )
