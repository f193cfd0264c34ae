"""Hidden regimes and objective states against their limits and the tree over histories."""

import pytest

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.sddp import (
    AVaR,
    build,
    cyclic_markovian_graph,
    extensive_form,
    linear_graph,
    load,
    markovian_graph,
    simulate,
    train,
)

CHAIN = [[[0.6, 0.4]], [[0.8, 0.2], [0.3, 0.7]], [[0.8, 0.2], [0.3, 0.7]]]
NEED = [0.0, 2.0, 4.0]


def inventory(chance, *, hidden, chain=CHAIN):
    """Stock up at 1 before a need that depends on the regime; shortage costs 6."""

    def stage(p, key):
        x = p.state("x", upper=6.0, initial=1.0)
        buy, short, use = p.variable("buy", upper=3.0), p.variable("short"), p.variable("use")
        need = p.random(NEED, chance[key[1]])
        p.constraint(x.outgoing == x.incoming + buy - use)
        p.constraint(use <= x.incoming)  # what is bought now comes later
        p.constraint(use + short == need)
        p.minimise(buy + 6 * short + 0.1 * x.outgoing)

    return build(markovian_graph(chain, hidden=hidden), stage, bound=0.0)


INFORMATIVE = [[0.8, 0.15, 0.05], [0.1, 0.3, 0.6]]
PERFECT = [[1.0, 0.0, 0.0], [0.0, 0.4, 0.6]]
SILENT = [[0.4, 0.3, 0.3], [0.4, 0.3, 0.3]]


@pytest.mark.parametrize("chance", [INFORMATIVE, PERFECT, SILENT], ids=["informative", "perfect", "silent"])
def test_hidden_regimes_equal_the_tree_over_histories(chance):
    model = inventory(chance, hidden=True)
    exact = extensive_form(model).value
    policy = train(model, iterations=150)
    assert policy.bound == pytest.approx(exact, rel=2e-3)
    assert policy.bound <= exact * (1 + 1e-7)


@pytest.mark.parametrize("chance", [INFORMATIVE, PERFECT, SILENT], ids=["informative", "perfect", "silent"])
@pytest.mark.parametrize("iterations", [1, 4, 60])
def test_hidden_regimes_are_bounded_from_above(chance, iterations):
    model = inventory(chance, hidden=True)
    exact = extensive_form(model).value
    policy = train(model, iterations=iterations, upper=True)
    assert policy.upper_bound >= exact * (1 - 1e-7)
    if iterations == 60:
        assert policy.gap < 1e-3


@pytest.mark.parametrize("maker", [lambda: inventory(INFORMATIVE, hidden=True), lambda: traded()])
def test_an_upper_side_in_a_context_survives_its_file(tmp_path, maker):
    model, path = maker(), tmp_path / "policy.json"
    policy = train(model, iterations=6, upper=True, checkpoint=path, checkpoint_every=3)
    back = load(model, path)
    assert back.engine().upper_bound() == pytest.approx(policy.upper_bound, rel=1e-9)
    assert len(simulate(back, 3).paths) == 3
    resumed = train(model, iterations=12, upper=True, checkpoint=path, checkpoint_every=3)
    whole = train(model, iterations=12, upper=True, checkpoint=tmp_path / "new.json", checkpoint_every=3)
    assert resumed.certificate == whole.certificate


def test_perfect_observations_equal_seen_regimes():
    hidden, seen = inventory(PERFECT, hidden=True), inventory(PERFECT, hidden=False)
    assert extensive_form(hidden).value == pytest.approx(extensive_form(seen).value, rel=1e-9)
    assert train(hidden, iterations=150).bound == pytest.approx(train(seen, iterations=150).bound, rel=2e-3)


def test_silent_observations_equal_the_averaged_model():
    # the law of the need is the same in both regimes: one regime is enough
    single = inventory([SILENT[0]], hidden=False, chain=[[[1.0]], [[1.0]], [[1.0]]])
    model = inventory(SILENT, hidden=True)
    assert train(model, iterations=100).bound == pytest.approx(extensive_form(single).value, rel=2e-3)
    path = simulate(train(model, iterations=10), 1).paths[0]
    # belief follows the chain: (0.6, 0.4), then 0.6 * 0.8 + 0.4 * 0.3 = 0.6 calm again
    assert all(belief == pytest.approx([0.6, 0.4]) for belief in path.belief)


def test_seeing_the_regime_is_never_worse():
    for chance in (INFORMATIVE, PERFECT, SILENT):
        seen = extensive_form(inventory(chance, hidden=False)).value
        assert seen <= extensive_form(inventory(chance, hidden=True)).value + 1e-9


def test_belief_by_hand_along_a_history():
    policy = train(inventory(INFORMATIVE, hidden=True), iterations=30)
    path = simulate(policy, histories=[[((1, 0), 4.0), ((2, 0), 0.0)]]).paths[0]
    # first: (0.6 * 0.05, 0.4 * 0.6) = (0.03, 0.24) -> 1/9
    assert path.belief[0] == pytest.approx([1 / 9, 8 / 9])
    # then chain: 1/9 * 0.8 + 8/9 * 0.3 = 16/45 calm; times 0.8 against 29/45 * 0.1
    assert path.belief[1][0] == pytest.approx(16 * 0.8 / (16 * 0.8 + 29 * 0.1))


def test_a_tonne_is_worth_the_same_where_signals_tell_all():
    hidden, seen = (train(inventory(PERFECT, hidden=way), iterations=150) for way in (True, False))
    for regime in (0, 1):
        for stock in (0.0, 2.0, 3.0):
            belief = [1.0 - regime, float(regime)]
            value, slope = hidden.value((2, regime), {"x": stock}, belief)
            known, worth = seen.value((2, regime), {"x": stock})
            assert value == pytest.approx(known, abs=1e-3)
        assert slope["x"] == pytest.approx(worth["x"], abs=1e-3)


def test_a_value_between_beliefs_is_the_mean_of_cuts_and_rises_slower_than_either():
    policy = train(inventory(INFORMATIVE, hidden=True), iterations=100)
    low, mixed, high = (policy.value((2, 0), {"x": 1.0}, [1.0 - b, b])[0] for b in (0.2, 0.5, 0.8))
    assert low < mixed < high
    assert mixed >= 0.5 * low + 0.5 * high - 1e-6
    more = policy.value((2, 0), {"x": 1.001}, [0.5, 0.5])[0]
    assert (more - mixed) / 0.001 == pytest.approx(
        policy.value((2, 0), {"x": 1.0}, [0.5, 0.5])[1]["x"], abs=0.05
    )


@pytest.mark.parametrize("belief", [None, [1.0], [0.5, 0.6], [1.5, -0.5]])
def test_a_belief_that_is_none_is_named(belief):
    policy = train(inventory(INFORMATIVE, hidden=True), iterations=5)
    with pytest.raises(ConflictError, match="belief"):
        policy.value((2, 0), {"x": 1.0}, belief)


def test_hidden_regimes_on_a_cycle():
    def stage(p, key):
        x = p.state("x", upper=6.0, initial=1.0)
        buy, short, use = p.variable("buy", upper=3.0), p.variable("short"), p.variable("use")
        p.constraint(x.outgoing == x.incoming + buy - use)
        p.constraint(use + short == p.random(NEED, INFORMATIVE[key[1]]))
        p.minimise(buy + 6 * short)

    def graph(hidden):
        return cyclic_markovian_graph(2, [[0.8, 0.2], [0.3, 0.7]], [0.6, 0.4], 0.8, hidden=hidden)

    hidden = train(build(graph(True), stage, bound=0.0), iterations=12)
    seen = train(build(graph(False), stage, bound=0.0), iterations=100, gap=1e-4)
    _, high = simulate(hidden, 150, longest=40).mean_interval(4.0)
    assert hidden.bound <= high
    assert seen.lower_bound <= high


def walk(stages=4):
    """Sell from a stock at a price that moves on its own: y' = 0.5 y + noise."""

    def stage(p, t):
        x = p.state("x", upper=4.0, initial=4.0)
        sold = p.variable("sold", upper=1.5)
        step = p.random([1.0, 3.0, 5.0], [0.3, 0.4, 0.3])
        p.objective_state("price", initial=4.0, lower=0.0, upper=10.0, constant=step, weights={"price": 0.5})
        p.constraint(x.outgoing == x.incoming - sold)
        p.maximise(-0.2 * sold)
        p.price_times("price", sold)

    return build(linear_graph(stages), stage, bound=100.0)


def test_objective_state_equals_the_tree():
    model = walk()
    exact = extensive_form(model).value
    policy = train(model, iterations=150)
    assert policy.bound == pytest.approx(exact, rel=2e-3)
    assert policy.bound >= exact * (1 - 1e-7)


@pytest.mark.parametrize("iterations", [1, 5, 40])
def test_objective_states_are_bounded_from_above(iterations):
    model = traded()
    exact = extensive_form(model).value
    policy = train(model, iterations=iterations, upper=True)
    assert policy.lower_bound <= exact * (1 + 1e-7)
    assert policy.upper_bound >= exact * (1 - 1e-7)
    if iterations == 40:
        assert policy.gap < 0.02


def traded():
    """A store bought at a price that grows at random; shortage costs 4, dearer than any price times need."""

    def stage(p, t):
        x = p.state("x", upper=6.0, initial=1.0, slope=(-6.0, 0.5))
        buy, used, short = p.variable("buy", upper=3.0), p.variable("used"), p.variable("short")
        w = p.random([(need, growth) for need in (0.0, 1.0, 3.0) for growth in (0.8, 1.2)])
        p.objective_state("price", initial=1.5, lower=0.1, upper=5.0, constant=0.05, weights={"price": w[1]})
        p.constraint(x.outgoing == x.incoming + buy - used)
        p.constraint(used + short == w[0])
        p.minimise(4 * short + 0.1 * x.outgoing)
        p.price_times("price", buy)

    return build(linear_graph(4), stage, bound=0.0)


def test_objective_state_without_movement_is_a_plain_price():
    def stage(p, t):
        x = p.state("x", upper=4.0, initial=4.0)
        sold = p.variable("sold", upper=1.5)
        p.objective_state("price", initial=3.0, lower=0.0, upper=5.0)
        p.constraint(x.outgoing == x.incoming - sold)
        p.price_times("price", sold)
        p.maximise(0.0)

    # all four units at 3
    assert train(build(linear_graph(4), stage, bound=50.0), iterations=20).bound == pytest.approx(12.0)


def test_a_price_that_leaves_its_bounds_is_named():
    def stage(p, t):
        x = p.state("x", upper=4.0, initial=4.0)
        p.objective_state("price", initial=4.0, lower=0.0, upper=5.0, constant=p.random([2.0]))
        p.constraint(x.outgoing == x.incoming)
        p.price_times("price", x.outgoing)
        p.minimise(0.0)

    with pytest.raises(ValueOutOfRangeError, match="'price' reaches 6"):
        train(build(linear_graph(2), stage, bound=0.0), iterations=1)


def test_an_upper_bound_with_prices_needs_slopes():
    with pytest.raises(ConflictError, match="slope"):
        train(walk(), iterations=1, upper=True)


@pytest.mark.parametrize(
    "maker", [walk, lambda: inventory(INFORMATIVE, hidden=True)], ids=["price", "hidden"]
)
def test_a_risk_measure_with_prices_or_belief_is_refused(maker):
    with pytest.raises(ConflictError, match="risk measure"):
        train(maker(), iterations=1, risk=AVaR(0.1))
