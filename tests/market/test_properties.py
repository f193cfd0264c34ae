"""Random small markets: whatever comes out carries a certificate that holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lodestock.market import certify, solve, welfare

STATUSES = {"slack", "enforced", "unenforceable", "capped"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    countries=st.integers(2, 6),
    friction=st.sampled_from([0.3, 0.1, 0.02, 0.003]),
    levies=st.booleans(),
    wedges=st.booleans(),
    linear=st.booleans(),
)
def test_certificate_holds(random_market, seed, countries, friction, levies, wedges, linear):
    market = random_market(
        seed, countries=countries, friction=friction, levies=levies, wedges=wedges, linear=linear
    )
    check(market, solve(market))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), countries=st.integers(2, 5), levies=st.booleans())
def test_certificate_holds_without_friction(random_market, seed, countries, levies):
    market = random_market(seed, countries=countries, friction=0.0, levies=levies)
    check(market, solve(market))


def check(market, solution):
    assert solution.status == "solved"
    assert solution.certificate.worst <= 1e-8
    again = certify(market, solution.price, solution.level, solution.levy)
    assert again.worst == pytest.approx(solution.certificate.worst, abs=1e-15)
    assert solution.certificate.money_identity < 1e-9
    assert welfare(market, solution).residual < 1e-9
    assert (solution.price >= 0.0).all()
    assert (solution.level >= 0.0).all()
    assert (solution.level <= market.capacity).all()
    assert (solution.disposal >= 0.0).all()
    assert not solution.disposal[solution.price > 1e-6].any()
    for at, status in enumerate(solution.certificate.levies):
        assert status.status in STATUSES
        assert status.reason
        gap = status.reference_price - status.floor
        if status.status == "slack":
            assert gap >= -1e-6
            assert solution.levy[at] == pytest.approx(0.0, abs=1e-6)
        elif status.status == "enforced":
            assert gap == pytest.approx(0.0, abs=1e-6)
        else:
            assert gap < 0.0
            assert (status.status == "capped") == (status.charged_quantity > 1e-5)
    if solution.multiple:
        other = solution.alternative
        assert other.is_solved
        assert np.abs(other.price - solution.price).max() > 1e-5
