r"""Releases of a case, material by material, against its worst regime: price path, reach, sale and loan.

The regime begins in the first quarter; its expected length follows from the chain. The stock is the rules'
target. Prices are those of the market engine (`release.market_path`), for a case that states its shortages
none are solved. A loan in kind is paid back after a year; the price expected then is that of the chain a year
on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve.case import QUARTERS_A_YEAR, Disruption
from lodestock.reserve.problem import Problem
from lodestock.reserve.release.auction import sold_share
from lodestock.reserve.release.in_kind import lend
from lodestock.reserve.release.market_path import price_path, reached, release_curve, schedules
from lodestock.reserve.release.ways import WayRow, ways_to_release
from lodestock.reserve.responses import LoadWorld

FloatArray = NDArray[np.float64]
LOAN_QUARTERS = 4
LONGEST = 12


@dataclass(frozen=True)
class ReleaseRow:
    """One schedule of one material in its worst regime; t and USD/t by quarter."""

    material: str
    regime: str
    schedule: str
    released_t: float
    peak_price: float
    mean_price: float
    short_t: float
    price_path: tuple[float, ...]
    release_path: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class SaleRow:
    """What a release of one material meets: who gets it, what sells, what a loan must pay back."""

    material: str
    regime: str
    reached_share: float
    """Part of an open sale that lowers the members' own shortage; the rest goes to whoever pays."""
    sold_share_low: float
    sold_share_central: float
    sold_share_high: float
    """Part of an offer that sells, from the published auctions of a state reserve."""
    loan_premium: float
    """Premium in kind at which a loan for a year leaves the reserve as well off as holding."""

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return asdict(self)


def release_rows(
    problem: Problem, target: FloatArray, load: LoadWorld | None = None
) -> tuple[tuple[ReleaseRow, ...], tuple[SaleRow, ...], tuple[WayRow, ...]]:
    """Solve the releases of every material that is held and short in some regime."""
    if load is None:
        from lodestock.world.cache import load_world

        load = load_world
    paths: list[ReleaseRow] = []
    sales: list[SaleRow] = []
    ways: list[WayRow] = []
    for m, data in enumerate(problem.materials):
        stock = float(sum(target[h] for h, one in enumerate(problem.holdings) if one.material == m))
        worst = worst_regime(problem, m)
        if worst is None or stock <= 0.0 or problem.case.materials[data.material].gap_share is not None:
            continue
        regime, disruption = worst
        curve = release_curve(
            load(data.material, problem.case.base_year), data.stage, problem.case.members, disruption, load
        )
        if not curve[0].short_t > 0.0:
            continue
        quarters = lasting(problem, m, regime)
        mine = [one for one in problem.holdings if one.material == m]
        delivery = stock * max(one.delivery_share for one in mine)
        for name, plan in schedules(stock, delivery, curve[0].short_t, quarters).items():
            path = price_path(name, curve, plan)
            paths.append(
                ReleaseRow(
                    material=data.material,
                    regime=regime,
                    schedule=name,
                    released_t=float(plan.sum()),
                    peak_price=float(path.price.max()),
                    mean_price=float(path.price.mean()),
                    short_t=float(path.short_t.sum()),
                    price_path=tuple(path.price.tolist()),
                    release_path=tuple(plan.tolist()),
                )
            )
        low, central, high = sold_share()
        loan = lend(
            1.0,
            premium=0.0,
            quarters=LOAN_QUARTERS,
            price_now=curve[0].price,
            price_then=expected_price(problem, m, regime, LOAN_QUARTERS),
            discount=problem.discount,
        )
        sales.append(
            SaleRow(
                material=data.material,
                regime=regime,
                reached_share=reached(curve),
                sold_share_low=low,
                sold_share_central=central,
                sold_share_high=high,
                loan_premium=loan.break_even_premium,
            )
        )
        ways += ways_to_release(
            *(data.material, regime, curve, min(delivery, curve[0].short_t)),
            base_price=data.price,
            loan_premium=loan.break_even_premium,
        )
    return tuple(paths), tuple(sales), tuple(ways)


def worst_regime(problem: Problem, m: int) -> tuple[str, Disruption] | None:
    """Return the regime (or signal) with the largest shortage and what is lost in it; None without one."""
    data = problem.materials[m]
    name = max(data.responses, key=lambda key: data.responses[key].gap_t)
    if not data.responses[name].gap_t > 0.0:
        return None
    group = problem.case.groups[data.group]
    if group.hidden:
        return name, next(signal.disruption for signal in group.signals if signal.name == name)
    return name, group.disruptions[group.regimes.index(name)]


def lasting(problem: Problem, m: int, regime: str) -> int:
    """Return the expected quarters a regime lasts, :math:`1/(1 - P_{zz})`, from 1 to a dozen."""
    group = problem.case.groups[problem.materials[m].group]
    if regime not in group.regimes:
        return QUARTERS_A_YEAR
    at = group.regimes.index(regime)
    leave = 1.0 - group.transition[at][at]
    return LONGEST if leave <= 1.0 / LONGEST else max(1, round(1.0 / leave))


def expected_price(problem: Problem, m: int, regime: str, quarters: int) -> float:
    """Return the price expected some quarters after a regime began, USD/t; base price where it is hidden."""
    data = problem.materials[m]
    group = problem.case.groups[data.group]
    if regime not in group.regimes:
        return data.price
    row = np.eye(len(group.regimes))[group.regimes.index(regime)]
    for _ in range(quarters):
        row = row @ np.array(group.transition)
    multiple = np.array([data.responses[name].price_multiple for name in group.regimes])
    return float(data.price * (row @ multiple))
