"""What entries of a scenario file share."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lodestock.scenario.fields import Countries, Date, LeakShare, Name, Names, Section, Texts, Word
from lodestock.scenario.sets import CountryList

RentTo = Literal["licence_holders", "treasury", "importers"]
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
    announced: Date | None = Field(
        default=None,
        description="Day it was announced, for the weekly path: nothing knows of it before; the start when"
        " left out.",
        examples=["2024-08-15"],
    )
    rumour: Date | None = Field(
        default=None,
        description="Day it was first talked of, before the announcement; users begin to stock up.",
        examples=["2024-08-01"],
    )
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


class ControlEntry(Entry):
    """What the controls on tonnes share."""

    leak: LeakShare | None = Field(
        default=None,
        description="Share of the blocked base flow that arrives all the same, through third countries or"
        " under another name, at an extra cost (assumption `leak_cost_share`); nothing leaks when left out."
        " A range enters the draws.",
        examples=["20 %", "{low: 5 %, central: 20 %, high: 35 %, lag: 2 months}"],
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
