r"""The books of a walked path: the same tonnes and prices, through loan, members and capital.

Materials of the books are the holdings of the problem. Purchases and releases are those of the path; what
loan and cash do not pay for, a sponsor pays in (`Terms.supported`), so that tonnes never depend on the books.
Users pay the market price of the quarter less the resale discount for what is released. A tonne that is
bought and released within one quarter (no lag) is paid for by its user in the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve.case import QUARTERS_A_YEAR
from lodestock.reserve.costs import block_cost
from lodestock.reserve.financing.books import Quarter, Statement
from lodestock.reserve.financing.ledger import keep_quarter, open_books
from lodestock.reserve.financing.terms import BorrowingBase, Equity, Loan, Members, Terms
from lodestock.reserve.position import Position, Step
from lodestock.reserve.problem import Problem

FloatArray = NDArray[np.float64]
Path = tuple[Sequence[int], Sequence[int]]
"""States and outcomes of the quarters of a path."""


def terms_of(problem: Problem, target: FloatArray) -> Terms:
    """Return the contract of a case; what it leaves open costs nothing; no loan, no debt.

    ``target`` : t by holding; members commit themselves to its value at base price, as far as money goes.
    """
    money = problem.case.money
    loan, base = _loan(problem)
    private = money.private
    return Terms(
        loan=loan,
        base=base,
        members=_members(problem, target),
        equity=Equity(
            paid_in_usd=private.amount if private else 0.0, return_cap=private.return_cap if private else 0.0
        ),
        sweep=money.loan.cash_sweep if money.loan is not None else 0.0,
        supported=True,
    )


def _loan(problem: Problem) -> tuple[Loan, BorrowingBase]:
    one = problem.case.money.loan
    count = len(problem.holdings)
    if one is None:
        nothing = Loan(facility_usd=0.0, availability_quarters=0, term_quarters=1)
        return nothing, BorrowingBase(advance=0.0, stress=(0.0,) * count)
    available = round(one.availability_years * QUARTERS_A_YEAR)
    loan = Loan(
        facility_usd=one.amount,
        availability_quarters=available,
        term_quarters=max(round(one.term_years * QUARTERS_A_YEAR), available + 1),
        rate=one.rate,
        commitment_fee=one.commitment_fee,
        upfront_fee=one.upfront_fee,
        parts=one.tranches,
        capitalised=one.capitalised,
    )
    stress = []
    for holding in problem.holdings:
        own = problem.case.materials[problem.materials[holding.material].material].stress
        stress.append(one.price_stress if own is None else own)
    return loan, BorrowingBase(advance=one.advance_rate, stress=tuple(stress))


def _members(problem: Problem, target: FloatArray) -> Members:
    who = problem.case.money.members
    if who is None:
        return Members(commitment_usd=(), carried_share=0.0)
    base = np.array([problem.materials[h.material].price * (1.0 + h.premium) for h in problem.holdings])
    commitment = min(float(target @ base), problem.case.money.limit)
    return Members(
        commitment_usd=(commitment / who.count,) * who.count,
        upfront_fee=who.upfront_fee,
        carried_share=who.carry_share,
        call_cap=who.call_share,
        replenish_quarters=who.replenish_quarters,
    )


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices by holding, USD/t: of the market, of a purchase with its own impact, of a sale."""

    market: FloatArray
    bought: FloatArray
    sold: FloatArray


def prices_of(problem: Problem, step: Step, state: int, outcome: int) -> Prices:
    """Return what a quarter's tonnes cost and bring, by holding."""
    market, bought, sold = (np.zeros(len(problem.holdings)) for _ in range(3))
    for m, data in enumerate(problem.materials):
        price = problem.price(m, state, outcome)
        mine = [h for h, holding in enumerate(problem.holdings) if holding.material == m]
        tonnes = float(sum(step.decision.buy_t[h] for h in mine))
        reach = problem.response(m, state, outcome).output_share
        multiple = block_cost(data, reach, tonnes) / tonnes if tonnes > 0.0 else 1.0
        for h in mine:
            holding = problem.holdings[h]
            market[h] = price * (1.0 + holding.premium)
            bought[h] = price * (multiple + holding.premium)
            sold[h] = market[h] * holding.resale_share
    return Prices(market, bought, sold)


def books_of(
    problem: Problem, terms: Terms, start: Position, path: Path, steps: Sequence[Step]
) -> tuple[Statement, ...]:
    """Return the statement of every quarter of a walked path."""
    base = np.array([problem.materials[h.material].price * (1.0 + h.premium) for h in problem.holdings])
    books = open_books(terms, start.held().tolist(), (start.held() * base).tolist())
    held, unpaid = start.held(), np.zeros(len(problem.holdings))
    made = []
    for state, outcome, step in zip(*path, steps, strict=True):
        prices = prices_of(problem, step, state, outcome)
        out = step.decision.release_t + step.decision.sell_t
        now = step.position.held()
        keep = np.array([holding.keep for holding in problem.holdings])
        thrown = step.decision.discard_t
        gone = out if thrown is None else out + thrown
        lost = (1.0 - keep) * np.maximum(held - gone, 0.0) + (gone - out)
        in_books = np.asarray(books.stock_t)
        books, statement = keep_quarter(
            terms,
            books,
            Quarter(
                price=prices.market,
                buy_t=step.decision.buy_t,
                buy_price=prices.bought,
                sell_t=out + unpaid,
                sell_price=prices.sold,
                storage_usd=step.cost.storage + step.cost.rotation,
                loss_share=np.divide(lost, in_books, out=np.zeros_like(lost), where=in_books > 0),
            ),
        )
        unpaid = np.maximum(out + unpaid - np.asarray(statement.sold_t), 0.0)
        unpaid[unpaid < 1e-9 * np.maximum(out, 1e-12)] = 0.0
        held = now
        made.append(statement)
    return tuple(made)
