"""Time to survive and to recover."""

from __future__ import annotations

import math

import pytest

from lodestock.disruption.survive import Chain, Step, time_to_recover, time_to_survive
from lodestock.errors import UnknownNameError, ValueOutOfRangeError


def chain(stock: float = 30.0, substitute: float = 2.0, plant: float = 10.0) -> Chain:
    """Metal from a main source and a substitute goes through a plant into goods, 5 t a week."""
    return Chain(
        {"metal": stock},
        {"goods": 5.0},
        {"goods": 100.0},
        (
            Step("main", 5.0, {"metal": 1.0}, {}),
            Step("substitute", substitute, {"metal": 1.0}, {}),
            Step("plant", plant, {"goods": 1.0}, {"metal": 1.0}),
        ),
    )


def test_closed_form() -> None:
    # TTS = s / (d - a) = 30 / (5 - 2) = 10 weeks; one more tonne gives 1/3 week, one t/week 10 * 1/3 weeks
    found = time_to_survive(chain(), ["main"])
    assert found.weeks == pytest.approx(10.0)
    assert found.stock_duals["metal"] == pytest.approx(1 / 3)
    assert found.capacity_duals["substitute"] == pytest.approx(10 / 3)
    assert found.bottleneck == "capacity of substitute"


def test_no_limit_when_the_substitute_suffices() -> None:
    assert math.isinf(time_to_survive(chain(substitute=5.0), ["main"]).weeks)
    assert math.isinf(time_to_survive(chain()).weeks)


def test_the_next_bottleneck_is_found_by_lifting_the_first() -> None:
    # two inputs, both short: 10 and 20 weeks of stock
    two = Chain(
        {"a": 10.0, "b": 20.0},
        {"goods": 1.0},
        {},
        (Step("plant", 5.0, {"goods": 1.0}, {"a": 1.0, "b": 1.0}),),
    )
    found = time_to_survive(two)
    assert found.weeks == pytest.approx(10.0)
    assert (found.bottleneck, found.next_bottleneck) == ("stock of a", "stock of b")


def test_more_of_anything_never_shortens_survival() -> None:
    for lever in ("stock", "substitute", "plant"):
        weeks = [
            time_to_survive(chain(**{lever: v}), ["main"]).weeks
            for v in (5.0 if lever == "plant" else 1.0, 8.0, 60.0)
        ]
        assert weeks == sorted(weeks)


def test_recovery_by_hand() -> None:
    # 15 weeks out: need 75 t, have 30 + 15 * 2 = 60 t, so 15 t are lost at 100 USD
    found = time_to_recover(chain(), ["main"], 15.0)
    assert found.exposure == pytest.approx(1500.0)
    assert found.lost["goods"] == pytest.approx(15.0)
    assert time_to_recover(chain(), ["main"], 10.0).exposure == pytest.approx(0.0, abs=1e-9)


def test_bad_chains_are_refused() -> None:
    with pytest.raises(ValueOutOfRangeError, match="stock of metal is -1"):
        time_to_survive(chain(stock=-1.0))
    with pytest.raises(UnknownNameError, match="mainn"):
        time_to_survive(chain(), ["mainn"])
