"""Time to survive of a country's users, on the calibrated world."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from lodestock.disruption.country import SPARE, WEEKS_PER_YEAR, country_chain, supplier_losses
from lodestock.errors import LodestockError, UnknownNameError
from lodestock.world.cache import load_world


def test_survival_is_stock_over_what_is_missing() -> None:
    world = load_world("antimony")
    place = world.index("DEU")
    inflow = world.flows["refined"][:, place]
    held = float(world.stock["refined"].held[place])
    losses = supplier_losses(world, "DEU", 26.0)
    assert [one.survival.weeks for one in losses] == sorted(one.survival.weeks for one in losses)
    for one in losses:
        # need less what the others ship at most
        missing = float(inflow.sum()) - SPARE * float(inflow.sum() - inflow[world.index(one.supplier)])
        by_hand = held / missing * WEEKS_PER_YEAR if missing > 1e-9 else math.inf
        assert one.survival.weeks == pytest.approx(by_hand, rel=1e-4)
        lost = max(0.0, missing * 26.0 / WEEKS_PER_YEAR - held) * world.reference_price["refined"]
        assert one.recovery.exposure == pytest.approx(lost, rel=1e-4, abs=1.0)
    assert losses[0].survival.bottleneck


def test_end_uses_add_up_to_the_need() -> None:
    world = load_world("antimony")
    chain = country_chain(world, "DEU")
    need = float(world.flows["refined"][:, world.index("DEU")].sum())
    assert sum(chain.demand.values()) * WEEKS_PER_YEAR == pytest.approx(need, rel=1e-6)


def test_a_country_without_use_and_one_that_is_not_there() -> None:
    world = load_world("antimony")
    idle = dict(world.flows)
    idle["refined"] = idle["refined"].copy()
    idle["refined"][:, world.index("DEU")] = 0.0
    with pytest.raises(LodestockError, match="DEU does not use antimony"):
        country_chain(replace(world, flows=idle), "DEU")
    with pytest.raises(UnknownNameError, match="DEUT"):
        country_chain(world, "DEUT")
