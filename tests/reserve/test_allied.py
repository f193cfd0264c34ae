"""Allies who fill at once: together is never worse, shares add up exactly, one stock is never larger."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lodestock.errors import LodestockError, ValueOutOfRangeError
from lodestock.reserve.allied.filling import (
    Filling,
    coalition_costs,
    fill_alone,
    fill_as_rivals,
    fill_one,
    fill_together,
)
from lodestock.reserve.allied.nucleolus import nucleolus
from lodestock.reserve.allied.pooling import least_stock, pool_for_all_served, pool_for_unmet
from lodestock.reserve.allied.sharing import core_excess, free_rider_gain, in_cents, shapley


def filling(target=(100.0, 100.0), insecurity=(0.0, 0.0), quarters=4, price=50.0, slope=0.1) -> Filling:
    return Filling(
        names=tuple(f"ally {n}" for n in range(len(target))),
        target=np.array(target),
        price=np.full(quarters, price),
        slope=np.full(quarters, slope),
        insecurity=np.array(insecurity),
    )


@st.composite
def fillings(draw, most=4):
    n, quarters = draw(st.integers(1, most)), draw(st.integers(1, 6))
    number = st.floats(0, 100)
    listed = lambda size, of: np.array(draw(st.lists(of, min_size=size, max_size=size)))  # noqa: E731
    return Filling(
        names=tuple(map(str, range(n))),
        target=listed(n, number),
        price=listed(quarters, number),
        slope=listed(quarters, st.floats(0.01, 1.0)),
        insecurity=listed(n, st.floats(0, 30)),
        discount=draw(st.floats(0.9, 1.0)),
    )


@settings(max_examples=100, deadline=None)
@given(fillings())
def test_together_is_never_worse_than_the_same_tonnes_uncoordinated(case):
    joint = fill_together(case)
    for other in (fill_alone(case), fill_as_rivals(case)):
        np.testing.assert_allclose(other.bought.sum(axis=1), case.target, rtol=1e-9, atol=1e-9)
        assert joint.total <= other.total + 1e-9 * max(abs(other.total), 1.0)
    np.testing.assert_allclose(joint.bought.sum(axis=1), case.target, rtol=1e-9, atol=1e-9)
    assert np.all(joint.bought >= 0)


@settings(max_examples=30, deadline=None)
@given(fillings(3), st.integers(0, 2), st.randoms(use_true_random=False))
def test_no_rival_gains_by_another_plan(case, at, random):
    k = at % len(case.names)
    found = fill_as_rivals(case)
    for _ in range(10):
        weight = np.array([0.01 + random.random() for _ in case.price])
        other = found.bought.copy()
        other[k] = case.target[k] * weight / weight.sum()
        price = case.price + case.slope * other.sum(axis=0)
        discount = case.discount ** np.arange(len(price))
        missing = np.maximum(case.target[k] - np.cumsum(other[k]), 0.0).sum()
        cost = float(other[k] @ (discount * price)) + case.insecurity[k] * missing
        assert found.cost[k] <= cost + 1e-8 * max(abs(cost), 1.0)


def test_alike_in_a_hurry_rivals_rush_and_allies_take_their_time():
    # two alike, two quarters, no discount: first-quarter purchases x each of R = 100, wait costs w = 6 a t.
    # rivals: derivative of C_k with Q = 2x, s (3x) - s (3 (R - x)) = w  =>  x = R/2 + w / (6 s) = 60
    # together: 4 s x - 4 s (R - x) = w  =>  x = R/2 + w / (8 s) = 57.5; alone: 2 s: x = R/2 + w / (4 s) = 65
    case = filling(insecurity=(6.0, 6.0), quarters=2)
    assert fill_as_rivals(case).bought[:, 0] == pytest.approx([60.0, 60.0])
    assert fill_together(case).bought[:, 0] == pytest.approx([57.5, 57.5])
    assert fill_alone(case).bought[:, 0] == pytest.approx([65.0, 65.0])
    # costs differ by the square of what is bought too early: 2 * 2 s * (2 dx)^2 / 2
    gain = fill_as_rivals(case).total - fill_together(case).total
    assert gain == pytest.approx(2 * 0.1 * (2 * 2.5) ** 2)
    assert fill_alone(case).peak > fill_as_rivals(case).peak > fill_together(case).peak


def test_together_lets_the_hurried_go_first():
    case = filling(target=(100.0, 100.0), insecurity=(20.0, 1.0), quarters=2)
    joint = fill_together(case).bought
    assert joint[0, 0] > 99.0
    assert joint[1, 0] < joint[0, 0]


def test_one_buyer_levels_the_marginal_cost():
    # c = (0, 2, 9), s = 1, R = 3: quarters 1 and 2, nu / 2 + (nu - 2) / 2 = 3 => nu = 4: q = 2, 1, 0
    bought = fill_one(np.array([0.0, 2.0, 9.0]), np.ones(3), np.array(3.0))
    np.testing.assert_allclose(bought, [2.0, 1.0, 0.0])


def test_the_joint_plan_is_that_of_one_buyer_with_the_sum():
    case = filling(target=(30.0, 70.0), insecurity=(4.0, 4.0), quarters=5)
    alone = filling(target=(100.0,), insecurity=(4.0,), quarters=5)
    np.testing.assert_allclose(fill_together(case).bought.sum(axis=0), fill_alone(alone).bought[0], rtol=1e-9)
    # alike within a coalition share by target
    assert fill_together(case).cost[0] / fill_together(case).cost[1] == pytest.approx(3 / 7)


def test_coalitions_run_from_rivals_to_all_together():
    case = filling(target=(50.0, 100.0, 20.0), insecurity=(5.0, 8.0, 2.0), quarters=4)
    of_coalition, by_ally = coalition_costs(case)
    rivals = fill_as_rivals(case)
    for k in range(3):
        assert of_coalition[1 << k] == pytest.approx(rivals.cost[k], rel=1e-9)
    assert of_coalition[7] == pytest.approx(fill_together(case).total, rel=1e-9)
    np.testing.assert_allclose(by_ally[0], rivals.cost, rtol=1e-9)


@given(st.integers(1, 4), st.data())
def test_shapley_shares_add_up_exactly_and_are_the_mean_over_orders(players, data):
    costs = [
        0.0,
        *data.draw(st.lists(st.floats(-1e6, 1e6), min_size=2**players - 1, max_size=2**players - 1)),
    ]
    shares = shapley(costs)
    assert sum(shares, Fraction(0)) == Fraction(costs[-1])
    assert sum(in_cents(shares)) == round(Fraction(costs[-1]) * 100)
    orders = list(permutations(range(players)))
    for k in range(players):
        marginal = Fraction(0)
        for order in orders:
            before = sum(1 << j for j in order[: order.index(k)])
            marginal += Fraction(costs[before | 1 << k]) - Fraction(costs[before])
        assert shares[k] == marginal / len(orders)


def test_shapley_of_a_known_game():
    # airport game: runways cost 1, 2, 3: shares 1/3, 1/3 + 1/2, 1/3 + 1/2 + 1 (Littlechild and Owen 1973)
    need = (1.0, 2.0, 3.0)
    costs = [max((need[k] for k in range(3) if mask >> k & 1), default=0.0) for mask in range(8)]
    assert shapley(costs) == (Fraction(1, 3), Fraction(5, 6), Fraction(11, 6))
    excess, _ = core_excess(costs, shapley(costs))
    assert excess <= 0  # concave games have Shapley in the core


def test_a_coalition_that_would_leave_is_found():
    # two players who each pay 1 alone and 3 together
    costs = [0.0, 1.0, 1.0, 3.0]
    excess, who = core_excess(costs, shapley(costs))
    assert excess == pytest.approx(0.5)
    assert who in (1, 2)


def test_staying_out_pays_when_others_hold_back():
    # three alike in a hurry: two who fill together buy later, the third gets the early tonnes cheap
    case = filling(target=(100.0,) * 3, insecurity=(6.0,) * 3, quarters=2)
    of_coalition, by_ally = coalition_costs(case)
    gains = free_rider_gain(by_ally, shapley(of_coalition))
    # w / s = 60. All together: 165 t first, 55 each at 66.5, 45 at 63.5, 45 t wait: 6785 each.
    # Two against one: the one buys 50 + 60 / 6 = 60 t first, the two 110: prices 67 and 63,
    # 60 * 67 + 40 * 63 + 6 * 40 = 6780 for the one outside
    assert by_ally[0b011, 2] == pytest.approx(6780.0)
    assert gains == pytest.approx((5.0, 5.0, 5.0))


needs = st.integers(1, 4).flatmap(
    lambda k: st.lists(st.lists(st.floats(0, 1000), min_size=7, max_size=7), min_size=k, max_size=k).map(
        np.array
    )
)


@settings(deadline=None)
@given(needs, st.floats(0.05, 1.0), st.floats(0, 200))
def test_a_pooled_stock_is_never_above_the_sum(need, service, unmet):
    for found in (
        pool_for_all_served(need, service),
        pool_for_unmet(need, np.full(len(need), unmet)),
    ):
        assert found.saved >= -1e-9 * max(1.0, float(found.separate.sum()))


@settings(deadline=None)
@given(needs, st.floats(0.05, 1.0))
def test_separate_stocks_serve_all_at_once_as_often_as_asked(need, service):
    found = pool_for_all_served(need, service)
    served = (need <= found.separate[:, None]).all(axis=0).mean()
    assert served >= service - 1e-9
    assert (need.sum(axis=0) <= found.pooled).mean() >= service - 1e-9


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9).map(np.array), st.floats(0, 50))
def test_least_stock_leaves_just_what_is_allowed(need, unmet):
    stock = least_stock(need, unmet)
    left = np.maximum(need - stock, 0.0).mean()
    assert left == pytest.approx(min(unmet, need.mean()), abs=1e-9)


def test_pooling_by_hand():
    # needs never coincide: one stock of 10 serves what two of 10 serve
    need = np.array([[10.0, 0.0], [0.0, 10.0]])
    found = pool_for_all_served(need, 1.0)
    assert (found.separate.sum(), found.pooled, found.saved) == (20.0, 10.0, 10.0)
    # always coincide: nothing saved
    assert pool_for_all_served(np.array([[10.0, 0.0], [10.0, 0.0]]), 1.0).saved == 0.0


def test_bad_input_is_named():
    with pytest.raises(ValueOutOfRangeError, match="target"):
        fill_alone(filling(target=(-1.0, 1.0)))
    with pytest.raises(ValueOutOfRangeError, match="slope"):
        fill_alone(filling(slope=0.0))
    with pytest.raises(ValueOutOfRangeError, match="allies"):
        fill_alone(filling(target=(1.0,) * 11, insecurity=(1.0,) * 11))
    with pytest.raises(ValueOutOfRangeError, match="coalitions"):
        shapley([0.0, 1.0, 2.0])
    with pytest.raises(ValueOutOfRangeError, match="nobody"):
        shapley([1.0, 1.0])
    with pytest.raises(LodestockError, match="needs"):
        pool_for_all_served(np.array([[-1.0]]), 0.9)
    with pytest.raises(LodestockError, match="service"):
        pool_for_all_served(np.array([[1.0]]), 0.0)


def test_nucleolus_of_known_games():
    # two players share what they save alike: 3 and 5 alone, 6 together: 2 saved
    np.testing.assert_allclose(nucleolus([0.0, 3.0, 5.0, 6.0]), [2.0, 4.0], atol=1e-7)
    # airport game 1, 2, 3: x1 = min(1/2, 2/3, 3/3), x2 = min((2 - x1)/2, (3 - x1)/2), x3 the rest
    # (Littlechild 1974)
    need = (1.0, 2.0, 3.0)
    costs = [max((need[k] for k in range(3) if mask >> k & 1), default=0.0) for mask in range(8)]
    np.testing.assert_allclose(nucleolus(costs), [0.5, 0.75, 1.75], atol=1e-7)
    assert nucleolus([0.0, 7.0]).tolist() == [7.0]


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 4), st.data())
def test_nucleolus_leaves_no_coalition_worse_than_any_other_split(players, data):
    size = 2**players
    costs = np.array([0.0, *data.draw(st.lists(st.floats(0, 100), min_size=size - 1, max_size=size - 1))])
    found = nucleolus(costs)
    assert found.sum() == pytest.approx(costs[-1], abs=1e-5)
    member = (np.arange(size)[:, None] >> np.arange(players)) & 1

    def worst(split):
        return (costs - member @ split)[1:-1].min()

    for other in (
        np.full(players, costs[-1] / players),
        np.array([float(share) for share in shapley(costs)]),
    ):
        assert worst(found) >= worst(other) - 1e-5


@pytest.mark.parametrize("difference", [0.0, 1e-12, 1e-8, 1e-5, 1e-2, 1.0])
def test_hurries_that_are_nearly_alike_are_solved_too(difference):
    case = Filling(
        names=("a", "b", "c"),
        target=np.array([37.0, 12.5, 20.0]),
        price=np.zeros(3),
        slope=np.array([0.75, 0.56, 0.01]),
        insecurity=np.array([0.0, difference, 2 * difference]),
        discount=0.955,
    )
    joint, rivals = fill_together(case), fill_as_rivals(case)
    assert joint.total <= rivals.total * (1 + 1e-9)
    # marginal cost of the joint plan is level over the quarters in which anybody buys, whoever buys
    discount = 0.955 ** np.arange(3)
    marginal = 2 * discount * case.slope * joint.bought.sum(axis=0) - np.outer(
        case.insecurity, 3 - np.arange(3)
    )
    for k in range(3):
        buys = joint.bought[k] > 1e-6
        assert np.ptp(marginal[k][buys]) <= 1e-6
        assert marginal[k][~buys].min(initial=np.inf) >= marginal[k][buys].max() - 1e-6
