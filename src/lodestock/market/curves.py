r"""Supply and use curves of a node's own price, in closed form.

Curve :math:`j` stands at a node :math:`n` with sign :math:`+1` (supply) or :math:`-1` (use) and answers to
its own price

.. math:: \pi_j = \omega_j p_n - \kappa_j - (F\tau)_j

with an ad-valorem wedge :math:`\omega`, a specific wedge :math:`\kappa` (for producers a tax is positive
and a subsidy negative; for users the signs turn round) and levy charges :math:`F`. Between two breaks the
quantity is the sum of two power terms

.. math:: q_j(\pi) = a_1 \pi^{e_1} + a_2 \pi^{e_2} \ge 0

which holds constants, straight lines, constant elasticities and their products with straight lines. Value,
derivative and integral are closed forms, evaluated for thousands of curves at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lodestock.market.arrays import Float, Int

SMALLEST_PRICE = 1e-12
"""Derivatives below this own price are taken at it, so that a root-shaped curve has a finite slope."""


@dataclass(frozen=True, slots=True)
class Curves:
    """Segmented power curves, one row per curve.

    Attributes
    ----------
    names : one name per curve, used in errors and certificates.
    node : shape (J,), index of the node whose price the curve sees.
    sign : shape (J,), +1 supply, -1 use.
    breaks : shape (J, S), lower edge of each segment, price units; the first is 0, unused ones are inf.
    a1, e1, a2, e2 : shape (J, S), coefficients and exponents of the two power terms of each segment.
    price_weight, price_shift : shape (J,), own price = weight * node price - shift - levy charges.
    """

    names: Sequence[str]
    node: Int
    sign: Float
    breaks: Float
    a1: Float
    e1: Float
    a2: Float
    e2: Float
    price_weight: Float
    price_shift: Float

    def __len__(self) -> int:
        return len(self.names)

    def own_price(self, node_price: Float, charge: Float | float = 0.0) -> Float:
        r"""Return :math:`\pi = \omega p_n - \kappa - F\tau`, shape (J,); ``charge`` is the last term."""
        return self.price_weight * node_price[self.node] - self.price_shift - charge

    def evaluate(self, own_price: Float) -> tuple[Float, Float]:
        r"""Return quantity :math:`q_j(\pi_j)` and derivative :math:`dq_j/d\pi_j`, both of shape (J,).

        At a break the derivative is that from the right. Prices below zero have the quantity of a zero price
        and a zero derivative.
        """
        pi = np.maximum(own_price, 0.0)
        at = self._segment(pi)
        e1, e2 = self.e1.take(at), self.e2.take(at)
        positive = np.maximum(pi, SMALLEST_PRICE)
        a1, a2 = self.a1.take(at), self.a2.take(at)
        term1, term2 = a1 * positive**e1, a2 * positive**e2
        slope = (e1 * term1 + e2 * term2) / positive
        if pi.size and pi.min() < SMALLEST_PRICE:
            term1, term2 = a1 * pi**e1, a2 * pi**e2
            slope[own_price < 0.0] = 0.0
        return term1 + term2, slope

    def quantity(self, own_price: Float) -> Float:
        r"""Return :math:`q_j(\pi_j)`, shape (J,)."""
        return self.evaluate(own_price)[0]

    def slope(self, own_price: Float) -> Float:
        r"""Return :math:`dq_j/d\pi_j`, shape (J,)."""
        return self.evaluate(own_price)[1]

    def integral(self, own_price: Float) -> Float:
        r"""Return :math:`\int_0^{\pi_j} q_j(v)\,dv`, shape (J,); below zero with the quantity at zero."""
        pi = np.maximum(own_price, 0.0)
        at = self._segment(pi)
        inside = two_term_integral(
            self.a1.take(at), self.e1.take(at), self.a2.take(at), self.e2.take(at), self.breaks.take(at), pi
        )
        below = np.minimum(own_price, 0.0) * self.quantity(np.zeros(len(self)))
        total: Float = self._integral_at_breaks().take(at) + inside + below
        return total

    def limit_quantity(self) -> Float:
        """Return the quantity as the own price grows without bound, shape (J,); may be inf."""
        last = self._last_segment()
        return power_limit(self.a1.take(last), self.e1.take(last)) + power_limit(
            self.a2.take(last), self.e2.take(last)
        )

    def limit_integral(self) -> Float:
        r"""Return :math:`\int_0^\infty q_j`, shape (J,); inf unless the quantity ends at a finite price."""
        last = self._last_segment()
        ends = (self.a1.take(last) == 0.0) & (self.a2.take(last) == 0.0)
        return np.where(ends, self._integral_at_breaks().take(last), np.inf)

    def select(self, index: Int) -> Curves:
        """Return the curves at ``index``, in that order."""
        return Curves(
            [self.names[j] for j in index],
            self.node[index],
            self.sign[index],
            self.breaks[index],
            self.a1[index],
            self.e1[index],
            self.a2[index],
            self.e2[index],
            self.price_weight[index],
            self.price_shift[index],
        )

    def _segment(self, pi: Float) -> Int:
        """Return the flat index of the segment that holds each non-negative price."""
        width = self.breaks.shape[1]
        segment = (pi[:, None] >= self.breaks).sum(axis=1) - 1
        found: Int = np.arange(0, len(self) * width, width) + segment
        return found

    def _last_segment(self) -> Int:
        width = self.breaks.shape[1]
        last: Int = np.arange(0, len(self) * width, width) + np.isfinite(self.breaks).sum(axis=1) - 1
        return last

    def _integral_at_breaks(self) -> Float:
        """Return the integral from zero to the lower edge of every segment, shape (J, S)."""
        lower = np.where(np.isfinite(self.breaks), self.breaks, 0.0)
        upper = np.where(np.isfinite(self.breaks[:, 1:]), self.breaks[:, 1:], lower[:, :-1])
        a1, e1, a2, e2 = (term[:, :-1] for term in (self.a1, self.e1, self.a2, self.e2))
        pieces = two_term_integral(a1, e1, a2, e2, lower[:, :-1], upper)
        return np.concatenate([np.zeros((len(self), 1)), np.cumsum(pieces, axis=1)], axis=1)


def two_term_integral(a1: Float, e1: Float, a2: Float, e2: Float, lower: Float, upper: Float) -> Float:
    r"""Return :math:`\int (a_1 v^{e_1} + a_2 v^{e_2})\,dv` from ``lower`` to ``upper``."""
    return power_integral(a1, e1, lower, upper) + power_integral(a2, e2, lower, upper)


def power_integral(a: Float, e: Float, lower: Float, upper: Float) -> Float:
    r"""Return :math:`\int_l^u a v^e dv = a (u^{e+1} - l^{e+1})/(e+1)`, or :math:`a \ln(u/l)` for e = -1."""
    present = a != 0.0
    logarithmic = e == -1.0
    order = np.where(present & ~logarithmic, e + 1.0, 1.0)
    low = np.where(present & (order <= 0.0) | logarithmic, np.maximum(lower, SMALLEST_PRICE), lower)
    high = np.maximum(upper, low)
    power = a * (high**order - low**order) / order
    ratio = np.where(logarithmic & present, high / np.where(low > 0.0, low, 1.0), 1.0)
    return np.where(logarithmic, a * np.log(ratio), power)


def power_limit(a: Float, e: Float) -> Float:
    """Return the limit of :math:`a p^e` as the price grows without bound."""
    return np.where((a == 0.0) | (e < 0.0), 0.0, np.where(e == 0.0, a, np.copysign(np.inf, a)))
