"""Material that comes back from members, and material that leaves (lost, sold, lent) at mean cost, cents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.errors import ValueOutOfRangeError
from lodestock.reserve.financing.books import Books, Called, Owed, Quarter
from lodestock.reserve.financing.calls import allot
from lodestock.reserve.financing.cents import to_cents
from lodestock.reserve.financing.terms import Terms


@dataclass(frozen=True)
class Back:
    """Material that was due: what came back, what was paid for it, what is lost."""

    stock_t: tuple[float, ...]
    stock: tuple[int, ...]
    returned_t: tuple[float, ...]
    settled: int
    settled_cost: int
    written_off: int
    closed_cost: int


@dataclass(frozen=True)
class Gone:
    """Material that left, at its mean cost."""

    stock_t: tuple[float, ...]
    stock: tuple[int, ...]
    sold_t: tuple[float, ...]
    lent_t: tuple[float, ...]
    lost_t: tuple[float, ...]
    sales: int
    cost_of_sales: int
    lost_cost: int
    lent_cost: int
    owed: tuple[Owed, ...]
    called: tuple[Called, ...]


def come_back(terms: Terms, books: Books, quarter: Quarter) -> Back:
    """Close what is due: it comes back, is paid for at market price plus penalty, or is written off."""
    stock_t, stock = list(books.stock_t), list(books.balance.stock)
    returned = [0.0] * len(stock_t)
    settled = settled_cost = written_off = closed = 0
    for one in books.owed:
        if one.due > books.quarter:
            continue
        closed += one.cost
        if quarter.in_default is not None and quarter.in_default[one.member]:
            written_off += one.cost
            continue
        share = 1.0 if quarter.return_share is None else float(quarter.return_share[one.member])
        back = one.t * share
        cost_back = round(one.cost * share)
        stock_t[one.material] += back
        stock[one.material] += cost_back
        returned[one.material] += back
        settled += to_cents(
            (one.t - back) * float(quarter.price[one.material]) * (1.0 + terms.members.penalty)
        )
        settled_cost += one.cost - cost_back
    return Back(
        *(tuple(stock_t), tuple(stock), tuple(returned)),
        *(settled, settled_cost, written_off, closed),
    )


def _take(stock_t: list[float], stock: list[int], material: int, t: float) -> tuple[float, int]:
    """Take up to t out of the stock at mean cost; return t and cents taken."""
    held = stock_t[material]
    taken = min(t, held)
    if taken <= 0.0:
        return 0.0, 0
    cost = stock[material] if taken >= held else round(stock[material] * (taken / held))
    stock_t[material] = held - taken
    stock[material] -= cost
    return taken, cost


def leave(
    terms: Terms, books: Books, quarter: Quarter, held_t: tuple[float, ...], held: tuple[int, ...]
) -> Gone:
    """Take out what is lost, then what is sold, then what members called, as far as there is any."""
    stock_t, stock, now = list(held_t), list(held), books.quarter
    lost, sold, lent = ([0.0] * len(stock) for _ in range(3))
    lost_cost = cost_of_sales = lent_cost = sales = 0
    for m in range(len(stock)):
        if quarter.loss_share is not None:
            lost[m], cost = _take(stock_t, stock, m, stock_t[m] * min(float(quarter.loss_share[m]), 1.0))
            lost_cost += cost
        sold[m], cost = _take(stock_t, stock, m, float(quarter.sell_t[m]))
        cost_of_sales += cost
        sales += to_cents(sold[m] * float(quarter.sell_price[m]))
    called = [*books.called, *_new_calls(terms, quarter, now, stock_t)]
    owed = [one for one in books.owed if one.due > now]
    due = now + terms.members.replenish_quarters
    for one, t in _served(terms, [one for one in called if one.delivery <= now], stock_t):
        taken, cost = _take(stock_t, stock, one.material, t)
        lent[one.material] += taken
        lent_cost += cost
        if taken > 0.0:
            owed.append(Owed(due, one.member, one.material, taken, cost))
    return Gone(
        *(tuple(stock_t), tuple(stock), tuple(sold), tuple(lent), tuple(lost)),
        *(sales, cost_of_sales, lost_cost, lent_cost),
        tuple(owed),
        tuple(one for one in called if one.delivery > now),
    )


def _new_calls(terms: Terms, quarter: Quarter, now: int, held: list[float]) -> list[Called]:
    """Calls of the quarter, each within its cap: ``call_cap`` of the member's part of what is held."""
    if quarter.call_t is None:
        return []
    delivery = now + terms.members.notice_quarters
    part = terms.members.parts()
    if quarter.call_t.shape != (len(part), len(held)) or np.any(~(quarter.call_t >= 0)):
        raise ValueOutOfRangeError(
            f"call_t of shape {quarter.call_t.shape}",
            where="quarter",
            allowed=f"{len(part)} members by {len(held)} materials, numbers of 0 or more",
        )
    found = []
    for member, row in enumerate(quarter.call_t):
        for material, asked in enumerate(row):
            t = min(float(asked), terms.members.call_cap * part[member] * held[material])
            if t > 0.0:
                found.append(Called(delivery, member, material, t))
    return found


def _served(terms: Terms, due: list[Called], held: list[float]) -> list[tuple[Called, float]]:
    """What each call that is due gets: all of it, or its part by the members' rule where stock is short."""
    found = []
    part = np.array(terms.members.parts())
    for material in sorted({one.material for one in due}):
        mine = [one for one in due if one.material == material]
        asked = np.array([one.t for one in mine])
        members = [one.member for one in mine]
        tier = np.array(terms.members.tier or (1,) * len(part), dtype=float)
        given = allot(
            terms.members.allotment,
            held[material],
            asked,
            part[members],
            tier=tier[members],
            arrival=np.arange(len(mine), dtype=float),
        )
        found += [(one, float(t)) for one, t in zip(mine, given.t, strict=True)]
    return found
