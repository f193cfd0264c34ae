"""Array types and the one scatter-add used everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]


def scatter(index: Int, values: Float, count: int) -> Float:
    """Return sums of ``values`` by ``index``, shape (count,); zeros where nothing falls."""
    sums: Float = np.bincount(index.ravel(), values.ravel(), count).astype(np.float64, copy=False)
    return sums
