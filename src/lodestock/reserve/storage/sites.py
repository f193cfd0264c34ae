r"""Sites: what they hold, hazards that must be kept apart, and insurance in layers.

.. math:: v_{\ell} = \min(V, b_\ell) - \min(V, a_\ell), \qquad premium = \sum_\ell r_\ell\, v_\ell, \qquad
   \sum_\ell v_\ell + uninsured = V

V is the value at a site, layer l covers it from a to b at rate r. What stands above the last layer is not
insured; a value above the cap of the site is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.reserve.storage.forms import Conflict, conflicts, storage_terms
from lodestock.reserve.storage.lots import Lot


@dataclass(frozen=True)
class Layer:
    """Insurance of a site's value from one amount to another, USD, at a yearly rate."""

    name: str
    from_usd: float
    to_usd: float
    rate: float


@dataclass(frozen=True)
class SiteCover:
    """One site: value by layer and what is left over, USD."""

    site: str
    lots: int
    tonnes: float
    value_usd: float
    cap_usd: float
    over_cap_usd: float
    by_layer: tuple[float, ...]
    premium_usd: float
    uninsured_usd: float


@dataclass(frozen=True)
class Hazard:
    """Two kinds of lots at one site that must be kept apart."""

    site: str
    conflict: Conflict
    lots_one: tuple[str, ...]
    lots_other: tuple[str, ...]


def standard_layers() -> tuple[Layer, ...]:
    """Retention, primary and excess layer of the shipped terms."""
    terms = {name: item.central for name, item in storage_terms().items()}
    a, b, c = (terms[f"insurance_{name}_usd"] for name in ("retention", "primary", "excess"))
    return (
        Layer("retention", 0.0, a, 0.0),
        Layer("primary", a, b, terms["insurance_primary_rate"]),
        Layer("excess", b, c, terms["insurance_excess_rate"]),
    )


def check_layers(layers: Sequence[Layer]) -> None:
    """Layers must start at zero, join without a gap and rise.

    Raises
    ------
    ConflictError, ValueOutOfRangeError
        They do not, or a rate is negative; names the layer.
    """
    if not layers:
        raise ConflictError("no insurance layer", where="layers")
    for layer in layers:
        if not 0.0 <= layer.from_usd < layer.to_usd:
            raise ValueOutOfRangeError(
                f"layer {layer.name} from {layer.from_usd:g} to {layer.to_usd:g}", allowed="a rising interval"
            )
        if not 0.0 <= layer.rate <= 1.0:
            raise ValueOutOfRangeError(f"layer {layer.name} at rate {layer.rate:g}", allowed="0 to 1")
    if layers[0].from_usd != 0.0:
        raise ConflictError(f"layer {layers[0].name} starts at {layers[0].from_usd:g}, not at zero")
    for below, above in pairwise(layers):
        if below.to_usd != above.from_usd:
            raise ConflictError(
                f"layer {above.name} starts at {above.from_usd:g}, {below.name} ends at {below.to_usd:g}"
            )


def site_cover(
    lots: Sequence[Lot], layers: Sequence[Layer], caps: Mapping[str, float]
) -> tuple[SiteCover, ...]:
    """Value by site and layer, in order of site; ``caps`` by site, the shipped cap for others."""
    check_layers(layers)
    usual = storage_terms()["site_cap_usd"].central
    found = []
    for site in sorted({lot.site for lot in lots}):
        own = [lot for lot in lots if lot.site == site]
        value = sum(lot.value_usd for lot in own)
        parts = tuple(min(value, layer.to_usd) - min(value, layer.from_usd) for layer in layers)
        cap = caps.get(site, usual)
        found.append(
            SiteCover(
                site=site,
                lots=len(own),
                tonnes=sum(lot.tonnes for lot in own),
                value_usd=value,
                cap_usd=cap,
                over_cap_usd=max(0.0, value - cap),
                by_layer=parts,
                premium_usd=sum(layer.rate * part for layer, part in zip(layers, parts, strict=True)),
                uninsured_usd=max(0.0, value - layers[-1].to_usd),
            )
        )
    return tuple(found)


def site_hazards(lots: Sequence[Lot]) -> tuple[Hazard, ...]:
    """Conflicts of hazards at each site, sites in order, conflicts in the order of their table."""
    found = []
    for site in sorted({lot.site for lot in lots}):
        own = [lot for lot in lots if lot.site == site]
        for conflict in conflicts():
            one = tuple(lot.lot for lot in own if conflict.one in lot.form.hazards)
            other = tuple(lot.lot for lot in own if conflict.other in lot.form.hazards)
            if one and other and (len(one) > 1 or one != other):
                found.append(Hazard(site, conflict, one, other))
    return tuple(found)
