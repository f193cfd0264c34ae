r"""Trade abroad by country: who buys from whom when arrivals from home change, late and at a premium.

What is made abroad, and what a country holds beyond its need and normal stock, goes where cover is shortest.
A country that has to buy more from others than it is used to waits a voyage for it and pays for the new
routes, as on the routes of the calibrated world: doubling a flow costs the share phi of the price,

.. math::
    \pi_c = \phi \frac{b_c - h_c - w_c \sum_k (b_k - h_k)}{\max(h_c, \nu\, u_c)} - \bar\pi, \qquad
    P_c = P_a (1 + \pi_c), \qquad \sum_c w_c \pi_c = 0,

with b what it buys from others abroad, h what it is used to, w its share of use u, nu the size of a new
route.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
NEW_ROUTE_SHARE = 0.1
"""nu: size of a new route over use, central value of the assumption ``new_route_share``."""
LARGEST_PREMIUM = 1.0
"""Premium at which somebody else sells, a doubling of the price; assumed."""


def hand_round(
    pool: FloatArray,
    arrived: FloatArray,
    wanted: FloatArray,
    stock: FloatArray,
    normal: FloatArray,
    base_use: FloatArray,
    dt: float,
) -> tuple[FloatArray, FloatArray]:
    """What each country buys and sells of the goods abroad in one step, t, (draw, country) each.

    Parameters
    ----------
    pool : what is made abroad and not shipped to home, t/yr, (draw,).
    arrived : goods that land, t/yr; ``wanted`` : use at the price, t/yr; ``normal`` : stock wanted, t.
    """
    have = stock + dt * arrived
    sold = np.maximum(have - dt * wanted - normal, 0.0)
    free = sold.sum(axis=1) + dt * pool
    missing = dt * wanted + normal - have + sold
    gap = missing.sum(axis=1)
    bought = missing * np.minimum(free / np.maximum(gap, 1e-300), 1.0)[:, None]
    weight = base_use / max(float(base_use.sum()), 1e-300)
    return bought + np.maximum(free - gap, 0.0)[:, None] * weight, sold


def beyond_habit(bought: FloatArray, habit: FloatArray, base_use: FloatArray) -> FloatArray:
    """Net purchases beyond habit, t/yr, the change of the pool shared by use; adds to nothing."""
    weight = base_use / max(float(base_use.sum()), 1e-300)
    change = (bought - habit).sum(axis=1)
    result: FloatArray = bought - habit - weight * change[:, None]
    return result


def premium_of(
    extra: FloatArray, habit: FloatArray, base_use: FloatArray, stiffness: FloatArray
) -> FloatArray:
    """Premium over the mean price abroad that purchases beyond habit call for, (draw, country)."""
    weight = base_use / max(float(base_use.sum()), 1e-300)
    route = np.maximum(habit, NEW_ROUTE_SHARE * base_use)
    raw = np.clip(
        stiffness[:, None] * extra / np.maximum(route, 1e-300), -LARGEST_PREMIUM / 2, LARGEST_PREMIUM
    )
    result: FloatArray = raw - (raw * weight).sum(axis=1, keepdims=True)
    return result
