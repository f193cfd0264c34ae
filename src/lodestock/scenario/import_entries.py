"""Measures on imports as they stand in a file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lodestock.scenario.entry import EVERYBODY_ELSE, Entry
from lodestock.scenario.fields import (
    Countries,
    LeakShare,
    Limit,
    Multiple,
    PhaseIn,
    Price,
    PriceOrZero,
    Rate,
    Word,
)

DUTY_LEAK = (
    "Share of the charged base flow that comes in without paying, relabelled or declared as something else,"
    " at an extra cost (assumption `leak_cost_share`). A range enters the draws."
)


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
    levy_per: Literal["hub", "importer"] = Field(
        default="hub",
        description="One levy for the zone on its reference price, or one per member on its own price.",
        examples=["importer"],
    )
    reference: Literal["absorption", "imports"] = Field(
        default="absorption",
        description="What weights the members in the reference price: what they take up, or what they import"
        " from outside.",
        examples=["imports"],
    )
    basis: Literal["specific", "ad_valorem"] = Field(
        default="specific",
        description="Whether the levy is one amount per tonne, or one share of the price of origin.",
        examples=["ad_valorem"],
    )
    phase_in: PhaseIn | None = Field(
        default=None,
        description="Day -> share of the way from the base-year price to the floor that is in force from"
        " then on.",
        examples=["{2026-01-01: 40 %, 2027-01-01: 100 %}"],
    )
    drawback: bool = Field(
        default=False,
        description="The levy is repaid on exports out of the zone, up to the tonnes that paid it.",
        examples=["true"],
    )
    rules_of_origin: Literal["none", "last_transformation"] = Field(
        default="none",
        description="With last_transformation an exempt origin passes on free of the levy only what it mined,"
        " refined or recovered itself.",
        examples=["last_transformation"],
    )
    leak: LeakShare | None = Field(
        default=None,
        description=DUTY_LEAK,
        examples=["10 %", "{low: 0 %, central: 10 %, high: 20 %, lag: 3 months}"],
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
    phase_in: PhaseIn | None = Field(
        default=None,
        description="Day -> share of the rate that is in force from then on.",
        examples=["{2026-01-01: 50 %, 2027-01-01: 100 %}"],
    )
    leak: LeakShare | None = Field(default=None, description=DUTY_LEAK, examples=["10 %"])


class TariffRateQuotaEntry(Entry):
    """A low duty on the first tonnes imported in a year, a high one beyond."""

    type: Literal["tariff_rate_quota"]
    importers: Countries = Field(
        description="Countries that levy it, with one quota together.", examples=["EU27"]
    )
    exporters: Countries = Field(
        default=EVERYBODY_ELSE,
        description="Origins it falls on; everybody else when left out.",
        examples=["CHN"],
    )
    limit: Limit = Field(
        description="Quota: tonnage per year, or share of the base-year flow.",
        examples=["5000 t/year", "60 %"],
    )
    within: Rate = Field(
        description="Duty up to the quota: share of the landed price, or USD per mass of a form.",
        examples=["0 %"],
    )
    beyond: Rate = Field(description="Duty above the quota; not lower.", examples=["25 %", "500 USD/t"])
    rent_to: Literal["licence_holders", "treasury", "exporters"] = Field(
        default="licence_holders",
        description="Who keeps what a tonne within the quota is worth: whoever holds a licence in the"
        " importing country, its treasury, or the exporters.",
        examples=["exporters"],
    )


class MinimumImportPriceEntry(Entry):
    """No imports below a price; exporters keep the gap that it opens."""

    type: Literal["minimum_import_price"]
    importers: Countries = Field(
        description="Countries that require it, each at its own border.", examples=["EU27"]
    )
    exporters: Countries = Field(
        default=EVERYBODY_ELSE,
        description="Origins bound by it; everybody else when left out.",
        examples=["CHN"],
    )
    price: Price = Field(
        description="Least price, duties on the same goods included: USD per mass of a form, or % of base.",
        examples=["110 USD/kg oxide", "115 % of base"],
    )


class DerivativeLevyEntry(Entry):
    """The levy of a floor on an earlier stage, paid on later-stage imports by their content of it."""

    type: Literal["derivative_levy"]
    of: Word = Field(
        description="Name of the floor, on an earlier stage of the same material.", examples=["ore-floor"]
    )
    content: Multiple | None = Field(
        default=None,
        description="Tonnes of the protected stage per tonne; what the zone's refiners use when left out.",
        examples=["110 %"],
    )
