r"""Disruption potential, trade exposure and economic vulnerability, after Nassar et al. (2020).

.. math::
   DP &= \sum_c s_c^2\, A_c\, B_c, \qquad TE = \max(0, NIR), \qquad
   EV = \frac{\ln(1 + v/v_0)}{\ln(1 + v_1/v_0)}, \quad
   v = \sum_j \frac{VA_j}{GDP}\,\frac{E_j}{\Pi_j} \\
   SR &= (DP \cdot TE \cdot EV)^{1/3}

A material is listed if SR >= 0.40 or if one supplier makes (nearly) all of it. The published method weighs
shares by indices of a country's ability and willingness to supply that are not open data; here, as named
inputs,

* ability :math:`A_c = \mathrm{clip}((2.5 - \bar w_c)/5, 0, 1)`, from the mean of six governance estimates;
* willingness :math:`B_c`: 0 at home, else the assumption ``willingness_partner`` (fellow member of the
  Minerals Security Partnership), ``willingness_restricted`` (exports restricted) or ``willingness_other``;
* :math:`v_0, v_1`: smallest and largest v among the materials compared, v of a sector by expenditure
  :math:`E_j` on the material and operating profit :math:`\Pi_j`, which is value added times
  ``profit_share_of_value_added``.

The result ranks materials; its level is not that of the published list.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lodestock.errors import ValueOutOfRangeError

FloatArray = NDArray[np.float64]
LISTED_FROM = 0.40
SINGLE_SUPPLIER = 0.95
"""Share of one supplier from which it counts as a single point of failure."""


def ability(mean_of_six: ArrayLike) -> FloatArray:
    """Inability to supply A, 0 (able) to 1, from the mean governance estimate."""
    found: FloatArray = np.clip((2.5 - np.asarray(mean_of_six, dtype=float)) / 5.0, 0.0, 1.0)
    return found


def disruption_potential(share: ArrayLike, inability: ArrayLike, unwillingness: ArrayLike) -> float:
    r"""Disruption potential :math:`DP = \sum_c s_c^2 A_c B_c`, in [0, 1]."""
    s, A, B = (np.asarray(values, dtype=float) for values in (share, inability, unwillingness))
    for name, values in (("share", s), ("ability", A), ("willingness", B)):
        if not np.all(np.isfinite(values)) or np.any(values < 0) or np.any(values > 1 + 1e-9):
            raise ValueOutOfRangeError(f"a {name} is outside its range", allowed="0 to 1")
    return float((s**2 * A * B).sum())


def vulnerability_ratio(
    value_added: ArrayLike, expenditure: ArrayLike, operating_profit: ArrayLike, gdp: float
) -> float:
    r"""Economic vulnerability before scaling, :math:`v = \sum_j (VA_j/GDP)(E_j/\Pi_j)`.

    Parameters
    ----------
    value_added, expenditure, operating_profit : (sector,), one currency; sectors without profit are refused.
    """
    VA, E, profit = (
        np.asarray(values, dtype=float) for values in (value_added, expenditure, operating_profit)
    )
    if np.any(profit <= 0) or gdp <= 0 or np.any(VA < 0) or np.any(E < 0):
        raise ValueOutOfRangeError("profit and GDP must be above 0, value added and expenditure at least 0")
    return float((VA / gdp * E / profit).sum())


def economic_vulnerability(ratio: ArrayLike) -> FloatArray:
    r"""Economic vulnerability EV in [0, 1]: v of all materials compared, on a logarithmic scale.

    :math:`v_0` is the smallest positive v and :math:`v_1` the largest; v = 0 gives 0.
    """
    v = np.asarray(ratio, dtype=float)
    if not np.all(np.isfinite(v)) or np.any(v < 0):
        raise ValueOutOfRangeError("a ratio is negative or not a number", where="economic vulnerability")
    positive = v[v > 0]
    if positive.size == 0:
        return np.zeros_like(v)
    v0, v1 = float(positive.min()), float(positive.max())
    found: FloatArray = np.log1p(v / v0) / math.log1p(v1 / v0)
    return found


def disruption_risk(potential: float, exposure: float, vulnerability: float) -> float:
    r"""Risk :math:`SR = (DP \cdot TE \cdot EV)^{1/3}`, in [0, 1]."""
    product = potential * exposure * vulnerability
    if not (math.isfinite(product) and product >= 0):
        raise ValueOutOfRangeError("potential, exposure and vulnerability must be fractions of at least 0")
    return float(product ** (1.0 / 3.0))


def is_listed(risk: float, top_share: float) -> bool:
    """Risk of at least 0.40, or one supplier with (nearly) everything."""
    return risk >= LISTED_FROM or top_share >= SINGLE_SUPPLIER
