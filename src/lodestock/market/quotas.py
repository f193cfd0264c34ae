r"""Quotas: tariff-rate quotas on an arc, and one quota shared by several activities.

A quota on a single arc is its capacity, and the rent its multiplier. A **tariff-rate quota** is two
columns: :math:`z_1 \le Q` at the low rate and :math:`z_2` at the high one. So that the friction of the
route counts what moves in total, the second begins where the first ends:

.. math::
    m_1 = p_o - (1 + r_1)(p_i + c) - t_1 - s z_1, \qquad m_2 = p_o - (1 + r_2)(p_i + c) - t_2 - s (Q + z_2)

Rates must not fall at the quota, so that the second runs only once the first is full. The rent of the quota
is the capacity rent of the first column.

A **shared quota** is a node of licences: every activity takes some, the quota is injected, and the price of
the node is the rent per licence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ValueOutOfRangeError
from lodestock.market.activities import Activities, concatenate_activities, trade
from lodestock.market.arrays import wide
from lodestock.market.extend import extend, with_entries
from lodestock.market.model import Market


def tariff_rate_quota(
    names: Sequence[str],
    origin: ArrayLike,
    destination: ArrayLike,
    cost: ArrayLike,
    slope: ArrayLike,
    quota: ArrayLike,
    *,
    tariff: ArrayLike = 0.0,
    tariff_beyond: ArrayLike = 0.0,
    duty: ArrayLike = 0.0,
    duty_beyond: ArrayLike = 0.0,
    capacity: ArrayLike = np.inf,
) -> Activities:
    """Return m arcs within their quotas, then the same m beyond them.

    Parameters
    ----------
    cost, slope, capacity : as in :func:`lodestock.market.trade`, for both columns together.
    quota : quantity that enters at the lower rate.
    tariff, duty : specific and ad-valorem rate within the quota; ``tariff_beyond``, ``duty_beyond`` after it.

    Raises
    ------
    ValueOutOfRangeError
        A quota that is negative or without limit, or a rate that falls at the quota; names the arc.
    """
    count = len(names)
    Q, s, u = wide(quota, count), wide(slope, count), wide(capacity, count)
    low, high = wide(tariff, count), wide(tariff_beyond, count)
    r_low, r_high = wide(duty, count), wide(duty_beyond, count)
    _require(names, "quota", Q, (Q >= 0.0) & np.isfinite(Q), "finite and at least 0")
    for field, rate in (("tariff", low), ("duty", r_low)):
        _require(names, field, rate, np.isfinite(rate), "finite")
    _require(names, "tariff_beyond", high, high >= low, "at least the tariff within the quota")
    _require(names, "duty_beyond", r_high, r_high >= r_low, "at least the duty within the quota")
    within = trade(
        [f"{name} within quota" for name in names],
        origin,
        destination,
        cost,
        s,
        np.minimum(Q, u),
        duty=r_low,
        tariff=low,
    )
    beyond = trade(
        [f"{name} beyond quota" for name in names],
        origin,
        destination,
        cost,
        s,
        np.maximum(u - Q, 0.0),
        duty=r_high,
        tariff=high + s * Q,
    )
    return concatenate_activities([within, beyond])


def shared_quota(market: Market, name: str, *, activities: Mapping[int, float], quota: float) -> Market:
    r"""Return ``market`` with one quota over several activities, :math:`\sum_k w_k z_k \le Q`.

    Parameters
    ----------
    name : of the licence node, the last node of the result; its price is the rent per licence.
    activities : licences :math:`w_k` that one unit of each activity index takes.
    quota : :math:`Q`, quantity units.
    """
    where = f"quota {name!r}"
    if not (np.isfinite(quota) and quota >= 0.0):
        raise ValueOutOfRangeError(f"quota is {quota:g}", where=where, allowed="finite and at least 0")
    weights = np.array(list(activities.values()), dtype=float)
    if not len(weights) or not (np.isfinite(weights) & (weights > 0.0)).all():
        raise ValueOutOfRangeError(
            f"licences {weights.tolist()}", where=where, allowed="at least one activity, each above 0"
        )
    wider = extend(market, nodes=[name], injection=quota)
    return with_entries(wider, list(activities), wider.nodes - 1, -weights)


def _require(names: Sequence[str], field: str, value: np.ndarray, good: np.ndarray, allowed: str) -> None:
    if not good.all():
        at = int(np.flatnonzero(~good)[0])
        raise ValueOutOfRangeError(f"{field} is {value[at]:g}", where=f"arc {names[at]!r}", allowed=allowed)
