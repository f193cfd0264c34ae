r"""An activity that has to run at a level at least: :math:`z = \underline z + z'` with :math:`z' \ge 0`.

The fixed part moves into the injection, :math:`y \to y + A \underline z`, the rest keeps its capacity
:math:`u - \underline z` and the slope it has there, :math:`c \to c + s \underline z`. The fixed part may
run at a loss; that loss per unit is minus the margin at :math:`\underline z`.

Over several activities together, and wherever a levy charges what runs, it is a node instead:

.. math:: \sum_k w_k z_k - \underline z \ge 0 \;\perp\; \rho \ge 0

with the price :math:`\rho` of the node, what a unit more of the obligation costs. Levels then count in full,
and with them what levies bring in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ValueOutOfRangeError
from lodestock.market.arrays import Float, scatter
from lodestock.market.checks import check_market
from lodestock.market.extend import extend, with_entries
from lodestock.market.model import Market


def with_minimum_level(market: Market, activity: ArrayLike, minimum: ArrayLike) -> tuple[Market, Float]:
    """Return the market in which activities run at least at ``minimum``, and what to add to its levels.

    Parameters
    ----------
    activity : shape (m,), indices.
    minimum : shape (m,), quantity units, at most the capacity.

    Returns
    -------
    market : its levels are counted from the minimum.
    offset : shape (K,); level plus offset is what runs.

    Raises
    ------
    ValueOutOfRangeError
        A minimum below zero or above the capacity; names the activity.
    """
    offset = np.zeros(market.activities)
    index = np.asarray(activity, dtype=np.int64).reshape(-1)
    offset[index] = minimum
    bad = ~((offset >= 0.0) & (offset <= market.capacity) & np.isfinite(offset))
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise ValueOutOfRangeError(
            f"minimum level is {offset[at]:g}",
            where=f"activity {market.activity_names[at]!r}",
            allowed=f"from 0 to its capacity {market.capacity[at]:g}",
        )
    fixed = scatter(market.entry_node, market.entry_quantity * offset[market.entry_activity], market.nodes)
    changed = replace(
        market,
        injection=market.injection + fixed,
        capacity=market.capacity - offset,
        cost=market.cost + market.slope * offset,
    )
    check_market(changed)
    return changed, offset


def minimum_level(market: Market, name: str, *, activities: Mapping[int, float], minimum: float) -> Market:
    r"""Return ``market`` with activities that run together at a level at least, :math:`\sum_k w_k z_k \ge z`.

    Parameters
    ----------
    name : of the node of the obligation, the last node of the result; its price is :math:`\rho`.
    activities : weight :math:`w_k` of each activity index.
    minimum : quantity units.

    Raises
    ------
    ValueOutOfRangeError
        No activity, a weight that is not above zero, a minimum below zero or above what the capacities allow.
    """
    where = f"minimum level {name!r}"
    index = np.array(list(activities), dtype=np.int64)
    weights = np.array(list(activities.values()), dtype=float)
    if not len(weights) or not (np.isfinite(weights) & (weights > 0.0)).all():
        raise ValueOutOfRangeError(
            f"weights {weights.tolist()}", where=where, allowed="at least one activity, each above 0"
        )
    most = float((weights * market.capacity[index]).sum())
    if not (np.isfinite(minimum) and 0.0 <= minimum <= most):
        raise ValueOutOfRangeError(
            f"minimum is {minimum:g}", where=where, allowed=f"from 0 to what their capacities allow, {most:g}"
        )
    wider = extend(market, nodes=[name], injection=-minimum)
    return with_entries(wider, index, wider.nodes - 1, weights)
