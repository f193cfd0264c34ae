"""Problems of further kinds, both senses, both kinds of cuts, both bounds, against exact values."""

import itertools

import numpy as np
import pytest

from lodestock.sddp import (
    ROOT,
    AVaR,
    EAVaR,
    WorstCase,
    build,
    cyclic_graph,
    cyclic_markovian_graph,
    extensive_form,
    linear_graph,
    markovian_graph,
    policy_graph,
    simulate,
    solve_finite,
    total,
    train,
)


def perishable(p, t):
    """What is made lasts three stages; the oldest is sold first only if that pays."""
    age = p.states("age", 2, 0, 6, initial=[1.0, 2.0])
    made, sold, lost = p.variable("made", 0, 3), p.variables("sold", 3), p.variable("lost")
    need = p.random([1.0, 2.0, 4.0], [0.5, 0.3, 0.2])
    p.constraint(age[0].outgoing == made - sold[0])
    p.constraint(age[1].outgoing == age[0].incoming - sold[1])
    p.constraint(lost == age[1].incoming - sold[2])
    p.constraint(total(sold) <= need)
    p.minimise(made + 0.1 * total(a.outgoing for a in age) + 0.5 * lost - 3 * total(sold) + 3 * need)


def travel_time(p, t):
    """Two reservoirs; what the upper one releases arrives below a stage later; power pays by stage."""
    upper, lower = p.state("upper", 0, 8, initial=6.0), p.state("lower", 0, 5, initial=2.0)
    river = p.state("river", 0, 20, initial=1.0)
    turbine, spill, rain = p.variables("turbine", 2, 0, 3), p.variables("spill", 2), p.random([0.0, 2.0, 5.0])
    p.constraint(upper.outgoing == upper.incoming + rain - turbine[0] - spill[0])
    p.constraint(river.outgoing == turbine[0] + spill[0])
    p.constraint(lower.outgoing == lower.incoming + river.incoming - turbine[1] - spill[1])
    p.maximise([2.0, 5.0, 1.0, 4.0][t - 1] * (turbine[0] + 0.8 * turbine[1]) - 0.1 * total(spill))


def ratchets(p, key):
    """A gas store whose rates depend on its level, at a price that follows regime and noise."""
    _, dear = key
    level = p.state("level", 0, 10, initial=3.0)
    into, out, w = p.variable("into"), p.variable("out"), p.random([0.8, 1.0, 1.3])
    p.constraint(level.outgoing == level.incoming + 0.98 * into - out)
    p.constraint(into <= 4 - 0.3 * level.incoming)
    p.constraint(out <= 1 + 0.4 * level.incoming)
    p.maximise((6.0 if dear else 2.0) * w * (out - into) - 0.05 * (out + into))


def remembered_inflow(p, t):
    """The inflow follows its own past: a state with random gain and shift."""
    volume, flow = p.state("volume", 0, 9, initial=4.0), p.state("flow", 0, 30, initial=2.0)
    run, bought, spill = p.variable("run", 0, 4), p.variables("bought", 2, 0, 5), p.variable("spill")
    w = p.random([{"gain": 0.4, "shift": 0.2}, {"gain": 0.7, "shift": 1.0}, {"gain": 1.1, "shift": 1.5}])
    p.constraint(flow.outgoing == w["gain"] * flow.incoming + w["shift"])
    p.constraint(volume.outgoing == volume.incoming + flow.outgoing - run - spill)
    p.constraint(run + total(bought) >= 5 + (t % 2))
    p.minimise(3 * bought[0] + 8 * bought[1] + 0.2 * spill)


def yields(p, t):
    """Land is sown before yields are known; what lacks is bought, what is over is sold in two blocks."""
    land = p.states("land", 2, 0, 20, initial=0.0)
    if t == 1:
        p.constraint(total(x.outgoing for x in land) <= 20)
        p.maximise(-2.0 * land[0].outgoing - 3.0 * land[1].outgoing)
        return
    crop = p.random([(1.5, 8.0), (2.0, 10.0), (2.6, 11.0)])
    bought = p.variable("bought")
    amount, gain = p.blocks("sold", [60.0, 200.0], [1.5, 0.2], rising=False)
    for x in land:
        p.constraint(x.outgoing == 0)
    p.constraint(crop[0] * land[0].incoming + bought >= 25)
    p.constraint(amount <= crop[1] * land[1].incoming)
    p.maximise(gain - 9 * bought)


def portfolio(p, t):
    """Three assets, a cost of every trade, wealth short of a goal is punished."""
    held = p.states("held", 3, 0, 200, initial=[50.0, 0.0, 0.0])
    gain = p.random([(1.01, 0.90, 1.05), (1.01, 1.20, 1.02), (1.01, 1.06, 0.99)], [0.3, 0.3, 0.4])
    if t == 4:
        over, short = p.variable("over"), p.variable("short")
        p.constraint(total(g * x.incoming for g, x in zip(gain, held, strict=True)) - over + short == 56)
        for x in held:
            p.constraint(x.outgoing == 0)
        p.maximise(over - 3 * short)
        return
    bought, sold = p.variables("bought", 3), p.variables("sold", 3)
    for i in range(3):
        p.constraint(held[i].outgoing == gain[i] * held[i].incoming + bought[i] - sold[i])
    p.constraint(1.01 * total(bought) <= 0.99 * total(sold))
    p.maximise(0.0)


def transfers(p, key):
    """Two depots that may owe, with exchange on the way at a cost, needs by regime."""
    _, z = key
    stock, back = p.states("stock", 2, -6, 6, initial=1.0), p.variables("back", 2)
    order, move = p.variables("order", 2, 0, 3), p.variables("move", 2, 0, 2)
    need = p.random([(0.0, 2.0), (3.0, 1.0), (1.0, 1.0)], [[0.2, 0.3, 0.5], [0.5, 0.4, 0.1]][z])
    for i in range(2):
        p.constraint(stock[i].outgoing == stock[i].incoming + order[i] + move[1 - i] - move[i] - need[i])
        p.constraint(back[i] >= -stock[i].outgoing)
    held = total(stock[i].outgoing + back[i] for i in range(2))
    p.minimise(2 * order[0] + 3 * order[1] + total(move) + 9 * total(back) + 0.3 * held)


def plant(p, t):
    """Availability bounds a decision at random; a long plan with little noise."""
    fuel, free = p.state("fuel", 0, 40, initial=20.0), [1.0] if t % 3 else [0.5, 1.0]
    run = p.variable("run", 0, 4 * p.random(free))
    bought, lost = p.variable("bought", 0, 2), p.variable("lost")
    p.constraint(fuel.outgoing == fuel.incoming + bought - run)
    p.constraint(run + lost >= 2 + t % 4)
    p.minimise((1 + t % 3) * bought + 20 * lost)


MARKOV = markovian_graph([[[1.0, 0.0]], [[0.7, 0.3], [0.5, 0.5]], [[0.7, 0.3], [0.5, 0.5]]])
UNEVEN = policy_graph(
    {(ROOT, (0, 0)): 0.6, (ROOT, (1, 1)): 0.4, ((0, 0), (1, 1)): 0.5, ((0, 0), (2, 0)): 0.3}
    | {((1, 1), (2, 0)): 0.9, ((2, 0), (3, 1)): 1.0},
    discount={(1, 1): 0.9},
)
KINDS = {
    "perishable": (linear_graph(3), perishable, -100.0),
    "travel_time": (linear_graph(4), travel_time, 500.0),
    "ratchets": (MARKOV, ratchets, 500.0),
    "remembered_inflow": (linear_graph(4), remembered_inflow, 0.0),
    "yields": (linear_graph(2), yields, 500.0),
    "portfolio": (linear_graph(4), portfolio, 500.0),
    "transfers": (MARKOV, transfers, -50.0),
    "uneven": (UNEVEN, transfers, -50.0),
    "plant": (linear_graph(9), plant, 0.0),
}


def turned(stage):
    """Return the same problem in the other sense."""

    def other(p, key):
        minimise, maximise = p.minimise, p.maximise
        p.minimise, p.maximise = lambda v: maximise(-1.0 * v), lambda v: minimise(-1.0 * v)
        stage(p, key)

    return other


def agrees(graph, stage, bound, **settings):
    """Train both sides and compare with the tree; return the value."""
    model = build(graph, stage, bound=bound)
    exact = extensive_form(model, risk=settings.get("risk")).value
    policy = train(model, iterations=80, stall=(25, 1e-10), **settings)
    slack = 1e-6 * max(1.0, abs(exact))
    assert policy.bound == pytest.approx(exact, rel=1e-5)
    assert policy.lower_bound <= exact + slack
    assert policy.upper_bound >= exact - slack
    return exact


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_enclose_the_tree_in_both_senses(kind):
    graph, stage, bound = KINDS[kind]
    value = agrees(graph, stage, bound, upper=True, ceiling=-1e5 if bound > 0 else 1e5)
    assert agrees(graph, turned(stage), -bound, cuts="multi") == pytest.approx(-value)


@pytest.mark.parametrize("risk", [AVaR(0.35), EAVaR(0.4, 0.2), WorstCase()], ids=repr)
@pytest.mark.parametrize("kind", ["uneven", "portfolio", "ratchets"])
def test_bounds_enclose_the_tree_under_risk_in_both_senses(kind, risk):
    graph, stage, bound = KINDS[kind]
    value = agrees(graph, stage, bound, risk=risk, cuts="multi")
    assert agrees(graph, turned(stage), -bound, risk=risk) == pytest.approx(-value)


def test_whole_numbers_that_need_no_whole_number_programme_agree_with_policy_iteration():
    # stocks, orders and needs are whole: the value has its kinks there, and both problems are the same
    need, chance, factor, top = [0, 1, 3], [0.3, 0.5, 0.2], 0.8, 6

    def stage(p, t):
        x, order = p.state("x", 0, top, initial=0.0), p.variable("order", 0, 3)
        short, waste = p.variable("short"), p.variable("waste")
        p.constraint(x.outgoing == x.incoming + order + short - waste - p.random(need, chance))
        p.minimise(2 * order + 7 * short + 0.4 * x.outgoing + waste)

    policy = train(build(cyclic_graph(1, factor), stage, bound=0.0), iterations=200, stall=(40, 1e-9))
    cost = np.full((3 * (top + 1), top + 1), np.inf)
    following = np.zeros((3 * (top + 1), top + 1, 3 * (top + 1)))
    for (at, demand), have in itertools.product(enumerate(need), range(top + 1)):
        for after, order in itertools.product(range(top + 1), range(4)):
            left = have + order - demand - after
            paid = 2 * order + 7 * max(-left, 0) + max(left, 0) + 0.4 * after
            cost[3 * have + at, after] = min(cost[3 * have + at, after], paid)
            following[3 * have + at, after, 3 * after : 3 * after + 3] = chance
    exact = solve_finite(cost, following, factor).value[:3] @ chance
    assert policy.bound == pytest.approx(exact, rel=1e-5)


def test_regimes_for_ever_without_choice_solve_a_linear_system():
    # v = c + factor P v for the second stage of a round, without the factor from the first to the second
    P, start, factor = np.array([[0.8, 0.2], [0.5, 0.5]]), np.array([0.25, 0.75]), 0.7
    cost = {(1, 0): 1.0, (1, 1): 4.0, (2, 0): 2.0, (2, 1): 0.5}

    def stage(p, key):
        x = p.state("x", 1, 1, initial=1.0)
        p.constraint(x.outgoing == x.incoming)
        p.minimise(cost[key] * x.incoming)

    graph = cyclic_markovian_graph(2, P, start, factor)
    c1, c2 = np.array([1.0, 4.0]), np.array([2.0, 0.5])
    first = np.linalg.solve(np.eye(2) - factor * P @ P, c1 + P @ c2)
    policy = train(build(graph, stage, bound=0.0), iterations=150, upper=True, stall=(50, 1e-9))
    assert policy.bound == pytest.approx(start @ first, rel=1e-4)
    assert policy.upper_bound >= start @ first * (1 - 1e-9)


def test_a_frontier_of_two_objectives_is_concave_in_its_weight():
    # cost and spill weighed against each other: least values of a family of linear functions of the weight
    def value(weight):
        def stage(p, t):
            x = p.state("x", 0, 6, initial=3.0)
            run, bought, spill = p.variable("run"), p.variable("bought"), p.variable("spill")
            p.constraint(x.outgoing == x.incoming + p.random([0.0, 2.0, 6.0]) - run - spill)
            p.constraint(run + bought >= 3)
            p.minimise(weight * bought + (1 - weight) * (spill + 0.2 * x.outgoing))

        return agrees(linear_graph(3), stage, 0.0)

    values = [value(weight) for weight in np.linspace(0.0, 1.0, 5)]
    assert (np.diff(values, 2) <= 1e-9).all()
    assert max(values) > 0.1


@pytest.mark.parametrize("risk", [None, EAVaR(0.5, 0.3), AVaR(0.99)], ids=repr)
def test_a_loop_that_ends_by_chance_needs_no_ceiling_of_its_own(risk):
    # every visit costs 2, the next comes with 0.9: v = 2 + F[v or 0], F's weight on going on below 1
    def stage(p, t):
        x = p.state("x", 0, 1, initial=1.0)
        p.constraint(x.outgoing == x.incoming)
        p.minimise(1.0 + x.incoming)

    model = build(policy_graph({(ROOT, 1): 1.0, (1, 1): 0.9}), stage, bound=0.0)
    weight = 0.9
    if isinstance(risk, EAVaR):
        weight = 0.5 * 0.9 + 0.5 * 1.0
    elif risk is not None:
        weight = 0.9 / 0.99
    policy = train(model, iterations=300, upper=True, risk=risk, stall=(100, 1e-9))
    assert policy.bound == pytest.approx(2 / (1 - weight), rel=1e-3)
    assert policy.bound <= 2 / (1 - weight) * (1 + 1e-9) <= policy.upper_bound * (1 + 2e-9)
    assert policy.gap < 1e-2


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
def test_units_of_quantity_do_not_matter(unit):
    # sums of 1e13: numbers of that length leave HiGHS's gap of objectives and tolerances of 1e-9 open
    def stage(p, t):
        x, buy = p.state("x", 0, 5 * unit, initial=unit), p.variable("buy", 0, 2 * unit)
        short = p.variable("short")
        p.constraint(x.outgoing == x.incoming + buy + short - p.random([0.5 * unit, 1.5 * unit, 3.0 * unit]))
        p.minimise(1e3 * buy + 1e5 * short + 10 * x.outgoing)

    value = agrees(linear_graph(4), stage, 0.0, upper=True)
    assert value / unit == pytest.approx(29691.604938271598)


def test_outcomes_given_as_rows_of_an_array_are_replayed():
    def stage(p, t):
        x, w = p.state("x", initial=0.0), p.random(np.array([[1.0, 2.0], [3.0, 5.0]]))
        p.constraint(x.outgoing == x.incoming + w[0])
        p.minimise(w[1] * x.outgoing)

    policy = train(build(linear_graph(2), stage, bound=0.0), iterations=3)
    totals = simulate(policy, histories=[[(1, (1.0, 2.0)), (2, (3.0, 5.0))]]).totals
    assert totals == pytest.approx([1 * 2 + 4 * 5])


@pytest.mark.parametrize("cuts", ["single", "multi"])
@pytest.mark.parametrize("risk", [WorstCase(), AVaR(0.001)], ids=repr)
def test_what_is_feared_is_visited_though_it_is_rare(risk, cuts):
    # the worst comes with 1 in 1000 at each of six stages: it takes 3 from the store, which refills by 1
    def stage(p, t):
        x, buy = p.state("x", 0, 9, initial=3.0), p.variable("buy", 0, 2)
        short = p.variable("short")
        p.constraint(x.outgoing == x.incoming + buy + short - p.random([0.0, 3.0], [0.999, 0.001]))
        p.minimise(t * buy + 50 * short + 0.1 * x.outgoing)

    model = build(linear_graph(6), stage, bound=0.0)
    exact = extensive_form(model, risk=risk).value
    assert train(model, iterations=40, risk=risk, cuts=cuts).bound == pytest.approx(exact, rel=1e-6)
