r"""What could break the money of a case: a price band, members who walk, calls that exceed the stock.

Band: floor and ceiling ``band_width`` to either side of the base price; cash is what the target costs at base
price, stock the target; a tonne moves the log price by :math:`1/b`, :math:`b = 4 Q / (\rho \sigma)`, as a
purchase does for good in the plan (`dynamics.permanent_slope`); the price would walk with the snapshot's
volatility.

Buy-back: members must take the target at base price at the end; they default with the case's rate over the
plan, correlated with the fall of the price as the case says, and once more without correlation.

Calls: each member needs a lot with the chance that a quarter is short, the stock holds lots for the part of
the members that it can serve; a lot is worth the loss of the least valued users over its price and costs a
year's interest and storage to hold.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve import assumptions
from lodestock.reserve.case import QUARTERS_A_YEAR
from lodestock.reserve.financing.buyback import Buyback, buyback_loss
from lodestock.reserve.financing.calls import RULES, gain_from_asking_more
from lodestock.reserve.financing.run import run_risk
from lodestock.reserve.price_band import PriceBand, Walk, floor_lost, ruin
from lodestock.reserve.problem import Problem
from lodestock.reserve.rules.volatility import volatility

FloatArray = NDArray[np.float64]
BUYBACK_DRAWS = 20_000
BAND_PATHS = 4000
SERVED = 0.5
"""Part of the members' entitlements in store, for the test of calls that exceed it."""


@dataclass(frozen=True)
class BandRow:
    """A price band of one material over the length of the plan; USD/t, t, fractions."""

    material: str
    floor: float
    ceiling: float
    cash_usd: float
    stock_t: float
    volatility: float
    lost: float
    standard_error: float
    cash_out: float
    stock_out: float
    floor_alone_lost: float
    """Closed form: the floor without a ceiling, over the same time."""
    floor_alone_lost_ever: float
    """Closed form for ever: 1 where the price does not drift upwards."""

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class BuybackRow:
    """Losses on broken promises to buy back, USD."""

    correlation: float
    default_probability: float
    promised_usd: float
    mean_usd: float
    standard_error_usd: float
    tail_usd: float

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class CallRow:
    """One rule of allotment: what asking for more gains, and whether members run."""

    rule: str
    gain_from_asking_more: float
    """Most of its own need a member gains by asking up to ten times of it, share of the need."""
    runs: bool | None
    """Whether all calling at once is an equilibrium; None where the rule is not about time."""
    served_without_run: float | None
    served_in_run: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return asdict(self)


def bands(problem: Problem, target: FloatArray, seed: int) -> tuple[BandRow, ...]:
    """Test a price band of every material that is a target and whose price a purchase moves for good."""
    width, years = assumptions.value("band_width"), problem.case.quarters / QUARTERS_A_YEAR
    rows = []
    for m, data in enumerate(problem.materials):
        mine = [h for h, holding in enumerate(problem.holdings) if holding.material == m]
        stock = float(target[mine].sum())
        push = problem.case.permanent_share * data.impact
        if stock <= 0.0 or push <= 0.0 or data.world_t <= 0.0:
            continue
        sigma = volatility(data.material, data.stage)
        walk = Walk(price=data.price, volatility=sigma)
        band = PriceBand(
            floor=data.price * (1.0 - width),
            ceiling=data.price * (1.0 + width),
            cash=stock * data.price,
            stock=stock,
            depth=QUARTERS_A_YEAR * data.world_t / push,
        )
        alone = PriceBand(floor=band.floor, ceiling=inf, cash=band.cash, stock=band.stock, depth=band.depth)
        found = ruin(band, walk, years=years, paths=BAND_PATHS, rng=np.random.default_rng([seed, 7, m]))
        rows.append(
            BandRow(
                material=data.material,
                floor=band.floor,
                ceiling=band.ceiling,
                cash_usd=band.cash,
                stock_t=band.stock,
                volatility=sigma,
                lost=found.probability,
                standard_error=found.standard_error,
                cash_out=found.cash_out,
                stock_out=found.stock_out,
                floor_alone_lost=floor_lost(alone, walk, years),
                floor_alone_lost_ever=floor_lost(alone, walk, inf),
            )
        )
    return tuple(rows)


def buybacks(problem: Problem, target: FloatArray, seed: int) -> tuple[BuybackRow, ...]:
    """Value the members' promises with and without wrong-way risk; nothing where nobody promised."""
    members = problem.case.money.members
    if members is None or not members.buyback or not target.sum() > 0:
        return ()
    years = problem.case.quarters / QUARTERS_A_YEAR
    default = 1.0 - (1.0 - members.default_rate) ** years
    price = np.array([problem.materials[h.material].price * (1.0 + h.premium) for h in problem.holdings])
    sigma = np.array([
        volatility(problem.materials[h.material].material, problem.materials[h.material].stage)
        for h in problem.holdings
    ]) * np.sqrt(years)  # fmt: skip
    rows = []
    for correlation in sorted({0.0, members.wrong_way}):
        promise = Buyback(
            t=np.tile(target / members.count, (members.count, 1)),
            promised_price=price,
            price=price,
            drift=-0.5 * sigma**2,
            volatility=sigma,
            default_probability=np.full(members.count, default),
            correlation=correlation,
            common=problem.case.noise.shared,
        )
        found = buyback_loss(promise, draws=BUYBACK_DRAWS, rng=np.random.default_rng([seed, 11]))
        rows.append(
            BuybackRow(
                correlation=correlation,
                default_probability=default,
                promised_usd=float(target @ price),
                mean_usd=found.mean,
                standard_error_usd=found.standard_error,
                tail_usd=found.tail(0.05),
            )
        )
    return tuple(rows)


def call_rules(problem: Problem, chance: float) -> tuple[CallRow, ...]:
    """Test every rule of allotment with the case's members; nothing where there are none.

    ``chance`` : that a quarter is one of shortage.
    """
    members = problem.case.money.members
    if members is None:
        return ()
    count = max(members.count, 2)
    needs, entitlement = np.ones(count), np.ones(count)
    data = problem.materials[0]
    loan = problem.case.money.loan
    holding = data.price * (loan.rate if loan else problem.case.discount_rate) + 4.0 * max(
        one.storage for one in problem.holdings if one.material == 0
    )
    value = max(float(data.tier_value.min()) - data.price, 0.0)
    rows = []
    for rule in RULES:
        gain = 0.0
        if rule != "first_come":
            gain = gain_from_asking_more(
                rule,
                SERVED * count,
                needs,
                entitlement,
                0,
                tier=np.where(np.arange(count) < count // 2, 1.0, 2.0),
                bid=np.linspace(2.0, 1.0, count),
            )
        timed = rule in ("first_come", "pro_rata")
        risk = (
            run_risk(count, SERVED * count, chance, value=value, holding=holding, rule=rule)
            if timed
            else None
        )
        rows.append(
            CallRow(
                rule=rule,
                gain_from_asking_more=gain,
                runs=risk.runs if risk else None,
                served_without_run=risk.served_calm if risk else None,
                served_in_run=risk.served_run if risk else None,
            )
        )
    return tuple(rows)
