"""Outlines and projection: a user's file, winding, Equal Earth constants, labels apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lodestock.errors import FileFormatError
from lodestock.report.charts.maps import PRICE_CLASSES, SHORTAGE_CLASSES
from lodestock.report.outlines import Outline, read_outlines, signed_area
from lodestock.report.projection import HALF_WIDTH, Frame, equal_earth, place_labels

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]  # counter-clockwise, as RFC 7946 asks


def feature(properties: dict[str, Any], ring: list[list[float]] = SQUARE) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def written(path: Path, *features: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path


def test_a_users_outline_is_wound_as_the_renderer_expects(tmp_path: Path) -> None:
    found = read_outlines(written(tmp_path / "own.json", feature({"iso3": "AAA", "name": "Aland"})))
    (ring,) = found[0].polygons[0]
    assert signed_area(list(ring)) == pytest.approx(-100.0)
    assert (found[0].iso3, found[0].name, found[0].disputed) == ("AAA", "Aland", False)


def test_a_ring_over_the_antimeridian_keeps_its_sense() -> None:
    ring = [(170.0, 0.0), (-170.0, 0.0), (-170.0, 10.0), (170.0, 10.0), (170.0, 0.0)]
    assert signed_area(ring) == pytest.approx(20.0 * 10.0)


def test_disputed_areas_need_no_code(tmp_path: Path) -> None:
    found = read_outlines(written(tmp_path / "own.json", feature({"disputed": True, "name": "Both claim"})))
    assert found[0].disputed
    assert found[0].iso3 == ""


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "not UTF-8 JSON"),
        ('{"type": "Polygon"}', "neither GeoJSON nor TopoJSON"),
        ('{"type": "FeatureCollection", "features": []}', "no feature"),
        (
            json.dumps({"type": "FeatureCollection", "features": [feature({"name": "Nowhere"})]}),
            "no ISO3 code",
        ),
        ('{"type": "FeatureCollection", "features": [{"geometry": {"type": "Point"}}]}', "no usable area"),
    ],
)
def test_bad_outline_files_are_refused_with_their_place(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "own.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileFormatError, match=problem) as caught:
        read_outlines(path)
    assert str(path) in str(caught.value)


def test_a_missing_outline_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_outlines(tmp_path / "none.json")


def test_shipped_outlines_mark_disputed_areas_and_leave_no_globe(outlines: tuple[Outline, ...]) -> None:
    assert len(outlines) > 150
    assert {o.iso3 for o in outlines} >= {"CHN", "USA", "JPN", "COD", "AUS"}
    assert any(o.disputed for o in outlines)
    rings = [rings[0] for outline in outlines for rings in outline.polygons]
    assert all(signed_area(list(ring)) < 0 for ring in rings)


def test_equal_earth_at_its_known_points() -> None:
    # Savric, Patterson and Jenny (2018): the equator spans 2 x 2.7066 radii, the pole lies at 1.3173
    assert equal_earth(180.0, 0.0) == pytest.approx((HALF_WIDTH, 0.0), rel=1e-6)
    assert equal_earth(0.0, 90.0) == pytest.approx((0.0, 1.3173), abs=1e-4)
    x, y = equal_earth(-30.0, -20.0)
    assert (-x, -y) == pytest.approx(equal_earth(30.0, 20.0))


def test_labels_on_neighbours_do_not_cover_each_other() -> None:
    frame = Frame(452.0)
    placed = place_labels(
        [("DEU +38 %", 51.0, 10.0), ("FRA +38 %", 46.5, 2.0), ("BEL +38 %", 50.6, 4.6)], frame
    )
    for number, one in enumerate(placed):
        for other in placed[number + 1 :]:
            assert abs(one.y - other.y) >= 12.9 or abs(one.x - other.x) >= 40.0
    assert all(0 <= label.x <= frame.width and 0 <= label.y <= frame.height for label in placed)


def test_classes_cover_every_value_once() -> None:
    for classes in (PRICE_CLASSES, SHORTAGE_CLASSES):
        assert len(classes.colours) == len(classes.labels) == len(classes.breaks) + 1
        assert classes.label_of(-9.0) == classes.labels[0]
        assert classes.label_of(9.0) == classes.labels[-1]
    assert PRICE_CLASSES.label_of(0.0) == "within 5 %"
    assert PRICE_CLASSES.label_of(0.25) == "rises by 25 to 100 %"
