"""Prices on shared money: a lower bound at any prices, moved to where use is what there is."""

from __future__ import annotations

import numpy as np
import pytest
from tests.reserve import small

from lodestock.reserve.noise import with_less_noise
from lodestock.reserve.part_training import PartTask, train_part, train_parts
from lodestock.reserve.parts import part_of, priced_part
from lodestock.reserve.prepare import prepare
from lodestock.reserve.prices import Prices, _Search, no_prices, price_constant
from lodestock.reserve.problem import Problem
from lodestock.reserve.stages import reserve_model
from lodestock.sddp import extensive_form

MONEY = {
    "private": {"amount": "0.4 M USD"},
    "loan": {"amount": "2 M USD", "rate": 0.08, "advance_rate": 0.8},
    "budget_per_quarter": "0.5 M USD",
}


def two() -> Problem:
    return prepare(small.case(small.two_materials(money=MONEY, quarters=3)))


def task(part: Problem, gap: float = 1e-5) -> PartTask:
    return PartTask(problem=part, gap=gap, seconds=20.0, deadline=np.inf, iterations=100, seed=1)


@pytest.mark.parametrize("seed", range(4))
def test_any_prices_by_quarter_and_regime_give_a_lower_bound(seed: int) -> None:
    problem = two()
    optimum = extensive_form(reserve_model(problem)).value * problem.money_unit
    rng = np.random.default_rng(seed)
    shape = no_prices(problem).funds.shape
    prices = Prices(rng.uniform(0.0, 0.05, shape), rng.uniform(0.0, 0.3, shape))
    parts = [priced_part(problem, m, prices.funds, prices.spending) for m in range(2)]
    bound = sum(train_part(task(part)).lower_bound * part.money_unit for part in parts)
    assert bound - price_constant(problem, prices) <= optimum * (1 + 1e-7) + 1.0


def test_a_price_rises_until_the_mean_use_is_what_there_is_and_falls_back_when_it_overshot() -> None:
    places = np.array([[0, 1]] * 10)
    search = _Search(places, np.zeros((2, 2)), 10.0, lambda use: 0.002 if use > 5.0 else 0.0)
    price = search.price.copy()
    for _ in range(12):
        use = np.column_stack([40.0 * np.exp(-30.0 * price[0, 0]) * np.ones(10), np.full(10, 7.0)])
        search.move(use)
        price = search.price.copy()
    assert 40.0 * np.exp(-30.0 * price[0, 0]) == pytest.approx(10.0, rel=0.06)
    assert price[1, 1] == 0.002
    assert price[0, 1] == price[1, 0] == 0.0


def test_a_price_that_nothing_limits_stays() -> None:
    search = _Search(np.zeros((5, 1), dtype=np.int64), np.zeros((1, 1)), np.inf, lambda _: 0.0)
    assert not search.move(np.full((5, 1), 1e12))


def test_less_noise_keeps_means_and_regimes() -> None:
    problem = prepare(small.case(small.two_materials(noise={"outcomes": 8, "gap": 0.3, "price": 0.2})))
    few = with_less_noise(problem)
    assert few.price_noise.shape == (2, 2)
    assert few.price_noise.mean(axis=0) == pytest.approx(1.0)
    assert few.gap_noise.mean(axis=0) == pytest.approx(1.0)
    assert few.states == problem.states
    assert few.probability.sum(axis=1) == pytest.approx(1.0)


def test_parts_do_not_depend_on_where_they_are_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [task(part_of(two(), m, 0.5), 1e-3) for m in range(2)]
    here = list(train_parts(tasks))
    monkeypatch.setattr("lodestock.reserve.part_training.WORTH_SHARING", 1)
    monkeypatch.setattr("lodestock.reserve.part_training.available_workers", lambda: 2)
    there = list(train_parts(tasks))
    for one, other in zip(here, there, strict=True):
        assert one.certificate == other.certificate
        for cuts, same in zip(one.cuts, other.cuts, strict=True):
            assert [table.height.tolist() for table in cuts] == [table.height.tolist() for table in same]
