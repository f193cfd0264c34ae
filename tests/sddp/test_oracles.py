"""Published values (SDDP.jl's test suite, commit ff6f7d2, MPL-2.0) and one of the GAMS model library."""

import itertools

import numpy as np
import pytest
from tests.sddp.problems import assets, hydrothermal, multistock, production, stock, valley

from lodestock.sddp import solve_finite, train


@pytest.mark.parametrize("cuts", ["single", "multi"])
@pytest.mark.parametrize(
    ("model", "iterations", "value", "tolerance"),
    [
        (production, 30, -23.96, 1e-2),
        (stock, 60, -1.471, 1e-3),
        (assets, 60, 1.514, 1e-4),
        (hydrothermal, 150, 119.167, 0.1),
        (lambda: valley(False), 20, 835.0, 1e-3),
        (lambda: valley(True), 60, 855.0, 1.0),
    ],
    ids=["production", "stock", "assets", "hydrothermal", "valley", "valley-markov"],
)
def test_published_bound(model, iterations, value, tolerance, cuts):
    policy = train(model(), iterations=iterations, cuts=cuts)
    assert policy.bound == pytest.approx(value, abs=tolerance)


def test_published_bound_of_multistock():
    assert train(multistock(), iterations=100).bound == pytest.approx(-4.349, abs=1e-2)


def teisberg():
    # petroleum stock of 0, 3, .., 21; market normal (0) or disrupted (1), which loses 11 of supply
    g, e, q, d, k, pn, h, b = 0.25, 0.1, 110.0, -130.0, 342.0, 34.526, 0.32, 0.95
    levels, lost = np.arange(0.0, 22.0, 3.0), (0.0, 11.0)
    P = np.array([[0.8, 0.2], [0.5, 0.5]])
    cost, transition = np.full((16, 8), np.inf), np.zeros((16, 8, 16))
    for (at, s), i, (to, after) in itertools.product(enumerate(levels), (0, 1), enumerate(levels)):
        if i == 1 and after > s:
            continue  # no filling when disrupted
        price = (k / (q - lost[i] - d - (after - s))) ** (1 / e)
        burden = d * (price - pn) + k * (price ** (1 - e) - pn ** (1 - e)) / (1 - e)
        cost[2 * at + i, to] = g * burden + price * (after - s) + h * after
        transition[2 * at + i, to, 2 * to : 2 * to + 2] = P[i]
    return cost, transition, b, levels


def test_three_level_petroleum_reserve():
    cost, transition, discount, levels = teisberg()
    solution = solve_finite(cost, transition, discount)
    assert 0.0625 * solution.value.sum() == pytest.approx(2401.5772541, abs=1e-6)
    normal = [2849.751, 2606.796, 2401.906, 2198.033, 1994.373, 1798.430, 1608.659, 1424.108]
    disrupted = [3602.277, 3287.715, 3023.853, 2762.400, 2540.703, 2320.633, 2103.341, 1902.257]
    np.testing.assert_allclose(solution.value[0::2], normal, atol=6e-4)
    np.testing.assert_allclose(solution.value[1::2], disrupted, atol=6e-4)
    np.testing.assert_array_equal(levels[solution.action[0::2]], [3, 3, 6, 6, 9, 12, 15, 18])
    np.testing.assert_array_equal(levels[solution.action[1::2]], [0, 0, 3, 3, 6, 9, 9, 12])
