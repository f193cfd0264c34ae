"""A market without an equilibrium says what is missing, where, and what would serve it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.errors import InfeasibleError
from lodestock.market import (
    UnservedError,
    assemble,
    columns,
    concatenate_activities,
    concatenate_curves,
    constant_elasticity_use,
    elastic_phase,
    fixed_supply,
    fixed_use,
    linear_supply,
    linear_use,
    process,
    solve,
    source,
    trade,
)

PAIR = ("seller", "buyer")


def pair(curves, capacity=np.inf, injection=None):
    return assemble(PAIR, trade(["arc"], 0, 1, 1.0, 0.1, capacity), curves, injection=injection)


def test_a_market_that_can_be_served_needs_no_relaxation():
    curves = concatenate_curves([linear_supply(["mine"], 0, 1.0, 1.0), fixed_use(["need"], 1, 5.0)])
    found = elastic_phase(pair(curves))
    assert not found.is_needed
    assert found.reliefs == found.unreachable == ()


def test_a_narrow_route_is_named_with_what_it_lacks():
    # 5 needed, 2 can pass: the buyer lacks 3, and the arc would need 3 more
    curves = concatenate_curves([linear_supply(["mine"], 0, 1.0, 1.0), fixed_use(["need"], 1, 5.0)])
    with pytest.raises(UnservedError) as caught:
        solve(pair(curves, 2.0))
    (short,), (relief,) = caught.value.relaxation.shortages, caught.value.relaxation.reliefs
    assert (short.node, short.quantity, short.curves) == ("buyer", pytest.approx(3.0), ("need",))
    assert (relief.kind, relief.name) == ("activity", "arc")
    assert (relief.capacity, relief.raise_by) == pytest.approx((2.0, 3.0))
    said = str(caught.value)
    assert "short at any price: buyer 3 t" in said
    assert "raising the capacity of activity 'arc' from 2 by 3 t would serve it" in said
    assert "give 'need' a price at which users leave" in said


def test_a_small_supply_is_named_too():
    # the mine ends at 3: curve and, if its room is narrow too, arc
    curves = concatenate_curves([linear_supply(["mine"], 0, 1.0, 1.0, 3.0), fixed_use(["need"], 1, 5.0)])
    found = elastic_phase(pair(curves, 4.0))
    assert found.shortages[0].quantity == pytest.approx(2.0)
    assert {(one.kind, one.name, round(one.raise_by, 9)) for one in found.reliefs} == {
        ("curve", "mine", 2.0),
        ("activity", "arc", 1.0),
    }


def test_losses_on_the_way_count():
    # 4 metal at a yield of 0.5 takes 8 ore; the mine gives 6, so that 1 metal is missing and 2 ore
    curves = concatenate_curves([fixed_supply(["mine"], 0, 6.0), fixed_use(["need"], 1, 4.0)])
    market = assemble(("ore", "metal"), process(["smelter"], 0, 1, 1.0, 0.1, yield_=0.5), curves)
    found = elastic_phase(market)
    assert found.shortages[0].quantity == pytest.approx(1.0)
    assert found.reliefs[0].raise_by == pytest.approx(2.0)


def test_demand_that_nothing_reaches_is_called_unreachable():
    curves = concatenate_curves([linear_supply(["mine"], 0, 1.0, 1.0), fixed_use(["need"], 1, 5.0)])
    market = assemble(("seller", "island"), columns([], [], 0.0, 0.0), curves)
    with pytest.raises(InfeasibleError, match="no supply reaches it") as caught:
        solve(market)
    assert "island 5 t" in str(caught.value)
    assert "raising" not in str(caught.value)


def test_a_withdrawal_counts_as_need_and_a_ban_can_be_lifted():
    found = elastic_phase(pair(linear_supply(["mine"], 0, 1.0, 1.0), 0.0, [0.0, -4.0]))
    assert found.shortages[0].quantity == pytest.approx(4.0)
    assert found.reliefs[0].capacity == 0.0
    assert found.reliefs[0].raise_by == pytest.approx(4.0)


def test_the_cheaper_of_two_reliefs_is_taken():
    # a direct arc with room for 1 more, or two arcs in a row: one capacity is raised, not two
    curves = concatenate_curves([linear_supply(["mine"], 0, 1.0, 1.0), fixed_use(["need"], 2, 3.0)])
    arcs = trade(["direct", "first", "second"], [0, 0, 1], [2, 1, 2], 1.0, 0.1, [2.0, 0.0, 0.0])
    found = elastic_phase(assemble(("a", "b", "c"), arcs, curves))
    assert [(one.name, one.raise_by) for one in found.reliefs] == [("direct", pytest.approx(1.0))]


def test_many_nodes_are_summed_up():
    names = [f"n{k}" for k in range(12)]
    curves = fixed_use([f"need {k}" for k in range(12)], np.arange(12), 1.0)
    with pytest.raises(UnservedError, match="and 4 more"):
        solve(assemble(names, columns([], [], 0.0, 0.0), curves))


@settings(max_examples=30, deadline=None)
@given(
    room=st.lists(st.floats(0.0, 3.0), min_size=3, max_size=3),
    need=st.lists(st.floats(0.1, 3.0), min_size=3, max_size=3),
)
def test_the_relaxation_it_names_can_be_served(room, need):
    # one mine, three arcs in a row with users at each stop
    curves = concatenate_curves(
        [linear_supply(["mine"], 0, 1.0, 1.0), fixed_use(["a", "b", "c"], [1, 2, 3], need)]
    )
    arcs = trade(["one", "two", "three"], [0, 1, 2], [1, 2, 3], 1.0, 0.1, room)
    market = assemble(("mine", "first", "second", "third"), arcs, curves)
    found = elastic_phase(market)
    # by hand: what passes is cut from the far end inwards
    demand = np.cumsum(need[::-1])[::-1]
    lacking = demand - np.array(room)
    served = 0.0
    if (lacking <= 1e-9).all():
        assert not found.is_needed
        return
    raised = np.array(room)
    for relief in found.reliefs:
        raised[["one", "two", "three"].index(relief.name)] += relief.raise_by
    assert raised == pytest.approx(np.maximum(room, demand), abs=1e-4)
    served = sum(need) - sum(short.quantity for short in found.shortages)
    # maximum flow along a line: users near the mine do not use the far arcs
    best = max_served(room, need)
    assert served == pytest.approx(best, abs=1e-4)


def max_served(room, need):
    """Serve the near users first: they take the least room."""
    flow, total = np.inf, 0.0
    left = list(room)
    for stop in range(3):
        flow = min(left[: stop + 1])
        got = min(need[stop], flow)
        total += got
        left = [value - got if at <= stop else value for at, value in enumerate(left)]
    return total


def test_users_who_never_leave_are_found_by_their_price():
    # every quantity could be delivered (nothing is), but the price has no end
    market = pair(constant_elasticity_use(["need"], 1, 5.0, 10.0, 0.3))
    assert not elastic_phase(market).is_needed
    with pytest.raises(InfeasibleError, match="buyer") as caught:
        solve(market)
    assert "finite choke price" in str(caught.value)


def test_a_loop_that_earns_is_named():
    arcs = trade(["there", "back", "aside"], [0, 1, 0], [1, 0, 1], [1.0, -2.0, 3.0], 0.0)
    curves = concatenate_curves([linear_supply(["s"], 0, 1.0, 1.0), linear_use(["d"], 1, 10.0, 1.0)])
    solution = solve(assemble(PAIR, arcs, curves))
    assert solution.status == "not_solved"
    assert solution.steps[-1].rung == "elastic"
    assert "'there', 'back'" in solution.steps[-1].note
    assert "aside" not in solution.steps[-1].note


def test_a_subsidised_source_without_limit_is_named():
    activities = concatenate_activities([source(["gift"], 0, -1.0, 0.0), trade(["arc"], 0, 1, 1.0, 0.1)])
    solution = solve(assemble(PAIR, activities, linear_use(["d"], 1, 10.0, 1.0)))
    assert solution.status == "not_solved"
    assert "'gift'" in solution.steps[-1].note
