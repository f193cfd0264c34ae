r"""Who gets how much when members call for more than there is.

====================  ======================================================================================
rule                  allotment of a stock S to calls c with entitlements e
====================  ======================================================================================
``pro_rata``          :math:`a_i = \min(c_i, \lambda e_i)` with :math:`\sum a = \min(S, \sum c)`: what one
                      member leaves goes to the others in proportion to entitlement
``pro_rata_calls``    :math:`a_i = c_i \min(1, S / \sum c)`: in proportion to what is asked
``tier``              tiers in order, lowest number first, ``pro_rata`` within each
``auction``           highest bids first at one price, that of the highest bid left without (0 if none);
                      equal bids share ``pro_rata``
``first_come``        in the order of arrival; equal arrivals share ``pro_rata``
====================  ======================================================================================

Under ``pro_rata``, ``tier`` and ``auction`` asking for more than one needs never brings more of what one
needs; under ``pro_rata_calls`` it does. Under ``first_come`` asking before one needs it may (see `run.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import LodestockError, UnknownNameError, ValueOutOfRangeError

FloatArray = NDArray[np.float64]
RULES = ("pro_rata", "pro_rata_calls", "tier", "auction", "first_come")
CRUMB = 1e-12


@dataclass(frozen=True, eq=False)
class Allotment:
    """Tonnes by member, (member,), and the price paid per t beside the inventory price (auction only)."""

    t: FloatArray
    price: float


def allot(
    rule: str,
    stock: float,
    calls: FloatArray,
    entitlement: FloatArray,
    *,
    tier: FloatArray | None = None,
    bid: FloatArray | None = None,
    arrival: FloatArray | None = None,
) -> Allotment:
    """Share a stock among calls by a rule; see the table above.

    Parameters
    ----------
    stock : t, 0 or more.
    calls, entitlement : t, (member,), 0 or more.
    tier, bid, arrival : what ``tier``, ``auction`` and ``first_come`` sort by, (member,); bids in USD/t.

    Raises
    ------
    UnknownNameError
        A rule that does not exist.
    ValueOutOfRangeError
        A negative or unknown quantity.
    LodestockError
        The rule sorts by something that is not given.
    """
    if rule not in RULES:
        raise UnknownNameError("rule of allotment", rule, RULES, where="calls")
    for name, values in (("stock", np.array([stock])), ("calls", calls), ("entitlement", entitlement)):
        if not np.all(np.isfinite(values)) or np.any(values < 0):
            raise ValueOutOfRangeError(f"{name} is {np.asarray(values).tolist()}", allowed="0 or more")
    if rule == "pro_rata":
        return Allotment(pro_rata(stock, calls, entitlement), 0.0)
    if rule == "pro_rata_calls":
        total = float(calls.sum())
        return Allotment(calls * (min(1.0, stock / total) if total > 0 else 0.0), 0.0)
    order = {"tier": tier, "auction": None if bid is None else -bid, "first_come": arrival}[rule]
    if order is None:
        raise LodestockError(f"the rule {rule} needs what to sort by", where="calls")
    given = _in_turn(stock, calls, entitlement, order)
    price = 0.0
    if rule == "auction" and bid is not None:
        unserved = calls - given > 1e-12 * max(float(calls.max(initial=0.0)), 1e-300)
        price = float(max(bid[unserved].max(initial=0.0), 0.0))
    return Allotment(given, price)


def pro_rata(stock: float, calls: FloatArray, entitlement: FloatArray) -> FloatArray:
    r"""Return :math:`a_i = \min(c_i, \lambda e_i)`, with members without entitlement served last, alike.

    The level :math:`\lambda` is found exactly by serving members in the order of :math:`c_i / e_i`.
    """
    largest = float(entitlement.max(initial=0.0))
    weight = entitlement / largest if largest > 0 else np.zeros(len(calls))
    # an entitlement lost in the rounding of the largest is none
    entitled = weight > CRUMB
    given = _filled(stock, calls, np.where(entitled, weight, 0.0))
    rest = max(0.0, stock - float(given.sum()))
    if rest > 0 and not entitled.all():
        given = given + _filled(rest, np.where(entitled, 0.0, calls), (~entitled).astype(float))
    return np.minimum(given, calls)


def _filled(stock: float, calls: FloatArray, weight: FloatArray) -> FloatArray:
    given = np.zeros(len(calls))
    waits = (weight > 0) & (calls > 0)
    ratio = np.where(waits, calls / np.where(waits, weight, 1.0), np.inf)
    left = stock
    for i in np.argsort(ratio, kind="stable"):
        if not waits.any():
            break
        level = left / float(weight[waits].sum())
        if ratio[i] >= level:
            given[waits] = np.minimum(weight[waits] * level, calls[waits])
            break
        given[i] = calls[i]
        left -= float(calls[i])
        waits[i] = False
    return given


def _in_turn(stock: float, calls: FloatArray, entitlement: FloatArray, order: FloatArray) -> FloatArray:
    given, left = np.zeros(len(calls)), stock
    for turn in np.unique(order):
        now = order == turn
        given[now] = pro_rata(left, calls[now], entitlement[now])
        left = max(0.0, stock - float(given.sum()))
    return given


def gain_from_asking_more(
    rule: str,
    stock: float,
    needs: FloatArray,
    entitlement: FloatArray,
    member: int,
    *,
    most: float = 10.0,
    steps: int = 40,
    tier: FloatArray | None = None,
    bid: FloatArray | None = None,
) -> float:
    r"""Most of its own need a member gains by asking for more than it needs, t.

    .. math:: \max_{1 \le k \le K} \min\bigl(a_i(k\,n_i), n_i\bigr) - \min\bigl(a_i(n_i), n_i\bigr)

    All others ask for what they need. ``most`` is K, ``steps`` the multiples tried.
    """

    def served(calls: FloatArray) -> float:
        given = allot(rule, stock, calls, entitlement, tier=tier, bid=bid).t
        return float(min(given[member], needs[member]))

    honest, best = served(needs), -np.inf
    for multiple in np.linspace(1.0, most, steps):
        calls = needs.copy()
        calls[member] *= multiple
        best = max(best, served(calls))
    return float(best - honest)
