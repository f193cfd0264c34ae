"""Problems worked out by hand."""

import pytest

from lodestock.sddp import (
    AVaR,
    Expectation,
    WorstCase,
    build,
    cyclic_graph,
    extensive_form,
    linear_graph,
    simulate,
    train,
)

# demand 1..5 with equal chance, cost 1, price 3, no salvage: critical ratio (3 - 1)/3 = 2/3 -> buy 4
DEMAND = [1.0, 2.0, 3.0, 4.0, 5.0]


def newsvendor(sense="max"):
    def stage(p, t):
        x = p.state("papers", upper=10.0, initial=0.0)
        if t == 1:
            p.maximise(-1.0 * x.outgoing)
            return
        sold = p.variable("sold")
        p.constraint(sold <= x.incoming)
        demand = p.random(DEMAND)
        p.constraint(sold <= demand)
        p.maximise(3.0 * sold)

    return build(linear_graph(2), stage, bound=100.0)


def test_newsvendor_buys_the_critical_fractile():
    policy = train(newsvendor(), gap=1e-9, iterations=50)
    # buy 4: 3 * (1 + 2 + 3 + 4 + 4)/5 - 4 = 8.4 - 4 = 4.4
    assert policy.lower_bound == pytest.approx(4.4)
    assert policy.upper_bound == pytest.approx(4.4)
    path = simulate(policy, 1, record=["papers"]).paths[0]
    assert path.values["papers"][0] == pytest.approx(4.0)


def test_newsvendor_under_worst_case_serves_the_smallest_demand():
    # buy 1, sell 1: 3 - 1 = 2
    assert train(newsvendor(), risk=WorstCase(), gap=1e-9, iterations=50).bound == pytest.approx(2.0)


def test_newsvendor_under_tail_risk():
    # worst 40 %: demands 1 and 2; 1.5 (min(1, x) + min(2, x)) - x rises by 0.5 up to x = 2: 4.5 - 2 = 2.5
    assert train(newsvendor(), risk=AVaR(0.4), gap=1e-9, iterations=50).bound == pytest.approx(2.5)


def test_two_stages_by_hand():
    # buy now at 2 or later at 1 or 5 (even chance), need 1: now costs 2, waiting 3
    def stage(p, t):
        x = p.state("x", upper=5.0, initial=0.0)
        buy = p.variable("buy")
        if t == 1:
            p.constraint(x.outgoing == x.incoming + buy)
            p.minimise(2.0 * buy)
        else:
            price = p.random([1.0, 5.0])
            p.constraint(x.incoming + buy >= 1.0)
            p.minimise(price * buy)

    model = build(linear_graph(2), stage, bound=0.0)
    assert train(model, iterations=20).bound == pytest.approx(2.0)
    assert extensive_form(model).value == pytest.approx(2.0)


@pytest.mark.parametrize("discount", [0.0, 0.5, 0.95])
def test_a_cycle_without_choice_is_a_geometric_sum(discount):
    # costs 1 or 3 with even chance each time: 2 / (1 - discount)
    def stage(p, t):
        x = p.state("x", upper=1.0, initial=0.0)
        idle = p.variable("idle", 1.0, 1.0)
        cost = p.random([1.0, 3.0])
        p.constraint(x.outgoing == x.incoming)
        p.minimise(cost * idle)

    model = build(cyclic_graph(1, discount), stage, bound=0.0)
    policy = train(model, iterations=400, stall=(20, 1e-10), upper=True)
    assert policy.bound == pytest.approx(2.0 / (1.0 - discount), rel=1e-3)
    assert policy.upper_bound >= 2.0 / (1.0 - discount) * (1 - 1e-9)


def test_worst_case_of_a_cycle_with_discount():
    # nested worst case: 3 / (1 - 0.5)
    def stage(p, t):
        x = p.state("x", upper=1.0, initial=0.0)
        idle = p.variable("idle", 1.0, 1.0)
        cost = p.random([1.0, 3.0])
        p.constraint(x.outgoing == x.incoming)
        p.minimise(cost * idle)

    policy = train(build(cyclic_graph(1, 0.5), stage, bound=0.0), risk=WorstCase(), gap=1e-6, iterations=100)
    assert policy.bound == pytest.approx(6.0, rel=1e-5)


def test_the_first_noise_is_weighed_by_root_risk():
    def stage(p, t):
        x = p.state("x", upper=1.0, initial=0.0)
        idle = p.variable("idle", 1.0, 1.0)
        p.constraint(x.outgoing == x.incoming)
        p.minimise(p.random([1.0, 3.0]) * idle)

    model = build(linear_graph(1), stage, bound=0.0)
    assert train(model, risk=WorstCase(), iterations=1).bound == pytest.approx(3.0)
    assert train(model, risk=WorstCase(), root_risk=Expectation(), iterations=1).bound == pytest.approx(2.0)


def test_price_blocks_fill_in_order():
    def stage(p, t):
        x = p.state("x", upper=9.0, initial=0.0)
        bought, cost = p.blocks("bought", [2.0, 3.0], [1.0, 4.0])
        p.constraint(x.outgoing == x.incoming + bought)
        p.constraint(1.0 * x.outgoing >= 3.0)
        p.minimise(cost)

    # 2 at 1 and 1 at 4
    assert train(build(linear_graph(1), stage, bound=0.0), iterations=1).bound == pytest.approx(6.0)
