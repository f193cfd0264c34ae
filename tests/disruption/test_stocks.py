"""Commercial stocks: published where somebody publishes them, assumed elsewhere."""

from __future__ import annotations

import pytest

from lodestock.disruption.base import base_of
from lodestock.disruption.stocks import held, published
from lodestock.world.cache import load_world


def test_published_stocks_stand_in_for_days_of_use() -> None:
    world = load_world("gallium")
    found = held(world, "refined")
    # USGS 2026: 3,410 kg with consumers at the end of 2024
    assert found[world.index("USA")] == pytest.approx(3.41)
    assert found[world.index("DEU")] == world.stock["refined"].held[world.index("DEU")]
    base = base_of(world, ["CHN"])
    assert base.stock[base.countries.index("USA")] == pytest.approx(3.41)


def test_several_holders_are_added_up() -> None:
    # nickel at the end of 2024: consumers 25,500 t, exchange warehouses 258 t
    assert published("nickel", "refined", 2024) == pytest.approx(25_758.0)


def test_nothing_published_leaves_the_assumption() -> None:
    world = load_world("germanium")
    assert published("germanium", "refined", 2024) is None
    assert (held(world, "refined") == world.stock["refined"].held).all()
