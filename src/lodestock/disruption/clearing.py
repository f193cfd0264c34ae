r"""The two prices of one day: home and abroad over a look-ahead of H years.

Abroad, per product, with x = ln(P_a / P_a0), all rates in t/yr:

.. math::
    D_a(x) + I = S_a(x) + \frac{B + \min(X_h, C)(H - \ell) + L(H - \ell)}{H}
                 + \frac{s_a - s_a^0 (1 + \zeta) e^{-\theta (x - n)}}{H}

B is what is under way, C the mean licit limit as announced, L the mean leak, l the voyage, s stocks, n the
log price that holders have come to see as normal (it follows x in ``normal_years``). Home offers

.. math::
    X_h = S_h(x_h) + I - D_h(x_h) - L + \frac{s_h - s_h^0 (1 + \zeta_h) e^{-\theta (x_h - r)}}{H},
    \qquad r = \chi \, o \, \max(x, 0),

with o the share of the base flow that still gets out. With tau an export tax and v a tax on value added that
is not refunded, both beyond the base year's, while nothing binds (1 + v) P_h = (1 - tau) P_a - c; where C
binds, or a shared quota has a price, the rent is what is left of the gap:

.. math:: 0 \le \lambda \perp (1 + v) P_h + c + \lambda - (1 - \tau) P_a \ge 0 .

Where home is short even without exports its price leaves that of exports and rises to what clears home alone,
at most to import parity, :math:`0 \le M \perp (1 + k) P_a + |c| - P_h \ge 0`, at which home buys M abroad.

Source: notes of the room on two-market pricing; the look-ahead form is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.response import Response, foreseen

FloatArray = NDArray[np.float64]
LOWEST = -3.0
"""Least log price considered: a twentieth of base."""
IMPORT_COST_SHARE = 0.07
"""Cost of turning to suppliers abroad, share of their price; the assumption ``entry_cost_share``."""
STEPS = 80
WIDTH = 1e-11


@dataclass(frozen=True)
class Side:
    """One market on one day; rates t/yr, stocks t; arrays (draw,)."""

    supply: float
    use: float
    capacity: float
    """Largest output over base output."""
    scrap: float
    """Share of output that comes from scrap."""
    running: FloatArray
    """Share of the works that events leave running, expected over the look-ahead."""
    surge: FloatArray
    """Use over base that the events bring, expected over the look-ahead."""
    stock: FloatArray
    normal_stock: FloatArray
    fear: FloatArray
    saved: FloatArray
    grown: FloatArray
    normal_price: FloatArray
    """Log price that holders of stock have come to see as normal; they sell above it and hold back below."""


@dataclass(frozen=True)
class Trade:
    """What connects the two markets on one day; arrays (draw,)."""

    limit: FloatArray
    """Mean licit flow that the announced measures allow over the look-ahead, t/yr."""
    leak: FloatArray
    under_way: FloatArray
    lag: float
    imports: FloatArray
    base_exports: float
    cost: float
    home_price: float
    price: float
    tax: FloatArray
    """Export tax beyond that of the base year, share of the price abroad."""
    unrefunded: FloatArray
    """Tax on value added no longer refunded, share of the price at home."""
    open: FloatArray
    """Share of the look-ahead in which home may buy abroad."""


@dataclass(frozen=True)
class Look:
    """Parameters of the look-ahead; arrays (draw,)."""

    ahead: FloatArray
    stock_elasticity: FloatArray
    reservation: FloatArray
    substitution_years: FloatArray
    supply_years: FloatArray


@dataclass(frozen=True)
class Cleared:
    """Log prices over base, the flow wanted, and the rent, USD/t; arrays (draw,)."""

    home: FloatArray
    abroad: FloatArray
    flow: FloatArray
    rent: FloatArray
    binds: NDArray[np.bool_]


def home_log_price(x: FloatArray, trade: Trade, rent: FloatArray | float = 0.0) -> FloatArray:
    """Log home price when the gap is cost, taxes and rent."""
    level = ((1.0 - trade.tax) * trade.price * np.exp(x) - trade.cost - rent) / (1.0 + trade.unrefunded)
    result: FloatArray = np.log(np.maximum(level / trade.home_price, np.exp(LOWEST)))
    return result


def _surplus(
    x: FloatArray, side: Side, look: Look, response: Response, shift: FloatArray | float
) -> FloatArray:
    """Output less use plus stock let go per year, at log price x."""
    a = foreseen(x, side.saved, look.ahead, look.substitution_years)
    y = foreseen(x, side.grown, look.ahead, look.supply_years)
    kept = side.normal_stock * (1.0 + side.fear) * np.exp(-look.stock_elasticity * (x - shift))
    result: FloatArray = (
        side.supply * side.running * response.supply(x, y, side.capacity, side.scrap)
        - side.use * side.surge * response.use(x, a)
        + (side.stock - kept) / look.ahead
    )
    return result


def _offer(
    x_home: FloatArray, x_abroad: FloatArray, home: Side, trade: Trade, look: Look, response: Response
) -> FloatArray:
    """X_h: what home has left for export."""
    out = np.minimum(1.0, (trade.limit + trade.leak) / max(trade.base_exports, 1e-300))
    shift = look.reservation * out * np.maximum(x_abroad, 0.0)
    return _surplus(x_home, home, look, response, shift) + trade.imports - trade.leak


def _root(excess: Callable[[FloatArray], FloatArray], shape: tuple[int, ...], highest: float) -> FloatArray:
    """Root of a falling function between the lowest price and the choke.

    False position with the Illinois weight, every third step by halving so that kinks cannot stall it.
    """
    low, high = np.full(shape, LOWEST), np.full(shape, highest)
    above, below = excess(low), excess(high)
    low, high = np.where(below > 0, high, low), np.where(above < 0, low, high)
    for count in range(STEPS):
        width = high - low
        if float(width.max()) < WIDTH:
            break
        if count % 3 == 2:
            middle = 0.5 * (low + high)
        else:
            middle = low + width * np.clip(above / np.maximum(above - below, 1e-300), 0.0, 1.0)
        value = excess(middle)
        short, over = value > 0, value < 0
        above, below = np.where(short, value, 0.5 * above), np.where(over, value, 0.5 * below)
        low, high = np.where(over, low, middle), np.where(short, high, middle)
    result: FloatArray = 0.5 * (low + high)
    return result


def clear(
    home: Side,
    abroad: Side,
    trade: Trade,
    look: Look,
    response: Response,
    *,
    rent: FloatArray | float = 0.0,
) -> Cleared:
    """Solve one product; ``rent`` is the price of a shared quota, which is zero for all other controls.

    The flow is negative where home, short even without exports, buys abroad.
    """
    moving = np.maximum(look.ahead - trade.lag, 0.0)
    limit = trade.limit

    def offer(z: FloatArray, x: FloatArray) -> FloatArray:
        return _offer(z, x, home, trade, look, response)

    def shipped(x: FloatArray) -> FloatArray:
        out = offer(home_log_price(x, trade, rent), x)
        net = np.clip(out, 0.0, limit)
        if np.any(out < 0):
            into = np.minimum(offer(_import_parity(x, trade), x), 0.0) * trade.open
            net = np.where(out < 0, into, net)
        return net

    def excess(x: FloatArray) -> FloatArray:
        net = shipped(x)
        arriving = (trade.under_way + (np.maximum(net, 0.0) + trade.leak) * moving) / look.ahead
        taken = trade.imports + np.maximum(-net, 0.0)
        return taken - arriving - _surplus(x, abroad, look, response, abroad.normal_price)

    highest = float(np.log(response.choke))
    x = _root(excess, limit.shape, highest)
    x_home = home_log_price(x, trade, rent)
    offered = offer(x_home, x)
    binds = offered > limit + 1e-9 * max(trade.base_exports, 1e-12)
    flow = shipped(x)
    if np.any(binds):
        glut = _root(lambda z: limit - offer(z, x), limit.shape, highest)
        x_home = np.where(binds, np.minimum(glut, x_home), x_home)
    short = offered < 0
    if np.any(short):
        # without exports home pays what clears it alone, and no more than goods from abroad cost
        alone = _root(lambda z: -offer(z, x), limit.shape, highest)
        parity = np.where(trade.open > 0, _import_parity(x, trade), highest)
        x_home = np.where(short, np.clip(alone, x_home, np.maximum(parity, x_home)), x_home)
    gap = (
        (1.0 - trade.tax) * trade.price * np.exp(x)
        - trade.cost
        - (1.0 + trade.unrefunded) * trade.home_price * np.exp(x_home)
    )
    return Cleared(x_home, x, flow, np.maximum(gap, 0.0), binds)


def _import_parity(x: FloatArray, trade: Trade) -> FloatArray:
    """Log home price at which goods from abroad pay their way."""
    level = (1.0 + IMPORT_COST_SHARE) * trade.price * np.exp(x) + abs(trade.cost)
    result: FloatArray = np.log(level / trade.home_price)
    return result
