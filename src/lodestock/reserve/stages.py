r"""A reserve problem as a multistage linear programme: one stage per quarter and regime.

The programme states the equations of `lodestock.reserve.dynamics` with decisions left open; money is in
``money_unit`` and every stock is counted at its base price, so that coefficients stay near one.

=========================== ==========================================
row                         what it keeps
=========================== ==========================================
``stock h``                 stock of a holding, by age class
``short m``                 shortage by tier, after releases
``funds``                   stock at its base price within the money there is
``debt``                    private money first, then the loan
``carried``                 loan within the advance rate on stressed prices
``budget``                  purchases of the quarter
``site s``                  room at a site
=========================== ==========================================
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lodestock.reserve.case import QUARTERS_A_YEAR, TIERS
from lodestock.reserve.costs import (
    financing_rate,
    most_bought,
    own_funds,
    permanent_chords,
    permanent_slope,
    permanent_weight,
)
from lodestock.reserve.dynamics import tier_needs
from lodestock.reserve.problem import Float, Problem
from lodestock.reserve.slopes import order_limits, slope_limits
from lodestock.sddp import Expression, Model, Outcomes, Stage, build, markovian_graph, total

OUTCOME = "outcome"
"""Names an outcome of the noise, so that paths can be replayed."""
Noise: TypeAlias = "dict[str, Outcomes | float]"


@dataclass(frozen=True, eq=False)
class Flows:
    """Decisions of one holding in the programme, in its own unit."""

    buy: Expression
    out: Expression
    release: Expression
    sell: Expression
    held: Expression
    """Stock after the quarter."""
    orders: Expression
    rotated: Expression | float


def reserve_model(problem: Problem) -> Model:
    """Return the programme of a problem, to be trained by `lodestock.sddp.train`."""
    slopes = slope_limits(problem)
    dearest = order_limits(problem, slopes)
    if problem.hidden:
        slopes = np.broadcast_to(slopes.max(axis=1, keepdims=True), slopes.shape)
    rows = [np.array([problem.start])] + [problem.transition] * (problem.case.quarters - 1)
    graph = markovian_graph(
        rows, regimes=list(problem.states), discount=problem.discount, hidden=problem.hidden
    )

    def stage(p: Stage, key: Hashable) -> None:
        assert isinstance(key, tuple)
        _stage(p, problem, key[0] - 1, problem.states.index(key[1]), slopes, dearest)

    return build(graph, stage, bound=-_most_gained(problem) / problem.money_unit)


def unit_of(problem: Problem, h: int) -> float:
    """Return t of a holding per unit of its state: what ``money_unit`` buys at base price."""
    holding = problem.holdings[h]
    return problem.money_unit / (problem.materials[holding.material].price * (1.0 + holding.premium))


def _most_gained(problem: Problem) -> float:
    """A limit of what any path can earn from any position, USD.

    All that may be held is turned into money once at the best price, and the most that can be bought in every
    quarter at the cheapest.
    """
    gained = 1.0
    every = [(z, w) for z in range(len(problem.states)) for w in range(len(problem.gap_noise))]
    for holding in problem.holdings:
        m, form = holding.material, 1.0 + holding.premium
        prices = [problem.price(m, z, w) * form for z, w in every]
        best = holding.terminal
        if problem.case.release_in_calm:
            best = max(best, holding.resale_share * max(prices))
        blocks = problem.materials[m].blocks
        cheapest = min(prices) * min((multiple for _, multiple in blocks), default=1.0)
        bought = problem.case.quarters * most_bought(problem.materials[m], 2.0)
        gained += holding.limit_t * best + bought * max(0.0, best - cheapest)
    return gained


def _stage(p: Stage, problem: Problem, t: int, z: int, slopes: Float, dearest: Float) -> None:
    weights = problem.probability[z]
    seen = np.flatnonzero(weights > 0.0) if not problem.hidden else np.arange(len(weights))
    noise = _noise(p, [_outcome(problem, z, int(w)) for w in seen], weights[seen].tolist())
    last = t == problem.case.quarters - 1
    cost: Expression = Expression({})
    flows: list[Flows] = []
    for h in range(len(problem.holdings)):
        flow = _holding(p, problem, h, (float(slopes[t, z, h]), float(dearest[h])), noise)
        flows.append(flow)
        holding, unit = problem.holdings[h], unit_of(problem, h)
        cost = cost + (holding.storage * unit / problem.money_unit) * flow.held
        cost = cost + (holding.rotation_cost * unit / problem.money_unit) * flow.rotated
        if last:
            worth = problem.discount * holding.terminal * unit / problem.money_unit
            cost = cost - worth * (flow.held + flow.orders)
    spent, income = Expression({}), Expression({})
    for m in range(len(problem.materials)):
        bought, harm = _material(p, problem, m, t, z, flows, noise)
        spent, cost = spent + bought, cost + harm
    for h, flow in enumerate(flows):
        holding = problem.holdings[h]
        multiple = noise[f"multiple {holding.material}"]
        income = income + holding.resale_share * multiple * flow.sell
        spent = spent + holding.premium / (1.0 + holding.premium) * multiple * flow.buy
    cost = cost + spent - income
    if math.isfinite(problem.budget):
        p.constraint(spent <= problem.budget / problem.money_unit, "budget")
    for site, capacity in enumerate(problem.site_capacity.tolist()):
        here = [h for h, holding in enumerate(problem.holdings) if holding.site == site]
        if math.isfinite(capacity) and here:
            load = total([(unit_of(problem, h) / capacity) * (flows[h].held + flows[h].orders) for h in here])
            p.constraint(load <= 1.0, f"site {problem.sites[site]}")
    if problem.spending_price.size:
        cost = cost + float(problem.spending_price[t, z]) * spent
    if problem.funds_price.size:
        cost = cost + float(problem.funds_price[t, z]) * total([flow.held + flow.orders for flow in flows])
    p.minimise(cost + _funds(p, problem, flows))


def _outcome(problem: Problem, z: int, w: int) -> dict[str, float]:
    """What is random in a quarter: price multiples, shortages, shortage values, room to sell, prices away."""
    values: dict[str, float] = {OUTCOME: float(w)}
    for m, data in enumerate(problem.materials):
        response = problem.response(m, z, w)
        unit = problem.money_unit / data.price
        gap = problem.gap(m, z, w)
        short = float(gap > 0.0)
        values[f"multiple {m}"] = problem.price(m, z, w) / data.price
        values[f"gap {m}"] = gap / unit
        values[f"short {m}"] = short
        values[f"away {m}"] = problem.price(m, z, w) / data.price - 1.0
        values[f"damping {m}"] = response.damping * unit / data.price
        values[f"reach {m}"] = response.output_share
        worth = problem.shortage_value(m, z, w) / data.price
        for k, tier in enumerate(TIERS):
            values[f"{tier} {m}"] = float(worth[k])
    return values


def _noise(p: Stage, outcomes: list[dict[str, float]], weights: list[float]) -> Noise:
    """Declare the noise; what is the same in every outcome stays a number, which solves faster."""
    declared = p.random(outcomes, weights)
    return {
        name: values if len({one[name] for one in outcomes}) > 1 else outcomes[0][name]
        for name, values in declared.items()
    }


def _is(value: Outcomes | float, number: float) -> bool:
    """Tell whether a quantity is this number in every outcome."""
    return not isinstance(value, Outcomes) and value == number


def _holding(p: Stage, problem: Problem, h: int, most: tuple[float, float], noise: Noise) -> Flows:
    """State one holding: its age classes, orders on the way, what is bought, released and sold.

    ``most`` holds what a t more can be worth, and what a t more on order can cost, USD.
    """
    holding, unit = problem.holdings[h], unit_of(problem, h)
    name = holding.name
    limit = holding.limit_t / unit
    steepest, dearest = (worth * unit / problem.money_unit for worth in most)
    slope = (-steepest, 0.0)
    ages = [
        p.state(
            f"{name} age {age}" if holding.ages > 1 else name,
            0.0,
            limit,
            initial=holding.start_t / unit if age == 0 else 0.0,
            slope=slope,
        )
        for age in range(holding.ages)
    ]
    queue = [
        p.state(
            f"{name} order {at}",
            0.0,
            limit,
            initial=0.0,
            slope=(-steepest / holding.keep ** (at + 1), dearest),
        )
        for at in range(holding.lag - 1)
    ]
    m, room = holding.material, limit + most_bought(problem.materials[holding.material], 2.0) / unit
    short = noise[f"short {m}"]
    buy = p.variable(f"buy {name}")
    release = p.variable(f"release {name}", 0.0, 0.0 if _is(short, 0.0) else room)
    may_sell = problem.case.release_in_calm and not _is(short, 1.0)
    sell = p.variable(f"sell {name}", 0.0, room if may_sell else 0.0)
    if isinstance(short, Outcomes):
        p.constraint(release <= room * short, f"release while short {name}")
        if may_sell:
            p.constraint(sell <= room * (1.0 - short), f"sale while not short {name}")
    out = (
        [p.variable(f"out {name} {age}") for age in range(holding.ages)]
        if holding.ages > 1
        else [release + sell]
    )
    discard = [p.variable(f"discard {name} {age}") for age in range(holding.ages)]
    there = [state.incoming for state in ages]
    if holding.lag == 0:
        there[0] = there[0] + buy
    arrival: Expression = Expression({})
    if holding.lag == 1:
        arrival = buy
    elif holding.lag > 1:
        arrival = queue[0].incoming
        for at in range(holding.lag - 2):
            p.constraint(queue[at].outgoing == queue[at + 1].incoming, f"order {name} {at}")
        p.constraint(queue[-1].outgoing == buy, f"order {name} last")
    left = [holding.keep * (there[age] - out[age] - discard[age]) for age in range(holding.ages)]
    aged = holding.ageing if holding.ages > 1 else 0.0
    for age in range(holding.ages):
        p.constraint(out[age] + discard[age] <= there[age], f"taken {name} {age}")
        stays = (1.0 - aged) * left[age]
        comes = aged * left[age - 1] if age > 0 else aged * left[-1] + arrival
        p.constraint(ages[age].outgoing == stays + comes, f"stock {name} {age}")
    if holding.ages > 1:
        p.constraint(total(out) == release + sell, f"out {name}")
    if holding.delivery_share < 1.0:
        p.constraint(release + sell <= holding.delivery_share * total(there), f"delivery {name}")
    held = total([state.outgoing for state in ages])
    orders = total([state.outgoing for state in queue]) if queue else Expression({})
    if holding.ages > 1 or queue:
        p.constraint(held + orders <= limit, f"limit {name}")
    return Flows(buy, total(out), release, sell, held, orders, aged * left[-1] if holding.ages > 1 else 0.0)


def _material(
    p: Stage,
    problem: Problem,
    m: int,
    t: int,
    z: int,
    flows: list[Flows],
    noise: Noise,
) -> tuple[Expression, Expression]:
    """State one material: price blocks, tiers, cover, promises; return purchases and all other cost."""
    data = problem.materials[m]
    mine = [h for h, holding in enumerate(problem.holdings) if holding.material == m]
    premium = {h: 1.0 + problem.holdings[h].premium for h in mine}
    unit = problem.money_unit / data.price
    cost = Expression({})
    bought = total([(1.0 / premium[h]) * flows[h].buy for h in mine])
    held = total([(1.0 / premium[h]) * flows[h].held for h in mine])
    usable = total([(problem.holdings[h].usable_share / premium[h]) * flows[h].release for h in mine])
    reach, multiple = noise[f"reach {m}"], noise[f"multiple {m}"]
    spent, quantity = Expression({}), Expression({})
    for at, (width, price) in enumerate(data.blocks):
        if isinstance(reach, Outcomes):
            block = p.variable(f"block {data.material} {at}")
            p.constraint(block <= (width / unit) * reach, f"block {data.material} {at}")
        else:
            block = p.variable(f"block {data.material} {at}", 0.0, width / unit * reach)
        quantity, spent = quantity + block, spent + (price * multiple) * block
    p.constraint(quantity == bought, f"purchase {data.material}")
    weights = problem.weights
    short = noise[f"short {m}"]
    if not _is(short, 0.0):
        own, crowd = data.own_use_share * short, data.crowding * short
        needs = tier_needs(problem, m)
        served = [p.variable(f"served {data.material} {tier}") for tier in TIERS]
        for k, tier in enumerate(TIERS):
            lost = p.variable(f"short {data.material} {tier}")
            gap = needs[k] * noise[f"gap {m}"] + (needs[k] * own) * bought + (needs[k] * crowd) * held
            p.constraint(lost + served[k] == gap, f"short {data.material} {tier}")
            cost = cost + (weights[0] * noise[f"{tier} {m}"]) * lost
        p.constraint(total(served) == usable, f"released {data.material}")
    if data.cover_t > 0.0 and not _is(short, 1.0):
        missing = p.variable(f"missing cover {data.material}")
        target = (data.cover_t / unit) * (1.0 - short)
        covered = total([(problem.holdings[h].usable_share / premium[h]) * flows[h].held for h in mine])
        p.constraint(missing + covered >= target, f"cover {data.material}")
        cost = cost + (data.cover_cost / data.price) * missing
    lock = permanent_weight(problem, t)
    if permanent_slope(problem, m) > 0.0 and lock > 0.0:
        parts = [
            (p.variable(f"impact {data.material} {at}", 0.0, width / unit), slope / data.price)
            for at, (width, slope) in enumerate(permanent_chords(problem, m))
        ]
        p.constraint(total([part for part, _ in parts]) == held, f"impact {data.material}")
        cost = cost + total([lock * slope * part for part, slope in parts])
    if weights[1] > 0.0:
        cost = cost + weights[1] * _price_harm(p, problem, m, bought, usable, held, noise)
    if weights[2] > 0.0 and data.offtake_t > 0.0:
        missed = p.variable(f"missed promise {data.material}")
        p.constraint(missed + bought >= data.offtake_t / unit, f"promise {data.material}")
        cost = cost + (weights[2] * data.offtake_value / data.price) * missed
    return spent, cost


def _price_harm(
    p: Stage,
    problem: Problem,
    m: int,
    bought: Expression,
    usable: Expression,
    held: Expression,
    noise: Noise,
) -> Expression:
    """Return the users' loss from prices away from base, either way, as a cost."""
    data = problem.materials[m]
    unit = problem.money_unit / data.price
    need = data.need_t / unit
    rise = (
        (1.0 - problem.case.permanent_share) * data.impact * unit / data.world_t
        if data.world_t > 0.0
        else 0.0
    )
    share = _ratio(noise[f"multiple {m}"], noise[f"reach {m}"])
    away = (
        noise[f"away {m}"]
        + (rise * share) * bought
        + (permanent_slope(problem, m) * unit / data.price) * held
        - noise[f"damping {m}"] * usable
    )
    above, below = p.variable(f"price above {data.material}"), p.variable(f"price below {data.material}")
    p.constraint(above - below == away, f"price {data.material}")
    return need * (above + below)


def _ratio(top: Outcomes | float, bottom: Outcomes | float) -> Outcomes | float:
    """Divide outcome by outcome; 0 where nothing can be bought anyway."""
    upper = top.values if isinstance(top, Outcomes) else np.array([top])
    lower = bottom.values if isinstance(bottom, Outcomes) else np.array([bottom])
    upper, lower = np.broadcast_arrays(upper, lower)
    values = np.divide(upper, lower, out=np.zeros(len(upper)), where=lower > 0.0)
    return Outcomes(values.tolist()) if len(values) > 1 else float(values[0])


def _funds(p: Stage, problem: Problem, flows: list[Flows]) -> Expression:
    """Keep the money tied up within its limit; return the cost of financing it."""
    money = problem.case.money
    if not math.isfinite(problem.limit):
        return Expression({})
    own = own_funds(problem) / problem.money_unit
    loan = 0.0 if money.loan is None else money.loan.amount / problem.money_unit
    held, orders = total([flow.held for flow in flows]), total([flow.orders for flow in flows])
    p.constraint(held + orders <= own + loan, "funds")
    if money.loan is None:
        return Expression({})
    debt, cure = p.variable("debt", 0.0, loan), p.variable("cure")
    p.constraint(debt + cure >= held + orders - own, "debt")
    advance = money.loan.advance_rate * (1.0 - money.loan.price_stress)
    p.constraint(debt <= advance * held, "carried")
    return financing_rate(problem) * debt + money.cure_rate / QUARTERS_A_YEAR * cure
