r"""What can be relied on, by supplier and year.

.. math::
   Q_{ct} &= \min\big(Cap_c,\ Q^0_c + (Cap_c - Q^0_c)\, ramp_t\big) \\
   A_{ct} &= Q_{ct} (1 - war_{ct}) (1 - ship_{ct})\, rel_c\, sh_c  \qquad \text{abroad}, \qquad
   A_{ht} = \min\Big(Q_{ht} (1 - war_{ht}),\ F_{ht} + \sum_c F_{cht} (1 - war_{ct}) (1 - ship_{ct})\,
   rel_c\Big) + \rho\, scrap \quad \text{at home} \\
   rel_c &= r_{low} + (r_{high} - r_{low})(1 - g_c), \qquad rel_c = r_{adv} \text{ for an adversary}

g is the governance risk of the supplier, 0 best to 1 worst, in the year of the plan. ``sh`` is the share of
its output that reaches the buyer: that of the base year (``peacetime``), the buyer's share of use outside the
adversaries (``non_adversary``) or one (``all``), times ``extra_buying``, never above one. F is the ore that
feeds the plants at home, their own and imported (rule ``feed``); idle mines start like idle plants, so that F
grows by the same ramp towards capacity over output of its mines. In the first year a start delay of d months
takes d/12 off the ramp.

What is used in the base year was made or bought. A use U' in place of the market's U therefore belongs to
imports M' = max(0, M + U' - U), shared among the suppliers as before (rule ``balance``, with ``peacetime``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve.requirements.demand import column
from lodestock.reserve.requirements.factors import YEARS, Factors, Number, Switches, standings
from lodestock.reserve.requirements.market import FormMarket

Float = NDArray[np.float64]
UNKNOWN_RISK = 0.5
"""Governance risk of a pseudo-country: the middle."""


@dataclass(frozen=True, eq=False)
class Supply:
    """What can be relied on, t by year, shape (4,) or (draw, 4)."""

    home: Float
    every_tier: Float
    """From home and from abroad for every tier."""
    last_tier: Float
    """From suppliers that serve the essential civilian tier only."""
    reliability: Float
    """By supplier, shape (country,) or (draw, country)."""


def supply(
    market: FormMarket,
    factors: Factors,
    rules: Switches,
    *,
    year: int,
    shift: Float | None = None,
    use: Number | None = None,
) -> Supply:
    """Supply of a form under the plan.

    Parameters
    ----------
    year : year of the governance estimates.
    shift : added to the reliability of each supplier that is no adversary, shape (draw, country).
    use : use at home in place of the market's, t a year; an array over draws.
    """
    role = np.array([_role(country) for country in market.countries])
    adversary = (role == "adversary") & rules.adversary
    rel = _reliability(market.countries, role, adversary, factors, year, shift)
    arrives = rel[..., None] * _passage(market, role, factors, rules)
    ramp = _ramp(factors, rules)
    grown = market.output[:, None] + (market.capacity - market.output)[:, None] * ramp[..., None, :]
    A = grown * _share(market, factors, rules, adversary, use)[..., None] * arrives
    home = market.home_output + (market.home_capacity - market.home_output) * ramp
    if rules.war:
        home = home * (1.0 - market.home_in_theatre * _war(factors))
    if rules.feed and np.isfinite(market.feed_home):
        mined = market.feed_home * (1.0 + (market.feed_home_room - 1.0) * ramp)
        shipped = market.feed_imports[:, None] * (
            1.0 + (market.feed_room - 1.0)[:, None] * ramp[..., None, :]
        )
        fed = mined + (shipped * arrives).sum(axis=-2)
        home = np.minimum(home, fed)
    if rules.scrap:
        home = home + column(factors.scrap_reliability) * market.scrap
    eligible = (rel >= column(factors.eligible_from)) & (role != "unreliable") | (not rules.eligibility)
    R = home + (A * eligible[..., None]).sum(axis=-2)
    S = (A * ~eligible[..., None]).sum(axis=-2)
    home, R, S = np.broadcast_arrays(home, R, S)
    return Supply(home, R, S, rel)


def _war(factors: Factors) -> Float:
    """Share of output lost in the theatre by year, shape (..., 4)."""
    first = np.arange(YEARS) == 0
    return np.where(first, column(factors.war_first), column(factors.war_later))


def _reliability(
    countries: tuple[str, ...],
    role: NDArray[np.str_],
    adversary: NDArray[np.bool_],
    factors: Factors,
    year: int,
    shift: Float | None,
) -> Float:
    risk = _risk(year)
    g = np.array([risk.get(country, UNKNOWN_RISK) for country in countries])
    low, high = column(factors.reliability_low), column(factors.reliability_high)
    rel = low + (high - low) * (1.0 - g)
    rel = np.where(role == "unreliable", np.minimum(rel, low), rel)
    if shift is not None:
        rel = np.clip(rel + shift, 0.0, 1.0)
    return np.asarray(np.where(adversary, column(factors.reliability_adversary), rel))


def _passage(market: FormMarket, role: NDArray[np.str_], factors: Factors, rules: Switches) -> Float:
    """Share of a reliable supplier's cargo that is made and arrives, shape (..., country, 4)."""
    first = np.arange(YEARS) == 0
    war = _war(factors)
    lost = np.where(first, column(factors.shipping_first), column(factors.shipping_later))
    theatre = (role == "theatre") & rules.war
    overseas = np.array([country not in market.overland for country in market.countries]) & rules.shipping
    return np.asarray(
        (1.0 - theatre[:, None] * war[..., None, :]) * (1.0 - overseas[:, None] * lost[..., None, :])
    )


def _ramp(factors: Factors, rules: Switches) -> Float:
    """Share of idle capacity in use by year, shape (..., 4)."""
    started = np.asarray(factors.ramp_first) * np.maximum(0.0, 1.0 - np.asarray(factors.start_delay) / 12.0)
    second = np.asarray(factors.ramp_second, dtype=float)
    full = np.ones_like(second)
    ramp = np.stack(np.broadcast_arrays(started, second, full, full), axis=-1)
    return ramp if rules.ramp else np.zeros_like(ramp)


def _share(
    market: FormMarket,
    factors: Factors,
    rules: Switches,
    adversary: NDArray[np.bool_],
    use: Number | None = None,
) -> Float:
    """Share of a supplier's output that reaches the buyer, shape (..., country)."""
    more = _more_imports(market, rules, use)
    if rules.share == "peacetime":
        shipped = np.divide(
            market.imports, market.output, out=np.zeros_like(market.imports), where=market.output > 0
        )
    elif rules.share == "non_adversary":
        friendly = float(market.use_abroad[~adversary].sum()) + market.use
        shipped = np.full(len(market.countries), market.use / friendly if friendly > 0 else 0.0)
    else:
        shipped = np.ones(len(market.countries))
    return np.minimum(1.0, column(factors.extra_buying) * shipped) * more


def _more_imports(market: FormMarket, rules: Switches, use: Number | None) -> Float:
    """Imports that belong to a use, over those of the base year, shape (..., 1); one where none is given."""
    M = float(market.imports.sum())
    if use is None or not rules.balance or rules.share != "peacetime" or M <= 0:
        return np.ones(1)
    return np.maximum(0.0, 1.0 + (column(use) - market.use) / M)


def _role(country: str) -> str:
    known = standings().get(country)
    return known.role if known else ""


@lru_cache(maxsize=32)
def _risk(year: int) -> dict[str, float]:
    from lodestock.risk import inputs
    from lodestock.risk.geopolrisk import risk_by_year

    table = risk_by_year(inputs.governance(), [year])
    return {country: float(g) for country, g in table.select("country", "g").iter_rows() if g is not None}
