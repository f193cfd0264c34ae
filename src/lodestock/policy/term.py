"""What every instrument and shock says, in canonical units: amounts, leaks, dates and phases.

Units: t contained per year, USD per t contained, fractions, ISO 3166 alpha-3, dates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

TREASURY = "treasury"
LICENCE_HOLDERS = "licence_holders"
IMPORTERS = "importers"
EXPORTERS = "exporters"
RESERVE = "reserve"
"""Who keeps a rent: of an export control the exporter's treasury, whoever holds a licence there, or the
importers; of a tariff-rate quota the importer's treasury, whoever holds a licence there, or the exporters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A price or rate per tonne, either absolute or as a multiple of the base-year reference price.

    Exactly one of the two fields is set.

    Parameters
    ----------
    usd_per_t : USD per t contained.
    multiple_of_base : fraction of the base-year reference price of the same material and stage.
    written : as the author wrote it, where that is per mass of a compound; words only.
    """

    usd_per_t: float | None = None
    multiple_of_base: float | None = None
    written: str = field(default="", compare=False)

    def at(self, base_price: float) -> float:
        """Return USD per t contained, given the base-year reference price in USD per t contained."""
        if self.usd_per_t is not None:
            return self.usd_per_t
        return (self.multiple_of_base or 0.0) * base_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """What comes round an export control all the same, as a share of the base flow that it blocks.

    Parameters
    ----------
    share : fraction, 0 to 1; what is solved.
    low, high : range of the share that draws vary; both equal to ``share`` where none is stated.
    source : where the share comes from, where that differs from the control's own source.
    lag_months : how long it takes until goods come round; over T months the mean share is
        :math:`\\ell (1 - L / T)^+`.
    """

    share: float
    low: float
    high: float
    source: str = ""
    lag_months: float = 0.0

    def mean_share(self, months: float, after: float = 0.0) -> float:
        """Mean share over ``months`` that begin ``after`` months from the start; whole where endless."""
        late = min(max(self.lag_months - after, 0.0), months)
        return self.share * (1.0 - late / months)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What every instrument and shock has: one material, one stage, a name and dates.

    One entry of a scenario file that lists several materials becomes several terms with the same ``name``;
    (name, material, stage) is unique within a case.

    Parameters
    ----------
    name : the name given in the scenario.
    material, stage : the market it acts on.
    start : first day in force.
    announced, rumour : days on which it became known, and was first talked of; the start where absent. Only
        the weekly model tells them apart.
    end : first day no longer in force; None while open-ended.
    source, note : where the figures come from, and what a reader should know.
    """

    name: str
    material: str
    stage: str
    start: date
    end: date | None = None
    source: str = ""
    note: str = ""
    announced: date | None = None
    rumour: date | None = None

    def in_force(self, day: date) -> bool:
        """Tell whether the term acts on ``day``: start <= day < end."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A step of a phase-in: from ``start`` on, ``share`` of the whole measure is in force."""

    start: date
    share: float


def share_in_force(phases: tuple[Phase, ...], day: date) -> float:
    """Share of the last step that has begun by ``day``; 0 before the first, 1 without any step."""
    if not phases:
        return 1.0
    begun = sorted((phase.start, phase.share) for phase in phases if phase.start <= day)
    return begun[-1][1] if begun else 0.0
