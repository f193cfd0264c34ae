"""The petroleum reserve: published optimum, values and policy, by two methods."""

from __future__ import annotations

import numpy as np
import pytest

from lodestock.errors import ValueOutOfRangeError
from lodestock.reserve.petroleum import (
    PetroleumReserve,
    costs,
    price,
    solve_by_iteration,
    solve_by_programme,
)

NORMAL = (2849.751, 2606.796, 2401.906, 2198.033, 1994.373, 1798.430, 1608.659, 1424.108)
DISRUPTED = (3602.277, 3287.715, 3023.853, 2762.400, 2540.703, 2320.633, 2103.341, 1902.257)


@pytest.mark.parametrize("solve", [solve_by_iteration, solve_by_programme])
def test_optimum_values_and_policy_are_the_published_ones(solve) -> None:  # type: ignore[no-untyped-def]
    found = solve()
    assert found.objective == pytest.approx(2401.5772541, abs=1e-6)
    assert found.value[0] == pytest.approx(NORMAL, abs=1e-3)
    assert found.value[1] == pytest.approx(DISRUPTED, abs=1e-3)
    assert found.next_stock[0].tolist() == [3, 3, 6, 6, 9, 12, 15, 18]
    assert found.next_stock[1].tolist() == [0, 0, 3, 3, 6, 9, 9, 12]


def test_prices_are_the_published_ones() -> None:
    model = PetroleumReserve()
    assert float(price(model, 0.0, 0)) == pytest.approx(34.526, abs=1e-3)
    assert float(price(model, 0.0, 1)) == pytest.approx(55.196, abs=1e-3)
    assert float(price(model, -3.0, 1)) == pytest.approx(48.460, abs=1e-3)


def test_filling_in_a_disruption_is_forbidden() -> None:
    c = costs(PetroleumReserve())
    count = len(PetroleumReserve().levels)
    assert np.isinf(c[count:][np.triu_indices(count, 1)]).all()
    assert np.isfinite(c[:count]).all()


def test_without_disruptions_nothing_is_held() -> None:
    # Nothing is ever lost, so that storage is a cost without a use: an empty reserve stays empty.
    calm = PetroleumReserve(transition=((1.0, 0.0), (1.0, 0.0)))
    assert solve_by_iteration(calm).next_stock[0][0] == 0.0


def test_dearer_storage_never_holds_more() -> None:
    cheap = solve_by_iteration(PetroleumReserve(storage=0.1)).next_stock[0]
    dear = solve_by_iteration(PetroleumReserve(storage=3.0)).next_stock[0]
    assert (dear <= cheap).all()


def test_probabilities_that_do_not_add_to_one_are_named() -> None:
    with pytest.raises(ValueOutOfRangeError, match="disrupted"):
        PetroleumReserve(transition=((0.8, 0.2), (0.5, 0.6)))
