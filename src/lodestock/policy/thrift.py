r"""Why users take less: thrift, substitution by end use, and users who stop, tonne by tonne.

With the multiple of the base price :math:`x`, use is :math:`q^0 x^{-\eta} r(x)` where
:math:`r = 1 - \sum_b \sigma_b \rho_b(x) - \sigma_0 \rho_0(x)` (see `constant_elasticity_use`). What is
missing adds up without a remainder:

.. math:: q^0 - q = \underbrace{q^0 (1 - x^{-\eta})}_{thrift}
          + \sum_b \underbrace{q^0 x^{-\eta} \sigma_b \rho_b}_{substitution\ in\ b}
          + \underbrace{q^0 x^{-\eta} \sigma_0 \rho_0}_{users\ who\ stop}

Below the base price thrift is negative: users take more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.policy.network import Network
from lodestock.policy.parts import FloatArray

LOW_MULTIPLE = 0.05
"""Multiple of the base price below which use stays constant, as the curves have it."""


@dataclass(frozen=True, eq=False)
class UseLost:
    """Tonnes that users do without at given prices, (row,) each; the parts add up to the whole."""

    thrift: FloatArray
    substitution: dict[str, FloatArray]
    """By end use."""
    stopped: FloatArray


def use_lost(network: Network, price: FloatArray) -> UseLost:
    """Decompose use lost by every use row at node prices ``price`` (node,); see the top of this file."""
    rows = network.use
    x = np.maximum(price[rows.node] / rows.price, LOW_MULTIPLE)
    kept = rows.quantity * x**-rows.elasticity
    names = dict.fromkeys(use.name for profile in network.profiles for use in profile)
    substitution = {name: np.zeros(len(x)) for name in names}
    left = np.ones(len(x))
    for index, profile in enumerate(network.profiles):
        here = rows.profile == index
        for use in profile:
            share = use.share * use.backstop_share
            if share > 0.0:
                gone = share * _ramp(x, use.multiple_low, use.multiple_high)
                substitution[use.name] = np.where(here, kept * gone, substitution[use.name])
                left = np.where(here, left - share, left)
    choke = rows.choke_multiple
    stopped = kept * np.maximum(left, 0.0) * _ramp(x, np.maximum(choke / 2.0, 1.0), choke)
    return UseLost(rows.quantity - kept, substitution, stopped)


def _ramp(x: FloatArray, low: float | FloatArray, high: float | FloatArray) -> FloatArray:
    return np.asarray(np.clip((x - low) / (np.asarray(high) - low), 0.0, 1.0))
