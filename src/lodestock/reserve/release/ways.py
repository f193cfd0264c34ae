r"""The same tonnes let go in four ways, at the prices of the disrupted market.

The market's answers to rising releases (`market_path`) are read as bids: the buyer of the tonnes between two
solved points would pay their mean price. R t are offered in the first quarter:

===================  =========================================================================================
way                  what the reserve gets
===================  =========================================================================================
``auction-uniform``  one price, that of the lowest bid served
``auction-own-bid``  every winner's own bid: all of the area under the curve
``loan``             :math:`R (1 + \pi^*)` t back after a year, no money
``member-call``      the inventory price (base price), and the tonnes back; all of it reaches members
===================  =========================================================================================

An auction reaches the members' shortage as far as an open sale does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from lodestock.reserve.release.auction import Bid, Pricing, auction
from lodestock.reserve.release.market_path import ReleasePoint, reached


@dataclass(frozen=True)
class WayRow:
    """One way of letting go of one material; t, USD/t, USD."""

    material: str
    regime: str
    way: str
    offered_t: float
    sold_t: float
    price: float
    """Lowest price served; the inventory price of a call; 0 for a loan."""
    revenue_usd: float
    back_t: float
    """Tonnes due back."""
    reached_t: float
    """Tonnes by which the members' shortage falls."""

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return asdict(self)


def bids_of(curve: Sequence[ReleasePoint]) -> list[Bid]:
    """Read a release curve as bids, the highest price first."""
    return [
        Bid(f"tranche {n}", 0.5 * (low.price + high.price), high.released_t - low.released_t)
        for n, (low, high) in enumerate(pairwise(curve), start=1)
    ]


def ways_to_release(
    material: str,
    regime: str,
    curve: Sequence[ReleasePoint],
    offered: float,
    *,
    base_price: float,
    loan_premium: float,
) -> tuple[WayRow, ...]:
    """Let ``offered`` t go in each way.

    Parameters
    ----------
    base_price : inventory price at which members draw. ``loan_premium`` : in kind, of a loan for a year.
    """
    share = reached(curve)
    rows = []
    ways: tuple[tuple[str, Pricing], ...] = (
        ("auction-uniform", "uniform"),
        ("auction-own-bid", "discriminatory"),
    )
    for name, pricing in ways:
        sale = auction(offered, bids_of(curve), pricing=pricing)
        rows.append(
            WayRow(
                material, regime, name, offered, sale.total, sale.price, sale.revenue, 0.0, share * sale.total
            )
        )
    back = offered * (1.0 + max(loan_premium, 0.0))
    rows.append(WayRow(material, regime, "loan", offered, offered, 0.0, 0.0, back, offered))
    value = offered * base_price
    rows.append(
        WayRow(material, regime, "member-call", offered, offered, base_price, value, offered, offered)
    )
    return tuple(rows)
