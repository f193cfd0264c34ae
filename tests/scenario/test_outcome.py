"""The outcome of a run: tables with their columns, adding up, determined by the seed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from math import sqrt

import polars as pl
import pytest
from tests.scenario.cases import case, load_small, resolved
from tests.scenario.test_solve import TERMS

from lodestock.scenario.metrics import Label
from lodestock.scenario.outcome import CASE_TABLES, OUTCOME_TABLES, Outcome
from lodestock.scenario.run import _tornado_frame, run_scenario
from lodestock.scenario.tornado import Swing
from lodestock.workers import ordered
from lodestock.world.draw import Factor


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    plan = resolved(
        case(TERMS["ban"], TERMS["release"]),
        case(TERMS["ban"], TERMS["floor"], name="with-floor"),
        zone=("BBB",),
    )
    return run_scenario(plan, draws=12, seed=3, load=load_small, workers=1)


def test_cases_in_order(outcome: Outcome):
    assert list(outcome.cases) == ["baseline", "scenario", "do-nothing", "with-floor"]
    assert all(item.status == "solved" for item in outcome.cases.values())
    assert outcome.zone == ("BBB",)
    assert outcome.home == ("AAA",)


def test_every_table_has_its_columns(outcome: Outcome):
    for item in outcome.cases.values():
        for name, columns in CASE_TABLES.items():
            assert list(getattr(item, name).columns) == list(columns), name
    for name, columns in OUTCOME_TABLES.items():
        assert list(getattr(outcome, name).columns) == list(columns), name


def test_baseline_changes_nothing(outcome: Outcome):
    baseline = outcome.cases["baseline"]
    assert baseline.prices["change"].abs().max() <= 1e-8
    flows = baseline.flows
    assert (flows["t"] - flows["base_t"]).abs().max() <= 1e-6
    assert baseline.surplus["change_usd"].abs().max() <= 1e-3
    assert baseline.shortage["shortage_t"].max() <= 1e-6


def test_quantities_balance_at_every_node(outcome: Outcome):
    # inflow + output + drawn + released = outflow + use + built + bought, refined stage
    item = outcome.cases["scenario"]
    sign = {"production": 1, "processing": 1, "secondary": 1, "stock_draw": 1, "release": 1}
    sign |= {"use": -1, "stock_build": -1, "purchase": -1}
    for country in ("AAA", "BBB", "CCC"):
        here_ = item.quantities.filter(pl.col("country") == country, pl.col("stage") == "refined")
        net = sum(sign[kind] * t for kind, t in here_.select("kind", "t").iter_rows())
        flows = item.flows.filter(pl.col("stage") == "refined")
        net += flows.filter(pl.col("importer") == country)["t"].sum()
        net -= flows.filter(pl.col("exporter") == country)["t"].sum()
        assert net == pytest.approx(0.0, abs=1e-6)


def test_certificate_vouches_for_every_case(outcome: Outcome):
    for item in outcome.cases.values():
        assert item.certificate["worst"] <= 1e-8
        assert item.certificate["money"] <= 1e-9
        assert item.certificate["surplus"] <= 1e-9
        assert item.steps


def test_levy_is_reported_in_words(outcome: Outcome):
    levies = outcome.cases["with-floor"].levies
    assert levies["status"].to_list() == ["slack"] or levies["rate_usd_per_t"][0] > 0.0
    assert levies["reason"][0]


def test_bands_hold_the_median_between_their_ends(outcome: Outcome):
    assert outcome.bands.height == outcome.cases["scenario"].metrics.height
    assert (outcome.bands["p10"] <= outcome.bands["p50"]).all()
    assert (outcome.bands["p50"] <= outcome.bands["p90"]).all()
    assert outcome.draws_failed == 0
    assert outcome.draws["draw"].n_unique() == 12


def test_the_range_of_an_input_is_that_of_the_material_it_moves():
    label = Label("price_change", material="germanium")
    first = Factor("use_elasticity_short", "thrift", 0.04, 0.1, 0.3, "elasticity")
    other = replace(first, low=0.02, high=0.2)
    swing = [
        Swing(label, first, 1.0, 2.0, 0.5, 1),
        Swing(label._replace(material=""), first, 1.0, 2.0, 0.5, 1),
    ]
    rows = _tornado_frame(swing, {("germanium", first.name): other})
    assert rows["low"].to_list() == [0.02, 0.04]
    assert rows["high"].to_list() == [0.2, 0.3]


def test_tornado_ranks_the_largest_swing_first(outcome: Outcome):
    of_price = outcome.tornado.filter(
        pl.col("metric") == "price_change", pl.col("market") == "abroad", pl.col("stage") == "refined"
    )
    assert of_price["rank"].to_list() == list(range(1, of_price.height + 1))
    swing = of_price["swing"].to_list()
    assert swing == sorted(swing, reverse=True)
    assert "use_elasticity_short" in of_price["input"].to_list()


def test_same_seed_same_numbers_whatever_the_workers(outcome: Outcome):
    again = run_scenario(outcome.resolved, draws=12, seed=3, load=load_small, workers=2)
    assert again.draws.equals(outcome.draws)
    assert again.bands.equals(outcome.bands)
    other = run_scenario(outcome.resolved, draws=12, seed=4, load=load_small, workers=1)
    assert not other.draws.equals(outcome.draws)


def test_without_draws_there_is_no_band_but_all_else(outcome: Outcome):
    plain = run_scenario(outcome.resolved, draws=0, load=load_small)
    assert plain.bands.height == 0
    assert plain.tornado.height == 0
    assert plain.cases["scenario"].prices.equals(outcome.cases["scenario"].prices)


def test_progress_is_told(outcome: Outcome):
    heard: list[tuple[int, int, str]] = []
    run_scenario(
        outcome.resolved,
        draws=2,
        load=load_small,
        workers=1,
        progress=lambda done, total, what: heard.append((done, total, what)),
    )
    assert heard[-1][0] == heard[-1][1]


def test_workers_keep_the_order():
    numbers = [float(number) for number in range(21)]
    assert list(ordered(sqrt, numbers, 2)) == [sqrt(number) for number in numbers]
    assert list(ordered(sqrt, [], 2)) == []


def test_a_worker_that_dies_loses_nothing():
    # the job ends its own process on one task when it runs in a worker
    assert list(ordered(Fragile(os.getpid()), list(range(6)), 2)) == [0, 1, 2, 3, 4, 5]


@dataclass(frozen=True)
class Fragile:
    home: int

    def __call__(self, task: int) -> int:
        if task == 3 and os.getpid() != self.home:
            os._exit(1)
        return task


def test_a_draw_that_fails_is_counted_with_its_reason(monkeypatch: pytest.MonkeyPatch):
    from lodestock.errors import LodestockError
    from lodestock.scenario import draws

    usual = draws.redrawn

    def failing(world, drawn):
        if drawn.get("use_elasticity_short", 0.0) > 0.0:
            raise LodestockError("no such world")
        return usual(world, drawn)

    monkeypatch.setattr(draws, "redrawn", failing)
    outcome = run_scenario(resolved(case(TERMS["ban"])), draws=12, seed=3, load=load_small, workers=1)
    assert 0 < outcome.draws_failed < 12
    assert outcome.draw_failures == (f"no such world ({outcome.draws_failed} times)",)
    assert outcome.draws["draw"].n_unique() == 12 - outcome.draws_failed
