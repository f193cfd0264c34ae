"""Base prices of every node, and the freight between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lodestock.world.model import FloatArray

ANCHOR_WEIGHT = 0.05
"""Pull of the reference price on a node, against the pull of all its trade together."""
HIGHEST_FREIGHT_SHARE = 0.25
"""Freight between two countries is cut at this share of the reference price."""


@dataclass(frozen=True)
class FreightRate:
    """What it costs to move one tonne of goods, before contained metal."""

    fixed: float
    """Loading, port and inland haul, USD per t of goods."""
    per_1000_km: float
    """USD per t of goods and 1000 km."""
    grade: float
    """Contained share of what is shipped, 1."""
    insurance_share: float
    """Insurance, finance and handling, share of the price."""


def freight(distance: FloatArray, rate: FreightRate, reference_price: float) -> FloatArray:
    r"""Freight and insurance per tonne contained.

    .. math:: f_{ij} = \min\left( \frac{k_0 + k_1 d_{ij} / 1000}{g} + \iota \bar p, \; 0.25\, \bar p \right)

    Parameters
    ----------
    distance : km, shape (country, country).
    rate : k0, k1, grade g, insurance share iota.
    reference_price : p-bar, USD/t contained.

    Returns
    -------
    USD per t contained, shape (country, country); zero on the diagonal.
    """
    cost = (rate.fixed + rate.per_1000_km * distance / 1000) / rate.grade
    cost = np.minimum(cost + rate.insurance_share * reference_price, HIGHEST_FREIGHT_SHARE * reference_price)
    np.fill_diagonal(cost, 0.0)
    return np.asarray(cost)


def node_prices(
    flows: FloatArray,
    freight_cost: FloatArray,
    reference_price: float,
    band: float,
    home_ratio: Mapping[int, float],
) -> FloatArray:
    r"""Price of every node by weighted least squares around the reference price.

    .. math:: \min_p \sum_{i \ne j} w_{ij} (p_j - p_i - f_{ij})^2 + \lambda \sum_i m_i (p_i - \bar p)^2,
              \qquad w_{ij} = T_{ij} / \textstyle\sum T, \quad m_i = \sum_j (w_{ij} + w_{ji}) + 1/n

    so that exporters sit below importers by about the freight between them; afterwards the prices are shifted
    so that their trade-weighted mean at the importers equals the reference price, and kept within the band.
    A country with a known gap between its home price and the reference (an export licence already in force)
    takes that ratio and leaves the fit.

    Parameters
    ----------
    flows : T, t, shape (exporter, importer).
    freight_cost : f, USD/t, same shape.
    reference_price : p-bar, USD/t.
    band : widest distance from the reference price, share of it.
    home_ratio : position of a country -> home price over reference price.

    Returns
    -------
    USD/t, shape (country,), positive.
    """
    n = len(flows)
    w = flows.copy()
    np.fill_diagonal(w, 0.0)
    for position in home_ratio:
        w[position, :] = 0.0
        w[:, position] = 0.0
    total = w.sum()
    prices = np.full(n, reference_price)
    if total > 0:
        w = w / total
        m = w.sum(0) + w.sum(1) + 1.0 / n
        laplacian = np.diag(w.sum(0) + w.sum(1) + ANCHOR_WEIGHT * m) - w - w.T
        pull = (w * freight_cost).sum(0) - (w * freight_cost).sum(1)
        prices = np.linalg.solve(laplacian, pull + ANCHOR_WEIGHT * m * reference_price)
        prices = prices + reference_price - float((w.sum(0) * prices).sum())
    prices = np.clip(prices, (1 - band) * reference_price, (1 + band) * reference_price)
    for position, ratio in home_ratio.items():
        prices[position] = ratio * reference_price
    return np.asarray(prices)


def with_positive_margin(
    mine_price: FloatArray, refined_price: FloatArray, yield_: FloatArray, smallest_share: float
) -> FloatArray:
    """Lower mine-stage prices where a refiner would lose money in the base year.

    Keeps p_refined - p_mine / y >= ``smallest_share`` x p_refined in every country; prices in USD/t,
    (country,).
    """
    return np.minimum(mine_price, (1 - smallest_share) * refined_price * yield_)
