r"""The same score in a later year, from published outlooks of supply and demand.

With output :math:`q_c(y)` of the supply outlook, demand D(y) of one of its scenarios and base year 0,

.. math::
   s_c(y) &= q_c(y) / \sum_c q_c(y), \qquad o_c(y) \propto o_c(0)\, \frac{q_c(y)}{q_c(0)} \\
   U(y) &= U(0)\, \frac{D(y)}{D(0)}, \qquad IR(y) = \max\Big(0,\ 1 - \frac{q_{home}(y)}{U(y)}\Big)

o are the shares of the perspective's sourcing by origin, U what its members take. The outlook names the
leading countries; its remainder is spread over the others as in the base year. Governance, trade parameters,
recycling and substitution stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import UnknownNameError, ValueOutOfRangeError
from lodestock.risk.eu_criticality import BOTH
from lodestock.risk.market import RiskMarket

FloatArray = NDArray[np.float64]
YEARS = (2030, 2035, 2040)
SCENARIOS = ("STEPS", "APS", "NZE")
"""Demand scenarios of the publisher: stated policies, announced pledges, net zero."""
BASE_YEAR = 2024
REMAINDER, TOTAL = "OTH", "WLD"


@dataclass(frozen=True)
class Later:
    """Supply risk of one market now and in a later year; ``change`` is later less now."""

    material: str
    stage: str
    year: int
    scenario: str
    sr_now: float
    sr: float
    hhi_now: float
    hhi: float
    top1_country: str
    top1: float
    import_reliance_now: float
    import_reliance: float
    supply_growth: float
    demand_growth: float
    demand_is_published: bool
    """False where no demand outlook names the material: demand then grows with world supply."""

    @property
    def change(self) -> float:
        """SR of the later year less SR now."""
        return self.sr - self.sr_now


def later_market(
    market: RiskMarket, growth: Mapping[str, float], demand_growth: float, members: tuple[str, ...]
) -> RiskMarket:
    """Market with outputs multiplied by country and demand multiplied as a whole (module's equation).

    Parameters
    ----------
    growth : output of the later year over the base year by country; ``OTH`` is that of every country not
    named.
    demand_growth : demand over the base year.
    """
    if not demand_growth > 0:
        raise ValueOutOfRangeError(f"demand growth {demand_growth}", allowed="above 0")
    rest = growth.get(REMAINDER, 1.0)
    factor = np.array([growth.get(country, rest) for country in market.countries])
    world, sourcing = market.world_share * factor, market.sourcing_share * factor
    if world.sum() <= 0:
        raise ValueOutOfRangeError(
            f"output of {market.material} ({market.stage}) falls to zero", where="outlook"
        )
    inside = np.isin(market.countries, members)
    home_now = float(market.world_share[inside].sum())
    home_growth = float(world[inside].sum()) / home_now if home_now > 0 else 1.0
    taken = market.home_t + market.imports_t - market.exports_t
    reliance = market.import_reliance
    if taken > 0:
        reliance = min(1.0, max(0.0, 1.0 - market.home_t * home_growth / (taken * demand_growth)))
    return replace(
        market,
        world_share=np.asarray(world / world.sum()),
        sourcing_share=np.asarray(sourcing / sourcing.sum()) if sourcing.sum() > 0 else sourcing,
        import_reliance=reliance if market.basis == BOTH else market.import_reliance,
    )


def snapshot_growth(material: str, stage: str, year: int, countries: tuple[str, ...]) -> dict[str, float]:
    """Output over the base year by country, from the supply outlook; empty without one.

    A country that the outlook names for the later year only has no base to grow from and counts in the rest.
    """
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = load_table("supply_outlook").filter(
        (pl.col("material") == material) & (pl.col("stage") == stage) & (pl.col("country") != TOTAL)
    )
    by_year = {
        when: dict(rows.filter(pl.col("year") == when).select("country", "value").iter_rows())
        for when in (BASE_YEAR, year)
    }
    base, later = by_year[BASE_YEAR], by_year[year]
    if not base or not later:
        return {}
    named = {c for c in base if c in countries and c != REMAINDER and base[c] > 0}
    growth = {country: later.get(country, 0.0) / base[country] for country in named}
    rest_base = sum(value for country, value in base.items() if country not in named)
    rest_later = sum(value for country, value in later.items() if country not in named)
    growth[REMAINDER] = rest_later / rest_base if rest_base > 0 else 1.0
    return growth


def snapshot_demand_growth(material: str, scenario: str, year: int) -> float:
    """Demand over the base year in a scenario of the outlook; the total where it is published.

    Raises
    ------
    UnknownNameError
        The outlook has no such scenario, or nothing on the material.
    """
    from lodestock.data.snapshot import load_table

    if scenario not in SCENARIOS:
        raise UnknownNameError("scenario of the outlook", scenario, SCENARIOS)
    rows = load_table("demand_outlook").filter(material=material)
    for item in ("total", "clean technologies"):
        base = rows.filter(item=item, scenario="base", year=BASE_YEAR)["value"]
        later = rows.filter(item=item, scenario=scenario, year=year)["value"]
        if base.len() and later.len() and base[0] > 0:
            return float(later[0] / base[0])
    raise UnknownNameError("material with a demand outlook", material, rows["material"].unique().to_list())


def with_outlook(materials: list[str], *, asked: bool) -> list[str]:
    """Materials with a supply outlook among those given.

    Raises
    ------
    UnknownNameError
        ``asked`` for by name, and one of them has none.
    """
    from lodestock.data.snapshot import load_table

    known = load_table("supply_outlook")["material"].unique().to_list()
    for name in materials:
        if asked and name not in known:
            raise UnknownNameError("material with a supply outlook", name, known)
    return [name for name in materials if name in known]


def outlook(
    markets: tuple[RiskMarket, ...],
    members: tuple[str, ...],
    years: tuple[int, ...] = YEARS,
    scenario: str = "STEPS",
) -> tuple[Later, ...]:
    """Every market with a published supply outlook, in every year asked for.

    Raises
    ------
    UnknownNameError
        The outlook has no such scenario.
    """
    if scenario not in SCENARIOS:
        raise UnknownNameError("scenario of the outlook", scenario, SCENARIOS)
    found = []
    for market in markets:
        for year in years:
            growth = snapshot_growth(market.material, market.stage, year, market.countries)
            if not growth:
                continue
            rest = growth[REMAINDER]
            factor = np.array([growth.get(country, rest) for country in market.countries])
            supply = float((market.world_share * factor).sum())
            try:
                demand, known = snapshot_demand_growth(market.material, scenario, year), True
            except UnknownNameError:
                demand, known = supply, False
            then = later_market(market, growth, demand, members)
            largest = int(np.argmax(then.world_share))
            found.append(
                Later(
                    material=market.material,
                    stage=market.stage,
                    year=year,
                    scenario=scenario,
                    sr_now=market.sr,
                    sr=then.sr,
                    hhi_now=market.hhi,
                    hhi=then.hhi,
                    top1_country=then.countries[largest],
                    top1=float(then.world_share[largest]),
                    import_reliance_now=market.import_reliance,
                    import_reliance=then.import_reliance,
                    supply_growth=supply,
                    demand_growth=demand,
                    demand_is_published=known,
                )
            )
    return tuple(found)
