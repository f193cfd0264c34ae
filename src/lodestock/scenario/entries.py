"""Instruments and shocks as they stand in a file: one class per type; the fields document themselves.

The description, unit and example of every field are published in the JSON Schema and in
docs/scenario-reference.md; `lodestock.scenario.resolve` turns entries into `lodestock.policy.terms`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lodestock.scenario.fields import (
    Change,
    Countries,
    Date,
    Duration,
    Gain,
    LeakShare,
    Lifetime,
    Limit,
    Loss,
    Multiple,
    Name,
    Names,
    Price,
    PriceOrZero,
    Rate,
    Section,
    Share,
    Stock,
    TaxRate,
    Texts,
    Tonnage,
    Word,
    YearlyTonnage,
)
from lodestock.scenario.sets import CountryList

RentTo = Literal["licence_holders", "treasury"]
EVERYBODY_ELSE = CountryList(names=("all",))


class Entry(Section):
    """What every instrument and shock has."""

    name: Name = Field(
        description="Name of the entry, unique within the scenario; alternatives refer to it.",
        examples=["ban-gallium-exports"],
    )
    material: Names | None = Field(
        default=None,
        description="Material, or list of materials, it acts on. May be left out when the scenario has one.",
        examples=["gallium"],
    )
    stage: Word | None = Field(
        default=None,
        description="Stage it acts on. May be left out when the material has one stage.",
        examples=["refined"],
    )
    start: Date = Field(description="First day in force.", examples=["2024-12-03"])
    end: Date | None = Field(
        default=None,
        description="First day no longer in force; open-ended when left out.",
        examples=["2026-11-27"],
    )
    source: Texts = Field(
        default=(),
        description="Where the figures come from: a text or a list of texts.",
        examples=["MOFCOM announcement 46 of 2024"],
    )
    note: str = Field(default="", description="What a reader should know.", examples=["Suspended in 2025."])


class FloorEntry(Entry):
    """Zone floor: an adjustable levy on imports from non-members holds the zone's reference price up."""

    type: Literal["floor"]
    zone: Word | None = Field(
        default=None, description="Zone that holds it; the main zone when left out.", examples=["allies"]
    )
    price: Price = Field(
        description="Reference price that the levy defends: USD per mass of a form, or % of base.",
        examples=["110 USD/kg oxide", "115 % of base"],
    )
    cap: PriceOrZero | None = Field(
        default=None, description="Highest levy; none when left out.", examples=["100 % of base"]
    )
    exempt_origins: Countries | None = Field(
        default=None, description="Non-members whose shipments pay no levy.", examples=["[CHL, ZMB]"]
    )


class TariffEntry(Entry):
    """Fixed duty on imports."""

    type: Literal["tariff"]
    importers: Countries = Field(description="Countries that levy it and keep it.", examples=["USA"])
    exporters: Countries = Field(
        default=EVERYBODY_ELSE,
        description="Origins it falls on; everybody else when left out.",
        examples=["CHN"],
    )
    rate: Rate = Field(
        description="Share of the price of origin, or USD per mass of a form.", examples=["25 %", "500 USD/t"]
    )


class ControlEntry(Entry):
    """What the controls on tonnes share."""

    leak: LeakShare | None = Field(
        default=None,
        description="Share of the blocked base flow that arrives all the same, through third countries or"
        " under another name, at an extra cost (assumption `leak_cost_share`); nothing leaks when left out."
        " A range enters the draws.",
        examples=["20 %", "{low: 5 %, central: 20 %, high: 35 %}"],
    )


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
        description="Who keeps the rent: whoever holds a licence, or the exporter's treasury.",
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
        description="Who keeps the rent: whoever holds a licence, or the exporter's treasury.",
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


class Support(Entry):
    """What the three kinds of support for producers share."""

    producers: Countries = Field(
        description="Countries whose producers are supported.", examples=["[USA, AUS]"]
    )
    payers: Countries | None = Field(
        default=None,
        description="Treasuries that pay; each producer's own when left out, else in proportion to use.",
        examples=["G7"],
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
    """Payment of the gap between a strike and the producer's price; optional return of the upside."""

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


class PublicPurchaseEntry(Entry):
    """Purchase into a public reserve."""

    type: Literal["public_purchase"]
    buyers: Countries = Field(
        description="Countries that buy and pay, in proportion to use.", examples=["AUS"]
    )
    quantity: Tonnage = Field(description="Most tonnes bought within the year solved.", examples=["500 t"])
    price_max: Price | None = Field(
        default=None, description="No purchase above this price.", examples=["120 % of base"]
    )


class ReleaseEntry(Entry):
    """Sale from a public reserve."""

    type: Literal["release"]
    countries: Countries = Field(
        description="Countries that release, each into its own market, in proportion to use.",
        examples=["USA"],
    )
    quantity: Tonnage = Field(description="Most tonnes sold within the year solved.", examples=["300 t"])
    stock: Stock | None = Field(
        default=None,
        description="Tonnes the reserve holds; the release may not exceed it.",
        examples=["1100 t"],
    )
    price_min: Price | None = Field(
        default=None, description="No sale below this price.", examples=["150 % of base"]
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
    | ExportBanEntry
    | ExportQuotaEntry
    | ExportLicenceEntry
    | ExportTaxEntry
    | ProductionSubsidyEntry
    | CapitalSubsidyEntry
    | ContractForDifferenceEntry
    | PublicPurchaseEntry
    | ReleaseEntry
)
ShockEntry = OutageEntry | DemandShockEntry | SupplySurgeEntry
AnyEntry = InstrumentEntry | ShockEntry

TaggedInstrument = Annotated[InstrumentEntry, Field(discriminator="type")]
TaggedShock = Annotated[ShockEntry, Field(discriminator="type")]
TaggedEntry = Annotated[AnyEntry, Field(discriminator="type")]

INSTRUMENT_TYPES: dict[str, type[Entry]] = {
    "floor": FloorEntry,
    "tariff": TariffEntry,
    "export_ban": ExportBanEntry,
    "export_quota": ExportQuotaEntry,
    "export_licence": ExportLicenceEntry,
    "export_tax": ExportTaxEntry,
    "production_subsidy": ProductionSubsidyEntry,
    "capital_subsidy": CapitalSubsidyEntry,
    "contract_for_difference": ContractForDifferenceEntry,
    "public_purchase": PublicPurchaseEntry,
    "release": ReleaseEntry,
}
SHOCK_TYPES: dict[str, type[Entry]] = {
    "outage": OutageEntry,
    "demand_shock": DemandShockEntry,
    "supply_surge": SupplySurgeEntry,
}
ENTRY_TYPES: dict[str, type[Entry]] = {**INSTRUMENT_TYPES, **SHOCK_TYPES}
