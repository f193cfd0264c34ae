"""What differs between the scenarios of a batch: values of a market, never its pattern."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.market.arrays import Bool, Float, Int
from lodestock.market.model import Market


@dataclass(frozen=True, slots=True)
class Edits:
    """New values of one field as a list, sorted by scenario; build it with :func:`edits`.

    Attributes
    ----------
    scenario, index : shape (edits,), scenario and element (activity, node, curve or levy).
    value : shape (edits,), the value there instead of the market's own.
    """

    scenario: Int
    index: Int
    value: Float

    def __len__(self) -> int:
        return len(self.scenario)

    def of(self, scenario: int) -> tuple[Int, Float]:
        """Return elements and values of one scenario."""
        first, last = np.searchsorted(self.scenario, [scenario, scenario + 1])
        return self.index[first:last], self.value[first:last]

    def take(self, scenarios: Int) -> Edits:
        """Return the edits of ``scenarios``, renumbered in that order."""
        first = np.searchsorted(self.scenario, scenarios, side="left")
        count = np.searchsorted(self.scenario, scenarios, side="right") - first
        offset = np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
        at = np.arange(int(count.sum())) + offset.astype(np.int64)
        return Edits(np.repeat(np.arange(len(scenarios)), count), self.index[at], self.value[at])


def edits(scenario: ArrayLike, index: ArrayLike, value: ArrayLike) -> Edits:
    """Return edits; the three arguments broadcast, and the last of several for one element counts."""
    wide = np.broadcast_arrays(np.asarray(scenario), np.asarray(index), np.asarray(value, dtype=float))
    where, what, new = (part.reshape(-1) for part in wide)
    order = np.argsort(where, kind="stable")
    return Edits(where[order].astype(np.int64), what[order].astype(np.int64), new[order].astype(np.float64))


def dense_edits(value: ArrayLike) -> Edits:
    """Return edits from a table, shape (scenarios, elements)."""
    table = np.asarray(value, dtype=float)
    scenario, index = np.indices(table.shape)
    return edits(scenario, index, table)


def no_edits() -> Edits:
    """Return no edits."""
    return Edits(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))


@dataclass(frozen=True, slots=True)
class Changes:
    """The scenarios of a batch.

    Attributes
    ----------
    count : number of scenarios; those without edits are the market itself.
    cost, slope, capacity : per activity; a capacity of 0 is a ban.
    injection : per node.
    curve_scale : per curve, what its quantity is multiplied by (0.7 is an outage of 30 %).
    price_shift, price_weight : per curve, its wedge.
    floor, cap : per levy.
    """

    count: int
    cost: Edits = field(default_factory=no_edits)
    slope: Edits = field(default_factory=no_edits)
    capacity: Edits = field(default_factory=no_edits)
    injection: Edits = field(default_factory=no_edits)
    curve_scale: Edits = field(default_factory=no_edits)
    price_shift: Edits = field(default_factory=no_edits)
    price_weight: Edits = field(default_factory=no_edits)
    floor: Edits = field(default_factory=no_edits)
    cap: Edits = field(default_factory=no_edits)

    def __len__(self) -> int:
        return self.count

    def take(self, scenarios: ArrayLike) -> Changes:
        """Return the given scenarios, in that order."""
        chosen = np.asarray(scenarios, dtype=np.int64).reshape(-1)
        return Changes(len(chosen), **{name: getattr(self, name).take(chosen) for name in EDITED})

    def apply(self, market: Market, scenario: int) -> Market:
        """Return the market of one scenario."""

        def new(name: str, old: Float) -> Float:
            index, value = getattr(self, name).of(scenario)
            if not len(index):
                return old
            changed = old.copy()
            changed[index] = value
            return changed

        curves, levies = market.curves, market.levies
        scale = new("curve_scale", np.ones(len(curves)))[:, None]
        return replace(
            market,
            cost=new("cost", market.cost),
            slope=new("slope", market.slope),
            capacity=new("capacity", market.capacity),
            injection=new("injection", market.injection),
            curves=replace(
                curves,
                a1=curves.a1 * scale,
                a2=curves.a2 * scale,
                price_shift=new("price_shift", curves.price_shift),
                price_weight=new("price_weight", curves.price_weight),
            ),
            levies=replace(levies, floor=new("floor", levies.floor), cap=new("cap", levies.cap)),
        )


EDITED = tuple(item.name for item in fields(Changes) if item.name != "count")


def check_changes(market: Market, changes: Changes) -> None:
    """Raise for the first edit of an unknown scenario or element, or with a value out of range."""
    levies = market.levies
    kinds = {
        "activity": market.activity_names,
        "node": market.node_names,
        "curve": market.curves.names,
        "levy": levies.names,
    }
    for name in EDITED:
        edit: Edits = getattr(changes, name)
        kind, allowed = RANGES[name]
        names = kinds[kind]
        _require_within(name, "scenario", edit.scenario, changes.count)
        _require_within(name, kind, edit.index, len(names))
        good = _in_range(market, name, edit)
        if not good.all():
            at = int(np.flatnonzero(~good)[0])
            raise ValueOutOfRangeError(
                f"{name} is {edit.value[at]:g}",
                where=f"scenario {edit.scenario[at]}, {kind} {names[edit.index[at]]!r}",
                allowed=allowed,
            )


RANGES = {
    "cost": ("activity", "finite"),
    "slope": ("activity", "finite, at least 0"),
    "capacity": ("activity", "at least 0"),
    "injection": ("node", "finite"),
    "curve_scale": ("curve", "finite, at least 0"),
    "price_shift": ("curve", "finite"),
    "price_weight": ("curve", "finite, at least 0"),
    "floor": ("levy", "finite"),
    "cap": ("levy", "at least the lower bound, finite unless the levy has a self-response"),
}


def _in_range(market: Market, name: str, edit: Edits) -> Bool:
    value, levies = edit.value, market.levies
    if name == "cap":
        free = np.isfinite(value) | (levies.self_response[edit.index] > 0.0)
        return free & (value >= levies.lower[edit.index])
    good = np.isfinite(value)
    if name == "capacity":
        return value >= 0.0
    return good & (value >= 0.0) if name in ("slope", "curve_scale", "price_weight") else good


def _require_within(name: str, kind: str, index: Int, count: int) -> None:
    bad = (index < 0) | (index >= count)
    if bad.any():
        at = int(index[np.flatnonzero(bad)[0]])
        raise ConflictError(f"unknown {kind} {at}", where=f"edits of {name}", allowed=f"0 to {count - 1}")
