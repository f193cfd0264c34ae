"""The scenario file as a whole: its keys, types, defaults and meaning."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, StrictFloat, StrictInt

from lodestock.scenario.entries import TaggedEntry, TaggedInstrument, TaggedShock
from lodestock.scenario.fields import (
    Countries,
    Date,
    Horizon,
    Name,
    Names,
    Period,
    Section,
    Share,
    Text,
    Texts,
    Word,
    ZoneName,
)
from lodestock.scenario.quantity import Quantity

MAX_ENTRIES = 100
MAX_CASES = 40
MAX_DRAWS = 10_000
MAX_PERIODS = 60
MAX_SEED = 2**63 - 1
RESERVED_CASES = ("baseline", "scenario")


class ZoneSection(Section):
    """A set of countries that share reference prices."""

    members: Countries = Field(
        description="Countries and sets that belong to it.", examples=["[USA, EU27, JPN]"]
    )
    non_members: Countries | None = Field(
        default=None,
        description="Countries that must not be members; a check against slips.",
        examples=["[CHN, RUS]"],
    )
    source: Texts = Field(
        default=(), description="Where the membership comes from.", examples=["G7 statement"]
    )
    note: str = Field(default="", description="What a reader should know.", examples=["Mexico joins later."])


class AlternativeSection(Section):
    """Changes to the scenario that give another case to compare with it."""

    title: Text = Field(
        description="What is different, in a few words.", examples=["Ban shipments to the USA only"]
    )
    note: str = Field(default="", description="What a reader should know.", examples=["As announced."])
    remove: Names = Field(default=(), description="Names of entries to leave out.", examples=["ban-exports"])
    replace: tuple[TaggedEntry, ...] = Field(
        default=(),
        max_length=MAX_ENTRIES,
        description="Whole entries that take the place of those with the same name.",
        examples=["[{name: ban-exports, type: export_quota, ...}]"],
    )
    change: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="Name of an entry -> the keys to change in it.",
        examples=["{ban-exports: {importers: USA}}"],
    )
    add: tuple[TaggedEntry, ...] = Field(
        default=(),
        max_length=MAX_ENTRIES,
        description="Further instruments and shocks.",
        examples=["[{name: sale, type: release, ...}]"],
    )


class OptionsSection(Section):
    """How to solve."""

    draws: StrictInt = Field(
        default=200,
        ge=0,
        le=MAX_DRAWS,
        description="Draws over the ranges of the assumptions; 0 for none.",
        examples=[200],
    )
    seed: StrictInt = Field(
        default=20240101,
        ge=0,
        le=MAX_SEED,
        description="Seed of the draws: same seed, same numbers.",
        examples=[1],
    )
    friction: StrictInt | StrictFloat = Field(
        default=1.0,
        ge=0.1,
        le=10.0,
        description="Multiple of the assumed stiffness of trade routes.",
        examples=[0.5],
    )


class PeriodsSection(Section):
    """Several periods solved one after the other or together, beside the year that is evaluated.

    An entry acts in the periods on whose first day it is in force, a closure in those it reaches into;
    commercial stocks go from one to the next.
    """

    first: Period = Field(
        description="First period: a year, a quarter or a month.", examples=["2026-Q1", "2026", "2026-01"]
    )
    count: StrictInt = Field(description="Number of periods.", ge=2, le=MAX_PERIODS, examples=[8])
    foresight: Literal["perfect", "rolling"] = Field(
        default="perfect",
        description="Whether holders of stocks know the prices to come, or expect the last one to stay.",
        examples=["rolling"],
    )
    interest: Share | None = Field(
        default=None, description="Yearly interest on stocks; 8 % when left out.", examples=["8 %"]
    )


class ScenarioFile(Section):
    """A policy question: a base year, what is done, what happens, and what to compare it with."""

    model_config = ConfigDict(title="Lodestock scenario")

    extends: Word | None = Field(
        default=None,
        description="Scenario to build on: a file beside this one or the name of a shipped one.",
        examples=["antimony-ban-release"],
    )
    drop: Names = Field(
        default=(),
        description="Names of inherited entries to leave out; only with extends.",
        examples=["sale"],
    )
    title: Text = Field(description="Title of the report.", examples=["Antimony export ban"])
    question: Text = Field(
        description="The decision it helps to take.",
        examples=["How much does a release help in the first year?"],
    )
    base_year: StrictInt = Field(
        default=2024, description="Calibrated year the comparison starts from.", examples=[2024]
    )
    materials: Names = Field(description="Materials to solve, by name.", examples=["[gallium, germanium]"])
    horizon: Horizon = Field(
        default=Quantity(1.0, "duration", None, "short"),
        description="Time markets have to adapt: short (1 year), long (5 years) or a number of years.",
        examples=["short", "3 years"],
    )
    evaluate_on: Date | None = Field(
        default=None,
        description="Day on which entries count as in force; the latest start of all entries when left out.",
        examples=["2025-01-01"],
    )
    zones: dict[ZoneName, ZoneSection] = Field(
        default_factory=dict,
        description="Zone name -> members.",
        examples=["{allies: {members: [USA, EU27]}}"],
    )
    zone: Word | None = Field(
        default=None,
        description="Main zone of the report; the only one when left out, else the countries that act.",
        examples=["allies"],
    )
    instruments: tuple[TaggedInstrument, ...] = Field(
        default=(),
        max_length=MAX_ENTRIES,
        description="Policy measures, each with name, type and dates.",
    )
    shocks: tuple[TaggedShock, ...] = Field(
        default=(), max_length=MAX_ENTRIES, description="Things that happen, each with name, type and dates."
    )
    alternatives: dict[Name, AlternativeSection] = Field(
        default_factory=dict,
        max_length=MAX_CASES,
        description="Name -> changes, each solved beside the scenario.",
    )
    periods: PeriodsSection | None = Field(
        default=None,
        description="Years, quarters or months to solve as well.",
        examples=["{first: 2026-Q1, count: 8}"],
    )
    options: OptionsSection = Field(
        default_factory=OptionsSection, description="How to solve.", examples=["{draws: 50, seed: 7}"]
    )
    sources: Texts = Field(
        default=(), description="Sources of the scenario as a whole.", examples=["USGS MCS 2026"]
    )
    note: str = Field(
        default="", description="What a reader should know.", examples=["Dates are those announced."]
    )
    format: Literal[1] = Field(default=1, description="Version of this format.", examples=[1])
