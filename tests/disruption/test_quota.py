"""The shared tonnage quota: one shadow price."""

from __future__ import annotations

import numpy as np
import pytest

from lodestock.disruption.quota import shared_rent

A, B, K = np.array([100.0, 90.0, 300.0]), np.array([0.004, 0.004, 0.02]), np.array([20.0, 22.0, 168.0])
"""Demand abroad P = a - b x, home cost k; three products under one quota."""


def flows(rent: np.ndarray) -> np.ndarray:
    return np.maximum((A[:, None] - K[:, None] - rent[None, :]) / B[:, None], 0.0)


@pytest.mark.parametrize(("quota", "rent"), [(10_000, 61.0909), (30_000, 24.7273), (60_000, 0.0)])
def test_three_linear_products(quota: float, rent: float) -> None:
    # all three ship: sum (a - k - l)/b = 20000 + 17000 + 6600 - 550 l = Q, so l = (43600 - Q)/550
    found = shared_rent(lambda r: flows(r).sum(axis=0), quota, np.array([300.0]))
    assert found[0] == pytest.approx(rent, abs=5e-5)
    shipped = flows(found)[:, 0]
    assert shipped.sum() == pytest.approx(min(quota, 43_600), rel=1e-9)
    if quota == 10_000:
        assert shipped == pytest.approx([4727.27, 1727.27, 3545.45], abs=0.01)
        prices = A - B * shipped
        assert prices / K == pytest.approx([4.05, 3.78, 1.36], abs=0.01)
        assert prices - K == pytest.approx(np.full(3, rent), abs=1e-3)
