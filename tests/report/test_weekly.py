"""The weekly path in the outcome: tables, chart and words."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from lodestock.disruption.from_scenario import Weekly, weekly
from lodestock.report.charts.weekly import mark_rows, weekly_chart
from lodestock.report.dataset import dataset
from lodestock.report.summary import summary_dict, summary_text
from lodestock.report.weekly import (
    country_loss_table,
    description,
    destination_frame,
    destination_table,
    lost_frame,
    path_frame,
    paths_of,
    sector_table,
)
from lodestock.scenario.load import load_scenario
from lodestock.scenario.outcome import Outcome
from lodestock.scenario.run import run_scenario


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    resolved = load_scenario("gallium-germanium-export-ban")
    return run_scenario(replace(resolved, alternatives=()), draws=0)


@pytest.fixture(scope="module")
def found() -> Weekly:
    made = weekly(load_scenario("gallium-germanium-export-ban"), "gallium", draws=3, seed=1)
    assert made is not None
    return made


def test_percentiles_are_in_order_and_start_at_the_base_year(found: Weekly) -> None:
    frame = path_frame(found)
    assert frame.filter((pl.col("p10") > pl.col("p50")) | (pl.col("p50") > pl.col("p90"))).is_empty()
    first = frame.filter((pl.col("series") == "price abroad") & (pl.col("date") == str(found.path.dates[0])))
    assert first["p50"].item() == pytest.approx(found.path.base.price)
    assert set(frame["unit"].unique()) == {"USD/t", "t/year", "t"}


def test_destinations_tell_who_gets_what(found: Weekly) -> None:
    frame = destination_frame(found)
    base = found.path.base
    assert frame["use_base_t"].sum() == pytest.approx(base.use.sum(), rel=1e-3)
    assert frame["use_base_t"].to_list() == sorted(frame["use_base_t"], reverse=True)
    # a ban with a leak of a fifth after some months: what arrives in a year is under way or leaks
    shares = frame["arrivals_share"].drop_nulls().to_numpy()
    assert ((shares > 0.05) & (shares < 0.4)).all()
    assert frame["peak_price_over_base"].min() > 1.5
    assert len(destination_table(found).rows) <= 8


def test_output_lost_adds_up_over_sectors_and_countries(found: Weekly) -> None:
    by_sector, by_country = sector_table(found), country_loss_table(found)
    assert by_sector is not None
    assert by_country is not None
    assert by_sector.rows[-1][-3:] == by_country.rows[-1][-3:]
    frame = lost_frame(found)
    assert frame.filter(pl.col("low_usd") > pl.col("central_usd")).is_empty()
    assert frame.filter(pl.col("central_usd") > pl.col("high_usd")).is_empty()
    assert "CHN" not in frame["country"]


def test_the_chart_marks_the_first_day_without_a_tenth(found: Weekly) -> None:
    figure = weekly_chart(found)
    marks = mark_rows(found)
    assert marks[0] == {"date": str(found.effect), "label": "in force"}
    assert found.line_stop_weeks is not None
    assert f"day {found.line_stop_weeks * 7:.0f}" in marks[1]["label"]
    assert f"{found.line_stop_weeks * 7:.0f} days after the start" in description(found)
    assert set(figure.data["line"]) == {
        "abroad",
        "home",
        "licit exports",
        "leak",
        "stock abroad",
        "use abroad",
    }
    assert np.isfinite(figure.data["p90"].to_numpy()).all()


def test_the_outcome_carries_its_path(outcome: Outcome) -> None:
    paths = paths_of(outcome)
    assert [path.material for path in paths] == ["gallium", "germanium"]
    tables = {table.name: table for table in dataset(outcome)}
    for name in ("weekly", "weekly_destinations", "lost_output"):
        assert len(tables[name].units) == len(tables[name].frame.columns)
        assert set(tables[name].frame["material"].unique()) == {"gallium", "germanium"}
    said = summary_text(outcome)
    assert "Week by week. The results above are yearly" in said
    assert "\nGallium: the price abroad peaks at" in said
    assert "; the United States is the first to go without" in said
    assert "times base at home (China); the mean of the first year is" in said
    assert "Gallium: output lost by end use" in said
    for path in json.loads(json.dumps(summary_dict(outcome), allow_nan=False))["weekly"]:
        assert path["lost_output"]
        assert len(path["path"]) == 12 * len(paths[0].path.dates)


def test_without_an_event_there_is_no_path(outcome: Outcome) -> None:
    quiet = replace(outcome.resolved, case=replace(outcome.resolved.case, instruments=(), shocks=()))
    still = replace(outcome, resolved=quiet)
    assert paths_of(still) == ()
    assert "Week by week" not in summary_text(still)
    assert "weekly" not in {table.name for table in dataset(still)}


def test_a_path_that_does_not_move_has_no_peak(found: Weekly) -> None:
    still = replace(found.path, price=np.full_like(found.path.price, found.path.base.price))
    told = description(replace(found, path=still, line_stop_weeks=None, left_out=("plan", "plan")))
    assert "the price abroad hardly moves; no country abroad goes without" in told
    assert told.endswith("Not in this path: 'plan'.")
