r"""What solved programmes tell about a convex function of one state between the states they were solved at.

With values :math:`f_k` and derivatives :math:`g_k` at :math:`x_k`, between two neighbours

.. math:: \max\big(f_1 + g_1 (x - x_1),\ f_2 + g_2 (x - x_2)\big) \le f(x)
          \le f_1 + \frac{f_2 - f_1}{x_2 - x_1} (x - x_1) .

Where both sides meet, a programme need not be solved again.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """Sides of a function at a state; ``slope`` belongs to the line below."""

    lower: float
    slope: float
    upper: float


class ConvexLine:
    """Values and derivatives of one convex function, by state."""

    def __init__(self) -> None:
        self.x: list[float] = []
        self.value: list[float] = []
        self.slope: list[float] = []

    def add(self, x: float, value: float, slope: float) -> None:
        """Store what was found at a state."""
        at = bisect_left(self.x, x)
        self.x.insert(at, x)
        self.value.insert(at, value)
        self.slope.insert(at, slope)

    def at(self, x: float) -> Known | None:
        """Return what is known at a state, None outside the states there are."""
        at = bisect_left(self.x, x)
        if at < len(self.x) and self.x[at] == x:
            return Known(self.value[at], self.slope[at], self.value[at])
        if at in (0, len(self.x)):
            return None
        low, high = at - 1, at
        share = (x - self.x[low]) / (self.x[high] - self.x[low])
        lines = [(self.value[k] + self.slope[k] * (x - self.x[k]), self.slope[k]) for k in (low, high)]
        below, slope = max(lines)
        return Known(below, slope, (1.0 - share) * self.value[low] + share * self.value[high])
