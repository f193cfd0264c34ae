r"""Demand of the plan by tier and year.

.. math::
   D_{1t} &= U\,(1 + g)^t \sum_i s_i \delta_i + \frac{c}{4}\, U \sum_i s_i \delta_i \\
   D_{2t} &= v\, U \quad (t \le 3) \\
   D_{3t} &= U\,(1 + g)^t (1 - a_t) \sum_i s_i (1 - \delta_i) \min(1, \epsilon\, e_i)

and every tier times :math:`1 - sub_t`, with :math:`sub_t = sub_4 (t - 1)/3`. Reconstruction of public
descriptions of the national stockpile's sizing module; the manual was not read.

======== ==================== ==========================================================
symbol   name in code         meaning
======== ==================== ==========================================================
U        ``use``              use at home in the base year, t a year
s_i      ``sector_share``     share of use in sector i
delta_i  ``defence``          peacetime defence share of the sector
e_i      ``essential``        essential part of its civilian output
epsilon  ``essential_scale``  fitted scale
c        ``conflict_surge``   replacement of losses, years of peacetime defence demand
v        ``investment_share`` share of use for capacity to be added
a_t      ``austerity_*``      cut asked of essential output
======== ==================== ==========================================================
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve.requirements.factors import YEARS, Factors, Number, Switches, sectors
from lodestock.reserve.requirements.market import FormMarket

Float = NDArray[np.float64]
INVESTMENT_YEARS = 3


def demand(market: FormMarket, factors: Factors, rules: Switches, *, use: Number | None = None) -> Float:
    """Demand by tier and year, t, shape (3, 4), or (draw, 3, 4).

    Parameters
    ----------
    use : t a year, in place of the market's; an array over draws.
    """
    known = sectors()
    t = np.arange(1, YEARS + 1)
    U = column(market.use if use is None else use)
    grown = U * (1.0 + column(factors.growth)) ** t
    share = np.array(list(market.sector_share.values()))
    delta = np.array([known[sector].defence.central for sector in market.sector_share])
    e = np.array([known[sector].essential.central for sector in market.sector_share])
    defence = float(share @ delta)
    scaled = np.minimum(1.0, column(factors.essential_scale) * e)
    essential = (share * (1.0 - delta) * scaled).sum(axis=-1, keepdims=True)
    D1 = grown * defence + column(factors.conflict_surge) / YEARS * U * defence
    D2 = column(factors.investment_share) * U * (t <= INVESTMENT_YEARS) * rules.investment
    cut = np.where(t == 1, column(factors.austerity_first), column(factors.austerity_later))
    D3 = grown * essential * (1.0 - cut * rules.austerity)
    D = np.stack(np.broadcast_arrays(D1, D2, D3), axis=-2)
    if rules.substitution:
        D = D * (1.0 - column(factors.substitution_last) * (t - 1) / (YEARS - 1))[..., None, :]
    return D


def column(value: Number) -> Float:
    """A number, or an array over draws, with a last axis of length one."""
    return np.asarray(value, dtype=float)[..., None]
