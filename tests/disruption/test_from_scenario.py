"""The weekly path of a scenario and its chart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from lodestock.disruption.from_scenario import Weekly, weekly
from lodestock.report.charts.weekly import flow_rows, price_rows
from lodestock.scenario.load import load_scenario, load_scenario_bytes
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


CASE = """\
title: Events
question: Who runs short?
base_year: 2024
materials: [{materials}]
evaluate_on: 2025-06-01
{entries}
options: {{draws: 0}}
"""


def run(entries: str, materials: str = "gallium", of: str = "gallium", draws: int = 1) -> Weekly:
    text = CASE.format(materials=materials, entries=entries)
    found = weekly(load_scenario_bytes(text.encode(), "case.yaml"), of, draws=draws, seed=1)
    assert found is not None
    return found


BAN = "instruments:\n  - {name: ban, type: export_ban, exporters: CHN, start: 2025-03-03, leak: 20 %"


def test_announcement_and_rumour_are_what_moves_first() -> None:
    plain, told = run(BAN + "}"), run(BAN + ", announced: 2025-02-03, rumour: 2025-01-20}")
    effect = told.path.at(date(2025, 3, 3))
    before = told.path.at(date(2025, 1, 20))
    assert told.effect == plain.effect == date(2025, 3, 3)
    base = told.path.base.price
    assert told.path.price[0, :before] == pytest.approx(np.full(before, base), rel=1e-6)
    rumoured = told.path.at(date(2025, 2, 3)) - 1
    assert told.path.price[0, rumoured] > 1.001 * base
    assert told.path.price[0, effect - 1] > 1.02 * base
    assert plain.path.price[0, plain.path.at(date(2025, 3, 3)) - 1] == pytest.approx(base, rel=1e-6)


def test_enforcement_closes_the_leak_from_its_own_date() -> None:
    drive = "\nshocks:\n  - {name: drive, type: enforcement, exporters: CHN, share: 90 %, start: 2025-09-01}"
    open_, closed = run(BAN + "}"), run(BAN + "}" + drive)
    late = closed.path.at(date(2025, 11, 3))
    assert closed.left_out == ()
    assert closed.path.leak[0, late] == pytest.approx(0.1 * open_.path.leak[0, late], rel=1e-6)
    assert closed.path.rent[0, -1] > open_.path.rent[0, -1]


def test_a_ban_by_the_others_is_retaliation() -> None:
    when = "material: antimony, stage: refined, start: 2025-03-03}"
    found = run(
        f"instruments:\n  - {{name: ban, type: export_ban, exporters: CHN, {when}\n"
        f"  - {{name: back, type: export_ban, exporters: {{all-but: [CHN]}}, importers: CHN, {when}",
        "antimony",
        "antimony",
    )
    assert found.left_out == ()
    after = found.path.at(date(2025, 3, 3)) + 1
    assert found.path.base.imports > 0
    assert found.path.imports[0, after:].max() == pytest.approx(0.0, abs=1e-6)


def test_a_tax_is_a_duty_and_no_rent() -> None:
    found = run(
        "instruments:\n  - {name: tax, type: export_tax, exporters: CHN, rate: 20 %, start: 2025-03-03}"
    )
    path = found.path
    late = slice(path.at(date(2025, 9, 1)), None)
    assert path.duty[0, late] == pytest.approx(0.2 * path.price[0, late], rel=1e-9)
    assert path.rent[0, late].max() < 0.05 * path.base.price


def test_a_closed_corridor_delays_what_passes_it() -> None:
    found = run("shocks:\n  - {name: suez, type: closure, corridor: suez, start: 2025-03-03}")
    path = found.path
    assert "CHN" in path.base.home
    held = slice(path.at(date(2025, 3, 10)), path.at(date(2025, 3, 10)) + 1)
    europe = path.base.countries.index("DEU")
    lag = round(float(path.base.lag_weeks[europe]))
    arrived = path.arrivals[0, :, europe]
    assert arrived[held.start + lag] < 0.2 * arrived[0]
    assert arrived[held.start + lag + 6 :].max() > 0.9 * arrived[0]


def test_a_shared_quota_has_one_rent_on_every_path() -> None:
    quota = (
        "instruments:\n  - {name: quota, type: export_quota, exporters: CHN, material: [gallium, germanium],"
        " shared: true, limit: 60 t/year contained, start: 2025-03-03}"
    )
    gallium, germanium = (run(quota, "gallium, germanium", name) for name in ("gallium", "germanium"))
    assert gallium.left_out == germanium.left_out == ()
    shipped = gallium.path.licit + germanium.path.licit
    late = slice(gallium.path.at(date(2025, 9, 1)), gallium.path.at(date(2026, 1, 1)))
    assert shipped[0, late].mean() == pytest.approx(60.0, rel=0.15)
    assert gallium.path.rent[0, late].min() > 0
