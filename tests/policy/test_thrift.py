"""Use lost falls apart into thrift, substitution and users who stop, without a remainder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.small import pair

from lodestock.policy.compile import to_market
from lodestock.policy.network import Network
from lodestock.policy.parts import EndUseShare
from lodestock.policy.thrift import use_lost

WIRE = EndUseShare("wire", 0.75, 0.4, 2.0, 3.0)
PAINT = EndUseShare("paint", 0.25, 0.8, 1.5, 6.0)


def network(choke: float) -> Network:
    base = pair()
    use = replace(base.use, elasticity=np.array([0.3]), choke_multiple=np.array([choke]))
    return replace(base, use=use, profiles=((WIRE, PAINT),))


@given(multiple=st.floats(0.01, 30.0), choke=st.floats(6.5, 25.0))
def test_parts_add_up_to_what_the_curve_has_lost(multiple: float, choke: float) -> None:
    given_network = network(choke)
    price = np.array([100.0, 100.0 * multiple])
    lost = use_lost(given_network, price)
    curves = to_market(given_network).curves
    used = curves.quantity(curves.own_price(price))[1:]
    parts = lost.thrift + sum(lost.substitution.values()) + lost.stopped
    np.testing.assert_allclose(parts, 100.0 - used, atol=1e-9)


def test_parts_by_hand() -> None:
    # at 4 times base wire has left (0.75 * 0.4), paint for 2.5 of 4.5 (0.25 * 0.8), and of the other half
    # users have stopped from half the choke on: (4 - 2.5) / 2.5
    kept = 100.0 * 4.0**-0.3
    lost = use_lost(network(5.0), np.array([100.0, 400.0]))
    assert lost.thrift[0] == pytest.approx(100.0 - kept)
    assert lost.substitution["wire"][0] == pytest.approx(kept * 0.3)
    assert lost.substitution["paint"][0] == pytest.approx(kept * 0.2 * 2.5 / 4.5)
    assert lost.stopped[0] == pytest.approx(kept * 0.5 * 1.5 / 2.5)
