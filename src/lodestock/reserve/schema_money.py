"""The money part of a reserve case: loan, private money, terms of members."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictInt

from lodestock.reserve.amounts import Charge, Dollars, Fraction
from lodestock.scenario.fields import Duration, Lifetime, Section, Texts
from lodestock.scenario.quantity import Quantity


def _years(value: float) -> Quantity:
    return Quantity(value, "duration", None, f"{value:g} years")


class TrancheSection(Section):
    """A further part of the loan."""

    quarter: StrictInt = Field(ge=0, description="Quarter from which it may be drawn; 0 the first.")
    share: Fraction = Field(description="Part of the amount; shares of all tranches add to one.")


class LoanSection(Section):
    """A loan facility."""

    amount: Dollars = Field(description="Most that may be drawn.", examples=["10 bn USD"])
    rate: Charge = Field(description="Interest a year on what is drawn.", examples=["5.3 %"])
    commitment_fee: Charge = Field(default=0.0, description="Fee a year on what is not drawn.")
    upfront_fee: Fraction = Field(default=0.0, description="Fee at signing, share of the amount.")
    term: Lifetime = Field(default=_years(15.0), description="Time until the loan is paid back.")
    availability: Lifetime = Field(default=_years(5.0), description="Time in which it may be drawn.")
    advance_rate: Fraction = Field(
        default=1.0, description="Debt may reach this share of the stock at stressed prices."
    )
    price_stress: Fraction = Field(default=0.0, description="Fall of prices under which stock is counted.")
    interest: Literal["paid", "capitalised"] = Field(
        default="paid", description="Interest is paid by the quarter, or joins the debt."
    )
    tranches: tuple[TrancheSection, ...] = Field(default=(), max_length=40, description="Parts of the loan.")
    cash_sweep: Fraction = Field(default=1.0, description="Share of free cash that pays back debt.")
    source: Texts = Field(default=(), description="Where the terms come from.")


class PrivateSection(Section):
    """Private money."""

    amount: Dollars = Field(description="Paid in before the loan.", examples=["2 bn USD"])
    return_cap: Charge = Field(default=0.08, description="Most it may earn a year.")
    source: Texts = Field(default=(), description="Where the terms come from.")


class MembersSection(Section):
    """Members who may call on the stock."""

    count: StrictInt = Field(default=1, ge=1, le=1000, description="How many.")
    upfront_fee: Fraction = Field(default=0.0, description="Fee at entry, share of the commitment.")
    carry_share: Fraction = Field(default=1.0, description="Part of interest and storage they pay.")
    call_share: Fraction = Field(default=1.0, description="Most of an entitlement called in a quarter.")
    replenish: Duration = Field(default=_years(1.0), description="Time in which a call is given back.")
    buyback: bool = Field(
        default=False, description="Members take the stock at the inventory price at the end."
    )
    default_rate: Fraction = Field(default=0.0, description="Probability a year that a member walks.")
    wrong_way: Fraction = Field(default=0.0, description="Correlation of that with falls of price.")
    source: Texts = Field(default=(), description="Where the terms come from.")


class MoneySection(Section):
    """Where the money comes from."""

    budget_per_quarter: Dollars | None = Field(
        default=None, description="Most spent on purchases in a quarter."
    )
    cure_rate: Charge | None = Field(
        default=None, description="Yearly cost of further money while stock does not carry the loan."
    )
    loan: LoanSection | None = Field(default=None, description="A loan facility.")
    private: PrivateSection | None = Field(default=None, description="Private money.")
    members: MembersSection | None = Field(default=None, description="Terms of members.")
