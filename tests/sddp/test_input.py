"""Bad input is named: node, decision, value, what is allowed."""

import math

import numpy as np
import pytest
from tests.sddp.problems import hydrothermal, multistock, stock

from lodestock.errors import (
    ConflictError,
    InfeasibleError,
    LodestockError,
    UnknownNameError,
    ValueOutOfRangeError,
)
from lodestock.sddp import (
    ROOT,
    build,
    cyclic_graph,
    dynamic_programme,
    extensive_form,
    independent,
    linear_graph,
    markovian_graph,
    policy_graph,
    simulate,
    solve_finite,
    total,
    train,
)
from lodestock.sddp.stage import Stage


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: linear_graph(0), ValueOutOfRangeError, "0 stages"),
        (lambda: policy_graph({(ROOT, 1): 0.5}), ValueOutOfRangeError, "add to 0.5"),
        (
            lambda: policy_graph({(ROOT, 1): 1.0, (1, 2): 0.7, (1, 3): 0.7}),
            ValueOutOfRangeError,
            "from 1: .*1.4",
        ),
        (lambda: policy_graph({(ROOT, 1): 1.0, (1, 2): -0.1}), ValueOutOfRangeError, "arc 1 to 2"),
        (lambda: policy_graph({(ROOT, 1): 1.0, (1, ROOT): 1.0}), ConflictError, "to the root"),
        (lambda: policy_graph({(ROOT, 1): 1.0, (1, 1): 1.0}), ValueOutOfRangeError, "neither ends"),
        (lambda: cyclic_graph(3, 1.0), ValueOutOfRangeError, "neither ends"),
        (lambda: cyclic_graph(3, 1.5), ValueOutOfRangeError, "discount 1.5"),
        (lambda: policy_graph({(ROOT, 1): 1.0}, discount={2: 0.5}), UnknownNameError, "node 2"),
        (lambda: policy_graph({(ROOT, 1): 1.0}, hidden=[(1, 7)]), UnknownNameError, "node 7"),
        (lambda: policy_graph({(ROOT, 1): 1.0}, hidden=[(1,), (1,)]), ConflictError, "two hidden groups"),
        (
            lambda: markovian_graph([[[1.0]], [[0.6, 0.5]]]),
            ValueOutOfRangeError,
            "transitions to stage 2, row 1: probabilities add to 1.1",
        ),
        (lambda: markovian_graph([[[1.0]], [[1.0], [1.0]]]), ConflictError, r"shape \(2, 1\)"),
        (lambda: markovian_graph([[[1.0]], [[math.nan, 1.0]]]), ValueOutOfRangeError, "stage 2"),
    ],
)
def test_graphs(make, error, words):
    with pytest.raises(error, match=f"(?s){words}"):
        make()


def state(p: Stage) -> None:
    p.state("x", upper=1.0, initial=0.0)


@pytest.mark.parametrize(
    ("stage", "error", "words"),
    [
        (lambda p, t: p.variable("u", 2.0, 1.0), ValueOutOfRangeError, "node 1: 'u': bounds 2 to 1"),
        (lambda p, t: p.variable("u", math.nan), ValueOutOfRangeError, "bounds nan"),
        (lambda p, t: (p.variable("u"), p.variable("u")), ConflictError, "two decisions are called 'u'"),
        (lambda p, t: p.random([]), ConflictError, "no outcome"),
        (lambda p, t: p.random([1.0, 2.0], [0.5, 0.6]), ValueOutOfRangeError, "add to 1.1"),
        (lambda p, t: p.random([1.0, 2.0], [1.0]), ConflictError, "1 probabilities for 2 outcomes"),
        (lambda p, t: p.random([1.0, math.nan]), ValueOutOfRangeError, "outcome nan"),
        (lambda p, t: p.random([(1.0, 2.0), (1.0,)]), ConflictError, "different lengths"),
        (lambda p, t: p.random([{"a": 1.0}, {"b": 1.0}]), ConflictError, "different quantities"),
        (lambda p, t: (p.random([1.0]), p.random([1.0])), ConflictError, "declared twice"),
        (lambda p, t: p.constraint(True), ConflictError, "not a constraint"),
        (lambda p, t: p.constraint(0.0 * p.random([1.0, 2.0]) <= 1.0), ConflictError, "holds no decision"),
        (lambda p, t: p.minimise("x"), LodestockError, "not a number"),
        (lambda p, t: p.minimise(p.variable("u") * p.variable("v")), ConflictError, "multiplied"),
        (lambda p, t: (p.minimise(1.0), p.minimise(2.0)), ConflictError, "stated twice"),
        (lambda p, t: p.minimise(math.nan * p.variable("u")), ValueOutOfRangeError, "NaN"),
        (lambda p, t: p.blocks("b", [1.0, 1.0], [2.0, 1.0]), ConflictError, "blocks 'b' .*not falling"),
        (lambda p, t: p.blocks("b", [1.0, 1.0], [1.0, 2.0], rising=False), ConflictError, "not rising"),
        (lambda p, t: p.states("y", 3, initial=[1.0]), ConflictError, "1 initial values for 3 states"),
        (lambda p, t: p.state("y", slope=(1.0, -1.0)), ValueOutOfRangeError, "state 'y': slope"),
        (lambda p, t: p.state("y"), ConflictError, "'y' has no initial value"),
        (lambda p, t: p.price_times("oil", 1.0), UnknownNameError, "objective state 'oil'"),
        (lambda p, t: bool(p.variable("u") <= 1.0), ConflictError, "no truth value"),
        (
            lambda p, t: p.state("y", 0.0, p.random([1.0])),
            ConflictError,
            r"'y'.*Outcomes.*a constraint",
        ),
        (lambda p, t: p.variable("u", "low"), ConflictError, "'u': bounds 'low'"),
        (lambda p, t: p.random([("dry", 1.0)]), ValueOutOfRangeError, "node 1: outcome 'dry'"),
        (lambda p, t: p.variable("u") / p.random([0.0, 1.0]), ValueOutOfRangeError, "division by zero"),
        (lambda p, t: 1.0 / p.random([0.0, 1.0]), ValueOutOfRangeError, "division by zero"),
        (lambda p, t: p.variable("u") / p.variable("v"), ConflictError, "divided by a decision"),
    ],
)
def test_stages(stage, error, words):
    def whole(p, t):
        state(p)
        stage(p, t)

    with pytest.raises(error, match=f"(?s){words}"):
        build(linear_graph(1), whole, bound=0.0)


def test_nodes_that_do_not_fit_together():
    def names(p, t):
        p.state(f"x{t}", initial=0.0)

    with pytest.raises(ConflictError, match=r"node 2: states \['x2'\]"):
        build(linear_graph(2), names, bound=0.0)

    def starts(p, t):
        p.state("x", initial=float(t))

    with pytest.raises(ConflictError, match=r"starts at [12] and at [12]"):
        build(linear_graph(2), starts, bound=0.0)

    def senses(p, t):
        state(p)
        (p.minimise if t == 1 else p.maximise)(p.variable("u", upper=1.0))

    with pytest.raises(ConflictError, match="some nodes minimise"):
        build(linear_graph(2), senses, bound=0.0)

    def hidden(p, key):
        state(p)
        p.minimise(p.variable("u", lower=float(key[1])))

    with pytest.raises(ConflictError, match="hidden group"):
        build(markovian_graph([[[0.5, 0.5]]], hidden=True), hidden, bound=0.0)


@pytest.mark.parametrize("bound", [math.nan, math.inf, {1: 0.0}, {1: 0.0, 2: 0.0, 3: 0.0}])
def test_bounds_that_are_no_bounds(bound):
    def stage(p, t):
        state(p)

    with pytest.raises(LodestockError, match="bound"):
        build(linear_graph(2), stage, bound=bound)


def test_an_infeasible_subproblem_names_node_outcome_state_and_row():
    def stage(p, t):
        x = p.state("x", upper=1.0, initial=0.5)
        use = p.variable("use")
        p.constraint(x.outgoing == x.incoming - use, "balance")
        p.constraint(use >= p.random([0.1, 0.7]), "need")
        p.minimise(use)

    with pytest.raises(
        InfeasibleError, match=r"(?s)node \d, outcome 1 \(0.7\), state x = .*'(need|balance)' \(short by"
    ):
        train(build(linear_graph(2), stage, bound=0.0), iterations=10)
    with pytest.raises(InfeasibleError):
        extensive_form(build(linear_graph(2), stage, bound=0.0))


@pytest.mark.parametrize("tied", [False, True])
def test_an_unbounded_subproblem_names_the_decision(tied):
    def stage(p, t):
        state(p)
        cash, debt = p.variable("cash"), p.variable("debt")
        if tied:
            p.constraint(cash <= debt)
        p.minimise(cash * -1.0)

    words = "node 1, no noise, state x = 0: the subproblem is unbounded along 'cash'"
    with pytest.raises(ValueOutOfRangeError, match=words):
        train(build(linear_graph(1), stage, bound=-1.0), iterations=1)


def test_what_the_upper_side_lacks_is_named():
    def stage(p, t):
        p.state("x", initial=0.0)

    with pytest.raises(ConflictError, match=r"(?s)'x' has no slope bounds.*slope="):
        train(build(linear_graph(2), stage, bound=0.0), iterations=1, upper=True)
    with pytest.raises(ConflictError, match=r"(?s)cyclic graph needs a ceiling"):
        train(build(cyclic_graph(1, 0.5), stage, bound=0.0), iterations=1, upper=True)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda p: simulate(p, 0), ValueOutOfRangeError, "0 paths"),
        (lambda p: simulate(p, 1, record=["volum"]), UnknownNameError, "did you mean 'volume'"),
        (lambda p: simulate(p, 1, duals=["nothing"]), UnknownNameError, "constraint 'nothing'"),
        (lambda p: simulate(p, histories=[[(7, (0.0, 7.5))]]), UnknownNameError, "node 7"),
        (lambda p: simulate(p, histories=[[(1, (9.0, 9.0))]]), ConflictError, "outcome"),
        (lambda p: simulate(p, 1, model=stock()), ConflictError, "another policy graph"),
        (lambda p: p.value(1, {"wrong": 1.0}), ConflictError, "volume"),
        (lambda p: p.value(2, {"volume": 1.0}), UnknownNameError, "node 2"),
    ],
)
def test_questions_to_a_policy(call, error, words):
    policy = train(hydrothermal(), iterations=3)
    with pytest.raises(error, match=f"(?s){words}"):
        call(policy)


def endless():
    def stage(p, t):
        x, u = p.state("x", initial=1.0), p.variable("u")
        p.constraint(x.outgoing == x.incoming + u)
        p.minimise(-2.0 * u)

    return build(linear_graph(2), stage, bound=-50.0)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: extensive_form(hydrothermal()), ConflictError, "cyclic"),
        (lambda: extensive_form(endless()), ValueOutOfRangeError, "unbounded"),
        (lambda: extensive_form(multistock(), most_nodes=1000), ValueOutOfRangeError, "more than 1000"),
        (lambda: dynamic_programme(stock(), points=1), ValueOutOfRangeError, "points"),
        (lambda: solve_finite([[1.0]], [[[0.5]]], 0.5), ValueOutOfRangeError, "add to one"),
        (lambda: solve_finite([[1.0]], [[[1.0]]], 1.0), ValueOutOfRangeError, "discount 1"),
        (lambda: solve_finite([[math.nan]], [[[1.0]]], 0.5), ValueOutOfRangeError, "NaN"),
        (lambda: solve_finite([[math.inf]], [[[1.0]]], 0.5), ConflictError, "state 0"),
        (lambda: solve_finite([1.0], [[[1.0]]], 0.5), ConflictError, r"\(S, A\)"),
    ],
)
def test_exact_methods(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_random_bounds_and_divisors_follow_arithmetic():
    # used between w and 2 w at a cost of 1 / w each, from stocks given as an array: w = 1 costs 1, w = 2 too
    def stage(p, t):
        x = p.states("x", 2, upper=9.0, initial=np.array([4.0, 5.0]))
        w = p.random([1.0, 2.0], [0.25, 0.75])
        used = p.variables("used", 2, w, 2.0 * w)
        for i in range(2):
            p.constraint(x[i].outgoing == x[i].incoming - used[i])
        p.minimise(used[0] / w + used[1] * (2.0 / w) - w / 2)

    model = build(linear_graph(2), stage, bound=-99.0)
    by_hand = 2 * (0.25 * (1 + 2 - 0.5) + 0.75 * (1 + 2 - 1.0))
    assert train(model, iterations=5).bound == pytest.approx(by_hand)
    assert extensive_form(model).value == pytest.approx(by_hand)


def test_expressions_follow_arithmetic():
    def stage(p, t):
        x = p.state("x", upper=9.0, initial=2.0)
        u = p.variable("u", upper=4.0)
        w = p.random([{"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 4.0}])
        cost = (
            (3 - np.float64(2.0) * u) / 2 + (-w["a"]) * 1.0 + w["b"].map(math.sqrt) * u + total([u, 1.0, u])
        )
        p.constraint(x.outgoing - x.incoming == 0.0)
        p.constraint(w["a"] <= u)
        p.minimise(cost - 0.5)

    # outcome 1: u = 1: 1.5 - 1 - 1 + sqrt 2 + 3 - 0.5; outcome 2: u = 3: 1.5 - 3 - 3 + 2 * 3 + 7 - 0.5
    by_hand = 0.5 * (2.0 + 2**0.5) + 0.5 * 8.0
    assert train(build(linear_graph(1), stage, bound=-99.0), iterations=1).bound == pytest.approx(by_hand)


def test_independent_noises_are_joined():
    outcomes, share = independent([1, 2], ([10, 20], [0.25, 0.75]))
    assert outcomes == [(1, 10), (1, 20), (2, 10), (2, 20)]
    assert share == [0.125, 0.375, 0.125, 0.375]
