"""One state: bounds that meet at the value of the tree, under any risk; what it does not take is named."""

from __future__ import annotations

from typing import Any

import pytest

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.sddp import (
    AVaR,
    EAVaR,
    Expectation,
    build,
    cyclic_graph,
    extensive_form,
    linear_graph,
    markovian_graph,
    simulate,
    train,
    train_line,
)


def stock(p: Any, key: Any) -> None:
    """Buy at a price of the regime for a random need; what is missing costs ten."""
    price = 1.0 if key[1] == "calm" else 3.0
    x = p.state("x", upper=8.0, initial=1.0, slope=(-12.0, 1.0))
    buy, short, left = p.variable("buy", 0.0, 3.0), p.variable("short"), p.variable("thrown away")
    need = p.random([0.0, 2.0, 4.0] if key[1] == "calm" else [1.0, 3.0, 5.0])
    p.constraint(x.outgoing == x.incoming + buy + short - left - need)
    p.minimise(price * buy + 10 * short + 0.1 * x.outgoing)


def model(stages: int = 4) -> Any:
    chain = [[0.8, 0.2], [0.3, 0.7]]
    return build(
        markovian_graph([[[1.0, 0.0]], *[chain] * (stages - 1)], regimes=["calm", "tight"], discount=0.95),
        stock,
        bound=0.0,
    )


@pytest.mark.parametrize("risk", [Expectation(), AVaR(0.4), EAVaR(0.5, 0.2)])
def test_both_bounds_meet_at_the_value_of_the_tree(risk: Any) -> None:
    it = model()
    policy = train_line(it, gap=1e-6, risk=risk)
    exact = extensive_form(it, risk=risk).value
    assert policy.gap <= 1e-6
    assert policy.lower_bound == pytest.approx(exact, rel=2e-6)
    assert policy.upper_bound == pytest.approx(exact, rel=2e-6)


def test_bounds_are_monotone_and_the_walks_agree() -> None:
    policy = train_line(model(8), gap=1e-4)
    lows = [one.lower_bound for one in policy.log]
    highs = [one.upper_bound for one in policy.log]
    assert lows == sorted(lows)
    assert highs == sorted(highs, reverse=True)
    low, high = simulate(policy, 2000).mean_interval(4.0)
    assert low <= policy.upper_bound
    assert policy.lower_bound <= high


def test_it_goes_on_from_a_policy() -> None:
    it = model(8)
    rough = train_line(it, gap=0.2)
    fine = train_line(it, gap=1e-4, start=rough)
    assert fine.lower_bound >= rough.lower_bound
    assert fine.upper_bound <= rough.upper_bound
    assert fine.iterations > rough.iterations


def test_a_width_stops_it() -> None:
    policy = train_line(model(8), gap=0.0, width=0.5)
    assert policy.upper_bound - policy.lower_bound <= 0.5
    assert policy.status == "gap"


def test_the_same_seed_gives_the_same_bounds() -> None:
    one, other = (train_line(model(6), gap=1e-3, seed=5) for _ in range(2))
    assert one.certificate == other.certificate


def test_it_agrees_with_sampled_training() -> None:
    it = model(6)
    sampled = train(it, iterations=120)
    assert sampled.lower_bound <= train_line(it, gap=1e-5).upper_bound * (1 + 1e-9)


def test_what_it_does_not_take_is_named() -> None:
    def two(p: Any, key: Any) -> None:
        x, y = p.state("x", upper=1.0, initial=0.0), p.state("y", upper=1.0, initial=0.0)
        p.constraint(x.outgoing + y.outgoing <= 1.0)
        p.minimise(x.outgoing)

    def endless(p: Any, key: Any) -> None:
        x = p.state("x", initial=0.0, slope=(-1.0, 1.0))
        p.constraint(x.outgoing >= 0.0)
        p.minimise(x.outgoing)

    with pytest.raises(ConflictError, match="2 states"):
        train_line(build(linear_graph(2), two, bound=0.0))
    with pytest.raises(ConflictError, match="cycle"):
        train_line(build(cyclic_graph(2, 0.9), endless, bound=0.0))
    with pytest.raises(ValueOutOfRangeError, match="finite bounds"):
        train_line(build(linear_graph(3), endless, bound=0.0))
