"""Lower <= exact <= upper: sampled cuts, inner points, grids and the extensive form agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sddp.problems import assets, hydrothermal, random_model, stock, valley

from lodestock.errors import NotSolvedError
from lodestock.sddp import (
    AVaR,
    EAVaR,
    Expectation,
    ModifiedChiSquared,
    WorstCase,
    build,
    cyclic_graph,
    dynamic_programme,
    extensive_form,
    linear_graph,
    train,
)
from lodestock.sddp.programme import Programme

LINEAR = [Expectation(), AVaR(0.3), EAVaR(0.6, 0.25), WorstCase()]


@pytest.mark.parametrize("risk", LINEAR, ids=repr)
@pytest.mark.parametrize("maker", [lambda: valley(True), lambda: random_model(3)], ids=["valley", "random"])
def test_sampled_cuts_close_on_the_extensive_form(maker, risk):
    model = maker()
    exact = extensive_form(model, risk=risk).value
    policy = train(model, risk=risk, gap=1e-3, iterations=300)
    assert policy.status == "gap"
    assert policy.lower_bound <= exact * (1 + 1e-7)
    assert policy.upper_bound >= exact * (1 - 1e-7)


@pytest.mark.parametrize("risk", [EAVaR(0.6, 0.25), AVaR(0.3)], ids=repr)
def test_multi_cuts_close_under_risk(risk):
    model = random_model(5)
    exact = extensive_form(model, risk=risk).value
    bound = train(model, risk=risk, cuts="multi", iterations=60).bound
    assert bound == pytest.approx(exact, rel=1e-3)
    assert bound <= exact * (1 + 1e-7)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([*LINEAR, ModifiedChiSquared(0.2)]), st.integers(1, 8))
def test_bounds_are_in_order_and_monotone_at_any_time(seed, risk, iterations):
    model = random_model(seed)
    policy = train(model, risk=risk, iterations=iterations, upper=True)
    lower = [record.lower_bound for record in policy.log]
    upper = [record.upper_bound for record in policy.log]
    assert lower == sorted(lower)
    assert upper == sorted(upper, reverse=True)
    assert policy.lower_bound <= policy.upper_bound
    if not isinstance(risk, ModifiedChiSquared):
        exact = extensive_form(model, risk=risk).value
        assert policy.lower_bound <= exact * (1 + 1e-7)
        assert policy.upper_bound >= exact * (1 - 1e-7)


def test_grid_brackets_the_extensive_form_with_one_two_and_three_states():
    for states, points in ((1, 41), (2, 13), (3, 5)):
        model = random_model(11, states=states, regimes=1)
        exact, grid = extensive_form(model).value, dynamic_programme(model, points=points)
        assert grid.lower_bound <= exact * (1 + 1e-7)
        assert grid.upper_bound >= exact * (1 - 1e-7)
        assert grid.gap < {1: 0.005, 2: 0.02, 3: 0.05}[states]


@pytest.mark.parametrize("risk", [Expectation(), EAVaR(0.5, 0.4), ModifiedChiSquared(0.3)], ids=repr)
def test_grid_and_sampled_cuts_agree_on_a_cycle(risk):
    # kinks of this problem lie on multiples of 2.5: the grid is exact
    model = hydrothermal()
    grid = dynamic_programme(model, points=9, risk=risk, tolerance=1e-7)
    policy = train(model, risk=risk, gap=1e-5, iterations=600)
    assert policy.status == "gap"
    assert grid.gap < 1e-4
    assert policy.lower_bound <= grid.upper_bound * (1 + 1e-7)
    assert grid.lower_bound <= policy.upper_bound * (1 + 1e-7)


def test_cycle_with_ending_equals_cycle_with_discount():
    # expectation: an arc of probability 0.9 and a discount of 0.9 are the same
    from lodestock.sddp import ROOT, policy_graph

    def stage(p, key):
        x = p.state("x", 0.0, 4.0, initial=1.0)
        buy, short = p.variable("buy"), p.variable("short")
        d = p.random([0.0, 1.0, 3.0], [0.3, 0.4, 0.3])
        p.constraint(x.outgoing <= x.incoming + buy - d + short)
        p.minimise(buy + 5 * short + 0.1 * x.outgoing)

    ring = build(cyclic_graph(1, 0.9), stage, bound=0.0)
    ends = build(policy_graph({(ROOT, 1): 1.0, (1, 1): 0.9}), stage, bound=0.0)
    one = train(ring, gap=1e-6, iterations=500)
    two = train(ends, gap=1e-6, iterations=500, ceiling=1000.0)
    assert one.lower_bound == pytest.approx(two.lower_bound, rel=1e-5)


def test_slope_bounds_serve_in_place_of_a_box():
    def stage(p, t):
        x = p.state("x", initial=0.0, slope=(-8.0, 0.0))  # unlimited store, shortage costs 8
        buy, short = p.variable("buy", upper=2.0), p.variable("short")
        d = p.random([0.0, 1.0, 4.0])
        p.constraint(x.outgoing <= x.incoming + buy - d + short)
        p.minimise(t * buy + 8 * short)

    model = build(linear_graph(4), stage, bound=0.0)
    policy = train(model, gap=1e-6, iterations=200)
    assert policy.status == "gap"
    assert policy.lower_bound == pytest.approx(extensive_form(model).value, rel=1e-6)


def test_a_slope_that_does_not_hold_is_found_out():
    def stage(p, t):
        x = p.state("x", initial=5.0, slope=(0.0, 0.0))  # wrong: stock is worth 8 a unit
        short = p.variable("short")
        p.constraint(x.outgoing <= x.incoming - 2.0 + short)
        p.minimise(8 * short)

    with pytest.raises(NotSolvedError, match="above the upper bound"):
        train(build(linear_graph(4), stage, bound=0.0), iterations=30, upper=True)


def test_cuts_lie_below_the_value_everywhere():
    model = stock()
    policy = train(model, iterations=40)
    rng = np.random.default_rng(0)
    for x in rng.uniform(0.0, 1.0, 6):
        following = extensive_form(_starting(float(x)), most_nodes=20_000).value
        lower, _ = policy.value(2, {"x": float(x)})
        assert lower <= following + 1e-7
        assert lower >= following - 0.05


def _starting(x: float):
    """The last three stages of the stock problem from a given state."""
    import math

    def stage(p, t):
        s = p.state("x", upper=1.0, initial=x)
        u = p.variable("u", upper=0.5)
        w = p.random([k / 30 for k in range(10)])
        p.constraint(s.outgoing == s.incoming - u + w)
        p.minimise((math.sin(3 * (t + 2)) - 1) * u)

    return build(linear_graph(3), stage, bound=-2.0)


def test_risk_per_node():
    model = assets()
    careful = train(model, risk=lambda key: WorstCase() if key[0] == 1 else Expectation(), iterations=60)
    exact = extensive_form(model, risk={(1, 0): WorstCase()}).value
    assert careful.bound == pytest.approx(exact, rel=1e-6)
    assert careful.bound >= train(model, iterations=60).bound - 1e-9


def test_more_fear_costs_more():
    model = random_model(7)
    values = [
        train(model, risk=EAVaR(weight, 0.2), gap=1e-6, iterations=300).lower_bound
        for weight in (1.0, 0.5, 0.0)
    ]
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_a_state_at_a_bound_but_for_rounding_is_handed_on_at_the_bound():
    # numbers of 1e-14 as bounds of an incoming state have ended simplex steps without an answer
    def stage(p, t):
        x = p.states("x", 3, -2.0, 4.0, initial=0.0)
        for state, value in zip(x, (-2.0 + 1e-14, 4.0 - 1e-13, 1e-3), strict=True):
            p.constraint(state.outgoing == value)
        p.minimise(0.0)

    problem = build(linear_graph(1), stage, bound=0.0).problems[0]
    programme = Programme(problem, [], [], [])
    programme.solve(np.zeros(3), 0)
    assert programme.outgoing_state().tolist() == [-2.0, 4.0, 1e-3]


def test_no_answer_of_the_solver_is_no_upper_bound(monkeypatch):
    model = stock(3)
    engine = train(model, iterations=4, upper=True).engine()
    known = engine.upper_bound()

    def fail(*_):
        raise NotSolvedError("HiGHS stopped with status Not Set", where="node 2")

    monkeypatch.setattr(engine.inner[0].programme, "solve", fail)
    assert np.isfinite(known)
    assert engine.upper_bound() == np.inf
