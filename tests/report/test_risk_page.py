"""The risk page's charts: valid specifications, described, with the numbers of the assessment."""

from __future__ import annotations

import json

import jsonschema
import pytest
from tests.report.test_charts import SCHEMA

from lodestock.errors import LodestockError
from lodestock.report.charts.risk import axes_chart, driver_chart, leader_map, ranking_chart, trend_chart
from lodestock.report.figure import Figure
from lodestock.report.outlines import Outline
from lodestock.report.risk_page import lead, write_risk_page
from lodestock.report.svg import render
from lodestock.risk.assess import Assessment, assess, trend

MATERIALS = ["gallium", "cobalt", "copper", "lithium", "mercury"]


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assess("Japan", 2024, MATERIALS, draws=100, seed=3)


@pytest.fixture(scope="module")
def figures(assessment: Assessment, outlines: tuple[Outline, ...]) -> dict[str, Figure]:
    drivers = driver_chart(assessment)
    assert drivers is not None
    found = [
        axes_chart(assessment),
        ranking_chart(assessment),
        drivers,
        leader_map(assessment, outlines),
        trend_chart(assessment, trend(MATERIALS)),
    ]
    return {figure.key: figure for figure in found}


def test_specifications_validate_against_the_vega_lite_schema(figures: dict[str, Figure]) -> None:
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for figure in figures.values():
        slim = {**figure.specification}
        slim["datasets"] = {name: rows[:2] for name, rows in slim.get("datasets", {}).items()}
        errors = [error.message[:200] for error in validator.iter_errors(slim)]
        assert not errors, f"{figure.key}: {errors[:2]}"
        assert "<svg" in render(figure.specification)


def test_every_figure_says_what_it_shows(figures: dict[str, Figure]) -> None:
    assert len(figures) == 5
    for figure in figures.values():
        assert all((figure.title, figure.reading, figure.unit, figure.source, figure.description))
        assert figure.data.height > 0


def test_axes_show_only_materials_whose_importance_is_known(
    assessment: Assessment, figures: dict[str, Figure]
) -> None:
    known = {row.material for row in assessment.materials if row.ei is not None}
    assert "mercury" not in known, "its uses have no published sector"
    assert set(figures["risk-axes"].data["material"]) == known


def test_the_ranking_is_that_of_the_assessment(assessment: Assessment, figures: dict[str, Figure]) -> None:
    data = figures["risk-ranking"].data
    assert data["material"].to_list() == [row.material for row in assessment.materials]
    assert (data["p10"] <= data["p90"]).all()


def test_without_draws_nothing_claims_a_band() -> None:
    bare = assess("Japan", 2024, MATERIALS[:3])
    assert driver_chart(bare) is None
    assert "No draws" in ranking_chart(bare).reading
    assert not any("uncertain" in sentence for sentence in lead(bare))


def test_the_page_is_written_whole_or_not_at_all(assessment: Assessment, tmp_path) -> None:
    page = write_risk_page(assessment, tmp_path / "deep" / "risk.html")
    assert "Supply risk of Japan" in page.read_text(encoding="utf-8")
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(LodestockError, match="cannot be written"):
        write_risk_page(assessment, blocked / "risk.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "file"]
