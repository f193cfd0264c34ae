r"""One quarter of a reserve: what a decision does to stock, users, prices and money.

With stock :math:`x_{ha}` by holding and age, purchases b, releases r (they serve a shortage), sales s (while
nothing is short), and for material m with shortage G before any reserve:

.. math::
   x'_{h} &= \kappa_h\,(x_h - r_h - s_h) + \text{arrivals} \\
   G^+_m &= w\,G_m + o_m \sum_h b_h + c_m \sum_h x'_h \quad (\text{only where } w G_m > 0) \\
   n_k &= (1 - \pi)\,\sigma_k G^+ \ (k \text{ vital}), \qquad n_{other} = G^+ - \sum_{vital} n_k \\
   short_k &= n_k - served_k, \qquad \sum_k served_k = \sum_h u_h r_h \\
   F' &= \sum_h p_h (x'_h + orders'_h) = F + purchases - sales - payments - paid\ in

o is ``own_use_share``, c ``crowding``, :math:`\pi` ``protection``, u ``usable_share``. Old lots of a holding
with age classes are swapped for fresh ones at ``rotation_cost``. Money F is tied up in stock at its base
price (the inventory price); what a purchase costs beyond that, less what a sale brings beyond it, is paid in
by the sponsors (paid out to them when below zero). Private money carries stock first, then the loan; no more
is bought than they carry.

=============== ====================== =========================
equation        name in code           in the result
=============== ====================== =========================
x'              ``Position.stock``     stock
n_k - served_k  ``Step.short_t``       shortage by tier
F'              ``Position.funds``     stock at base price
=============== ====================== =========================
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lodestock.reserve.case import QUARTERS_A_YEAR
from lodestock.reserve.costs import (
    carried,
    financing_rate,
    inventory_price,
    most_bought,
    own_funds,
    permanent_chords,
    permanent_slope,
    permanent_weight,
    purchase_cost,
    start_worth,
)
from lodestock.reserve.position import (
    CostParts,
    Decision,
    Int,
    MoneyFlows,
    Position,
    Step,
)
from lodestock.reserve.problem import Float, Problem

ROUNDING = 1e-12
"""Part of a shortage that rounding leaves; nobody lacks that."""
MOST_CUTS = 60
"""Rounds in which purchases that can leave at once and the money that carries them are brought together."""


def start_position(problem: Problem) -> Position:
    """Return what is held at the start: fresh lots, nothing on order, no money tied up."""
    stock = []
    for holding in problem.holdings:
        ages = np.zeros(holding.ages)
        ages[0] = holding.start_t
        stock.append(ages)
    orders = tuple(np.zeros(max(0, holding.lag - 1)) for holding in problem.holdings)
    return Position(tuple(stock), orders, start_worth(problem))


def sample_paths(problem: Problem, count: int, seed: int) -> tuple[Int, Int]:
    """Return states and outcomes of ``count`` paths, each of shape (count, quarters)."""
    rng = np.random.default_rng([seed, 20_260_101])
    quarters = problem.case.quarters
    states = np.zeros((count, quarters), dtype=np.int64)
    outcomes = np.zeros((count, quarters), dtype=np.int64)
    for path in range(count):
        row = problem.start
        for t in range(quarters):
            z = int(rng.choice(len(row), p=row))
            states[path, t] = z
            outcomes[path, t] = int(rng.choice(problem.probability.shape[1], p=problem.probability[z]))
            row = problem.transition[z]
    return states, outcomes


def total(problem: Problem, steps: Sequence[Step]) -> float:
    """Return the discounted objective of a path, USD."""
    return float(
        sum(problem.discount**t * one.cost.objective(problem.weights) for t, one in enumerate(steps))
    )


def step(
    problem: Problem, quarter: int, state: int, outcome: int, position: Position, decision: Decision
) -> Step:
    """Carry a decision out; wishes beyond stock, delivery, blocks, budget, funds or need are cut back.

    Parameters
    ----------
    quarter : 0 to quarters - 1.
    state, outcome : joint regime and joint noise of the quarter.
    decision : t by holding, none below zero.
    """
    reach = np.array(
        [problem.response(m, state, outcome).output_share for m in range(len(problem.materials))]
    )
    price = np.array([problem.price(m, state, outcome) for m in range(len(problem.materials))])
    gap = np.array([problem.gap(m, state, outcome) for m in range(len(problem.materials))])
    buy = _affordable(problem, position, np.maximum(decision.buy_t, 0.0), price, reach)
    for _ in range(MOST_CUTS):
        release, sell = _deliverable(problem, position, buy, decision, gap)
        kept = _within_limit(problem, position, buy, release + sell)
        settled = bool((buy - kept <= 1e-13 * (1.0 + buy)).all())
        buy = kept
        if settled:
            break
    purchases = purchase_cost(problem, buy, price, reach)
    sales, payments = _revenue(problem, sell, price), _revenue(problem, release, price)
    discard = np.zeros(len(buy)) if decision.discard_t is None else np.maximum(decision.discard_t, 0.0)
    stock, orders, rotated = _move(problem, position, buy, release + sell + discard)
    held = np.array([float(ages.sum()) for ages in stock])
    short, served, missing = _users(problem, state, outcome, gap, buy, release, held)
    effect = _price_effect(problem, state, outcome, buy, release, held, reach, price)
    money = _money(problem, position, held, orders, purchases, sales, payments)
    cost = _cost(
        problem, quarter, held, orders, rotated, money, short, missing, effect, buy, (state, outcome)
    )
    return Step(
        position=Position(stock, orders, money.funds, money.debt),
        decision=Decision(buy, release, sell, discard),
        cost=cost,
        short_t=short,
        served_t=served,
        missing_cover_t=missing,
        price=price,
        price_effect=effect,
        money=money,
        rotated_t=rotated,
    )


def _affordable(problem: Problem, position: Position, wish: Float, price: Float, reach: Float) -> Float:
    """Cut purchases back to the blocks, the room left in each holding and site, and the budget."""
    buy = wish.copy()
    held = position.held() + np.array([float(orders.sum()) for orders in position.orders])
    for h, holding in enumerate(problem.holdings):
        buy[h] = min(buy[h], max(0.0, holding.limit_t - held[h]))
    for m, data in enumerate(problem.materials):
        mine = np.array([holding.material == m for holding in problem.holdings])
        most, wanted = most_bought(data, reach[m]), float(buy[mine].sum())
        if wanted > most:
            buy[mine] *= most / wanted
    for site, capacity in enumerate(problem.site_capacity):
        here = np.array([holding.site == site for holding in problem.holdings])
        room, wanted = max(0.0, float(capacity - held[here].sum())), float(buy[here].sum())
        if wanted > room:
            buy[here] *= room / wanted
    spent = purchase_cost(problem, buy, price, reach)
    return buy * (problem.budget / spent) if spent > problem.budget else buy


def _deliverable(
    problem: Problem, position: Position, buy: Float, decision: Decision, gap: Float
) -> tuple[Float, Float]:
    """Cut releases and sales back to stock, delivery rate and, for releases, what is short."""
    release, sell = np.maximum(decision.release_t, 0.0), np.maximum(decision.sell_t, 0.0)
    there = position.held()
    for h, holding in enumerate(problem.holdings):
        there[h] += buy[h] if holding.lag == 0 else 0.0
        short = gap[holding.material] > 0.0
        release[h] = release[h] if short else 0.0
        sell[h] = 0.0 if short or not problem.case.release_in_calm else sell[h]
        most = holding.delivery_share * there[h]
        release[h] = min(release[h], most)
        sell[h] = min(sell[h], most - release[h])
    for m, data in enumerate(problem.materials):
        mine = [h for h, holding in enumerate(problem.holdings) if holding.material == m]
        usable = sum(problem.holdings[h].usable_share * release[h] for h in mine)
        if usable <= 0.0:
            continue
        bought = sum(buy[h] for h in mine)
        arriving = [problem.holdings[h].keep * there[h] + _arrival(problem, position, buy, h) for h in mine]
        need = gap[m] + data.own_use_share * bought + data.crowding * sum(arriving)
        pull = usable + data.crowding * sum(problem.holdings[h].keep * release[h] for h in mine)
        if pull > need:
            for h in mine:
                release[h] *= need / pull
    return release, sell


def _arrival(problem: Problem, position: Position, buy: Float, h: int) -> float:
    holding = problem.holdings[h]
    if holding.lag == 0:
        return 0.0
    return float(buy[h]) if holding.lag == 1 else float(position.orders[h][0])


def _within_limit(problem: Problem, position: Position, buy: Float, out: Float) -> Float:
    """Cut purchases back so that the stock stays within the money that carries it."""
    if not np.isfinite(problem.limit):
        return buy
    left = out_of_pocket = 0.0
    for h, holding in enumerate(problem.holdings):
        on_order = float(position.orders[h].sum())
        kept = holding.keep * (float(position.stock[h].sum()) - float(out[h])) + on_order
        left += inventory_price(problem, h) * kept
        share = holding.keep if holding.lag == 0 else 1.0
        out_of_pocket += inventory_price(problem, h) * share * float(buy[h])
    most = max(0.0, problem.limit + start_worth(problem) - left)
    return buy * (most / out_of_pocket) if out_of_pocket > most * (1.0 + 1e-12) else buy


def _revenue(problem: Problem, tonnes: Float, price: Float) -> float:
    """Return what users or the market pay for lots from stock, USD."""
    return float(
        sum(
            float(price[holding.material]) * (1.0 + holding.premium) * holding.resale_share * float(tonnes[h])
            for h, holding in enumerate(problem.holdings)
        )
    )


def _move(
    problem: Problem, position: Position, buy: Float, out: Float
) -> tuple[tuple[Float, ...], tuple[Float, ...], Float]:
    """Take out, lose, age, swap, let arrive; return stock, orders and t swapped by holding."""
    stock, orders, rotated = [], [], np.zeros(len(problem.holdings))
    for h, holding in enumerate(problem.holdings):
        ages = position.stock[h].copy()
        if holding.lag == 0:
            ages[0] += buy[h]
        ages = holding.keep * _taken(ages, float(out[h]))
        moved = holding.ageing * ages if holding.ages > 1 else np.zeros_like(ages)
        ages = ages - moved
        ages[1:] += moved[:-1]
        rotated[h] = moved[-1]
        ages[0] += moved[-1] + _arrival(problem, position, buy, h)
        stock.append(ages)
        queue = position.orders[h]
        orders.append(np.append(queue[1:], buy[h]) if holding.lag > 1 else queue)
    return tuple(stock), tuple(orders), rotated


def _taken(ages: Float, tonnes: float) -> Float:
    """Take t out of a holding, oldest lots first."""
    left = ages.copy()
    for age in range(len(left) - 1, -1, -1):
        part = min(tonnes, float(left[age]))
        left[age] -= part
        tonnes -= part
    return left


def _users(
    problem: Problem, state: int, outcome: int, gap: Float, buy: Float, release: Float, held: Float
) -> tuple[Float, Float, Float]:
    """Return t short and served by material and tier, and cover missing by material."""
    count = len(problem.materials)
    short, served, missing = np.zeros((count, 3)), np.zeros((count, 3)), np.zeros(count)
    for m, data in enumerate(problem.materials):
        mine = [h for h, holding in enumerate(problem.holdings) if holding.material == m]
        usable = sum(problem.holdings[h].usable_share * held[h] for h in mine)
        if gap[m] <= 0.0:
            missing[m] = max(0.0, data.cover_t - usable)
            continue
        total_gap = (
            gap[m]
            + data.own_use_share * sum(buy[h] for h in mine)
            + data.crowding * sum(held[h] for h in mine)
        )
        need = tier_needs(problem, m) * total_gap
        left = sum(problem.holdings[h].usable_share * release[h] for h in mine)
        for k in range(3):
            served[m, k] = min(left, need[k])
            left -= served[m, k]
        short[m] = np.where(need - served[m] > ROUNDING * total_gap, need - served[m], 0.0)
    return short, served, missing


def tier_needs(problem: Problem, material: int) -> Float:
    """Return the share of a shortage that falls on each tier before any release."""
    vital = (1.0 - problem.case.protection) * problem.materials[material].tier_share[:2]
    return np.append(vital, 1.0 - vital.sum())


def _price_effect(
    problem: Problem,
    state: int,
    outcome: int,
    buy: Float,
    release: Float,
    held: Float,
    reach: Float,
    price: Float,
) -> Float:
    effect = np.zeros(len(problem.materials))
    for m, data in enumerate(problem.materials):
        mine = [h for h, holding in enumerate(problem.holdings) if holding.material == m]
        effect[m] = permanent_slope(problem, m) * sum(held[h] for h in mine)
        market = data.world_t * reach[m]
        if market > 0.0:
            rise = (1.0 - problem.case.permanent_share) * data.impact * price[m] / market
            effect[m] += rise * sum(buy[h] for h in mine)
        damping = problem.response(m, state, outcome).damping
        effect[m] -= damping * sum(problem.holdings[h].usable_share * release[h] for h in mine)
    return effect


def _money(
    problem: Problem,
    position: Position,
    held: Float,
    orders: tuple[Float, ...],
    purchases: float,
    sales: float,
    payments: float,
) -> MoneyFlows:
    loan = problem.case.money.loan
    own = own_funds(problem)
    on_order = np.array([float(queue.sum()) for queue in orders])
    funds = float(
        sum(inventory_price(problem, h) * tonnes for h, tonnes in enumerate((held + on_order).tolist()))
    )
    debt = cure = interest = 0.0
    if loan is not None:
        wanted = max(0.0, funds - own)
        debt = min(wanted, loan.amount, carried(problem, held))
        cure = wanted - debt
        interest = loan.rate / QUARTERS_A_YEAR * debt
    change = debt - position.debt
    return MoneyFlows(
        purchases=purchases,
        sales=sales,
        payments=payments,
        paid_in=purchases - sales - payments - (funds - position.funds),
        funds=funds,
        debt=debt,
        cash=max(0.0, own - funds),
        draw=max(0.0, change),
        repay=max(0.0, -change),
        cure=cure,
        interest=interest,
    )


def _cost(
    problem: Problem,
    quarter: int,
    held: Float,
    orders: tuple[Float, ...],
    rotated: Float,
    money: MoneyFlows,
    short: Float,
    missing: Float,
    effect: Float,
    buy: Float,
    where: tuple[int, int],
) -> CostParts:
    storage = rotation = terminal = permanent = shortage = harm = offtake = 0.0
    last = quarter == problem.case.quarters - 1
    for h, holding in enumerate(problem.holdings):
        storage += holding.storage * float(held[h])
        rotation += holding.rotation_cost * float(rotated[h])
        if last:
            terminal -= problem.discount * holding.terminal * (float(held[h]) + float(orders[h].sum()))
    for m, data in enumerate(problem.materials):
        mine = [h for h, holding in enumerate(problem.holdings) if holding.material == m]
        left = sum(float(held[h]) for h in mine)
        for width, slope in permanent_chords(problem, m):
            part = min(left, width)
            permanent += permanent_weight(problem, quarter) * slope * part
            left -= part
        shortage += float(problem.shortage_value(m, *where) @ short[m])
        away = problem.price(m, *where) - data.price + float(effect[m])
        harm += data.need_t * abs(away)
        offtake += data.offtake_value * max(0.0, data.offtake_t - sum(float(buy[h]) for h in mine))
    cover = sum(data.cover_cost * float(t) for data, t in zip(problem.materials, missing, strict=True))
    return CostParts(
        purchases=money.purchases,
        sales=-money.sales,
        storage=storage,
        rotation=rotation,
        financing=financing_rate(problem) * money.debt,
        cure=problem.case.money.cure_rate / QUARTERS_A_YEAR * money.cure,
        cover=cover,
        permanent=permanent,
        terminal=terminal,
        shortage=shortage,
        price_harm=harm,
        offtake=offtake,
    )
