"""The weekly path of a scenario: its controls, outages, closures and demand shocks as events.

Home are the countries of the first export control; without one those hit by the outages; without one the side
of a closed corridor that ships.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lodestock.disruption.base import base_of
from lodestock.disruption.corridors import home_of
from lodestock.disruption.events import Event
from lodestock.disruption.output_loss import LostOutput, lost_output
from lodestock.disruption.path import Path, run
from lodestock.disruption.posterior import draw
from lodestock.disruption.stress import line_stop
from lodestock.disruption.term_events import Setting, events_of, stated
from lodestock.policy.terms import Closure, ExportBan, ExportLicence, ExportQuota, ExportTax, Outage, Term
from lodestock.scenario.resolved import ResolvedScenario
from lodestock.world.model import World

LEAD_WEEKS = 8
WEEKS = 86
CONTROLS = ExportBan | ExportLicence | ExportQuota | ExportTax


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
    """Output lost over the run by country and end use."""


def weekly(resolved: ResolvedScenario, material: str, *, draws: int, seed: int) -> Weekly | None:
    """Run the scenario's own case for one material; None when nothing in it is an event of this model.

    What starts after the day of evaluation has its place in the path, on its own date.
    Materials under a quota that they share run together, at its one rent.
    """
    from lodestock.world.cache import load_world

    later = [term for term in resolved.case.not_in_force if term.start > resolved.evaluate_on]
    every = (*resolved.case.instruments, *resolved.case.shocks, *later)
    terms = [term for term in every if term.material == material]
    stage = next(
        (t.stage for kind in (CONTROLS, Outage, Closure) for t in terms if isinstance(t, kind)), None
    )
    if stage is None:
        return None
    world = load_world(material, resolved.base_year)
    home = _home(terms, world, stage)
    if not home:
        return None
    together = [material, *_sharing(terms, every, material)]
    worlds = [world, *(load_world(other, resolved.base_year) for other in together[1:])]
    settings = [Setting(base_of(one, home, stage), one, home, stage) for one in worlds]
    run_terms: list[Term] = []
    events: list[Event] = []
    for term in terms:
        found = events_of(term, settings[0])
        if found:
            events += found
            run_terms.append(term)
    if not events:
        return None
    values = stated(run_terms, draw(material, max(draws, 1), seed))
    start = min(event.known for event in events) - timedelta(weeks=LEAD_WEEKS)
    effect = min(event.effective for event in events)
    weeks = WEEKS + (effect - start).days / 7 - LEAD_WEEKS
    path = run([setting.base for setting in settings], events, values, start=start, weeks=weeks)[0]
    stop, country = line_stop(path)
    since = None if stop is None else max(0.0, stop - (effect - start).days / 7)
    names = {term.name for term in run_terms}
    left_out = tuple(dict.fromkeys(term.name for term in terms if term.name not in names))
    lost = lost_output(path, world)
    return Weekly(material, stage, path, left_out, since, country, effect, lost)


def _home(terms: Sequence[Term], world: World, stage: str) -> tuple[str, ...]:
    """Countries of the world that the events start from, in order."""
    control = next((term for term in terms if isinstance(term, CONTROLS)), None)
    if control is not None:
        named = set(control.exporters)
    else:
        named = {country for term in terms if isinstance(term, Outage) for country in term.countries}
    if not named:
        closed = next((term for term in terms if isinstance(term, Closure)), None)
        if closed is not None:
            named = set(home_of(world, stage, closed.corridor) if closed.corridor else closed.exporters)
    return tuple(country for country in sorted(named) if country in world.countries)


def _sharing(terms: Sequence[Term], every: Sequence[Term], material: str) -> list[str]:
    """Other materials under a quota that this one shares."""
    shared = {term.name for term in terms if isinstance(term, ExportQuota) and term.shared}
    return [
        term.material
        for term in every
        if isinstance(term, ExportQuota) and term.name in shared and term.material != material
    ]
