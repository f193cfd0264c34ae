"""Distances between countries on the sphere."""

from __future__ import annotations

import numpy as np

from lodestock.world.model import FloatArray

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG), km."""


def great_circle(latitude: FloatArray, longitude: FloatArray) -> FloatArray:
    r"""Great-circle distance between every pair of points.

    .. math:: d_{ij} = 2 R \arcsin \sqrt{\sin^2\tfrac{\phi_i-\phi_j}{2}
              + \cos\phi_i \cos\phi_j \sin^2\tfrac{\lambda_i-\lambda_j}{2}}        (haversine)

    Parameters
    ----------
    latitude, longitude : degrees, shape (country,).

    Returns
    -------
    km, shape (country, country), symmetric, zero diagonal.
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    half_phi = np.sin((phi[:, None] - phi[None, :]) / 2) ** 2
    half_lam = np.sin((lam[:, None] - lam[None, :]) / 2) ** 2
    inner = half_phi + np.cos(phi)[:, None] * np.cos(phi)[None, :] * half_lam
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(inner, 0.0, 1.0))))


def with_pool(distance: FloatArray, pool: int) -> FloatArray:
    """Give the pseudo-country at position ``pool``, which lies nowhere, its median distance to all others.

    Parameters
    ----------
    distance : km, shape (country, country).
    pool : position of the pseudo-country.

    Returns
    -------
    km, shape (country, country): row and column ``pool`` hold the median distance of two other countries.
    """
    out = distance.copy()
    others = np.delete(np.arange(len(distance)), pool)
    middle = float(np.median(distance[np.ix_(others, others)])) if len(others) > 1 else 0.0
    out[pool, :] = middle
    out[:, pool] = middle
    out[pool, pool] = 0.0
    return out
