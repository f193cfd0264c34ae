r"""The log-linear global simulation model (GSIM) of trade in goods told apart by origin.

.. math::
    \varepsilon_i \hat p_i = \sum_j \phi_{ij} \Big[ N_{ii,j} (\hat p_i + \hat t_{ij})
        + \sum_{k \ne i} N_{ik,j} (\hat p_k + \hat t_{kj}) \Big], \qquad
    N_{ik,j} = \theta_{kj} (\sigma - \eta_j), \quad N_{ii,j} = \theta_{ij} (\sigma - \eta_j) - \sigma

with shares :math:`\phi_{ij}` of origin i's sales that go to j, value shares :math:`\theta_{ij}` of i in what
j buys, supply elasticities :math:`\varepsilon_i`, demand elasticities :math:`\eta_j > 0` and log changes
:math:`\hat t` of one plus the tariff. Exact for small changes; the limit of `lodestock.market.armington`.

Source: Francois and Hall (2003), equations restated in this notation.
"""

from __future__ import annotations

import numpy as np

from lodestock.market.arrays import Float


def gsim_price_change(
    flow: Float, supply_elasticity: Float, demand_elasticity: Float, substitution: float, tariff_change: Float
) -> Float:
    """Return log changes of prices at origin, shape (O,).

    Parameters
    ----------
    flow : shape (O, D), base value of trade, domestic sales included.
    supply_elasticity : shape (O,).
    demand_elasticity : shape (D,), positive numbers.
    substitution : sigma.
    tariff_change : shape (O, D), log change of one plus the tariff.
    """
    sold = flow / flow.sum(axis=1, keepdims=True)
    bought = flow / flow.sum(axis=0, keepdims=True)
    spread = (substitution - demand_elasticity) * bought
    response = sold @ spread.T - substitution * np.eye(len(flow))
    forcing = sold @ (spread * tariff_change).sum(axis=0) - substitution * (sold * tariff_change).sum(axis=1)
    change: Float = np.linalg.solve(np.diag(supply_elasticity) - response, forcing)
    return change
