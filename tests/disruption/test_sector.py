"""Time to survive of an end use."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from typer.testing import CliRunner

from lodestock.cli.app import app
from lodestock.disruption.country import SPARE, WEEKS_PER_YEAR
from lodestock.disruption.sector import sector_chain, sector_losses
from lodestock.errors import LodestockError, UnknownNameError
from lodestock.world.cache import load_world


def test_by_hand() -> None:
    # pro rata: stock s held, demand (1 - b) s need less what the others ship, s 1.1 (need - lost)
    world = load_world("antimony")
    place = world.index("DEU")
    inflow = world.flows["refined"][:, place]
    need, held = float(inflow.sum()), float(world.stock["refined"].held[place])
    ends = {end.name: end for end in world.use.end_uses}
    found = sector_losses(world, 26.0, country="DEU")
    assert [one.survival.weeks for one in found] == sorted(one.survival.weeks for one in found)
    for one in found:
        end = ends[one.end_use]
        left = SPARE * (need - float(inflow[world.index(one.supplier)]))
        missing = (1.0 - end.backstop_share) * need - left
        by_hand = held / missing * WEEKS_PER_YEAR if missing > 1e-9 * need else math.inf
        assert one.survival.weeks == pytest.approx(by_hand, rel=1e-3)
        lost = max(0.0, missing * 26.0 / WEEKS_PER_YEAR - held) * end.share
        assert one.lost_t == pytest.approx(lost, rel=1e-3, abs=1e-6)
        assert one.first_served.weeks >= one.survival.weeks * (1 - 1e-9)


def test_more_stock_never_shortens_survival_and_back_stops_lengthen_it() -> None:
    found = {one.end_use: one for one in sector_losses(load_world("antimony"), 26.0, top=1)}
    ends = {end.name: end.backstop_share for end in load_world("antimony").use.end_uses if end.share > 0}
    order = sorted(found, key=lambda name: ends[name])
    weeks = [found[name].survival.weeks for name in order]
    assert weeks == sorted(weeks)


def test_the_bottleneck_and_the_next_one_are_named() -> None:
    found = [one for one in sector_losses(load_world("gallium"), 26.0) if math.isfinite(one.survival.weeks)]
    assert found
    for one in found:
        assert one.survival.bottleneck == "capacity of other suppliers"
        assert one.survival.next_bottleneck != one.survival.bottleneck


def test_unknown_names() -> None:
    world = load_world("gallium")
    with pytest.raises(UnknownNameError, match="end use"):
        sector_losses(world, 26.0, end_use="chps")
    with pytest.raises(UnknownNameError, match="DEUT"):
        sector_losses(world, 26.0, country="DEUT")
    name, nobody = world.use.end_uses[0].name, np.zeros(len(world.countries), dtype=bool)
    with pytest.raises(LodestockError, match="nobody here uses gallium"):
        sector_chain(world, nobody, "CHN", name)


def test_the_command_prints_end_uses() -> None:
    name = load_world("gallium").use.end_uses[0].name
    call = ["stress", "--material", "gallium", "--end-use", name, "--top", "1", "--json"]
    result = CliRunner().invoke(app, call)
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.output)
    assert row["supplier_lost"] == "CHN"
    assert row["end_use"] == name
    assert row["users"] == "all but CHN"
