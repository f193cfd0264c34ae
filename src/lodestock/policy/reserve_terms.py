"""Reserves: purchase, release, and both by rule."""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.policy.term import Amount, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPurchase(Term):
    """Purchase into a reserve, while the price is not above ``price_max``.

    Bought in, and paid by, ``buyers`` in proportion to base-year use; up to ``quantity_t`` per year, or as
    much as ``budget_usd`` per year buys, or whichever comes first. At least one of the two is set.
    """

    buyers: tuple[str, ...]
    quantity_t: float | None = None
    price_max: Amount | None = None
    budget_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Term):
    """Sale from a reserve of up to ``quantity_t`` per year, while the price is not below ``price_min``.

    Delivered in ``countries`` (the holders), in proportion to base-year use. ``stock_t`` is what the reserve
    holds, when stated.
    """

    countries: tuple[str, ...]
    quantity_t: float
    stock_t: float | None = None
    price_min: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStock(Term):
    """A reserve that acts by rule: buys at ``buy_price`` or below, sells at ``release_price`` or above.

    Bought and sold in ``countries`` in proportion to base-year use; ``release_price`` is the higher one.

    Parameters
    ----------
    budget_usd : most that is spent within the year.
    stock_t : what it holds at the start, all of which may be sold.
    """

    countries: tuple[str, ...]
    buy_price: Amount
    release_price: Amount
    budget_usd: float
    stock_t: float
