"""What a resolved scenario holds: days, horizons, cases, terms in canonical form."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date

import pytest

from lodestock.policy.terms import CapitalSubsidy, DemandShock, ExportLicence, ExportQuota, Outage, Release
from lodestock.scenario.explain import explain_plan
from lodestock.scenario.resolved import Horizon, ResolvedScenario

Read = Callable[[str], ResolvedScenario]


@pytest.mark.parametrize(
    ("text", "years", "weight", "name"),
    [
        ("short", 1.0, 0.0, "short"),
        ("6 months", 0.5, 0.0, "short"),
        ("3 years", 3.0, 0.5, "medium"),
        ("long", 5.0, 1.0, "long"),
        ("{value: 10, unit: years}", 10.0, 1.0, "long"),
    ],
)
def test_horizon(text: str, years: float, weight: float, name: str, ban: str, read: Read) -> None:
    horizon = read(f"horizon: {text}\n{ban}").horizon
    assert horizon == Horizon(years=years)
    assert (horizon.long_run_weight, horizon.name) == (weight, name)


def test_entries_count_on_the_day_of_evaluation(ban: str, read: Read) -> None:
    late = "  - {name: tax, type: export_tax, stage: mine, exporters: RUS, rate: 5 %, start: 2026-03-01}\n"
    resolved = read(ban + late)
    assert resolved.evaluate_on == date(2026, 3, 1)
    assert [term.name for term in resolved.case.instruments] == ["ban", "tax"]
    early = read(f"evaluate_on: 2025-06-01\n{ban}{late}")
    assert [term.name for term in early.case.instruments] == ["ban"]
    assert [term.name for term in early.case.not_in_force] == ["tax"]
    plan = "\n".join(explain_plan(early))
    assert "'tax' on antimony is not in force on 2025-06-01 (from 2026-03-01) and has no effect." in plan


def test_the_last_day_is_the_day_before_the_end(ban: str, read: Read) -> None:
    text = ban.replace("start: 2025-01-01", "start: 2025-01-01\n    end: 2025-07-01")
    term = read(text).case.instruments[0]
    assert [term.in_force(day) for day in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 6, 30))] == [
        False,
        True,
        True,
    ]
    assert not term.in_force(date(2025, 7, 1))


def test_entries_are_ordered_by_start(ban: str, read: Read) -> None:
    early = "  - {name: zz, type: export_tax, stage: mine, exporters: RUS, rate: 5 %, start: 2024-06-01}\n"
    assert [term.name for term in read(ban + early).case.instruments] == ["zz", "ban"]


def test_one_entry_on_two_materials_becomes_two_terms(ban: str, read: Read) -> None:
    text = ban.replace("[antimony]", "[antimony, Ga]").replace(
        "    stage:", "    material: [Sb, gallium]\n    stage:"
    )
    terms = read(text).case.instruments
    assert [(term.name, term.material) for term in terms] == [("ban", "antimony"), ("ban", "gallium")]


def test_the_stage_may_be_left_out_where_there_is_one(ban: str, read: Read) -> None:
    text = ban.replace("[antimony]", "[gallium]").replace("    stage: refined\n", "")
    assert read(text).case.instruments[0].stage == "refined"


def test_alternatives_start_from_the_scenario(ban: str, read: Read) -> None:
    text = f"""{ban}shocks:
  - {{name: strike, type: outage, stage: mine, countries: RUS, loss: 30 %, start: 2025-01-01}}
alternatives:
  nothing: {{title: Nothing, remove: [ban, strike]}}
  strike-only: {{title: Strike only, remove: ban}}
  quota:
    title: Quota
    replace:
      - {{name: ban, type: export_quota, stage: refined, exporters: CHN, limit: 25 %, start: 2025-01-01}}
  worse: {{title: Worse, change: {{strike: {{loss: 500 t/year}}}}}}
  sale:
    title: Sale
    add: [{{name: sale, type: release, stage: refined, countries: USA, quantity: 5 t, start: 2025-01-01}}]
"""
    resolved = read(text)
    cases = {case.name: case for case in resolved.alternatives}
    assert cases["nothing"].instruments == cases["nothing"].shocks == ()
    assert cases["strike-only"].shocks == resolved.case.shocks
    quota = cases["quota"].instruments[0]
    assert isinstance(quota, ExportQuota)
    assert (quota.share_of_base, quota.limit_t, quota.rent_to) == (0.25, None, "licence_holders")
    worse = cases["worse"].shocks[0]
    assert isinstance(worse, Outage)
    assert (worse.lost_t, worse.lost_share, worse.countries) == (500.0, None, ("RUS",))
    sale = cases["sale"].instruments[-1]
    assert isinstance(sale, Release)
    assert (sale.quantity_t, sale.stock_t) == (5.0, None)


def test_licence_shares_by_destination(ban: str, read: Read) -> None:
    text = ban.replace("export_ban", "export_licence") + (
        "    plateau: 60 %\n    plateau_by_destination: {USA: 0 %, EU27: 30 %}\n"
        "    freeze: 2 months\n    freeze_share: 3 %\n    ramp: 4 months\n    pull_forward: 10 %\n"
    )
    licence = read(text).case.instruments[0]
    assert isinstance(licence, ExportLicence)
    shares = dict(zip(licence.importers, licence.plateau_share, strict=True))
    assert (shares["USA"], shares["DEU"], shares["JPN"]) == (0.0, 0.3, 0.6)
    assert (licence.freeze_months, licence.ramp_months, licence.pull_forward_share) == (2.0, 4.0, 0.1)
    # 2 months at 3 %, 4 months from 3 to 60 % (mean 31.5 %), 6 months at 60 %: (6 + 126 + 360)/12 = 41 %
    assert licence.mean_share("JPN") == pytest.approx(0.41)
    # half a year ends with the ramp: (6 + 126)/6 = 22 %; four months halfway up it: (6 + 2*(3 + 31.5)/2)/4
    assert licence.mean_share("JPN", 6.0) == pytest.approx(0.22)
    assert licence.mean_share("JPN", 4.0) == pytest.approx((0.06 + 2 * 0.5 * (0.03 + 0.315)) / 4)
    assert licence.mean_share("JPN", math.inf) == 0.6


def test_a_licence_of_zero_severity_is_the_base_flow(ban: str, read: Read) -> None:
    licence = read(ban.replace("export_ban", "export_licence") + "    plateau: 100 %\n").case.instruments[0]
    assert isinstance(licence, ExportLicence)
    assert {licence.mean_share(country, months) for country in licence.importers for months in (1, 12)} == {
        1.0
    }


def test_capital_recovery(ban: str, read: Read) -> None:
    text = (
        f"horizon: long\n{ban}  - {{name: build, type: capital_subsidy, stage: refined, producers: USA,"
        " share: 0.3 fraction, capacity: 1 kt/year, discount_rate: %s, life: 20 years, start: 2025-01-01}"
    )
    subsidy = read(text % "8 %").case.instruments[1]
    assert isinstance(subsidy, CapitalSubsidy)
    # 0.08 / (1 - 1.08^-20) = 0.101852
    assert subsidy.annuity() == pytest.approx(0.1018522, rel=1e-6)
    free = read(text % "0 %").case.instruments[1]
    assert isinstance(free, CapitalSubsidy)
    assert free.annuity() == pytest.approx(1 / 20)
    assert subsidy.payers == subsidy.producers == ("USA",)


def test_a_shock_of_demand_reaches_everybody_unless_told_otherwise(ban: str, read: Read) -> None:
    entry = "{name: boom, type: demand_shock, stage: refined, change: 12 %, start: 2025-01-01}"
    boom = read(f"{ban}shocks:\n  - {entry}\n").case.shocks[0]
    assert isinstance(boom, DemandShock)
    assert (boom.change_share, boom.change_t) == (0.12, None)
    assert "OTH" in boom.countries


def test_an_old_measure_is_flagged_as_part_of_the_base_year(ban: str, read: Read) -> None:
    plan = "\n".join(explain_plan(read(ban.replace("2025-01-01", "2023-08-01"))))
    assert "The base year 2024 may already contain part of it." in plan


def test_the_same_file_gives_the_same_value(floor: str, read: Read) -> None:
    assert read(floor) == read(floor)
    assert hash(read(floor)) == hash(read(floor))
