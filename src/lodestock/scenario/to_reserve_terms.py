"""Entries of public reserves -> terms of the policy room."""

from __future__ import annotations

from lodestock.errors import ConflictError, FileFormatError, ValueOutOfRangeError
from lodestock.policy import terms
from lodestock.scenario import entries as e
from lodestock.scenario.entry_market import EntryMarket


def public_purchase(entry: e.PublicPurchaseEntry, market: EntryMarket) -> terms.PublicPurchase:
    """A purchase, limited by tonnes, money or both."""
    if entry.quantity is None and entry.budget is None:
        raise FileFormatError(
            "neither 'quantity' nor 'budget' limits the purchase",
            where=market.where(""),
            allowed="quantity, budget, or both",
        )
    return terms.PublicPurchase(
        **market.base(),
        buyers=market.countries(entry.buyers, "buyers"),
        quantity_t=market.optional_tonnes(entry.quantity, "quantity"),
        price_max=market.optional_amount(entry.price_max, "price_max"),
        budget_usd=None if entry.budget is None else entry.budget.value,
    )


def release(entry: e.ReleaseEntry, market: EntryMarket) -> terms.Release:
    """A sale."""
    quantity = market.tonnes(entry.quantity, "quantity")
    stock = market.optional_tonnes(entry.stock, "stock")
    if stock is not None and quantity > stock * (1.0 + 1e-12):
        raise ValueOutOfRangeError(
            f"the release of {entry.quantity.text} is larger than the stock of {entry.stock.text}"
            if entry.stock is not None
            else "the release is larger than the stock",
            where=market.where("quantity"),
            allowed=f"at most {stock:g} t contained",
        )
    return terms.Release(
        **market.base(),
        countries=market.countries(entry.countries, "countries"),
        quantity_t=quantity,
        stock_t=stock,
        price_min=market.optional_amount(entry.price_min, "price_min"),
    )


def policy_stock(entry: e.PolicyStockEntry, market: EntryMarket) -> terms.PolicyStock:
    """A reserve that acts by rule."""
    buy, sell = entry.buy_price, entry.release_price
    lower, higher = market.amount(buy, "buy_price"), market.amount(sell, "release_price")
    if buy.dimension == sell.dimension and lower.at(1.0) >= higher.at(1.0):
        raise ConflictError(
            f"the stock would buy at {buy.text} and sell at {sell.text}",
            where=market.where("release_price"),
            allowed="a release price above the buy price",
        )
    return terms.PolicyStock(
        **market.base(),
        countries=market.countries(entry.countries, "countries"),
        buy_price=lower,
        release_price=higher,
        budget_usd=entry.budget.value,
        stock_t=market.tonnes(entry.stock, "stock"),
    )
