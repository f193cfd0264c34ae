r"""Recycling tied to use: what is used now is scrap later.

Of every unit used, a share :math:`\sigma` reaches the scrap pool :math:`\ell` periods later; what was used
before the horizon arrives in its first periods. A pool is a node per period with price :math:`v_t`:

.. math::
    \text{collect}\quad p_t - v_t / y - c - s z_t \quad(\text{takes } 1/y, \text{ gives } 1), \qquad
    \text{hold}\quad w v_{t+1} + (1 - w)\kappa - v_t

with :math:`w = \beta(1 - \delta)`, so that secondary supply answers to its own price,
:math:`z = (p - c - v/y)/s`, until the pool is empty; from then on the scrap earns the rest,
:math:`v > \kappa`. Scrap not collected stays in the pool, less its decay :math:`\delta`. :math:`\kappa` is
what owners ask for scrap at least. Users are not paid for the scrap they leave behind; the value of it goes
to those who own the pool.

Collection for recycled content counts as an activity in :func:`lodestock.market.minimum_share`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.market.activities import columns
from lodestock.market.arrays import Int
from lodestock.market.extend import with_entries
from lodestock.market.horizon import Horizon, add_node, inject, link


@dataclass(frozen=True, slots=True)
class Recycling:
    r"""Terms of recycling at one node.

    Attributes
    ----------
    name : of the columns ``name`` (collection and refining) and ``name held``, and of the pool's node
        ``name scrap``.
    node : name of the node that receives the secondary material.
    uses : names of the activities whose level is use (see :func:`lodestock.market.set_apart`).
    collectable : :math:`\sigma` in [0, 1], share of use that comes back as scrap.
    lag : :math:`\ell \ge 1` periods from use to scrap.
    yield_ : :math:`y`, secondary material per unit of scrap.
    cost, slope : :math:`c` and :math:`s` of collection and refining, price units (per quantity per year).
    capacity : quantity per year.
    owner_price : :math:`\kappa`, price units of scrap.
    decay : share of the pool lost per year.
    patience : :math:`\beta`, weight of the pool's value in the next period.
    opening : scrap in the pool at the start.
    """

    name: str
    node: str
    uses: tuple[str, ...]
    collectable: float
    lag: int
    yield_: float = 1.0
    cost: float = 0.0
    slope: float = 0.0
    capacity: float = np.inf
    owner_price: float = 0.0
    decay: float = 0.0
    patience: float = 1.0
    opening: float = 0.0

    def __post_init__(self) -> None:
        checks = (
            ("collectable", self.collectable, 0.0 <= self.collectable <= 1.0, "from 0 to 1"),
            ("lag", self.lag, self.lag >= 1, "at least 1 period"),
            ("yield", self.yield_, 0.0 < self.yield_ <= 1.0, "above 0, at most 1"),
            ("owner price", self.owner_price, 0.0 <= self.owner_price < np.inf, "finite, at least 0"),
            ("decay", self.decay, 0.0 <= self.decay < 1.0, "at least 0, below 1"),
            ("patience", self.patience, 0.0 <= self.patience <= 1.0, "from 0 to 1"),
            ("opening", self.opening, 0.0 <= self.opening < np.inf, "finite, at least 0"),
            ("number of uses", len(self.uses), len(self.uses) >= 1, "at least 1"),
        )
        for field, value, good, allowed in checks:
            if not good:
                raise ValueOutOfRangeError(
                    f"{field} is {value:g}", where=f"recycling {self.name!r}", allowed=allowed
                )


def with_recycling(horizon: Horizon, terms: Recycling, past_use: ArrayLike = 0.0) -> Horizon:
    """Return the horizon with a scrap pool fed by lagged use.

    Parameters
    ----------
    past_use : use before the horizon, quantity per year: a number, or the last ``lag`` periods, oldest first.

    Raises
    ------
    ConflictError
        ``past_use`` is neither one number nor one per period of the lag.
    """
    T, lag = len(horizon.periods), terms.lag
    past = np.asarray(past_use, dtype=float)
    if past.ndim and past.shape != (lag,):
        raise ConflictError(
            f"past use of shape {past.shape}",
            where=f"recycling {terms.name!r}",
            allowed=f"one number, or {lag}: one per period of the lag, oldest first",
        )
    if not (np.isfinite(past) & (past >= 0.0)).all():
        raise ValueOutOfRangeError(
            f"past use is {past.min():g}", where=f"recycling {terms.name!r}", allowed="finite, at least 0"
        )
    market_node = horizon.node[:, horizon.column(terms.node)]
    market = horizon.market
    made = add_node(
        horizon,
        f"{terms.name} scrap",
        price_scale=market.price_scale[market_node],
        quantity_scale=market.quantity_scale[market_node],
    )
    pool = made.node[:, -1]
    arriving = min(lag, T)
    history = np.broadcast_to(past, (lag,))[:arriving] * terms.collectable
    made = inject(made, pool[:arriving], history * horizon.periods.years[:arriving])
    made = inject(made, pool[:1], terms.opening)
    made = _fed(made, terms, pool)
    kept = 1.0 - made.periods.lost(terms.decay)
    parts = []
    for t, (period, years) in enumerate(zip(made.periods.names, made.periods.years, strict=True)):
        last = t == T - 1
        scrap, here = int(pool[t]), int(market_node[t])
        hold = [(scrap, -1.0, -1.0)]
        weight = 0.0 if last else float(terms.patience * kept[t])
        if not last:
            hold.append((int(pool[t + 1]), float(kept[t]), weight))
        worth = (1.0 - weight) * terms.owner_price
        takes = -1.0 / terms.yield_
        parts.append(
            columns(
                [f"{terms.name} @ {period}", f"{terms.name} held @ {period}"],
                [[(scrap, takes, takes), (here, 1.0, 1.0)], hold],
                [terms.cost, -worth],
                [terms.slope / years, 0.0],
                [terms.capacity * years, np.inf],
            )
        )
    return link(made, [terms.name, f"{terms.name} held"], parts)


def _fed(horizon: Horizon, terms: Recycling, pool: Int) -> Horizon:
    """Return the horizon with uses that deliver their collectable share, unpaid, ``lag`` periods later."""
    activity, node = [], []
    for use in terms.uses:
        place = horizon.find("activity", use)
        for t, k in enumerate(place[: len(horizon.periods) - terms.lag]):
            if k >= 0:
                activity.append(int(k))
                node.append(int(pool[t + terms.lag]))
    if not activity or terms.collectable == 0.0:
        return horizon
    fed = with_entries(horizon.market, activity, node, terms.collectable, 0.0)
    return replace(horizon, market=fed)
