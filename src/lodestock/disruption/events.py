"""What happens: typed events with three dates, and the rules that a list of them must obey.

``rumour`` (optional), ``announced`` and ``effective`` are distinct. Nothing in the model may depend on an
event before its announcement; a rumour moves prices with the weight ``RUMOUR_WEIGHT`` of precaution only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from lodestock.disruption.given import day, known_keys, mapping, number, sequence
from lodestock.errors import ConflictError, LodestockError, UnknownNameError, ValueOutOfRangeError

RUMOUR_WEIGHT = 0.5
EXPORT_CONTROLS = ("licence", "quota", "ban", "export_stop")
TYPES = {
    "licence": "exports need a licence: pull-forward, freeze, ramp, plateau by destination",
    "quota": "a yearly tonnage, shared over the products of the run",
    "ban": "no exports to the destinations named",
    "export_stop": "no exports to anybody",
    "outage": "a share of production at home stands still",
    "surge": "use rises by a share, at home or abroad",
    "enforcement": "a share of the leak is closed",
    "retaliation": "no imports of the home country from abroad",
    "export_tax": "a tax on exports, or a refund of value-added tax on them that ends",
    "closure": "a share of the export flow cannot move; goods wait at home",
}
SAME_AS = {
    "export_ban": "ban",
    "export_quota": "quota",
    "export_licence": "licence",
    "demand_shock": "surge",
}
"""Names of the same things in scenario files."""
SIZED = ("outage", "surge", "enforcement", "closure")
DATES = ("rumour", "announced", "effective", "ends", "ends_announced")
NUMBERS = ("share", "tonnes", "plateau", "rate", "refund_lost")


@dataclass(frozen=True)
class Event:
    """One dated event. Fields that a type does not use stay None; ``TYPES`` says what each type means."""

    type: str
    announced: date
    effective: date
    rumour: date | None = None
    ends: date | None = None
    """First day on which the event no longer holds."""
    destinations: tuple[str, ...] = ()
    """Countries concerned; empty means all."""
    share: float | None = None
    """Of an outage, closure or enforcement: the share lost or closed. Of a surge: the rise, may be negative.
    Of a licence: the share of the trade in forms that the announcement covers; all when absent.
    Of a retaliation: the share of the imports of home that ends; all when absent."""
    tonnes: float | None = None
    """Of a quota: t contained per year, over all products of the run."""
    market: str = "home"
    """Of a surge: ``home`` or ``abroad``."""
    ends_announced: date | None = None
    """Day on which the end became known; the announcement when absent."""
    plateau: float | None = None
    """Of a licence: a plateau stated by the announcement itself; otherwise the shared parameter."""
    rate: float | None = None
    """Of an export tax: share of the price abroad, beyond what was taxed in the base year."""
    refund_lost: float | None = None
    """Of an export tax: share of the price at home that is no longer refunded to exporters."""
    corridor: str = ""
    """Of a closure: the strait or canal that is closed, instead of or beside a share."""
    source: str = ""

    @property
    def known(self) -> date:
        """Earliest day on which anything of it may move the model."""
        return self.rumour or self.announced


def read_event(row: Mapping[str, Any], where: str) -> Event:
    """Make an event of a mapping from YAML.

    Raises
    ------
    UnknownNameError
        Unknown type or key.
    LodestockError
        Missing or malformed date, missing size.
    """
    row = mapping(row, where)
    known_keys(row, tuple(field.name for field in fields(Event)), where)
    kind = SAME_AS.get(str(row.get("type")), str(row.get("type")))
    if kind not in TYPES:
        raise UnknownNameError("event type", row.get("type"), TYPES, where=where)
    values: dict[str, Any] = {"type": kind}
    for key in ("announced", "effective"):
        if row.get(key) is None:
            raise LodestockError(f"{key} is missing", where=where, hint="give it as YYYY-MM-DD")
    for key in DATES:
        if row.get(key) is not None:
            values[key] = day(row[key], f"{where} {key}")
    for key in NUMBERS:
        if row.get(key) is not None:
            values[key] = number(row[key], f"{where} {key}")
    values["destinations"] = tuple(str(one) for one in sequence(row.get("destinations")))
    for key in ("market", "corridor", "source"):
        if row.get(key) is not None:
            values[key] = str(row[key])
    return check_event(Event(**values), where)


def check_event(event: Event, where: str) -> Event:
    """Return the event when its dates are in order and its size is possible; raise otherwise."""
    if event.effective < event.announced:
        raise LodestockError(
            f"effect on {event.effective} is before the announcement on {event.announced}",
            where=where,
            hint="a measure cannot bind before it is known; move one of the dates",
        )
    if event.rumour and event.rumour > event.announced:
        raise LodestockError(f"rumour on {event.rumour} is after the announcement", where=where)
    if event.ends and event.ends <= event.effective:
        raise LodestockError(f"end on {event.ends} is not after the effect", where=where)
    if event.corridor and event.type != "closure":
        raise LodestockError(f"a {event.type} has no corridor", where=where, allowed="a closure has")
    if event.type in SIZED and event.share is None and not event.corridor:
        raise LodestockError(f"a {event.type} needs a share", where=where, allowed="a fraction such as 0.4")
    lowest = -1.0 if event.type == "surge" else 0.0
    if event.share is not None and not lowest <= event.share <= (10.0 if event.type == "surge" else 1.0):
        raise ValueOutOfRangeError(f"share {event.share}", where=where, allowed="between 0 and 1")
    if event.type == "quota" and (event.tonnes is None or not event.tonnes >= 0):
        raise ValueOutOfRangeError(f"quota of {event.tonnes} t", where=where, allowed="t per year, 0 or more")
    if event.type == "export_tax" and event.rate is None and event.refund_lost is None:
        raise LodestockError(
            "an export_tax needs a rate or refund_lost", where=where, allowed="fractions such as 0.25"
        )
    for name, value in (("rate", event.rate), ("refund_lost", event.refund_lost)):
        if value is not None and not 0.0 <= value < 1.0:
            raise ValueOutOfRangeError(f"{name} {value}", where=where, allowed="0 to below 1")
    if event.plateau is not None and not event.plateau >= 0:
        raise ValueOutOfRangeError(f"plateau {event.plateau}", where=where, allowed="0 or more")
    if event.market not in ("home", "abroad"):
        raise UnknownNameError("market", event.market, ("home", "abroad"), where=where)
    return event


def check_events(events: Sequence[Event], where: str = "events") -> tuple[Event, ...]:
    """Return the events by date; raise when two of them contradict each other.

    Two controls of the same type on overlapping destinations may not hold at the same time.
    """
    ordered = tuple(sorted(events, key=lambda event: (event.known, event.effective, event.type)))
    if not ordered:
        raise LodestockError("no events", where=where, hint="a run without events is the base year itself")
    for position, first in enumerate(ordered):
        for second in ordered[position + 1 :]:
            if first.type != second.type or first.type not in ("licence", "quota", "ban", "export_stop"):
                continue
            shared = (
                not first.destinations
                or not second.destinations
                or set(first.destinations) & set(second.destinations)
            )
            apart = (first.ends and first.ends <= second.effective) or (
                second.ends and second.ends <= first.effective
            )
            if shared and not apart:
                raise ConflictError(
                    f"two events of type {first.type} hold at once, from {first.effective} and "
                    f"{second.effective}",
                    where=where,
                    hint="give the first one an end, or name different destinations",
                )
    return ordered
