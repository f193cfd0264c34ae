r"""Periods: years, quarters or months, and what a rate per year comes to in one of them.

A market in rates per year becomes a market of one period of :math:`h` years by

.. math:: q_j \to h\,q_j, \quad u_k \to h\,u_k, \quad y_n \to h\,y_n, \quad s_k \to s_k / h

with prices, costs and floors as they were. Interest and loss compound, :math:`(1 + r)^h - 1` and
:math:`1 - (1 - \delta)^h`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.market.arrays import Float
from lodestock.market.model import Market

FORMS = (
    (re.compile(r"(\d{4})"), 1, "{0:04d}"),
    (re.compile(r"(\d{4})-Q([1-4])"), 4, "{0:04d}-Q{1}"),
    (re.compile(r"(\d{4})-(0[1-9]|1[0-2])"), 12, "{0:04d}-{1:02d}"),
)
"""How a year, a quarter and a month are written, and how many there are in a year."""


@dataclass(frozen=True, slots=True)
class Periods:
    """Consecutive periods.

    Attributes
    ----------
    names : shape (T,), for example ``2025-Q1``.
    years : shape (T,), length of each in years.
    """

    names: tuple[str, ...]
    years: Float

    def __post_init__(self) -> None:
        if len(self.years) != len(self.names) or len(set(self.names)) != len(self.names) or not self.names:
            raise ConflictError(
                f"{len(self.names)} names for {len(self.years)} lengths",
                where="periods",
                allowed="one length per name, names unique, at least one",
            )
        if not (np.isfinite(self.years) & (self.years > 0.0)).all():
            raise ValueOutOfRangeError(
                f"length {self.years.min():g} years", where="periods", allowed="finite and above 0"
            )

    def __len__(self) -> int:
        return len(self.names)

    def compounded(self, rate: ArrayLike) -> Float:
        """Return a rate per year as a rate per period, :math:`(1 + r)^h - 1`, shape (T, ...)."""
        yearly = np.asarray(rate, dtype=float)
        years = self.years.reshape((-1,) + (1,) * yearly.ndim)
        return np.asarray((1.0 + yearly) ** years - 1.0)

    def lost(self, share: ArrayLike) -> Float:
        r"""Return a loss per year as a loss per period, :math:`1 - (1 - \delta)^h`, shape (T, ...)."""
        return -self.compounded(-np.asarray(share, dtype=float))


def periods(first: str, count: int) -> Periods:
    """Return ``count`` years, quarters or months from ``first`` on: ``2025``, ``2025-Q1`` or ``2025-01``."""
    if count < 1:
        raise ValueOutOfRangeError(f"{count} periods", where="periods", allowed="at least 1")
    for pattern, per_year, form in FORMS:
        match = pattern.fullmatch(first)
        if match:
            year, part = int(match[1]), int(match[2]) - 1 if per_year > 1 else 0
            places = [divmod(year * per_year + part + step, per_year) for step in range(count)]
            names = tuple(form.format(y, within + 1) for y, within in places)
            return Periods(names, np.full(count, 1.0 / per_year))
    raise ValueOutOfRangeError(
        f"first period {first!r}", where="periods", allowed="a year 2025, a quarter 2025-Q1, a month 2025-01"
    )


def lasting(market: Market, years: float) -> Market:
    """Return a market in rates per year as quantities of a period of ``years``."""
    if years == 1.0:
        return market
    curves = market.curves
    return replace(
        market,
        slope=market.slope / years,
        capacity=market.capacity * years,
        injection=market.injection * years,
        quantity_scale=market.quantity_scale * years,
        curves=replace(curves, a1=curves.a1 * years, a2=curves.a2 * years),
    )


def labelled(names: Sequence[str], period: str) -> list[str]:
    """Return names with the period behind: ``zone @ 2025-Q1``."""
    return [f"{name} @ {period}" for name in names]
