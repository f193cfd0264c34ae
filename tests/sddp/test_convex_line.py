"""A convex function between the states it was solved at: both sides hold and meet where it is a line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodestock.sddp.convex_line import ConvexLine

numbers = st.floats(-5.0, 5.0, allow_nan=False)


@given(
    lines=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8),
    places=st.lists(st.floats(0.0, 10.0), min_size=2, max_size=8, unique=True),
    share=st.floats(0.0, 1.0),
)
def test_both_sides_hold(lines: list[tuple[float, float]], places: list[float], share: float) -> None:
    slopes, heights = np.array(lines).T

    def value(x: float) -> float:
        return float((slopes * x + heights).max())

    known = ConvexLine()
    for x in places:
        known.add(x, value(x), float(slopes[np.argmax(slopes * x + heights)]))
    x = min(places) + share * (max(places) - min(places))
    found = known.at(x)
    assert found is not None
    assert found.lower <= value(x) + 1e-9
    assert value(x) <= found.upper + 1e-9


def test_both_sides_meet_where_the_function_is_a_line() -> None:
    known = ConvexLine()
    for x, value, slope in ((4.0, 8.0, 2.0), (0.0, 4.0, -1.0), (2.0, 4.0, 2.0)):
        known.add(x, value, slope)
    found = known.at(3.0)
    assert found is not None
    assert (found.lower, found.slope, found.upper) == pytest.approx((6.0, 2.0, 6.0))
    bent = known.at(1.0)
    assert bent is not None
    assert (bent.lower, bent.upper) == pytest.approx((3.0, 4.0))


def test_nothing_is_known_outside() -> None:
    known = ConvexLine()
    known.add(1.0, 1.0, 0.0)
    assert known.at(0.5) is None
    assert known.at(1.5) is None
    assert known.at(1.0) is not None
