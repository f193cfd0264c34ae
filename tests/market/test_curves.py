"""Curves: closed forms of value, derivative and integral, and the corners between segments."""

from __future__ import annotations

import numpy as np
import pytest

from lodestock.errors import ValueOutOfRangeError
from lodestock.market import (
    Curves,
    assemble,
    concatenate_activities,
    concatenate_curves,
    constant_elasticity_supply,
    constant_elasticity_use,
    fixed_supply,
    fixed_use,
    linear_supply,
    linear_use,
    no_curves,
    solve,
)


def every_kind() -> Curves:
    return concatenate_curves(
        [
            constant_elasticity_supply(
                ["mine", "cut", "vertical"], 0, 10.0, 5.0, [0.5, 0.5, 0.0], [15, 6, 12], 0.3, 0.6
            ),
            constant_elasticity_use(
                ["use", "unit elastic"],
                0,
                10.0,
                5.0,
                [0.3, 1.0],
                backstops=[(0.2, 1.5, 3.0), (0.3, 2.0, 4.0)],
                choke_multiple=8.0,
            ),
            constant_elasticity_use(["no choke"], 0, 10.0, 5.0, 0.3),
            linear_supply(["line"], 0, 2.0, 0.5, 4.0),
            linear_use(["demand line"], 0, 9.0, 0.5),
            fixed_use(["fixed"], 0, 3.0),
        ]
    )


def test_constant_elasticity_passes_through_its_base_point():
    curves = every_kind()
    base = curves.quantity(np.full(len(curves), 5.0))
    # 'cut' has a capacity of 6 under its base quantity of 10: an outage
    assert base == pytest.approx([10, 6, 10, 10, 10, 10, 4, 8, 3])


def test_supply_has_the_stated_elasticity_and_stops_at_capacity():
    supply = constant_elasticity_supply(["mine"], 0, 10.0, 5.0, 0.5, 15.0)
    # 10 (p/5)^0.5 = 15 at p = 5 * 1.5^2 = 11.25
    assert supply.quantity(np.array([10.0])) == pytest.approx(10 * 2**0.5)
    assert supply.quantity(np.array([11.25])) == pytest.approx(15.0)
    assert supply.quantity(np.array([40.0])) == pytest.approx(15.0)


def test_supply_shuts_along_a_straight_line():
    supply = constant_elasticity_supply(["mine"], 0, 10.0, 5.0, 0.5, np.inf, 0.3, 0.6)
    at_high = 10 * 0.6**0.5
    # shut below 0.3 * 5 = 1.5; half way up the line at 2.25; on the curve from 3
    assert supply.quantity(np.array([1.4]))[0] == 0.0
    assert supply.quantity(np.array([2.25]))[0] == pytest.approx(at_high / 2)
    assert supply.quantity(np.array([3.0]))[0] == pytest.approx(at_high)


def test_use_with_a_capacity_is_flat_below_its_line():
    use = linear_use(["plant"], 0, 9.0, 0.5, capacity=6.0)
    # (9 - p) / 0.5 = 6 at p = 6
    assert [use.quantity(np.array([p]))[0] for p in (2.0, 6.0, 8.0, 10.0)] == pytest.approx(
        [6.0, 6.0, 2.0, 0.0]
    )
    assert use.slope(np.array([2.0]))[0] == 0.0
    assert use.integral(np.array([9.0]))[0] == pytest.approx(6.0 * 6.0 + 6.0 * 3.0 / 2)


def test_backstops_take_their_share_and_the_choke_the_rest():
    use = constant_elasticity_use(
        ["use"], 0, 10.0, 5.0, 0.0, backstops=[(0.2, 1.5, 3.0)], choke_multiple=8.0, choke_from=6.0
    )

    def remaining(multiple: float) -> float:
        return float(use.quantity(np.array([5.0 * multiple]))[0]) / 10.0

    assert remaining(1.5) == pytest.approx(1.0)
    assert remaining(2.25) == pytest.approx(0.9)  # half of the 20 % back-stop has left
    assert remaining(3.0) == pytest.approx(0.8)
    assert remaining(7.0) == pytest.approx(0.4)  # half of the remaining 80 %
    assert remaining(8.0) == pytest.approx(0.0, abs=1e-15)
    assert remaining(80.0) == 0.0


def test_use_is_finite_at_a_zero_price():
    use = constant_elasticity_use(["use"], 0, 10.0, 5.0, 1.0, low_multiple=0.1)
    assert use.quantity(np.array([0.0])) == pytest.approx(100.0)
    assert use.quantity(np.array([-3.0])) == pytest.approx(100.0)


@pytest.mark.parametrize(
    "price", [-2.0, 0.0, 0.1, 1.5, 2.0, 3.0, 5.0, 7.7, 8.0, 11.0, 15.0, 25.0, 40.0, 90.0]
)
def test_integral_and_slope_agree_with_differences(price):
    curves = every_kind()
    p, h = np.full(len(curves), price), 1e-6
    quantity = (curves.integral(p + h) - curves.integral(p - h)) / (2 * h)
    # a corner inside the interval costs at most half the change of slope times h
    assert quantity == pytest.approx(curves.quantity(p + 0.0), rel=1e-6, abs=2e-5)
    forward = (curves.quantity(p + h) - curves.quantity(p)) / h
    assert curves.slope(p) == pytest.approx(forward, rel=1e-4, abs=1e-5)


def test_integral_of_a_unit_elastic_curve_is_a_logarithm():
    use = constant_elasticity_use(["use"], 0, 10.0, 5.0, 1.0)
    # 50/v between 5 and 20: 50 ln 4
    area = use.integral(np.array([20.0])) - use.integral(np.array([5.0]))
    assert area == pytest.approx(50 * np.log(4.0))


def test_limits():
    curves = every_kind()
    limit = curves.limit_quantity()
    assert limit == pytest.approx([15, 6, 10, 0, 0, 0, 4, 0, 3])
    # triangle under the demand line: 18 at p = 0, choke 9
    assert curves.limit_integral()[7] == pytest.approx(81.0)
    assert np.isinf(curves.limit_integral()[5])


def test_own_price_carries_the_wedges():
    from dataclasses import replace

    supply = fixed_supply(["mine"], 0, 1.0)
    taxed = replace(supply, price_weight=np.array([0.9]), price_shift=np.array([2.0]))
    assert taxed.own_price(np.array([20.0]), 1.0) == pytest.approx(0.9 * 20 - 2 - 1)


def test_concatenation_and_selection_keep_the_order():
    curves = every_kind()
    assert len(no_curves()) == 0
    assert len(concatenate_curves([])) == 0
    picked = curves.select(np.array([7, 0]))
    assert list(picked.names) == ["demand line", "mine"]
    assert picked.quantity(np.array([5.0, 5.0])) == pytest.approx([8, 10])


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: constant_elasticity_supply(["m"], 0, -1.0, 5.0, 0.5), "quantity"),
        (lambda: constant_elasticity_supply(["m"], 0, 1.0, 0.0, 0.5), "price"),
        (lambda: constant_elasticity_supply(["m"], 0, 1.0, 5.0, -0.5), "elasticity"),
        (lambda: constant_elasticity_supply(["m"], 0, 1.0, 5.0, np.nan), "elasticity"),
        (lambda: constant_elasticity_supply(["m"], 0, 1.0, 5.0, 0.5, -2.0), "capacity"),
        (lambda: constant_elasticity_supply(["m"], 0, 1.0, 5.0, 0.5, 2.0, -0.1, 0.5), "shutdown_low"),
        (lambda: constant_elasticity_supply(["m"], 0, 1.0, 5.0, 0.5, 2.0, 0.6, 0.5), "shutdown_high"),
        (lambda: constant_elasticity_use(["m"], 0, 1.0, 5.0, 0.5, choke_multiple=0.9), "choke_multiple"),
        (
            lambda: constant_elasticity_use(["m"], 0, 1.0, 5.0, 0.5, choke_multiple=4.0, choke_from=5.0),
            "choke_from",
        ),
        (lambda: constant_elasticity_use(["m"], 0, 1.0, 5.0, 0.5, low_multiple=0.0), "low_multiple"),
        (lambda: constant_elasticity_use(["m"], 0, 1.0, 5.0, 0.5, backstops=[(1.2, 2, 3)]), "share"),
        (lambda: constant_elasticity_use(["m"], 0, 1.0, 5.0, 0.5, backstops=[(0.2, 0.5, 3)]), "multiple_low"),
        (lambda: constant_elasticity_use(["m"], 0, 1.0, 5.0, 0.5, backstops=[(0.2, 3, 3)]), "multiple_high"),
        (
            lambda: constant_elasticity_use(
                ["m"], 0, 1.0, 5.0, 0.5, backstops=[(0.2, 2, 9)], choke_multiple=8.0
            ),
            "at most choke_multiple",
        ),
        (
            lambda: constant_elasticity_use(["m"], 0, 1.0, 5.0, 0.5, backstops=[(0.7, 2, 3), (0.6, 2, 3)]),
            "sum of back-stop shares",
        ),
        (lambda: linear_supply(["m"], 0, np.inf, 1.0), "intercept"),
        (lambda: linear_supply(["m"], 0, 1.0, 0.0), "slope"),
        (lambda: linear_supply(["m"], 0, 1.0, 1.0, -1.0), "capacity"),
        (lambda: linear_use(["m"], 0, -1.0, 1.0), "choke"),
        (lambda: linear_use(["m"], 0, 1.0, -1.0), "slope"),
        (lambda: linear_use(["m"], 0, 1.0, 1.0, capacity=-1.0), "capacity"),
        (lambda: fixed_use(["m"], 0, -1.0), "quantity"),
    ],
)
def test_bad_shapes_are_refused_by_name(make, word):
    with pytest.raises(ValueOutOfRangeError, match="'m'") as caught:
        make()
    assert word in str(caught.value)


@pytest.mark.parametrize("capacity", [np.inf, 3.0])
def test_users_who_would_pay_nothing_use_nothing(capacity):
    use = linear_use(["nobody", "somebody"], [0, 0], choke=[0.0, 2.0], slope=1.0, capacity=capacity)
    assert use.quantity(np.array([0.0, 0.0])) == pytest.approx([0.0, 2.0])
    assert use.quantity(np.array([1.0, 1.0])) == pytest.approx([0.0, 1.0])
    assert use.slope(np.array([1.0, 1.0])) == pytest.approx([0.0, -1.0])
    supply = linear_supply(["mine"], [0], intercept=0.0, slope=1.0)
    market = assemble(["here"], concatenate_activities([]), concatenate_curves([use, supply]))
    assert solve(market).price == pytest.approx([1.0])
