r"""Bounded fit of a few factors on published shortfalls, and what it is worth outside the fitted rows.

.. math::
   w(\theta) \propto \exp\Big(-\frac1b \sum_m \Big|\ln \frac{\max(S_m(\theta), f U_m)}{Q_m}\Big|
   - \frac{(h(\theta) - a)^2}{2 \sigma_a^2}\Big), \qquad
   \hat\theta = \sum_\theta w(\theta)\, \theta, \qquad
   h(\theta) = \frac{\#\{m : P_m(\theta) \ge 1/2\}}{M}

The mean of the factors over a regular grid inside their ranges, weighted by how likely the rows are when
errors of the logarithm follow a Laplace law of scale b. Q is the published quantity, S the mean shortfall of
the draws that have one (the rows are shortfalls), f a floor that keeps a predicted zero finite. All rows
that can be had are shortfalls, so that they alone would not say which materials are safe: the second term
holds the share of M materials called short near a = 28 of about 70, as reported of the plan of 2011, give or
take the binomial :math:`\sigma_a = \sqrt{a (1 - a) / 70}`. Rows with a published zero have no logarithm and
are left to the zero calls. A mean over the grid moves less than its best point when a row is left out, which
matters with few rows. Leave-one-out repeats the mean without each row in turn and predicts that row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ConflictError
from lodestock.reserve.requirements.chance import chance, scenarios
from lodestock.reserve.requirements.factors import Factors, Switches, central_factors, ranges
from lodestock.reserve.requirements.market import FormMarket

Float = NDArray[np.float64]
GRID = {"essential_scale": 5, "reliability_low": 7, "reliability_high": 5}
"""Factors that are fitted and how many values of each are weighed."""
SCALE = 0.6
"""Scale b of the errors of the logarithm: the mean absolute error that rows left out of the fit show."""
FLOOR = 0.01
"""A prediction below this share of one year's use counts as this share in the logarithm."""
STUDIED = 70
ANCHOR = 28 / STUDIED
"""Materials short over materials studied in the plan of 2011 (defence press of that year)."""
DRAWS, SEED = 256, 2013
"""Draws behind a prediction, the same at every point of the grid."""


@dataclass(frozen=True)
class Observed:
    """A published shortfall, t of the form."""

    market: FormMarket
    tonnes: float


@dataclass(frozen=True)
class Fit:
    """Factors found, and the predictions of every row, t: with it in the fit and without it."""

    factors: Factors
    forms: tuple[str, ...]
    inside: tuple[float, ...]
    outside: tuple[float, ...]
    observed: tuple[float, ...]
    median_inside: float
    """Median of the absolute logarithm of predicted over published, all rows in the fit."""
    median_outside: float
    """The same with each row predicted by a fit that has not seen it."""


def fit(rows: Sequence[Observed], rules: Switches, *, year: int, studied: Sequence[FormMarket] = ()) -> Fit:
    """Fit the factors of ``GRID`` on rows with a published shortfall above zero.

    Parameters
    ----------
    studied : markets of all materials of a plan, for the share that is short; without them that term is
        left out.

    Raises
    ------
    ConflictError
        Fewer than three such rows.
    """
    used = [row for row in rows if row.tonnes > 0]
    if len(used) < 3:
        raise ConflictError(f"{len(used)} rows with a shortfall; a fit needs at least three", where="fit")
    points = _points()
    observed = np.array([row.tonnes for row in used])
    predicted = np.array([_sizes(used, point, rules, year) for point in points])
    error = np.abs(np.log(np.maximum(predicted, _floors(used)) / observed))
    anchor = np.array([_off_anchor(studied, point, rules, year) for point in points])
    factors = mean_factors(points, error, anchor)
    inside = np.array(_sizes(used, factors, rules, year))
    outside = np.array(
        [
            _sizes([row], mean_factors(points, np.delete(error, n, axis=1), anchor), rules, year)[0]
            for n, row in enumerate(used)
        ]
    )

    def median(values: Float) -> float:
        return float(np.median(np.abs(np.log(np.maximum(values, _floors(used)) / observed))))

    return Fit(
        factors=factors,
        forms=tuple(row.market.form for row in used),
        inside=tuple(float(v) for v in inside),
        outside=tuple(float(v) for v in outside),
        observed=tuple(float(v) for v in observed),
        median_inside=median(inside),
        median_outside=median(outside),
    )


def mean_factors(points: Sequence[Factors], error: Float, anchor: Float) -> Factors:
    """Factors averaged with the weights w; ``error`` has shape (point, row), ``anchor`` (point,)."""
    log_w = -error.sum(axis=1) / SCALE - anchor
    w = np.exp(log_w - log_w.max())
    w = w / w.sum()
    chosen = {name: float(w @ np.array([getattr(point, name) for point in points])) for name in GRID}
    return replace(points[0], **chosen)


def _sizes(rows: Sequence[Observed], factors: Factors, rules: Switches, year: int) -> list[float]:
    drawn = scenarios(factors, DRAWS, SEED)
    return [chance(row.market, drawn, rules, year=year).if_short for row in rows]


def _off_anchor(studied: Sequence[FormMarket], factors: Factors, rules: Switches, year: int) -> float:
    """Squared distance of the share called short from the anchor, over twice its variance."""
    if not studied:
        return 0.0
    drawn = scenarios(factors, DRAWS, SEED)
    short = [chance(market, drawn, rules, year=year).probability >= 0.5 for market in studied]
    return (sum(short) / len(short) - ANCHOR) ** 2 / (2.0 * ANCHOR * (1.0 - ANCHOR) / STUDIED)


def _floors(rows: Sequence[Observed]) -> Float:
    return np.array([FLOOR * row.market.use for row in rows])


def _points() -> list[Factors]:
    """Central factors with every combination of the fitted ones on the grid."""
    known = ranges()
    axes = [np.linspace(known[name].low, known[name].high, count) for name, count in GRID.items()]
    base = central_factors()
    found = []
    for values in product(*axes):
        chosen = dict(zip(GRID, map(float, values), strict=True))
        if chosen["reliability_low"] <= chosen["reliability_high"]:
            found.append(replace(base, **chosen))
    return found
