r"""How use, supply and holders of stock respond to a price; all vectorised over draws and products.

x is the log of price over base, a and y are its slow followers: what users have learned to save, and what
mines and plants have had time to do,

.. math:: \dot a = (x - a)/T_{sub}, \qquad \dot y = (x - y)/T_{sup} .
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.base import BackStop

FloatArray = NDArray[np.float64]
CHOKE_START = 0.75
"""Share of the choke multiple at which the last users start to leave."""


@dataclass(frozen=True)
class Response:
    """Elasticities and limits of one product; arrays (draw,)."""

    use_short: FloatArray
    use_long: FloatArray
    supply_short: float
    supply_long: float
    shutdown: tuple[float, float]
    back_stops: tuple[BackStop, ...]
    choke: float
    cost_share: float
    scrap_elasticity: tuple[float, float] = (0.0, 0.0)
    """Short and long run, of what is made of scrap."""
    scrap_capacity: float = 1.0
    """Largest output from scrap over base: what arises."""

    def use(self, x: FloatArray, a: FloatArray) -> FloatArray:
        r"""Use over base at log price x after saving a.

        .. math:: d = e^{-\eta_s x' - (\eta_l - \eta_s) a'} \; r(e^{a}) \; k(e^{x'})

        with x' = ln(1 + share (e^x - 1)) the price of what users buy, r the part that the back-stops leave
        and k the final choke.
        """
        bought = np.log1p(self.cost_share * np.expm1(x))
        saved = np.log1p(self.cost_share * np.expm1(a))
        multiple, slow = np.exp(bought), np.exp(saved)
        left = np.ones_like(x)
        for stop in self.back_stops:
            left = left - stop.share * np.clip((slow - stop.low) / (stop.high - stop.low), 0.0, 1.0)
        knee = CHOKE_START * self.choke
        last = np.clip((self.choke - multiple) / (self.choke - knee), 0.0, 1.0)
        result: FloatArray = (
            np.exp(-self.use_short * bought - (self.use_long - self.use_short) * saved)
            * np.maximum(left, 0.0)
            * last
        )
        return result

    def supply(self, x: FloatArray, y: FloatArray, capacity: float, scrap: float = 0.0) -> FloatArray:
        r"""Output over base, primary falling to zero between the shut-down prices, share r from scrap.

        .. math::
            q = (1 - r) \min(K, e^{\epsilon_s x + (\epsilon_l - \epsilon_s) y})
            \; \mathrm{clip}\Bigl(\frac{e^x - v_l}{v_h - v_l}, 0, 1\Bigr)
            + r \min(K_r, e^{\epsilon_{rs} x + (\epsilon_{rl} - \epsilon_{rs}) y})
        """
        grown = np.minimum(
            capacity, np.exp(self.supply_short * x + (self.supply_long - self.supply_short) * y)
        )
        low, high = self.shutdown
        running = np.clip((np.exp(x) - low) / (high - low), 0.0, 1.0)
        result: FloatArray = grown * running
        if scrap > 0.0:
            short, long = self.scrap_elasticity
            collected = np.minimum(self.scrap_capacity, np.exp(short * x + (long - short) * y))
            result = (1.0 - scrap) * result + scrap * collected
        return result


def foreseen(x: FloatArray, slow: FloatArray, horizon: FloatArray, years: FloatArray) -> FloatArray:
    r"""Mean of a slow follower over the horizon H when the price stays at x.

    .. math:: \bar a = a + (x - a)\,\Bigl(1 - \frac{1 - e^{-H/T}}{H/T}\Bigr)
    """
    h = horizon / years
    result: FloatArray = slow + (x - slow) * (1.0 - (1.0 - np.exp(-h)) / h)
    return result


def followed(x: FloatArray, slow: FloatArray, dt: float, years: FloatArray) -> FloatArray:
    """The slow follower one step later, exact for a price that stays at x."""
    result: FloatArray = x + (slow - x) * np.exp(-dt / years)
    return result
