r"""Cuts below a cost-to-go, the points they were made at, and which of them are worth keeping in the LP.

.. math:: \theta + \mu \cdot y_k \ge h_k + g_k \cdot x'

Level one (de Matos, Philpott and Finardi 2015): every visited point remembers the cut that is highest there;
a cut that is highest nowhere leaves the LP, stays in the list and returns when it wins at a new point.
Dominance: a cut below another one everywhere on the box of states leaves the LP.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lodestock.sddp.arrays import Float

Selection = Literal["level-one", "dominance", "none"]
SELECTIONS: tuple[Selection, ...] = ("level-one", "dominance", "none")


class CutPool:
    """All cuts of one cost-to-go, growing arrays of slope g, height h, context y and points x."""

    def __init__(self, n: int, q: int, selection: Selection) -> None:
        self.selection: Selection = selection if q == 0 else "none"
        self.count = 0
        self.slope = np.zeros((16, n))
        self.height = np.zeros(16)
        self.context = np.zeros((16, q))
        self.point = np.zeros((16, n))
        self.best_value = np.zeros(16)
        self.best_cut = np.zeros(16, dtype=np.int64)

    def add(self, slope: Float, height: float, context: Float, point: Float) -> int:
        """Store a cut and the point it was made at; return its number."""
        k = self.count
        if k == len(self.height):
            self._grow()
        self.slope[k], self.height[k], self.context[k], self.point[k] = slope, height, context, point
        self.count = k + 1
        if self.selection == "level-one":
            here = self.point[:k] @ slope + height
            better = here > self.best_value[:k]
            self.best_value[:k][better] = here[better]
            self.best_cut[:k][better] = k
            there = self.slope[: k + 1] @ point + self.height[: k + 1]
            self.best_cut[k] = int(np.argmax(there))
            self.best_value[k] = there[self.best_cut[k]]
        return k

    def value(self, x: Float) -> float:
        """Return the highest cut at a state, for pools without context."""
        if not self.count:
            return -np.inf
        return float((self.slope[: self.count] @ x + self.height[: self.count]).max())

    def worth_keeping(self, lower: Float, upper: Float) -> set[int]:
        """Return the numbers of the cuts that belong in the LP."""
        if self.selection == "level-one":
            return {int(k) for k in np.unique(self.best_cut[: self.count])}
        if self.selection == "dominance":
            return self._undominated(lower, upper)
        return set(range(self.count))

    def _undominated(self, lower: Float, upper: Float) -> set[int]:
        kept: list[int] = []
        for k in range(self.count - 1, -1, -1):
            if kept:
                rise = self.slope[k] - self.slope[kept]
                with np.errstate(invalid="ignore"):
                    worst = np.where(rise == 0.0, 0.0, np.where(rise > 0.0, rise * upper, rise * lower))
                if ((worst.sum(axis=1) + self.height[k] - self.height[kept]) <= 0.0).any():
                    continue
            kept.append(k)
        return set(kept)

    def _grow(self) -> None:
        for name in ("slope", "height", "context", "point", "best_value", "best_cut"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros_like(old)]))
