r"""When each ally releases during a shock: each for itself, or together.

In period t released tonnes are worth blocks :math:`v_{t1} \ge v_{t2} \ge \dots` of widths g (a shortage by
tier, or a demand curve cut into steps), ally k holds :math:`S_k` and delivers at most :math:`D_k` a period:

.. math::
    \max \sum_{t,b} d_t v_{tb} f_{tb}, \qquad \sum_b f_{tb} \le \sum_k r_{kt}, \quad 0 \le f_{tb} \le g_{tb},
    \quad \sum_t r_{kt} \le S_k, \quad 0 \le r_{kt} \le D_k

===============  ==========================================================================================
conduct          every ally plans
===============  ==========================================================================================
``alone``        as if it were the only one to release: all meet the worst period at once
``own``          for its own share of every block
``together``     the linear programme above over all allies
===============  ==========================================================================================

Any plan of single allies is feasible together, so together is never worse with the same tonnes. What is
released beyond all blocks of a period is worth nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ValueOutOfRangeError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Shock:
    """What is short, and what the allies have against it.

    Parameters
    ----------
    names : the allies. ``stock``, ``delivery`` : S and D in t, (ally,).
    share : part of every block that is the ally's own need, (ally,), adds to at most one.
    width, value : g in t and v in USD/t, (period, block), value not rising along a period.
    discount : d of a period, 0 to 1.
    """

    names: tuple[str, ...]
    stock: FloatArray
    delivery: FloatArray
    share: FloatArray
    width: FloatArray
    value: FloatArray
    discount: float = 1.0


@dataclass(frozen=True, eq=False)
class Released:
    """Tonnes by ally and period, and what they are worth, USD."""

    t: FloatArray
    worth: float

    @property
    def by_period(self) -> FloatArray:
        """Tonnes of all allies, (period,)."""
        total: FloatArray = self.t.sum(axis=0)
        return total


def check_shock(shock: Shock) -> None:
    """Raise for shapes that do not fit and numbers that cannot be."""
    allies = len(shock.names)
    for name in ("stock", "delivery", "share"):
        values = getattr(shock, name)
        if values.shape != (allies,) or np.any(np.isnan(values)) or np.any(values < 0):
            raise ValueOutOfRangeError(
                f"{name} is {values.tolist()}", where="release", allowed=f"{allies} numbers of 0 or more"
            )
    if shock.width.shape != shock.value.shape or shock.width.ndim != 2 or np.any(shock.width < 0):
        raise ValueOutOfRangeError("widths and values", where="release", allowed="tables of one shape")
    if np.any(np.diff(shock.value, axis=1) > 0) or np.any(shock.value < 0):
        raise ValueOutOfRangeError(
            "values of a period that rise", where="release", allowed="values of 0 or more that do not rise"
        )
    if shock.share.sum() > 1 + 1e-9 or not 0 < shock.discount <= 1:
        raise ValueOutOfRangeError(
            f"shares of {shock.share.tolist()}, discount {shock.discount}",
            where="release",
            allowed="shares of at most one in all, a discount above 0 up to 1",
        )


def worth(shock: Shock, by_period: FloatArray) -> float:
    """Return what releases (period,) are worth: blocks filled from the most valuable down, USD."""
    discount = shock.discount ** np.arange(len(by_period))
    before = np.cumsum(shock.width, axis=1) - shock.width
    filled = np.clip(by_period[:, None] - before, 0.0, shock.width)
    return float((discount[:, None] * shock.value * filled).sum())


def release_alone(shock: Shock) -> Released:
    """Every ally plans as if it were the only one."""
    check_shock(shock)
    plans = [_greedy(shock, shock.width, k) for k in range(len(shock.names))]
    return _released(shock, np.stack(plans))


def release_for_own(shock: Shock) -> Released:
    """Every ally serves its own share of every block."""
    check_shock(shock)
    plans = [_greedy(shock, shock.width * shock.share[k], k) for k in range(len(shock.names))]
    return _released(shock, np.stack(plans))


def release_together(shock: Shock, tonnes: FloatArray | None = None) -> Released:
    """Joint optimum; ``tonnes`` holds every ally to what it released in another plan, (ally,).

    Raises
    ------
    NotSolvedError
        The linear programme found no optimum.
    """
    from lodestock.disruption.programme import least_cost

    check_shock(shock)
    stock = shock.stock if tonnes is None else np.minimum(shock.stock, tonnes)
    allies, (periods, blocks) = len(shock.names), shock.width.shape
    releases, fills = allies * periods, periods * blocks
    discount = shock.discount ** np.arange(periods)
    # the solver's tolerances are absolute: tonnes and values enter as shares of the largest
    unit = max(float(stock.max(initial=0.0)), 1e-300)
    dear = max(float(shock.value.max(initial=0.0)), 1e-300)
    cost = np.concatenate([np.zeros(releases), -(discount[:, None] * shock.value / dear).ravel()])
    rows = np.zeros((allies + periods, releases + fills))
    for k in range(allies):
        rows[k, k * periods : (k + 1) * periods] = 1.0
    for t in range(periods):
        rows[allies + t, t:releases:periods] = -1.0
        rows[allies + t, releases + t * blocks : releases + (t + 1) * blocks] = 1.0
    highest = np.concatenate([np.repeat(shock.delivery, periods), shock.width.ravel()]) / unit
    right = np.concatenate([stock / unit, np.zeros(periods)])
    answer = least_cost(cost, rows, right, highest, where="release of the allies")
    plan = np.clip(unit * answer.x[:releases].reshape(allies, periods), 0.0, shock.delivery[:, None])
    return _released(replace(shock, stock=stock), plan)


def _greedy(shock: Shock, width: FloatArray, k: int) -> FloatArray:
    """Best plan of one ally for blocks of ``width``: most valuable first; exact, as all draw on one stock."""
    periods, blocks = width.shape
    discount = shock.discount ** np.arange(periods)
    value = discount[:, None] * shock.value
    plan, left = np.zeros(periods), float(shock.stock[k])
    for at in np.argsort(-value, axis=None, kind="stable"):
        t, b = divmod(int(at), blocks)
        if value[t, b] <= 0.0:
            break
        part = min(float(width[t, b]), float(shock.delivery[k]) - float(plan[t]), left)
        plan[t] += max(0.0, part)
        left -= max(0.0, part)
    return plan


def _released(shock: Shock, plan: FloatArray) -> Released:
    return Released(plan, worth(shock, plan.sum(axis=0)))
