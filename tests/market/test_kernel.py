"""Derivatives against differences, the reduced Newton system against the whole one, components."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lodestock.errors import ConflictError
from lodestock.market import (
    analyse,
    assemble,
    columns,
    concatenate_curves,
    levy,
    linear_supply,
    linear_use,
    solve,
)
from lodestock.market.interior import all_levies, cold_start, constant, make_problem, moved
from lodestock.market.interior_point import direction, linearise
from lodestock.market.kernel import (
    column_margin,
    jacobian,
    level,
    levy_columns,
    net_delivery,
    net_supply,
    respond,
    response_rate,
    rounded_clip,
)
from lodestock.market.system import scale_component
from lodestock.market.topology import component_labels


def system_of(market):
    return scale_component(market, analyse(market).components[0])


def with_contract(market):
    """Add a one-way contract for difference on the first mine, so that an explicit levy is in force."""
    from lodestock.market import concatenate_levies

    held = levy(
        "contract",
        charged_curves=[0],
        curve_weights=-1.0,
        reference={0: 0.7, 1: 0.3},
        floor=1.6,
        self_response=1.0,
    )
    return replace(market, levies=concatenate_levies([market.levies, held]))


@pytest.mark.parametrize("smooth", [0.0, 0.05])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_jacobian_is_the_derivative_of_excess_supply(random_market, seed, smooth):
    system = system_of(with_contract(random_market(seed)))
    rng = np.random.default_rng(seed)
    p, tau = rng.uniform(0.9, 1.6, system.n), rng.uniform(0.0, 0.3, system.L)
    epsilon = smooth if smooth == 0.0 else np.full(system.K, smooth)
    state = respond(system, p, tau, system.s, 0.0, epsilon)
    rate = response_rate(system, state, system.s, epsilon)
    J = jacobian(system, rate, state.curve_slope, state.tau, p)
    h = 1e-7
    for n in range(system.n):
        step = np.zeros(system.n)
        step[n] = h
        ahead = respond(system, p + step, tau, system.s, 0.0, epsilon).excess
        behind = respond(system, p - step, tau, system.s, 0.0, epsilon).excess
        assert J[:, n] == pytest.approx((ahead - behind) / (2 * h), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_levy_columns_are_minus_the_derivative_with_respect_to_the_levy(random_market, seed):
    system = system_of(random_market(seed))
    p, tau = np.full(system.n, 1.2), np.full(system.L, 0.05)
    state = respond(system, p, tau, system.s)
    C = levy_columns(system, response_rate(system, state, system.s), state.curve_slope, np.arange(system.L))
    h = 1e-7
    for at in range(system.L):
        step = np.zeros(system.L)
        step[at] = h
        ahead = respond(system, p, tau + step, system.s).excess
        behind = respond(system, p, tau - step, system.s).excess
        assert -C[:, at] == pytest.approx((ahead - behind) / (2 * h), rel=1e-5, abs=1e-6)


def test_levies_on_columns_with_many_entries_reach_every_node():
    # a charge on a joint product: 1 ore -> 0.5 a + 0.3 b at slope 2, so dz/dtau = -1/2
    curves = concatenate_curves([linear_supply(["o"], 0, 0.1, 1.0), linear_use(["a", "b"], [1, 2], 9.0, 1.0)])
    joint = columns(["joint"], [[(0, -1.0, -1.0), (1, 0.5, 0.5), (2, 0.3, 0.3)]], 0.1, 2.0)
    charge = levy("charge", charged=[0], reference={1: 1.0}, floor=0.0, cap=1.0)
    market = assemble(("o", "a", "b"), joint, curves, charge, price_scale=1.0, quantity_scale=1.0)
    system = system_of(market)
    state = respond(system, np.array([1.0, 4.0, 4.0]), np.zeros(1), system.s)
    rate = response_rate(system, state, system.s)
    C = levy_columns(system, rate, state.curve_slope, np.array([0]))
    assert C[:, 0] == pytest.approx([-0.5, 0.25, 0.15])
    J = jacobian(system, rate, 0.0 * state.curve_slope, state.tau, state.p)
    assert pytest.approx(np.outer([-1, 0.5, 0.3], [-1, 0.5, 0.3]) / 2) == J


def test_levels_are_clipped_and_corners_rounded_like_a_barrier():
    margin, slope, u = np.array([-1.0, 0.5, 9.0]), np.array([2.0, 2.0, 2.0]), np.array([np.inf, np.inf, 3.0])
    assert level(margin, slope, u, 0.0) == pytest.approx([0.0, 0.25, 3.0])
    # epsilon^2 = s sigma solves m - s z + sigma/z = 0 for an unbounded activity
    sigma = 0.3
    z = level(margin[:2], slope[:2], u[:2], np.sqrt(slope[:2] * sigma))
    assert margin[:2] - slope[:2] * z + sigma / z == pytest.approx([0.0, 0.0], abs=1e-12)
    value, rate = rounded_clip(np.array([-5.0, 0.5, 5.0]), np.zeros(3), np.ones(3), 1e-12)
    assert value == pytest.approx([0.0, 0.5, 1.0])
    assert rate == pytest.approx([0.0, 1.0, 0.0])


@pytest.mark.parametrize("seed", [4, 5])
@pytest.mark.parametrize("hold", [False, True])
def test_interior_direction_solves_the_unreduced_system(random_market, seed, hold):
    market = random_market(seed)
    system = system_of(market)
    problem = make_problem(system, hold=hold)
    rng = np.random.default_rng(seed)
    start = cold_start(problem)
    at = moved(start, start, 0.0)
    at = replace(
        at, **{name: value * rng.uniform(0.5, 1.5, value.shape) for name, value in fields(at).items()}
    )
    line = linearise(problem, at)
    sigma = 0.02
    target = constant(at, sigma)
    step = direction(problem, line, np.linalg.inv(line.matrix), target)

    # every linearised equation, written out
    full = all_levies(problem, at.p, at.tau)
    x, curve_slope = net_supply(system, at.p, full)
    change = np.zeros(system.L)
    change[problem.levies] = step.tau
    dmargin = column_margin(system, at.p + step.p, full + change) - column_margin(system, at.p, full)
    mu, dmu = np.zeros(system.K), np.zeros(system.K)
    mu[problem.bounded], dmu[problem.bounded] = at.mu, step.mu
    on, bounded, levies = problem.on, problem.bounded, problem.levies
    zero_profit = system.s * (at.z + step.z) - column_margin(system, at.p, full) - dmargin
    zero_profit += -(at.lam + step.lam) + mu + dmu
    assert np.abs(zero_profit[on]).max() < 1e-6
    room = at.z + step.z - system.u
    assert np.abs(room[bounded] + at.v + step.v).max() < 1e-9
    X = (
        np.bincount(system.component.curve_node, curve_slope * system.curves.price_weight, system.n)
        * system.P
        / system.Q
    )
    clearing = net_delivery(system, at.z + step.z) + x + X * step.p + system.y - at.e - step.e
    assert np.abs(clearing).max() < 1e-6
    if not hold:
        floor = system.N @ (at.p + step.p) - system.f
        assert np.abs(floor[levies] - at.nu - step.nu + at.om + step.om).max() < 1e-6
        assert np.abs(at.tau + step.tau + at.t + step.t - system.cap[levies]).max() < 1e-9
    for (a, b), (da, db), mask in zip(at.pairs(), step.pairs(), (on, ..., ..., ..., ...), strict=True):
        assert np.abs((a * b + a * db + b * da)[mask] - sigma).max(initial=0.0) < 1e-9


def fields(at):
    return {name: getattr(at, name) for name in at.__dataclass_fields__}


def test_components_follow_activities_and_levies():
    curves = concatenate_curves([linear_use([f"d{k}" for k in range(5)], np.arange(5), 9.0, 1.0)])
    pairs = columns(
        ["a", "b"], [[(0, -1.0, -1.0), (1, 1.0, 1.0)], [(3, -1.0, -1.0), (4, 1.0, 1.0)]], 1.0, 1.0
    )
    names = [f"n{k}" for k in range(5)]
    apart = assemble(names, pairs, curves)
    assert component_labels(apart).tolist() == [0, 0, 1, 2, 2]
    # a levy that charges the first pair and watches node 3 joins both
    joined = assemble(names, pairs, curves, levy("l", charged=[0], reference={3: 1.0}, floor=1.0, cap=2.0))
    assert component_labels(joined).tolist() == [0, 0, 1, 0, 0]
    assert [len(part.nodes) for part in analyse(joined).components] == [4, 1]


def test_a_long_chain_is_one_component():
    n = 257
    links = columns(
        [f"k{k}" for k in range(n - 1)],
        [[(k, -1.0, -1.0), (k + 1, 1.0, 1.0)] for k in range(n - 1)],
        1.0,
        1.0,
    )
    curves = linear_use(["d"], 0, 9.0, 1.0)
    market = assemble([f"n{k}" for k in range(n)], links, curves)
    assert set(component_labels(market).tolist()) == {0}


def test_a_topology_is_reused_and_a_foreign_one_refused(random_market):
    one, other = random_market(1), random_market(2)
    topology = analyse(one)
    again = replace(one, cost=one.cost * 1.01)
    assert solve(again, topology=topology).price == pytest.approx(solve(again).price, rel=1e-12)
    with pytest.raises(ConflictError, match="analyse"):
        solve(other, topology=topology)
