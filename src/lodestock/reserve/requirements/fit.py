r"""Bounded fit of a few factors on published shortfalls, and what it is worth outside the fitted rows.

.. math:: \min_{\theta \in \text{ranges}} \ \operatorname*{median}_m
   \Big|\ln \frac{\max(S_m(\theta), f U_m)}{Q_m}\Big|
   + \Big|\frac{\#\{m : P_m(\theta) \ge 1/2\}}{M} - a\Big|
   + \lambda \sum_j \Big(\frac{\theta_j - \theta^0_j}{high_j - low_j}\Big)^2

Q is the published quantity, S the mean shortfall of the draws that have one (the rows are shortfalls), f a
floor that keeps a predicted zero finite, :math:`\theta^0` the centre of the range before the fit. All rows
that can be had are shortfalls, so that they alone would not say which materials are safe: the second term
holds the share of M materials called short at a = 28 of about 70, as reported of the plan of 2011. Rows with
a published zero have no logarithm and are left to the zero calls. The search is a regular grid, so that it
has no seed. Leave-one-out repeats the choice of the factors without each row in turn and predicts that row.
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
GRID = {"essential_scale": 9, "reliability_low": 4, "reliability_high": 3}
"""Factors that are fitted and how many values of each are tried."""
PRIOR = {"essential_scale": 1.0, "reliability_low": 0.5, "reliability_high": 0.9}
"""Centre before the fit."""
FLOOR = 0.01
"""A prediction below this share of one year's use counts as this share in the logarithm."""
PULL = 0.1
ANCHOR = 28 / 70
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
    predicted = np.array([_sizes(used, point, rules, year) for point in points])
    observed = np.array([row.tonnes for row in used])
    error = np.abs(np.log(np.maximum(predicted, _floors(used)) / observed))
    pull = np.array([PULL * _distance(point) + _off_anchor(studied, point, rules, year) for point in points])
    best = int(np.argmin(np.median(error, axis=1) + pull))
    left_out = []
    for n in range(len(used)):
        others = np.delete(error, n, axis=1)
        left_out.append(int(np.argmin(np.median(others, axis=1) + pull)))
    outside = error[left_out, np.arange(len(used))]
    return Fit(
        factors=points[best],
        forms=tuple(row.market.form for row in used),
        inside=tuple(float(v) for v in predicted[best]),
        outside=tuple(float(v) for v in predicted[left_out, np.arange(len(used))]),
        observed=tuple(float(v) for v in observed),
        median_inside=float(np.median(error[best])),
        median_outside=float(np.median(outside)),
    )


def _sizes(rows: Sequence[Observed], factors: Factors, rules: Switches, year: int) -> list[float]:
    drawn = scenarios(factors, DRAWS, SEED)
    return [chance(row.market, drawn, rules, year=year).if_short for row in rows]


def _off_anchor(studied: Sequence[FormMarket], factors: Factors, rules: Switches, year: int) -> float:
    if not studied:
        return 0.0
    drawn = scenarios(factors, DRAWS, SEED)
    short = [chance(market, drawn, rules, year=year).probability >= 0.5 for market in studied]
    return abs(sum(short) / len(short) - ANCHOR)


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


def _distance(factors: Factors) -> float:
    known = ranges()
    total = 0.0
    for name, centre in PRIOR.items():
        total += float((getattr(factors, name) - centre) / (known[name].high - known[name].low)) ** 2
    return total
