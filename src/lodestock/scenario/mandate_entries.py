"""Mandates on users as they stand in a file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lodestock.scenario.entry import EVERYBODY_ELSE, Entry
from lodestock.scenario.fields import Countries, Share


class Mandate(Entry):
    """What mandates share."""

    users: Countries = Field(
        description="Countries whose users have to meet it, all together.", examples=["EU27"]
    )


class DomesticContentEntry(Mandate):
    """A least share of what users take up comes from their own countries.

    Importers from outside buy permits that come with every tonne taken up; the price of a permit is the
    mandate's shadow price, paid by importers and received by users.
    """

    type: Literal["domestic_content"]
    share: Share = Field(
        description="Least share of uptake: use at the last stage, feed of refiners at a mine stage.",
        examples=["40 %"],
    )


class RecycledContentEntry(Mandate):
    """A least share of what users use is old scrap recovered in their own countries.

    Users buy a permit for that share of every tonne from those who recover scrap; the price of a permit is
    the mandate's shadow price.
    """

    type: Literal["recycled_content"]
    share: Share = Field(description="Least share of use.", examples=["16 %"])


class SingleCountryCapEntry(Mandate):
    """A largest share of what users take up comes from any one country outside.

    Importers from a country at its cap buy permits that come with every tonne taken up; the price of a permit
    is the cap's shadow price, paid by importers from there and received by users.
    """

    type: Literal["single_country_cap"]
    origins: Countries = Field(
        default=EVERYBODY_ELSE,
        description="Countries capped, one by one; everybody else when left out.",
        examples=["CHN"],
    )
    share: Share = Field(description="Largest share of uptake from one country.", examples=["65 %"])
