"""Every indicator of every material from one perspective in one year, on one set of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lodestock.errors import UnknownNameError
from lodestock.risk import inputs
from lodestock.risk.bottleneck import bottleneck
from lodestock.risk.concentration import top_share, without_largest
from lodestock.risk.disruption_potential import (
    ability,
    disruption_potential,
    disruption_risk,
    economic_vulnerability,
    is_listed,
)
from lodestock.risk.eu_criticality import is_critical
from lodestock.risk.importance import eu_importance, vulnerability
from lodestock.risk.market import RiskMarket, snapshot_markets
from lodestock.risk.ownership import concentration_by_owner
from lodestock.risk.uncertainty import Band, bands
from lodestock.risk.willingness import unwillingness
from lodestock.risk.yale import (
    concentration_score,
    depletion_score,
    stability_score,
    supply_risk_axis,
)

Progress = Callable[[int, int, str], None]
UNIT_VALUE_LIMIT = 2.0
"""A unit value further than this factor from the reference price is flagged."""


@dataclass(frozen=True)
class StageRow:
    """Indicators of one material at one stage."""

    material: str
    stage: str
    hhi: float
    top1_country: str
    top1: float
    top3: float
    n_minus_1: float
    hhi_by_owner: float | None
    """Concentration by owner where owners are known."""
    hhi_sourcing: float
    """Plain concentration of the perspective's sourcing."""
    import_reliance: float
    geopolrisk: float
    geopolrisk_basis: str
    """observed trade, or estimated flows where none is observed."""
    cf: float | None
    """Characterisation factor, kg copper equivalent per kg; None without observed values."""
    unit_value_ratio: float | None
    """Unit value of the imports over the reference price of the stage; None without one of them."""
    published_nir: str | None
    """Net import reliance as published for the United States, where that is the perspective."""
    sr: float
    disruption_potential: float
    estimated: float
    flags: tuple[str, ...]


@dataclass(frozen=True)
class MaterialRow:
    """Indicators of one material over its chain, each at the stage where it is worst.

    ``stage`` is the one of the EU supply risk; ``geopolrisk_stage`` and ``hhi_stage`` may be others.
    """

    material: str
    stage: str
    sr: float
    ei: float | None
    critical: bool | None
    """On the list by the EU rule; None where EI is not known."""
    band: Band | None
    geopolrisk: float
    geopolrisk_stage: str
    hhi: float
    hhi_stage: str
    top1_country: str
    top1: float
    n_minus_1: float
    import_reliance: float
    us2022: float
    us2022_listed: bool
    yale_sr: float | None
    yale_missing: tuple[str, ...]
    expected_loss_usd: float | None
    loss_stage: str
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Assessment:
    """Everything computed for one perspective and year."""

    perspective: str
    members: tuple[str, ...]
    year: int
    draws: int
    seed: int
    materials: tuple[MaterialRow, ...]
    """Riskiest first by the EU method."""
    stages: tuple[StageRow, ...]
    markets: tuple[RiskMarket, ...]
    failures: Mapping[str, str]
    """Materials without a result, and why."""


def assess(
    perspective: str,
    year: int = 2024,
    materials: Sequence[str] | None = None,
    *,
    draws: int = 0,
    seed: int = 20240101,
    top: int = 10,
    loss: bool = False,
    progress: Progress | None = None,
) -> Assessment:
    """Compute all indicators from the snapshot.

    Parameters
    ----------
    perspective : country, set of countries (EU27), or codes joined by commas.
    materials : slugs; all by default. Rank stability is among these.
    draws : draws over the uncertain inputs; 0 for none.
    loss : also solve every supplier's cut (see ``expected_loss``).

    Raises
    ------
    UnknownNameError
        An unknown country, set or material.
    ValueOutOfRangeError
        No production is known for the year.
    """
    from lodestock.data.catalog import materials as catalog

    members = inputs.members_of(perspective)
    years = sorted(inputs.supply()["year"].unique().to_list())
    inputs.check_year(year, years, "production")
    known = [item.slug for item in catalog()]
    wanted = list(materials or known)
    for name in wanted:
        if name not in known:
            raise UnknownNameError("material", name, known)
    markets = snapshot_markets(members, year, wanted, progress)
    observed = _observed_scores(perspective, members, year)
    stages = tuple(_stage_row(market, members, year, observed) for market in markets)
    spread = {band.material: band for band in bands(markets, draws, seed, top)} if draws else {}
    losses, failures = _losses(wanted, members, year, progress) if loss else ({}, {})
    ratio = {name: vulnerability(name, members, year) for name in wanted}
    scaled = dict(zip(wanted, economic_vulnerability(list(ratio.values())).tolist(), strict=True))
    rows = [
        _material_row(
            name,
            [row for row in stages if row.material == name],
            [market for market in markets if market.material == name],
            spread.get(name),
            scaled[name],
            losses.get(name),
            year,
        )
        for name in wanted
    ]
    rows.sort(key=lambda row: -row.sr)
    return Assessment(
        perspective=perspective,
        members=members,
        year=year,
        draws=draws,
        seed=seed,
        materials=tuple(rows),
        stages=stages,
        markets=markets,
        failures=failures,
    )


def _observed_scores(
    perspective: str, members: tuple[str, ...], year: int
) -> dict[tuple[str, str], tuple[float, float | None, float | None]]:
    """(score, cf, USD/t of imports) by market from observed trade; a market without any is not in it."""
    import polars as pl

    from lodestock.risk.geopolrisk import geopolrisk

    table = geopolrisk(
        inputs.supply().filter(pl.col("year") == year),
        inputs.trade().filter(pl.col("year") == year),
        inputs.governance(),
        {perspective: members},
    )
    seen = inputs.trade().filter(pl.col("year") == year).select("material", "stage").unique()
    return {
        (row["material"], row["stage"]): (row["score"], row["cf"], _per_t(row["usd_per_kg"]))
        for row in table.join(seen, on=["material", "stage"]).iter_rows(named=True)
    }


def _per_t(usd_per_kg: float | None) -> float | None:
    return None if usd_per_kg is None else 1000.0 * usd_per_kg


def _stage_row(
    market: RiskMarket,
    members: tuple[str, ...],
    year: int,
    observed: Mapping[tuple[str, str], tuple[float, float | None, float | None]],
) -> StageRow:
    key = (market.material, market.stage)
    largest = int(np.argmax(market.world_share))
    score, cf, unit_value = observed.get(key, (market.hhi * market.import_risk, None, None))
    price = inputs.reference_prices(year).get(key)
    ratio = unit_value / price if unit_value is not None and price is not None else None
    flags = market.flags
    if ratio is not None and not 1 / UNIT_VALUE_LIMIT <= ratio <= UNIT_VALUE_LIMIT:
        flags = (*flags, f"imports cost {ratio:.2g} times the reference price of the stage")
    B = np.array([unwillingness(market.material, country, members, year) for country in market.countries])
    A = ability(2.5 - market.weight / 2.0)
    return StageRow(
        material=market.material,
        stage=market.stage,
        hhi=market.hhi,
        top1_country=market.countries[largest],
        top1=top_share(market.world_share, 1),
        top3=top_share(market.world_share, 3),
        n_minus_1=without_largest(market.world_share, market.spare_share),
        hhi_by_owner=concentration_by_owner(market.material, market.stage, year),
        hhi_sourcing=float(np.square(market.sourcing_share).sum()),
        import_reliance=market.import_reliance,
        geopolrisk=score,
        geopolrisk_basis="observed trade" if key in observed else "estimated flows",
        cf=cf,
        unit_value_ratio=ratio,
        published_nir=_published_nir(market, members, year),
        sr=market.sr,
        disruption_potential=disruption_potential(market.world_share, A, B),
        estimated=market.estimated,
        flags=flags,
    )


def _published_nir(market: RiskMarket, members: tuple[str, ...], year: int) -> str | None:
    if members != ("USA",):
        return None
    return inputs.published_us_reliance(year).get(market.material)


def _losses(
    wanted: Sequence[str], members: tuple[str, ...], year: int, progress: Progress | None
) -> tuple[dict[str, tuple[float, str]], dict[str, str]]:
    from lodestock.errors import LodestockError
    from lodestock.risk.expected_loss import material_loss

    found: dict[str, tuple[float, str]] = {}
    failures: dict[str, str] = {}
    for done, material in enumerate(wanted):
        if progress is not None:
            progress(done, len(wanted), f"cuts of {material}")
        try:
            result = material_loss(material, members, year)
        except LodestockError as error:
            failures[material] = error.problem
            continue
        found[material] = (result.expected_loss_usd, result.bottleneck)
    return found, failures


def _material_row(
    name: str,
    stages: Sequence[StageRow],
    markets: Sequence[RiskMarket],
    band: Band | None,
    vulnerable: float,
    loss: tuple[float, str] | None,
    year: int,
) -> MaterialRow:
    stage, sr = bottleneck({row.stage: row.sr for row in stages})
    gpr_stage, gpr = bottleneck({row.stage: row.geopolrisk for row in stages})
    hhi_stage, hhi = bottleneck({row.stage: row.hhi for row in stages})
    concentrated = next(row for row in stages if row.stage == hhi_stage)
    market = next(item for item in markets if item.stage == stage)
    ei = eu_importance(name, market.substitution)
    exposed = max(
        disruption_risk(row.disruption_potential, row.import_reliance, vulnerable) for row in stages
    )
    axis = supply_risk_axis(_yale_scores(name, market, year))
    return MaterialRow(
        material=name,
        stage=stage,
        sr=sr,
        ei=ei,
        critical=None if ei is None else is_critical(sr, ei),
        band=band,
        geopolrisk=gpr,
        geopolrisk_stage=gpr_stage,
        hhi=hhi,
        hhi_stage=hhi_stage,
        top1_country=concentrated.top1_country,
        top1=concentrated.top1,
        n_minus_1=min(row.n_minus_1 for row in stages),
        import_reliance=max(row.import_reliance for row in stages),
        us2022=exposed,
        us2022_listed=is_listed(exposed, concentrated.top1),
        yale_sr=axis.score,
        yale_missing=axis.missing,
        expected_loss_usd=None if loss is None else loss[0],
        loss_stage="" if loss is None else loss[1],
        flags=tuple(dict.fromkeys(flag for row in stages for flag in row.flags)),
    )


def _yale_scores(material: str, market: RiskMarket, year: int) -> dict[str, float]:
    """Component scores that the snapshot can give."""
    scores = {"concentration": concentration_score(market.hhi)}
    stability = _stability(year)
    known = [
        (s, stability[c]) for c, s in zip(market.countries, market.world_share, strict=True) if c in stability
    ]
    if known:
        weight = sum(s for s, _ in known)
        scores["political stability"] = stability_score(sum(s * ps for s, ps in known) / weight)
    reserves, output, companion = _geology()[material]
    if reserves is not None and output > 0:
        scores["depletion time"] = depletion_score(reserves, output)
    scores["companion fraction"] = 100.0 * companion
    return scores


@lru_cache(maxsize=4)
def _stability(year: int) -> dict[str, float]:
    table = inputs.governance()
    last = min(year, int(table["year"].max()))  # type: ignore[arg-type]
    return dict(table.filter(year=last).select("country", "political_stability").iter_rows())


@lru_cache(maxsize=1)
def _geology() -> dict[str, tuple[float | None, float, float]]:
    """Newest reserves and output at the mine, t, and the share that a host brings along, by material."""
    import polars as pl

    from lodestock.data.snapshot import load_table

    reserves = load_table("reserves").filter(pl.col("preferred") & pl.col("value").is_not_null())
    newest = reserves.filter(pl.col("year") == pl.col("year").max().over("material"))
    world = newest.filter(pl.col("country") == "WLD").group_by("material").agg(pl.col("value").sum())
    parts = newest.filter(pl.col("country") != "WLD").group_by("material").agg(pl.col("value").sum())
    held = {**dict(parts.iter_rows()), **dict(world.iter_rows())}
    mined = inputs.supply().filter(stage="mine")
    made = dict(
        mined.filter(pl.col("year") == pl.col("year").max().over("material"))
        .group_by("material")
        .agg(pl.col("t").sum())
        .iter_rows()
    )
    hosts = load_table("materials").select("material", "host_material", "host_share")
    return {
        name: (held.get(name), made.get(name, 0.0), float(share or 0.0) if host else 0.0)
        for name, host, share in hosts.iter_rows()
    }


def trend(materials: Sequence[str]) -> list[dict[str, object]]:
    """Concentration by material, stage and year, from production alone."""
    import polars as pl

    from lodestock.risk.concentration import concentration

    rows = inputs.supply().filter(pl.col("material").is_in(list(materials)))
    positive = rows.filter(pl.col("t").sum().over("material", "stage", "year") > 0)
    return (
        concentration(positive).select("material", "stage", "year", "hhi", "top1_country", "top1").to_dicts()
    )
