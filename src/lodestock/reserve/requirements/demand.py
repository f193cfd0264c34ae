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

from lodestock.reserve.requirements.factors import TIERS, YEARS, Factors, Switches, sectors
from lodestock.reserve.requirements.market import FormMarket

Float = NDArray[np.float64]
INVESTMENT_YEARS = 3


def demand(market: FormMarket, factors: Factors, rules: Switches) -> Float:
    """Demand by tier and year, t, shape (3, 4)."""
    known = sectors()
    t = np.arange(1, YEARS + 1)
    grown = market.use * (1.0 + factors.growth) ** t
    defence = sum(share * known[sector].defence.central for sector, share in market.sector_share.items())
    essential = sum(
        share
        * (1.0 - known[sector].defence.central)
        * min(1.0, factors.essential_scale * known[sector].essential.central)
        for sector, share in market.sector_share.items()
    )
    D = np.zeros((len(TIERS), YEARS))
    D[0] = grown * defence + factors.conflict_surge / YEARS * market.use * defence
    if rules.investment:
        D[1, :INVESTMENT_YEARS] = factors.investment_share * market.use
    cut = np.where(t == 1, factors.austerity_first, factors.austerity_later) if rules.austerity else 0.0
    D[2] = grown * essential * (1.0 - cut)
    if rules.substitution:
        D *= 1.0 - factors.substitution_last * (t - 1) / (YEARS - 1)
    return D
