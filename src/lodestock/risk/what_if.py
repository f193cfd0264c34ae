r"""The same scores after a scenario: what its measures do to supply risk, and what that costs.

A solved case says who produces, refines and ships what; supply risk is computed from it as from the base
year:

.. math:: \Delta R = R(\text{base}) - R(\text{case}), \qquad
   \text{risk per dollar} = \Delta R\, \big/\, (C / 10^8), \qquad C = -\sum_{members,\,party} \Delta surplus

C is what the members as a whole pay, USD a year; ``public_usd`` is what their treasuries and reserves pay,
after the duties they collect. Recycling responds: :math:`EoL' = EoL + \sigma' - \sigma` with :math:`\sigma`
the share of old scrap in the world's supply of the last stage.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lodestock.errors import ConflictError
from lodestock.risk.bottleneck import bottleneck
from lodestock.risk.eu_criticality import BOTH, WORLD_ONLY, import_reliance
from lodestock.risk.market import RiskMarket, snapshot_markets

if TYPE_CHECKING:
    import polars as pl

    from lodestock.scenario.outcome import CaseOutcome, Outcome

PER_DOLLARS = 1e8
"""Risk per dollar is stated per this many dollars a year."""
PUBLIC_PARTIES = ("treasury", "reserve")


@dataclass(frozen=True)
class Effect:
    """Supply risk of one material before and after one case. Risks are at the riskier stage of each."""

    case: str
    title: str
    material: str
    stage_before: str
    stage: str
    sr_before: float
    sr: float
    hhi_before: float
    hhi: float
    import_risk_before: float
    import_risk: float
    import_reliance_before: float
    import_reliance: float
    cost_usd: float
    """What the members pay in all; negative when they gain."""
    public_usd: float
    """What their treasuries and reserves pay."""
    expected_loss_before_usd: float | None = None
    expected_loss_usd: float | None = None
    note: str = ""

    @property
    def reduction(self) -> float:
        """SR before less SR after."""
        return self.sr_before - self.sr

    @property
    def per_dollar(self) -> float | None:
        """Reduction of SR per 100 million dollars a year; None when the members pay nothing."""
        return None if self.cost_usd <= 0 else self.reduction / (self.cost_usd / PER_DOLLARS)

    @property
    def loss_avoided_per_dollar(self) -> float | None:
        """Expected loss avoided per dollar of cost; None when not solved or nothing is paid."""
        if self.expected_loss_usd is None or self.expected_loss_before_usd is None or self.cost_usd <= 0:
            return None
        return (self.expected_loss_before_usd - self.expected_loss_usd) / self.cost_usd


def effects(outcome: Outcome, members: tuple[str, ...]) -> tuple[Effect, ...]:
    """Effects of every solved case of an outcome on every material, seen from ``members``.

    Raises
    ------
    ConflictError
        No case was solved.
    """
    before = snapshot_markets(members, outcome.base_year, outcome.materials)
    found = []
    for name, case in outcome.cases.items():
        if name == "baseline" or case.status != "solved":
            continue
        for material in outcome.materials:
            own = [market for market in before if market.material == material]
            base = [_from_case(market, case, members, "base_t") for market in own]
            after = [_from_case(market, case, members, "t") for market in own]
            found.append(_effect(name, case, material, base, after, members))
    if not found:
        raise ConflictError(
            "no case of the scenario was solved, so there is nothing to compare", where=outcome.name
        )
    return tuple(found)


def _effect(
    name: str,
    case: CaseOutcome,
    material: str,
    base: list[RiskMarket],
    after: list[RiskMarket],
    members: tuple[str, ...],
) -> Effect:
    stage_before, sr_before = bottleneck({market.stage: market.sr for market in base})
    stage, sr = bottleneck({market.stage: market.sr for market in after})
    was = next(market for market in base if market.stage == stage_before)
    now = next(market for market in after if market.stage == stage)
    return Effect(
        case=name,
        title=case.title or name,
        material=material,
        stage_before=stage_before,
        stage=stage,
        sr_before=sr_before,
        sr=sr,
        hhi_before=max(market.hhi for market in base),
        hhi=max(market.hhi for market in after),
        import_risk_before=max(market.hhi * market.import_risk for market in base),
        import_risk=max(market.hhi * market.import_risk for market in after),
        import_reliance_before=was.import_reliance,
        import_reliance=now.import_reliance,
        cost_usd=-_sum(case.surplus, material, members, "change_usd"),
        public_usd=-_sum(case.payments, material, members, "usd", PUBLIC_PARTIES),
    )


def _sum(
    rows: pl.DataFrame, material: str, members: tuple[str, ...], column: str, parties: tuple[str, ...] = ()
) -> float:
    import polars as pl

    kept = rows.filter((pl.col("material") == material) & pl.col("country").is_in(list(members)))
    if parties:
        kept = kept.filter(pl.col("party").is_in(list(parties)))
    return float(kept[column].sum())


def _from_case(market: RiskMarket, case: CaseOutcome, members: tuple[str, ...], column: str) -> RiskMarket:
    """Market as a case has it: ``column`` is ``base_t`` or ``t`` of the case's tables."""
    import polars as pl

    def here(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.filter((pl.col("material") == market.material) & (pl.col("stage") == market.stage))

    quantity = here(case.quantities)
    place = {country: i for i, country in enumerate(market.countries)}
    inside = np.isin(market.countries, members)

    def by_country(kinds: tuple[str, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        made = np.zeros(len(place))
        for country, t in (
            quantity.filter(pl.col("kind").is_in(list(kinds))).select("country", column).iter_rows()
        ):
            made[place[country]] += max(t, 0.0)
        return made

    primary = by_country(("production", "processing"))
    scrap = by_country(("secondary",))
    share = np.divide(primary, primary + scrap, out=np.ones_like(primary), where=primary + scrap > 0)
    origins = np.zeros(len(place))
    abroad = exported = risky = 0.0
    g = _risk(market, inside)
    for exporter, importer, t in here(case.flows).select("exporter", "importer", column).iter_rows():
        i, j = place[exporter], place[importer]
        tonnes = max(t, 0.0) * share[i]
        if inside[j]:
            origins[i] += tonnes
            if not inside[i]:
                abroad += tonnes
                risky += tonnes * g[i]
        elif inside[i]:
            exported += tonnes
    for country, t in here(case.domestic).select("country", column).iter_rows():
        if inside[place[country]]:
            origins[place[country]] += max(t, 0.0) * share[place[country]]
    home = float(primary[inside].sum())
    total = float(primary.sum())
    scrap_share = float(scrap.sum()) / (total + float(scrap.sum())) if total + scrap.sum() > 0 else 0.0
    base_scrap = _base_scrap_share(quantity)
    return replace(
        market,
        world_share=primary / total if total > 0 else market.world_share,
        sourcing_share=origins / origins.sum() if origins.sum() > 0 else origins,
        basis=BOTH if origins.sum() > 0 else WORLD_ONLY,
        import_reliance=import_reliance(abroad, exported, home) if abroad + home > 0 else 0.0,
        recycling_rate=float(np.clip(market.recycling_rate + scrap_share - base_scrap, 0.0, 1.0)),
        imports_t=abroad,
        exports_t=exported,
        home_t=home,
        import_risk=risky / (home + abroad) if home + abroad > 0 else 0.0,
    )


def _risk(market: RiskMarket, inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[float]:
    """Risk factor g of every partner, 0 at home."""
    return [0.0 if own else float(g) for own, g in zip(inside, market.risk_factor, strict=True)]


def _base_scrap_share(quantity: pl.DataFrame) -> float:
    import polars as pl

    scrap = float(quantity.filter(pl.col("kind") == "secondary")["base_t"].sum())
    primary = float(quantity.filter(pl.col("kind").is_in(["production", "processing"]))["base_t"].sum())
    return scrap / (scrap + primary) if scrap + primary > 0 else 0.0
