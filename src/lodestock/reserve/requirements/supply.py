r"""What can be relied on, by supplier and year.

.. math::
   Q_{ct} &= \min\big(Cap_c,\ Q^0_c + (Cap_c - Q^0_c)\, ramp_t\big) \\
   A_{ct} &= Q_{ct} (1 - war_{ct}) (1 - ship_{ct})\, rel_c\, sh_c  \qquad \text{abroad}, \qquad
   A_{ht} = \min\Big(Q_{ht},\ F_h + \sum_c F_{ch} (1 - war_{ct}) (1 - ship_{ct})\, rel_c\Big)
   + \rho\, scrap \quad \text{at home} \\
   rel_c &= r_{low} + (r_{high} - r_{low})(1 - g_c), \qquad rel_c = r_{adv} \text{ for an adversary}

g is the governance risk of the supplier, 0 best to 1 worst, in the year of the plan. ``sh`` is the share of its
output that reaches the buyer: in the base year (``peacetime``, U.S. share of exports times the share exported),
the buyer's share of use outside the adversaries (``non_adversary``), or one (``all``), times ``extra_buying``,
never above one. F is the ore that feeds the plants at home, their own and imported (rule ``feed``). In the first year a start delay of d months takes d/12 off the ramp.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve.requirements.factors import YEARS, Factors, Switches, standings
from lodestock.reserve.requirements.market import FormMarket

Float = NDArray[np.float64]
UNKNOWN_RISK = 0.5
"""Governance risk of a pseudo-country: the middle."""


@dataclass(frozen=True, eq=False)
class Supply:
    """Supply at home, shape (4,), and by country abroad, shape (country, 4), t; reliability (country,)."""

    home: Float
    abroad: Float
    reliability: Float
    eligible: NDArray[np.bool_]
    """Whether a supplier abroad may serve every tier; otherwise the essential civilian tier only."""


def supply(
    market: FormMarket,
    factors: Factors,
    rules: Switches,
    *,
    year: int,
    shift: Float | None = None,
) -> Supply:
    """Supply of a form under the plan.

    Parameters
    ----------
    year : year of the governance estimates.
    shift : added to the reliability of each supplier that is no adversary, shape (country,), for draws.
    """
    ramp = _ramp(factors, rules)
    Q = market.output[:, None] + (market.capacity - market.output)[:, None] * ramp[None, :]
    role = np.array([_role(country) for country in market.countries])
    adversary = (role == "adversary") & rules.adversary
    rel = reliability(market.countries, factors, year)
    if shift is not None:
        rel = np.clip(rel + shift, 0.0, 1.0)
    rel = np.where(adversary, factors.reliability_adversary, rel)
    rel = np.where(role == "unreliable", np.minimum(rel, factors.reliability_low), rel)
    later = np.arange(YEARS) > 0
    arrives = rel[:, None] * np.ones(YEARS)
    if rules.war:
        war = np.where(later, factors.war_later, factors.war_first)
        arrives = arrives * (1.0 - (role == "theatre")[:, None] * war[None, :])
    if rules.shipping:
        lost = np.where(later, factors.shipping_later, factors.shipping_first)
        overland = np.array([country in OVERLAND for country in market.countries])
        arrives = arrives * (1.0 - (~overland)[:, None] * lost[None, :])
    A = Q * _share(market, factors, rules, adversary)[:, None] * arrives
    home = market.home_output + (market.home_capacity - market.home_output) * ramp
    if rules.feed and np.isfinite(market.feed_home):
        home = np.minimum(home, market.feed_home + market.feed_imports @ arrives)
    if rules.scrap:
        home = home + factors.scrap_reliability * market.scrap
    eligible = rel >= factors.eligible_from if rules.eligibility else np.ones(len(rel), dtype=bool)
    return Supply(home, A, rel, eligible)


OVERLAND = ("CAN", "MEX")
"""Neighbours of the United States, whose cargo does not go to sea."""


def reliability(countries: tuple[str, ...], factors: Factors, year: int) -> Float:
    """Reliability of each supplier from its governance, before roles, 0 to 1."""
    risk = _risk(year)
    g = np.array([risk.get(country, UNKNOWN_RISK) for country in countries])
    return factors.reliability_low + (factors.reliability_high - factors.reliability_low) * (1.0 - g)


def _ramp(factors: Factors, rules: Switches) -> Float:
    if not rules.ramp:
        return np.zeros(YEARS)
    first = factors.ramp_first * max(0.0, 1.0 - factors.start_delay / 12.0)
    return np.array([first, factors.ramp_second, *([1.0] * (YEARS - 2))])


def _share(market: FormMarket, factors: Factors, rules: Switches, adversary: NDArray[np.bool_]) -> Float:
    if rules.share == "peacetime":
        shipped = np.divide(
            market.imports, market.output, out=np.zeros_like(market.imports), where=market.output > 0
        )
    elif rules.share == "non_adversary":
        friendly = float(market.use_abroad[~adversary].sum()) + market.use
        shipped = np.full(len(market.countries), market.use / friendly if friendly > 0 else 0.0)
    else:
        shipped = np.ones(len(market.countries))
    return np.minimum(1.0, factors.extra_buying * shipped)


def _role(country: str) -> str:
    known = standings().get(country)
    return known.role if known else ""


@lru_cache(maxsize=32)
def _risk(year: int) -> dict[str, float]:
    from lodestock.risk import inputs
    from lodestock.risk.geopolrisk import risk_by_year

    table = risk_by_year(inputs.governance(), [year])
    return {country: float(g) for country, g in table.select("country", "g").iter_rows() if g is not None}
