"""`periods:` in a scenario: read, said, written again, and solved period by period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from tests.scenario.cases import case, here, load_small, resolved

from lodestock.errors import ConflictError, LodestockError
from lodestock.policy.dated import in_period
from lodestock.policy.terms import (
    Amount,
    Closure,
    ExportBan,
    Floor,
    Instrument,
    Outage,
    Phase,
    PolicyStock,
    PublicPurchase,
)
from lodestock.report.periods import period_table
from lodestock.scenario.document import document_of_bytes
from lodestock.scenario.explain import explain_plan
from lodestock.scenario.names import Names
from lodestock.scenario.outcome import Outcome
from lodestock.scenario.resolve import resolve
from lodestock.scenario.resolved import Case, PeriodPlan, ResolvedScenario
from lodestock.scenario.run import run_scenario
from lodestock.scenario.writer import to_yaml

Read = Callable[[str], ResolvedScenario]
PERIODS = "periods: {first: 2025-Q3, count: 4, foresight: rolling, interest: 5 %}\n"
FILE = """\
title: Quota
question: Who?
materials: [antimony]
periods: {first: 2027, count: 2}
instruments:
  - name: quota
    start: 2027-01-01
    stage: refined
"""
QUARTERS = PeriodPlan(
    first="2025-Q3",
    count=4,
    days=(date(2025, 7, 1), date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1)),
    foresight="rolling",
    interest=0.05,
)


def test_periods_are_read_said_and_written_again(ban: str, read: Read, names: Names) -> None:
    scenario = read(PERIODS + ban)
    assert scenario.periods == QUARTERS
    plan = "\n".join(explain_plan(scenario, names.countries))
    assert "solved over 4 periods from 2025-Q3, too" in plan
    assert "carried over at 5 % a year, and their holders expect the last price to stay" in plan
    again = resolve(document_of_bytes(to_yaml(scenario).encode(), "again.yaml"), names)
    assert again.periods == scenario.periods
    assert read(ban).periods is None


@pytest.mark.parametrize(
    ("block", "kind", "words"),
    [
        ("{first: 2025-Q5, count: 4}", LodestockError, "is no period"),
        ("{first: 2025-13, count: 4}", LodestockError, "is no period"),
        ("{first: 2149, count: 4}", LodestockError, "1950-01-01 to 2150-12-31"),
        ("{first: 2025, count: 1}", LodestockError, "greater than or equal to 2|at least 2|2"),
        ("{first: 2025, count: 400}", LodestockError, "60"),
        ("{first: 2025, count: 4, foresight: none}", LodestockError, "perfect"),
    ],
)
def test_slips_in_periods_are_named(
    block: str, kind: type[Exception], words: str, ban: str, read: Read
) -> None:
    with pytest.raises(kind, match=words):
        read(f"periods: {block}\n" + ban)


def test_a_quota_shared_among_materials_does_not_go_with_periods(read: Read) -> None:
    text = FILE + "    type: export_quota\n    exporters: China\n    limit: 50 t/year\n    shared: true\n"
    with pytest.raises(ConflictError, match="shares a quota among materials, which cannot be solved"):
        read(text.replace("[antimony]", "[antimony, gallium]") + "    material: [antimony, gallium]\n")


def test_a_closure_in_days_of_the_period() -> None:
    # from 16 November for 45 days without a way round; the other way takes 20 days longer
    lasts = 45 / 365.25
    closed = Closure(
        **{**here(), "start": date(2025, 11, 16), "end": date(2025, 12, 31)},
        exporters=("AAA",),
        importers=("BBB", "CCC"),
        share=0.5,
        blocked=(("AAA", "BBB", 0.5 * lasts), ("AAA", "CCC", 0.5 * 20 / 365.25)),
    )

    def shares(day: date, months: int) -> list[float]:
        found = in_period(closed, day, months)
        return [] if found is None else [share for _, _, share in found.blocked]  # type: ignore[union-attr]

    assert shares(date(2025, 10, 1), 1) == []
    assert shares(date(2025, 11, 1), 1) == pytest.approx([0.5 * 15 / 30, 0.5 * 15 / 30])
    assert shares(date(2025, 12, 1), 1) == pytest.approx([0.5 * 30 / 31, 0.5 * 5 / 31])
    assert shares(date(2025, 10, 1), 3) == pytest.approx([0.5 * 45 / 92, 0.5 * 20 / 92])
    assert shares(date(2026, 1, 1), 3) == []
    # without an end and without a way round it stays closed; with one it delays once
    endless = replace(closed, end=None, share=1.0, blocked=(("AAA", "BBB", 1.0), ("AAA", "CCC", 0.1)))
    found = in_period(endless, date(2027, 1, 1), 3)
    assert found is not None
    assert found.blocked == (("AAA", "BBB", 1.0),)  # type: ignore[union-attr]


def test_a_closure_acts_in_the_period_it_reaches_into() -> None:
    closed = Closure(
        **{**here(), "start": date(2025, 10, 20), "end": date(2025, 12, 20)},
        exporters=("AAA",),
        importers=("BBB", "CCC"),
        share=1.0,
        blocked=tuple(("AAA", one, 61 / 365.25) for one in ("BBB", "CCC")),
    )
    rows = inside(run_scenario(with_periods(case(shocks=(closed,))), load=load_small))
    assert rows["in_force"].to_list() == ["", "term", "", ""]
    change = rows["change"].to_list()
    assert change[1] > 0.02
    assert abs(change[0]) < 1e-6


def test_a_levy_by_share_and_a_yearly_budget_over_periods() -> None:
    floor = Floor(
        **{**here(), "start": date(2025, 10, 1)},
        zone="zone",
        members=("BBB", "CCC"),
        floor=Amount(multiple_of_base=1.1),
        basis="ad_valorem",
    )
    purchase = PublicPurchase(
        **{**here(name="buyer"), "start": date(2025, 7, 1)}, buyers=("BBB",), budget_usd=2000.0
    )
    rows = inside(solved(floor, purchase))
    assert rows["usd_per_t"].to_list()[1:] == pytest.approx([1100.0] * 3, rel=1e-6)


def with_periods(own: Case) -> ResolvedScenario:
    return replace(resolved(own, zone=("BBB", "CCC")), periods=QUARTERS)


def solved(*terms: Instrument, plan: PeriodPlan = QUARTERS, **changes: object) -> Outcome:
    scenario = replace(resolved(case(*terms), zone=("BBB", "CCC"), **changes), periods=plan)  # type: ignore[arg-type]
    outcome = run_scenario(scenario, load=load_small)
    assert outcome.cases["scenario"].status == "solved"
    assert outcome.cases["scenario"].reason == ""
    return outcome


def inside(outcome: Outcome, stage: str = "refined", name: str = "scenario") -> pl.DataFrame:
    return outcome.cases[name].periods.filter((pl.col("stage") == stage) & (pl.col("market") == "inside"))


def test_a_dated_floor_acts_in_its_periods() -> None:
    floor = Floor(
        **{**here(), "start": date(2025, 10, 1), "end": date(2026, 4, 1)},
        zone="zone",
        members=("BBB", "CCC"),
        floor=Amount(multiple_of_base=1.1),
    )
    outcome = solved(floor)
    rows = inside(outcome)
    assert rows["period"].to_list() == ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]
    assert rows["in_force"].to_list() == ["", "term", "term", ""]
    prices = rows["usd_per_t"].to_list()
    assert prices[1:3] == pytest.approx([1100.0, 1100.0], rel=1e-6)
    assert rows["levy_status"].to_list() == [None, "enforced", "enforced", None]
    assert rows["levy_usd_per_t"].to_list()[1] > 0.0
    assert rows["levy_usd_per_t"].to_list()[0] is None
    table = period_table(outcome)
    assert table is not None
    assert "Levy" in [column.name for column in table.columns]
    assert prices[0] < 1090.0
    assert prices[3] < 1090.0
    assert outcome.cases["baseline"].periods.is_empty()


def test_a_phase_in_rises_from_period_to_period() -> None:
    floor = Floor(
        **{**here(), "start": date(2025, 7, 1)},
        zone="zone",
        members=("BBB", "CCC"),
        floor=Amount(multiple_of_base=1.2),
        phases=(
            Phase(start=date(2025, 7, 1), share=0.25),
            Phase(start=date(2025, 10, 1), share=0.5),
            Phase(start=date(2026, 1, 1), share=1.0),
        ),
        reached=1.0,
    )
    rows = inside(solved(floor))
    assert rows["usd_per_t"].to_list() == pytest.approx([1050.0, 1100.0, 1200.0, 1200.0], rel=1e-6)
    rates = rows["levy_usd_per_t"].to_list()
    assert 0.0 < rates[0] < rates[1] < rates[2]
    assert all(money > 0.0 for money in rows["levy_usd"].to_list())


def test_use_wanted_and_output_are_rates_per_year() -> None:
    ban = ExportBan(**{**here(), "start": date(2030, 1, 1)}, exporters=("AAA",), importers=("BBB", "CCC"))
    outcome = solved(replace(ban, start=date(2025, 10, 1), end=date(2026, 1, 1)))
    first = inside(outcome).row(0, named=True)
    assert first["use_t"] == pytest.approx(75.0, rel=1e-6)
    assert first["output_t"] == pytest.approx(36.0, rel=1e-6)
    assert first["stock_t"] == pytest.approx(0.05 * 75.0, rel=1e-6)
    hit = inside(outcome).row(1, named=True)
    assert hit["change"] > 0.05
    assert hit["wanted_t"] == pytest.approx(75.0, rel=1e-6)
    assert hit["use_t"] < 75.0
    assert hit["stock_t"] < first["stock_t"]


def test_a_by_product_follows_its_host_period_by_period() -> None:
    outage = Outage(
        **{**here(material="testium"), "start": date(2025, 10, 1), "end": date(2026, 1, 1)},
        countries=("AAA",),
        lost_share=0.5,
    )
    own = case(shocks=(outage,))
    scenario = replace(
        resolved(own, materials=("byproductium", "testium"), zone=("BBB", "CCC")), periods=QUARTERS
    )
    outcome = run_scenario(scenario, load=load_small)
    rows = outcome.cases["scenario"].periods.filter(
        (pl.col("material") == "byproductium") & (pl.col("market") == "world")
    )
    output = rows["output_t"].to_list()
    assert output[1] < 0.9 * output[0]


def test_a_policy_stock_is_one_for_all_periods() -> None:
    outage = Outage(
        **{**here(), "start": date(2025, 10, 1), "end": date(2026, 4, 1)}, countries=("AAA",), lost_share=0.5
    )
    stock = PolicyStock(
        **{**here(name="vault"), "start": date(2025, 1, 1)},
        countries=("BBB",),
        buy_price=Amount(multiple_of_base=0.8),
        release_price=Amount(multiple_of_base=1.05),
        budget_usd=1e4,
        stock_t=4.0,
    )
    own = case(stock, shocks=(outage,))
    scenario = replace(resolved(own, zone=("BBB", "CCC")), periods=QUARTERS)
    outcome = run_scenario(scenario, load=load_small)
    rows = inside(outcome)
    assert rows["reserve_t"].to_list()[0] == pytest.approx(4.0, rel=1e-4)
    assert rows["reserve_t"].to_list()[-1] < 3.9
    assert rows["reserve_usd_per_t"].min() >= 1050.0 * (1.0 - 1e-4)  # type: ignore[operator]
    table = period_table(outcome)
    assert table is not None
    assert len(table.rows) == 4
    assert table.columns[-1].name == "In reserve at the end"


def test_a_policy_stock_that_comes_late_is_refused(ban: str, read: Read) -> None:
    late = (
        "  - {name: vault, type: policy_stock, stage: refined, countries: USA, buy_price: 80 % of base,"
        " release_price: 150 % of base, budget: 1 million USD, stock: 10 t, start: 2025-08-01}\n"
    )
    with pytest.raises(ConflictError, match="not in force in every period"):
        read(PERIODS + ban + late)


def test_an_unsolvable_path_is_said_and_the_year_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    from lodestock.errors import NotSolvedError
    from lodestock.scenario import tables

    def fail(*_: object) -> None:
        raise NotSolvedError("no equilibrium over the periods", where="periods")

    monkeypatch.setattr(tables, "period_rows", fail)
    floor = Floor(**here(), zone="zone", members=("BBB", "CCC"), floor=Amount(multiple_of_base=1.1))
    scenario = replace(resolved(case(floor), zone=("BBB", "CCC")), periods=QUARTERS)
    found = run_scenario(scenario, load=load_small).cases["scenario"]
    assert found.status == "solved"
    assert "Over the periods: periods: no equilibrium" in found.reason
    assert found.periods.is_empty()


def test_draws_give_every_period_a_band() -> None:
    floor = Floor(
        **{**here(), "start": date(2025, 10, 1), "end": date(2026, 4, 1)},
        zone="zone",
        members=("BBB", "CCC"),
        floor=Amount(multiple_of_base=1.1),
    )
    ban = ExportBan(**{**here(name="ban"), "start": date(2025, 7, 1)}, exporters=("AAA",), importers=("BBB",))
    outcome = run_scenario(with_periods(case(floor, ban)), load=load_small, draws=8, workers=1)
    assert outcome.draws_failed == 0
    rows = inside(outcome)
    low, high = rows["p10_usd_per_t"].to_numpy(), rows["p90_usd_per_t"].to_numpy()
    assert (low <= high).all()
    # where the floor holds, it holds in every draw that it lifts
    assert low[1] >= 1100.0 * (1.0 - 1e-6)
    assert high[0] > low[0] * 1.001
    assert (rows["p10_short_t"] <= rows["p90_short_t"]).all()
    assert outcome.cases["baseline"].periods.is_empty()
    table = period_table(outcome)
    assert table is not None
    assert "10 % to 90 % of draws" in [column.name for column in table.columns]
    without = inside(solved(floor))
    assert without["p10_usd_per_t"].null_count() == 4
