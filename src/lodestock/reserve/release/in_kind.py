r"""Letting go without selling: a loan paid back in kind with a premium, and a swap of forms or sites.

A loan of q t for n quarters at a premium :math:`\pi` brings :math:`q (1 + \pi)` t back; with price P now, P'
then, discount d a quarter and chance h that the borrower fails and leaves the collateral c (share of value
now),

.. math::
    V = (1 - h)\, d^n P' q (1 + \pi) + h\, d^n c P q - P q, \qquad
    \pi^* = \frac{P (1 - h d^n c)}{(1 - h)\, d^n P'} - 1

:math:`\pi^*` leaves the reserve as well off as holding. It falls below zero where the price is expected to
rise by more than interest; a high price now (a squeeze) makes it positive. A swap gives q t of one form for

.. math:: q' = q\, \frac{P (1 + a)(1 - f)}{P' (1 + a')}

t of another, a and a' their premiums over the reference price, f the fee.
"""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.errors import ValueOutOfRangeError


@dataclass(frozen=True)
class LoanInKind:
    """A loan in kind: t lent and due back, value to the reserve in USD, premium that breaks even."""

    lent_t: float
    due_t: float
    value_usd: float
    break_even_premium: float


def lend(
    t: float,
    *,
    premium: float,
    quarters: int,
    price_now: float,
    price_then: float,
    discount: float = 1.0,
    failure: float = 0.0,
    collateral: float = 1.0,
) -> LoanInKind:
    """Value a loan of t tonnes paid back in kind; see the equations above.

    Raises
    ------
    ValueOutOfRangeError
        A negative quantity or price, a premium below -1, a chance or discount outside 0 to 1.
    """
    if t < 0 or premium < -1 or quarters < 0 or not price_now > 0 or not price_then > 0 or collateral < 0:
        raise ValueOutOfRangeError(
            f"t {t}, premium {premium}, quarters {quarters}, prices {price_now} and {price_then}",
            where="loan in kind",
            allowed="quantities of 0 or more, a premium above -1, prices above 0",
        )
    if not 0 <= failure < 1 or not 0 < discount <= 1:
        raise ValueOutOfRangeError(
            f"failure {failure}, discount {discount}",
            where="loan in kind",
            allowed="failure from 0 to below 1, a discount above 0 up to 1",
        )
    later = discount**quarters
    due = t * (1.0 + premium)
    lost = failure * later * collateral
    value = (1.0 - failure) * later * price_then * due + (lost - 1.0) * price_now * t
    even = price_now * (1.0 - lost) / ((1.0 - failure) * later * price_then) - 1.0
    return LoanInKind(t, due, value, even)


def swap(
    t: float,
    *,
    price_given: float,
    price_taken: float,
    premium_given: float = 0.0,
    premium_taken: float = 0.0,
    fee: float = 0.0,
) -> float:
    """Return the t taken for t given at equal value less the fee; see the equation above.

    Raises
    ------
    ValueOutOfRangeError
        A negative quantity, a price of 0, a fee outside 0 to 1.
    """
    given, taken = price_given * (1.0 + premium_given), price_taken * (1.0 + premium_taken)
    if t < 0 or not given > 0 or not taken > 0 or not 0 <= fee <= 1:
        raise ValueOutOfRangeError(
            f"t {t}, prices {given} and {taken}, fee {fee}",
            where="swap",
            allowed="a quantity of 0 or more, prices above 0, a fee from 0 to 1",
        )
    return t * given * (1.0 - fee) / taken
