"""Outcomes of shortage and price within a quarter, equally likely."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from lodestock.errors import ValueOutOfRangeError
from lodestock.reserve.case import Noise
from lodestock.reserve.problem import Float, Problem

FEW = 2
"""Outcomes that are enough to choose prices and shares from."""


def joint_noise(noise: Noise, materials: int) -> tuple[Float, Float]:
    r"""Equally likely joint outcomes of gap and price, shape (outcomes, materials) each.

    Every material sees the same stratified log-normal values, mean one, in an order of its own; with
    correlation :math:`\rho` the price follows :math:`\sqrt\rho z_0 + \sqrt{1 - \rho} z_m`.
    """
    count = noise.outcomes
    if count < 1:
        raise ValueOutOfRangeError(f"{count} outcomes", allowed="at least 1")
    if count == 1:
        return np.ones((1, materials)), np.ones((1, materials))
    normal = NormalDist()
    z = np.array([normal.inv_cdf((at + 0.5) / count) for at in range(count)])
    z /= z.std()
    rng = np.random.default_rng(noise.seed)
    common = rng.permutation(z)
    gap = np.column_stack([_multipliers(rng.permutation(z), noise.gap) for _ in range(materials)])
    price = np.column_stack(
        [
            _multipliers(
                math.sqrt(noise.shared) * common + math.sqrt(1.0 - noise.shared) * rng.permutation(z),
                noise.price,
            )
            for _ in range(materials)
        ]
    )
    return gap, price


def _multipliers(z: Float, deviation: float) -> Float:
    spread = math.sqrt(math.log1p(deviation**2))
    values = np.exp(spread * z)
    return np.asarray(values / values.mean())


def with_less_noise(problem: Problem, outcomes: int = FEW) -> Problem:
    """Return the problem with at most so many outcomes of gap and price in a quarter; regimes are seen."""
    count = min(outcomes, len(problem.gap_noise))
    gap, price = joint_noise(replace(problem.case.noise, outcomes=count), len(problem.materials))
    return replace(
        problem,
        gap_noise=gap,
        price_noise=price,
        signal=np.zeros(count, dtype=np.int64),
        probability=np.full((len(problem.states), count), 1.0 / count),
    )
