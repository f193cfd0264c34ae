"""Use by country: mostly unpublished, so combined from what is known with its error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lodestock.errors import InfeasibleError
from lodestock.world.model import FloatArray
from lodestock.world.prior import TradePrior

PUBLISHED_ERROR = 0.03
"""Relative error of a published use; it moves by little when the sum is closed."""
SMALLEST_ERROR = 0.03
"""Relative error of the best apparent consumption."""
OUTPUT_ERROR = 0.02
STATED_ERROR = 0.2
SPREAD_IMPORT_ERROR = 10.0
SPREAD_EXPORT_ERROR = 0.1
LARGEST_ERROR = 1.0
SMALLEST_SHARE_OF_WEIGHT = 0.05
"""No country with industry uses less than this share of what its industry suggests."""


@dataclass(frozen=True)
class UseEstimate:
    """Use by country and where it comes from."""

    quantity: FloatArray
    """t, (country,), adds to the total."""
    status: tuple[str, ...]
    before_closing: FloatArray
    """The same before the sum was closed, t, (country,)."""


def estimate_use(
    total: float,
    weight: FloatArray,
    known: Mapping[int, tuple[float, float, str]],
    apparent: FloatArray | None,
    apparent_error: FloatArray | None,
) -> UseEstimate:
    r"""Use by country from published figures, apparent consumption and the size of the using industry.

    Industry gives :math:`I_c = w_c D` with error :math:`\sigma_I = I_c`; apparent consumption
    :math:`A_c = O_c + M_c - E_c` (output, imports, exports) has the error of the trade it rests on. Where no
    figure is known the two are averaged by precision,

    .. math:: d_c = \frac{A_c / \sigma_A^2 + I_c / \sigma_I^2}{1 / \sigma_A^2 + 1 / \sigma_I^2}

    so a country with little trade for its size keeps its apparent consumption and a re-export hub, whose
    apparent consumption is a small difference of large numbers, falls back on its industry. The sum is closed
    on D by :math:`d_c \exp(\lambda r_c)` with relative errors r: firm figures hardly move.

    Parameters
    ----------
    total : D, t.
    weight : w, share of the using industry, (country,), adds to one.
    known : position -> (t, relative error, status published or prior).
    apparent : A, t, (country,), may be negative; None where no trade is observed.
    apparent_error : sigma_A, t, (country,), positive; None with ``apparent``.

    Returns
    -------
    UseEstimate.

    Raises
    ------
    InfeasibleError
        No country uses anything although ``total`` is positive.
    """
    industry = weight * total
    status = ["industry" if value > 0 else "none" for value in industry]
    value, error = industry.copy(), np.full(len(weight), LARGEST_ERROR)
    if apparent is not None and apparent_error is not None:
        value, error = _combined(industry, apparent, apparent_error)
        trusted = (apparent_error < industry) & (value > 0) & (apparent > 0)
        status = ["apparent" if trusted[c] else status[c] for c in range(len(weight))]
    for position, (figure, relative, label) in known.items():
        value[position], error[position], status[position] = figure, relative, label
    if total > 0 and not np.any(value > 0):
        raise InfeasibleError(f"{total:.6g} t on offer and no country that uses any", where="use by country")
    return UseEstimate(_closed(value, error, total), tuple(status), value)


def _combined(
    industry: FloatArray, apparent: FloatArray, apparent_error: FloatArray
) -> tuple[FloatArray, FloatArray]:
    precision_a = 1.0 / np.maximum(apparent_error, 1e-9) ** 2
    precision_i = np.divide(1.0, industry**2, out=np.zeros_like(industry), where=industry > 0)
    value = (apparent * precision_a + industry * precision_i) / (precision_a + precision_i)
    value = np.maximum(value, SMALLEST_SHARE_OF_WEIGHT * industry)
    sigma = 1.0 / np.sqrt(precision_a + precision_i)
    error = np.divide(sigma, value, out=np.full_like(value, LARGEST_ERROR), where=value > 0)
    return value, np.clip(error, SMALLEST_ERROR, LARGEST_ERROR)


def _closed(value: FloatArray, error: FloatArray, total: float) -> FloatArray:
    if total <= 0:
        return np.zeros_like(value)

    def gap(factor: float) -> float:
        return float((value * np.exp(factor * error)).sum()) - total

    low, high = -1.0, 1.0
    while gap(low) > 0 and low > -600:
        low *= 2
    while gap(high) < 0 and high < 600:
        high *= 2
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if gap(middle) < 0 else (low, middle)
    closed = value * np.exp(0.5 * (low + high) * error)
    return np.asarray(closed * (total / closed.sum()))


def apparent_consumption(
    output: FloatArray, trade: TradePrior, *, trade_error: float, coverage: float
) -> tuple[FloatArray, FloatArray]:
    r"""Apparent consumption and its error from output and bilateral trade.

    .. math:: A = O + M - E, \qquad
              \sigma_A^2 = (0.02\, O)^2 + \varsigma^2 (M_o^2 + E_o^2) + 0.2^2 (M_s^2 + E_s^2)
              + (10\, M_r)^2 + (0.1\, E_r)^2 + \left( (1 - \gamma) (O + M_o + E_o) \right)^2

    with observed (o), stated (s) and spread (r) trade: spread imports follow the size of industry and carry
    no news, spread exports belong to a known total. The last term is what the codes miss; for a country whose
    exports are known it counts imports only.

    Parameters
    ----------
    output : O, primary and secondary less stock change, t, (country,).
    trade : what is known about the trade of the stage.
    trade_error : varsigma, relative error of a country's observed imports or exports, 1.
    coverage : gamma, share of the trade that the codes carry, 1.

    Returns
    -------
    A and sigma_A, t, (country,).
    """
    exports, imports = trade.observed.sum(1), trade.observed.sum(0)
    stated = trade.stated.sum(0) ** 2 + trade.stated.sum(1) ** 2
    missed = (1 - coverage) * np.where(trade.firm_exports > 0, imports, output + imports + exports)
    sigma = np.sqrt(
        (OUTPUT_ERROR * output) ** 2
        + trade_error**2 * (imports**2 + exports**2)
        + STATED_ERROR**2 * stated
        + (SPREAD_IMPORT_ERROR * trade.spread.sum(0)) ** 2
        + (SPREAD_EXPORT_ERROR * trade.spread.sum(1)) ** 2
        + missed**2
    )
    apparent = output + trade.total.sum(0) - trade.total.sum(1)
    return apparent, np.maximum(sigma, 1e-9 * max(float(output.sum()), 1.0))
