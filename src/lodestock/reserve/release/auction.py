r"""Sealed auction of a release.

Bids are served from the highest price down to the lowest price the seller takes, each bidder up to its cap;
bids at the last price share in proportion to what they ask. With p the lowest price that is served, a winner
pays

.. math:: \text{uniform: } p, \qquad \text{discriminatory: its own bid}

``sell_through`` is what is sold over what is offered. `record` holds what the only reserve that publishes its
metal auctions sold: between 18.8 % and a little over all of what it offered.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite
from pathlib import Path
from typing import Literal

from lodestock.errors import UnknownNameError, ValueOutOfRangeError

RECORD = Path(__file__).with_name("nfsra_auctions.csv")
PRICING = ("uniform", "discriminatory")
Pricing = Literal["uniform", "discriminatory"]


@dataclass(frozen=True)
class Bid:
    """What a bidder would take: t at up to ``price`` USD/t. A bidder may bid at several prices."""

    bidder: str
    price: float
    t: float


@dataclass(frozen=True)
class Sale:
    """What each bid got and pays, aligned to the bids: t and USD/t (0 where nothing was sold)."""

    offered: float
    sold: tuple[float, ...]
    paid: tuple[float, ...]
    price: float
    """Lowest price served; 0 when nothing was sold."""
    winners: int
    bidders: int

    @property
    def total(self) -> float:
        """Tonnes sold."""
        return sum(self.sold)

    @property
    def revenue(self) -> float:
        """USD received."""
        return sum(t * p for t, p in zip(self.sold, self.paid, strict=True))

    @property
    def sell_through(self) -> float:
        """Share of what was offered that was sold; 0 when nothing was offered."""
        return self.total / self.offered if self.offered > 0 else 0.0


def auction(
    offered: float,
    bids: Sequence[Bid],
    *,
    pricing: Pricing = "uniform",
    cap: float = inf,
    lowest: float = 0.0,
) -> Sale:
    """Sell up to ``offered`` t.

    Parameters
    ----------
    cap : most one bidder may get, t. ``lowest`` : price below which nothing is sold, USD/t.

    Raises
    ------
    UnknownNameError
        A way of pricing that does not exist.
    ValueOutOfRangeError
        A negative or unknown quantity or price.
    """
    if pricing not in PRICING:
        raise UnknownNameError("pricing", pricing, PRICING, where="auction")
    for name, value in (("offered", offered), ("lowest", lowest), *((b.bidder, b.t) for b in bids)):
        if not isfinite(value) or value < 0:
            raise ValueOutOfRangeError(f"{name} is {value}", where="auction", allowed="0 or more")
    if not cap > 0 or any(not isfinite(b.price) for b in bids):
        raise ValueOutOfRangeError("a cap or a price", where="auction", allowed="a cap above 0, known prices")
    sold = [0.0] * len(bids)
    left, taken, last = offered, dict.fromkeys((b.bidder for b in bids), 0.0), 0.0
    for price in sorted({b.price for b in bids if b.price >= lowest}, reverse=True):
        wish = _wishes(bids, price, cap, taken)
        asked = sum(wish.values())
        if left <= 0.0 or asked <= 0.0:
            continue
        part = min(1.0, left / asked)
        for n, t in wish.items():
            sold[n] = t * part
            taken[bids[n].bidder] += sold[n]
        left = max(0.0, left - asked * part)
        last = price
    paid = tuple(
        0.0 if t <= 0.0 else last if pricing == "uniform" else bid.price
        for t, bid in zip(sold, bids, strict=True)
    )
    winners = sum(1 for t in taken.values() if t > 0.0)
    return Sale(offered, tuple(sold), paid, last, winners, len(taken))


@dataclass(frozen=True)
class PastSale:
    """One published auction: t offered and sold, price as published, who took part (None where unknown)."""

    year: int
    material: str
    offered_t: float
    sold_t: float
    price_rmb_per_t: float
    bidders: int | None
    winners: int | None
    cap_t: float | None
    source: str

    @property
    def sell_through(self) -> float:
        """Share of what was offered that was sold."""
        return self.sold_t / self.offered_t


@lru_cache(maxsize=1)
def record() -> tuple[PastSale, ...]:
    """Return the published auctions of base metals and magnesium, oldest first."""

    def known(text: str) -> float | None:
        return float(text) if text else None

    def whole(text: str) -> int | None:
        return int(text) if text else None

    with RECORD.open(encoding="utf-8", newline="") as handle:
        return tuple(
            PastSale(
                int(row["year"]),
                row["material"],
                float(row["offered_t"]),
                float(row["sold_t"]),
                float(row["price_rmb_per_t"]),
                whole(row["bidders"]),
                whole(row["winners"]),
                known(row["cap_t"]),
                row["source"],
            )
            for row in csv.DictReader(handle)
        )


def sold_share() -> tuple[float, float, float]:
    """Return low, central and high share of an offer that sells: range and median of the record."""
    shares = sorted(min(1.0, sale.sell_through) for sale in record())
    middle = len(shares) // 2
    central = shares[middle] if len(shares) % 2 else 0.5 * (shares[middle - 1] + shares[middle])
    return shares[0], central, shares[-1]


def _wishes(bids: Sequence[Bid], price: float, cap: float, taken: dict[str, float]) -> dict[int, float]:
    """What bids at one price still ask, each bidder within its cap."""
    at = [n for n, bid in enumerate(bids) if bid.price == price]
    asked: dict[str, float] = {}
    for n in at:
        asked[bids[n].bidder] = asked.get(bids[n].bidder, 0.0) + bids[n].t
    wish = {}
    for n in at:
        bidder = bids[n].bidder
        room = max(0.0, cap - taken[bidder])
        wish[n] = bids[n].t * (min(1.0, room / asked[bidder]) if asked[bidder] > 0 else 0.0)
    return wish
