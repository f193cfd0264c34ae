"""Instruments and shocks of a scenario as dated events of the weekly model.

The announcement of an entry is its start where the file states none; nothing knows of it before. One home per
run: whose controls, outages or corridor the scenario is about. A ban by others on exports to home is their
retaliation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.base import REST, Base
from lodestock.disruption.corridors import held_up_from
from lodestock.disruption.events import Event
from lodestock.disruption.schedule import LARGEST_FLOW, YEAR
from lodestock.policy.terms import (
    Closure,
    DemandShock,
    Enforcement,
    ExportBan,
    ExportLicence,
    ExportQuota,
    ExportTax,
    Outage,
    Term,
)
from lodestock.world.model import World

FloatArray = NDArray[np.float64]
WEEKS_OF_A_CLOSURE = 52.0
"""How long a closure without an end holds goods up where there is no other way."""


@dataclass(frozen=True)
class Setting:
    """What a term is read against."""

    base: Base
    world: World
    home: tuple[str, ...]
    stage: str


def events_of(term: Term, setting: Setting) -> list[Event]:
    """Events of one term; none when it is about another stage, other countries, or no event of this model."""
    if term.stage != setting.stage and not isinstance(term, DemandShock):
        return []
    if isinstance(term, ExportBan) and not set(term.exporters) & set(setting.home):
        return _retaliation(term, setting)
    if isinstance(term, ExportBan | ExportQuota | ExportLicence | ExportTax | Enforcement):
        if set(term.exporters) & set(setting.home) != set(setting.home):
            return []
        return _control(term, setting)
    if isinstance(term, Outage):
        return _outage(term, setting)
    if isinstance(term, DemandShock):
        return _demand(term, setting)
    if isinstance(term, Closure):
        return _closure(term, setting)
    return []


def _control(
    term: ExportBan | ExportQuota | ExportLicence | ExportTax | Enforcement, setting: Setting
) -> list[Event]:
    base = setting.base
    if isinstance(term, Enforcement):
        return [_event(term, "enforcement", share=term.share)]
    if isinstance(term, ExportBan):
        barred = set(term.importers) & set(base.countries)
        return [_event(term, "ban", destinations=_inside(term.importers, base))] if barred else []
    if isinstance(term, ExportQuota):
        tonnes = term.limit_t
        if tonnes is None:
            tonnes = (term.share_of_base or 0.0) * float(base.exports.sum())
        return [_event(term, "quota", tonnes=tonnes / term.counted)]
    if isinstance(term, ExportTax):
        if _inside(term.importers, base):
            return []
        specific = 0.0 if term.specific is None else term.specific.at(base.price) / base.price
        return [_event(term, "export_tax", rate=min(term.ad_valorem + specific, 0.99))]
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


def _retaliation(term: ExportBan, setting: Setting) -> list[Event]:
    if not set(setting.home) <= set(term.importers):
        return []
    flows, world = setting.world.flows[setting.stage], setting.world
    here = np.isin(world.countries, setting.home)
    acting = np.isin(world.countries, term.exporters) & ~here
    total = float(flows[~here][:, here].sum())
    share = float(flows[acting][:, here].sum()) / total if total > 0 else 0.0
    return [_event(term, "retaliation", share=min(share, 1.0))] if share > 0 else []


def _outage(term: Outage, setting: Setting) -> list[Event]:
    world, home = setting.world, setting.home
    if not set(term.countries) <= set(home):
        return []
    output = world.available(setting.stage)
    hit = sum(float(output[world.index(c)]) for c in term.countries)
    lost = term.lost_t if term.lost_t is not None else (term.lost_share or 0.0) * hit
    whole = sum(float(output[world.index(c)]) for c in home)
    return [_event(term, "outage", share=min(lost / max(whole, 1e-300), 1.0), ends_known=True)]


def _demand(term: DemandShock, setting: Setting) -> list[Event]:
    base, world = setting.base, setting.world
    hit = set(term.countries)
    part = 1.0
    if term.end_use is not None:
        part = sum(end.share for end in world.use.end_uses if end.name == term.end_use)
    abroad = sum(float(u) for c, u in zip(base.countries, base.use, strict=True) if c in hit)
    here = base.home_use if hit & set(setting.home) else 0.0
    change = (term.change_share or 0.0) * part
    if term.change_t is not None:
        change = term.change_t / max(abroad + here, 1e-300)
    found = []
    if here > 0:
        found.append(_event(term, "surge", share=change, market="home"))
    if abroad > 0:
        share = abroad / max(float(base.use.sum()), 1e-300)
        found.append(_event(term, "surge", share=change * share, market="abroad"))
    return found


def _closure(term: Closure, setting: Setting) -> list[Event]:
    weeks = WEEKS_OF_A_CLOSURE if term.end is None else (term.end - term.start).days / 7
    if not term.corridor:
        if not set(setting.home) <= set(term.exporters):
            return []
        event = _event(term, "closure", share=term.share, destinations=_inside(term.importers, setting.base))
        return [replace(event, ends=event.effective + timedelta(days=round(7 * weeks)))]
    exporters = [country for country in setting.home if country in term.exporters]
    found = []
    for group in held_up_from(setting.world, setting.stage, term.corridor, exporters, setting.home):
        places = tuple(c for c in group.destinations if c in term.importers and c in setting.base.countries)
        days = round(7 * min(weeks, group.weeks))
        if places and days > 0:
            event = _event(term, "closure", share=term.share * group.share, destinations=places)
            ends = event.effective + timedelta(days=days)
            found.append(replace(event, ends=ends, ends_announced=event.announced))
    return found


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
    rate: float | None = None,
    destinations: tuple[str, ...] = (),
    ends_known: bool = False,
) -> Event:
    announced = term.announced or term.start
    return Event(
        kind,
        announced,
        term.start,
        rumour=term.rumour,
        ends=term.end,
        ends_announced=announced if ends_known and term.end else None,
        destinations=destinations,
        share=share,
        tonnes=tonnes,
        market=market,
        plateau=plateau,
        rate=rate,
        source=term.source,
    )


def stated(terms: Sequence[Term], values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Parameters with what the terms themselves state in place of the table's.

    As in the yearly model nothing leaks where no control states a leak; a stated range is drawn evenly.
    """
    known = dict(values)
    if not any(getattr(term, "leak", None) for term in terms):
        known["leak_share"] = np.zeros_like(known["leak_share"])
    for term in terms:
        known = _stated(term, known, values["leak_share"])
    return known


def _stated(term: Term, values: Mapping[str, FloatArray], drawn: FloatArray) -> dict[str, FloatArray]:
    known = dict(values)
    draws = len(known["look_ahead"])
    if isinstance(term, ExportLicence):
        known["freeze_months"] = np.full(draws, term.freeze_months)
        known["freeze_share"] = np.full(draws, term.freeze_share)
        known["ramp_months"] = np.full(draws, term.ramp_months)
        years = (term.start - (term.announced or term.start)).days / YEAR
        if years > 0:
            rush = min(1.0 + term.pull_forward_share / years, LARGEST_FLOW)
            known["pull_forward"] = np.full(draws, rush)
    leak = getattr(term, "leak", None)
    if leak is not None:
        # rank of the drawn leak, so that the range stated is used and the first draw stays central
        rank = np.argsort(np.argsort(drawn)) / max(draws - 1, 1)
        spread = np.interp(rank, [0.0, 0.5, 1.0], [leak.low, leak.share, leak.high])
        spread[0] = leak.share
        known["leak_share"] = spread
        if leak.lag_months > 0:
            known["leak_lag_months"] = np.full(draws, leak.lag_months)
    return known
