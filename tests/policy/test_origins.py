"""Tracing what a country buys back to where it was made."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lodestock.policy.origins import trace_origins


def test_a_transit_country_passes_on_what_it_receives():
    # 0 makes 10 and ships 8 to 1; 1 makes 2 and ships 5 of its pool of 10 to 2.
    flow = np.array([[0.0, 8.0, 0.0], [0.0, 0.0, 5.0], [0.0, 0.0, 0.0]])
    origins = trace_origins(np.array([10.0, 2.0, 0.0]), flow)
    used = np.array([2.0, 5.0, 5.0])
    np.testing.assert_allclose(origins.share.T * used, [[2.0, 4.0, 4.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])


def test_what_stands_on_the_way_adds_up_and_a_closed_arc_stops_what_passes_it():
    flow = np.array([[0.0, 8.0, 0.0], [0.0, 0.0, 5.0], [0.0, 0.0, 0.0]])
    origins = trace_origins(np.array([10.0, 2.0, 0.0]), flow)
    cost = np.array([[0.0, 3.0, 0.0], [0.0, 0.0, 4.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(origins.along(cost)[:2], [[0.0, 3.0, 7.0], [0.0, 0.0, 4.0]])
    closed = np.ones((3, 3))
    closed[0, 1] = 0.0
    np.testing.assert_allclose(origins.passing(closed)[:2], [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])


@settings(max_examples=50, deadline=None)
@given(arrays(float, (4, 4), elements=st.floats(0.0, 10.0)), arrays(float, 4, elements=st.floats(0.1, 10.0)))
def test_every_tonne_made_is_used_once(flow, own):
    np.fill_diagonal(flow, 0.0)
    made = own + flow.sum(axis=1)
    used = made + flow.sum(axis=0) - flow.sum(axis=1)
    origins = trace_origins(made, flow)
    traced = origins.share.T * used
    np.testing.assert_allclose(traced.sum(axis=1), made, rtol=1e-9)
    np.testing.assert_allclose(traced.sum(axis=0), used, rtol=1e-9)
    np.testing.assert_allclose(origins.passing(np.ones((4, 4))) * traced, traced, atol=1e-9)
