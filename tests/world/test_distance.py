import numpy as np
import pytest

from lodestock.world.distance import EARTH_RADIUS_KM, great_circle, with_pool


def test_a_quarter_of_the_equator_is_a_quarter_of_the_circumference():
    found = great_circle(np.array([0.0, 0.0, 90.0]), np.array([0.0, 90.0, 12.0]))
    quarter = np.pi * EARTH_RADIUS_KM / 2
    assert found[0, 1] == pytest.approx(quarter)
    assert found[0, 2] == pytest.approx(quarter)
    assert np.diag(found) == pytest.approx(np.zeros(3))


def test_antipodes_are_half_the_circumference_apart_and_the_antimeridian_is_no_wall():
    found = great_circle(np.array([10.0, -10.0, 10.0]), np.array([179.0, -1.0, -179.0]))
    assert found[0, 1] == pytest.approx(np.pi * EARTH_RADIUS_KM)
    assert found[0, 2] == pytest.approx(2 * np.pi / 180 * EARTH_RADIUS_KM * np.cos(np.radians(10)), rel=1e-3)


def test_the_pool_lies_at_the_median_distance():
    distance = np.zeros((4, 4))
    distance[:3, :3] = [[0, 100, 300], [100, 0, 500], [300, 500, 0]]
    found = with_pool(distance, 3)
    # The nine distances of the others: 0, 0, 0, 100, 100, 300, 300, 500, 500.
    assert found[3, :3].tolist() == [100.0, 100.0, 100.0]
    assert found[3, 3] == 0.0
    assert distance[3, 0] == 0.0
