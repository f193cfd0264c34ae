"""The weekly path of a scenario and its chart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lodestock.disruption.from_scenario import weekly
from lodestock.report.charts.weekly import flow_rows, price_rows
from lodestock.scenario.load import load_scenario
from lodestock.scenario.resolved import ResolvedScenario


@pytest.fixture(scope="module")
def ban() -> ResolvedScenario:
    return load_scenario("gallium-germanium-export-ban")


def test_a_ban_becomes_a_path_with_two_prices(ban: ResolvedScenario) -> None:
    found = weekly(ban, "germanium", draws=1, seed=1)
    assert found is not None
    path = found.path
    assert path.base.home == ("CHN",)
    assert path.licit[0, path.at(ban.case.instruments[0].start) + 1] == pytest.approx(0.0, abs=1e-9)
    assert path.price.max() / path.base.price > 1.5 > path.home_price.max() / path.base.home_price
    assert found.left_out == ()
    assert price_rows(found)["line"].unique().sort().to_list() == ["abroad", "home"]
    assert flow_rows(found)["central"].min() == pytest.approx(0.0, abs=1e-9)


def test_a_licence_brings_its_own_freeze_and_plateau(ban: ResolvedScenario) -> None:
    licence = next(case for case in ban.alternatives if case.name == "licence")
    found = weekly(replace(ban, case=licence), "gallium", draws=1, seed=1)
    assert found is not None
    start = ban.case.instruments[0].start
    first = found.path.at(start)
    exports = found.path.base.exports.sum()
    # frozen for two months at nothing; plateau of all after ten months
    assert found.path.licit[0, first + 1 : first + 8].max() < 0.01 * exports
    assert found.path.licit[0, first + 60] > 0.8 * exports


def test_nothing_to_run_is_no_path(ban: ResolvedScenario) -> None:
    quiet = replace(ban, case=replace(ban.case, instruments=(), shocks=()))
    assert weekly(quiet, "gallium", draws=1, seed=1) is None
    release = next(case for case in ban.alternatives if case.name == "release")
    found = weekly(replace(ban, case=release), "gallium", draws=1, seed=1)
    assert found is not None
    assert found.left_out == ("release-gallium",)
