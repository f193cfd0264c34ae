r"""What a tonne short costs, by tier, from the world's end uses and the price response of the market.

.. math::
   s_k = \sum_u a_u\, \sigma_{k,d(u)}, \qquad
   v_{other} = p \sum_u a_u \frac{l_u + h_u}{2}, \quad v_{essential} = p\, e, \quad v_{defence} = p\, d

with :math:`a_u` the share of end use u, :math:`\sigma` the assumptions ``defence_share`` and
``essential_share`` of its NACE division, :math:`l_u, h_u` the multiples of the base price between which users
leave it, e and d the assumptions ``essential_multiple`` and ``defence_multiple``. In a regime the value of
the other tier is at least the mean of base price and market price: what users who left would have paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lodestock.reserve import assumptions
from lodestock.reserve.problem import Float
from lodestock.world.model import Use


@dataclass(frozen=True, eq=False)
class TierData:
    """Share of use and value of a t short, USD, by tier; the values as low, central and high."""

    share: Float
    value: Float
    low: Float
    high: Float


def tier_data(material: str, use: Use, price: float) -> TierData:
    """Return shares and values of the tiers of one material.

    Parameters
    ----------
    price : base price at the stage held, USD per t.
    """
    divisions = _divisions(material)
    weight = np.array([end.share for end in use.end_uses])
    weight = weight / weight.sum() if weight.sum() > 0.0 else weight
    vital = np.zeros(2)
    for share, end in zip(weight, use.end_uses, strict=True):
        division = divisions.get(end.name, "")
        defence = assumptions.value("defence_share", material, division)
        essential = assumptions.value("essential_share", material, division)
        vital += share * np.array([defence, min(essential, 1.0 - defence)])
    low = sum((a * end.multiple_low for a, end in zip(weight, use.end_uses, strict=True)), 0.0)
    high = sum((a * end.multiple_high for a, end in zip(weight, use.end_uses, strict=True)), 0.0)
    defence_multiple = assumptions.assumption("defence_multiple", material)
    essential_multiple = assumptions.assumption("essential_multiple", material)
    return TierData(
        share=np.array([vital[0], vital[1], 1.0 - vital.sum()]),
        value=price
        * _falling(defence_multiple.central, essential_multiple.central, max(1.0, 0.5 * (low + high))),
        low=price * _falling(defence_multiple.low, essential_multiple.low, max(1.0, low)),
        high=price * _falling(defence_multiple.high, essential_multiple.high, max(1.0, high)),
    )


def _falling(defence: float, essential: float, other: float) -> Float:
    """Put the values in order: no tier is worth less than one below it."""
    essential = max(essential, other)
    return np.array([max(defence, essential), essential, other])


@lru_cache(maxsize=64)
def _divisions(material: str) -> dict[str, str]:
    """End use -> NACE division such as ``C26``."""
    from lodestock.data.snapshot import load_table

    table = load_table("end_uses")
    rows = table.filter(table["material"] == material).select("end_use", "sector").iter_rows()
    return {end_use: sector.split(" ")[0] for end_use, sector in rows if sector}
