"""Compiled kernels do what the dense matrices do."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lodestock.market import (
    analyse,
    assemble,
    carry,
    columns,
    concatenate_activities,
    concatenate_curves,
    concatenate_levies,
    levy,
    linear_supply,
    linear_use,
    periods,
    solve,
    source,
    stack,
    trade,
)

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def compressed(count, row, column):
    key = np.unique(np.concatenate([row * count + column, column * count + row]))
    key = key[key // count != key % count]
    pointer = np.concatenate([[0], np.cumsum(np.bincount(key // count, minlength=count))])
    return pointer.astype(np.int64), key % count


@quick
@given(seed=st.integers(0, 10**6), count=st.integers(1, 40), share=st.floats(0.0, 1.0))
def test_elimination_in_the_envelope_solves_what_numpy_solves(seed, count, share):
    from lodestock.market.compiled.envelope import factorise, flat_place, make_envelope, substitute
    from lodestock.market.compiled.ordering import elimination_order

    rng = np.random.default_rng(seed)
    row, column = np.nonzero(rng.random((count, count)) < share)
    pointer, neighbour = compressed(count, row, column)
    order = elimination_order(pointer, neighbour)
    assert sorted(order) == list(range(count))
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    # diagonally dominant, with a pattern that is symmetric and values that are not
    matrix = np.zeros((count, count))
    rows = np.repeat(np.arange(count), np.diff(pointer))
    matrix[rows, neighbour] = -rng.random(len(neighbour))
    matrix[np.arange(count), np.arange(count)] = 0.1 - matrix.sum(axis=1)

    envelope = make_envelope(pointer, neighbour, place)
    storage = np.zeros(envelope.length)
    storage[flat_place(envelope, place[rows], place[neighbour])] = matrix[rows, neighbour]
    storage[flat_place(envelope, place, place)] = matrix.diagonal()
    padded = np.arange(count, 4 * len(envelope.begin))
    storage[flat_place(envelope, padded, padded)] = 1.0
    right = rng.random(count)
    x = np.zeros(4 * len(envelope.begin))
    x[place] = right
    factorise(storage, *envelope[:3])
    substitute(storage, *envelope[:3], x)
    assert x[place] == pytest.approx(np.linalg.solve(matrix, right), rel=1e-9)


def test_blocks_joined_country_by_country_are_eliminated_block_by_block():
    """However the nodes are numbered: the front never holds much more than one block."""
    from lodestock.market.compiled.ordering import elimination_order, envelope_cost, first_neighbour

    countries, blocks = 12, 9
    node = np.arange(countries * blocks).reshape(blocks, countries)
    inside = [(a, b) for block in node for a in block for b in block if a < b]
    along = list(zip(node[:-1].ravel(), node[1:].ravel(), strict=True))
    shuffled = np.random.default_rng(0).permutation(node.size)
    row, column = shuffled[np.array(inside + along)].T
    pointer, neighbour = compressed(node.size, row, column)
    order = elimination_order(pointer, neighbour)
    place = np.empty(node.size, dtype=np.int64)
    place[order] = np.arange(node.size)
    # block-tridiagonal elimination updates countries^2 entries per unknown
    assert envelope_cost(first_neighbour(pointer, neighbour, place)) <= 1.3 * node.size * countries**2


@quick
@given(
    seed=st.integers(0, 10**6),
    countries=st.integers(2, 6),
    friction=st.sampled_from([0.3, 0.1, 0.02, 0.0]),
    levies=st.booleans(),
    wedges=st.booleans(),
    linear=st.booleans(),
)
def test_compiled_equals_dense(
    random_market, assert_same_equilibrium, seed, countries, friction, levies, wedges, linear
):
    market = random_market(
        seed, countries=countries, friction=friction, levies=levies, wedges=wedges, linear=linear
    )
    dense = solve(market)
    compiled = solve(market, topology=analyse(market, compiled=True))
    assert compiled.is_solved
    assert compiled.certificate.worst <= 1e-8
    if friction and not (dense.multiple or compiled.multiple):
        assert_same_equilibrium(market, compiled, dense)


@quick
@given(
    seed=st.integers(0, 10**6),
    members=st.integers(1, 4),
    contracts=st.booleans(),
    watched_twice=st.booleans(),
)
def test_levies_at_single_nodes(assert_same_equilibrium, seed, members, contracts, watched_twice):
    """Floors of importers, contracts at the same nodes, and a levy of the zone beside them."""
    rng = np.random.default_rng(seed)
    nodes = members + 3
    i, j = np.nonzero(~np.eye(nodes, dtype=bool))
    arcs = trade([f"{a}-{b}" for a, b in zip(i, j, strict=True)], i, j, rng.uniform(0.05, 0.3, len(i)), 0.1)
    stocks = source([f"stock {n}" for n in range(nodes)], np.arange(nodes), 2.0, 0.5, 0.3)
    curves = concatenate_curves(
        [
            linear_supply(
                [f"mine {n}" for n in range(nodes)], np.arange(nodes), 0.3, rng.uniform(0.5, 2.0, nodes)
            ),
            linear_use(
                [f"use {n}" for n in range(nodes)], np.arange(nodes), 4.0, rng.uniform(0.5, 2.0, nodes)
            ),
        ]
    )
    entering = [np.flatnonzero((j == n) & (i >= members)) for n in range(members)]
    made = [
        levy(f"floor {n}", charged=entering[n], reference={n: 1.0}, floor=rng.uniform(1.0, 2.5), cap=3.0)
        for n in range(members)
    ]
    if contracts:
        made += [
            levy(
                f"contract {n}",
                charged_curves=[n],
                curve_weights=-1.0,
                reference={n: 1.0},
                floor=rng.uniform(0.5, 2.5),
                self_response=1.0,
            )
            for n in range(members)
        ]
    if watched_twice:
        made.append(
            levy(
                "zone",
                charged=np.concatenate(entering),
                reference=dict.fromkeys(range(members), 1.0 / members),
                floor=1.6,
                cap=3.0,
            )
        )
    market = assemble(
        [f"node {n}" for n in range(nodes)],
        concatenate_activities([arcs, stocks]),
        curves,
        concatenate_levies(made),
        price_scale=1.5,
        quantity_scale=1.0,
    )
    dense = solve(market)
    compiled = solve(market, topology=analyse(market, compiled=True))
    assert compiled.is_solved == dense.is_solved
    if dense.is_solved and not (dense.multiple or compiled.multiple):
        assert_same_equilibrium(market, compiled, dense)


def joined_over_time(random_market, seed, months, levies=True):
    """Return a random market over months with stores at every node."""
    market = random_market(seed, countries=3, levies=levies)
    horizon = stack(market, periods("2025-01", months))
    stores = [f"store {name}" for name in market.node_names]
    return carry(
        horizon, stores, list(market.node_names), holding_cost=0.1, slope=0.5, capacity=0.05, interest=0.04
    ).market


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), months=st.integers(2, 6), levies=st.booleans())
def test_periods_joined_by_storage_equal_dense(random_market, assert_same_equilibrium, seed, months, levies):
    """Elimination period by period finds what one dense matrix finds."""
    market = joined_over_time(random_market, seed, months, levies)
    dense = solve(market)
    compiled = solve(market, topology=analyse(market, compiled=True))
    assert compiled.is_solved == dense.is_solved
    if dense.is_solved and not (dense.multiple or compiled.multiple):
        assert_same_equilibrium(market, compiled, dense)


def test_front_does_not_grow_with_the_number_of_periods(random_market):
    """The storage of the factors grows in proportion to the periods, not to their square."""
    small, large = (
        analyse(joined_over_time(random_market, 1, months), compiled=True).components[0].plan
        for months in (6, 24)
    )
    assert large.length[0] <= 4.6 * small.length[0]


def test_large_components_are_planned_without_asking(random_market):
    from lodestock.market.topology import LARGE

    market = joined_over_time(random_market, 2, LARGE // 6 + 1, levies=False)
    topology = analyse(market)
    assert market.nodes > LARGE
    assert topology.components[0].plan is not None
    assert solve(market, topology=topology).is_solved


def test_plans_are_remembered_by_their_pattern(random_market):
    one, other = random_market(1), random_market(2)
    first = analyse(one, compiled=True)
    assert analyse(replace(one, cost=2.0 * one.cost), compiled=True) is first
    assert analyse(other, compiled=True) is not first
    assert analyse(one).components[0].plan is None


def test_kernels_work_where_nothing_can_be_kept():
    """No directory to keep translations in: they are made again, and the result is the same."""
    code = (
        "import numba.core.caching as c;"
        "c.FunctionCache._impl_class._locator_classes = [];"
        "from lodestock.market.compiled.ordering import king_order;"
        "import numpy as np;"
        "print(king_order(np.array([0, 1, 2]), np.array([1, 0]), 1).tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[1,", "0]"]


def test_a_single_scenario_does_not_load_the_compiler():
    code = (
        "import sys, lodestock.market as m;"
        "c = m.linear_supply(['s'], 0, 1.0, 1.0); u = m.linear_use(['u'], 0, 5.0, 1.0);"
        "s = m.solve(m.assemble(('n',), m.columns([], [], 0.0, 0.0), m.concatenate_curves([c, u])));"
        "print(s.is_solved, 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


@quick
@given(seed=st.integers(0, 10**6), explicit=st.booleans())
def test_levies_on_joint_products(assert_same_equilibrium, seed, explicit):
    """A levy on columns with three entries, two of them products, reaches every one of their nodes."""
    rng = np.random.default_rng(seed)
    curves = concatenate_curves(
        [
            linear_supply(["ore"], 0, 0.5, 1.0),
            linear_supply(["metal"], 1, 2.0, 1.0),
            linear_use(["metal use", "slag use"], [1, 2], [6.0, 1.0], [1.0, 2.0]),
        ]
    )
    plants = columns(
        ["plant a", "plant b"],
        [[(0, -1.0, -1.0), (1, 0.7, 0.7), (2, 0.2, 0.2)], [(0, -1.2, -1.2), (1, 0.8, 0.8), (2, 0.3, 0.3)]],
        rng.uniform(0.1, 0.5, 2),
        0.2,
    )
    floor = levy(
        "metal floor",
        charged=[0, 1],
        reference={1: 1.0} if explicit else {1: 0.6, 0: 0.4},
        floor=rng.uniform(2.0, 5.0),
        cap=2.0,
        weights=[1.0, 0.5],
        self_response=0.5 if explicit else 0.0,
    )
    market = assemble(("ore", "metal", "slag"), plants, curves, floor, price_scale=2.0, quantity_scale=1.0)
    dense = solve(market)
    compiled = solve(market, topology=analyse(market, compiled=True))
    assert compiled.is_solved == dense.is_solved
    if dense.is_solved and not (dense.multiple or compiled.multiple):
        assert_same_equilibrium(market, compiled, dense)
