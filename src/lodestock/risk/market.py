"""One market as the EU method sees it from a perspective: everything that supply risk needs, with intervals.

The world's supply is the output of the year, the sourcing of the perspective is what its members use or
refine in the calibrated base year, by country of origin, in t of contained element throughout. Both come
from one balance, so production and trade can never stand in different units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lodestock.risk import assumptions, controls, inputs
from lodestock.risk.eu_criticality import (
    BOTH,
    NEUTRAL_WEIGHT,
    SOURCING_ONLY,
    WORLD_ONLY,
    import_reliance,
    supply_risk,
    weighted_hhi,
)
from lodestock.risk.geopolrisk import NEUTRAL_RISK, risk_by_year
from lodestock.risk.substitution import index_from_backstops

if TYPE_CHECKING:
    import polars as pl

    from lodestock.world.model import World

FloatArray = NDArray[np.float64]
Progress = Callable[[int, int, str], None]
MOSTLY_ESTIMATED = 0.5
GOVERNANCE_WINDOW = 5
"""Years of governance averaged, ending with the year looked at or the last published one."""


@dataclass(frozen=True, eq=False)
class RiskMarket:
    """Inputs of supply risk for one material and stage. Arrays are aligned to ``countries``.

    ``world_share`` and ``sourcing_share`` are fractions, ``spare_share`` is unused capacity over world
    output; ``world_spread`` and ``sourcing_spread`` relative standard errors of each share from published
    intervals (withheld, rounded, less than). ``known_weight`` is False where W is the neutral one.
    """

    material: str
    stage: str
    countries: tuple[str, ...]
    world_share: FloatArray
    world_spread: FloatArray
    spare_share: FloatArray
    sourcing_share: FloatArray
    sourcing_spread: FloatArray
    weight: FloatArray
    risk_factor: FloatArray
    known_weight: NDArray[np.bool_]
    trade_parameter: FloatArray
    sourcing_parameter: FloatArray
    import_reliance: float
    recycling_rate: float
    substitution: float
    substitution_range: tuple[float, float]
    basis: str
    imports_t: float = 0.0
    exports_t: float = 0.0
    home_t: float = 0.0
    use_t: float = 0.0
    import_risk: float = 0.0
    estimated: float = 0.0
    flags: tuple[str, ...] = ()

    @property
    def hhi_world(self) -> float:
        """Weighted concentration H_GS."""
        return weighted_hhi(self.world_share, self.weight, self.trade_parameter)

    @property
    def hhi_sourcing(self) -> float:
        """Weighted concentration H_EU, of the perspective's sourcing."""
        return weighted_hhi(self.sourcing_share, self.weight, self.sourcing_parameter)

    @property
    def hhi(self) -> float:
        """Plain concentration of world supply."""
        return float(np.square(self.world_share).sum())

    @property
    def sr(self) -> float:
        """Supply risk of this stage."""
        return float(
            supply_risk(
                self.hhi_world,
                self.hhi_sourcing,
                self.import_reliance,
                self.recycling_rate,
                self.substitution,
                self.basis,
            )
        )


def snapshot_markets(
    members: tuple[str, ...],
    year: int,
    materials: Sequence[str],
    progress: Progress | None = None,
) -> tuple[RiskMarket, ...]:
    """Markets of the snapshot at every stage of the materials, seen from ``members`` in a base year."""
    from lodestock.world.cache import load_world

    found: list[RiskMarket] = []
    for done, material in enumerate(materials):
        if progress is not None:
            progress(done, len(materials), material)
        found += world_markets(load_world(material, year), members)
    return tuple(found)


def world_markets(world: World, members: tuple[str, ...]) -> Iterator[RiskMarket]:
    """Markets of one calibrated world, first stage first."""
    weight = _weights(world.base_year)
    european = controls.is_european(members)
    inside = np.isin(world.countries, members)
    W = np.array([weight.get(country, np.nan) for country in world.countries])
    known = np.isfinite(W)
    recycling = _recycling_rate(world.material)
    index, index_range = substitution_from(world)
    for stage in world.stages:
        output = _output(world, stage)
        primary = np.divide(
            output, world.available(stage), out=np.zeros_like(output), where=world.available(stage) > 0
        )
        flows = world.flows[stage] * primary[:, None]
        origins = flows[:, inside].sum(axis=1)
        abroad = float(flows[~inside][:, inside].sum())
        exported = float(flows[inside][:, ~inside].sum())
        home = float(output[inside].sum())
        unseen = (world.flow_status[stage] == 3)[~inside][:, inside]
        t = np.array(
            [
                controls.trade_parameter(
                    world.material, stage, c, members, world.base_year, european=european
                )
                for c in world.countries
            ]
        )
        world_share, sourcing = _fractions(output), _fractions(origins)
        flags = []
        estimated = float((flows[~inside][:, inside] * unseen).sum()) / abroad if abroad > 0 else 0.0
        if estimated > MOSTLY_ESTIMATED:
            flags.append(f"{estimated:.0%} of imports estimated")
        unknown = float(world_share[~known].sum())
        if unknown > 0.01:
            flags.append(f"{unknown:.0%} of world supply without governance estimate: neutral weight")
        if sourcing.sum() <= 0:
            basis = WORLD_ONLY
            flags.append("nothing used at this stage: world supply only")
        else:
            basis = BOTH if world_share.sum() > 0 else SOURCING_ONLY
        g = _stability_risk(world.countries, world.base_year)
        yield RiskMarket(
            material=world.material,
            stage=stage,
            countries=world.countries,
            world_share=world_share,
            world_spread=_output_spread(world.material, stage, world.base_year, world.countries),
            spare_share=_spare_share(world, stage),
            sourcing_share=sourcing,
            sourcing_spread=_source_spread(world, stage, inside),
            weight=np.where(known, W, NEUTRAL_WEIGHT),
            risk_factor=g,
            known_weight=known,
            trade_parameter=t,
            sourcing_parameter=t,
            import_reliance=import_reliance(abroad, exported, home) if abroad + home > 0 else 0.0,
            recycling_rate=recycling,
            substitution=index,
            substitution_range=index_range,
            basis=basis,
            imports_t=abroad,
            exports_t=exported,
            home_t=home,
            use_t=float(world.need(stage)[inside].sum()),
            import_risk=float((g[~inside] * flows[~inside][:, inside].sum(axis=1)).sum() / (home + abroad))
            if home + abroad > 0
            else 0.0,
            estimated=estimated,
            flags=tuple(flags),
        )


def substitution_from(world: World) -> tuple[float, tuple[float, float]]:
    """Substitution index and its range from the end uses of a world that leave at higher prices."""
    leaving = sum(use.share * use.backstop_share for use in world.use.end_uses)
    row = assumptions.assumption("substitute_score", world.material)
    low, central, high = (
        index_from_backstops(min(leaving, 1.0), s) for s in (row.low, row.central, row.high)
    )
    return central, (low, high)


def _output(world: World, stage: str) -> FloatArray:
    """Primary output at a stage, t, (country,)."""
    if stage == world.first_stage or world.process is None:
        return np.asarray(world.supply[world.first_stage].quantity, dtype=float)
    return np.asarray(world.process.output, dtype=float)


def _spare_share(world: World, stage: str) -> FloatArray:
    """Published capacity above output over world output, (country,); zero where none is published."""
    output = _output(world, stage)
    side = world.supply[stage] if stage == world.first_stage or world.process is None else world.process
    total = float(output.sum())
    spare = np.maximum(side.published_capacity - output, 0.0)
    return np.asarray(spare / total if total > 0 else np.zeros_like(output))


def _fractions(quantity: FloatArray) -> FloatArray:
    total = float(quantity.sum())
    return np.asarray(quantity / total if total > 0 else np.zeros_like(quantity))


@lru_cache(maxsize=8)
def _weights(year: int) -> dict[str, float]:
    last = min(year, int(inputs.governance()["year"].max()))  # type: ignore[arg-type]
    table = inputs.governance_weights(last - GOVERNANCE_WINDOW + 1, last)
    return dict(table.iter_rows())


def _stability_risk(countries: Sequence[str], year: int) -> FloatArray:
    by_country = _risk_factors(year)
    return np.array([by_country.get(country, NEUTRAL_RISK) for country in countries])


@lru_cache(maxsize=8)
def _risk_factors(year: int) -> dict[str, float]:
    g = risk_by_year(inputs.governance(), [year])
    return dict(g.select("country", "g").iter_rows())


@lru_cache(maxsize=1)
def _recycling_rates() -> dict[str, float]:
    from lodestock.data.snapshot import load_table

    return dict(load_table("recycling_rates").select("material", "value").drop_nulls().iter_rows())


def _recycling_rate(material: str) -> float:
    known = _recycling_rates().get(material)
    return assumptions.value("recycling_rate_unpublished", material) if known is None else known


@lru_cache(maxsize=8)
def _spreads(year: int) -> dict[tuple[str, str], dict[str, float]]:
    """Relative standard error of output by market and country, uniform over the published interval."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in inputs.supply().filter(year=year).iter_rows(named=True):
        if row["t"] > 0:
            spread = (row["high"] - row["low"]) / (2.0 * 3.0**0.5 * row["t"])
            found.setdefault((row["material"], row["stage"]), {})[row["country"]] = min(spread, 1.0)
    return found


def _output_spread(material: str, stage: str, year: int, countries: Sequence[str]) -> FloatArray:
    known = _spreads(year).get((material, stage), {})
    return np.array([known.get(country, 0.0) for country in countries])


def _source_spread(world: World, stage: str, inside: NDArray[np.bool_]) -> FloatArray:
    """Relative standard error of each origin: that of contained factors, twice that where estimated."""
    error = assumptions.value("contained_factor_error", world.material)
    flows = world.flows[stage][:, inside]
    total = flows.sum(axis=1)
    unseen = (flows * (world.flow_status[stage][:, inside] == 3)).sum(axis=1)
    share = np.divide(unseen, total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(error * (1.0 + share))


def study_risk_markets() -> tuple[RiskMarket, ...]:
    """Markets of the EU study of 2023, every material and stage, with the assumed middle of unpublished
    inputs.

    Recycling rates, import reliance and substitution indices of the study are not part of its share tables;
    they take the room's assumptions here. ``validate`` reads them from the reference file instead.
    """
    weight = dict(inputs.governance_weights(*inputs.STUDY_YEARS).iter_rows())
    sides = [_by_market(inputs.study_shares(side)) for side in ("world", "eu")]
    row = assumptions.assumption("substitution_index")
    found = []
    for material, stage in sorted({*sides[0], *sides[1]}):
        tables = [side.get((material, stage)) for side in sides]
        countries = tuple(
            sorted({c for table in tables if table is not None for c in table["country"].to_list()})
        )
        columns = []
        for table in tables:
            rows = {} if table is None else {r["country"]: r for r in table.iter_rows(named=True)}
            columns.append(
                [
                    np.array([rows[c][name] if c in rows else default for c in countries], dtype=float)
                    for name, default in (
                        ("share", 0.0),
                        ("low", 0.0),
                        ("high", 0.0),
                        ("trade_parameter", 1.0),
                    )
                ]
            )
        W = np.array([weight.get(c, np.nan) for c in countries])
        (s, low, high, t), (s_eu, low_eu, high_eu, t_eu) = columns
        basis = WORLD_ONLY if tables[1] is None else SOURCING_ONLY if tables[0] is None else BOTH
        found.append(
            RiskMarket(
                material=material,
                stage=stage,
                countries=countries,
                world_share=s,
                world_spread=_interval_spread(s, low, high),
                spare_share=np.zeros(len(countries)),
                sourcing_share=s_eu,
                sourcing_spread=_interval_spread(s_eu, low_eu, high_eu),
                weight=np.where(np.isfinite(W), W, NEUTRAL_WEIGHT),
                risk_factor=np.full(len(countries), 0.5),
                known_weight=np.isfinite(W),
                trade_parameter=t,
                sourcing_parameter=t_eu,
                import_reliance=float(
                    np.clip(1.0 - s_eu[np.isin(countries, inputs.members_of("EU27"))].sum(), 0, 1)
                ),
                recycling_rate=assumptions.value("recycling_rate_unpublished"),
                substitution=row.central,
                substitution_range=(row.low, row.high),
                basis=basis,
            )
        )
    return tuple(found)


def _by_market(shares: pl.DataFrame) -> dict[tuple[str, str], pl.DataFrame]:
    return {(str(key[0]), str(key[1])): rows for key, rows in shares.group_by("material", "stage")}


def _interval_spread(share: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    half = (high - low) / 2.0
    return np.asarray(np.divide(half, 3.0**0.5 * share, out=np.zeros_like(share), where=share > 0))
