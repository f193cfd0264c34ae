r"""A rolling horizon: decide a few periods at a time, on expected prices for what comes after.

In a window the periods inside are known. A column that delivers into a later period sells there at an
expected price :math:`\hat p`, so that its margin is

.. math:: m_k = \sum_{n \in window} W_{nk} p_n + \sum_{n \notin window} W_{nk} \hat p_n - c_k - s_k z_k

The first periods of the window are then taken as they came out, what they deliver arrives in the later
ones as an injection, and the window moves on. Each window is an equilibrium with a certificate of its own;
the path they make up is that of people who are wrong about the future in a stated way. A window as long as
the horizon has perfect foresight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.market.arrays import Float
from lodestock.market.horizon import Horizon
from lodestock.market.ladder import solve
from lodestock.market.model import Market
from lodestock.market.solution import Solution
from lodestock.market.windows import arrivals, cut, plan_of

Expectation = Callable[[Float, Float], Float]
"""From realised prices, shape (t, n), and the usual ones, shape (n,), to the prices expected, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Window:
    """One window: its periods, the first ``taken`` of which were kept, and the equilibrium of its market."""

    first: int
    last: int
    taken: int
    market: Market
    solution: Solution


@dataclass(frozen=True, slots=True)
class Rolling:
    """A path put together from windows; arrays are those of the horizon's market, kept periods only.

    Attributes
    ----------
    price : shape (n T,); level : shape (K,); levy : shape (L,); curve_quantity : shape (J,).
    expected : shape (W, n), the price expected in each window for everything after it.
    windows : one per decision, each with its certificate.
    """

    price: Float
    level: Float
    levy: Float
    curve_quantity: Float
    expected: Float
    windows: tuple[Window, ...]

    @property
    def is_solved(self) -> bool:
        """Whether every window was solved."""
        return all(window.solution.is_solved for window in self.windows)

    @property
    def worst(self) -> float:
        """Largest residual of any window's certificate."""
        return max(window.solution.certificate.worst for window in self.windows)


def last_price(realised: Float, usual: Float) -> Float:
    """Expect the price of the last period that was decided; the usual one before there is any."""
    return np.asarray(realised[-1] if len(realised) else usual)


def usual_price(realised: Float, usual: Float) -> Float:
    """Expect prices to go back to their scale."""
    del realised
    return usual


def mean_price(realised: Float, usual: Float) -> Float:
    """Expect the mean of the prices so far; the usual one before there is any."""
    return np.asarray(realised.mean(axis=0) if len(realised) else usual)


EXPECTATIONS: dict[str, Expectation] = {
    "last-price": last_price,
    "usual-price": usual_price,
    "mean-price": mean_price,
}


def solve_rolling(
    horizon: Horizon,
    *,
    window: int = 1,
    step: int = 1,
    expect: str | Expectation | NDArray[np.float64] = "last-price",
    tolerance: float = 1e-8,
    audit: bool = True,
) -> Rolling:
    """Return the path that comes of deciding ``step`` periods at a time with ``window`` periods in view.

    Parameters
    ----------
    window : periods known in each decision, at least ``step``.
    expect : price expected after the window: ``last-price``, ``usual-price`` (the market's price scale),
        ``mean-price``, a function of (realised prices, usual prices), or prices of shape (T, n) by period.
    tolerance, audit : as in :func:`lodestock.market.solve`, for every window.

    Raises
    ------
    ConflictError
        A levy over several periods, or a column that takes from a period after its first.
    InfeasibleError
        A window without an equilibrium.
    """
    T = len(horizon.periods)
    if not 1 <= step <= window:
        raise ValueOutOfRangeError(
            f"step {step} with a window of {window}", where="rolling", allowed="1 <= step <= window"
        )
    rule = _rule(expect, T, len(horizon.nodes))
    plan = plan_of(horizon)
    market = horizon.market
    price, level = np.zeros(market.nodes), np.zeros(market.activities)
    levy, quantity = np.zeros(len(market.levies)), np.zeros(len(market.curves))
    arrived = np.zeros(market.nodes)
    usual = market.price_scale[horizon.node]
    windows, expected = [], []
    for first in range(0, T, step):
        last = min(first + window, T)
        taken = min(step, T - first)
        realised = price[horizon.node[:first]]
        after = rule(realised, usual[min(first, T - 1)])
        ahead = after if after.shape == (T, len(horizon.nodes)) else np.broadcast_to(after, usual.shape)
        believed = np.zeros(market.nodes)
        believed[horizon.node] = ahead
        part = cut(horizon, plan, first, last, believed, arrived)
        solution = solve(part.market, tolerance=tolerance, audit=audit)
        now = first + taken
        for index, period, into, values in (
            (part.nodes, plan.node, price, solution.price),
            (part.activities, plan.activity, level, solution.level),
            (part.levies, plan.levy, levy, solution.levy),
            (part.curves, plan.curve, quantity, solution.curve_quantity),
        ):
            kept = period[index] < now
            into[index[kept]] = values[kept]
        arrived = arrivals(market, plan, level, now)
        expected.append(ahead[min(last, T - 1)])
        windows.append(Window(first, last, taken, part.market, solution))
    return Rolling(price, level, levy, quantity, np.array(expected), tuple(windows))


def _rule(expect: str | Expectation | NDArray[np.float64], T: int, n: int) -> Expectation:
    if isinstance(expect, str):
        if expect not in EXPECTATIONS:
            raise UnknownNameError("expectation", expect, EXPECTATIONS, where="rolling")
        return EXPECTATIONS[expect]
    if callable(expect):
        return expect
    given = np.asarray(expect, dtype=float)
    if given.shape != (T, n):
        raise ConflictError(
            f"expected prices of shape {given.shape}", where="rolling", allowed=f"({T}, {n}): periods, nodes"
        )
    return lambda realised, usual: given
