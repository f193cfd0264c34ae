"""Risk measures by hand, their limits, and the axioms every one of them keeps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodestock.errors import ValueOutOfRangeError
from lodestock.sddp import AVaR, EAVaR, Expectation, ModifiedChiSquared, RiskMeasure, WorstCase

P = np.array([0.1, 0.2, 0.3, 0.4])
Z = np.array([10.0, 1.0, 5.0, 2.0])


def value(risk: RiskMeasure, p: np.ndarray = P, z: np.ndarray = Z) -> float:
    return float(risk.adjust(p, z) @ z)


def test_average_value_at_risk_by_hand():
    # worst 0.2: all 0.1 of the 10 and 0.1 of the 5: (0.1 * 10 + 0.1 * 5) / 0.2 = 7.5
    np.testing.assert_allclose(AVaR(0.2).adjust(P, Z), [0.5, 0.0, 0.5, 0.0], atol=1e-15)
    assert value(AVaR(0.2)) == pytest.approx(7.5)


def test_weight_lies_on_the_expectation():
    # E = 1 + 0.2 + 1.5 + 0.8 = 3.5; 0.3 * 3.5 + 0.7 * 7.5 = 6.3
    assert value(EAVaR(0.3, 0.2)) == pytest.approx(6.3)


@pytest.mark.parametrize(
    ("measure", "limit"),
    [
        (AVaR(1.0), Expectation()),
        (AVaR(0.0), WorstCase()),
        (EAVaR(1.0, 0.2), Expectation()),
        (EAVaR(0.0, 0.2), AVaR(0.2)),
        (EAVaR(0.0, 0.0), WorstCase()),
        (ModifiedChiSquared(0.0), Expectation()),
        (ModifiedChiSquared(10.0), WorstCase()),
    ],
    ids=repr,
)
def test_limits(measure, limit):
    np.testing.assert_allclose(measure.adjust(P, Z), limit.adjust(P, Z), atol=1e-12)


def test_worst_case_ignores_what_cannot_happen():
    assert value(WorstCase(), np.array([0.0, 0.5, 0.5]), np.array([9.0, 1.0, 2.0])) == 2.0
    assert value(AVaR(0.0), np.array([0.0, 0.5, 0.5]), np.array([9.0, 1.0, 2.0])) == 2.0
    chi = ModifiedChiSquared(0.3).adjust(np.array([0.0, 0.5, 0.5]), np.array([9.0, 1.0, 2.0]))
    assert chi[0] == 0.0


def test_modified_chi_squared_by_hand():
    # uniform, z = (0, 1), radius r = 0.2: q = (0.5 - r/sqrt 2, 0.5 + r/sqrt 2)
    q = ModifiedChiSquared(0.2).adjust(np.array([0.5, 0.5]), np.array([0.0, 1.0]))
    np.testing.assert_allclose(q, [0.5 - 0.2 / 2**0.5, 0.5 + 0.2 / 2**0.5], atol=1e-9)


def test_modified_chi_squared_of_many_equal_outcomes():
    # while no q reaches zero: worst mean = mean + r * ||z - mean||
    z = np.linspace(-1.0, 1.0, 9)
    p = np.full(9, 1 / 9)
    assert value(ModifiedChiSquared(0.05), p, z) == pytest.approx(0.05 * np.linalg.norm(z), rel=1e-9)


MEASURES = st.one_of(
    st.builds(AVaR, st.floats(0, 1)),
    st.builds(EAVaR, st.floats(0, 1), st.floats(0, 1)),
    st.builds(ModifiedChiSquared, st.floats(0, 1)),
    st.just(WorstCase()),
    st.just(Expectation()),
)
COSTS = st.lists(st.tuples(st.floats(-1e3, 1e3), st.integers(1, 20)), min_size=1, max_size=8)


@given(MEASURES, COSTS, st.floats(-50, 50), st.floats(0, 5))
def test_coherence(measure, pairs, shift, factor):
    z = np.array([cost for cost, _ in pairs])
    p = np.array([weight for _, weight in pairs], dtype=float)
    p /= p.sum()
    q = measure.adjust(p, z)
    assert (q >= 0.0).all()
    assert q.sum() == pytest.approx(1.0)
    size = 1e-6 * (1.0 + np.abs(z).max())
    assert value(measure, p, z) >= p @ z - size
    assert value(measure, p, z) <= z.max() + size
    assert value(measure, p, z + shift) == pytest.approx(value(measure, p, z) + shift, abs=size)
    assert value(measure, p, factor * z) == pytest.approx(factor * value(measure, p, z), abs=6 * size)
    # q is the maximiser: no other member of the set does better on z
    other = measure.adjust(p, np.roll(z, 1))
    assert other @ z <= q @ z + size


@pytest.mark.parametrize(
    "make", [lambda: AVaR(-0.1), lambda: EAVaR(1.2, 0.5), lambda: ModifiedChiSquared(-1.0)]
)
def test_settings_outside_their_range_are_named(make):
    with pytest.raises(ValueOutOfRangeError, match="risk measure"):
        make()
