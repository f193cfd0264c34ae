"""What one product carries from step to step of the dynamic run, and how it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.base import Base
from lodestock.disruption.response import Response

FloatArray = NDArray[np.float64]
TAPE = (
    "home_price",
    "price",
    "local_price",
    "rent",
    "duty",
    "licit",
    "leak",
    "home_output",
    "home_use",
    "home_stock",
    "adapted_home",
    "adapted",
    "output",
    "imports",
    "arrivals",
    "use",
    "wanted",
    "called_for",
    "called_for_home",
    "stock",
    "under_way",
)
"""Series that a run records, fields of ``Path``."""


@dataclass
class State:
    """One product in the middle of a run; arrays (draw,), or (draw, country) where stated."""

    base: Base
    response: Response
    stock_home0: FloatArray
    stock0: FloatArray
    """Normal stock, (draw, country)."""
    home: FloatArray
    """Log price over base at home."""
    abroad: FloatArray
    saved_home: FloatArray
    saved: FloatArray
    grown_home: FloatArray
    grown: FloatArray
    normal: FloatArray
    stock_home: FloatArray
    stock: FloatArray
    """(draw, country)."""
    habit: FloatArray
    """What a country is used to buying from others abroad, t/yr, (draw, country); negative: it sells on."""
    premium: FloatArray
    """Price in a country over the mean abroad, less one, (draw, country)."""
    ship: FloatArray
    """Departures from home, t/yr, (step, draw, country); the voyage before the start is in front."""
    lag_steps: NDArray[np.int64]
    resale: FloatArray
    """Departures between countries abroad beyond habit, t/yr, (step, draw, country), laid out as ``ship``."""
    resale_steps: int
    under_way: FloatArray
    """Departed and not yet arrived, t."""
    tape: dict[str, list[FloatArray]]


def start_state(base: Base, values: Mapping[str, FloatArray], steps: int, dt: float) -> State:
    """Return the base year as a steady state."""
    draws, places = len(values["look_ahead"]), len(base.countries)
    zero = np.zeros(draws)
    scale = values["stock_scale"]
    week = 7.0 / 365.25
    lag = np.maximum(1, np.round(base.lag_weeks * week / dt).astype(np.int64))
    longest = int(lag.max()) if len(lag) else 1
    resale_steps = int(np.median(lag)) if len(lag) else 1
    ship = np.zeros((longest + steps, draws, places))
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
        base.scrap_elasticity,
        base.scrap_capacity,
    )
    return State(
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
        habit=np.tile(base.use - base.exports, (draws, 1)),
        premium=np.zeros((draws, places)),
        ship=ship,
        lag_steps=lag,
        resale=np.zeros((resale_steps + steps, draws, places)),
        resale_steps=resale_steps,
        under_way=np.full(draws, float((base.exports * lag).sum()) * dt),
        tape={name: [] for name in TAPE},
    )
