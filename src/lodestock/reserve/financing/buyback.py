r"""The promise of members to buy stock back at the price it had, and what it costs when they break it.

At the end of the contract the price is :math:`P = P_0\, e^{\mu + \sigma Z}`. A member owes K per tonne and
breaks the promise when its own fortune falls below a line,

.. math::
    D = 1 \iff \rho Z + \sqrt{1 - \rho^2}\, X < \Phi^{-1}(\pi), \qquad
    L = (K - P)^+ D

so that the probability of default is :math:`\pi` whatever the correlation :math:`\rho` of price and fortune.
With :math:`\rho > 0` the members walk away when the promise is worth most: wrong-way risk. Limits:

.. math::
    E[L]_{\rho = 0} &= \pi\, [K \Phi(d) - P_0 e^{\mu + \sigma^2/2} \Phi(d - \sigma)], \qquad
    d = (\ln(K/P_0) - \mu)/\sigma \\
    E[L]_{\rho = 1} &= K \Phi(m) - P_0 e^{\mu + \sigma^2/2} \Phi(m - \sigma), \qquad
    m = \min(d, \Phi^{-1}(\pi))

:math:`\Phi` normal distribution function, Z and X independent standard normals. One Z per material (they may
be correlated through ``common``), one X per member.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ValueOutOfRangeError
from lodestock.reserve.financing.measures import tail_mean

FloatArray = NDArray[np.float64]
NORMAL = NormalDist()


@dataclass(frozen=True, kw_only=True, eq=False)
class Buyback:
    """Promises of members on materials.

    Parameters
    ----------
    t : promised, (member, material).
    promised_price, price : K and P_0, USD/t, (material,).
    drift, volatility : of the log price over the term of the promise, (material,).
    default_probability : over the same term, (member,).
    correlation : rho between a member's fortune and the price of what it promised to buy; 0 switches off
        wrong-way risk.
    common : correlation of the prices with one another, 0 to 1.
    """

    t: FloatArray
    promised_price: FloatArray
    price: FloatArray
    drift: FloatArray
    volatility: FloatArray
    default_probability: FloatArray
    correlation: float
    common: float = 0.0


@dataclass(frozen=True, eq=False)
class BuybackLoss:
    """Losses on broken promises, USD, (draw,), with mean, tail and share of defaults."""

    loss: FloatArray
    default_share: float

    @property
    def mean(self) -> float:
        """Expected loss, USD."""
        return float(self.loss.mean())

    @property
    def standard_error(self) -> float:
        """Standard error of the mean, USD."""
        return float(self.loss.std(ddof=1) / sqrt(len(self.loss)))

    def tail(self, share: float = 0.05) -> float:
        """Mean of the worst ``share`` of losses, USD."""
        return tail_mean(self.loss, share)


def buyback_loss(promise: Buyback, *, draws: int, rng: np.random.Generator) -> BuybackLoss:
    """Draw prices and defaults together.

    A member's fortune moves with the prices of its own promises, weighted by their value.

    Raises
    ------
    ValueOutOfRangeError
        A correlation or probability outside 0 to 1.
    """
    check_promise(promise)
    members, materials = promise.t.shape
    shared = rng.standard_normal((draws, 1))
    own = rng.standard_normal((draws, materials))
    z = sqrt(promise.common) * shared + sqrt(1.0 - promise.common) * own
    x = rng.standard_normal((draws, members))
    price = promise.price * np.exp(promise.drift + promise.volatility * z)
    weight = promise.t * promise.promised_price
    mixed = z @ weight.T
    spread = np.sqrt(np.einsum("jm,mn,jn->j", weight, _correlations(materials, promise.common), weight))
    fortune = np.where(spread > 0, mixed / np.where(spread > 0, spread, 1.0), x)
    rho = promise.correlation
    level = np.array([_quantile(float(p)) for p in promise.default_probability])
    broken = rho * fortune + sqrt(1.0 - rho * rho) * x < level
    gap = np.maximum(promise.promised_price - price, 0.0)
    loss = np.einsum("nj,nm,jm->n", broken.astype(float), gap, promise.t)
    return BuybackLoss(loss, float(broken.mean()))


def expected_loss_independent(
    promised: float, price: float, drift: float, volatility: float, default: float
) -> float:
    """Return E[L] per tonne at rho = 0; see the equations above."""
    return default * _put_up_to(
        promised, price, drift, volatility, _distance(promised, price, drift, volatility)
    )


def expected_loss_comonotone(
    promised: float, price: float, drift: float, volatility: float, default: float
) -> float:
    """Return E[L] per tonne at rho = 1; see the equations above."""
    line = min(_distance(promised, price, drift, volatility), _quantile(default))
    return _put_up_to(promised, price, drift, volatility, line)


def check_promise(promise: Buyback) -> None:
    """Raise for a correlation, probability or quantity out of range."""
    for name, value in (("correlation", promise.correlation), ("common", promise.common)):
        if not 0.0 <= value <= 1.0:
            raise ValueOutOfRangeError(f"{name} is {value}", where="buy-back", allowed="0 to 1")
    if np.any((promise.default_probability < 0) | (promise.default_probability > 1)):
        raise ValueOutOfRangeError("a default probability", where="buy-back", allowed="0 to 1")
    if np.any(promise.t < 0) or np.any(promise.price <= 0) or np.any(promise.volatility < 0):
        raise ValueOutOfRangeError(
            "a quantity, price or volatility",
            where="buy-back",
            allowed="quantities and volatilities of 0 or more, prices above 0",
        )


def _correlations(materials: int, common: float) -> FloatArray:
    matrix: FloatArray = np.full((materials, materials), common)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _quantile(probability: float) -> float:
    if probability <= 0.0:
        return -np.inf
    return np.inf if probability >= 1.0 else NORMAL.inv_cdf(probability)


def _distance(promised: float, price: float, drift: float, volatility: float) -> float:
    return (log(promised / price) - drift) / volatility


def _put_up_to(promised: float, price: float, drift: float, volatility: float, line: float) -> float:
    """E[(K - P) 1{Z < line}] for a line at or below the strike."""
    mean = price * exp(drift + volatility**2 / 2)
    if line == -np.inf:
        return 0.0
    return promised * NORMAL.cdf(line) - mean * NORMAL.cdf(line - volatility)
