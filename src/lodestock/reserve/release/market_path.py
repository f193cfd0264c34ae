r"""What a release does to the price: the disrupted market solved at several released quantities.

For one material and one disruption, r t a year released among the members,

.. math:: \bar p(r), \quad G(r) = \sum_{i \in members} (d_i - x_i)(r)

from the market engine, with the policy instrument for a release, over one year with short-run elasticities; r
in shares of what is short without any. A quarter of a schedule meets the price of its own rate. ``at-once``
delivers all that can leave a quarter until nothing is left, ``evenly`` the same tonnes in equal parts over
the disruption.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve.case import QUARTERS_A_YEAR, Disruption
from lodestock.reserve.responses import LoadWorld, released
from lodestock.world.model import World

FloatArray = NDArray[np.float64]
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)


@dataclass(frozen=True)
class ReleasePoint:
    """One solve: released t a quarter, members' price in USD/t, and what they lack, t a quarter."""

    released_t: float
    price: float
    short_t: float


def reached(curve: Sequence[ReleasePoint]) -> float:
    """Return the share of the largest release that lowered the members' shortage; the rest went elsewhere.

    An open sale is bought by whoever pays; stocks and users abroad take their part. A call by members, or an
    auction to processors who may not resell, keeps more of it at home.
    """
    first, last = curve[0], curve[-1]
    sold = last.released_t - first.released_t
    return (first.short_t - last.short_t) / sold if sold > 0.0 else 0.0


@dataclass(frozen=True, eq=False)
class PricePath:
    """A schedule of releases (quarter,), t, the members' price, USD/t, and what they lack, t."""

    name: str
    released_t: FloatArray
    price: FloatArray
    short_t: FloatArray


def release_curve(
    world: World,
    stage: str,
    members: Sequence[str],
    disruption: Disruption,
    load: LoadWorld,
    shares: Sequence[float] = SHARES,
) -> tuple[ReleasePoint, ...]:
    """Solve the disruption at each share of the shortage, the smallest first."""
    (before,) = released(world, stage, members, disruption, [0.0], load)
    gap = max(before.wanted - before.used, 0.0)
    amounts = [share * gap for share in sorted(shares)]
    seen = released(world, stage, members, disruption, amounts, load)
    return tuple(
        ReleasePoint(amount / QUARTERS_A_YEAR, one.price, max(one.wanted - one.used, 0.0) / QUARTERS_A_YEAR)
        for amount, one in zip(amounts, seen, strict=True)
    )


def price_path(name: str, curve: Sequence[ReleasePoint], schedule: FloatArray) -> PricePath:
    """Return prices and shortages of a schedule, between the solved points along straight lines."""
    at = np.array([one.released_t for one in curve])
    price = np.interp(schedule, at, [one.price for one in curve])
    short = np.interp(schedule, at, [one.short_t for one in curve])
    return PricePath(name, schedule, price, short)


def schedules(stock: float, delivery: float, most: float, quarters: int) -> dict[str, FloatArray]:
    """Return the schedules that are compared, t a quarter.

    Parameters
    ----------
    stock, delivery : t held, and most that can leave in a quarter. ``most`` : useful t a quarter: the
    shortage.
    """
    rate = min(delivery, most)
    at_once, left = np.zeros(quarters), stock
    for t in range(quarters):
        at_once[t] = min(rate, left)
        left -= at_once[t]
    evenly = np.full(quarters, min(float(at_once.sum()) / quarters, rate))
    return {"none": np.zeros(quarters), "at-once": at_once, "evenly": evenly}
