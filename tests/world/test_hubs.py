import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.world.hubs import LARGEST_PASS_THROUGH, attribute


def test_a_pure_hub_disappears_and_its_origin_sells_to_its_customers():
    # Mine M ships 100 to hub H; H ships 98 on: 60 to A, 38 to B. H keeps 2.
    trade = np.zeros((4, 4))
    trade[0, 1], trade[1, 2], trade[1, 3] = 100.0, 60.0, 38.0
    found = attribute(trade, output=np.array([500.0, 0.0, 0.0, 0.0]))
    assert found.flows[0] == pytest.approx([0.0, 2.0, 60.0, 38.0])
    assert found.flows[1:] == pytest.approx(np.zeros((3, 4)))


def test_a_chain_of_two_hubs_is_followed_to_its_end():
    # 0 -> 1 -> 2 -> 3, each hub passing on 98 of 100 hundredths of what arrives.
    trade = np.zeros((4, 4))
    trade[0, 1], trade[1, 2], trade[2, 3] = 100.0, 98.0, 96.04
    found = attribute(trade, output=np.array([100.0, 0.0, 0.0, 0.0]))
    assert found.flows[0] == pytest.approx([0.0, 2.0, 1.96, 96.04])


def test_own_output_is_exported_before_anything_is_called_a_re_export():
    # Country 1 makes 50, imports 30, exports 60: 10 are re-exports of country 0.
    trade = np.zeros((3, 3))
    trade[0, 1], trade[1, 2] = 30.0, 60.0
    found = attribute(trade, output=np.array([40.0, 50.0, 0.0]))
    assert found.flows[1, 2] == pytest.approx(50.0)
    assert found.flows[0, 2] == pytest.approx(10.0)
    assert found.flows[0, 1] == pytest.approx(20.0)


def test_exports_beyond_output_and_imports_are_dropped_and_reported():
    trade = np.zeros((2, 2))
    trade[0, 1] = 80.0
    found = attribute(trade, output=np.array([50.0, 0.0]))
    assert found.flows[0, 1] == pytest.approx(50.0)
    assert found.unexplained == pytest.approx([30.0, 0.0])


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_tonne_is_lost_or_doubled(seed: int):
    rng = np.random.default_rng(seed)
    trade = rng.uniform(0, 10, (6, 6)) * (rng.random((6, 6)) < 0.6)
    np.fill_diagonal(trade, 0.0)
    output = rng.uniform(0, 25, 6) * (rng.random(6) < 0.5)
    found = attribute(trade, output)
    exports = trade.sum(1)
    own = np.minimum(exports, output)
    assert found.flows.sum(1) == pytest.approx(own, abs=1e-9)
    assert found.flows.min() >= 0
    assert found.passed_on.max() <= LARGEST_PASS_THROUGH + 1e-12
