r"""The requirement of one form: gross shortfall by tier over four years, less the inventory held.

.. math:: SF_k = \sum_t s_{kt}, \qquad N = \max\Big(0,\ \sum_k SF_k - I\Big), \qquad USD = N\, p
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ValueOutOfRangeError
from lodestock.reserve.requirements.allocation import allocate
from lodestock.reserve.requirements.demand import demand
from lodestock.reserve.requirements.factors import Factors, Number, Switches
from lodestock.reserve.requirements.market import FormMarket
from lodestock.reserve.requirements.supply import supply

Float = NDArray[np.float64]
NONZERO_SHARE = 1e-6
"""A shortfall below this share of one year's use is a zero."""


@dataclass(frozen=True, eq=False)
class Requirement:
    """Requirement of one form, t and USD."""

    form: str
    demand: Float
    """t by tier and year, (3, 4)."""
    available: Float
    """Supply by year, t, (4,)."""
    shortfall: Float
    """t by tier and year, (3, 4)."""
    reliability: Float
    """By supplier abroad, (country,)."""
    inventory: float
    price: float

    @property
    def gross(self) -> float:
        """Shortfall of all tiers and years, t."""
        return float(self.shortfall.sum())

    @property
    def by_tier(self) -> Float:
        """Shortfall by tier, t, (3,)."""
        return np.asarray(self.shortfall.sum(axis=1))

    @property
    def net(self) -> float:
        """Gross shortfall less the inventory, never below zero, t."""
        return max(0.0, self.gross - self.inventory)

    @property
    def usd(self) -> float:
        """Net shortfall at the price of the form."""
        return self.net * self.price


def requirement(
    market: FormMarket,
    factors: Factors,
    rules: Switches,
    *,
    year: int,
    inventory: float = 0.0,
) -> Requirement:
    """Size one form.

    Parameters
    ----------
    year : year of the plan, for governance.
    inventory : t held, taken off when the rule ``inventory`` is on.

    Raises
    ------
    ValueOutOfRangeError
        A negative inventory.
    """
    if not inventory >= 0:
        raise ValueOutOfRangeError(f"inventory {inventory:g} t of {market.form}", allowed="0 or more")
    D, available, short = shortfall(market, factors, rules, year=year)
    rel = supply(market, factors, rules, year=year).reliability
    held = inventory if rules.inventory else 0.0
    return Requirement(market.form, D, available, short, rel, held, market.price.central)


def shortfall(
    market: FormMarket,
    factors: Factors,
    rules: Switches,
    *,
    year: int,
    use: Number | None = None,
    shift: Float | None = None,
) -> tuple[Float, Float, Float]:
    """Demand (..., 3, 4), supply (..., 4) and shortfall (..., 3, 4), t, over one or many draws."""
    D = demand(market, factors, rules, use=use)
    found = supply(market, factors, rules, year=year, shift=shift, use=use)
    R, S = found.every_tier, found.last_tier
    many = np.broadcast_shapes(D.shape[:-2], R.shape[:-1])
    D = np.broadcast_to(D, (*many, *D.shape[-2:]))
    R, S = (np.broadcast_to(part, (*many, part.shape[-1])) for part in (R, S))
    short = allocate(D, R, S, carry=rules.carry)
    short[short < NONZERO_SHARE * market.use] = 0.0
    return D, R + S, short
