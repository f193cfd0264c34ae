"""Replay an episode and read off, for every scored point, what each parameter draw says.

Scored are moves: the log of a price over the last point of its own series before the episode (or over the
base that the episode cites, or over its first point); the share of the base flow of an export; the log of a
ratio of abroad over home.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.base import Base
from lodestock.disruption.dates import Span
from lodestock.disruption.episode import Episode, Reference
from lodestock.disruption.given import mentions, spellings
from lodestock.disruption.past import bases_of
from lodestock.disruption.path import WEEK, Path, run
from lodestock.disruption.points import Point
from lodestock.disruption.reach import in_reach, with_corridors
from lodestock.disruption.schedule import YEAR
from lodestock.errors import UnknownNameError

FloatArray = NDArray[np.float64]
LEAD_WEEKS = 4
FLOWS = ("exports", "arrivals", "leak")
"""What a quantity can measure: departures, what comes in abroad, what takes the detour."""
LONGEST_WEEKS = 520.0
"""Points that lie further on are not scored."""
MONTH_DAYS = 365.25 / 12
LEAST_SHARE = 1e-3
"""Share of supply abroad below which what home does moves nothing."""


@dataclass(frozen=True)
class Item:
    """One scored point: what was observed (low, middle, high) and what every draw predicts."""

    episode: str
    series: str
    market: str
    kind: str
    """price or ratio: log move; flow: multiple of base."""
    span: Span
    reference: Span | None
    observed: tuple[float, float, float]
    weight: str
    predicted: FloatArray
    product: int
    source: str


@dataclass(frozen=True)
class Replay:
    """An episode, run: its bases, paths and items."""

    episode: Episode
    bases: tuple[Base, ...]
    paths: tuple[Path, ...]
    items: tuple[Item, ...]
    unscored: tuple[str, ...]
    """Points that are not scored, with the reason."""


def replay(episode: Episode, values: Mapping[str, FloatArray]) -> Replay:
    """Run an episode for every draw of the parameters."""
    episode = with_corridors(in_reach(episode))
    bases = bases_of(episode)
    first = min(*(event.known for event in episode.events), episode.as_of)
    start = first - timedelta(weeks=LEAD_WEEKS)
    last = max(point.span.last for point in episode.points)
    weeks = min(LONGEST_WEEKS, (last - start).days / 7 + 2)
    paths = run(bases, episode.events, values, start=start, weeks=weeks, dt=episode.step_weeks * WEEK)
    items: list[Item] = []
    unscored = [
        f"{base.material}: home hardly makes or ships any in the base year, so nothing can follow"
        for base in bases
        if base.home_supply + float(base.exports.sum()) <= LEAST_SHARE * float(base.supply.sum())
    ]
    for points in _by_series(episode):
        found, reasons = _series_items(episode, points, paths)
        items += found
        unscored += reasons
    return Replay(episode, bases, paths, tuple(items), tuple(unscored))


def _by_series(episode: Episode) -> list[list[Point]]:
    """Points that can be compared with each other.

    A price quoted once at a place, without a base, joins the others of its name, market and unit: quotes in
    Rotterdam and in Europe are one market to the model.
    """
    groups: dict[tuple[str, ...], list[Point]] = {}
    for point in episode.points:
        groups.setdefault(point.key, []).append(point)
    joined: dict[tuple[str, ...], list[Point]] = {}
    for key, points in groups.items():
        one = points[0]
        alone = len(points) == 1 and one.kind == "price" and _reference(episode, one) is None
        named = one.place and any(one.place in spellings(c) for e in episode.events for c in e.destinations)
        joined.setdefault((one.series, one.market, one.unit) if alone and not named else key, []).extend(
            points
        )
    return list(joined.values())


def _reference(episode: Episode, point: Point) -> Reference | None:
    return episode.series.get(f"{point.series} @ {point.place}") or episode.series.get(point.series)


def _series_items(
    episode: Episode, points: Sequence[Point], paths: Sequence[Path]
) -> tuple[list[Item], list[str]]:
    first = points[0]
    reference = _reference(episode, first)
    product = _product_of(episode, first.series)
    label = f"{first.series} ({first.place or first.market})"
    if product is None or (reference is not None and not reference.scored):
        return [], [f"{label}: context, not scored"]
    ordered = sorted(points, key=lambda point: point.span.middle)
    path = paths[product]
    late = [point for point in ordered if point.span.first > path.dates[-1]]
    if late:
        seen = [point for point in ordered if point not in late]
        reason = f"{label}: {len(late)} points more than {LONGEST_WEEKS:.0f} weeks on, not scored"
        found, reasons = _series_items(episode, seen, paths) if seen else ([], [])
        return found, [*reasons, reason]
    if first.kind == "quantity":
        return _flows(episode, ordered, path, reference, product, label)
    if first.kind == "ratio":
        base = reference.base if reference and reference.base else 1.0
        return [_item(episode, p, p.market, "ratio", base, None, path, product) for p in ordered], []
    market = (reference.market if reference else None) or first.market
    if episode.of_product and market == "abroad":
        market = "product"
    before = [point for point in ordered if point.span.last <= episode.as_of]
    after = [point for point in ordered if point.span.last > episode.as_of]
    if reference and reference.base:
        return [_item(episode, p, market, "price", reference.base, None, path, product) for p in after], []
    if before:
        return [
            _item(episode, p, market, "price", before[-1].middle, before[-1].span, path, product)
            for p in after
        ], []
    if len(after) < 2:
        return [], [f"{label}: one point and no base, no move to score"]
    base_point = after[0]
    return [
        _item(episode, p, market, "price", base_point.middle, base_point.span, path, product)
        for p in after[1:]
    ], [f"{label}: first point of {base_point.span.first} serves as base"]


def _product_of(episode: Episode, series: str) -> int | None:
    """Product that a series is about: by the names it states, else by name or symbol of the material."""
    named = any(product.series for product in episode.products)
    if not named and len(episode.products) == 1:
        return 0
    for position, product in enumerate(episode.products):
        if any(series.startswith(name) for name in product.series):
            return position
    for position, product in enumerate(episode.products):
        if not product.series and any(_begins(series, name) for name in _names(product.material)):
            return position
    return None


def _names(material: str) -> tuple[str, ...]:
    from lodestock.world import read

    row = read.material_row(material)
    return (material, *(str(row[key]) for key in ("name", "symbol") if row[key]))


def _begins(series: str, name: str) -> bool:
    """Whether a series begins with a name as a whole word."""
    return re.match(rf"{re.escape(name)}\b", series, flags=re.IGNORECASE) is not None


def _item(
    episode: Episode,
    point: Point,
    market: str,
    kind: str,
    base: float,
    reference: Span | None,
    path: Path,
    product: int,
) -> Item:
    country = _place(episode, path.base, point.place)
    predicted = log_level(path, market, point.span, kind, country)
    if reference is not None:
        predicted = predicted - log_level(path, market, reference, kind, country)
    low, middle, high = (math.log(v / base) for v in (point.low, point.middle, point.high))
    return Item(
        episode.name, point.series, market, kind, point.span, reference, (low, middle, high), point.weight,
        predicted, product, point.source,
    )  # fmt: skip


def _place(episode: Episode, base: Base, place: str) -> int | None:
    """Row of the base for a place that is a destination of an event; None for any other place."""
    from lodestock.data.catalog import resolve_country

    try:
        code = resolve_country(place)
    except UnknownNameError:
        return None

    def groups(country: str) -> list[bool]:
        return [country in event.destinations for event in episode.events if event.destinations]

    if not any(groups(code)):
        return None
    same = [row for row, country in enumerate(base.countries) if groups(country) == groups(code)]
    return same[0] if same else None


def window(path: Path, span: Span) -> slice:
    """Steps that begin in a span; of a single day (or a span shorter than a step) the step it falls in."""
    start, years = path.dates[0], path.dt * YEAR
    last_step = len(path.dates) - 1
    first = min(max(math.ceil((span.first - start).days / years - 1e-9), 0), last_step)
    last = min(max(math.floor((span.last - start).days / years + 1e-9), 0), last_step)
    return slice(min(first, last), max(first, last) + 1) if span.days > 1 else slice(last, last + 1)


def log_level(path: Path, market: str, span: Span, kind: str, country: int | None = None) -> FloatArray:
    """Log of the mean price over base in a span (or of the ratio abroad over home), (draw,).

    ``country`` is the place abroad in the base whose own price is read; the mean abroad when None.
    """
    part = window(path, span)
    abroad = (path.price if country is None else path.local_price[:, :, country])[:, part] / path.base.price
    home = path.home_price[:, part] / path.base.home_price
    if kind == "ratio":
        level = abroad / home
    elif market == "product":
        level = 1.0 + path.base.cost_share * (abroad - 1.0)
    else:
        level = home if market == "home" else abroad
    return np.asarray(np.log(_mean(level, path, span)))


def _mean(level: FloatArray, path: Path, span: Span) -> FloatArray:
    """Mean over a span of a level over base, one on the days before the run, (draw,)."""
    early = 0.0
    if span.last >= path.dates[0]:
        early = max((path.dates[0] - span.first).days, 0) / span.days
    result: FloatArray = (1.0 - early) * level.mean(axis=1) + early
    return result


def _imports_from_home(episode: Episode, series: str) -> bool:
    """Whether a series is named as imports from a home country, such as "ore imports from Indonesia"."""
    after = re.search(r"\bimports?\b.*?\bfrom\b(.*)", series, flags=re.IGNORECASE)
    if after is None:
        return False
    names = [name for code in episode.home for name in spellings(code)]
    return mentions(after[1], names)


def _flows(
    episode: Episode,
    points: Sequence[Point],
    path: Path,
    reference: Reference | None,
    product: int,
    label: str,
) -> tuple[list[Item], list[str]]:
    first = points[0]
    role = reference.market if reference and reference.market in FLOWS else None
    if role is None and _imports_from_home(episode, first.series):
        role = "arrivals"
    if role is None and not ("export" in first.series.lower() and "quota" not in first.series.lower()):
        return [], [f"{label}: context, not scored"]
    before = [point for point in points if point.span.last <= episode.as_of]
    after = [point for point in points if point.span.last > episode.as_of]
    if reference and reference.base:
        base = reference.base
    elif before:
        base = sum(p.middle for p in before) / sum(p.span.days / MONTH_DAYS for p in before)
    else:
        return [], [f"{label}: no base before {episode.as_of}, no flow to score"]
    total = float(path.base.exports.sum())
    if total <= 0 or base <= 0:
        return [], [f"{label}: no flow in the base year"]
    found = []
    for point in after:
        months = point.span.days / MONTH_DAYS
        part = window(path, point.span)
        flow = {"leak": path.leak, "arrivals": path.arrivals.sum(axis=2)}.get(role or "", path.licit)
        predicted = _mean(flow[:, part] / total, path, point.span)
        low, middle, high = (v / months / base for v in (point.low, point.middle, point.high))
        found.append(
            Item(
                episode.name, point.series, "exports" if role is None else role, "flow", point.span, None,
                (low, middle, high), point.weight, predicted, product, point.source,
            )
        )  # fmt: skip
    return found, []
