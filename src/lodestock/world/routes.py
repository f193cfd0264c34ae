"""Cost of every route, calibrated so that the base flows are exactly what traders want to ship."""

from __future__ import annotations

import numpy as np

from lodestock.world.model import FloatArray, RouteCost


def route_costs(
    flows: FloatArray,
    price: FloatArray,
    freight: FloatArray,
    available: FloatArray,
    need: FloatArray,
    *,
    reference_price: float,
    stiffness: float,
    entry_share: float,
    new_route_share: float,
) -> RouteCost:
    r"""Positive mathematical programming on a flow table (Howitt 1995, doi:10.2307/1243543).

    Used routes, whose marginal cost at the base flow closes the price gap:

    .. math:: c_{ij}(x) = p_j - p_i + s_{ij} (x - T_{ij})

    Unused routes, whose margin is strictly negative at the base prices:

    .. math:: c_{ij}(x) = \max(0, p_j - p_i) + e + f_{ij} + s_{ij} x, \qquad e = \epsilon \bar p

    with :math:`s_{ij} = \varphi \bar p / \max(T_{ij}, \nu \min(out_i, need_j), x_{min})`: doubling a base
    flow costs the share :math:`\varphi` of the price more.

    Parameters
    ----------
    flows : T, t, shape (exporter, importer); the diagonal is no route.
    price : USD/t, (country,).
    freight : f, USD/t, (exporter, importer).
    available, need : t, (country,).
    reference_price : p-bar, USD/t.
    stiffness : phi, 1.
    entry_share : epsilon, cost of opening a route as a share of the price, 1.
    new_route_share : nu, size of a new route that costs phi of the price, share of min(out, need), 1.

    Returns
    -------
    RouteCost; the diagonal is zero throughout.
    """
    size = new_route_share * np.minimum(available[:, None], need[None, :])
    smallest = 1e-4 * max(float(need.sum()), 1e-12)
    slope = stiffness * reference_price / np.maximum(np.maximum(flows, size), smallest)
    gap = price[None, :] - price[:, None]
    used = flows > 0
    entry = np.where(used, 0.0, entry_share * reference_price)
    base_marginal = np.where(used, gap, np.maximum(0.0, gap) + entry + freight)
    intercept = np.where(used, gap - slope * flows, base_marginal)
    for array in (slope, entry, base_marginal, intercept):
        np.fill_diagonal(array, 0.0)
    return RouteCost(
        base_marginal=base_marginal, slope=slope, intercept=intercept, freight=freight, entry=entry
    )
