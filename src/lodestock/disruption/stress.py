r"""A set of plausible shocks to one material, ranked by expected loss.

The loss of a run of a year is what users outside the country hit pay more and go without, at base prices,

.. math:: \text{loss} = \Delta \sum_t \Bigl[ (P_t - P_0)\, u_t + P_0\, (d_0 - u_t) \Bigr]^+ ,

the expected loss is its median over the draws times a yearly probability. The probability is an assumption:
from 1 % for the most stable country to 10 % for the least by rank of political stability (World Bank), the
same for a stop by decree; for two countries at once the product, as if they were independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.base import base_of
from lodestock.disruption.events import Event
from lodestock.disruption.output_loss import lost_output
from lodestock.disruption.parameters import parameters_of, sample
from lodestock.disruption.path import Path, run
from lodestock.world.model import World

FloatArray = NDArray[np.float64]
LEAST, MOST = 0.01, 0.10
"""Yearly probability of a shock in the most and in the least stable country, assumed."""
HELD_UP = 0.5
"""Share of exports that a closure on the way holds up."""
HORIZON_WEEKS = 52
SEED = 1
MIDDLING_RANK = 50.0
"""Rank of a country that the governance table does not hold."""


@dataclass(frozen=True)
class Shock:
    """One shock: what happens, in which countries, and how likely it is in a year."""

    name: str
    countries: tuple[str, ...]
    type: str
    share: float | None
    probability: float


@dataclass(frozen=True)
class Stressed:
    """What one shock does within a year."""

    shock: Shock
    loss: tuple[float, float, float]
    """10th, 50th, 90th percentile, USD."""
    peak_abroad: float
    peak_home: float
    line_stop_weeks: float | None
    """Median weeks until a country abroad lacks a tenth of what it wants; None: not within the year."""
    line_stop_country: str
    output_lost: tuple[float, float, float]
    """Output lost abroad where the material is used, USD: low, central, high of the assumed share."""

    @property
    def expected(self) -> float:
        """Median loss times yearly probability, USD."""
        return self.loss[1] * self.shock.probability

    def as_dict(self, rank: int) -> dict[str, Any]:
        """Plain values for a table."""
        return {
            "rank": rank,
            "shock": self.shock.name,
            "expected_loss_usd": self.expected,
            "yearly_probability": round(self.shock.probability, 5),
            "loss_usd": self.loss[1],
            "loss_p10_usd": self.loss[0],
            "loss_p90_usd": self.loss[2],
            "peak_abroad": round(self.peak_abroad, 3),
            "peak_home": round(self.peak_home, 3),
            "weeks_to_line_stop": self.line_stop_weeks,
            "first_to_stop": self.line_stop_country,
            "output_lost_usd": self.output_lost[1],
            "output_lost_low_usd": self.output_lost[0],
            "output_lost_high_usd": self.output_lost[2],
        }


def stress(
    material: str, stage: str | None, base_year: int, top: int, weeks: int, draws: int
) -> tuple[Stressed, ...]:
    """Run every shock and rank by expected loss, largest first.

    Raises
    ------
    UnknownNameError
        Unknown material or stage.
    """
    from lodestock.world.cache import load_world

    world = load_world(material, base_year)
    stage = stage or world.last_stage
    values = sample(parameters_of(material), draws, SEED)
    found = [_run(world, stage, shock, weeks, values) for shock in shocks_of(world, stage, top)]
    return tuple(sorted(found, key=lambda one: -one.expected))


def shocks_of(world: World, stage: str, top: int) -> tuple[Shock, ...]:
    """Top producers out, top exporters closed or held up, the two largest producers out together."""
    output = world.available(stage)
    flows = world.flows[stage]
    exports = flows.sum(axis=1) - np.diag(flows)
    named = np.array([country != "OTH" for country in world.countries])
    chance = {country: _probability(rank) for country, rank in _stability(world.countries).items()}

    def largest(array: FloatArray) -> list[str]:
        order = np.argsort(-np.where(named, array, 0.0))[:top]
        return [world.countries[k] for k in order if array[k] > 0.005 * output.sum()]

    producers, exporters = largest(output), largest(exports)
    found = [Shock(f"{c} out", (c,), "outage", 1.0, chance[c]) for c in producers]
    found += [Shock(f"{c} stops exports", (c,), "export_stop", None, chance[c]) for c in exporters]
    found += [
        Shock(f"half of exports of {c} held up", (c,), "closure", HELD_UP, chance[c]) for c in exporters
    ]
    if len(producers) > 1:
        first, second = producers[:2]
        found.append(
            Shock(f"{first} and {second} out", (first, second), "outage", 1.0, chance[first] * chance[second])
        )
    return tuple(found)


def _probability(rank: float) -> float:
    return LEAST + (MOST - LEAST) * (1.0 - rank / 100.0)


def _stability(countries: Sequence[str]) -> dict[str, float]:
    """Percentile rank of political stability in the latest year, 100 the most stable."""
    import polars as pl

    from lodestock.data.snapshot import load_table

    table = load_table("governance").filter(pl.col("indicator") == "political-stability-no-violence")
    latest = table.filter(pl.col("year") == pl.col("year").max()).select("country", "rank").rows()
    known = {str(country): float(rank) for country, rank in latest if rank is not None}
    return {country: known.get(country, MIDDLING_RANK) for country in countries}


def _run(world: World, stage: str, shock: Shock, weeks: int, values: dict[str, FloatArray]) -> Stressed:
    start = date(world.base_year + 1, 1, 1)
    event = Event(
        shock.type,
        start,
        start,
        ends=start + timedelta(weeks=weeks),
        ends_announced=start + timedelta(weeks=weeks),
        share=shock.share,
    )
    base = base_of(world, shock.countries, stage)
    path = run([base], [event], values, start=start, weeks=HORIZON_WEEKS)[0]
    loss = np.quantile(user_loss(path), [0.1, 0.5, 0.9])
    stop, country = line_stop(path)
    output = lost_output(path, world) if stage == world.last_stage else ()
    lost = (
        sum(row.low_usd for row in output),
        sum(row.central_usd for row in output),
        sum(row.high_usd for row in output),
    )
    return Stressed(
        shock,
        (float(loss[0]), float(loss[1]), float(loss[2])),
        float(np.median(path.price.max(axis=1)) / base.price),
        float(np.median(path.home_price.max(axis=1)) / base.home_price),
        stop,
        country,
        lost,
    )


def user_loss(path: Path) -> FloatArray:
    """What users abroad pay more and go without over the run, USD, (draw,)."""
    base = path.base
    used, normal = path.use.sum(axis=2), float(base.use.sum())
    rate = (path.price - base.price) * used + base.price * (normal - used)
    return np.asarray(path.dt * np.maximum(rate, 0.0).sum(axis=1))


def line_stop(path: Path, lacking: float = 0.1) -> tuple[float | None, str]:
    """Median weeks until the first country of weight goes without a share of the use it wants, and which."""
    weight = path.base.use >= 0.01 * path.base.use.sum()
    short = (path.use < (1.0 - lacking) * path.wanted) & weight[None, None, :]
    weeks = np.where(short.any(axis=1), short.argmax(axis=1), np.inf)
    typical = np.median(weeks, axis=0)
    first = int(np.argmin(typical))
    if not np.isfinite(typical[first]):
        return None, ""
    return float(typical[first] * path.dt * 365.25 / 7.0), path.base.countries[first]
