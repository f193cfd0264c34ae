"""One entry seen from one of its markets: converts its quantities and countries to canonical values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lodestock.errors import ConflictError
from lodestock.policy import terms
from lodestock.scenario import entries as e
from lodestock.scenario.cases import Placed
from lodestock.scenario.names import MaterialName, Names
from lodestock.scenario.quantity import Quantity, contained_price, contained_tonnes
from lodestock.scenario.sets import CountryList, expand

IMPORT_MEASURES = (e.TariffEntry, e.TariffRateQuotaEntry, e.MinimumImportPriceEntry)
"""Entries on routes whose importers act; of all others the exporters do."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What every entry of a scenario is read against."""

    names: Names
    materials: tuple[MaterialName, ...]
    zones: Mapping[str, tuple[str, ...]]
    main_zone: str | None


@dataclass(frozen=True, slots=True)
class EntryMarket:
    """One entry seen from one of its markets: converts its quantities and countries."""

    setting: Setting
    material: MaterialName
    stage: str
    placed: Placed

    def where(self, key: str) -> str:
        """File, line and key path of a key of the entry."""
        return self.placed.where(key)

    def countries(self, listed: CountryList, key: str) -> tuple[str, ...]:
        """Listed names, sets and zones as sorted alpha-3 codes."""
        return expand(listed, self.setting.names, self.setting.zones, where=self.where(key))

    def factor(self, quantity: Quantity, key: str) -> float:
        """t contained per t of the form that a quantity names."""
        return self.setting.names.factor(self.material, self.stage, quantity.form, where=self.where(key))

    def amount(self, quantity: Quantity, key: str) -> terms.Amount:
        """A price or rate per t contained, or as a multiple of base."""
        if quantity.dimension == "multiple_of_base":
            return terms.Amount(multiple_of_base=quantity.value)
        factor = self.factor(quantity, key)
        written = quantity.text if factor != 1.0 else ""
        return terms.Amount(usd_per_t=contained_price(quantity, factor), written=written)

    def optional_amount(self, quantity: Quantity | None, key: str) -> terms.Amount | None:
        """The same for a key that may be left out."""
        return None if quantity is None else self.amount(quantity, key)

    def tonnes(self, quantity: Quantity, key: str) -> float:
        """A tonnage in t contained."""
        return contained_tonnes(quantity, self.factor(quantity, key))

    def optional_tonnes(self, quantity: Quantity | None, key: str) -> float | None:
        """The same for a key that may be left out."""
        return None if quantity is None else self.tonnes(quantity, key)

    def share_or_tonnes(self, quantity: Quantity, key: str) -> tuple[float | None, float | None]:
        """Return (share, None) or (None, t contained per year)."""
        if quantity.dimension == "share":
            return quantity.value, None
        return None, self.tonnes(quantity, key)

    def route(self, exporters: CountryList, importers: CountryList) -> dict[str, Any]:
        """Return disjoint exporters and importers; trade among the side that acts stays free."""
        acting = "importers" if isinstance(self.placed.entry, IMPORT_MEASURES) else "exporters"
        other = "exporters" if acting == "importers" else "importers"
        sides = {
            "exporters": self.countries(exporters, "exporters"),
            "importers": self.countries(importers, "importers"),
        }
        left = tuple(country for country in sides[other] if country not in sides[acting])
        if not left:
            raise ConflictError(
                f"all {other} are also {acting}, so no shipment is left to act on", where=self.where(other)
            )
        return {acting: sides[acting], other: left}

    def base(self) -> dict[str, Any]:
        """What every term has."""
        entry = self.placed.entry
        return {
            "name": entry.name,
            "material": self.material.slug,
            "stage": self.stage,
            "start": entry.start,
            "end": entry.end,
            "source": "; ".join(entry.source),
            "note": entry.note,
            "announced": entry.announced,
            "rumour": entry.rumour,
        }
