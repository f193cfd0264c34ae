"""A closed corridor and a drive against leaks, against closed forms on the two-country network of small.py.

AAA supplies q = p_A, BBB uses d = 1e4 / p_B; 100 flow in the base year.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.policy.small import HERE, A, B, pair

from lodestock.policy.instruments import apply
from lodestock.policy.parts import LEAK, TRADE, of_kind
from lodestock.policy.solve import Equilibrium, solve_network
from lodestock.policy.terms import Closure, Enforcement, ExportBan, Instrument, Leak, Shock

EVENT = {**HERE, "name": "event"}


def solved(*terms: Instrument | Shock) -> Equilibrium:
    equilibrium = solve_network(apply(replace(pair(), leak_cost={"testium": 0.0}), terms))
    assert equilibrium.solution.status == "solved"
    return equilibrium


def flow(equilibrium: Equilibrium, kind: str) -> float:
    return float(equilibrium.level[of_kind(equilibrium.network.columns, kind)].sum())


def closure(share: float) -> Closure:
    pairs = tuple((a, b, share) for a in A for b in B)
    return Closure(**EVENT, exporters=A, importers=B, share=share, blocked=pairs)


def test_what_is_held_up_does_not_arrive() -> None:
    # 70 of 100 arrive: p_A = 70, p_B = 1e4 / 70
    found = solved(closure(0.3))
    assert flow(found, TRADE) == pytest.approx(70.0, rel=1e-7)
    assert sorted(found.price) == pytest.approx([70.0, 1e4 / 70.0], rel=1e-6)


def test_nothing_held_up_changes_nothing() -> None:
    assert flow(solved(closure(0.0)), TRADE) == pytest.approx(100.0, rel=1e-7)


def test_a_drive_stops_its_share_of_the_leak_in_whatever_order() -> None:
    ban = ExportBan(**HERE, exporters=A, importers=B, leak=Leak(share=0.4, low=0.4, high=0.4))
    drive = Enforcement(**EVENT, exporters=A, share=0.75)
    assert flow(solved(ban), LEAK) == pytest.approx(40.0, rel=1e-6)
    for terms in ((ban, drive), (drive, ban)):
        assert flow(solved(*terms), LEAK) == pytest.approx(10.0, rel=1e-6)
    elsewhere = Enforcement(**EVENT, exporters=B, share=0.75)
    assert flow(solved(ban, elsewhere), LEAK) == pytest.approx(40.0, rel=1e-6)
