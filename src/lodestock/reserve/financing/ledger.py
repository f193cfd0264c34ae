r"""The books of a financed reserve, quarter by quarter.

Order within a quarter, every step in whole cents:

1. fees of the quarter accrue: storage, the commitment fee on what was undrawn at the opening, the fee at
   signing; interest accrues on the loan at the opening, :math:`r/4`, to be paid or to join the loan;
2. members pay: the upfront fee once, then carry = share x (interest + fees) x (1 + markup);
3. material that is due comes back, or is paid for at the market price plus penalty, or is written off;
4. material is lost, sold, or lent to members whose notice has passed; it leaves at its mean cost;
5. what is wanted is bought as far as cash beyond the dues and the facility allow (`borrowing_base`); where a
   sponsor stands behind the reserve, all of it, and the sponsor pays in what is missing;
6. cash goes down the waterfall: fees, interest, principal, reserve account, capped equity; then the sweep.

Principal due is what the loan exceeds its schedule by (equal parts after the availability period), or what
the borrowing base no longer supports, whichever is more. Unpaid fees and interest stay due and come first in
the next quarter, without interest on themselves. Equity is paid out of profits only, while nothing is due and
the loan is within its base.

=============================  ==================  =====================================================
equation                       name in code        meaning
=============================  ==================  =====================================================
:math:`K_m' = K_m + c_m - g_m` ``balance.stock``   cost in, cost out; g by mean cost
:math:`B' = B + d - a - w`     ``balance.loan``    draw, principal paid, sweep
:math:`e' = e + \kappa E/4`    ``equity_accrued``  what capped equity may still receive; simple return
=============================  ==================  =====================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lodestock.reserve.financing.books import Balance, Books, Quarter, Statement, check_quarter
from lodestock.reserve.financing.borrowing_base import borrowing_base
from lodestock.reserve.financing.cents import to_cents
from lodestock.reserve.financing.movements import come_back, leave
from lodestock.reserve.financing.purchase import buy, floor_cents
from lodestock.reserve.financing.terms import PERIODS_A_YEAR, Terms, check_terms
from lodestock.reserve.financing.waterfall import pay_in_order


def open_books(terms: Terms, stock_t: Sequence[float], stock_usd: Sequence[float]) -> Books:
    """Return books before the first quarter: paid-in capital in cash, a stock brought in at a cost.

    A stock brought in is the sponsor's and stands in ``support``.
    """
    check_terms(terms, len(stock_t))
    paid_in = to_cents(terms.equity.paid_in_usd)
    stock = tuple(to_cents(value) for value in stock_usd)
    return Books(
        0, Balance(paid_in, 0, stock, 0, 0, 0, 0, paid_in, sum(stock), 0), tuple(map(float, stock_t))
    )


def keep_books(terms: Terms, books: Books, quarters: Sequence[Quarter]) -> tuple[Statement, ...]:
    """Return the statement of every quarter in turn.

    Raises
    ------
    ValueOutOfRangeError
        Terms no contract can say; a negative or unknown quantity or price.
    """
    check_terms(terms, len(books.stock_t))
    statements = []
    for quarter in quarters:
        books, statement = keep_quarter(terms, books, quarter)
        statements.append(statement)
    return tuple(statements)


def keep_quarter(terms: Terms, books: Books, quarter: Quarter) -> tuple[Books, Statement]:
    """Return the books after one quarter and its statement; see the order at the top of this file."""
    check_quarter(quarter, len(books.stock_t))
    now, opening = books.quarter, books.balance
    fees, interest = _accrued(terms, opening, now, quarter.storage_usd)
    joined = interest if terms.loan.capitalised else 0
    payable = interest - joined
    carried = terms.members.carried_share * (1.0 + terms.members.carry_markup)
    upfront, carry = _upfront(terms) if now == 0 else 0, to_cents(carried * (fees + payable) / 100)
    back = come_back(terms, books, quarter)
    gone = leave(terms, books, quarter, back.stock_t, back.stock)
    cash = opening.cash + upfront + carry + back.settled + gone.sales
    amortised = opening.loan if now == terms.loan.availability_quarters else books.amortised
    owed = opening.loan + joined
    scheduled = _scheduled(terms, owed, now, amortised)
    dues = opening.fees_due + fees + opening.interest_due + payable + scheduled
    bought = buy(terms, owed, now, quarter, gone, cash, dues)
    base = floor_cents(borrowing_base(terms.base, quarter.price, np.asarray(bought.stock_t)))
    loan = owed + bought.drawn
    accrued = books.equity_accrued + to_cents(
        terms.equity.return_cap * opening.paid_in / 100 / PERIODS_A_YEAR
    )
    # the reserve account stands behind everything: it goes into the pot and is filled again
    pot = cash + bought.drawn + bought.supported - bought.cost + opening.reserve_account
    lacking = opening.fees_due + fees + opening.interest_due + payable - pot
    supported = bought.supported + (max(0, lacking) if terms.supported else 0)
    income = upfront + carry + gone.sales + back.settled
    expense = fees + interest + gone.cost_of_sales + gone.lost_cost + back.written_off + back.settled_cost
    profit = max(0, opening.retained + income - expense)
    out = _pay(
        terms,
        pot=pot + supported - bought.supported,
        fees=opening.fees_due + fees,
        interest=opening.interest_due + payable,
        principal=min(loan, max(scheduled, loan - base)),
        target=to_cents(terms.reserve_quarters * (fees + payable) / 100),
        equity=min(accrued, profit),
        loan=loan,
        drawn=bought.drawn,
    )
    balance = Balance(
        cash=out.left,
        reserve_account=out.reserve_account,
        stock=bought.stock,
        owed_by_members=opening.owed_by_members - back.closed_cost + gone.lent_cost,
        loan=loan - out.principal - out.swept,
        fees_due=opening.fees_due + fees - out.fees,
        interest_due=opening.interest_due + payable - out.interest,
        paid_in=opening.paid_in,
        support=opening.support + supported,
        retained=opening.retained + income - expense - out.equity,
    )
    service = opening.interest_due + payable + out.principal_due
    statement = Statement(
        quarter=now,
        upfront_fees=upfront,
        carry=carry,
        sales=gone.sales,
        settled=back.settled,
        purchases=bought.cost,
        drawn=bought.drawn,
        supported=supported,
        fees=fees,
        fees_paid=out.fees,
        interest=interest,
        interest_paid=out.interest,
        capitalised=joined,
        principal_due=out.principal_due,
        principal_paid=out.principal,
        swept=out.swept,
        to_reserve_account=out.reserve_account - opening.reserve_account,
        distributed=out.equity,
        cost_of_sales=gone.cost_of_sales,
        written_off=back.written_off + gone.lost_cost,
        settled_cost=back.settled_cost,
        bought_t=bought.bought_t,
        sold_t=gone.sold_t,
        lent_t=gone.lent_t,
        returned_t=back.returned_t,
        lost_t=gone.lost_t,
        stock_t=bought.stock_t,
        base=base,
        coverage=(income - out.fees) / service if service > 0 else None,
        balance=balance,
    )
    after = Books(
        *(now + 1, balance, bought.stock_t, gone.owed, gone.called),
        equity_accrued=accrued - out.equity,
        amortised=amortised,
    )
    return after, statement


@dataclass(frozen=True)
class _Paid:
    """What left the pot, cents; ``left`` stays as cash."""

    fees: int
    interest: int
    principal: int
    principal_due: int
    reserve_account: int
    equity: int
    swept: int
    left: int


def _pay(
    terms: Terms,
    *,
    pot: int,
    fees: int,
    interest: int,
    principal: int,
    target: int,
    equity: int,
    loan: int,
    drawn: int,
) -> _Paid:
    """Run the waterfall; equity and the sweep get what is beyond the cash floor once all else is paid.

    What was drawn in the quarter pays neither.
    """
    dues = {"fees": fees, "interest": interest, "principal": principal, "reserve_account": target}
    paid, left = pay_in_order(pot, dues)
    free = max(0, left - to_cents(terms.cash_floor_usd) - drawn) if paid == dues else 0
    to_equity = min(equity, free)
    swept = min(loan - paid["principal"], int(terms.sweep * (free - to_equity)))
    return _Paid(
        *(paid["fees"], paid["interest"], paid["principal"], principal, paid["reserve_account"]),
        *(to_equity, swept, left - to_equity - swept),
    )


def _accrued(terms: Terms, opening: Balance, now: int, storage_usd: float) -> tuple[int, int]:
    """Fees and interest of the quarter, cents."""
    undrawn = max(0, to_cents(terms.loan.facility_usd) - opening.loan)
    open_now = now < terms.loan.availability_quarters
    commitment = terms.loan.commitment_fee * undrawn / 100 / PERIODS_A_YEAR if open_now else 0.0
    interest = terms.loan.rate * opening.loan / 100 / PERIODS_A_YEAR
    signing = terms.loan.upfront_fee * terms.loan.facility_usd if now == 0 else 0.0
    return to_cents(storage_usd + commitment + signing), to_cents(interest)


def _upfront(terms: Terms) -> int:
    return to_cents(terms.members.upfront_fee * sum(terms.members.commitment_usd))


def _scheduled(terms: Terms, loan: int, now: int, amortised: int) -> int:
    """What the loan exceeds its schedule by, cents: equal parts, so arrears count and a sweep is credit."""
    first, last = terms.loan.availability_quarters, terms.loan.term_quarters
    if now < first:
        return 0
    allowed = amortised * max(0, last - 1 - now) // (last - first)
    return max(0, loan - allowed)
