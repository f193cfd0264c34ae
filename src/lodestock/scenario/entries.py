"""Instruments and shocks as they stand in a file: one class per type; the fields document themselves.

The description, unit and example of every field are published in the JSON Schema and in
docs/scenario-reference.md; `lodestock.scenario.resolve` turns entries into `lodestock.policy.terms`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lodestock.scenario.entry import EVERYBODY_ELSE, RentTo
from lodestock.scenario.entry import ControlEntry as ControlEntry
from lodestock.scenario.entry import Entry as Entry
from lodestock.scenario.entry import Support as Support
from lodestock.scenario.event_entries import ClosureEntry as ClosureEntry
from lodestock.scenario.event_entries import EnforcementEntry as EnforcementEntry
from lodestock.scenario.fields import (
    Budget,
    Change,
    Countries,
    Duration,
    Gain,
    Lifetime,
    Limit,
    Loss,
    Multiple,
    Price,
    Share,
    TaxRate,
    Word,
    YearlyTonnage,
)
from lodestock.scenario.import_entries import DerivativeLevyEntry as DerivativeLevyEntry
from lodestock.scenario.import_entries import FloorEntry as FloorEntry
from lodestock.scenario.import_entries import MinimumImportPriceEntry as MinimumImportPriceEntry
from lodestock.scenario.import_entries import TariffEntry as TariffEntry
from lodestock.scenario.import_entries import TariffRateQuotaEntry as TariffRateQuotaEntry
from lodestock.scenario.mandate_entries import DomesticContentEntry as DomesticContentEntry
from lodestock.scenario.mandate_entries import RecycledContentEntry as RecycledContentEntry
from lodestock.scenario.mandate_entries import SingleCountryCapEntry as SingleCountryCapEntry
from lodestock.scenario.reserve_entries import PolicyStockEntry as PolicyStockEntry
from lodestock.scenario.reserve_entries import PublicPurchaseEntry as PublicPurchaseEntry
from lodestock.scenario.reserve_entries import ReleaseEntry as ReleaseEntry


class ExportBanEntry(ControlEntry):
    """No exports from some countries to others; third countries may still resell."""

    type: Literal["export_ban"]
    exporters: Countries = Field(description="Countries that ban exports.", examples=["China"])
    importers: Countries = Field(
        default=EVERYBODY_ELSE,
        description="Destinations barred; everybody else when left out.",
        examples=["USA"],
    )


class ExportQuotaEntry(ControlEntry):
    """One limit on exports over all routes together, with a rent for whoever may ship.

    With `shared: true` the limit is one for all materials listed: they compete for it, and its rent per tonne
    counted is the same for all of them.
    """

    type: Literal["export_quota"]
    exporters: Countries = Field(description="Countries that limit exports.", examples=["COD"])
    importers: Countries = Field(
        default=EVERYBODY_ELSE,
        description="Destinations counted; everybody else when left out.",
        examples=["all"],
    )
    limit: Limit = Field(
        description="Tonnage per year, or share of the base-year flow; a shared tonnage counts its form.",
        examples=["96600 t/year", "50 %", "30 kt/year oxide"],
    )
    shared: bool = Field(
        default=False,
        description="One limit for all materials of the entry together, instead of one for each.",
        examples=["true"],
    )
    rent_to: RentTo = Field(
        default="licence_holders",
        description="Who keeps the rent: whoever holds a licence, the exporter's treasury, or the importers.",
        examples=["treasury"],
    )


class ExportLicenceEntry(ControlEntry):
    """Licence regime: exports freeze, ramp up and settle at a share of the base flow, by destination."""

    type: Literal["export_licence"]
    exporters: Countries = Field(description="Countries that require licences.", examples=["China"])
    importers: Countries = Field(
        default=EVERYBODY_ELSE,
        description="Destinations that need one; everybody else when left out.",
        examples=["all-but: [KOR]"],
    )
    plateau: Multiple = Field(
        description="Share of the base flow that returns; above 100 % allowed.", examples=["60 %"]
    )
    plateau_by_destination: dict[Word, Multiple] = Field(
        default_factory=dict,
        description="Shares that differ: country, set or zone -> share.",
        examples=["{USA: 0 %, EU27: 40 %}"],
    )
    freeze: Duration | None = Field(
        default=None, description="Time at the start with next to no exports.", examples=["2 months"]
    )
    freeze_share: Share | None = Field(
        default=None,
        description="Share of the base flow during the freeze; 0 % when left out.",
        examples=["3 %"],
    )
    ramp: Duration | None = Field(
        default=None, description="Time from the end of the freeze to the plateau.", examples=["6 months"]
    )
    pull_forward: Multiple | None = Field(
        default=None,
        description="Tonnes shipped ahead of the start, as a share of one year's base flow.",
        examples=["10 %"],
    )
    rent_to: RentTo = Field(
        default="licence_holders",
        description="Who keeps the rent: whoever holds a licence, the exporter's treasury, or the importers.",
        examples=["licence_holders"],
    )


class ExportTaxEntry(Entry):
    """Tax on exports, kept by the exporter's treasury."""

    type: Literal["export_tax"]
    exporters: Countries = Field(description="Countries that tax exports.", examples=["IDN"])
    importers: Countries = Field(
        default=EVERYBODY_ELSE,
        description="Destinations taxed; everybody else when left out.",
        examples=["all"],
    )
    rate: TaxRate = Field(
        description="Share of the price at the destination, below 100 %, or USD per mass of a form.",
        examples=["15 %"],
    )


class ProductionSubsidyEntry(Support):
    """Payment per tonne produced."""

    type: Literal["production_subsidy"]
    amount: Price = Field(
        description="Payment: USD per mass of a form, or % of base.", examples=["5000 USD/t carbonate"]
    )
    volume: YearlyTonnage | None = Field(
        default=None,
        description="Most tonnes paid for per year; all output when left out.",
        examples=["5 kt/year"],
    )


class CapitalSubsidyEntry(Support):
    """Grant of a share of the capital cost of new capacity."""

    type: Literal["capital_subsidy"]
    capacity: YearlyTonnage = Field(description="New capacity supported.", examples=["20 kt/year"])
    share: Share = Field(description="Share of the capital cost granted.", examples=["30 %"])
    capital_cost: Price | None = Field(
        default=None,
        description="USD per tonne of yearly capacity; from the assumptions when left out.",
        examples=["40000 USD/t carbonate"],
    )
    operating_cost: Price | None = Field(
        default=None,
        description="Cost per tonne produced in the new plant; the model's own when left out.",
        examples=["90 % of base"],
    )
    life: Lifetime | None = Field(
        default=None, description="Life of the plant; 20 years when left out.", examples=["20 years"]
    )
    discount_rate: Share | None = Field(
        default=None, description="Yearly discount rate; 8 % when left out.", examples=["8 %"]
    )


class ContractForDifferenceEntry(Support):
    """Payment of the gap between a strike and the producer's price; optional return of the upside.

    With an upside share of 100 % the contract is two-way: producers always see the strike.
    """

    type: Literal["contract_for_difference"]
    strike: Price = Field(
        description="Price guaranteed: USD per mass of a form, or % of base.", examples=["110 USD/kg oxide"]
    )
    upside_share: Share | None = Field(
        default=None,
        description="Share of the gain above 'upside_from' returned; 0 % when left out.",
        examples=["30 %"],
    )
    upside_from: Price | None = Field(
        default=None,
        description="Price above which upside is shared; the strike when left out.",
        examples=["130 USD/kg oxide"],
    )
    volume: YearlyTonnage | None = Field(
        default=None,
        description="Output under contract per year; all output when left out.",
        examples=["6000 t/year oxide"],
    )
    budget: Budget | None = Field(
        default=None,
        description="Most that is paid out in a year; where the gap costs more, every contracted tonne gets"
        " the same lower payment.",
        examples=["300 million USD"],
    )


class OutageEntry(Entry):
    """Loss of capacity, such as a strike, an accident or a closure."""

    type: Literal["outage"]
    countries: Countries = Field(description="Countries hit.", examples=["COD"])
    loss: Loss = Field(
        description="Share of each country's capacity, or tonnes per year over all of them.",
        examples=["30 %"],
    )


class DemandShockEntry(Entry):
    """Shift of use at unchanged price."""

    type: Literal["demand_shock"]
    countries: Countries = Field(
        default=EVERYBODY_ELSE, description="Countries whose use shifts; all when left out.", examples=["all"]
    )
    change: Change = Field(
        description="Share of base use, or tonnes per year over all countries; negative for less.",
        examples=["-15 %"],
    )
    end_use: Word | None = Field(
        default=None, description="Limit a share to one end use of the material.", examples=["batteries"]
    )


class SupplySurgeEntry(Entry):
    """More supply at unchanged price, such as new mines that come all at once."""

    type: Literal["supply_surge"]
    countries: Countries = Field(description="Countries that add supply.", examples=["[CHN, ZWE]"])
    change: Gain = Field(
        description="Share of base output, or tonnes per year over all of them.",
        examples=["20 %", "60 kt/year"],
    )


InstrumentEntry = (
    FloorEntry
    | TariffEntry
    | TariffRateQuotaEntry
    | MinimumImportPriceEntry
    | DerivativeLevyEntry
    | DomesticContentEntry
    | RecycledContentEntry
    | SingleCountryCapEntry
    | ExportBanEntry
    | ExportQuotaEntry
    | ExportLicenceEntry
    | ExportTaxEntry
    | ProductionSubsidyEntry
    | CapitalSubsidyEntry
    | ContractForDifferenceEntry
    | PublicPurchaseEntry
    | ReleaseEntry
    | PolicyStockEntry
)
ShockEntry = OutageEntry | DemandShockEntry | SupplySurgeEntry | ClosureEntry | EnforcementEntry
AnyEntry = InstrumentEntry | ShockEntry

TaggedInstrument = Annotated[InstrumentEntry, Field(discriminator="type")]
TaggedShock = Annotated[ShockEntry, Field(discriminator="type")]
TaggedEntry = Annotated[AnyEntry, Field(discriminator="type")]

INSTRUMENT_TYPES: dict[str, type[Entry]] = {
    "floor": FloorEntry,
    "tariff": TariffEntry,
    "tariff_rate_quota": TariffRateQuotaEntry,
    "minimum_import_price": MinimumImportPriceEntry,
    "derivative_levy": DerivativeLevyEntry,
    "domestic_content": DomesticContentEntry,
    "recycled_content": RecycledContentEntry,
    "single_country_cap": SingleCountryCapEntry,
    "export_ban": ExportBanEntry,
    "export_quota": ExportQuotaEntry,
    "export_licence": ExportLicenceEntry,
    "export_tax": ExportTaxEntry,
    "production_subsidy": ProductionSubsidyEntry,
    "capital_subsidy": CapitalSubsidyEntry,
    "contract_for_difference": ContractForDifferenceEntry,
    "public_purchase": PublicPurchaseEntry,
    "release": ReleaseEntry,
    "policy_stock": PolicyStockEntry,
}
SHOCK_TYPES: dict[str, type[Entry]] = {
    "outage": OutageEntry,
    "demand_shock": DemandShockEntry,
    "supply_surge": SupplySurgeEntry,
    "closure": ClosureEntry,
    "enforcement": EnforcementEntry,
}
ENTRY_TYPES: dict[str, type[Entry]] = {**INSTRUMENT_TYPES, **SHOCK_TYPES}
