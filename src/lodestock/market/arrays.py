"""Array types, the one scatter-add used everywhere, and broadcasting to a length."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]


def scatter(index: Int, values: Float, count: int) -> Float:
    """Return sums of ``values`` by ``index``, shape (count,); zeros where nothing falls."""
    sums: Float = np.bincount(index.ravel(), values.ravel(), count).astype(np.float64, copy=False)
    return sums


def wide(value: ArrayLike, count: int) -> Float:
    """Return ``value`` as a new array of floats, shape (count,)."""
    return np.array(np.broadcast_to(np.asarray(value, dtype=float), (count,)))


def wide_index(value: ArrayLike, count: int) -> Int:
    """Return ``value`` as a new array of indices, shape (count,)."""
    return np.array(np.broadcast_to(np.asarray(value, dtype=np.int64), (count,)))
