"""The contract of a financed reserve: loan, borrowing base, members, equity; all rates per year, fractions.

A quarter is a fourth of a year: a yearly rate r charges r/4 on the balance at the opening of the quarter.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

from lodestock.errors import ValueOutOfRangeError

PERIODS_A_YEAR = 4


@dataclass(frozen=True, kw_only=True)
class Loan:
    """A facility drawn in tranches.

    Parameters
    ----------
    facility_usd : most that may ever be outstanding.
    tranche_usd : draws are whole multiples of it where the limits leave room; 0 for any amount.
    availability_quarters : quarters in which draws are possible; the commitment fee runs as long.
    term_quarters : quarter by which the loan is repaid, in equal parts after the availability period.
    rate : interest a year on what is drawn.
    commitment_fee : a year on what is not drawn.
    upfront_fee : at signing, share of the facility.
    parts : (quarter from which, further share of the facility) that may be drawn; shares add to one.
    capitalised : interest joins the loan instead of being paid; it may carry the loan above the facility.
    """

    facility_usd: float
    tranche_usd: float = 0.0
    availability_quarters: int = 20
    term_quarters: int = 60
    rate: float = 0.0
    commitment_fee: float = 0.0
    upfront_fee: float = 0.0
    parts: tuple[tuple[int, float], ...] = ((0, 1.0),)
    capitalised: bool = False

    def drawable_usd(self, quarter: int) -> float:
        """Return the part of the facility that may be outstanding by draws in a quarter, USD."""
        if quarter >= self.availability_quarters:
            return 0.0
        return self.facility_usd * min(1.0, sum(share for start, share in self.parts if start <= quarter))


@dataclass(frozen=True, kw_only=True)
class BorrowingBase:
    """Loan allowed per stock: ``advance`` times the stock at stressed prices, one stress per material.

    ``stress`` is the fall of the price a lender reckons with, fraction; its order is that of the materials.
    """

    advance: float
    stress: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Members:
    """Users who pay for rights on the stock.

    Parameters
    ----------
    commitment_usd : value of the material each has signed for; shares of fees, charges and rights follow it.
    upfront_fee : share of the commitment paid in the first quarter.
    carried_share : share of interest, commitment fee and storage that members pay as carrying charge.
    carry_markup : on top of it, fraction.
    call_cap : most a member may call in a quarter, share of its entitlement: its part of what is held.
    notice_quarters : between a call and its delivery.
    replenish_quarters : between delivery and the day the material is due back.
    penalty : share of the market value due on material that does not come back, besides that value.
    allotment : who gets what when calls exceed the stock: pro_rata, pro_rata_calls, tier or first_come.
    tier : of each member, lowest first, for the rule tier.
    """

    commitment_usd: tuple[float, ...]
    upfront_fee: float = 0.0
    carried_share: float = 1.0
    carry_markup: float = 0.0
    call_cap: float = 1.0
    notice_quarters: int = 0
    replenish_quarters: int = 4
    penalty: float = 0.0
    allotment: Literal["pro_rata", "pro_rata_calls", "tier", "first_come"] = "pro_rata"
    tier: tuple[int, ...] = ()

    def parts(self) -> tuple[float, ...]:
        """Return each member's part of everything, by commitment; equal parts where all are 0."""
        whole, count = sum(self.commitment_usd), len(self.commitment_usd)
        return tuple(value / whole if whole > 0 else 1.0 / count for value in self.commitment_usd)


@dataclass(frozen=True, kw_only=True)
class Equity:
    """Private capital whose return is capped: simple return on what was paid in, a year."""

    paid_in_usd: float
    return_cap: float


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Everything the books need to know.

    ``reserve_quarters``: interest and storage of that many quarters to keep in the reserve account.
    ``sweep``: share of what is left after the waterfall, beyond ``cash_floor_usd``, that repays the loan.
    ``supported``: a sponsor (a treasury) pays in what purchases, fees and interest lack, but no principal.
    """

    loan: Loan
    base: BorrowingBase
    members: Members
    equity: Equity
    reserve_quarters: float = 0.0
    cash_floor_usd: float = 0.0
    sweep: float = 0.0
    supported: bool = False


def check_terms(terms: Terms, materials: int) -> Terms:
    """Return the terms, or raise for what no contract can say.

    Raises
    ------
    ValueOutOfRangeError
        A negative amount, a share outside 0 to 1, a term before the end of the availability period, a stress
        for another number of materials.
    """
    loan, base, members = terms.loan, terms.base, terms.members
    amounts = {
        "loan.facility_usd": loan.facility_usd,
        "loan.tranche_usd": loan.tranche_usd,
        "loan.rate": loan.rate,
        "loan.commitment_fee": loan.commitment_fee,
        "loan.upfront_fee": loan.upfront_fee,
        "members.upfront_fee": members.upfront_fee,
        "members.carry_markup": members.carry_markup,
        "members.penalty": members.penalty,
        "equity.paid_in_usd": terms.equity.paid_in_usd,
        "equity.return_cap": terms.equity.return_cap,
        "reserve_quarters": terms.reserve_quarters,
        "cash_floor_usd": terms.cash_floor_usd,
        **{f"members.commitment_usd[{n}]": value for n, value in enumerate(members.commitment_usd)},
    }
    for name, value in amounts.items():
        if not isfinite(value) or value < 0:
            raise ValueOutOfRangeError(f"{name} is {value}", where="financing", allowed="0 or more")
    shares = {
        "base.advance": base.advance,
        "members.carried_share": members.carried_share,
        "members.call_cap": members.call_cap,
        "sweep": terms.sweep,
        **{f"base.stress[{n}]": value for n, value in enumerate(base.stress)},
    }
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise ValueOutOfRangeError(f"{name} is {value}", where="financing", allowed="0 to 1")
    if abs(sum(share for _, share in loan.parts) - 1.0) > 1e-9 or any(share < 0 for _, share in loan.parts):
        raise ValueOutOfRangeError(
            f"loan.parts are {loan.parts}", where="financing", allowed="shares of 0 or more that add to 1"
        )
    if len(base.stress) != materials:
        raise ValueOutOfRangeError(
            f"base.stress has {len(base.stress)} values", where="financing", allowed=f"{materials}, one each"
        )
    for name, quarters in (
        ("members.notice_quarters", members.notice_quarters),
        ("members.replenish_quarters", members.replenish_quarters),
        ("loan.availability_quarters", loan.availability_quarters),
    ):
        if quarters < 0:
            raise ValueOutOfRangeError(f"{name} is {quarters}", where="financing", allowed="0 or more")
    if members.tier and len(members.tier) != len(members.commitment_usd):
        raise ValueOutOfRangeError(
            f"members.tier has {len(members.tier)} values",
            where="financing",
            allowed=f"{len(members.commitment_usd)}, one each",
        )
    if loan.term_quarters <= loan.availability_quarters:
        raise ValueOutOfRangeError(
            f"loan.term_quarters is {loan.term_quarters}",
            where="financing",
            allowed=f"more than loan.availability_quarters ({loan.availability_quarters})",
        )
    return terms
