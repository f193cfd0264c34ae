"""The money part of a file -> `Money`."""

from __future__ import annotations

import math

from lodestock.errors import ConflictError
from lodestock.reserve.case import QUARTERS_A_YEAR, Loan, Members, Money, Private
from lodestock.reserve.schema import CaseFile
from lodestock.reserve.schema_money import LoanSection
from lodestock.scenario.tree import Node


def read_money(file: CaseFile, root: Node) -> Money:
    """Return the money of a case; tranches must add to one and come in order.

    Raises
    ------
    ConflictError
        Tranches that do not add up or are out of order; further money that costs less than the loan, which
        would then never be drawn to its limit before.
    """
    from lodestock.reserve.assumptions import value

    section = file.money
    cure_rate = value("cure_rate") if section.cure_rate is None else section.cure_rate
    if section.loan is not None:
        _check_dearer(cure_rate, section.loan, file, root)
    private, members = section.private, section.members
    return Money(
        budget=math.inf if section.budget_per_quarter is None else section.budget_per_quarter,
        loan=_loan(section.loan, root) if section.loan is not None else None,
        private=Private(
            amount=private.amount, return_cap=private.return_cap, source="; ".join(private.source)
        )
        if private is not None
        else None,
        members=Members(
            count=members.count,
            upfront_fee=members.upfront_fee,
            carry_share=members.carry_share,
            call_share=members.call_share,
            replenish_quarters=max(1, round(members.replenish.value * QUARTERS_A_YEAR)),
            buyback=members.buyback,
            default_rate=members.default_rate,
            wrong_way=members.wrong_way,
            source="; ".join(members.source),
        )
        if members is not None
        else None,
        cure_rate=cure_rate,
    )


def _check_dearer(cure_rate: float, loan: LoanSection, file: CaseFile, root: Node) -> None:
    discount = (1.0 + file.discount_rate) ** (-1.0 / QUARTERS_A_YEAR)
    least = QUARTERS_A_YEAR * ((1.0 + loan.rate / QUARTERS_A_YEAR) * discount - 1.0)
    if cure_rate < least:
        raise ConflictError(
            f"further money costs {cure_rate:.3g} a year, less than the loan at {loan.rate:.3g}",
            where=root.where(
                ("money", "cure_rate") if file.money.cure_rate is not None else ("money", "loan")
            ),
            allowed=f"cure_rate of at least {least:.3g}",
        )


def _loan(section: LoanSection, root: Node) -> Loan:
    tranches = tuple((part.quarter, part.share) for part in section.tranches) or ((0, 1.0),)
    where = root.where(("money", "loan", "tranches"))
    total = sum(share for _, share in tranches)
    if abs(total - 1.0) > 1e-9:
        raise ConflictError(f"the shares of the tranches add to {total:g}", where=where, allowed="1")
    if list(tranches) != sorted(tranches):
        raise ConflictError("the tranches are out of order", where=where, allowed="earliest first")
    return Loan(
        amount=section.amount,
        rate=section.rate,
        commitment_fee=section.commitment_fee,
        upfront_fee=section.upfront_fee,
        term_years=section.term.value,
        availability_years=section.availability.value,
        advance_rate=section.advance_rate,
        price_stress=section.price_stress,
        capitalised=section.interest == "capitalised",
        tranches=tranches,
        cash_sweep=section.cash_sweep,
        source="; ".join(section.source),
    )
