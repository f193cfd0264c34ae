"""Batches: every scenario as if it were solved alone, with a residual and a word on how."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.market import (
    Changes,
    Processes,
    Threads,
    analyse,
    assemble,
    certify,
    columns,
    concatenate_curves,
    dense_edits,
    edits,
    fixed_use,
    linear_supply,
    linear_use,
    solve,
    solve_many,
)
from lodestock.market.batch import LADDER

TIGHT = 1e-9
quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def drawn(market, count: int, seed: int) -> Changes:
    """Return outages, bans, use, costs, wedges and floors, all at random."""
    rng = np.random.default_rng(seed)
    arcs = np.flatnonzero(np.array([name.startswith("arc") for name in market.activity_names]))
    banned = rng.choice(arcs, count)
    levies = market.levies
    return Changes(
        count,
        cost=dense_edits(market.cost * rng.uniform(0.9, 1.1, (count, market.activities))),
        capacity=edits(np.arange(count), banned, 0.0),
        injection=edits(np.arange(count), rng.integers(market.nodes, size=count), 0.05),
        curve_scale=dense_edits(rng.uniform(0.7, 1.2, (count, len(market.curves)))),
        price_shift=edits(np.arange(count), rng.integers(len(market.curves), size=count), -0.1),
        floor=dense_edits(levies.floor * rng.uniform(0.9, 1.1, (count, len(levies)))),
    )


@quick
@given(
    seed=st.integers(0, 10**6),
    countries=st.integers(2, 5),
    friction=st.sampled_from([0.3, 0.1, 0.03]),
    levies=st.booleans(),
)
def test_equal_to_solving_one_by_one(
    random_market, assert_same_equilibrium, seed, countries, friction, levies
):
    market = random_market(seed, countries=countries, friction=friction, levies=levies)
    changes = drawn(market, 6, seed)
    batch = solve_many(market, changes, levels=True, tolerance=TIGHT)
    assert batch.solved.all()
    assert set(batch.reasons) == set(np.flatnonzero(batch.fallback))
    for i in range(len(batch)):
        one = changes.apply(market, i)
        alone = solve(one, tolerance=TIGHT)
        again = certify(one, batch.price[i], batch.level[i], batch.levy[i])
        assert again.worst <= TIGHT
        # the compiled residual and the certificate measure the same thing in different units
        assert again.worst == pytest.approx(batch.residual[i], abs=1e-12)
        found = batch.solution(i)
        assert found.certificate.worst <= TIGHT
        if not alone.multiple:
            assert_same_equilibrium(one, found, alone)


@quick
@given(seed=st.integers(0, 10**6))
def test_order_and_company_change_nothing(random_market, seed):
    market = random_market(seed % 50, countries=3)
    changes = drawn(market, 9, seed)
    batch = solve_many(market, changes, threads=1)
    order = np.random.default_rng(seed).permutation(9)
    shuffled = solve_many(market, changes.take(order), threads=2)
    alone = solve_many(market, changes.take([4]))
    assert (shuffled.price == batch.price[order]).all()
    assert (shuffled.levy == batch.levy[order]).all()
    assert (shuffled.residual == batch.residual[order]).all()
    assert (alone.price[0] == batch.price[4]).all()


def test_scenario_without_edits_is_the_base(random_market):
    market = random_market(3)
    batch = solve_many(market, Changes(2))
    base = solve(market)
    assert batch.price == pytest.approx(np.stack([base.price, base.price]), rel=1e-8)
    assert len(solve_many(market, Changes(0))) == 0


def test_several_components(random_market):
    """Edits reach their own component; two copies of a market side by side answer apart."""
    one = random_market(5, countries=3, levies=False)
    joined = replace(
        one,
        node_names=[*one.node_names, *(f"other {name}" for name in one.node_names)],
        activity_names=[*one.activity_names, *(f"other {name}" for name in one.activity_names)],
        entry_pointer=np.concatenate([one.entry_pointer, one.entry_pointer[1:] + len(one.entry_node)]),
        entry_node=np.concatenate([one.entry_node, one.entry_node + one.nodes]),
        entry_quantity=np.tile(one.entry_quantity, 2),
        entry_money=np.tile(one.entry_money, 2),
        cost=np.tile(one.cost, 2),
        slope=np.tile(one.slope, 2),
        capacity=np.tile(one.capacity, 2),
        curves=concatenate_curves(
            [
                one.curves,
                replace(
                    one.curves,
                    names=[f"other {name}" for name in one.curves.names],
                    node=one.curves.node + one.nodes,
                ),
            ]
        ),
        injection=np.tile(one.injection, 2),
        price_scale=np.tile(one.price_scale, 2),
        quantity_scale=np.tile(one.quantity_scale, 2),
    )
    J = len(one.curves)
    batch = solve_many(joined, Changes(1, curve_scale=edits(0, np.arange(J, 2 * J), 0.8)))
    alone = solve_many(one, Changes(2, curve_scale=edits(1, np.arange(J), 0.8)))
    assert batch.price[0] == pytest.approx(np.concatenate(alone.price), rel=1e-8)


def market_with_fixed_use():
    """Supply 1 at most, a user who insists on 0.5 and one who leaves."""
    curves = concatenate_curves(
        [
            linear_supply(["mine"], 0, 1.0, 1.0, 1.0),
            fixed_use(["defence"], 0, 0.5),
            linear_use(["others"], 0, 3.0, 1.0),
        ]
    )
    return assemble(("home",), columns([], [], 0.0, 0.0), curves, price_scale=1.5, quantity_scale=1.0)


def test_failing_scenario_is_flagged_and_the_others_answer():
    market = market_with_fixed_use()
    # supply scaled to 0.4: half a tonne cannot be served at any price
    batch = solve_many(market, Changes(3, curve_scale=edits(1, 0, 0.4)), levels=True)
    assert batch.solved.tolist() == [True, False, True]
    assert batch.fallback.tolist() == [False, True, False]
    assert "home" in batch.reasons[1]
    assert np.isinf(batch.residual[1])
    # the mine gives all of its tonne: 1 = 0.5 + 3 - p
    assert batch.price[0] == pytest.approx([2.5])


def test_what_newton_cannot_do_the_ladder_does(two_refiners):
    """A floor beyond the fold of the two refiners: the batch says so and returns what solve returns."""
    market = two_refiners(36.0, slope=1e-4)
    floors = np.array([[36.0], [40.0], [43.0]])
    batch = solve_many(market, Changes(3, floor=dense_edits(floors)))
    for i, floor in enumerate(floors[:, 0]):
        alone = solve(two_refiners(float(floor), slope=1e-4), audit=False)
        assert batch.price[i] == pytest.approx(alone.price, rel=1e-6)
        assert batch.solved[i]
    assert all(batch.rung[i] == LADDER for i in batch.reasons)


def test_idle_nodes_show_the_price_nearest_their_scale():
    """Nobody supplies and nobody uses: the price that solve shows, whatever the base's price was."""
    curves = concatenate_curves([linear_supply(["mine"], 0, 1.0, 1.0), linear_use(["use"], 0, 3.0, 1.0)])
    market = assemble(("home",), columns([], [], 0.0, 0.0), curves, price_scale=1.2, quantity_scale=1.0)
    changes = Changes(1, curve_scale=edits(0, [0, 1], 0.0))
    assert solve_many(market, changes).price[0] == pytest.approx([1.2])
    assert solve(changes.apply(market, 0)).price == pytest.approx([1.2])


@pytest.mark.parametrize("executor", [Threads(2), Processes(2)])
def test_executors_agree(random_market, executor):
    market = random_market(2, countries=3)
    changes = drawn(market, 40, 0)
    here = solve_many(market, changes, threads=1)
    there = solve_many(market, changes, executor=executor)
    assert (there.price == here.price).all()
    assert (there.levy == here.levy).all()
    assert (there.rung == here.rung).all()


def test_levels_are_kept_only_when_asked_for(random_market):
    batch = solve_many(random_market(0), Changes(1))
    assert len(batch.level) == 0
    with pytest.raises(ConflictError, match="levels"):
        batch.solution(0)


def test_topology_needs_a_plan(random_market):
    market = random_market(0)
    with pytest.raises(ConflictError, match="plan"):
        solve_many(market, Changes(1), topology=analyse(market))


def test_topology_of_another_market_is_refused(random_market):
    other = analyse(random_market(1), compiled=True)
    with pytest.raises(ConflictError, match="other columns"):
        solve_many(random_market(0), Changes(1), topology=other)


def test_arrays_that_may_not_be_written_to(random_market):
    """As a cluster hands them out."""
    market = random_market(2, countries=3)
    topology = analyse(market, compiled=True)
    plan = topology.components[0].plan
    frozen = type(plan)(*(part.copy() for part in plan))
    for part in frozen:
        part.flags.writeable = False
    component = replace(topology.components[0], plan=frozen)
    there = solve_many(market, Changes(1), topology=replace(topology, components=(component,)))
    assert (there.price == solve_many(market, Changes(1)).price).all()


@pytest.mark.parametrize(
    ("field", "index", "value", "message"),
    [
        ("capacity", 0, -1.0, "capacity is -1"),
        ("cost", 0, np.nan, "cost is nan"),
        ("curve_scale", 0, np.inf, "curve_scale is inf"),
        ("cap", 0, np.inf, "cap is inf"),
        ("floor", 0, np.nan, "floor is nan"),
    ],
)
def test_bad_values_name_scenario_and_element(random_market, field, index, value, message):
    market = random_market(0)
    with pytest.raises(ValueOutOfRangeError, match=message) as error:
        solve_many(market, Changes(2, **{field: edits(1, index, value)}))
    assert "scenario 1" in str(error.value)


def test_unknown_elements_are_refused(random_market):
    market = random_market(0)
    with pytest.raises(ConflictError, match="unknown curve"):
        solve_many(market, Changes(1, curve_scale=edits(0, len(market.curves), 1.0)))
    with pytest.raises(ConflictError, match="unknown scenario"):
        solve_many(market, Changes(1, curve_scale=edits(1, 0, 1.0)))
