"""The weekly path of a scenario: its export controls, outages and demand shocks as events.

A scenario states when a measure starts, not when it was announced: both dates are the start. One home per
run: the countries that control exports, else those hit by an outage, else everybody's demand shift is abroad.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.base import REST, Base, base_of
from lodestock.disruption.events import Event
from lodestock.disruption.output_loss import LostOutput, lost_output
from lodestock.disruption.parameters import parameters_of, sample
from lodestock.disruption.path import Path, run
from lodestock.disruption.stress import line_stop
from lodestock.policy.terms import DemandShock, ExportBan, ExportLicence, ExportQuota, Outage, Term
from lodestock.scenario.resolved import ResolvedScenario
from lodestock.world.model import World

FloatArray = NDArray[np.float64]
LEAD_WEEKS = 8
WEEKS = 86


@dataclass(frozen=True)
class Weekly:
    """A path, the stage it is about and what of the scenario it leaves out."""

    material: str
    stage: str
    path: Path
    left_out: tuple[str, ...]
    """Names of instruments and shocks of the material that the weekly model does not run."""
    line_stop_weeks: float | None
    line_stop_country: str
    effect: date
    """First day on which something holds."""
    lost: tuple[LostOutput, ...]
    """Output lost over the run by country and end use; empty at a stage before the last."""


def weekly(resolved: ResolvedScenario, material: str, *, draws: int, seed: int) -> Weekly | None:
    """Run the scenario's own case for one material; None when nothing in it is an event of this model."""
    from lodestock.world.cache import load_world

    terms = [t for t in (*resolved.case.instruments, *resolved.case.shocks) if t.material == material]
    controls = [t for t in terms if isinstance(t, ExportBan | ExportLicence | ExportQuota)]
    outages = [t for t in terms if isinstance(t, Outage) and t.lost_share is not None]
    surges = [t for t in terms if isinstance(t, DemandShock) and t.change_share is not None and not t.end_use]
    if not controls and not outages:
        return None
    stage = (controls or outages)[0].stage
    home = {c for t in controls for c in t.exporters} or {c for t in outages for c in t.countries}
    world = load_world(material, resolved.base_year)
    known = tuple(country for country in sorted(home) if country in world.countries)
    if not known:
        return None
    base = base_of(world, known, stage)
    values = sample(parameters_of(material), max(draws, 1), seed)
    events: list[Event] = []
    run_terms: list[Term] = []
    for term in (*controls, *outages, *surges):
        found = _events(term, base, world, known, stage)
        if found:
            events += found
            run_terms.append(term)
            values = _stated(term, values)
    if not events:
        return None
    start = min(event.announced for event in events) - timedelta(weeks=LEAD_WEEKS)
    path = run([base], events, values, start=start, weeks=WEEKS)[0]
    names = {term.name for term in run_terms}
    stop, country = line_stop(path)
    weeks = None if stop is None else max(0.0, stop - LEAD_WEEKS)
    left_out = tuple(dict.fromkeys(term.name for term in terms if term.name not in names))
    lost = lost_output(path, world) if stage == world.last_stage else ()
    effect = min(event.effective for event in events)
    return Weekly(material, stage, path, left_out, weeks, country, effect, lost)


def _events(term: Term, base: Base, world: World, home: Sequence[str], stage: str) -> list[Event]:
    """Events of one term; none when it is about another stage or other countries."""
    if term.stage != stage and not isinstance(term, DemandShock):
        return []
    if isinstance(term, Outage):
        if set(term.countries) & set(home) != set(term.countries) or term.lost_share is None:
            return []
        share = term.lost_share * _share_of_home(term, world, home, stage)
        return [_event(term, "outage", share=share, ends_known=True)]
    if isinstance(term, DemandShock):
        change = term.change_share or 0.0
        hit = set(term.countries)
        found = []
        if hit & set(home):
            found.append(_event(term, "surge", share=change, market="home"))
        use = float(base.use.sum())
        share = sum(u for c, u in zip(base.countries, base.use, strict=True) if c in hit) / max(use, 1e-300)
        if share > 0:
            found.append(_event(term, "surge", share=change * share, market="abroad"))
        return found
    if isinstance(term, ExportBan):
        barred = set(term.importers) & set(base.countries)
        return [_event(term, "ban", destinations=_inside(term.importers, base))] if barred else []
    if isinstance(term, ExportQuota):
        if term.shared:
            return []
        tonnes = term.limit_t
        if tonnes is None:
            tonnes = (term.share_of_base or 0.0) * float(base.exports.sum())
        return [_event(term, "quota", tonnes=tonnes)]
    assert isinstance(term, ExportLicence)
    shares = dict(zip(term.importers, term.plateau_share, strict=True))
    return [
        _event(
            term,
            "licence",
            plateau=share,
            destinations=_inside([c for c, value in shares.items() if value == share], base),
        )
        for share in dict.fromkeys(value for c, value in shares.items() if c in base.countries)
    ]


def _share_of_home(term: Outage, world: World, home: Sequence[str], stage: str) -> float:
    output = world.available(stage)
    hit = sum(float(output[world.index(c)]) for c in term.countries if c in world.countries)
    return hit / max(sum(float(output[world.index(c)]) for c in home), 1e-300)


def _inside(countries: Sequence[str], base: Base) -> tuple[str, ...]:
    """The destinations among the countries of the base; all of them, the unnamed pool apart, as ()."""
    found = tuple(c for c in base.countries if c in countries)
    everybody = {c for c in base.countries if c != REST} <= set(found)
    return () if everybody else found


def _event(
    term: Term,
    kind: str,
    *,
    share: float | None = None,
    tonnes: float | None = None,
    market: str = "home",
    plateau: float | None = None,
    destinations: tuple[str, ...] = (),
    ends_known: bool = False,
) -> Event:
    return Event(
        kind,
        term.start,
        term.start,
        ends=term.end,
        ends_announced=term.start if ends_known else None,
        destinations=destinations,
        share=share,
        tonnes=tonnes,
        market=market,
        plateau=plateau,
        source=term.source,
    )


def _stated(term: Term, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Parameters with what the term itself states in place of the table's."""
    known = dict(values)
    draws = len(known["look_ahead"])
    if isinstance(term, ExportLicence):
        known["freeze_months"] = np.full(draws, term.freeze_months)
        known["freeze_share"] = np.full(draws, term.freeze_share)
        known["ramp_months"] = np.full(draws, term.ramp_months)
    leak = getattr(term, "leak", None)
    if leak is not None:
        known["leak_share"] = np.full(draws, leak.share)
    return known
