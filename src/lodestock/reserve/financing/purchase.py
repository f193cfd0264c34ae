"""Buying as far as money allows, and the draw on the loan that pays for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lodestock.reserve.financing.books import FloatArray, Quarter
from lodestock.reserve.financing.borrowing_base import affordable_share, borrowing_base
from lodestock.reserve.financing.cents import to_cents
from lodestock.reserve.financing.movements import Gone
from lodestock.reserve.financing.terms import Terms


@dataclass(frozen=True)
class Bought:
    """Material that was bought and the loan drawn for it."""

    stock_t: tuple[float, ...]
    stock: tuple[int, ...]
    bought_t: tuple[float, ...]
    cost: int
    drawn: int
    supported: int = 0


def floor_cents(usd: float) -> int:
    """Return whole cents, rounded down: a limit is never rounded up."""
    return int(np.floor(usd * 100.0))


def buy(terms: Terms, loan: int, now: int, quarter: Quarter, gone: Gone, cash: int, dues: int) -> Bought:
    """Buy as much of what is wanted as cash beyond the dues and new draws pay for."""
    nothing = Bought(gone.stock_t, gone.stock, (0.0,) * len(gone.stock), 0, 0)
    wanted_cost = float(quarter.buy_t @ quarter.buy_price)
    if wanted_cost <= 0.0:
        return replace(
            nothing, stock_t=_plus(gone.stock_t, quarter.buy_t), bought_t=tuple(map(float, quarter.buy_t))
        )
    free = max(0, cash - dues - to_cents(terms.cash_floor_usd))
    undrawn = max(0, to_cents(terms.loan.drawable_usd(now)) - loan)
    held = np.asarray(gone.stock_t)
    share = 1.0
    if not terms.supported:
        share = affordable_share(
            *(terms.base, quarter.price, held, quarter.buy_t, wanted_cost),
            cash=free / 100,
            loan=loan / 100,
            undrawn=undrawn / 100,
        )
    for _ in range(60):
        bought = share * quarter.buy_t
        cost = [to_cents(float(value)) for value in bought * quarter.buy_price]
        base = floor_cents(borrowing_base(terms.base, quarter.price, held + bought))
        room = max(0, min(undrawn, base - loan))
        missing = max(0, sum(cost) - free)
        if missing <= room or terms.supported:
            drawn = min(room, _whole_tranches(missing, to_cents(terms.loan.tranche_usd)))
            stock = tuple(have + paid for have, paid in zip(gone.stock, cost, strict=True))
            return Bought(
                *(_plus(gone.stock_t, bought), stock, tuple(map(float, bought)), sum(cost), drawn),
                supported=max(0, missing - drawn),
            )
        # cents round against us: a hair less is affordable
        share *= max(0.0, 1.0 - 2.0 * (missing - room) / sum(cost))
    return nothing


def _whole_tranches(missing: int, tranche: int) -> int:
    if missing == 0 or tranche == 0:
        return missing
    return -(-missing // tranche) * tranche


def _plus(one: tuple[float, ...], other: FloatArray) -> tuple[float, ...]:
    return tuple(float(a + b) for a, b in zip(one, other, strict=True))
