"""Straits and canals: which way goods go, what a closure holds up."""

from __future__ import annotations

import numpy as np
import pytest

from lodestock.disruption.corridors import corridors, nearest_coasts, shipping_side
from lodestock.errors import UnknownNameError
from lodestock.world.cache import load_world
from lodestock.world.seas import great_circle, load_seas, voyages

COUNTRIES = ("CHN", "DEU", "SAU", "JPN", "CHL", "FRA", "KAZ", "QAT", "USA", "AUS")


def passed(exporter: str, importer: str) -> set[str]:
    way = voyages(COUNTRIES)
    i, j = COUNTRIES.index(exporter), COUNTRIES.index(importer)
    return {name for row, name in enumerate(load_seas().chokepoints) if way.passes[row, i, j]}


def detour(chokepoint: str, exporter: str, importer: str) -> float:
    way = voyages(COUNTRIES)
    row = load_seas().chokepoints.index(chokepoint)
    return float(way.detour_km[row, COUNTRIES.index(exporter), COUNTRIES.index(importer)])


def test_known_ways() -> None:
    assert {"malacca", "bab-el-mandeb", "suez", "gibraltar", "dover"} == passed("CHN", "DEU")
    assert {"hormuz", "malacca"} <= passed("QAT", "JPN")
    assert "panama" in passed("CHL", "DEU")
    assert passed("CHN", "KAZ") == passed("DEU", "FRA") == set()
    assert passed("AUS", "JPN") <= {"lombok", "makassar", "sunda", "ombai"}


def test_a_way_back_passes_the_same() -> None:
    passes = voyages(COUNTRIES).passes
    assert (passes == passes.transpose(0, 2, 1)).all()


def test_detours() -> None:
    # Suez against the Cape: about 6,000 km more from China to the North Sea; the Gulf has no other way out
    assert 4000 < detour("suez", "CHN", "DEU") < 9000
    assert np.isinf(detour("hormuz", "QAT", "JPN"))
    assert detour("hormuz", "CHN", "DEU") == 0.0
    assert detour("malacca", "CHN", "DEU") < 2500
    with pytest.raises(UnknownNameError, match="did you mean 'suez'"):
        load_seas().without("sues")


def test_great_circle_of_a_quarter() -> None:
    apart = great_circle(np.array([[0.0, 0.0]]), np.array([[0.0, 90.0], [90.0, 0.0], [0.0, 0.0]]))
    assert apart[0] == pytest.approx([0.5 * np.pi * 6371, 0.5 * np.pi * 6371, 0.0])


def test_the_side_that_ships_more_is_home() -> None:
    # 0 and 1 ship 10 and 4 to 2 and 3; 2 ships 3 back to 0
    through = np.zeros((4, 4))
    through[0, 2], through[1, 3], through[2, 0] = 10.0, 4.0, 3.0
    assert shipping_side(through).tolist() == [True, True, False, False]


def test_what_a_closure_holds_up_of_a_material() -> None:
    world = load_world("gallium")
    found = {one.chokepoint: one for one in corridors(world, "refined")}
    suez = found["suez"]
    assert "CHN" in suez.home
    everybody = [country for group in suez.held_up for country in group.destinations]
    assert "DEU" in everybody
    assert "USA" not in everybody
    assert not set(everybody) & set(suez.home)
    assert all(0.25 <= group.share <= 1.0 and 1.0 < group.weeks < 4.0 for group in suez.held_up)
    shares = [one.share_of_trade for one in found.values()]
    assert shares == sorted(shares, reverse=True)
    assert suez.coasts[0] == "EGY"
    assert set(nearest_coasts("hormuz")) <= {"OMN", "IRN", "ARE"}
