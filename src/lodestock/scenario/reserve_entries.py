"""Public reserves as they stand in a file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lodestock.scenario.entry import Entry
from lodestock.scenario.fields import Budget, Countries, Price, Stock, Tonnage


class PublicPurchaseEntry(Entry):
    """Purchase into a public reserve."""

    type: Literal["public_purchase"]
    buyers: Countries = Field(
        description="Countries that buy and pay, in proportion to use.", examples=["AUS"]
    )
    quantity: Tonnage | None = Field(
        default=None,
        description="Most tonnes bought within the year solved; as many as the budget buys when left out.",
        examples=["500 t"],
    )
    budget: Budget | None = Field(
        default=None,
        description="Most that is spent within the year solved; may be left out beside a quantity.",
        examples=["200 million USD"],
    )
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


class PolicyStockEntry(Entry):
    """A reserve that acts by rule: it buys when the price is low and sells when it is high."""

    type: Literal["policy_stock"]
    countries: Countries = Field(
        description="Countries that hold it, each trading in its own market, in proportion to use.",
        examples=["[USA, JPN]"],
    )
    buy_price: Price = Field(description="It buys at this price and below.", examples=["80 % of base"])
    release_price: Price = Field(description="It sells at this price and above.", examples=["150 % of base"])
    budget: Budget = Field(
        description="Most that is spent within the year solved, or over all periods together.",
        examples=["200 million USD"],
    )
    stock: Stock = Field(
        description="Tonnes it holds at the start, all of which may be sold; one stock over all periods.",
        examples=["1100 t"],
    )
