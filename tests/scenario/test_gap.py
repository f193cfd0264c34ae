"""The balance of what was lost and what closes the gap: exact, and by hand where a hand can follow."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from tests.scenario.cases import case, here, load_small, resolved
from tests.scenario.test_solve import TERMS

from lodestock.policy.terms import Amount, ExportBan, Leak, ProductionSubsidy, Release
from lodestock.scenario.gap import ITEMS, LOST
from lodestock.scenario.load import load_scenario
from lodestock.scenario.outcome import CaseOutcome
from lodestock.scenario.run import run_scenario

SHOCKS = ("outage", "outage-refined", "demand", "surge")
CASES = [
    *((name,) for name in TERMS),
    ("ban", "release"),
    ("ban-mine", "outage"),
    ("floor", "demand"),
    ("tariff", "ban"),
    ("licence", "subsidy", "surge"),
]


def solve(*names: str, zone: tuple[str, ...] = ("BBB",)) -> CaseOutcome:
    terms = [TERMS[name] for name in names if name not in SHOCKS]
    shocks = tuple(TERMS[name] for name in names if name in SHOCKS)
    return solved(case(*terms, shocks=shocks), zone)  # type: ignore[arg-type]


def solved(own: object, zone: tuple[str, ...] = ()) -> CaseOutcome:
    outcome = run_scenario(resolved(own, zone=zone), load=load_small)  # type: ignore[arg-type]
    found = outcome.cases["scenario"]
    assert found.status == "solved", found.reason
    return found


def open_gaps(found: CaseOutcome) -> pl.DataFrame:
    sign = pl.when(pl.col("item").is_in(LOST)).then(1.0).otherwise(-1.0)
    return found.gap.group_by("material", "market").agg(
        open=(sign * pl.col("t")).sum(), size=pl.col("t").abs().max()
    )


def item(found: CaseOutcome, name: str, market: str = "abroad", detail: str | None = None) -> float:
    rows = found.gap.filter((pl.col("item") == name) & (pl.col("market") == market))
    if detail is not None:
        rows = rows.filter(pl.col("detail") == detail)
    return float(rows["t"].sum())


@pytest.mark.parametrize("names", CASES, ids="+".join)
def test_it_adds_up(names: tuple[str, ...]) -> None:
    found = solve(*names)
    assert set(found.gap["item"]) <= set(ITEMS)
    world = float(found.shortage["use_base_t"].sum())
    for row in open_gaps(found).to_dicts():
        assert abs(row["open"]) <= 1e-9 * world, row


@pytest.mark.parametrize(
    "name", ["gallium-germanium-export-ban", "antimony-ban-release", "drc-cobalt-export-stop"]
)
def test_it_adds_up_for_shipped_scenarios(name: str) -> None:
    outcome = run_scenario(load_scenario(name), draws=0)
    for found in outcome.cases.values():
        world = float(found.shortage["use_base_t"].sum())
        for row in open_gaps(found).to_dicts():
            assert abs(row["open"]) <= 1e-9 * world, (found.name, row)


def test_the_base_year_lost_nothing() -> None:
    outcome = run_scenario(resolved(case(TERMS["ban"])), load=load_small)  # type: ignore[arg-type]
    assert all(abs(tonnes) < 1e-6 for tonnes in outcome.cases["baseline"].gap["t"])


def test_a_ban_blocks_the_base_flow_and_the_parts_stand_in_their_tables() -> None:
    ban = replace(TERMS["ban"], leak=Leak(share=0.2, low=0.2, high=0.2))  # type: ignore[call-overload]
    release = Release(**here(name="release"), countries=("BBB",), quantity_t=4.0)
    found = solved(case(ban, release))
    # 19 t to BBB and 15 t to CCC in the base year
    assert item(found, "blocked") == pytest.approx(34.0, rel=1e-9)
    assert item(found, "leak") == pytest.approx(0.2 * 34.0, rel=1e-9)
    assert item(found, "release") == pytest.approx(4.0, rel=1e-9)
    quantities = found.quantities.filter(
        (pl.col("country") != "AAA") & (pl.col("stage") == "refined")
    ).with_columns(more=pl.col("t") - pl.col("base_t"))
    by_kind = dict(quantities.group_by("kind").agg(pl.col("more").sum()).iter_rows())
    assert item(found, "recycling") == pytest.approx(by_kind["secondary"], rel=1e-9)
    assert item(found, "refiners") == pytest.approx(by_kind["processing"], rel=1e-9)
    short = float(found.shortage.filter(pl.col("country") != "AAA")["shortage_t"].sum())
    users = sum(item(found, name) for name in ("thrift", "substitution", "stopped"))
    assert users == pytest.approx(short, rel=1e-9)


def test_home_has_what_abroad_lacks() -> None:
    found = solve("ban", zone=())
    assert item(found, "blocked", "home") == pytest.approx(-item(found, "blocked"), rel=1e-9)


def test_a_loss_at_the_mine_is_told_over_the_whole_chain() -> None:
    found = solve("ban-mine", zone=())
    # AAA sends 30 t of ore to BBB
    assert item(found, "blocked") == pytest.approx(30.0, rel=1e-9)
    # what BBB no longer refines loses a tenth of its feed on the way
    less = found.quantities.filter((pl.col("kind") == "processing") & (pl.col("country") == "BBB"))
    cut = float((less["base_t"] - less["t"]).sum())
    assert item(found, "refiners", detail="losses") == pytest.approx(cut * (1.0 / 0.9 - 1.0), rel=1e-6)


def test_an_outage_is_lost_and_a_subsidy_is_an_answer() -> None:
    found = solve("outage", zone=())
    # 60 % of the 100 t of AAA
    assert item(found, "outage", "world") == pytest.approx(60.0, rel=1e-9)
    subsidy = ProductionSubsidy(
        **here(), producers=("BBB",), payers=("BBB",), amount=Amount(usd_per_t=200.0), volume_t=10.0
    )
    found = solved(case(ExportBan(**here(name="ban"), exporters=("AAA",), importers=("CCC",)), subsidy))
    assert item(found, "outage") == 0.0
    assert item(found, "refiners") > 0.0


def test_what_stops_the_price_is_the_largest_last_step() -> None:
    outcome = run_scenario(load_scenario("gallium-germanium-export-ban"), draws=0)
    rows = outcome.cases["strict-ban"].gap.filter(
        (pl.col("material") == "gallium") & (pl.col("market") == "abroad")
    )
    best = rows.sort("last_t", descending=True).row(0, named=True)
    assert (best["item"], best["detail"]) == ("substitution", "Integrated circuits")
