"""Simulated paths: inside the bounds, conserving, replayable, out of sample."""

import numpy as np
import pytest
from tests.sddp.problems import hydrothermal, random_model, stock, valley

from lodestock.errors import ConflictError
from lodestock.sddp import build, linear_graph, simulate, train


@pytest.mark.parametrize("maker", [stock, lambda: random_model(6), lambda: valley(True)])
def test_the_mean_lies_inside_the_bounds(maker):
    policy = train(maker(), gap=1e-3, iterations=300)
    low, high = simulate(policy, 600).mean_interval(4.0)
    assert low <= policy.upper_bound
    assert high >= policy.lower_bound


def test_states_are_handed_on():
    policy = train(hydrothermal(), iterations=40)
    names = ["volume", "volume.incoming", "hydro", "spill", "thermal"]
    for path in simulate(policy, 20, record=names, longest=30).paths:
        v = path.values
        inflow = np.array([outcome[0] for outcome in path.outcomes])
        demand = np.array([outcome[1] for outcome in path.outcomes])
        np.testing.assert_allclose(v["volume.incoming"][1:], v["volume"][:-1], atol=1e-12)
        balance = v["volume.incoming"] + inflow - v["hydro"] - v["spill"] - v["volume"]
        np.testing.assert_allclose(balance, 0.0, atol=1e-9)
        np.testing.assert_allclose(v["hydro"] + v["thermal"], demand, atol=1e-9)
        np.testing.assert_allclose(path.weight, 0.9 ** np.arange(len(path.keys)), rtol=1e-12)
        np.testing.assert_allclose(path.stage_cost, v["thermal"] + 10 * v["spill"], atol=1e-9)


def test_duals_are_the_price_of_demand():
    # thermal runs at cost 1 whenever it runs: one more unit of demand costs 1
    policy = train(hydrothermal(), iterations=40)
    for path in simulate(policy, 10, record=["thermal"], duals=["demand"], longest=10).paths:
        running = path.values["thermal"] > 1e-6
        np.testing.assert_allclose(path.duals["demand"][running], 1.0, atol=1e-7)


def test_a_history_is_replayed():
    policy = train(hydrothermal(), iterations=40)
    dry = [(1, (0.0, 7.5))] * 4
    path = simulate(policy, histories=[dry], record=["volume"]).paths[0]
    assert path.keys == (1, 1, 1, 1)
    assert path.values["volume"][-1] == pytest.approx(5.0)
    sampled = simulate(policy, 1, seed=5, longest=6).paths[0]
    again = simulate(policy, histories=[list(zip(sampled.keys, sampled.outcomes, strict=True))]).paths[0]
    np.testing.assert_array_equal(sampled.stage_cost, again.stage_cost)


def test_a_history_must_be_possible():
    policy = train(valley(True), iterations=5)
    with pytest.raises(ConflictError, match="nothing leads here"):
        simulate(policy, histories=[[((1, 0), None), ((3, 0), (0.0, 0.0))]])


def test_out_of_sample_noise_meets_the_same_policy():
    def model(demands):
        def stage(p, t):
            x = p.state("x", upper=10.0, initial=0.0)
            buy, use, short = p.variable("buy"), p.variable("use"), p.variable("short")
            p.constraint(x.outgoing == x.incoming + buy - use)
            p.constraint(use <= x.incoming)
            p.constraint(use + short == p.random([0.0] if t == 1 else demands))
            p.minimise(buy + 4 * short)

        return build(linear_graph(2), stage, bound=0.0)

    # even chance of 1 and 3, cost 1 against 4: buy 3 (ratio 3/4); cost 3 whatever happens
    policy = train(model([1.0, 3.0]), iterations=30)
    assert simulate(policy, 50).totals == pytest.approx(3.0)
    # outside the sample the need is 5: 3 bought, 2 short at 4
    assert simulate(policy, 20, model=model([5.0])).totals == pytest.approx(11.0)


def test_paths_depend_on_seed_and_place_only():
    policy = train(stock(), iterations=10)
    few, many = simulate(policy, 3, seed=2), simulate(policy, 6, seed=2)
    np.testing.assert_array_equal(few.totals, many.totals[:3])
    assert (simulate(policy, 6, seed=3).totals != many.totals).any()


def test_the_value_of_a_unit_is_the_slope_of_the_value():
    policy = train(hydrothermal(), iterations=80)
    value, slope = policy.value(1, {"volume": 9.0})
    more, _ = policy.value(1, {"volume": 9.01})
    assert more - value == pytest.approx(0.01 * slope["volume"], abs=1e-6)
    # convex: an empty reservoir values water more (spilling costs money), a full one less
    assert (
        policy.value(1, {"volume": 5.0})[1]["volume"]
        < slope["volume"]
        < policy.value(1, {"volume": 15.0})[1]["volume"]
    )
