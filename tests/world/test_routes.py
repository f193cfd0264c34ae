import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.world.routes import route_costs

COUNTRIES = 4


def costs(seed: int, **changes: float):
    rng = np.random.default_rng(seed)
    flows = rng.uniform(1, 50, (COUNTRIES, COUNTRIES)) * (rng.random((COUNTRIES, COUNTRIES)) < 0.5)
    price = rng.uniform(90, 110, COUNTRIES)
    freight = rng.uniform(1, 8, (COUNTRIES, COUNTRIES))
    np.fill_diagonal(freight, 0.0)
    settings_ = {"stiffness": 0.2, "entry_share": 0.07, "new_route_share": 0.1} | changes
    route = route_costs(flows, price, freight, flows.sum(1), flows.sum(0), reference_price=100.0, **settings_)
    return flows, price, route


def off_diagonal(mask: np.ndarray) -> np.ndarray:
    return mask & ~np.eye(COUNTRIES, dtype=bool)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_base_margins_are_zero_where_used_and_negative_where_not(seed: int):
    flows, price, route = costs(seed)
    gap = price[None, :] - price[:, None]
    margin = gap - route.intercept - route.slope * flows
    assert margin[off_diagonal(flows > 0)] == pytest.approx(0.0, abs=1e-9)
    assert np.all(margin[off_diagonal(flows == 0)] < 0)
    # An unused route pays only when the gap beats entry and freight together.
    unused = off_diagonal(flows == 0)
    assert np.all(-margin[unused] >= (route.entry + route.freight)[unused] - 1e-12)


def test_doubling_a_flow_costs_the_stiffness_share_of_the_price():
    flows, _, route = costs(3, new_route_share=0.0)
    used = off_diagonal(flows > 0)
    assert (route.slope * flows)[used] == pytest.approx(0.2 * 100.0)


def test_slopes_are_positive_so_that_flows_are_unique():
    _, _, route = costs(5)
    assert np.all(route.slope[off_diagonal(np.ones((COUNTRIES, COUNTRIES), dtype=bool))] > 0)


def test_the_first_tonne_of_a_relationship_costs_less_than_its_freight():
    # Intercept = gap - s T, below the gap: the worth of the relationship.
    flows, price, route = costs(7)
    used = off_diagonal(flows > 0)
    gap = price[None, :] - price[:, None]
    assert np.all(route.intercept[used] < gap[used])
