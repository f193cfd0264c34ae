"""From events to schedules: what is known of the future from each announcement on.

A *regime* is the list of events known from one date to the next. Each regime has its own view of the whole
future, so that a price can only depend on what has been announced by its day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption import template
from lodestock.disruption.base import Base
from lodestock.disruption.events import EXPORT_CONTROLS, RUMOUR_WEIGHT, Event

FloatArray = NDArray[np.float64]
YEAR = 365.25
MONTH = 1.0 / 12.0
LARGEST_FLOW = 1.5
"""Multiple of the base flow that ports and works can ship when nothing limits them."""


@dataclass(frozen=True)
class Regime:
    """One view of the future, from ``start`` (step) on; arrays (draw, destination, time) or (draw, time)."""

    start: int
    limit: FloatArray
    """Largest licit flow by destination, multiple of base."""
    push: FloatArray
    """Flow that is shipped whatever the price (pull-forward), multiple of base; zero elsewhere."""
    leak: FloatArray
    """Flow through third countries, multiple of base, by destination."""
    output: FloatArray
    """Output at home that can run, multiple of base, (draw, time)."""
    use_home: FloatArray
    use_abroad: FloatArray
    imports: FloatArray
    quota: FloatArray
    """Shared yearly tonnage, t/yr, (time,); infinite where none holds."""
    tax: FloatArray
    """Export tax beyond that of the base year, share of the price abroad, (time,)."""
    unrefunded: FloatArray
    """Tax on value added no longer refunded on exports, share of the price at home, (time,)."""
    fear: FloatArray
    """Wish for more cover, weight of the precaution parameter, (draw, time)."""


def regimes(
    events: Sequence[Event],
    base: Base,
    values: Mapping[str, FloatArray],
    *,
    start: date,
    steps: int,
    ahead: int,
    dt: float,
    shared: float,
) -> tuple[Regime, ...]:
    """One regime per date on which something becomes known, and the empty one at step zero.

    ``steps + ahead`` times are covered; ``dt`` is the step in years, ``shared`` the base exports of all
    products together, which a quota is held against.
    """
    dates = sorted({day for event in events for day in _news(event)})
    found = [_regime((), base, values, start, 0, steps + ahead, dt, None, shared)]
    for day in dates:
        first = max(0, int(np.ceil(((day - start).days / YEAR) / dt - 1e-9)))
        known = tuple(_as_known(event, day) for event in events if event.known <= day)
        found.append(_regime(known, base, values, start, first, steps + ahead, dt, day, shared))
    return tuple(found)


def _news(event: Event) -> tuple[date, ...]:
    dates = [event.announced]
    if event.rumour:
        dates.append(event.rumour)
    if event.ends and event.ends_announced and event.ends_announced > event.announced:
        dates.append(event.ends_announced)
    return tuple(dates)


def _as_known(event: Event, day: date) -> Event:
    """The event without an end that is not yet known on that day."""
    if event.ends and event.ends_announced and event.ends_announced > day:
        return replace(event, ends=None, ends_announced=None)
    return event


def _regime(
    events: Sequence[Event],
    base: Base,
    values: Mapping[str, FloatArray],
    start: date,
    first: int,
    total: int,
    dt: float,
    day: date | None,
    shared: float,
) -> Regime:
    draws = len(next(iter(values.values())))
    places = len(base.countries)
    time: FloatArray = np.arange(total, dtype=np.float64) * dt
    limit = np.full((draws, places, total), LARGEST_FLOW)
    push = np.zeros((draws, places, total))
    output, use_home, use_abroad, imports = (np.ones((draws, total)) for _ in range(4))
    closed = np.zeros(total)
    quota = np.full(total, np.inf)
    tax, unrefunded = np.zeros(total), np.zeros(total)
    fear = np.zeros((draws, total))
    base_share = base.exports / max(float(base.exports.sum()), 1e-300)
    for event in events:
        announced: FloatArray = np.asarray(time - (event.announced - start).days / YEAR)
        effect: FloatArray = np.asarray(time - (event.effective - start).days / YEAR)
        end = np.inf if event.ends is None else (event.ends - start).days / YEAR
        holds = (effect >= -1e-12) & (time < end)
        sure = day is not None and event.announced <= day
        weight = 1.0 if sure else RUMOUR_WEIGHT
        age = np.maximum(announced, 0.0) if sure else np.maximum(time - time[first], 0.0)
        severity = np.zeros(draws)
        if event.type in EXPORT_CONTROLS or event.type == "closure":
            where = np.array([not event.destinations or c in event.destinations for c in base.countries])
            if sure:
                flow = _flow(event, announced, effect, values, draws, total)
                window = (announced >= -1e-12) & (time < end)
                shape = np.where(window[None, :], flow, LARGEST_FLOW)
                early = (effect < 0) & (announced >= -1e-12)
                rush = np.maximum(values["pull_forward"], 1.0)[:, None]
                limit[:, where] = np.minimum(limit[:, where], np.where(early[None, :], rush, shape)[:, None])
                if event.type == "licence":
                    push[:, where] = np.where(early[None, :], shape, 0.0)[:, None]
            if event.type == "quota" and event.tonnes is not None and sure:
                quota = np.where(holds, np.minimum(quota, event.tonnes), quota)
            lost = _lost(event, values, draws, shared)
            severity = lost * float(base_share[where].sum()) * base.dependence
        elif event.type == "outage" and event.share is not None:
            share = event.share
            length = (
                values["outage_months"] * MONTH
                if event.ends is None
                else np.full(draws, (event.ends - event.effective).days / YEAR)
            )
            if sure:
                restart = values["restart_months"] * MONTH
                output = output * template.outage(effect, share=share, length=length, restart=restart)
            world = base.home_supply + float(base.supply.sum())
            severity = np.full(draws, share * base.home_supply / world)
        elif event.type == "surge" and event.share is not None and sure:
            rise = np.where(holds, event.share, 0.0)[None, :]
            if event.market == "home":
                use_home = use_home * (1.0 + rise)
            else:
                use_abroad = use_abroad * (1.0 + rise)
        elif event.type == "retaliation" and sure:
            left = 0.0 if event.share is None else 1.0 - event.share
            imports = np.where(holds[None, :], np.minimum(imports, left), imports)
        elif event.type == "export_tax" and sure:
            tax = np.where(holds, np.maximum(tax, event.rate or 0.0), tax)
            unrefunded = np.where(holds, np.maximum(unrefunded, event.refund_lost or 0.0), unrefunded)
        elif event.type == "enforcement" and event.share is not None and sure:
            closed = np.where(holds, np.maximum(closed, event.share), closed)
        if event.ends is not None:
            severity = severity * np.minimum(
                (event.ends - event.effective).days / YEAR / values["look_ahead"], 1.0
            )
        decay = np.exp(-age[None, :] / np.maximum(values["precaution_years"], 1e-9)[:, None])
        fear = np.maximum(fear, weight * severity[:, None] * decay)
    leak = _leak(limit, closed, values, dt)
    return Regime(
        first, limit, push, leak, output, use_home, use_abroad, imports, quota, tax, unrefunded, fear
    )


def _flow(
    event: Event,
    announced: FloatArray,
    effect: FloatArray,
    values: Mapping[str, FloatArray],
    draws: int,
    total: int,
) -> FloatArray:
    """Licit flow that one control allows, multiple of base, (draw, time)."""
    if event.type == "licence":
        plateau = values["plateau"] if event.plateau is None else np.full(draws, event.plateau)
        covered = 1.0 if event.share is None else event.share
        multiple = template.licence(
            announced,
            effect,
            pull_forward=values["pull_forward"],
            freeze=values["freeze_months"] * MONTH,
            freeze_share=values["freeze_share"],
            ramp=values["ramp_months"] * MONTH,
            plateau=plateau,
        )
        return 1.0 - covered + covered * multiple
    if event.type == "quota":
        return np.full((draws, total), LARGEST_FLOW)
    left = 1.0 - event.share if event.type == "closure" and event.share is not None else 0.0
    return np.full((draws, total), left)


def _lost(event: Event, values: Mapping[str, FloatArray], draws: int, shared: float) -> FloatArray:
    """Largest share of the flow that a control takes away, (draw,)."""
    if event.type == "licence":
        plateau = values["plateau"] if event.plateau is None else np.full(draws, event.plateau)
        frozen = np.where(values["freeze_months"] > 0, 1.0 - values["freeze_share"], 0.0)
        covered = 1.0 if event.share is None else event.share
        return np.asarray(covered * np.maximum(frozen, np.maximum(1.0 - plateau, 0.0)))
    if event.type == "closure":
        return np.full(draws, event.share)
    if event.type == "quota" and event.tonnes is not None:
        return np.full(draws, max(0.0, 1.0 - event.tonnes / max(shared, 1e-300)))
    return np.ones(draws)


def _leak(limit: FloatArray, closed: FloatArray, values: Mapping[str, FloatArray], dt: float) -> FloatArray:
    r"""Flow through third countries, multiple of base.

    .. math:: L(t) = \ell \, \max(0, 1 - m(t - lag)) \, (1 - e(t))
    """
    blocked = np.maximum(0.0, 1.0 - limit)
    total = limit.shape[2]
    steps = np.arange(total)[None, :] - (values["leak_lag_months"] * MONTH / dt)[:, None]
    low = np.clip(np.floor(steps).astype(int), 0, total - 1)
    lagged = np.take_along_axis(blocked, np.broadcast_to(low[:, None, :], blocked.shape), axis=2)
    lagged = np.where((steps >= 0)[:, None, :], lagged, 0.0)
    result: FloatArray = values["leak_share"][:, None, None] * lagged * (1.0 - closed)[None, None, :]
    return result


def date_of(start: date, step: int, dt: float) -> date:
    """Calendar day of a step."""
    return start + timedelta(days=round(step * dt * YEAR))
