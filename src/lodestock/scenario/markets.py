"""The markets a result is told for: inside and outside the zone, home and abroad of a control, world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lodestock.policy.network import Network
from lodestock.policy.parts import BoolArray, FloatArray
from lodestock.policy.terms import (
    CapitalSubsidy,
    ContractForDifference,
    DomesticContent,
    ExportBan,
    ExportLicence,
    ExportQuota,
    ExportTax,
    Instrument,
    MinimumImportPrice,
    PolicyStock,
    ProductionSubsidy,
    PublicPurchase,
    RecycledContent,
    Release,
    Shock,
    SingleCountryCap,
    Tariff,
    TariffRateQuota,
)
from lodestock.scenario.resolved import ResolvedScenario

WORLD, INSIDE, OUTSIDE, HOME, ABROAD = "world", "inside", "outside", "home", "abroad"
MARKETS = (INSIDE, OUTSIDE, HOME, ABROAD, WORLD)
ACTING: Mapping[type, tuple[str, ...]] = {
    Tariff: ("importers",),
    TariffRateQuota: ("importers",),
    MinimumImportPrice: ("importers",),
    DomesticContent: ("users",),
    RecycledContent: ("users",),
    SingleCountryCap: ("users",),
    ProductionSubsidy: ("producers", "payers"),
    CapitalSubsidy: ("producers", "payers"),
    ContractForDifference: ("producers", "payers"),
    PublicPurchase: ("buyers",),
    Release: ("countries",),
    PolicyStock: ("countries",),
}
"""Fields of a term that name who acts."""
MOST_ACTING = 120
"""More countries than this are the world."""
EXPORT_CONTROLS = (ExportBan, ExportQuota, ExportLicence, ExportTax)


@dataclass(frozen=True)
class Markets:
    """Who is inside the zone (or acts where there is none) and who controls exports; either may be nobody."""

    zone: tuple[str, ...]
    home: tuple[str, ...]

    def masks(self, network: Network) -> dict[str, BoolArray]:
        """(country,) membership by market; markets that the scenario does not have are left out."""
        found = {}
        for members, name, others in ((self.zone, INSIDE, OUTSIDE), (self.home, HOME, ABROAD)):
            if members:
                mask = network.country_mask(members)
                found[name], found[others] = mask, ~mask
        found[WORLD] = np.ones(len(network.countries), dtype=np.bool_)
        return found


def is_export_control(term: Instrument | Shock) -> bool:
    """Tell whether a term restricts exports: such measures are other people's, not a response."""
    return isinstance(term, EXPORT_CONTROLS)


def markets_of(resolved: ResolvedScenario) -> Markets:
    """Markets of a scenario: its main zone, and the countries whose export controls are in force.

    With neither, the countries that act (levy a tariff, support producers, buy or release) take the place of
    the zone, so that what a measure does to them is told apart from what it does to the world.
    """
    home = {
        country
        for term in resolved.case.instruments
        if isinstance(term, EXPORT_CONTROLS)
        for country in term.exporters
    }
    if resolved.zone is not None:
        zone = resolved.zone.members
    else:
        zone = () if home else acting_countries(resolved.case.instruments)
    return Markets(zone=zone, home=tuple(sorted(home)))


def acting_countries(instruments: Sequence[Instrument]) -> tuple[str, ...]:
    """Countries that decide on the instruments or are supported by them; nobody when nearly all do."""
    found: set[str] = set()
    for term in instruments:
        for name in ACTING.get(type(term), ()):
            found.update(getattr(term, name))
    return tuple(sorted(found)) if len(found) <= MOST_ACTING else ()


def market_weights(network: Network, material: str, stage: str, mask: BoolArray) -> FloatArray | None:
    """(country,) weights of a market's price: base absorption, else base output; None without either."""
    for amount in (network.absorption(material, stage), network.base_output(material, stage)):
        weight = np.where(mask, amount, 0.0)
        if weight.sum() > 0.0:
            return np.asarray(weight / weight.sum())
    return None


def reference_price(
    network: Network, price: FloatArray, material: str, stage: str, weight: FloatArray
) -> float:
    """Weighted mean of the prices at which the material is taken up, USD/t; ``price`` is (node,).

    Under a mandate that is what users pay, with the price of permits that they buy or receive.
    """
    node = network.uptake_at(material, stage)
    at = np.flatnonzero(weight)
    return float((weight[at] * price[node[at]]).sum())
