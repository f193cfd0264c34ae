"""Every chart: a valid specification, described, small, with unit and source, and the right numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import altair
import jsonschema
import polars as pl
import pytest

from lodestock.report.charts.alternatives import alternatives_chart
from lodestock.report.charts.flows import flow_chart
from lodestock.report.charts.maps import price_map, shortage_map
from lodestock.report.charts.parties import surplus_country_chart, surplus_party_chart
from lodestock.report.charts.price_band import price_band
from lodestock.report.charts.spread import spread_chart
from lodestock.report.charts.stages import stage_chart
from lodestock.report.charts.tornado import tornado, tornado_data
from lodestock.report.charts.waterfall import waterfall, waterfall_steps
from lodestock.report.drivers import drivers
from lodestock.report.figure import Figure
from lodestock.report.outlines import Outline
from lodestock.report.svg import inline, render
from lodestock.scenario.outcome import Outcome

SCHEMA = Path(altair.__file__).parent / "vegalite" / "v6" / "schema" / "vega-lite-schema.json"


def figures_of(outcome: Outcome, outlines: tuple[Outline, ...]) -> Iterator[Figure]:
    yield price_band(outcome)
    yield surplus_party_chart(outcome)
    yield surplus_country_chart(outcome)
    found = [alternatives_chart(outcome)]
    for material in outcome.materials:
        yield price_map(outcome, material, outlines)
        yield shortage_map(outcome, material, outlines)
        yield flow_chart(outcome, material)
        yield stage_chart(outcome, material)
        yield waterfall(outcome, material)
        found += [tornado(outcome, material), spread_chart(outcome, material)]
    yield from (figure for figure in found if figure is not None)


@pytest.fixture(scope="module")
def figures(ban: Outcome, zone: Outcome, outlines: tuple[Outline, ...]) -> list[Figure]:
    return [*figures_of(ban, outlines), *figures_of(zone, outlines)]


def test_specifications_validate_against_the_vega_lite_schema(figures: list[Figure]) -> None:
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for figure in figures:
        slim = {**figure.specification}
        slim["datasets"] = {name: rows[:2] for name, rows in slim.get("datasets", {}).items()}
        errors = [error.message[:200] for error in validator.iter_errors(slim)]
        assert not errors, f"{figure.key}: {errors[:2]}"


def test_specifications_are_complete_json_with_a_description(figures: list[Figure]) -> None:
    for figure in figures:
        text = json.dumps(figure.specification, allow_nan=False)
        assert figure.specification["description"] == figure.description != ""
        assert '"url"' not in text
        assert len(text) < 300_000
        assert figure.unit
        assert figure.source
        assert figure.data.height <= 5_000


def test_every_figure_is_drawn_as_one_image_with_its_own_identifiers(figures: list[Figure]) -> None:
    for figure in figures[:4]:
        svg = inline(render(figure.specification), figure.key, figure.title, figure.description)
        assert svg.startswith("<svg ")
        assert f'id="{figure.key}-title"' in svg
        assert "http" not in svg.replace("http://www.w3.org/", "")
        assert 'role="img"' in svg


def test_waterfall_runs_without_a_gap_from_use_before_to_use_after(ban: Outcome) -> None:
    steps = waterfall_steps(ban, "gallium")
    starts, ends = steps["start"].to_list(), steps["end"].to_list()
    assert starts[0] == 0.0
    assert ends[0] == pytest.approx(342.0)
    for number in range(1, len(starts) - 1):
        assert starts[number] == pytest.approx(ends[number - 1])
    assert ends[-2] == pytest.approx(ends[-1]) == pytest.approx(0.71 * 342.0)


def test_parties_in_the_chart_add_to_the_change_of_the_world(zone: Outcome) -> None:
    total = float(zone.cases["scenario"].surplus["change_usd"].sum())
    assert float(surplus_party_chart(zone).data["change_usd"].sum()) == pytest.approx(total)
    assert float(surplus_country_chart(zone).data["change_usd"].sum()) == pytest.approx(total)


def test_flow_data_hold_every_tonne_that_moves(zone: Outcome) -> None:
    case = zone.cases["scenario"]
    for column in ("base_t", "t"):
        tables = [table.filter(pl.col("material") == "gallium") for table in (case.flows, case.domestic)]
        total = sum(float(table[column].sum()) for table in tables)
        assert float(flow_chart(zone, "gallium").data[column].sum()) == pytest.approx(total)


def test_flow_caption_tells_what_share_is_estimated(zone: Outcome) -> None:
    reading = flow_chart(zone, "neodymium-praseodymium").reading.replace("\N{NO-BREAK SPACE}", " ")
    # at the mine stage Myanmar's 4 of 78 kt are estimated, and they go abroad as everything does pro rata
    assert "adjusted so that all adds up" in reading
    gallium = flow_chart(zone, "gallium").reading.replace("\N{NO-BREAK SPACE}", " ")
    assert "100 % agree with trade statistics, 0 % were adjusted" in gallium


def test_charts_of_draws_are_left_out_without_draws(ban: Outcome) -> None:
    bare = replace(ban, draws=ban.draws.clear(), bands=ban.bands.clear(), tornado=ban.tornado.clear())
    assert tornado(bare, "gallium") is None
    assert spread_chart(bare, "gallium") is None
    assert "no band" in price_band(bare).reading


def test_a_single_case_has_no_comparison(ban: Outcome) -> None:
    cases = {name: ban.cases[name] for name in ("baseline", "scenario")}
    assert alternatives_chart(replace(ban, cases=cases)) is None


def test_the_ends_of_an_elasticity_are_short_beside_its_label(ban: Outcome) -> None:
    found = drivers(ban, "gallium")
    assert found is not None
    rows = found.rows.with_columns(
        input=pl.lit("use_elasticity_short"),
        input_label=pl.lit("response of use to price"),
        low=0.1,
        high=0.3,
    )
    data = tornado_data(replace(found, rows=rows), at_most=1)
    assert data["shown_low"][0] == "0.1"
    assert data["shown_high"][0] == "0.3"


def test_numbers_in_texts_keep_their_digits() -> None:
    # Coordinates lose what no eye sees; a tick at 0.0051 that read 0.00 would be wrong.
    svg = '<svg xmlns="x" width="10" height="10"><path d="M0.12345,1"/><text x="1.98765">0.0051</text></svg>'
    made = inline(svg, "key", "Title", "Words")
    assert 'd="M0.12,1"' in made
    assert 'x="1.98"' in made
    assert ">0.0051<" in made
