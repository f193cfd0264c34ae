r"""Shipments that take time: they leave one place now and arrive at another some periods later.

.. math:: m = \frac{1 - \delta}{1 + r}\, p_{j,t+\ell} - p_{i,t} - c - s z

with lag :math:`\ell`, interest :math:`r` and loss :math:`\delta` over the time on the way: the long way
round an export ban, a sea route. What was on the way before the horizon arrives in its first periods; what
would arrive after it is not sent, as nothing is known of prices there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ValueOutOfRangeError
from lodestock.market.horizon import Horizon, inject, link
from lodestock.market.periods import labelled
from lodestock.market.storage import storage


def with_transit(
    horizon: Horizon,
    names: Sequence[str],
    origins: Sequence[str],
    destinations: Sequence[str],
    *,
    lag: int,
    cost: ArrayLike = 0.0,
    slope: ArrayLike = 0.0,
    capacity: ArrayLike = np.inf,
    interest: ArrayLike = 0.0,
    loss: ArrayLike = 0.0,
    on_the_way: ArrayLike = 0.0,
) -> Horizon:
    r"""Return the horizon with m routes whose shipments arrive ``lag`` periods later.

    Parameters
    ----------
    names, origins, destinations : routes and the node names they join; the level of a route in period t is
        what leaves in t.
    lag : :math:`\ell`, at least 1 period.
    cost : price units, paid when it leaves; slope and capacity are of rates per year, (m,).
    interest, loss : per year, over the periods on the way.
    on_the_way : what arrives in each of the first ``lag`` periods, quantity per year, (m,) or (lag, m).

    Raises
    ------
    ValueOutOfRangeError
        A lag below 1; interest or loss out of range.
    """
    if lag < 1:
        raise ValueOutOfRangeError(f"lag is {lag}", where=f"routes {names[:3]}", allowed="at least 1 period")
    T, m = len(horizon.periods), len(names)
    i = np.array([horizon.column(name) for name in origins], dtype=np.int64)
    j = np.array([horizon.column(name) for name in destinations], dtype=np.int64)
    rate, share = (np.broadcast_to(np.asarray(value, dtype=float), (m,)) for value in (interest, loss))
    years = horizon.periods.years
    parts = []
    for t in range(max(T - lag, 0)):
        under_way = float(years[t : t + lag].sum())
        parts.append(
            storage(
                labelled(names, horizon.periods.names[t]),
                horizon.node[t, i],
                horizon.node[t + lag, j],
                holding_cost=cost,
                slope=np.asarray(slope, dtype=float) / years[t],
                capacity=np.asarray(capacity, dtype=float) * years[t],
                interest=(1.0 + rate) ** under_way - 1.0,
                loss=1.0 - (1.0 - share) ** under_way,
            )
        )
    made = link(horizon, names, parts)
    arriving = np.broadcast_to(np.asarray(on_the_way, dtype=float), (lag, m))
    for t in range(min(lag, T)):
        made = inject(made, made.node[t, j], arriving[t] * years[t])
    return made
