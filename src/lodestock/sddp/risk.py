r"""Risk measures as adjusted probabilities.

A coherent measure of a cost :math:`Z` with outcomes :math:`z_i` of probability :math:`p_i` is

.. math:: F[Z] = \max_{q \in Q(p)} \sum_i q_i z_i ,

and a cut uses the maximiser :math:`q` in place of :math:`p`. Everything here sees costs; rewards enter with
their sign turned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from lodestock.errors import ValueOutOfRangeError
from lodestock.sddp.arrays import Float

FAR = 1e9
"""Largest step t; costs that differ by a billionth of their spread count as equal."""


@runtime_checkable
class RiskMeasure(Protocol):
    """Anything that turns probabilities and costs into adjusted probabilities."""

    def adjust(self, p: Float, z: Float) -> Float:
        """Return the maximiser q of the worst mean of ``z``; q >= 0 and sum q = sum p = 1."""
        ...


@dataclass(frozen=True)
class Expectation:
    """The mean: q = p."""

    def adjust(self, p: Float, z: Float) -> Float:
        """Return p."""
        return p


@dataclass(frozen=True)
class WorstCase:
    """The worst outcome of positive probability."""

    def adjust(self, p: Float, z: Float) -> Float:
        """Return all weight on the worst outcome of positive probability."""
        q = np.zeros_like(p)
        q[int(np.argmax(np.where(p > 0.0, z, -np.inf)))] = 1.0
        return q


@dataclass(frozen=True)
class AVaR:
    r"""Average value at risk: the mean of the worst ``beta`` share of outcomes.

    .. math:: q_i = \min(p_i,\ \beta - \text{given})/\beta \quad\text{from the worst outcome on}

    ``beta`` = 1 is the expectation, ``beta`` = 0 the worst case.
    """

    beta: float

    def __post_init__(self) -> None:
        _check_share("beta", self.beta)

    def adjust(self, p: Float, z: Float) -> Float:
        """Return the adjusted probabilities."""
        if self.beta <= 0.0:
            return WorstCase().adjust(p, z)
        if self.beta >= 1.0:
            return p
        worst_first = np.argsort(-z, kind="stable")
        given = np.minimum(np.cumsum(p[worst_first]), self.beta)
        q = np.empty_like(p)
        q[worst_first] = np.diff(given, prepend=0.0) / self.beta
        return q


@dataclass(frozen=True)
class EAVaR:
    r"""``lambda * E[Z] + (1 - lambda) * AVaR_beta[Z]``: ``weight`` (lambda) lies on the *expectation*.

    ``beta`` is the probability of the tail (Dowson and Kapelevich 2021). Other programs put their weight on
    the tail instead: there, weight 0.3 is 0.7 here.
    """

    weight: float
    beta: float

    def __post_init__(self) -> None:
        _check_share("weight", self.weight)
        _check_share("beta", self.beta)

    def adjust(self, p: Float, z: Float) -> Float:
        """Return lambda p + (1 - lambda) q of the tail."""
        return self.weight * p + (1.0 - self.weight) * AVaR(self.beta).adjust(p, z)


@dataclass(frozen=True)
class ModifiedChiSquared:
    r"""The worst mean over probabilities near the nominal ones (Philpott, de Matos and Kapelevich 2018).

    .. math:: \max_q\ q \cdot z \quad\text{s.t.}\quad \lVert q - p \rVert_2 \le r,\ q \ge 0,\ \sum q = 1

    Outcomes of probability zero keep probability zero. The maximiser is the projection of
    :math:`p + t z` on the simplex for the step :math:`t` at which the distance is :math:`r`.
    """

    radius: float

    def __post_init__(self) -> None:
        if not (self.radius >= 0.0 and math.isfinite(self.radius)):
            raise ValueOutOfRangeError(f"radius {self.radius:g}", where="risk measure", allowed="at least 0")

    def adjust(self, p: Float, z: Float) -> Float:
        """Return the adjusted probabilities."""
        support = p > 0.0
        nominal, cost = p[support], z[support]
        spread = float(np.ptp(cost))
        if self.radius == 0.0 or spread <= 1e-12 * max(1.0, float(np.abs(cost).max())):
            return p
        q = np.zeros_like(p)
        q[support] = _worst_in_ball(nominal, (cost - cost.mean()) / spread, self.radius)
        return q


def _worst_in_ball(p: Float, z: Float, radius: float) -> Float:
    """Return the worst member of the ball for costs of spread one: bisection on the step t."""
    top = z >= z.max()
    far = np.where(top, p, 0.0) + np.where(top, (1.0 - p[top].sum()) / top.sum(), 0.0)
    if np.linalg.norm(far - p) <= radius:
        return far
    best, low, high = p, 0.0, radius
    while high < FAR:
        at = project_on_simplex(p + high * z)
        if np.linalg.norm(at - p) > radius:
            break
        best, low, high = at, high, 4.0 * high
    for _ in range(100):
        middle = 0.5 * (low + high)
        at = project_on_simplex(p + middle * z)
        if np.linalg.norm(at - p) <= radius:
            best, low = at, middle
        else:
            high = middle
        if high - low <= 1e-14 * high:
            break
    return best


def project_on_simplex(v: Float) -> Float:
    r"""Return the nearest point to ``v`` with non-negative entries that add to one."""
    v = v - v.max()
    falling = np.sort(v)[::-1]
    excess = np.cumsum(falling) - 1.0
    count = np.arange(1, len(v) + 1)
    last = int(np.flatnonzero(falling - excess / count > 0.0)[-1])
    return np.asarray(np.maximum(v - excess[last] / (last + 1.0), 0.0))


def _check_share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueOutOfRangeError(f"{name} is {value:g}", where="risk measure", allowed="0 to 1")
