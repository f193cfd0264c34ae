"""The reserve case file: its keys, types, defaults and meaning."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictFloat, StrictInt

from lodestock.reserve.amounts import Fraction, Rate
from lodestock.reserve.case import Objective
from lodestock.reserve.schema_money import MoneySection
from lodestock.scenario.fields import (
    Countries,
    Date,
    Lifetime,
    Name,
    Names,
    Price,
    PriceOrZero,
    Section,
    Stock,
    Text,
    Texts,
    Word,
    YearlyTonnage,
)

MAX_QUARTERS = 80
MAX_LIST = 200


def _named(value: object) -> object:
    """A list of names as a mapping of each to itself; anything else as it is."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return {name: name for name in value}
    return value


class SiteSection(Section):
    """Where stock lies."""

    country: Word = Field(description="Country.", examples=["USA"])
    rent: PriceOrZero = Field(description="Rent a year per t.", examples=["60 USD/t"])
    capacity: Stock | None = Field(default=None, description="Most it holds, t contained, all materials.")
    delivery: Fraction = Field(
        default=1.0, description="Share of what lies there that can leave in a quarter."
    )
    source: Texts = Field(default=(), description="Where the figures come from.")


class HoldingSection(Section):
    """What may be held: a material in a form at a site."""

    material: Word = Field(description="Material.", examples=["gallium"])
    form: Word = Field(description="Form in which it lies.", examples=["metal", "oxide"])
    site: Word = Field(description="Site.", examples=["depot"])
    start: Stock | None = Field(default=None, description="Held at the start; nothing when left out.")
    limit: Stock | None = Field(
        default=None, description="Most that may be held; three years of need when left out."
    )
    lag: StrictInt = Field(default=1, ge=0, le=8, description="Quarters from purchase to arrival.")
    usable: Fraction = Field(default=1.0, description="t that users can take per t released.")
    premium: Rate = Field(default=0.0, description="Price of the form over the reference price.")
    loss: Fraction = Field(default=0.0, description="Share lost a year.")
    shelf_life: Lifetime | None = Field(default=None, description="Time after which a lot is swapped.")
    rotation_cost: Fraction | None = Field(default=None, description="Cost of a swap, share of price.")
    insurance: Fraction | None = Field(default=None, description="Insurance a year, share of value.")
    source: Texts = Field(default=(), description="Where the figures come from.")


class MaterialSection(Section):
    """What the case says about a material beyond the world's figures."""

    stage: Word | None = Field(default=None, description="Stage that is held; the last one when left out.")
    cover: Lifetime | None = Field(default=None, description="Target: this long of the members' need.")
    tiers: dict[str, Fraction] | None = Field(
        default=None, description="Share of need by tier; from the world's end uses when left out."
    )
    shortage_value: dict[str, PriceOrZero] | None = Field(
        default=None, description="Loss per t short by tier; from the world's end uses when left out."
    )
    need: YearlyTonnage | None = Field(default=None, description="Need a year; the world's when left out.")
    price: Price | None = Field(default=None, description="Price per t contained; the world's when left out.")
    short: dict[str, Fraction] | None = Field(
        default=None,
        description="Regime -> share of need that is short; the market model's answer when left out.",
    )
    purchase_share: Fraction | None = Field(
        default=None, description="Most bought in a quarter, share of the quarter's world output."
    )
    price_blocks: tuple[tuple[Fraction, StrictInt | StrictFloat], ...] | None = Field(
        default=None,
        max_length=12,
        description="[share of the quarter's world output, multiple of price] of each block, cheapest first.",
    )
    offtake: YearlyTonnage | None = Field(default=None, description="Purchases a year promised to producers.")
    resale: Fraction | None = Field(default=None, description="Revenue of a lot sold, share of price.")
    stress: Fraction | None = Field(
        default=None,
        description="Fall of price under which the books count it for the loan; the loan's if left out.",
    )


class RegimeSection(Section):
    """What is lost in a regime, or goes with a signal."""

    exporters: Countries | None = Field(default=None, description="Whose shipments are cut.")
    importers: Countries | None = Field(
        default=None, description="Whose imports are cut; everybody else's when left out."
    )
    cut: Fraction = Field(default=0.0, description="Share of shipments that stops.")
    out: Countries | None = Field(default=None, description="Countries that lose output.")
    lost: Fraction = Field(default=0.0, description="Share of their output that is lost.")
    stage: Word | None = Field(
        default=None,
        description="Stage of the chain; left out, the one held, or where these countries supply far more.",
    )
    probability: dict[str, Fraction] | None = Field(
        default=None, description="Of a signal: regime -> probability to see it."
    )


class GroupSection(Section):
    """Materials that are disrupted together."""

    materials: Names = Field(description="Materials of the group.")
    regimes: dict[Name, RegimeSection] = Field(
        max_length=8, description="Regime -> what is lost in it; one must be calm."
    )
    transition: dict[str, dict[str, Fraction]] = Field(
        description="Regime -> probability of each regime a quarter later; rows add to one."
    )
    start: Word | dict[str, Fraction] = Field(
        default="calm", description="Regime of the first quarter, or the probability of each."
    )
    hidden: bool = Field(default=False, description="The regime is not seen, only signals are.")
    signals: dict[Name, RegimeSection] = Field(
        default_factory=dict,
        max_length=8,
        description="Signal -> what is lost with it, and its probabilities.",
    )
    source: Texts = Field(default=(), description="Where the chain comes from.")


class NoiseSection(Section):
    """Noise by quarter."""

    outcomes: StrictInt = Field(default=4, ge=1, le=64, description="Equally likely joint outcomes.")
    gap: Fraction = Field(default=0.2, description="Standard deviation of the size of a shortage.")
    price: Fraction = Field(
        default=0.08, description="Standard deviation of prices that is gone a quarter later."
    )
    shared: Fraction = Field(default=0.3, description="Correlation of prices between materials.")
    seed: StrictInt = Field(default=1, ge=0, description="Seed of the draws.")


class RiskSection(Section):
    """How risk is weighed: EAVaR."""

    weight: Fraction = Field(default=1.0, description="Weight on the expectation; 1 is risk-neutral.")
    tail: Fraction = Field(default=0.1, description="The rest weighs the mean of this worst share.")


class TrainingSection(Section):
    """When to stop looking for a better plan."""

    gap: Fraction = Field(default=0.01, description="Certified gap to reach.")
    seconds: StrictInt | StrictFloat = Field(default=120.0, gt=0, le=86_400, description="Time limit.")
    iterations: StrictInt = Field(default=2000, ge=1, le=1_000_000, description="Limit of iterations.")
    paths: StrictInt = Field(default=500, ge=2, le=20_000, description="Paths to walk with the plan.")
    seed: StrictInt = Field(default=1, ge=0, description="Seed of training and paths.")


class CaseFile(Section):
    """A reserve to plan."""

    model_config = ConfigDict(title="Lodestock reserve case")

    kind: Literal["reserve"] = Field(description="Says that this file is a reserve case.")
    title: Text = Field(description="Title of the report.")
    question: Text = Field(description="The decision it helps to take.")
    objective: Objective = Field(
        description="What the reserve is for; there is no default, because the plans differ."
    )
    weights: dict[Objective, Fraction] = Field(
        default_factory=dict, description="Weight of the harm that each other objective counts."
    )
    base_year: StrictInt = Field(default=2024, description="Calibrated year of the world.")
    members: Countries = Field(description="Whose need is covered.")
    start: Date = Field(description="First day.")
    quarters: StrictInt = Field(ge=1, le=MAX_QUARTERS, description="Length of the plan.")
    discount_rate: Rate = Field(description="Real rate a year at which later money counts less.")
    sites: dict[Name, SiteSection] = Field(max_length=MAX_LIST, description="Site -> figures.")
    holdings: tuple[HoldingSection, ...] = Field(max_length=MAX_LIST, description="What may be held.")
    materials: dict[Word, MaterialSection] = Field(
        default_factory=dict, max_length=MAX_LIST, description="Material -> what differs from the world."
    )
    groups: dict[Name, GroupSection] = Field(max_length=6, description="Group -> regimes.")
    allies: Annotated[dict[Word, Countries], BeforeValidator(_named)] = Field(
        default_factory=dict,
        description="Ally -> countries that fill reserves at the same time; or a list of names.",
        examples=[{"USA": "USA", "Europe": "EU27"}, ["USA", "EU27", "JPN"]],
    )
    money: MoneySection = Field(default_factory=MoneySection, description="Where the money comes from.")
    noise: NoiseSection = Field(default_factory=NoiseSection, description="Noise by quarter.")
    risk: RiskSection = Field(default_factory=RiskSection, description="How risk is weighed.")
    training: TrainingSection = Field(default_factory=TrainingSection, description="When to stop.")
    crowding: Fraction | None = Field(default=None, description="Commercial stock given up per t held.")
    protection: Fraction | None = Field(
        default=None, description="Part of a shortage steered to the least valued tier."
    )
    permanent_impact: Fraction | None = Field(
        default=None, description="Part of a price impact that stays while stock is held."
    )
    cover_price: Fraction | None = Field(
        default=None, description="Cost of a missing t of cover, share of price a year."
    )
    terminal: Fraction | None = Field(default=None, description="Worth of stock at the end, share of price.")
    sell_in_calm: bool = Field(default=False, description="Stock may be sold while nothing is short.")
    sources: Texts = Field(default=(), description="Sources of the case as a whole.")
    note: str = Field(default="", description="What a reader should know.")
    format: Literal[1] = Field(default=1, description="Version of this format.")
