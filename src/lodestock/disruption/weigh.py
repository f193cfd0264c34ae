r"""Which parameter draws the other episodes speak for.

Every draw p of the shared parameters is run on every training episode. Its loss on episode e is

.. math::
    L_e(p) = \overline{ w \frac{|\hat y - y|}{\sigma_0 + \sigma_1 |y|} }_{prices}
             + \tfrac12\, \overline{\min\Bigl(\frac{|\hat m - m|}{\sigma_m}, 3\Bigr)}_{flows}

and its weight for judging episode k uses all episodes but k,

.. math:: W_k(p) \propto \exp\Bigl(-\beta \sum_{e \ne k} \omega_{ek} L_e(p)\Bigr), \qquad
    \omega_{ek} \propto 1 + [\text{same material class}], \quad \overline{\omega} = 1 .

So a class deviates from what all episodes say, shrunk towards it: its own count twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lodestock.disruption.parameters import WIDE_TAIL
from lodestock.disruption.points import WEIGHTS
from lodestock.disruption.replay import Item

FloatArray = NDArray[np.float64]
PRICE_SCALE = 0.15
PRICE_SHARE = 0.25
FLOW_SCALE = 0.35
FLOW_CAP = 3.0
SHARPNESS = 3.0
"""An episode counts for about three independent points."""
OWN_CLASS = 2.0
"""How much more an episode of the same material class counts."""


def loss(items: Sequence[Item], draws: int) -> FloatArray:
    """Loss of one episode for every draw, (draw,)."""
    prices, weights = [], []
    flows = []
    for item in items:
        middle = item.observed[1]
        if item.kind == "flow":
            flows.append(np.minimum(np.abs(item.predicted - middle) / FLOW_SCALE, FLOW_CAP))
            continue
        weight = WEIGHTS[item.weight]
        miss = np.abs(item.predicted - middle)
        if item.weight == "lower-bound":
            miss = np.maximum(middle - item.predicted, 0.0)
        prices.append(weight * miss / (PRICE_SCALE + PRICE_SHARE * abs(middle)))
        weights.append(weight)
    total = np.zeros(draws)
    if sum(weights) > 0:
        total = total + np.sum(prices, axis=0) / sum(weights)
    if flows:
        total = total + 0.5 * np.mean(flows, axis=0)
    return total


def draw_weights(
    losses: Sequence[FloatArray],
    without: int | None = None,
    classes: Sequence[str] = (),
    material_class: str = "",
) -> FloatArray:
    """Weights of the draws from all episodes but one, adding to one, (draw,).

    Parameters
    ----------
    classes : material class of every episode; with ``material_class``, the class to judge, its own episodes
        count ``OWN_CLASS`` times as much as the others.
    """
    kept = [position for position in range(len(losses)) if position != without]
    count = np.ones(len(kept))
    if classes:
        count = np.array([OWN_CLASS if classes[k] == material_class else 1.0 for k in kept])
        count = count / count.mean()
    total = SHARPNESS * np.sum([n * losses[k] for n, k in zip(count, kept, strict=True)], axis=0)
    weight = np.exp(-(total - total.min()))
    result: FloatArray = weight / weight.sum()
    return result


def weighted_quantile(values: FloatArray, weight: FloatArray, share: float) -> float:
    """Quantile of weighted values, by linear interpolation of the mid-point distribution."""
    order = np.argsort(values)
    cumulative = np.cumsum(weight[order]) - 0.5 * weight[order]
    return float(np.interp(share, cumulative / weight.sum(), values[order]))


def error_scale(
    groups: Sequence[Sequence[Item]], weight: FloatArray, values: Mapping[str, FloatArray]
) -> float:
    r"""Factor on the model error with which four fifths of these price moves fall in the band.

    .. math:: k = q_{80}\Bigl( \frac{|y - \hat y|}{1.2816\, (s_0 + s_1 |\hat y|)} \Bigr)

    over all price points, every episode with the same total weight; never below one.
    """
    ratios, shares = [], []
    base, slope = (
        weighted_quantile(values[name], weight, 0.5) for name in ("model_error", "model_error_share")
    )
    for items in groups:
        prices = [item for item in items if item.kind == "price"]
        for item in prices:
            called = weighted_quantile(item.predicted, weight, 0.5)
            ratios.append(abs(item.observed[1] - called) / (WIDE_TAIL * (base + slope * abs(called))))
            shares.append(1.0 / len(prices))
    if not ratios:
        return 1.0
    return max(1.0, weighted_quantile(np.array(ratios), np.array(shares) / sum(shares), 0.8))
