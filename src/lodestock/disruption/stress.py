r"""A set of plausible shocks to one material, ranked by expected loss.

The loss of a run of a year is what users at home and abroad pay more and go without, which was worth to them
between the old price and the new one,

.. math::
    \text{loss} = \Delta \sum_{m, t}
        \Bigl[ (P_{mt} - P_{m0})\, u_{mt} + \tfrac12 (P_{m0} + P_{mt})\, (d_{m0} - u_{mt}) \Bigr]^+ ,

the expected loss is its median over the draws times the yearly probability of the shock (`shocks.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.base import base_of
from lodestock.disruption.events import Event
from lodestock.disruption.output_loss import lost_output
from lodestock.disruption.path import Path, run
from lodestock.disruption.posterior import draw
from lodestock.disruption.shocks import Shock, shocks_of
from lodestock.world.model import World

FloatArray = NDArray[np.float64]
HORIZON_WEEKS = 52
SEED = 1
LEAST_DELAY_WEEKS = 0.5
"""Shorter delays are within the usual play of voyages and hold nothing up."""


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
            "kind": self.shock.kind,
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
    values = draw(material, draws, SEED)
    found = [one_shock(world, stage, shock, weeks, values) for shock in shocks_of(world, stage, top)]
    return tuple(sorted(found, key=lambda one: -one.expected))


def one_shock(world: World, stage: str, shock: Shock, weeks: int, values: dict[str, FloatArray]) -> Stressed:
    """Run one shock for a year from the end of the base year."""
    start = date(world.base_year + 1, 1, 1)
    events = [
        Event(
            part.type,
            start,
            start,
            ends=_after(start, weeks if part.weeks is None else min(part.weeks, weeks)),
            ends_announced=_after(start, weeks if part.weeks is None else min(part.weeks, weeks)),
            destinations=part.destinations,
            share=part.share,
        )
        for part in shock.parts
        if part.weeks is None or part.weeks >= LEAST_DELAY_WEEKS
    ]
    if not events:
        return Stressed(shock, (0.0, 0.0, 0.0), 1.0, 1.0, None, "", (0.0, 0.0, 0.0))
    base = base_of(world, shock.countries, stage)
    path = run([base], events, values, start=start, weeks=HORIZON_WEEKS)[0]
    loss = np.quantile(user_loss(path), [0.1, 0.5, 0.9])
    stop, country = line_stop(path)
    output = lost_output(path, world)
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


def _after(start: date, weeks: float) -> date:
    return start + timedelta(days=max(1, round(7 * weeks)))


def user_loss(path: Path) -> FloatArray:
    """What users pay more and go without over the run, USD, (draw,); a market that gains counts nothing."""
    base = path.base
    total = np.zeros(len(path.price))
    for price, base_price, used, normal in (
        (path.price, base.price, path.use.sum(axis=2), float(base.use.sum())),
        (path.home_price, base.home_price, path.home_use, base.home_use),
    ):
        rate = (price - base_price) * used + 0.5 * (base_price + price) * (normal - used)
        total = total + path.dt * np.maximum(rate, 0.0).sum(axis=1)
    return total


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
