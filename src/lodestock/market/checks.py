"""Validation of a market: every problem names the element, the value and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lodestock.errors import ConflictError, LodestockError, ValueOutOfRangeError
from lodestock.market.arrays import Bool, Float, Int, scatter
from lodestock.market.curves import Curves
from lodestock.market.levies import Levies
from lodestock.market.model import Market

CONTINUITY = 1e-7
"""Largest jump of a curve at a break, relative to its quantity there."""


def check_market(market: Market) -> None:
    """Raise for the first element of ``market`` that is not finite, in range or well shaped."""
    _check_shapes(market)
    _check_activities(market)
    _check_nodes(market)
    check_curves(market.curves, market.nodes)
    check_levies(market.levies, market.nodes, market.activities, len(market.curves))


def check_unique_names(market: Market) -> None:
    """Raise when two nodes, activities, curves or levies share a name."""
    groups = {
        "node": market.node_names,
        "activity": market.activity_names,
        "curve": market.curves.names,
        "levy": market.levies.names,
    }
    for kind, names in groups.items():
        if len(set(names)) < len(names):
            seen: set[str] = set()
            twice = next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
            raise ConflictError(f"two elements are called {twice!r}", where=kind, allowed="unique names")


def check_curves(curves: Curves, nodes: int) -> None:
    """Raise for a curve that is not finite, non-negative, continuous and monotone in the right direction."""
    names = _Labels("curve", curves.names)
    _require_index(names, "node", curves.node, nodes)
    _require(names, "sign", curves.sign, np.abs(curves.sign) == 1.0, "+1 (supply) or -1 (use)")
    _require(names, "price_weight", curves.price_weight, curves.price_weight >= 0.0, "at least 0")
    _require(names, "price_shift", curves.price_shift, np.isfinite(curves.price_shift), "finite")
    if not len(curves):
        return
    _require(names, "first break", curves.breaks[:, 0], curves.breaks[:, 0] == 0.0, "0")
    with np.errstate(invalid="ignore"):
        ordered = (np.diff(curves.breaks, axis=1) >= 0.0) | ~np.isfinite(curves.breaks[:, 1:])
    _require_rows(names, "breaks", ordered & ~np.isnan(curves.breaks[:, 1:]), "not falling, without NaN")
    for field in ("a1", "e1", "a2", "e2"):
        _require_rows(names, field, np.isfinite(getattr(curves, field)), "finite")
    first = (curves.a1[:, 0] == 0.0) | (curves.e1[:, 0] >= 0.0)
    first &= (curves.a2[:, 0] == 0.0) | (curves.e2[:, 0] >= 0.0)
    _require(names, "first exponent", np.minimum(curves.e1[:, 0], curves.e2[:, 0]), first, "at least 0")
    _check_shape(names, curves)


def _check_shape(names: Sequence[str], curves: Curves) -> None:
    """Check jumps at the breaks, the sign of the quantity and the direction on every segment.

    A sum of two power terms has a derivative that changes sign at most once, so that its signs at the two
    ends of a segment decide.
    """
    lower = curves.breaks
    used = np.isfinite(lower)
    upper = np.concatenate([lower[:, 1:], np.full((len(curves), 1), np.inf)], axis=1)
    far = np.maximum(np.where(used, lower, 0.0), 1.0) * 1e6
    left = np.where(used, lower, 1.0)
    right = np.where(np.isfinite(upper), upper, far)
    at_left, slope_left = _two_terms(curves, left)
    at_right, slope_right = _two_terms(curves, np.where(used, right, 1.0))
    size = np.maximum(np.abs(at_left), np.abs(at_right)).max(axis=1)[:, None] + 1e-300
    tolerance = CONTINUITY * size
    good = ~used | (right <= left) | (at_left >= -tolerance) & (at_right >= -tolerance)
    _require_rows(names, "quantity", good, "at least 0")
    # the value a segment ends with must be the value the next segment of positive length begins with
    gap = np.abs(at_left[:, 1:] - at_right[:, :-1])
    joined = ~used[:, 1:] | (gap <= tolerance) | (lower[:, 1:] <= lower[:, :-1])
    _require_rows(names, "quantity at a break", joined, "continuous")
    length = np.where(used, right - left, 0.0)
    direction = curves.sign[:, None]
    falling = np.minimum(direction * slope_left, direction * slope_right) * length < -tolerance
    _require_rows(
        names, "quantity", ~falling, "supply that does not fall and use that does not rise with price"
    )


def _two_terms(curves: Curves, price: Float) -> tuple[Float, Float]:
    positive = np.maximum(price, 1e-12)
    with np.errstate(all="ignore"):
        term1, term2 = curves.a1 * positive**curves.e1, curves.a2 * positive**curves.e2
    return term1 + term2, (curves.e1 * term1 + curves.e2 * term2) / positive


def check_levies(levies: Levies, nodes: int, activities: int, curves: int) -> None:
    """Raise for a levy with an index, bound, weight or floor that makes no sense."""
    names = _Labels("levy", levies.names)
    _require(names, "floor", levies.floor, np.isfinite(levies.floor), "finite")
    _require(names, "self_response", levies.self_response, levies.self_response >= 0.0, "at least 0")
    _require(names, "cap", levies.cap, levies.cap >= levies.lower, "at least the lower bound")
    bounded = np.isfinite(levies.cap) & np.isfinite(levies.lower)
    needs = levies.self_response == 0.0
    _require(names, "cap", levies.cap, ~needs | bounded, "finite (without a cap no levy may reach the floor)")
    for kind, index, weight, levy, count in (
        ("charged activity", levies.charge_activity, levies.charge_weight, levies.charge_levy, activities),
        ("charged curve", levies.curve_index, levies.curve_weight, levies.curve_levy, curves),
        ("reference node", levies.reference_node, levies.reference_weight, levies.reference_levy, nodes),
    ):
        _require_index(_Labels("levy charge", [str(i) for i in levy]), "levy", levy, len(levies))
        owners = _Labels("levy", [levies.names[i] for i in levy])
        _require_index(owners, kind, index, count)
        _require(owners, f"weight of {kind}", weight, np.isfinite(weight), "finite")
    watched = scatter(levies.reference_levy, np.abs(levies.reference_weight), len(levies))
    _require(names, "sum of reference weights", watched, watched > 0.0, "above 0")


def _check_shapes(market: Market) -> None:
    count, nodes = market.activities, market.nodes
    if nodes == 0:
        raise ConflictError("a market without nodes", where="market", allowed="at least one node")
    expected = {
        "entry_pointer": count + 1,
        "cost": count,
        "slope": count,
        "capacity": count,
        "injection": nodes,
        "price_scale": nodes,
        "quantity_scale": nodes,
        "entry_quantity": len(market.entry_node),
        "entry_money": len(market.entry_node),
    }
    for field, length in expected.items():
        shape = getattr(market, field).shape
        if shape != (length,):
            raise ConflictError(f"{field} has shape {shape}", where="market", allowed=f"({length},)")
    pointer = market.entry_pointer
    if pointer[0] != 0 or pointer[-1] != len(market.entry_node) or (np.diff(pointer) < 0).any():
        raise ConflictError(
            "entry_pointer does not partition the entries", where="market", allowed="0 = first <= ... <= last"
        )


def _check_activities(market: Market) -> None:
    names = _Labels("activity", market.activity_names)
    entries = np.diff(market.entry_pointer)
    _require(names, "number of entries", entries.astype(float), entries > 0, "at least 1")
    _require(names, "cost", market.cost, np.isfinite(market.cost), "finite")
    _require(
        names, "slope", market.slope, (market.slope >= 0.0) & np.isfinite(market.slope), "finite, at least 0"
    )
    _require(names, "capacity", market.capacity, market.capacity >= 0.0, "at least 0")
    good = (market.entry_node >= 0) & (market.entry_node < market.nodes)
    good &= np.isfinite(market.entry_quantity) & np.isfinite(market.entry_money)
    good &= (market.entry_quantity != 0.0) & (market.entry_quantity * market.entry_money >= 0.0)
    if not good.all():
        _explain_entry(market, int(np.flatnonzero(~good)[0]))


def _explain_entry(market: Market, at: int) -> None:
    name = market.activity_names[int(np.searchsorted(market.entry_pointer, at, side="right")) - 1]
    where = f"activity {name!r}"
    node = int(market.entry_node[at])
    if not 0 <= node < market.nodes:
        raise ConflictError(f"unknown node index {node}", where=where, allowed=f"0 to {market.nodes - 1}")
    values = f"quantity {market.entry_quantity[at]:g} and money {market.entry_money[at]:g}"
    raise ValueOutOfRangeError(
        f"{values} at node {market.node_names[node]!r}",
        where=where,
        allowed="finite, quantity not 0, money of the same sign",
    )


def _check_nodes(market: Market) -> None:
    names = _Labels("node", market.node_names)
    _require(names, "injection", market.injection, np.isfinite(market.injection), "finite")
    for field in ("price_scale", "quantity_scale"):
        scale = getattr(market, field)
        _require(names, field, scale, np.isfinite(scale) & (scale > 0.0), "finite and above 0")


class _Labels(Sequence[str]):
    """Names with their kind in front, formatted only when one is asked for."""

    def __init__(self, kind: str, names: Sequence[str]) -> None:
        self.kind = kind
        self.names = names

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        return f"{self.kind} {self.names[index]!r}"


def _require(names: Sequence[str], field: str, value: Float, good: Bool, allowed: str) -> None:
    if len(value) != len(names):
        raise ConflictError(
            f"{field} has {len(value)} values for {len(names)} names", allowed="equal lengths"
        )
    if not good.all():
        at = int(np.flatnonzero(~good)[0])
        raise ValueOutOfRangeError(f"{field} is {value[at]:g}", where=names[at], allowed=allowed)


def _require_rows(names: Sequence[str], field: str, good: Bool, allowed: str) -> None:
    if not good.all():
        at = int(np.flatnonzero(~good.all(axis=1))[0])
        raise ValueOutOfRangeError(f"{field} out of range", where=names[at], allowed=allowed)


def _require_index(names: Sequence[str], kind: str, index: Int, count: int) -> None:
    bad = (index < 0) | (index >= count)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        error: LodestockError = ConflictError(
            f"unknown {kind} index {index[at]}", where=names[at], allowed=f"0 to {count - 1}"
        )
        raise error
