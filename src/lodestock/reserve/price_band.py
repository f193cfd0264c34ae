r"""How long a price band can be held with finite cash and finite stock.

The log price x would follow a walk. The reserve buys at the floor ln f and sells at the ceiling ln c whatever
it takes to keep x inside; a tonne bought (sold) moves the log price up (down) by 1/b for good:

.. math::
    x_t = x_0 + w_t + (L_t - U_t)/b, \qquad \ln f \le x_t \le \ln c

L, U tonnes bought and sold so far, :math:`b = Q(\varepsilon_s + \varepsilon_d)` tonnes per unit of log price.
The band is lost when a purchase cannot be paid, :math:`K + c U_t - f L_t < 0`, or a sale cannot be delivered,
:math:`S + L_t - U_t < 0`. Closed forms, with w of drift :math:`\mu`, volatility :math:`\sigma` a year:

floor alone (no ceiling), Brownian; :math:`a = x_0 - \ln f + K/(f b)` is how far the price may want to fall,

.. math::
    P(\text{lost by } T) = \Phi\Bigl(\frac{-a - \mu T}{\sigma \sqrt T}\Bigr)
      + e^{-2 \mu a / \sigma^2} \Phi\Bigl(\frac{-a + \mu T}{\sigma \sqrt T}\Bigr)

which goes to 1 for :math:`\mu \le 0`: **a fixed floor with finite cash is lost sooner or later**; to
:math:`e^{-2\mu a/\sigma^2}` for :math:`\mu > 0`. Floor alone, coin walk of n steps of size h,
lost once the walk is down by more than a, :math:`A = \lfloor a / h \rfloor + 1` steps:

.. math:: P = P(S_n \ge A) + P(S_n > A)

peg (f = c, one price held): net purchases are the walk itself, so with :math:`k = \lfloor K/(f b h)\rfloor +
1` and :math:`s = \lfloor S/(b h)\rfloor + 1` steps to either end the chance that cash ends before stock is
s/(k+s) for a fair coin, and with chance p of a fall, r = (1-p)/p,

.. math:: P(\text{cash first}) = \frac{1 - r^s}{1 - r^{k+s}} .

(Feller 1968, chapter XIV; Harrison 1985, section 1.8.)
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, comb, exp, floor, inf, isfinite, log, pi, sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ConflictError, ValueOutOfRangeError

FloatArray = NDArray[np.float64]
NORMAL = NormalDist()
STEPS_A_YEAR = 52
MOST_A_YEAR = 20.0
"""Largest volatility, drift and speed of return a year; beyond it a weekly step no longer follows a walk."""


@dataclass(frozen=True, kw_only=True)
class PriceBand:
    """A promise to buy at ``floor`` and to sell at ``ceiling``, USD/t.

    Parameters
    ----------
    ceiling : infinite for a floor alone.
    cash, stock : K in USD and S in t at the start.
    depth : b, t bought or sold per unit of log price.
    """

    floor: float
    ceiling: float
    cash: float
    stock: float
    depth: float


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What the log price would do: drift and volatility a year, pull back to ``mean`` at speed ``reversion``.

    ``steps``: ``normal`` (a Brownian path; its lowest and highest point within a step are drawn too) or
    ``coin`` (up or down by sigma times the root of the step, with the drift in the chance of up).
    """

    price: float
    drift: float = 0.0
    volatility: float = 0.3
    reversion: float = 0.0
    mean: float | None = None
    steps: Literal["normal", "coin"] = "normal"


@dataclass(frozen=True, eq=False)
class Ruin:
    """Share of paths on which the band was lost, with its standard error, by which end, and when."""

    paths: int
    lost: NDArray[np.bool_]
    at: FloatArray
    """Years until the band was lost, (path,); infinite where it held."""
    cash_out: float
    """Share of paths on which a purchase could not be paid."""
    stock_out: float
    """Share of paths on which a sale could not be delivered."""

    @property
    def probability(self) -> float:
        """Share of paths on which the band was lost."""
        return float(self.lost.mean())

    @property
    def standard_error(self) -> float:
        """Standard error of the probability."""
        p = self.probability
        return sqrt(p * (1.0 - p) / self.paths)


def ruin(
    band: PriceBand,
    walk: Walk,
    *,
    years: float,
    paths: int = 4000,
    rng: np.random.Generator,
    steps_a_year: int = STEPS_A_YEAR,
) -> Ruin:
    """Follow the band along drawn paths until it is lost or the years are over.

    Raises
    ------
    ValueOutOfRangeError, ConflictError
        A band or walk that cannot be; a price outside the band.
    """
    check_band(band, walk)
    steps = max(1, round(years * steps_a_year))
    dt = years / steps
    low, high = log(band.floor), log(band.ceiling) if isfinite(band.ceiling) else inf
    mean = log(walk.mean) if walk.mean is not None else log(walk.price)
    x = np.full(paths, log(walk.price))
    cash, stock = np.full(paths, band.cash), np.full(paths, band.stock)
    at, by_cash = np.full(paths, inf), np.zeros(paths, dtype=bool)
    alive = np.ones(paths, dtype=bool)
    for step in range(steps):
        pull = walk.reversion * (mean - x) * dt
        lowest, highest, end = _moves(walk, pull, dt, paths, rng)
        bought = band.depth * np.maximum(low - (x + lowest), 0.0)
        sold = band.depth * np.maximum(x + highest - high, 0.0) if isfinite(high) else np.zeros(paths)
        x = np.clip(x + end + (bought - sold) / band.depth, low, high)
        cash = cash - band.floor * bought
        if isfinite(high):
            cash = cash + band.ceiling * sold
        stock = stock + bought - sold
        broke, empty = cash < -_slack(band.cash), stock < -_slack(band.stock)
        fell = alive & (broke | empty)
        at[fell] = (step + 1) * dt
        by_cash |= fell & broke
        alive &= ~fell
        if not alive.any():
            break
    lost = ~alive
    return Ruin(paths, lost, at, float((lost & by_cash).mean()), float((lost & ~by_cash).mean()))


def check_band(band: PriceBand, walk: Walk) -> None:
    """Raise for a band or a walk that cannot be."""
    positive = {"floor": band.floor, "ceiling": band.ceiling, "depth": band.depth, "price": walk.price}
    for name, value in positive.items():
        if not value > 0:
            raise ValueOutOfRangeError(f"{name} is {value:g}", where="price band", allowed="above 0")
    for name, value in {"cash": band.cash, "stock": band.stock}.items():
        if not 0 <= value < inf:
            raise ValueOutOfRangeError(f"{name} is {value:g}", where="price band", allowed="0 or more")
    speeds = {"volatility": walk.volatility, "reversion": walk.reversion, "drift": walk.drift}
    for name, value in speeds.items():
        low = -MOST_A_YEAR if name == "drift" else 0.0
        if not low <= value <= MOST_A_YEAR:
            raise ValueOutOfRangeError(
                f"{name} is {value:g} a year", where="price band", allowed=f"{low:g} to {MOST_A_YEAR:g}"
            )
    if band.floor > band.ceiling:
        raise ConflictError(
            f"the floor {band.floor:,.6g} is above the ceiling {band.ceiling:,.6g}", where="price band"
        )
    if not band.floor <= walk.price <= band.ceiling:
        limits = f"{band.floor:,.6g} and more"
        if isfinite(band.ceiling):
            limits = f"{band.floor:,.6g} to {band.ceiling:,.6g}"
        raise ConflictError(
            f"the price {walk.price:,.6g} is outside the band", where="price band", allowed=limits
        )


def floor_lost(band: PriceBand, walk: Walk, years: float) -> float:
    """Return the chance that a floor without ceiling is lost within ``years`` (infinite for ever).

    Brownian or coin walk without reversion; see the closed forms at the top of this file. A coin walk's drift
    is not in the closed form.

    Raises
    ------
    ConflictError
        The band has a ceiling, the walk reverts, or a coin walk drifts.
    """
    check_band(band, walk)
    if isfinite(band.ceiling) or walk.reversion > 0 or (walk.steps == "coin" and walk.drift != 0.0):
        raise ConflictError("no closed form: ceiling, reversion or a coin with drift", where="price band")
    room = log(walk.price / band.floor) + band.cash / (band.floor * band.depth)
    if walk.steps == "coin":
        n = max(1, round(years * STEPS_A_YEAR))
        size = walk.volatility * sqrt(years / n)
        return _coin_reaches(n, floor(room / size + 1e-9) + 1)
    mu, sigma = walk.drift, walk.volatility
    if sigma == 0.0:
        return float(-mu * years > room)
    ever = exp(min(0.0, -2.0 * mu * room / sigma**2))
    if years == inf:
        return ever
    spread = sigma * sqrt(years)
    reflected = _raised(-2.0 * mu * room / sigma**2, (-room + mu * years) / spread)
    return min(1.0, NORMAL.cdf((-room - mu * years) / spread) + reflected)


def peg_cash_first(cash_steps: int, stock_steps: int, fall: float = 0.5) -> float:
    """Return the chance that cash ends before stock when one price is held; see the top of this file.

    Parameters
    ----------
    cash_steps, stock_steps : steps to either end, k and s, at least 1. ``fall`` : chance p of a fall.
    """
    if cash_steps < 1 or stock_steps < 1 or not 0 < fall < 1:
        raise ValueOutOfRangeError(
            f"{cash_steps} and {stock_steps} steps, chance {fall}",
            where="price band",
            allowed="at least 1 step, a chance between 0 and 1",
        )
    if fall == 0.5:
        return stock_steps / (cash_steps + stock_steps)
    ratio = (1.0 - fall) / fall
    return (1.0 - ratio**stock_steps) / (1.0 - ratio ** (cash_steps + stock_steps))


def _raised(power: float, z: float) -> float:
    r"""Return :math:`e^p \Phi(z)`, without overflow.

    Far down the tail :math:`\Phi(z) \approx e^{-z^2/2} / (-z \sqrt{2\pi})`.
    """
    if z > -30.0:
        return exp(min(power, 700.0)) * NORMAL.cdf(z)
    return exp(min(power - z * z / 2.0 - log(-z * sqrt(2.0 * pi)), 0.0))


def _slack(amount: float) -> float:
    """Rounding of sums that may end exactly at zero."""
    return 1e-9 * max(amount, 1.0)


def _coin_reaches(n: int, a: int) -> float:
    """P(lowest of S_1..S_n <= -a) of a fair coin walk, by reflection: P(S_n >= a) + P(S_n > a)."""
    beyond = sum(comb(n, k) for k in range(ceil((n + a) / 2), n + 1))
    strictly = sum(comb(n, k) for k in range((n + a) // 2 + 1, n + 1))
    return float((beyond + strictly) / 2**n)


def _moves(
    walk: Walk, pull: FloatArray, dt: float, paths: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Lowest, highest and last move of a step.

    Given the end z of a Brownian step from 0, its minimum is
    :math:`\bigl(z - \sqrt{z^2 - 2\sigma^2 \Delta \ln u}\bigr)/2` with u uniform; the maximum likewise, with a
    u of its own (exact for either, not for both at once).
    """
    if walk.steps == "coin":
        size = walk.volatility * sqrt(dt)
        up = 0.5 + 0.5 * np.clip((walk.drift * dt + pull) / size if size > 0 else 0.0, -1.0, 1.0)
        end = np.where(rng.random(paths) < up, size, -size)
        return np.minimum(end, 0.0), np.maximum(end, 0.0), end
    end = walk.drift * dt + pull + walk.volatility * sqrt(dt) * rng.standard_normal(paths)
    square = 2.0 * walk.volatility**2 * dt
    down = np.sqrt(end**2 - square * np.log(rng.random(paths)))
    up_ = np.sqrt(end**2 - square * np.log(rng.random(paths)))
    return (end - down) / 2.0, (end + up_) / 2.0, end
