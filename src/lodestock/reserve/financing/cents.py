"""Money in whole cents, so that books balance exactly.

Rule of the room: an amount in USD becomes cents once, where it enters the books, rounded half to even; from
there on it is an integer and is only added, taken away or split. What is split is split without remainder.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from lodestock.errors import ValueOutOfRangeError


def to_cents(usd: float, *, where: str = "money") -> int:
    """Round USD to whole cents, half to even.

    Raises
    ------
    ValueOutOfRangeError
        The amount is not finite.
    """
    if not isfinite(usd):
        raise ValueOutOfRangeError(f"an amount of {usd} USD", where=where, allowed="a finite number")
    return round(usd * 100.0)


def to_usd(cents: int) -> float:
    """Return USD of whole cents."""
    return cents / 100.0


def split(total: int, weights: Sequence[float]) -> tuple[int, ...]:
    r"""Split cents in proportion to weights, by largest remainder; the parts add up to the total exactly.

    .. math:: c_i = \lfloor C w_i / W \rfloor \;(+1 \text{ for the largest remainders}), \qquad \sum_i c_i = C

    Raises
    ------
    ValueOutOfRangeError
        A weight is negative or not finite, or none is positive.
    """
    if any(not isfinite(w) or w < 0 for w in weights) or not sum(weights) > 0:
        raise ValueOutOfRangeError(
            f"weights {list(weights)}", where="split", allowed="0 or more, at least one above 0"
        )
    whole = sum(weights)
    exact = [abs(total) * w / whole for w in weights]
    parts = [int(value) for value in exact]
    missing = abs(total) - sum(parts)
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    candidates = [i for i in order if weights[i] > 0]
    turn = 0
    while missing != 0:
        # floats of very large totals may miss by more than the number of parts, or overshoot
        step = 1 if missing > 0 else -1
        place = candidates[turn % len(candidates)]
        if parts[place] + step >= 0:
            parts[place] += step
            missing -= step
        turn += 1
    sign = 1 if total >= 0 else -1
    return tuple(sign * part for part in parts)
