r"""Cutting a supply curve into blocks of tonnes, so that a contract can cover the first of them.

A producer with supply S splits at volumes :math:`0 = v_0 < v_1 < \dots` into parts that each see their own
price,

.. math:: q_b(w) = \mathrm{clip}(S(w), v_{b-1}, v_b) - v_{b-1},

so that the parts at one common price add up to S. A part paid above the market runs further up its cost
curve; the next part still starts where the first one ends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lodestock.market import Curves
from lodestock.policy.parts import FloatArray

SPAN = 690.0
BISECTIONS = 80


def clip_supply(curves: Curves, low: FloatArray, high: FloatArray, shift: FloatArray) -> Curves:
    """Cut supply curves to the blocks [low, high] and let producers see ``shift`` on top of the price.

    Parameters
    ----------
    curves : supply, non-decreasing.
    low, high : (curve,) t per year, 0 <= low < high; high may be infinite.
    shift : (curve,) USD/t paid to the producer on top of the node price.
    """
    curves = replace(curves, price_shift=curves.price_shift - shift)
    cut = np.flatnonzero((low > 0.0) | np.isfinite(high))
    if not cut.size:
        return curves
    start = _price_of(curves, cut, low[cut])
    stop = _price_of(curves, cut, high[cut])
    width = curves.breaks.shape[1] + 2
    columns: dict[str, Any] = {
        name: _widened(getattr(curves, name), width, fill)
        for name, fill in (("breaks", np.inf), ("a1", 0.0), ("e1", 0.0), ("a2", 0.0), ("e2", 0.0))
    }
    for row, w0, w1, v0, v1 in zip(cut, start, stop, low[cut], high[cut], strict=True):
        segments = _clipped(curves, int(row), float(w0), float(w1), float(v0), float(v1))
        for name, values in zip(("breaks", "a1", "e1", "a2", "e2"), zip(*segments, strict=True), strict=True):
            columns[name][row] = np.inf if name == "breaks" else 0.0
            columns[name][row, : len(values)] = values
    return replace(curves, **columns)


def _clipped(
    curves: Curves, row: int, w0: float, w1: float, v0: float, v1: float
) -> list[tuple[float, float, float, float, float]]:
    """Segments (lower edge, a1, e1, a2, e2) of clip(S, v0, v1) - v0; S reaches v0 at w0 and v1 at w1."""
    breaks = curves.breaks[row]
    segments = [] if w0 <= 0.0 else [(0.0, 0.0, 0.0, 0.0, 0.0)]
    for s in range(len(breaks)):
        lower = max(float(breaks[s]), w0)
        upper = float(breaks[s + 1]) if s + 1 < len(breaks) else np.inf
        if not np.isfinite(lower) or lower >= min(upper, w1):
            continue
        a1, e1, a2, e2 = (float(getattr(curves, name)[row, s]) for name in ("a1", "e1", "a2", "e2"))
        if v0 > 0.0:  # the constant goes into whichever term is free to hold one
            if a2 == 0.0 or e2 == 0.0:
                a2, e2 = (a2 if e2 == 0.0 else 0.0) - v0, 0.0
            else:
                a1, e1 = (a1 if e1 == 0.0 else 0.0) - v0, 0.0
        segments.append((lower, a1, e1, a2, e2))
    if np.isfinite(w1):
        segments.append((w1, v1 - v0, 0.0, 0.0, 0.0))
    return segments or [(0.0, 0.0, 0.0, 0.0, 0.0)]


def _price_of(curves: Curves, rows: np.ndarray, quantity: FloatArray) -> FloatArray:
    """Smallest price at which each row supplies ``quantity``, inf where it never does, 0 for nothing.

    Bisection on the logarithm of the price, from one end of the floating-point range to the other.
    """
    part = curves.select(rows)
    size = len(rows)
    lower, upper = np.full(size, -SPAN), np.full(size, SPAN)
    reachable = part.quantity(np.exp(upper)) >= quantity
    for _ in range(BISECTIONS):
        middle = 0.5 * (lower + upper)
        enough = part.quantity(np.exp(middle)) >= quantity
        lower, upper = np.where(enough, lower, middle), np.where(enough, middle, upper)
    given = part.quantity(np.zeros(size)) >= quantity
    return np.where(given, 0.0, np.where(reachable, np.exp(upper), np.inf))


def _widened(column: FloatArray, width: int, fill: float) -> FloatArray:
    pad = np.full((len(column), width - column.shape[1]), fill)
    return np.concatenate([column, pad], axis=1)
