"""A scenario as the solver reads it: plain frozen values, countries spelt out, canonical units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from lodestock.policy.terms import Instrument, Shock


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A set of countries that share reference prices. ``members`` are ISO 3166 alpha-3, sorted."""

    name: str
    members: tuple[str, ...]
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    r"""How long markets have had to adapt.

    Elasticities between the short and the long run are interpolated geometrically with weight
    :math:`w = \mathrm{clip}((T - 1)/4, 0, 1)` on the long run, T in years.
    """

    years: float

    @property
    def long_run_weight(self) -> float:
        """Return w: 0 up to one year, 1 from five years on."""
        return min(max((self.years - 1.0) / 4.0, 0.0), 1.0)

    @property
    def name(self) -> str:
        """Return ``short``, ``long`` or ``medium``."""
        weight = self.long_run_weight
        return "short" if weight == 0.0 else "long" if weight == 1.0 else "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to solve: number of ``draws`` over the assumption ranges, their ``seed``, the friction multiple."""

    draws: int = 200
    seed: int = 20240101
    friction: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodPlan:
    """Periods to solve beside the year evaluated.

    Parameters
    ----------
    first : a year ``2026``, a quarter ``2026-Q1`` or a month ``2026-01``; ``count`` of them.
    days : first day of each period.
    foresight : ``perfect`` or ``rolling``.
    interest : on stocks, a fraction per year.
    """

    first: str
    count: int
    days: tuple[date, ...]
    foresight: str = "perfect"
    interest: float = 0.08

    @property
    def months(self) -> int:
        """Length of every period."""
        first, second = self.days[:2]
        return 12 * (second.year - first.year) + second.month - first.month


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One set of instruments and shocks to solve: the scenario itself or an alternative to it.

    ``instruments`` and ``shocks`` are those in force on the scenario's evaluation day, in order of start;
    ``not_in_force`` are the others, kept so that a reader sees that they were read. ``places`` tells file,
    line and key path of every entry by name.
    """

    name: str
    title: str
    note: str
    instruments: tuple[Instrument, ...]
    shocks: tuple[Shock, ...]
    not_in_force: tuple[Instrument | Shock, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedScenario:
    """Everything a run needs, with nothing left to look up in the file.

    Parameters
    ----------
    name : slug, from the file name.
    evaluate_on : the day on which instruments count as in force (the year that starts then is solved).
    zones : every zone defined; ``zone`` is the main one, or None.
    materials : slugs, in the order given.
    case : the scenario itself; ``alternatives`` are compared with it.
    extends : names of the scenarios it builds on, nearest first.
    sources, note : of the whole scenario.
    """

    name: str
    title: str
    question: str
    base_year: int
    materials: tuple[str, ...]
    horizon: Horizon
    evaluate_on: date
    zone: Zone | None
    zones: tuple[Zone, ...]
    case: Case
    alternatives: tuple[Case, ...]
    options: Options
    periods: PeriodPlan | None = None
    extends: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    note: str = ""
