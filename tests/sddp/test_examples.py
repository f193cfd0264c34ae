"""Problems of many kinds stated in a few lines, each against the extensive form or a closed form."""

import math

import numpy as np
import pytest

from lodestock.sddp import (
    ROOT,
    AVaR,
    EAVaR,
    ModifiedChiSquared,
    build,
    cyclic_graph,
    dynamic_programme,
    extensive_form,
    linear_graph,
    markovian_graph,
    policy_graph,
    total,
    train,
)


def capacities():
    """Buy capacity of four kinds now, run it in three modes of a random load later."""
    price, running = [10, 7, 16, 6], [[40, 45, 32, 55], [24, 27, 19.2, 33], [4, 4.5, 3.2, 5.5]]

    def stage(p, t):
        x = p.states("x", 4, initial=0.0)
        if t == 1:
            spent = total(c * s.outgoing for c, s in zip(price, x, strict=True))
            p.constraint(total(s.outgoing for s in x) >= 12)
            p.constraint(spent <= 120)
            p.minimise(spent)
            return
        y = [p.variables(f"y{i}", 3) for i in range(4)]
        load = [p.random([3.0, 5.0, 7.0], [0.3, 0.4, 0.3]), 3.0, 2.0]
        for i in range(4):
            p.constraint(total(y[i]) <= x[i].incoming)
        for j in range(3):
            p.constraint(total(y[i][j] for i in range(4)) >= load[j])
        p.minimise(total(running[j][i] * y[i][j] for i in range(4) for j in range(3)))

    return build(linear_graph(2), stage, bound=0.0)


def overtime():
    """Make at 100 up to 200, beyond at 300, store at 50 without limit."""

    def stage(p, t):
        s = p.state("stored", initial=0.0)
        made, over = p.variable("made", 0, 200), p.variable("over")
        p.constraint(s.outgoing == s.incoming + made + over - p.random([100.0] if t == 1 else [100.0, 300.0]))
        p.minimise(100 * made + 300 * over + 50 * s.outgoing)

    return build(linear_graph(3), stage, bound=0.0)


def farm():
    """Hay of a yield that follows the weather, bought and sold, fed each year."""

    def stage(p, key):
        _, weather = key
        acres, bales = p.state("acres", 0, 100, initial=100.0), p.states("bales", 2, initial=0.0)
        cut, eaten = p.variable("cut"), p.variables("eaten", 2)
        bought, sold = p.variables("bought", 2), p.variables("sold", 2)
        rain = p.random([0.8, 1.0, 1.2], [0.3, 0.5, 0.2])
        p.constraint(acres.outgoing == acres.incoming)
        p.constraint(cut <= acres.incoming)
        for i in range(2):
            grown = [0.8, 1.1][weather] * rain * cut if i == 0 else 0.0
            p.constraint(bales[i].outgoing == bales[i].incoming + grown + bought[i] - sold[i] - eaten[i])
        p.constraint(eaten[0] + 0.9 * eaten[1] >= 60)
        trade = 5 * bought[0] + 7 * bought[1] - 3 * sold[0] - 4 * sold[1]
        p.minimise(trade + 0.1 * cut + 0.01 * total(b.outgoing for b in bales))

    return build(markovian_graph([[[1.0]], [[0.3, 0.7]], [[0.5, 0.5], [0.2, 0.8]]]), stage, bound=-10_000.0)


def level():
    """A level that may be negative, pushed about, dear when away from zero."""

    def stage(p, t):
        x = p.state("level", -5, 5, initial=1.0)
        push, away = p.variable("push", -1, 1), p.variable("away")
        p.constraint(x.outgoing == x.incoming + push + p.random([-1.0, 0.0, 1.0]))
        p.constraint(away >= x.outgoing)
        p.constraint(away >= -x.outgoing)
        p.minimise(away + 0.1 * push)

    return build(linear_graph(4), stage, bound=-10.0)


def decide_then_see():
    """The order is given before the need is seen: a node to decide, a node to see."""

    def stage(p, key):
        x, order = p.state("x", 0, 10, initial=0.0), p.state("order", 0, 5, initial=0.0)
        if key[1] == "decide":
            p.constraint(x.outgoing == x.incoming)
            p.minimise(order.outgoing)
        else:
            short = p.variable("short")
            p.constraint(x.outgoing == x.incoming + order.incoming - p.random([1.0, 2.0, 3.0]) + short)
            p.constraint(order.outgoing == 0)
            p.minimise(5 * short)

    arcs = {(ROOT, (1, "decide")): 1.0}
    for t in (1, 2, 3):
        arcs[(t, "decide"), (t, "see")] = 1.0
        if t < 3:
            arcs[(t, "see"), (t + 1, "decide")] = 1.0
    return build(policy_graph(arcs), stage, bound=0.0)


def several_roots():
    """The first regime is drawn too; noise in cost and coefficient."""

    def stage(p, key):
        _, z = key
        x = p.state("x", 0, 5, initial=1.0)
        buy, short = p.variable("buy", 0, 3), p.variable("short")
        w = p.random(
            [{"kept": 0.5, "price": 1.0, "need": 1.0}, {"kept": 0.9, "price": 2.0, "need": 2.0}], [0.4, 0.6]
        )
        p.constraint(x.outgoing == w["kept"] * x.incoming + buy - (1 + z) * w["need"] + short)
        p.minimise(w["price"] * buy + 10 * short)

    return build(markovian_graph([[[0.3, 0.7]], [[0.5, 0.5], [0.1, 0.9]]]), stage, bound=0.0)


def expansion():
    """Build units in order, whole or in part; needs grow at random."""

    def stage(p, t):
        built = p.states("built", 5, 0, 1, initial=0.0)
        run, unmet = p.variable("run"), p.variable("unmet")
        for i in range(5):
            p.constraint(built[i].outgoing >= built[i].incoming)
            if i:
                p.constraint(built[i].outgoing <= built[i - 1].outgoing)
        p.constraint(run <= total(b.outgoing for b in built))
        p.constraint(run + unmet >= (2 + 0.3 * t) * p.random([1.0, 1.2, 1.4]))
        new = total(b.outgoing - b.incoming for b in built)
        p.minimise(0.9 ** (t - 1) * (1000 * new + 4 * run + 500 * unmet))

    return build(linear_graph(4), stage, bound=0.0)


def stations():
    """Three stations share a vehicle that is moved at a cost; a call far from it is dear."""
    distance = np.array([[0, 5, 9], [5, 0, 4], [9, 4, 0.0]])

    def stage(p, t):
        here = p.states("here", 3, 0, 1, initial=[1.0, 0.0, 0.0])
        move = [p.variables(f"move{i}", 3) for i in range(3)]
        call = p.random(np.eye(3))
        for j in range(3):
            arrives, leaves = total(move[i][j] for i in range(3)), total(move[j])
            p.constraint(here[j].outgoing == here[j].incoming + arrives - leaves)
        driven = total(distance[i, j] * move[i][j] for i in range(3) for j in range(3))
        p.minimise(driven + 10 * total(call[k] * (1 - here[k].incoming) for k in range(3)))

    return build(linear_graph(4), stage, bound=0.0)


def without_state():
    def stage(p, t):
        u = p.variable("u")
        p.constraint(u >= p.random(np.array([1.0, 2.0])))
        p.minimise(u)

    return build(linear_graph(3), stage, bound=0)


KINDS = [
    capacities,
    overtime,
    farm,
    level,
    decide_then_see,
    several_roots,
    expansion,
    stations,
    without_state,
]


@pytest.mark.parametrize("maker", KINDS, ids=lambda maker: maker.__name__)
def test_cuts_meet_the_extensive_form(maker):
    model = maker()
    exact = extensive_form(model).value
    policy = train(model, iterations=120, stall=(40, 1e-9))
    assert policy.bound == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("risk", [AVaR(0.0), AVaR(1.0), EAVaR(0.5, 0.3), EAVaR(1.0, 0.0)], ids=repr)
@pytest.mark.parametrize("maker", [several_roots, level])
def test_cuts_meet_the_extensive_form_under_risk(maker, risk):
    model = maker()
    exact = extensive_form(model, risk=risk).value
    assert train(model, iterations=100, risk=risk).bound == pytest.approx(exact, rel=1e-5)


def test_an_ambiguous_law_agrees_with_the_grid():
    risk, model = ModifiedChiSquared(0.2), level()
    grid = dynamic_programme(model, points=11, risk=risk)
    assert train(model, iterations=80, risk=risk).bound == pytest.approx(grid.lower_bound, rel=1e-6)
    assert grid.gap < 1e-9


def test_two_stages_for_ever():
    # a state of 1 costs 2 and 3 in turn, a round goes on with 1/2: 5 / (1 - 1/2)
    def stage(p, t):
        x = p.state("x", initial=1.0)
        p.constraint(x.outgoing == x.incoming)
        p.minimise((2 if t == 1 else 3) * x.incoming)

    model = build(policy_graph({(ROOT, 1): 1.0, (1, 2): 1.0, (2, 1): 0.5}), stage, bound=0.0)
    assert train(model, iterations=80).bound == pytest.approx(10.0, rel=1e-6)


def test_orders_on_the_way_for_ever():
    # needs are 0 to 4 and an order arrives a stage later: order up to a base stock
    def stage(p, t):
        held, coming = p.state("held", -math.inf, math.inf, initial=0.0), p.state("coming", initial=2.0)
        order, back, left = p.variable("order", 0, 10), p.variable("back"), p.variable("left")
        need = p.random(range(5))
        p.constraint(held.outgoing == held.incoming + coming.incoming - need)
        p.constraint(coming.outgoing == order)
        p.constraint(left - back == held.outgoing)
        p.minimise(0.1 * left + 5 * back)

    model = build(cyclic_graph(1, 0.9), stage, bound=0.0)
    bound = train(model, iterations=150, stall=(30, 1e-7)).bound

    def cost(base: int) -> float:
        """The cost of keeping held and coming together at ``base`` after each order, from a start of 2."""

        def mean(amounts):
            return float(np.mean([0.1 * max(a, 0) + 5 * max(-a, 0) for a in amounts]))

        first = mean([2 - d for d in range(5)])
        return first + 0.9 * mean([base - d for d in range(5)]) / 0.1

    assert bound == pytest.approx(min(cost(base) for base in range(2, 11)), rel=1e-4)
