r"""What closes the shortfalls: the cheapest mix of options, or the most under a budget.

With y the tonnes of option o for form m, N the expected net shortfall, p price, P probability of shortfall:

.. math::
   \text{cover:} \quad & \min \sum c_{mo}\, y_{mo} \quad \text{s.t.} \quad
   \sum_o y_{mo} \ge \varphi N_m, \quad 0 \le y_{mo} \le u_{mo} \\
   \text{budget:} \quad & \max \sum P_m\, p_m\, y_{mo} \quad \text{s.t.} \quad
   \sum_o y_{mo} \le \varphi N_m, \quad \sum c_{mo}\, y_{mo} \le B, \quad 0 \le y_{mo} \le u_{mo}

The weight P p is risk times consequence per tonne, with value as consequence. Options act within the four
years of the plan only for the years left after their lead time.

============= ============================================== =====================================
option        limit u, t                                     cost c, USD per t
============= ============================================== =====================================
buy           none                                           p
extra buying  what a larger share of supplies saves          premium times p
substitution  back-stops of the end uses, years left         price gap to the cheapest substitute
recycling     ``recycling_room`` of use, years left          premium of old scrap
============= ============================================== =====================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lodestock.errors import ConflictError, NotSolvedError, ValueOutOfRangeError
from lodestock.reserve.assumptions import value
from lodestock.reserve.requirements.assess import Plan, Sized
from lodestock.reserve.requirements.factors import YEARS
from lodestock.reserve.requirements.forms import forms
from lodestock.reserve.requirements.sizing import requirement
from lodestock.risk import assumptions as risk_assumptions

UNLIMITED = 1e15


@dataclass(frozen=True)
class Option:
    """One way to close a shortfall of one form."""

    form: str
    name: str
    limit_t: float
    usd_per_t: float


@dataclass(frozen=True)
class Need:
    """A shortfall to close: t, and what a tonne of it weighs, USD times probability."""

    form: str
    tonnes: float
    weight: float


@dataclass(frozen=True)
class Chosen:
    """An option in the mix."""

    option: Option
    tonnes: float

    @property
    def usd(self) -> float:
        """Cost."""
        return self.tonnes * self.option.usd_per_t


@dataclass(frozen=True)
class Mix:
    """Options chosen, and what they come to."""

    chosen: tuple[Chosen, ...]
    needs: tuple[Need, ...]
    cover: float
    budget_usd: float | None
    usd: float
    risk_covered: float
    """Share of the weighted shortfall that is closed."""
    usd_per_risk: float | None
    """Worth of one more USD of budget: weighted USD closed per USD; None without a budget."""


def mitigate(plan: Plan, *, cover: float = 1.0, budget_usd: float | None = None) -> Mix:
    """Choose options for every form of a plan with an expected shortfall, none twice under two names."""
    short = [item for item in plan.counted if item.chance.expected > 0]
    needs = [
        Need(item.form.form, item.chance.expected, item.chance.probability * item.market.price.central)
        for item in short
    ]
    return best_mix(needs, [option for item in short for option in options(item, plan)], cover, budget_usd)


def options(item: Sized, plan: Plan) -> tuple[Option, ...]:
    """Options of one form; those without room are left out."""
    market, name = item.market, item.form.form
    price = market.price.central
    found = [Option(name, "buy", UNLIMITED, price)]
    cap = value("extra_buying_cap")
    more = replace(plan.factors, extra_buying=np.maximum(plan.factors.extra_buying, cap))
    saved = item.central.gross - requirement(market, more, plan.rules, year=plan.year).gross
    found.append(Option(name, "extra buying", saved, value("extra_buying_premium") * price))
    room = value("recycling_room") * market.use * _years_left("lead_recycling")
    premium = risk_assumptions.value("recycling_premium", market.material)
    found.append(Option(name, "recycling", room, premium * price))
    if name in forms() and item.form.carrier == name:
        found.append(_substitution(item, price))
    return tuple(option for option in found if option.limit_t > 0)


def _substitution(item: Sized, price: float) -> Option:
    from lodestock.reserve.compare_terms import substitute_gap
    from lodestock.world.cache import load_world

    world = load_world(item.market.material, item.market.base_year)
    share = sum(use.share * use.backstop_share for use in world.use.end_uses)
    limit = share * item.market.use * _years_left("lead_substitution")
    return Option(item.form.form, "substitution", limit, substitute_gap(world)[0] * price)


def _years_left(lead: str) -> float:
    return max(0.0, YEARS - value(lead))


def best_mix(
    needs: Sequence[Need], offered: Sequence[Option], cover: float = 1.0, budget_usd: float | None = None
) -> Mix:
    """Solve the programme of the module's heading.

    Raises
    ------
    ValueOutOfRangeError
        A cover outside [0, 1] or a negative budget.
    ConflictError
        Without a budget, the options of a form cannot cover its share.
    NotSolvedError
        The programme was not solved.
    """
    if not 0.0 <= cover <= 1.0:
        raise ValueOutOfRangeError(f"cover {cover:g}", where="--cover", allowed="0 to 1")
    if budget_usd is not None and not budget_usd >= 0.0:
        raise ValueOutOfRangeError(f"budget {budget_usd:g} USD", where="--budget", allowed="0 or more")
    weight = {need.form: need.weight for need in needs}
    total = sum(need.tonnes * need.weight for need in needs)
    if not needs or not offered:
        return Mix((), tuple(needs), cover, budget_usd, 0.0, 0.0, None)
    amounts, dual = _solve(needs, offered, cover, budget_usd)
    chosen = tuple(
        Chosen(option, float(t))
        for option, t in zip(offered, amounts, strict=True)
        if t > 1e-9 * max(amounts)
    )
    closed = sum(item.tonnes * weight[item.option.form] for item in chosen)
    return Mix(
        chosen,
        tuple(needs),
        cover,
        budget_usd,
        sum(item.usd for item in chosen),
        closed / total if total > 0 else 0.0,
        dual,
    )


def _solve(
    needs: Sequence[Need], offered: Sequence[Option], cover: float, budget_usd: float | None
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], float | None]:
    """Tonnes by option and the dual of the budget; each form is scaled by its own need."""
    from scipy.optimize import linprog

    scale = {need.form: need.tonnes for need in needs}
    size = np.array([scale[option.form] for option in offered])
    cost = np.array([option.usd_per_t for option in offered]) * size
    bounds = [(0.0, min(option.limit_t / scale[option.form], 1.0)) for option in offered]
    rows = np.array([[float(option.form == need.form) for option in offered] for need in needs])
    if budget_usd is None:
        short = [
            n.form for n, r in zip(needs, rows, strict=True) if r @ [b[1] for b in bounds] < cover - 1e-9
        ]
        if short:
            raise ConflictError(f"options of {short[0]} cannot cover {cover:.0%}", where="mitigation")
        solved = linprog(cost, A_ub=-rows, b_ub=np.full(len(needs), -cover), bounds=bounds, method="highs")
        dual = None
    else:
        weight = {need.form: need.weight for need in needs}
        worth = np.array([weight[option.form] for option in offered]) * size
        unit = max(float(cost.max()), 1.0)
        solved = linprog(
            -worth / unit,
            A_ub=np.vstack([rows, cost / unit]),
            b_ub=np.append(np.full(len(needs), cover), budget_usd / unit),
            bounds=bounds,
            method="highs",
        )
        dual = None if solved.status else -float(solved.ineqlin.marginals[-1])
    if solved.status != 0:
        raise NotSolvedError(str(solved.message), where="mitigation")
    return np.asarray(solved.x * size, dtype=float), dual
