r"""Compare sized requirements with published shortfalls, row by row.

.. math:: e_m = \ln \frac{\max(S_m, f U_m)}{Q_m}, \qquad \text{headline} = \operatorname{median}_m |e_m|

with S the mean shortfall of the draws that have one, zero where less than a tenth of the draws do, and f the
floor of the fit,
over rows with a published shortfall. A row is called short when at least half of
the draws are, and the call is compared with quantity > 0. A row whose material or unit is not known is
reported with its reason and counts as not predicted; its zero call is a miss.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lodestock.errors import UnitError
from lodestock.reserve.requirements.assess import Sized, size, studied
from lodestock.reserve.requirements.factors import Factors, Switches, central_factors
from lodestock.reserve.requirements.fit import FLOOR, Fit, Observed, fit
from lodestock.reserve.requirements.forms import find_form, forms, nearest_form
from lodestock.reserve.requirements.reference import Published, read_published
from lodestock.reserve.requirements.units import tonnes

USER = ("USA",)
POSSIBLE = 0.1
"""A shortfall in a smaller share of the draws counts as none."""
YEAR = 2012
"""Year of the published plan: its data are of 2010 to 2012."""


@dataclass(frozen=True)
class Compared:
    """One published row beside what is predicted for it; t of the form's basis."""

    material: str
    form: str
    published_t: float | None
    predicted_t: float | None
    """Size if short; zero where less than a tenth of the draws is."""
    expected_t: float | None
    """Mean over all draws."""
    low_t: float | None
    high_t: float | None
    published_musd: float | None
    predicted_musd: float | None
    """At the price of the snapshot."""
    predicted_musd_published_price: float | None
    """At the price that the published row implies, so that tonnes and prices can be told apart."""
    probability: float | None
    short_published: bool
    short: bool | None
    log_ratio: float | None
    inside: bool | None
    """Whether the published quantity lies in the band."""
    why: str


@dataclass(frozen=True)
class Comparison:
    """Every row and what they say together."""

    rows: tuple[Compared, ...]
    rules: Switches

    @property
    def headline(self) -> dict[str, Any]:
        """Figures over all rows; None where no row allows one."""
        errors = [abs(row.log_ratio) for row in self.rows if row.log_ratio is not None]
        pairs = [
            (row.published_t, row.predicted_t)
            for row in self.rows
            if row.published_t is not None and row.predicted_t is not None
        ]
        money = [
            abs(math.log(row.predicted_musd / row.published_musd))
            for row in self.rows
            if row.predicted_musd and row.published_musd
        ]
        inside = [row.inside for row in self.rows if row.inside is not None]
        return {
            "rows": len(self.rows),
            "rows_predicted": len(pairs),
            "rows_not_predicted": [row.material for row in self.rows if row.predicted_t is None],
            "median_abs_log_ratio": statistics.median(errors) if errors else None,
            "median_factor": math.exp(statistics.median(errors)) if errors else None,
            "median_abs_log_ratio_musd": statistics.median(money) if money else None,
            "hits": sum(row.short == row.short_published for row in self.rows),
            "hit_rate": sum(row.short == row.short_published for row in self.rows) / len(self.rows)
            if self.rows
            else None,
            "spearman": spearman(pairs),
            "spearman_musd": spearman(
                [
                    (row.published_musd, row.predicted_musd)
                    for row in self.rows
                    if row.published_musd is not None and row.predicted_musd is not None
                ]
            ),
            "band_coverage": sum(inside) / len(inside) if inside else None,
            "share_rule": self.rules.share,
        }


def compare_with(
    path: Path,
    *,
    rules: Switches | None = None,
    factors: Factors | None = None,
    draws: int = 400,
    year: int = YEAR,
) -> Comparison:
    """Compare every row of a reference file."""
    rules = rules or Switches()
    published = read_published(path)
    named = {row.line: find_form(row.material) for row in published}
    wanted = sorted({form for form in named.values() if form is not None})
    plan = size(USER, year, wanted=wanted, rules=rules, factors=factors, draws=draws)
    sized = {item.form.form: item for item in plan.sized}
    return Comparison(tuple(_compare(row, named[row.line], sized) for row in published), rules)


def fit_to(path: Path, *, rules: Switches | None = None, year: int = YEAR) -> Fit:
    """Fit the bounded factors on the rows of a reference file that are known by material and unit."""
    rules = rules or Switches()
    found = []
    published = read_published(path)
    named = {row.line: find_form(row.material) for row in published}
    wanted = sorted({form for form in named.values() if form is not None})
    sized = {item.form.form: item for item in size(USER, year, wanted=wanted, rules=rules, draws=1).sized}
    for row in published:
        form = named[row.line]
        if form is None:
            continue
        found.append(Observed(sized[form].market, tonnes(row.quantity, row.unit, forms()[form])))
    return fit(found, rules, year=year, studied=studied(USER, year))


def _compare(row: Published, form: str | None, sized: dict[str, Sized]) -> Compared:
    if form is None:
        near = nearest_form(row.material)
        why = f"line {row.line}: no material or form of that name" + (f"; nearest: {near}" if near else "")
        return _unknown(row, "", why)
    item = sized[form]
    try:
        published = tonnes(row.quantity, row.unit, forms()[form])
    except UnitError as error:
        return _unknown(row, form, f"line {row.line}: {error.problem}")
    predicted = item.chance.if_short if item.chance.probability >= POSSIBLE else 0.0
    floored = max(predicted, FLOOR * item.market.use)
    ratio = math.log(floored / published) if published > 0 and floored > 0 else None
    implied = row.musd * 1e6 / published if row.musd is not None and published > 0 else None
    return Compared(
        material=row.material,
        form=form,
        published_t=published,
        predicted_t=predicted,
        expected_t=item.chance.expected,
        low_t=item.chance.band_low,
        high_t=item.chance.band_high,
        published_musd=row.musd,
        predicted_musd=predicted * item.market.price.central / 1e6,
        predicted_musd_published_price=None if implied is None else predicted * implied / 1e6,
        probability=item.chance.probability,
        short_published=row.quantity > 0,
        short=item.short,
        log_ratio=ratio,
        inside=item.chance.band_low <= published <= item.chance.band_high,
        why="; ".join(item.market.notes),
    )


def _unknown(row: Published, form: str, why: str) -> Compared:
    return Compared(
        row.material,
        form,
        *(None, None, None, None, None, row.musd, None, None, None),
        row.quantity > 0,
        *(None, None, None),
        why,
    )


def spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    r"""Rank correlation, ties at their mean rank; None with fewer than three pairs or no spread.

    .. math:: \rho = \operatorname{corr}(\operatorname{rank} x, \operatorname{rank} y)
    """
    if len(pairs) < 3:
        return None
    x, y = (_ranks(np.array(values, dtype=float)) for values in zip(*pairs, strict=True))
    if x.std() == 0 or y.std() == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def _ranks(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Any:
    return np.array([(values < v).sum() + ((values == v).sum() + 1) / 2.0 for v in values])


def factor_lines(found: Fit) -> list[str]:
    """The fit in plain lines, beside what ships."""
    shipped = central_factors()
    from lodestock.reserve.requirements.fit import GRID

    lines = [
        f"{name} {getattr(found.factors, name):.3g} (shipped {getattr(shipped, name):.3g})" for name in GRID
    ]
    lines.append(
        f"median |ln ratio| {found.median_inside:.3f} on the rows fitted, {found.median_outside:.3f} left out"
    )
    return lines
